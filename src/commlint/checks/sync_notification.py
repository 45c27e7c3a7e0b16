"""COMM405: a synchronous call that changes state elsewhere, and whose answer nobody uses."""

from __future__ import annotations

from collections.abc import Iterator

from commlint.checks import steps
from commlint.finding import Confidence, Finding, Severity, Step
from commlint.program import Notification, Program


class SyncNotification:
    """Looks for events that are sent as requests."""

    code = "COMM405"
    slug = "sync-notification"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds the calls, where their target is settled."""
        for notification in program.notifications:
            yield _finding(program, notification)


def _finding(program: Program, notification: Notification) -> Finding:
    crossing, hop = notification.crossing, notification.hops[0]
    others = len({each.entry.label for each in notification.hops}) - 1
    heads = f"{hop.entry.label} and {others} more" if others else hop.entry.label
    wait, fail = ("wait", "fail") if others else ("waits", "fails")
    fails = any(program.guards.fails_with(crossing.remote, (*h.sites, crossing.remote.site)) for h in notification.hops)
    target = crossing.target_name
    event = f" (say, `{notification.event}`)" if notification.event else ""
    return Finding(
        rule=SyncNotification.code,
        location=crossing.location,
        message="nobody uses the answer to this change: an event would do",
        severity=Severity.NOTE,
        confidence=Confidence.MEDIUM if crossing.remote.sure else Confidence.LOW,
        why=f"{heads} {wait} for `{target}`" + (f", and {fail} with it" if fails else "") + ", to tell it something",
        advice=f"publish what has happened{event}, and let `{target}` listen",
        call=crossing.label,
        path=(
            Step(hop.entry.function.stands_for.location, hop.entry.label),
            *steps.hops(program, hop.sites, crossing.remote.site.function),
            steps.remote_step(crossing.remote),
        ),
    )
