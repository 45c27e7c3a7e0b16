"""COMM603: a field is read that the called service does not send, or not always."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from commlint.checks.reads import shown
from commlint.finding import Confidence, Finding, Severity, Step
from commlint.program import Expected, Program


class ResponseDrift:
    """Compares what is read of an answer with what the endpoint sends."""

    code = "COMM603"
    slug = "response-drift"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds reads of fields that are not there, or may not be there, one for each payload and function."""
        for group in program.expected:
            read = [one for one in group if one.is_open or not one.read.is_strict]
            missing = [one for one in read if one.answer.verdict == "never"]
            if missing:
                yield _finding(missing)
            optional = [one for one in read if one.answer.verdict == "maybe" and one.answer.declared and one.is_open]
            if optional:
                yield _finding(optional)


def _finding(reads: Sequence[Expected]) -> Finding:
    first = reads[0]
    crossing, said = first.payload.crossing, first.answer
    assert crossing is not None  # noqa: S101 - only what a known service sends is compared
    name = crossing.target_name
    related = [Step(one.read.location, shown(one)) for one in reads[1:]]
    is_missing = said.verdict == "never"
    place = "" if said.where is None else f" ({said.where.file}:{said.where.line})"
    if said.where is not None:
        related.insert(0, Step(said.where, "what is sent"))
    near = difflib.get_close_matches(first.read.keys[-1], said.known, n=1)
    return Finding(
        rule=ResponseDrift.code,
        location=first.read.location,
        message=f"`{name}` does not send `{first.name}` with {crossing.label}"
        if is_missing
        else f"`{name}` may leave out `{first.name}` of {crossing.label}, which is read without a default",
        severity=Severity.ERROR if is_missing else Severity.NOTE,
        confidence=Confidence.HIGH if said.declared and not crossing.way.stack else Confidence.MEDIUM,
        why=f"its answer has no such field{place}" if is_missing else f"its answer has it as optional{place}",
        advice=(f"read `{near[0]}`" if near else "read a field that is sent, or add this one to the answer")
        if is_missing
        else "read it with `.get` and a default",
        call=crossing.label,
        related=tuple(related),
    )
