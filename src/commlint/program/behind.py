"""What stands behind an expression: the values that names, parameters and small functions stand for, on one way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

import msgspec

from commlint import facts
from commlint.program.code import walk
from commlint.program.constants import Reading, Texts, argument_for
from commlint.program.sites import Site, select
from commlint.program.symbols import Binding, Class, Function, Imported, Module, Scope, Symbols

_DEEPEST = 12
# How many values one expression may stand for, and how many steps are made for one call in all.
_MOST = 24
_STEPS = 2000
# Functions that give back what they are given, in another shape.
_SAME = frozenset({"copy", "deepcopy", "dict", "filter", "frozenset", "iter", "list", "set", "sorted", "tuple"})
# Attributes of a member of an enumeration by which its text is asked for.
_MEMBER = frozenset({"name", "value"})


class Held(msgspec.Struct, frozen=True):
    """An expression where it stands.

    Attributes:
        expr: The expression.
        function: The function that it stands in.
        stack: The calls through which that is reached, the innermost first.
    """

    expr: facts.Expr
    function: Function
    stack: tuple[Site, ...]


class Behind:
    """Looks behind expressions.

    Args:
        symbols: What is defined where.
        texts: What texts say.
        sites: The calls of the program by what they say.
        reading: A way to look at texts, which is told what depends on further callers.
        settings: What manifests set for the service that is asked for.
    """

    def __init__(
        self,
        symbols: Symbols,
        texts: Texts,
        sites: Mapping[facts.Call, Site],
        reading: Reading,
        settings: Mapping[str, str],
    ) -> None:
        self._symbols = symbols
        self._texts = texts
        self._sites = sites
        self._reading = reading
        self._settings = settings
        self._left = _STEPS

    def texts(self, held: Held) -> list[str]:
        """The texts that an expression may stand for, as templates; a hole where nothing more is known."""
        found: dict[str, None] = {}
        for value in islice(self._chosen(held, 0), _MOST):
            found[self._text(value)] = None
        return [text for text in found if text]

    def values(self, held: Held) -> list[Held]:
        """What an expression may stand for, as far as it can be followed."""
        return list(islice(self._values(held, 0), _MOST))

    def at(self, held: Held, step: str) -> list[Held]:
        """One step of a place into what an expression may stand for: `each`, `key:name`, `arg:0`, `kw:name`."""
        kind, _, name = step.partition(":")
        if kind == "each":
            return list(islice(self._elements(held, 0), _MOST))
        if kind == "key":
            return list(islice(self._keyed(held, name, 0), _MOST))
        found = [
            Held(argument, value.function, value.stack)
            for value in self._values(held, 0)
            if isinstance(value.expr, facts.Call) and (argument := select(value.expr, step)) is not None
        ]
        return found[:_MOST]

    def named(self, held: Held) -> list[Function]:
        """The functions of the program that an expression may be the name of."""
        found = []
        for value in self._values(held, 0):
            resolved = self._symbols.resolve(value.expr, value.function.scope)
            if isinstance(resolved, Function):
                found.append(resolved)
            elif isinstance(value.expr, facts.Attr) and _is_own(value.expr.value, value.function):
                found.extend(_methods(value.function.owner, value.expr.name))
        return found

    # --- following ----------------------------------------------------------------------------------------------------

    def _text(self, held: Held) -> str:
        reading = self._reading
        if held.stack:
            reading = self._texts.reading(self._settings, held.stack)
        reading.look_into(held.function)
        text = reading.template(held.expr, held.function)
        self._reading.open.update(reading.open)
        return text

    def _chosen(self, held: Held, depth: int) -> Iterator[Held]:
        """The alternatives among which an expression chooses; a name with one value is left as it is."""
        expr, function = held.expr, held.function
        match expr:
            case facts.Star() if depth <= _DEEPEST:
                yield from self._chosen(Held(expr.value, function, held.stack), depth + 1)
            case facts.Conditional() if depth <= _DEEPEST:
                for part in (expr.body, expr.orelse):
                    yield from self._chosen(Held(part, function, held.stack), depth + 1)
            case facts.Sequence() if depth <= _DEEPEST:
                for item in expr.items:
                    yield from self._chosen(Held(item, function, held.stack), depth + 1)
            case facts.Mapping() if depth <= _DEEPEST:
                for key in (pair.key for pair in expr.items):
                    if key is not None:
                        yield from self._chosen(Held(key, function, held.stack), depth + 1)
            case facts.Name() if depth <= _DEEPEST:
                bound = self._bindings(held, depth)
                if len(bound) > 1 or _looped(expr.id, function):
                    for value in bound:
                        yield from self._chosen(value, depth + 1)
                elif (further := self._next(held)) is not None and (
                    # A parameter that is rebound: `exchange = channel.declare_exchange(exchange)`.
                    expr.id in function.scope.rebound
                    or isinstance(further.expr, facts.Sequence | facts.Mapping | facts.Conditional | facts.Name)
                ):
                    yield from self._chosen(further, depth + 1)
                else:
                    yield held
            case facts.Attr() if depth <= _DEEPEST and expr.name in _MEMBER:
                inner = Held(expr.value, function, held.stack)
                yield inner if isinstance(expr.value, facts.Attr) else held
            case _:
                yield held

    def _values(self, held: Held, depth: int) -> Iterator[Held]:
        self._left -= 1
        if depth > _DEEPEST or self._left < 0:
            yield held
            return
        expr = held.expr
        match expr:
            case facts.Await() | facts.Walrus() | facts.Star():
                yield from self._values(Held(expr.value, held.function, held.stack), depth + 1)
            case facts.Conditional():
                for part in (expr.body, expr.orelse):
                    yield from self._values(Held(part, held.function, held.stack), depth + 1)
            case facts.Boolean():
                for part in expr.values:
                    yield from self._values(Held(part, held.function, held.stack), depth + 1)
            case facts.Subscript(index=facts.Slice()):
                yield from self._values(Held(expr.value, held.function, held.stack), depth + 1)
            case facts.Name() | facts.Attr():
                further = self._bindings(held, depth)
                if not further and (one := self._next(held)) is not None:
                    further = [one]
                for value in further:
                    if value.expr is not expr:
                        yield from self._values(value, depth + 1)
                if not further:
                    yield held
            case facts.Call():
                returned = list(self._returned(held))
                for value in returned:
                    yield from self._values(value, depth + 1)
                if not returned:
                    yield held
            case _:
                yield held

    def _bindings(self, held: Held, depth: int) -> list[Held]:
        """What a function's own name is bound to: by assignments, and by loops over what is known."""
        if not isinstance(held.expr, facts.Name):
            return []
        name, function = held.expr.id, held.function
        found = [Held(value, function, held.stack) for value in _assigned(name, function)]
        for iterable in _looped(name, function) if depth <= _DEEPEST else ():
            found += self._elements(Held(iterable, function, held.stack), depth + 1)
        return found[:_MOST]

    def _next(self, held: Held) -> Held | None:
        """What a name or attribute was bound to, or what is passed for it."""
        expr, function = held.expr, held.function
        if isinstance(expr, facts.Attr):
            return self._attribute(expr, held)
        if not isinstance(expr, facts.Name) or (owner := function.scope.owner_of(expr.id)) is None:
            return None
        if owner.kind == "function" and any(p.name == expr.id for p in owner.function.fact.parameters):
            return self._passed(expr.id, owner.function, held)
        return self._bound(owner.bindings.get(expr.id), owner, held)

    def _bound(self, binding: Binding | None, owner: Scope, held: Held) -> Held | None:
        """What a name is bound to, where it was imported from if it was."""
        if isinstance(binding, Imported):
            module = self._symbols.imports.find(binding.module, binding.statement.module, binding.statement.level)
            if module is None or not binding.statement.is_from:
                return None
            owner, binding = module.scope, module.scope.bindings.get(binding.alias.name)
        if binding is None or isinstance(binding, Class | Function | Imported):
            return None
        return Held(binding, owner.function, held.stack)

    def _passed(self, name: str, function: Function, held: Held) -> Held | None:
        """What is passed for a parameter; what no call on the way passes depends on further callers."""
        site = next((site for site in held.stack if function in site.targets), None)
        if site is not None and (argument := argument_for(site, function, name)) is not None:
            return Held(argument, site.function, held.stack)
        if site is None and function.callers:
            self._reading.open[function, name] = None
        default = next((p.default for p in function.fact.parameters if p.name == name), None)
        return None if default is None or (site is None and function.callers) else Held(default, function, held.stack)

    def _attribute(self, expr: facts.Attr, held: Held) -> Held | None:
        if _is_own(expr.value, held.function) and held.function.owner is not None:
            for base in held.function.owner.mro:
                if not isinstance(base, Class):
                    continue
                if assigned := base.assigned.get(expr.name):
                    value, method = assigned[-1]
                    return Held(value, method, held.stack)
                if (bound := self._bound(base.scope.bindings.get(expr.name), base.scope, held)) is not None:
                    return bound
            return None
        resolved = self._symbols.resolve(expr.value, held.function.scope)
        if isinstance(resolved, Module | Class):
            return self._bound(resolved.scope.bindings.get(expr.name), resolved.scope, held)
        return None

    def _returned(self, held: Held) -> Iterator[Held]:
        """What a call of a function of the program returns, or is given where it gives that back."""
        call = held.expr
        assert isinstance(call, facts.Call)  # noqa: S101 - asked before
        site = self._sites.get(call)
        targets = [] if site is None else [t for t in site.targets if t.name != "__init__"]
        if site is not None and site not in held.stack and 0 < len(targets) <= 3:
            for target in targets:
                for statement in walk(target.fact.body):
                    if isinstance(statement, facts.Return) and statement.value is not None:
                        yield Held(statement.value, target, (site, *held.stack))
        elif site is not None and not site.targets and site.name in _SAME and call.args:
            yield Held(call.args[-1 if site.name == "filter" else 0], held.function, held.stack)

    def _elements(self, held: Held, depth: int) -> Iterator[Held]:
        """The elements of the lists that an expression may stand for."""
        if isinstance(held.expr, facts.Name):
            for site in held.function.sites:
                func = site.call.func
                if isinstance(func, facts.Attr) and func.name == "append" and site.call.args:
                    if isinstance(func.value, facts.Name) and func.value.id == held.expr.id:
                        yield Held(site.call.args[0], held.function, held.stack)
        if depth > _DEEPEST:
            return
        match held.expr:
            case facts.Sequence():
                yield from (Held(item, held.function, held.stack) for item in held.expr.items)
            case facts.Mapping():
                keys = (item.key for item in held.expr.items)
                yield from (Held(key, held.function, held.stack) for key in keys if key is not None)
            case facts.Comprehension() if len(held.expr.elements) == 1:
                element, clause = held.expr.elements[0], held.expr.clauses[0]
                target = clause.target
                same = isinstance(element, facts.Name) and isinstance(target, facts.Name) and element.id == target.id
                if same:
                    yield from self._elements(Held(clause.iterable, held.function, held.stack), depth + 1)
                else:
                    yield Held(element, held.function, held.stack)
            case _:
                for further in self._further(held, depth):
                    yield from self._elements(further, depth + 1)

    def _keyed(self, held: Held, key: str, depth: int) -> Iterator[Held]:
        """What stands in the dicts that an expression may stand for at a key."""
        if isinstance(held.expr, facts.Name):
            for value in _stored(held.expr.id, key, held.function):
                yield Held(value, held.function, held.stack)
        if depth > _DEEPEST:
            return
        match held.expr:
            case facts.Mapping():
                for item in held.expr.items:
                    if isinstance(item.key, facts.Const) and item.key.value == key:
                        yield Held(item.value, held.function, held.stack)
                    elif item.key is None:
                        yield from self._keyed(Held(item.value, held.function, held.stack), key, depth + 1)
            case facts.Call() if (argument := select(held.expr, f"kw:{key}")) is not None:
                yield Held(argument, held.function, held.stack)
            case _:
                for further in self._further(held, depth):
                    yield from self._keyed(further, key, depth + 1)

    def _further(self, held: Held, depth: int) -> list[Held]:
        """What an expression stands for, one step on."""
        expr = held.expr
        match expr:
            case facts.Await() | facts.Walrus() | facts.Star():
                return [Held(expr.value, held.function, held.stack)]
            case facts.Conditional():
                return [Held(part, held.function, held.stack) for part in (expr.body, expr.orelse)]
            case facts.Subscript(index=facts.Slice()):
                return [Held(expr.value, held.function, held.stack)]
            case facts.Call():
                return list(self._returned(held))
            case facts.Name():
                if bound := self._bindings(held, depth):
                    return [value for value in bound if value.expr is not expr]
                return [one for one in (self._next(held),) if one is not None]
            case facts.Attr():
                return [one for one in (self._next(held),) if one is not None]
            case _:
                return []


def _assigned(name: str, function: Function) -> list[facts.Expr]:
    """What a function's own name is bound to by plain assignments."""
    if name not in function.scope.names or any(p.name == name for p in function.fact.parameters):
        return []
    found = []
    for statement in walk(function.fact.body):
        if isinstance(statement, facts.Assign) and not statement.op:
            if any(isinstance(target, facts.Name) and target.id == name for target in statement.targets):
                found.append(statement.value)
        elif isinstance(statement, facts.Annotated) and statement.value is not None:
            if isinstance(statement.target, facts.Name) and statement.target.id == name:
                found.append(statement.value)
    return [value for value in found if not (isinstance(value, facts.Const) and value.value is None)] or found


def _looped(name: str, function: Function) -> list[facts.Expr]:
    """What the loops of a function go over whose variable a name is."""
    return [
        statement.iterable
        for statement in walk(function.fact.body)
        if isinstance(statement, facts.For) and isinstance(statement.target, facts.Name) and statement.target.id == name
    ]


def stores(name: str, function: Function) -> Iterator[tuple[str, facts.Expr]]:
    """What a function stores in a dict under constant keys."""
    for statement in walk(function.fact.body):
        for target in statement.targets if isinstance(statement, facts.Assign) else ():
            if isinstance(target, facts.Subscript) and isinstance(target.value, facts.Name) and target.value.id == name:
                if isinstance(target.index, facts.Const) and isinstance(target.index.value, str):
                    assert isinstance(statement, facts.Assign)  # noqa: S101 - for mypy
                    yield target.index.value, statement.value


def _stored(name: str, key: str, function: Function) -> Iterator[facts.Expr]:
    return (value for stored, value in stores(name, function) if stored == key)


def _is_own(expr: facts.Expr, function: Function) -> bool:
    parameters = function.fact.parameters
    return isinstance(expr, facts.Name) and bool(parameters) and expr.id == parameters[0].name


def _methods(cls: Class | None, name: str) -> Iterator[Function]:
    for base in cls.mro if cls is not None else ():
        if isinstance(base, Class) and isinstance(method := base.scope.bindings.get(name), Function):
            yield method
            return
