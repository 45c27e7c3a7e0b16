"""JSON for programs: everything commlint knows about a run.

The shape is stable: `version` grows when a key changes its meaning or goes, not when one is added.

- `version`: 1.
- `summary`: `files`, `lines`, `services`, `remote_calls`, `resolved`, `external`, `unresolved` (see `Summary`), and
  `findings`: how many of each severity, `{"error": 1, "warning": 2, "note": 3}`.
- `services`: `name`, `root`, `reasons`, `hosts`.
- `findings`, by file, line, column, rule: `rule` (code), `slug`, `file`, `line`, `column`, `severity`, `confidence`,
  `message`, `why`, `advice`, `call`, `path` and `related` (lists of `file`, `line`, `column`, `text`), `mend` (one
  such place, or null), `fix` (how `--fix` would make it go, or null) and `fingerprint` (GitHub's hash of the line; null
  where its text is not known). A fix has a `title`, is `safe` or not, and has `edits`: `file`, `line`, `column`,
  `end_line`, `end_column`, `text`, all of which have to be made, and which say where things are before any of them is.
- `unresolved`: remote calls whose target is not known, as such places; `text` says why.
- `neighbours`: the summaries of other repositories that were read too, each with commit and date; `remarks`: what is
  wrong with them; `unknown`: services that are called and of which nothing is known.
- `failures`: internal errors, one line each; the findings stand, but some may be missing.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from commlint.finding import Finding, Fix, Mend, Report, Severity, Step
from commlint.report import Options
from commlint.report.fingerprint import line_hashes

VERSION = 1


def render(report: Report, _options: Options) -> str:
    """The report as a JSON object."""
    severities = [finding.severity for finding in report.findings]
    document = {
        "version": VERSION,
        "summary": {
            **msgspec.structs.asdict(report.summary),
            "findings": {severity.word: severities.count(severity) for severity in reversed(Severity)},
        },
        "services": [msgspec.structs.asdict(service) for service in report.services],
        "findings": _findings(report),
        "unresolved": [_place(step) for step in report.unresolved],
        "failures": list(report.failures),
        "neighbours": list(report.neighbours),
        "remarks": list(report.remarks),
        "unknown": list(report.unknown),
    }
    return json.dumps(document, indent=2) + "\n"


def _findings(report: Report) -> list[dict[str, Any]]:
    hashes = {file: line_hashes(text) for file, text in report.sources.items()}
    return [
        _finding(finding, report, hashes.get(finding.location.file, []))
        for finding in sorted(report.findings, key=lambda finding: finding.order)
    ]


def _finding(finding: Finding, report: Report, hashes: list[str]) -> dict[str, Any]:
    rule = report.rules[finding.rule]
    line = finding.location.line
    return {
        "rule": rule.code,
        "slug": rule.slug,
        "file": finding.location.file,
        "line": line,
        "column": finding.location.column,
        "severity": finding.severity.word,
        "confidence": finding.confidence.word,
        "message": finding.message,
        "why": finding.why,
        "advice": finding.advice or rule.advice,
        "call": finding.call,
        "path": [_place(step) for step in finding.path],
        "related": [_place(step) for step in finding.related],
        "mend": _place(finding.mend) if finding.mend else None,
        "fix": _fix(finding.fix, report) if finding.fix else None,
        "fingerprint": hashes[line - 1] if line <= len(hashes) else None,
    }


def _fix(fix: Fix, report: Report) -> dict[str, Any]:
    edits = [msgspec.structs.asdict(edit) for edit in report.edits.get(fix, ())]
    return {"title": fix.title, "safe": fix.safe, "edits": edits}


def _place(step: Step | Mend) -> dict[str, Any]:
    location = step.location
    return {"file": location.file, "line": location.line, "column": location.column, "text": step.text}
