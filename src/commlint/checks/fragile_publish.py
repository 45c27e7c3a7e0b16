"""COMM502: a publish with which a request fails, or that comes before the commit of what it tells."""

from __future__ import annotations

from collections.abc import Iterator

from commlint.checks import steps
from commlint.finding import Confidence, Finding, Location, Severity, Step
from commlint.program import FragilePublish, Program


class FragilePublishing:
    """Looks for publishes that an outbox would make safe."""

    code = "COMM502"
    slug = "fragile-publish"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds the publishes, where it is said which event is sent."""
        seen: set[Location] = set()
        for fragile in program.fragile_publishes:
            if fragile.publish.location not in seen:
                seen.add(fragile.publish.location)
                yield _too_early(program, fragile) if fragile.commit is not None else _failing(program, fragile)


def _too_early(program: Program, fragile: FragilePublish) -> Finding:
    publish, commit = fragile.publish, fragile.commit
    assert commit is not None  # noqa: S101 - asked before
    start = fragile.sites[0].function
    return Finding(
        rule=FragilePublishing.code,
        location=publish.location,
        message=f"{_event(fragile)} is published before what it tells of is committed",
        severity=Severity.WARNING,
        confidence=Confidence.MEDIUM,
        why="when the commit fails, others have heard of what never happened; when it is late, they ask too early",
        advice="write the event in the same transaction (a transactional outbox), or publish it after the commit",
        path=(
            Step(start.location, steps.name(start)),
            *steps.hops(program, fragile.sites[:-1], publish.site.function),
            Step(publish.site.location, publish.site.name),
            Step(commit.location, f"`{commit.text}` commits"),
        ),
    )


def _failing(program: Program, fragile: FragilePublish) -> Finding:
    publish, entry = fragile.publish, fragile.entry
    assert entry is not None  # noqa: S101 - it is one of the two
    kept = "though what it has changed stands" if fragile.changes else "whether its own work is done or not"
    return Finding(
        rule=FragilePublishing.code,
        location=publish.location,
        message=f"{_event(fragile)} is published while a request waits, and the request fails where that does",
        severity=Severity.WARNING,
        confidence=Confidence.MEDIUM if fragile.changes else Confidence.LOW,
        why=f"when the broker is down, {entry.label} fails, {kept}",
        advice="keep the event with the change (a transactional outbox) and send it from there, or catch the failure",
        path=(
            Step(entry.function.stands_for.location, entry.label),
            *steps.hops(program, fragile.sites[:-1], publish.site.function),
            Step(publish.site.location, publish.site.name),
        ),
    )


def _event(fragile: FragilePublish) -> str:
    name = fragile.publish.event or fragile.publish.name
    return f"`{name}`" if name and "{" not in name else "an event"
