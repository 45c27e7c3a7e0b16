"""Reads Python files and says what is in them: the only place where syntax trees live."""

from __future__ import annotations

import ast
import codecs
import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version as release
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from commlint import facts
from commlint.building import building
from commlint.store import Store, code_digest, digest_of

if TYPE_CHECKING:
    import libcst as cst

# A message is one line that somebody reads.
_MESSAGE = 120
# CPython reads no brackets deeper than this; libcst's parser ends the process some way above it.
_BRACKETS = 200
_DEEP = "is nested too deeply to be read"
_CHAIN = re.compile(rb"(?:(?:not|await|lambda\s*:)\s*){%d}" % _BRACKETS)
# Calls, indexes and attributes in a row: the time that libcst takes grows with more than the square of them.
_ROW = re.compile(rb"(?:(?:\.\w+|\([^()\[\]{}]{0,80}\)|\[[^()\[\]{}]{0,80}\])\s*){1001}")
_NO_BRACKETS = bytes(set(range(256)) - set(b"()[]{}"))
# Below this many bytes a second process costs more than it brings.
_WORTH_A_PROCESS = 400_000


def extract(root: Path, files: Sequence[tuple[str, int]], jobs: int = 1, store: Store | None = None) -> facts.Extracted:
    """The facts of many files, in the order given.

    Args:
        root: Folder that the paths are relative to.
        files: Path and size in bytes of each file.
        jobs: How many processes to use at most.
        store: Has the facts of files that were read before, and takes those of the others.
    """
    store = Store(None) if store is None else store
    with building():
        version = _version()
        found = _known(root, [path for path, _ in files], version, store)
        read = _read_all(root, [(path, size) for path, size in files if path not in found], jobs)
        found.update((one.path, facts.decode(one.facts)) for one in read)
        store.put({digest_of(version, one.content): one.facts for one in read if one.content})
        whole = [facts.moved(found[path], path) for path, _ in files]
    return facts.Extracted(
        tuple(module for one in whole for module in one.modules),
        tuple(unreadable for one in whole for unreadable in one.unreadable),
        tuple(failed for one in whole for failed in one.failed),
    )


class _Read(msgspec.Struct, frozen=True, array_like=True):
    """What was read in a file.

    Attributes:
        path: The file.
        content: A digest of its bytes; empty where what was read depends on more than them, and must not be kept.
        facts: What is in it, as bytes.
    """

    path: str
    content: bytes
    facts: bytes


def _version() -> bytes:
    """What else the facts of a file depend on: our code, and the parser's."""
    return digest_of(code_digest("commlint", "facts.py"), code_digest("commlint.extract"), release("libcst").encode())


def _known(root: Path, paths: Iterable[str], version: bytes, store: Store) -> dict[str, facts.Extracted]:
    """The facts of the files that the store has them of."""
    if store.file is None:
        return {}
    keys: dict[str, bytes] = {}
    for path in paths:
        try:
            keys[path] = digest_of(version, digest_of((root / path).read_bytes()))
        except OSError:
            # Whoever reads it says so.
            continue
    kept = store.get(keys.values())
    return {path: facts.decode(kept[key]) for path, key in keys.items() if key in kept}


def _read_all(root: Path, files: Sequence[tuple[str, int]], jobs: int) -> list[_Read]:
    if jobs <= 1 or sum(size for _, size in files) < _WORTH_A_PROCESS:
        return _read_lot(root, [path for path, _ in files])
    lots = _lots(files, jobs * 8)
    with ProcessPoolExecutor(jobs) as pool:
        return [one for lot in pool.map(_read_lot, [root] * len(lots), lots) for one in lot]


def _lots(files: Iterable[tuple[str, int]], count: int) -> list[list[str]]:
    """Files dealt into lots of like size, the largest first, so that no process is left with the big one at the end."""
    lots: list[tuple[int, list[str]]] = [(0, []) for _ in range(count)]
    for path, size in sorted(files, key=lambda file: (-file[1], file[0])):
        smallest = min(range(count), key=lambda index: lots[index][0])
        total, lot = lots[smallest]
        lot.append(path)
        lots[smallest] = (total + size, lot)
    return [lot for _, lot in lots if lot]


def _read_lot(root: Path, paths: Iterable[str]) -> list[_Read]:
    with building():
        return [_read(root, path) for path in paths]


def _read(root: Path, path: str) -> _Read:
    try:
        data = (root / path).read_bytes()
    except OSError as error:
        return _Read(path, b"", facts.encode(facts.Extracted(unreadable=(_unreadable(f"{error.strerror or error}"),))))
    said = _understand(data)
    if isinstance(said, facts.Module):
        return _Read(path, digest_of(data), facts.encode(facts.Extracted((said,))))
    if isinstance(said, facts.Unreadable):
        return _Read(path, digest_of(data), facts.encode(facts.Extracted(unreadable=(said,))))
    return _Read(path, b"", facts.encode(facts.Extracted(failed=(said,))))


def extract_one(path: str, data: bytes) -> facts.Module | facts.Unreadable | facts.Failed:
    """The facts of one file.

    Args:
        path: What it is called.
        data: What it says.
    """
    with building():
        return msgspec.structs.replace(_understand(data), path=path)


def _understand(data: bytes) -> facts.Module | facts.Unreadable | facts.Failed:
    """The facts of a file's bytes; its path is left open."""
    import libcst as cst  # noqa: PLC0415 - a third of a second, which a run with nothing to read need not spend

    from commlint.extract.lower import lower  # noqa: PLC0415 - likewise

    if not data.strip():
        return facts.Module("", (), data.count(b"\n"))
    if (refused := _refused(data)) is not None:
        return refused
    try:
        module = cst.parse_module(data)
    except cst.ParserSyntaxError as error:
        return _syntax_error(data, error)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return _unreadable(f"is not valid {error.encoding}: {error.reason}", line)
    except (LookupError, SyntaxError, ValueError) as error:
        # An unknown or contradictory encoding declaration, a null byte.
        return _unreadable(_one_line(str(error)))
    except RecursionError:
        return _unreadable(_DEEP)
    try:
        return lower(module)
    except RecursionError:
        return _unreadable(_DEEP)
    except Exception as error:  # noqa: BLE001 - one file must not take the others with it; it is reported as our bug
        return facts.Failed("", f"{type(error).__name__}: {_one_line(str(error))}")


def _unreadable(reason: str, line: int = 1, column: int = 1) -> facts.Unreadable:
    return facts.Unreadable("", line, column, reason)


def _refused(data: bytes) -> facts.Unreadable | None:
    """What must not be given to the parser: it would end the process, or give a tree that no code can be made of."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _unreadable("has the encoding UTF-16, which Python does not read")
    if (null := data.find(b"\0")) >= 0:
        return _unreadable("contains a null byte", data.count(b"\n", 0, null) + 1)
    if _is_deep(data) or any(pattern.search(data) is not None for pattern in (_CHAIN, _ROW)):
        return _unreadable(_DEEP)
    return None


def _is_deep(data: bytes) -> bool:
    """Whether brackets nest too deeply; those in strings and comments count, which matters only where they abound."""
    rest = data.translate(None, _NO_BRACKETS)
    for _ in range(_BRACKETS):
        shorter = rest.replace(b"()", b"").replace(b"[]", b"").replace(b"{}", b"")
        if shorter == rest:
            break
        rest = shorter
    depth = deepest = 0
    for bracket in rest:
        depth += 1 if bracket in b"([{" else -1
        deepest = max(deepest, depth)
    return deepest > _BRACKETS


def _syntax_error(data: bytes, error: cst.ParserSyntaxError) -> facts.Unreadable:
    """Why a file is no Python, and where.

    libcst lists all that it would have liked better, and is often a line off. Python's own parser says it in words;
    only where it has nothing against the file, which it may know a newer grammar for, libcst speaks.
    """
    try:
        ast.parse(data)
    except SyntaxError as other:
        return _unreadable(_one_line(other.msg), other.lineno or 1, other.offset or 1)
    except (ValueError, RecursionError, MemoryError):
        pass
    return _unreadable(_one_line(error.message), error.raw_line, error.raw_column + 1)


def _one_line(text: str) -> str:
    line = " ".join(text.split()) or "cannot be parsed"
    return line if len(line) <= _MESSAGE else f"{line[: _MESSAGE - 4]} ..."
