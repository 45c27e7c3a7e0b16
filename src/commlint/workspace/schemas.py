"""Tables that migrations and SQL files make."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from commlint.catalogue.models import Library
from commlint.finding import Location

if TYPE_CHECKING:
    from commlint.workspace.contents import Contents

_NAME = r'(?:[`"\[]?[\w$-]+[`"\]]?\s*\.\s*)?[`"\[]?[\w$-]+[`"\]]?'
_CREATE = re.compile(
    rf"\bCREATE\s+(?:(?:UNLOGGED|FOREIGN|GLOBAL|OR\s+REPLACE)\s+)*TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?({_NAME})",
    re.IGNORECASE,
)
# In bytes.
_LONGEST = 2_000_000
_COMMENT = re.compile(r"--[^\n]*")


class Declared(msgspec.Struct, frozen=True):
    """A table that a file makes.

    Attributes:
        name: Its name.
        schema: The schema it is in; empty where that is not said.
        model: Instead of a name: the model that it is for, of the app whose folder holds the file.
        location: Where it is made.
    """

    name: str
    schema: str
    model: str
    location: Location


class _Call(msgspec.Struct, frozen=True):
    """A call by which migrations make tables: it begins with the name of the table, or of the model.

    Attributes:
        pattern: Finds it.
        named_by: Finds the name of the table in it, where it begins with the model.
    """

    pattern: re.Pattern[str]
    named_by: re.Pattern[str] | None


def read(
    contents: Contents, migrations: Sequence[str], others: Sequence[str], libraries: Sequence[Library]
) -> tuple[Declared, ...]:
    """The tables that migrations and SQL files make, in order of file and line.

    Args:
        contents: The files.
        migrations: The migrations.
        others: All files that are no Python.
        libraries: What is known of libraries: how migrations make tables.
    """
    calls = _calls(libraries)
    found: list[Declared] = []
    for path in sorted({*migrations, *(path for path in others if path.endswith((".sql", ".ddl")))}):
        text = _text(contents, path)
        if "create" in text.lower():
            found += _of_python(path, text, calls) if path.endswith(".py") else ()
            found += _of_sql(path, text)
    return tuple(found)


def _text(contents: Contents, path: str) -> str:
    """The text of a file; empty where it cannot be read, or is larger than anything written by hand."""
    try:
        data = contents.data(path, _LONGEST + 1)
    except OSError:
        return ""
    return data.decode("utf-8-sig", "replace") if len(data) <= _LONGEST else ""


def tables_in(text: str) -> Iterator[tuple[str, str, int]]:
    """The tables that SQL makes: schema, name and offset of each."""
    for match in _CREATE.finditer(_COMMENT.sub(lambda comment: " " * len(comment[0]), text)):
        schema, _, name = "".join(match[1].split()).rpartition(".")
        yield schema.strip('`"[]'), name.strip('`"[]'), match.start()


def _of_sql(path: str, text: str) -> Iterator[Declared]:
    for schema, name, offset in tables_in(text):
        yield Declared(name, schema, "", Location(path, text.count("\n", 0, offset) + 1))


def _of_python(path: str, text: str, calls: Sequence[_Call]) -> Iterator[Declared]:
    for call in calls:
        matches = list(call.pattern.finditer(text))
        for index, match in enumerate(matches):
            location = Location(path, text.count("\n", 0, match.start()) + 1)
            if call.named_by is None:
                yield Declared(match[1], "", "", location)
                continue
            end = matches[index + 1].start() if index + 1 < len(matches) else len(text)
            named = call.named_by.search(text, match.end(), end)
            yield Declared(named[1] if named is not None else "", "", match[1], location)


def app_of(path: str) -> str:
    """The app that a migration is of: the folder that holds the one with the migrations."""
    folder = posixpath.dirname(path)
    while folder and posixpath.basename(folder) != "migrations":
        folder = posixpath.dirname(folder)
    return posixpath.basename(posixpath.dirname(folder))


def _calls(libraries: Sequence[Library]) -> tuple[_Call, ...]:
    """The calls by which migrations make tables."""
    claims = [t for lib in libraries for t in lib.table if t.evidence == "migration" and t.change == "create"]
    found: dict[str, _Call] = {}
    for table in claims:
        for call in table.calls:
            name = re.escape(".".join(call.split(".")[-2:]))
            pattern = re.compile(rf"\b{name}\(\s*(?:\w+\s*=\s*)?[\"']([\w.$-]+)[\"']")
            key = re.escape(table.name.rpartition("key:")[2])
            named_by = re.compile(rf"[\"']{key}[\"']\s*:\s*[\"']([^\"']+)[\"']") if table.default_name else None
            found.setdefault(call, _Call(pattern, named_by))
    return tuple(found.values())
