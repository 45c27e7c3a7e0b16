"""`commlint callers`."""

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
          orders: {build: orders}
          reports: {build: reports}
          users: {build: users}
        """,
    "orders/app.py": """\
        from fastapi import FastAPI

        from clients import get_user

        app = FastAPI()


        @app.get("/orders/{id}")
        def order(id: int):
            buyer = get_user(id)
            return {"buyer": buyer["name"], "street": buyer["address"]["street"]} if buyer else {}
        """,
    "orders/clients.py": """\
        import requests


        def get_user(id):
            try:
                return fetch(f"http://users/users/{id}")
            except requests.RequestException:
                return None


        def fetch(url):
            return requests.get(url).json()
        """,
    "reports/app.py": """\
        import requests
        from flask import Flask

        app = Flask(__name__)


        @app.get("/report")
        def report():
            users = requests.get("http://users/users").json()
            return [user["name"] for user in users]


        @app.post("/rename/<path:where>")
        def rename(where):
            requests.post("http://users/gone").raise_for_status()
            return requests.put(f"http://users/{where}").json()
        """,
    "users/app.py": """\
        from flask import Flask

        app = Flask(__name__)


        @app.get("/users")
        def users():
            return []


        @app.route("/users/<int:id>", methods=["GET", "DELETE"])
        def user(id):
            return {"name": "Ada"}
        """,
}
ALL = """\
    POST users /gone  no handler is known
      reports  unguarded  reports/app.py:15

    GET users /users  users/app.py:7
      reports  unguarded  reports/app.py:9
          reads [].name

    GET users /users/{}  users/app.py:12
      orders  guarded    orders/clients.py:6 > orders/clients.py:12
          reads address.street, name

    nobody is seen to call
      DELETE users /users/{}  users/app.py:12

    calls of users that fit none of its known endpoints
      reports  unguarded  reports/app.py:16
          asks PUT users /{}

    3 calls in 2 services
    """
USER = """\
    GET users /users/{}  users/app.py:12
      orders  guarded    orders/clients.py:6 > orders/clients.py:12
          reads address.street, name

    calls of users that fit none of its known endpoints
      reports  unguarded  reports/app.py:16
          asks PUT users /{}

    1 call in 1 service
    """


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(dedent(text), encoding="utf-8")
    return tmp_path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["callers", *map(str, arguments)])


def test_all_endpoints_of_a_service(shop: Path) -> None:
    result = run("users", shop)
    assert result.exit_code == 0
    assert result.stdout == dedent(ALL)


@pytest.mark.parametrize(
    "endpoint",
    [
        "GET users /users/{}",
        "get users /users/{user_id}",
        "GET users users/<int:id>/",
        "GET users /users/42",
        "GET /users/{}",
    ],
)
def test_one_endpoint(shop: Path, endpoint: str) -> None:
    assert run(endpoint, shop).stdout == dedent(USER)


def test_any_method(shop: Path) -> None:
    assert [
        (called["method"], len(called["calls"]))
        for called in json.loads(run("users /users/{}", shop, "--format", "json").stdout)["endpoints"]
    ] == [("DELETE", 0), ("GET", 1)]


def test_json(shop: Path) -> None:
    document = json.loads(run("GET users /users", "--format", "json", shop).stdout)
    (unclear,) = document.pop("unclear")
    assert (unclear["line"], unclear["reads"]) == (16, [])
    assert document == {
        "version": 1,
        "service": "users",
        "endpoints": [
            {
                "method": "GET",
                "path": "/users",
                "file": "users/app.py",
                "line": 7,
                "calls": [
                    {
                        "from": "reports",
                        "to": "users",
                        "kind": "sync",
                        "method": "GET",
                        "path": "/users",
                        "file": "reports/app.py",
                        "line": 9,
                        "client_file": "reports/app.py",
                        "client_line": 9,
                        "handler_file": "users/app.py",
                        "handler_line": 7,
                        "guarded": False,
                        "why": "",
                        "reads": ["[].name"],
                    }
                ],
            }
        ],
        "unresolved": 0,
    }


def test_paths_choose_what_is_shown(shop: Path) -> None:
    (shop / "commlint.toml").touch()
    document = json.loads(run("users", shop / "reports", "--format", "json").stdout)
    called = [called["path"] for called in document["endpoints"] if called["calls"]]
    assert called == ["/gone", "/users"]


@pytest.mark.parametrize(
    ("endpoint", "message"),
    [
        (
            "GET users /user/{}",
            "`users` has no endpoint GET /user/{} that is known; did you mean `GET users /users/{}`?",
        ),
        ("GET users /x", "`users` has no endpoint GET /x that is known; `commlint callers users` lists them"),
        ("PUT users /users", "`users` has no endpoint PUT /users that is known; did you mean `GET users /users`?"),
        ("GET user /users", "no service is called `user`; did you mean `users`?"),
        ("GET /userss", "no service is known to serve GET /userss; did you mean `GET users /users`?"),
        ("GET", "`GET` is no endpoint; say it as `GET users /users/{}`, or `users` for all of them"),
        ("a b c d", "`a b c d` is no endpoint; say it as `GET users /users/{}`, or `users` for all of them"),
    ],
)
def test_what_is_not_there(shop: Path, endpoint: str, message: str) -> None:
    result = run(endpoint, shop)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"commlint: error: {message}\n"


def test_an_endpoint_of_two_services(shop: Path) -> None:
    (shop / "docker-compose.yml").write_text(
        "services:\n  users: {build: users}\n  people: {build: people}\n", encoding="utf-8"
    )
    (shop / "people").mkdir()
    (shop / "people" / "app.py").write_text(dedent(FILES["users/app.py"]), encoding="utf-8")
    message = "GET /users is served by `people` or `users`: name the service as well"
    assert run("GET /users", shop).stderr == f"commlint: error: {message}\n"


def test_calls_of_a_service_outside(shop: Path) -> None:
    (shop / "reports" / "app.py").write_text(
        dedent(
            """\
            import requests
            from flask import Flask

            app = Flask(__name__)


            @app.get("/rates")
            def rates():
                return requests.get("https://rates.example/latest").json()["rates"]["EUR"]
            """
        ),
        encoding="utf-8",
    )
    assert run("rates.example", shop).stdout == dedent(
        """\
        GET rates.example /latest  no handler is known
          reports  unguarded  reports/app.py:9
              reads rates.EUR

        1 call in 1 service
        """
    )


@pytest.mark.parametrize("endpoint", ["RPC stock count", "stock stock.count"])
def test_calls_by_name(tmp_path: Path, endpoint: str) -> None:
    (tmp_path / "docker-compose.yml").write_text("services:\n  stock: {build: stock}\n  shop: {build: shop}\n")
    files = {
        "stock": """\
            from nameko.rpc import rpc


            class Stock:
                name = "stock"

                @rpc
                def count(self, sku):
                    return {"free": 3}
            """,
        "shop": """\
            from nameko.rpc import RpcProxy
            from nameko.web.handlers import http


            class Shop:
                name = "shop"
                stock = RpcProxy("stock")

                @http("GET", "/free")
                def free(self, request):
                    return self.stock.count("tea")["free"]
            """,
    }
    for service, text in files.items():
        (tmp_path / service).mkdir()
        (tmp_path / service / "service.py").write_text(dedent(text), encoding="utf-8")
    assert run(endpoint, tmp_path).stdout == dedent(
        """\
        RPC stock count  stock/service.py:8
          shop  unguarded  shop/service.py:11
              reads free

        1 call in 1 service
        """
    )
