"""Environment variables as files give them: `.env` syntax and `${NAME:-default}`."""

from __future__ import annotations

import re
from collections.abc import Mapping

_ASSIGNMENT = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*=\s*(.*)")
_REFERENCE = re.compile(r"\$(?:(\$)|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-?+])([^{}]*(?:\{[^{}]*\}[^{}]*)*))?\})")
_BEFORE_HOST = re.compile(r"://[^/@\s]*\Z")
_MAX_LENGTH = 10_000
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def parse(text: str) -> dict[str, str]:
    """The assignments of a `.env` file: `KEY=VALUE`, with quotes, `export` and comments; other lines mean nothing."""
    return {name: value for name, (value, _) in parse_lines(text).items()}


def parse_lines(text: str) -> dict[str, tuple[str, int]]:
    """As `parse`; each value with the line that it stands on, counted from 1."""
    found: dict[str, str] = {}
    lines: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = _ASSIGNMENT.fullmatch(line)
        if match is None:
            continue
        value = _value(match[2], found)
        if value is not None:
            found[match[1]], lines[match[1]] = value, number
    return {name: (value, lines[name]) for name, value in found.items()}


def interpolate(text: str, known: Mapping[str, str]) -> str | None:
    """A text with its references replaced; `None` where one of them has neither a value nor a default.

    Understands what Compose does: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?message}`,
    `${NAME:+other}`, and `$$` for a dollar sign. User and password of a URL, which are seldom written down, may stay
    unknown.
    """
    parts: list[str] = []
    end = 0
    for match in _REFERENCE.finditer(text):
        value = "$" if match[1] else _reference(match[2] or match[3], match[4] or "", match[5] or "", known)
        if value is None:
            if not _is_secret(text, match):
                return None
            value = f"{{{match[3] or match[2]}}}"
        parts += (text[end : match.start()], value)
        end = match.end()
    whole = "".join((*parts, text[end:]))
    # References to references can grow without end.
    return whole if len(whole) <= max(_MAX_LENGTH, len(text)) else None


def _is_secret(text: str, reference: re.Match[str]) -> bool:
    """Whether a reference is for the user or the password of a URL."""
    return _BEFORE_HOST.search(text, 0, reference.start()) is not None and "@" in text[reference.end() :]


def _reference(name: str, operator: str, operand: str, known: Mapping[str, str]) -> str | None:
    value = known.get(name)
    given = value is not None and (value != "" or not operator.startswith(":"))
    if operator.endswith("+"):
        return interpolate(operand, known) if given else ""
    if given:
        return value
    return interpolate(operand, known) if operator.endswith("-") else None


def _value(written: str, known: Mapping[str, str]) -> str | None:
    quote = written[:1]
    if quote == "'":
        return written[1:].partition("'")[0]
    if quote == '"':
        match = re.match(r'"((?:[^"\\]|\\.)*)"', written)
        inner = match[1] if match else written[1:]
        return interpolate(re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), inner), known)
    return interpolate(re.sub(r"(^|\s)#.*", "", written).strip(), known)
