"""Whether a tree is the one that it was."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from commlint.store import digest_of
from commlint.workspace.files import Tree

# Above this many bytes a file that is no Python is known by its size and time: data, pictures, archives.
_LARGE = 256_000


def fingerprint(root: Path, tree: Tree) -> bytes:
    """A digest of all that an analysis of a tree may read: the same trees have the same, on any machine.

    Args:
        root: Its root.
        tree: What is in it.
    """
    return digest_of(*_parts(root, tree))


def _parts(root: Path, tree: Tree) -> Iterator[bytes]:
    for kind, files in (("python", tree.files), ("generated", tree.generated)):
        for file in files:
            yield from (kind.encode(), file.path.encode(), _content(root / file.path, None))
    for path in tree.others:
        yield from (b"other", path.encode(), _content(root / path, _LARGE))
    for unreadable in tree.unreadable:
        yield from (b"unreadable", unreadable.path.encode(), unreadable.reason.encode())


def _content(path: Path, large: int | None) -> bytes:
    try:
        with path.open("rb", buffering=0) as file:
            told = os.fstat(file.fileno())
            if large is not None and told.st_size > large:
                return b"%d %d" % (told.st_size, told.st_mtime_ns)
            return digest_of(file.readall())
    except OSError as error:
        return f"{error.strerror}".encode()
