"""Targets: the services of the workspace that remote calls reach, by host or by the name of a setting."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from commlint.finding import Service
from commlint.program.constants import words
from commlint.workspace.layout import shared

if TYPE_CHECKING:
    from commlint.workspace import Workspace

_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?(?:[^/@]*@)?(\[[^\]]*\]|[^/:?#]*)(?::(\d+|\{[^}]*\}))?(?=[/?#]|$)")
_HOLE = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?\{([A-Za-z_]\w*)\}", re.IGNORECASE)
_PORT = re.compile(r":\d+$")
_LOCAL = frozenset({"localhost", "127.0.0.1", "0.0.0.0", "[::]", "[::1]"})  # noqa: S104 - looked for, not bound to
# What names of settings add to the name of a service, and what services add to what they are about.
_ADDRESS = frozenset(
    {
        "url",
        "urls",
        "uri",
        "host",
        "hostname",
        "addr",
        "address",
        "endpoint",
        "base",
        "server",
        "port",
        "root",
        "internal",
    }
)
_PLAIN = frozenset(
    {"service", "services", "svc", "api", "server", "app", "backend", "microservice", "ms", "webservice", "ws"}
)
_ASKING = frozenset({"get", "load", "fetch", "read", "build", "make"})
# A gateway behind more gateways than this leads in a ring.
_GATEWAYS = 4
# Domains that name a service inside a cluster or a private network.
PRIVATE = re.compile(r"\.(?:svc|local|internal|cluster|lan|docker)(?:\.|$)")


class Target(msgspec.Struct, frozen=True):
    """What a call reaches.

    Attributes:
        service: The service of the workspace; `None` where it is none, or not known.
        known: It is known where the call goes, into the workspace or out of it.
        sure: A manifest, or the service itself, says that it is reached there; else the name of a setting does.
        others: Services that may be meant as well.
    """

    service: Service | None
    known: bool
    sure: bool = True
    others: tuple[Service, ...] = ()


class Targets:
    """The services of a workspace by host and by name.

    Args:
        workspace: The workspace.
        named: Addresses that code gives a name: of a constant, a setting, a key.
    """

    def __init__(self, workspace: Workspace, named: Iterable[tuple[str, str]] = ()) -> None:
        self._workspace = workspace
        self._gateways = {host.lower(): gateway for gateway in workspace.gateways for host in gateway.hosts}
        self._hosts: dict[str, list[Service]] = {}
        self._learned: dict[str, list[Service]] = {}
        self._names: dict[str, list[Service]] = {}
        # Settings that the user says hold the address of a service.
        self._said: dict[str, list[Service]] = {}
        self._about: dict[tuple[str, ...], list[Service]] = {}
        for service in workspace.services:
            for host in service.hosts:
                self._hosts.setdefault(host.lower(), []).append(service)
            for setting in workspace.entry(service.name).settings:
                self._said.setdefault(setting, []).append(service)
            own = service.name.rpartition("/")[2]
            self._names.setdefault(own.lower(), []).append(service)
            if about := _about(words(own)):
                self._about.setdefault(about, []).append(service)
        self._learn(named)

    def _learn(self, named: Iterable[tuple[str, str]]) -> None:
        """Takes local addresses for those of the services that their names speak of, where all that use them agree."""
        found: dict[str, dict[tuple[str, ...], None]] = defaultdict(dict)
        for name, address in named:
            match = _HOST.match(address)
            about = _about(words(name))
            if match is not None and match[1] in _LOCAL and (match[2] or "").isdecimal() and about in self._about:
                found[match[2]][about] = None
        for port, abouts in found.items():
            if len(abouts) == 1:
                for local in ("localhost", "127.0.0.1"):
                    self._learned[f"{local}:{port}"] = self._about[next(iter(abouts))]

    def of(self, kind: str, base: str, url: str, caller: Service | None) -> Target:
        """What a call reaches.

        Args:
            kind: The client's kind.
            base: What the client was made with.
            url: The whole URL, address or name.
            caller: The service that makes the call.
        """
        if kind == "rpc":
            name = url.rpartition(".")[0].lower()
            names = (name, name.removesuffix("_service"))
            return Target(
                next((s for n in names if (s := self._nearest(self._names.get(n, ()), caller))), None), bool(name)
            )
        known = kind == "sdk"
        where = base if kind in ("grpc", "sdk") else url
        for host in _hosts(where):
            known = True
            if (target := self._at(host, caller)) is not None:
                return target
            if (
                service := self._nearest(self._learned.get(host, ()), caller) or self._by_domain(host, caller)
            ) is not None:
                return Target(service, known=True, sure=False)
        hole = _HOLE.match(where)
        if hole is not None and (service := self._nearest(self._said.get(hole[1], ()), caller)) is not None:
            return Target(service, known=True)
        if hole is not None and (service := self._by_name(hole[1], caller)) is not None:
            return Target(service, known=True, sure=False)
        return Target(None, known)

    def _at(self, host: str, caller: Service | None) -> Target | None:
        """What manifests and services say is reached under a name."""
        here = self._hosts.get(host, ())
        near = self._by_distance(here, caller)
        if len(near) < 2 or _PORT.sub("", host) not in _LOCAL:
            return Target(near[0], known=True) if near else None
        # Several publish the same port of one machine; what code calls the address says which of them is meant.
        learned = [service for service in self._learned.get(host, ()) if service in near]
        return Target((learned or near)[0], known=True, sure=False, others=tuple(near))

    def _nearest(self, services: Iterable[Service], caller: Service | None) -> Service | None:
        """Of copies in several systems the one in the caller's own, nearest to it."""
        return next(iter(self._by_distance(services, caller)), None)

    def _by_distance(self, services: Iterable[Service], caller: Service | None) -> list[Service]:
        """Those of some services that are equally near to the caller, in its own system, and nearer than the others."""
        if caller is None:
            return list(services)
        near = {s: shared(f"{s.root}/", f"{caller.root}/") for s in services if self._workspace.same_system(caller, s)}
        most = max(near.values(), default=0)
        return [service for service, count in near.items() if count == most]

    def behind(self, url: str) -> str:
        """A URL as the gateway of a manifest passes it on; itself where it leads to none."""
        for _ in range(_GATEWAYS):
            gateway = next((self._gateways[host] for host in _hosts(url) if host in self._gateways), None)
            match = _HOST.match(url)
            if gateway is None or match is None:
                break
            path = url[match.end() :]
            followed = gateway.follow(path.partition("?")[0] or "/", match[1].lower())
            if followed is None:
                break
            route, path = followed
            url = f"http://{route.target}{path}"
        return url

    def outside(self, kind: str, base: str, url: str) -> str:
        """What a call reaches that no service of the workspace is: its host, or what its setting speaks of."""
        if kind == "rpc":
            return url.rpartition(".")[0]
        where = base if kind in ("grpc", "sdk") else url
        host = _PORT.sub("", next(_hosts(where), ""))
        if host:
            return "localhost" if host in _LOCAL else host
        hole = _HOLE.match(where)
        said = list(words(hole[1])) if hole is not None else []
        if hole is None or not said or said[-1] not in _ADDRESS or not (hole[1].isupper() or _PLAIN & set(said)):
            return ""
        while said and said[-1] in _ADDRESS:
            said.pop()
        return "-".join(said[1:] if said[:1] and said[0] in _ASKING else said) if _about(tuple(said)) else ""

    def _by_domain(self, host: str, caller: Service | None) -> Service | None:
        """The service that the first label of a full domain name is the name of: `users-api.shop.example`."""
        label, _, domain = host.partition(":")[0].partition(".")
        if not domain:
            return None
        if PRIVATE.search(f".{domain}") is None and len(words(label)) < 2:
            return None
        return self._nearest(self._names.get(label, ()), caller)

    def _by_name(self, name: str, caller: Service | None) -> Service | None:
        """The one service that a setting speaks of: `USERS_API_URL`."""
        about = _about(words(name))
        services = self._about.get(about, ())
        return self._nearest(services, caller) if len({s.name.rpartition("/")[2] for s in services}) == 1 else None


def _about(said: tuple[str, ...]) -> tuple[str, ...]:
    """What a name of a service, or of a setting with its address, is about: `USERS_API_BASE_URL` of `user`."""
    kept = list(said[1:] if said[:1] and said[0] in _ASKING else said)
    while kept and (kept[-1] in _ADDRESS or kept[-1] in _PLAIN):
        kept.pop()
    if kept and len(kept[-1]) > 3 and kept[-1].endswith("s") and not kept[-1].endswith("ss"):
        kept[-1] = kept[-1][:-1]
    return tuple(kept)


def _hosts(address: str) -> Iterator[str]:
    """The names under which a URL's host may be known, the most exact first."""
    match = _HOST.match(address)
    if match is None or not match[1] or "{" in match[1]:
        return
    host, port = match[1].lower(), match[2]
    if port:
        yield f"{host}:{port}"
    if port and host in _LOCAL:
        yield f"localhost:{port}"
    if host not in _LOCAL:
        yield host
