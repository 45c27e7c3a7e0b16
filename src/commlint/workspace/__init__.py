"""The tree that is analysed: its Python files, its services, and what manifests say about them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from packaging.utils import canonicalize_name

from commlint.catalogue.models import Library, Tables
from commlint.catalogue.notation import shape
from commlint.config import Config
from commlint.facts import Unreadable
from commlint.finding import Service
from commlint.workspace import layout
from commlint.workspace.files import SourceFile, walk
from commlint.workspace.manifests import read_compose
from commlint.workspace.requirements import read_versions
from commlint.workspace.services import find

__all__ = ["SourceFile", "Workspace", "read"]


class Workspace(msgspec.Struct, frozen=True):
    """What is analysed together.

    Attributes:
        root: The folder that all paths are relative to.
        files: The Python files that are analysed, sorted by path.
        generated: Generated code of remote clients: not analysed, and read for the routes that it calls.
        services: The deployable units, sorted by root, then name.
        unreadable: Manifests and folders that could not be read.
        others: The files that are no Python, sorted.
        settings: Environment variables that manifests and `.env` files give a service, by its root.
        versions: The releases of libraries that a service asks for, as version specifiers by distribution, by its root.
    """

    root: Path
    files: tuple[SourceFile, ...]
    generated: tuple[SourceFile, ...]
    services: tuple[Service, ...]
    unreadable: tuple[Unreadable, ...]
    others: tuple[str, ...]
    settings: Mapping[str, Mapping[str, str]]
    versions: Mapping[str, Mapping[str, str]]

    def service_of(self, path: str) -> Service | None:
        """The service that a file belongs to: the one with the longest root around it."""
        around = (service for service in self.services if layout.is_below(path, service.root))
        return max(around, key=lambda service: 0 if service.root == "." else len(service.root), default=None)


def read(config: Config, libraries: Sequence[Library] = ()) -> Workspace:
    """Looks at the tree that a configuration names.

    Args:
        config: The configuration.
        libraries: What is known of libraries: of which the release matters, and how generated clients look.
    """
    tree = walk(config.root, config.paths)
    files = tuple(file.path for file in tree.files)
    compose, unreadable = read_compose(config.root, tree.others, layout.folders((*files, *tree.others)))
    found = find(config.root, files, tree.others, compose, label=config.root.name or ".")
    return Workspace(
        root=config.root,
        files=tree.files,
        generated=tuple(_clients(tree.generated, libraries)),
        services=found.services,
        unreadable=tuple(sorted((*tree.unreadable, *unreadable), key=lambda one: (one.path, one.line, one.column))),
        others=tree.others,
        settings=found.settings,
        versions=read_versions(config.root, tree.others, found.services, _versioned(libraries)),
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
