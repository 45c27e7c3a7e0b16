"""Which modules import which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from commlint import facts
from commlint.program.symbols import Module, Symbols


class Importing:
    """Answers questions about imports."""

    def __init__(self, symbols: Symbols) -> None:
        self._symbols = symbols
        self._together: dict[Module, frozenset[Module]] = {}

    @cached_property
    def imports(self) -> Mapping[Module, frozenset[Module]]:
        """The modules that each module imports."""
        modules = self._symbols.modules.values()
        return {module: frozenset(_imported(self._symbols, module)) - {module} for module in modules}

    @cached_property
    def imported_by(self) -> Mapping[Module, frozenset[Module]]:
        """The modules that import each module."""
        found: dict[Module, set[Module]] = defaultdict(set)
        for module, imported in self.imports.items():
            for other in imported:
                found[other].add(module)
        return {module: frozenset(found[module]) for module in self.imports}

    def together(self, module: Module) -> frozenset[Module]:
        """The modules that are loaded together with a module: all that is imported where it is, itself included."""
        if (known := self._together.get(module)) is None:
            known = self._together[module] = closure(closure({module}, self.imported_by), self.imports)
        return known


def closure(start: Iterable[Module], further: Mapping[Module, frozenset[Module]]) -> frozenset[Module]:
    """Some modules, and all that are reached from them."""
    seen = set(start)
    todo = list(seen)
    while todo:
        more = further[todo.pop()] - seen
        seen |= more
        todo += more
    return frozenset(seen)


def _imported(symbols: Symbols, module: Module) -> Iterator[Module]:
    """The modules of the program that a module imports, anywhere in it."""
    imports = symbols.imports
    todo: list[object] = [module.fact.body]
    while todo:
        part = todo.pop()
        if isinstance(part, tuple):
            todo.extend(part)
        elif isinstance(part, facts.Import):
            for alias in part.names:
                base = imports.base(module, part.module if part.is_from else alias.name, part.level)
                below = None if base is None or not part.is_from else imports.child(base, alias.name)
                for path in (base, below):
                    if path is not None and (found := imports.at(path)) is not None:
                        yield found
        elif not isinstance(part, facts.Expr):
            todo += [getattr(part, name, ()) for name in ("body", "orelse", "final", "handlers", "cases")]
