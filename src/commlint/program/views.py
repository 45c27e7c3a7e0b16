"""What expressions are where code runs: for one of its callers, in one turn of a loop over what is written down.

Set-up code is often told what to set up: `register(app, users, "/users")`, or `for prefix, router in ROUTERS`. A view
is such code on one of the ways through it, with what is known there of parameters and loop variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeAlias

import msgspec

from commlint import facts
from commlint.program.code import last_name, target_names
from commlint.program.constants import Texts, argument_for, is_hole
from commlint.program.flow import Linker, Node
from commlint.program.patterns import unknown
from commlint.program.sites import Site
from commlint.program.symbols import Class, Function, Imported, Module, Scope
from commlint.program.values import Container, Value
from commlint.workspace import Workspace

# How many calls outwards parameters are followed, and how many ways through a piece of code are told apart.
_DEEPEST = 3
_MOST = 300
# How often one name may lead to another.
_LONGEST = 12
_HOLE = re.compile(r"\{[A-Za-z_][^{}]*\}")

# An expression, and where it is seen.
Seen: TypeAlias = "tuple[facts.Expr, View]"


class View:
    """Code on one way through it.

    Attributes:
        function: The function that it is part of.
        scope: Where its names are looked up.
        known: What parameters and loop variables are, by function and name.
        stack: The calls through which it is reached, the innermost first.
    """

    __slots__ = ("_views", "function", "known", "scope", "stack")

    def __init__(
        self,
        views: Views,
        function: Function,
        scope: Scope,
        given: Mapping[tuple[Function, str], Seen],
        stack: tuple[Site, ...],
    ) -> None:
        self._views = views
        self.function = function
        self.scope = scope
        self.known = given
        self.stack = stack

    @property
    def file(self) -> str:
        """The file where it is decided what is set up: of the outermost call."""
        return (self.stack[-1].function if self.stack else self.function).module.path

    def given(self, name: str) -> Seen | None:
        """What a parameter or loop variable is here."""
        if (seen := self.known.get((self.function, name))) is not None:
            return seen
        owner = self.scope.owner_of(name)
        return None if owner is None else self.known.get((owner.function, name))

    def within(self, given: Mapping[tuple[Function, str], Seen]) -> View:
        """The same, with more that is known."""
        return View(self._views, self.function, self.scope, {**self.known, **given}, self.stack)

    def _elsewhere(self, scope: Scope) -> View:
        return View(self._views, scope.function, scope, self.known, self.stack)

    # --- names --------------------------------------------------------------------------------------------------------

    def behind(self, expr: facts.Expr) -> Seen:
        """The expression that a name or attribute stands for, where that is plain; else itself."""
        seen: Seen = (expr, self)
        for _ in range(_LONGEST):
            following = seen[1].step(seen[0])
            if following is None:
                break
            seen = following
        return seen

    def step(self, expr: facts.Expr) -> Seen | None:
        """The expression that a name, attribute or subscript leads to first; `None` where that is not plain."""
        match expr:
            case facts.Name():
                if (seen := self.given(expr.id)) is not None:
                    return seen
                owner = self.scope.owner_of(expr.id)
                return None if owner is None else self._bound(owner, expr.id)
            case facts.Attr():
                resolved = self._views.symbols.resolve(expr.value, self.scope)
                if isinstance(resolved, Module) and expr.name in resolved.scope.names:
                    return self._bound(resolved.scope, expr.name)
                if isinstance(resolved, Class):
                    return self._attribute(resolved, expr.name)
                if (cls := self._own(expr.value)) is not None:
                    return self._attribute(cls, expr.name)
            case facts.Subscript(index=facts.Const(value=key)):
                base, view = self.behind(expr.value)
                return view.item(base, key)
            case facts.Await():
                return expr.value, self
            case _:
                pass
        return None

    def _bound(self, owner: Scope, name: str) -> Seen | None:
        binding = owner.bindings.get(name)
        if isinstance(binding, Imported):
            module = self._views.symbols.imports.find(binding.module, binding.statement.module, binding.statement.level)
            if module is None or not binding.statement.is_from or binding.alias.name not in module.scope.names:
                return None
            return facts.Name(binding.alias.name), self._elsewhere(module.scope)
        if isinstance(binding, facts.Expr) and name not in owner.rebound:
            return binding, self._elsewhere(owner)
        return None

    def _own(self, expr: facts.Expr) -> Class | None:
        """The class of a method's own object."""
        parameters = self.function.fact.parameters
        own = self.function.owner is not None and bool(parameters) and self.function.kind != "static"
        return self.function.owner if own and isinstance(expr, facts.Name) and expr.id == parameters[0].name else None

    def _attribute(self, cls: Class, name: str) -> Seen | None:
        for base in cls.mro:
            if not isinstance(base, Class):
                continue
            if len(assigned := base.assigned.get(name, [])) == 1:
                value, method = assigned[0]
                return value, self._elsewhere(method.scope)
            if name in base.scope.names:
                return self._bound(base.scope, name)
        return None

    def item(self, held: facts.Expr, key: facts.Constant) -> Seen | None:
        """What is written down at a key."""
        if isinstance(held, facts.Mapping):
            for item in held.items:
                if isinstance(item.key, facts.Const) and item.key.value == key:
                    return item.value, self
        if isinstance(held, facts.Sequence) and isinstance(key, int) and 0 <= key < len(held.items):
            return held.items[key], self
        return None

    def is_open(self, expr: facts.Expr) -> bool:
        """Whether an expression is a parameter of a function that nobody is seen to call."""
        if not isinstance(expr, facts.Name) or self.given(expr.id) is not None:
            return False
        owner = self.scope.owner_of(expr.id)
        if owner is None or owner.kind != "function" or owner.function.callers:
            return False
        return any(p.name == expr.id and p.default is None for p in owner.function.fact.parameters)

    # --- texts --------------------------------------------------------------------------------------------------------

    def text(self, expr: facts.Expr | None) -> str | None:
        """The text that an expression is, with marks for what is not known of it; `None` where it is none at all."""
        if expr is None:
            return None
        text = self.spell(expr, 0)
        return text if text or not isinstance(self.behind(expr)[0], facts.Const) else None

    def attribute_text(self, cls: Class, name: str) -> str | None:
        """The text that an attribute of a class is."""
        seen = self._attribute(cls, name)
        return None if seen is None else seen[1].text(seen[0])

    def spell(self, expr: facts.Expr, depth: int) -> str:
        """The text that an expression is, with marks for what is not known of it."""
        expr, view = self.behind(expr)
        if depth > _LONGEST:
            return unknown(last_name(expr))
        match expr:
            case facts.Const(value=str() as text):
                return text
            case facts.Format():
                return "".join(view.spell(part, depth + 1) for part in expr.parts)
            case facts.Binary(op="+"):
                return view.spell(expr.left, depth + 1) + view.spell(expr.right, depth + 1)
            case facts.Subscript(index=facts.Slice() as part):
                bounds = [_bound(bound) for bound in (part.lower, part.upper, part.step)]
                return view.spell(expr.value, depth + 1)[slice(*bounds)]
            case _:
                return view.read(expr)

    def read(self, expr: facts.Expr) -> str:
        """What the rest of the program has to say of it: settings, helpers, formats."""
        reading = self._views.texts.reading(self._views.settings(self.file), self.stack or None)
        text = reading.of(self._filled(expr), self.scope, self.function, 0)
        if is_hole(text):
            return unknown(text.strip("{}"))
        # What is in braces in the code itself is a parameter, or a number in a regular expression.
        written = {hole for const in _texts_in(expr) for hole in _HOLE.findall(const)}
        return _HOLE.sub(lambda match: match[0] if match[0] in written else unknown(match[0].strip("{}")), text)

    def _filled(self, expr: facts.Expr) -> facts.Expr:
        """An expression with what is given in place of names."""
        if isinstance(expr, facts.Name):
            seen = self.given(expr.id)
            held = None if seen is None else seen[1].behind(seen[0])[0]
            return held if isinstance(held, facts.Const) else expr
        if isinstance(expr, facts.Lambda | facts.Comprehension | facts.Const):
            return expr
        changed = {}
        for field in expr.__struct_fields__:
            value = getattr(expr, field)
            if isinstance(value, facts.Expr):
                filled: object = self._filled(value)
            elif isinstance(value, tuple) and value and all(isinstance(part, facts.Expr) for part in value):
                parts = tuple(map(self._filled, value))
                filled = parts if any(new is not old for new, old in zip(parts, value, strict=True)) else value
            else:
                continue
            if filled is not value:
                changed[field] = filled
        return msgspec.structs.replace(expr, **changed) if changed else expr

    # --- values -------------------------------------------------------------------------------------------------------

    def values(self, expr: facts.Expr) -> Sequence[Value]:
        """What an expression may hold."""
        linker = self._views.linker
        match expr:
            case facts.Name():
                if (seen := self.given(expr.id)) is not None:
                    return seen[1].values(seen[0])
                owner = self.scope.owner_of(expr.id)
                return () if owner is None else tuple(linker.variable(owner, expr.id).values)
            case facts.Attr():
                return tuple(v for held in self.values(expr.value) for v in self._views.member(held, expr.name))
            case facts.Call():
                site = self._views.site(expr, self.function)
                return () if site is None else tuple(site.result.values)
            case facts.Sequence() | facts.Mapping() | facts.Comprehension():
                return (linker.values.container(expr),)
            case facts.Conditional():
                return (*self.values(expr.body), *self.values(expr.orelse))
            case facts.Boolean():
                return tuple(value for part in expr.values for value in self.values(part))
            case facts.Binary():
                return (*self.values(expr.left), *self.values(expr.right))
            case facts.Await() | facts.Walrus() | facts.Star():
                return self.values(expr.value)
            case facts.Subscript():
                if (seen := self.step(expr)) is not None:
                    return seen[1].values(seen[0])
                held = (value for value in self.values(expr.value) if isinstance(value, Container))
                return tuple(v for container in held for v in linker.every(container).values)
            case _:
                return ()

    def elements(self, expr: facts.Expr) -> list[Seen] | None:
        """The elements of what is written down as a list, tuple or dictionary; `None` where it is not."""
        expr, view = self.behind(expr)
        match expr:
            case facts.Sequence():
                found: list[Seen] = []
                for item in expr.items:
                    if not isinstance(item, facts.Star):
                        found.append((item, view))
                    elif (inner := view.elements(item.value)) is not None:
                        found += inner
                    else:
                        return None
                return found
            case facts.Binary(op="+"):
                left, right = view.elements(expr.left), view.elements(expr.right)
                return None if left is None or right is None else left + right
            case facts.Mapping():
                return [(item.key, view) for item in expr.items if item.key is not None]
            case facts.Call(func=facts.Attr(value=mapping, name=("items" | "values") as asked)):
                return view.entries(mapping, asked)
            case facts.Call(args=(only,)) if last_name(expr) in ("list", "tuple", "sorted", "reversed", "set", "iter"):
                return view.elements(only)
            case facts.Call(args=(only, *_)) if last_name(expr) == "enumerate":
                inner = view.elements(only)
                if inner is not None:
                    index = facts.Other(())
                    return [(facts.Sequence("tuple", (index, item)), seen) for item, seen in inner]
            case _:
                pass
        return None

    def entries(self, expr: facts.Expr, asked: str) -> list[Seen] | None:
        """What `items()` or `values()` of a dictionary gives, where that is written down."""
        held, view = self.behind(expr)
        if not isinstance(held, facts.Mapping):
            return None
        items = [item for item in held.items if item.key is not None]
        if asked == "values":
            return [(item.value, view) for item in items]
        return [(facts.Sequence("tuple", (item.key, item.value)), view) for item in items if item.key is not None]

    # --- conditions ---------------------------------------------------------------------------------------------------

    def runs(self, site: Site) -> bool:
        """Whether a call is reached at all: `if prefix:` is not passed where the caller gives none."""
        for frame in site.frames():
            if frame.parent is not None and isinstance(branch := frame.parent.statement, facts.If):
                truth = self._truth(branch.test)
                if truth is not None and truth != (frame.role == "body"):
                    return False
        return True

    def _truth(self, test: facts.Expr) -> bool | None:
        match test:
            case facts.Not():
                truth = self._truth(test.value)
                return None if truth is None else not truth
            case facts.Compare(ops=(("is" | "is not") as op,), rights=(facts.Const(value=None),)):
                held = self._passed(test.left)
                return None if held is None else _is_none(held) == (op == "is")
            case facts.Call(func=facts.Attr(value=value, name=("startswith" | "endswith") as asked), args=(given,)):
                text, end = self.text(value), self.text(given)
                if self._passed(value) is None or text is None or end is None or unknown("")[0] in text + end:
                    return None
                return text.startswith(end) if asked == "startswith" else text.endswith(end)
            case facts.Name():
                held = self._passed(test)
                if isinstance(held, facts.Const):
                    return bool(held.value)
                return True if isinstance(held, facts.Format | facts.Call) else None
            case _:
                return None

    def _passed(self, expr: facts.Expr) -> facts.Expr | None:
        seen = self.given(expr.id) if isinstance(expr, facts.Name) else None
        return None if seen is None else seen[1].behind(seen[0])[0]


class Views:
    """Finds the ways through code."""

    def __init__(self, linker: Linker, texts: Texts, workspace: Workspace) -> None:
        self.linker = linker
        self.symbols = linker.symbols
        self.texts = texts
        self._workspace = workspace
        self._members: dict[tuple[Value, str], tuple[Value, ...]] = {}
        self._sites: dict[Function, dict[facts.Call, Site]] = {}

    def settings(self, file: str) -> Mapping[str, str]:
        """What manifests set for the service that a file belongs to."""
        service = self._workspace.service_of(file)
        return self._workspace.settings.get(service.root, {}) if service is not None else {}

    def site(self, call: facts.Call, function: Function) -> Site | None:
        """The call as it is made in a function, of which there may be copies."""
        if (sites := self._sites.get(function)) is None:
            sites = self._sites[function] = {site.call: site for site in function.sites}
        return sites.get(call) or self.linker.by_call.get(call)

    def member(self, value: Value, name: str) -> tuple[Value, ...]:
        """What an attribute of a value may hold."""
        if (held := self._members.get((value, name))) is None:
            node = Node()
            self.linker.load(value, name, node)
            self.linker.solve()
            held = self._members[value, name] = tuple(node.values)
        return held

    def plain(self, function: Function, scope: Scope | None = None) -> View:
        """Code as its callers agree on it."""
        return View(self, function, scope or function.scope, {}, ())

    def of(self, site: Site, exprs: Sequence[facts.Expr], scope: Scope | None = None) -> list[View]:
        """The ways on which a call is made that tell some expressions of it apart.

        Args:
            site: The call.
            exprs: The expressions.
            scope: Where their names are looked up, where that is not the body of the function.
        """
        views = self._of(site, exprs, scope or site.function.scope, ())
        return [view for view in views if view.runs(site)]

    def _of(self, site: Site, exprs: Sequence[facts.Expr], scope: Scope, outer: tuple[Function, ...]) -> list[View]:
        loops = list(_loops(site))
        names = self._names((*exprs, *_tests(site)), scope, loops)
        views = [View(self, site.function, scope, {}, ())]
        for function, parameters in _parameters(names, scope).items():
            ways = list(islice(self._ways(function, parameters, (*outer, site.function)), _MOST))
            if ways:
                views = [
                    View(self, site.function, scope, {**view.known, **given}, (*view.stack, *stack))
                    for view in views
                    for given, stack in ways
                ][:_MOST]
        for target, iterable in loops:
            if not names.isdisjoint(target_names(target)):
                views = [turn for view in views for turn in _turns(view, target, iterable)][:_MOST]
        return views

    def _ways(
        self, function: Function, parameters: Sequence[str], outer: tuple[Function, ...]
    ) -> Iterator[tuple[dict[tuple[Function, str], Seen], tuple[Site, ...]]]:
        """What each caller gives for parameters of a function."""
        if len(outer) > _DEEPEST:
            return
        defaults = {p.name: p.default for p in function.fact.parameters}
        for caller in function.callers:
            if caller.function in outer:
                continue
            # What is passed by `*args` and `**options` is not seen.
            hidden = any(isinstance(arg, facts.Star) for arg in caller.call.args)
            hidden = hidden or any(not keyword.name for keyword in caller.call.keywords)
            passed = {name: argument_for(caller, function, name) for name in parameters}
            for view in self._of(caller, [arg for arg in passed.values() if arg], caller.function.scope, outer):
                if not view.runs(caller):
                    continue
                given: dict[tuple[Function, str], Seen] = {}
                for name, argument in passed.items():
                    default = defaults.get(name)
                    if argument is not None:
                        given[function, name] = (argument, view)
                    elif default is not None and not hidden:
                        given[function, name] = (default, self.plain(function, function.scope.parent))
                yield given, (caller, *view.stack)

    def _names(
        self, exprs: Sequence[facts.Expr], scope: Scope, loops: Sequence[tuple[facts.Expr, facts.Expr]]
    ) -> set[str]:
        """The names that expressions use, those behind them in the same code included."""
        found: set[str] = set()
        todo = [name for expr in exprs for name in _names_in(expr)]
        while todo:
            name = todo.pop()
            if name in found:
                continue
            found.add(name)
            owner = scope.owner_of(name)
            binding = None if owner is None or owner.kind == "module" else owner.bindings.get(name)
            if isinstance(binding, facts.Expr):
                todo += _names_in(binding)
            todo += [n for target, iterable in loops if name in target_names(target) for n in _names_in(iterable)]
        return found


def _bound(expr: facts.Expr | None) -> int | None:
    """A bound of a slice, where it is a number; nothing is cut off where it is not known."""
    return expr.value if isinstance(expr, facts.Const) and isinstance(expr.value, int) else None


def _is_none(expr: facts.Expr) -> bool:
    return isinstance(expr, facts.Const) and expr.value is None


def _parameters(names: set[str], scope: Scope) -> dict[Function, list[str]]:
    """Those of the names that are parameters, by function; a method's own object aside."""
    found: dict[Function, list[str]] = {}
    for name in sorted(names):
        owner = scope.owner_of(name)
        function = None if owner is None or owner.kind != "function" else owner.function
        if function is None or owner is None or owner is not function.scope:
            continue
        for position, parameter in enumerate(function.fact.parameters):
            own = position == 0 and function.owner is not None and function.kind != "static"
            if parameter.name == name and parameter.kind not in ("args", "kwargs") and not own:
                found.setdefault(function, []).append(name)
    return found


def _loops(site: Site) -> Iterator[tuple[facts.Expr, facts.Expr]]:
    """The loops around a call, the outermost first: the target, and what is iterated over."""
    frames = [frame for frame in site.frames() if frame.role == "body" and frame.parent is not None]
    for frame in reversed(frames):
        if frame.parent is not None and isinstance(loop := frame.parent.statement, facts.For):
            yield loop.target, loop.iterable
    for comprehension in site.comprehensions:
        for clause in comprehension.clauses:
            yield clause.target, clause.iterable


def _tests(site: Site) -> Iterator[facts.Expr]:
    """The conditions around a call that ask about names."""
    for frame in site.frames():
        if frame.parent is not None and isinstance(branch := frame.parent.statement, facts.If):
            yield branch.test


def _turns(view: View, target: facts.Expr, iterable: facts.Expr) -> Iterator[View]:
    """The turns of a loop; the loop as a whole where what it runs over is not written down."""
    elements = view.elements(iterable)
    if elements is None:
        yield view
        return
    for element in elements:
        yield view.within(dict(_given(view.function, target, element)))


def _given(function: Function, target: facts.Expr, element: Seen) -> Iterator[tuple[tuple[Function, str], Seen]]:
    """What a target gets from an element."""
    if isinstance(target, facts.Name):
        yield (function, target.id), element
    elif isinstance(target, facts.Sequence):
        expr, view = element[1].behind(element[0])
        if isinstance(expr, facts.Sequence) and len(expr.items) == len(target.items):
            for part, item in zip(target.items, expr.items, strict=True):
                yield from _given(function, part, (item, view))


def _texts_in(expr: facts.Expr) -> Iterator[str]:
    """The texts that are written in an expression."""
    todo: list[object] = [expr]
    while todo:
        current = todo.pop()
        if isinstance(current, facts.Const) and isinstance(current.value, str):
            yield current.value
        elif isinstance(current, tuple):
            todo.extend(current)
        elif isinstance(current, msgspec.Struct) and not isinstance(current, facts.Lambda):
            todo.extend(getattr(current, field) for field in current.__struct_fields__)


def _names_in(expr: facts.Expr) -> Iterator[str]:
    """The names that an expression uses."""
    todo: list[object] = [expr]
    while todo:
        current = todo.pop()
        if isinstance(current, facts.Name):
            yield current.id
        elif isinstance(current, tuple):
            todo.extend(current)
        elif isinstance(current, msgspec.Struct) and not isinstance(current, facts.Lambda | facts.Const):
            todo.extend(getattr(current, field) for field in current.__struct_fields__)
