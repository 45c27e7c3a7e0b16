"""`commlint what-if`."""

from __future__ import annotations

import click

from commlint.cli.options import with_summaries
from commlint.cli.terminal import colored, emit
from commlint.config import settle


@click.command("what-if", short_help="Show what an outage of a service does to the others.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--down", required=True, metavar="SERVICE", help="The service that is down, as the map calls it.")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@with_summaries
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="How many processes to use.")
def what_if(
    paths: tuple[str, ...], *, down: str, style: str, neighbours: tuple[str, ...], color: str, jobs: int | None
) -> int:
    """Show which endpoints fail when a service is down, and which go on without it.

    Each comes with the calls from it to SERVICE, over other services as well; those that degrade, with the fallback
    that keeps the failure from them. SERVICE may be one outside the workspace: a host that the code calls. PATHs limit
    which endpoints are shown.
    """
    config = settle(paths, jobs=jobs, neighbours=neighbours)

    # Imported here, because the libraries behind it take longer to load than the other commands to run.
    from commlint.api import what_if as ask  # noqa: PLC0415
    from commlint.report.outage import to_json, to_text  # noqa: PLC0415

    outage = ask(config, down)
    emit(to_json(outage) if style == "json" else to_text(outage, color=colored(color)))
    return 0
