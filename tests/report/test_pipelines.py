"""The formats of CI servers."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import msgspec
import pytest
from sample_report import REPORT, Snapshot

from commlint.finding import Location, Report, Severity, Step
from commlint.report import Options, github, gitlab, junit, markdown, sonar

HOSTILE = "bad\n::error::owned % \r\x1b[31m<b>&`*_\u202e\ud800 ,:"


def renamed(text: str, file: str = "a,b:c%\n.py") -> Report:
    """The report with a hostile text wherever a stranger's can come in."""
    first = REPORT.findings[0]
    worse = msgspec.structs.replace(
        first,
        location=Location(file, 3, 5, 2),
        message=text,
        why=text,
        advice=text,
        call=text,
        severity=Severity.ERROR,
        path=(Step(Location(file, 3), text),),
    )
    return msgspec.structs.replace(REPORT, findings=(worse,))


@pytest.mark.parametrize(
    ("form", "name"),
    [
        (github, "github.txt"),
        (gitlab, "gitlab.json"),
        (junit, "junit.xml"),
        (markdown, "markdown.md"),
        (sonar, "sonar.json"),
    ],
    ids=["github", "gitlab", "junit", "markdown", "sonar"],
)
def test_rich_report(form: object, name: str, snapshot: Snapshot) -> None:
    snapshot.assert_match(form.render(REPORT, Options(notes=True)), name)  # type: ignore[attr-defined]


class TestGithub:
    def test_text_cannot_begin_a_command(self) -> None:
        lines = github.render(renamed(HOSTILE), Options()).splitlines()
        assert [line for line in lines if "::error::owned" in line] == [lines[0]]
        assert lines[0].startswith("::error file=a%2Cb%3Ac%25%0A.py,line=3,col=5,title=COMM")
        assert "\x1b" not in lines[0]

    def test_the_worst_come_first(self) -> None:
        commands = [line.split(" ")[0] for line in github.render(REPORT, Options(notes=True)).splitlines()]
        kinds = [command for command in commands if command.startswith("::")]
        assert kinds == sorted(kinds, key=["::error", "::warning", "::notice"].index)

    def test_notes_are_counted_only(self) -> None:
        assert "::notice" not in github.render(REPORT, Options())


class TestGitlab:
    def test_fingerprints_differ_and_survive_moved_lines(self) -> None:
        issues = json.loads(gitlab.render(REPORT, Options()))
        prints = [issue["fingerprint"] for issue in issues]
        assert len(set(prints)) == len(prints) == len(REPORT.findings)
        moved = msgspec.structs.replace(
            REPORT,
            sources={file: f"\n\n{text}" for file, text in REPORT.sources.items()},
            findings=tuple(
                msgspec.structs.replace(f, location=msgspec.structs.replace(f.location, line=f.location.line + 2))
                for f in REPORT.findings
            ),
        )
        known = {(i["check_name"], i["location"]["path"], i["fingerprint"]) for i in issues}
        again = json.loads(gitlab.render(moved, Options()))
        kept = {(i["check_name"], i["location"]["path"], i["fingerprint"]) for i in again}
        with_source = {f.location.file for f in REPORT.findings if REPORT.line(f.location)}
        assert {one for one in known if one[1] in with_source} <= kept

    def test_has_what_gitlab_asks_for(self) -> None:
        for issue in json.loads(gitlab.render(renamed(HOSTILE), Options())):
            assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
            assert issue.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
            assert issue["location"]["lines"]["begin"] >= 1


class TestJunit:
    def test_is_xml_whatever_the_text(self) -> None:
        root = ET.fromstring(junit.render(renamed(HOSTILE), Options()).encode())  # noqa: S314 - our own
        [failure] = root.iter("failure")
        assert "owned" in failure.attrib["message"]
        assert failure.text is not None
        assert "\x1b" not in failure.text

    def test_numbers_add_up(self) -> None:
        root = ET.fromstring(junit.render(REPORT, Options(notes=True)).encode())  # noqa: S314 - our own
        assert int(root.attrib["failures"]) == len(list(root.iter("failure"))) == len(REPORT.findings)
        for suite in root.iter("testsuite"):
            assert int(suite.attrib["tests"]) == len(list(suite.iter("testcase")))

    def test_nothing_found_is_a_test_that_passed(self) -> None:
        root = ET.fromstring(junit.render(msgspec.structs.replace(REPORT, findings=()), Options()).encode())  # noqa: S314 - our own
        assert len(list(root.iter("testcase"))) == 1
        assert not list(root.iter("failure"))


class TestMarkdown:
    def test_text_is_no_markup(self) -> None:
        text = markdown.render(renamed("<script>alert(1)</script> [x](javascript:1) @everyone `a``b` | *"), Options())
        assert "<script>" not in text
        assert "[x](" not in text
        assert " @everyone" not in text

    def test_is_no_longer_than_a_comment_may_be(self) -> None:
        many = msgspec.structs.replace(REPORT, findings=REPORT.findings[:1] * 500)
        assert "400 more are not listed here" in markdown.render(many, Options())


class TestSonar:
    def test_every_issue_has_its_rule(self) -> None:
        said = json.loads(sonar.render(REPORT, Options()))
        rules = {rule["id"] for rule in said["rules"]}
        assert {issue["ruleId"] for issue in said["issues"]} <= rules
        assert len(said["issues"]) == len(REPORT.findings)
