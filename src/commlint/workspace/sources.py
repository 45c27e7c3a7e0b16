"""The files of a tree that are no Python, read at most once, and never without bound."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Sequence

from commlint.facts import Unreadable
from commlint.workspace.contents import Contents

MAX_BYTES = 2_000_000


class Sources:
    """The files that manifests are among.

    Attributes:
        contents: All files of the tree.
        paths: All files that are no Python, sorted.
        unreadable: What could not be read, and should have been.
    """

    def __init__(self, contents: Contents, paths: Sequence[str], python: Sequence[str] = ()) -> None:
        """Notes where the files are.

        Args:
            contents: All files of the tree.
            paths: All files that are no Python, sorted.
            python: The Python files: what manifests may point at.
        """
        self.contents = contents
        self.paths = paths
        self.unreadable: list[Unreadable] = []
        self._known = frozenset(paths)
        self._python = frozenset(python)
        self._texts: dict[str, bytes] = {}

    def __contains__(self, path: object) -> bool:
        return path in self._known

    def holds(self, path: str) -> bool:
        """Whether there is such a file, Python or not."""
        return path in self._known or path in self._python

    def data(self, path: str) -> bytes:
        """The bytes of a file of the tree; none where it cannot be read or is larger than anything written by hand."""
        if path not in self._texts:
            self._texts[path] = self._read(path)
        return self._texts[path]

    def text(self, path: str) -> str:
        """The text of a file, whatever its bytes; empty where there is none."""
        return self.data(path).decode("utf-8-sig", "replace")

    def strict(self, path: str, what: str) -> str | None:
        """The text of a file that has to be readable; what keeps it from being so is noted.

        Args:
            path: The file.
            what: What it should be, in plain words: `docker-compose file`.
        """
        try:
            data = self.contents.data(path)
        except OSError as error:
            self.give_up(path, error.strerror or str(error))
            return None
        if len(data) > MAX_BYTES:
            self.give_up(path, f"too large for a {what}")
            return None
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = data[: error.start]
            line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
            self.give_up(path, f"not valid UTF-8: {error.reason}", line, column)
            return None

    def give_up(self, path: str, reason: str, line: int = 1, column: int = 1) -> None:
        """Notes that a file could not be read."""
        self.unreadable.append(Unreadable(path, line, column, reason))

    def _read(self, path: str) -> bytes:
        if path not in self._known:
            return b""
        try:
            data = self.contents.data(path, MAX_BYTES + 1)
        except OSError:
            return b""
        return data if len(data) <= MAX_BYTES else b""


def inside(base: str, *parts: str) -> str | None:
    """A path relative to the root, `.` for the root itself; `None` where it leads out."""
    path = posixpath.normpath(posixpath.join(base, *parts))
    return None if path == ".." or path.startswith(("../", "/")) else path


def nearest(places: Collection[str], here: str) -> str | None:
    """Of several files or folders the one that shares most folders with another file, then the shallowest."""
    parts = here.split("/")

    def far(place: str) -> tuple[int, int, str]:
        theirs = place.split("/")
        shared = next(
            (i for i, (a, b) in enumerate(zip(theirs, parts, strict=False)) if a != b), min(len(theirs), len(parts))
        )
        return (-shared, len(theirs), place)

    return min(places, key=far, default=None)
