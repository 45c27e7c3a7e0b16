"""Entry points: where a framework, a broker or a person starts the code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import msgspec

from commlint import facts
from commlint.catalogue.models import Entry
from commlint.program.code import last_name
from commlint.program.flow import Linker, Node
from commlint.program.models import Models
from commlint.program.patterns import cut, read
from commlint.program.places import holds
from commlint.program.sites import Site, select
from commlint.program.symbols import Class, Function, Symbols
from commlint.program.values import Bound, External, Partial

if TYPE_CHECKING:
    from commlint.program.routes import Routes

# Kinds that other services can call.
ENDPOINTS = frozenset({"http", "grpc", "rpc"})
_VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "route", "api_route"})


class EntryPoint(msgspec.Struct, frozen=True):
    """A function that is called from outside.

    Attributes:
        function: The handler.
        kind: As in the library models.
        said: What it serves by its own word, without what it hangs below.
        routes: What services answer to.
    """

    function: Function
    kind: str
    said: str
    routes: Routes | None = None

    @property
    def is_endpoint(self) -> bool:
        """Whether other services can call it."""
        return self.kind in ENDPOINTS

    @property
    def label(self) -> str:
        """What it serves, as a reader would say it: `POST /invoices`, `RPC orders.get_order`."""
        served = self.routes.label(self.function) if self.routes is not None and self.is_endpoint else None
        return served or self.said


def find_entries(
    symbols: Symbols, linker: Linker, models: Models, routes: Routes | None = None
) -> dict[Function, EntryPoint]:
    """All entry points of the program, by handler.

    Args:
        symbols: What is defined where.
        linker: What may hold what.
        models: What is known of libraries.
        routes: What services answer to, for the paths of endpoints and for handlers that only documents name.
    """
    found: dict[Function, EntryPoint] = {}

    def add(function: Function, kind: str, label: str) -> None:
        if function not in found:
            found[function] = EntryPoint(function, kind, label, routes)

    for site in linker.sites:
        for external, _ in site.externals:
            entry = models.registrar(external.path)
            if entry is not None and holds(entry, site.call, site.function.scope, tuple(external.makers())):
                for function in _registered(site, entry, linker, models):
                    add(function, entry.kind, _registered_label(site, entry, function))
    for function in symbols.functions:
        for expr, node, around in function.decorators:
            if (decorated := _decorated(function, expr, node, models)) is not None:
                # What is called is what the decorators below it have made of the function.
                for handler in around.values:
                    if isinstance(handler, Function):
                        add(handler, *decorated)
    for cls in symbols.classes:
        for base in cls.mro:
            if isinstance(base, str):
                for entry in models.entry_base(base):
                    for method in _methods(cls, entry):
                        add(method, entry.kind, _method_label(cls, entry, method, base))
    for function in routes.documented() if routes is not None else ():
        add(function, "http", function.label)
    return found


def _decorated(function: Function, expr: facts.Expr, node: Node | None, models: Models) -> tuple[str, str] | None:
    call = expr if isinstance(expr, facts.Call) else None
    for value in node.values if node is not None else ():
        entry = models.entry_decorator(value.path) if isinstance(value, External) else None
        if entry is not None and holds(entry, call, function.module.scope, ()):
            return entry.kind, _label(call, entry, last_name(expr), function)
    # The object with the decorator may come from where it cannot be followed (an extension, a factory); a verb or
    # `route` with a path is clear enough.
    if call is not None and isinstance(call.func, facts.Attr) and call.func.name in _VERBS and call.args:
        path = call.args[0]
        if isinstance(path, facts.Const) and isinstance(path.value, str) and path.value.startswith("/"):
            guessed = Entry(kind="http", verb="kw:methods" if "route" in call.func.name else "name", default_verb="GET")
            return "http", _label(call, guessed, call.func.name, function)
    return None


def _registered(site: Site, entry: Entry, linker: Linker, models: Models) -> Iterator[Function]:
    handler = linker.argument(site, select(site.call, entry.handler))
    for held in handler.values if handler is not None else ():
        value = held.target if isinstance(held, Partial) else held
        if isinstance(value, Function):
            yield value
        elif isinstance(value, Bound):
            yield value.function
        elif isinstance(value, External) and value.cls is not None:
            yield from _view_methods(value.cls, models)
        elif isinstance(value, Class):
            yield from _view_methods(value, models)


def _view_methods(cls: Class, models: Models) -> Iterator[Function]:
    for base in cls.mro:
        if isinstance(base, str):
            for entry in models.entry_base(base):
                yield from (m for m in _methods(cls, entry) if m.name not in entry.hooks)


def _methods(cls: Class, entry: Entry) -> Iterator[Function]:
    for ancestor in cls.mro:
        if isinstance(ancestor, str):
            continue
        for name, binding in ancestor.scope.bindings.items():
            if not isinstance(binding, Function):
                continue
            public = not name.startswith("_")
            handles = any(fnmatchcase(name, handler) and (public or handler == name) for handler in entry.handlers)
            if handles or name in entry.hooks:
                yield binding


def _registered_label(site: Site, entry: Entry, function: Function) -> str:
    label = _label(site.call, entry, function.name, function)
    # A view class is registered once for all its methods.
    if not entry.verb and function.owner is not None and function.name in _VERBS:
        return f"{function.name.upper()} {label}"
    return label


def _method_label(cls: Class, entry: Entry, method: Function, base: str) -> str:
    if entry.kind == "grpc":
        service = base.rpartition(".")[2].removesuffix("Servicer")
        return f"RPC {service}/{method.name}"
    if method.name in _VERBS and method.name not in entry.hooks:
        return f"{method.name.upper()} {cls.name}"
    return f"{cls.name}.{method.name}"


def _label(call: facts.Call | None, entry: Entry, name: str, function: Function) -> str:
    verbs = "/".join(_texts(select(call, entry.verb))).upper() if call is not None else ""
    if entry.verb == "name":
        verbs = name.upper()
    elif entry.verb.startswith("const:"):
        verbs = entry.verb.removeprefix("const:")
    path = "".join(_texts(select(call, entry.path))) if call is not None else ""
    if entry.kind == "http" and path:
        path = str(cut(read(path, entry.parameters)[0]))
    if not path:
        named = function.stands_for
        path = named.label if entry.kind not in ("task", "consumer", "schedule", "command") else named.name
    if entry.kind in ENDPOINTS:
        return f"{verbs or entry.default_verb} {path}".strip()
    return f"{entry.kind} {path}"


def _texts(expr: facts.Expr | None) -> Iterable[str]:
    if isinstance(expr, facts.Const) and isinstance(expr.value, str):
        return (expr.value,)
    if isinstance(expr, facts.Sequence):
        return tuple(text for item in expr.items for text in _texts(item))
    return ()
