"""Why there is no finding at a place: what a remote call there is protected by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from commlint.finding import Step
from commlint.program.loops import Kind

if TYPE_CHECKING:
    from commlint.program import Program, RemoteCall, Site


class Silence(msgspec.Struct, frozen=True):
    """What a rule has nothing against.

    Attributes:
        call: The remote call, as a reader would say it.
        rule: The slug of the rule.
        reasons: What keeps it silent, and where; none where nothing of the kind is there to be judged.
    """

    call: str
    rule: str
    reasons: tuple[Step, ...]


def silences(program: Program, file: str, line: int) -> Iterator[Silence]:
    """What each rule says of the remote calls on a line, or of those that the calls on it lead to."""
    for site in program.sites:
        if site.function.module.path != file or site.call.line != line:
            continue
        if (remote := program.remote_at.get(site)) is not None:
            yield from _of_call(program, remote)
        elif (below := program.reach.below(site)) is not None:
            yield from _of_loops(program, site, below.remote.label)


def _of_call(program: Program, remote: RemoteCall) -> Iterator[Silence]:
    for rule, ask in (("unguarded-call", program.guards.bare_path), ("missing-timeout", program.guards.endless_path)):
        stops: dict[Step, None] = {}
        if ask(remote, stops) is None:
            yield Silence(remote.label, rule, tuple(stops) or (Step(remote.site.location, "no way leads here"),))
    yield from _of_loops(program, remote.site, remote.label)


def _of_loops(program: Program, site: Site, label: str) -> Iterator[Silence]:
    loops = program.loops.around(site)
    if any(loop.kind in (Kind.DATA, Kind.HOSTS) for loop in loops):
        return
    reasons = tuple(Step(loop.location, f"`{loop.text}` goes {loop.kind.value}") for loop in loops)
    yield Silence(label, "n-plus-one-call", reasons or (Step(site.location, "in no loop"),))
