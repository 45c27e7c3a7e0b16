"""What `commlint check` costs, side by side with parsing alone.

usage: python benchmarks/parse_and_check.py PATH [--runs N]

Each task runs in a process of its own, all tasks in turn, as often as asked for. The check reads a copy of the tree,
with a cache of its own on each turn: first an empty one, then that of the run before, then with a comment added to one
file. The peak is that of the largest process, children included.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from commlint.config import settle
from commlint.workspace import read

JOBS = 2


class Measured(NamedTuple):
    """What a command takes: seconds, CPU seconds of all its processes, and bytes of its largest one."""

    seconds: float
    cpu: float
    peak: float


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", metavar="PATH", help="the tree to read")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="how often (default: 3)")
    parser.add_argument("--parse", metavar="LIST", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.parse:
        return parse_all(Path(arguments.parse))

    config = settle([arguments.path])
    chosen = [str((config.root / file.path).resolve()) for file in read(config).files]
    every = sorted(str(path) for path in Path(arguments.path).rglob("*.py") if path.is_file())
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "tree", Path(arguments.path).resolve().name)
        shutil.copytree(arguments.path, copy, symlinks=True, ignore=shutil.ignore_patterns(".git", ".commlint_cache"))
        edited = copy / Path(chosen[len(chosen) // 2]).relative_to(Path(arguments.path).resolve())
        parse = {
            "libcst.parse_module, files that commlint reads": parsing(Path(folder, "chosen"), chosen),
            "libcst.parse_module, all .py files": parsing(Path(folder, "every"), every),
        }
        check = [
            *(sys.executable, "-m", "commlint", "check", str(copy), "--exit-zero"),
            *("--jobs", str(JOBS), "--output", os.devnull),
        ]
        measured: dict[str, list[Measured]] = defaultdict(list)
        for run in range(arguments.runs):
            for name, command in parse.items():
                measured[name].append(measure(command))
            cache = {"COMMLINT_CACHE_DIR": str(Path(folder, f"cache{run}"))}
            measured[f"commlint check --jobs {JOBS}, nothing known"].append(measure(check, cache))
            measured["the same, nothing changed"].append(measure(check, cache))
            with edited.open("a", encoding="utf-8") as file:
                file.write(f"\n# edit {run}\n")
            measured["the same, one file changed"].append(measure(check, cache))
    total = lines(every)
    print_table(measured, {name: lines(chosen) if "reads" in name else total for name in measured})
    print(f"\n{len(every):,} files, {total:,} lines, {arguments.runs} runs")
    return 0


def parsing(listing: Path, files: list[str]) -> list[str]:
    """The command that parses files."""
    listing.write_text("\n".join(files), encoding="utf-8", errors="surrogateescape")
    return [sys.executable, __file__, ".", "--parse", str(listing)]


def parse_all(listing: Path) -> int:
    """Parse the files of a list, the largest first, with as many processes as the check has."""
    files = listing.read_text(encoding="utf-8", errors="surrogateescape").split("\n")
    files.sort(key=lambda file: -Path(file).stat().st_size)
    with ProcessPoolExecutor(JOBS) as pool:
        for _ in pool.map(parse, files, chunksize=8):
            pass
    return 0


def parse(file: str) -> None:
    """Parse one file and let go of the tree."""
    import libcst  # noqa: PLC0415 - the parent process does without

    with suppress(libcst.ParserSyntaxError, SyntaxError, ValueError, LookupError):
        libcst.parse_module(Path(file).read_bytes())


def measure(command: list[str], environment: Mapping[str, str] | None = None) -> Measured:
    """Run a command in a process of its own."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
    # Of a process that has waited for its children, the peak is the largest of it and them.
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command[:5])} ... ended with {process.returncode}")
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Measured(seconds, usage.ru_utime + usage.ru_stime, peak)


def lines(files: list[str]) -> int:
    """How many lines files have together."""
    return sum(Path(file).read_bytes().count(b"\n") for file in files)


def print_table(measured: dict[str, list[Measured]], counted: dict[str, int]) -> None:
    """Print medians, and each as a ratio to that of parsing everything."""
    medians = {name: Measured(*map(statistics.median, zip(*runs, strict=True))) for name, runs in measured.items()}
    whole = medians["libcst.parse_module, all .py files"]
    print(
        "| task | seconds | ratio | CPU seconds | ratio | lines/second | peak MB |\n|---|---:|---:|---:|---:|---:|---:|"
    )
    for name, (seconds, cpu, peak) in medians.items():
        times = f"{seconds:.2f} | {seconds / whole.seconds:.2f} | {cpu:.2f} | {cpu / whole.cpu:.2f}"
        print(f"| {name} | {times} | {counted[name] / seconds:,.0f} | {peak / 1e6:.0f} |")


if __name__ == "__main__":
    sys.exit(main())
