"""The databases that services are configured on: from what manifests set for them, and from their code."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Literal, TypeAlias

import msgspec

from commlint import facts
from commlint.finding import Location, Service
from commlint.program.constants import Texts, is_hole
from commlint.program.encoded import Encoded
from commlint.program.flow import Linker
from commlint.program.places import place_in
from commlint.program.sites import Site
from commlint.program.store_models import StoreModels
from commlint.program.symbols import Function, Module, Symbols
from commlint.workspace import Workspace, layout

Family: TypeAlias = Literal["sql", "mongodb", "neo4j"]
# How two services stand to each other: on one database, on different ones, or who knows.
Relation: TypeAlias = Literal["same", "different", "unknown"]

_URL = re.compile(
    r"(?:jdbc:)?([a-z][a-z0-9]*)(?:\+[a-z0-9_+]+)?://(?:[^/?#]*@)?([^/?#\s]*)(?:/([^?#\s]*))?(?:\?(\S*))?",
    re.IGNORECASE,
)
_KINDS = {
    "postgres": "postgresql",
    "postgresql": "postgresql",
    "postgis": "postgresql",
    "pgsql": "postgresql",
    "cockroachdb": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
    "mssql": "mssql",
    "sqlserver": "mssql",
    "oracle": "oracle",
    "clickhouse": "clickhouse",
    "cassandra": "cassandra",
    "mongodb": "mongodb",
    "bolt": "neo4j",
    "neo4j": "neo4j",
}
_SCHEMA = re.compile(r"(?:search_path|currentSchema)(?:=|%3D)([\w$]+)", re.IGNORECASE)
# Settings that name the host of a database, or its name, behind what they have in common.
_HOST = re.compile(
    r"(?P<of>(?:.*_)?(?:POSTGRES|POSTGRESQL|PG|DB|DATABASE|MYSQL|MARIADB|MONGO|MONGODB|SQL|RDS|MSSQL|CLICKHOUSE)_?)"
    r"(?:HOST|HOSTNAME|SERVER|ADDR|ADDRESS)"
)
_NAMES = ("DB", "NAME", "DATABASE", "DB_NAME", "DBNAME", "DATABASE_NAME", "INITDB_DATABASE")
_NAMING = re.compile(r"(?:.*_)?(?:DB|DATABASE)_?(?:NAME)?")
_APART = re.compile(r"(?:^|_)(?:TEST|TESTING|ADMIN|ROOT|MAINTENANCE|CELERY|BROKER)(?:_|$)")
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0", "host.docker.internal"})  # noqa: S104 - looked for
# Names that say nothing of whose a database is.
_PLAIN = frozenset(
    {
        "",
        "app",
        "data",
        "database",
        "db",
        "default",
        "dev",
        "development",
        "main",
        "mydatabase",
        "mydb",
        "mysql",
        "neo4j",
    }
    | {"postgres", "public", "root", "sys", "test", "tests", "user", "dbname", "db_name", "name", "your_db"}
)
_EXAMPLE = re.compile(r"(?:example|sample|template|dist|tmpl)", re.IGNORECASE)
_COMPOSE = re.compile(r"(?:docker-)?compose.*\.ya?ml")


class Database(msgspec.Struct, frozen=True):
    """A database that a service is configured on.

    Attributes:
        service: The service.
        kind: `postgresql`, `mongodb`, `neo4j`; `any` where that is not said.
        host: Its server, in lower case; empty where that is not known.
        port: The server's port; 0 where none is said.
        name: Its name; empty for the server's own default.
        schema: The schema that its connections look into; empty where that is not said.
        location: Where its name stands.
        sure: It is what holds in deployment, and not an example or a default that says `localhost`.
        scope: The folder of the manifest in which the server's name means something; empty where it is a full name.
    """

    service: Service
    kind: str
    host: str
    port: int
    name: str
    schema: str
    location: Location
    sure: bool
    scope: str

    @property
    def family(self) -> Family:
        """Databases of different families never are the same."""
        return self.kind if self.kind in ("mongodb", "neo4j") else "sql"  # type: ignore[return-value]

    @property
    def group(self) -> str:
        """What is configured in one place: a relational database, a graph."""
        return self.kind if self.kind in ("mongodb", "neo4j", "clickhouse", "cassandra") else "sql"

    @property
    def is_plain(self) -> bool:
        """Whether its name says nothing of whose it is."""
        return self.name.lower() in _PLAIN

    @property
    def is_local(self) -> bool:
        """Whether its server is the machine of whoever runs the service."""
        return self.host in _LOCAL

    @property
    def label(self) -> str:
        """Itself in words: `news_mcp` on `postgres`."""
        return f"`{self.name}` on `{self.host}`" if self.name else f"`{self.host}`"

    def is_one_with(self, other: Database) -> bool:
        """Whether it is the same database, by server and name."""
        if self.family != other.family or self.name != other.name or not self.host or not other.host:
            return False
        if self.is_local and other.is_local:
            return not self.port or not other.port or self.port == other.port
        return self.host == other.host and self.scope == other.scope


class Databases:
    """Finds the databases of services, and how services stand to each other.

    Args:
        symbols: What is defined where.
        linker: What calls may reach.
        models: What is known of libraries.
        workspace: The services, and what manifests set for them.
        texts: Works out texts.
        encoded: The facts of files as bytes.
    """

    def __init__(
        self,
        symbols: Symbols,
        linker: Linker,
        models: StoreModels,
        workspace: Workspace,
        texts: Texts,
        encoded: Encoded,
    ) -> None:
        self._symbols = symbols
        self._sites = linker.sites
        self._models = models
        self._workspace = workspace
        self._texts = texts
        self._encoded = encoded

    @cached_property
    def all(self) -> tuple[Database, ...]:
        """The databases of all services, one for each service and database, in order of place."""
        found: dict[tuple[str, str, str, str, int], Database] = {}
        settings = [d for service in self._workspace.services for d in self._of_settings(service)]
        for database in (*settings, *filter(self._is_own, self._of_code())):
            key = (database.service.root, database.family, database.host, database.name, database.port)
            known = found.get(key)
            if known is None:
                found[key] = database
            elif database.schema and not known.schema:
                found[key] = msgspec.structs.replace(known, schema=database.schema)
        certain = {(d.service.root, d.group) for d in found.values() if d.sure}
        schemas = self._schemas
        # What holds in deployment goes before examples, and before defaults for the developer's machine.
        found = {key: d for key, d in found.items() if d.sure or (d.service.root, d.group) not in certain}
        named = (
            d if d.schema or d.family != "sql" else msgspec.structs.replace(d, schema=schemas.get(d.service.root, ""))
            for d in found.values()
        )
        return tuple(sorted(named, key=lambda d: (d.location, d.service.root, d.name)))

    @cached_property
    def of(self) -> Mapping[str, tuple[Database, ...]]:
        """The databases of each service, by its root."""
        found: dict[str, list[Database]] = defaultdict(list)
        for database in self.all:
            found[database.service.root].append(database)
        return {root: tuple(databases) for root, databases in found.items()}

    @cached_property
    def shared(self) -> tuple[tuple[Database, ...], ...]:
        """The databases of several services: what each of these says of it, in order of place."""
        groups: list[list[Database]] = []
        for database in self.all:
            for group in groups:
                if any(self._is_shared(database, known) for known in group):
                    group.append(database)
                    break
            else:
                groups.append([database])
        found = []
        for group in groups:
            firsts: dict[str, Database] = {}
            for database in group:
                # Another process of the same code is no other service.
                if not any(are_one(database.service, known.service) for known in firsts.values()):
                    firsts[database.service.root] = database
            if len(firsts) > 1:
                found.append(tuple(firsts.values()))
        return tuple(found)

    def _is_shared(self, one: Database, other: Database) -> bool:
        return one.is_one_with(other) and self._workspace.same_system(one.service, other.service)

    def relation(self, one: Service, other: Service, family: Family) -> Relation:
        """How two services stand to each other, as far as databases of a family go."""
        ours, theirs = ([d for d in self.of.get(service.root, ()) if d.family == family] for service in (one, other))
        if any(mine.is_one_with(its) for mine in ours for its in theirs):
            return "same"
        pairs = [(mine, its) for mine in ours for its in theirs]
        known = pairs and all((a.sure and b.sure) or (a.is_local and b.is_local) for a, b in pairs)
        return "different" if known else "unknown"

    # --- settings -----------------------------------------------------------------------------------------------------

    def _of_settings(self, service: Service) -> Iterator[Database]:
        given = {
            name: text
            for name, text in self._workspace.settings.get(service.root, {}).items()
            if not _APART.search(name)
        }
        origins = self._workspace.origins.get(service.root, {})
        for name, text in given.items():
            if (parsed := _parsed(text)) is None or not self._reads(service, name):
                continue
            kind, host, port, database, schema = parsed
            place = origins[name]
            if not database and kind != "neo4j":
                naming = self._naming(given, name)
                database, place = (given[naming], origins[naming]) if naming else (database, place)
            if database or kind == "neo4j":
                yield self._made(service, (kind, host, port, database, schema), place)
        for name, text in given.items():
            match = _HOST.fullmatch(name)
            if match is None or _parsed(text) is not None:
                continue
            of = match["of"]
            naming = next((of + word for word in _NAMES if of + word in given), None)
            if naming is None or not (self._reads(service, naming) or self._reads(service, name)):
                continue
            server, _, said = text.partition(":")
            said = said or given.get(f"{of}PORT", "")
            number = int(said) if said.isdecimal() else 0
            parts = (_kind_of(of), server, number, given[naming], given.get(f"{of}SCHEMA", ""))
            yield self._made(service, parts, origins[naming])

    def _naming(self, given: Mapping[str, str], name: str) -> str | None:
        """The setting that names the database of a URL without one."""
        stem = re.split(r"_?(?:URL|URI|DSN|CONNECTION|CONN)", name)[0]
        fitting = [other for other in given if _NAMING.fullmatch(other) and not _parsed(given[other])]
        return next((other for other in fitting if stem and other.startswith(stem)), None)

    def _reads(self, service: Service, name: str) -> bool:
        """Whether the code of a service, or code that belongs to none, speaks of a setting."""
        mentioned = self._mentioned
        names = (name.encode(), name.lower().encode())
        usual = name == "DATABASE_URL" and (b"dj_database_url", b"environ.Env")
        names = (*names, *(usual or ()))
        return any(word in data for root in (service.root, None) for data in mentioned.get(root, ()) for word in names)

    @cached_property
    def _mentioned(self) -> Mapping[str | None, Sequence[bytes]]:
        """What the files of each service say, encoded; those of none under `None`."""
        found: dict[str | None, list[bytes]] = defaultdict(list)
        for module in self._symbols.modules.values():
            service = self._workspace.service_of(module.path)
            found[None if service is None else service.root].append(self._encoded.of(module))
        return found

    def _made(
        self, service: Service, parts: tuple[str, str, int, str, str], place: Location, *, code: bool = False
    ) -> Database:
        kind, host, port, name, schema = parts
        host = host.lower()
        if "{" in host or "$" in host:
            host = ""
        local = host in _LOCAL
        example = _EXAMPLE.search(posixpath.basename(place.file)) is not None
        plain = not local and "." not in host
        return Database(
            service=service,
            kind=kind,
            host=host,
            port=port,
            name=name,
            schema=schema,
            location=place,
            sure=bool(host) and not example and not (local and code),
            scope=self._scope(service) if plain else "",
        )

    def _scope(self, service: Service) -> str:
        """The folder in which one name of a server means one server: that of the outermost compose file around."""
        folders = [service.root]
        while folders[-1] not in (".", ""):
            folders.append(posixpath.dirname(folders[-1]) or ".")
        around = [folder for folder in folders if folder in self._composed]
        return around[-1] if around else ""

    @cached_property
    def _composed(self) -> frozenset[str]:
        return frozenset(
            posixpath.dirname(path) or "."
            for path in self._workspace.others
            if _COMPOSE.fullmatch(posixpath.basename(path))
        )

    def _is_own(self, database: Database) -> bool:
        """Whether the name of a database that code gives stands in code or settings of the service, or in shared code.

        A setting that nothing sets is looked for in the whole tree, and may be found with a neighbour.
        """
        root = database.service.root
        if any(database.name in text for text in self._workspace.settings.get(root, {}).values()):
            return True
        name = (database.name or database.host).encode()
        return any(name in data for owner in (root, None) for data in self._mentioned.get(owner, ()))

    # --- code ---------------------------------------------------------------------------------------------------------

    def _of_code(self) -> Iterator[Database]:
        for site in self._sites:
            service = self._workspace.service_of(site.function.module.path)
            if service is None or layout.is_aside(posixpath.dirname(site.function.module.path)[len(service.root) :]):
                continue
            for external, _ in site.externals:
                if (model := self._models.opening(external.path)) is not None:
                    yield from self._opened(site, service, model.kind, model.url, model.host, model.name)
                    break
        for module in self._symbols.modules.values():
            service = self._workspace.service_of(module.path)
            if service is not None:
                yield from self._of_django(module, service)
                yield from self._of_variables(module, service)

    def _opened(self, site: Site, service: Service, kind: str, *places: str) -> Iterator[Database]:
        settings = self._workspace.settings.get(service.root, {})
        url, host, name = (
            "" if expr is None else self._texts.template(expr, site.function, settings)
            for expr in (_first(site.call, place) for place in places)
        )
        if (parsed := _parsed(url)) is not None:
            known, server, port, database, schema = parsed
            database = database or name
            if (database or known == "neo4j") and "{" not in database:
                yield self._made(service, (known, server, port, database, schema), site.location, code=True)
        elif host and name and not is_hole(name) and kind not in ("sqlite", "redis", "elasticsearch"):
            parts = (kind, "" if is_hole(host) else host, 0, name, "")
            yield self._made(service, parts, site.location, code=True)

    def _of_variables(self, module: Module, service: Service) -> Iterator[Database]:
        """Databases under names that a library looks up in the program's configuration."""
        settings = self._workspace.settings.get(service.root, {})
        reading = self._texts.reading(settings, None)
        for name, value, function, line in _assigned(module):
            if name in settings:
                continue
            if name in self._models.variables or name.endswith(("DATABASE_URL", "DATABASE_URI", "database_url")):
                if (parsed := _parsed(reading.of(value, function.scope, function, 0))) is not None and parsed[3]:
                    yield self._made(service, parsed, Location(module.path, line), code=True)

    def _of_django(self, module: Module, service: Service) -> Iterator[Database]:
        """What `DATABASES` of Django's settings says."""
        binding = module.scope.bindings.get("DATABASES")
        if not isinstance(binding, facts.Mapping):
            return
        line = next((line for name, _, _, line in _assigned(module) if name == "DATABASES"), 1)
        settings = self._workspace.settings.get(service.root, {})
        reading = self._texts.reading(settings, None)
        for item in binding.items:
            if not isinstance(item.value, facts.Mapping):
                continue
            values = {
                str(each.key.value): reading.of(each.value, module.scope, module.body, 0)
                for each in item.value.items
                if isinstance(each.key, facts.Const)
            }
            kind = next((k for word, k in _KINDS.items() if word in values.get("ENGINE", "")), "any")
            name = values.get("NAME", "")
            if "sqlite" in values.get("ENGINE", "") or not name or "{" in name or "djongo" in values.get("ENGINE", ""):
                continue
            host = values.get("HOST", "") or "localhost"
            port = values.get("PORT", "")
            parts = (kind, host, int(port) if port.isdecimal() else 0, name, "")
            place = next(
                (o for n, o in self._workspace.origins.get(service.root, {}).items() if settings[n] == name), None
            )
            yield self._made(service, parts, place or Location(module.path, line), code=True)

    @cached_property
    def _schemas(self) -> Mapping[str, str]:
        """The one schema that all tables of a service are in, by its root, as the code says it for all of them."""
        found: dict[str, set[str]] = defaultdict(set)
        for module in self._symbols.modules.values():
            service = self._workspace.service_of(module.path)
            if service is None:
                continue
            for statement in module.fact.body:
                if isinstance(statement, facts.Assign) and isinstance(statement.value, facts.Const):
                    for target in statement.targets:
                        if isinstance(target, facts.Attr) and target.name == "schema" and statement.value.value:
                            found[service.root].add(str(statement.value.value))
        for site in self._sites:
            service = self._workspace.service_of(site.function.module.path)
            if service is None or site.name != "MetaData":
                continue
            text = self._texts.template(_first(site.call, "kw:schema"), site.function, {})
            if text and not is_hole(text):
                found[service.root].add(text)
        return {root: next(iter(names)) for root, names in found.items() if len(names) == 1}


def are_one(one: Service, other: Service) -> bool:
    """Whether two services are processes of the same code: the same folder, or one inside the other."""
    roots = (one.root, other.root)
    return any(a in (b, ".") or b.startswith(f"{a}/") for a, b in (roots, roots[::-1]))


def _first(call: facts.Call, place: str) -> facts.Expr | None:
    """What stands at the first alternative of a place; those that speak of elements or makers are left aside."""
    plain = "|".join(one for one in place.split("|") if not one.startswith("ctor.") and ".each" not in one)
    return place_in(call, plain) if plain else None


def _parsed(text: str) -> tuple[str, str, int, str, str] | None:
    """Kind, host, port, name and schema of the URL of a database; `None` where a text is none."""
    match = _URL.match(text.strip())
    kind = "" if match is None else _KINDS.get(match[1].lower().removesuffix("s"), _KINDS.get(match[1].lower(), ""))
    if match is None or not kind:
        return None
    server = match[2].split(",")[0]
    host, _, port = server.rpartition(":") if re.search(r":\d*$|:\{", server) else (server, "", "")
    query = match[4] or ""
    schema = _SCHEMA.search(query)
    name = (match[3] or "").strip("/")
    if not host and (hosted := re.search(r"host=([^&]+)", query)):
        host = hosted[1]
    return kind, host, int(port) if port.isdecimal() else 0, name, schema[1] if schema else ""


def _kind_of(prefix: str) -> str:
    words = prefix.lower()
    return next((kind for word, kind in _KINDS.items() if word in words), "any")


def _assigned(module: Module) -> Iterator[tuple[str, facts.Expr, Function, int]]:
    """Names that a module, its classes and `config[...]` are given, with their values and lines."""
    todo: list[tuple[facts.Block, Function]] = [(module.fact.body, module.body)]
    while todo:
        block, function = todo.pop()
        for statement in block:
            match statement:
                case facts.Class():
                    todo.append((statement.body, function))
                case facts.Function():
                    inner = function.inner.get(statement)
                    if isinstance(inner, Function):
                        todo.append((statement.body, inner))
                case facts.If() | facts.Try():
                    todo += [(statement.body, function), (statement.orelse, function)]
                case facts.Annotated() if statement.value is not None and isinstance(statement.target, facts.Name):
                    yield statement.target.id, statement.value, function, statement.line
                case facts.Assign() if not statement.op:
                    for target in statement.targets:
                        if isinstance(target, facts.Name):
                            yield target.id, statement.value, function, statement.line
                        elif isinstance(target, facts.Subscript) and isinstance(target.index, facts.Const):
                            yield str(target.index.value), statement.value, function, statement.line
                case _:
                    pass
