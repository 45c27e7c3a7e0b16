"""`commlint map`."""

from __future__ import annotations

import click

from commlint.cli.options import with_summaries
from commlint.cli.terminal import colored, emit, write
from commlint.config import settle
from commlint.report.maps import STYLES, Options
from commlint.report.maps import write as draw


@click.command("map", short_help="Show which service calls which.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--format", "style", type=click.Choice(STYLES), default="text", show_default=True, help="How to write the map."
)
@with_summaries
@click.option("--output", metavar="FILE", help="Write the map to FILE instead of standard output.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="How many processes to use.  [default: one for each core]"
)
def service_map(
    paths: tuple[str, ...],
    *,
    style: str,
    output: str | None,
    neighbours: tuple[str, ...],
    color: str,
    jobs: int | None,
) -> int:
    """Show the services of a system, what they offer, and who calls whom, endpoint by endpoint.

    `--format html` makes one page to look at, with the findings on it, that needs no network. Calls whose target is not
    known are listed with the reason.
    """
    config = settle(paths, jobs=jobs, neighbours=neighbours)

    # Imported here, because the libraries behind it take longer to load than the other commands to run.
    from commlint.api import map_services  # noqa: PLC0415

    drawn, report = map_services(config)
    to_terminal = style == "text" and output is None and colored(color)
    text = draw(drawn, style, Options(color=to_terminal, report=report))
    if output is None:
        emit(text)
    else:
        write(output, text)
    for remark in report.remarks:
        click.echo(f"commlint: {remark}", err=True)
    return 0
