"""What the language's own functions ask objects for, seen by a class that notes it."""

from __future__ import annotations

import asyncio
import builtins
from collections.abc import Iterator
from typing import Any

from experiment import exercise

LOT = "python"

ASKED: set[str] = set()


class Noting:
    """Notes what it is asked for."""

    def __len__(self) -> int:
        ASKED.add("__len__")
        return 1

    def __iter__(self) -> Iterator[int]:
        ASKED.add("__iter__")
        return iter([1])

    def __next__(self) -> int:
        ASKED.add("__next__")
        return 1

    async def __anext__(self) -> int:
        ASKED.add("__anext__")
        return 1

    def __str__(self) -> str:
        ASKED.add("__str__")
        return "noted"

    def __repr__(self) -> str:
        ASKED.add("__repr__")
        return "noted"

    def __bool__(self) -> bool:
        ASKED.add("__bool__")
        return True

    def __hash__(self) -> int:
        ASKED.add("__hash__")
        return 1


@exercise("python", "hook", 0, 1, 2, 3, 4, 5, 6, 7)
def builtins_ask(model: dict[str, Any]) -> None:
    """Each function asks for each of the methods."""

    async def ask(function: Any) -> None:
        await function(Noting())

    for path in model["functions"]:
        ASKED.clear()
        function = getattr(builtins, path.removeprefix("builtins."))
        if function is anext:
            asyncio.run(ask(function))
        else:
            function(Noting())
        assert set(model["hooks"]) <= ASKED, path
