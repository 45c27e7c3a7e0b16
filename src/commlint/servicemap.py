"""The service map: services, what they offer, and who calls whom; plain values for whoever shows or asks it."""

from __future__ import annotations

from typing import Literal

import msgspec

from commlint.finding import Location


class Endpoint(msgspec.Struct, frozen=True, order=True):
    """Something that a service offers to others.

    Attributes:
        method: `GET`, `RPC`, `EVENT`; `*` for any HTTP method.
        path: Its path with `{}` for parameters; gRPC: `/package.Service/Method`; RPC by name: `service.method`; events:
            the topic's or event's name.
        location: Its handler; `None` where only a document says that it is there.
    """

    method: str
    path: str
    location: Location | None = None


class Node(msgspec.Struct, frozen=True):
    """A service.

    Attributes:
        name: Its name; unique in a map.
        root: Its folder or file relative to the root of the analysis; empty for one outside.
        external: It belongs to somebody else: only its address is known.
        hosts: Names and addresses by which it is reached.
        reasons: Why it is taken for a service.
        endpoints: What it offers, sorted.
        complete: All that it offers is known.
    """

    name: str
    root: str = ""
    external: bool = False
    hosts: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    complete: bool = True


class Edge(msgspec.Struct, frozen=True):
    """A call of one service by another, or an event from one to another: one for each target of each call.

    Attributes:
        source: Name of the calling service.
        target: Name of the called one; `None` where it is not known.
        kind: Whether somebody waits for an answer.
        method: As an endpoint's.
        path: As an endpoint's.
        location: Where the target is settled: the call, or the call of a generic wrapper that passes it.
        client: The client's own line.
        handler: The handler; `None` where it is not known.
        guarded: A breaker or fallback protects it on every way.
        why: Why the target is not known, where it is not.
    """

    source: str
    target: str | None
    kind: Literal["sync", "event"]
    method: str
    path: str
    location: Location
    client: Location
    handler: Location | None = None
    guarded: bool = False
    why: str = ""


class Hop(msgspec.Struct, frozen=True):
    """One call of a chain.

    Attributes:
        endpoint: The endpoint that makes it: `POST /orders`.
        service: The service of that endpoint.
        edge: The call.
    """

    endpoint: str
    service: str
    edge: Edge


class Chain(msgspec.Struct, frozen=True):
    """Synchronous calls, each made while the one before waits.

    Attributes:
        hops: The calls, from the endpoint that a user asks inwards.
    """

    hops: tuple[Hop, ...]


class ServiceMap(msgspec.Struct, frozen=True):
    """Services and the edges between them.

    Attributes:
        services: Sorted by name, those outside last.
        edges: Sorted by service, file and line.
        chains: For each endpoint that makes one, its longest chain of two hops or more, the longest first.
        rings: Names of services that call each other in a ring, each ring beginning with its first name.
    """

    services: tuple[Node, ...]
    edges: tuple[Edge, ...]
    chains: tuple[Chain, ...] = ()
    rings: tuple[tuple[str, ...], ...] = ()
