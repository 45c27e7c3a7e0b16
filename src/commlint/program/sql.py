"""Which tables a text in SQL reads and writes."""

from __future__ import annotations

import logging
import re
from typing import Literal, TypeAlias

import msgspec

Op: TypeAlias = Literal["read", "write"]

# Longer texts are no queries that somebody wrote.
_LONGEST = 20_000
_START = re.compile(
    r"\s*(?:(?:--[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/)\s*)*(?:\(\s*)*"
    r"(?:SELECT|INSERT|UPDATE|DELETE|WITH|MERGE|REPLACE|TRUNCATE|COPY|EXPLAIN|LOCK|ALTER|DROP|CREATE)\b",
    re.IGNORECASE,
)
_HOLE = re.compile(r"\{[^{}]*\}")
_UNKNOWN = "hole__"
_PARAMETER = re.compile(r"%\(\w+\)s|%[sdr]|(?<![\w:]):\w+(?!:)|\$\d+")
_QUOTED = re.compile(r"'(?:[^'\\]|\\.|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
_NAME = r"[`\"\[]?[\w$]+[`\"\]]?(?:\s*\.\s*[`\"\[]?[\w$]+[`\"\]]?){0,2}"
_AFTER = re.compile(
    rf"\b(FROM|JOIN|INTO|UPDATE|TRUNCATE\s+TABLE|TRUNCATE|USING)\s+(?:ONLY\s+)?({_NAME})(?!\s*\()", re.IGNORECASE
)
_CTE = re.compile(
    r"(?:\bWITH\s+(?:RECURSIVE\s+)?|,\s*)(\w+)\s*(?:\([^()]*\)\s*)?AS\s+(?:NOT\s+)?(?:MATERIALIZED\s+)?\(",
    re.IGNORECASE,
)
_DIALECTS = {
    "postgresql": "postgres",
    "mysql": "mysql",
    "clickhouse": "clickhouse",
    "mssql": "tsql",
    "oracle": "oracle",
}


class Used(msgspec.Struct, frozen=True, order=True):
    """A table that a statement uses.

    Attributes:
        name: Its name, in lower case.
        schema: The schema that is said; empty where none is.
        op: What is done to it.
    """

    name: str
    schema: str
    op: Op


def begins(text: str) -> bool:
    """Whether a text begins as a statement does."""
    return _START.match(text) is not None


def used_in(text: str, kind: str = "") -> frozenset[Used]:
    """The tables that a text uses; none where it is no SQL.

    Args:
        text: The text, with holes for what is not known: `SELECT * FROM orders WHERE id = {order_id}`.
        kind: The kind of its database.
    """
    if len(text) > _LONGEST or not begins(text):
        return frozenset()
    plain = _PARAMETER.sub("0", _HOLE.sub(_UNKNOWN, text))
    found = _parsed(plain, _DIALECTS.get(kind))
    return frozenset(used for used in (_scanned(plain) if found is None else found) if _UNKNOWN not in used.name)


def _parsed(text: str, dialect: str | None) -> frozenset[Used] | None:
    """What a parser says; `None` where it cannot."""
    # A second to import, and not needed for most systems.
    import sqlglot  # noqa: PLC0415
    from sqlglot import errors, exp  # noqa: PLC0415

    # It says what it does not understand, to whoever listens.
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    try:
        trees = sqlglot.parse(text, read=dialect)
    except (errors.SqlglotError, RecursionError, ValueError):
        return None
    found: set[Used] = set()
    for tree in trees:
        if isinstance(tree, exp.Command):
            return None
        if tree is None or isinstance(tree, exp.Create):
            continue
        own = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
        written = tree.this if isinstance(tree, exp.Insert | exp.Update | exp.Delete | exp.Merge) else None
        written = written.this if isinstance(written, exp.Schema) else written
        for table in tree.find_all(exp.Table):
            name = table.name.lower()
            if name and not (name in own and not table.db):
                schema = "" if _UNKNOWN in table.db else table.db
                found.add(Used(name, schema, "write" if table is written else "read"))
    return frozenset(found)


def _scanned(text: str) -> frozenset[Used]:
    """What stands behind `FROM` and the like: for texts of which a part is not known, or that no parser takes."""
    bare = _QUOTED.sub(" ", text)
    own = {match[1].lower() for match in _CTE.finditer(bare)}
    found: set[Used] = set()
    for match in _AFTER.finditer(bare):
        schema, _, name = "".join(match[2].split()).rpartition(".")
        name, schema = name.strip('`"[]').lower(), schema.rpartition(".")[2].strip('`"[]')
        op: Op = "write" if match[1].upper() in ("INTO", "UPDATE") or match[1].upper().startswith("TRUNC") else "read"
        if name not in own:
            found.add(Used(name, "" if _UNKNOWN in schema else schema, op))
    return frozenset(found)
