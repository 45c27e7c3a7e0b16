"""COMM102: an endpoint that makes several remote calls on one path."""

from __future__ import annotations

from collections.abc import Iterator

from commlint.finding import Confidence, Finding, Severity, Step
from commlint.program import EntryPoint, Function, Program, RemoteCall, Site

# More than one call a request is a chain of failures; from four on it is a design.
_ALLOWED = 1
_SERIOUS = 4


class ChattyRequest:
    """Counts the remote calls of every endpoint."""

    code = "COMM102"
    slug = "chatty-request"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds endpoints whose longest path makes more remote calls than one."""
        for function, entry in program.entries.items():
            if entry.is_endpoint:
                calls = program.counts.most(function)
                if len(calls) > _ALLOWED:
                    yield _finding(program, function, entry, calls)


def _finding(program: Program, function: Function, entry: EntryPoint, calls: tuple[Site, ...]) -> Finding:
    handler = function.stands_for
    remotes = [program.remote_at[site] for site in calls]
    return Finding(
        rule=ChattyRequest.code,
        location=handler.location,
        message=f"{entry.label} makes {len(calls)} remote calls on one path",
        severity=Severity.WARNING if len(calls) >= _SERIOUS else Severity.NOTE,
        confidence=_confidence(function, remotes),
        why="each of them can fail and takes its time: the request is as slow as their sum and fails when one does",
        advice="fetch what belongs together with one call, keep a copy of what rarely changes, or do later what the "
        "answer does not need",
        related=tuple(dict.fromkeys(Step(remote.site.location, remote.label) for remote in remotes)),
    )


def _confidence(function: Function, remotes: list[RemoteCall]) -> Confidence:
    if not all(remote.sure for remote in remotes):
        return Confidence.LOW
    return Confidence.HIGH if all(remote.site.function is function for remote in remotes) else Confidence.MEDIUM
