"""Places of library models in code: what stands there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from commlint import facts
from commlint.catalogue.notation import Case, Claim
from commlint.finding import Location
from commlint.program.code import last_name, walk
from commlint.program.sites import Site, select
from commlint.program.symbols import Class, Imported, Module, Scope, Symbols

# Names that stand for names that stand for names ... longer than this are rings.
_DEEPEST = 8


class About(msgspec.Struct, frozen=True):
    """What a place is looked for in.

    Attributes:
        call: The call that is meant, and where it stands.
        makers: The calls that made the object it is made on, the last first.
        cls: The class that is meant.
    """

    call: tuple[facts.Call, Scope] | None = None
    makers: tuple[tuple[facts.Call, Scope], ...] = ()
    cls: Class | None = None


class Said(msgspec.Struct, frozen=True):
    """What stands at a place.

    Attributes:
        value: What is written there, or the class that is named there.
        scope: Where names in it are looked up.
        location: Where it is said, as near as facts know.
    """

    value: facts.Expr | Class
    scope: Scope
    location: Location

    @property
    def word(self) -> str:
        """A constant as Python prints it, or the last name of an attribute; empty for a class."""
        if isinstance(self.value, Class):
            return ""
        return str(self.value.value) if isinstance(self.value, facts.Const) else last_name(self.value)


def holds(claim: Claim, call: facts.Call | None, scope: Scope, makers: Sequence[Site]) -> bool:
    """Whether all that a claim is limited to is said; what cannot be read does not say it.

    Args:
        claim: The claim.
        call: The call, or the decorator, that it is about; `None` for a decorator that is not called.
        scope: Where that stands.
        makers: The calls that made the object it is made on, the last first.
    """
    return all(_holds(case, call, scope, makers) for case in claim.where)


def _holds(case: Case, call: facts.Call | None, scope: Scope, makers: Sequence[Site]) -> bool:
    here = [] if call is None else [(call, scope)]
    made = [(maker.call, maker.function.scope) for maker in makers]
    for alternative in case.at.split("|"):
        for holder, within in made if alternative.startswith("ctor.") else here:
            if (expr := _at(alternative.removeprefix("ctor."), holder)) is not None:
                return _says(_behind(expr, within), case)
    return "" in case.values or (bool(case.but) and "" not in case.but)


def _says(expr: facts.Expr, case: Case) -> bool:
    word = str(expr.value) if isinstance(expr, facts.Const) else last_name(expr)
    return says(word, case, is_constant=isinstance(expr, facts.Const))


def says(word: str, case: Case, *, is_constant: bool) -> bool:
    """Whether what stands at the place of a case is what it means.

    Args:
        word: A constant as Python prints it, or the last name of an attribute.
        case: The case.
        is_constant: It is a constant.
    """
    if case.values:
        return word in case.values
    if case.but:
        return is_constant and word not in case.but
    return word not in ("None", "False")


def place_in(call: facts.Call, place: str) -> facts.Expr | None:
    """What stands at a place in a call, its first alternative that is there."""
    return next((expr for one in place.split("|") if (expr := _at(one, call)) is not None), None)


def _at(place: str, call: facts.Call) -> facts.Expr | None:
    """What stands at one alternative of a place."""
    base, *steps = place.split(".")
    expr = next(iter(call.args), None) if base == "arg:*" else select(call, base)
    for step in steps:
        expr = None if expr is None else _into(expr, step)
    return expr


def _into(expr: facts.Expr, step: str) -> facts.Expr | None:
    """One step into what stands at a place."""
    kind, _, name = step.partition(":")
    if isinstance(expr, facts.Call) and kind in ("arg", "kw", "key"):
        return select(expr, f"kw:{name}" if kind == "key" else step)
    if isinstance(expr, facts.Mapping) and kind == "key":
        for item in expr.items:
            key = item.key
            if key is not None and (key.value if isinstance(key, facts.Const) else last_name(key)) == name:
                return item.value
    return None


def _behind(expr: facts.Expr, scope: Scope) -> facts.Expr:
    """The constant behind a name, where there is just one."""
    if isinstance(expr, facts.Name) and (owner := scope.owner_of(expr.id)) is not None:
        binding = owner.bindings.get(expr.id)
        if isinstance(binding, facts.Const) and expr.id not in owner.rebound:
            return binding
    return expr


def look(place: str, about: About, symbols: Symbols) -> Said | None:
    """What stands at a place, its first alternative that is there; names are followed to what they were bound to.

    Of a class only its own body is asked, not its bases.
    """
    for alternative in place.split("|"):
        base, *steps = alternative.split(".")
        if base == "recv" and steps:
            if (found := _set_on(about, steps[0].partition(":")[2], symbols)) is not None:
                return found
            continue
        if base in ("ctor", "class", "decorator"):
            base, steps = f"{base}.{steps[0]}", steps[1:]
        for said in _starts(base, about):
            further: Said | None = _followed(said, symbols)
            for step in steps:
                further = None if further is None else _further(further, step, symbols)
            if further is not None:
                return further
    return None


def _set_on(about: About, name: str, symbols: Symbols) -> Said | None:
    """What is assigned to an attribute of the object that a method is called on: `loader.strict = True`."""
    if about.call is None or not isinstance(func := about.call[0].func, facts.Attr):
        return None
    scope = about.call[1]
    if isinstance(func.value, facts.Name) and (owner := scope.owner_of(func.value.id)) is not None:
        for statement in walk(owner.function.fact.body):
            match statement:
                case facts.Assign(targets=(facts.Attr(value=facts.Name(id=holder), name=attribute),), value=value) if (
                    holder == func.value.id and attribute == name
                ):
                    location = Location(owner.function.module.path, statement.line)
                    return _followed(Said(value, owner, location), symbols)
                case _:
                    pass
    return None


def follow(expr: facts.Expr, scope: Scope, symbols: Symbols) -> Said:
    """What an expression is, where it is a name for one plain thing; else the expression itself."""
    return _followed(Said(expr, scope, Location(scope.function.module.path, 1)), symbols)


def _starts(base: str, about: About) -> Iterator[Said]:
    kind, _, selector = base.rpartition(".")
    if kind == "class" and about.cls is not None:
        yield from _of_class(about.cls, selector)
        return
    if kind == "decorator" and about.cls is not None:
        scope = about.cls.scope.parent or about.cls.scope
        calls = [(d, scope) for d in about.cls.fact.decorators if isinstance(d, facts.Call)]
    elif kind == "ctor":
        calls = list(about.makers)
    elif not kind and about.call is not None:
        calls = [about.call]
    else:
        return
    for call, scope in calls:
        chosen = [select(call, selector)] if selector != "arg:*" else list(call.args)
        for expr in chosen:
            if expr is not None:
                yield Said(expr, scope, place_of(call, scope))


def place_of(call: facts.Call, scope: Scope) -> Location:
    """Where the called name of a call stands."""
    return Location(scope.function.module.path, call.line, call.column, len(last_name(call)))


def class_place(cls: Class) -> Location:
    """Where the name of a class stands."""
    return Location(cls.module.path, cls.fact.line, cls.fact.column or 1, len(cls.name))


def _of_class(cls: Class, selector: str) -> Iterator[Said]:
    kind, _, name = selector.partition(":")
    scope = cls.scope.parent or cls.scope
    if kind == "kw":
        for keyword in cls.fact.keywords:
            if keyword.name == name:
                yield Said(keyword.value, scope, class_place(cls))
    elif kind == "attr":
        yield from _attribute(cls, name)


def _attribute(cls: Class, name: str) -> Iterator[Said]:
    """What a class's own body assigns to a name, or defines by it."""
    binding = cls.scope.bindings.get(name)
    if isinstance(binding, Class):
        yield Said(binding, cls.scope, class_place(binding))
        return
    for statement in walk(cls.fact.body):
        match statement:
            case facts.Assign(targets=(facts.Name(id=target),), op="") if target == name:
                yield Said(statement.value, cls.scope, Location(cls.module.path, statement.line))
            case facts.Annotated(target=facts.Name(id=target), value=value) if target == name and value is not None:
                yield Said(value, cls.scope, Location(cls.module.path, statement.line))
            case _:
                pass


def _followed(said: Said, symbols: Symbols) -> Said:
    """What a name was bound to where that is one plain thing; the name itself where it is from outside."""
    for _ in range(_DEEPEST):
        value = said.value
        if not isinstance(value, facts.Name | facts.Attr):
            return said
        further = _once(value, said, symbols)
        if further is None:
            return said
        said = further
    return said


def _once(value: facts.Name | facts.Attr, said: Said, symbols: Symbols) -> Said | None:
    if isinstance(resolved := symbols.resolve(value, said.scope), Class):
        return Said(resolved, said.scope, class_place(resolved))
    if isinstance(value, facts.Attr):
        holder = symbols.resolve(value.value, said.scope)
        if isinstance(holder, Class):
            return next((s for c in holder.mro if isinstance(c, Class) for s in _attribute(c, value.name)), None)
        scope, name = holder.scope if isinstance(holder, Module) else None, value.name
    else:
        scope, name = said.scope.owner_of(value.id), value.id
    if scope is None or name in scope.rebound:
        return None
    binding = scope.bindings.get(name)
    if isinstance(binding, Imported):
        statement = binding.statement
        module = symbols.imports.find(binding.module, statement.module, statement.level) if statement.is_from else None
        return None if module is None else Said(facts.Name(binding.alias.name), module.scope, said.location)
    if binding is None or not isinstance(binding, facts.Expr):
        return None
    return Said(binding, scope, _assigned(scope, binding) or said.location)


def _assigned(scope: Scope, value: facts.Expr) -> Location | None:
    """Where a value is assigned in a scope."""
    for statement in walk(scope.function.fact.body):
        if isinstance(statement, facts.Assign | facts.Annotated) and statement.value is value:
            return Location(scope.function.module.path, statement.line)
    return None


def _further(said: Said, step: str, symbols: Symbols) -> Said | None:
    """One step further into what stands at a place."""
    kind, _, name = step.partition(":")
    value = said.value
    if isinstance(value, Class):
        own = (s for c in value.mro if isinstance(c, Class) for s in _attribute(c, name)) if kind == "attr" else ()
        found = next(iter(own), None)
        return None if found is None else _followed(found, symbols)
    if isinstance(value, facts.Binary) and kind == "key":
        # `{**a} | {...}`: what stands last counts.
        sides = (msgspec.structs.replace(said, value=side) for side in (value.right, value.left))
        return next((s for side in sides if (s := _further(_followed(side, symbols), step, symbols))), None)
    if kind == "each":
        items = value.items if isinstance(value, facts.Sequence) else ()
        inner: facts.Expr | None = items[0] if items else None
    else:
        inner = _into(value, step)
    if inner is not None:
        return _followed(msgspec.structs.replace(said, value=inner), symbols)
    for spread in _spread(value):
        if (
            found := _further(_followed(msgspec.structs.replace(said, value=spread), symbols), step, symbols)
        ) is not None:
            return found
    return None


def _spread(value: facts.Expr) -> Iterator[facts.Expr]:
    """What a dict display, or a call that makes a dict, is filled with by `**`, the last first."""
    if isinstance(value, facts.Mapping):
        yield from (item.value for item in reversed(value.items) if item.key is None)
    elif isinstance(value, facts.Call):
        yield from (keyword.value for keyword in reversed(value.keywords) if not keyword.name)
