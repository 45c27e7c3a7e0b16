"""SonarQube's generic issues: https://docs.sonarsource.com/sonarqube-server/latest/analyzing-source-code/importing-external-issues/generic-issue-import-format/."""

from __future__ import annotations

import json
from typing import Any

from commlint.finding import Location, Report, Severity
from commlint.report import Options

_IMPACTS = {Severity.ERROR: "HIGH", Severity.WARNING: "MEDIUM", Severity.NOTE: "LOW"}


def render(report: Report, _options: Options) -> str:
    """The rules that are on and every finding, as issues of reliability."""
    rules = [
        {
            "id": rule.code,
            "name": rule.slug,
            "description": f"{rule.summary}. {rule.advice}",
            "engineId": "commlint",
            "cleanCodeAttribute": "LOGICAL",
            "impacts": [{"softwareQuality": "RELIABILITY", "severity": _IMPACTS[rule.severity]}],
        }
        for rule in sorted(report.rules.values(), key=lambda rule: rule.code)
    ]
    issues = [
        {
            "ruleId": finding.rule,
            "primaryLocation": _location(finding.location, finding.message),
            "secondaryLocations": [_location(step.location, step.text) for step in finding.path],
        }
        for finding in sorted(report.findings, key=lambda finding: finding.order)
    ]
    return json.dumps({"rules": rules, "issues": issues}, indent=2) + "\n"


def _location(location: Location, text: str) -> dict[str, Any]:
    # Columns are left out: SonarQube refuses the whole report for one beyond the end of its line.
    return {"message": text, "filePath": location.file, "textRange": {"startLine": location.line}}
