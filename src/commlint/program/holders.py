"""What holds routes: routers, applications, lists and modules, known by what made them.

A holder is known by the call that makes it, `APIRouter()`, wherever it is passed on to; a list by itself, a module with
`urlpatterns` by itself, an object of a class of the program by its class where no such call is seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from commlint import facts
from commlint.catalogue.models import Router
from commlint.program.answers import methods
from commlint.program.flow import Linker, Node
from commlint.program.models import Models
from commlint.program.patterns import Hole, Text, below, read
from commlint.program.route_models import RouteModels
from commlint.program.sites import Site, select
from commlint.program.symbols import Class, Function, Instance, Module
from commlint.program.values import Container, External, Value
from commlint.program.views import View, Views

# The last is the access path of an object's class, where nothing else is known of it.
Holder: TypeAlias = Site | Class | Module | Container | Function | Node | str


class Holders:
    """Finds what holds routes."""

    def __init__(self, linker: Linker, models: Models, routing: RouteModels, views: Views) -> None:
        self._linker = linker
        self._models = models
        self._routing = routing
        self._views = views
        self._routers: dict[Site, Router | None] = {}

    # --- which --------------------------------------------------------------------------------------------------------

    def of(self, expr: facts.Expr, view: View) -> list[Holder]:
        """The holders that an expression may mean."""
        found: dict[Holder, None] = {}
        for value in view.values(expr.value if isinstance(expr, facts.Star) else expr):
            if (holder := self.behind(value, expr, view)) is not None:
                found[holder] = None
        if any(not isinstance(holder, str) for holder in found):
            found = {holder: None for holder in found if not isinstance(holder, str)}
        behind, seen = view.behind(expr)
        if isinstance(behind, facts.Sequence) and behind.kind == "tuple" and behind.items:
            # A pair of what is included and its name.
            first = seen.behind(behind.items[0])[0]
            if isinstance(first, facts.Const) or seen.elements(behind.items[0]) is not None or len(behind.items) == 2:
                return self.of(behind.items[0], seen)
        if not found and (text := view.text(expr)):
            module = self._linker.symbols.imports.find(seen.function.module, text, 0) if "/" not in text else None
            if module is not None:
                found[module] = None
        if not found and isinstance(expr, facts.Call):
            for value in self.wrapped(expr, view, 0):
                if self.holds_routes(value) and (holder := self.behind(value, expr, view)) is not None:
                    found[holder] = None
        return list(found)

    def behind(self, value: Value, expr: facts.Expr, view: View) -> Holder | None:
        """The holder that a value is.

        Args:
            value: The value.
            expr: The expression that may hold it.
            view: Where that is seen.
        """
        match value:
            case External():
                for maker in value.makers():
                    if self._makes_routes(maker):
                        return maker
                if value.cls is not None and self._is_router(value.cls):
                    return self._maker(expr, view) or value.cls
                router = self._routing.router(value.path)
                if router is not None and router.foreign:
                    return value.path
                made, called, _ = value.path.partition("()")
                if value.origin is None and called and self._routing.router(made) is not None:
                    return made
                return None
            case Instance():
                return (self._maker(expr, view) or value.cls) if self._is_router(value.cls) else None
            case Module() | Container() | Function() | Class():
                return value
            case _:
                return None

    def _maker(self, expr: facts.Expr, view: View) -> Site | None:
        """The call by which the object behind a name is made."""
        behind, seen = view.behind(expr)
        site = self._views.site(behind, seen.function) if isinstance(behind, facts.Call) else None
        return site if site is not None and self._makes_routes(site) else None

    def place_of(self, expr: facts.Expr, view: View) -> Holder | None:
        """What stands for an object of which nothing is known: the call that makes it, or its variable."""
        behind, seen = view.behind(expr)
        if isinstance(behind, facts.Call) and (site := self._views.site(behind, seen.function)) is not None:
            return site
        if isinstance(behind, facts.Name) and (owner := seen.scope.owner_of(behind.id)) is not None:
            return self._linker.variable(owner, behind.id)
        return None

    # --- whether ------------------------------------------------------------------------------------------------------

    def holds_routes(self, value: Value) -> bool:
        """Whether a value holds routes, rather than answering itself."""
        match value:
            case External():
                router = self._routing.router(value.path)
                return any(map(self._makes_routes, value.makers())) or (router is not None and router.foreign)
            case Instance():
                return self._is_router(value.cls)
            case Module() | Container():
                return True
            case _:
                return False

    def _makes_routes(self, site: Site) -> bool:
        paths = [external.path for external, _ in site.externals]
        if any(self._routing.router(path) is not None or self._routing.mounts(path) for path in paths):
            return True
        if any("()" not in path and self._models.registrar(path) is not None for path in paths):
            return True
        return any(isinstance(v, Class) and self._is_router(v) for v in (site.callee.values if site.callee else ()))

    def _is_router(self, cls: Class) -> bool:
        return any(isinstance(base, str) and self._routing.router(base) is not None for base in cls.mro)

    def answers_itself(self, value: Value) -> bool:
        """Whether a value can be registered, rather than only what it is made of."""
        if isinstance(value, External):
            return value.cls is not None or self.holds_routes(value)
        return not isinstance(value, Container)

    def is_unknown(self, holder: Holder) -> bool:
        """Whether nothing is known of a holder but that it is used like an application."""
        return isinstance(holder, Node) or (isinstance(holder, Site) and not self._makes_routes(holder))

    def is_foreign(self, expr: facts.Expr, view: View) -> bool:
        """Whether something comes from a library, rather than being lost in the program."""
        behind, seen = view.behind(expr)
        symbols, module = self._linker.symbols, seen.function.module
        if isinstance(behind, facts.Sequence) and behind.items:
            return self.is_foreign(behind.items[0], seen)
        if isinstance(behind, facts.Const):
            path: object = behind.value
        else:
            path = symbols.resolve(behind.func if isinstance(behind, facts.Call) else behind, seen.scope)
        if not isinstance(path, str) or path.startswith("builtins."):
            return False
        return symbols.imports.find(module, path.partition(".")[0], 0) is None

    def wrapped(self, expr: facts.Expr, view: View, depth: int) -> Iterator[Value]:
        """What something unknown is put around: `csrf_exempt(view)`."""
        if not isinstance(expr, facts.Call) or depth > 3:
            return
        for arg in (*expr.args, *(keyword.value for keyword in expr.keywords)):
            values = [value for value in view.values(arg) if self.answers_itself(value)]
            yield from values
            if not values:
                yield from self.wrapped(arg, view, depth + 1)

    # --- what is known of one -----------------------------------------------------------------------------------------

    def router(self, holder: Holder) -> Router | None:
        """What is known of a holder."""
        match holder:
            case Site():
                if holder not in self._routers:
                    self._routers[holder] = next(self._routers_of(holder), None)
                return self._routers[holder]
            case Class():
                bases = (self._routing.router(base) for base in holder.mro if isinstance(base, str))
                return next((router for router in bases if router is not None), None)
            case str():
                return self._routing.router(holder)
            case Module():
                return self._routing.modules[0] if self._routing.modules else None
            case _:
                return None

    def _routers_of(self, site: Site) -> Iterator[Router]:
        paths = [external.path for external, _ in site.externals]
        for value in site.callee.values if site.callee is not None else ():
            if isinstance(value, Class):
                paths += [base for base in value.mro if isinstance(base, str)]
        for path in paths:
            if (router := self._routing.router(path)) is not None:
                yield router

    def prefixes(self, holder: Holder) -> tuple[Text, ...]:
        """The paths below which all that a holder holds hangs by its own word."""
        router = self.router(holder)
        if router is None or not router.prefix:
            return ((),)
        found: dict[Text, None] = {}
        for expr, view in self._given(holder, router.prefix):
            for text in read(view.text(expr) or ""):
                found[below(text, (Hole("parent_pk"), "/"), cut=True) if router.detail else text] = None
        return tuple(found) or ((),)

    def _given(self, holder: Holder, selector: str) -> Iterator[tuple[facts.Expr, View]]:
        """What a holder is made with: by the call that makes it, or by what an initialiser of the program passes on."""
        classes = [holder] if isinstance(holder, Class) else []
        if isinstance(holder, Site):
            classes = [v for v in (holder.callee.values if holder.callee else ()) if isinstance(v, Class)]
        passed = [site for cls in classes for site in _passing_on(cls)]
        for site in passed or ([holder] if isinstance(holder, Site) else []):
            expr = select(site.call, selector)
            if expr is None:
                continue
            for view in self._views.of(site, [expr]):
                if site is holder or not isinstance(holder, Site) or holder in view.stack or not view.stack:
                    yield expr, view


def _passing_on(cls: Class) -> Iterator[Site]:
    """The calls of the base's initialiser in that of a class."""
    for function in methods(cls):
        for site in function.sites if function.name == "__init__" else ():
            if any(external.path.endswith("().__init__") for external, _ in site.externals):
                yield site
