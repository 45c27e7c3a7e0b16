"""The calls of a map in bundles: drawn as one arrow each, told in one breath."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import msgspec

from commlint.finding import Location
from commlint.report.closing import counted
from commlint.servicemap import Edge, ServiceMap


class Link(msgspec.Struct, frozen=True):
    """All calls, or all events, from one service to another.

    Attributes:
        source: Name of the calling service.
        target: Name of the called one.
        kind: Whether somebody waits for an answer.
        edges: The calls, in the order of the map.
        ring: It belongs to a ring.
        chain: It belongs to a chain.
    """

    source: str
    target: str
    kind: Literal["sync", "event"]
    edges: tuple[Edge, ...]
    ring: bool = False
    chain: bool = False

    @property
    def label(self) -> str:
        """How many calls with which methods: `3 calls: GET, POST`."""
        if self.kind == "event":
            return counted(len(self.edges), "event")
        methods = ", ".join(sorted({edge.method for edge in self.edges}))
        return f"{counted(len(self.edges), 'call')}: {methods}"


def links(service_map: ServiceMap) -> list[Link]:
    """The links of a map, calls before events, by names; calls whose target is not known are left out."""
    rings = {pair for ring in service_map.rings for pair in pairwise((*ring, *ring[:1]))}
    chains = {(hop.edge.source, hop.edge.target) for chain in service_map.chains for hop in chain.hops}
    bundles: dict[tuple[str, str, Literal["sync", "event"]], list[Edge]] = defaultdict(list)
    for edge in service_map.edges:
        if edge.target is not None:
            bundles[edge.source, edge.target, edge.kind].append(edge)
    return [
        Link(
            source,
            target,
            kind,
            tuple(edges),
            ring=kind == "sync" and (source, target) in rings,
            chain=kind == "sync" and (source, target) in chains,
        )
        for (source, target, kind), edges in sorted(
            bundles.items(), key=lambda item: (item[0][2] == "event", *item[0][:2])
        )
    ]


def unresolved(edges: Sequence[Edge]) -> Counter[str]:
    """How many calls of each service have a target that is not known."""
    return Counter(edge.source for edge in edges if edge.target is None)


def spot(location: Location | None) -> str:
    """A place as people write it; empty where there is none."""
    return f"{location.file}:{location.line}" if location else ""
