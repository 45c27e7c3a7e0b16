"""What an editor offers to do about findings: their fixes, and to ignore them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from lsprotocol import types

from commlint.finding import Edit, Finding
from commlint.lsp.places import Places
from commlint.lsp.room import Room, State
from commlint.lsp.showing import Address
from commlint.suppress import ignoring


def actions(
    room: Room, state: State, findings: Iterable[Finding], places: Places, address: Address
) -> Iterator[types.CodeAction]:
    """The fixes of findings, then the comments that ignore them; none for text that has not been looked at yet."""
    findings = list(findings)
    for fix in dict.fromkeys(finding.fix for finding in findings if finding.fix is not None):
        edits = state.session.edits(fix)
        change = _change(room, edits, places, address)
        if edits and change is not None:
            title = fix.title[0].upper() + fix.title[1:]
            yield types.CodeAction(
                title=title if fix.safe else f"{title} (changes what the program does)",
                kind=types.CodeActionKind.QuickFix,
                is_preferred=fix.safe,
                edit=change,
            )
    for finding in findings:
        rule, file = state.report.rules[finding.rule], finding.location.file
        edit = ignoring(state.session.text(file), finding, rule)
        if edit is not None and (change := _change(room, (edit,), places, address)) is not None:
            title = f"Ignore {rule.slug} here"
            yield types.CodeAction(title=title, kind=types.CodeActionKind.QuickFix, edit=change)


def _change(room: Room, edits: Iterable[Edit], places: Places, address: Address) -> types.WorkspaceEdit | None:
    """Edits as an editor makes them; `None` where a file is no longer what they were made for."""
    changes: dict[str, list[types.TextEdit]] = defaultdict(list)
    for edit in edits:
        place = address(edit.file)
        if place is None or not room.is_current(edit.file):
            return None
        changes[place].append(places.of_edit(edit))
    return types.WorkspaceEdit(changes=changes)
