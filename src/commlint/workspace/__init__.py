"""The tree that is analysed: its Python files, its services, and what manifests say about them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from commlint.config import Config
from commlint.facts import Unreadable
from commlint.finding import Service
from commlint.workspace import layout
from commlint.workspace.files import SourceFile, walk
from commlint.workspace.manifests import read_compose
from commlint.workspace.services import find

__all__ = ["SourceFile", "Workspace", "read"]


class Workspace(msgspec.Struct, frozen=True):
    """What is analysed together.

    Attributes:
        root: The folder that all paths are relative to.
        files: The Python files to be extracted, sorted by path.
        services: The deployable units, sorted by root, then name.
        unreadable: Manifests and folders that could not be read.
        others: The files that are no Python, sorted.
        settings: Environment variables that manifests and `.env` files give a service, by its root.
    """

    root: Path
    files: tuple[SourceFile, ...]
    services: tuple[Service, ...]
    unreadable: tuple[Unreadable, ...]
    others: tuple[str, ...]
    settings: Mapping[str, Mapping[str, str]]

    def service_of(self, path: str) -> Service | None:
        """The service that a file belongs to: the one with the longest root around it."""
        around = (service for service in self.services if layout.is_below(path, service.root))
        return max(around, key=lambda service: 0 if service.root == "." else len(service.root), default=None)


def read(config: Config) -> Workspace:
    """Looks at the tree that a configuration names."""
    tree = walk(config.root, config.paths)
    files = tuple(file.path for file in tree.files)
    compose, unreadable = read_compose(config.root, tree.others, layout.folders((*files, *tree.others)))
    found = find(config.root, files, tree.others, compose, label=config.root.name or ".")
    return Workspace(
        root=config.root,
        files=tree.files,
        services=found.services,
        unreadable=tuple(sorted((*tree.unreadable, *unreadable), key=lambda one: (one.path, one.line, one.column))),
        others=tree.others,
        settings=found.settings,
    )
