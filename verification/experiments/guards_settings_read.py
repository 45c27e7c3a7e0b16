"""What the experiments with settings have in common.

A table says where the name and the default stand in a call; the calls here are built from that, in each of the ways
that the table names.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Model = dict[str, Any]

NAME, OTHER = "ORDERS_URL", "USERS_URL"
URL = "http://orders.shop:8000"


@dataclass(frozen=True)
class Reader:
    """A function that reads one setting.

    Attributes:
        read: The function.
        text: What the setting is set to.
        value: What the function makes of it.
        default: A default, which it gives back as it is, or makes something of.
        before: Arguments that stand before the name.
    """

    read: Callable[..., Any]
    text: str = URL
    value: Any = URL
    default: Any = URL
    before: tuple[Any, ...] = ()


def ways(selector: str, value: Any) -> Iterator[dict[int | str, Any]]:
    """The ways to give an argument: by position or by name."""
    for alternative in filter(None, selector.split("|")):
        kind, _, place = alternative.partition(":")
        yield {int(place) if kind == "arg" else place: value}


def called(read: Callable[..., Any], before: tuple[Any, ...], given: Mapping[int | str, Any]) -> Any:
    """A call with arguments by position or name; `None` where a position between them is not given."""
    positions = dict(enumerate(before)) | {key: value for key, value in given.items() if isinstance(key, int)}
    named = {key: value for key, value in given.items() if isinstance(key, str)}
    return read(*[positions.get(place) for place in range(max(positions, default=-1) + 1)], **named)


def reads(model: Model, readers: Mapping[str, Reader], put: Callable[[str, str], None]) -> None:
    """Each function of a table reads what is set, and gives the default of what is not.

    Args:
        model: The table.
        readers: How to call its functions, by their access paths.
        put: Sets a setting.
    """
    assert set(readers) == set(model.get("functions", []))
    for path, reader in readers.items():
        put(NAME, reader.text)
        for name in ways(model.get("name", "arg:0"), NAME):
            seen = called(reader.read, reader.before, name)
            assert seen == reader.value, f"{path}: {name}: {seen!r}"
        for name in ways(model.get("name", "arg:0"), OTHER):
            for default in ways(model.get("default", ""), reader.default):
                if isinstance(next(iter(name)), str) and isinstance(next(iter(default)), int):
                    continue
                seen = called(reader.read, reader.before, name | default)
                assert seen == reader.default, f"{path}: {name | default}: {seen!r}"


def put_variable(name: str, text: str) -> None:
    """Set a variable of the environment, and take the other one away."""
    os.environ[name] = text
    os.environ.pop(OTHER, None)
