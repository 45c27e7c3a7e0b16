"""`commlint neighbours`."""

from __future__ import annotations

from pathlib import Path

import click

from commlint.cli.terminal import emit, write
from commlint.config import settle, settle_at
from commlint.errors import CommlintError


@click.group(short_help="Keep summaries of other repositories.")
def neighbours() -> None:
    """Keep summaries of other repositories in `.commlint/neighbours/`, where every command finds them by itself."""


@neighbours.command(short_help="Take over summaries of other repositories.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="How many processes to use.")
def update(paths: tuple[str, ...], *, jobs: int | None) -> int:
    """Put summaries of other repositories into `.commlint/neighbours/` of the one around the current folder.

    A PATH is a checkout, of which a summary is made, or a summary that somebody else has made.
    """
    root = settle(()).root

    # Imported here, because the libraries behind it take longer to load than the other commands to run.
    from commlint.api import summarize  # noqa: PLC0415
    from commlint.neighbours.joining import described  # noqa: PLC0415
    from commlint.neighbours.summary import FOLDER, SUFFIX, decode, load  # noqa: PLC0415

    for path in paths:
        given = Path(path)
        if given.is_file():
            origin, data = load(given).origin, given.read_bytes()
        else:
            _, data = summarize(settle_at(path, jobs=jobs))
            origin = decode(data).origin
        target = root / FOLDER / f"{origin.label}{SUFFIX}"
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CommlintError(f"cannot make {FOLDER}: {error.strerror}") from error
        write(str(target), data)
        emit(f"{FOLDER}/{target.name}: {described(origin)}\n")
    return 0
