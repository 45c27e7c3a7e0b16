"""COMM301: data of another service is read by a parser that rejects fields which it does not know."""

from __future__ import annotations

from collections.abc import Iterator

from commlint.checks import steps
from commlint.finding import Confidence, Finding, Severity, Step
from commlint.program import Parsed, Program, Strict


class StrictReader:
    """Looks at what the answers of other services are read into."""

    code = "COMM301"
    slug = "strict-reader"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds parsers that fail as soon as another service adds a field."""
        for parsed in program.parsed:
            if parsed.parse.strict is not None:
                yield _finding(parsed, parsed.parse.strict)


def _finding(parsed: Parsed, strict: Strict) -> Finding:
    parse = parsed.parse
    inside = f" inside `{parse.into}` (`{strict.field}`)" if strict.field else ""
    named = f"`{strict.name}`" if strict.name else "the schema"
    advice = "keep only the fields that it knows, or read it with a model that ignores others"
    return Finding(
        rule=StrictReader.code,
        location=parse.site.location,
        message=f"{named}{inside} rejects fields that it does not know, in {steps.arrival(parsed.payload)}",
        severity=Severity.WARNING,
        confidence=Confidence.HIGH
        if parse.sure and (parsed.payload.remote is None or parsed.payload.remote.sure)
        else Confidence.MEDIUM,
        why=f"the day a field is added there, this fails: {strict.because}",
        advice=f"read what others send with `{strict.instead}`" if strict.instead else advice,
        call=parsed.payload.remote.label if parsed.payload.remote is not None else "",
        path=(steps.arrival_step(parsed.payload), Step(parse.site.location, parse.into or "the schema")),
        related=(Step(strict.location, f"rejects unknown fields: {strict.said or strict.because}"),),
    )
