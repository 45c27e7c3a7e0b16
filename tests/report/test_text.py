from __future__ import annotations

import re

import msgspec
import pytest
from sample_report import CALL, FINDINGS, REPORT, RULES, SESSION, WRAPPER, Snapshot, timeout

from commlint.finding import Confidence, Finding, Location, Mend, Report, Severity, Summary
from commlint.report import Options
from commlint.report.text import render

BLOCK = re.compile(r"^ *(\S+\.\w+:\d+:\d+) (?:error|warning|note)", re.MULTILINE)


def made(line: int, rule: str = "COMM101", severity: Severity = Severity.WARNING, mend: Mend | None = None) -> Finding:
    return Finding(rule, Location("app.py", line, 5), f"message {rule}", severity, Confidence.HIGH, mend=mend)


def report(*findings: Finding, summary: Summary = Summary(), source: str = "") -> Report:  # noqa: B008  (frozen)
    ordered = tuple(sorted(findings, key=lambda finding: finding.order))
    return Report(ordered, RULES, summary=summary, sources={"app.py": source})


def blocks(text: str) -> list[str]:
    return BLOCK.findall(text)


def test_rich_report(snapshot: Snapshot) -> None:
    snapshot.assert_match(render(REPORT, Options(notes=True)), "report.txt")


def test_colour_adds_nothing_but_colour() -> None:
    colored = render(REPORT, Options(color=True, notes=True))
    assert colored.count("\033[1;31merror\033[0m") == 2
    assert re.sub(r"\033\[[0-9;]*m", "", colored) == render(REPORT, Options(notes=True))


def test_one_block_for_a_place_with_all_its_rules() -> None:
    text = render(report(made(3), made(3, "COMM402"), made(3, "COMM401")), Options())
    assert blocks(text) == ["app.py:3:5"]
    assert [text.count(f"message {code}") for code in ("COMM101", "COMM401", "COMM402")] == [1, 1, 1]


def test_what_is_known_by_its_line_is_marked_where_its_text_begins() -> None:
    found = Finding("COMM101", Location("compose.yml", 2), "shared", Severity.WARNING, Confidence.HIGH)
    sources = {"compose.yml": "environment:\n  URL: postgresql://db/shop\n"}
    text = render(Report((found,), RULES, sources=sources), Options())
    assert "    2 |   URL: postgresql://db/shop\n      |   ^\n" in text


def test_errors_come_first_within_and_between_blocks() -> None:
    text = render(
        report(made(1), made(2, "COMM402"), made(2, "COMM401", Severity.ERROR), made(3, "COMM101", Severity.ERROR)),
        Options(),
    )
    assert blocks(text) == ["app.py:2:5", "app.py:3:5", "app.py:1:5"]
    assert text.index("message COMM401") < text.index("message COMM402")


def test_the_change_that_clears_most_comes_first_among_equals() -> None:
    few = [made(line, "COMM402", mend=SESSION) for line in (1, 2)]
    many = [made(line, "COMM401", mend=WRAPPER) for line in (3, 4, 5)]
    text = render(report(*few, *many, made(6)), Options())
    assert text.index("clears 3 findings") < text.index("clears 2 findings") < text.index("app.py:6:5")


def test_a_change_that_clears_one_finding_is_advice_in_its_block() -> None:
    text = render(report(made(1, "COMM402", mend=SESSION)), Options())
    assert "clears" not in text
    assert f"do    {SESSION.text} (orders/clients.py:1)" in text


def test_a_place_with_two_causes_stands_under_one_and_tells_of_the_other() -> None:
    text = render(
        report(
            *(made(line, "COMM402", mend=SESSION) for line in (1, 2, 3)),
            *(made(line, "COMM401", mend=WRAPPER) for line in (3, 4)),
        ),
        Options(),
    )
    assert sorted(blocks(text)) == ["app.py:1:5", "app.py:2:5", "app.py:3:5", "app.py:4:5"]
    assert "do    COMM401: give `UserClient` a circuit breaker (orders/clients.py:4)" in text


@pytest.mark.parametrize("mend", [None, SESSION])
def test_ten_blocks_for_a_cause_and_then_a_number(mend: Mend | None) -> None:
    text = render(report(*(made(line, "COMM402", mend=mend) for line in range(1, 55))), Options())
    assert len(blocks(text)) == 10
    assert "+44 more of COMM402" in text
    assert "54 findings (54 warnings)" in text


def test_ten_blocks_for_a_rule_whatever_the_severities() -> None:
    errors = [made(line, severity=Severity.ERROR) for line in range(1, 9)]
    text = render(report(*errors, *(made(line) for line in range(9, 21))), Options())
    assert blocks(text) == [f"app.py:{line}:5" for line in range(1, 11)]
    assert "+10 more of COMM101" in text


def test_ten_blocks_need_no_number() -> None:
    text = render(report(*(made(line) for line in range(1, 11))), Options())
    assert len(blocks(text)) == 10
    assert "more of" not in text


def test_what_all_findings_of_a_cause_say_is_said_once() -> None:
    text = render(REPORT, Options())
    assert text.count("requests waits for ever by default") == 1
    assert text.count("pass `timeout=(3.05, 10)`") == 1


def test_what_differs_is_said_in_each_block() -> None:
    one, two = (timeout(Location("app.py", line), Severity.WARNING, CALL) for line in (1, 2))
    text = render(report(one, msgspec.structs.replace(two, why="this one is asked often")), Options())
    assert text.count("requests waits for ever by default") == 1
    assert text.index("app.py:2:1") < text.index("this one is asked often")


def test_notes_are_counted_and_listed_on_request() -> None:
    both = report(made(1), made(2, "COMM602", Severity.NOTE))
    assert blocks(render(both, Options())) == ["app.py:1:5"]
    assert "1 note not shown" in render(both, Options())
    assert "1 finding (1 warning)" in render(both, Options())
    assert blocks(render(both, Options(notes=True))) == ["app.py:1:5", "app.py:2:5"]
    assert "2 findings (1 warning, 1 note)" in render(both, Options(notes=True))


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("    return users.get(key)", "get"),
        ("\treturn users.get(key)", "get"),
        ('    größe["大"] = users.get(key)', "get"),
        ("    x = '" + "z" * 300 + "'; users.get(key)", "get"),
        ("    users.get('" + "z" * 300 + "')", "get"),
    ],
    ids=["spaces", "tab", "wide", "far", "long"],
)
def test_carets_stand_under_the_name(line: str, name: str) -> None:
    column = line.rindex(name) + 1
    finding = msgspec.structs.replace(made(1), location=Location("app.py", 1, column, len(name)), call="GET users")
    text = render(report(finding, source=line), Options())
    shown, marks = (row.partition(" | ")[2] for row in text.splitlines() if " | " in row)
    # A wide sign takes two columns in a terminal and one in a string.
    wide = shown.count("大")
    start, end = marks.index("^") - wide, marks.rindex("^") + 1 - wide
    assert shown[start:end] == name
    assert marks.endswith("^ GET users")
    assert len(shown) < 130


def test_long_paths_are_broken_between_their_steps() -> None:
    long = [line for line in render(REPORT, Options()).splitlines() if line.startswith("         > ")]
    assert long
    assert all(len(line) <= 110 for line in render(REPORT, Options()).splitlines() if " > " in line)


def test_what_sources_and_names_hold_cannot_drive_the_terminal() -> None:
    evil = msgspec.structs.replace(
        made(1), location=Location("a\n\033]0;x\a.py", 1), message="m\033[2J\u202e", call="GET \033[1m"
    )
    text = render(Report((evil,), RULES, sources={evil.location.file: "x = '\033[31m\u2028'"}), Options())
    assert not {"\033", "\a", "\u202e", "\u2028"} & set(text)
    assert "a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}]0;x" in text


def test_a_line_whose_text_is_not_known_is_left_out() -> None:
    text = render(msgspec.structs.replace(REPORT, sources={}, findings=FINDINGS[:1]), Options())
    assert " | " not in text
    assert "broken [1] file.py:1:1 warning COMM001 unreadable-file" in text


def test_nothing_found() -> None:
    text = render(
        report(summary=Summary(services=3, remote_calls=58, resolved=41, external=12, unresolved=5)), Options()
    )
    assert text == (
        "No findings in 3 services; 58 remote calls: 41 to a service here, 12 external, 5 unresolved"
        " (--show-unresolved)\n"
    )


def test_a_report_with_failures_says_that_it_is_incomplete() -> None:
    assert "Incomplete: 2 internal errors" in render(Report((), RULES, failures=("a", "b")), Options())
