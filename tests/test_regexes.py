"""Texts that are made to keep a regular expression busy."""

from __future__ import annotations

import re
from time import process_time

import pytest

from commlint.extract import _ROW
from commlint.program import protos, sql
from commlint.workspace import configfiles, dockerfile, nginx, serverless, traefik


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (protos._COMMENT, "/*" * 200_000),
        (protos._PACKAGE, "\n" * 200_000),
        (sql._START, "\n" * 20_000 + "x"),
        (sql._START, "/* */" * 4_000 + "x"),
        (sql._START, "(" * 20_000 + "x"),
        (configfiles._SECTION, "\n" * 200_000 + "x"),
        (serverless._REFERENCE, "${" * 50_000),
        (nginx._TOKEN, "${" * 50_000),
        (traefik._MATCHER, "Host(" * 20_000 + " " * 200_000),
        (dockerfile._OPTION, "-" * 200_000),
        (_ROW, b"x" + b" (a)" * 5_000 + b" " * 200_000),
    ],
)
def test_ends_soon(pattern: re.Pattern[str], text: str) -> None:
    started = process_time()
    if pattern is sql._START:
        assert pattern.match(text) is None
    else:
        assert sum(1 for _ in pattern.finditer(text)) < len(text)
    assert process_time() - started < 3
