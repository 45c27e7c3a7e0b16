"""`commlint libraries`."""

from __future__ import annotations

import difflib
import json
import textwrap
from collections.abc import Iterator, Sequence

import click
import msgspec

from commlint.catalogue import load_all_libraries
from commlint.catalogue.models import Library, Tables
from commlint.catalogue.notation import Source
from commlint.cli.terminal import colored, emit
from commlint.config import settle
from commlint.errors import CommlintError
from commlint.report.palette import Palette

_WIDTH = 120
_TABLES = Tables.__struct_fields__[1:]
_CHECKED = {
    "run": "seen running",
    "read": "read in its code",
    "docs": "as documented",
    "memory": "from memory",
}
_EMPTY: tuple[object, ...] = (None, "", (), [], {}, False)
_PAGE = """\
# Libraries that commlint knows

Made by `commlint libraries --format markdown`. What each entry means is in
[rules/libraries/README.md](../rules/libraries/README.md); how it was checked, in
[libraries-verified.md](libraries-verified.md).

| library | release | how it is known | what of it |
|---|---|---|---|
"""


@click.command()
@click.argument("name", required=False)
@click.option("--format", "style", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
def libraries(name: str | None, style: str) -> int:
    """List the libraries whose calls commlint understands, or show what it knows of one.

    NAME is the library's name on PyPI; `python` is the language itself. The models of the configuration that is in
    force here are among them.
    """
    config = settle(())
    origin = config.file.name if config.file is not None else ""
    known = load_all_libraries(config.models, origin, config.library_models)
    if name is not None:
        known = _named(name, known)
    if style == "json":
        emit(msgspec.json.format(msgspec.json.encode(known), indent=2).decode() + "\n")
    elif style == "markdown":
        emit(_PAGE + "".join(f"| {' | '.join(_row(library))} |\n" for library in known))
    elif name is not None:
        palette = Palette(on=colored())
        emit("\n".join(line for library in known for line in _shown(library, palette)) + "\n")
    else:
        emit(_listed(known))
    return 0


def _named(name: str, known: Sequence[Library]) -> tuple[Library, ...]:
    """The models of a library: the user's, then ours."""
    found = tuple(library for library in known if library.library == name.lower())
    if not found:
        near = difflib.get_close_matches(name.lower(), (library.library for library in known), n=1, cutoff=0.7)
        hint = f"did you mean `{near[0]}`?" if near else "`commlint libraries` lists them"
        raise CommlintError(f"no library model is called `{name}`; {hint}")
    return found


def _row(library: Library) -> tuple[str, str, str, str]:
    """A library in a line: its name, its release, how it is known, and the tables that it has."""
    tables = ", ".join(table.replace("_", " ") for table in _TABLES if getattr(library, table))
    return library.library, library.source.version, _CHECKED[library.source.checked], tables


def _listed(known: Sequence[Library]) -> str:
    rows = [_row(library) for library in known]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join([*(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)), row[3]]) for row in rows
    ]
    return "".join(f"{line}\n" for line in lines) + f"\n{len(rows)} libraries\n"


def _shown(library: Library, palette: Palette) -> Iterator[str]:
    """What is known of a library, table by table; what is as everywhere is not said."""
    yield palette.paint(f"{library.library} {library.source.version}".strip(), "bold")
    yield from _wrapped(_sourced(library.source), "")
    if library.aliases:
        yield ""
        yield palette.paint("aliases", "bold")
        for alias, path in library.aliases.items():
            yield f"  {alias} = {path}"
    for table in _TABLES:
        for claim in getattr(library, table):
            yield ""
            yield palette.paint(table, "bold")
            for field in msgspec.structs.fields(claim):
                value = getattr(claim, field.name)
                if field.name == "source" and value is not None:
                    yield from _wrapped(_sourced(value), "  source  ")
                elif value not in (field.default, None, {}):
                    yield from _wrapped(_text(value), f"  {field.name}  ")


def _sourced(source: Source) -> str:
    version = f", release {source.version}" if source.version else ""
    doubt = ", may be wrong" if source.confidence == "low" else ""
    return f"{_CHECKED[source.checked]}{version}{doubt}" + (f": {source.note}" if source.note else "")


def _text(value: object) -> str:
    """A value of a model in a line."""
    if isinstance(value, tuple) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    if isinstance(value, str):
        return value
    return json.dumps(_plain(msgspec.to_builtins(value)), ensure_ascii=False)


def _plain(value: object) -> object:
    """The same without what is empty."""
    if isinstance(value, dict):
        return {key: inner for key, item in value.items() if (inner := _plain(item)) not in _EMPTY}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _wrapped(text: str, head: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=head, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )
