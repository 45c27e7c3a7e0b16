"""How much a finding matters, and whom it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from commlint import api
from commlint.config import Config
from commlint.finding import Severity

CALL = """
import asyncio, httpx
from fastapi import FastAPI
app = FastAPI()
async def tell(text):
    async with httpx.AsyncClient(timeout=2) as client:
        await client.post("http://hooks:8000/messages", json=text)
"""


@pytest.mark.parametrize(
    ("code", "severity", "who"),
    [
        pytest.param(
            '@app.post("/orders")\nasync def order(): await tell("new")\n',
            Severity.WARNING,
            "POST /orders",
            id="request",
        ),
        pytest.param(
            '@app.post("/orders")\nasync def order(): asyncio.create_task(tell("new"))\n',
            Severity.NOTE,
            "`tell`, for which nobody waits,",
            id="handed over",
        ),
        pytest.param(
            "import threading\nasync def always():\n    while True:\n        await tell('up')\n"
            '@app.on_event("startup")\ndef start(): threading.Thread(target=always).start()\n',
            Severity.WARNING,
            "`always`, for which nobody waits,",
            id="handed over and kept up",
        ),
        pytest.param(
            "from celery import Celery\njobs = Celery()\n@jobs.task\ndef nightly(): asyncio.run(tell('night'))\n",
            Severity.NOTE,
            "the task `nightly`",
            id="job",
        ),
    ],
)
def test_severity(tmp_path: Path, code: str, severity: Severity, who: str) -> None:
    (tmp_path / "app.py").write_text(CALL + code, "utf-8")
    (tmp_path / "Dockerfile").write_text("FROM python:3.12\n", "utf-8")
    report = api.analyze(Config(root=tmp_path, select=("unguarded-call",)))
    assert report.failures == ()
    (finding,) = report.findings
    assert finding.severity is severity
    assert finding.why == f"when `hooks` is down or slow, {who} fails with it"
