from __future__ import annotations

import json
import random

import msgspec
from sample_report import FINDINGS, REPORT, Snapshot

from commlint.report import Options
from commlint.report.fingerprint import line_hashes
from commlint.report.json_ import render


def test_rich_report(snapshot: Snapshot) -> None:
    snapshot.assert_match(render(REPORT, Options()), "report.json")


def test_every_severity_is_there_without_being_asked_for() -> None:
    found = json.loads(render(REPORT, Options()))
    assert {finding["severity"] for finding in found["findings"]} == {"error", "warning", "note"}
    assert found["summary"]["findings"] == {"error": 2, "warning": 15, "note": 1}


def test_the_order_of_findings_does_not_matter() -> None:
    shuffled = list(FINDINGS)
    random.Random(7).shuffle(shuffled)  # noqa: S311
    assert render(msgspec.structs.replace(REPORT, findings=tuple(shuffled)), Options()) == render(REPORT, Options())


def test_the_fingerprint_is_that_of_the_line() -> None:
    first = next(f for f in json.loads(render(REPORT, Options()))["findings"] if f["rule"] == "COMM101")
    assert first["fingerprint"] == line_hashes(REPORT.sources[first["file"]])[first["line"] - 1]


def test_a_file_whose_text_is_not_known_has_no_fingerprint() -> None:
    found = json.loads(render(msgspec.structs.replace(REPORT, sources={}), Options()))
    assert {finding["fingerprint"] for finding in found["findings"]} == {None}


def test_a_file_name_that_is_no_unicode_can_be_written() -> None:
    odd = msgspec.structs.replace(
        FINDINGS[0], location=msgspec.structs.replace(FINDINGS[0].location, file="caf\udce9.py")
    )
    text = render(msgspec.structs.replace(REPORT, findings=(odd,)), Options())
    assert text.isascii()
