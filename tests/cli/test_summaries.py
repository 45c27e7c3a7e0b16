"""Repositories that know each other by summaries, from the command line."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commlint.cli import main
from commlint.neighbours.summary import Origin, decode

USERS = """\
from flask import Flask

app = Flask(__name__)


@app.get("/users/<int:id>")
def user(id):
    return {"id": id}
"""
ORDERS = """\
import requests
from flask import Flask

app = Flask(__name__)


@app.get("/orders/<int:id>")
def order(id):
    return requests.get(f"http://users:8000/people/{id}", timeout=1).json()


@app.get("/bills/<int:id>")
def bill(id):
    return requests.get(f"http://billing/bills/{id}", timeout=1).json() | requests.get(BASE + "/x", timeout=1).json()
"""

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    def invoke(*args: str) -> Result:
        return CliRunner().invoke(main, args)

    return invoke


@pytest.fixture
def sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Checkouts of two repositories, with the command line in one of them."""
    for name, code in (("users", USERS), ("orders", ORDERS)):
        folder = tmp_path / name
        (folder / ".git").mkdir(parents=True)
        (folder / "app.py").write_text(code)
    monkeypatch.chdir(tmp_path / "orders")
    return tmp_path


@pytest.mark.usefixtures("sides")
def test_a_call_is_judged_by_the_summary_of_who_answers_it(run: Run) -> None:
    assert run("summarize", "../users", "-o", "../users.commlint").exit_code == 0
    alone = run("check", "--select", "COMM601")
    assert (alone.exit_code, "floating-call" in alone.output) == (0, False)
    assert "601 need neighbours: nothing is known of billing, users\n" in alone.output

    both = run("check", "--select", "COMM601", "--with", "../users.commlint")

    assert both.exit_code == 1
    assert "app.py:9:21 error COMM601 floating-call" in both.output
    assert "`users` serves no GET /people/{}" in both.output
    assert "Read with 1 summary: users\n" in both.output
    assert "601 need neighbours: nothing is known of billing\n" in both.output
    assert "in 1 service; 3 remote calls: 1 to a service here, 1 external, 1 unresolved" in both.output


@pytest.mark.usefixtures("sides")
def test_the_map_and_the_questions_to_it_know_neighbours_too(run: Run) -> None:
    run("summarize", "../users", "-o", "users.commlint")
    drawn = json.loads(run("map", "--format", "json", "--with", "users.commlint").output)
    assert {node["name"]: node["root"] for node in drawn["services"] if not node.get("external")} == {
        "orders": ".",
        "users": "users://",
    }
    down = run("what-if", "--down", "users", "--with", "users.commlint")
    assert "GET orders /orders/{id}  app.py:8" in down.output
    callers = run("callers", "users", "--with", "users.commlint")
    assert (callers.exit_code, "users" in callers.output) == (0, True)


@pytest.mark.usefixtures("sides")
def test_what_cannot_be_settled_comes_with_the_line_that_would_settle_it(run: Run) -> None:
    shown = run("check", "--show-unresolved")
    line = '`[services.NAME] settings = ["BASE"]` says it'
    assert line in shown.output
    Path("commlint.toml").write_text('[services.base]\nexternal = true\nsettings = ["BASE"]\n')
    assert "BASE" not in run("check", "--show-unresolved", "--select", "COMM601").output


def test_kept_summaries_are_found_and_a_broken_one_is_a_finding(sides: Path, run: Run) -> None:
    updated = run("neighbours", "update", "../users")
    assert (updated.exit_code, updated.output) == (0, ".commlint/neighbours/users.commlint: users\n")
    kept = sides / "orders" / ".commlint" / "neighbours" / "users.commlint"
    assert run("check", "--select", "COMM601").exit_code == 1

    data = kept.read_bytes()
    assert run("neighbours", "update", str(kept)).exit_code == 0
    assert kept.read_bytes() == data
    kept.write_bytes(data[:-10])
    broken = run("check", "--select", "COMM601,COMM001", "--format", "concise")
    assert broken.exit_code == 1
    assert ".commlint/neighbours/users.commlint:1:1" in broken.output
    assert "cannot be read: is cut short" in broken.output
    assert "floating-call" not in broken.output
    again = run("neighbours", "update", str(kept))
    assert (again.exit_code, again.stderr) == (2, "commlint: error: users.commlint: is cut short\n")


@pytest.mark.usefixtures("sides")
@pytest.mark.parametrize("data", [None, b"", b"commlint summary 99.1\n"])
def test_a_named_summary_that_is_none_stops_the_work(data: bytes | None, run: Run) -> None:
    if data is not None:
        Path("x.commlint").write_bytes(data)
    for command in (("check",), ("map",), ("callers", "users"), ("what-if", "--down", "users")):
        failed = run(*command, "--with", "x.commlint")
        assert failed.exit_code == 2
        assert failed.stderr.startswith("commlint: error: x.commlint: ")
        assert failed.stderr.count("\n") == 1


def test_a_summary_counts_in_what_is_kept_of_a_run(sides: Path, run: Run) -> None:
    run("summarize", "../users", "-o", "users.commlint")
    assert run("check", "--select", "COMM601", "--with", "users.commlint").exit_code == 1
    (sides / "users" / "app.py").write_text(USERS.replace("/users/", "/people/"))
    run("summarize", "../users", "-o", "users.commlint")
    assert run("check", "--select", "COMM601", "--with", "users.commlint").exit_code == 0
    assert run("check", "--select", "COMM601").exit_code == 0


def test_a_summary_says_what_was_checked_out(tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "elsewhere"
    (folder / "api").mkdir(parents=True)
    (folder / "api" / "app.py").write_text(USERS)
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    when = {"GIT_AUTHOR_DATE": "@1700000000 +0000", "GIT_COMMITTER_DATE": "@1700000000 +0000"}
    for command in (
        ["init", "-q"],
        ["remote", "add", "origin", "git@example.org:shop/users.git"],
        ["add", "."],
        ["commit", "-qm", "users"],
    ):
        subprocess.run(["git", *command], cwd=folder, check=True, env={**os.environ, **who, **when})
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True).stdout.decode()

    file = tmp_path / "out.commlint"
    assert run("summarize", str(folder / "api"), "-o", str(file)).exit_code == 0
    origin = decode(file.read_bytes()).origin
    assert origin == Origin("users", "api", commit.strip(), 1_700_000_000)
    first = file.read_bytes()
    run("summarize", str(folder / "api"), "-o", str(file), "--jobs", "2")
    assert file.read_bytes() == first
    run("summarize", str(folder), "-o", str(file), "--name", "people")
    assert decode(file.read_bytes()).origin.place == "people"
    assert run("summarize", str(folder / "api" / "app.py")).exit_code == 2
    assert run("summarize", str(folder), "-o", str(file), "--name", "../people").exit_code == 2
