"""The tree that is analysed: its Python files, its services, and what manifests say about them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import msgspec
from msgspec.structs import replace
from packaging.utils import canonicalize_name

from commlint.catalogue.models import Library, Tables
from commlint.catalogue.notation import shape
from commlint.config import Config, Limits
from commlint.configfile import ServiceEntry
from commlint.contract import ServiceContract
from commlint.facts import Unreadable
from commlint.finding import Location, Service
from commlint.workspace import addresses, layout, manifests, schemas, settings, systems
from commlint.workspace.contents import Contents, Shelf
from commlint.workspace.files import SourceFile, Tree, walk
from commlint.workspace.fingerprint import fingerprint
from commlint.workspace.gateways import Gateway
from commlint.workspace.overrides import Said
from commlint.workspace.requirements import read_versions
from commlint.workspace.schemas import Declared
from commlint.workspace.services import by_root, find, service_of
from commlint.workspace.sources import Sources

__all__ = ["SourceFile", "Tree", "Workspace", "fingerprint", "read", "walk"]


class Workspace(msgspec.Struct, frozen=True, dict=True):
    """What is analysed together.

    Attributes:
        contents: What is in the files.
        files: The Python files that are analysed, sorted by path.
        generated: Generated code of remote clients: not analysed, and read for the routes that it calls.
        services: The deployable units, sorted by root, then name.
        unreadable: Manifests and folders that could not be read.
        others: The files that are no Python, sorted.
        settings: What manifests, `.env` and configuration files set for a service, by its root.
        versions: The releases of libraries that a service asks for, as version specifiers by distribution, by its root.
        origins: Where each of the settings is written, by the root of the service.
        gateways: What only passes requests on, as manifests describe it.
        schemas: The tables that migrations and SQL files make.
        entries: What the user says of services, by name.
        limits: What the user lets a system do.
        contracts: What its services may do with each other.
    """

    contents: Contents
    files: tuple[SourceFile, ...]
    generated: tuple[SourceFile, ...]
    services: tuple[Service, ...]
    unreadable: tuple[Unreadable, ...]
    others: tuple[str, ...]
    settings: Mapping[str, Mapping[str, str]]
    versions: Mapping[str, Mapping[str, str]]
    origins: Mapping[str, Mapping[str, Location]] = {}
    gateways: tuple[Gateway, ...] = ()
    schemas: tuple[Declared, ...] = ()
    entries: Mapping[str, ServiceEntry] = {}
    limits: Limits = Limits()
    contracts: tuple[ServiceContract, ...] = ()

    def entry(self, name: str) -> ServiceEntry:
        """What the user says of a service; what goes without saying where that is nothing."""
        return self.entries.get(name, ServiceEntry())

    def service_of(self, path: str) -> Service | None:
        """The service that a file belongs to: the one with the longest root around it."""
        if path not in self._owners:
            self._owners[path] = service_of(self._by_root, path)
        return self._owners[path]

    @cached_property
    def _by_root(self) -> dict[str, Service]:
        return by_root(self.services)

    @cached_property
    def _owners(self) -> dict[str, Service | None]:
        """The services of the files that were asked for."""
        return {}

    def same_system(self, one: Service, other: Service) -> bool:
        """Whether two services are of one system, and not of two copies of it, as chapters of a book have them."""
        return one.system == other.system or not one.system or not other.system

    def reached(self, service: Service) -> dict[str, Service]:
        """The other services that the settings of a service are addresses of, by the name of the setting."""
        return settings.reached(self.settings, self.services, service)


def read(
    config: Config,
    libraries: Sequence[Library] = (),
    tree: Tree | None = None,
    neighbours: Mapping[str, Shelf] | None = None,
    own: str = ".",
) -> Workspace:
    """Looks at the tree that a configuration names.

    Args:
        config: The configuration.
        libraries: What is known of libraries: of which the release matters, and how generated clients look.
        tree: The files, where they are known already.
        neighbours: Other trees beside it, by the folder that each would be.
        own: The folder that the tree would be beside them; `.` where there are none.
    """
    shelves = neighbours or {}
    walked = walk(config.root, config.paths, config.exclude) if tree is None else tree
    tree = _joined(walked, own, shelves)
    contents = Contents(config.root, own, shelves)
    files = tuple(file.path for file in tree.files)
    sources = Sources(contents, tree.others, files)
    said = manifests.read(sources, layout.folders((*files, *tree.others)))
    overrides = Said(_placed(config.services, own), config.file.name if config.file is not None else "")
    units = find(sources, files, said.runs, said.images, label=config.root.name or ".", said=overrides)
    found = settings.layers(sources, units)
    services = _completed(contents, [unit.service for unit in units], files, said, found)
    values = settings.settle(found, services)
    unreadable = {*tree.unreadable, *sources.unreadable}
    return Workspace(
        contents=contents,
        files=tree.files,
        generated=tuple(_clients(tree.generated, libraries)),
        services=services,
        unreadable=tuple(sorted(unreadable, key=lambda one: (one.path, one.line, one.column, one.reason))),
        others=tree.others,
        settings={
            root: {str(name): str(value.text) for name, value in given.items()} for root, given in values.items()
        },
        origins={
            root: {str(name): Location(value.file, value.line) for name, value in given.items()}
            for root, given in values.items()
        },
        versions=read_versions(contents, tree.others, services, _versioned(libraries)),
        gateways=said.gateways,
        schemas=schemas.read(contents, *_unshelved(walked, own), libraries) + tuple(_shelved(shelves)),
        entries=config.services,
        limits=config.limits,
        contracts=config.contracts,
    )


def _joined(tree: Tree, own: str, shelves: Mapping[str, Shelf]) -> Tree:
    """A tree with those of its neighbours beside it, as a walk from the folder around them all would find them."""
    if own == "." and not shelves:
        return tree
    parts = [(own, tree), *((place, Tree(s.files, s.others, s.generated, ())) for place, s in shelves.items())]
    files = [replace(file, path=f"{place}/{file.path}") for place, part in parts for file in part.files]
    generated = [replace(file, path=f"{place}/{file.path}") for place, part in parts for file in part.generated]
    return Tree(
        tuple(sorted(files, key=lambda file: file.path)),
        tuple(sorted(f"{place}/{path}" for place, part in parts for path in part.others)),
        tuple(sorted(generated, key=lambda file: file.path)),
        tuple(replace(one, path=layout.inner(place, one.path)) for place, part in parts for one in part.unreadable),
    )


def _placed(entries: Mapping[str, ServiceEntry], own: str) -> dict[str, ServiceEntry]:
    """What the user says of services, with folders as they lie in the workspace."""
    return {
        name: replace(entry, root=posixpath.normpath(posixpath.join(own, entry.root.replace("\\", "/"))))
        if entry.root and own != "."
        else entry
        for name, entry in entries.items()
    }


def _unshelved(tree: Tree, own: str) -> tuple[list[str], list[str]]:
    """The migrations of a tree, and its files that are no Python, as they are beside its neighbours."""
    return [layout.inner(own, path) for path in tree.migrations], [layout.inner(own, path) for path in tree.others]


def _shelved(shelves: Mapping[str, Shelf]) -> Iterator[Declared]:
    """The tables that neighbours tell of."""
    for place, shelf in shelves.items():
        for one in shelf.schemas:
            yield replace(one, location=replace(one.location, file=f"{place}/{one.location.file}"))


def _completed(
    contents: Contents,
    services: Sequence[Service],
    files: Sequence[str],
    said: manifests.Manifests,
    found: settings.Layers,
) -> tuple[Service, ...]:
    """The services with the copy of the system that they are in, and the addresses that only settings show."""
    copies = systems.find(contents, files, [s.root for s in services if s.code == "python"], said.runs)
    placed = [replace(service, system=systems.around(service.root, copies)) for service in services]
    shown = addresses.find(contents, placed, found, files)
    return tuple(
        replace(
            service,
            hosts=tuple(dict.fromkeys((*service.hosts, *(h for place in shown[service.root] for h in place.hosts)))),
            reasons=(*service.reasons, *(place.reason for place in shown[service.root])),
        )
        if service.root in shown
        else service
        for service in placed
    )


def _versioned(libraries: Sequence[Library]) -> frozenset[str]:
    """The distributions of which models say other things for other releases."""
    return frozenset(
        canonicalize_name(library.library)
        for library in libraries
        for table in Tables.__struct_fields__[1:]
        if any(claim.versions for claim in getattr(library, table))
    )


def _clients(files: Sequence[SourceFile], libraries: Sequence[Library]) -> Iterator[SourceFile]:
    """The generated files whose place is that of a remote client."""
    shapes = [
        shape(path.rpartition(".")[0])
        for library in libraries
        for client in library.client
        if client.generated is not None
        for path in (*client.functions, *client.classes)
        if "*" in path
    ]
    # Where only a base class tells, the module has any name, and the generator's notice says whose it is.
    generators = {lib.library.encode() for lib in libraries if any(client.bases for client in lib.client)}
    for file in files:
        name = posixpath.splitext(file.path)[0].replace("/", ".")
        if any(pattern.fullmatch(name) for pattern in shapes) or any(g in file.head for g in generators):
            yield file
