"""`commlint check`."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from commlint.cli import fixes
from commlint.cli.baseline import without_known
from commlint.cli.options import with_summaries
from commlint.cli.terminal import colored, emit, write
from commlint.config import settle
from commlint.finding import Confidence, Severity
from commlint.report import FORMATS, WITH_EDITS, Options, formatter


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
@click.option("--extend-select", multiple=True, callback=_listed, metavar="RULES", help="These rules as well.")
@click.option("--ignore", multiple=True, callback=_listed, metavar="RULES", help="All rules but these.")
@click.option(
    "--preview/--no-preview", default=None, help="Rules that are still being tried, too.  [default: no-preview]"
)
@click.option(
    "--min-confidence",
    type=click.Choice([level.word for level in Confidence]),
    help="Leave out findings that are less certain.  [default: medium]",
)
@click.option(
    "--fail-on",
    type=click.Choice([level.word for level in reversed(Severity)]),
    help="Exit with 1 for findings at least as severe.  [default: warning]",
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
@with_summaries
@click.option("--baseline", metavar="FILE", help="Leave out what FILE, written by `commlint baseline`, accepts.")
@click.option(
    "--since", metavar="REV", help="Only what was not found at the commit REV, which is read from git's objects."
)
@click.option("--notes", is_flag=True, help="List notes too, which are otherwise only counted.")
@click.option("--statistics", is_flag=True, help="Count the findings of each rule and service, and list none.")
@click.option("--show-unresolved", is_flag=True, help="List the remote calls whose target is not known, and why.")
@click.option("--fix", "fixing", is_flag=True, help="Change the code so that findings go, where that is safe.")
@click.option("--unsafe-fixes", is_flag=True, help="Change what the program does as well: to be looked at afterwards.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
@click.option("--no-cache", is_flag=True, help="Neither use nor keep what runs work out.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="How many processes to use.  [default: one for each core]"
)
def check(
    paths: tuple[str, ...],
    *,
    select: tuple[str, ...],
    extend_select: tuple[str, ...],
    ignore: tuple[str, ...],
    preview: bool | None,
    min_confidence: str | None,
    fail_on: str | None,
    exit_zero: bool,
    style: str,
    outputs: tuple[str, ...],
    neighbours: tuple[str, ...],
    baseline: str | None,
    since: str | None,
    notes: bool,
    statistics: bool,
    show_unresolved: bool,
    fixing: bool,
    unsafe_fixes: bool,
    diff: bool,
    no_cache: bool,
    color: str,
    jobs: int | None,
) -> int:
    """Report fragile communication in files and folders (default: the current one).

    The whole git checkout around each PATH is read, since a call is judged by what happens on its whole way; what is
    reported stands in a PATH. What is said here goes before what a `commlint.toml` says.

    Exits with 0 when nothing was found, 1 when something was, 2 when commlint could not do its work. With --fix, what
    was found is what is left; with --diff, it is whether something would be changed.
    """
    if unsafe_fixes and not (fixing or diff):
        raise click.UsageError("--unsafe-fixes says which fixes to make: give it with --fix or --diff")
    if (fixing or diff) and (baseline or since):
        raise click.UsageError("--fix and --diff are for all that is found: leave out --baseline and --since")
    if statistics and style != "text":
        raise click.UsageError(
            "--statistics is for people to read: leave out --format, or write the report by --output"
        )
    config = settle(
        paths,
        select=select,
        extend_select=extend_select,
        ignore=ignore,
        preview=preview,
        min_confidence=None if min_confidence is None else Confidence[min_confidence.upper()],
        fail_on=None if fail_on is None else Severity[fail_on.upper()],
        baseline=baseline,
        jobs=jobs,
        neighbours=neighbours,
        cache=not no_cache,
    )

    # Imported here, because the libraries behind it take longer to load than the other commands to run.
    from commlint.api import analyze  # noqa: PLC0415

    written = True
    if diff:
        return int(fixes.show(config, unsafe=unsafe_fixes, color=colored(color)) and not exit_zero)
    if fixing:
        report, written = fixes.make(config, unsafe=unsafe_fixes)
    elif since is not None:
        from commlint.api import new_since  # noqa: PLC0415 - as above

        report = new_since(config, since)
    else:
        report = analyze(config)
    if config.baseline is not None:
        report = without_known(report, config, baseline or os.path.relpath(config.baseline))
    formats = {style, *(output.partition("=")[0] for output in outputs)}
    if any(finding.fix for finding in report.findings) and not WITH_EDITS.isdisjoint(formats):
        from commlint.api import with_edits  # noqa: PLC0415 - as above

        report = with_edits(config, report)

    # What makes the run fail has to be seen.
    listed = notes or config.fail_on == Severity.NOTE
    to_stdout = True
    for output in outputs:
        name, equals, file = output.partition("=")
        if not (equals and name in FORMATS):
            name, file, to_stdout = style, output, False
        write(file, formatter(name)(report, Options(color == "always", listed, show_unresolved)))
    if to_stdout:
        render = formatter(style)
        if statistics:
            from commlint.report.statistics import render  # noqa: PLC0415 - as above
        emit(render(report, Options(colored(color), listed, show_unresolved)))
    for notice in report.notices:
        click.echo(f"commlint: warning: {notice}", err=True)
    for failure in report.failures:
        click.echo(f"commlint: error: {failure}", err=True)
    if report.failures or not written:
        return 2
    return int(not exit_zero and any(finding.severity >= config.fail_on for finding in report.findings))
