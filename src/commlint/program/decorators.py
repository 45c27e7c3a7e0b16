"""Decorators of the program: what they put around functions.

They are not applied in the assignment graph: a decorated name holds the function itself, and the decorator's wrapper is
added to what a call of it runs. A wrapper that many functions share would otherwise make each of them seem to call all.
"""

from __future__ import annotations

from collections.abc import Iterator

from commlint import facts
from commlint.program.flow import Linker, Node
from commlint.program.sites import Site
from commlint.program.symbols import Function, Symbols
from commlint.program.values import Bound


def run_wrappers(linker: Linker) -> None:
    """Makes every decorated function run the wrappers that decorators of the program put around it."""
    for function in list(linker.symbols.functions.values()):
        for expr, wrapper in wrappers_of(function, linker.symbols):
            place = function.fact
            call = expr if isinstance(expr, facts.Call) else facts.Call(expr, (), (), place.line, place.column)
            site = Site(call, function, None, (), awaited=wrapper.fact.is_async)
            site.result = Node()
            site.targets[wrapper] = None
            wrapper.callers.append(site)
            function.sites.append(site)


def wrappers_of(function: Function, symbols: Symbols) -> Iterator[tuple[facts.Expr, Function]]:
    """The wrappers around a function, the innermost first, each with the decorator that brings it."""
    for expr, node in reversed(function.decorators):
        for value in node.values if node is not None else ():
            decorator = value.function if isinstance(value, Bound) else value
            if isinstance(decorator, Function):
                for wrapper in wrappers(decorator, symbols):
                    yield expr, wrapper


def wrappers(decorator: Function, symbols: Symbols) -> Iterator[Function]:
    """The functions that a decorator puts in the place of what it decorates: those inside that call its argument.

    A decorator with arguments has one more function around.
    """
    for statement in decorator.fact.body:
        if not isinstance(statement, facts.Function):
            continue
        inner = symbols.functions[statement]
        if wrapped_site(inner) is not None:
            yield inner
        yield from wrappers(inner, symbols)


def wrapped_site(wrapper: Function) -> Site | None:
    """The call by which a wrapper runs what it wraps: of a parameter of the function around it."""
    outer = wrapper.outer
    if outer is None or outer.is_module:
        return None
    parameters = {p.name for p in outer.fact.parameters if p.kind in ("positional", "normal")}
    for site in wrapper.sites:
        func = site.call.func
        if isinstance(func, facts.Name) and func.id in parameters and wrapper.scope.owner_of(func.id) is outer.scope:
            return site
    return None
