"""What earlier runs worked out, kept in one file from run to run.

Entries are bytes under a key that is a digest of all that they were made of, so an entry is never wrong, only missing.
The store is a convenience: whatever is the matter with its file, a run does without it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from importlib import resources
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from types import TracebackType

# Of the layout of the file; the keys see to everything else.
_VERSION = 1
_FILE = f"store-{_VERSION}.sqlite"
_DIGEST = 20
# Bytes above which the entries that were of no use for longest are dropped.
LIMIT = 256_000_000
# An entry's last use is written down no more often than once in this many seconds.
_DAY = 86_400
# How long to wait for another process, in seconds.
_PATIENCE = 5
# Names in one question; older releases of SQLite take no more than 999.
_LOT = 500


class Store:
    """Entries by their key.

    Attributes:
        file: Where they are kept; `None` where nothing is.
        notice: What was the matter with the file, for the user to know; empty where all is well.
    """

    def __init__(self, folder: Path | None, limit: int = LIMIT) -> None:
        """Opens the store of a folder, which is made where it is not there; no folder is a store that keeps nothing."""
        self.file = None if folder is None else folder / _FILE
        self.notice = ""
        self._limit = limit
        self._old: set[bytes] = set()
        self._base = None if self.file is None else self._open(self.file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the file."""
        # At the end, because it is the one thing that reading writes, and the file may be read-only.
        self._note_uses()
        if self._base is not None:
            self._base.close()
            self._base = None

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The entries that are there for some keys."""
        asked = list(dict.fromkeys(keys))
        found: dict[bytes, bytes] = {}
        now = int(time())
        for lot in (asked[start : start + _LOT] for start in range(0, len(asked), _LOT)):
            marks = ",".join("?" * len(lot))
            rows = self._run(f"SELECT key, data, digest, used FROM entries WHERE key IN ({marks})", lot)  # noqa: S608
            for key, data, digest, used in rows:
                # A file that a disk or a stranger damaged may still look like a database.
                if isinstance(key, bytes) and isinstance(data, bytes) and digest_of(data) == digest:
                    found[key] = data
                    if not isinstance(used, int) or now - used > _DAY:
                        self._old.add(key)
        return found

    def put(self, entries: Mapping[bytes, bytes]) -> None:
        """Keeps entries, all of them or none."""
        now = int(time())
        rows = [(key, data, digest_of(data), now) for key, data in entries.items()]
        self._change("INSERT OR REPLACE INTO entries (key, data, digest, used) VALUES (?, ?, ?, ?)", rows)
        if rows:
            self._shrink()

    def size(self) -> tuple[int, int]:
        """How many entries there are, and how many bytes they hold."""
        for count, total in self._run("SELECT count(*), coalesce(sum(length(data)), 0) FROM entries", ()):
            if isinstance(count, int) and isinstance(total, int):
                return count, total
        return 0, 0

    def _note_uses(self) -> None:
        self._change("UPDATE entries SET used = ? WHERE key = ?", [(int(time()), key) for key in sorted(self._old)])
        self._old.clear()

    def _shrink(self) -> None:
        """Drops what was of no use for longest, where there is too much."""
        self._note_uses()
        _, size = self.size()
        if size <= self._limit:
            return
        dropped: list[tuple[object]] = []
        for key, length in self._run("SELECT key, length(data) FROM entries ORDER BY used, key", ()):
            # Somewhat more than has to be, so that the next run does not have to do it again.
            if size <= self._limit * 3 // 4 or not isinstance(length, int):
                break
            dropped.append((key,))
            size -= length
        self._change("DELETE FROM entries WHERE key = ?", dropped)

    # --- the file -----------------------------------------------------------------------------------------------------

    def _open(self, file: Path) -> sqlite3.Connection | None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            ignore = file.parent / ".gitignore"
            if not ignore.exists():
                ignore.write_text("# Made by commlint.\n*\n", encoding="utf-8")
            return _connect(file)
        except sqlite3.DatabaseError as error:
            return None if isinstance(error, sqlite3.OperationalError) else self._anew(file)
        except OSError:
            # A folder that cannot be written to: others keep nothing there either.
            return None

    def _anew(self, file: Path) -> sqlite3.Connection | None:
        """Puts an empty file in the place of one that is no database."""
        self.notice = f"the cache {file} was damaged and is made anew"
        try:
            file.unlink(missing_ok=True)
            return _connect(file)
        except (OSError, sqlite3.Error):
            return None

    def _run(self, statement: str, values: Sequence[object]) -> list[tuple[object, ...]]:
        if self._base is None:
            return []
        try:
            return self._base.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            self._give_up(error)
            return []

    def _change(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        if self._base is None or not rows:
            return
        try:
            with self._base:
                self._base.executemany(statement, rows)
        except sqlite3.Error as error:
            self._give_up(error)

    def _give_up(self, error: sqlite3.Error) -> None:
        """Goes on without the file: it is full, locked for long, read-only, or no longer what it was."""
        base, self._base = self._base, None
        if base is not None:
            base.close()
        if self.file is not None and not isinstance(error, sqlite3.OperationalError):
            self._base = self._anew(self.file)


def _connect(file: Path) -> sqlite3.Connection:
    base = sqlite3.connect(file, timeout=_PATIENCE)
    try:
        base.execute("PRAGMA synchronous = NORMAL")
        base.execute("CREATE TABLE IF NOT EXISTS entries (key BLOB PRIMARY KEY, data BLOB, digest BLOB, used INTEGER)")
    except sqlite3.Error:
        base.close()
        raise
    return base


def digest_of(*parts: bytes) -> bytes:
    """A digest of byte strings that tells each of them and their order."""
    found = blake2b(digest_size=_DIGEST)
    for part in parts:
        found.update(len(part).to_bytes(8, "big"))
        found.update(part)
    return found.digest()


def code_digest(package: str, *names: str) -> bytes:
    """A digest of the code of a package of commlint, so that what another version kept is not taken for one's own.

    Args:
        package: The package.
        names: The files of it that matter; all where none is named.
    """
    folder = resources.files(package)
    files = (folder / name for name in names) if names else _sources(folder)
    return digest_of(*(file.read_bytes() for file in files))


def _sources(folder: Traversable) -> Iterable[Traversable]:
    for child in sorted(folder.iterdir(), key=lambda child: child.name):
        if child.name.endswith(".py"):
            yield child
        elif child.is_dir() and child.name != "__pycache__":
            yield from _sources(child)
