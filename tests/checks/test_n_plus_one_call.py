"""What a finding says besides where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from commlint import api
from commlint.config import Config
from commlint.finding import Finding, Severity

COMPOSE = """
services:
  orders: {build: orders}
  users: {build: users, ports: ["8001:8000"]}
"""
USERS = """
from fastapi import FastAPI
app = FastAPI()
@app.get("/users/{user_id}")
def user(user_id: int): return {"id": user_id}
@app.get("/users")
def users(ids: str): return [{"id": int(i)} for i in ids.split(",")]
"""
ORDERS = """
import httpx
from fastapi import FastAPI
app = FastAPI()
class Users:
    def get_user(self, user_id):
        try:
            return httpx.get(f"http://users:8000/users/{user_id}").json()
        except httpx.HTTPError:
            return None
@app.get("/orders")
def orders(ids: list[int]):
    users = Users()
    return [users.get_user(i) for i in ids]
"""
PLURAL = """
    def get_users(self, ids):
        return httpx.get("http://users:8000/users", params={"ids": ids}).json()
"""


def check(root: Path, files: dict[str, str]) -> list[Finding]:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    report = api.analyze(Config(root=root, select=("n-plus-one-call",)))
    assert report.failures == ()
    return list(report.findings)


@pytest.fixture
def system() -> dict[str, str]:
    dockerfile = "FROM python:3.12\n"
    return {
        "docker-compose.yml": COMPOSE,
        "users/app.py": USERS,
        "users/Dockerfile": dockerfile,
        "orders/app.py": ORDERS,
        "orders/Dockerfile": dockerfile,
    }


def test_an_endpoint_of_a_service_here_is_an_error(tmp_path: Path, system: dict[str, str]) -> None:
    (finding,) = check(tmp_path, system)
    assert finding.severity is Severity.ERROR
    assert finding.message == "a remote call to `users` for each element of `ids`"
    assert finding.call == "GET http://users:8000/users/{user_id}"
    assert [step.text for step in finding.path] == [
        "GET /orders",
        "for i in ids",
        "Users.get_user",
        "GET http://users:8000/users/{user_id}",
    ]


def test_a_service_that_is_not_here_is_a_warning(tmp_path: Path, system: dict[str, str]) -> None:
    elsewhere = system["orders/app.py"].replace("http://users:8000", "http://accounts:8000")
    (finding,) = check(tmp_path, {**system, "orders/app.py": elsewhere})
    assert finding.severity is Severity.WARNING


def test_the_batch_endpoint_is_named(tmp_path: Path, system: dict[str, str]) -> None:
    (finding,) = check(tmp_path, system)
    assert finding.advice.endswith("there is users GET /users, asked by `ids` (users/app.py:7)")
    assert [step.location.file for step in finding.related] == ["users/app.py"]


def test_the_plural_of_the_client_goes_first(tmp_path: Path, system: dict[str, str]) -> None:
    both = system["orders/app.py"].replace("@app.get", f"{PLURAL}@app.get")
    (finding,) = check(tmp_path, {**system, "orders/app.py": both})
    assert "there is Users.get_users (orders/app.py:" in finding.advice


def test_without_a_batch_call_the_provider_needs_one(tmp_path: Path, system: dict[str, str]) -> None:
    single = system["users/app.py"].partition('@app.get("/users")')[0]
    (finding,) = check(tmp_path, {**system, "users/app.py": single})
    assert finding.advice.endswith("`users` must offer that")
    assert finding.related == ()


def test_a_script_beside_the_services_is_a_note(tmp_path: Path, system: dict[str, str]) -> None:
    script = 'import httpx\nfor i in open("ids"):\n    httpx.delete(f"http://users:8000/users/{i}")\n'
    findings = check(tmp_path, {**system, "scripts/purge.py": script})
    severities = {finding.location.file: finding.severity for finding in findings}
    assert severities == {"orders/app.py": Severity.ERROR, "scripts/purge.py": Severity.NOTE}


def test_work_that_nobody_waits_for_is_a_warning(tmp_path: Path, system: dict[str, str]) -> None:
    later = system["orders/app.py"].replace("def orders(ids: list[int]):", "def orders(ids: list[int], jobs: Jobs):")
    later = later.replace(
        "    users = Users()\n    return [", "    jobs.add_task(every, ids)\ndef every(ids):\n    return ["
    )
    later = later.replace("users.get_user(i)", "Users().get_user(i)")
    later = later.replace("import FastAPI", "import BackgroundTasks as Jobs, FastAPI")
    (finding,) = check(tmp_path, {**system, "orders/app.py": later})
    assert finding.severity is Severity.WARNING
    assert (
        finding.why == "the work takes a round trip per element, one after the other, and `users` gets as many requests"
    )
    assert [step.text for step in finding.path][:2] == ["GET /orders", "every (nobody waits)"]


def test_what_each_element_hands_over_is_waited_for_by_nobody(tmp_path: Path, system: dict[str, str]) -> None:
    orders = """
import asyncio, httpx
from fastapi import FastAPI
app = FastAPI()
async def tell(i):
    async with httpx.AsyncClient() as client:
        await client.post(f"http://users:8000/users/{i}")
def later(i):
    asyncio.create_task(tell(i))
@app.get("/orders")
async def orders(ids: list[int]):
    for i in ids:
        later(i)
"""
    (finding,) = check(tmp_path, {**system, "orders/app.py": orders})
    assert finding.why == "`users` gets a request per element, and nobody waits for the answers"


def test_how_many_there_are_at_most_is_said(tmp_path: Path, system: dict[str, str]) -> None:
    few = system["orders/app.py"].replace("for i in ids]", "for i in ids[:20]]")
    (finding,) = check(tmp_path, {**system, "orders/app.py": few})
    assert "a round trip per element (up to 20)" in finding.why


def test_what_is_written_out_does_not_grow_with_data(tmp_path: Path, system: dict[str, str]) -> None:
    fixed = system["orders/app.py"].replace("for i in ids]", "for i in (1, 2, 3, 4, 5)]")
    (finding,) = check(tmp_path, {**system, "orders/app.py": fixed})
    assert finding.severity is Severity.NOTE


@pytest.mark.parametrize(
    ("around", "how"), [("gather(*{})", "all at once"), ("limited_gather(*{}, limit=3)", "several at a time")]
)
def test_requests_that_are_sent_together(tmp_path: Path, system: dict[str, str], around: str, how: str) -> None:
    orders = f"""
import asyncio, httpx
from fastapi import FastAPI
app = FastAPI()
async def user(client, i):
    try:
        return (await client.get(f"http://users:8000/users/{{i}}")).json()
    except httpx.HTTPError:
        return None
async def gather(*work): return await asyncio.gather(*work)
async def limited_gather(*work, limit): return [await each for each in asyncio.as_completed(work)]
@app.get("/orders")
async def orders(ids: list[int]):
    async with httpx.AsyncClient() as client:
        return await {around.format("[user(client, i) for i in ids]")}
"""
    (finding,) = check(tmp_path, {**system, "orders/app.py": orders})
    assert (
        finding.why == f"`users` gets a request per element, {how}; whoever asks for GET /orders waits for the slowest"
    )


def test_a_list_of_one_could_be_a_list_of_all(tmp_path: Path, system: dict[str, str]) -> None:
    orders = system["orders/app.py"].replace("users.get_user(i)", "users.find([i])").replace("get_user(", "find(")
    elsewhere = (
        orders.replace("/users/{user_id}", "/search")
        .replace('.get(f"', '.post("')
        .replace('search")', 'search", json=user_id)')
    )
    (finding,) = check(tmp_path, {**system, "orders/app.py": elsewhere})
    assert "`find` takes a list (orders/app.py:14)" in finding.advice


def test_an_endpoint_that_is_asked_by_several_keys(tmp_path: Path, system: dict[str, str]) -> None:
    users = USERS.replace('"/users/{user_id}"', '"/users/{user_id}/orders"')
    users = users.replace('"/users")\ndef users(ids: str)', '"/users/orders")\ndef users(user_ids: str)').replace(
        "ids.split", "user_ids.split"
    )
    orders = system["orders/app.py"].replace("/users/{user_id}", "/users/{user_id}/orders")
    (finding,) = check(tmp_path, {**system, "users/app.py": users, "orders/app.py": orders})
    assert "there is users GET /users/orders, asked by `user_ids`" in finding.advice
