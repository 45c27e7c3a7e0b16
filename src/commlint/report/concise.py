"""One line per finding, by place: for grep, editors and logs."""

from __future__ import annotations

from commlint.finding import Report, Severity
from commlint.report import Options
from commlint.report.closing import closing
from commlint.report.palette import Palette, plain


def render(report: Report, options: Options) -> str:
    """Every finding as `file:line:column CODE slug message`, marked where it can be fixed, and the closing line."""
    palette = Palette(on=options.color)
    lines = []
    for finding in sorted(report.findings, key=lambda finding: finding.order):
        if finding.severity == Severity.NOTE and not options.notes:
            continue
        location = finding.location
        place = palette.paint(f"{plain(location.file)}:{location.line}:{location.column}", "bold")
        code = palette.grade(finding.rule, finding.severity)
        mark = f" {palette.paint('[fixable]', 'green')}" if finding.fix is not None else ""
        lines.append(f"{place} {code} {report.rules[finding.rule].slug} {plain(finding.message)}{mark}\n")
    return "".join(lines) + closing(report, options)
