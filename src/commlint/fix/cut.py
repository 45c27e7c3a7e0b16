"""The stretches of a text that fixes replace."""

from __future__ import annotations

import msgspec


class CannotBeMadeError(Exception):
    """The code does not look as a change expects it."""


class Cut(msgspec.Struct, frozen=True, order=True):
    """A stretch of a text in UTF-8, and what is to stand there instead.

    Attributes:
        start: Where it begins.
        end: Where it ends; at its beginning where something is only put in.
        rank: The order of lines that are put in at one place.
        text: The new text.
        binds: The name that a line of its own gives a meaning in the whole module; empty for anything else.
    """

    start: int
    end: int
    rank: int
    text: str
    binds: str = ""
