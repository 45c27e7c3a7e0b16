"""The facts of files as bytes, which are looked through for a word faster than the facts are walked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from commlint import facts

if TYPE_CHECKING:
    from commlint.program.symbols import Module


class Encoded:
    """Encodes the facts of each file once."""

    def __init__(self) -> None:
        self._encoded: dict[Module, bytes] = {}

    def of(self, module: Module) -> bytes:
        """The facts of a file as bytes."""
        if (data := self._encoded.get(module)) is None:
            data = self._encoded[module] = msgspec.msgpack.encode(module.fact)
        return data


def texts_in(module: Module) -> Iterator[tuple[int, str]]:
    """The texts of a file with the lines of the statements or calls that they stand in; what is not known is a hole."""
    todo: list[tuple[object, int]] = [(module.fact.body, 1)]
    while todo:
        part, line = todo.pop()
        match part:
            case facts.Const():
                if isinstance(part.value, str):
                    yield line, part.value
            case facts.Format():
                texts = (
                    p.value if isinstance(p, facts.Const) and isinstance(p.value, str) else "{}" for p in part.parts
                )
                yield line, "".join(texts)
            case tuple():
                todo += [(inner, line) for inner in reversed(part)]
            case _:
                own = line if isinstance(part, facts.Comprehension) else getattr(part, "line", line)
                fields = getattr(part, "__struct_fields__", ())
                todo += [(getattr(part, field), own) for field in reversed(fields)]
