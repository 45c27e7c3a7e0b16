"""`commlint libraries`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commlint.catalogue import load_libraries
from commlint.cli import main

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["libraries", *arguments])


def test_lists_each_library_once() -> None:
    result = run()
    assert result.exit_code == 0
    *listed, empty, count = result.stdout.splitlines()
    assert [line.split()[0] for line in listed] == [library.library for library in load_libraries()]
    assert (empty, count) == ("", f"{len(load_libraries())} libraries")


def test_shows_what_is_known_of_one() -> None:
    result = run("Requests")
    assert result.exit_code == 0
    assert result.stdout.startswith("requests 2.")
    assert "\nclient\n  functions  requests.get, requests.post," in result.stdout
    assert "  timeout  kw:timeout\n" in result.stdout
    assert "default_timeout" not in result.stdout


def test_a_name_that_nobody_has_is_an_error_that_says_which_was_meant() -> None:
    result = run("reqests")
    assert result.exit_code == 2
    assert result.stderr == "commlint: error: no library model is called `reqests`; did you mean `requests`?\n"


def test_the_users_own_are_among_them() -> None:
    Path("commlint.toml").write_text('[[client]]\nfunctions = ["acme.call"]\n', encoding="utf-8")
    assert run("commlint.toml").stdout == "commlint.toml\nas documented\n\nclient\n  functions  acme.call\n"
    assert run().stdout.startswith("commlint.toml ")


def test_json_holds_everything() -> None:
    known = {library["library"]: library for library in json.loads(run("--format", "json").stdout)}
    assert known["httpx"]["client"][0]["default_timeout"] == 5
    [requests] = json.loads(run("requests", "--format", "json").stdout)
    assert requests == known["requests"]


def test_the_page_in_the_docs_is_up_to_date() -> None:
    assert (DOCS / "libraries.md").read_text("utf-8") == run("--format", "markdown").stdout
