"""The service map: services, what they offer, and who calls whom; plain values for whoever shows or asks it."""

from __future__ import annotations

from typing import Literal

import msgspec

from commlint.finding import Location, Step


class Endpoint(msgspec.Struct, frozen=True, order=True):
    """Something that a service offers to others.

    Attributes:
        method: `GET`, `RPC`, `EVENT`; `*` for any HTTP method.
        path: Its path with `{}` for parameters; gRPC: `/package.Service/Method`; RPC by name: the method; events: the
            name of topic or event.
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


class Affected(msgspec.Struct, frozen=True):
    """What an outage of a service does to an entry point of another.

    Attributes:
        service: Name of the service that it belongs to.
        entry: What it serves, as a reader would say it: `POST /orders`, `task sync_users`.
        is_endpoint: Others can call it.
        location: Its handler.
        hops: The calls from it to the service that is down.
        stop: Which of them is answered without, counted from 0; `None` where all fail.
        fallback: By what, and where; empty where that place is not known.
    """

    service: str
    entry: str
    is_endpoint: bool
    location: Location
    hops: tuple[Hop, ...]
    stop: int | None = None
    fallback: tuple[Step, ...] = ()


class Outage(msgspec.Struct, frozen=True):
    """What happens when a service is down.

    Attributes:
        service: Its name.
        failing: What fails with it, the shortest way to it first.
        degrading: What goes on without it, likewise.
        unclear: Calls of services that are affected, of which it is not known what they ask for.
        unplaced: Calls of the service that is down for which no known entry point waits.
        endpoints: How many endpoints the other services have.
        unresolved: How many calls of the other services go nobody knows where.
    """

    service: str
    failing: tuple[Affected, ...] = ()
    degrading: tuple[Affected, ...] = ()
    unclear: tuple[Edge, ...] = ()
    unplaced: tuple[Edge, ...] = ()
    endpoints: int = 0
    unresolved: int = 0


class Held(msgspec.Struct, frozen=True):
    """A contract of the configuration, held against a system.

    Attributes:
        name: Its name.
        kind: What it is about: `forbid`, `layers`.
        looked: How many edges, endpoints or uses it was held against.
        unit: Which of these: `edge`.
        breaches: Where it is broken, and by what; none where it is kept.
        idle: What it names that is nowhere here.
        has_effect: Something could break it.
    """

    name: str
    kind: str
    looked: int
    unit: str
    breaches: tuple[Step, ...] = ()
    idle: tuple[str, ...] = ()
    has_effect: bool = True


class CallSite(msgspec.Struct, frozen=True):
    """A place where a service is called.

    Attributes:
        edge: The call.
        reads: The fields of the answer that are seen to be read there or by its callers: `name`, `items[].price`.
    """

    edge: Edge
    reads: tuple[str, ...] = ()


class Called(msgspec.Struct, frozen=True):
    """An endpoint with the places that call it.

    Attributes:
        endpoint: The endpoint.
        calls: The places, sorted; none where nobody is seen to call it.
    """

    endpoint: Endpoint
    calls: tuple[CallSite, ...] = ()


class Callers(msgspec.Struct, frozen=True):
    """Who calls endpoints of a service.

    Attributes:
        service: Its name.
        endpoints: Those that were asked for, by path and method.
        unclear: Calls of it of which it is not known which endpoint they mean.
        unresolved: How many calls of the other services go nobody knows where.
    """

    service: str
    endpoints: tuple[Called, ...]
    unclear: tuple[CallSite, ...] = ()
    unresolved: int = 0


class Load(msgspec.Struct, frozen=True):
    """What an endpoint asks of others.

    Attributes:
        location: Its handler.
        endpoint: What it serves: `POST /orders`.
        calls: How many remote calls it makes at most on one path.
        depth: How many synchronous calls, one inside the other, it waits for at most.
    """

    location: Location
    endpoint: str
    calls: int
    depth: int
