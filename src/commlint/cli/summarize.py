"""`commlint summarize`."""

from __future__ import annotations

import click

from commlint.cli.terminal import write
from commlint.config import settle_at


@click.command(short_help="Write what others have to know of a repository.")
@click.argument("path", required=False, default=".", metavar="[PATH]")
@click.option("-o", "--output", metavar="FILE", help="Where to write it.  [default: NAME.commlint]")
@click.option("--name", default="", metavar="NAME", help="What the repository is called.  [default: as its remote]")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="How many processes to use.")
def summarize(path: str, *, output: str | None, name: str, jobs: int | None) -> int:
    """Write a summary of a repository, with which `check --with FILE` judges others that call it, without its sources.

    All below PATH is summarised (default: the current folder). The file holds what the code calls and serves and what
    manifests say, without passwords, tokens and keys, with commit and date; it is small enough to be kept by CI.
    """
    config = settle_at(path, jobs=jobs)

    # Imported here, because the libraries behind it take longer to load than the other commands to run.
    from commlint.api import summarize as make  # noqa: PLC0415

    file, data = make(config, name)
    write(output or file, data)
    return 0
