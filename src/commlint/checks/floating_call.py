"""COMM601: a call to a method and path that the target service does not serve."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from commlint.finding import Confidence, Finding, Location, Severity, Step
from commlint.program import Crossing, Program


class FloatingCall:
    """Compares every call between services with what the called one serves."""

    code = "COMM601"
    slug = "floating-call"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds calls that no route answers, of services all of whose routes are known."""
        seen: set[tuple[Location, str]] = set()
        for alike in _by_place(program.services.crossings):
            answered = any(crossing.route is not None for crossing in alike)
            for crossing in alike:
                place = (_place(crossing, answered=answered), crossing.label)
                if place not in seen and _floats(program, crossing):
                    seen.add(place)
                    yield _finding(program, crossing, place[0])


def _by_place(crossings: Iterable[Crossing]) -> Iterable[list[Crossing]]:
    """Crossings by the call that settles where they go and what they ask for."""
    found: dict[tuple[Location, str, str], list[Crossing]] = defaultdict(list)
    for crossing in crossings:
        found[crossing.location, crossing.method, crossing.path].append(crossing)
    return found.values()


def _place(crossing: Crossing, *, answered: bool) -> Location:
    """Where the mistake is: where others are answered who come by the same call, the one who gives it the address."""
    return crossing.way.site.location if answered else crossing.location


def _floats(program: Program, crossing: Crossing) -> bool:
    target = crossing.target
    if target is None or crossing.route is not None or not crossing.is_exact:
        return False
    return not program.routes.may_serve(target, crossing.kind, crossing.method, crossing.path)


def _finding(program: Program, crossing: Crossing, place: Location) -> Finding:
    assert crossing.target is not None  # noqa: S101 - asked before
    name = crossing.target.short_name
    nearest = program.routes.nearest(crossing.target, crossing.method, crossing.path)
    asked = f"{crossing.method} {crossing.path}".strip()
    return Finding(
        rule=FloatingCall.code,
        location=place,
        message=f"`{name}` serves no {asked}",
        severity=Severity.ERROR,
        confidence=Confidence.MEDIUM if crossing.way.stack or crossing.way.is_open else Confidence.HIGH,
        why=f"all routes of `{name}` are known, and none fits: the call is answered with an error each time",
        advice="ask for a route that exists, or add this one"
        if nearest is None
        else f"the nearest that it serves is {nearest.label} ({nearest.location.file}:{nearest.location.line})",
        related=() if nearest is None else (Step(nearest.location, nearest.label),),
        call=crossing.label,
        path=tuple(_path(crossing)),
    )


def _path(crossing: Crossing) -> Iterator[Step]:
    """From who says where it goes down to the client's own call; nothing where that is one line."""
    if crossing.way.stack:
        for site in reversed(crossing.way.stack):
            yield Step(site.location, site.name)
        yield Step(crossing.client, crossing.label)
