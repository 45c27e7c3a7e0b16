"""Decorators of the program, applied: a decorated name holds what they return.

Each application gets a copy of the decorator's code. The wrapper in it calls this one function; a wrapper that many
functions shared would make each of them seem to call all.
"""

from __future__ import annotations

from collections.abc import Callable

from commlint.program.flow import Linker, Node
from commlint.program.sites import Site
from commlint.program.symbols import Function
from commlint.program.values import Bound, External, Value

# Copies of decorators that decorate what they define themselves end somewhere.
_DEEPEST = 4


class Decorations:
    """Applies decorators.

    Args:
        linker: The graph.
        walk: Adds the code of a function to it.
    """

    def __init__(self, linker: Linker, walk: Callable[[Function], None]) -> None:
        self._linker = linker
        self._walk = walk
        self._applied: list[tuple[Node, Node]] = []
        # Functions that are known as decorators by copies of them.
        self.copied: set[Function] = set()

    def apply(self, site: Site, may_be: Node | None, function: Function, around: Node) -> Node:
        """What a decorator makes of what it is put around.

        Args:
            site: The application, as a call with one argument.
            may_be: What the decorator may be.
            function: The function at the bottom.
            around: What the decorator is given: the function, or what the decorators below made of it.
        """
        site.arguments.append((around, False))
        self._applied.append((around, site.result))
        self._linker.sites.append(site)
        self._linker.use(may_be, lambda value: self._apply(site, value, function, around))
        return site.result

    def settle(self) -> None:
        """Lets what is decorated by something unknown stand for itself, when all that can be followed has been."""
        while lost := [(around, made) for around, made in self._applied if around.values and not made.values]:
            for around, made in lost:
                self._linker.flow(around, made)
            self._linker.solve()

    def call(self, site: Site, value: Value, function: Function) -> None:
        """Lets a call in a decorator of a function happen.

        Args:
            site: The call: the decorator's own, or its application.
            value: What is called.
            function: The function.
        """
        match value:
            case Function():
                self._linker.call(site, self._copy(value, function))
            case Bound():
                self._linker.call(site, self._linker.values.bound(self._copy(value.function, function), value.receiver))
            case _:
                self._linker.call(site, value)

    def _apply(self, site: Site, value: Value, function: Function, around: Node) -> None:
        if isinstance(value, External):
            self._linker.hooks.applied(value, around)
            # It may do much, but what it returns is called like what it was given.
            self._linker.flow(around, site.result)
        else:
            self.call(site, value, function)

    def _copy(self, decorator: Function, function: Function) -> Function:
        if decorator.decorates is function or (decorator.outer is not None and _is_inside(decorator.outer, function)):
            return decorator
        if _depth(decorator) + _depth(function) > _DEEPEST or decorator.scope.parent is None:
            return decorator
        self.copied.add(decorator)
        symbols = self._linker.symbols
        known = len(symbols.classes)
        copy = symbols.define(decorator.fact, decorator.scope.parent, decorator.owner)
        copy.decorates = function
        copy.line = decorator.line
        self._linker.link_classes(symbols.classes[known:])
        self._walk(copy)
        return copy


def _is_inside(outer: Function, function: Function) -> bool:
    """Whether a function lies in a copy for another one."""
    around: Function | None = outer
    while around is not None and around.decorates is not function:
        around = around.outer
    return around is not None


def _depth(function: Function) -> int:
    """How many copies a function lies in."""
    depth, outer = 0, function if function.decorates is not None else function.outer
    while outer is not None:
        if outer.decorates is not None:
            depth += 1 + _depth(outer.decorates)
        outer = outer.outer
    return depth


def unused(copied: set[Function], function: Function) -> bool:
    """Whether a function is part of a decorator of which only copies are called."""
    outer: Function | None = function
    while outer is not None:
        if outer in copied:
            return not outer.callers
        outer = outer.outer
    return False
