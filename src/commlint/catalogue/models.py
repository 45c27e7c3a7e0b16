"""The schema of `rules/libraries/*.toml`: what a third-party library's API does.

Names are *access paths*: dotted import paths, with `()` where something is called on the way, so that
`requests.Session().get` is the method `get` of what calling `requests.Session` returns. `*` stands for any run of
characters within one name, and a path that begins with it may lie below any package: `*_pb2_grpc.*Stub`. What the
language brings along is in the module `builtins`: `builtins.map`, `builtins.OSError`.

Places in a call are *selectors*: `arg:N` (positional, from 0), `kw:NAME`, `ctor.arg:N`, `ctor.kw:NAME` (of the call
that made the receiver, or that made what is called: `sync_to_async(f)()`), `name` (the called name itself), `const:X`;
alternatives are joined by `|`, the first that is there holds; an empty selector selects nothing.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

_NAME = r"[A-Za-z_*][A-Za-z0-9_*]*"
_PLACE = r"(ctor\.)?(arg:[0-9]+|kw:[A-Za-z_][A-Za-z0-9_]*)|name|const:[^|]+"

Name = Annotated[str, msgspec.Meta(pattern=rf"^{_NAME}$")]
AccessPath = Annotated[str, msgspec.Meta(pattern=rf"^{_NAME}(\(\))*(\.{_NAME}(\(\))*)*$")]
Selector = Annotated[str, msgspec.Meta(pattern=rf"^(({_PLACE})(\|({_PLACE}))*)?$")]
Arguments = Annotated[str, msgspec.Meta(pattern=r"^((arg|each):[0-9]+|kw:[A-Za-z_][A-Za-z0-9_]*)?$")]


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all models: frozen, and an unknown key is an error."""


class Source(Model, frozen=True):
    """Where a file's claims come from.

    Attributes:
        checked: `run` (behaviour seen), `read` (signature or source of the installed version), `docs` or `memory`.
        version: The version they were checked against.
        note: How, in a few words, or a link.
    """

    checked: Literal["run", "read", "docs", "memory"]
    version: str
    note: str = ""


class Errors(Model, frozen=True):
    """Exceptions by which a call fails, as access paths; subclasses in the analysed code count with their bases.

    Attributes:
        both: Each of these covers a refused connection and an answer that does not come in time.
        connection: Covers only the first.
        timeout: Covers only the second.
    """

    both: tuple[AccessPath, ...] = ()
    connection: tuple[AccessPath, ...] = ()
    timeout: tuple[AccessPath, ...] = ()


class TimeoutType(Model, frozen=True):
    """A class of time limits: `httpx.Timeout(5)`.

    Attributes:
        name: Its access path.
        bounded_by: Selectors in its constructor, at least one of which must be given and not be `None` for the limit to
            hold for the whole wait for an answer.
    """

    name: AccessPath
    bounded_by: tuple[Selector, ...]


class Carrier(Model, frozen=True):
    """What stands for an address where one is expected: a request object, a channel, a URL object.

    Attributes:
        name: Access path of the class or function that makes it.
        url: Selector, in that call, of the address, or of another carrier.
        verb: Selector, in that call, of the HTTP method.
        body: Selector, in that call, of a body, as in a client.
        timeout: Selector, in that call, of the time limit of the request.
        mode: How calls made through it are waited for, where it decides that: those over a `grpc.aio` channel are
            awaited.
    """

    name: AccessPath
    url: Selector
    verb: Selector = ""
    body: Selector = ""
    timeout: Selector = ""
    mode: Literal["sync", "async", "future"] | None = None


class Variant(Model, frozen=True):
    """What one method or function of a client does differently; a field left out keeps the client's value."""

    verb: Selector | None = None
    url: Selector | None = None
    timeout: Selector | None = None
    default_timeout: float | None = None


class Client(Model, frozen=True):
    """An API that waits for another process to answer.

    Attributes:
        kind: `http`, `grpc` or `rpc` (by name over a broker or socket).
        functions: Functions that make a call.
        classes: Classes, or functions that return an instance, on which `methods` make a call.
        methods: Their methods that make a call; `*` for any public one.
        passive: Methods that `*` does not mean.
        nested: Calls are made one attribute further down: `cluster.orders.get_order()`.
        through: Methods through which the others go, so that a subclass which overrides one is entered there.
        mode: `sync`, `async` (must be awaited) or `future` (returns at once; waited for later).
        verb: Selector of the HTTP method; `name` means the called name in upper case.
        body: Selector of a body, where that decides the HTTP method: a call of which nothing else tells it is POST with
            one, GET without.
        url: Selector of the URL.
        base_url: Selector, in the constructor, of the address that `url` is joined to, or of the service's name.
        timeout: Selector of the time limit in a call.
        client_timeout: Selector of the time limit in the constructor.
        none_keeps_default: The constructor's `None` leaves the default limit in force.
        default_timeout: Seconds until a call without any limit gives up; absent where it waits for ever.
        socket_default: Without a limit of its own, that of `socket.setdefaulttimeout` holds.
        no_timeout_offered: The API takes no limit, so that its absence is not the caller's fault.
        carriers: What may stand where an address is expected.
        timeout_types: Classes of time limits, and when they are none.
        errors: How calls fail.
        variants: Differences by the last name of a function or method.
    """

    kind: Literal["http", "grpc", "rpc"] = "http"
    functions: tuple[AccessPath, ...] = ()
    classes: tuple[AccessPath, ...] = ()
    methods: tuple[Name, ...] = ()
    passive: tuple[Name, ...] = ()
    nested: bool = False
    through: tuple[Name, ...] = ()
    mode: Literal["sync", "async", "future"] = "sync"
    verb: Selector = "name"
    body: Selector = ""
    url: Selector = "arg:0|kw:url"
    base_url: Selector = ""
    timeout: Selector = ""
    client_timeout: Selector = ""
    none_keeps_default: bool = False
    default_timeout: float | None = None
    socket_default: bool = False
    no_timeout_offered: bool = False
    carriers: tuple[Carrier, ...] = ()
    timeout_types: tuple[TimeoutType, ...] = ()
    errors: Errors = Errors()
    variants: dict[Name, Variant] = {}


class Guard(Model, frozen=True):
    """Something that protects the calls made inside it.

    Attributes:
        gives: What it gives: `breaker`, `fallback`, `timeout`, `retry`.
        decorators: Decorators, bare or called.
        contexts: Context managers.
        calls: Functions that call what `callable` selects.
        iterators: Iterables whose loop body is attempted again.
        callable: Selector of the function or awaitable that a call protects.
        limit: Selector, in the decorator's, context's or call's own arguments, of what must be given and not be `None`
            for it to protect at all.
        fallback: Selector of an alternative result; the guard gives a fallback as well where it is there.
        on_sync: It works on ordinary functions.
        on_async: It works on coroutines.
    """

    gives: tuple[Literal["breaker", "fallback", "timeout", "retry"], ...]
    decorators: tuple[AccessPath, ...] = ()
    contexts: tuple[AccessPath, ...] = ()
    calls: tuple[AccessPath, ...] = ()
    iterators: tuple[AccessPath, ...] = ()
    callable: Selector = "arg:0"
    limit: Selector = ""
    fallback: Selector = ""
    on_sync: bool = True
    on_async: bool = True


class Entry(Model, frozen=True):
    """A way in which a framework calls the code: an entry point.

    Attributes:
        kind: What it is; `http`, `grpc` and `rpc` are endpoints.
        decorators: Decorators of handlers, bare or called.
        registrars: Functions that are given the handler.
        handler: Selector of the handler in a registrar's call.
        bases: Base classes whose `handlers` are called.
        handlers: Names of these methods; `*` for every public method defined below the base.
        hooks: Methods of `bases` that run as part of handling, whatever the handler.
        path: Selector of the path or name.
        verb: Selector of the HTTP method: `kw:methods`, `arg:1`; `name` means the decorator's or handler's name.
        default_verb: The method where none is given.
    """

    kind: Literal["http", "grpc", "rpc", "consumer", "task", "schedule", "command"]
    decorators: tuple[AccessPath, ...] = ()
    registrars: tuple[AccessPath, ...] = ()
    handler: Selector = ""
    bases: tuple[AccessPath, ...] = ()
    handlers: tuple[Name, ...] = ()
    hooks: tuple[Name, ...] = ()
    path: Selector = "arg:0"
    verb: Selector = ""
    default_verb: str = ""


class Responses(Model, frozen=True):
    """How a framework's code says that a request failed.

    Attributes:
        raising: Functions that always raise: `flask.abort`.
        failing: Classes and functions whose result is an error response, or which are raised to make one.
        status: Classes and functions whose result is an error response where `selector` gives 400 or more.
        selector: Selector of the status in a call of one of these.
    """

    raising: tuple[AccessPath, ...] = ()
    failing: tuple[AccessPath, ...] = ()
    status: tuple[AccessPath, ...] = ()
    selector: Selector = ""


class Injection(Model, frozen=True):
    """Dependency injection: a marker that stands for a function's result.

    Attributes:
        markers: Functions used as a parameter's default or inside `Annotated`.
        callable: Selector of the function that is called.
    """

    markers: tuple[AccessPath, ...]
    callable: Selector = "arg:0|kw:dependency"


class Callback(Model, frozen=True):
    """A function that calls the function it is given.

    Attributes:
        functions: Access paths.
        callable: Selector of the function.
        arguments: What that is called with: `arg:N` for the call's arguments from N on, `each:N` for the elements of
            argument N, `kw:NAME` for a sequence under a keyword; empty for none or unknown.
        per_element: It is called once per element of an argument: a loop.
        when: `now`, `thread` (waited for or not) or `background` (after the response).
        returns: The result is the function's result, or an iterable or future of it.
    """

    functions: tuple[AccessPath, ...]
    callable: Selector = "arg:0"
    arguments: Arguments = ""
    per_element: bool = False
    when: Literal["now", "thread", "background"] = "now"
    returns: bool = True


class Passing(Model, frozen=True):
    """Functions that give back what they are given, or an iterable, copy or future of it.

    Attributes:
        functions: Access paths.
    """

    functions: tuple[AccessPath, ...]


class Library(Model, frozen=True):
    """One file: one library.

    Attributes:
        library: Name of the distribution; `python` for the language itself.
        source: Where the claims come from.
        aliases: Other access paths of the same things, and of all below them:
            `{"requests.sessions.Session" = "requests.Session"}`.
    """

    library: str
    source: Source
    aliases: dict[AccessPath, AccessPath] = {}
    client: tuple[Client, ...] = ()
    guard: tuple[Guard, ...] = ()
    entry: tuple[Entry, ...] = ()
    responses: tuple[Responses, ...] = ()
    injection: tuple[Injection, ...] = ()
    callback: tuple[Callback, ...] = ()
    passing: tuple[Passing, ...] = ()
