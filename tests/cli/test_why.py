"""`commlint why`."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner, Result

from commlint.cli import main

CODE = """\
    import requests
    from flask import Flask

    app = Flask(__name__)


    def name(user_id):
        return requests.get(f"http://users/{user_id}", timeout=2).json().get("name")


    @app.get("/names")
    def names():
        for attempt in range(3):
            try:
                return name(1)
            except requests.RequestException:
                continue
        return ""


    @app.get("/bare")
    def bare():
        return requests.get("http://users/1").json()
    """


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(dedent(CODE), encoding="utf-8")
    return tmp_path


def run(place: str) -> Result:
    return CliRunner().invoke(main, ["why", place])


def test_says_what_keeps_a_place_silent(shop: Path) -> None:
    result = run(f"{shop}/app.py:8")
    assert result.exit_code == 0
    assert result.stdout == dedent(
        """\
        unguarded-call is silent about GET http://users/1:
          app.py:12 `names` answers without it
        missing-timeout is silent about GET http://users/1:
          app.py:8 ends by itself: a limit at the call, on its client or by default
        n-plus-one-call is silent about GET http://users/1:
          app.py:8 in no loop
        """
    )


def test_says_what_a_loop_is_for(shop: Path) -> None:
    assert "`for attempt in range(3)` goes over a few literals" in run(f"{shop}/app.py:15").stdout


def test_shows_what_is_reported_with_its_path(shop: Path) -> None:
    shown = run(f"{shop}/app.py:23:5").stdout
    assert "unguarded-call" in shown
    assert "missing-timeout" in shown
    assert "GET /bare" in shown
    assert "n-plus-one-call is silent about GET http://users/1" in shown
    assert "unguarded-call is silent" not in shown


def test_says_where_nothing_is(shop: Path) -> None:
    place = f"{shop}/app.py:4"
    assert run(place).stdout == f"{place}: no remote call is made here, and none is known to be reached from here\n"


@pytest.mark.parametrize("place", ["app.py", "app.py:x", ":3"])
def test_what_is_no_place(place: str) -> None:
    result = run(place)
    assert result.exit_code == 2
    assert result.stderr == f"commlint: error: `{place}` is no place; say it as orders/app.py:41\n"
