"""Models that services import from each other, or from a package that they share."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterator

import msgspec

from commlint import facts
from commlint.finding import Location, Service
from commlint.program.code import walk
from commlint.program.databases import are_one
from commlint.program.flow import Linker
from commlint.program.places import place_in
from commlint.program.store_models import StoreModels
from commlint.program.symbols import Class, Function, Module, Symbols
from commlint.program.tables import Tables
from commlint.workspace import Workspace

# Names that every other service has for its own code: found only far away, it is somebody else's.
_PLAIN = frozenset(
    {
        "api",
        "app",
        "apps",
        "backend",
        "common",
        "config",
        "core",
        "database",
        "db",
        "main",
        "model",
        "models",
        "schemas",
    }
    | {"server", "service", "services", "src", "utils"}
)


class ModelImport(msgspec.Struct, frozen=True):
    """Models of another service, or of a package of several, that a service imports.

    Attributes:
        location: The service's first import of them.
        service: The service.
        owner: The service whose they are; `None` for a shared package.
        package: The folder of the package.
        models: The names of the models.
        declared: Where the first of them is defined.
        others: The other services that import from a shared package, with their first imports.
        by_name: They are loaded by their names, and not imported.
    """

    location: Location
    service: Service
    owner: Service | None
    package: str
    models: tuple[str, ...]
    declared: Location
    others: tuple[tuple[Service, Location], ...]
    by_name: bool


class _Use(msgspec.Struct, frozen=True):
    location: Location
    service: Service
    cls: Class
    by_name: bool = False


def find_model_imports(
    symbols: Symbols,
    linker: Linker,
    stores: StoreModels,
    tables: Tables,
    workspace: Workspace,
) -> tuple[ModelImport, ...]:
    """The models that services import from each other, one for each service and package, in order of place."""
    uses: dict[tuple[str, str, str], list[_Use]] = defaultdict(list)
    for use in (*_imported(symbols, tables, workspace), *_loaded(linker, stores, tables, workspace)):
        owner = workspace.service_of(use.cls.module.path)
        if owner is None:
            uses[use.service.root, "", _package(symbols, use.cls.module.path)].append(use)
        elif workspace.same_system(owner, use.service) and not are_one(owner, use.service):
            uses[use.service.root, owner.root, owner.root].append(use)
    firsts = {key: min(found, key=lambda use: use.location) for key, found in uses.items()}
    result = []
    for (root, owner_root, package), found in uses.items():
        first = firsts[root, owner_root, package]
        others = tuple(
            (use.service, use.location)
            for (other, of, shared), use in sorted(firsts.items())
            if shared == package
            and of == owner_root == ""
            and other != root
            and not are_one(use.service, first.service)
            and workspace.same_system(use.service, first.service)
        )
        if not owner_root and not others:
            continue
        models = tuple(sorted({use.cls.name for use in found}))
        place = tables.of_class[first.cls].location
        owner = workspace.service_of(first.cls.module.path)
        result.append(ModelImport(first.location, first.service, owner, package, models, place, others, first.by_name))
    return tuple(sorted(result, key=lambda one: (one.location, one.package)))


def _imported(symbols: Symbols, tables: Tables, workspace: Workspace) -> Iterator[_Use]:
    by_module: dict[Module, list[Class]] = defaultdict(list)
    for cls in tables.of_class:
        by_module[cls.module].append(cls)
    for function in symbols.functions:
        service = workspace.service_of(function.module.path)
        if service is None or function.decorates is not None:
            continue
        for statement in walk(function.fact.body):
            if not isinstance(statement, facts.Import):
                continue
            for alias in statement.names:
                for cls in _meant(symbols, function, statement, alias, by_module):
                    if cls in tables.of_class and _is_reached(function.module.path, cls, statement, alias):
                        yield _Use(Location(function.module.path, statement.line), service, cls)


def _meant(
    symbols: Symbols,
    function: Function,
    statement: facts.Import,
    alias: facts.Alias,
    by_module: dict[Module, list[Class]],
) -> list[Class]:
    """The models that an imported name brings: itself, or all of a module of models."""
    if alias.name == "*":
        module = symbols.imports.find(function.module, statement.module, statement.level)
        return by_module.get(module, []) if module is not None else []
    resolved = symbols.resolve(facts.Name(alias.bound), function.scope)
    if isinstance(resolved, Class):
        return [resolved]
    return by_module.get(resolved, []) if isinstance(resolved, Module) else []


def _is_reached(path: str, cls: Class, statement: facts.Import, alias: facts.Alias) -> bool:
    """Whether the search path of a module leads to a class, and not just the only package of a common name."""
    top = (statement.module if statement.is_from else alias.name).partition(".")[0]
    if statement.level or top not in _PLAIN:
        return True
    folder = posixpath.dirname(path)
    around = [folder]
    while around[-1]:
        around.append(posixpath.dirname(around[-1]))
    starts = (posixpath.join(start, inner, top) for start in around for inner in ("", "src"))
    return any(cls.module.path == f"{start}.py" or cls.module.path.startswith(f"{start}/") for start in starts)


def _loaded(linker: Linker, stores: StoreModels, tables: Tables, workspace: Workspace) -> Iterator[_Use]:
    """Models that are loaded by the label of their app and their name."""
    by_name: dict[tuple[str, str], list[Class]] = defaultdict(list)
    for cls in tables.of_class:
        folder = posixpath.dirname(cls.module.path)
        folder = posixpath.dirname(folder) if posixpath.basename(folder) == "models" else folder
        by_name[posixpath.basename(folder), cls.name].append(cls)
    for site in linker.sites:
        query = next((q for e, _ in site.externals if (q := stores.query(e.path)) is not None and q.app), None)
        service = None if query is None else workspace.service_of(site.function.module.path)
        if query is None or service is None:
            continue
        app, name = (_text(place_in(site.call, place)) for place in (query.app, query.table))
        if "." in app and not name:
            app, _, name = app.rpartition(".")
        found = by_name.get((app, name), [])
        if not any(workspace.service_of(cls.module.path) is service for cls in found):
            for cls in found:
                yield _Use(site.location, service, cls, by_name=True)


def _text(expr: facts.Expr | None) -> str:
    return expr.value if isinstance(expr, facts.Const) and isinstance(expr.value, str) else ""


def _package(symbols: Symbols, path: str) -> str:
    """The outermost package that a module is in, or its folder."""
    folder = posixpath.dirname(path)
    while posixpath.join(posixpath.dirname(folder), "__init__.py") in symbols.modules and folder:
        folder = posixpath.dirname(folder)
    return folder or "."
