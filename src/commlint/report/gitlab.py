"""The JSON of GitLab's Code Quality widget: https://docs.gitlab.com/ci/testing/code_quality/."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import sha256

from commlint.finding import Report, Severity
from commlint.report import Options
from commlint.report.fingerprint import line_hashes

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.NOTE: "info"}


def render(report: Report, _options: Options) -> str:
    """Every finding, each with a fingerprint that survives edits elsewhere in its file."""
    hashes = {file: line_hashes(text) for file, text in report.sources.items()}
    # GitLab drops what has the fingerprint of another.
    met: Counter[str] = Counter()
    issues = []
    for finding in sorted(report.findings, key=lambda finding: finding.order):
        location = finding.location
        lines = hashes.get(location.file, [])
        line = lines[location.line - 1] if location.line <= len(lines) else f"{location.line}"
        place = f"{finding.rule}\0{location.file}\0{line}"
        met[place] += 1
        issues.append(
            {
                "description": finding.message,
                "check_name": f"{finding.rule} {report.rules[finding.rule].slug}",
                "fingerprint": sha256(f"{place}\0{met[place]}".encode("utf-8", "surrogatepass")).hexdigest(),
                "severity": _SEVERITIES[finding.severity],
                "location": {"path": location.file, "lines": {"begin": location.line}},
            }
        )
    return json.dumps(issues, indent=2) + "\n"
