"""No credential gets into a summary, and nothing that is looked for in one gets lost."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from commlint.api import summarize
from commlint.config import Config
from commlint.extract import extract
from commlint.facts import Extracted, encode
from commlint.neighbours.secrecy import redact, redact_module
from commlint.neighbours.summary import decode

TOKEN = "ghp_" + "a1B2c3D4e5" * 3
# Put together, so that no scanner takes this file for a leak.
KEYS = ["AK" + "IAIOSFODNN7EXAMPLE", TOKEN, "eyJ" + "hbGciOiJIUzI1.eyJzdWIiOiIxMjM0", "xox" + "b-123456789012-abc"]


@pytest.mark.parametrize(
    "text",
    [
        "DB_PASSWORD=hunter2",
        "export API_TOKEN='hunter2'",
        "      - SECRET_KEY=hunter2",
        '      - "SECRET_KEY=hunter2"',
        "  jwt_secret: hunter2  # ours",
        '  "client_secret": "hunter2",',
        "- name: PGPASSWORD\n  value: hunter2",
        "ENV PASSWORD=hunter2 USER=x",
        "amqp://guest:hunter2@broker:5672/",
        "password: |\n  hunter2\nnext: 1",
        "kind: Secret\nstringData:\n  anything: hunter2\n",
        "apiVersion: v1\nkind: Secret\ndata:\n  x: hunter2\n---\nkind: ConfigMap\ndata:\n  a: b\n",
    ],
)
def test_a_password_in_a_manifest_is_left_out(text: str) -> None:
    assert "hunter2" not in redact(text)
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_left_out_wherever_it_stands(key: str) -> None:
    assert key not in redact(f"note: see {key}\n")


@pytest.mark.parametrize(
    "text",
    [
        "USERS_URL=http://users:8000/v1",
        "      - TOKEN_URL=http://token:8000/oauth",
        "server token:8000;",
        "      TOKEN_HOST: token-service",
        "      PASSWORD: ${DB_PASSWORD}",
        "  token:\n    image: shop/token:1.2",
        "ORDERS_TOPIC=orders.created.v1.a-rather-long-name-of-a-topic-of-events",
        "proxy_pass http://users:8000/api/v1/users/;",
        "kind: ConfigMap\ndata:\n  USERS_URL: http://users\n",
        "id: 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    ],
)
def test_addresses_and_names_are_kept(text: str) -> None:
    assert redact(text) == text


CODE = """
    import os, httpx
    API_KEY = "hunter2"
    class Settings:
        db_password: str = "hunter2"
        users_url: str = "http://users:8000"
    def call(token="hunter2"):
        secret = os.environ.get("CLIENT_SECRET", "hunter2")
        headers = {"Authorization": "hunter2", "Accept": "application/json"}
        config["SECRET_KEY"] = os.getenv("SECRET_KEY") or "hunter2"
        return httpx.get("http://users:8000/users", params={"password": "hunter2"}, auth=("x", "TOKEN"))
"""


def test_a_password_in_code_is_left_out_and_nothing_else(tmp_path: Path) -> None:
    source = dedent(CODE).replace("TOKEN", TOKEN)
    (tmp_path / "app.py").write_text(source)
    [module] = extract(tmp_path, [("app.py", len(source))]).modules
    assert encode(Extracted((module,))).count(b"hunter2") == 7

    cleaned = encode(Extracted((redact_module(module),)))

    assert b"hunter2" not in cleaned
    assert TOKEN.encode() not in cleaned
    for kept in (b"http://users:8000/users", b"application/json", b"CLIENT_SECRET", b"API_KEY"):
        assert kept in cleaned
    (tmp_path / "plain.py").write_text("x = f(1, 'http://users', name='users')\n")
    [plain] = extract(tmp_path, [("plain.py", 40)]).modules
    assert redact_module(plain) is plain


def test_a_summary_holds_no_credential_and_no_comment(tmp_path: Path) -> None:
    files = {
        "app.py": dedent(CODE) + "# told nobody\n",
        ".env": "DB_PASSWORD=hunter2\nUSERS_URL=http://users:8000\n",
        "docker-compose.yml": "services:\n  api:\n    build: .\n    environment:\n      JWT_SECRET: hunter2\n",
        "deploy.sh": f"curl -H 'Bearer {TOKEN}' http://users:8000\nexport API_TOKEN=hunter2\n",
        "README.md": "hunter2",
        "Makefile": "run:\n\tPASSWORD=hunter2 python app.py\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    _, data = summarize(Config(root=tmp_path), "shop")

    said = repr(decode(data))
    assert "http://users:8000" in said
    for gone in ("hunter2", TOKEN, "told nobody"):
        assert gone not in said
