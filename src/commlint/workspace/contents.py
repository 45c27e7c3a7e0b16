"""What is in the files of a workspace: those on disk, and those that summaries of other repositories tell of."""

from __future__ import annotations

import errno
from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec

from commlint.workspace import apps, mentions, requirements, signs
from commlint.workspace.apps import App
from commlint.workspace.files import SourceFile
from commlint.workspace.schemas import Declared
from commlint.workspace.signs import Shown


class Signs(msgspec.Struct, frozen=True, array_like=True):
    """What is asked of the text of a Python file, the code in it aside.

    Attributes:
        app: The app that it creates.
        django: It starts a Django project, where it is called `manage.py`.
        shown: Addresses in it, with what they are called.
        sketch: A sample of its lines, to tell copies by.
    """

    app: App | None = None
    django: bool = False
    shown: tuple[Shown, ...] = ()
    sketch: tuple[int, ...] = ()


class Shelf(msgspec.Struct, frozen=True):
    """The files of another repository, as far as its summary tells of them. Paths are relative to its top folder.

    Attributes:
        files: The Python files that are analysed, sorted by path.
        generated: Generated code of remote clients, likewise.
        others: Paths of the files that are no Python, sorted.
        signs: What the Python files are asked beside their code.
        texts: The manifests and configuration files, by path.
        releases: What requirements and lock files ask for, by path: distribution and version specifier.
        words: The words of configuration files and scripts of which the text is not here.
        schemas: The tables that its migrations and SQL files make.
    """

    files: tuple[SourceFile, ...] = ()
    generated: tuple[SourceFile, ...] = ()
    others: tuple[str, ...] = ()
    signs: Mapping[str, Signs] = {}
    texts: Mapping[str, str] = {}
    releases: Mapping[str, tuple[tuple[str, str], ...]] = {}
    words: tuple[str, ...] = ()
    schemas: tuple[Declared, ...] = ()


class Contents:
    """Reads the files of a workspace, by paths relative to it.

    Args:
        root: The folder on disk.
        own: Where it lies in the workspace: `.` unless there are neighbours beside it.
        shelves: The neighbours, by the folder that each would be.

    Attributes:
        asked: The files that are no Python and were read so far, by path.
    """

    def __init__(self, root: Path, own: str = ".", shelves: Mapping[str, Shelf] | None = None) -> None:
        self._root = root
        self._own = "" if own == "." else f"{own}/"
        self._shelves = dict(shelves or {})
        self.asked: set[str] = set()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Contents) and self._from == other._from

    def __hash__(self) -> int:
        return hash((self._root, self._own))

    @property
    def _from(self) -> tuple[Path, str, dict[str, Shelf]]:
        return self._root, self._own, self._shelves

    def data(self, path: str, limit: int = -1) -> bytes:
        """The bytes of a file, or the first of them.

        Raises:
            OSError: It cannot be read.
        """
        self.asked.add(path)
        if (found := self._shelved(path)) is not None:
            shelf, rest = found
            if rest not in shelf.texts:
                raise FileNotFoundError(errno.ENOENT, "is not in the summary", path)
            data = shelf.texts[rest].encode("utf-8", "surrogatepass")
            return data if limit < 0 else data[:limit]
        return self._read(path, limit)

    def app(self, path: str) -> App | None:
        """The app that a Python file creates."""
        if (told := self._told(path)) is not None:
            return None if told.app is None else msgspec.structs.replace(told.app, path=path)
        return apps.look(path, self._start(path, apps.MAX_BYTES))

    def is_django(self, path: str) -> bool:
        """Whether a `manage.py` is Django's, and no script of that name."""
        if (told := self._told(path)) is not None:
            return told.django
        try:
            return signs.is_django(self._read(path, -1))
        except OSError:
            return True

    def shown(self, path: str) -> tuple[Shown, ...]:
        """The addresses in a Python file, with what they are called."""
        if (told := self._told(path)) is not None:
            return told.shown
        return tuple(signs.shown(self._start(path, signs.MAX_BYTES)))

    def sketch(self, path: str) -> tuple[int, ...]:
        """A sample of the lines of a Python file; empty where there are none."""
        if (told := self._told(path)) is not None:
            return told.sketch
        return signs.sketch(self._start(path, signs.MAX_BYTES))

    def releases(self, path: str, wanted: Collection[str] | None = None) -> list[tuple[str, str]]:
        """What a requirements or lock file asks for: distributions and version specifiers.

        Args:
            path: The file.
            wanted: The distributions that matter; `None` for all.
        """
        if (found := self._shelved(path)) is not None:
            shelf, rest = found
            given = shelf.releases.get(rest, ())
            return [(name, spec) for name, spec in given if wanted is None or name in wanted]
        return requirements.read(path, self._start(path, requirements.LONGEST + 1), wanted)

    def words(self, files: Collection[str]) -> frozenset[str]:
        """Every word in the configuration files and scripts among some files."""
        found = {word for shelf in self._shelves.values() for word in shelf.words}
        for path in files:
            if mentions.is_read(path):
                try:
                    found |= mentions.words(self.data(path, mentions.LARGEST + 1))
                except OSError:
                    continue
        return frozenset(found)

    def _told(self, path: str) -> Signs | None:
        found = self._shelved(path)
        return None if found is None else found[0].signs.get(found[1], Signs())

    def _shelved(self, path: str) -> tuple[Shelf, str] | None:
        """The neighbour that a file lies in, and its path there; `None` for a file on disk."""
        if self._own and path.startswith(self._own):
            return None
        for place, shelf in self._shelves.items():
            if path.startswith(f"{place}/"):
                return shelf, path[len(place) + 1 :]
        return None

    def _start(self, path: str, limit: int) -> bytes:
        try:
            return self._read(path, limit)
        except OSError:
            return b""

    def _read(self, path: str, limit: int) -> bytes:
        if not path.startswith(self._own):
            raise FileNotFoundError(errno.ENOENT, "No such file or directory", path)
        with (self._root / path[len(self._own) :]).open("rb", buffering=0) as file:
            return file.readall() if limit < 0 else file.read(limit)
