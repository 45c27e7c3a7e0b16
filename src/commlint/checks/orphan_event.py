"""COMM505: an event that is published and consumed by nobody, or consumed and published by nobody."""

from __future__ import annotations

from collections.abc import Iterator

from commlint.finding import Finding, Severity, Step
from commlint.program import Orphan, Program


class OrphanEvent:
    """Looks for events whose other end is nowhere in the workspace."""

    code = "COMM505"
    slug = "orphan-event"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds events without consumers, and subscriptions to what nobody publishes."""
        for orphan in program.orphans:
            yield _finding(orphan)


def _finding(orphan: Orphan) -> Finding:
    done, missing = ("published", "consumed") if orphan.is_published else ("consumed", "published")
    message = f"`{orphan.name}` is {done} here and {missing} nowhere in the workspace"
    advice = (
        "let whom it concerns subscribe to it, or stop publishing it"
        if orphan.is_published
        else "publish it where it happens, or drop the subscription"
    )
    related = [Step(place, f"{done} here too") for place in orphan.others]
    if orphan.near is not None:
        name, other, place = orphan.near
        message = f"`{name}` is published; `{other}` is consumed" + (
            f": `{orphan.name}` reaches nobody" if name != orphan.name and orphan.is_published else ""
        )
        advice = f"agree on one name: the other end may be meant by {place.file}:{place.line}"
        what = other if orphan.is_published else name
        related.insert(0, Step(place, f"`{what}` is {missing} here"))
    return Finding(
        rule=OrphanEvent.code,
        location=orphan.location,
        message=message,
        severity=Severity.NOTE if orphan.near is None else Severity.WARNING,
        confidence=orphan.confidence,
        why="what is published to nobody is work for nothing"
        if orphan.is_published
        else "a handler that is never called looks like one that is",
        advice=advice,
        related=tuple(related),
        call=f"EVENT {orphan.name}",
    )
