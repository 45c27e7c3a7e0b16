"""The hook as pre-commit installs and runs it in a repository of its user."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.outside

ROOT = Path(__file__).parents[2]
SHOP = ROOT / "examples" / "shop"


@pytest.fixture(scope="module")
def pre_commit() -> str:
    tool = os.environ.get("PRE_COMMIT")
    assert tool, "PRE_COMMIT has to hold the path of pre-commit; .ci/outside installs it"
    return tool


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps the environment of the hook, for all tests."""
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture(scope="module")
def hook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """commlint as it stands here, in a repository of its own: pre-commit takes hooks from commits."""
    repository = tmp_path_factory.mktemp("hook")
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (repository / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, repository / name)
    commit(repository)
    return repository


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


def commit(folder: Path) -> None:
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=Test", "-c", "user.email=test@example.org", "commit", "--quiet", "-m", "All")


def try_hook(pre_commit: str, home: Path, hook: Path, files: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the hook in a new repository that holds a copy of the files."""
    user = folder / "user"
    shutil.copytree(files, user)
    commit(user)
    return subprocess.run(
        [pre_commit, "try-repo", str(hook), "commlint", "--all-files", "--verbose", "--color", "never"],
        cwd=user,
        env=os.environ | {"PRE_COMMIT_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_manifest_is_valid(pre_commit: str) -> None:
    subprocess.run([pre_commit, "validate-manifest", ".pre-commit-hooks.yaml"], cwd=ROOT, check=True)


def test_a_fragile_system_stops_the_commit(pre_commit: str, home: Path, hook: Path, tmp_path: Path) -> None:
    done = try_hook(pre_commit, home, hook, SHOP / "fragile", tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "- exit code: 1" in done.stdout
    assert "COMM402 missing-timeout" in done.stdout
    # The paths are those of the user's repository.
    assert "shipping/app.py:" in done.stdout


def test_a_sound_system_passes(pre_commit: str, home: Path, hook: Path, tmp_path: Path) -> None:
    done = try_hook(pre_commit, home, hook, SHOP / "repaired", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No findings in 6 services" in done.stdout
