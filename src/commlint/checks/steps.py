"""The path of a finding, as its reader follows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from commlint.finding import Location, Step
from commlint.program import Path, Program, RemoteCall, Site


def way_in(program: Program, path: Path) -> Iterator[Step]:
    """From where work starts, over the calls on the way."""
    start = path.start
    label = path.entry.label if path.entry is not None else start.label
    yield Step(program.location(start), label)
    yield from hops(path.sites)


def hops(sites: Iterable[Site]) -> Iterator[Step]:
    """Calls of functions of the program."""
    for site in sites:
        target = next(iter(site.targets), None)
        yield Step(site.location, target.label if target is not None else site.name)


def remote_step(remote: RemoteCall) -> Step:
    """The remote call at the end."""
    return Step(remote.site.location, remote.label)


def is_elsewhere(steps: list[Step], location: Location) -> bool:
    """Whether a path shows more than the line that the finding stands on."""
    return any((s.location.file, s.location.line) != (location.file, location.line) for s in steps)
