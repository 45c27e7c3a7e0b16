"""The service map: who calls whom, endpoint by endpoint, and the chains and rings of it."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import pairwise

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
        hands_over: Whether nobody waits for what a call of a function starts.
    """

    def __init__(
        self,
        crossings: Iterable[Crossing],
        entries: Mapping[Function, EntryPoint],
        hands_over: Callable[[Site, Function], bool],
    ) -> None:
        self._hands_over = hands_over
        self.crossings = tuple(crossings)
        self._entries = entries
        self._by_handler = {entry.function.stands_for: entry for entry in entries.values()}
        # The longest chains below entry points, where they are the same from wherever one comes.
        self._deepest: dict[EntryPoint, tuple[Hop, ...]] = {}

    @cached_property
    def hops(self) -> Mapping[EntryPoint, tuple[Hop, ...]]:
        """The calls that each entry point waits for while it works.

        A call of the service itself stands for those that it leads to: it is neither hop nor ring.
        """
        found: dict[EntryPoint, list[Hop]] = defaultdict(list)
        for crossing in self.crossings:
            for entry, sites in self._from(crossing):
                found[entry].append(Hop(entry, crossing, sites))
        return {entry: tuple(self._outward(entry, found, [])) for entry in found}

    def _outward(
        self, entry: EntryPoint, hops: Mapping[EntryPoint, list[Hop]], open_: list[EntryPoint]
    ) -> Iterator[Hop]:
        """The calls of other services that an entry point leads to."""
        open_.append(entry)
        for hop in hops.get(entry, ()):
            if hop.crossing.target is not hop.crossing.source:
                yield Hop(open_[0], hop.crossing, hop.sites)
            elif (answered := self.answering(hop.crossing)) is not None and answered not in open_:
                yield from self._outward(answered, hops, open_)

    def chains(self) -> Iterator[Chain]:
        """For each endpoint the longest chain through each of its calls, of two hops or more."""
        for entry, hops in self.hops.items():
            if not entry.is_endpoint:
                continue
            for hop in hops:
                chain, _ = self._longest(hop, (entry,))
                if len(chain) > 1:
                    yield Chain(chain)

    def rings(self) -> Iterator[tuple[Crossing, ...]]:
        """Services that call each other in a ring without a shorter one inside it: the first call of each side."""
        sides: dict[tuple[str, str], Crossing] = {}
        for crossing in sorted(self.crossings, key=lambda c: c.location):
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
        calls = crossing.calls
        if any(self._hands_over(outer, inner.function) for inner, outer in pairwise(calls)):
            return
        start = calls[-1].function
        seen = {start}
        queue: deque[tuple[Function, tuple[Site, ...]]] = deque([(start, tuple(reversed(calls[1:])))])
        while queue:
            function, sites = queue.popleft()
            if (entry := self._entries.get(function)) is not None:
                yield entry, sites
            inner = sites[0] if sites else crossing.remote.site
            for site in function.callers:
                if site.function in seen or self._hands_over(site, function) or not admits(inner, function, site):
                    continue
                seen.add(site.function)
                queue.append((site.function, (site, *sites)))

    def _longest(self, hop: Hop, open_: tuple[EntryPoint, ...]) -> tuple[tuple[Hop, ...], bool]:
        """The longest chain that begins with a hop, and whether it is so wherever one comes from."""
        answered = self.answering(hop.crossing)
        if answered is None:
            return (hop,), True
        if answered in open_ or len(open_) >= _DEEPEST:
            return (hop,), False
        below, whole = self._below(answered, open_)
        return (hop, *below), whole

    def _below(self, entry: EntryPoint, open_: tuple[EntryPoint, ...]) -> tuple[tuple[Hop, ...], bool]:
        """The longest chain that begins with a call of an entry point."""
        if (known := self._deepest.get(entry)) is not None:
            return known, True
        best: tuple[Hop, ...] = ()
        whole = True
        for hop in self.hops.get(entry, ()):
            chain, complete = self._longest(hop, (*open_, entry))
            whole = whole and complete
            if len(chain) > len(best):
                best = chain
        if whole:
            self._deepest[entry] = best
        return best, whole

    def availability(
        self,
        entry: EntryPoint,
        each: Callable[[str], float],
        is_guarded: Callable[[RemoteCall], bool],
        *,
        depth: int = _DEEPEST,
    ) -> float:
        """How available an endpoint is to those who ask it: its service, times all that it cannot do without.

        A service that is asked twice is there both times or neither.

        Args:
            entry: The endpoint.
            each: The availability of a service alone, by its name, as a share of one.
            is_guarded: Whether there is a fallback where a call fails.
            depth: How deep calls are followed; 1 leaves out what those that are asked ask.
        """
        needed: set[object] = set()
        level, seen = [entry], {entry}
        for _ in range(depth):
            hops = [hop for one in level for hop in self.hops.get(one, ())]
            needed |= {hop.crossing.source.name for hop in hops if hop.entry is entry}
            asked = [hop.crossing for hop in hops if not is_guarded(hop.crossing.remote)]
            needed |= {
                crossing.target.name if crossing.target else crossing.outside or (crossing.source.name, crossing.kind)
                for crossing in asked
            }
            below = dict.fromkeys(answered for c in asked if (answered := self.answering(c)) is not None)
            level = [answered for answered in below if answered not in seen]
            seen |= below.keys()
        names = needed or {""}
        # Sorted, since products of the same numbers in another order may differ in the last digit.
        return math.prod(sorted(each(name if isinstance(name, str) else "") for name in names))

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
