"""Targets: the services of the workspace that remote calls reach."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commlint.finding import Service
    from commlint.program.remote import RemoteCall
    from commlint.workspace import Workspace

_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?(?:[^/@]*@)?(\[[^\]]*\]|[^/:?#]*)(?::(\d+|\{[^}]*\}))?(?=[/?#]|$)")


class Targets:
    """The services of a workspace by host and by name."""

    def __init__(self, workspace: Workspace) -> None:
        self._hosts: dict[str, list[Service]] = {}
        self._names: dict[str, list[Service]] = {}
        for service in workspace.services:
            for host in service.hosts:
                self._hosts.setdefault(host.lower(), []).append(service)
            self._names.setdefault(service.name.rpartition("/")[2].lower(), []).append(service)

    def aim(self, remote: RemoteCall, caller: Service | None) -> None:
        """Notes which service a remote call reaches, and whether its host is known at all."""
        kind = remote.client.kind
        if kind == "rpc":
            name = remote.address.rpartition(".")[0].lower()
            names = (name, name.removesuffix("_service"))
            remote.target = next((s for n in names if (s := _nearest(self._names.get(n, ()), caller))), None)
            remote.known = bool(name)
            return
        if kind == "sdk":
            remote.known = True
        for host in _hosts(remote.base if kind in ("grpc", "sdk") else remote.address):
            remote.known = True
            if (service := _nearest(self._hosts.get(host, ()), caller)) is not None:
                remote.target = service
                return


def _nearest(services: Iterable[Service], caller: Service | None) -> Service | None:
    """Of copies in several systems the one nearest to the caller."""

    def shared(service: Service) -> int:
        return len(posixpath.commonprefix([service.root, caller.root])) if caller is not None else 0

    return max(services, key=shared, default=None)


def _hosts(address: str) -> Iterator[str]:
    """The names under which a URL's host may be known, the most exact first."""
    match = _HOST.match(address)
    if match is None or not match[1] or "{" in match[1]:
        return
    host, port = match[1].lower(), match[2]
    if port:
        yield f"{host}:{port}"
    if host not in ("localhost", "127.0.0.1", "0.0.0.0"):  # noqa: S104 - looked for, not bound to
        yield host
