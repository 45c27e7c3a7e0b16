"""COMM401: a remote call with neither breaker nor fallback on its way in."""

from __future__ import annotations

from collections.abc import Iterator

from commlint.checks import steps
from commlint.finding import Confidence, Finding, Severity
from commlint.program import Path, Program, RemoteCall


class UnguardedCall:
    """Looks for a bare path to every remote call."""

    code = "COMM401"
    slug = "unguarded-call"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds remote calls whose failure becomes the caller's failure."""
        for remote in program.remote_calls:
            path = program.guards.bare_path(remote)
            if path is not None:
                yield _finding(program, remote, path)


def _finding(program: Program, remote: RemoteCall, path: Path) -> Finding:
    other = f"`{remote.target.short_name}`" if remote.target is not None else "the other side"
    whose = f"{path.entry.label} fails" if path.entry is not None else f"`{path.start.label}` fails"
    return Finding(
        rule=UnguardedCall.code,
        location=remote.site.location,
        message="remote call with neither breaker nor fallback",
        severity=Severity.NOTE if program.is_tool(path) else Severity.WARNING,
        confidence=path.confidence if remote.sure else Confidence.LOW,
        why=f"when {other} is down or slow, {whose} with it",
        advice="answer without it (a cached, default or partial result), or put a circuit breaker around it",
        call=remote.label,
        path=(*steps.way_in(path, remote.site.function), steps.remote_step(remote)),
    )
