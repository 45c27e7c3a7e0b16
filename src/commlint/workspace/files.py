"""Which files of a tree are looked at."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import msgspec
from pathspec import GitIgnoreSpec

from commlint.facts import Unreadable
from commlint.workspace.ignores import Rules, above, excluded_by_default

_TEST_FOLDERS = frozenset({"test", "tests"})
# Django's `startapp` puts an application's tests into `tests.py`.
_TEST_FILE = re.compile(r"test_.*\.py|.*_test\.py|conftest\.py|tests\.py")
_GENERATED_FILE = re.compile(r".*_pb2(_grpc)?\.pyi?")
_GENERATED_HEAD = re.compile(
    rb"\bgenerated\b[^\n]{0,80}\b(by|from)\b.{0,200}?\bdo not (edit|modify)\b", re.IGNORECASE | re.DOTALL
)
_HEAD_BYTES = 600
# Folders inside a folder of migrations that are looked into: `versions`, those of single databases.
_MIGRATION_DEPTH = 2


class SourceFile(msgspec.Struct, frozen=True):
    """A Python file to be read.

    Attributes:
        path: Relative to the root of the analysis, with forward slashes.
        size: Its length in bytes.
        head: Its first bytes, where a tool wrote it.
    """

    path: str
    size: int
    head: bytes = b""


class Tree(msgspec.Struct, frozen=True):
    """What a walk found.

    Attributes:
        files: Python files, sorted by path.
        others: Paths of all other files that were not left out, sorted.
        generated: Python files that were left out because a tool wrote them, sorted by path.
        unreadable: Folders and files that could not be looked at.
        migrations: Paths of the Python and SQL files in folders of migrations, sorted.
    """

    files: tuple[SourceFile, ...]
    others: tuple[str, ...]
    generated: tuple[SourceFile, ...]
    unreadable: tuple[Unreadable, ...]
    migrations: tuple[str, ...] = ()


def left_out(name: str, parent: str, siblings: Collection[str], *, folder: bool) -> bool:
    """Whether a folder or file holds what is never reported: tests and migrations.

    This is the one place that decides so, by names as pytest, unittest, Django and Alembic give them.

    Args:
        name: The name of the folder or file.
        parent: The name of the folder it is in; empty at the root, whose own name does not count.
        siblings: The names next to it, its own among them.
        folder: It is a folder.
    """
    if folder:
        if name in _TEST_FOLDERS or name == "migrations":
            return True
        return name == "versions" and (parent == "alembic" or "env.py" in siblings or "script.py.mako" in siblings)
    if _TEST_FILE.fullmatch(name):
        return True
    return name == "env.py" and ("script.py.mako" in siblings or ("versions" in siblings and parent == "alembic"))


def is_generated(name: str, head: Callable[[], bytes]) -> bool:
    """Whether a tool wrote a Python file: by names as protoc gives them, and by the notice that generators put on top.

    Args:
        name: The name of the file.
        head: Gives its first bytes.
    """
    return _GENERATED_FILE.fullmatch(name) is not None or _GENERATED_HEAD.search(head()) is not None


def walk(root: Path, named: Sequence[str] = (), exclude: Sequence[str] = ()) -> Tree:
    """Finds the files below a root.

    Symbolic links to folders are not followed, those to files only where they stay below the root. What `.gitignore`
    and convention exclude is not read, unless the user named it; what the user excludes is not read at all.

    Args:
        root: Absolute and resolved.
        named: Paths relative to the root that the user named, which are read although ignored.
        exclude: Patterns as in a `.gitignore` in the root.
    """
    return _Walk(root, named, exclude).run()


class _Walk:
    """One walk over a tree; a stack instead of recursion, since trees may be deeper than Python's."""

    def __init__(self, root: Path, named: Sequence[str], exclude: Sequence[str]) -> None:
        self._root = root
        self._exclude = GitIgnoreSpec.from_lines(exclude) if exclude else None
        self._named = frozenset(path for path in named if path != ".")
        # Folders that have to be passed through to reach what the user named.
        self._way = frozenset(
            "/".join(parts[:end])
            for path in self._named
            for parts in (path.split("/"),)
            for end in range(1, len(parts))
        )
        self._files: list[SourceFile] = []
        self._others: list[str] = []
        self._generated: list[SourceFile] = []
        self._unreadable: list[Unreadable] = []
        self._migrations: list[str] = []

    def run(self) -> Tree:
        # A folder with `None` for rules is only passed through.
        stack: list[tuple[str, Rules | None]] = [("", above(self._root))]
        while stack:
            path, rules = stack.pop()
            stack.extend(self._folder(path, rules))
        return Tree(
            tuple(sorted(self._files, key=lambda file: file.path)),
            tuple(sorted(self._others)),
            tuple(sorted(self._generated, key=lambda file: file.path)),
            tuple(sorted(self._unreadable, key=lambda unreadable: unreadable.path)),
            tuple(sorted(self._migrations)),
        )

    def _folder(self, path: str, rules: Rules | None) -> list[tuple[str, Rules | None]]:
        """Takes the files of a folder, and returns the folders in it that are to be looked at."""
        folder = self._root / path
        try:
            with os.scandir(folder) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            self._give_up(path or ".", error.strerror or str(error))
            return []
        names = {entry.name for entry in entries}
        # An environment is one under any name.
        if "pyvenv.cfg" in names and path and path not in self._named and path not in self._way:
            return []
        if rules is not None:
            rules = rules.within(folder, path, names)
        prefix, parent = (f"{path}/", path.rpartition("/")[2]) if path else ("", "")
        inner: list[tuple[str, Rules | None]] = []
        for entry in entries:
            child = prefix + entry.name
            if self._excludes(child):
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    if left_out(entry.name, parent, names, folder=True):
                        if entry.name not in _TEST_FOLDERS and not self._ignored(child, rules, folder=True)[0]:
                            self._migrate(child)
                        continue
                    ignored, child_rules = self._ignored(child, rules, folder=True)
                    if not ignored and self._spelled(child):
                        inner.append((child, child_rules))
                elif self._wanted(entry, child) and not self._ignored(child, rules, folder=False)[0]:
                    self._file(entry, child, parent, names)
            except OSError as error:
                self._give_up(child, error.strerror or str(error))
        return inner

    def _migrate(self, path: str) -> None:
        """Takes the migrations of a folder, which are read for the tables that they make and nothing else."""
        for folder, inner, names in os.walk(self._root / path):
            inner[:] = (
                [] if len(Path(folder).relative_to(self._root / path).parts) >= _MIGRATION_DEPTH else sorted(inner)
            )
            below = Path(folder).relative_to(self._root).as_posix()
            found = (f"{below}/{name}" for name in names if name.endswith((".py", ".sql")))
            self._migrations += (
                path for path in found if _utf8(path) and self._is_own(path) and not self._excludes(path)
            )

    def _excludes(self, path: str) -> bool:
        """Whether the user excludes a path, or a folder that it lies in."""
        if self._exclude is None:
            return False
        folder = (self._root / path).is_dir()
        return self._exclude.match_file(f"{path}/" if folder else path)

    def _ignored(self, path: str, rules: Rules | None, *, folder: bool) -> tuple[bool, Rules | None]:
        """Whether a path is passed over, and the rules for its content."""
        ignored = rules is None or (folder and excluded_by_default(path.rpartition("/")[2]))
        ignored = ignored or (rules is not None and rules.ignores(path, folder=folder))
        if not ignored:
            return False, rules
        if path in self._named:
            return False, Rules()
        return path not in self._way, None

    def _wanted(self, entry: os.DirEntry[str], path: str) -> bool:
        """Whether an entry that is no folder is a file of this tree."""
        return self._is_own(path) if entry.is_symlink() else entry.is_file(follow_symlinks=False)

    def _is_own(self, path: str) -> bool:
        """Whether a path leads to a file, and one that lies below the root."""
        target = Path(os.path.realpath(self._root / path))
        return target.is_relative_to(self._root) and target.is_file()

    def _file(self, entry: os.DirEntry[str], path: str, parent: str, names: Collection[str]) -> None:
        if not entry.name.endswith(".py"):
            if _utf8(path):
                self._others.append(path)
            return

        def head() -> bytes:
            with (self._root / path).open("rb", buffering=0) as file:
                return file.read(_HEAD_BYTES)

        if self._spelled(path) and not left_out(entry.name, parent, names, folder=False):
            size = entry.stat().st_size
            try:
                if is_generated(entry.name, head):
                    self._generated.append(SourceFile(path, size, head()))
                    return
            except OSError:
                # Whoever reads the file reports it.
                pass
            self._files.append(SourceFile(path, size))

    def _spelled(self, path: str) -> bool:
        """Whether a path can be written down; reports it where it cannot."""
        if _utf8(path):
            return True
        self._give_up(path, "the name is not valid UTF-8")
        return False

    def _give_up(self, path: str, reason: str) -> None:
        shown = os.fsencode(path).decode("utf-8", "replace")
        self._unreadable.append(Unreadable(shown, 1, 1, reason))


def _utf8(path: str) -> bool:
    """Whether a path has no bytes that could not be decoded."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
