"""The path of a finding, as its reader follows it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from commlint.finding import Step
from commlint.program import Function, Path, Payload, Program, RemoteCall, Site

# The host of an address, where it is known and not the machine's own.
_HOST = re.compile(r"[a-z]+://(?!localhost\b|127\.|0\.0\.0\.0)([\w.-]+)")
# What entry points are called where it is not a request that comes in.
_WORK = {"task": "the task", "consumer": "the consumer", "schedule": "the scheduled job", "command": "the command"}


def name(function: Function) -> str:
    """A function as its reader would find it: one inside another says so."""
    outer = function.outer
    inside = outer is not None and not outer.is_module and function.owner is None and function.decorates is None
    return f"{name(outer)}.{function.label}" if inside and outer is not None else function.label


def start(path: Path) -> str:
    """What a path begins in, in a sentence: an endpoint by its label, any other function by its kind and name."""
    if path.entry is not None and path.entry.is_endpoint:
        return path.entry.label
    if path.start.is_module:
        return "the script"
    kind = _WORK.get(path.entry.kind, "") if path.entry is not None else ""
    return f"{kind} `{name(path.start)}`".strip()


def other(remote: RemoteCall) -> str:
    """Who is asked, in a sentence: a service here, a host, or just the other side."""
    if remote.target is not None:
        return f"`{remote.target.short_name}`"
    host = _HOST.match(remote.address)
    return f"`{host[1]}`" if host is not None else "the other side"


def way_in(program: Program, path: Path, end: Function) -> Iterator[Step]:
    """From where work starts, over the calls on the way, into the function at the end."""
    label = path.entry.label if path.entry is not None else "script" if path.start.is_module else name(path.start)
    yield Step(path.start.location, label)
    yield from hops(program, path.sites, end)


def hops(program: Program, sites: Sequence[Site], end: Function) -> Iterator[Step]:
    """Calls of functions of the program, each into the function that holds the next one, the last into the end."""
    entered = [*(site.function for site in sites[1:]), end]
    for site, function in zip(sites, entered, strict=False):
        later = " (nobody waits)" if program.hands_over(site, function) else ""
        yield Step(site.location, f"{name(function)}{later}")


def remote_step(remote: RemoteCall) -> Step:
    """The remote call at the end."""
    return Step(remote.site.location, remote.label)


def arrival(payload: Payload) -> str:
    """What remote data is, in a sentence: an answer of a service, or what a consumer gets."""
    if payload.remote is not None:
        return f"an answer of {other(payload.remote)}"
    return f"what `{name(payload.entry.function)}` gets" if payload.entry is not None else "a message"


def arrival_step(payload: Payload) -> Step:
    """Where remote data arrives."""
    if payload.remote is not None or payload.entry is None:
        assert payload.remote is not None  # noqa: S101 - it is one of the two
        return remote_step(payload.remote)
    return Step(payload.entry.function.location, payload.entry.label)
