"""Who calls an endpoint, as text for a terminal and as JSON.

The shape of the JSON is stable: `version` grows when a key changes its meaning or goes, not when one is added.

- `version`: 1.
- `service`: the service that was asked about.
- `endpoints`: `method`, `path`, `file`, `line` (null where its handler is not known), and `calls`: edges of the map,
  each with `reads`, the fields of the answer that are seen to be read.
- `unclear`: such calls of the service of which it is not known which endpoint they mean.
- `unresolved`: how many calls of other services go nobody knows where.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from commlint.report.closing import counted
from commlint.report.edges import as_json, place, unresolved, what
from commlint.report.palette import Palette, plain, width
from commlint.servicemap import Called, Callers, CallSite

VERSION = 1
_WIDTH = 110
_INDENT = " " * 6


def to_json(callers: Callers) -> str:
    """The callers as a JSON object."""
    document = {
        "version": VERSION,
        "service": callers.service,
        "endpoints": [_endpoint(called) for called in callers.endpoints],
        "unclear": [_call(site) for site in callers.unclear],
        "unresolved": callers.unresolved,
    }
    return json.dumps(document, indent=2) + "\n"


def _endpoint(called: Called) -> dict[str, Any]:
    endpoint = called.endpoint
    return {
        "method": endpoint.method,
        "path": endpoint.path,
        "file": endpoint.location.file if endpoint.location else None,
        "line": endpoint.location.line if endpoint.location else None,
        "calls": [_call(site) for site in called.calls],
    }


def _call(site: CallSite) -> dict[str, Any]:
    return {**as_json(site.edge), "reads": site.reads}


def to_text(callers: Callers, *, color: bool = False) -> str:
    """The callers as text: for each endpoint its calls, with what they read; then what nobody calls."""
    palette = Palette(on=color)
    sections = [list(_called(callers, called, palette)) for called in callers.endpoints if called.calls]
    idle = [called for called in callers.endpoints if not called.calls]
    if idle:
        sections.append([palette.paint("nobody is seen to call", "bold"), *_listed(callers, idle)])
    if callers.unclear:
        heading = palette.paint(f"calls of {plain(callers.service)} that fit none of its known endpoints", "bold")
        sections.append([heading, *_rows(callers.unclear, asked=True)])
    sections.append(list(_closing(callers)))
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def _called(callers: Callers, called: Called, palette: Palette) -> Iterator[str]:
    yield _heading(callers, called, palette)
    yield from _rows(called.calls)


def _heading(callers: Callers, called: Called, palette: Palette) -> str:
    endpoint = called.endpoint
    label = plain(f"{endpoint.method} {callers.service} {endpoint.path}")
    where = place(endpoint.location) if endpoint.location else "no handler is known"
    return f"{palette.paint(label, 'bold')}  {palette.paint(where, 'dim')}"


def _listed(callers: Callers, idle: Sequence[Called]) -> Iterator[str]:
    return (f"  {_heading(callers, called, Palette(on=False))}" for called in idle)


def _rows(sites: Sequence[CallSite], *, asked: bool = False) -> Iterator[str]:
    """The calls: service, whether it is guarded, place; below, what is read."""
    column = max(width(plain(site.edge.source)) for site in sites)
    for site in sites:
        name = plain(site.edge.source)
        guarded = "guarded  " if site.edge.guarded else "unguarded"
        yield f"  {name}{' ' * (column - width(name))}  {guarded}  {_place(site)}"
        if asked:
            yield f"{_INDENT}asks {what(site.edge)}"
        reads = plain(f"reads {', '.join(site.reads)}")
        if site.reads:
            lines = textwrap.wrap(reads, _WIDTH - len(_INDENT) - 2, break_on_hyphens=False, break_long_words=False)
            yield from (f"{_INDENT}{'  ' if number else ''}{line}" for number, line in enumerate(lines))


def _place(site: CallSite) -> str:
    edge = site.edge
    return place(edge.location) + (f" > {place(edge.client)}" if edge.client != edge.location else "")


def _closing(callers: Callers) -> Iterator[str]:
    sites = [site for called in callers.endpoints for site in called.calls]
    services = {site.edge.source for site in sites}
    yield f"{counted(len(sites), 'call')} in {counted(len(services), 'service')}"
    if callers.unresolved:
        yield unresolved(callers.unresolved, callers.service)
