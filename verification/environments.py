"""Virtual environments, and what was found out in them earlier."""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# Of the language itself, which needs no packages.
PYTHON = "python"
LIMIT = 1800.0


class RunError(Exception):
    """A command fails, or is not done in time."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment.

    Attributes:
        folder: Where it is.
        wanted: What it was made of; with other contents it is made anew.
        installed: Versions by canonical name.
        failed: Why packages could not be installed.
    """

    folder: Path
    wanted: Sequence[str]
    installed: Mapping[str, str]
    failed: Mapping[str, str]

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.folder / "bin" / "python")


@contextlib.contextmanager
def alone(place: Path) -> Iterator[None]:
    """Wait until nobody else works on a virtual environment, and keep others waiting."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.with_name(f"{place.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prepare(place: Path, packages: Sequence[str]) -> Environment:
    """A virtual environment with some packages, which is made where it is not there already.

    Raises:
        RunError: It cannot be made.
    """
    stamp = place / "lot.json"
    wanted = [sys.version, *packages]
    if stamp.is_file():
        known = json.loads(stamp.read_text("utf-8"))
        if known["wanted"] == wanted:
            return Environment(place, wanted, known["installed"], known["failed"])
    shutil.rmtree(place, ignore_errors=True)
    run([sys.executable, "-m", "venv", str(place)], LIMIT)
    python = str(place / "bin" / "python")
    failed = _install(python, packages)
    if packages and len(failed) == len(packages):
        raise RunError(f"nothing can be installed: {next(iter(failed.values()))}")
    listed = json.loads(run([python, "-m", "pip", "list", "--format", "json"], LIMIT))
    installed: dict[str, str] = {canonicalize_name(each["name"]): each["version"] for each in listed}
    installed[PYTHON] = sys.version.split()[0]
    stamp.write_text(json.dumps({"wanted": wanted, "installed": installed, "failed": failed}), "utf-8")
    return Environment(place, wanted, installed, failed)


def _install(python: str, packages: Sequence[str]) -> dict[str, str]:
    """Install packages: all at once or, where that fails, one by one; what fails, and why."""
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    failed: dict[str, str] = {}
    if not packages:
        return failed
    try:
        run([*command, *packages], LIMIT)
    except RunError:
        for package in packages:
            try:
                run([*command, package], LIMIT)
            except RunError as error:
                failed[package] = str(error)
    return failed


def run(command: Sequence[str], limit: float) -> str:
    """What a command prints.

    Raises:
        RunError: It fails, or is not done in time.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        raise RunError(f"not done after {limit:g} s: {' '.join(command)}") from None
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or [f"ends with {done.returncode}"]
        raise RunError(next((line for line in lines if line.startswith("ERROR")), lines[-1])[:300])
    return done.stdout


class Cache:
    """What was found out earlier in a virtual environment.

    Attributes:
        file: Where it is kept.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._kept: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.is_file() else {}

    def get(self, name: str, key: str) -> Any:
        """What is kept under a name, if it was found out under the same conditions; nothing otherwise."""
        kept = self._kept.get(name, {})
        return kept["value"] if kept.get("key") == key else None

    def last(self, name: str) -> Any:
        """What was kept last under a name, under whatever conditions."""
        return self._kept.get(name, {}).get("value")

    def put(self, name: str, key: str, value: Any) -> None:
        """Keep something under a name, with the conditions that it holds under."""
        self._kept[name] = {"key": key, "value": value}
        self.file.write_text(json.dumps(self._kept), "utf-8")
