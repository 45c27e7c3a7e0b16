"""The command line: the only place that prints or exits."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from commlint import __version__
from commlint.cli.baseline import baseline
from commlint.cli.cache import cache
from commlint.cli.callers import callers
from commlint.cli.check import check
from commlint.cli.config import config
from commlint.cli.contracts import contracts
from commlint.cli.diff import diff
from commlint.cli.graph import graph
from commlint.cli.init import init
from commlint.cli.libraries import libraries
from commlint.cli.map import service_map
from commlint.cli.neighbours import neighbours
from commlint.cli.rules import explain, rules
from commlint.cli.server import server
from commlint.cli.services import services
from commlint.cli.summarize import summarize
from commlint.cli.what_if import what_if
from commlint.cli.why import why
from commlint.errors import CommlintError

CLEAN, FINDINGS, FAILED, INTERRUPTED = 0, 1, 2, 130


class _Program(click.Group):
    """A group of commands that return their exit status, and whose errors are one line."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = "commlint",
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: FBT001, FBT002  (click's signature)
        **extra: Any,
    ) -> Any:
        """Run a command and exit with its status."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # A terminal that lacks a letter is no reason to fail.
                stream.reconfigure(errors="backslashreplace")
        try:
            status = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except click.Abort:
            status = INTERRUPTED
        except click.UsageError as error:
            usage = f" (see {error.ctx.command_path} --help)" if error.ctx else ""
            status = _fail(f"{error.format_message()}{usage}")
        except click.ClickException as error:
            status = _fail(error.format_message())
        except CommlintError as error:
            status = _fail(str(error))
        except Exception as error:  # noqa: BLE001  (a defect, of which the user should not have to read a traceback)
            if os.environ.get("COMMLINT_TRACEBACK"):
                traceback.print_exc()
            place = traceback.extract_tb(error.__traceback__)[-1]
            status = _fail(
                f"internal error: {type(error).__name__}: {error} ({place.name}, {Path(place.filename).name}:"
                f"{place.lineno}); COMMLINT_TRACEBACK=1 shows where it came from"
            )
        if not standalone_mode:
            return status
        sys.exit(status)


def _fail(message: str) -> int:
    click.echo(f"commlint: error: {' '.join(message.split())}", err=True)
    return FAILED


@click.group(
    cls=_Program,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="commlint", message="%(prog)s %(version)s")
@click.pass_context
def main(context: click.Context) -> None:
    """Find where the communication between Python services is fragile.

    commlint reads the code of all services of a checkout together, follows calls through helpers and over the network,
    and reports remote calls in loops, without a timeout, unguarded, and the like. It never runs what it reads.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(FAILED)


main.add_command(baseline)
main.add_command(cache)
main.add_command(callers)
main.add_command(check)
main.add_command(config)
main.add_command(contracts)
main.add_command(diff)
main.add_command(explain)
main.add_command(graph)
main.add_command(init)
main.add_command(libraries)
main.add_command(neighbours)
main.add_command(rules)
main.add_command(server)
main.add_command(services)
main.add_command(service_map)
main.add_command(summarize)
main.add_command(what_if)
main.add_command(why)
