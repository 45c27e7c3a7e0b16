"""What a change does to a system, as text, as Markdown for a comment on it, and as JSON.

The shape of the JSON is stable: `version` grows when a key changes its meaning or goes, not when one is added. It has
`services`, `endpoints`, `calls` and `findings`, each with `added` and `gone`, and `chains`, with how many calls deep
each was and is (0: at most one).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from commlint.changes import Called, Changes, Grown, Offered
from commlint.finding import Finding, Report
from commlint.report.closing import counted
from commlint.report.markdown import as_code, as_text
from commlint.report.palette import Palette, plain

VERSION = 1
_ARROWS = {"sync": "->", "event": "~>"}


def to_json(changes: Changes, report: Report) -> str:
    """The changes as a JSON object."""
    document = {
        "version": VERSION,
        "services": {"added": changes.services_added, "gone": changes.services_gone},
        "endpoints": {"added": changes.endpoints_added, "gone": changes.endpoints_gone},
        "calls": {"added": changes.calls_added, "gone": changes.calls_gone},
        "chains": changes.chains,
        "findings": {
            "added": [_finding(finding, report) for finding in changes.new],
            "gone": [_finding(finding, report) for finding in changes.fixed],
        },
    }
    return json.dumps(msgspec.to_builtins(document), indent=2) + "\n"


def _finding(finding: Finding, report: Report) -> dict[str, Any]:
    location = finding.location
    return {
        "code": finding.rule,
        "rule": report.rules[finding.rule].slug,
        "severity": finding.severity.word,
        "file": location.file,
        "line": location.line,
        "message": finding.message,
    }


def to_text(changes: Changes, *, color: bool) -> str:
    """The changes as lines, `+` for what is new and `-` for what is gone."""
    palette = Palette(on=color)
    lines: list[str] = []
    for title, entries in _parts(changes):
        lines.append(palette.paint(title, "bold"))
        lines += (palette.paint(plain(f"  {sign} {said}"), _COLORS[sign]) for sign, said in entries)
        lines.append("")
    return "\n".join([*lines, _summary(changes)]) + "\n"


def to_markdown(changes: Changes) -> str:
    """The changes as a comment on a pull request."""
    lines = ["### What this does to the system", ""]
    for title, entries in _parts(changes):
        lines += [f"**{as_text(title)}**", "", *(f"- {_SIGNS[sign]} {as_code(said)}" for sign, said in entries), ""]
    return "\n".join([*lines, as_text(_summary(changes))]) + "\n"


_COLORS = {"+": "green", "-": "red", "!": "yellow"}
_SIGNS = {"+": "new", "-": "gone", "!": "changed"}


def _parts(changes: Changes) -> Iterator[tuple[str, Sequence[tuple[str, str]]]]:
    """Titles with what stands below them, those without anything left out."""
    chains = [("!", _grown(chain)) for chain in changes.chains]
    parts = {
        "Services": _signed(changes.services_added, changes.services_gone),
        "Endpoints": _signed(map(_offered, changes.endpoints_added), map(_offered, changes.endpoints_gone)),
        "Calls": _signed(map(_called, changes.calls_added), map(_called, changes.calls_gone)),
        "Chains": chains,
        "Findings": _signed(map(_found, changes.new), map(_found, changes.fixed)),
    }
    yield from ((title, entries) for title, entries in parts.items() if entries)


def _signed(added: Iterator[str] | Sequence[str], gone: Iterator[str] | Sequence[str]) -> list[tuple[str, str]]:
    return [*(("+", one) for one in added), *(("-", one) for one in gone)]


def _offered(one: Offered) -> str:
    return f"{one.service} {one.method} {one.path}"


def _called(one: Called) -> str:
    return f"{one.source} {_ARROWS[one.kind]} {one.target} {one.method} {one.path}".rstrip()


def _grown(one: Grown) -> str:
    before, after = (f"{depth} calls deep" if depth else "at most one call deep" for depth in (one.before, one.after))
    return f"{one.service} {one.endpoint}: {after}, before {before}"


def _found(one: Finding) -> str:
    return f"{one.location.file}:{one.location.line} {one.rule} {one.message}"


def _summary(changes: Changes) -> str:
    if changes == Changes():
        return "Nothing changes between the services"
    new, fixed = counted(len(changes.new), "new finding"), len(changes.fixed)
    calls = counted(len(changes.calls_added), "new call")
    return f"{calls} between services, {len(changes.calls_gone)} gone; {new}, {fixed} gone"
