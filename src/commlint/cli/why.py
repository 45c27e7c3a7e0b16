"""`commlint why`."""

from __future__ import annotations

import re

import click

from commlint.cli.terminal import colored, emit
from commlint.config import settle
from commlint.errors import CommlintError
from commlint.finding import Confidence
from commlint.report import Options, formatter
from commlint.report.palette import Palette

_PLACE = re.compile(r"(?P<file>.+?):(?P<line>\d+)(:\d+)?:?")


@click.command()
@click.argument("place", metavar="FILE:LINE")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="How many processes to use.")
def why(place: str, *, jobs: int | None) -> int:
    """Say why a line is reported, or why it is not.

    Shows the findings at FILE:LINE with their whole paths, those of low confidence as well; and for the remote calls
    there, or those that the calls there lead to, what keeps each other rule silent.
    """
    match = _PLACE.fullmatch(place)
    if match is None:
        raise CommlintError(f"`{place}` is no place; say it as orders/app.py:41")
    config = settle([match["file"]], min_confidence=Confidence.LOW, jobs=jobs)

    # Imported here, because the libraries behind it take longer to load than the other commands to run.
    from commlint.api import explain_place  # noqa: PLC0415

    report, silent = explain_place(config, int(match["line"]))
    palette = Palette(on=colored())
    lines = []
    if report.findings:
        lines.append(formatter("text")(report, Options(color=colored(), notes=True)).rstrip())
    for silence in silent:
        lines.append(f"{palette.paint(silence.rule, 'bold')} is silent about {silence.call}:")
        lines += [f"  {step.location.file}:{step.location.line} {step.text}" for step in silence.reasons]
    if not lines:
        lines.append(f"{place}: no remote call is made here, and none is known to be reached from here")
    emit("\n".join(lines) + "\n")
    return 0
