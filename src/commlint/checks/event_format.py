"""COMM504: an event that does not say what happened, to which entity, or when."""

from __future__ import annotations

from collections.abc import Iterator

from commlint.finding import Confidence, Finding, Severity
from commlint.program import EventFlaw, Program

_ADVICE = {
    "name": "call it for what has happened, `entity.past-tense`: {better}",
    "id": "send the id of what it is about along, so that a consumer can ask, order and remember",
    "time": "send along when it happened, so that consumers can tell old from new",
}


class EventFormat:
    """Compares what is published with the form of an event."""

    code = "COMM504"
    slug = "event-format"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds events whose name is not that of something that has happened, and those that lack id or time."""
        for flaw in program.event_flaws:
            yield _finding(flaw)


def _finding(flaw: EventFlaw) -> Finding:
    said = {
        "name": f"event `{flaw.name}` is not named for what has happened",
        "id": f"event `{flaw.name}` does not say which {flaw.entity or 'entity'} it is about",
        "time": f"event `{flaw.name}` does not say when it happened",
    }
    return Finding(
        rule=EventFormat.code,
        location=flaw.location,
        message=said[flaw.kind],
        severity=Severity.NOTE if flaw.kind == "time" else Severity.WARNING,
        confidence=Confidence.LOW if flaw.kind == "time" else flaw.confidence,
        why={
            "name": "an event says what is true from now on, which the name of a command or thing does not",
            "id": "who gets it cannot tell what to look up or change",
            "time": "messages come late and twice",
        }[flaw.kind],
        advice=_ADVICE[flaw.kind].format(better=flaw.better),
        call=f"EVENT {flaw.name}",
    )
