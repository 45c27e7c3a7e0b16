"""Reads lots of files as `commlint check` does, in a process that may die of them; `run.py` starts it and looks on.

Each line of the standard input names a lot: a folder and the files in it. Each line of the standard output says what
became of a file or of the lot.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import traceback
import warnings
from pathlib import Path
from time import perf_counter
from typing import Any

from commlint import fix, program, workspace
from commlint.catalogue import load_libraries
from commlint.checks import CHECKS
from commlint.config import Config
from commlint.extract import extract_one
from commlint.facts import Failed, Module
from commlint.suppress import find_suppressions


def main() -> None:
    """Works through the lots."""
    limit = int(sys.argv[1]) * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    # What analysed code has to say of itself is not asked here.
    warnings.simplefilter("ignore")
    libraries = load_libraries()
    for line in sys.stdin:
        lot = json.loads(line)
        root = Path(lot["folder"])
        modules = []
        for path in lot["files"]:
            tell(begins=path)
            started = perf_counter()
            data = (root / path).read_bytes()
            said, failure = read(path, data)
            modules += [said] if isinstance(said, Module) else []
            tell(
                file=path, seconds=perf_counter() - started, bytes=len(data), said=type(said).__name__, failure=failure
            )
        started = perf_counter()
        modules.sort(key=lambda module: module.path)
        found, failures = check(root, modules, libraries) if lot["check"] else (0, [])
        tell(lot=len(modules), seconds=perf_counter() - started, findings=found, failures=failures)
        # What commlint builds is frozen, for a process that does so once; here it would pile up.
        gc.unfreeze()
        gc.collect()


def tell(**said: Any) -> None:
    """Says something to who looks on."""
    print(json.dumps(said), flush=True)


def read(path: str, data: bytes) -> tuple[Any, str]:
    """What a file says, and how reading it failed; empty where it did not."""
    try:
        said = extract_one(path, data)
        # Comments are looked for in every file, whether or not it has the word.
        find_suppressions(path, data + b"\n# commlint: ignore\n")
    except Exception:  # noqa: BLE001 - this is what is looked for
        return None, last(traceback.format_exc())
    return said, said.reason if isinstance(said, Failed) else ""


def check(root: Path, modules: list[Module], libraries: Any) -> tuple[int, list[str]]:
    """How much all checks find in the files of a lot, and what failed."""
    failures = []
    found = []
    try:
        linked = program.link(workspace.read(Config(root=root), libraries), modules, libraries)
    except Exception:  # noqa: BLE001 - as above
        return 0, [last(traceback.format_exc())]
    for one in CHECKS:
        try:
            found += list(one.check(linked))
        except Exception:  # noqa: BLE001 - as above
            failures.append(f"{one.slug}: {last(traceback.format_exc())}")
    for finding in found:
        if finding.fix is not None:
            try:
                fix.apply({file: (root / file).read_bytes() for file in fix.files_of([finding.fix])}, [finding.fix])
            except Exception:  # noqa: BLE001 - as above
                failures.append(f"fix of {finding.rule}: {last(traceback.format_exc())}")
    return len(found), failures


def last(trace: str) -> str:
    """The end of a trace: what was raised, and where."""
    lines = [line.strip() for line in trace.splitlines() if line.strip()]
    return " <- ".join(lines[-1:] + [line.rpartition("commlint/")[2] for line in lines if "commlint/" in line][-3:])


if __name__ == "__main__":
    main()
