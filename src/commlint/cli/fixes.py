"""`commlint check --fix` and `--diff`: what becomes of fixes."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import click

from commlint.config import Config
from commlint.finding import Finding, Report
from commlint.report import diff
from commlint.report.closing import counted

if TYPE_CHECKING:
    from commlint.fix.rounds import Repair


def make(config: Config, *, unsafe: bool) -> tuple[Report, bool]:
    """Writes what fixes make of the files.

    Args:
        config: What to read and what to report.
        unsafe: Whether to make fixes that are not safe as well.

    Returns:
        What is reported afterwards, and whether all could be written.
    """
    # Imported here for the same reason as in `check`.
    from commlint.api import repair  # noqa: PLC0415
    from commlint.fix.writing import LeftAloneError, write  # noqa: PLC0415

    done = repair(config, unsafe=unsafe)
    unwritten: set[str] = set()
    for file, data in done.after.items():
        try:
            write(config.root, file, done.before[file], data)
        except LeftAloneError as error:
            unwritten.add(file)
            click.echo(f"commlint: error: not written: {error}", err=True)
    _say("Fixed", done, unwritten, unsafe=unsafe)
    return done.report, not unwritten


def show(config: Config, *, unsafe: bool, color: bool) -> bool:
    """Prints what fixes would change as a unified diff.

    Args:
        config: What to read and what to report.
        unsafe: Whether to make fixes that are not safe as well.
        color: Whether to use ANSI colours.

    Returns:
        Whether anything would be changed.
    """
    from commlint.api import repair  # noqa: PLC0415 - as in `check`

    done = repair(config, unsafe=unsafe)
    for file, after in done.after.items():
        made = diff.render(file, done.before[file], after)
        click.echo(diff.colored(made) if color else made, nl=False, color=True)
    _say("Would fix", done, (), unsafe=unsafe)
    return bool(done.after)


def _say(did: str, done: Repair, unwritten: Collection[str], *, unsafe: bool) -> None:
    """One line on what was done and what else could be, and one for each file that had to be left alone."""
    mended = sum(1 for finding in done.mended if not _touches(finding, unwritten))
    parts = [f"{did} {counted(mended, 'finding')}"]
    hidden = sum(1 for finding in done.report.findings if finding.fix is not None and not finding.fix.safe)
    if hidden and not unsafe:
        parts.append(f"{hidden} more with --unsafe-fixes")
    for reason in sorted(set(done.refused.values())):
        click.echo(f"commlint: not fixed: {reason}", err=True)
    click.echo(f"{'; '.join(parts)}.", err=True)


def _touches(finding: Finding, files: Collection[str]) -> bool:
    return finding.fix is not None and any(change.location.file in files for change in finding.fix.changes)
