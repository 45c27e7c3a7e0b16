"""Trails through the call graph: calls in a row that may belong together."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import msgspec

from commlint import facts
from commlint.program.code import names_in, walk
from commlint.program.constants import argument_for
from commlint.program.flow import Linker
from commlint.program.importing import Importing, closure
from commlint.program.passing import Needs, Passing
from commlint.program.remote import RemoteCall
from commlint.program.sites import Site
from commlint.program.symbols import Function, Module
from commlint.program.waiting import Waiting, is_coroutine
from commlint.workspace import Workspace


class Trail(msgspec.Struct, frozen=True):
    """Calls in a row, each made by what the one before it calls.

    Attributes:
        function: The function that the first is in.
        sites: The calls, outermost first.
        needs: What the function must be given for it.
        home: The root of the service that the code belongs to; empty as long as it is only shared code.
        handed_over: Somewhere on it the work is handed over, to a task or thread that nobody there waits for.
        switch: The first call, where what the function is passed may decide what comes of it.
    """

    function: Function
    sites: tuple[Site, ...]
    needs: Needs = frozenset()
    home: str = ""
    handed_over: bool = False
    switch: Site | None = None

    @property
    def key(self) -> object:
        """What decides how it may go on."""
        return (self.function, self.switch, self.needs, self.home, self.handed_over)


class Trails:
    """Follows calls outwards, as far as they can belong together."""

    def __init__(self, linker: Linker, workspace: Workspace) -> None:
        self.waiting = Waiting(linker.by_call, linker.models)
        self.passing = Passing(linker)
        self.importing = Importing(linker.symbols)
        self._homes = _Homes(self.importing, workspace)
        self._switches: dict[Function, bool] = {}

    def of(self, remote: RemoteCall) -> Trail:
        """The trail that is nothing but a remote call."""
        return self.at(remote.site, is_async=is_coroutine(remote))

    def at(self, site: Site, *, is_async: bool) -> Trail:
        """The trail that is nothing but a call of something outside the program.

        Args:
            site: The call.
            is_async: It gives something to be awaited.
        """
        handed_over = self.waiting.hands_over(site, None, is_async=is_async)
        home = self._homes.of(site.function.module)
        return Trail(site.function, (site,), home=home, handed_over=handed_over, switch=self._switch(site))

    def outward(self, trail: Trail) -> Iterator[Trail]:
        """A trail with one more call before it, for each call that may lead into it."""
        for site in trail.function.callers:
            if (longer := self.before(trail, site)) is not None:
                yield longer

    def before(self, trail: Trail, site: Site) -> Trail | None:
        """A trail with a call of its function before it; `None` where that call cannot lead into it."""
        function = trail.function
        if not admits(trail.sites[0], function, site):
            return None
        home = self._homes.of(site.function.module)
        if home and trail.home and home != trail.home:
            # What one service runs is not run by another.
            return None
        needs = self.passing.outward(trail.needs, function, site)
        if needs is None:
            return None
        handed_over = trail.handed_over or self.waiting.hands_over(site, function, is_async=False)
        sites = (site, *trail.sites)
        return Trail(site.function, sites, needs, home or trail.home, handed_over, self._switch(site))

    def _switch(self, site: Site) -> Site | None:
        function = site.function
        if function not in self._switches:
            self._switches[function] = _has_switches(function)
        return site if self._switches[function] else None

    def may_begin(self, trail: Trail) -> bool:
        """Whether a trail may begin where it does: somebody passes what is called on it."""
        return all(self.passing.can_be_met(need) for need in trail.needs)


def _has_switches(function: Function) -> bool:
    """Whether a function tests or returns its parameters, so that a constant passed to it may matter."""
    parameters = {p.name for p in function.fact.parameters} - function.scope.rebound
    for statement in walk(function.fact.body) if parameters else ():
        asked = statement.test if isinstance(statement, facts.If) else None
        asked = statement.value if isinstance(statement, facts.Return) else asked
        if asked is not None and not parameters.isdisjoint(names_in(asked)):
            return True
    return False


class _Homes:
    """Tells which code only one service runs."""

    def __init__(self, importing: Importing, workspace: Workspace) -> None:
        self._importing = importing
        self._workspace = workspace
        self._roots: dict[Module, str] = {}

    def of(self, module: Module) -> str:
        """The root of the only service that runs a module's code; empty for shared code."""
        root = self._root(module)
        return "" if root in self._shared else root

    def _root(self, module: Module) -> str:
        if (root := self._roots.get(module)) is None:
            service = self._workspace.service_of(module.path)
            root = self._roots[module] = "" if service is None or service.root == "." else service.root
        return root

    @cached_property
    def _shared(self) -> frozenset[str]:
        """The roots of services whose code others import, directly or by trail of other code."""
        imports = self._importing.imports
        shared: set[str] = set()
        for root in {self._root(module) for module in imports} - {""}:
            loaded = closure({module for module in imports if self._root(module) == root}, imports)
            shared |= {self._root(module) for module in loaded} - {root}
        return frozenset(shared)


def admits(inner: Site, function: Function, outer: Site) -> bool:
    """Whether a call that is made under a test of a parameter can be made when its function is called from a place.

    `if internal: a() else: b()` makes `b()` only where a caller passes nothing true for `internal`.

    Args:
        inner: The call.
        function: The function that it is in.
        outer: A call of that function.
    """
    for frame in inner.frames():
        parent = frame.parent
        if parent is None or frame.role not in ("body", "orelse") or not isinstance(parent.statement, facts.If):
            continue
        truth = _decided(parent.statement.test, function, outer)
        if truth is not None and truth is not (frame.role == "body"):
            return False
    return True


def _decided(test: facts.Expr, function: Function, outer: Site) -> bool | None:
    """The truth of a test of a parameter, given the constant that a call passes for it."""
    if isinstance(test, facts.Not):
        inner = _decided(test.value, function, outer)
        return None if inner is None else not inner
    if isinstance(test, facts.Name):
        passed = constant_passed(test.id, function, outer)
        return None if passed is None else bool(passed.value)
    if isinstance(test, facts.Compare) and len(test.ops) == 1 and isinstance(test.left, facts.Name):
        passed, right = constant_passed(test.left.id, function, outer), test.rights[0]
        if passed is not None and isinstance(right, facts.Const) and test.ops[0] in ("==", "!=", "is", "is not"):
            return (passed.value == right.value) is (test.ops[0] in ("==", "is"))
    return None


def constant_passed(name: str, function: Function, outer: Site) -> facts.Const | None:
    """The constant that a call passes for a parameter of a function, or leaves to its default; else `None`."""
    parameter = next((p for p in function.fact.parameters if p.name == name), None)
    if parameter is None or name in function.scope.rebound:
        return None
    argument = argument_for(outer, function, name)
    if argument is None and not any(not k.name for k in outer.call.keywords):
        if outer.targets.get(function) is None and not any(isinstance(a, facts.Star) for a in outer.call.args):
            argument = parameter.default
    return argument if isinstance(argument, facts.Const) else None
