"""Ways to spoil a Python file, each decided by a random generator alone."""

# ruff: noqa: E501

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

_TOKEN = re.compile(rb"\w+|\s+|[^\w\s]")
_ODD = [
    b"\0", b"\x0c", b"\xff", b"\xef\xbb\xbf", b"\r", b"\t", b"\\\n", b"'''", b'"""', b"f'{", b"{", b"(", b"[", b"await ",
    b"yield ", b"async ", b"lambda: ", b"not ", b"*", b"**", b":=", b"@", b"\xe2\x80\xae", b"\xed\xa0\x80", b"match x:\n",
    b"except* E:\n", b"class C[T]: pass\n", b"type X[T] = int\n", b"t'{x}'", b"print 'x'\n", b"exec 'x'\n", b"`x`", b"<>",
]  # fmt: skip


def mutant(data: bytes, kind: str, draw: Random) -> bytes:
    """A file, changed in one way."""
    return MUTATIONS[kind](data, draw)


def _tokens(change: Callable[[list[bytes], int, Random], None]) -> Callable[[bytes, Random], bytes]:
    def mutate(data: bytes, draw: Random) -> bytes:
        tokens = _TOKEN.findall(data)
        for _ in range(draw.choice((1, 1, 2, 5, 20))):
            if len(tokens) > 1:
                change(tokens, draw.randrange(len(tokens)), draw)
        return b"".join(tokens)

    return mutate


def _delete(tokens: list[bytes], at: int, _draw: Random) -> None:
    del tokens[at]


def _duplicate(tokens: list[bytes], at: int, _draw: Random) -> None:
    tokens.insert(at, tokens[at])


def _swap(tokens: list[bytes], at: int, draw: Random) -> None:
    other = draw.randrange(len(tokens))
    tokens[at], tokens[other] = tokens[other], tokens[at]


def _rename(tokens: list[bytes], at: int, draw: Random) -> None:
    """One name takes the place of another: code that is still Python, and means something else."""
    names = [index for index, token in enumerate(tokens) if token[:1].isalpha() or token[:1] == b"_"]
    if len(names) > 1:
        tokens[draw.choice(names)] = tokens[min(names, key=lambda index: abs(index - at))]


def _insert(tokens: list[bytes], at: int, draw: Random) -> None:
    tokens.insert(at, draw.choice(_ODD))


def _lines(data: bytes, draw: Random) -> bytes:
    """Lines deleted, doubled and moved: much of it is still Python."""
    lines = data.splitlines(keepends=True)
    for _ in range(draw.choice((1, 2, 5, 20))):
        if len(lines) > 1:
            at, to = draw.randrange(len(lines)), draw.randrange(len(lines))
            moved = lines[at]
            if draw.random() < 0.5:
                del lines[at]
            lines.insert(to, moved)
    return b"".join(lines)


def _truncate(data: bytes, draw: Random) -> bytes:
    return data[: draw.randrange(len(data) + 1)]


def _bytes(data: bytes, draw: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.choice((1, 3, 30))):
        changed[draw.randrange(len(changed))] = draw.randrange(256)
    return bytes(changed)


def _nest(data: bytes, draw: Random) -> bytes:
    """The file with something nested deeply in it, at the end of a line or around everything."""
    depth = draw.choice((20, 90, 150, 199, 201, 1_000, 20_000))
    kind = draw.randrange(8)
    if kind == 0:
        depth = min(depth, 1_000)
        around = b"".join(b" " * level + b"if x:\n" for level in range(depth))
        return around + b"".join(b" " * depth + line for line in data.splitlines(keepends=True))
    opening, closing = [
        (b"(", b")"), (b"[", b"]"), (b"{1:", b"}"), (b"f(", b")"), (b"not ", b""), (b"-", b""), (b"lambda: ", b""),
    ][kind - 1]  # fmt: skip
    return data + b"\nz = " + opening * depth + b"1" + closing * depth + b"\n"


def _chain(data: bytes, draw: Random) -> bytes:
    """The file with something long in it."""
    length = draw.choice((50, 300, 1_000, 3_000))
    piece = draw.choice((b".a", b".f()", b"[0]", b" + a", b" or a", b" if a else b", b" < a", b" 'a'", b"; a"))
    first = b"'a'" if piece == b" 'a'" else b"a"
    return data + b"\nz = " + first + piece * length + b"\n"


def _ends(data: bytes, draw: Random) -> bytes:
    """Other ends of lines, all of them or some."""
    end = draw.choice((b"\r\n", b"\r", b"\x0c\n", b"\n\r", b"\\\n", b"\v\n", b"\xc2\x85", b"\xe2\x80\xa8"))
    share = draw.choice((1.0, 0.5, 0.02))
    lines = data.replace(b"\r\n", b"\n").split(b"\n")
    return b"".join(line + (end if draw.random() < share else b"\n") for line in lines)


def _encoding(data: bytes, draw: Random) -> bytes:
    """Another encoding: told, not told, or told wrongly."""
    names = (
        "latin-1",
        "utf-16",
        "utf-32",
        "cp1252",
        "utf-8-sig",
        "ascii",
        "shift_jis",
        "utf-7",
        "cp037",
        "rot13",
        "idna",
    )
    said, used = draw.choice(names), draw.choice(names)
    text = data.decode("utf-8", "replace") + "\ny = 'é€分'\n"
    try:
        raw = text.encode(used, "replace")
    except (LookupError, UnicodeError):
        raw = data
    if draw.random() < 0.3:
        return raw
    return f"# -*- coding: {said} -*-\n".encode() + raw


def _indent(data: bytes, draw: Random) -> bytes:
    """Indentation with tabs, in part or in full, and lines pushed to the right."""
    share = draw.choice((1.0, 0.1, 0.01))
    return b"".join(
        line.replace(b"    ", b"\t") if draw.random() < share else line for line in data.splitlines(keepends=True)
    )


MUTATIONS: dict[str, Callable[[bytes, Random], bytes]] = {
    "bytes": _bytes,
    "chain": _chain,
    "delete": _tokens(_delete),
    "duplicate": _tokens(_duplicate),
    "encoding": _encoding,
    "ends": _ends,
    "indent": _indent,
    "insert": _tokens(_insert),
    "lines": _lines,
    "nest": _nest,
    "rename": _tokens(_rename),
    "swap": _tokens(_swap),
    "truncate": _truncate,
}
