"""COMM101: one remote call for each element of a collection."""

from __future__ import annotations

from collections.abc import Iterator

from commlint.checks import steps
from commlint.finding import Confidence, Finding, Severity, Step
from commlint.program import Instead, Kind, Loop, Path, Program, RemoteCall, Site, Trail

# Loops over data; one in which each element has its own host is more likely a sweep over servers.
_SURE = {Kind.DATA: Confidence.HIGH, Kind.HOSTS: Confidence.LOW}
# What the verbs do that change nothing; what gRPC and the like do is told by no verb.
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


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
    if own is not None:
        remote, trail = own, program.trails.of(own)
    elif (below := program.reach.below(site)) is not None:
        remote, trail = below.remote, below.trail
    else:
        return None
    # Asked last, since few calls lead to a remote one.
    if (loop := _loop(program, site)) is None:
        return None
    sites = trail.sites[1:]
    confidence = _SURE[loop.kind]
    if own is None or remote.client.kind != "http":
        confidence = min(confidence, Confidence.MEDIUM)
    doubtful = program.loops.names_host(site, sites, remote) or program.loops.varies(site)
    if not remote.sure or doubtful or program.reach.instead_of_another(site):
        confidence = Confidence.LOW
    path = program.paths.to(trail, program.loops.with_few(site))
    together = program.runs_together(trail, remote, loop)
    instead = program.batches.instead_of(trail, remote, loop.names)
    return Finding(
        rule=NPlusOneCall.code,
        location=site.location,
        message=_message(remote, loop),
        severity=_severity(program, path, remote, loop),
        confidence=min(confidence, path.confidence),
        why=_why(path, remote, loop, together),
        advice=_advice(remote, instead, together),
        related=() if instead is None else (instead.place,),
        call=remote.label,
        path=tuple(_path(program, path, loop, trail, remote)),
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


def _severity(program: Program, path: Path, remote: RemoteCall, loop: Loop) -> Severity:
    if program.is_tool(path) or (loop.bound is not None and loop.bound.written):
        # What is written out in the code does not grow with the data.
        return Severity.NOTE
    return Severity.ERROR if path.handles_endpoint and remote.target is not None else Severity.WARNING


def _message(remote: RemoteCall, loop: Loop) -> str:
    over = f"each element of `{loop.over}`" if loop.over and loop.over != "..." else "each turn of the loop"
    return f"a remote call {_to(remote)}for {over}"


def _to(remote: RemoteCall) -> str:
    return f"to `{remote.target.short_name}` " if remote.target is not None else ""


def _why(path: Path, remote: RemoteCall, loop: Loop, together: str) -> str:
    other = steps.other(remote)
    waits = f"whoever asks for {steps.start(path)} waits" if path.handles_endpoint else ""
    most = f" (up to {loop.bound.most})" if loop.bound is not None else ""
    if together:
        slowest = f"; {waits} for the slowest" if waits else ""
        return f"{other} gets a request per element{most}, {together}{slowest}"
    takes = f"{waits} for" if waits else "the work takes"
    return f"{takes} a round trip per element{most}, one after the other, and {other} gets as many requests"


def _advice(remote: RemoteCall, instead: Instead | None, together: str) -> str:
    changes = remote.verb not in ("", "RPC", *_READING)
    what = "send all elements in one request" if changes else "ask for all elements at once, before the loop"
    if instead is not None:
        place = instead.place.location
        return f"{what}: {instead.says} ({place.file}:{place.line})"
    if remote.target is not None:
        return f"{what}; `{remote.target.short_name}` must offer that"
    many = "run several at a time" if not together else "limit how many run at a time"
    other = f"{many}, or keep the answers" if not changes else many
    return f"{what}, if the other side offers that; else {other}"


def _path(program: Program, path: Path, loop: Loop, trail: Trail, remote: RemoteCall) -> Iterator[Step]:
    yield from steps.way_in(program, path, trail.function)
    yield Step(loop.location, loop.text)
    yield from steps.hops(program, trail.sites[:-1], remote.site.function)
    yield steps.remote_step(remote)
