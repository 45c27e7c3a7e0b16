"""The summaries that an analysis is to be made with: those kept in the tree, and those that the user names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from commlint.config import Config
from commlint.errors import CommlintError
from commlint.facts import Unreadable
from commlint.neighbours.joining import Given, Neighbours, join
from commlint.neighbours.provenance import origin_of
from commlint.neighbours.summary import FOLDER, SUFFIX, Origin, decode, read_bytes


class File(msgspec.Struct, frozen=True):
    """A summary as it was found.

    Attributes:
        name: The file, relative to the root of the analysis.
        data: What is in it.
        kept: It is kept in the tree, and so is not to stop the work where it cannot be read.
    """

    name: str
    data: bytes
    kept: bool


class Found(msgspec.Struct, frozen=True):
    """The summaries of an analysis, before anything in them is believed.

    Attributes:
        own: The repository that is analysed; only known where it has neighbours.
        files: The summaries.
    """

    own: Origin | None = None
    files: tuple[File, ...] = ()


def find(config: Config) -> Found:
    """The summaries that a configuration asks for.

    Raises:
        CommlintError: One that the user names cannot be read.
    """
    files = [*_kept(config.root)]
    checkout = config.checkout or config.root
    for path in config.neighbours:
        name = os.path.relpath(path, checkout).replace(os.sep, "/")
        files.append(File(name, read_bytes(path), kept=False))
    return Found(origin_of(checkout), tuple(files)) if files else Found()


def neighbours(found: Found) -> tuple[Neighbours, tuple[Unreadable, ...]]:
    """What summaries say, and those kept in the tree that say nothing.

    Raises:
        CommlintError: One that the user names is none.
    """
    given: list[Given] = []
    broken: list[Unreadable] = []
    for file in found.files:
        try:
            given.append(Given(file.name, decode(file.data)))
        except ValueError as error:
            if not file.kept:
                raise CommlintError(f"{file.name}: {error}") from None
            broken.append(Unreadable(file.name, 1, 1, str(error)))
    beside = Neighbours() if found.own is None else join(found.own, given)
    return beside, tuple(broken)


def known_in(root: Path) -> Sequence[Origin]:
    """Which repositories a tree keeps summaries of."""
    found: list[Origin] = []
    for file in _kept(root):
        try:
            found.append(decode(file.data).origin)
        except ValueError:
            continue
    return found


def _kept(root: Path) -> Iterator[File]:
    # A pipe would be waited for.
    for path in sorted(filter(Path.is_file, (root / FOLDER).glob(f"*{SUFFIX}"))):
        try:
            data = read_bytes(path)
        except CommlintError:
            data = b""
        yield File(path.relative_to(root).as_posix(), data, kept=True)
