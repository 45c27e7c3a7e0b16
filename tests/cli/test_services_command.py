"""`commlint services`."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner, Result

from commlint.cli import main


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {
        "docker-compose.yml": """\
            services:
              users: {build: users, ports: ["8001:8000"]}
              orders:
                build: orders
                environment: {USERS_URL: "http://users:8000", SECRET: hush}
              ui: {build: ui, ports: ["80:3000"]}
              gate: {image: nginx, volumes: ["./nginx.conf:/etc/nginx/nginx.conf"]}
        """,
        "nginx.conf": "server { location /users/ { proxy_pass http://users:8000/; } }\n",
        "users/app.py": "",
        "orders/app.py": "",
        "ui/Dockerfile": "FROM node\nCOPY . .\nCMD npm start\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(dedent(text))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["services", *arguments])


def test_a_line_for_each() -> None:
    result = run()
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "orders  orders             orders",
        "ui      ui      no Python  ui:3000, localhost:80",
        "users   users              users:8000, localhost:8001",
        "",
        "3 services (1 without Python); 1 gateway in manifests",
    ]


def test_why() -> None:
    result = run("--why")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[:6] == [
        "orders",
        "  root       orders",
        "  reached as orders",
        "  why        built by docker-compose.yml as `orders` (context orders)",
        "  settings   2 settings from docker-compose.yml",
        "  leads to   users by USERS_URL (docker-compose.yml:5)",
    ]
    assert "hush" not in result.stdout


def test_json() -> None:
    result = run("--format", "json", ".")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    orders, _, users = found["services"]
    assert (orders["name"], orders["root"], orders["code"], orders["system"]) == ("orders", "orders", "python", "")
    assert orders["settings"] == [
        {"name": "SECRET", "file": "docker-compose.yml", "line": 5},
        {"name": "USERS_URL", "file": "docker-compose.yml", "line": 5, "service": "users"},
    ]
    assert "localhost:8001" in users["hosts"]
    (gateway,) = found["gateways"]
    assert gateway["routes"][0]["target"] == "users:8000"
    assert "hush" not in result.stdout


def test_copies_and_what_cannot_be_read(shop: Path) -> None:
    for step in ("step-1", "step-2"):
        (shop / step / "app").mkdir(parents=True)
        (shop / step / "app" / "main.py").write_text("from flask import Flask\napp = Flask('x')\n")
    (shop / "compose.prod.yml").write_text("services: [\n")
    result = run("--why")
    assert "  system     step-1, a copy that is not linked to the others" in result.stdout.splitlines()
    assert result.stdout.splitlines()[-1].startswith("cannot be read: compose.prod.yml:2: ")


def test_the_configuration(shop: Path) -> None:
    (shop / "commlint.toml").write_text("[services.mail]\nexternal = true\nhosts = ['mail.example.com']\n")
    result = run()
    assert "mail            elsewhere  mail.example.com" in result.stdout.splitlines()
    assert result.stdout.splitlines()[-1] == "4 services (1 without Python, 1 elsewhere); 1 gateway in manifests"
    (shop / "commlint.toml").write_text("[services.user]\nhosts = ['x']\n")
    result = run()
    assert result.exit_code == 2
    assert "did you mean `users`?" in result.stderr


def test_no_such_path() -> None:
    assert run("nowhere").exit_code == 2
