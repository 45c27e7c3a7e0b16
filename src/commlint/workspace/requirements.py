"""Which releases of its libraries a service asks for: requirements files, `pyproject.toml`, lock files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import tomli
import yaml
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from commlint.finding import Service
from commlint.workspace import layout

if TYPE_CHECKING:
    from commlint.workspace.contents import Contents

_REQUIREMENTS = re.compile(r"(.*[-_.])?requirements([-_.].*)?\.(txt|in)")
# A caret or tilde of Poetry: `^2.1` is `>=2.1,<3`.
_POETRY = re.compile(r"(?P<sign>[\^~])\s*(?P<version>\d+(\.\d+)*)")

# A file is for people; a longer one is a lock file of everything, or no requirements at all.
LONGEST = 5_000_000


def read_versions(
    contents: Contents, others: Iterable[str], services: Iterable[Service], wanted: frozenset[str]
) -> dict[str, dict[str, str]]:
    """What each service asks for, by its root: version specifiers (`==5.0.1`, `>=4,<5`) by canonical distribution name.

    What a file in the service's own folder says goes before what a folder around it says, and what a lock file says
    before what others do. Files that cannot be read say nothing here: whoever installs from them will hear of it.

    Args:
        contents: The files.
        others: Paths of its files that are no Python.
        services: The services.
        wanted: The distributions of which the release matters.
    """
    by_folder: dict[str, list[str]] = {}
    for path in others:
        if is_read(path):
            by_folder.setdefault(layout.parent(path), []).append(path)
    said: dict[str, dict[str, str]] = {}

    def of(path: str) -> dict[str, str]:
        if path not in said:
            said[path] = {name: spec for name, spec in contents.releases(path, wanted) if spec}
        return said[path]

    versions = {}
    for service in services:
        folders = _around(layout.parent(service.root) if service.root.endswith(".py") else service.root, by_folder)
        files = [path for folder in folders for path in sorted(by_folder.get(folder, ()), key=_rank)]
        found: dict[str, str] = {}
        for path in files:
            found = {**of(path), **found}
        if found:
            versions[service.root] = found
    return versions


def _around(folder: str, known: Mapping[str, object]) -> list[str]:
    """A folder, those below it that hold requirements (`requirements/`), then those around it."""
    below = sorted(f for f in known if f != folder and layout.is_below(f, folder) and layout.name(f) == "requirements")
    found = [folder, *below]
    while folder != ".":
        folder = layout.parent(folder)
        found.append(folder)
    return found


def _rank(path: str) -> tuple[bool, str]:
    """Lock files first, then by name."""
    return (not path.endswith(".lock"), path)


def is_read(path: str) -> bool:
    """Whether a file says what is asked for."""
    return _reader(layout.name(path)) is not None


def read(path: str, data: bytes, wanted: Collection[str] | None = None) -> list[tuple[str, str]]:
    """What a file asks for: canonical names of distributions, with version specifiers.

    Args:
        path: The file.
        data: What is in it.
        wanted: The distributions that matter; `None` for all.
    """
    reader = _reader(layout.name(path))
    if reader is None or len(data) > LONGEST:
        return []
    try:
        text = data.decode("utf-8-sig")
        # Lock files are long, and parsing one takes far longer than a look.
        if wanted is not None and not any(name in canonicalize_name(text) for name in wanted):
            return []
        found = [(canonicalize_name(name), spec) for name, spec in reader(text)]
    except (UnicodeDecodeError, tomli.TOMLDecodeError, json.JSONDecodeError, yaml.YAMLError, RecursionError):
        return []
    return [(name, spec) for name, spec in found if wanted is None or name in wanted]


def _reader(name: str) -> Callable[[str], Iterator[tuple[str, str]]] | None:
    """What reads a file of this name."""
    if _REQUIREMENTS.fullmatch(name):
        return _requirements
    return {
        "pyproject.toml": _pyproject,
        "Pipfile": _pipfile,
        "Pipfile.lock": _pipfile_lock,
        "poetry.lock": _toml_lock,
        "uv.lock": _toml_lock,
        "pdm.lock": _toml_lock,
        "environment.yml": _conda,
        "environment.yaml": _conda,
    }.get(name)


def _requirements(text: str) -> Iterator[tuple[str, str]]:
    for line in text.replace("\\\n", " ").splitlines():
        yield from _requirement(re.split(r"\s#|^#|\s--", line, maxsplit=1)[0])


def _requirement(line: object) -> Iterator[tuple[str, str]]:
    if isinstance(line, str) and line.strip() and not line.lstrip().startswith("-"):
        try:
            requirement = Requirement(line.strip())
        except InvalidRequirement:
            return
        yield requirement.name, str(requirement.specifier)


def _pyproject(text: str) -> Iterator[tuple[str, str]]:
    data = tomli.loads(text)
    project = _table(data, "project")
    groups = [project.get("dependencies"), *_table(project, "optional-dependencies").values()]
    groups += _table(data, "dependency-groups").values()
    for group in groups:
        for line in group if isinstance(group, list) else ():
            yield from _requirement(line)
    poetry = _table(_table(data, "tool"), "poetry")
    tables = [_table(poetry, "dependencies")]
    tables += [_table(group, "dependencies") for group in _table(poetry, "group").values() if isinstance(group, dict)]
    for table in tables:
        yield from _named(table)


def _pipfile(text: str) -> Iterator[tuple[str, str]]:
    yield from _named(_table(tomli.loads(text), "packages"))


def _named(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Requirements as a table from name to version, or to a table that has one."""
    for name, value in table.items():
        version = value.get("version") if isinstance(value, dict) else value
        if isinstance(version, str) and name != "python":
            spec = _POETRY.sub(_bounds, version)
            if re.fullmatch(r"\d[\w.]*", spec):
                spec = f"=={spec}"
            yield from _requirement(name + ("" if spec == "*" else spec))


def _bounds(match: re.Match[str]) -> str:
    """A caret or tilde as two bounds."""
    parts = [int(part) for part in match["version"].split(".")]
    place = next((i for i, part in enumerate(parts) if part), 0) if match["sign"] == "^" else min(1, len(parts) - 1)
    upper = [*parts[:place], parts[place] + 1]
    return f">={match['version']},<{'.'.join(map(str, upper))}"


def _toml_lock(text: str) -> Iterator[tuple[str, str]]:
    for package in tomli.loads(text).get("package", ()):
        if isinstance(package, dict) and isinstance(name := package.get("name"), str):
            if isinstance(version := package.get("version"), str):
                yield name, f"=={version}"


def _pipfile_lock(text: str) -> Iterator[tuple[str, str]]:
    data = json.loads(text)
    yield from _named(_table(data, "default") if isinstance(data, dict) else {})


def _conda(text: str) -> Iterator[tuple[str, str]]:
    data = yaml.safe_load(text)
    entries = data.get("dependencies") if isinstance(data, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        for line in entry.get("pip") or () if isinstance(entry, dict) else (entry,):
            yield from _requirement(re.sub(r"(?<![=<>!~])=(?!=)", "==", line) if isinstance(line, str) else line)


def _table(data: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}
