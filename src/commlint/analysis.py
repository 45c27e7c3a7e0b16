"""The tree that a configuration names and its neighbours, read and linked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from commlint import facts, workspace
from commlint.catalogue import load_all_libraries
from commlint.catalogue.models import Library
from commlint.config import Config
from commlint.neighbours.joining import Neighbours, beside
from commlint.neighbours.reading import Found, find, neighbours
from commlint.neighbours.spelling import Spelling
from commlint.store import Store
from commlint.workspace import Tree

if TYPE_CHECKING:
    from commlint import program


class Analysis(msgspec.Struct, frozen=True):
    """Everything that is known of a tree and its neighbours.

    Attributes:
        tree: The workspace; the neighbours lie beside the tree itself in it.
        extracted: What was read of the code of the tree itself.
        linked: The program.
        neighbours: What is known of them.
        spelling: How paths are written for readers.
        broken: Summaries kept in the tree that cannot be read.
    """

    tree: workspace.Workspace
    extracted: facts.Extracted
    linked: program.Program
    neighbours: Neighbours
    spelling: Spelling
    broken: tuple[facts.Unreadable, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """The Python files of the tree itself, as readers know them."""
        return tuple(filter(self.spelling.is_own, (self.spelling.path(file.path) for file in self.tree.files)))

    def is_own(self, path: str) -> bool:
        """Whether a path of the workspace lies in the tree itself."""
        return self.spelling.is_own(self.spelling.path(path))

    def paths(self, config: Config) -> tuple[str, ...]:
        """The paths that a configuration names, as they are in the workspace."""
        return tuple(map(self.spelling.inner, config.paths))


def libraries_of(config: Config) -> tuple[Library, ...]:
    """What is known of libraries, the user's own models first.

    Raises:
        CommlintError: A library model is wrong.
    """
    name = config.file.name if config.file is not None else ""
    return load_all_libraries(config.models, name, config.library_models)


def read(config: Config, found: Found | None = None) -> Analysis:
    """Reads and links a tree.

    Args:
        config: The configuration.
        found: The summaries of its neighbours; those that the configuration names and the tree keeps where left out.

    Raises:
        CommlintError: A library model is wrong.
    """
    with Store(config.cache) as store:
        tree = workspace.walk(config.root, config.paths, config.exclude)
        return link(config, libraries_of(config), tree, store, find(config) if found is None else found)


def link(config: Config, libraries: Sequence[Library], files: Tree, store: Store, found: Found) -> Analysis:
    """Reads and links the files of a tree.

    Args:
        config: The configuration.
        libraries: What is known of libraries.
        files: The files.
        store: What earlier runs have read.
        found: The summaries of its neighbours.
    """
    from commlint import extract, program  # noqa: PLC0415 - 0.1 s, which a run that knows its result need not spend

    around, broken = neighbours(found)
    tree = workspace.read(config, libraries, files, around.shelves, around.own)
    spelling = Spelling(around, [*(file.path for file in (*tree.files, *tree.generated)), *tree.others])
    shown = {spelling.path(file.path): file.size for file in (*tree.files, *tree.generated)}
    python = sorted((path, size) for path, size in shown.items() if spelling.is_own(path))
    extracted = beside(extract.extract(config.root, python, config.jobs, store), around.own)
    modules = sorted((*extracted.modules, *around.modules), key=lambda module: module.path)
    linked = program.link(tree, modules, libraries)
    return Analysis(tree, extracted, linked, around, spelling, broken)


def content(config: Config, path: str, edited: Mapping[str, bytes] = MappingProxyType({})) -> bytes:
    """What a file of the tree says; nothing where it cannot be read.

    Args:
        config: The configuration.
        path: The file.
        edited: The files that say something else than on disk.
    """
    if path in edited:
        return edited[path]
    try:
        return (config.root / path).read_bytes()
    except OSError:
        return b""
