"""What the text of a Python file shows at a glance: Django, addresses with their names, a sample of its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from zlib import crc32

import msgspec

MAX_BYTES = 300_000
# So many lines are kept of a file to compare it with others.
_SAMPLE = 48
_IN_CODE = re.compile(rb"[\"'](https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0):\d{2,5})\b")
# What a value stands for, in the part of its line before it: a variable, a key, the name of a setting.
_NAMED = re.compile(rb"(?<![\w-])([A-Za-z_][\w-]{1,60})[\"']?\s*\]?\s*(?::[^=,\"']{0,40}=|[=:,])[^=:,]{0,40}$")
_BEFORE = 160


class Shown(msgspec.Struct, frozen=True, array_like=True):
    """An address in code, and what it is called there."""

    name: str
    address: str
    line: int


def is_django(data: bytes) -> bool:
    """Whether a `manage.py` is Django's, and no script of that name."""
    return b"django" in data.lower() or not data.strip()


def shown(data: bytes) -> Iterator[Shown]:
    """The addresses at one's own machine in a file that have a name there."""
    if b"http://localhost:" in data or b"http://127.0.0.1:" in data:
        for match in _IN_CODE.finditer(data):
            start = max(data.rfind(b"\n", 0, match.start()) + 1, match.start() - _BEFORE)
            named = _NAMED.search(data, start, match.start())
            if named is not None:
                line = data.count(b"\n", 0, match.start()) + 1
                yield Shown(named[1].decode(), match[1].decode(), line)


def sketch(data: bytes) -> tuple[int, ...]:
    """A sample of the different lines of a file: those whose checksums are lowest, which is the same in every copy."""
    return tuple(sorted({crc32(line) for line in data.split(b"\n") if line.strip()})[:_SAMPLE])


def alike(one: tuple[int, ...], other: tuple[int, ...]) -> float | None:
    """The share of lines that two files have in common, by samples of them; `None` where both have none."""
    both = sorted({*one, *other})[:_SAMPLE]
    shared = set(one) & set(other)
    return sum(1 for line in both if line in shared) / len(both) if both else None
