"""The library models, indexed by what code asks of them: what does this access path do?"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from commlint.catalogue.models import Callback, Client, Entry, Guard, Injection, Library

Model = TypeVar("Model")
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
        prefix = r"(?:[\w.]+\.)?" if path.startswith("*") else ""
        body = re.escape(path).replace(r"\*", r"\w*")
        self._patterns.append((re.compile(prefix + body), model))

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
    """

    def __init__(self, libraries: Iterable[Library]) -> None:
        self._aliases: dict[str, str] = {}
        self._canonical: dict[str, str] = {}
        self._callbacks: _Index[Callback] = _Index()
        self._injections: _Index[Injection] = _Index()
        self._calls: _Index[Guard] = _Index()
        self._contexts: _Index[Guard] = _Index()
        self._iterators: _Index[Guard] = _Index()
        self._decorators: _Index[Guard] = _Index()
        self._functions: _Index[Client] = _Index()
        self._classes: _Index[list[Client]] = _Index()
        self._entry_decorators: _Index[Entry] = _Index()
        self._registrars: _Index[Entry] = _Index()
        self._entry_bases: dict[str, list[Entry]] = {}
        self._base_patterns: list[tuple[re.Pattern[str], Entry]] = []
        self._passing: set[str] = set()
        self._raising: set[str] = set()
        self._failing: set[str] = set()
        self._statuses: dict[str, str] = {}
        for library in libraries:
            self._aliases.update(library.aliases)
        for library in libraries:
            self._file(library)
        self.roots = {path.partition(".")[0].partition("(")[0] for path in self._modelled()} - {"builtins"}
        self._stubs = [
            re.compile(r"(?:[\w.]+\.)?" + re.escape(path).replace(r"\*", r"\w*"))
            for library in libraries
            for client in library.client
            for path in client.classes
            if "*" in path
        ]

    def _file(self, library: Library) -> None:
        by_class: dict[str, list[Client]] = {}
        for callback in library.callback:
            _put(self._callbacks, callback.functions, callback)
        for passing in library.passing:
            self._passing.update(passing.functions)
        for injection in library.injection:
            _put(self._injections, injection.markers, injection)
        for guard in library.guard:
            _put(self._calls, guard.calls, guard)
            _put(self._contexts, guard.contexts, guard)
            _put(self._iterators, guard.iterators, guard)
            _put(self._decorators, guard.decorators, guard)
        for client in library.client:
            _put(self._functions, client.functions, client)
            for path in client.classes:
                clients = by_class.setdefault(path, [])
                if not clients:
                    self._classes.put(path, clients)
                clients.append(client)
        for entry in library.entry:
            _put(self._entry_decorators, entry.decorators, entry)
            _put(self._registrars, entry.registrars, entry)
            for base in entry.bases:
                if "*" in base:
                    pattern = re.compile(r"(?:[\w.]+\.)?" + re.escape(base).replace(r"\*", r"\w*"))
                    self._base_patterns.append((pattern, entry))
                else:
                    self._entry_bases.setdefault(base, []).append(entry)
        for responses in library.responses:
            self._raising.update(responses.raising)
            self._failing.update(responses.failing)
            self._statuses.update(dict.fromkeys(responses.status, responses.selector))

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
        ):
            yield from index.paths()
        yield from self._entry_bases
        yield from self._aliases

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
        return called.partition(".")[0] in self.roots or any(stub.fullmatch(called) for stub in self._stubs)

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

    def injection(self, path: str) -> Injection | None:
        """What a marker of dependency injection stands for."""
        return self._injections.get(path)

    def guard_call(self, path: str) -> Guard | None:
        """The guard that a function puts around what it is given."""
        return self._calls.get(path)

    def guard_context(self, path: str) -> Guard | None:
        """The guard that a context manager puts around its body."""
        return self._contexts.get(path)

    def guard_iterator(self, path: str) -> Guard | None:
        """The guard that an iterable puts around its loop's body."""
        return self._iterators.get(path)

    def guard_decorator(self, path: str) -> Guard | None:
        """The guard that a decorator puts around a function."""
        return self._decorators.get(path)

    def client(self, path: str) -> tuple[Client, str] | None:
        """The client that makes a call when what is at a path is called, and the name of the function or method."""
        owner, _, name = path.rpartition(".")
        if (client := self._functions.get(path)) is not None:
            return client, name
        if owner.endswith("()"):
            return self._method(owner.removesuffix("()"), name, nested=False)
        maker, _, between = owner.rpartition(".")
        if maker.endswith("()") and between:
            return self._method(maker.removesuffix("()"), name, nested=True)
        return None

    def _method(self, cls: str, name: str, *, nested: bool) -> tuple[Client, str] | None:
        for client in self._classes.get(cls) or ():
            named = name in client.methods
            other = "*" in client.methods and not name.startswith("_") and name not in client.passive
            if client.nested == nested and (named or other):
                return client, name
        return None

    def through(self, path: str) -> tuple[str, ...]:
        """The methods through which the client method at a path goes."""
        found = self.client(path)
        if found is None:
            return ()
        client, name = found
        through = client.through
        return through[through.index(name) + 1 :] if name in through else through

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


def _put(index: _Index[Model], paths: Iterable[str], model: Model) -> None:
    for path in paths:
        index.put(path, model)
