"""`commlint diff`."""

from __future__ import annotations

import click

from commlint.cli.terminal import colored, emit
from commlint.config import settle


@click.command(short_help="Show what a change does to the system.")
@click.argument("revision", metavar="REV")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--format", "style", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True)
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="How many processes to use.")
def diff(revision: str, paths: tuple[str, ...], *, style: str, color: str, jobs: int | None) -> int:
    """Show what differs between the commit REV and the files as they are now.

    Services, endpoints and calls that are new or gone, chains of calls that grew or shrank, findings that are new or
    gone. REV is read from git's own objects; the work tree is not touched.
    """
    config = settle(paths, jobs=jobs)

    # Imported here, because the libraries behind it take longer to load than the other commands to run.
    from commlint.api import compare_with  # noqa: PLC0415
    from commlint.report.changes import to_json, to_markdown, to_text  # noqa: PLC0415

    changes, report = compare_with(config, revision)
    if style == "json":
        emit(to_json(changes, report))
    elif style == "markdown":
        emit(to_markdown(changes))
    else:
        emit(to_text(changes, color=colored(color)))
    return 0
