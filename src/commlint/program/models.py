"""The library models, indexed by what code asks of them: what does this access path do?"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Generic, Literal, TypeAlias, TypeVar

from packaging.utils import canonicalize_name

from commlint.catalogue.models import (
    Callback,
    Client,
    Entry,
    Exchange,
    Guard,
    Hook,
    Injection,
    Instances,
    Library,
    Parser,
    Publisher,
    Settings,
    Signal,
    Subscription,
    Transaction,
)
from commlint.catalogue.notation import Claim, shape
from commlint.program.releases import admits

Model = TypeVar("Model")
AnyClaim = TypeVar("AnyClaim", bound=Claim)
# What no answer is awaited from: known, so that nothing is guessed of it, and no remote call.
_STREAMS = frozenset({"websocket", "socket"})
# What a call has to do with a transaction, by the keys of its table.
Effect: TypeAlias = Literal["change", "single", "statement", "single statement", "commit", "context", "after"]
_BUILTINS = frozenset(dir(builtins))


class _Index(Generic[Model]):
    """Models by access path; a path with `*` matches within one name, and below any package where it begins so."""

    def __init__(self) -> None:
        self._exact: dict[str, Model] = {}
        self._patterns: list[tuple[re.Pattern[str], Model]] = []
        self._found: dict[str, Model | None] = {}

    def put(self, path: str, model: Model) -> None:
        """Files a model under a path; the first one stays."""
        if "*" not in path:
            self._exact.setdefault(path, model)
            return
        self._patterns.append((shape(path), model))

    def get(self, path: str) -> Model | None:
        """The model of a path."""
        if (model := self._exact.get(path)) is not None or not self._patterns:
            return model
        if path not in self._found:
            matches = (model for pattern, model in self._patterns if pattern.fullmatch(path))
            self._found[path] = next(matches, None)
        return self._found[path]

    def paths(self) -> Iterator[str]:
        """The exact paths."""
        return iter(self._exact)


class Models:
    """What is known of all libraries together.

    Attributes:
        roots: The top-level packages that models speak of.
        effects: What methods have to do with a transaction, by their names alone.
    """

    def __init__(self, libraries: Iterable[Library]) -> None:
        self._aliases: dict[str, str] = {}
        self._canonical: dict[str, str] = {}
        self._callbacks: _Index[Callback] = _Index()
        self._injections: _Index[Injection] = _Index()
        self._calls: _Index[list[Guard]] = _Index()
        self._contexts: _Index[list[Guard]] = _Index()
        self._iterators: _Index[list[Guard]] = _Index()
        self._decorators: _Index[list[Guard]] = _Index()
        self._functions: _Index[list[Client]] = _Index()
        self._classes: _Index[list[Client]] = _Index()
        self._declaring: _Index[Client] = _Index()
        self._setters: set[str] = set()
        self._library: dict[int, Library] = {}
        self._bases: dict[str, list[Client]] = {}
        self._entry_decorators: _Index[Entry] = _Index()
        self._registrars: _Index[Entry] = _Index()
        self._entry_bases: dict[str, list[Entry]] = {}
        self._base_patterns: list[tuple[re.Pattern[str], Entry]] = []
        self._passing: set[str] = set()
        self._instances: _Index[Instances] = _Index()
        self._hooks: _Index[list[Hook]] = _Index()
        self._signals: _Index[Signal] = _Index()
        self._signal_decorators: _Index[Signal] = _Index()
        self._sent_by: dict[str, list[str]] = {}
        self._raising: set[str] = set()
        self._failing: set[str] = set()
        self._statuses: dict[str, str] = {}
        self._settings: _Index[Settings] = _Index()
        self._mappings: _Index[Settings] = _Index()
        self._generated: list[tuple[re.Pattern[str], Client]] = []
        # What stores data, or opens what does.
        self._stored: set[str] = set()
        self._readers: _Index[list[Parser]] = _Index()
        self._reader_decorators: _Index[list[Parser]] = _Index()
        self._reader_makers: _Index[list[Parser]] = _Index()
        self._reading: _Index[list[Parser]] = _Index()
        # Names of methods by which something is read.
        self.reading: set[str] = set()
        self._brokers: dict[str, str] = {}
        self._publishers: _Index[list[Publisher]] = _Index()
        self._publishing: _Index[Publisher] = _Index()
        self._tasks: _Index[Publisher] = _Index()
        self._subscriptions: _Index[list[Subscription]] = _Index()
        self._exchanges: _Index[Exchange] = _Index()
        self._effects: dict[str, Effect] = {}
        self.effects: dict[str, Effect] = {}
        libraries = tuple(libraries)
        for library in reversed(libraries):
            self._aliases.update(library.aliases)
        for library in libraries:
            self._file_clients(library)
            self._file_parsers(library)
            self._file(library, current=True)
        # What only older releases have is there where a service has it; no newer one has that path.
        for library in libraries:
            self._file(library, current=False)
        self.roots = {path.partition(".")[0].partition("(")[0] for path in self._modelled()} - {"builtins"}
        # Where what is called may lead to something that is known; generated code of the workspace adds to it.
        self._followed = self.roots | {path.partition(".")[0].partition("(")[0] for path in self._parsing()}
        shapes = (p for library in libraries for client in library.client for p in client.classes if "*" in p)
        self._shapes = re.compile("|".join(shape(path).pattern for path in shapes))

    def _file(self, library: Library, *, current: bool) -> None:
        """Files what a library says; what an earlier one said of the same path stays.

        Args:
            library: The library.
            current: What it says of the release that it was checked against; otherwise of other releases.
        """

        def said(claims: Iterable[AnyClaim]) -> Iterator[AnyClaim]:
            return (claim for claim in claims if admits(claim.versions, "", library.source.version) == current)

        for callback in said(library.callback):
            self._put(self._callbacks, callback.functions, callback)
        for passing in said(library.passing):
            self._passing.update(map(self.canonical, passing.functions))
        for instances in said(library.instances):
            self._put(self._instances, instances.functions, instances)
        self._put_all(self._hooks, ((path, hook) for hook in said(library.hook) for path in hook.functions))
        for signal in said(library.signal):
            self._put(self._signals, signal.signals, signal)
            self._put(self._signal_decorators, signal.decorators, signal)
            for path in signal.sent_by:
                self._sent_by.setdefault(self.canonical(path), []).extend(map(self.canonical, signal.signals))
        for injection in said(library.injection):
            self._put(self._injections, injection.markers, injection)
        guards = tuple(said(library.guard))
        self._put_all(self._calls, ((path, guard) for guard in guards for path in guard.calls))
        self._put_all(self._contexts, ((path, guard) for guard in guards for path in guard.contexts))
        self._put_all(self._iterators, ((path, guard) for guard in guards for path in guard.iterators))
        self._put_all(self._decorators, ((path, guard) for guard in guards for path in guard.decorators))
        for entry in said(library.entry):
            self._put(self._entry_decorators, entry.decorators, entry)
            self._put(self._registrars, entry.registrars, entry)
            for base in entry.bases:
                if "*" in base:
                    self._base_patterns.append((shape(base), entry))
                else:
                    self._entry_bases.setdefault(self.canonical(base), []).append(entry)
        for responses in said(library.responses):
            self._raising.update(map(self.canonical, responses.raising))
            self._failing.update(map(self.canonical, responses.failing))
            for path in responses.status:
                self._statuses.setdefault(self.canonical(path), responses.selector)
        self._stored.update(path for query in library.query for path in (*query.functions, *query.classes))
        self._stored.update(path for text in library.sql for path in (*text.functions, *text.classes))
        self._stored.update(path for database in library.database for path in database.functions)
        for settings in said(library.settings):
            self._put(self._settings, settings.functions, settings)
            self._put(self._mappings, settings.mappings, settings)
        for broker in said(library.broker):
            self._brokers.update(dict.fromkeys(broker.paths, broker.kind))
        for exchange in said(library.exchange):
            self._put(self._exchanges, exchange.functions, exchange)
        for transaction in said(library.transaction):
            self._file_effects(transaction)
        self._file_messages(tuple(said(library.publisher)), tuple(said(library.subscription)))

    def _file_effects(self, transaction: Transaction) -> None:
        said: tuple[tuple[Effect, Sequence[str]], ...] = (
            ("single" if transaction.alone else "change", transaction.changes),
            ("single statement" if transaction.alone else "statement", transaction.statements),
            ("commit", transaction.commits),
            ("context", transaction.contexts),
            ("after", transaction.after),
        )
        for effect, paths in said:
            for path in paths:
                self._effects.setdefault(self.canonical(path), effect)
                self.effects.setdefault(path.rpartition(".")[2], effect)

    def _file_messages(self, publishers: Sequence[Publisher], subscriptions: Sequence[Subscription]) -> None:
        """Files what sends and what fetches messages, by what is called."""
        sending = [publisher for publisher in publishers if publisher.delivery != "local"]
        self._put_all(self._publishers, ((path, publisher) for publisher in sending for path in _called(publisher)))
        self._put_all(self._subscriptions, ((path, one) for one in subscriptions for path in _called(one)))
        for publisher in sending:
            self._put(self._publishing, publisher.decorators, publisher)
            self._put(self._tasks, publisher.tasks, publisher)

    def _file_clients(self, library: Library) -> None:
        for client in library.client:
            if client.kind in _STREAMS:
                continue
            self._library[id(client)] = library
            self._setters.update(
                f"{self.canonical(path)}().{name}" for path in client.classes for name in client.limit_setters
            )
            self._put(self._declaring, client.decorators, client)
            if client.generated is not None:
                self._generated.extend((shape(path), client) for path in client.functions)
            for base in client.bases:
                self._bases.setdefault(self.canonical(base), []).append(client)
        clients = [client for client in library.client if client.kind not in _STREAMS]
        self._put_all(self._functions, ((path, client) for client in clients for path in client.functions))
        self._put_all(self._classes, ((path, client) for client in clients for path in client.classes))

    def _file_parsers(self, library: Library) -> None:
        parsers = library.parser
        self._library.update((id(parser), library) for parser in parsers)
        self.reading.update(name for parser in parsers for name in parser.methods)
        self._put_all(self._readers, ((path, parser) for parser in parsers for path in parser.bases))
        self._put_all(self._reader_decorators, ((path, parser) for parser in parsers for path in parser.decorators))
        self._put_all(self._reader_makers, ((path, parser) for parser in parsers for path in parser.makers))
        self._put_all(self._reading, ((path, parser) for parser in parsers for path in parser.functions))

    def _put_all(self, index: _Index[list[Model]], said: Iterable[tuple[str, Model]]) -> None:
        """Files what one library says of each path: other methods, other releases, other arguments."""
        by_path: dict[str, list[Model]] = {}
        for path, model in said:
            by_path.setdefault(self.canonical(path), []).append(model)
        for path, models in by_path.items():
            index.put(path, models)

    def _put(self, index: _Index[Model], paths: Iterable[str], model: Model) -> None:
        for path in paths:
            index.put(self.canonical(path), model)

    def _modelled(self) -> Iterator[str]:
        for index in (
            self._callbacks,
            self._injections,
            self._calls,
            self._contexts,
            self._iterators,
            self._decorators,
            self._functions,
            self._classes,
            self._entry_decorators,
            self._registrars,
            self._declaring,
            self._hooks,
            self._signals,
            self._signal_decorators,
            self._publishers,
            self._publishing,
            self._tasks,
            self._subscriptions,
            self._exchanges,
        ):
            yield from index.paths()
        yield from self._entry_bases
        yield from self._stored
        yield from self._effects
        yield from self._aliases

    def _parsing(self) -> Iterator[str]:
        for index in (self._readers, self._reader_makers, self._reading):
            yield from index.paths()

    def add_generated(self, path: str, bases: Iterable[str], aliases: Iterable[str]) -> None:
        """Adds a class of generated code, where it is that of a client.

        Args:
            path: Its access path.
            bases: The names of its base classes, as it says them: `betterproto.ServiceStub`.
            aliases: Other paths under which the packages around it offer it.
        """
        known = {base.rpartition(".")[2]: clients for base, clients in self._bases.items()}
        known |= {".".join(base.split(".")[-2:]): clients for base, clients in self._bases.items()}
        names = [name for base in bases for name in (base, base.rpartition(".")[2])]
        clients = next((known[name] for name in names if name in known), None)
        if clients is not None:
            self._classes.put(path, clients)
        if clients is None and self._classes.get(path) is None:
            return
        for alias in aliases:
            self._aliases.setdefault(alias, path)
        self._followed.update(name.partition(".")[0] for name in (path, *aliases))
        self._canonical.clear()

    # --- paths --------------------------------------------------------------------------------------------------------

    def canonical(self, path: str) -> str:
        """The path under which models know what another path also leads to."""
        if (known := self._canonical.get(path)) is not None:
            return known
        known = path
        prefix = path
        while prefix:
            if (other := self._aliases.get(prefix)) is not None:
                known = self.canonical(other + path[len(prefix) :])
                break
            prefix = prefix.rpartition(".")[0]
        self._canonical[path] = known
        return known

    def may_mean(self, path: str) -> bool:
        """Whether a model could say something of a path, or of one that begins with it.

        What a call of something unknown returns is unknown; only what modelled libraries return is followed.
        """
        called = path.partition("(")[0]
        if called == path:
            return True
        return called.partition(".")[0] in self._followed or self._shapes.fullmatch(called) is not None

    def is_builtin(self, name: str) -> bool:
        """Whether a name is one of Python's own."""
        return name in _BUILTINS

    # --- questions ----------------------------------------------------------------------------------------------------

    def callback(self, path: str) -> Callback | None:
        """How a higher-order function uses what it is given."""
        return self._callbacks.get(path)

    def passes(self, path: str) -> bool:
        """Whether a function gives back what it is given."""
        return path in self._passing

    def instances(self, path: str) -> Instances | None:
        """The objects of the program that a function returns."""
        return self._instances.get(path)

    def hooks(self, path: str) -> list[Hook]:
        """What is called by itself when an object with a base class is made, or when a method of a base is called."""
        return self._hooks.get(path) or []

    def signal(self, path: str) -> Signal | None:
        """The signal at a path."""
        return self._signals.get(path)

    def signal_decorator(self, path: str) -> Signal | None:
        """The signals whose receivers a decorator marks."""
        return self._signal_decorators.get(path)

    def sent_by(self, path: str) -> list[str]:
        """The signals that a function of a library sends."""
        return self._sent_by.get(path) or []

    def injection(self, path: str) -> Injection | None:
        """What a marker of dependency injection stands for."""
        return self._injections.get(path)

    def effect(self, path: str) -> Effect | None:
        """What a call has to do with a transaction."""
        return self._effects.get(path)

    def guard_calls(self, path: str) -> list[Guard]:
        """The guards that a function puts around what it is given."""
        return self._calls.get(path) or []

    def guard_contexts(self, path: str) -> list[Guard]:
        """The guards that a context manager puts around its body."""
        return self._contexts.get(path) or []

    def guard_iterators(self, path: str) -> list[Guard]:
        """The guards that an iterable puts around its loop's body."""
        return self._iterators.get(path) or []

    def guard_decorators(self, path: str) -> list[Guard]:
        """The guards that a decorator puts around a function."""
        return self._decorators.get(path) or []

    def clients(self, path: str) -> list[tuple[Client, str]]:
        """The clients that may make a call when what is at a path is called, and the name of the function or method.

        There are several where it depends on more than the path: on the release, or on what the object was made for.
        """
        if path.endswith("()"):
            return self._methods(path.removesuffix("()"), "__call__", nested=False)
        owner, _, name = path.rpartition(".")
        if clients := self._functions.get(path):
            return [(client, name) for client in clients]
        if owner.endswith("()"):
            return self._methods(owner.removesuffix("()"), name, nested=False)
        maker, _, between = owner.rpartition(".")
        if maker.endswith("()") and between:
            return self._methods(maker.removesuffix("()"), name, nested=True)
        return []

    def _methods(self, cls: str, name: str, *, nested: bool) -> list[tuple[Client, str]]:
        found = []
        for client in self._classes.get(cls) or ():
            named = name in client.methods
            other = "*" in client.methods and not name.startswith("_") and name not in client.passive
            if client.nested == nested and (named or other):
                found.append((client, name))
        return found

    def holds_for(self, claim: Client | Parser, asked: Mapping[str, str]) -> bool:
        """Whether a claim is about the release that a service asks for, by distribution."""
        library = self._library[id(claim)]
        return admits(claim.versions, asked.get(canonicalize_name(library.library), ""), library.source.version)

    def is_sure(self, claim: Client | Parser) -> bool:
        """Whether what is claimed has been checked."""
        return (claim.source or self._library[id(claim)].source).confidence == "high"

    def library_of(self, parser: Parser) -> str:
        """The distribution that a parser belongs to."""
        return self._library[id(parser)].library

    def declares(self, path: str) -> Client | None:
        """The client of which a call is made wherever something with this decorator is called."""
        return self._declaring.get(path)

    def generated(self, name: str) -> Client | None:
        """The client that code of this dotted name is, if it has the shape of generated code."""
        return next((client for pattern, client in self._generated if pattern.fullmatch(name)), None)

    def sets_limit(self, path: str) -> bool:
        """Whether a method gives the client that it belongs to a time limit."""
        return path in self._setters

    def setting(self, path: str) -> Settings | None:
        """How a function reads a setting."""
        return self._settings.get(path)

    def setting_mapping(self, path: str) -> Settings | None:
        """What settings an object holds by name."""
        return self._mappings.get(path)

    def through(self, path: str) -> tuple[str, ...]:
        """The methods through which the client method at a path goes."""
        for client, name in self.clients(path)[:1]:
            through = client.through
            return through[through.index(name) + 1 :] if name in through else through
        return ()

    def publishers(self, path: str) -> list[Publisher]:
        """What may be sent when what is at a path is called."""
        return self._publishers.get(path) or []

    def publishing(self, path: str) -> Publisher | None:
        """How a decorator publishes what the function returns."""
        return self._publishing.get(path)

    def tasks(self, path: str) -> Publisher | None:
        """How a function with a decorator is sent to workers."""
        return self._tasks.get(path)

    def subscriptions(self, path: str) -> list[Subscription]:
        """What may be subscribed to when what is at a path is called."""
        return self._subscriptions.get(path) or []

    def exchange(self, path: str) -> Exchange | None:
        """The exchange that a function declares."""
        return self._exchanges.get(path)

    def broker(self, path: str) -> str:
        """The kind of broker that messages go through."""
        prefix = path
        while prefix:
            if (broker := self._brokers.get(prefix)) is not None:
                return broker
            prefix = prefix.rpartition(".")[0]
        return path.partition(".")[0]

    def entry_decorator(self, path: str) -> Entry | None:
        """The entry point that a decorator makes."""
        return self._entry_decorators.get(path)

    def registrar(self, path: str) -> Entry | None:
        """The entry point that a function registers."""
        return self._registrars.get(path)

    def entry_base(self, base: str) -> list[Entry]:
        """The entry points that a base class makes of its subclasses' methods."""
        found = list(self._entry_bases.get(base, ()))
        found.extend(entry for pattern, entry in self._base_patterns if pattern.fullmatch(base))
        return found

    def raises(self, path: str) -> bool:
        """Whether a function never returns."""
        return path in self._raising

    def fails(self, path: str) -> bool:
        """Whether what a class or function makes says that the request failed."""
        return path in self._failing

    def status(self, path: str) -> str | None:
        """The selector of the status in a call that makes a response."""
        return self._statuses.get(path)

    def readers(self, base: str) -> list[Parser]:
        """How classes with a base read data."""
        return self._readers.get(base) or []

    def reader_decorators(self, path: str) -> list[Parser]:
        """How classes with a decorator read data."""
        return self._reader_decorators.get(path) or []

    def parsers(self, path: str) -> list[tuple[Parser, str]]:
        """What may read data when what is at a path is called, and by which name; none for making a reader of it."""
        owner, _, name = path.rpartition(".")
        found = [(parser, name) for parser in self._reading.get(path) or ()]
        # A maker gives an instance, or a class of which there are instances.
        holders = [owner.removesuffix("()"), owner.removesuffix("()").removesuffix("()")]
        made = (parser for holder in dict.fromkeys(holders) for parser in self._made(holder))
        found.extend((parser, name) for parser in made if name in parser.methods)
        if path.endswith("()"):
            for parser in self._reader_makers.get(path.removesuffix("()")) or ():
                if "__call__" in parser.methods:
                    found.append((parser, "__call__"))
                elif parser.construct:
                    found.append((parser, ""))
        found.extend((parser, "") for parser in self._readers.get(path) or () if parser.construct)
        return found

    def _made(self, path: str) -> list[Parser]:
        return [*(self._reader_makers.get(path) or ()), *(self._readers.get(path) or ())]


def _called(claim: Publisher | Subscription) -> Iterator[str]:
    """The paths of what is called."""
    yield from claim.functions
    yield from (f"{cls}().{name}" for cls in claim.classes for name in claim.methods)
