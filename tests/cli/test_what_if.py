"""`commlint what-if`."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner, Result

from commlint.cli import main

FILES = {
    "docker-compose.yml": """\
        services:
          gateway: {build: gateway}
          orders: {build: orders}
          users: {build: users}
        """,
    "gateway/app.py": """\
        import requests
        from flask import Flask

        app = Flask(__name__)


        def orders():
            return requests.get("http://orders/orders").json()


        @app.get("/checkout")
        def checkout():
            return orders()


        @app.get("/cart")
        def cart():
            return orders()


        @app.get("/home")
        def home():
            try:
                return requests.get("http://orders/orders").json()
            except requests.RequestException:
                return []


        def poll(url):
            requests.get(f"http://users/users/{url}")
            requests.get(url)
        """,
    "orders/app.py": """\
        import requests
        from flask import Flask

        app = Flask(__name__)


        @app.get("/orders")
        def orders():
            return requests.get("http://users/users/1").json()
        """,
    "users/app.py": """\
        from flask import Flask

        app = Flask(__name__)


        @app.get("/users/<int:id>")
        def user(id):
            return {"name": "Ada"}
        """,
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(dedent(text), encoding="utf-8")
    return tmp_path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["what-if", *map(str, arguments)])


def test_text(shop: Path) -> None:
    result = run("--down", "users", shop)
    assert result.exit_code == 0
    assert result.stdout == dedent(
        """\
        3 endpoints fail
          GET orders /orders  orders/app.py:8
            └ GET users /users/{}  orders/app.py:9
          GET gateway /checkout  gateway/app.py:12
          GET gateway /cart      gateway/app.py:17
            └ GET orders /orders  gateway/app.py:8 > orders/app.py:8
              └ GET users /users/{}  orders/app.py:9

        1 endpoint degrades
          GET gateway /home  gateway/app.py:22
            └ GET orders /orders  gateway/app.py:24 > orders/app.py:8
              = `home` answers without it  gateway/app.py:22
              └ GET users /users/{}  orders/app.py:9

        calls of users that no known entry point waits for
          gateway  gateway/app.py:30

        Without users, of 4 endpoints of other services 3 fail and 1 degrade
        1 call of another service goes nobody knows where, perhaps to users (`commlint map` lists them)
        """
    )


def test_json(shop: Path) -> None:
    result = run("--down", "users", "--format", "json", shop)
    document = json.loads(result.stdout)
    assert {key: value for key, value in document.items() if key not in ("failing", "degrading", "unplaced")} == {
        "version": 1,
        "service": "users",
        "unclear": [],
        "endpoints": 4,
        "unresolved": 1,
    }
    assert [(one["service"], one["entry"], one["endpoint"], one["stop"]) for one in document["failing"]] == [
        ("orders", "GET /orders", True, None),
        ("gateway", "GET /checkout", True, None),
        ("gateway", "GET /cart", True, None),
    ]
    (home,) = document["degrading"]
    assert (home["file"], home["line"], home["stop"]) == ("gateway/app.py", 22, 0)
    assert home["fallback"] == [
        {"file": "gateway/app.py", "line": 22, "text": "`home` answers without it"},
    ]
    assert home["hops"][1] == {
        "endpoint": "GET /orders",
        "from": "orders",
        "to": "users",
        "kind": "sync",
        "method": "GET",
        "path": "/users/{}",
        "file": "orders/app.py",
        "line": 9,
        "client_file": "orders/app.py",
        "client_line": 9,
        "handler_file": "users/app.py",
        "handler_line": 7,
        "guarded": False,
        "why": "",
    }
    assert [edge["line"] for edge in document["unplaced"]] == [30]


def test_what_nobody_needs(shop: Path) -> None:
    result = run("--down", "gateway", shop)
    assert result.exit_code == 0
    assert result.stdout == "Without gateway, of 2 endpoints of other services 0 fail and 0 degrade\n"


def test_paths_choose_what_is_shown(shop: Path) -> None:
    (shop / "commlint.toml").touch()
    assert "gateway" not in run("--down", "users", shop / "orders").stdout


def test_a_service_that_is_not_there(shop: Path) -> None:
    result = run("--down", "user", shop)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "commlint: error: no service is called `user`; did you mean `users`?\n"


def test_what_is_down_has_to_be_said(shop: Path) -> None:
    result = run(shop)
    assert result.exit_code == 2
    assert "--down" in result.stderr


def test_colours(shop: Path) -> None:
    assert "\x1b[" in run("--down", "users", "--color", "always", shop).stdout
    assert "\x1b[" not in run("--down", "users", "--color", "never", shop).stdout
