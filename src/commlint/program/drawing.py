"""The service map as plain values, for whoever shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from commlint.program.edges import edge, shown_path
from commlint.program.topics import is_known, plain
from commlint.servicemap import Chain, Edge, Endpoint, Hop, Node, ServiceMap

if TYPE_CHECKING:
    from commlint.finding import Service
    from commlint.program import Joint, Program
    from commlint.program.routes import Route

_PARAMETER = re.compile(r"\{[^{}]*\}")


def draw(program: Program) -> ServiceMap:
    """The map of a program."""
    graph = program.services
    edges = {crossing: edge(program, crossing) for crossing in graph.crossings}
    events = [_event(joint) for joint in program.events.edges]
    own = [_node(program, service) for service in program.workspace.services]
    outside = {one.target for one in edges.values() if one.target} - {node.name for node in own}
    chains = sorted(
        (
            Chain(tuple(Hop(h.entry.label, h.crossing.source.name, edges[h.crossing]) for h in chain.hops))
            for chain in graph.chains()
        ),
        key=lambda chain: (-len(chain.hops), chain.hops[0].edge.location, chain.hops[0].endpoint),
    )
    return ServiceMap(
        services=(*sorted(own, key=_by_name), *(Node(name, external=True) for name in sorted(outside))),
        edges=tuple(sorted(dict.fromkeys((*edges.values(), *events)), key=_by_place)),
        chains=tuple(chains),
        rings=tuple(sorted(_turned(tuple(c.source.name for c in ring)) for ring in graph.rings())),
    )


def _event(joint: Joint) -> Edge:
    handler = joint.consumer.handler
    return Edge(
        source=joint.publish.source.name,
        target=joint.consumer.target.name,
        kind="event",
        method="EVENT",
        path=_PARAMETER.sub("{}", plain(joint.name)),
        location=joint.publish.location,
        client=joint.publish.site.location,
        handler=joint.consumer.location if handler is None else handler.location,
    )


def _node(program: Program, service: Service) -> Node:
    return Node(
        name=service.name,
        root=service.root,
        hosts=service.hosts,
        reasons=service.reasons,
        endpoints=tuple(sorted({*_offered(program, service)}, key=_shown)),
        complete=program.routes.complete(service),
    )


def _offered(program: Program, service: Service) -> Iterator[Endpoint]:
    """What others can ask a service for, and the events that it listens to."""
    for route in program.routes.of(service):
        yield from _endpoints(route)
    for consumer in program.events.consumers:
        if consumer.target is service and consumer.kind != "task":
            location = consumer.location if consumer.handler is None else consumer.handler.location
            for topic in consumer.topics:
                if is_known(topic):
                    yield Endpoint("EVENT", _PARAMETER.sub("{}", plain(topic)), location)


def _endpoints(route: Route) -> Iterator[Endpoint]:
    path = shown_path(route.kind, _PARAMETER.sub("{}", route.path))
    methods = route.verbs if route.kind == "http" else ("RPC",)
    for method in methods or ("*",):
        yield Endpoint(method, path, route.location)


def _shown(endpoint: Endpoint) -> tuple[str, str]:
    return endpoint.path, endpoint.method


def _by_name(node: Node) -> str:
    return node.name


def _by_place(edge: Edge) -> tuple[object, ...]:
    return edge.source, edge.location, edge.target or "", edge.method, edge.path, edge.client


def _turned(ring: tuple[str, ...]) -> tuple[str, ...]:
    """A ring that begins with the first of its names."""
    start = ring.index(min(ring))
    return ring[start:] + ring[:start]
