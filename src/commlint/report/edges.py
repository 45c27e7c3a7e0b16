"""Calls between services as JSON and in words, for the answers to questions about the map."""

from __future__ import annotations

from typing import Any

from commlint.finding import Location
from commlint.report.palette import plain
from commlint.servicemap import Edge


def as_json(edge: Edge) -> dict[str, Any]:
    """A call with the keys that it has in the map."""
    return {
        "from": edge.source,
        "to": edge.target,
        "kind": edge.kind,
        "method": edge.method,
        "path": edge.path,
        "file": edge.location.file,
        "line": edge.location.line,
        "client_file": edge.client.file,
        "client_line": edge.client.line,
        "handler_file": edge.handler.file if edge.handler else None,
        "handler_line": edge.handler.line if edge.handler else None,
        "guarded": edge.guarded,
        "why": edge.why,
    }


def place(location: Location) -> str:
    """A place as people write it."""
    return plain(f"{location.file}:{location.line}")


def what(edge: Edge) -> str:
    """What a call asks for: `GET users /users/{}`."""
    return plain(" ".join(part for part in (edge.method, edge.target or "?", edge.path) if part))


def unresolved(count: int, service: str) -> str:
    """What calls whose target is not known mean for an answer about a service."""
    calls = "1 call of another service goes" if count == 1 else f"{count} calls of other services go"
    return f"{calls} nobody knows where, perhaps to {plain(service)} (`commlint map` lists them)"
