"""The service map: who calls whom, endpoint by endpoint, and the chains and rings of it."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

import msgspec

from commlint.finding import Location
from commlint.program.crossings import Crossing
from commlint.program.entries import EntryPoint
from commlint.program.paths import admits
from commlint.program.remote import RemoteCall
from commlint.program.sites import Site
from commlint.program.symbols import Function

# Chains longer than this are shown cut.
_DEEPEST = 12


class Hop(msgspec.Struct, frozen=True, eq=False):
    """A crossing on its way from the entry point that makes it.

    Attributes:
        entry: The entry point.
        crossing: The crossing.
        sites: The calls from the entry point down to the client's call, outermost first.
    """

    entry: EntryPoint
    crossing: Crossing
    sites: tuple[Site, ...]

    @property
    def place(self) -> Location:
        """The call of it that stands nearest to the client in the calling service's own code."""
        return self.crossing.nearest((self.crossing.remote.site, *reversed(self.sites)))


class Chain(msgspec.Struct, frozen=True, eq=False):
    """Synchronous calls, each made while the one before waits.

    Attributes:
        hops: The calls, from the endpoint that a user asks inwards.
    """

    hops: tuple[Hop, ...]

    @property
    def head(self) -> EntryPoint:
        """The entry point that it begins at."""
        return self.hops[0].entry


class ServiceGraph:
    """Crossings joined to the endpoints that make and answer them.

    Attributes:
        crossings: All of them, in order of file and place.

    Args:
        crossings: The crossings.
        entries: Entry points by handler.
    """

    def __init__(self, crossings: Iterable[Crossing], entries: Mapping[Function, EntryPoint]) -> None:
        self.crossings = tuple(crossings)
        self._entries = entries
        self._by_handler = {entry.function.stands_for: entry for entry in entries.values()}

    @cached_property
    def hops(self) -> Mapping[EntryPoint, tuple[Hop, ...]]:
        """The calls that each entry point waits for while it works."""
        found: dict[EntryPoint, list[Hop]] = defaultdict(list)
        for crossing in self.crossings:
            for entry, sites in self._from(crossing):
                found[entry].append(Hop(entry, crossing, sites))
        return {entry: tuple(hops) for entry, hops in found.items()}

    def chains(self) -> Iterator[Chain]:
        """For each endpoint the longest chain through each of its calls, of two hops or more."""
        for entry, hops in self.hops.items():
            if not entry.is_endpoint:
                continue
            for hop in hops:
                rest = self._longest(hop, (entry,))
                if len(rest) > 1:
                    yield Chain(rest)

    def rings(self) -> Iterator[tuple[Crossing, ...]]:
        """Services that call each other in a ring without a shorter one inside it: the first call of each side."""
        sides: dict[tuple[str, str], Crossing] = {}
        for crossing in sorted(self.crossings, key=lambda c: c.place):
            if crossing.target is not None and crossing.target is not crossing.source:
                sides.setdefault((crossing.source.name, crossing.target.name), crossing)
        following: dict[str, list[str]] = defaultdict(list)
        for source, target in sorted(sides):
            following[source].append(target)
        found: dict[frozenset[str], tuple[str, ...]] = {}
        for source, target in sorted(sides):
            way = _shortest(following, target, source)
            if way is not None:
                found.setdefault(frozenset(way), way)
        for members, way in sorted(found.items(), key=lambda item: (len(item[0]), sorted(item[0]))):
            if not any(other < members for other in found):
                yield tuple(sides[pair] for pair in zip(way, (*way[1:], way[0]), strict=True))

    # --- from entry points to calls -----------------------------------------------------------------------------------

    def _from(self, crossing: Crossing) -> Iterator[tuple[EntryPoint, tuple[Site, ...]]]:
        """The entry points that lead to a crossing while somebody waits, and the calls on the way."""
        stack = crossing.way.stack
        first = tuple(reversed(stack))
        seen = {crossing.way.site.function}
        queue: deque[tuple[Function, tuple[Site, ...]]] = deque([(crossing.way.site.function, first)])
        while queue:
            function, sites = queue.popleft()
            if (entry := self._entries.get(function)) is not None:
                yield entry, sites
            inner = sites[0] if sites else crossing.remote.site
            for site in function.callers:
                via = site.targets.get(function)
                # Work that is handed over is waited for by nobody.
                if via is not None and (via.when == "background" or (via.when == "thread" and not via.returns)):
                    continue
                if site.function not in seen and admits(inner, function, site):
                    seen.add(site.function)
                    queue.append((site.function, (site, *sites)))

    def _longest(self, hop: Hop, open_: tuple[EntryPoint, ...]) -> tuple[Hop, ...]:
        """The longest chain that begins with a hop."""
        answered = self.answering(hop.crossing)
        best: tuple[Hop, ...] = ()
        if answered is not None and answered not in open_ and len(open_) < _DEEPEST:
            for inner in self.hops.get(answered, ()):
                # A service that asks itself is neither hop nor ring.
                if inner.crossing.target is not inner.crossing.source:
                    rest = self._longest(inner, (*open_, answered))
                    if len(rest) > len(best):
                        best = rest
        return (hop, *best)

    def availability(
        self, entry: EntryPoint, each: float, is_guarded: Callable[[RemoteCall], bool], *, depth: int = _DEEPEST
    ) -> float:
        """How available an endpoint is to those who ask it: itself, times all that it cannot do without.

        Args:
            entry: The endpoint.
            each: The availability of each service alone, as a share of one.
            is_guarded: Whether there is a fallback where a call fails.
            depth: How deep calls are followed; 1 leaves out what those that are asked ask.
        """
        return self._availability(entry, each, is_guarded, depth, ())

    def _availability(
        self,
        entry: EntryPoint,
        each: float,
        is_guarded: Callable[[RemoteCall], bool],
        depth: int,
        open_: tuple[EntryPoint, ...],
    ) -> float:
        share = each
        asked: set[object] = set()
        for hop in self.hops.get(entry, ()) if depth and entry not in open_ else ():
            crossing = hop.crossing
            answered = self.answering(crossing)
            key = answered or (crossing.target_name, crossing.path)
            if key in asked or is_guarded(crossing.remote) or crossing.target is crossing.source:
                continue
            asked.add(key)
            if answered is None:
                share *= each
            else:
                share *= self._availability(answered, each, is_guarded, depth - 1, (*open_, entry))
        return share

    def answering(self, crossing: Crossing) -> EntryPoint | None:
        """The entry point that answers a crossing."""
        function = None if crossing.route is None else crossing.route.function
        return None if function is None else self._by_handler.get(function.stands_for)


def _shortest(following: Mapping[str, list[str]], start: str, end: str) -> tuple[str, ...] | None:
    """The shortest way from one service to another, both included; the end first."""
    queue: deque[tuple[str, ...]] = deque([(start,)])
    seen = {start}
    while queue:
        way = queue.popleft()
        if way[-1] == end:
            return (end, *way[:-1])
        for service in following.get(way[-1], ()):
            if service not in seen:
                seen.add(service)
                queue.append((*way, service))
    return None
