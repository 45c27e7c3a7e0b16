from __future__ import annotations

from sample_report import REPORT, Snapshot

from commlint.report import Options
from commlint.report.concise import render


def test_rich_report(snapshot: Snapshot) -> None:
    snapshot.assert_match(render(REPORT, Options(notes=True)), "report.txt")


def test_notes_are_counted_and_listed_on_request() -> None:
    assert "COMM602" not in render(REPORT, Options())
    assert "1 note not shown" in render(REPORT, Options())
    assert "orders/base.py:1:7 COMM602 hardcoded-endpoint" in render(REPORT, Options(notes=True))
