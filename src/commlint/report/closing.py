"""The closing line of the formats for people."""

from __future__ import annotations

from commlint.finding import Report, Severity
from commlint.report import Options
from commlint.report.palette import plain


def closing(report: Report, options: Options) -> str:
    """What was found and what was looked at, and what of it is not in the text above; ends with a line end."""
    counts = dict.fromkeys(reversed(Severity), 0)
    fixable = 0
    for finding in report.findings:
        counts[finding.severity] += 1
        fixable += finding.fix is not None and (options.notes or finding.severity > Severity.NOTE)
    hidden = 0 if options.notes else counts.pop(Severity.NOTE)
    kinds = ", ".join(counted(number, severity.word) for severity, number in counts.items() if number)
    total = sum(counts.values())
    found = (
        f"{counted(total, 'finding')} ({kinds}{f'; {fixable} fixable' if fixable else ''})" if total else "No findings"
    )

    summary = report.summary
    looked = f"in {counted(summary.services, 'service')}; {counted(summary.remote_calls, 'remote call')}"
    if summary.remote_calls:
        looked += (
            f": {summary.resolved} to a service here, {summary.external} external, {summary.unresolved} unresolved"
            + (" (--show-unresolved)" if summary.unresolved and not options.unresolved else "")
        )
    lines = [f"{found} {looked}"]
    if hidden:
        lines.insert(0, f"{counted(hidden, 'note')} not shown; --notes lists {'it' if hidden == 1 else 'them'}")
    if options.unresolved:
        places = (
            f"{plain(s.location.file)}:{s.location.line}:{s.location.column} {plain(s.text)}" for s in report.unresolved
        )
        lines[:0] = [*places, ""] if report.unresolved else []
    if report.failures:
        lines.insert(0, f"Incomplete: {counted(len(report.failures), 'internal error')}")
    return "".join(f"{line}\n" for line in lines)


def counted(number: int, word: str) -> str:
    """A number with its word: "1 finding", "2 findings"."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
