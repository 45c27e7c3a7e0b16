"""Experiments: functions that try what a table of a library model says, by running the library.

usage: python experiment.py FILE [--limit SECONDS] [--only N]

FILE registers functions with `exercise`. Each is called once for each of its tables, in a process of its own, and says
by an exception that the table is wrong. One line of JSON is printed per run. It runs inside the environment in which
the libraries are, so it needs nothing but Python.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import inspect
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
import traceback
from dataclasses import asdict, dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    F = TypeVar("F", bound=Callable[[dict[str, Any]], object])

LIMIT = 60.0
HERE = Path(__file__).resolve().parent
LIBRARIES = HERE.parent / "rules" / "libraries"

HELD: Literal["held"] = "held"
CONTRADICTED: Literal["contradicted"] = "contradicted"
NOT_RUN: Literal["not run"] = "not run"


@dataclass(frozen=True)
class Experiment:
    """A function, and the table that it tries.

    Attributes:
        library: The library's file, without `.toml`.
        kind: Kind of the table: `client`.
        index: Its number among those of its kind in the file, from 0.
        function: What is called with the table.
    """

    library: str
    kind: str
    index: int
    function: Callable[[dict[str, Any]], object]


@dataclass(frozen=True)
class Result:
    """What a run of an experiment said.

    Attributes:
        library: The library's file, without `.toml`.
        kind: Kind of the table.
        index: Its number.
        name: The function.
        claim: What it says it tries.
        outcome: `not run` where what it needs is not installed.
        detail: Why it is not `held`.
        seconds: How long it took.
    """

    library: str
    kind: str
    index: int
    name: str
    claim: str
    outcome: Literal["held", "contradicted", "not run"]
    detail: str
    seconds: float


REGISTERED: list[Experiment] = []


def exercise(library: str, kind: str, *indexes: int) -> Callable[[F], F]:
    """Register a function as an experiment with tables; it may be a coroutine function.

    Args:
        library: The library's file, without `.toml`.
        kind: Kind of the tables: `client`.
        indexes: Their numbers among those of their kind in the file; none means the first.
    """

    def register(function: F) -> F:
        REGISTERED.extend(Experiment(library, kind, index, function) for index in indexes or (0,))
        return function

    return register


def load(file: Path) -> list[Experiment]:
    """The experiments that a file registers."""
    # At the end, so that no file there hides a library.
    sys.path.append(str(file.parent))
    module = ModuleType(f"experiments_{file.stem}")
    module.__file__ = str(file)
    # Some libraries ask for the module of a class that is defined there.
    sys.modules[module.__name__] = module
    SourceFileLoader(module.__name__, str(file)).exec_module(module)
    return REGISTERED


def attempt(experiment: Experiment) -> Result:
    """Run an experiment here and now."""
    started = time.monotonic()
    try:
        value = experiment.function(table(experiment))
        if inspect.iscoroutine(value):
            asyncio.run(value)
    except ImportError as error:
        return result(experiment, missing(error), started, said(error, experiment))
    except BaseException as error:  # noqa: BLE001  (libraries raise what they like)
        return result(experiment, CONTRADICTED, started, said(error, experiment))
    return result(experiment, HELD, started)


def result(
    experiment: Experiment,
    outcome: Literal["held", "contradicted", "not run"],
    started: float,
    detail: str = "",
) -> Result:
    """The result of a run that began at a time of the monotonic clock."""
    function = experiment.function
    claim = " ".join((function.__doc__ or "").split())
    seconds = round(time.monotonic() - started, 2)
    return Result(
        experiment.library, experiment.kind, experiment.index, function.__name__, claim, outcome, detail, seconds
    )


def table(experiment: Experiment) -> dict[str, Any]:
    """The table that an experiment tries, as it stands in the file.

    Raises:
        LookupError: There is none.
    """
    file = LIBRARIES / f"{experiment.library}.toml"
    tables = tomllib.loads(file.read_text("utf-8")).get(experiment.kind, []) if file.is_file() else []
    if experiment.index >= len(tables):
        raise LookupError(f"{file.name} has no {experiment.kind}[{experiment.index}]")
    found: dict[str, Any] = tables[experiment.index]
    return found


def missing(error: ImportError) -> Literal["not run", "contradicted"]:
    """What it means that something cannot be imported; what Python brings along must be there."""
    top = (error.name or "").partition(".")[0]
    return CONTRADICTED if top in sys.stdlib_module_names else NOT_RUN


def said(error: BaseException, experiment: Experiment) -> str:
    """Where in the experiment's file an exception came up, and what it says."""
    text = " ".join("".join(traceback.format_exception_only(error)).split())
    file = inspect.getfile(experiment.function)
    lines = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return (f"line {lines[-1].lineno}: {lines[-1].line}: " if lines else "")[:200] + text[:400]


def run_apart(file: Path, number: int, limit: float, experiment: Experiment) -> Result:
    """Run an experiment of a file in a process of its own, and end what it leaves behind."""
    started = time.monotonic()
    command = [sys.executable, "-P", "-W", "ignore", str(HERE / "experiment.py"), str(file), "--only", str(number)]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
        )
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            return result(experiment, CONTRADICTED, started, f"not done after {limit:g} s")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        out.seek(0)
        err.seek(0)
        lines = out.read().decode().splitlines()
        if len(lines) == 1:
            return Result(**json.loads(lines[0]))
        last = err.read().decode(errors="replace").strip().rpartition("\n")[2]
    return result(experiment, CONTRADICTED, started, f"died with {process.returncode}: {last}")


def only(number: int) -> None:
    """Run one experiment in this process, print its result, and end the process whatever still runs in it."""
    # What libraries print goes elsewhere.
    answer = os.dup(1)
    os.dup2(2, 1)
    line = json.dumps(asdict(attempt(REGISTERED[number])))
    os.write(answer, line.encode() + b"\n")
    os._exit(0)


def main() -> int:
    """Run the experiments of a file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--limit", type=float, default=LIMIT, metavar="SECONDS", help="for each run")
    parser.add_argument("--only", type=int, metavar="N", help="only the N-th, from 0, in this very process")
    arguments = parser.parse_args()
    file = arguments.file.resolve()
    experiments = load(file)
    if arguments.only is not None:
        only(arguments.only)
    for number, each in enumerate(experiments):
        done = run_apart(file, number, arguments.limit, each)
        print(json.dumps(asdict(done)), flush=True)
    return 0


if __name__ == "__main__":
    # What the file imports as `experiment` must be this.
    sys.modules["experiment"] = sys.modules["__main__"]
    sys.exit(main())
