"""The call graph as others draw it: dotted names of callers, and of what each calls."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from itertools import count

from commlint.program.flow import Linker
from commlint.program.symbols import Class, Function, Module, Scope


def call_graph(linker: Linker) -> dict[str, list[str]]:
    """What each function of the program calls, by dotted names from the analysed root, all sorted.

    A module's body has the module's name, a lambda `<lambdaN>` in what is around it, what the language brings along
    `<builtin>.name`, anything else from outside its import path.
    """
    names = _names(linker.symbols.modules.values(), linker)
    graph: dict[str, set[str]] = {name: set() for name in names.values()}
    for site in linker.sites:
        called = graph[names[site.function]]
        called.update(names[target] for target in site.targets)
        called.update(_outside(external.path) for external, _ in site.externals)
    for callee in {callee for called in graph.values() for callee in called}:
        graph.setdefault(callee, set())
    return {name: sorted(graph[name]) for name in sorted(graph)}


def _outside(path: str) -> str:
    path = path.replace("()", "")
    return f"<builtin>.{path.removeprefix('builtins.')}" if path.startswith("builtins.") else path


def _names(modules: Iterable[Module], linker: Linker) -> Mapping[Function, str]:
    names: dict[Function, str] = {}
    lambdas: dict[Scope | None, count[int]] = {}
    scopes: dict[Scope, str] = {}
    for module in modules:
        dotted = posixpath.splitext(module.path)[0].removesuffix("/__init__").replace("/", ".")
        names[module.body] = scopes[module.scope] = dotted
    todo: list[Class | Function] = [*linker.symbols.classes, *linker.symbols.functions]
    # Definitions are made from the outside in, so what is around one has its name already.
    for definition in sorted((d for d in todo if isinstance(d, Class) or d not in names), key=_depth):
        around = definition.scope.parent
        while around is not None and around not in scopes:
            around = around.parent
        name = definition.name
        if isinstance(definition, Function) and name == "<lambda>":
            name = f"<lambda{next(lambdas.setdefault(around, count(1)))}>"
        scopes[definition.scope] = f"{scopes[around]}.{name}" if around is not None else name
        if isinstance(definition, Function):
            names[definition] = scopes[definition.scope]
    return names


def _depth(definition: Class | Function) -> int:
    depth, scope = 0, definition.scope.parent
    while scope is not None:
        depth, scope = depth + 1, scope.parent
    return depth
