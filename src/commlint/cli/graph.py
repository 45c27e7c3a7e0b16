"""`commlint graph`."""

from __future__ import annotations

import json

import click

from commlint.cli.terminal import emit
from commlint.config import settle


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--level", type=click.Choice(["function"]), default="function", show_default=True, help="What calls what."
)
@click.option("--format", "style", type=click.Choice(["json"]), default="json", show_default=True)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="How many processes to use.")
def graph(paths: tuple[str, ...], *, level: str, style: str, jobs: int | None) -> int:
    """Print the call graph: each function of the code, and what it calls.

    Names are dotted, from the root of what is analysed: a module's name is its body, `<lambda1>` its first lambda,
    `<builtin>.len` what the language brings along.
    """
    del level, style  # one of each so far
    config = settle(paths, jobs=jobs)

    # Imported here, because the libraries behind it take longer to load than the other commands to run.
    from commlint.api import call_graph  # noqa: PLC0415

    emit(json.dumps(call_graph(config), indent=1) + "\n")
    return 0
