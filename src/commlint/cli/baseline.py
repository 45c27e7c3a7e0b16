"""`commlint baseline`, and what `check` does with one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commlint.baseline import FILE, compare, read_baseline, still_there, write_baseline
from commlint.cli.terminal import write
from commlint.config import Config, settle
from commlint.errors import CommlintError

if TYPE_CHECKING:
    from commlint.finding import Report


@click.command(short_help="Accept what is found today, so that only what is new is reported.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--output", metavar="FILE", help=f"Where to write it.  [default: the configured one, or {FILE}]")
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="How many processes to use.  [default: one for each core]"
)
def baseline(paths: tuple[str, ...], *, output: str | None, jobs: int | None) -> int:
    """Write down every finding below the PATHs (default: here), for `commlint check --baseline FILE`.

    A finding is known again by its rule, its file and what its line says, so it may move within the file.
    """
    config = settle(paths, jobs=jobs)

    # Imported here, because the libraries behind it take longer to load than the other commands to run.
    from commlint.api import analyze  # noqa: PLC0415

    report = analyze(config)
    output = output or (FILE if config.baseline is None else os.path.relpath(config.baseline))
    write(output, write_baseline(report))
    number = len(report.findings)
    click.echo(f"{output}: {number} finding{'' if number == 1 else 's'} accepted", err=True)
    return 0


def without_known(report: Report, config: Config, file: str) -> Report:
    """A report without what a baseline has; says on standard error how much that was, and what is fixed.

    Raises:
        CommlintError: The baseline cannot be read.
    """
    try:
        text = Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise CommlintError(f"cannot read the baseline {file}: {reason}") from None
    entries = {
        entry for entry in read_baseline(text, file) if entry.rule in report.rules and config.reports_on(entry.file)
    }
    compared = compare(report, entries, still_there(config.root, entries))
    for old, new in compared.moved.items():
        click.echo(f"{file}: {old} is now {new}", err=True)
    if compared.fixed:
        number = len(compared.fixed)
        click.echo(
            f"{file}: {number} of its {len(entries)} findings {'is' if number == 1 else 'are'} no longer there; "
            "`commlint baseline` writes it anew",
            err=True,
        )
    return compared.report
