"""`commlint config`: what holds, and where from."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from commlint.catalogue.models import Tables
from commlint.catalogue.reading import toml_key, toml_value
from commlint.cli.terminal import colored, emit
from commlint.config import look_up
from commlint.configfile import schema
from commlint.report.palette import Palette, plain

if TYPE_CHECKING:
    from commlint.configfile import Said

_DEFAULT = "default"


@click.command(short_help="Show what the configuration says, and where.")
@click.argument("path", required=False, metavar="[PATH]")
@click.option("--schema", "as_schema", is_flag=True, help="Print a JSON schema of `commlint.toml`, for editors.")
def config(path: str | None, *, as_schema: bool) -> int:
    """Show what holds for PATH (default: here), as TOML, with the file that says it or `default` behind each line.

    That is the nearest `commlint.toml`, or `pyproject.toml` with a table `[tool.commlint]`, and what it extends.
    """
    if as_schema:
        emit(json.dumps(schema(), indent=2, ensure_ascii=False) + "\n")
        return 0
    root, said, _ = look_up((path,) if path is not None else ())
    palette = Palette(on=colored())
    emit("".join(f"{line}\n" for line in _listed(root, said, palette)))
    return 0


def _listed(root: Path, said: Said, palette: Palette) -> Iterator[str]:
    """The whole configuration: values and lists, tables, contracts, and how many library models there are of each."""
    yield palette.paint(f"# root: {plain(_shown(root))}", "dim")
    values = msgspec.to_builtins(said.settings)
    tables = {key: value for key, value in values.items() if isinstance(value, dict)}
    apart = {*tables, *Tables.__struct_encode_fields__, "contracts"}
    settings = [key for key in values if key not in apart]
    written = {(key,): toml_value(_relative(key, values[key])) for key in settings if key != "extend"}
    widths = max(len(f"{key[0]} = {value}") for key, value in written.items() if len(value) < 60)
    for (key,), value in written.items():
        origin = said.origins.get((key,))
        line = f"{key} = {value}".ljust(widths)
        yield f"{plain(line)}  {palette.paint(_comment(origin), 'dim' if origin is None else 'cyan')}"
    for name, table in tables.items():
        yield from _table((name,), table, said, palette)
    yield from _contracts(values["contracts"], said, palette)
    yield from _models(values, said, palette)


def _table(path: tuple[str, ...], table: Mapping[str, Any], said: Said, palette: Palette) -> Iterator[str]:
    """A table and those in it, of which only what is said is shown."""
    own = [(key, value) for key, value in table.items() if (*path, key) in said.origins and not isinstance(value, dict)]
    if own:
        yield ""
        yield palette.paint(f"[{'.'.join(toml_key(step) for step in path)}]", "bold")
    for key, value in own:
        line = plain(f"{toml_key(key)} = {toml_value(value)}")
        yield f"{line}  {palette.paint(_comment(said.origins[*path, key]), 'cyan')}"
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _table((*path, key), value, said, palette)


def _contracts(contracts: Sequence[Mapping[str, Any]], said: Said, palette: Palette) -> Iterator[str]:
    """The contracts."""
    for number, contract in enumerate(contracts):
        origin = said.origins["contracts", str(number)]
        yield ""
        yield f"{palette.paint('[[contracts]]', 'bold')}  {palette.paint(_comment(origin), 'cyan')}"
        yield from (plain(f"{key} = {toml_value(value)}") for key, value in contract.items())


def _models(values: Mapping[str, Any], said: Said, palette: Palette) -> Iterator[str]:
    """How many library models the files hold themselves, by kind."""
    for name in Tables.__struct_encode_fields__:
        if isinstance(values[name], tuple) and values[name]:
            number = len(values[name])
            files = ", ".join(dict.fromkeys(_shown(said.origins[name, str(index)]) for index in range(number)))
            yield ""
            counted = f"# [[{name}]]: {number} library model{'' if number == 1 else 's'}"
            yield f"{counted}  {palette.paint(f'# {plain(files)}', 'cyan')}"


def _relative(key: str, value: object) -> object:
    """Paths of files as they are from here."""
    if key == "baseline" and value:
        return _shown(Path(str(value)))
    if key in ("neighbours", "library-models") and isinstance(value, tuple):
        return [_shown(Path(path)) for path in value]
    return value


def _comment(origin: Path | None) -> str:
    return f"# {_DEFAULT if origin is None else plain(_shown(origin))}"


def _shown(path: Path) -> str:
    return Path(os.path.relpath(path)).as_posix()
