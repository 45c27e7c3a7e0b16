"""COMM401: a remote call with neither breaker nor fallback on its way in."""

from __future__ import annotations

from collections.abc import Iterator

from commlint.checks import steps
from commlint.finding import Confidence, Finding, Severity
from commlint.program import Path, Program, RemoteCall

# Work that is started for itself: where it fails, that is its own failure, and it is run again.
_JOBS = frozenset({"schedule", "task", "command"})


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
    alone = ", for which nobody waits," if path.handed_over else ""
    return Finding(
        rule=UnguardedCall.code,
        location=remote.site.location,
        message="remote call with neither breaker nor fallback",
        severity=_severity(program, remote, path),
        confidence=path.confidence if remote.sure else Confidence.LOW,
        why=f"when {steps.other(remote)} is down or slow, {steps.start(path)}{alone} fails with it",
        advice="answer without it (a cached, default or partial result), or put a circuit breaker around it",
        call=remote.label,
        path=(*steps.way_in(program, path, remote.site.function), steps.remote_step(remote)),
    )


def _severity(program: Program, remote: RemoteCall, path: Path) -> Severity:
    job = path.entry is not None and path.entry.kind in _JOBS
    once = path.handed_over and not program.is_kept_up(path, remote)
    return Severity.NOTE if program.is_tool(path) or job or once else Severity.WARNING
