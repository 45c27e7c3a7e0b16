"""Names for lines that survive edits elsewhere in the file, as GitHub code scanning computes them."""

from __future__ import annotations

import struct
from collections import Counter

_BLOCK = 100
_BASE = 37
_MASK = (1 << 64) - 1
_END_OF_FILE = 0xFFFF
_LINE_FEED = ord("\n")
_CARRIAGE_RETURN = ord("\r")
_SKIPPED = frozenset(map(ord, " \t"))


def line_hashes(text: str) -> list[str]:
    """`primaryLocationLineHash` of every line of a file, the first line first.

    A line's hash is taken over the hundred UTF-16 units from its start, blanks left out and every line end read as a
    line feed, and is followed by how often the same hash has come up to there. GitHub's upload action computes the
    same where a log has none, and warns where a log has another.
    """
    units: list[int] = []
    starts = [0]
    previous = 0
    raw = text.encode("utf-16-le", "surrogatepass")
    for unit in struct.unpack(f"<{len(raw) // 2}H", raw):
        if unit not in _SKIPPED and not (unit == _LINE_FEED and previous == _CARRIAGE_RETURN):
            units.append(_LINE_FEED if unit == _CARRIAGE_RETURN else unit)
            if units[-1] == _LINE_FEED:
                starts.append(len(units))
        previous = unit
    units.append(_END_OF_FILE)
    units.extend([0] * _BLOCK)

    seen: Counter[str] = Counter()
    hashes = []
    for start in starts:
        value = 0
        for unit in units[start : start + _BLOCK]:
            value = value * _BASE + unit
        digest = f"{value & _MASK:x}"
        seen[digest] += 1
        hashes.append(f"{digest}:{seen[digest]}")
    return hashes
