"""Access to stored data: queries through models, SQL, Cypher and the methods of collections."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

import msgspec

from commlint import facts
from commlint.catalogue.models import Query
from commlint.finding import Location, Service
from commlint.program import cypher, sql
from commlint.program.code import last_name, target_names, walk
from commlint.program.constants import Reading, Texts, argument_for, is_hole
from commlint.program.encoded import Encoded, texts_in
from commlint.program.flow import Linker
from commlint.program.places import place_in
from commlint.program.sites import Site, select
from commlint.program.sql import Op
from commlint.program.store_models import StoreModels
from commlint.program.symbols import Class, Function, Symbols
from commlint.program.tables import Kind, Tables
from commlint.workspace import Workspace

# Calls of helpers through which a text is followed to where it is written, and how many of each are.
_HELPERS = 3
_CALLERS = 400
_DEEPEST = 10
# Lines that are looked through for the name of a table, from the statement on that holds the text.
_FAR = 80
_SHAPING = frozenset({"strip", "lstrip", "rstrip", "replace", "dedent", "bindparams", "columns", "encode"})
_WRAPPING = frozenset({"text", "SQL", "TextClause", "Query", "LiteralString", "cast", "str"})
# What adds to a list of parts of a text.
_ADDING = frozenset({"append", "extend", "insert"})

_MAKING = re.compile(rb"(?:merge|create)\s*\(", re.IGNORECASE)


class Access(msgspec.Struct, frozen=True):
    """A place at which a service reads or writes stored data.

    Attributes:
        location: The query: where it names the table, or the call.
        call: The call that runs or builds it.
        service: The service.
        kind: What is stored.
        name: The table, collection or label; empty for nodes of any label.
        schema: The schema that is said; empty where none is.
        op: What is done.
        way: How it is asked: `SQL`, `Cypher`, a model's name.
        model: The model that it is asked through.
    """

    location: Location
    call: Location
    service: Service
    kind: Kind
    name: str
    schema: str
    op: Op
    way: str
    model: Class | None = None


class Keeper(msgspec.Struct, frozen=True):
    """A service that keeps a collection.

    Attributes:
        service: The service.
        location: Where it makes or writes it.
        makes: It makes it, or its indexes.
    """

    service: Service
    location: Location
    makes: bool


class _Piece(msgspec.Struct, frozen=True):
    """A part of a text.

    Attributes:
        text: What it says.
        here: It is written in the function that uses it, and not as a constant elsewhere.
        line: The line of the statement that it is written in, where that is not the one with the call; 0 there.
    """

    text: str
    here: bool
    line: int = 0


class Queries:
    """Finds access to stored data.

    Args:
        symbols: What is defined where.
        linker: What calls may reach.
        stores: What library models say of stored data.
        workspace: The services.
        texts: Works out texts.
        tables: What declares tables.
        encoded: The facts of files as bytes.
    """

    def __init__(
        self,
        symbols: Symbols,
        linker: Linker,
        stores: StoreModels,
        workspace: Workspace,
        texts: Texts,
        tables: Tables,
        encoded: Encoded,
    ) -> None:
        self._symbols = symbols
        self._sites = linker.sites
        self._stores = stores
        self._workspace = workspace
        self._texts = texts
        self._tables = tables
        self._encoded = encoded
        self._read: dict[str, list[str]] = {}
        self._readings: dict[str, Reading] = {}

    @cached_property
    def accesses(self) -> tuple[Access, ...]:
        """All access to what may belong to another service, in order of place."""
        found: dict[Access, None] = {}
        for access in (*self._in_sql(), *self._through_models(), *self._of_collections()):
            found[access] = None
        return tuple(sorted(found, key=lambda one: (one.location, one.name, one.op)))

    @cached_property
    def keepers(self) -> Mapping[str, tuple[Keeper, ...]]:
        """By the name of each collection the services that make or write it: a collection needs no declaration."""
        found: dict[str, dict[tuple[str, bool], Keeper]] = defaultdict(dict)
        for access in self._of_collections():
            if access.op == "write":
                keeper = Keeper(access.service, access.location, makes=False)
                found[access.name].setdefault((access.service.root, False), keeper)
        for site in self._sites:
            place = self._stores.making_names.get(site.name)
            service = None if place is None else self._workspace.service_of(site.function.module.path)
            if place is None or service is None or not isinstance(site.call.func, facts.Attr):
                continue
            if place == "recv":
                name = self._collection(site.call.func.value, site.function, 0) or ""
            else:
                name = self._reading(site.function).template(place_in(site.call, place), site.function)
            if name and "{" not in name:
                found[name].setdefault((service.root, True), Keeper(service, site.location, makes=True))
        return {name: tuple(by.values()) for name, by in found.items()}

    @cached_property
    def graphs(self) -> tuple[tuple[Access, cypher.Nodes], ...]:
        """All queries of graphs, in order of place; the name of their access is that of no label."""
        found = []
        for site, function, pieces in self._given("cypher"):
            service = self._workspace.service_of(function.module.path)
            for text, parts in _queries(pieces, cypher.looks) if service is not None else ():
                assert service is not None  # noqa: S101 - asked for just above
                nodes = cypher.nodes_in(text)
                words = "|".join(sorted(nodes.asked)) or "$^"
                mark = re.compile(
                    rf":\s*`?({words})\b" if nodes.asked else r"\b(MATCH|MERGE|CREATE)\s*\(", re.IGNORECASE
                )
                place = self._place(site, function, parts, mark)
                op: Op = "write" if nodes.writes else "read"
                access = Access(place, site.location, service, "label", "", "", op, "Cypher")
                found.append((access, nodes))
        return tuple(sorted(found, key=lambda one: (one[0].location, one[0].call)))

    @cached_property
    def made(self) -> Mapping[str, Mapping[str, Location]]:
        """The labels of nodes that the texts of each service make, by its root, wherever these go; and where."""
        found: dict[str, dict[str, Location]] = defaultdict(dict)
        for module in self._symbols.modules.values():
            service = self._workspace.service_of(module.path)
            if service is None or _MAKING.search(self._encoded.of(module)) is None:
                continue
            for line, text in texts_in(module):
                for label in sorted(cypher.nodes_in(text).made) if cypher.looks(text) else ():
                    found[service.root].setdefault(label, Location(module.path, line))
        return found

    # --- SQL ----------------------------------------------------------------------------------------------------------

    def _in_sql(self) -> Iterator[Access]:
        """Access by SQL to tables that another service declares; what only names others is not worth parsing."""
        word = re.compile(r"\w+")
        declaring: dict[str, set[str]] = defaultdict(set)
        for declaration in self._tables.all:
            if declaration.kind == "table" and declaration.service is not None:
                declaring[declaration.name].add(declaration.service.root)
        for site, function, pieces in self._given("sql"):
            service = self._workspace.service_of(function.module.path)
            for text, parts in _queries(pieces, sql.begins) if service is not None else ():
                assert service is not None  # noqa: S101 - asked for just above
                own = {service.root}
                named = {name for name in word.findall(text.lower()) if declaring.get(name, own) - own}
                if not named:
                    continue
                for used in sorted(sql.used_in(text)):
                    if used.name not in named:
                        continue
                    mark = re.compile(
                        rf"(?<![\w.$])(?:[`\"\[]?\w+[`\"\]]?\.)?[`\"\[]?({re.escape(used.name)})\b(?!\s*\.)",
                        re.IGNORECASE,
                    )
                    place = self._place(site, function, parts, mark)
                    yield Access(place, site.location, service, "table", used.name, used.schema, used.op, "SQL")

    def _given(self, language: str) -> Iterator[tuple[Site, Function, list[_Piece]]]:
        """The texts that reach a database call, with the call in whose function they are written."""
        for site in self._sites:
            for selector in self._selectors(site, language):
                if (expr := select(site.call, selector)) is not None:
                    yield from self._followed(site, expr, 0)
                    break

    def _selectors(self, site: Site, language: str) -> Iterator[str]:
        known = False
        for external, _ in site.externals:
            for model in self._stores.texts(external.path):
                known = True
                if model.language == language and model.sql:
                    yield model.sql
        if not known and not site.targets and isinstance(site.call.func, facts.Attr):
            for model in self._stores.run_names.get(site.name, ()):
                if model.language == language and model.sql:
                    yield model.sql

    def _followed(self, site: Site, expr: facts.Expr, depth: int) -> Iterator[tuple[Site, Function, list[_Piece]]]:
        """What an argument says; where it is a parameter of its function, what callers pass."""
        function = site.function
        parameter = _parameter(expr, function)
        if parameter is None:
            if pieces := self._pieces(expr, site, 0):
                yield site, function, pieces
            return
        if depth < _HELPERS:
            for caller in function.callers[:_CALLERS]:
                passed = argument_for(caller, function, parameter) or _listed(caller, function, parameter)
                if passed is not None and caller is not site:
                    yield from self._followed(caller, passed, depth + 1)

    def _pieces(self, expr: facts.Expr, site: Site, depth: int) -> list[_Piece]:
        """The parts of a text in the order in which they are written, as they are when a call is made."""
        function = site.function
        if depth > _DEEPEST:
            return []
        match expr:
            case facts.Name() if expr.id in function.scope.names and not function.is_module:
                return self._of_name(expr.id, site, depth)
            case facts.Call():
                name = last_name(expr.func)
                if name in ("join", "enumerate") and expr.args:
                    return self._pieces(expr.args[0], site, depth + 1)
                if isinstance(expr.func, facts.Attr) and name in _SHAPING and name != "dedent":
                    return self._pieces(expr.func.value, site, depth + 1)
                if name in (*_WRAPPING, "dedent") and expr.args:
                    return self._pieces(expr.args[-1 if name == "cast" else 0], site, depth + 1)
            case facts.Sequence():
                return self._of_all(expr.items, site, depth)
            case facts.Await() | facts.Star() | facts.Walrus():
                return self._pieces(expr.value, site, depth + 1)
            case facts.Conditional():
                return self._of_all((expr.body, expr.orelse), site, depth)
            case facts.Boolean():
                return self._of_all(expr.values, site, depth)
            case _:
                pass
        text = self._reading(function).of(expr, function.scope, function, 0)
        here = not isinstance(expr, facts.Name | facts.Attr)
        return [] if not text or is_hole(text) else [_Piece(text, here)]

    def _of_all(self, exprs: Iterable[facts.Expr], site: Site, depth: int) -> list[_Piece]:
        return [piece for expr in exprs for piece in self._pieces(expr, site, depth + 1)]

    def _of_name(self, name: str, site: Site, depth: int) -> list[_Piece]:
        """All that a name of a function holds at a call: `parts = [...]`, `query += "..."`, `parts.append("...")`."""
        found: list[_Piece] = []
        settled = _settled(name, site)
        for statement in walk(site.function.fact.body):
            line = getattr(statement, "line", 0)
            if settled and not settled <= line <= site.call.line:
                continue
            for value in _given(statement, name):
                pieces = self._pieces(value, site, depth + 1)
                found += [_Piece(p.text, p.here, p.line or line if p.here else 0) for p in pieces]
        return found

    def _reading(self, function: Function) -> Reading:
        service = self._workspace.service_of(function.module.path)
        root = "" if service is None else service.root
        if root not in self._readings:
            self._readings[root] = self._texts.reading(self._workspace.settings.get(root, {}), None)
        return self._readings[root]

    # --- places -------------------------------------------------------------------------------------------------------

    def _place(self, site: Site, function: Function, parts: list[_Piece], mark: re.Pattern[str]) -> Location:
        """Where a query names what it asks for, if its text is written in the function; else the call."""
        named = next((piece for piece in parts if mark.search(piece.text)), parts[0])
        if not named.here:
            return site.location
        path = function.module.path
        start = named.line or site.location.line
        later = (getattr(statement, "line", 0) for statement in walk(function.fact.body))
        end = min((line for line in later if line > start), default=start + _FAR)
        for number, line in enumerate(self._lines(path)[start - 1 : min(end - 1, start + _FAR)], start):
            if (match := mark.search(line)) is not None:
                return Location(path, number, match.start(1) + 1, len(match[1]))
        return Location(path, named.line) if named.line else site.location

    def _lines(self, path: str) -> list[str]:
        if path not in self._read:
            try:
                text = self._workspace.contents.data(path).decode("utf-8-sig", "replace")
            except OSError:
                text = ""
            self._read[path] = re.split(r"\r\n|\r|\n", text)
        return self._read[path]

    # --- models -------------------------------------------------------------------------------------------------------

    def _through_models(self) -> Iterator[Access]:
        for site in self._sites:
            service = self._workspace.service_of(site.function.module.path)
            if service is None:
                continue
            if (access := self._of_manager(site, service)) is not None:
                yield access
                continue
            query = next((q for e, _ in site.externals if (q := self._stores.query(e.path)) is not None), None)
            if query is not None:
                yield from self._asked(site, service, query)

    def _asked(self, site: Site, service: Service, query: Query) -> Iterator[Access]:
        for place in filter(None, (query.table, *query.also)):
            plain = _plain(place)
            for expr in site.call.args if place == "arg:*" else (place_in(site.call, plain) if plain else None,):
                if expr is None:
                    continue
                if isinstance(expr, facts.Const) and isinstance(expr.value, str):
                    # `table.column`, or `schema.table.column`.
                    schema, _, name = expr.value.rpartition(".")[0].rpartition(".")
                    if query.column and name:
                        here = site.location
                        yield Access(here, here, service, "table", name.lower(), schema, "read", "a foreign key")
                elif (cls := self._model(expr, site.function)) is not None:
                    yield self._by_model(site, service, cls, query)

    def _of_manager(self, site: Site, service: Service) -> Access | None:
        """`Order.objects.filter(...)`, `Order.select()`."""
        func = site.call.func
        if not isinstance(func, facts.Attr):
            return None
        held = func.value
        manager = held.name if isinstance(held, facts.Attr) else ""
        for expr, through in ((held, ""), (held.value if isinstance(held, facts.Attr) else None, manager)):
            cls = None if expr is None else self._model(expr, site.function)
            for base in cls.mro if cls is not None else ():
                for query in self._stores.asked_of(base) if isinstance(base, str) else ():
                    fits = through in query.managers if through else not query.managers
                    if cls is not None and fits and func.name in query.methods:
                        return self._by_model(site, service, cls, query)
        return None

    def _by_model(self, site: Site, service: Service, cls: Class, query: Query) -> Access:
        declared = self._tables.of_class[cls]
        op: Op = "write" if query.op == "write" else "read"
        place = site.location
        return Access(
            place, place, service, declared.kind, declared.name, declared.schema, op, f"the model `{cls.name}`", cls
        )

    def _model(self, expr: facts.Expr, function: Function) -> Class | None:
        """The stored class that an expression speaks of: itself, a column, an object just made."""
        if isinstance(expr, facts.Call):
            expr = expr.func
        resolved = self._symbols.resolve(expr, function.scope)
        if not isinstance(resolved, Class) and isinstance(expr, facts.Attr):
            resolved = self._symbols.resolve(expr.value, function.scope)
        return resolved if isinstance(resolved, Class) and resolved in self._tables.of_class else None

    # --- collections --------------------------------------------------------------------------------------------------

    def _of_collections(self) -> Iterator[Access]:
        """`db.orders.find_one(...)`, `db["orders"].insert_one(...)`, and through names and attributes."""
        for site in self._sites:
            query = self._stores.query_names.get(site.name)
            service = self._workspace.service_of(site.function.module.path)
            if query is None or service is None or site.targets or not isinstance(site.call.func, facts.Attr):
                continue
            if (name := self._collection(site.call.func.value, site.function, 0)) is not None:
                op: Op = "write" if query.op == "write" else "read"
                place = site.location
                yield Access(place, place, service, "collection", name, "", op, f"`{site.name}`")

    def _collection(self, expr: facts.Expr, function: Function, depth: int) -> str | None:
        """The name of the collection that an expression stands for."""
        if depth > _DEEPEST:
            return None
        match expr:
            case facts.Subscript():
                text = self._reading(function).of(expr.index, function.scope, function, 0)
                return None if not text or "{" in text else text
            case facts.Call() if last_name(expr.func) in ("get_collection", "Collection") and expr.args:
                text = self._reading(function).of(expr.args[-1], function.scope, function, 0)
                return None if not text or "{" in text else text
            case facts.Name():
                owner = function.scope.owner_of(expr.id)
                binding = None if owner is None else owner.bindings.get(expr.id)
                if owner is not None and isinstance(binding, facts.Expr):
                    return self._collection(binding, owner.function, depth + 1)
            case facts.Attr():
                cls = function.owner if isinstance(expr.value, facts.Name) and expr.value.id == "self" else None
                if cls is not None:
                    for value, method in cls.assigned.get(expr.name, ()):
                        if (name := self._collection(value, method, depth + 1)) is not None:
                            return name
                    return None
                held = last_name(expr.value)
                return expr.name if held in ("db", "database", "mongo_db", "mongodb") or held.endswith("_db") else None
            case _:
                pass
        return None


def _plain(place: str) -> str:
    """A place without what needs the objects that a call is made on."""
    return "|".join(one for one in place.split("|") if one.split(".")[0] not in ("recv", "class", "decorator", "ctor"))


def _parameter(expr: facts.Expr, function: Function) -> str | None:
    """The parameter of a function that an expression is, where nothing else is assigned to it."""
    while isinstance(expr, facts.Call) and last_name(expr.func) in _WRAPPING and expr.args:
        expr = expr.args[0]
    if not isinstance(expr, facts.Name) or function.scope.owner_of(expr.id) is not function.scope:
        return None
    given = any(p.name == expr.id and p.kind not in ("args", "kwargs") for p in function.fact.parameters)
    return expr.id if given and expr.id not in function.scope.rebound else None


def _given(statement: facts.Stmt, name: str) -> Iterator[facts.Expr]:
    """What a statement gives a name, or adds to it."""
    match statement:
        case facts.Assign() if any(name in target_names(target) for target in statement.targets):
            yield _added(statement.value, name)
        case facts.Annotated(target=facts.Name(id=target)) if target == name and statement.value is not None:
            yield statement.value
        case facts.For() if name in target_names(statement.target):
            yield statement.iterable
        case facts.Evaluate(value=facts.Call(func=facts.Attr(value=facts.Name(id=held), name=method)) as call):
            if held == name and method in _ADDING and call.args:
                yield call.args[-1]
        case _:
            pass


def _added(value: facts.Expr, name: str) -> facts.Expr:
    """What is added to a name: `"..."` of `query = query + "..."`."""
    if isinstance(value, facts.Binary) and isinstance(value.left, facts.Name) and value.left.id == name:
        return value.right
    return value


def _settled(name: str, site: Site) -> int:
    """The line of the last assignment that every way to a call passes, and that nothing older outlives; 0 for none."""
    for frame in site.frames():
        for statement in reversed(frame.block[: frame.index + 1]):
            if (
                isinstance(statement, facts.Assign)
                and not statement.op
                and _added(statement.value, name) is statement.value
            ):
                if any(isinstance(target, facts.Name) and target.id == name for target in statement.targets):
                    return statement.line
    return 0


def _listed(site: Site, function: Function, name: str) -> facts.Expr | None:
    """What a call passes for a parameter in a list of arguments: `Thread(target=run, args=(query,))`."""
    via = site.targets.get(function)
    kind, _, key = ("" if via is None else via.arguments).partition(":")
    given = select(site.call, f"kw:{key}") if kind == "kw" else None
    places = [p.name for p in function.fact.parameters if p.kind in ("positional", "normal")]
    places = places[1:] if function.owner is not None and function.kind == "method" else places
    index = places.index(name) if name in places else -1
    return given.items[index] if isinstance(given, facts.Sequence) and 0 <= index < len(given.items) else None


def _queries(pieces: list[_Piece], begins: Callable[[str], bool]) -> Iterator[tuple[str, list[_Piece]]]:
    """Whole texts: each begins with a piece that begins as a query does; what follows belongs to it."""
    groups: list[list[_Piece]] = []
    for piece in pieces:
        if not groups or begins(piece.text):
            groups.append([])
        groups[-1].append(piece)
    for group in groups:
        text = "\n".join(piece.text for piece in group)
        if begins(text):
            yield text, group
