"""Verify the library models against the libraries themselves.

usage: python verification/run.py [--lot NAME ...] [--venvs DIR] [--jobs N] [--write]

It needs commlint. It ends with 1 where something is not as a file says, and with 2 where it could not do its work.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import experiment
import summary
from lot import Found, Lot, experiments_by_lot, look_at, read_lots

from commlint.catalogue import read_library
from commlint.errors import CommlintError

if TYPE_CHECKING:
    from commlint.catalogue.models import Library

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "libraries-verified.md"


def main() -> int:
    """Look at all lots, and print what was found out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lot", action="append", metavar="NAME", help="only this one; may be given several times")
    parser.add_argument("--venvs", type=Path, metavar="DIR", help="where virtual environments are kept")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="lots at the same time")
    parser.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name}")
    arguments = parser.parse_args()
    if arguments.lot and arguments.write:
        parser.error("--write needs all lots")
    folder = (arguments.venvs or Path(tempfile.gettempdir(), "commlint-verification")).resolve()

    libraries, problems = read_libraries(experiment.LIBRARIES)
    every = read_lots(HERE / "lots")
    files = experiments_by_lot(HERE / "experiments")
    unknown = set(arguments.lot or files) - {each.name for each in every} - {""}
    problems += [f"there is no lot {name}" for name in sorted(unknown)]
    chosen = [each for each in every if each.name in (arguments.lot or [each.name])]

    def look(one: Lot) -> Found:
        print(f"{one.name} ...", file=sys.stderr, flush=True)
        return look_at(one, folder, libraries, files.get(one.name, []), files.get("", []))

    with ThreadPoolExecutor(arguments.jobs) as pool:
        found = summary.reconciled(list(pool.map(look, chosen)))

    if arguments.lot:
        seen = {library for each in found for library, _, _ in each.tables}
        libraries = [library for library in libraries if library.library in seen]
    grouped = summary.by_kind(summary.rows_of(libraries, found))
    wrong = summary.contradictions(found)
    entries: list[summary.Entry] = []
    if not arguments.lot:
        entries, more = summary.read_ledger(HERE / "carried", grouped)
        problems += more
    problems += [problem for each in found for problem in each.problems]
    failed = {package: why for each in found for package, why in each.failed.items()}
    print("\n".join(summary.tables_markdown(grouped)), end="\n\n")
    if entries:
        print("\n".join(summary.ledger_markdown(entries)), end="\n\n")
    for line in (
        *(f"not installed: {package}: {why}" for package, why in failed.items()),
        *summary.contradictions_markdown(wrong),
        *(f"problem: {problem}" for problem in problems),
        summary.closing(entries, wrong),
    ):
        print(line)
    if arguments.write:
        today = datetime.now(UTC).date().isoformat()
        PAGE.write_text(summary.page(today, platform.python_version(), grouped, entries, wrong, failed), "utf-8")
    return 1 if wrong else 2 if problems else 0


def read_libraries(folder: Path) -> tuple[list[Library], list[str]]:
    """The library models of a folder, and what is wrong with those that cannot be read."""
    libraries, problems = [], []
    for file in sorted(folder.glob("*.toml")):
        try:
            libraries.append(read_library(file.read_text("utf-8"), f"rules/libraries/{file.name}"))
        except CommlintError as error:
            problems.append(str(error))
    return libraries, problems


if __name__ == "__main__":
    sys.exit(main())
