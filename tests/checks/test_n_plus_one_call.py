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
    assert finding.message == "one remote call to `users` for each element of `ids`"
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
    assert finding.advice.endswith("there is users GET /users (users/app.py:7)")
    assert [step.location.file for step in finding.related] == ["users/app.py"]


def test_the_plural_of_the_client_goes_first(tmp_path: Path, system: dict[str, str]) -> None:
    both = system["orders/app.py"].replace("@app.get", f"{PLURAL}@app.get")
    (finding,) = check(tmp_path, {**system, "orders/app.py": both})
    assert "there is Users.get_users (orders/app.py:" in finding.advice


def test_without_a_batch_call_the_provider_needs_one(tmp_path: Path, system: dict[str, str]) -> None:
    single = system["users/app.py"].partition('@app.get("/users")')[0]
    (finding,) = check(tmp_path, {**system, "users/app.py": single})
    assert finding.advice.endswith("`users` must offer it")
    assert finding.related == ()


def test_a_script_beside_the_services_is_a_note(tmp_path: Path, system: dict[str, str]) -> None:
    script = 'import httpx\nfor i in open("ids"):\n    httpx.delete(f"http://users:8000/users/{i}")\n'
    findings = check(tmp_path, {**system, "scripts/purge.py": script})
    severities = {finding.location.file: finding.severity for finding in findings}
    assert severities == {"orders/app.py": Severity.ERROR, "scripts/purge.py": Severity.NOTE}
