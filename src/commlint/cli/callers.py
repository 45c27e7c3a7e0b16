"""`commlint callers`."""

from __future__ import annotations

import click

from commlint.cli.options import with_summaries
from commlint.cli.terminal import colored, emit
from commlint.config import settle


@click.command(short_help="Show who calls an endpoint, and what they read of its answer.")
@click.argument("endpoint")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@with_summaries
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="How many processes to use.")
def callers(
    endpoint: str, paths: tuple[str, ...], *, style: str, neighbours: tuple[str, ...], color: str, jobs: int | None
) -> int:
    """Show every call of an endpoint: where it is, whether it is guarded, and which fields of the answer it reads.

    ENDPOINT is said as "GET users /users/{}", or as `users` for all endpoints of that service; the method may be left
    out, and the service where only one has such a path. PATHs limit which calls are shown.
    """
    config = settle(paths, jobs=jobs, neighbours=neighbours)

    # Imported here, because the libraries behind it take longer to load than the other commands to run.
    from commlint.api import find_callers  # noqa: PLC0415
    from commlint.report.callers import to_json, to_text  # noqa: PLC0415

    found = find_callers(config, endpoint)
    emit(to_json(found) if style == "json" else to_text(found, color=colored(color)))
    return 0
