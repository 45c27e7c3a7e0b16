"""COMM101: one remote call for each element of a collection."""

from __future__ import annotations

from collections.abc import Iterator

from commlint.checks import steps
from commlint.finding import Confidence, Finding, Severity, Step
from commlint.program import Kind, Loop, Path, Program, RemoteCall, Site

# Loops over data; one in which each element has its own host is more likely a sweep over servers.
_SURE = {Kind.DATA: Confidence.HIGH, Kind.HOSTS: Confidence.LOW}


class NPlusOneCall:
    """Looks at every call that is in a loop and is remote or leads to a remote call."""

    code = "COMM101"
    slug = "n-plus-one-call"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds calls that a loop over data repeats, one a line."""
        seen: set[tuple[str, int]] = set()
        for site in program.sites:
            place = (site.function.module.path, site.call.line)
            if place not in seen and (finding := _judge(program, site)) is not None:
                seen.add(place)
                yield finding


def _judge(program: Program, site: Site) -> Finding | None:
    own = program.remote_at.get(site)
    below = program.reach.below(site) if own is None else None
    loop = _loop(program, site)
    if loop is None:
        return None
    sites: tuple[Site, ...] = ()
    if own is not None:
        remote = own
    elif below is not None:
        sites, remote = below
    else:
        return None
    confidence = _SURE[loop.kind]
    if own is None or remote.client.kind != "http":
        confidence = min(confidence, Confidence.MEDIUM)
    if not remote.sure or program.loops.names_host(site, sites, remote) or program.loops.varies(site):
        confidence = Confidence.LOW
    path = program.paths.to(site.function)
    instead = program.batches.instead_of(site, remote)
    confidence = min(confidence, path.confidence)
    serious = path.handles_endpoint and remote.target is not None
    return Finding(
        rule=NPlusOneCall.code,
        location=site.location,
        message=_message(remote, loop),
        severity=Severity.ERROR if serious else Severity.NOTE if program.is_tool(path) else Severity.WARNING,
        confidence=confidence,
        why=_why(path, remote),
        advice=_advice(remote, instead),
        related=() if instead is None else (instead,),
        call=remote.label,
        path=tuple(_path(path, loop, site, sites, remote)),
    )


def _loop(program: Program, site: Site) -> Loop | None:
    """The innermost loop over data around a call, or, where there is none, one over hosts."""
    around = program.loops.around(site)
    if (own := program.loops.per_element(site)) is not None:
        around.insert(0, own)
    if (outer := program.loops.around_body(site.function)) is not None:
        around.append(outer)
    for kind in _SURE:
        for loop in around:
            if loop.kind is kind:
                return loop
    return None


def _message(remote: RemoteCall, loop: Loop) -> str:
    target = f"to `{remote.target.short_name}` " if remote.target is not None else ""
    over = f"each element of `{loop.over}`" if loop.over and loop.over != "..." else "each turn of the loop"
    return f"one remote call {target}for {over}"


def _why(path: Path, remote: RemoteCall) -> str:
    who = f"whoever asks for {path.entry.label} waits" if path.handles_endpoint and path.entry else "the work takes"
    other = f"`{remote.target.short_name}`" if remote.target is not None else "the other side"
    return f"{who} for as many round trips as there are elements, and {other} gets as many requests"


def _advice(remote: RemoteCall, instead: Step | None) -> str:
    if instead is not None:
        place = f"{instead.location.file}:{instead.location.line}"
        return f"ask once for all elements, before the loop: there is {instead.text} ({place})"
    other = f"`{remote.target.short_name}`" if remote.target is not None else "the provider"
    return f"ask once for all elements: one request with all ids before the loop; {other} must offer it"


def _path(path: Path, loop: Loop, site: Site, sites: tuple[Site, ...], remote: RemoteCall) -> Iterator[Step]:
    yield from steps.way_in(path, site.function)
    yield Step(loop.location, loop.text)
    if sites:
        yield from steps.hops((site, *sites[:-1]), remote.site.function)
    yield steps.remote_step(remote)
