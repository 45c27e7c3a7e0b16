"""What a change does to a system: two analyses side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from commlint.baseline import compare, entries_of
from commlint.finding import Finding, Report
from commlint.servicemap import Chain, Edge, ServiceMap


class Called(msgspec.Struct, frozen=True, order=True):
    """An edge without its place: who asks whom for what."""

    source: str
    target: str
    kind: str
    method: str
    path: str


class Offered(msgspec.Struct, frozen=True, order=True):
    """An endpoint of a service, without its place."""

    service: str
    method: str
    path: str


class Grown(msgspec.Struct, frozen=True):
    """An endpoint whose longest chain of synchronous calls has another depth.

    Attributes:
        service: Its service.
        endpoint: The endpoint: `POST /orders`.
        before: How many calls deep it was; 0 where it was at most one, which is no chain, or not there.
        after: How many it is now; 0 likewise.
    """

    service: str
    endpoint: str
    before: int
    after: int


class Side(msgspec.Struct, frozen=True):
    """One of the two analyses.

    Attributes:
        drawn: The service map.
        report: What is fragile.
        files: The Python files that there are.
    """

    drawn: ServiceMap
    report: Report
    files: frozenset[str]


class Changes(msgspec.Struct, frozen=True):
    """What differs, each kind sorted.

    Attributes:
        services_added: Names of services that are new.
        services_gone: Names of those that are no longer there.
        endpoints_added: Endpoints that are new, of services that were there.
        endpoints_gone: Endpoints that are gone, of services that are still there.
        calls_added: Calls between services that are new.
        calls_gone: Those that are gone.
        chains: Endpoints whose longest chain is of another depth.
        new: Findings that are new.
        fixed: Findings that are gone.
    """

    services_added: tuple[str, ...] = ()
    services_gone: tuple[str, ...] = ()
    endpoints_added: tuple[Offered, ...] = ()
    endpoints_gone: tuple[Offered, ...] = ()
    calls_added: tuple[Called, ...] = ()
    calls_gone: tuple[Called, ...] = ()
    chains: tuple[Grown, ...] = ()
    new: tuple[Finding, ...] = ()
    fixed: tuple[Finding, ...] = ()


def changes(before: Side, after: Side) -> Changes:
    """What was added and what is gone between two analyses of one tree."""
    old, new = (frozenset(n.name for n in side.drawn.services if not n.external) for side in (before, after))
    offered, offers = _offered(before.drawn), _offered(after.drawn)
    called, calls = _called(before.drawn.edges), _called(after.drawn.edges)
    both = old & new
    return Changes(
        services_added=tuple(sorted(new - old)),
        services_gone=tuple(sorted(old - new)),
        endpoints_added=tuple(sorted(one for one in offers - offered if one.service in both)),
        endpoints_gone=tuple(sorted(one for one in offered - offers if one.service in both)),
        calls_added=tuple(sorted(calls - called)),
        calls_gone=tuple(sorted(called - calls)),
        chains=tuple(_grown(before.drawn.chains, after.drawn.chains)),
        new=_without(after, before),
        fixed=_without(before, after),
    )


def _without(side: Side, other: Side) -> tuple[Finding, ...]:
    """The findings of one side that the other has not."""
    there, before = (one.files | one.report.sources.keys() for one in (side, other))
    return compare(side.report, entries_of(other.report), there, before).report.findings


def _offered(drawn: ServiceMap) -> frozenset[Offered]:
    return frozenset(
        Offered(node.name, endpoint.method, endpoint.path)
        for node in drawn.services
        if not node.external
        for endpoint in node.endpoints
    )


def _called(edges: Iterable[Edge]) -> frozenset[Called]:
    return frozenset(
        Called(edge.source, edge.target, edge.kind, edge.method, edge.path) for edge in edges if edge.target is not None
    )


def _grown(before: Iterable[Chain], after: Iterable[Chain]) -> Iterable[Grown]:
    old, new = _depths(before), _depths(after)
    for service, endpoint in sorted(old.keys() | new.keys()):
        if old[service, endpoint] != new[service, endpoint]:
            yield Grown(service, endpoint, old[service, endpoint], new[service, endpoint])


def _depths(chains: Iterable[Chain]) -> Counter[tuple[str, str]]:
    return Counter({(chain.hops[0].service, chain.hops[0].endpoint): len(chain.hops) for chain in chains})
