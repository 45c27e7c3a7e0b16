"""Classes and schemas that data is read into: whether they take fields, and values, that they do not know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from commlint import facts
from commlint.catalogue.models import Option, Parser
from commlint.catalogue.notation import OnUnknown
from commlint.finding import Location
from commlint.program.code import calls_in, last_name, render
from commlint.program.models import Models
from commlint.program.places import About, Said, class_place, follow, look, place_of, says
from commlint.program.symbols import Class, Scope, Symbols

# Readers inside each other further than this are rings.
_DEEPEST = 6
_UNIONS = frozenset({"Optional", "Union"})
_LITERALS = frozenset({"Literal"})
# What stands around the type of a field and is no type itself.
_FIRST = frozenset({"Annotated"})


class Strict(msgspec.Struct, frozen=True):
    """A reader that rejects fields that it does not know.

    Attributes:
        name: What it is called; empty for a schema without a name.
        said: Where that is said, in the words of the code: `extra="forbid"`; empty where it is the library's default.
        library: The distribution whose doing it is.
        location: Where that is said; the reader itself where it is the default.
        field: The field of the reader around it that holds it: `items.price`; empty for the outermost.
        instead: What could be said instead, in the words of the code: `extra="ignore"`; empty where nothing could.
        call: The call that could say so, where nothing is said now.
        package: Where the words come from.
    """

    name: str
    said: str
    library: str
    location: Location
    field: str = ""
    instead: str = ""
    call: Location | None = None
    package: str = ""

    @property
    def because(self) -> str:
        """Why it rejects them, in a few words."""
        if self.said:
            return f"`{self.said}`"
        if self.instead:
            return f"{self.library} does so unless it is told otherwise"
        return "a keyword that it does not have is a `TypeError`"


class Closed(msgspec.Struct, frozen=True):
    """A field that takes a fixed set of values.

    Attributes:
        field: The way to it: `items.status`.
        type: What its values are said to be: `Status`, `Literal['a', 'b']`.
        location: Where the values are declared.
    """

    field: str
    type: str
    location: Location


class Reading(msgspec.Struct, frozen=True):
    """A way of reading, as it is used in one place.

    Attributes:
        parser: What is known of it.
        default: What it does with unknown fields where nothing is said.
        about: The call, and what made the object that it is made on.
    """

    parser: Parser
    default: OnUnknown
    about: About = About()


class Target(msgspec.Struct, frozen=True):
    """What data is read into, as code says it: a class, or a type that is made of classes.

    Attributes:
        type: The class, or the expression of the type.
        scope: Where names in it are looked up.
    """

    type: Class | facts.Expr
    scope: Scope


Verdict: TypeAlias = "tuple[OnUnknown | None, str, Location | None, bool]"
# The readers around one; `None` where what is inside does not count.
_Around: TypeAlias = "tuple[Class, ...] | None"


class Readers:
    """Answers questions about what data is read into."""

    def __init__(self, symbols: Symbols, models: Models) -> None:
        self._symbols = symbols
        self._models = models
        self._parsers: dict[Class, tuple[Parser, ...]] = {}

    def parsers(self, cls: Class) -> tuple[Parser, ...]:
        """How a class reads data by its bases and decorators, the nearest first."""
        if (known := self._parsers.get(cls)) is None:
            known = self._parsers[cls] = tuple(self._found(cls))
        return known

    def _found(self, cls: Class) -> Iterator[Parser]:
        for base in cls.mro:
            if isinstance(base, str):
                yield from self._models.readers(base)
                continue
            scope = base.scope.parent or base.scope
            for decorator in base.fact.decorators:
                func = decorator.func if isinstance(decorator, facts.Call) else decorator
                if isinstance(path := self._symbols.resolve(func, scope), str):
                    yield from self._models.reader_decorators(self._models.canonical(path))

    # --- unknown fields -----------------------------------------------------------------------------------------------

    def strict(self, reading: Reading, target: Target, *, deep: bool = True) -> Strict | None:
        """What rejects an unknown field, of all that one call reads data into; `None` where nothing does.

        Args:
            reading: The way of reading.
            target: What is read into.
            deep: Readers inside it read what they are given, too.
        """
        return self._strict(reading, target, "", () if deep else None)

    def _strict(self, reading: Reading, target: Target, field: str, around: _Around) -> Strict | None:
        if isinstance(target.type, Class):
            return self._class(reading, target.type, field, around)
        expr = target.type
        match expr:
            case facts.Name() | facts.Attr():
                said = follow(expr, target.scope, self._symbols)
                if said.value is not expr:
                    return self._strict(reading, Target(said.value, said.scope), field, around)
            case facts.Const(value=str(name)) if name.isidentifier():
                return self._strict(reading, replace(target, type=facts.Name(name)), field, around)
            case facts.Binary(op="|"):
                return self._all(reading, target, _arms(expr), field, around)
            case facts.Subscript() if last_name(expr.value) in _UNIONS:
                return self._all(reading, target, _inside(expr), field, around)
            case facts.Subscript() if last_name(expr.value) in _LITERALS:
                return None
            case facts.Subscript():
                inner = _inside(expr)
                parts = [expr.value, *(inner[:1] if last_name(expr.value) in _FIRST else inner)]
                found = (self._strict(reading, replace(target, type=part), field, around) for part in parts)
                return next((one for one in found if one is not None), None)
            case facts.Sequence():
                found = (self._strict(reading, replace(target, type=part), field, around) for part in expr.items)
                return next((one for one in found if one is not None), None)
            case _:
                pass
        return None

    def _all(
        self, reading: Reading, target: Target, arms: Iterable[facts.Expr], field: str, around: _Around
    ) -> Strict | None:
        """One of several types, where none of them takes the field."""
        typed = [arm for arm in arms if not (isinstance(arm, facts.Const) and arm.value is None)]
        found = [self._strict(reading, replace(target, type=arm), field, around) for arm in typed]
        return found[0] if found and all(one is not None for one in found) else None

    def _class(self, reading: Reading, cls: Class, field: str, around: _Around) -> Strict | None:
        if around is not None and (cls in around or len(around) > _DEEPEST):
            return None
        unknown, said, location, deep = self.verdict(reading, cls)
        if unknown == "reject":
            instead = lenient(reading.parser, said)
            return Strict(
                name=cls.name,
                said=said,
                library=self._models.library_of(reading.parser),
                location=location or class_place(cls),
                field=field,
                instead=instead,
                call=None if said else telling(reading, instead),
                package=package(reading.parser),
            )
        if around is None or reading.parser.nested == "outer" or deep:
            return None
        inner = replace(reading, default=reading.parser.unknown, about=About())
        for name, nested, place in self._fields(reading.parser, cls):
            within = replace(inner, about=About(makers=place))
            path = f"{field}.{name}" if field else name
            if (one := self._strict(within, nested, path, (*around, cls))) is not None:
                return one
        return None

    def verdict(self, reading: Reading, cls: Class | None) -> Verdict:
        """What becomes of an unknown field.

        Returns:
            What does; `None` where that is said in a way that cannot be read. In which words; empty for the default.
            Where. Whether it holds for readers inside too.
        """
        if (found := self._said(reading, reading.about)) is not None:
            return found
        for base in () if cls is None else cls.mro if reading.parser.inherited else (cls,):
            found = self._said(reading, About(cls=base)) if isinstance(base, Class) else None
            if found is not None:
                return found
        return reading.default, "", None, False

    def _said(self, reading: Reading, about: About) -> Verdict | None:
        unread = None
        for option in reading.parser.options:
            for place in option.at.split("|"):
                if (said := look(place, about, self._symbols)) is None:
                    continue
                if isinstance(said.value, facts.Expr) and _is(said, option):
                    return option.unknown, _words(place, said), said.location, option.deep
                # What cannot be read may be anything; a constant is just not what this option means.
                unread = unread if isinstance(said.value, facts.Const) else said
        return None if unread is None else (None, "", unread.location, False)

    # --- fields -------------------------------------------------------------------------------------------------------

    def _fields(self, parser: Parser, cls: Class) -> Iterator[tuple[str, Target, tuple[tuple[facts.Call, Scope], ...]]]:
        """The fields of a class: their names and types, and the calls that say more of a reader inside."""
        for base in (base for base in cls.mro if isinstance(base, Class)):
            for statement in base.fact.body:
                match statement:
                    case facts.Annotated(target=facts.Name(id=name), annotation=annotation) if _is_field(
                        name, annotation
                    ):
                        yield name, Target(annotation, base.scope), ()
                    case facts.Assign(targets=(facts.Name(id=name),), value=value) if parser.nesting:
                        for call in calls_in(value):
                            if last_name(call) in parser.nesting and call.args:
                                yield name, *_nested(call, base)
                    case _:
                        pass

    # --- values -------------------------------------------------------------------------------------------------------

    def closed(self, target: Target) -> tuple[Closed, ...]:
        """The fields, of all that data is read into, that take a fixed set of values."""
        return tuple(dict.fromkeys(self._closed(target, "", ())))

    def _closed(self, target: Target, field: str, around: tuple[Class, ...]) -> Iterator[Closed]:
        expr = target.type
        if isinstance(expr, Class):
            yield from self._closed_class(expr, field, around)
            return
        match expr:
            case facts.Name() | facts.Attr():
                said = follow(expr, target.scope, self._symbols)
                if said.value is not expr:
                    yield from self._closed(Target(said.value, said.scope), field, around)
            case facts.Const(value=str(name)) if name.isidentifier():
                yield from self._closed(replace(target, type=facts.Name(name)), field, around)
            case facts.Binary(op="|"):
                yield from self._one_of(target, list(_arms(expr)), field, around)
            case facts.Subscript() if last_name(expr.value) in _UNIONS:
                yield from self._one_of(target, _inside(expr), field, around)
            case facts.Subscript() if last_name(expr.value) in _LITERALS:
                # One value alone is a tag that says what the data is.
                if field and len(_inside(expr)) > 1:
                    place = around[-1] if around else None
                    where = class_place(place) if place is not None else Location(target.scope.function.module.path, 1)
                    yield Closed(field, render(expr), where)
            case facts.Subscript():
                inner = _inside(expr)
                for part in (expr.value, *(inner[:1] if last_name(expr.value) in _FIRST else inner)):
                    yield from self._closed(replace(target, type=part), field, around)
            case facts.Sequence():
                for part in expr.items:
                    yield from self._closed(replace(target, type=part), field, around)
            case _:
                pass

    def _one_of(
        self, target: Target, arms: list[facts.Expr], field: str, around: tuple[Class, ...]
    ) -> Iterator[Closed]:
        """One of several types: another one may take what the closed one does not."""
        typed = [arm for arm in arms if not (isinstance(arm, facts.Const) and arm.value is None)]
        found = [tuple(self._closed(replace(target, type=arm), field, around)) for arm in typed]
        if all(found):
            yield from (one for each in found for one in each)

    def _closed_class(self, cls: Class, field: str, around: tuple[Class, ...]) -> Iterator[Closed]:
        if cls in around or len(around) > _DEEPEST:
            return
        if is_enum(cls):
            if field and not takes_any(cls):
                yield Closed(field, cls.name, class_place(cls))
            return
        seen: set[str] = set()
        for name, nested, _ in self._fields(Parser(unknown="ignore"), cls):
            if name not in seen and not _looked_at(cls, name):
                path = f"{field}.{name}" if field else name
                yield from self._closed(nested, path, (*around, cls))
            seen.add(name)


def lenient(parser: Parser, said: str) -> str:
    """What could be said for unknown fields to be ignored, in the words of the code; near to what is said now."""
    options = [option for option in parser.options if option.unknown == "ignore" and option.values]
    name = said.partition("=")[0]
    for option in options:
        for place in option.at.split("|"):
            if place.rpartition(":")[2] == name or not name:
                word = option.values[0]
                return (
                    f'{place.rpartition(":")[2]}="{word}"' if word.islower() else f"{place.rpartition(':')[2]}={word}"
                )
    # A switch that makes it reject them can be left off.
    return f"{name}=False" if said.endswith("=True") and parser.unknown != "reject" else ""


def telling(reading: Reading, instead: str) -> Location | None:
    """The call that could say that unknown fields are to be ignored: that reads, or that says what a field holds."""
    name = instead.partition("=")[0]
    places = {place for option in reading.parser.options for place in option.at.split("|")}
    if not name:
        return None
    if reading.about.call is not None and f"kw:{name}" in places:
        # `Order(**data)` takes nothing but fields.
        spread = any(not keyword.name for keyword in reading.about.call[0].keywords)
        return None if spread else place_of(*reading.about.call)
    if reading.about.call is None and reading.about.makers and f"ctor.kw:{name}" in places:
        return place_of(*reading.about.makers[0])
    return None


def package(parser: Parser) -> str:
    """The package that a parser's words come from: that of its errors, the last of which is that of what it adapts."""
    packages = [path.partition(".")[0] for path in (*parser.bases, *parser.errors)]
    return next((name for name in reversed(packages) if name != "builtins"), "")


def _is_field(name: str, annotation: facts.Expr) -> bool:
    """Whether what a class's body annotates is a field of its objects, and no matter of its own."""
    inner = annotation.value if isinstance(annotation, facts.Subscript) else annotation
    return not name.startswith("_") and last_name(inner) != "ClassVar"


def is_enum(cls: Class) -> bool:
    """Whether a class is an enumeration."""
    return any(isinstance(base, str) and base.startswith("enum.") for base in cls.mro)


def takes_any(cls: Class) -> bool:
    """Whether an enumeration has an answer for values that it does not know."""
    flags = any(isinstance(base, str) and base.endswith("Flag") for base in cls.mro)
    return flags or any(isinstance(base, Class) and "_missing_" in base.scope.names for base in cls.mro)


def _looked_at(cls: Class, name: str) -> bool:
    """Whether a class has code of its own that sees a field first: a validator that is put on it by its name."""
    for base in cls.mro:
        for statement in base.fact.body if isinstance(base, Class) else ():
            for decorator in statement.decorators if isinstance(statement, facts.Function) else ():
                for arg in decorator.args if isinstance(decorator, facts.Call) else ():
                    if isinstance(arg, facts.Const) and arg.value in (name, "*"):
                        return True
    return False


def _nested(call: facts.Call, cls: Class) -> tuple[Target, tuple[tuple[facts.Call, Scope], ...]]:
    """The reader inside that a field of a schema names, and the calls that make it and say more of it."""
    expr = call.args[0]
    if isinstance(expr, facts.Lambda):
        last = expr.function.body[-1] if expr.function.body else None
        expr = last.value if isinstance(last, facts.Return) and last.value is not None else expr
    makers: tuple[tuple[facts.Call, Scope], ...] = ((call, cls.scope),)
    if isinstance(expr, facts.Call):
        makers = (*makers, (expr, cls.scope))
        expr = expr.func
    if isinstance(expr, facts.Const):
        # By its name, wherever it is: here more often than not.
        return Target(expr, cls.module.scope), makers
    return Target(expr, cls.scope), makers


def _is(said: Said, option: Option) -> bool:
    return says(said.word, option, is_constant=isinstance(said.value, facts.Const))


def _words(place: str, said: Said) -> str:
    """What code says, as it says it: `extra="forbid"`."""
    name = place.rpartition(":")[2]
    constant = said.value.value if isinstance(said.value, facts.Const) else None
    return f'{name}="{constant}"' if isinstance(constant, str) else f"{name}={said.word}"


def _arms(expr: facts.Expr) -> Iterator[facts.Expr]:
    if isinstance(expr, facts.Binary) and expr.op == "|":
        yield from _arms(expr.left)
        yield from _arms(expr.right)
    else:
        yield expr


def _inside(expr: facts.Subscript) -> list[facts.Expr]:
    index = expr.index
    return list(index.items) if isinstance(index, facts.Sequence) and index.kind == "tuple" else [index]
