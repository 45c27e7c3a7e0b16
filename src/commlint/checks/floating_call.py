"""COMM601: a call to a method and path that the target service does not serve."""

from __future__ import annotations

from collections.abc import Iterator

from commlint.finding import Confidence, Finding, Location, Severity, Step
from commlint.program import Crossing, Program


class FloatingCall:
    """Compares every call between services with what the called one serves."""

    code = "COMM601"
    slug = "floating-call"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds calls that no route answers, of services all of whose routes are known."""
        seen: set[tuple[Location, str]] = set()
        for crossing in program.services.crossings:
            place = (crossing.location, crossing.label)
            if place not in seen and _floats(program, crossing):
                seen.add(place)
                yield _finding(program, crossing)


def _floats(program: Program, crossing: Crossing) -> bool:
    target = crossing.target
    if target is None or crossing.route is not None or not crossing.is_exact:
        return False
    return not program.routes.may_serve(target, crossing.kind, crossing.method, crossing.path)


def _finding(program: Program, crossing: Crossing) -> Finding:
    assert crossing.target is not None  # noqa: S101 - asked before
    name = crossing.target.short_name
    nearest = program.routes.nearest(crossing.target, crossing.method, crossing.path)
    asked = f"{crossing.method} {crossing.path}".strip()
    return Finding(
        rule=FloatingCall.code,
        location=crossing.location,
        message=f"`{name}` serves no {asked}",
        severity=Severity.ERROR,
        confidence=Confidence.MEDIUM if crossing.way.stack or crossing.way.is_open else Confidence.HIGH,
        why=f"all routes of `{name}` are known, and none fits: the call is answered with an error each time",
        advice="ask for a route that exists, or add this one"
        if nearest is None
        else f"the nearest that it serves is {nearest.label} ({nearest.location.file}:{nearest.location.line})",
        related=() if nearest is None else (Step(nearest.location, nearest.label),),
        call=crossing.label,
    )
