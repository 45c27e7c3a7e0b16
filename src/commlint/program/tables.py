"""Which tables and collections there are, and which service declares them."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Literal, TypeAlias

import msgspec

from commlint import facts
from commlint.catalogue.models import Table
from commlint.catalogue.notation import Case
from commlint.finding import Location, Service
from commlint.program.code import last_name
from commlint.program.constants import Texts, is_hole
from commlint.program.encoded import Encoded, texts_in
from commlint.program.flow import Linker
from commlint.program.models import Models
from commlint.program.places import place_in
from commlint.program.sites import Site
from commlint.program.store_models import StoreModels
from commlint.program.symbols import Class, Function, Imported, Module, Scope, Symbols
from commlint.workspace import Workspace
from commlint.workspace.schemas import app_of, tables_in

# What is stored: rows, documents, nodes of a graph.
Kind: TypeAlias = Literal["table", "collection", "label"]
_SNAKE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Declaration(msgspec.Struct, frozen=True):
    """A table, collection or label that code or a migration declares.

    Attributes:
        name: Its name, in lower case where it is a table's.
        schema: The schema it is in; empty where that is not said.
        kind: What is stored in it.
        service: The service whose code or migrations declare it; `None` where it belongs to none.
        location: Where.
        migrated: A migration or SQL makes it, and not a model only.
        cls: The model.
    """

    name: str
    schema: str
    kind: Kind
    service: Service | None
    location: Location
    migrated: bool
    cls: Class | None = None


class Tables:
    """Finds declarations of tables.

    Args:
        symbols: What is defined where.
        linker: What calls may reach.
        models: The library models by access path.
        stores: What they say of stored data.
        workspace: The services, and what migrations make.
        texts: Works out texts.
        encoded: The facts of files as bytes.
    """

    def __init__(
        self,
        symbols: Symbols,
        linker: Linker,
        models: Models,
        stores: StoreModels,
        workspace: Workspace,
        texts: Texts,
        encoded: Encoded,
    ) -> None:
        self._symbols = symbols
        self._linker = linker
        self._models = models
        self._stores = stores
        self._workspace = workspace
        self._texts = texts
        self._encoded = encoded

    @cached_property
    def all(self) -> tuple[Declaration, ...]:
        """All declarations, in order of place."""
        found = {*self.of_class.values(), *self._of_calls(), *self._of_migrations()}
        return tuple(sorted(found, key=lambda one: (one.location, one.name)))

    @cached_property
    def by_name(self) -> Mapping[tuple[Kind, str], tuple[Declaration, ...]]:
        """The declarations by kind and name."""
        found: dict[tuple[Kind, str], list[Declaration]] = defaultdict(list)
        for declaration in self.all:
            found[declaration.kind, declaration.name].append(declaration)
        return {key: tuple(declarations) for key, declarations in found.items()}

    @cached_property
    def of_class(self) -> Mapping[Class, Declaration]:
        """The tables of the models that declare one of their own."""
        found = {cls: declaration for cls in self._symbols.classes if (declaration := self._declared(cls))}
        return dict(sorted(found.items(), key=lambda item: item[1].location))

    # --- models -------------------------------------------------------------------------------------------------------

    def _declared(self, cls: Class) -> Declaration | None:
        for table in self._claims(cls):
            if any(self._says(cls, case) for case in (*table.unless, *table.unowned)):
                return None
            if not all(self._says(cls, case) for case in table.needs):
                continue
            if (name := self._name_of(cls, table)) is None:
                continue
            schema = self._text(cls, table.schema)
            if table.kind == "table" and "." in name and not schema:
                schema, _, name = name.rpartition(".")
            return Declaration(
                name.lower() if table.kind == "table" else name,
                schema,
                table.kind,
                self._workspace.service_of(cls.module.path),
                Location(cls.module.path, cls.fact.line, cls.fact.column, len(cls.name)),
                migrated=False,
                cls=cls,
            )
        return None

    def _claims(self, cls: Class) -> Iterator[Table]:
        """What library models say of a class."""
        paths = [path for base in (cls, *cls.mro) if isinstance(base, Class) for path in self._made_bases(base)]
        for path in (*(base for base in cls.mro if isinstance(base, str)), *paths):
            yield from self._stores.of_base(path)
        scope = cls.scope.parent
        for decorator in cls.fact.decorators:
            called = decorator.func if isinstance(decorator, facts.Call) else decorator
            path = self._path(called, scope) if scope is not None else ""
            yield from self._stores.of_decorator(path)

    def _made_bases(self, cls: Class) -> Iterator[str]:
        """Bases that a call has made: `Base = declarative_base()`, `db.Model` of `db = SQLAlchemy()`."""
        scope = cls.scope.parent
        for base in cls.fact.bases if scope is not None else ():
            if isinstance(base, facts.Name | facts.Attr | facts.Call) and (path := self._path(base, scope)):
                yield path

    def _path(self, expr: facts.Expr, scope: Scope | None, depth: int = 0) -> str:
        """The access path of a class, decorator or object, through the calls that made it."""
        if scope is None or depth > _DEEPEST:
            return ""
        match expr:
            case facts.Call():
                inner = self._path(expr.func, scope, depth + 1)
                return self._models.canonical(f"{inner}()") if inner else ""
            case facts.Attr():
                resolved = self._symbols.resolve(expr, scope)
                if isinstance(resolved, str):
                    return self._models.canonical(resolved)
                module = self._symbols.resolve(expr.value, scope)
                if isinstance(module, Module):
                    return self._path(facts.Name(expr.name), module.scope, depth + 1)
                inner = self._path(expr.value, scope, depth + 1)
                return self._models.canonical(f"{inner}.{expr.name}") if inner else ""
            case facts.Name():
                return self._path_of_name(expr, scope, depth)
            case _:
                return ""

    def _path_of_name(self, expr: facts.Name, scope: Scope, depth: int) -> str:
        resolved = self._symbols.resolve(expr, scope)
        if isinstance(resolved, str):
            if not resolved.startswith("builtins."):
                return self._models.canonical(resolved)
            # A name that only a star import can have brought.
            for module in self._symbols.star_imported(scope.function.module):
                if expr.id in module.scope.names:
                    return self._path(expr, module.scope, depth + 1)
            return ""
        owner = scope.owner_of(expr.id)
        binding = None if owner is None else owner.bindings.get(expr.id)
        if owner is None:
            return ""
        if isinstance(binding, Imported) and binding.statement.is_from:
            source = self._symbols.imports.find(binding.module, binding.statement.module, binding.statement.level)
            if source is None or source.scope is scope:
                return ""
            return self._path(facts.Name(binding.alias.name), source.scope, depth + 1)
        if isinstance(binding, facts.Call):
            return self._path(binding, owner, depth + 1)
        return ""

    def _name_of(self, cls: Class, table: Table) -> str | None:
        """The name of a class's table; `None` where it has none of its own."""
        name = self._text(cls, table.name)
        if name:
            return None if "{" in name else name
        if (
            any(
                isinstance(base, Class)
                and base is not cls
                and table in list(self._claims(base))
                and self._declared(base)
                for base in cls.mro
            )
            and table.default_name == ""
        ):
            return None
        match table.default_name:
            case "class":
                return cls.name
            case "lower":
                return cls.name.lower()
            case "lowers":
                return f"{cls.name.lower()}s"
            case "snake":
                return _SNAKE.sub("_", cls.name).lower()
            case "app_lower":
                return f"{_app_of_model(cls.module.path)}_{cls.name.lower()}"
            case _:
                return None

    def _text(self, cls: Class, place: str) -> str:
        found = self._at(cls, place)
        if found is None:
            return ""
        expr, scope = found
        text = self._texts.template(expr, scope.function, {}) if not isinstance(expr, str) else expr
        return "" if is_hole(text) else text

    def _says(self, cls: Class, case: Case) -> bool:
        if case.at == "class":
            return True
        found = self._at(cls, case.at)
        if found is None:
            return "" in case.values
        expr = found[0]
        if isinstance(expr, facts.Mapping | facts.Sequence | facts.Name | facts.Attr | facts.Call):
            word = last_name(expr)
        else:
            word = str(expr.value) if isinstance(expr, facts.Const) else ""
        if case.values:
            return word in case.values
        if case.but:
            return word not in case.but
        return word not in ("None", "False")

    def _at(self, cls: Class, place: str) -> tuple[facts.Expr, Scope] | None:
        """What stands at a place of a class's declaration."""
        for alternative in place.split("|") if place else ():
            head, *steps = _STEPS.findall(alternative)
            if head == "class" and steps and (found := self._in_class(cls, steps)) is not None:
                return found
        return None

    def _in_class(self, cls: Class, steps: list[str]) -> tuple[facts.Expr, Scope] | None:
        kind, _, name = steps[0].partition(":")
        if kind == "kw":
            keyword = next((k.value for k in cls.fact.keywords if k.name == name), None)
            return None if keyword is None or cls.scope.parent is None else (keyword, cls.scope.parent)
        binding = cls.scope.bindings.get(name)
        if isinstance(binding, Class):
            return self._in_class(binding, steps[1:]) if len(steps) > 1 else None
        if isinstance(binding, Function):
            returned = [s.value for s in binding.fact.body if isinstance(s, facts.Return) and s.value is not None]
            return (returned[0], binding.scope) if len(returned) == 1 else None
        if not isinstance(binding, facts.Expr):
            return None
        expr: facts.Expr | None = binding
        for step in steps[1:]:
            expr = None if expr is None else _into(expr, step)
        return None if expr is None else (expr, cls.scope)

    # --- calls and migrations -----------------------------------------------------------------------------------------

    def _of_calls(self) -> Iterator[Declaration]:
        for site in self._linker.sites:
            for external, _ in site.externals:
                for table in self._stores.of_call(external.path):
                    if (declaration := self._made(site, table)) is not None:
                        yield declaration

    def _made(self, site: Site, table: Table) -> Declaration | None:
        """The table that a call declares."""
        if table.evidence == "migration" or table.change != "create" or table.name == "recv" or not table.name:
            return None
        for case in (*table.unless, *table.unowned):
            expr = site.call.func if case.at == "name" else place_in(site.call, case.at)
            word = "" if expr is None else str(expr.value) if isinstance(expr, facts.Const) else last_name(expr)
            if expr is not None and (word in case.values if case.values else word not in ("None", "False")):
                return None
        if table.kind == "table" and not any(isinstance(arg, facts.Call | facts.Star) for arg in site.call.args):
            # Without columns it only names one that is declared elsewhere.
            return None
        name = self._texts.template(place_in(site.call, table.name), site.function, {})
        schema = self._texts.template(place_in(site.call, table.schema), site.function, {}) if table.schema else ""
        if not name or "{" in name:
            return None
        return Declaration(
            name.lower() if table.kind == "table" else name,
            schema,
            table.kind,
            self._workspace.service_of(site.function.module.path),
            site.location,
            migrated=False,
        )

    def _of_migrations(self) -> Iterator[Declaration]:
        for made in self._workspace.schemas:
            name = made.name or f"{app_of(made.location.file)}_{made.model}"
            service = self._workspace.service_of(made.location.file)
            yield Declaration(name.lower(), made.schema, "table", service, made.location, migrated=True)
        for module in self._symbols.modules.values():
            if _MAKING.search(self._encoded.of(module)) is None:
                continue
            service = self._workspace.service_of(module.path)
            for line, text in texts_in(module):
                for schema, name, _ in tables_in(text) if "TABLE" in text.upper() else ():
                    yield Declaration(
                        name.lower(), schema, "table", service, Location(module.path, line), migrated=True
                    )


_STEPS = re.compile(r"[^.:]+(?::[^.]+)?")
_DEEPEST = 12
_MAKING = re.compile(rb"create\s[^;]{0,40}?table\s", re.IGNORECASE)


def _into(expr: facts.Expr, step: str) -> facts.Expr | None:
    """One step into what a class assigns."""
    kind, _, name = step.partition(":")
    if kind == "each" and isinstance(expr, facts.Sequence):
        # The dict at the end of `__table_args__`.
        return next((item for item in reversed(expr.items) if isinstance(item, facts.Mapping)), None)
    if kind in ("key", "kw") and isinstance(expr, facts.Call):
        return next((k.value for k in expr.keywords if k.name == name), None)
    if kind == "arg" and isinstance(expr, facts.Call):
        return expr.args[int(name)] if int(name) < len(expr.args) else None
    if kind == "key" and isinstance(expr, facts.Mapping):
        return next((i.value for i in expr.items if isinstance(i.key, facts.Const) and i.key.value == name), None)
    return None


def _app_of_model(path: str) -> str:
    """The label of the app that a module with models is of: the folder around it, above one called `models`."""
    folder = posixpath.dirname(path)
    while posixpath.basename(folder) in ("models", "model"):
        folder = posixpath.dirname(folder)
    return posixpath.basename(folder).lower()
