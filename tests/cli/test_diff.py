"""What a change does: `commlint diff REV` and `check --since REV`, against real git repositories."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commlint.cli import main

COMPOSE = """\
services:
  gateway: {build: gateway}
  orders: {build: orders}
  users: {build: users}
"""
GATEWAY = """\
import requests
from flask import Flask

app = Flask(__name__)


@app.post("/checkout")
def checkout():
    try:
        return requests.get("http://orders/orders", timeout=2).json()
    except requests.RequestException:
        return {}
"""
ORDERS = """\
from flask import Flask

app = Flask(__name__)


@app.get("/orders")
def orders():
    return {}
"""
DEEPER = """\
import requests
from flask import Flask

app = Flask(__name__)


@app.get("/orders")
def orders():
    return requests.get("http://users/users", timeout=2).json()


@app.get("/open")
def open_orders():
    return {}
"""
USERS = """\
from flask import Flask

app = Flask(__name__)


@app.get("/users")
def users():
    return {}
"""

if shutil.which("git") is None:
    pytest.skip("there is no git", allow_module_level=True)


def git(folder: Path, *command: str) -> None:
    names = {
        f"GIT_{who}_{what}": "someone@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    environment = {**os.environ, **names, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", "-C", str(folder), *command], check=True, capture_output=True, env=environment)


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shop"
    apps = {"gateway/app.py": GATEWAY, "orders/app.py": ORDERS, "users/app.py": USERS}
    write(folder, {"docker-compose.yml": COMPOSE, **apps})
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "one")
    monkeypatch.chdir(folder)
    return folder


def run(*args: str) -> Result:
    return CliRunner().invoke(main, list(args))


class TestDiff:
    def test_says_what_is_new(self, system: Path) -> None:
        write(system, {"orders/app.py": DEEPER})
        result = run("diff", "HEAD")
        assert result.exit_code == 0
        lines = result.stdout.splitlines()
        assert "  + orders GET /open" in lines
        assert "  + orders -> users GET /users" in lines
        assert "  ! gateway POST /checkout: 2 calls deep, before at most one call deep" in lines
        assert any(line.startswith("  + orders/app.py:9 COMM401") for line in lines)
        assert any(line.startswith("  + gateway/app.py:10 COMM403") for line in lines)

    def test_and_what_is_gone(self, system: Path) -> None:
        write(system, {"orders/app.py": DEEPER})
        git(system, "commit", "-q", "-a", "-m", "two")
        write(system, {"orders/app.py": ORDERS})
        lines = run("diff", "HEAD").stdout.splitlines()
        assert "  - orders GET /open" in lines
        assert "  - orders -> users GET /users" in lines
        assert "  ! gateway POST /checkout: at most one call deep, before 2 calls deep" in lines
        assert any(line.startswith("  - orders/app.py:9 COMM401") for line in lines)

    def test_services(self, system: Path) -> None:
        shutil.rmtree(system / "users")
        write(system, {"docker-compose.yml": COMPOSE.replace("users", "stock"), "stock/app.py": USERS})
        said = json.loads(run("diff", "HEAD", "--format", "json").stdout)
        assert said["services"] == {"added": ["stock"], "gone": ["users"]}

    def test_moved_lines_are_no_change(self, system: Path) -> None:
        write(system, {"gateway/app.py": f"# Gateway.\n\n{GATEWAY}"})
        assert run("diff", "HEAD").stdout == "Nothing changes between the services\n"

    def test_a_line_that_is_mended_in_one_file_and_new_in_another_has_not_moved(self, system: Path) -> None:
        call = "import requests\n\n\nrequests.get('http://a')\n"
        write(system, {"users/more.py": call})
        git(system, "add", ".")
        git(system, "commit", "-q", "-m", "two")
        write(system, {"users/more.py": "import requests\n", "orders/more.py": call})
        lines = run("diff", "HEAD").stdout.splitlines()
        assert any(line.startswith("  + orders/more.py:4 COMM402") for line in lines)
        assert any(line.startswith("  - users/more.py:4 COMM402") for line in lines)

    def test_as_a_comment_and_as_data(self, system: Path) -> None:
        write(system, {"orders/app.py": DEEPER})
        comment = run("diff", "HEAD", "--format", "markdown").stdout
        assert "- new `orders -> users GET /users`" in comment
        said = json.loads(run("diff", "HEAD", "--format", "json").stdout)
        assert said["chains"] == [{"service": "gateway", "endpoint": "POST /checkout", "before": 0, "after": 2}]
        assert {"code": "COMM401", "file": "orders/app.py"}.items() <= said["findings"]["added"][-1].items()

    def test_the_work_tree_is_not_touched(self, system: Path) -> None:
        write(system, {"orders/app.py": DEEPER, "note.txt": "untracked"})
        before = {file: file.read_bytes() for file in sorted(system.rglob("*")) if file.is_file()}
        run("diff", "HEAD")
        run("check", "--since", "HEAD")
        after = {file: file.read_bytes() for file in sorted(system.rglob("*")) if file.is_file()}
        assert after == before


class TestSince:
    def test_reports_what_was_not_there(self, system: Path) -> None:
        write(
            system,
            {
                "users/app.py": USERS.replace("import Flask", "import Flask\nimport requests")
                + "\n\nrequests.get('http://a')\n"
            },
        )
        git(system, "commit", "-q", "-a", "-m", "two")
        assert run("check").exit_code == 1
        assert run("check", "--since", "HEAD").exit_code == 0
        write(system, {"orders/app.py": DEEPER})
        result = run("check", "--since", "HEAD", "--format", "concise")
        assert result.exit_code == 1
        assert "orders/app.py:9" in result.stdout
        assert "users/app.py" not in result.stdout

    def test_from_a_folder_of_the_checkout(self, system: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(system, {"orders/commlint.toml": "", "orders/app.py": DEEPER})
        monkeypatch.chdir(system / "orders")
        assert "app.py:9" in run("check", "--since", "HEAD", "--format", "concise").stdout

    @pytest.mark.usefixtures("system")
    def test_a_commit_that_is_not_there_is_an_error(self) -> None:
        result = run("check", "--since", "nowhere")
        assert result.exit_code == 2
        assert "there is no commit nowhere here; fetch it first" in result.stderr

    def test_a_shallow_clone_says_how_to_mend_it(
        self, system: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        git(system, "commit", "-q", "--allow-empty", "-m", "two")
        git(tmp_path, "clone", "-q", "--depth", "1", system.as_uri(), "shallow")
        monkeypatch.chdir(tmp_path / "shallow")
        result = run("check", "--since", "HEAD~1")
        assert (result.exit_code, "fetch-depth: 0" in result.stderr) == (2, True)

    def test_an_option_is_no_commit(self, system: Path) -> None:
        result = run("check", "--since=--output=stolen")
        assert result.exit_code == 2
        assert not (system / "stolen").exists()

    def test_outside_a_checkout_there_is_none(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write(tmp_path / "plain", {"app.py": USERS})
        monkeypatch.chdir(tmp_path / "plain")
        monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
        result = run("check", "--since", "HEAD")
        assert (result.exit_code, "not a git repository" in result.stderr) == (2, True)
