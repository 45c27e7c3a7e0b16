"""Further addresses of services, which settings and code show by the names that they give them.

`USERS_SERVICE_URL = "http://localhost:8001"` says that the service `users` is at port 8001, where nothing else says so.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from commlint.finding import Service
from commlint.workspace.running import Environment
from commlint.workspace.services import by_root, service_of
from commlint.workspace.settings import host_of

if TYPE_CHECKING:
    from commlint.workspace.contents import Contents

_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
# Words that tell what a setting is, not whose.
_ENDING = frozenset(
    {
        *(
            "url",
            "uri",
            "urls",
            "host",
            "hostname",
            "addr",
            "address",
            "endpoint",
            "base",
            "api",
            "service",
            "services",
        ),
        *("svc", "server", "http", "https", "rest", "grpc", "root", "path", "internal", "external", "public", "port"),
        *("backend", "app", "ms", "microservice", "web", "webservice", "default", "prefix", "location", "dev", "local"),
    }
)
_BEGINNING = frozenset(
    {"service", "api", "url", "default", "base", "internal", "external", "ms", "svc", "microservice"}
)
_HERE = frozenset({"localhost", "127.0.0.1", "0.0.0.0"})  # noqa: S104 - looked for, not bound to
_MAX_FILES = 4_000
# This share of what speaks of an address has to mean the same service.
_AGREED = 0.75


class Place(msgspec.Struct, frozen=True, order=True):
    """Where an address is said to be that of a service."""

    host: str
    name: str
    file: str
    line: int

    @property
    def hosts(self) -> tuple[str, ...]:
        """The address in its spellings."""
        return (self.host, self.host.replace("localhost", "127.0.0.1", 1)) if ":" in self.host else (self.host,)

    @property
    def reason(self) -> str:
        """What was seen, in plain words."""
        return f"called {self.host} by `{self.name}` in {self.file}:{self.line}"


def find(
    contents: Contents, services: Sequence[Service], layers: Mapping[str, Sequence[Environment]], files: Sequence[str]
) -> dict[str, list[Place]]:
    """Addresses that only the names of settings show, by the root of the service.

    Args:
        contents: The files.
        services: The services, with the addresses that are known.
        layers: What gives values to them, by root.
        files: Paths of the Python files, sorted.
    """
    known = {host.lower() for service in services for host in service.hosts}
    stems = _Stems(services)
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    places: dict[tuple[str, str], Place] = {}
    for caller, name, text, file, line in _said(contents, services, layers, files):
        address = host_of(text)
        if address is None:
            continue
        _, host, port = address
        if host in _HERE:
            shown = [f"localhost:{port}"] if port else []
        elif "." in host and not host.replace(".", "").isdecimal():
            shown = [host]
        else:
            shown = []
        if not shown or shown[0] in known:
            continue
        service = stems.of(name, caller)
        if "." in shown[0]:
            first = stems.exact(host.partition(".")[0], caller)
            # Of public addresses the name of the host has to say it too: others may run a service of this kind.
            service = first if first is not None and (service == first or first.short_name.count("-") > 0) else None
        if service is not None:
            votes[shown[0]][service.root] += 1
            places.setdefault((shown[0], service.root), Place(shown[0], name, file, line))
    found: dict[str, list[Place]] = defaultdict(list)
    for shown_host, counted in votes.items():
        (service_root, most), total = counted.most_common(1)[0], counted.total()
        if most >= _AGREED * total:
            found[service_root].append(places[shown_host, service_root])
    return {service_root: sorted(given) for service_root, given in found.items()}


def _said(
    contents: Contents, services: Sequence[Service], layers: Mapping[str, Sequence[Environment]], files: Sequence[str]
) -> Iterator[tuple[Service | None, str, str, str, int]]:
    """Who says it, and the name, address, file and line of everything that is set."""
    roots = {service.root: service for service in services}
    for service_root, given in layers.items():
        for layer in given:
            for name, value in layer.items():
                yield roots.get(service_root), name, value.text, value.file, value.line
    here = [s for s in services if s.code == "python" and not any(h.startswith("localhost:") for h in s.hosts)]
    if not here or len(services) < 2:
        return
    code = by_root(services)
    for path in files[:_MAX_FILES]:
        for shown in contents.shown(path):
            yield service_of(code, path), shown.name, shown.address, path, shown.line


class _Stems:
    """Services by what tells their names apart."""

    def __init__(self, services: Sequence[Service]) -> None:
        self._stems: dict[tuple[str, ...], list[Service]] = defaultdict(list)
        self._names: dict[str, list[Service]] = defaultdict(list)
        for service in services:
            label = service.root.rpartition("/")[2].removesuffix(".py")
            for stem in {_stem(service.short_name), _stem(label)}:
                if stem:
                    self._stems[stem].append(service)
            for name in {service.short_name.lower(), label.lower()}:
                self._names[name].append(service)

    def of(self, name: str, caller: Service | None) -> Service | None:
        """The service that a setting is named after; `None` where there is none, or no single one."""
        return _only(self._stems.get(_stem(name), ()), caller)

    def exact(self, name: str, caller: Service | None) -> Service | None:
        """The service of a name."""
        return _only(self._names.get(name, ()), caller)


def _only(services: Sequence[Service], caller: Service | None) -> Service | None:
    """The one service among these that a caller may mean."""
    fitting = [
        service
        for service in services
        if caller is None or not caller.system or not service.system or caller.system == service.system
    ]
    return fitting[0] if len(fitting) == 1 else None


def _stem(name: str) -> tuple[str, ...]:
    words = [word.lower() for word in _WORD.findall(name)]
    while words and words[-1] in _ENDING:
        words.pop()
    while len(words) > 1 and words[0] in _BEGINNING:
        words.pop(0)
    return (*words[:-1], words[-1].rstrip("s")) if words else ()
