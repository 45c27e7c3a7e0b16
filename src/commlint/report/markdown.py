"""Markdown, for a comment on a pull request or the summary of a job."""

from __future__ import annotations

import re

from commlint.finding import Finding, Report, Severity, Step
from commlint.report import Options
from commlint.report.closing import closing
from commlint.report.palette import plain

# A comment on GitHub holds 65,536 characters, and nobody reads as many.
_MOST = 100
_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~!&@])")


def render(report: Report, options: Options) -> str:
    """A table of the findings, the worst first, each with its path folded below."""
    findings = sorted(report.findings, key=lambda finding: (-finding.severity, finding.order))
    shown = [f for f in findings if options.notes or f.severity > Severity.NOTE]
    lines = ["### commlint", ""]
    for finding in shown[:_MOST]:
        lines += _entry(report, finding)
    if len(shown) > _MOST:
        lines += [f"{len(shown) - _MOST} more are not listed here.", ""]
    lines += [as_text(line) for line in closing(report, options).splitlines()]
    return "\n".join(lines) + "\n"


def _entry(report: Report, finding: Finding) -> list[str]:
    slug = report.rules[finding.rule].slug
    head = f"- **{finding.severity.word}** {as_code(_place(finding))} {finding.rule} {slug}: {as_text(finding.message)}"
    said = [finding.why, finding.advice or report.rules[finding.rule].advice]
    path = [_step(step) for step in finding.path]
    lines = [head, *(f"  <br>{as_text(text)}" for text in said if text)]
    if path:
        lines += ["  <details><summary>path</summary>", "", *(f"  1. {step}" for step in path), "", "  </details>"]
    return [*lines, ""]


def _place(finding: Finding) -> str:
    return f"{finding.location.file}:{finding.location.line}"


def _step(step: Step) -> str:
    return f"{as_code(f'{step.location.file}:{step.location.line}')} {as_text(step.text)}"


def as_text(text: str) -> str:
    """Text that is no markup; what stands between backticks stays code."""
    parts = plain(text).split("`")
    if len(parts) % 2 == 0:
        return _SIGNS.sub(r"\\\1", plain(text))
    return "".join(as_code(part) if odd % 2 else _SIGNS.sub(r"\\\1", part) for odd, part in enumerate(parts))


def as_code(text: str) -> str:
    """Text as code, fenced by more backticks than it holds in a row."""
    text = plain(text)
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {text} {fence}" if longest else f"{fence}{text}{fence}"
