"""COMM102: an endpoint that makes several remote calls on one path."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from commlint.checks import steps
from commlint.finding import Confidence, Finding, Severity, Step
from commlint.program import EntryPoint, Function, Program, RemoteCall, Site

# From four calls a request on it is a design.
_SERIOUS = 4

# The calls that lead from the handler to a remote call, that one last.
_Chain = tuple[Site, ...]


class ChattyRequest:
    """Counts the remote calls of every endpoint."""

    code = "COMM102"
    slug = "chatty-request"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds endpoints whose longest path makes more remote calls than the configuration allows."""
        for function, entry in program.entries.items():
            if entry.is_endpoint:
                calls = program.counts.most(function)
                if len(calls) > program.workspace.limits.calls:
                    yield _finding(program, function, entry, calls)


def _finding(program: Program, function: Function, entry: EntryPoint, calls: tuple[_Chain, ...]) -> Finding:
    handler = function.stands_for
    rounds = _rounds(program, calls)
    bare = sum(program.guards.fails_with(program.remote_at[chain[-1]], chain) for chain in calls)
    serious = max(rounds, bare) >= _SERIOUS
    return Finding(
        rule=ChattyRequest.code,
        location=handler.location,
        message=f"{entry.label} makes {len(calls)} remote calls on one path",
        severity=Severity.WARNING if serious else Severity.NOTE,
        confidence=_confidence(function, [program.remote_at[chain[-1]] for chain in calls]),
        why=f"{_time(len(calls), rounds)}, and {_failure(len(calls), bare)}",
        advice="fetch what belongs together with one call, keep a copy of what rarely changes, or do later what the "
        "answer does not need",
        related=tuple(_places(program, calls)),
    )


def _rounds(program: Program, chains: Sequence[_Chain], depth: int = 0) -> int:
    """How often calls are waited for in turn: those that are gathered are waited for together."""
    below: dict[Site, list[_Chain]] = defaultdict(list)
    for chain in chains:
        below[chain[depth]].append(chain)
    in_turn = 0
    together: Counter[Site] = Counter()
    for site, members in below.items():
        longer = [chain for chain in members if len(chain) > depth + 1]
        rounds = len(members) - len(longer) + (_rounds(program, longer, depth + 1) if longer else 0)
        target = longer[0][depth + 1].function if longer else None
        if (gathering := program.gathering(site, target)) is None:
            in_turn += rounds
        else:
            together[gathering] = max(together[gathering], rounds)
    return in_turn + together.total()


def _time(calls: int, rounds: int) -> str:
    if rounds == calls:
        return "the request takes as long as all of them one after the other"
    if rounds == 1:
        return "they run together: the request takes as long as the slowest of them"
    return f"some of them run together: the request waits {rounds} times in turn"


def _failure(calls: int, bare: int) -> str:
    if bare == calls:
        return "fails when one of them does"
    if not bare:
        return "goes on when one fails"
    return "fails with one of them" if bare == 1 else f"fails when one of {bare} of them does"


def _places(program: Program, calls: Sequence[_Chain]) -> Iterator[Step]:
    """Where the calls are made; those of one client's line are told apart by what calls it."""
    alike: dict[Site, list[_Chain]] = defaultdict(list)
    for chain in calls:
        alike[chain[-1]].append(chain)
    for last, chains in alike.items():
        remote = program.remote_at[last]
        above = next((n for n in range(2, min(map(len, chains)) + 1) if len({c[-n] for c in chains}) > 1), 0)
        if len(chains) == 1 or not above:
            times = f" ({len(chains)} times)" if len(chains) > 1 else ""
            yield Step(last.location, remote.label + times)
            continue
        for site, number in Counter(chain[-above] for chain in chains).items():
            times = f" ({number} times)" if number > 1 else ""
            yield Step(site.location, f"{steps.name(site.function)}: {remote.label}{times}")


def _confidence(function: Function, remotes: list[RemoteCall]) -> Confidence:
    if not all(remote.sure for remote in remotes):
        return Confidence.LOW
    return Confidence.HIGH if all(remote.site.function is function for remote in remotes) else Confidence.MEDIUM
