"""COMM303: a value that another service may add to an enumeration crashes the reader."""

from __future__ import annotations

from collections.abc import Iterator

from commlint.checks import steps
from commlint.finding import Confidence, Finding, Severity, Step
from commlint.program import Parsed, Program

# How many fields a message names.
_NAMED = 3


class ClosedEnum:
    """Looks at the enumerations that values of other services are read into."""

    code = "COMM303"
    slug = "closed-enum"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds reads that fail for a value that is not known yet."""
        for parsed in program.parsed:
            if parsed.parse.closed and not parsed.handled:
                yield _finding(parsed)


def _finding(parsed: Parsed) -> Finding:
    parse = parsed.parse
    fields = [closed for closed in parse.closed if closed.field]
    types = list(dict.fromkeys(closed.type for closed in parse.closed))
    known = f"`{types[0]}` knows no values but its own"
    if fields:
        more = ", ..." if len(fields) > _NAMED else ""
        named = ", ".join(f"`{closed.field}`" for closed in fields[:_NAMED])
        known = f"`{parse.into}` takes only the values that it knows for {named}{more}"
    return Finding(
        rule=ClosedEnum.code,
        location=parse.site.location,
        message=f"{known}, in {steps.arrival(parsed.payload)}",
        severity=Severity.NOTE,
        confidence=Confidence.MEDIUM,
        why="the day a value is added there, reading fails here",
        advice="let unknown values become one of their own (`_missing_`, a member `UNKNOWN`, a plain `str` beside it)",
        call=parsed.payload.remote.label if parsed.payload.remote is not None else "",
        path=(steps.arrival_step(parsed.payload), Step(parse.site.location, parse.into)),
        related=tuple(dict.fromkeys(Step(closed.location, closed.type) for closed in parse.closed)),
    )
