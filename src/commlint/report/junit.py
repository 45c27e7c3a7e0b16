"""JUnit XML, which most CI servers show: a test suite a file, a failed test a finding."""

from __future__ import annotations

import re
from itertools import groupby
from xml.etree import ElementTree as ET

from commlint.finding import Finding, Report, Severity
from commlint.report import Options

# What XML 1.0 has no way to say.
_UNSPEAKABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report, options: Options) -> str:
    """The findings that count; a report without any has one test, which passed, as servers take none for a failure."""
    findings = [f for f in report.findings if options.notes or f.severity > Severity.NOTE]
    tests = len(findings) or 1
    root = ET.Element("testsuites", name="commlint", tests=str(tests), failures=str(len(findings)), errors="0")
    for file, members in groupby(sorted(findings, key=lambda f: f.order), key=lambda f: f.location.file):
        _suite(root, report, file, list(members))
    if not findings:
        suite = ET.SubElement(root, "testsuite", name="commlint", tests="1", failures="0", errors="0")
        ET.SubElement(suite, "testcase", name="no findings", classname="commlint")
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(root: ET.Element, report: Report, file: str, findings: list[Finding]) -> None:
    count = str(len(findings))
    suite = ET.SubElement(root, "testsuite", name=_said(file), tests=count, failures=count, errors="0")
    for finding in findings:
        location = finding.location
        slug = report.rules[finding.rule].slug
        case = ET.SubElement(
            suite,
            "testcase",
            name=f"{finding.rule} {slug} at line {location.line}, column {location.column}",
            classname=_said(file),
            file=_said(file),
            line=str(location.line),
        )
        failure = ET.SubElement(case, "failure", type=finding.severity.word, message=_said(finding.message))
        lines = [f"{file}:{location.line}:{location.column}: {finding.message}"]
        lines += [f"{step.location.file}:{step.location.line}: {step.text}" for step in finding.path]
        lines += filter(None, (finding.why, finding.advice or report.rules[finding.rule].advice))
        failure.text = _said("\n".join(lines))


def _said(text: str) -> str:
    return _UNSPEAKABLE.sub("\N{REPLACEMENT CHARACTER}", text)
