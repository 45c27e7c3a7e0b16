"""COMM302: an optional field of remote data, read so that its absence crashes."""

from __future__ import annotations

from collections.abc import Iterator

from commlint.checks.reads import sent_by, shown
from commlint.finding import Confidence, Finding, Fix, Severity, Step, UseGet
from commlint.program import Expected, Program


class RequiredRead:
    """Looks at every field that is read of an answer, a reply or an event."""

    code = "COMM302"
    slug = "required-read"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds reads that fail where the field is missing, one for each payload and function."""
        for group in program.expected:
            # What the sender's model says is the matter of response-drift.
            strict = [one for one in group if one.is_open and not _is_said(one)]
            if strict:
                yield _finding(min(strict, key=lambda one: (not _is_optional(one), one.read.location)), strict)


def _is_said(one: Expected) -> bool:
    return one.answer.verdict == "never" or (one.answer.declared and one.answer.verdict != "unknown")


def _is_optional(one: Expected) -> bool:
    return not one.is_caught and (one.answer.verdict == "maybe" or one.tolerant is not None)


def _finding(first: Expected, strict: list[Expected]) -> Finding:
    related = [Step(one.read.location, shown(one)) for one in strict if one is not first]
    source = sent_by(first)
    if first.answer.verdict == "maybe" and first.answer.where is not None:
        where = first.answer.where
        why = f"it is set on some paths only ({where.file}:{where.line}): on the others this line fails"
        related.insert(0, Step(where, f"sets `{first.name}` on some paths"))
    elif first.tolerant is not None:
        where = first.tolerant.location
        why = f"another reader expects that it may be missing ({where.file}:{where.line})"
        related.insert(0, Step(where, f"does without `{first.name}`"))
    else:
        why = ""
    return Finding(
        rule=RequiredRead.code,
        location=first.read.location,
        message=f"`{first.name}` of {source} is read without a default",
        severity=Severity.WARNING,
        confidence=Confidence.MEDIUM if _is_optional(first) else Confidence.LOW,
        why=why,
        advice="read it with `.get` and a default, or parse the data with a tolerant model",
        call=first.payload.crossing.label if first.payload.crossing is not None else "",
        related=tuple(related),
        fix=_fix(first),
    )


def _fix(first: Expected) -> Fix | None:
    """Reads `None` where the field is missing; what is made of that is for somebody to look at."""
    if first.read.kind != "subscript":
        return None
    return Fix(f"read `{first.name}` with `.get`", safe=False, changes=(UseGet(first.read.location),))
