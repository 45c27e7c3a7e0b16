from __future__ import annotations

import json
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commlint.cli import main

Run = Callable[..., Result]

APP = """\
import requests
from pydantic import BaseModel


class User(BaseModel, extra="forbid"):
    name: str


def user(number):
    try:
        answer = requests.get(f"http://users/users/{number}")
    except requests.RequestException:
        return None
    return User.model_validate(answer.json())


print(user(1))
"""
SAFE = APP.replace("forbid", "ignore")
WHOLE = SAFE.replace('{number}")', '{number}", timeout=10)')


@pytest.fixture
def app(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "commlint.toml").write_text("")
    file = folder / "app.py"
    file.write_text(APP)
    return file


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, app: Path) -> Run:
    monkeypatch.chdir(app.parent)
    return lambda *arguments: CliRunner().invoke(
        main, ["check", "--select", "COMM301,COMM402", "--jobs", "1", "--no-cache", *arguments]
    )


def test_what_is_excluded_is_left_alone(run: Run, app: Path) -> None:
    (app.parent / "commlint.toml").write_text('exclude = ["app.py"]\n')
    run("--fix", "--unsafe-fixes")
    assert app.read_text() == APP


def test_safe_fixes(run: Run, app: Path) -> None:
    done = run("--fix")
    assert app.read_text() == SAFE
    assert "Fixed 1 finding; 1 more with --unsafe-fixes." in done.stderr
    assert "strict-reader" not in done.stdout
    assert "missing-timeout" in done.stdout
    assert done.exit_code == 1


def test_unsafe_fixes(run: Run, app: Path) -> None:
    done = run("--fix", "--unsafe-fixes")
    assert app.read_text() == WHOLE
    assert done.stderr == "Fixed 2 findings.\n"
    assert done.stdout.startswith("No findings")
    assert done.exit_code == 0


def test_the_second_time_nothing_is_changed(run: Run, app: Path) -> None:
    run("--fix", "--unsafe-fixes")
    before = app.stat()
    done = run("--fix", "--unsafe-fixes")
    assert done.stderr == "Fixed 0 findings.\n"
    assert app.stat() == before


def test_a_diff_changes_nothing_and_can_be_applied(run: Run, app: Path) -> None:
    app.write_bytes(APP.replace("\n", "\r\n").encode())
    before = app.read_bytes()
    done = run("--diff", "--unsafe-fixes")
    assert app.read_bytes() == before
    assert done.exit_code == 1
    assert done.stderr == "Would fix 2 findings.\n"
    subprocess.run(["git", "apply", "--unidiff-zero", "-"], input=done.stdout_bytes, cwd=app.parent, check=True)
    assert app.read_bytes() == WHOLE.replace("\n", "\r\n").encode()
    assert run("--diff", "--unsafe-fixes").exit_code == 0


def test_a_diff_of_nothing_safe(run: Run, app: Path) -> None:
    app.write_text(SAFE)
    done = run("--diff")
    assert done.stdout == ""
    assert done.stderr == "Would fix 0 findings; 1 more with --unsafe-fixes.\n"
    assert done.exit_code == 0


def test_the_mode_of_a_file_is_kept_and_nothing_is_left_beside_it(run: Run, app: Path) -> None:
    app.chmod(0o750)
    run("--fix")
    assert stat.S_IMODE(app.stat().st_mode) == 0o750
    assert sorted(path.name for path in app.parent.iterdir()) == ["app.py", "commlint.toml"]


def test_a_link_stays_one(run: Run, app: Path) -> None:
    app.rename(app.with_name("app.txt"))
    app.symlink_to("app.txt")
    run("--fix")
    assert app.is_symlink()
    assert app.with_name("app.txt").read_text() == SAFE


def test_of_two_names_of_a_file_one_is_changed(run: Run, app: Path) -> None:
    app.with_name("zapp.py").symlink_to("app.py")
    done = run("--fix")
    assert app.read_text() == SAFE
    assert "not fixed: zapp.py: the same file as app.py" in done.stderr


def test_a_read_only_file_is_left_alone_and_named(run: Run, app: Path) -> None:
    app.chmod(0o444)
    done = run("--fix")
    assert app.read_text() == APP
    assert "commlint: not fixed: app.py: read-only" in done.stderr
    assert done.exit_code == 1


def test_what_is_suppressed_is_not_fixed(run: Run, app: Path) -> None:
    text = APP.replace("answer.json())", "answer.json())  # commlint: ignore[strict-reader] wanted")
    app.write_text(text)
    done = run("--fix")
    assert app.read_text() == text
    assert done.stderr == "Fixed 0 findings; 1 more with --unsafe-fixes.\n"


def test_only_named_files_are_changed(run: Run, app: Path) -> None:
    (app.parent / "models.py").write_text(
        'from pydantic import BaseModel\n\n\nclass User(BaseModel, extra="forbid"): ...\n'
    )
    text = APP[: APP.index("class")] + "from models import User\n\n\n" + APP[APP.index("def user") :]
    app.write_text(text)
    done = run("--fix", "app.py")
    assert "not fixed: models.py: not among the paths that were named" in done.stderr
    assert '"forbid"' in (app.parent / "models.py").read_text()
    run("--fix", ".")
    assert '"ignore"' in (app.parent / "models.py").read_text()


def test_nothing_outside_the_root_is_changed(run: Run, app: Path) -> None:
    outside = app.parent.parent / "outside.py"
    app.rename(outside)
    app.symlink_to(outside)
    run("--fix")
    assert outside.read_text() == APP


def test_formats_say_how(run: Run) -> None:
    fixes = {f["rule"]: f["fix"] for f in json.loads(run("--format", "json").stdout)["findings"]}
    assert fixes["COMM301"]["safe"]
    assert not fixes["COMM402"]["safe"]
    (edit,) = fixes["COMM402"]["edits"]
    assert edit == {
        "file": "app.py",
        "line": 11,
        "column": 61,
        "end_line": 11,
        "end_column": 61,
        "text": ", timeout=10",
    }
    results = json.loads(run("--format", "sarif").stdout)["runs"][0]["results"]
    assert [len(result["fixes"]) for result in results] == [1, 1]
    assert "2 fixable" in run().stdout


@pytest.mark.parametrize("options", [("--unsafe-fixes",), ("--fix", "--since", "HEAD"), ("--diff", "--baseline", "b")])
def test_options_that_do_not_go_together(run: Run, app: Path, options: tuple[str, ...]) -> None:
    assert run(*options).exit_code == 2
    assert app.read_text() == APP
