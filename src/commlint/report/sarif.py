"""SARIF 2.1.0, as GitHub code scanning and editors read it.

Nothing in the log depends on the machine or the hour: files are relative to `%SRCROOT%`, which is described and not
placed, and there are no times and no random identifiers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any
from urllib.parse import quote

from commlint import __version__
from commlint.finding import Edit, Finding, Fix, Location, Report, Rule, Severity, Step
from commlint.report import Options
from commlint.report.fingerprint import line_hashes

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
HOME = "https://github.com/commlint/commlint"
ROOT = "%SRCROOT%"

# GitHub's words; SARIF's own level says the rest.
_PROBLEM = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "recommendation"}

Json = dict[str, Any]


def render(report: Report, _options: Options) -> str:
    """The report as a SARIF log with one run."""
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [build_run(report)]}
    return json.dumps(log, indent=2) + "\n"


def build_run(report: Report) -> Json:
    """The run: the tool with the rules that were on, the results with the worst first, and what went wrong."""
    rules = sorted(report.rules.values(), key=lambda rule: rule.code)
    index = {rule.code: number for number, rule in enumerate(rules)}
    hashes = {file: line_hashes(text) for file, text in report.sources.items()}
    # GitHub keeps the first of too many results.
    findings = sorted(report.findings, key=lambda finding: (-finding.severity, finding.order))
    return {
        "tool": {
            "driver": {
                "name": "commlint",
                "version": __version__,
                "semanticVersion": __version__,
                "informationUri": HOME,
                "rules": [build_rule(rule) for rule in rules],
            }
        },
        "automationDetails": {"id": "commlint/"},
        "invocations": [build_invocation(report.failures)],
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the analysed checkout."}}},
        "columnKind": "unicodeCodePoints",
        "results": [
            build_result(
                finding,
                rule=report.rules[finding.rule],
                index=index[finding.rule],
                line=report.line(finding.location),
                hashes=hashes.get(finding.location.file, []),
                edits=report.edits.get(finding.fix, ()) if finding.fix else (),
            )
            for finding in findings
        ],
    }


def build_rule(rule: Rule) -> Json:
    """A rule: what a viewer shows next to its results."""
    return {
        "id": rule.code,
        "name": rule.slug,
        "shortDescription": {"text": _sentence(rule.summary)},
        "fullDescription": {"text": f"{_sentence(rule.summary)} {_sentence(rule.advice)}"},
        "help": {"text": rule.page, "markdown": rule.page},
        "helpUri": f"{HOME}/blob/main/rules/{rule.slug}.md",
        "defaultConfiguration": {"level": rule.severity.word},
        "properties": {
            "precision": rule.confidence.word,
            "problem.severity": _PROBLEM[rule.severity],
            "tags": ["communication", "microservices", "reliability"],
        },
    }


def build_invocation(failures: Sequence[str]) -> Json:
    """Whether the run could do all of its work, and if not, why."""
    return {
        "executionSuccessful": not failures,
        "toolExecutionNotifications": [{"level": "error", "message": {"text": failure}} for failure in failures],
    }


def build_result(
    finding: Finding, *, rule: Rule, index: int, line: str, hashes: Sequence[str], edits: Sequence[Edit] = ()
) -> Json:
    """A finding.

    Args:
        finding: The finding.
        rule: Its rule.
        index: Where the rule stands among the rules of the run.
        line: Text of the line where the finding stands.
        hashes: Fingerprints of the lines of its file.
        edits: Its fix as text; none where that is not known.
    """
    related = list(finding.related)
    if finding.mend:
        related.append(Step(finding.mend.location, finding.mend.text))
    location = finding.location
    result: Json = {
        "ruleId": rule.code,
        "ruleIndex": index,
        "level": finding.severity.word,
        "message": {"text": build_message(finding, rule)},
        "locations": [{"physicalLocation": build_place(location.file, build_primary_region(location, line))}],
        "properties": {"confidence": finding.confidence.word},
    }
    if location.line <= len(hashes):
        result["partialFingerprints"] = {"primaryLocationLineHash": hashes[location.line - 1]}
    if related:
        result["relatedLocations"] = [{"id": number, **build_step(step)} for number, step in enumerate(related, 1)]
    if finding.path:
        steps = [{"location": build_step(step)} for step in finding.path]
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    if finding.fix and edits:
        result["fixes"] = [build_fix(finding.fix, edits)]
    return result


def build_fix(fix: Fix, edits: Sequence[Edit]) -> Json:
    """A fix: what to replace in each file."""
    changes = [
        {
            "artifactLocation": build_artifact(file),
            "replacements": [
                {
                    "deletedRegion": {
                        "startLine": edit.line,
                        "startColumn": edit.column,
                        "endLine": edit.end_line,
                        "endColumn": edit.end_column,
                    },
                    "insertedContent": {"text": edit.text},
                }
                for edit in group
            ],
        }
        for file, group in groupby(sorted(edits), key=lambda edit: edit.file)
    ]
    return {"description": {"text": _sentence(fix.title)}, "artifactChanges": changes}


def build_message(finding: Finding, rule: Rule) -> str:
    """What is wrong, why, what to do, and links to the related locations; its first sentence is the title on GitHub."""
    texts = (finding.message, finding.why, finding.advice or rule.advice)
    # A bracket before a parenthesis would read as a link.
    sentences = [_sentence(text).replace("](", "\\](") for text in texts if text]
    links = [_link(step.text, number) for number, step in enumerate(finding.related, 1)]
    if links:
        sentences.append(f"See {', '.join(links)}.")
    if finding.mend:
        sentences.append(f"Mend it and its kin at once: {_link(finding.mend.text, len(links) + 1)}.")
    return " ".join(sentences)


def build_place(file: str, region: Json) -> Json:
    """A stretch of a file."""
    return {"artifactLocation": build_artifact(file), "region": region}


def build_artifact(file: str) -> Json:
    """A file; names that are no Unicode keep their bytes."""
    return {"uri": quote(file.encode("utf-8", "surrogateescape")), "uriBaseId": ROOT}


def build_primary_region(location: Location, line: str) -> Json:
    """From the called name to the end of its line: GitHub shows on a pull request what lies wholly in changed lines."""
    start = min(location.column, len(line) + 1) if line else location.column
    end = max(start, len(line) + 1)
    region = _region(location.line, start, end)
    if line:
        region["snippet"] = {"text": line[start - 1 :]}
    return region


def build_step(step: Step) -> Json:
    """A place on the path or beside it, with what happens there."""
    location = step.location
    region = _region(location.line, location.column, location.column + location.length)
    return {"physicalLocation": build_place(location.file, region), "message": {"text": step.text}}


def _region(line: int, start: int, end: int) -> Json:
    return {"startLine": line, "startColumn": start, "endLine": line, "endColumn": end}


def _sentence(text: str) -> str:
    """The text as a sentence: a capital first, unless it begins with code, and a full stop."""
    if text.partition(" ")[0].isalpha():
        text = text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _link(text: str, number: int) -> str:
    """A link to the related location with a number."""
    escaped = text.replace("[", "\\[").replace("]", "\\]")
    return f"[{escaped}]({number})"
