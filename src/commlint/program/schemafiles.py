"""Schemas that code reads from files of the tree: which one is meant, and whether it has room for further fields."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from commlint import facts
from commlint.finding import Location
from commlint.program.code import names_in
from commlint.program.places import Said, follow
from commlint.workspace.sources import Sources, nearest

if TYPE_CHECKING:
    from commlint.program.symbols import Symbols
    from commlint.workspace import Workspace

_ENDINGS = (".json", ".yaml", ".yml")
# Names are followed through this many assignments to the text that names a file.
_DEEPEST = 4


class SchemaFiles:
    """Looks into files with schemas.

    Args:
        workspace: The tree with the files.
        symbols: What is defined where.
    """

    def __init__(self, workspace: Workspace, symbols: Symbols) -> None:
        self._symbols = symbols
        self._sources = Sources(workspace.root, workspace.others)

    def closed(self, said: Said, key: str) -> Location | None:
        """Where the file that an expression reads a schema from says `key: false`; `None` where there is none."""
        if not isinstance(said.value, facts.Call):
            return None
        here = said.scope.function.module.path
        for name in self._texts(said, _DEEPEST):
            wanted = posixpath.normpath(name).lstrip("./")
            places = [path for path in self._sources.paths if f"/{path}".endswith(f"/{wanted}")]
            if (path := nearest(places, here)) is not None:
                return self._place(path, key)
        return None

    def _texts(self, said: Said, depth: int) -> Iterator[str]:
        """The names of files in an expression, and in what its names stand for."""
        if not depth or not isinstance(said.value, facts.Expr):
            return
        for name in names_in(said.value):
            if name.endswith(_ENDINGS):
                yield name
            elif name.isidentifier():
                further = follow(facts.Name(name), said.scope, self._symbols)
                if not isinstance(further.value, facts.Name):
                    yield from self._texts(further, depth - 1)

    def _place(self, path: str, key: str) -> Location | None:
        pattern = re.compile(rf"""["']?{re.escape(key)}["']?\s*:\s*false\b""")
        for number, line in enumerate(self._sources.text(path).split("\n"), start=1):
            if (match := pattern.search(line)) is not None:
                return Location(path, number, match.start() + 1, len(key))
        return None
