"""Calls that read data into classes and schemas of the program: which argument that is, and what becomes of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property

import msgspec
from msgspec.structs import replace

from commlint import facts
from commlint.catalogue.models import Parser
from commlint.finding import Location
from commlint.program.code import last_name, render
from commlint.program.flow import Linker
from commlint.program.models import Models
from commlint.program.places import About, Said, class_place, follow, holds, look
from commlint.program.readers import (
    Closed,
    Readers,
    Reading,
    Strict,
    Target,
    is_enum,
    lenient,
    package,
    takes_any,
    telling,
)
from commlint.program.schemafiles import SchemaFiles
from commlint.program.sites import Site, select
from commlint.program.symbols import Class, Function, Instance, Scope, Symbols
from commlint.workspace import Workspace

# Calls on the result of a call, on the result of a call ... further than this are rings.
_DEEPEST = 4
_Made = tuple[tuple[facts.Call, Scope], ...]


class Parse(msgspec.Struct, frozen=True):
    """A call that reads data.

    Attributes:
        location: The called name; the class that is read into, where a framework does that by itself.
        data: The argument that is the data; for `**data`, what follows the stars.
        into: What it is read into, as a reader would call it; empty for a schema without a name.
        strict: What rejects unknown fields; `None` where nothing does.
        closed: The fields that take a fixed set of values.
        errors: The exceptions by which it fails, as access paths.
        sure: It is known what it is read into.
        site: The call; `None` where a framework reads it by itself.
    """

    location: Location
    data: facts.Expr
    into: str
    strict: Strict | None = None
    closed: tuple[Closed, ...] = ()
    errors: tuple[str, ...] = ()
    sure: bool = True
    site: Site | None = None


class Parsers:
    """Finds what calls read.

    Args:
        symbols: What is defined where.
        linker: What may hold what.
        models: What is known of libraries.
        workspace: Of which service a file is, and the releases that it asks for.
    """

    def __init__(self, symbols: Symbols, linker: Linker, models: Models, workspace: Workspace) -> None:
        self._symbols = symbols
        self._linker = linker
        self._models = models
        self._workspace = workspace
        self._files = SchemaFiles(workspace, symbols)
        self._known: dict[Site, tuple[Parse, ...]] = {}
        self.readers = Readers(symbols, models)

    def of(self, site: Site) -> tuple[Parse, ...]:
        """What a call reads; nothing for most calls."""
        if (known := self._known.get(site)) is None:
            known = self._known[site] = tuple(self._found(site))
        return known

    def _found(self, site: Site) -> Iterator[Parse]:
        yield from _agreed(list(self._made(site)))
        yield from _agreed(list(self._called(site)))
        yield from _agreed(list(self._passed(site)))

    def is_read(self, site: Site, argument: facts.Expr) -> bool:
        """Whether an argument is no data any more, but what a reader has made of it."""
        expr: facts.Expr | Class = follow(argument, site.function.scope, self._symbols).value
        expr = expr.value if isinstance(expr, facts.Await) else expr
        made = self._linker.by_call.get(expr) if isinstance(expr, facts.Call) else None
        if made is not None and self.of(made):
            return True
        # What is unpacked is a dict.
        node = self._linker.argument(site, argument) if argument is not _spread(site.call) else None
        held = (value.cls for value in node.values if isinstance(value, Instance)) if node is not None else ()
        return any(self.readers.parsers(cls) for cls in held)

    def declared(self, function: Function) -> Iterator[Parse]:
        """What a framework reads data into, because a function has parameters of that type."""
        for parameter in function.fact.parameters:
            annotation, scope = parameter.annotation, function.scope
            said = follow(annotation, scope, self._symbols) if annotation is not None else None
            if said is None or not isinstance(cls := said.value, Class):
                continue
            for parser in self.readers.parsers(cls):
                if parser.reads == "payload" and parser.methods and self._holds(parser, function):
                    target = Target(cls, said.scope)
                    strict = self.readers.strict(Reading(parser, parser.unknown), target)
                    closed = self.readers.closed(target) if parser.closed else ()
                    yield Parse(class_place(cls), facts.Name(parameter.name), cls.name, strict, closed)
                    break

    # --- classes ------------------------------------------------------------------------------------------------------

    def _made(self, site: Site) -> Iterator[Parse]:
        """`Order(**data)`, `Status(data)`."""
        classes = [value for value in site.callee.values if isinstance(value, Class)] if site.callee else []
        spread = _spread(site.call)
        for cls in classes:
            if is_enum(cls):
                if len(site.call.args) == 1 and not takes_any(cls):
                    closed = Closed("", cls.name, class_place(cls))
                    errors = ("builtins.ValueError",)
                    yield Parse(site.location, site.call.args[0], cls.name, None, (closed,), errors, site=site)
            elif spread is not None and (one := self._spread_into(site, cls, spread)) is not None:
                yield one

    def _spread_into(self, site: Site, cls: Class, data: facts.Expr) -> Parse | None:
        for base in cls.mro:
            if isinstance(base, Class) and isinstance(init := base.scope.bindings.get("__init__"), Function):
                if not _takes_more(init):
                    made = Strict(cls.name, "", "python", init.location)
                    return Parse(site.location, data, cls.name, made, (), ("builtins.TypeError",), site=site)
                break
        for parser in self.readers.parsers(cls):
            if not parser.construct or not self._holds(parser, site.function):
                continue
            if parser.reads != "payload":
                return None
            reading = Reading(parser, parser.construct, About((site.call, site.function.scope)))
            # What only takes arguments leaves those as they are: no reader inside it reads.
            deep = parser.construct != "reject"
            strict = self.readers.strict(reading, Target(cls, cls.scope), deep=deep)
            closed = self.readers.closed(Target(cls, cls.scope)) if parser.closed == "all" else ()
            return Parse(site.location, data, cls.name, strict, closed, parser.errors, site=site)
        return None

    # --- methods and functions ----------------------------------------------------------------------------------------

    def _called(self, site: Site) -> Iterator[Parse]:
        """`Order.model_validate(data)`, `OrderSchema().load(data)`, `msgspec.convert(data, Order)`."""
        if (method := self._method(site)) is not None:
            yield from method
            return
        scope = site.function.scope
        for external, _ in site.externals:
            makers = tuple((maker.call, maker.function.scope) for maker in external.makers())
            if external.cls is not None and last_name(site.call) in self._models.reading:
                about = About((site.call, scope), makers or self._makers(site, external.cls))
                if (parse := self._read(site, external.cls, None, about)) is not None:
                    yield parse
                    continue
            for parser, name in self._models.parsers(external.path):
                if parser.reads != "payload" or not self._holds(parser, site.function):
                    continue
                if not holds(parser, site.call, scope, tuple(external.makers())):
                    continue
                cls = external.cls if name or not parser.functions else None
                parse = self._into(site, parser, name, About((site.call, scope), makers), cls)
                if parse is not None:
                    yield parse
                    break

    def _method(self, site: Site) -> list[Parse] | None:
        """A method of a class that is named, or of an object that is made, right there or in a variable."""
        func = site.call.func
        if not isinstance(func, facts.Attr) or func.name not in self._models.reading:
            return None
        scope = site.function.scope
        said = follow(func.value, scope, self._symbols)
        makers: _Made = ()
        expr = said.value
        for _ in range(_DEEPEST):
            if not isinstance(expr, facts.Call):
                break
            # `Schema()`, and `Order.schema()`, which are both readers.
            makers = (*makers, (expr, said.scope))
            chained = isinstance(expr.func, facts.Attr) and not isinstance(
                self._symbols.resolve(expr.func, said.scope), Class
            )
            inner = expr.func.value if chained and isinstance(expr.func, facts.Attr) else expr.func
            said = follow(inner, said.scope, self._symbols)
            expr = said.value
        whole = func.value if isinstance(func.value, facts.Subscript) else None
        cls = said.value if isinstance(said.value, Class) else None
        if isinstance(said.value, facts.Subscript):
            whole = said.value
            resolved = self._symbols.resolve(said.value.value, said.scope)
            cls = resolved if isinstance(resolved, Class) else None
        if cls is None:
            return None
        parse = self._read(site, cls, whole, About((site.call, scope), makers))
        return None if parse is None else [parse]

    def _read(self, site: Site, cls: Class, whole: facts.Expr | None, about: About) -> Parse | None:
        """What a method of a class of the program, or of its objects, reads."""
        name = last_name(site.call)
        if any(isinstance(base, Class) and name in base.scope.names for base in cls.mro):
            # A method of its own, which is looked into.
            return None
        for parser in self.readers.parsers(cls):
            if name in parser.methods and self._holds(parser, site.function):
                return self._into(site, parser, name, about, cls, whole) if parser.reads == "payload" else None
        return None

    def _into(
        self, site: Site, parser: Parser, name: str, about: About, cls: Class | None, whole: facts.Expr | None = None
    ) -> Parse | None:
        data = _spread(site.call) if name == "" or not parser.data else select(site.call, parser.data)
        if data is None:
            return None
        default = parser.construct or parser.unknown if name == "" else parser.unknown_in.get(name, parser.unknown)
        reading = Reading(parser, default, about)
        target = self._target(site, parser, about, cls, whole)
        strict = None if target is None else self.readers.strict(reading, target)
        label = _label(target)
        if strict is None and (target is None or not isinstance(target.type, Class)):
            strict = self._outright(site, reading, label)
        label = label or (strict.name if strict is not None else "")
        closed = self.readers.closed(target) if target is not None and parser.closed and name != "" else ()
        return Parse(site.location, data, label, strict, closed, parser.errors, site=site)

    def _target(
        self, site: Site, parser: Parser, about: About, cls: Class | None, whole: facts.Expr | None
    ) -> Target | None:
        if cls is not None:
            return Target(whole if whole is not None else cls, site.function.scope)
        for selector in parser.reader.split("|") if parser.reader else ():
            made = selector.startswith("ctor.")
            for call, scope in about.makers if made else (about.call,) if about.call is not None else ():
                expr = select(call, selector.removeprefix("ctor."))
                if expr is None:
                    continue
                said = follow(expr, scope, self._symbols)
                plain = isinstance(said.value, facts.Name | facts.Attr)
                held = self._held(expr, call) if plain else None
                return Target(said.value, said.scope) if held is None else Target(held, held.scope)
        return None

    def _held(self, expr: facts.Expr, call: facts.Call) -> Class | None:
        """The only class that an argument may be."""
        site = self._linker.by_call.get(call)
        node = self._linker.argument(site, expr) if site is not None else None
        classes = [value for value in node.values if isinstance(value, Class)] if node is not None else []
        return classes[0] if len(classes) == 1 else None

    def _outright(self, site: Site, reading: Reading, label: str) -> Strict | None:
        """What rejects the data where it is read into no class of the program, but by a schema or into a message."""
        unknown, said, location, _ = self.readers.verdict(reading, None)
        library = self._models.library_of(reading.parser)
        if unknown == "reject":
            instead = lenient(reading.parser, said)
            call = None if said else telling(reading, instead)
            place = location or site.location
            return Strict(label, said, library, place, instead=instead, call=call, package=package(reading.parser))
        if unknown is None or reading.parser.nested == "outer" or said:
            return None
        for option in reading.parser.options:
            _, _, key = option.at.split("|")[0].rpartition(".key:")
            if option.unknown != "reject" or not key:
                continue
            places = "|".join(place.rpartition(".key:")[0] for place in option.at.split("|"))
            found = look(places, reading.about, self._symbols)
            if found is not None and (where := self._closed_schema(found, key, option.values)) is not None:
                return Strict(label, f"{key}: false", library, where.location)
        return None

    def _closed_schema(self, said: Said, key: str, values: tuple[str, ...]) -> Said | None:
        """Where a schema, or one inside it, says that there are no other fields."""
        if (location := self._files.closed(said, key)) is not None:
            return replace(said, location=location)
        todo: list[facts.Expr | Class] = [said.value]
        while todo:
            value = todo.pop()
            if isinstance(value, facts.Mapping):
                for item in value.items:
                    name = item.key.value if isinstance(item.key, facts.Const) else None
                    if name == key and isinstance(item.value, facts.Const) and str(item.value.value) in values:
                        return said
                    todo.append(follow(item.value, said.scope, self._symbols).value)
            elif isinstance(value, facts.Sequence):
                todo.extend(value.items)
        return None

    # --- functions of the program -------------------------------------------------------------------------------------

    def _passed(self, site: Site) -> Iterator[Parse]:
        """`handle(**data)` with fixed parameters."""
        data = _spread(site.call)
        if data is None:
            return
        functions = [f for f, via in site.targets.items() if via is None and f.name not in ("__init__", "__new__")]
        for function in functions:
            if not _takes_more(function):
                strict = Strict(function.label, "", "python", function.location)
                yield Parse(site.location, data, function.label, strict, (), ("builtins.TypeError",), site=site)
            else:
                yield Parse(site.location, data, function.label, site=site)

    # --- what was made where ------------------------------------------------------------------------------------------

    def _makers(self, site: Site, cls: Class) -> _Made:
        """The call that made the object on which a method is called, where all that make one say the same."""
        func = site.call.func
        made = func.value if isinstance(func, facts.Attr) else None
        if isinstance(made, facts.Attr) and (owner := site.function.owner) is not None:
            for base in owner.mro:
                if isinstance(base, Class) and (given := base.assigned.get(made.name)):
                    return tuple((e, f.scope) for e, f in given if isinstance(e, facts.Call))[:1]
        sites = self._making[cls]
        plain = all(not one.call.keywords for one in sites)
        return () if plain or not sites else ((sites[0].call, sites[0].function.scope),)

    @cached_property
    def _making(self) -> defaultdict[Class, list[Site]]:
        """The calls that make objects of a class."""
        found: defaultdict[Class, list[Site]] = defaultdict(list)
        for site in self._linker.sites:
            for value in site.callee.values if site.callee is not None else ():
                if isinstance(value, Class):
                    found[value].append(site)
        return found

    def _holds(self, parser: Parser, function: Function) -> bool:
        service = self._workspace.service_of(function.module.path)
        asked = self._workspace.versions.get(service.root, {}) if service is not None else {}
        return self._models.holds_for(parser, asked)


def _agreed(parses: Sequence[Parse]) -> Iterator[Parse]:
    """One of several parses that a call may be; only what all of them do is known of it."""
    if not parses:
        return
    into = {parse.into for parse in parses}
    strict = next((parse for parse in parses if parse.strict is not None), parses[0])
    known = all(parse.strict is not None for parse in parses)
    closed = strict.closed if all(parse.closed for parse in parses) else ()
    yield replace(strict, strict=strict.strict if known else None, closed=closed, sure=len(into) == 1)


def _spread(call: facts.Call) -> facts.Expr | None:
    """What follows the stars of `**data`, where there is just one."""
    spread = [keyword.value for keyword in call.keywords if not keyword.name]
    return spread[0] if len(spread) == 1 else None


def _takes_more(function: Function) -> bool:
    return any(parameter.kind == "kwargs" for parameter in function.fact.parameters)


def _label(target: Target | None) -> str:
    if target is None or isinstance(target.type, facts.Mapping | facts.Const):
        return ""
    return target.type.name if isinstance(target.type, Class) else render(target.type)
