"""COMM701: a contract of the configuration that the code breaks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from commlint.checks import steps
from commlint.contract import Kind
from commlint.finding import Finding, Location, Severity, Step
from commlint.program import Breach, Crossing, Hop, Program

_ADVICE: Mapping[Kind, str] = {
    "forbid": "do without the call, or get the data from whoever may be asked",
    "allow": "do without the call, or get the data from whoever may be asked",
    "private": "ask a service that may call it, or let it offer a public endpoint for this",
    "layers": "let the lower service publish an event, or move what both need below them",
    "independence": "move what joins them into a service of its own, above or below both",
    "async-only": "publish an event, and let the other service keep what it needs",
    "max-depth": "let a service on the way hold what it asks for, or answer first and do the rest later",
    "max-calls": "fetch what belongs together with one call, or do later what the answer does not need",
    "owners": "ask the owner for it, or let the owner publish events",
}


class ContractBroken:
    """Reports what breaks the contracts of the configuration."""

    code = "COMM701"
    slug = "contract-broken"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds the places that break a contract; of those that break several, each once."""
        by_place: dict[Location, list[Breach]] = defaultdict(list)
        for verdict in program.verdicts:
            for breach in verdict.breaches:
                by_place[breach.location].append(breach)
        ways: dict[Crossing, Hop] = {}
        for hop in (hop for hops in program.services.hops.values() for hop in hops) if by_place else ():
            ways.setdefault(hop.crossing, hop)
        for location in sorted(by_place):
            yield _finding(program, location, by_place[location], ways)


def _finding(program: Program, location: Location, breaches: Sequence[Breach], ways: Mapping[Crossing, Hop]) -> Finding:
    first = breaches[0]
    limits: dict[str, dict[str, None]] = defaultdict(dict)
    for breach in breaches:
        limits[breach.what][f"contract `{breach.contract.name}` {breach.limit}"] = None
    said, *more = (f"{what}: {' and '.join(those)}" for what, those in limits.items())
    told = {breach.contract.name for breach in breaches if breach.what == first.what}
    too = dict.fromkeys(f"`{b.contract.name}`" for b in breaches if b.contract.name not in told)
    said += f"; {', '.join(too)} {'are' if len(too) > 1 else 'is'} broken here too" if too else ""
    return Finding(
        rule=ContractBroken.code,
        location=location,
        message=said,
        severity=Severity.ERROR,
        confidence=max(breach.confidence for breach in breaches),
        advice=f"{_ADVICE[first.contract.kind]}; or change the contract, if that is how it is meant to be",
        call=first.crossing.label if first.crossing is not None else "",
        path=tuple(_path(program, first, ways)),
        related=(*(Step(location, text) for text in more), *first.others),
    )


def _path(program: Program, breach: Breach, ways: Mapping[Crossing, Hop]) -> Iterator[Step]:
    """From an endpoint that leads to a call, where there is one, over the calls on the way; or the chain."""
    if breach.chain is not None:
        for hop in breach.chain.hops:
            source = hop.crossing.source.short_name
            yield Step(hop.entry.function.stands_for.location, f"{source}: {hop.entry.label}")
            yield Step(hop.place, hop.crossing.label)
    elif (crossing := breach.crossing) is not None:
        remote, way = crossing.remote, ways.get(crossing)
        if way is not None:
            yield Step(way.entry.function.stands_for.location, way.entry.label)
        sites = way.sites if way is not None else tuple(reversed(crossing.calls[1:]))
        yield from steps.hops(program, sites, remote.site.function)
        yield steps.remote_step(remote)
        if crossing.route is not None:
            yield Step(crossing.route.location, f"{crossing.target_name}: {crossing.route.label}")
