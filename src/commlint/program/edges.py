"""A crossing as a plain value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commlint.servicemap import Edge

if TYPE_CHECKING:
    from commlint.program import Crossing, Program


def edge(program: Program, crossing: Crossing) -> Edge:
    """The edge of the service map that a crossing is."""
    target = crossing.target.name if crossing.target is not None else crossing.outside or None
    return Edge(
        source=crossing.source.name,
        target=target,
        kind="sync",
        method=crossing.method,
        path=shown_path(crossing.remote.client.kind, crossing.path),
        location=crossing.location,
        client=crossing.client,
        handler=None if crossing.route is None else crossing.route.location,
        guarded=program.is_guarded(crossing.remote),
        why="" if target is not None else crossing.remote.why_unresolved,
    )


def shown_path(kind: str, path: str) -> str:
    """A path without the name of the service, which RPC by name begins with.

    Args:
        kind: Of a route or client.
        path: Its path.
    """
    return path.rpartition(".")[2] if kind == "rpc" else path


def unresolved(program: Program, but: str) -> int:
    """How many calls of services, those of one aside, go nobody knows where."""
    return len(
        {
            (crossing.location, crossing.client)
            for crossing in program.services.crossings
            if crossing.target is None and not crossing.outside and crossing.source.name != but
        }
    )
