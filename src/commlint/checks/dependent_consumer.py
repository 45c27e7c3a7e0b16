"""COMM503: an event consumer that needs another service's synchronous answer to do its work."""

from __future__ import annotations

from collections.abc import Iterator

from commlint.checks import steps
from commlint.finding import Confidence, Finding, Severity, Step
from commlint.program import Dependence, Program


class DependentConsumer:
    """Looks for consumers that ask other services."""

    code = "COMM503"
    slug = "dependent-consumer"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds the calls whose answers consumers need, at the client's own line."""
        for dependence in program.dependences:
            yield _finding(program, dependence)


def _finding(program: Program, dependence: Dependence) -> Finding:
    hop, remote = dependence.hop, dependence.crossing.remote
    consumer = f"the consumer `{steps.name(hop.entry.function.stands_for)}`"
    message = f"`{dependence.event}`" if dependence.event else "a message"
    target = dependence.crossing.target_name
    outcome = "fails on" if dependence.fails else "gives up"
    return Finding(
        rule=DependentConsumer.code,
        location=remote.site.location,
        message=f"a consumer of events needs an answer of `{target}` to do its work",
        severity=Severity.WARNING,
        confidence=Confidence.MEDIUM if remote.sure else Confidence.LOW,
        why=f"when `{target}` is down or slow, {consumer} {outcome} {message}",
        advice=f"let the event carry what is needed, or keep a copy of it that events of `{target}` keep up to date",
        call=dependence.crossing.label,
        path=(
            Step(hop.entry.function.stands_for.location, hop.entry.label),
            *steps.hops(program, hop.sites, remote.site.function),
            steps.remote_step(remote),
        ),
    )
