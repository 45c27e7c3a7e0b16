"""Reads Python files and says what is in them: the only place where syntax trees live."""

from __future__ import annotations

import ast
import codecs
import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from commlint import facts
from commlint.building import building

if TYPE_CHECKING:
    import libcst as cst

# A message is one line that somebody reads.
_MESSAGE = 120
# CPython reads no brackets deeper than this; libcst's parser ends the process some way above it.
_BRACKETS = 200
_DEEP = "is nested too deeply to be read"
_CHAIN = re.compile(rb"(?:(?:not|await|lambda\s*:)\s*){%d}" % _BRACKETS)
_NO_BRACKETS = bytes(set(range(256)) - set(b"()[]{}"))
# Below this many bytes a second process costs more than it brings.
_WORTH_A_PROCESS = 400_000


def extract(root: Path, files: Sequence[tuple[str, int]], jobs: int = 1) -> facts.Extracted:
    """The facts of many files, in the order given.

    Args:
        root: Folder that the paths are relative to.
        files: Path and size in bytes of each file.
        jobs: How many processes to use at most.
    """
    if jobs <= 1 or sum(size for _, size in files) < _WORTH_A_PROCESS:
        with building():
            return _extract_lot(root, [path for path, _ in files])
    lots = _lots(files, jobs * 8)
    with building(), ProcessPoolExecutor(jobs) as pool:
        parts = [facts.decode(data) for data in pool.map(_extract_encoded, [root] * len(lots), lots)]
    order = {path: index for index, (path, _) in enumerate(files)}
    return facts.Extracted(
        tuple(sorted((m for part in parts for m in part.modules), key=lambda m: order[m.path])),
        tuple(sorted((u for part in parts for u in part.unreadable), key=lambda u: order[u.path])),
        tuple(sorted((f for part in parts for f in part.failed), key=lambda f: order[f.path])),
    )


def _lots(files: Iterable[tuple[str, int]], count: int) -> list[list[str]]:
    """Files dealt into lots of like size, the largest first, so that no process is left with the big one at the end."""
    lots: list[tuple[int, list[str]]] = [(0, []) for _ in range(count)]
    for path, size in sorted(files, key=lambda file: (-file[1], file[0])):
        smallest = min(range(count), key=lambda index: lots[index][0])
        total, lot = lots[smallest]
        lot.append(path)
        lots[smallest] = (total + size, lot)
    return [lot for _, lot in lots if lot]


def _extract_encoded(root: Path, paths: Sequence[str]) -> bytes:
    with building():
        return facts.encode(_extract_lot(root, paths))


def _extract_lot(root: Path, paths: Iterable[str]) -> facts.Extracted:
    modules: list[facts.Module] = []
    unreadable: list[facts.Unreadable] = []
    failed: list[facts.Failed] = []
    for path in paths:
        read = _read(root, path)
        if isinstance(read, facts.Module):
            modules.append(read)
        elif isinstance(read, facts.Unreadable):
            unreadable.append(read)
        else:
            failed.append(read)
    return facts.Extracted(tuple(modules), tuple(unreadable), tuple(failed))


def _read(root: Path, path: str) -> facts.Module | facts.Unreadable | facts.Failed:
    try:
        data = (root / path).read_bytes()
    except OSError as error:
        return facts.Unreadable(path, 1, 1, f"{error.strerror or error}")
    return extract_one(path, data)


def extract_one(path: str, data: bytes) -> facts.Module | facts.Unreadable | facts.Failed:
    """The facts of one file.

    Args:
        path: What it is called.
        data: What it says.
    """
    import libcst as cst  # noqa: PLC0415 - a third of a second, which a run with nothing to read need not spend

    from commlint.extract.lower import lower  # noqa: PLC0415 - likewise

    if not data.strip():
        return facts.Module(path, (), data.count(b"\n"))
    if (refused := _refused(path, data)) is not None:
        return refused
    try:
        module = cst.parse_module(data)
    except cst.ParserSyntaxError as error:
        return _syntax_error(path, data, error)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return facts.Unreadable(path, line, 1, f"is not valid {error.encoding}: {error.reason}")
    except (LookupError, SyntaxError, ValueError) as error:
        # An unknown or contradictory encoding declaration, a null byte.
        return facts.Unreadable(path, 1, 1, _one_line(str(error)))
    except RecursionError:
        return facts.Unreadable(path, 1, 1, _DEEP)
    try:
        return lower(path, module)
    except RecursionError:
        return facts.Unreadable(path, 1, 1, _DEEP)
    except Exception as error:  # noqa: BLE001 - one file must not take the others with it; it is reported as our bug
        return facts.Failed(path, f"{type(error).__name__}: {_one_line(str(error))}")


def _refused(path: str, data: bytes) -> facts.Unreadable | None:
    """What must not be given to the parser: it would end the process, or give a tree that no code can be made of."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return facts.Unreadable(path, 1, 1, "has the encoding UTF-16, which Python does not read")
    if (null := data.find(b"\0")) >= 0:
        return facts.Unreadable(path, data.count(b"\n", 0, null) + 1, 1, "contains a null byte")
    if _is_deep(data) or _CHAIN.search(data) is not None:
        return facts.Unreadable(path, 1, 1, _DEEP)
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


def _syntax_error(path: str, data: bytes, error: cst.ParserSyntaxError) -> facts.Unreadable:
    """Why a file is no Python, and where.

    libcst lists all that it would have liked better, and is often a line off. Python's own parser says it in words;
    only where it has nothing against the file, which it may know a newer grammar for, libcst speaks.
    """
    try:
        ast.parse(data)
    except SyntaxError as other:
        return facts.Unreadable(path, other.lineno or 1, other.offset or 1, _one_line(other.msg))
    except (ValueError, RecursionError, MemoryError):
        pass
    return facts.Unreadable(path, error.raw_line, error.raw_column + 1, _one_line(error.message))


def _one_line(text: str) -> str:
    line = " ".join(text.split()) or "cannot be parsed"
    return line if len(line) <= _MESSAGE else f"{line[: _MESSAGE - 4]} ..."
