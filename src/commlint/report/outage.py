"""What an outage does, as text for a terminal and as JSON.

The shape of the JSON is stable: `version` grows when a key changes its meaning or goes, not when one is added.

- `version`: 1.
- `service`: what is down.
- `failing`, `degrading`, the shortest way first: `service`, `entry` (`POST /orders`), `endpoint` (whether others can
  call it), `file`, `line`, `hops` (each an edge of the map, with `endpoint`, what makes the call), `stop` (which hop is
  answered without, counted from 0; null where all fail) and `fallback` (by what: `file`, `line`, `text`).
- `unclear`: edges to services that are affected, of which it is not known what they ask for.
- `unplaced`: edges to what is down for which no known entry point waits.
- `endpoints`: how many the other services have. `unresolved`: how many of their calls go nobody knows where.
"""

from __future__ import annotations

import json
import textwrap
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from commlint.report.closing import counted
from commlint.report.edges import as_json, place, unresolved, what
from commlint.report.palette import Palette, plain, width
from commlint.servicemap import Affected, Edge, Outage

VERSION = 1
_WIDTH = 110


def to_json(outage: Outage) -> str:
    """An outage as a JSON object."""
    document = {
        "version": VERSION,
        "service": outage.service,
        "failing": [_affected(one) for one in outage.failing],
        "degrading": [_affected(one) for one in outage.degrading],
        "unclear": [as_json(edge) for edge in outage.unclear],
        "unplaced": [as_json(edge) for edge in outage.unplaced],
        "endpoints": outage.endpoints,
        "unresolved": outage.unresolved,
    }
    return json.dumps(document, indent=2) + "\n"


def _affected(one: Affected) -> dict[str, Any]:
    return {
        "service": one.service,
        "entry": one.entry,
        "endpoint": one.is_endpoint,
        "file": one.location.file,
        "line": one.location.line,
        "hops": [{"endpoint": hop.endpoint, **as_json(hop.edge)} for hop in one.hops],
        "stop": one.stop,
        "fallback": [
            {"file": step.location.file, "line": step.location.line, "text": step.text} for step in one.fallback
        ],
    }


def to_text(outage: Outage, *, color: bool = False) -> str:
    """An outage as text: what fails, what degrades, each with the way to it, and what is not known."""
    palette = Palette(on=color)
    sections = [
        _section(outage.failing, "fails", "fail", "red", palette),
        _section(outage.degrading, "degrades", "degrade", "yellow", palette),
        _calls(outage.unclear, "calls of what is affected, of which it is not known what they ask for", palette),
        _calls(outage.unplaced, f"calls of {plain(outage.service)} that no known entry point waits for", palette),
        list(_closing(outage)),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def _section(affected: Sequence[Affected], does: str, do: str, color: str, palette: Palette) -> list[str]:
    """Entry points, those with the same way together."""
    if not affected:
        return []
    lines = [palette.paint(f"{_number(affected)} {does if len(affected) == 1 else do}", color)]
    groups: dict[object, list[Affected]] = defaultdict(list)
    for one in affected:
        groups[one.service, tuple(hop.edge for hop in one.hops), one.stop, one.fallback].append(one)
    for group in groups.values():
        column = max(width(_head(one)) for one in group)
        for one in group:
            head = _head(one)
            spaces = " " * (column - width(head) + 2)
            lines.append(f"  {palette.paint(head, 'bold')}{spaces}{palette.paint(place(one.location), 'dim')}")
        lines += _way(group[0], palette)
    return lines


def _number(affected: Sequence[Affected]) -> str:
    endpoints = sum(one.is_endpoint for one in affected)
    others = len(affected) - endpoints
    words = [counted(endpoints, "endpoint")] if endpoints else []
    return " and ".join([*words, counted(others, "other entry point")] if others else words)


def _head(one: Affected) -> str:
    """What is affected, as calls of it are shown: `POST orders /orders`."""
    method, _, path = one.entry.partition(" ")
    said = (method, one.service, path) if one.is_endpoint and path else (one.service, one.entry)
    return plain(" ".join(said))


def _way(one: Affected, palette: Palette) -> Iterator[str]:
    """The calls, each with its place and the handler that makes the next one, and where one is answered without."""
    for number, hop in enumerate(one.hops):
        deep = "  " * (number + 2)
        start = f"{deep}└ {what(hop.edge)}"
        last = number == len(one.hops) - 1
        places = [place(hop.edge.location)]
        if hop.edge.handler is not None and not last:
            places.append(f"> {place(hop.edge.handler)}")
        line = " ".join(places)
        if width(start) + 2 + width(line) <= _WIDTH:
            yield f"{start}  {palette.paint(line, 'dim')}"
        else:
            yield start
            yield from (f"{deep}    {palette.paint(part, 'dim')}" for part in places)
        if number == one.stop:
            for step in one.fallback:
                yield f"{deep}  = {plain(step.text)}  {palette.paint(place(step.location), 'dim')}"
            if not one.fallback:
                yield f"{deep}  = a breaker or fallback is on every way to this call"


def _calls(edges: Sequence[Edge], heading: str, palette: Palette) -> list[str]:
    """Calls by their files: the lines are enough where there is nothing to say of each."""
    lines: dict[tuple[str, str], list[int]] = defaultdict(list)
    for edge in edges:
        lines[edge.source, edge.location.file].append(edge.location.line)
    rows = [palette.paint(heading, "bold")] if edges else []
    for (source, file), numbers in lines.items():
        text = plain(f"{source}  {file}:{', '.join(str(number) for number in dict.fromkeys(numbers))}")
        wrapped = textwrap.wrap(text, _WIDTH - 4, break_on_hyphens=False, break_long_words=False)
        rows += [f"  {'  ' if number else ''}{line}" for number, line in enumerate(wrapped)]
    return rows


def _closing(outage: Outage) -> Iterator[str]:
    fail, degrade = (sum(one.is_endpoint for one in part) for part in (outage.failing, outage.degrading))
    of = f"of {counted(outage.endpoints, 'endpoint')} of other services"
    yield f"Without {plain(outage.service)}, {of} {fail} fail and {degrade} degrade"
    if outage.unresolved:
        yield unresolved(outage.unresolved, outage.service)
