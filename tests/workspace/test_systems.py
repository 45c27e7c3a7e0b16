"""Copies of a system beside each other are not one system."""

from __future__ import annotations

from pathlib import Path

import pytest
from folders import FLASK, one, tree

BODY = FLASK + "".join(f"\n\ndef view_{n}():\n    return {n}\n" for n in range(10))
OTHER = "import other\n" + "".join(f"\n\ndef handler_{n}(x):\n    return x + {n}\n" for n in range(10))


def same(tmp_path: Path, files: dict[str, str], one_name: str, other_name: str) -> bool:
    workspace = tree(tmp_path, files)
    return workspace.same_system(one(workspace, one_name), one(workspace, other_name))


def copies(*folders: str) -> dict[str, str]:
    files: dict[str, str] = {}
    for folder in folders:
        for name in ("users", "orders"):
            files |= {f"{folder}/{name}/Dockerfile": "", f"{folder}/{name}/app.py": f"{BODY}# {name} {folder}\n"}
    return files


@pytest.mark.parametrize("folders", [("ch03", "ch04"), ("rest", "events"), ("a/x", "a/y")])
def test_services_of_a_name_that_are_mostly_the_same(tmp_path: Path, folders: tuple[str, str]) -> None:
    workspace = tree(tmp_path, {**copies(*folders), "shared/Dockerfile": "", "shared/app.py": FLASK})
    systems = {service.root: service.system for service in workspace.services}
    assert systems == {f"{folder}/{name}": folder for folder in folders for name in ("users", "orders")} | {
        "shared": ""
    }
    here, there, shared = (
        next(s for s in workspace.services if s.root == root)
        for root in (f"{folders[0]}/users", f"{folders[1]}/orders", "shared")
    )
    assert not workspace.same_system(here, there)
    assert workspace.same_system(here, shared)


def test_the_same_name_for_different_code(tmp_path: Path) -> None:
    files = {
        "users/api/Dockerfile": "",
        "users/api/app.py": BODY,
        "orders/api/Dockerfile": "",
        "orders/api/app.py": OTHER + FLASK,
    }
    assert same(tmp_path, files, "users/api", "orders/api")


def test_copies_that_one_manifest_runs_together(tmp_path: Path) -> None:
    manifest = """
        services:
          eu-users: {build: eu/users}
          us-users: {build: us/users}
    """
    files = {**copies("eu", "us"), "docker-compose.yml": manifest}
    assert same(tmp_path, files, "eu-users", "us-users")


@pytest.mark.parametrize(
    ("one_folder", "other_folder"), [("step-1", "step-2"), ("start", "final"), ("Chapter01", "Chapter02")]
)
def test_steps_of_a_course(tmp_path: Path, one_folder: str, other_folder: str) -> None:
    files = {f"{one_folder}/shop/Dockerfile": "", f"{one_folder}/shop/app.py": BODY}
    files |= {f"{other_folder}/users/Dockerfile": "", f"{other_folder}/users/app.py": OTHER}
    assert not same(tmp_path, files, "shop", "users")


@pytest.mark.parametrize(("one_name", "other_name"), [("service1", "service2"), ("app1", "app2"), ("node-1", "node-2")])
def test_numbered_services_are_one_system(tmp_path: Path, one_name: str, other_name: str) -> None:
    files = {f"{name}/{part}": "" for name in (one_name, other_name) for part in ("Dockerfile", "app.py")}
    assert same(tmp_path, files, one_name, other_name)
