"""COMM403: an endpoint that waits for services which wait for others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from commlint.finding import Confidence, Finding, Location, Severity, Step
from commlint.program import Chain, Hop, Program

# More heads than these are counted.
_NAMED = 3


class SyncChain:
    """Follows synchronous calls from service to service."""

    code = "COMM403"
    slug = "sync-chain"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds the first hops of chains; one a line, with all the endpoints whose chains begin there."""
        by_place: dict[Location, list[Chain]] = defaultdict(list)
        chains = (c for c in program.services.chains() if len(c.hops) > program.workspace.limits.sync_depth)
        for chain in chains:
            by_place[chain.hops[0].place].append(chain)
        for place in sorted(by_place):
            yield _finding(program, place, by_place[place])


def _finding(program: Program, place: Location, chains: Sequence[Chain]) -> Finding:
    longest = max(chains, key=lambda chain: len(chain.hops))
    bare = [hop for chain in chains for hop in chain.hops if not program.is_guarded(hop.crossing.remote)]
    heads = list(dict.fromkeys(chain.head.label for chain in chains))
    named = ", ".join(heads[:_NAMED]) + (f" and {len(heads) - _NAMED} more" if len(heads) > _NAMED else "")
    second, third = (_quoted(hop.crossing.target_name) for hop in longest.hops[:2])
    count = len(longest.hops)
    verb = "waits" if len(heads) == 1 else "wait"
    return Finding(
        rule=SyncChain.code,
        location=place,
        message=f"{named} {verb} for {count} calls of services, one inside the other",
        severity=Severity.ERROR if bare else Severity.NOTE,
        confidence=_confidence(longest),
        why=_cost(program, longest),
        advice=f"let {second} hold what it asks {third} for, kept up to date by events, or answer first and do the "
        "rest later",
        related=tuple(
            dict.fromkeys(Step(chain.head.function.stands_for.location, chain.head.label) for chain in chains)
        ),
        call=longest.hops[0].crossing.label,
        path=tuple(_path(longest)),
    )


def _quoted(name: str) -> str:
    return f"`{name}`" if name else "others"


def _path(chain: Chain) -> Iterator[Step]:
    for hop in chain.hops:
        yield Step(hop.entry.function.stands_for.location, f"{hop.crossing.source.short_name}: {hop.entry.label}")
        yield Step(hop.place, hop.crossing.label)


def _cost(program: Program, chain: Chain) -> str:
    """What the head's user sees of the availability of all that it waits for."""
    entry = program.workspace.entry
    held = [hop for hop in chain.hops if program.is_guarded(hop.crossing.remote)]
    if held:
        names = ", ".join(dict.fromkeys(_quoted(hop.crossing.source.short_name) for hop in held))
        said = f"whoever asks waits for the slowest of them, though {names} can do without the answer"
    else:
        said = "any of them that fails or is slow breaks the chain"
    each = {name: entry(name) for name in _asked(chain)}
    waits = sum(one.latency for one in each.values())
    takes = f"; the chain takes {waits:g} ms" if waits else ""

    def share(name: str) -> float:
        return entry(name).availability / 100

    seen = program.services.availability(chain.head, share, program.is_guarded)
    flat = program.services.availability(chain.head, share, program.is_guarded, depth=1)
    if seen == flat:
        return said + takes
    usual = entry("").availability
    others = [f"`{name}` {_percent(one.availability / 100)}" for name, one in each.items() if one.availability != usual]
    at = f"at {_percent(usual / 100)} each" + (f" ({', '.join(others)})" if others else "")
    return f"{said}: {at} the user sees {_percent(seen)}, one deep it would be {_percent(flat)}{takes}"


def _asked(chain: Chain) -> list[str]:
    """The names of the services on a chain, the one that a user asks first."""
    names = [chain.hops[0].crossing.source.name]
    names += (h.crossing.target.name if h.crossing.target else h.crossing.outside for h in chain.hops)
    return list(dict.fromkeys(names))


def _percent(share: float) -> str:
    return f"{share * 100:.2f}".rstrip("0").rstrip(".") + " %"


def _confidence(chain: Chain) -> Confidence:
    if not all(hop.crossing.remote.sure for hop in chain.hops):
        return Confidence.LOW
    return Confidence.MEDIUM if any(_is_vague(hop) for hop in chain.hops) else Confidence.HIGH


def _is_vague(hop: Hop) -> bool:
    route = hop.crossing.route
    return any(site.choices > 1 for site in hop.sites) or (route is not None and not route.sure)
