"""A unified diff, as `git apply` and `patch -p1` read it."""

from __future__ import annotations

import difflib

from commlint.report.palette import Palette, plain

_COLORS = {"+": "green", "-": "red", "@": "cyan"}
_NO_NEWLINE = b"\\ No newline at end of file\n"


def render(file: str, before: bytes, after: bytes) -> bytes:
    """What makes one text of a file out of another, each byte as it is in the file.

    Args:
        file: Its path.
        before: Its bytes as they are.
        after: Its bytes as they are to be.
    """
    name = file.encode("utf-8", "surrogateescape")
    lines = difflib.diff_bytes(difflib.unified_diff, _lines(before), _lines(after), b"a/" + name, b"b/" + name)
    return b"".join(line if line.endswith(b"\n") else line + b"\n" + _NO_NEWLINE for line in lines)


def colored(diff: bytes) -> bytes:
    """A diff for somebody who looks at it on a terminal."""
    palette = Palette(on=True)
    lines = (plain(line) for line in diff.decode(errors="replace").split("\n"))
    return "\n".join(
        palette.paint(line, _COLORS.get(line[:1], "")) if line[:1] in _COLORS else line for line in lines
    ).encode()


def _lines(data: bytes) -> list[bytes]:
    """Lines as diffs have them: only a line feed ends one."""
    lines = [line + b"\n" for line in data.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]
