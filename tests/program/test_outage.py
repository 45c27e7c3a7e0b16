"""What fails, and what degrades, when a service is down."""

from __future__ import annotations

from pathlib import Path

import pytest
from trees import link, write

from commlint.errors import CommlintError
from commlint.program.outage import outage
from commlint.servicemap import Affected, Outage

SYSTEM = """\
--- docker-compose.yml
services:
  gateway: {build: gateway}
  orders: {build: orders}
  users: {build: users}
  reports: {build: reports}
--- gateway/app.py
import requests
from flask import Flask
app = Flask(__name__)

@app.get("/checkout")
def checkout():
    return requests.get("http://orders/orders").json()

@app.get("/home")
def home():
    try:
        return {"orders": requests.get("http://orders/orders").json()}
    except requests.RequestException:
        return {"orders": []}

@app.get("/names")
def names():
    return requests.get("http://orders/names").json()

@app.get("/about")
def about():
    return {}

def sweep():
    while True:
        requests.get("http://users/users/1")
--- orders/app.py
import requests
from flask import Flask
app = Flask(__name__)

def user():
    response = requests.get("http://users/users/1")
    response.raise_for_status()
    return response.json()

def name():
    try:
        return requests.get("http://users/users/1").json()["name"]
    except requests.RequestException:
        return "nobody"

@app.get("/orders")
def orders():
    return {"buyer": user()}

@app.get("/names")
def names():
    return {"buyer": name()}

@app.post("/payments")
def pay():
    return requests.post("https://api.pay.example/charges").json()
--- users/app.py
import requests
from flask import Flask
app = Flask(__name__)

@app.get("/users/<int:id>")
def user(id):
    return {"name": "Ada"}

@app.get("/friends")
def friends():
    return requests.get("http://users/users/2").json()
--- reports/app.py
import os
import requests
from flask import Flask
app = Flask(__name__)

@app.get("/report")
def report():
    return requests.get(f"http://orders/{os.environ['WHAT']}").json()

@app.get("/lost")
def lost():
    return requests.get(os.environ["SOMEWHERE"]).json()
"""


@pytest.fixture
def system(tmp_path: Path) -> Path:
    write(tmp_path, SYSTEM)
    return tmp_path


def ask(root: Path, down: str, paths: tuple[str, ...] = (".",)) -> Outage:
    return outage(link(root), down, paths)


def shown(affected: tuple[Affected, ...]) -> list[str]:
    """`gateway GET /checkout > orders GET /orders > users GET /users/{}`; `!` is where somebody goes on without it."""
    return [
        " > ".join(
            [
                f"{one.service} {one.entry}",
                *(
                    f"{'!' if number == one.stop else ''}{hop.edge.target} {hop.edge.method} {hop.edge.path}"
                    for number, hop in enumerate(one.hops)
                ),
            ]
        )
        for one in affected
    ]


def test_failures_travel_until_somebody_goes_on_without_the_answer(system: Path) -> None:
    found = ask(system, "users")
    assert shown(found.failing) == [
        "orders GET /orders > users GET /users/{}",
        "gateway GET /checkout > orders GET /orders > users GET /users/{}",
    ]
    assert shown(found.degrading) == [
        "orders GET /names > !users GET /users/{}",
        "gateway GET /home > !orders GET /orders > users GET /users/{}",
        "gateway GET /names > orders GET /names > !users GET /users/{}",
    ]


def test_says_where_it_is_called_and_by_what_it_is_caught(system: Path) -> None:
    _, home, _ = ask(system, "users").degrading
    assert [(hop.edge.location.file, hop.edge.location.line) for hop in home.hops] == [
        ("gateway/app.py", 12),
        ("orders/app.py", 6),
    ]
    assert [(step.location.file, step.location.line, step.text) for step in home.fallback] == [
        ("gateway/app.py", 10, "`home` goes on without the answer")
    ]
    assert (home.location.file, home.location.line) == ("gateway/app.py", 10)


def test_says_what_it_does_not_know(system: Path) -> None:
    found = ask(system, "users")
    assert [(edge.source, edge.location.line) for edge in found.unclear] == [("reports", 8)]
    assert [(edge.source, edge.location.line) for edge in found.unplaced] == [("gateway", 26)]
    assert found.endpoints == 9
    assert found.unresolved == 1


def test_a_service_outside(system: Path) -> None:
    found = ask(system, "api.pay.example")
    assert shown(found.failing) == ["orders POST /payments > api.pay.example POST /charges"]
    assert found.degrading == ()


def test_paths_choose_what_is_shown(system: Path) -> None:
    found = ask(system, "users", ("orders",))
    assert shown(found.failing) == ["orders GET /orders > users GET /users/{}"]
    assert (found.unclear, found.unplaced, found.endpoints) == ((), (), 3)


def test_what_nobody_needs(system: Path) -> None:
    found = ask(system, "gateway")
    assert (found.failing, found.degrading, found.unclear, found.unplaced) == ((), (), (), ())


def test_what_is_not_waited_for_is_not_affected(tmp_path: Path) -> None:
    write(
        tmp_path,
        """\
--- docker-compose.yml
services:
  orders: {build: orders}
  mail: {build: mail}
--- orders/app.py
import requests
from fastapi import BackgroundTasks, FastAPI
app = FastAPI()

def tell():
    requests.post("http://mail/mails")

@app.post("/orders")
def order(tasks: BackgroundTasks):
    tasks.add_task(tell)
    return {}
--- mail/app.py
from fastapi import FastAPI
app = FastAPI()

@app.post("/mails")
def send(): pass
""",
    )
    found = ask(tmp_path, "mail")
    assert (found.failing, found.degrading) == ((), ())
    assert [edge.location.line for edge in found.unplaced] == [6]


def test_one_caller_of_a_helper_has_a_fallback_and_another_has_none(tmp_path: Path) -> None:
    write(
        tmp_path,
        """\
--- docker-compose.yml
services:
  orders: {build: orders}
  users: {build: users}
--- orders/app.py
import requests
from flask import Flask
app = Flask(__name__)

def user():
    return requests.get("http://users/users/1").json()

@app.get("/bare")
def bare(): return user()

@app.get("/saved")
def saved():
    try:
        return user()
    except requests.RequestException:
        return {}
--- users/app.py
from flask import Flask
app = Flask(__name__)

@app.get("/users/<int:id>")
def user(id): return {}
""",
    )
    found = ask(tmp_path, "users")
    assert shown(found.failing) == ["orders GET /bare > users GET /users/{}"]
    assert shown(found.degrading) == ["orders GET /saved > !users GET /users/{}"]
    assert [step.text for step in found.degrading[0].fallback] == ["`saved` answers without it"]


def test_a_ring_ends(tmp_path: Path) -> None:
    write(
        tmp_path,
        """\
--- docker-compose.yml
services:
  a: {build: a}
  b: {build: b}
  c: {build: c}
--- a/app.py
import requests
from flask import Flask
app = Flask(__name__)
@app.get("/a")
def serve(): return requests.get("http://b/b").json()
--- b/app.py
import requests
from flask import Flask
app = Flask(__name__)
@app.get("/b")
def serve(): return {**requests.get("http://a/a").json(), **requests.get("http://c/c").json()}
--- c/app.py
from flask import Flask
app = Flask(__name__)
@app.get("/c")
def serve(): return {}
""",
    )
    assert shown(ask(tmp_path, "c").failing) == ["b GET /b > c GET /c", "a GET /a > b GET /b > c GET /c"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("user", "no service is called `user`; did you mean `users`?"),
        ("api.pay.exampel", "no service is called `api.pay.exampel`; did you mean `api.pay.example`?"),
        ("warehouse", "no service is called `warehouse`; `commlint map` shows them"),
    ],
)
def test_services_that_are_not_there(system: Path, name: str, message: str) -> None:
    with pytest.raises(CommlintError) as error:
        ask(system, name)
    assert str(error.value) == message


def test_names_are_found_in_any_case(system: Path) -> None:
    assert ask(system, "USERS").service == "users"


def test_one_of_two_copies_is_meant_by_its_folder(tmp_path: Path) -> None:
    for shop in ("first", "second"):
        write(tmp_path / shop, SYSTEM)
    with pytest.raises(CommlintError) as error:
        ask(tmp_path, "users")
    assert str(error.value) == "`users` may be `first/users` or `second/users`"
    assert ask(tmp_path, "users", ("second",)).service == "second/users"
    assert ask(tmp_path, "first/users", ("second",)).failing == ()
