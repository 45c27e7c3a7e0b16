"""Annotations of GitHub Actions: one workflow command a finding."""

from __future__ import annotations

from commlint.finding import Finding, Report, Severity
from commlint.report import Options
from commlint.report.closing import closing
from commlint.report.palette import plain

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(report: Report, options: Options) -> str:
    """The worst first, since GitHub shows ten of each kind; and the closing line for the log."""
    findings = sorted(report.findings, key=lambda finding: (-finding.severity, finding.order))
    shown = (f for f in findings if options.notes or f.severity > Severity.NOTE)
    return "".join(_command(report, finding) for finding in shown) + closing(report, options)


def _command(report: Report, finding: Finding) -> str:
    location = finding.location
    properties = {
        "file": location.file,
        "line": str(location.line),
        "col": str(location.column),
        "title": f"{finding.rule} {report.rules[finding.rule].slug}",
    }
    said = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    lines = (finding.message, finding.why, finding.advice or report.rules[finding.rule].advice)
    return f"::{_COMMANDS[finding.severity]} {said}::{_data(chr(10).join(filter(None, lines)))}\n"


def _data(text: str) -> str:
    """Text that cannot end its command or begin another.

    Escaped as by GitHub's own toolkit: https://github.com/actions/toolkit, packages/core/src/command.ts.
    """
    lines = "\n".join(map(plain, text.split("\n")))
    return lines.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
