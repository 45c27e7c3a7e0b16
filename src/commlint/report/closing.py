"""The closing line of the formats for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from commlint.finding import Report, Severity
from commlint.report import Options
from commlint.report.palette import plain

# Rules that say nothing of a call without the service that answers it.
_NEED_BOTH_SIDES = ("COMM403", "COMM404", "COMM601")
_FEW = 8


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
    lines[-1:-1] = _neighbours(report)
    if report.failures:
        lines.insert(0, f"Incomplete: {counted(len(report.failures), 'internal error')}")
    return "".join(f"{line}\n" for line in lines)


def _neighbours(report: Report) -> Iterator[str]:
    """What is known of other repositories, what is wrong with it, and what is missing."""
    if report.neighbours:
        yield f"Read with {counted(len(report.neighbours), 'summary', 'summaries')}: {_listed(report.neighbours)}"
    yield from (plain(remark) for remark in report.remarks)
    blind = [code.removeprefix("COMM") for code in _NEED_BOTH_SIDES if code in report.rules]
    if report.unknown and blind:
        yield f"{', '.join(blind)} need neighbours: nothing is known of {_listed(report.unknown)}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return f"{', '.join(map(plain, names[:_FEW]))}{more}"


def counted(number: int, word: str, several: str = "") -> str:
    """A number with its word: "1 finding", "2 findings"."""
    return f"{number} {word}" if number == 1 else f"{number} {several or f'{word}s'}"
