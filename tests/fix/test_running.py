"""Repaired programs, run."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from commlint import api
from commlint.config import Config
from commlint.program import cures

WAITING = """\
import sys
import urllib.request


def fetch(url):
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.read()
    except OSError:
        return None


print(fetch(sys.argv[1]))
"""
STRICT = """\
import json
import sys
import urllib.request

from pydantic import BaseModel


class User(BaseModel, extra="forbid"):
    name: str


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return User.model_validate(json.loads(answer.read()))
    except OSError:
        return None


print(fetch(sys.argv[1]))
"""


def repaired(folder: Path, text: str) -> Path:
    file = folder / "app.py"
    file.write_text(text, "utf-8")
    done = api.repair(Config(root=folder.resolve(), jobs=1), unsafe=True)
    file.write_bytes(done.after["app.py"])
    return file


def test_a_call_with_a_limit_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cures, "_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        # The kernel accepts for it, and nobody ever answers.
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        (tmp_path / "before.py").write_text(WAITING, "utf-8")
        with pytest.raises(subprocess.TimeoutExpired):
            subprocess.run([sys.executable, tmp_path / "before.py", url], timeout=3, check=False)
        done = subprocess.run(
            [sys.executable, repaired(tmp_path, WAITING), url], timeout=30, check=True, capture_output=True, text=True
        )
    assert done.stdout == "None\n"


def test_an_unknown_field_is_read(tmp_path: Path) -> None:
    data = tmp_path / "user.json"
    data.write_text('{"name": "Ada", "since": 1843}')
    (tmp_path / "before.py").write_text(STRICT, "utf-8")
    before = subprocess.run([sys.executable, tmp_path / "before.py", data.as_uri()], check=False, capture_output=True)
    assert before.returncode == 1
    assert b"Extra inputs are not permitted" in before.stderr
    (tmp_path / "before.py").unlink()
    after = subprocess.run(
        [sys.executable, repaired(tmp_path, STRICT), data.as_uri()], check=True, capture_output=True, text=True
    )
    assert after.stdout == "name='Ada'\n"
