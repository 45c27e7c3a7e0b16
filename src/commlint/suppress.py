"""`# commlint: ignore[RULES] reason`: what users say that they know, and want to keep.

At the end of a line it speaks of that statement, alone on a line of the statement below, with all that is in it; as
`ignore-file`, alone on a line anywhere, of the whole file. In YAML and the like a comment speaks of its own line or the
one below; SQL has its own sign, `--`.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import pairwise

import msgspec

from commlint.finding import Confidence, Edit, Finding, Location, Rule, Severity

_COMMENT = re.compile(r"(?:#|--)\s*commlint:\s*(?P<kind>ignore-file|ignore)\b(?:\[(?P<rules>[^\]]*)\])?", re.IGNORECASE)
# What a file has to hold to be looked at closely.
MARK = b"commlint:"
# What stands between statements.
_BETWEEN = frozenset({tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER})
CODE = "COMM002"
# How a comment begins, by the ending of the file.
_SIGNS = {".py": "#", ".pyi": "#", ".yml": "#", ".yaml": "#", ".sql": "--"}
_LINE_END = re.compile(r"\r\n|\r|\n")
# What is the matter with commlint's own work is not to be ignored by a comment.
_OWN = frozenset({"COMM001", CODE, "COMM003"})


class Suppression(msgspec.Struct, frozen=True):
    """One comment.

    Attributes:
        location: Where it stands.
        rules: Codes and slugs that it names; empty for all.
        first: The first line that it speaks of.
        last: The last one; `None` for the end of the file.
    """

    location: Location
    rules: tuple[str, ...]
    first: int
    last: int | None

    def covers(self, finding: Finding, rule: Rule) -> bool:
        """Whether it speaks of a finding."""
        location = finding.location
        if location.file != self.location.file or location.line < self.first:
            return False
        within = self.last is None or location.line <= self.last
        return within and (not self.rules or rule.code in self.rules or rule.slug in self.rules)


def find_suppressions(path: str, data: bytes) -> list[Suppression]:
    """The comments of a file, in order."""
    if MARK not in data:
        return []
    text = data.decode("utf-8-sig", "replace")
    try:
        return _comments(path, text)
    except (tokenize.TokenError, SyntaxError):
        # What cannot be read as Python is read line by line.
        return list(_lines(path, text))


def _comments(path: str, text: str) -> list[Suppression]:
    return list(_python(path, text) if path.endswith((".py", ".pyi")) else _lines(path, text))


def _lines(path: str, text: str) -> Iterator[Suppression]:
    for number, line in enumerate(text.splitlines(), 1):
        if (match := _COMMENT.search(line)) is not None:
            alone = not line[: match.start()].strip()
            place = Location(path, number, match.start() + 1, match.end() - match.start())
            yield _suppression(match, place, number + alone, number + alone)


class _Statement(msgspec.Struct):
    """A statement while the file is gone through.

    Attributes:
        first: Its first line.
        head: The last line of it without its block.
        last: The last line of it with its block.
        depth: How far it is indented.
        decorates: It is a decorator, and belongs to the next.
    """

    first: int
    head: int
    last: int
    depth: int
    decorates: bool


def _python(path: str, text: str) -> Iterator[Suppression]:
    statements: list[_Statement] = []
    comments: list[tuple[re.Match[str], Location, bool]] = []
    depth = 0
    begun: _Statement | None = None
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        depth += (token.type == tokenize.INDENT) - (token.type == tokenize.DEDENT)
        line = token.start[0]
        if token.type == tokenize.COMMENT:
            if (match := _COMMENT.search(token.string)) is not None:
                place = Location(path, line, token.start[1] + match.start() + 1, match.end() - match.start())
                comments.append((match, place, not token.line[: token.start[1]].strip()))
        elif token.type == tokenize.NEWLINE and begun is not None:
            begun.head = begun.last = line
            begun = None
        elif token.type not in _BETWEEN and begun is None:
            begun = _Statement(line, line, line, depth, token.string == "@")
            statements.append(begun)
    _close(statements)
    for match, place, alone in comments:
        first, last = _meant(statements, place.line, alone=alone)
        yield _suppression(match, place, first, last)


def _close(statements: Sequence[_Statement]) -> None:
    """Gives statements with a block its last line, and decorators that of what they decorate."""
    around: list[_Statement] = []
    for statement in statements:
        while around and around[-1].depth >= statement.depth:
            around.pop()
        for outer in around:
            outer.last = max(outer.last, statement.last)
        around.append(statement)
    for statement, following in reversed(list(pairwise(statements))):
        if statement.decorates:
            statement.last = following.last


def _meant(statements: Iterable[_Statement], line: int, *, alone: bool) -> tuple[int, int]:
    """The lines that a comment speaks of."""
    for statement in statements:
        if statement.first <= line <= statement.head:
            return statement.first, statement.head
        if statement.first > line:
            return (statement.first, statement.last) if alone else (line, line)
    return line, line


def _suppression(match: re.Match[str], place: Location, first: int, last: int) -> Suppression:
    names = tuple(name.strip() for name in (match["rules"] or "").split(",") if name.strip())
    if match["kind"].lower() == "ignore-file":
        return Suppression(place, names, 1, None)
    return Suppression(place, names, first, last)


def suppress(
    findings: Iterable[Finding],
    suppressions: Sequence[Suppression],
    rules: Mapping[str, Rule],
    on: Collection[str],
) -> tuple[list[Finding], list[Finding]]:
    """Takes out what is suppressed.

    Args:
        findings: Everything that was found, of whatever confidence.
        suppressions: The comments in the files that are reported on.
        rules: All rules, by code.
        on: The codes of the rules that were looked for.

    Returns:
        The findings that remain, and one for each comment that suppresses nothing.
    """
    by_file: dict[str, list[Suppression]] = defaultdict(list)
    for suppression in suppressions:
        by_file[suppression.location.file].append(suppression)
    used: set[Suppression] = set()
    kept = []
    for finding in findings:
        covering = [s for s in by_file.get(finding.location.file, ()) if s.covers(finding, rules[finding.rule])]
        used.update(covering)
        if not covering:
            kept.append(finding)
    codes = {name: code for code, rule in rules.items() for name in (code, rule.slug)}
    return kept, [found for s in suppressions if s not in used for found in _unused(s, codes, on)]


def _unused(suppression: Suppression, codes: Mapping[str, str], on: Collection[str]) -> Iterator[Finding]:
    unknown = [name for name in suppression.rules if name not in codes]
    if unknown:
        near = get_close_matches(unknown[0], codes, 1)
        meant = f"; `{near[0]}` may be meant" if near else ""
        yield _finding(suppression, f"no rule is called `{unknown[0]}`{meant}", "name a rule as `commlint rules` does")
    elif all(codes[name] in on for name in suppression.rules):
        # Where a rule was not looked for, what the comment speaks of can be there all the same.
        what = " or ".join(suppression.rules) or "any rule"
        yield _finding(suppression, f"nothing to ignore: there is no finding of {what} here", "remove the comment")


def _finding(suppression: Suppression, message: str, advice: str) -> Finding:
    return Finding(
        rule=CODE,
        location=suppression.location,
        message=message,
        severity=Severity.NOTE,
        confidence=Confidence.HIGH,
        why="it would hide the next finding that comes to stand here",
        advice=advice,
    )


def ignoring(data: bytes, finding: Finding, rule: Rule) -> Edit | None:
    """The edit that has a finding ignored: a comment at the end of its line, or one more name in the one that is there.

    Args:
        data: What its file says.
        finding: The finding.
        rule: Its rule.

    Returns:
        The edit; `None` where no comment can stand there, as in the middle of a text of several lines.
    """
    path, number = finding.location.file, finding.location.line
    sign = next((sign for ending, sign in _SIGNS.items() if path.endswith(ending)), None)
    lines = _LINE_END.split(data.decode("utf-8-sig", "replace"))
    if sign is None or rule.code in _OWN or number > len(lines):
        return None
    line = lines[number - 1]
    if line.endswith("\\"):
        return None
    match = _COMMENT.search(line)
    if match is not None and match["kind"].lower() == "ignore" and match["rules"]:
        column, text = match.end("rules"), f", {rule.slug}"
    else:
        column, text = len(line.rstrip()), f"  {sign} commlint: ignore[{rule.slug}]"
    lines[number - 1] = line[:column] + text + line[column:]
    try:
        found = _comments(path, "\n".join(lines))
    except (tokenize.TokenError, SyntaxError):
        return None
    if not any(suppression.covers(finding, rule) for suppression in found):
        return None
    return Edit(path, number, column + 1, number, column + 1, text)
