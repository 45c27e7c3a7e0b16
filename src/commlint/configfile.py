"""What a configuration file may say, and what several say together."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import tomli
from pathspec import GitIgnoreSpec

from commlint import __version__
from commlint.catalogue.models import Tables
from commlint.catalogue.names import known_selector, unknown_rule
from commlint.catalogue.reading import as_model
from commlint.catalogue.rules import load_rules
from commlint.contract import ServiceContract
from commlint.errors import CommlintError

FILE = "commlint.toml"
_PROJECT = "pyproject.toml"
# Keys that name files, which lie where the file that names them lies.
_OF_FILES = ("library-models", "neighbours")


class ServiceEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the user says of a service, which goes before what is found.

    Attributes:
        root: Its folder or file, relative to the root; empty where it is found under its name, or not here.
        hosts: Further names under which others reach it, as `users.internal` or `localhost:8001`.
        external: It is somebody else's: only its address is known.
        ignore: It is none.
        settings: Names of settings or variables that hold its address, as `base_url`.
        availability: How much of the time it answers by itself, in percent.
        latency: How long it takes to answer by itself, in milliseconds; 0 where nobody says.
    """

    root: str = ""
    hosts: tuple[str, ...] = ()
    external: bool = False
    ignore: bool = False
    settings: tuple[str, ...] = ()
    availability: Annotated[float, msgspec.Meta(gt=0, le=100)] = 99.9
    latency: Annotated[float, msgspec.Meta(ge=0)] = 0.0


class ConfigFile(
    Tables, frozen=True, rename=lambda name: name if name in Tables.__struct_fields__ else name.replace("_", "-")
):
    """What a configuration file may say: the settings, and the tables of library models.

    Attributes:
        extend: Another configuration file, relative to this one; what this one says goes before what that one says.
        required_version: The releases of commlint that may read this file, as in a requirement: `>=0.1`.
        select: The rules that are on: codes, slugs or beginnings of codes; empty means all.
        extend_select: Rules that are on as well.
        ignore: Rules that are off; stronger than `select` where it is at least as specific.
        per_path_ignores: Rules that are off in files that a gitignore pattern means, by pattern.
        severities: How severe the findings of a rule are, by rule.
        min_confidence: Findings that are less certain are left out.
        fail_on: Findings at least as severe make `commlint check` exit with 1.
        preview: Rules that are still being tried are on, too.
        exclude: Gitignore patterns, relative to the root, of files and folders that are not read at all.
        baseline: The file of findings that are accepted for now, relative to this one.
        max_sync_depth: How many calls of services, one inside the other, an endpoint may wait for.
        max_calls_per_request: How many remote calls a request may make on one path in a service.
        services: What is said of services, by name.
        contracts: What services may do with each other.
        neighbours: Summaries of other repositories to be read too, relative to this file.
        library_models: Files, and folders of files, with further library models, relative to this file.
    """

    extend: str = ""
    required_version: str = ""
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_path_ignores: dict[str, tuple[str, ...]] = {}
    severities: dict[str, Literal["note", "warning", "error"]] = {}
    min_confidence: Literal["low", "medium", "high"] = "medium"
    fail_on: Literal["note", "warning", "error"] = "warning"
    preview: bool = False
    exclude: tuple[str, ...] = ()
    baseline: str = ""
    max_sync_depth: Annotated[int, msgspec.Meta(ge=1)] = 1
    max_calls_per_request: Annotated[int, msgspec.Meta(ge=1)] = 1
    services: dict[str, ServiceEntry] = {}
    contracts: tuple[ServiceContract, ...] = ()
    neighbours: tuple[str, ...] = ()
    library_models: tuple[str, ...] = ()


class Said(msgspec.Struct, frozen=True):
    """What the configuration says.

    Attributes:
        settings: All of it; paths of files are absolute.
        file: The nearest file; `None` where there is none.
        origins: The file that says what, by key path: `("services", "users", "hosts")`, `("client", "0")`.
    """

    settings: ConfigFile = ConfigFile()
    file: Path | None = None
    origins: Mapping[tuple[str, ...], Path] = {}


def read_nearest(folder: Path) -> Said:
    """What the configuration file nearest to a folder says, with those that it extends.

    Raises:
        CommlintError: A file says what it cannot; the text names file, key path and what was probably meant.
    """
    file = nearest_file(folder)
    if file is None:
        return Said()
    table, origins = _read(file, file.name)
    return Said(as_model(table, ConfigFile, _label(file, file.name)), file, origins)


def nearest_file(folder: Path) -> Path | None:
    """The configuration file that counts for a folder: in it, or in the nearest folder around it that has one."""
    return next((file for parent in (folder, *folder.parents) if (file := file_in(parent)) is not None), None)


def file_in(folder: Path) -> Path | None:
    """The configuration file in a folder: `commlint.toml`, else a `pyproject.toml` that speaks of commlint.

    Raises:
        CommlintError: It cannot be read.
    """
    own, project = folder / FILE, folder / _PROJECT
    if own.is_file():
        return own
    if project.is_file() and "tool.commlint" in _text(project, _PROJECT):
        return project if _table(project, _PROJECT) is not None else None
    return None


def schema() -> dict[str, Any]:
    """A JSON schema of a configuration file, for editors; keys are described as the docstrings here do."""
    made = msgspec.json.schema(ConfigFile)
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}
    for definition in made["$defs"].values():
        summary, _, attributes = inspect.cleandoc(definition.get("description", "")).partition("\n\nAttributes:\n")
        definition["description"] = " ".join(summary.split())
        for key, text in _described(attributes):
            spelled = key if key in definition["properties"] else key.replace("_", "-")
            if spelled in definition["properties"]:
                definition["properties"][spelled]["description"] = text
    return made


def _described(attributes: str) -> Iterator[tuple[str, str]]:
    """Name and text of each attribute of a docstring."""
    entries: list[list[str]] = []
    for line in attributes.splitlines():
        if line.startswith("    ") and not line.startswith("     "):
            entries.append([line.strip()])
        elif entries and line.strip():
            entries[-1].append(line.strip())
    for entry in entries:
        key, _, text = " ".join(entry).partition(": ")
        yield key, text


def _read(file: Path, name: str, within: tuple[Path, ...] = ()) -> tuple[dict[str, Any], dict[tuple[str, ...], Path]]:
    """What a file says, joined with what it extends, and which file says what.

    Args:
        file: The file.
        name: What errors call it.
        within: The files that led here.
    """
    label = _label(file, name)
    table = _table(file, name)
    if table is None:
        raise CommlintError(f"{name}: has no [tool.commlint]")
    if isinstance(wanted := table.get("required-version"), str):
        _check_version(wanted, label)
    said = as_model(table, ConfigFile, label)
    _check_rules(said, label)
    _check_patterns(said, label)
    own = {key: value for key, value in table.items() if key != "extend"}
    own |= {key: [str(file.parent / path) for path in own[key]] for key in _OF_FILES if key in own}
    own |= {"baseline": str(file.parent / said.baseline)} if said.baseline else {}
    origins = dict.fromkeys(_leaves(own), file)
    if not said.extend:
        return own, origins
    base = Path(os.path.realpath(file.parent / said.extend))
    ring = (*within, file)
    if base in ring:
        shown = " > ".join(os.path.relpath(one, ring[0].parent) for one in (*ring, base))
        raise CommlintError(f"{label}: extend: goes round in a ring: {shown}")
    if not base.is_file():
        raise CommlintError(f"{label}: extend: no such file: {said.extend}")
    given, given_origins = _read(base, Path(os.path.relpath(base, ring[0].parent)).as_posix(), ring)
    given.pop("required-version", None)
    shifted = {_behind(path, own): origin for path, origin in given_origins.items() if path != ("required-version",)}
    joined = _joined(own, given)
    return joined, {path: origin for path, origin in (shifted | origins).items() if path in _leaves(joined)}


def _joined(own: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Two tables as one: single values and lists of the first go before those of the second, tables are joined."""
    joined = {**given, **own}
    for key in own.keys() & given.keys():
        if isinstance(own[key], dict):
            joined[key] = _joined(own[key], given[key])
        elif _is_models(own[key]):
            # Of two models that speak of the same path the first one counts.
            joined[key] = [*own[key], *given[key]]
    return joined


def _leaves(table: Mapping[str, Any], path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Single values and lists of a table by their key paths; of library models each one by its number."""
    leaves: dict[tuple[str, ...], Any] = {}
    for key, value in table.items():
        if isinstance(value, dict) and value:
            leaves |= _leaves(value, (*path, key))
        elif _is_models(value):
            leaves |= {(*path, key, str(number)): one for number, one in enumerate(value)}
        else:
            leaves[*path, key] = value
    return leaves


def _behind(path: tuple[str, ...], own: Mapping[str, Any]) -> tuple[str, ...]:
    """The key path of a model where others of its kind stand before it."""
    before = own.get(path[0])
    return (path[0], str(int(path[1]) + len(before))) if _is_models(before) and before is not None else path


def _is_models(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _check_version(wanted: str, label: str) -> None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415 - few files ask for it

    try:
        allowed = SpecifierSet(wanted)
    except InvalidSpecifier:
        raise CommlintError(f"{label}: required-version: `{wanted}` is no requirement such as `>=0.1`") from None
    if not allowed.contains(__version__, prereleases=True):
        raise CommlintError(f"{label}: required-version: asks for `{wanted}`, and this is commlint {__version__}")


def _check_rules(said: ConfigFile, label: str) -> None:
    """Sees to it that all rules exist that are named."""
    named = [
        *(("select", name) for name in said.select),
        *(("extend-select", name) for name in said.extend_select),
        *(("ignore", name) for name in said.ignore),
        *(("severities", name) for name in said.severities),
        *((f"per-path-ignores.{path}", name) for path, names in said.per_path_ignores.items() for name in names),
    ]
    rules = load_rules() if named else {}
    for key, name in named:
        if not known_selector(name, rules):
            raise CommlintError(f"{label}: {key}: {unknown_rule(name, rules)}")


def _check_patterns(said: ConfigFile, label: str) -> None:
    for key, pattern in (
        *(("exclude", p) for p in said.exclude),
        *(("per-path-ignores", p) for p in said.per_path_ignores),
    ):
        try:
            GitIgnoreSpec.from_lines([pattern])
        except ValueError:
            raise CommlintError(f"{label}: {key}: `{pattern}` is no pattern as in a `.gitignore`") from None


def _label(file: Path, name: str) -> str:
    """What errors call the table with the settings of a file."""
    return f"{name}: tool.commlint" if file.name == _PROJECT else name


def _table(file: Path, name: str) -> dict[str, Any] | None:
    """What a file says of commlint; `None` where it says nothing.

    Raises:
        CommlintError: It cannot be read.
    """
    try:
        data = tomli.loads(_text(file, name))
    except tomli.TOMLDecodeError as error:
        raise CommlintError(f"{name}: not TOML: {error}") from None
    if file.name != _PROJECT:
        return data
    tool = data.get("tool")
    table = tool.get("commlint") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise CommlintError(f"{name}: tool.commlint: should be a table")
    return table


def _text(file: Path, name: str) -> str:
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise CommlintError(f"{name}: not UTF-8") from None
    except OSError as error:
        raise CommlintError(f"{name}: {error.strerror or error}") from None
