"""COMM402: a remote call that can wait for ever."""

from __future__ import annotations

from collections.abc import Iterator

from commlint.checks import steps
from commlint.finding import Confidence, Finding, Fix, Mend, Severity
from commlint.program import Cure, Path, Program, RemoteCall


class MissingTimeout:
    """Looks for a path without a time limit to every remote call."""

    code = "COMM402"
    slug = "missing-timeout"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds remote calls that nothing ends but an answer."""
        for remote in program.remote_calls:
            path = program.guards.endless_path(remote)
            if path is not None:
                yield _finding(program, remote, path)


def _severity(program: Program, path: Path) -> Severity:
    if path.handles_endpoint:
        return Severity.ERROR
    return Severity.NOTE if program.is_tool(path) else Severity.WARNING


def _finding(program: Program, remote: RemoteCall, path: Path) -> Finding:
    made = program.limits.mend(remote)
    held = f"{steps.start(path)} hangs" if path.handles_endpoint else "this hangs"
    return Finding(
        rule=MissingTimeout.code,
        location=remote.site.location,
        message="remote call without a time limit",
        severity=_severity(program, path),
        confidence=path.confidence if remote.sure else Confidence.LOW,
        why=f"while {steps.other(remote)} accepts and does not answer, {held}, with its thread and connection",
        advice="pass `timeout=` with the seconds that its user would wait",
        call=remote.label,
        path=(*steps.way_in(program, path, remote.site.function), steps.remote_step(remote)),
        mend=None if made is None else Mend(made, "set a timeout where the client is made"),
        fix=_fix(program.cures.of(remote)),
    )


def _fix(cure: Cure | None) -> Fix | None:
    return None if cure is None else Fix(cure.text, safe=False, changes=(cure.change,), imports=cure.imports)
