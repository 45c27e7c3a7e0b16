"""Code that nothing seems to run: is there anything that may call a function which no call is seen to reach?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from commlint.program.flow import Linker, Node
from commlint.program.importing import Importing
from commlint.program.symbols import Class, Function, Instance, Module
from commlint.program.values import Bound, External, Value
from commlint.workspace import Workspace

# Bases that call nothing of their subclasses by themselves.
_INERT = frozenset(
    {
        "abc.ABC",
        "builtins.object",
        "typing.Generic",
        "typing.Protocol",
        "typing.NamedTuple",
        "typing.TypedDict",
        "pydantic.BaseModel",
        "builtins.Exception",
    }
)


class Liveness:
    """Answers questions about dead code."""

    def __init__(self, linker: Linker, workspace: Workspace, importing: Importing) -> None:
        self._linker = linker
        self._workspace = workspace
        self._importing = importing

    def is_live(self, function: Function) -> bool:
        """Whether anything may call a function that no call is seen to reach."""
        if function.is_module or function.name == "<lambda>":
            return True
        if function.module in self._test_support:
            return False
        if function.owner is not None:
            return self._is_used(function.owner) and self._may_be_called(function, function.owner)
        mentioned = self._linker.mentions.names.get(function.name, ())
        return (
            bool(function.fact.decorators)
            or self._is_written_elsewhere(function.name)
            or self._is_offered(function.name, function.module)
            or any(self._sees(module, function.module) for module in mentioned)
        )

    def _is_used(self, cls: Class) -> bool:
        """Whether code that may know a class, or one below it, names it; a decorator may tell somebody of it."""
        mentions = self._linker.mentions
        return any(
            bool(each.fact.decorators)
            or self._is_written_elsewhere(each.name)
            or self._is_offered(each.name, each.module)
            or any(self._sees(module, each.module) for module in mentions.names.get(each.name, ()))
            for each in (cls, *_below(cls))
        )

    def _may_be_called(self, method: Function, owner: Class) -> bool:
        name, mentions = method.name, self._linker.mentions
        if name.startswith("__") or self._is_registered(method) or name in mentions.paths:
            return True
        if not name.startswith("_") and self._is_offered(owner.name, owner.module):
            return True
        # A base from outside calls what it knows by itself; of one that is modelled, that is an entry point.
        outside = [base for base in owner.mro if isinstance(base, str) and base not in _INERT]
        if not name.startswith("_") and any(not self._linker.models.entry_base(base) for base in outside):
            return True
        asked = mentions.attributes.get(name, ())
        return any(_may_be(base, owner) and self._sees(module, owner.module) for module, base in asked)

    def _is_registered(self, method: Function) -> bool:
        """Whether a decorator may tell somebody outside of a method, and does not just wrap it."""
        values = (value for _, node, _ in method.decorators if node is not None for value in node.values)
        return not all(isinstance(value, Function | Bound) or self._only_wraps(value) for value in values)

    def _only_wraps(self, value: Value) -> bool:
        """Whether a decorator from outside is known to do no more than to wrap what it is put around."""
        if not isinstance(value, External):
            return False
        return value.path.startswith(_PLAIN) or bool(self._linker.models.guard_decorators(value.path))

    def _is_written_elsewhere(self, name: str) -> bool:
        return name in self._linker.mentions.paths or name in self._elsewhere

    def _is_offered(self, name: str, module: Module) -> bool:
        """Whether something is part of what a library offers; inside a service nobody else is there to take it."""
        if self._workspace.service_of(module.path) is not None:
            return False
        return any(self._sees(package, module) for package in self._linker.mentions.offered.get(name, ()))

    def _sees(self, module: Module, target: Module) -> bool:
        """Whether code of a module, which is no test code, may know what another defines: they are loaded together."""
        return module not in self._test_support and module in self._importing.together(target)

    @cached_property
    def _elsewhere(self) -> frozenset[str]:
        """What is mentioned outside the Python code: handlers named in a YAML file are called by that name."""
        return self._workspace.contents.words(self._workspace.others)

    @cached_property
    def _test_support(self) -> frozenset[Module]:
        """The modules that hold fixtures of tests, wherever they lie, and those that only such modules import."""
        found = {f.module for f in self._linker.symbols.functions if _is_fixture(f)}
        while True:
            more = {
                module
                for module, importers in self._importing.imported_by.items()
                if module not in found and importers and importers <= found
            }
            if not more:
                return frozenset(found)
            found |= more


_PLAIN = ("builtins.", "functools.", "abc.", "typing.", "contextlib.")


def _below(cls: Class) -> Iterator[Class]:
    for subclass in cls.subclasses:
        yield subclass
        yield from _below(subclass)


def _is_fixture(function: Function) -> bool:
    return any(
        isinstance(value, External) and value.path.startswith("pytest.")
        for _, node, _ in function.decorators
        for value in (node.values if node is not None else ())
    )


def _may_be(base: Node | None, cls: Class) -> bool:
    """Whether what an attribute is read of may be an object of a class, as far as that is known."""
    if base is None or not base.values:
        return True
    for value in base.values:
        held = value.cls if isinstance(value, Instance) else value
        if isinstance(held, Class) and (cls in held.mro or held in cls.mro):
            return True
    return False
