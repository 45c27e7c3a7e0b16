"""What an outage of one service does to the others: what fails with it, and what goes on without it.

A failure travels from the service that is down to whatever waits for it, and on from there, until something on its way
goes on without the answer. Whoever asks something that answers without it is affected as well: its own answer lacks it.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from commlint.finding import Location, Step
from commlint.program.edges import edge, unresolved
from commlint.program.lookup import Named, find_service, is_shown
from commlint.servicemap import Affected, Edge, Outage
from commlint.servicemap import Hop as Shown

if TYPE_CHECKING:
    from commlint.program import Crossing, EntryPoint, Hop, Program


class _Way(msgspec.Struct, frozen=True, eq=False):
    """How an entry point is affected.

    Attributes:
        hops: The calls from it to the service that is down.
        stop: Where something goes on without the answer; `None` where it fails.
    """

    hops: tuple[Hop, ...]
    stop: Hop | None = None


def outage(program: Program, service: str, paths: Sequence[str]) -> Outage:
    """What happens when a service is down.

    Args:
        program: The program.
        service: The name of the service, of the workspace or outside.
        paths: Where the entry points are that are asked about.

    Raises:
        CommlintError: There is no such service, or several have that name.
    """
    down = find_service(program, service, paths)
    waiting = _waiting(program, down)
    failing = _failing(program, waiting)
    degrading = _degrading(waiting, failing)
    return Outage(
        service=down.name,
        failing=tuple(_shown(program, failing, paths)),
        degrading=tuple(_shown(program, degrading, paths)),
        unclear=_edges(program, _unclear(program, down, {*failing, *degrading}), paths),
        unplaced=_edges(program, _unplaced(program, down), paths),
        endpoints=_count(program, down, paths),
        unresolved=unresolved(program, but=down.name),
    )


# Who waits for whom: calls by the entry point that answers them; `None` is the service that is down.
_Waiting = Mapping["EntryPoint | None", "list[Hop]"]


def _waiting(program: Program, down: Named) -> _Waiting:
    found: dict[EntryPoint | None, list[Hop]] = defaultdict(list)
    for hops in program.services.hops.values():
        for hop in hops:
            if hop.crossing.source is down.service:
                continue
            if down.is_called_by(hop.crossing):
                found[None].append(hop)
            elif (answered := program.services.answering(hop.crossing)) is not None:
                found[answered].append(hop)
    return found


def _failing(program: Program, waiting: _Waiting) -> dict[EntryPoint, _Way]:
    """What fails, each on the shortest way."""
    found: dict[EntryPoint, _Way] = {}
    queue: deque[tuple[EntryPoint | None, tuple[Hop, ...]]] = deque([(None, ())])
    while queue:
        answered, rest = queue.popleft()
        for hop in waiting.get(answered, ()):
            if hop.entry not in found and _fails(program, hop):
                found[hop.entry] = _Way((hop, *rest))
                queue.append((hop.entry, (hop, *rest)))
    return found


def _degrading(waiting: _Waiting, failing: Mapping[EntryPoint, _Way]) -> dict[EntryPoint, _Way]:
    """What goes on without an answer, and what waits for something that does."""
    found: dict[EntryPoint, _Way] = {}
    queue: deque[tuple[EntryPoint | None, _Way]] = deque([(None, _Way(())), *failing.items()])
    while queue:
        answered, rest = queue.popleft()
        for hop in waiting.get(answered, ()):
            if hop.entry not in failing and hop.entry not in found:
                # The first guard stops the failure; further out there is an answer.
                found[hop.entry] = _Way((hop, *rest.hops), rest.stop or hop)
                queue.append((hop.entry, found[hop.entry]))
    return found


def _fails(program: Program, hop: Hop) -> bool:
    """Whether its entry point fails with a call that it leads to."""
    return program.guards.fails_with(hop.crossing.remote, (*hop.sites, hop.crossing.remote.site))


def _fallback(program: Program, hop: Hop) -> tuple[Step, ...]:
    """What stops the failure of a call on the way to its entry point."""
    stops: dict[Step, None] = {}
    program.guards.fails_with(hop.crossing.remote, (*hop.sites, hop.crossing.remote.site), stops)
    return tuple(stops)


# --- what is not known ------------------------------------------------------------------------------------------------


def _unclear(program: Program, down: Named, affected: set[EntryPoint]) -> Iterator[Crossing]:
    """Calls of services with something that is affected, of which nobody knows what they ask for."""
    hit = {hop.crossing.source.name for entry in affected for hop in program.services.hops[entry]}
    for crossing in program.services.crossings:
        target = crossing.target
        if target is None or target.name not in hit or target is down.service or crossing.source is down.service:
            continue
        if crossing.route is None and not (crossing.is_exact and program.routes.complete(target)):
            yield crossing


def _unplaced(program: Program, down: Named) -> Iterator[Crossing]:
    """Calls of the service that is down for which no known entry point waits."""
    placed = {hop.crossing for hops in program.services.hops.values() for hop in hops}
    for crossing in program.services.crossings:
        if down.is_called_by(crossing) and crossing.source is not down.service and crossing not in placed:
            yield crossing


def _edges(program: Program, crossings: Iterator[Crossing], paths: Sequence[str]) -> tuple[Edge, ...]:
    shown = (edge(program, crossing) for crossing in crossings if is_shown(crossing.location, paths))
    return tuple(sorted(dict.fromkeys(shown), key=lambda one: (one.source, one.location, one.path)))


def _count(program: Program, down: Named, paths: Sequence[str]) -> int:
    """How many endpoints other services have."""
    handlers = {entry.function.stands_for for entry in program.entries.values() if entry.is_endpoint}
    return sum(program.service_of(f) is not down.service and is_shown(f.location, paths) for f in handlers)


# --- plain values -----------------------------------------------------------------------------------------------------


def _shown(program: Program, ways: Mapping[EntryPoint, _Way], paths: Sequence[str]) -> Iterator[Affected]:
    shown = (_affected(program, entry, way) for entry, way in ways.items())
    known: dict[tuple[str, str, Location], Affected] = {}
    for one in shown:
        if is_shown(one.location, paths):
            known.setdefault((one.service, one.entry, one.location), one)
    yield from sorted(known.values(), key=lambda one: (len(one.hops), one.service, one.location, one.entry))


def _affected(program: Program, entry: EntryPoint, way: _Way) -> Affected:
    return Affected(
        service=way.hops[0].crossing.source.name,
        entry=entry.label,
        is_endpoint=entry.is_endpoint,
        location=entry.function.stands_for.location,
        hops=tuple(Shown(h.entry.label, h.crossing.source.name, edge(program, h.crossing)) for h in way.hops),
        stop=None if way.stop is None else way.hops.index(way.stop),
        fallback=() if way.stop is None else _fallback(program, way.stop),
    )
