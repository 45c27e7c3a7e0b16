"""Which releases of its libraries a service asks for."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from commlint.finding import Service
from commlint.workspace.contents import Contents
from commlint.workspace.requirements import read_versions

WANTED = frozenset({"redis", "marshmallow"})


def versions(root: Path, files: dict[str, str], *services: str) -> dict[str, dict[str, str]]:
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(dedent(text), encoding="utf-8")
    named = [Service(name=root, root=root) for root in services or (".",)]
    return read_versions(Contents(root), files, named, WANTED)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "# redis==1\nflask\nredis[hiredis]==5.0.1 ; python_version > '3'  # why\n"),
        ("requirements-prod.in", "redis == 5.0.1 \\\n    --hash=sha256:00\n"),
        ("pyproject.toml", "[project]\ndependencies = ['redis==5.0.1']\n"),
        ("pyproject.toml", "[project.optional-dependencies]\ncache = ['redis==5.0.1']\n"),
        ("pyproject.toml", "[dependency-groups]\nprod = ['redis==5.0.1', {include-group = 'x'}]\n"),
        ("pyproject.toml", "[tool.poetry.dependencies]\npython = '^3.11'\nredis = {version = '5.0.1'}\n"),
        ("pyproject.toml", "[tool.poetry.group.x.dependencies]\nRedis = '5.0.1'\n"),
        ("poetry.lock", "[[package]]\nname = 'redis'\nversion = '5.0.1'\n"),
        ("uv.lock", "version = 1\n[[package]]\nname = 'redis'\nversion = '5.0.1'\n"),
        ("Pipfile", "[packages]\nflask = '*'\nredis = '==5.0.1'\n"),
        ("Pipfile.lock", '{"default": {"redis": {"version": "==5.0.1"}}}'),
        ("environment.yml", "dependencies:\n- python=3.11\n- pip:\n  - redis==5.0.1\n"),
        ("environment.yaml", "dependencies:\n- redis=5.0.1\n"),
    ],
)
def test_each_kind_of_file(tmp_path: Path, name: str, text: str) -> None:
    assert versions(tmp_path, {name: text}) == {".": {"redis": "==5.0.1"}}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("^4.1", "<5,>=4.1"),
        ("^0.3.2", "<0.4,>=0.3.2"),
        ("~4.1.2", "<4.2,>=4.1.2"),
        ("~4", "<5,>=4"),
        (">=4,<6", "<6,>=4"),
    ],
)
def test_poetrys_signs(tmp_path: Path, said: str, meant: str) -> None:
    text = f"[tool.poetry.dependencies]\nredis = '{said}'\n"
    assert versions(tmp_path, {"pyproject.toml": text}) == {".": {"redis": meant}}


def test_the_nearest_file_and_the_lock_file_go_first(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "redis==4\nmarshmallow==2",
        "orders/requirements.txt": "redis>=5",
        "orders/poetry.lock": "[[package]]\nname = 'redis'\nversion = '5.3'",
        "users/app.py": "",
        "stock/requirements/base.txt": "redis==6",
        "stock/requirements/requirements.txt": "redis==7",
    }
    assert versions(tmp_path, files, "orders", "users", "stock", "users/app.py") == {
        "orders": {"redis": "==5.3", "marshmallow": "==2"},
        "users": {"redis": "==4", "marshmallow": "==2"},
        "users/app.py": {"redis": "==4", "marshmallow": "==2"},
        "stock": {"redis": "==7", "marshmallow": "==2"},
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "-r base.txt\n-e .\ngit+https://example.com/redis\nredis\n"),
        ("requirements.txt", "redis=!5"),
        ("pyproject.toml", "[project\nredis==5"),
        ("pyproject.toml", "project = 'redis'"),
        ("Pipfile.lock", "[redis"),
        ("Pipfile.lock", '["redis"]'),
        ("poetry.lock", "package = ['redis']"),
        ("environment.yml", "dependencies: {redis: [}"),
        ("environment.yml", "redis"),
    ],
)
def test_what_says_nothing(tmp_path: Path, name: str, text: str) -> None:
    assert versions(tmp_path, {name: text}) == {}


def test_what_is_not_text_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes(b"redis==5\xff")
    service = Service(name="x", root=".")
    assert read_versions(Contents(tmp_path), ["requirements.txt", "gone/requirements.txt"], [service], WANTED) == {}
