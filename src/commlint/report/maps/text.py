"""Text for a terminal: for each service what it offers, whom it calls and who calls it; then chains and rings."""

from __future__ import annotations

import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from commlint.report.closing import counted
from commlint.report.maps import Options
from commlint.report.maps.links import Link, links, spot
from commlint.report.palette import Palette, plain, width
from commlint.servicemap import Chain, Edge, Node, ServiceMap

CHAINS = 10
WIDTH = 110
_LABEL = 14
_WIDEST = 44


def render(service_map: ServiceMap, options: Options) -> str:
    """The map as text, and a closing line."""
    return _Writer(service_map, Palette(on=options.color)).text()


class _Writer:
    """Lays out one map."""

    def __init__(self, service_map: ServiceMap, palette: Palette) -> None:
        self._map = service_map
        self._palette = palette
        self._calls: dict[str, list[Link]] = defaultdict(list)
        self._callers: dict[str, list[Link]] = defaultdict(list)
        self._unresolved: dict[str, list[Edge]] = defaultdict(list)
        for link in links(service_map):
            self._calls[link.source].append(link)
            self._callers[link.target].append(link)
        for edge in service_map.edges:
            if edge.target is None:
                self._unresolved[edge.source].append(edge)

    def text(self) -> str:
        paragraphs = ["\n".join(self._service(node)) for node in self._map.services if not node.external]
        outside = [node for node in self._map.services if node.external]
        if outside:
            paragraphs.append("\n".join(self._outside(outside)))
        if self._map.chains:
            paragraphs.append("\n".join(self._chains()))
        if self._map.rings:
            rings = (" > ".join(plain(name) for name in (*ring, *ring[:1])) for ring in self._map.rings)
            paragraphs.append("\n".join([self._heading("rings"), *(f"   {ring}" for ring in rings)]))
        paragraphs.append(self._closing())
        return "\n\n".join(paragraphs) + "\n"

    def _service(self, node: Node) -> Iterator[str]:
        root = "" if node.root == node.name else self._palette.paint(plain(node.root), "dim")
        yield f"{self._heading(node.name)}  {root}".rstrip()
        methods = Counter(endpoint.method for endpoint in node.endpoints)
        offers = counted(len(node.endpoints), "endpoint")
        if methods:
            offers += f": {', '.join(f'{number} {plain(method)}' for method, number in sorted(methods.items()))}"
        if not node.complete:
            offers += "; there may be more"
        yield from self._labelled("offers", textwrap.wrap(offers, WIDTH - _LABEL))
        calls = self._calls[node.name]
        yield from self._labelled("calls", self._rows(link for link in calls if link.kind == "sync"))
        yield from self._labelled("sends", self._rows(link for link in calls if link.kind == "event"))
        callers = ", ".join(_caller(link) for link in self._callers[node.name])
        yield from self._labelled("called by", textwrap.wrap(callers, WIDTH - _LABEL, break_on_hyphens=False))
        yield from self._labelled("unresolved", self._reasons(self._unresolved[node.name]))

    def _rows(self, bundles: Iterable[Link]) -> Iterator[str]:
        """The targets, and under each the calls with their places."""
        for link in bundles:
            yield self._palette.paint(plain(link.target), "bold")
            yield from self._columns([(f"  {_what(edge)}", _way(edge)) for edge in link.edges])

    def _reasons(self, edges: Sequence[Edge]) -> Iterator[str]:
        for edge in edges:
            yield from self._columns([(_what(edge), _way(edge))])
            for line in textwrap.wrap(plain(edge.why), WIDTH - _LABEL - 2, break_on_hyphens=False):
                yield f"  {line}"

    def _columns(self, rows: Sequence[tuple[str, Sequence[str]]]) -> Iterator[str]:
        """What is called, and beside it the way there in one line or several; below it where there is no room."""
        columns = max((width(what) for what, _ in rows if width(what) <= _WIDEST), default=0)
        room = WIDTH - _LABEL - columns - 4
        fits = all(width(part) <= room for _, way in rows for part in way)
        for what, way in rows:
            beside = fits and width(what) <= columns
            start = columns + 2 if beside else len(what) - len(what.lstrip()) + 4
            line = " ".join(way)
            lines = [line] if start + width(line) <= WIDTH - _LABEL else [way[0], *(f"  {part}" for part in way[1:])]
            lines = [f"{' ' * start}{self._palette.paint(part, 'dim')}" for part in lines]
            if beside:
                lines[0] = f"{what}{' ' * (columns - width(what))}{lines[0][columns:]}"
            else:
                yield what
            yield from lines

    def _outside(self, nodes: Iterable[Node]) -> Iterator[str]:
        yield self._heading("outside")
        for node in nodes:
            callers = ", ".join(_caller(link) for link in self._callers[node.name])
            lines = textwrap.wrap(f"{plain(node.name)}  called by {callers}", WIDTH - 5, break_on_hyphens=False)
            yield from (f"   {'  ' if number else ''}{line}" for number, line in enumerate(lines))

    def _chains(self) -> Iterator[str]:
        yield self._heading("chains")
        for chain in self._map.chains[:CHAINS]:
            yield from self._chain(chain)
        rest = len(self._map.chains) - CHAINS
        if rest > 0:
            yield self._palette.paint(f"   +{counted(rest, 'more chain')}; --format json lists all of them", "bold")

    def _chain(self, chain: Chain) -> Iterator[str]:
        head = chain.hops[0]
        calls = counted(len(chain.hops), "call")
        yield f"   {plain(head.service)} {plain(head.endpoint)} waits for {calls}, one inside the other"
        rows = [
            (f"{'  ' * number}└ {plain(hop.edge.target or '?')} {_what(hop.edge)}", _way(hop.edge))
            for number, hop in enumerate(chain.hops)
        ]
        yield from (f"     {line}" for line in self._columns(rows))

    def _closing(self) -> str:
        outside = {node.name for node in self._map.services if node.external}
        calls = Counter(
            "unresolved" if edge.target is None else "outside" if edge.target in outside else "here"
            for edge in self._map.edges
            if edge.kind == "sync"
        )
        text = counted(len(self._map.services) - len(outside), "service")
        if outside:
            text += f" and {len(outside)} outside"
        text += f"; {counted(calls.total(), 'call')}"
        if calls:
            text += (
                f": {calls['here']} to a service here, {calls['outside']} external, {calls['unresolved']} unresolved"
            )
        events = sum(edge.kind == "event" for edge in self._map.edges)
        return text + (f"; {counted(events, 'event')}" if events else "")

    def _heading(self, text: str) -> str:
        return self._palette.paint(plain(text), "bold")

    def _labelled(self, label: str, lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            start = f"   {label}"
            yield f"{self._palette.paint(start, 'dim')}{' ' * (_LABEL - len(start))}{line}"
            label = ""


def _what(edge: Edge) -> str:
    return plain(f"{edge.method} {edge.path}")


def _way(edge: Edge) -> list[str]:
    """From the call to its handler, as far as known."""
    way = [plain(spot(edge.location))]
    if edge.handler:
        way.append(f"> {plain(spot(edge.handler))}")
    if edge.guarded:
        way[-1] += "  guarded"
    return way


def _caller(link: Link) -> str:
    word = "event" if link.kind == "event" else "call"
    return f"{plain(link.source)} ({counted(len(link.edges), word)})"
