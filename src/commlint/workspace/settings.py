"""What is set for each service: by manifests first, then by its image, its `.env` files and its own configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from commlint.finding import Service
from commlint.workspace import configfiles, envfiles, layout
from commlint.workspace.layout import shared
from commlint.workspace.running import Environment, Value
from commlint.workspace.services import Unit, by_root, service_of
from commlint.workspace.sources import Sources

_HOST = re.compile(r"(?:([a-z][a-z0-9+.-]*)://)?(?:[^/@\s]*@)?([A-Za-z0-9][\w.-]*)(?::(\d{1,5}))?(?=[/?#]|$)")
_CLUSTER = re.compile(r"\.[a-z0-9-]+\.svc(?:\.cluster\.local)?\.?$")
_ADDRESSING = re.compile(
    r"(?:^|_)(?:HOST|HOSTNAME|ADDR|ADDRESS|URL|URI|ENDPOINT|SERVER|SERVICE|BASE)(?:_|$)", re.IGNORECASE
)
_HERE = frozenset({"localhost", "127.0.0.1", "0.0.0.0", "host.docker.internal"})  # noqa: S104 - looked for, not bound to

Layers = Mapping[str, Sequence[Environment]]


def layers(sources: Sources, units: Sequence[Unit]) -> dict[str, list[Environment]]:
    """What gives values to each service, by its root, what goes before first."""
    services = [unit.service for unit in units]
    found: dict[str, list[Environment]] = {}
    for unit in units:
        if unit.service.code == "python":
            # Manifests of examples and tests have the last word among manifests.
            runs = sorted(unit.runs, key=lambda run: layout.is_aside(layout.parent(run.file)))
            found[unit.service.root] = [run.environment for run in runs if run.environment]
            if unit.built_in:
                found[unit.service.root].append(unit.built_in)
            found[unit.service.root] += _env_files(sources, unit.service.root, alone=not runs)
    code = by_root(services)
    for path in configfiles.paths(sources):
        owner = service_of(code, path)
        if owner is not None:
            given = found[owner.root]
            known = {name: value.text for layer in reversed(given) for name, value in layer.items()}
            if values := configfiles.read(sources, path, known):
                given.append(values)
    return found


def _env_files(sources: Sources, root: str, *, alone: bool) -> Iterator[Environment]:
    """The `.env` files beside the code of a service; that of the whole tree where no manifest passes on parts of it."""
    folders = dict.fromkeys((root, *(layout.inner(root, name) for name in ("src", "app")), *(["."] if alone else [])))
    for folder in folders:
        for name in (".env", ".env.local", ".env.development", ".env.dev", ".env.docker"):
            if (name == ".env" or layout.inner(folder, name) in sources) and (
                values := envfiles.read(sources, layout.inner(folder, name))
            ):
                yield values


def settle(found: Layers, services: Sequence[Service]) -> dict[str, dict[str, Value]]:
    """The value of each variable of each service, by its root.

    The first that is given counts. Where several are, as for development and production, the first that names a
    service of the workspace goes before those that do not.
    """
    reach = _Reach(services)
    by_root = {service.root: service for service in services}
    settled: dict[str, dict[str, Value]] = {}
    for root, given in sorted(found.items()):
        candidates: dict[str, list[Value]] = {}
        for layer in given:
            for name, value in layer.items():
                candidates.setdefault(name, []).append(value)
        values = {
            name: next((v for v in several if reach.names(name, v.text, by_root[root])), several[0])
            if len(several) > 1
            else several[0]
            for name, several in candidates.items()
        }
        if values:
            settled[root] = dict(sorted(values.items()))
    return settled


def reached(
    values: Mapping[str, Mapping[str, str]], services: Sequence[Service], caller: Service
) -> dict[str, Service]:
    """The services that the settings of a service are addresses of, by the name of the setting.

    Args:
        values: The settings of each service, by its root.
        services: All services.
        caller: The service.
    """
    reach = _Reach(services)
    found = ((name, reach.of(name, text, caller)) for name, text in values.get(caller.root, {}).items())
    return {name: service for name, service in found if service is not None}


def in_cluster(host: str) -> str:
    """A host without what the DNS of a cluster puts behind it: `users` for `users.shop.svc.cluster.local`."""
    return _CLUSTER.sub("", host)


def host_of(text: str) -> tuple[str, str, int] | None:
    """Scheme, host and port (0 where there is none) of an address; `None` where a text is none."""
    match = _HOST.match(text)
    if match is None:
        return None
    return match[1] or "", match[2].lower(), int(match[3] or 0)


class _Reach:
    """Whether addresses are those of services of the workspace."""

    def __init__(self, services: Sequence[Service]) -> None:
        self._hosts: dict[str, list[Service]] = {}
        for service in services:
            for host in service.hosts:
                self._hosts.setdefault(host.lower(), []).append(service)

    def of(self, name: str, text: str, caller: Service) -> Service | None:
        """The other service of the same system that a value is the address of; `None` where it is that of none."""
        address = host_of(text)
        if address is None:
            return None
        scheme, host, port = address
        if not (scheme or port or _ADDRESSING.search(name)):
            return None
        host = in_cluster(host)
        fitting = [
            service
            for service in (
                *self._hosts.get(f"{host}:{port}", ()),
                *(self._hosts.get(host, ()) if host not in _HERE else ()),
            )
            if service.root != caller.root
            and (not service.system or not caller.system or service.system == caller.system)
        ]
        return max(fitting, key=lambda service: shared(f"{service.root}/", f"{caller.root}/"), default=None)

    def names(self, name: str, text: str, caller: Service) -> bool:
        """Whether a value says by name which other service is meant, not by a port here."""
        address = host_of(text)
        return address is not None and address[1] not in _HERE and self.of(name, text, caller) is not None
