"""Copies of one system beside each other, as books and courses have them: chapter by chapter, step by step."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from commlint.workspace import layout, signs
from commlint.workspace.running import Run

if TYPE_CHECKING:
    from commlint.workspace.contents import Contents

_STEP = re.compile(
    r"(?:chapter|step|lesson|part|lab|exercise|section|week|day|ch|tutorial|stage|unit|module|episode|session)s?"
    r"[-_ .]?\d+.*"
    r"|(?:\d+[-_ .])?(?:start|begin|starter|initial|final|finish|finished|end|solution|completed?|before|after)",
    re.IGNORECASE,
)
# From this share of equal lines on, a file is a copy of another, changed or not.
_ALIKE = 0.4
_MAX_FILES = 20
_MAX_COPIES = 12


def find(contents: Contents, files: Sequence[str], services: Iterable[str], runs: Sequence[Run]) -> frozenset[str]:
    """The folders that hold a copy of the system each; none where there is only one.

    Copies hold services of the same name that are mostly the same code, and no manifest runs parts of both.

    Args:
        contents: The files.
        files: Paths of the Python files, sorted.
        services: The roots of the services.
        runs: What manifests run.
    """
    roots = sorted(services)
    together = _together(runs)
    systems: set[str] = set()
    by_label: dict[str, list[str]] = defaultdict(list)
    for service in roots:
        by_label[layout.name(service)].append(service)
    for same in by_label.values():
        for a, b in combinations(same[:_MAX_COPIES], 2):
            fronts = _fronts(a, b)
            if fronts and not _joined(fronts, together) and _alike(contents, files, a, b):
                systems |= set(fronts)
    for siblings in _steps(roots).values():
        if len(siblings) > 1 and not any(_joined(pair, together) for pair in combinations(siblings, 2)):
            systems |= set(siblings)
    return frozenset(systems)


def around(path: str, systems: Iterable[str]) -> str:
    """The copy that a path belongs to; empty where it is in none."""
    return min((system for system in systems if layout.is_below(path, system)), key=len, default="")


def _fronts(a: str, b: str) -> tuple[str, str] | None:
    """The folders in which the paths to two services part; none where one of them is a service itself."""
    parts, others = a.split("/"), b.split("/")
    depth = next((i for i, (x, y) in enumerate(zip(parts, others, strict=False)) if x != y), None)
    if depth is None or depth >= len(parts) - 1 or depth >= len(others) - 1:
        return None
    return "/".join(parts[: depth + 1]), "/".join(others[: depth + 1])


def _steps(roots: Sequence[str]) -> dict[str, list[str]]:
    """Folders that are called as the steps of a course, by the folder that they are in."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for service in roots:
        parts = service.split("/")
        for depth, part in enumerate(parts):
            if _STEP.fullmatch(part.removesuffix(".py")):
                found["/".join(parts[:depth])]["/".join(parts[: depth + 1])] = None
                break
    return {folder: list(siblings) for folder, siblings in found.items()}


def _together(runs: Sequence[Run]) -> Mapping[str, set[str]]:
    """The folders that each manifest builds from."""
    built: dict[str, set[str]] = defaultdict(set)
    for run in runs:
        if run.build is not None:
            own = layout.parent(run.build.dockerfile) if run.build.dockerfile else run.build.context
            built[run.file].add(own if layout.is_below(own, run.build.context) else run.build.context)
    return built


def _joined(fronts: Sequence[str], together: Mapping[str, set[str]]) -> bool:
    """Whether a manifest runs something of both folders."""
    return any(
        all(any(layout.is_below(place, front) for place in places) for front in fronts) for places in together.values()
    )


def _alike(contents: Contents, files: Sequence[str], a: str, b: str) -> bool:
    """Whether two services are mostly the same code."""
    ours, theirs = ({path[len(home) :]: path for path in _within(files, home)} for home in (a, b))
    shared = sorted(ours.keys() & theirs.keys(), key=lambda rest: (rest.count("/"), rest))
    if not shared or len(shared) * 2 < min(len(ours), len(theirs)):
        return False
    shares = [
        share
        for rest in shared[:_MAX_FILES]
        if (share := signs.alike(contents.sketch(ours[rest]), contents.sketch(theirs[rest]))) is not None
    ]
    return bool(shares) and sum(shares) / len(shares) >= _ALIKE


def _within(files: Sequence[str], home: str) -> Iterator[str]:
    return (path for path in files if layout.is_below(path, home) and not path.endswith("__init__.py"))
