"""What code speaks of: which names of functions and classes it uses, and where."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commlint.program.flow import Node
    from commlint.program.symbols import Module, Symbols


class Mentions:
    """Takes note of names as the code is walked.

    Attributes:
        all: Every name that some code uses, as a name, an attribute, in an import or as a text.
        names: The modules that use a name of a function or class, by the name.
        offered: The packages that import a name, for others as it may be.
        attributes: The places where an attribute of such a name is read: the module, and what it is read of.
        paths: What texts that are dotted names end in: `"app.handlers.process"`. A plain word may mean anything.
    """

    def __init__(self, symbols: Symbols) -> None:
        self._known = {f.name for f in symbols.functions} | {cls.name for cls in symbols.classes}
        self.all: set[str] = set()
        self.names: dict[str, set[Module]] = defaultdict(set)
        self.offered: dict[str, set[Module]] = defaultdict(set)
        self.attributes: dict[str, list[tuple[Module, Node | None]]] = defaultdict(list)
        self.paths: set[str] = set()

    def name(self, name: str, module: Module) -> None:
        """A module uses a name."""
        self.all.add(name)
        if name in self._known:
            self.names[name].add(module)

    def imported(self, name: str, module: Module) -> None:
        """A module imports a name; a package may do so only to offer it to others."""
        self.all.update(name.split("."))
        if not module.is_package:
            self.name(name, module)
        elif name in self._known:
            self.offered[name].add(module)

    def attribute(self, name: str, module: Module, base: Node | None) -> None:
        """A module reads an attribute."""
        self.all.add(name)
        if name in self._known:
            self.names[name].add(module)
            self.attributes[name].append((module, base))

    def text(self, text: str) -> None:
        """A module has a text."""
        self.all.add(text.rpartition(".")[2])
        for separator in (".", ":"):
            before, _, last = text.rpartition(separator)
            if before and last in self._known and all(part.isidentifier() for part in before.split(".")):
                self.paths.add(last)
