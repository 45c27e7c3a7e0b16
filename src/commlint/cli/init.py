"""`commlint init`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from commlint import __version__
from commlint.config import settle_at
from commlint.configfile import FILE, file_in, nearest_file
from commlint.errors import CommlintError


@click.command(short_help="Write a commented commlint.toml for the services here.")
@click.argument("path", default=".", metavar="[PATH]")
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="How many processes to use.  [default: one for each core]"
)
def init(path: str, *, jobs: int | None) -> int:
    """Write `commlint.toml` into the folder PATH (default: here), which is then the root of what is analysed.

    It holds every setting as a comment, the services that were found, and the addresses of which nothing says where
    they lead. A configuration that is there already stays as it is.
    """
    folder = Path(os.path.realpath(path))
    if (there := file_in(folder)) is not None:
        raise CommlintError(f"{os.path.relpath(there)} is there already; `commlint config` shows what it says")
    config = settle_at(path, jobs=jobs)
    around = nearest_file(folder)
    above = "" if around is None else Path(os.path.relpath(around, folder)).as_posix()

    # Imported here, because the libraries behind it take longer to load than the other commands to run.
    from commlint.api import find_unsettled  # noqa: PLC0415
    from commlint.report.start import render  # noqa: PLC0415

    services, unsettled = find_unsettled(config)
    target = folder / FILE
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(render(services, unsettled, version=__version__, above=above))
    except OSError as error:
        raise CommlintError(f"cannot write {os.path.relpath(target)}: {error.strerror}") from error
    number = sum(1 for service in services if service.code != "none")
    click.echo(f"{os.path.relpath(target)}: written, with {number} service{'' if number == 1 else 's'}", err=True)
    return 0
