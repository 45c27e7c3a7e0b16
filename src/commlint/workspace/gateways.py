"""Gateways: what only passes requests on, as manifests describe it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from commlint.workspace.running import Run


class Route(msgspec.Struct, frozen=True, order=True):
    """What a gateway does with the requests whose path begins in one way.

    Attributes:
        prefix: The beginning of the path, as `/users/`.
        target: Where they are passed on to: `users:8000`, or `users` where no port is named.
        path: What takes the place of the prefix there; `None` where the path stays as it is.
        file: The file that says so.
        line: The line in it, counted from 1.
        host: The name that has to be asked for; empty for any.
    """

    prefix: str
    target: str
    path: str | None = None
    file: str = ""
    line: int = 1
    host: str = ""


class Gateway(msgspec.Struct, frozen=True):
    """Something that passes requests on, and has no code of its own.

    Attributes:
        name: What people call it.
        hosts: Names under which others reach it, as `gateway` or `localhost:80`.
        routes: What it does with which requests, sorted.
        file: The file that describes it.
        line: The line in it.
    """

    name: str
    hosts: tuple[str, ...]
    routes: tuple[Route, ...]
    file: str = ""
    line: int = 1

    def follow(self, path: str, host: str = "") -> tuple[Route, str] | None:
        """The route that a request takes, and its path behind the gateway; `None` where there is none.

        Args:
            path: The path that is asked for, with `{}` for what is not known of it.
            host: The name that is asked for, without port.
        """
        fitting = [route for route in self.routes if _begins(path, route.prefix) and route.host in ("", host)]
        best = max(fitting, key=lambda route: (len(route.prefix), route.host != ""), default=None)
        if best is None:
            return None
        if best.path is None:
            return best, path
        rest = path[len(best.prefix) :]
        joined = best.path + rest
        if best.path.endswith("/") and rest.startswith("/"):
            joined = best.path + rest[1:]
        return best, joined if joined.startswith("/") else f"/{joined}"


def _begins(path: str, prefix: str) -> bool:
    if not path.startswith(prefix):
        return path + "/" == prefix
    return prefix.endswith("/") or path == prefix or path[len(prefix)] in "/?"


def hosts_of(runs: Sequence[Run]) -> tuple[str, ...]:
    """The names under which the runs of a gateway are reached, the ones published on the host last."""
    found: dict[str, None] = {}
    published: set[int] = set()
    for run in runs:
        for name in (*((run.name,) if run.wired else ()), *run.names):
            found[name] = None
            found.update((f"{name}:{port}", None) for _, port in run.ports)
        published |= {port for port, _ in run.ports if port}
    for port in sorted(published):
        found[f"localhost:{port}"] = None
        found[f"127.0.0.1:{port}"] = None
    return tuple(found)
