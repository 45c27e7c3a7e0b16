from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest
from sample_report import FINDINGS, REPORT, RULES, Snapshot

from commlint.finding import Finding, Location, Report, Severity
from commlint.report import Options
from commlint.report.fingerprint import line_hashes
from commlint.report.sarif import render

# The official schema as the npm package `@microsoft/sarif-multitool-linux` 5.7.0 brings it.
SCHEMA = json.loads(Path(__file__).with_name("sarif-2.1.0.json").read_text("utf-8"))
LINK = re.compile(r"(?<!\\)\[(?P<text>(?:\\.|[^\]\\])*)\]\((?P<target>\d+)\)")


def log(report: Report) -> Any:
    return json.loads(render(report, Options()))


def run(report: Report) -> Any:
    (only,) = log(report)["runs"]
    return only


def at(finding: Finding, file: str, line: int = 1, column: int = 1) -> Finding:
    return msgspec.structs.replace(finding, location=Location(file, line, column))


ODD = Report(
    findings=(
        at(FINDINGS[0], "a b/ü%#?[x].py"),
        at(FINDINGS[0], "caf\udce9.py"),
        at(FINDINGS[0], "c:d.py", column=9),
        at(FINDINGS[0], "unknown.yml", line=7),
    ),
    rules=RULES,
    sources={"a b/ü%#?[x].py": "", "caf\udce9.py": "x = 'é'\n", "c:d.py": "  x  "},
    failures=("n-plus-one-call failed on app.py: KeyError: 'x'",),
)
REPORTS = [
    pytest.param(REPORT, id="rich"),
    pytest.param(ODD, id="odd"),
    pytest.param(Report((), RULES), id="empty"),
    pytest.param(msgspec.structs.replace(REPORT, sources={}), id="no sources"),
]


def test_rich_report(snapshot: Snapshot) -> None:
    snapshot.assert_match(render(REPORT, Options()), "report.sarif")


@pytest.mark.parametrize("report", REPORTS)
def test_it_follows_the_official_schema(report: Report) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(log(report))


@pytest.mark.parametrize("report", REPORTS)
def test_results_name_the_rule_that_they_point_to(report: Report) -> None:
    made = run(report)
    rules = made["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in made["results"]] == [
        result["ruleId"] for result in made["results"]
    ]
    assert len(made["results"]) == len(report.findings)
    assert {(rule["id"], rule["name"]) for rule in rules} == {(rule.code, rule.slug) for rule in RULES.values()}


@pytest.mark.parametrize("report", [REPORT, ODD])
def test_regions_lie_inside_their_line_and_are_their_snippet(report: Report) -> None:
    files = {quote(file.encode("utf-8", "surrogateescape")): text for file, text in report.sources.items()}
    snippets = 0
    for result in run(report)["results"]:
        (location,) = result["locations"]
        place = location["physicalLocation"]
        region = place["region"]
        text = files.get(place["artifactLocation"]["uri"])
        if text:
            line = re.split(r"\r\n|\r|\n", text)[region["startLine"] - 1]
            assert region["endLine"] == region["startLine"]
            assert 1 <= region["startColumn"] <= region["endColumn"] == len(line) + 1
            assert region["snippet"]["text"] == line[region["startColumn"] - 1 : region["endColumn"] - 1]
            snippets += 1
    assert snippets


def test_a_region_begins_at_the_called_name() -> None:
    first = run(REPORT)["results"][0]
    assert first["locations"][0]["physicalLocation"]["region"]["snippet"]["text"] == "get_user(line.user_id)"


@pytest.mark.parametrize("report", [REPORT, ODD])
def test_message_links_lead_to_related_locations(report: Report) -> None:
    for result in run(report)["results"]:
        related = {location["id"]: location["message"]["text"] for location in result.get("relatedLocations", [])}
        links = LINK.findall(result["message"]["text"])
        assert {int(target): re.sub(r"\\(.)", r"\1", text) for text, target in links} == related


def test_what_looks_like_a_link_in_a_message_is_none() -> None:
    finding = msgspec.structs.replace(FINDINGS[0], message="`handlers[name](9)` fails")
    (result,) = run(msgspec.structs.replace(REPORT, findings=(finding,)))["results"]
    assert not LINK.search(result["message"]["text"])


def test_the_path_is_one_code_flow() -> None:
    result = run(REPORT)["results"][0]
    (flow,) = result["codeFlows"]
    (thread,) = flow["threadFlows"]
    assert [step["location"]["message"]["text"] for step in thread["locations"]] == [
        "POST /invoices",
        "for line in order.lines",
        "users.get_user",
        "UserClient.get_user",
        "requests.get",
    ]


def test_the_first_sentence_is_the_finding() -> None:
    text = run(REPORT)["results"][0]["message"]["text"]
    assert text.startswith("One call to `users` for each element of `order.lines`. An order of fifty lines asks")


def test_fingerprints_are_those_of_the_lines() -> None:
    for result in run(REPORT)["results"]:
        place = result["locations"][0]["physicalLocation"]
        hashes = line_hashes(REPORT.sources[unquote(place["artifactLocation"]["uri"])])
        assert result["partialFingerprints"] == {
            "primaryLocationLineHash": hashes[place["region"]["startLine"] - 1],
        }


def test_the_worst_come_first() -> None:
    levels = [result["level"] for result in run(REPORT)["results"]]
    assert levels == sorted(levels, key=["error", "warning", "note"].index)
    assert set(levels) == {severity.word for severity in Severity}


def test_files_are_relative_encoded_and_based_on_the_root_of_the_checkout() -> None:
    made = run(ODD)
    places = [result["locations"][0]["physicalLocation"]["artifactLocation"] for result in made["results"]]
    assert sorted(place["uri"] for place in places) == [
        "a%20b/%C3%BC%25%23%3F%5Bx%5D.py",
        "c%3Ad.py",
        "caf%E9.py",
        "unknown.yml",
    ]
    assert {place["uriBaseId"] for place in places} == set(made["originalUriBaseIds"]) == {"%SRCROOT%"}
    assert "uri" not in made["originalUriBaseIds"]["%SRCROOT%"]


def test_failures_are_notifications_of_a_failed_run() -> None:
    (invocation,) = run(ODD)["invocations"]
    assert not invocation["executionSuccessful"]
    assert [note["message"]["text"] for note in invocation["toolExecutionNotifications"]] == list(ODD.failures)
    (invocation,) = run(REPORT)["invocations"]
    assert invocation["executionSuccessful"]
