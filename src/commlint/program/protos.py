"""Services of gRPC as `.proto` files and generated code declare them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

import msgspec

from commlint.workspace import Workspace
from commlint.workspace.layout import shared

_MAX_BYTES = 2_000_000
_COMMENT = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_PACKAGE = re.compile(r"^[ \t]*package\s+([\w.]+)\s*;", re.MULTILINE)
_SERVICE = re.compile(r"\bservice\s+(\w+)\s*\{")
_METHOD = re.compile(r"\brpc\s+(\w+)\s*\(")
# The path of a method, as generated code calls it.
CALLED = re.compile(r"""["']/((?:[\w]+\.)*)(\w+)/(\w+)["']""")


class Declared(msgspec.Struct, frozen=True):
    """A service of gRPC.

    Attributes:
        file: The file that says so.
        package: The package it is in; may be empty.
        name: Its name.
        methods: The names of its methods.
    """

    file: str
    package: str
    name: str
    methods: tuple[str, ...]

    def path(self, method: str) -> str | None:
        """The path by which a method is called; `None` where there is no such method.

        Args:
            method: Its name, as it is or as Python spells it: `get_user` for `GetUser`.
        """
        plain = method.replace("_", "").lower()
        found = next((m for m in self.methods if m == method), None)
        found = found or next((m for m in self.methods if m.replace("_", "").lower() == plain), None)
        front = f"{self.package}." if self.package else ""
        return None if found is None else f"/{front}{self.name}/{found}"


class Protos:
    """All that a workspace declares."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def nearest(self, name: str, file: str) -> Declared | None:
        """The service of a name that is declared nearest to a file."""
        return max(self._all.get(name, ()), key=lambda declared: shared(declared.file, file), default=None)

    @cached_property
    def _all(self) -> dict[str, list[Declared]]:
        found: dict[str, list[Declared]] = {}
        for declared in (*self._of_protos(), *self._of_generated()):
            found.setdefault(declared.name, []).append(declared)
        return found

    def _of_protos(self) -> Iterator[Declared]:
        for path in self._workspace.others:
            if not path.endswith(".proto"):
                continue
            text = _COMMENT.sub("", self._text(path))
            package = _PACKAGE.search(text)
            starts = list(_SERVICE.finditer(text))
            for match, following in zip(starts, (*starts[1:], None), strict=True):
                body = text[match.end() : following.start() if following is not None else len(text)]
                methods = tuple(m[1] for m in _METHOD.finditer(body))
                yield Declared(path, package[1] if package else "", match[1], methods)

    def _of_generated(self) -> Iterator[Declared]:
        for file in self._workspace.generated:
            methods: dict[tuple[str, str], list[str]] = {}
            for match in CALLED.finditer(self._text(file.path)):
                methods.setdefault((match[1].rstrip("."), match[2]), []).append(match[3])
            for (package, name), names in methods.items():
                yield Declared(file.path, package, name, tuple(dict.fromkeys(names)))

    def _text(self, path: str) -> str:
        try:
            return self._workspace.contents.data(path, _MAX_BYTES).decode("utf-8", "replace")
        except OSError:
            return ""
