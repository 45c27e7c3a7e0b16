"""How paths of a workspace with neighbours are written: its own as they are, those of a neighbour as `name://path`."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TypeVar

import msgspec

from commlint.facts import Failed, Unreadable
from commlint.finding import Location, Service
from commlint.neighbours.joining import Neighbours
from commlint.servicemap import Node
from commlint.workspace import layout

# Where values hold paths, and where texts that may speak of them.
_PATHS: dict[type, tuple[str, ...]] = {
    Location: ("file",),
    Service: ("root", "system"),
    Node: ("root",),
    Unreadable: ("path",),
    Failed: ("path",),
}
_TEXTS = frozenset({"text", "message", "why", "advice", "reasons"})

_Value = TypeVar("_Value")


class Spelling:
    """Writes paths for readers.

    Args:
        neighbours: What lies beside the repository.
        files: All files of the workspace.
    """

    def __init__(self, neighbours: Neighbours, files: Collection[str]) -> None:
        self._own = neighbours.own
        self._names = sorted({origin.name for origin in neighbours.origins})
        self._known = frozenset(files) | layout.folders(files).keys()
        tops = sorted({neighbours.own, *self._names}, key=len, reverse=True)
        self._path = re.compile(rf"(?<![\w/.:`-])(?:{'|'.join(map(re.escape, tops))})/[^\s:`)(,]+")

    def path(self, path: str) -> str:
        """A path of the workspace as readers know it."""
        if self._own == "." or not path:
            return path
        if path == self._own:
            return "."
        if path.startswith(f"{self._own}/"):
            return path[len(self._own) + 1 :]
        name, _, rest = path.partition("/")
        return f"{name}://{rest}" if name in self._names else path

    def inner(self, path: str) -> str:
        """A path of the repository as it is in the workspace; that of the whole repository means all of it."""
        return path if self._own == "." or path == "." else f"{self._own}/{path}"

    def is_own(self, path: str) -> bool:
        """Whether a path, as readers know it, is one of the repository itself."""
        return not any(path.startswith(f"{name}://") for name in self._names)

    def of(self, value: _Value) -> _Value:
        """A value with all paths in it as readers know them."""
        return value if self._own == "." else self._spelled(value)

    def _spelled(self, value: _Value) -> _Value:
        if isinstance(value, tuple):
            return tuple(self._spelled(part) for part in value)  # type: ignore[return-value]
        if not isinstance(value, msgspec.Struct):
            return value
        changes = {}
        for field in value.__struct_fields__:
            old = getattr(value, field)
            new = self._field(type(value), field, old)
            if new is not old:
                changes[field] = new
        return msgspec.structs.replace(value, **changes) if changes else value

    def _field(self, kind: type, field: str, value: object) -> object:
        if field in _PATHS.get(kind, ()) and isinstance(value, str):
            return self.path(value)
        if field in _TEXTS and isinstance(value, str):
            return self._text(value)
        if field in _TEXTS and isinstance(value, Sequence) and all(isinstance(part, str) for part in value):
            return tuple(self._text(part) for part in value)
        return self._spelled(value)

    def _text(self, text: str) -> str:
        return self._path.sub(lambda match: self.path(match[0]) if match[0] in self._known else match[0], text)
