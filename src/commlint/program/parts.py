"""Which part of an answer a value is, and where in what the program has made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

import msgspec

# An element of a list, or a value under any key.
ELEMENT = "[]"
# Deeper than this nobody looks, and a loop over a tree would not end.
_DEEPEST = 8

Key: TypeAlias = str | int | None
Parts: TypeAlias = "frozenset[Part]"


class Part(msgspec.Struct, frozen=True):
    """A part of an answer, or something that the program has made and that holds it.

    Attributes:
        keys: The way to the part in the answer: `("items", "[]", "price")`.
        held: The way to it in what the program has made, from the outside in: keys and positions, `None` for any.
    """

    keys: tuple[str, ...] = ()
    held: tuple[Key, ...] = ()


WHOLE: Parts = frozenset({Part()})
NOTHING: Parts = frozenset()


def put(parts: Parts, place: Key) -> Parts:
    """What holds some parts at a place: a list, tuple or dict of the program."""
    return frozenset(Part(part.keys, (place, *part.held)) for part in parts if len(part.held) < _DEEPEST)


def take(parts: Parts, key: Key, note: Callable[[tuple[str, ...]], None]) -> Parts:
    """What is under a key of some parts.

    Args:
        parts: The parts.
        key: A key or position; `None` for any.
        note: Is told of each key of the answer that is read.
    """
    found = set()
    for part in in_order(parts):
        if part.held:
            if key is None or part.held[0] in (key, None):
                found.add(Part(part.keys, part.held[1:]))
        elif len(part.keys) < _DEEPEST:
            inner = (*part.keys, key if isinstance(key, str) else ELEMENT)
            if isinstance(key, str):
                note(inner)
            found.add(Part(inner))
    return frozenset(found)


def in_order(parts: Parts) -> list[Part]:
    """Parts as they are told of on each run: what is noted first speaks for the others at its place."""
    return sorted(parts, key=lambda part: part.keys)


def elements(parts: Parts) -> Parts:
    """What a loop over some parts goes through."""
    # Whoever goes through a dict of the program gets its keys.
    lists = frozenset(part for part in parts if not part.held or not isinstance(part.held[0], str))
    return take(lists, None, lambda _: None)


def bare(parts: Parts) -> Parts:
    """Those that are an answer, or a part of one, themselves."""
    return frozenset(part for part in parts if not part.held)


def fields(read: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Keys as people write them, sorted; `user` is left out where `user.name` is there."""
    known = set(read)
    inner = {keys[:length] for keys in known for length in range(1, len(keys))}
    return tuple(sorted(".".join(keys).replace(f".{ELEMENT}", ELEMENT) for keys in known - inner))
