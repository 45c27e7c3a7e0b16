"""What calls do to each other: which only ask other services, and what they leave behind for those after them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import IntEnum

from commlint import facts
from commlint.program.code import calls_in, last_name, names_in, target_names, walk
from commlint.program.constants import argument_for, passed_on, positional
from commlint.program.flow import Linker
from commlint.program.loops import Kind, Loops
from commlint.program.paths import happens_once
from commlint.program.remote import RemoteCall
from commlint.program.sites import Site
from commlint.program.symbols import Function
from commlint.program.values import External


class Conduct(IntEnum):
    """What a call does, as far as another one that runs at the same time is concerned."""

    QUIET = 0
    READS = 1
    OTHER = 2


_VERBS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_READS = frozenset({"GET", "HEAD"})
_READING = frozenset({"get", "list", "fetch", "find", "search", "read", "load", "query", "count", "lookup", "describe"})
_CHANGING = frozenset(
    {
        "ack", "acquire", "add", "book", "cancel", "claim", "consume", "create", "delete", "dequeue", "enqueue",
        "ensure", "exchange", "generate", "insert", "issue", "lock", "mark", "move", "pop", "publish", "push",
        "put", "register", "release", "remove", "reserve", "reset", "restart", "run", "save", "send", "set", "start",
        "stop", "store", "submit", "sync", "take", "trigger", "unlock", "update", "upload", "upsert", "write",
    }
)  # fmt: skip
# What goes first because the rest needs it done, whatever its HTTP method is.
_OPENING = frozenset(
    {
        "auth", "authenticate", "authorize", "connect", "handshake", "init", "initialize", "login", "open", "prepare",
        "refresh", "setup", "signin", "warmup", "wait",
    }
)  # fmt: skip
# What a client does to get ready, in the words of `_refresh_access_token`, `ensure_session`, `connect`.
_GETTING_READY = frozenset(
    {
        "auth", "authenticate", "authorize", "connect", "ensure", "init", "initialize", "login", "obtain", "open",
        "prepare", "reauthenticate", "reconnect", "refresh", "relogin", "renew", "request", "setup", "signin",
        "validate",
    }
)  # fmt: skip
_GETTING_IN = frozenset({"auth", "authenticate", "authorize", "login", "reauthenticate", "relogin", "signin"})
_KEYS = frozenset({"access", "auth", "bearer", "credentials", "jwt", "oauth", "session", "token", "tokens"})
_CLIENTS = frozenset(
    {"api", "async", "channel", "client", "connected", "connection", "http", "if", "initialized", "needed", "ready"}
)
# A function with such a name does what its caller tells it.
_GENERAL = frozenset(
    {
        "api", "async", "call", "client", "do", "execute", "http", "inner", "invoke", "json", "lambda", "make",
        "method", "perform", "post", "raw", "request", "rpc", "wrapped", "wrapper",
    }
)  # fmt: skip
# How the answer of a client that could not be followed is read.
_BODY = frozenset({"json", "text", "read", "aread", "aclose", "close"})
# What changes something that lasts, where it is not awaited either.
_LASTING = frozenset(
    {
        "apply_async", "bulk_create", "bulk_update", "commit", "delay", "executemany", "execute", "flush",
        "insert_many", "insert_one", "put_nowait", "save", "send", "write",
    }
)  # fmt: skip
# What only one may be in at a time, or few.
ALONE = frozenset({"lock", "locks", "mutex", "limit", "limiter", "ratelimit", "rate", "throttle", "throttler"})
ADDING = frozenset({"add", "append", "extend", "insert", "setdefault", "update"})
# Functions further down than this are not looked into.
_DEEPEST = 24
# So many functions that do what they are told may stand above each other.
_GENERALITIES = 4


class Conducts:
    """Answers questions about what calls do."""

    def __init__(self, linker: Linker, remote_at: Mapping[Site, RemoteCall], loops: Loops) -> None:
        self._linker = linker
        self._remote_at = remote_at
        self._loops = loops
        self._packages = {remote.external.path.partition(".")[0] for remote in remote_at.values()}
        self._known: dict[Function, Conduct] = {}
        # Functions that are being looked into, and those of them that were come upon again meanwhile.
        self._open: set[Function] = set()
        self._cut: set[Function] = set()
        self._hasty: list[Function] = []
        self._traces: dict[Function, tuple[frozenset[str], frozenset[str]]] = {}
        self._looked_at: dict[Function, frozenset[str]] = {}

    def of(self, site: Site) -> Conduct:
        """What a call does."""
        return self._site(site, ())[0]

    def may_refuse(self, site: Site) -> bool:
        """Whether a call may raise by what it is given."""
        return any(isinstance(statement, facts.Raise) for f in self._below(site) for statement in walk(f.fact.body))

    def kept(self, site: Site) -> frozenset[str]:
        """The variables that outlive a call and that it fills with answers."""
        return frozenset().union(*(self._trace(f)[0] for f in self._below(site)))

    def used(self, site: Site) -> frozenset[str]:
        """The variables that outlive a call and that it looks at."""
        return frozenset().union(*(self._looks(f) for f in self._below(site)))

    # --- what is done -------------------------------------------------------------------------------------------------

    # Each answer comes with the number of callers, counted from the nearest, that it depends on.

    def _site(self, site: Site, callers: tuple[Site, ...]) -> tuple[Conduct, int]:
        if (remote := self._remote_at.get(site)) is not None:
            return self._remote(remote, callers)
        if site.targets:
            conduct, needed = Conduct.QUIET, 0
            for target in site.targets:
                found, asked = self._function(target, (*callers, site))
                conduct, needed = max(conduct, found), max(needed, asked - 1)
            return conduct, needed
        if not site.awaited:
            return (Conduct.OTHER if site.name in _LASTING and not self._is_builtin(site) else Conduct.QUIET), 0
        return (Conduct.QUIET if self._is_harmless(site) else Conduct.OTHER), 0

    def _function(self, function: Function, callers: tuple[Site, ...]) -> tuple[Conduct, int]:
        if (known := self._known.get(function)) is not None:
            return known, 0
        if function in self._open:
            self._cut.add(function)
            return Conduct.QUIET, 0
        if len(callers) > _DEEPEST:
            return (Conduct.OTHER if function.fact.is_async else Conduct.QUIET), 0
        self._open.add(function)
        conduct, needed = self._body(function, callers)
        self._open.discard(function)
        self._cut.discard(function)
        if not needed:
            self._known[function] = conduct
            if self._cut:
                self._hasty.append(function)
        if not self._cut:
            # What was taken for quiet only because it was being looked into is looked into again when it is asked for.
            for hasty in self._hasty:
                del self._known[hasty]
            self._hasty.clear()
        return conduct, needed

    def _body(self, function: Function, callers: tuple[Site, ...]) -> tuple[Conduct, int]:
        if any(ALONE & set(words(last_name(decorator))) for decorator in function.fact.decorators):
            return Conduct.OTHER, 0
        conduct, needed = Conduct.QUIET, 0
        for site in function.sites:
            found, asked = self._site(site, callers)
            if found is not Conduct.QUIET and (happens_once(site) or (bool(site.targets) and _makes_ready(site))):
                continue
            if found is Conduct.READS and self._is_spare(site):
                found = Conduct.QUIET
            if found is Conduct.READS and self._is_alone(site):
                found = Conduct.OTHER
            conduct, needed = max(conduct, found), max(needed, asked)
        if conduct is Conduct.READS and not _READING & (said := set(words(function.name))) and said & _OPENING:
            conduct = Conduct.OTHER
        return conduct, needed

    def _remote(self, remote: RemoteCall, callers: tuple[Site, ...]) -> tuple[Conduct, int]:
        via = remote.via
        if not (remote.mode == "async" or (remote.site.awaited if via is None else via.when == "thread")):
            # It holds up everything else while it waits.
            return Conduct.OTHER, 0
        verb, needed = "", 0
        if remote.client.kind in ("rpc", "grpc"):
            name = remote.address.rpartition(".")[2].rpartition("/")[2]
            if not name.startswith("{"):
                return (Conduct.READS if is_named_like_a_read(name) else Conduct.OTHER), 0
        elif remote.client.kind == "sdk" and is_named_like_a_read(remote.method):
            return Conduct.READS, 0
        else:
            verb, needed = self._verb(remote, callers)
            if verb in _READS:
                return Conduct.READS, needed
        # POST is used for long questions as well: whoever decides on it says by its name which.
        decided = needed if verb else 0
        names = [remote.site.function.name, *(caller.function.name for caller in callers[:0:-1])] if callers else []
        for depth, name in enumerate(names[decided : decided + _GENERALITIES], decided):
            if not _GENERAL.issuperset(words(name)):
                return (Conduct.READS if is_named_like_a_read(name) else Conduct.OTHER), max(needed, depth)
        return Conduct.OTHER, max(needed, min(len(callers), decided + _GENERALITIES))

    def _verb(self, remote: RemoteCall, callers: tuple[Site, ...]) -> tuple[str, int]:
        """The HTTP method, as this way in tells it."""
        variant = remote.client.variants.get(remote.method)
        selector = variant.verb if variant is not None and variant.verb is not None else remote.client.verb
        if not selector or selector == "name" or selector.startswith("const:"):
            return remote.verb, 0
        given = remote.select(selector)
        if given is None:
            return remote.verb, 0
        return _said(given, remote.site.function, callers)

    def _is_harmless(self, site: Site) -> bool:
        """Whether what is awaited outside the program belongs to asking, or only says how to go about it."""
        if site.name == "sleep":
            # Between attempts, not between calls.
            return any(frame.role == "handler" for frame in site.frames()) or any(
                loop.kind is Kind.ATTEMPTS for loop in self._loops.around(site)
            )
        if not site.externals:
            return site.name in _BODY
        return all(self._is_part_of_asking(external) for external, _ in site.externals)

    def _is_part_of_asking(self, external: External) -> bool:
        models, path = self._linker.models, external.path
        if path.partition(".")[0] in self._packages:
            return True
        guards = (*models.guard_calls(path), *models.guard_contexts(path))
        if any("ratelimit" in guard.gives for guard in guards):
            return False
        return bool(guards) or models.callback(path) is not None

    def _is_builtin(self, site: Site) -> bool:
        return any(external.path.startswith("builtins.") for external, _ in site.externals)

    def _is_alone(self, site: Site) -> bool:
        """Whether only one at a time can be where a call is: in `async with self._lock`."""
        for frame in site.frames():
            statement = frame.parent.statement if frame.parent is not None else None
            if isinstance(statement, facts.With):
                for item in statement.items:
                    if not isinstance(item.context, facts.Call) and ALONE & {
                        word for name in names_in(item.context) for word in words(name)
                    }:
                        return True
        return False

    def _is_spare(self, site: Site) -> bool:
        """Whether a call is made only where something is missing that it brings: `known or await fetch()`."""
        filled: set[str] | None = None
        for frame in site.frames():
            statement = frame.parent.statement if frame.parent is not None and frame.role == "body" else None
            missing = _missing(statement.test) if isinstance(statement, facts.If) else None
            if isinstance(missing, facts.Name) and missing.id in set(_assigned(frame.block)):
                return True
            if missing is not None and (key := lasting(missing, site.function)) is not None:
                filled = set().union(*(self._trace(f)[1] for f in self._below(site))) if filled is None else filled
                if key in filled:
                    return True
        value = getattr(site.frame.statement, "value", None) if site.frame is not None else None
        return value is not None and any(
            site.call in calls_in(facts.Other(part.values[1:]))
            if isinstance(part, facts.Boolean)
            else site.call in calls_in(facts.Other((part.body, part.orelse)))
            for part in expressions(value)
            if isinstance(part, facts.Boolean | facts.Conditional)
        )

    # --- what is left -------------------------------------------------------------------------------------------------

    def _below(self, site: Site) -> Iterator[Function]:
        """The functions that a call leads to."""
        todo = [(target, 0) for target in site.targets]
        seen: set[Function] = set()
        while todo:
            function, depth = todo.pop()
            if function in seen or depth > _DEEPEST:
                continue
            seen.add(function)
            yield function
            todo += [(target, depth + 1) for below in function.sites for target in below.targets]

    def _trace(self, function: Function) -> tuple[frozenset[str], frozenset[str]]:
        """Of what outlives a function: what it fills with answers, and what it fills at all."""
        if (known := self._traces.get(function)) is None:
            stored = [(key, value) for target, value in _stored(function) if (key := lasting(target, function))]
            answers = _answers(function) if stored else set()
            kept = {key for key, value in stored if holds_await(value) or answers & set(names_in(value))}
            known = self._traces[function] = (frozenset(kept), frozenset(key for key, _ in stored))
        return known

    def _looks(self, function: Function) -> frozenset[str]:
        """What a function looks at of what outlives it."""
        if (known := self._looked_at.get(function)) is None:
            parts = (expr for expr in expressions(function.fact.body) if isinstance(expr, facts.Name | facts.Attr))
            known = self._looked_at[function] = frozenset(key for expr in parts if (key := lasting(expr, function)))
        return known


def _makes_ready(site: Site) -> bool:
    """Whether a call makes a client ready where that is not done yet, which each caller can do for itself.

    A login or a new token is part of asking; anything else is where it is done only once: `if self.http is None: await
    self.connect()`.
    """
    said = set(words(site.name))
    if not said & _GETTING_READY or not said <= _GETTING_READY | _KEYS | _CLIENTS:
        return False
    if said & (_GETTING_IN | _KEYS):
        return True
    return any(
        frame.parent is not None and isinstance(frame.parent.statement, facts.If) for frame in site.frames()
    ) or all(
        isinstance(first := next(iter(target.fact.body), None), facts.If)
        and any(isinstance(statement, facts.Return) for statement in first.body)
        for target in site.targets
    )


def _missing(test: facts.Expr) -> facts.Expr | None:
    """What a test finds missing: `x` of `x is None` and `not x`."""
    if isinstance(test, facts.Compare) and test.ops == ("is",):
        return test.left
    return test.value if isinstance(test, facts.Not) else None


def _assigned(block: facts.Block) -> Iterator[str]:
    for statement in block:
        if isinstance(statement, facts.Assign):
            for target in statement.targets:
                yield from target_names(target)


def words(name: str) -> list[str]:
    """The words of a name, in either style: `get_user`, `GetUser`."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def is_named_like_a_read(name: str) -> bool:
    """Whether a name says that something is read, and nothing else: not `get_or_create`."""
    said = words(name)
    first = next((place for place, word in enumerate(said) if word in _READING), None)
    if first is None or "next" in said:
        return False
    changing = [place for place, word in enumerate(said) if word in _CHANGING]
    return not any(place < first or said[place - 1] in ("and", "or") for place in changing)


def is_named_like_a_change(name: str) -> bool:
    """Whether a name says that something is changed: `create_order`, not `get_order`."""
    return not is_named_like_a_read(name) and not _CHANGING.isdisjoint(words(name))


def expressions(node: object) -> Iterator[facts.Expr]:
    """All expressions in a piece of code, those in lambdas and inner functions included."""
    todo = [node]
    while todo:
        current = todo.pop()
        if isinstance(current, tuple):
            todo.extend(current)
        elif hasattr(current, "__struct_fields__"):
            if isinstance(current, facts.Expr):
                yield current
            todo.extend(getattr(current, field) for field in current.__struct_fields__)


def holds_await(expr: facts.Expr) -> bool:
    """Whether something is awaited in an expression."""
    return any(isinstance(part, facts.Await) for part in expressions(expr))


def lasting(expr: facts.Expr, function: Function) -> str | None:
    """The key of a variable that outlives a function: `.token` of `self.token`, `cache.users` of a global `cache`."""
    attribute = ""
    while isinstance(expr, facts.Attr | facts.Subscript):
        if isinstance(expr, facts.Attr):
            attribute = expr.name
        expr = expr.value
    if not isinstance(expr, facts.Name):
        return None
    if function.scope.owner_of(expr.id) is not function.scope:
        return f"{expr.id}.{attribute}" if attribute else expr.id
    own = any(parameter.name == expr.id for parameter in function.fact.parameters)
    return f".{attribute}" if own and attribute else None


def _stored(function: Function) -> Iterator[tuple[facts.Expr, facts.Expr]]:
    """What a function assigns or adds to, and what."""
    for statement in walk(function.fact.body):
        if isinstance(statement, facts.Assign):
            for target in statement.targets:
                yield target, statement.value
        elif isinstance(statement, facts.Annotated) and statement.value is not None:
            yield statement.target, statement.value
        elif isinstance(statement, facts.Evaluate) and isinstance(call := statement.value, facts.Call):
            if isinstance(call.func, facts.Attr) and call.func.name in ADDING and call.args:
                yield call.func.value, facts.Other(call.args)


def _answers(function: Function) -> set[str]:
    """The local names that hold something that was awaited."""
    answers: set[str] = set()
    for _ in range(2):
        for statement in walk(function.fact.body):
            if isinstance(statement, facts.With) and statement.is_async:
                for item in statement.items:
                    answers.update(target_names(item.target) if item.target is not None else ())
            elif isinstance(statement, facts.For) and answers & set(names_in(statement.iterable)):
                answers.update(target_names(statement.target))
        for target, value in _stored(function):
            if holds_await(value) or answers & set(names_in(value)):
                answers.update(target_names(target))
    return answers


def _said(expr: facts.Expr, function: Function, callers: tuple[Site, ...]) -> tuple[str, int]:
    """The HTTP method that an expression stands for on a way in, and how many of the callers say so."""
    needed = 0
    for _ in range(_DEEPEST):
        match expr:
            case facts.Const(value=str() as text):
                return text.upper(), needed
            case facts.Attr() if expr.name.upper() in _VERBS:
                return expr.name.upper(), needed
            case facts.Attr(name="value"):
                expr = expr.value
            case facts.Call(func=facts.Attr(name="upper" | "lower") as method):
                expr = method.value
            case facts.Name():
                owner = function.scope.owner_of(expr.id)
                if owner is None:
                    return "", needed
                binding = owner.bindings.get(expr.id)
                if any(parameter.name == expr.id for parameter in owner.function.fact.parameters):
                    reshaped = isinstance(binding, facts.Call) and last_name(binding) in ("upper", "lower")
                    passed = _passed(expr.id, owner.function, callers) if binding is None or reshaped else None
                    if passed is None:
                        return "", needed + bool(callers)
                    expr, function, callers, more = passed
                    needed += more
                elif isinstance(binding, facts.Expr) and expr.id not in owner.rebound:
                    expr, function = binding, owner.function
                else:
                    return "", needed
            case facts.Subscript() if (position := passed_on(expr, function)) is not None and callers:
                caller = callers[-1]
                given = positional(caller, position)
                if given is None:
                    return "", needed + bool(callers)
                expr, function, callers, needed = given, caller.function, callers[:-1], needed + 1
            case _:
                return "", needed
    return "", needed


def _passed(
    name: str, function: Function, callers: tuple[Site, ...]
) -> tuple[facts.Expr, Function, tuple[Site, ...], int] | None:
    """What the nearest call of a function on the way in passes for a parameter; where, and how far up that is."""
    at = next((i for i in range(len(callers) - 1, -1, -1) if function in callers[i].targets), None)
    if at is None:
        return None
    caller = callers[at]
    given = argument_for(caller, function, name)
    if given is None:
        if any(not keyword.name for keyword in caller.call.keywords):
            # `**kwargs` that are passed on.
            return None
        given = next((p.default for p in function.fact.parameters if p.name == name), None)
        if given is None or any(isinstance(argument, facts.Star) for argument in caller.call.args):
            return None
        return given, function, callers[:at], len(callers) - at
    return given, caller.function, callers[:at], len(callers) - at
