"""COMM103: independent remote reads that wait for each other."""

from __future__ import annotations

from collections.abc import Iterator

from commlint.finding import Confidence, Finding, Severity, Step
from commlint.program import Program, Site


class SerializedCalls:
    """Looks for awaited reads in a row of which none needs another's answer."""

    code = "COMM103"
    slug = "serialized-calls"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds one place for each group of reads."""
        for group in program.serial.groups():
            yield _finding(group)


def _finding(group: tuple[Site, ...]) -> Finding:
    first, second, *others = group
    return Finding(
        rule=SerializedCalls.code,
        location=second.location,
        message=f"{len(group)} remote reads wait for each other though none needs another's answer",
        severity=Severity.NOTE,
        confidence=Confidence.MEDIUM,
        why="together they take as long as their sum; side by side they would take as long as the slowest",
        advice="await them together: `asyncio.gather(...)`, or a task group",
        related=tuple(Step(site.location, site.name) for site in (first, *others)),
    )
