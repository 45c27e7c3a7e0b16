"""A summary: what commlint has to know of a repository to judge others that call it, in one small file.

It may come from anybody. So it is data only (MessagePack, decoded into values of known types), nothing in it is larger
or deeper than a repository is, and no path in it leads out of the folder that it stands for.
"""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from commlint import facts
from commlint.errors import CommlintError
from commlint.workspace.contents import Shelf

SUFFIX = ".commlint"
# Where a repository keeps the summaries of its neighbours.
FOLDER = ".commlint/neighbours"
# To be raised with every change of what is in a summary or of what it means.
_FORMAT = 1
_HEAD = re.compile(rb"commlint summary (\d{1,6})\.(\d{1,6})\n")
_LONGEST_HEAD = 40
# A repository of a million lines stays well below both.
_MAX_BYTES = 100_000_000
_MAX_UNPACKED = 400_000_000
# Code that can be read nests less deeply.
_MAX_DEPTH = 2_500
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


class Origin(msgspec.Struct, frozen=True, array_like=True):
    """Where something was read.

    Attributes:
        name: What the repository is called.
        folder: The folder of it that is meant; `.` for all of it.
        commit: What was checked out; empty where that is not known.
        date: When that was committed, in seconds since 1970; 0 where that is not known.
    """

    name: str
    folder: str = "."
    commit: str = ""
    date: int = 0

    @property
    def place(self) -> str:
        """The folder that it would be, beside others."""
        return self.name if self.folder == "." else f"{self.name}/{self.folder}"

    @property
    def label(self) -> str:
        """The same as the name of a file."""
        return self.place.replace("/", "-")


class Summary(msgspec.Struct, frozen=True, array_like=True):
    """What is known of a repository.

    Attributes:
        origin: Which one.
        shelf: Its files.
        modules: The facts of those that are Python.
        knows: The summaries of others that it was read with.
    """

    origin: Origin
    shelf: Shelf
    modules: tuple[facts.Module, ...] = ()
    knows: tuple[Origin, ...] = ()


_encoder = msgspec.msgpack.Encoder(order="deterministic")
_decoder = msgspec.msgpack.Decoder(Summary)


def encode(summary: Summary) -> bytes:
    """A summary as the bytes of a file; the same summary gives the same bytes."""
    head = f"commlint summary {_FORMAT}.{facts.VERSION}\n".encode()
    return head + zlib.compress(_encoder.encode(summary), 9)


def decode(data: bytes) -> Summary:
    """A summary from the bytes of a file.

    Raises:
        ValueError: They are none, or none that can be trusted; the text says why.
    """
    head = _HEAD.match(data, 0, _LONGEST_HEAD)
    if head is None:
        raise ValueError("is no summary of commlint")
    version = int(head[1]), int(head[2])
    if version != (_FORMAT, facts.VERSION):
        age = "a newer" if version > (_FORMAT, facts.VERSION) else "an older"
        raise ValueError(f"was made by {age} commlint; make it anew with this one, or let both be the same")
    unpacker = zlib.decompressobj()
    try:
        packed = unpacker.decompress(data[head.end() :], _MAX_UNPACKED)
    except zlib.error:
        raise ValueError("is damaged") from None
    if unpacker.unconsumed_tail:
        raise ValueError("holds more than a summary can")
    if not unpacker.eof:
        raise ValueError("is cut short")
    limit = sys.getrecursionlimit()
    try:
        # The decoder uses the C stack; this bounds how much of it.
        sys.setrecursionlimit(_MAX_DEPTH)
        summary = _decoder.decode(packed)
    except RecursionError:
        raise ValueError("nests more deeply than code does") from None
    except msgspec.DecodeError as error:
        raise ValueError(f"is damaged: {error}") from None
    finally:
        sys.setrecursionlimit(limit)
    if not NAME.fullmatch(summary.origin.name):
        raise ValueError("gives its repository a name that is none")
    _ordered(summary.shelf)
    for path in _paths(summary):
        if not _is_inside(path):
            raise ValueError(f"speaks of a path that leads out of its repository: {path[:60]!r}")
    known = {file.path for file in (*summary.shelf.files, *summary.shelf.generated)}
    if not all(module.path in known for module in summary.modules):
        raise ValueError("has code of files that it does not list")
    return summary


def read_bytes(file: Path) -> bytes:
    """What is in a file that should be a summary.

    Raises:
        CommlintError: It cannot be read, or is too large to be one.
    """
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise CommlintError(f"{file.name}: is larger than a summary can be")
        return file.read_bytes()
    except OSError as error:
        raise CommlintError(f"{file.name}: {error.strerror or error}") from None


def load(file: Path) -> Summary:
    """The summary in a file.

    Raises:
        CommlintError: There is none that can be read.
    """
    try:
        return decode(read_bytes(file))
    except ValueError as error:
        raise CommlintError(f"{file.name}: {error}") from None


def _ordered(shelf: Shelf) -> None:
    """Makes sure that files are listed as a walk would list them: each once."""
    listed = [file.path for file in (*shelf.files, *shelf.generated)] + list(shelf.others)
    if len(listed) != len(set(listed)):
        raise ValueError("lists a file twice")


def _paths(summary: Summary) -> Iterator[str]:
    shelf = summary.shelf
    yield summary.origin.folder
    for file in (*shelf.files, *shelf.generated):
        yield file.path
    yield from shelf.others
    yield from shelf.signs
    yield from shelf.texts
    yield from shelf.releases
    for signs in shelf.signs.values():
        if signs.app is not None:
            yield signs.app.path


def _is_inside(path: str) -> bool:
    """Whether a path is one below a folder, spelled in the one way that there is."""
    if path == ".":
        return True
    drive = path[1:2] == ":" and path[:1].isalpha()
    parts = path.split("/")
    return not drive and "\\" not in path and "\0" not in path and not {"", ".", ".."}.intersection(parts)
