"""`commlint check`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from commlint.cli.baseline import without_known
from commlint.cli.terminal import colored, emit, write
from commlint.config import settle
from commlint.finding import Confidence, Severity
from commlint.report import FORMATS, Options, formatter


def _listed(_context: click.Context, _parameter: click.Parameter, values: Sequence[str]) -> tuple[str, ...]:
    """Rules as given in several options, and in each of them between commas."""
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


@click.command(short_help="Report fragile communication between services.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--select",
    multiple=True,
    callback=_listed,
    metavar="RULES",
    help="Only these rules: codes, slugs or code prefixes.",
)
@click.option("--ignore", multiple=True, callback=_listed, metavar="RULES", help="All rules but these.")
@click.option(
    "--min-confidence",
    type=click.Choice([level.word for level in Confidence]),
    default="medium",
    show_default=True,
    help="Leave out findings that are less certain.",
)
@click.option(
    "--fail-on",
    type=click.Choice([level.word for level in reversed(Severity)]),
    default="warning",
    show_default=True,
    help="Exit with 1 for findings at least as severe.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found.")
@click.option(
    "--format", "style", type=click.Choice(FORMATS), default="text", show_default=True, help="How to write the report."
)
@click.option(
    "--output",
    "outputs",
    multiple=True,
    metavar="[FORMAT=]FILE",
    help="Write the report to FILE instead of standard output; with FORMAT=, in that format as well. Repeatable.",
)
@click.option("--baseline", metavar="FILE", help="Leave out what FILE, written by `commlint baseline`, accepts.")
@click.option(
    "--since", metavar="REV", help="Only what was not found at the commit REV, which is read from git's objects."
)
@click.option("--notes", is_flag=True, help="List notes too, which are otherwise only counted.")
@click.option("--show-unresolved", is_flag=True, help="List the remote calls whose target is not known, and why.")
@click.option("--no-cache", is_flag=True, help="Neither use nor keep what runs work out.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="How many processes to use.  [default: one for each core]"
)
def check(
    paths: tuple[str, ...],
    *,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    min_confidence: str,
    fail_on: str,
    exit_zero: bool,
    style: str,
    outputs: tuple[str, ...],
    baseline: str | None,
    since: str | None,
    notes: bool,
    show_unresolved: bool,
    no_cache: bool,
    color: str,
    jobs: int | None,
) -> int:
    """Report fragile communication in files and folders (default: the current one).

    The whole git checkout around each PATH is read, since a call is judged by what happens on its whole way; what is
    reported stands in a PATH.

    Exits with 0 when nothing was found, 1 when something was, 2 when commlint could not do its work.
    """
    config = settle(
        paths,
        select=select,
        ignore=ignore,
        min_confidence=Confidence[min_confidence.upper()],
        jobs=jobs,
        cache=not no_cache,
    )

    # Imported here, because the libraries behind it take longer to load than the other commands to run.
    from commlint.api import analyze, new_since  # noqa: PLC0415

    report = analyze(config) if since is None else new_since(config, since)
    if baseline is not None:
        report = without_known(report, config, baseline)

    limit = Severity[fail_on.upper()]
    # What makes the run fail has to be seen.
    listed = notes or limit == Severity.NOTE
    to_stdout = True
    for output in outputs:
        name, equals, file = output.partition("=")
        if not (equals and name in FORMATS):
            name, file, to_stdout = style, output, False
        write(file, formatter(name)(report, Options(color == "always", listed, show_unresolved)))
    if to_stdout:
        emit(formatter(style)(report, Options(colored(color), listed, show_unresolved)))
    for notice in report.notices:
        click.echo(f"commlint: warning: {notice}", err=True)
    for failure in report.failures:
        click.echo(f"commlint: error: {failure}", err=True)
    if report.failures:
        return 2
    return int(not exit_zero and any(finding.severity >= limit for finding in report.findings))
