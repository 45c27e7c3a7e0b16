"""`commlint map`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from commlint.cli import main
from commlint.report.maps import STYLES

COMPOSE = """\
services:
  shop: {build: shop, environment: {ORDERS_URL: "http://orders:8000"}}
  orders: {build: orders}
  users: {build: users}
"""
SHOP = """\
import os

import requests
from flask import Flask

app = Flask(__name__)


@app.get("/mine")
def mine():
    return requests.get(os.environ["ORDERS_URL"] + "/orders/1", timeout=2).json()


@app.get("/rates")
def rates():
    try:
        return requests.get("https://api.example.com/rates", timeout=2).json()
    except requests.RequestException:
        return {}


@app.post("/hook")
def hook(address):
    return requests.post(address, timeout=2).json()
"""
ORDERS = """\
import requests
from flask import Flask

app = Flask(__name__)


@app.get("/orders/<int:number>")
def order(number):
    return requests.get(f"http://users:8000/users/{number}", timeout=2).json()


@app.get("/names")
def names():
    return []
"""
USERS = """\
import requests
from flask import Flask

app = Flask(__name__)


@app.get("/users/<int:number>")
def user(number):
    return {"id": number}


@app.delete("/users/<int:number>")
def leave(number):
    return requests.get("http://orders:8000/names", timeout=2).json()
"""


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docker-compose.yml").write_text(COMPOSE, encoding="utf-8")
    for name, code in (("shop", SHOP), ("orders", ORDERS), ("users", USERS)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.py").write_text(code, encoding="utf-8")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["map", *arguments])


def document() -> Any:
    return json.loads(run("--format", "json").stdout)


@pytest.mark.parametrize("style", STYLES)
def test_every_format_names_the_services(system: Path, style: str) -> None:
    result = run(str(system), "--format", style)
    assert (result.exit_code, result.stderr) == (0, "")
    assert all(name in result.stdout for name in ("shop", "orders", "users", "api.example.com"))


@pytest.mark.usefixtures("system")
def test_text_says_who_calls_whom() -> None:
    shown = run().stdout
    assert "GET /orders/{}" in shown
    assert "shop/app.py:11" in shown
    assert "shop GET /mine waits for 2 calls, one inside the other" in shown
    assert "\x1b[" not in shown
    assert "\x1b[" in run("--color", "always").stdout


@pytest.mark.usefixtures("system")
def test_json_has_each_service_with_its_endpoints() -> None:
    services = {service["name"]: service for service in document()["services"]}
    assert list(services) == ["orders", "shop", "users", "api.example.com"]
    assert services["api.example.com"]["external"]
    orders = services["orders"]
    assert (orders["root"], orders["external"], orders["complete"]) == ("orders", False, True)
    assert "orders" in orders["hosts"]
    assert orders["reasons"]
    assert orders["endpoints"] == [
        {"method": "GET", "path": "/names", "file": "orders/app.py", "line": 13},
        {"method": "GET", "path": "/orders/{}", "file": "orders/app.py", "line": 8},
    ]


@pytest.mark.usefixtures("system")
def test_json_has_an_edge_for_each_call() -> None:
    edges = document()["edges"]
    assert [(edge["from"], edge["to"], edge["method"], edge["path"], edge["guarded"]) for edge in edges] == [
        ("orders", "users", "GET", "/users/{}", False),
        ("shop", "orders", "GET", "/orders/{}", False),
        ("shop", "api.example.com", "GET", "/rates", True),
        ("shop", None, "POST", "", False),
        ("users", "orders", "GET", "/names", False),
    ]
    assert edges[1] == {
        "from": "shop",
        "to": "orders",
        "kind": "sync",
        "method": "GET",
        "path": "/orders/{}",
        "file": "shop/app.py",
        "line": 11,
        "client_file": "shop/app.py",
        "client_line": 11,
        "handler_file": "orders/app.py",
        "handler_line": 8,
        "guarded": False,
        "why": "",
    }
    assert "`address`" in edges[3]["why"]
    assert edges[3]["handler_file"] is None


@pytest.mark.usefixtures("system")
def test_json_has_chains_and_rings() -> None:
    drawn = document()
    chains = [[(hop["endpoint"], hop["to"], hop["line"]) for hop in chain["hops"]] for chain in drawn["chains"]]
    assert chains == [[("GET /mine", "orders", 11), ("GET /orders/{number}", "users", 9)]]
    assert drawn["rings"] == [["orders", "users"]]


@pytest.mark.usefixtures("system")
def test_where_the_target_is_settled_and_where_the_client_is() -> None:
    Path("shop/app.py").write_text(
        "import requests\n\n\ndef ask(path):\n    return requests.get(f'http://users:8000{path}', timeout=2)\n\n\n"
        "ask('/users/1')\n",
        encoding="utf-8",
    )
    [edge] = [edge for edge in document()["edges"] if edge["from"] == "shop"]
    assert (edge["line"], edge["client_line"], edge["handler_line"]) == (8, 5, 8)


@pytest.mark.usefixtures("system")
def test_writes_a_file_and_nothing_else() -> None:
    result = run("--format", "html", "--output", "map.html")
    assert (result.exit_code, result.stdout) == (0, "")
    page = Path("map.html").read_text("utf-8")
    assert page.lower().startswith("<!doctype html>")
    # The findings are on it.
    assert "sync-chain" in page


@pytest.mark.usefixtures("system")
def test_the_same_bytes_for_any_number_of_processes() -> None:
    assert run("--format", "json", "--jobs", "1").stdout == run("--format", "json", "--jobs", "2").stdout


def test_findings_do_not_make_it_fail(system: Path) -> None:
    assert run(str(system)).exit_code == 0


def test_a_folder_without_code_is_no_error(tmp_path: Path) -> None:
    result = run(str(tmp_path), "--format", "json")
    assert result.exit_code == 0
    drawn = json.loads(result.stdout)
    assert {key: drawn[key] for key in ("services", "edges", "chains", "rings")} == {
        "services": [],
        "edges": [],
        "chains": [],
        "rings": [],
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "nowhere: no such file or folder"),
        (("--format", "svg"), "'svg' is not one of"),
        (("--jobs", "0"), "not in the range"),
        (("--output", "no/such/folder/map.html"), "cannot write no/such/folder/map.html"),
    ],
)
@pytest.mark.usefixtures("system")
def test_what_the_user_can_mend_is_one_line_and_status_2(arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("commlint: error: ")
    assert result.stderr.count("\n") == 1
    assert said in result.stderr
