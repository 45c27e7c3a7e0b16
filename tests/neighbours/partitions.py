"""Trees taken apart into repositories that only know each other by summaries."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from commlint.api import analyze, summarize
from commlint.config import Config
from commlint.finding import Confidence, Finding, Location, Service
from commlint.servicemap import Node

_T = TypeVar("_T")
_ELSEWHERE = re.compile(r"([A-Za-z0-9_][\w.-]*)://")


def deployed(tree: Path) -> None:
    """Moves files that lie beside the services of a tree into a folder of their own, from where they mean the same."""
    for file in [path for path in tree.iterdir() if path.is_file()]:
        text = file.read_text("utf-8").replace("./", "../").replace("build: ", "build: ../").replace("../../", "../")
        (tree / "deploy").mkdir(exist_ok=True)
        (tree / "deploy" / file.name).write_text(text, "utf-8")
        file.unlink()


def parts_of(tree: Path) -> list[str]:
    """The folders of a tree that can be repositories by themselves; none where files beside them tell of them."""
    seen = [path for path in tree.iterdir() if not path.name.startswith(".")]
    return sorted(path.name for path in seen) if all(path.is_dir() for path in seen) else []


def config(root: Path, **extra: object) -> Config:
    return Config(root=root, min_confidence=Confidence.LOW, **extra)  # type: ignore[arg-type]


def take_apart(tree: Path, target: Path) -> dict[str, Path]:
    """A checkout of each folder of a tree in a place of its own, and beside it the summary of it."""
    checkouts = {}
    for name in parts_of(tree):
        checkout = target / "checkouts" / name / name
        shutil.copytree(tree / name, checkout)
        (target / "summaries").mkdir(exist_ok=True)
        _, data = summarize(config(checkout))
        (target / "summaries" / f"{name}.commlint").write_bytes(data)
        checkouts[name] = checkout
    return checkouts


def summaries(target: Path, but: str = "") -> tuple[Path, ...]:
    return tuple(file for file in sorted((target / "summaries").iterdir()) if file.stem != but)


def whole(tree: Path, *names: str) -> list[bytes]:
    """All findings of a tree; only those in some of its folders where these are named."""
    found = analyze(config(tree)).findings
    return comparable([f for f in found if not names or f.location.file.partition("/")[0] in names])


def united(checkouts: Mapping[str, Path], target: Path) -> list[bytes]:
    """The findings of checkouts, each with the summaries of the others, with paths as the whole tree has them."""
    found: list[Finding] = []
    for name, checkout in checkouts.items():
        report = analyze(config(checkout, neighbours=summaries(target, but=name)))
        found += (moved(finding, name) for finding in report.findings)
    return comparable(found)


def moved(value: _T, name: str) -> _T:
    """A value with its paths as they are in the whole tree."""
    if isinstance(value, tuple):
        return tuple(moved(part, name) for part in value)  # type: ignore[return-value]
    if not isinstance(value, msgspec.Struct):
        return value
    changes: dict[str, object] = {}
    for field in value.__struct_fields__:
        old = getattr(value, field)
        if (type(value), field) in {(Location, "file"), (Service, "root"), (Service, "system"), (Node, "root")}:
            changes[field] = _path(old, name)
        elif not isinstance(old, str):
            changes[field] = moved(old, name)
    return msgspec.structs.replace(value, **changes)


def _path(path: str, name: str) -> str:
    if not path:
        return path
    elsewhere = _ELSEWHERE.match(path)
    if elsewhere is not None:
        return f"{elsewhere[1]}/{path[elsewhere.end() :]}".rstrip("/")
    return name if path == "." else f"{name}/{path}"


def comparable(findings: object) -> list[bytes]:
    """Findings as bytes, without how texts spell paths, which depends on who reads them."""
    assert isinstance(findings, tuple | list)
    spelled = (re.sub(rb"\(?[\w./-]*(?:://)?[\w./-]+\.py:\d+\)?", b"PLACE", msgspec.json.encode(f)) for f in findings)
    return sorted(spelled)
