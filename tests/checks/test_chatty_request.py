"""What a finding says of the time that a request takes, and of what it fails with."""

from __future__ import annotations

from pathlib import Path

import pytest

from commlint import api
from commlint.config import Config
from commlint.finding import Finding, Severity

APP = """
import asyncio, httpx
from fastapi import FastAPI
app = FastAPI()
client = httpx.AsyncClient(base_url="http://counts:8000")
async def count(what):
    return (await client.get(f"/counts/{{what}}")).json()
async def careful(what):
    try:
        return await count(what)
    except httpx.HTTPError:
        return None
@app.get("/overview")
async def overview():
    {0}
"""


def check(root: Path, body: str) -> Finding:
    (root / "app.py").write_text(APP.format(body), "utf-8")
    report = api.analyze(Config(root=root, select=("chatty-request",)))
    assert report.failures == ()
    (finding,) = report.findings
    return finding


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(
            'return await count("a"), await count("b")',
            "the request takes as long as all of them one after the other, and fails when one of them does",
            id="in turn",
        ),
        pytest.param(
            'return await careful("a"), await careful("b")',
            "the request takes as long as all of them one after the other, and goes on when one fails",
            id="with care",
        ),
        pytest.param(
            'return await careful("a"), await count("b")',
            "the request takes as long as all of them one after the other, and fails with one of them",
            id="with care for one",
        ),
        pytest.param(
            'return await asyncio.gather(count("a"), count("b"))',
            "they run together: the request takes as long as the slowest of them, and fails when one of them does",
            id="together",
        ),
        pytest.param(
            'return await asyncio.gather(count("a"), count("b"), return_exceptions=True), await count("c")',
            "some of them run together: the request waits 2 times in turn, and fails with one of them",
            id="some together",
        ),
    ],
)
def test_why(tmp_path: Path, body: str, why: str) -> None:
    assert check(tmp_path, body).why == why


@pytest.mark.parametrize(
    ("body", "severity"),
    [
        pytest.param(
            "return [" + ", ".join(f"await count({n})" for n in range(4)) + "]", Severity.WARNING, id="in turn"
        ),
        pytest.param(
            "return await asyncio.gather(" + ", ".join(f"careful({n})" for n in range(4)) + ")",
            Severity.NOTE,
            id="together and with care",
        ),
    ],
)
def test_four_calls_are_serious_unless_nothing_comes_of_them(tmp_path: Path, body: str, severity: Severity) -> None:
    finding = check(tmp_path, body)
    assert (finding.severity, finding.message) == (severity, "GET /overview makes 4 remote calls on one path")


def test_calls_on_a_client_s_line_are_told_apart(tmp_path: Path) -> None:
    finding = check(tmp_path, 'return await count("a"), await count("b"), await count("b")')
    assert [(step.location.line, step.text) for step in finding.related] == [
        (15, "overview: GET http://counts:8000/counts/{what}"),
        (15, "overview: GET http://counts:8000/counts/{what}"),
        (15, "overview: GET http://counts:8000/counts/{what}"),
    ]
