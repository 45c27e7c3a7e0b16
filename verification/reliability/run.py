"""Gives commlint thousands of files that it did not expect, and tells which of them it failed on.

    python verification/reliability/run.py files FOLDER...             every .py below folders, as it is
    python verification/reliability/run.py mutants FOLDER... --count N  changed copies of files below folders

Each file goes through extraction, and each lot of them through linking, every check and every fix.
"""

from __future__ import annotations

import argparse
import json
import random
import selectors
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from mutations import MUTATIONS, mutant

HERE = Path(__file__).parent
# A lot may take this many times as long as a file.
LOT_FACTOR = 6


@dataclass
class Result:
    """What came of a run.

    Attributes:
        tried: How many files were read.
        size: Their bytes.
        read: How many of them were understood.
        lots: How many lots were linked and checked.
        findings: How much was found in them.
        failed: What failed, with the file or lot that it failed on.
        times: Seconds, bytes and name of each file.
        lot_times: Seconds and name of the first file of each lot.
    """

    tried: int = 0
    size: int = 0
    read: int = 0
    lots: int = 0
    findings: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    times: list[tuple[float, int, str]] = field(default_factory=list)
    lot_times: list[tuple[float, str]] = field(default_factory=list)

    def slowest(self) -> list[tuple[float, int, str]]:
        """The ten files that took longest."""
        return sorted(self.times, reverse=True)[:10]


class Gone(Exception):  # noqa: N818 - it is what is looked for
    """The worker died or said nothing for too long."""


class Worker:
    """A process that reads lots; a new one is started where it dies or hangs."""

    def __init__(self, limit: float, memory: int, *, checks: bool) -> None:
        self._limit = limit
        self._memory = memory
        self.checks = checks
        self._process: subprocess.Popen[bytes] | None = None
        self._pending = b""

    def send(self, folder: Path, files: Sequence[str]) -> None:
        """Gives it a lot."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, str(HERE / "worker.py"), str(self._memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            self._pending = b""
        assert self._process.stdin is not None
        self._process.stdin.write(self._lot(folder, files))
        self._process.stdin.flush()

    def _lot(self, folder: Path, files: Sequence[str]) -> bytes:
        return json.dumps({"folder": str(folder), "files": files, "check": self.checks}).encode() + b"\n"

    def hear(self, factor: float = 1) -> dict[str, Any]:
        """What it says next.

        Raises:
            Gone: Nothing, within the limit.
        """
        assert self._process is not None
        assert self._process.stdout is not None
        ends = monotonic() + self._limit * factor
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._pending:
                if not selector.select(max(0, ends - monotonic())):
                    raise self._end(f"no end within {self._limit * factor:g} s")
                data = self._process.stdout.read1(65536)  # type: ignore[attr-defined]
                if not data:
                    raise self._end("")
                self._pending += data
        line, _, self._pending = self._pending.partition(b"\n")
        said: dict[str, Any] = json.loads(line)
        return said

    def close(self) -> None:
        """Ends it."""
        self._end("closed")

    def _end(self, reason: str) -> Gone:
        process, self._process = self._process, None
        if process is None:
            return Gone(reason)
        if reason:
            process.kill()
        _, errors = process.communicate()
        told = errors.decode("utf-8", "replace").strip().splitlines()[-1:]
        return Gone(reason or f"ended with {process.returncode}: {' '.join(told)}")


def work(worker: Worker, named: Iterator[tuple[str, bytes]], lot_size: int, seconds: float, result: Result) -> None:
    """Reads files lot by lot, until there are none left or the time is up."""
    ends = monotonic() + seconds
    while monotonic() < ends and (lot := list(islice(named, lot_size))):
        known = len(result.failed)
        one_lot(worker, lot, result)
        print(f"{result.tried} files, {len(result.failed)} failed", file=sys.stderr)
        for name, reason in result.failed[known:]:
            print(f"  {name}: {reason}", file=sys.stderr)
    worker.close()


def one_lot(worker: Worker, lot: Sequence[tuple[str, bytes]], result: Result) -> None:
    """Reads a lot; what ends the worker is left out and the rest is read without it."""
    names = {place(name): name for name, _ in lot}
    with TemporaryDirectory(prefix="lot") as folder:
        for name, data in lot:
            target = Path(folder) / place(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        left = list(names)
        counted: set[str] = set()
        while left:
            worker.send(Path(folder), left)
            current = ""
            try:
                while "lot" not in (said := worker.hear(1 if current else LOT_FACTOR)):
                    current = said.get("begins", "")
                    if "file" in said and said["file"] not in counted:
                        counted.add(said["file"])
                        take(said, names[said["file"]], result)
            except Gone as gone:
                result.failed.append((names[current] if current else f"lot of {names[left[0]]}", str(gone)))
                if not current:
                    return
                left.remove(current)
                result.tried += 1
                continue
            result.lots += worker.checks
            result.findings += said["findings"]
            result.lot_times.append((said["seconds"], names[left[0]]))
            result.failed += [(f"lot of {names[left[0]]}", failure) for failure in said["failures"]]
            return


def take(said: dict[str, Any], name: str, result: Result) -> None:
    """Counts a file."""
    result.tried += 1
    result.size += said["bytes"]
    result.read += said["said"] == "Module"
    result.times.append((said["seconds"], said["bytes"], name))
    if said["failure"]:
        result.failed.append((name, said["failure"]))


def place(name: str) -> str:
    """Where a file lies in its lot: where no name keeps it from being looked at."""
    return name.replace("test", "tried").replace("migrations", "moves").replace("site-packages", "packages")


def files_in(folders: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    """Every Python file below folders, with its name from the folder's own on."""
    for folder in folders:
        for file in sorted(folder.rglob("*.py")):
            if file.is_file() and not file.is_symlink():
                try:
                    yield f"{folder.name}/{file.relative_to(folder).as_posix()}", file.read_bytes()
                except OSError as error:
                    print(f"{file.name}: {error}", file=sys.stderr)


def mutants_of(folders: Sequence[Path], count: int, lot: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Changed copies of files below folders, neighbours together; the same for the same seed."""
    draw = random.Random(seed)  # noqa: S311 - it hides nothing
    kinds = sorted(MUTATIONS)
    files = sorted(
        (f"{folder.name}/{file.relative_to(folder).as_posix()}", file)
        for folder in folders
        for file in folder.rglob("*.py")
        if file.is_file() and 200 < file.stat().st_size < 40_000
    )
    number = 0
    while number < count:
        start = draw.randrange(max(1, len(files) - lot))
        for name, file in files[start : start + min(lot, count - number)]:
            kind = draw.choice(kinds)
            yield f"{number // lot}/{name}", mutant(file.read_bytes(), kind, draw)
            number += 1


def main() -> None:
    """Runs, and writes down what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["files", "mutants"])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--count", type=int, default=1_000, help="how many mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lot", type=int, default=100, help="files that are linked and checked together")
    parser.add_argument("--limit", type=float, default=30, help="seconds for a file; a lot has six times as long")
    parser.add_argument("--memory", type=int, default=4096, help="megabytes that the process may take")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after this time")
    parser.add_argument("--extract-only", action="store_true", help="no linking, checks and fixes")
    parser.add_argument("--out", type=Path, help="JSON file for what came of it")
    asked = parser.parse_args()
    source = (
        files_in(asked.folders)
        if asked.what == "files"
        else mutants_of(asked.folders, asked.count, asked.lot, asked.seed)
    )
    result = Result()
    try:
        worker = Worker(asked.limit, asked.memory, checks=not asked.extract_only)
        work(worker, source, asked.lot, asked.seconds, result)
    finally:
        tell(result, asked.out)
    sys.exit(bool(result.failed))


def tell(result: Result, out: Path | None) -> None:
    """Prints what came of a run, and writes it down."""
    print(f"{result.tried} files, {result.size:,} bytes, {result.read} read, {result.lots} lots checked,")
    print(f"{result.findings} findings, {len(result.failed)} failed")
    for name, reason in result.failed:
        print(f"  {name}: {reason}")
    for seconds, size, name in result.slowest():
        print(f"  {seconds:8.2f} s {size:12,} bytes  {name}")
    for seconds, name in sorted(result.lot_times, reverse=True)[:3]:
        print(f"  {seconds:8.2f} s lot of {name}")
    if out is not None:
        whole = {
            **{name: getattr(result, name) for name in ("tried", "size", "read", "lots", "findings", "failed")},
            "slowest": result.slowest(),
        }
        out.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
