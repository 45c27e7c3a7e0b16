"""`commlint contracts`."""

from __future__ import annotations

import click

from commlint.cli.options import with_summaries
from commlint.cli.terminal import colored, emit
from commlint.config import settle


@click.command(short_help="Show which contracts of the configuration are kept, and which are broken.")
@click.argument("path", required=False, metavar="[PATH]")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
@with_summaries
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="How many processes to use.")
def contracts(path: str | None, *, style: str, neighbours: tuple[str, ...], color: str, jobs: int | None) -> int:
    """Show each contract of the configuration, kept or broken, with the number of edges that it was held against.

    A contract is a table `[[contracts]]` of commlint.toml that says what services may do with each other. Whatever
    breaks one is also reported by `commlint check`, where it can be accepted. What a contract names and is nowhere in
    the system is said. The status is 1 where a contract is broken.
    """
    config = settle((path,) if path is not None else (), jobs=jobs, neighbours=neighbours)

    # Imported here, because the libraries behind it take longer to load than the other commands to run.
    from commlint.api import hold_contracts  # noqa: PLC0415
    from commlint.report.contracts import to_json, to_text  # noqa: PLC0415

    held = hold_contracts(config)
    emit(to_json(held) if style == "json" else to_text(held, color=colored(color)))
    return int(any(one.breaches for one in held))
