"""The path of a finding, as its reader follows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from commlint.finding import Step
from commlint.program import Function, Path, RemoteCall, Site


def way_in(path: Path, end: Function) -> Iterator[Step]:
    """From where work starts, over the calls on the way, into the function at the end."""
    start = path.start
    label = path.entry.label if path.entry is not None else start.label
    yield Step(start.location, label)
    yield from hops(path.sites, end)


def hops(sites: Sequence[Site], end: Function) -> Iterator[Step]:
    """Calls of functions of the program, each into the function that holds the next one, the last into the end."""
    entered = [*(site.function for site in sites[1:]), end]
    for site, function in zip(sites, entered, strict=False):
        yield Step(site.location, function.label)


def remote_step(remote: RemoteCall) -> Step:
    """The remote call at the end."""
    return Step(remote.site.location, remote.label)
