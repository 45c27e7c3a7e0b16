"""The schema of `rules/libraries/*.toml`: what a third-party library's API does.

Each table says one kind of thing; `notation.py` has what paths, selectors and places mean.
"""

from __future__ import annotations

from typing import Literal

from commlint.catalogue.notation import (
    AccessPath,
    Arguments,
    Case,
    Claim,
    HookName,
    Mode,
    Model,
    Name,
    OnUnknown,
    Place,
    Selector,
    Source,
)


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
        required: A limit has to be such an object: a number will not do.
    """

    name: AccessPath
    bounded_by: tuple[Selector, ...]
    required: bool = False


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
    mode: Mode | None = None


class Variant(Model, frozen=True):
    """What one method or function of a client does differently; a field left out keeps the client's value."""

    verb: Selector | None = None
    url: Selector | None = None
    timeout: Selector | None = None
    default_timeout: float | None = None


class Generated(Model, frozen=True):
    """Where the code of a generated client says which route a function or method calls.

    Attributes:
        calls: Last names of the functions that are called with method and path; none where these are in a dict.
        verb: The HTTP method, in that call or dict: `kw:method`, `key:method`.
        path: The path, likewise.
    """

    path: Place
    calls: tuple[Name, ...] = ()
    verb: Place = ""


class Client(Claim, frozen=True, kw_only=True):
    """An API that waits for another process to answer.

    Attributes:
        kind: `http`, `grpc`, `rpc` (by name over a broker or socket), `graphql`, `soap`, `sdk` (the API of a cloud);
            `websocket` and `socket` are known, and are no remote calls: nothing says that an answer is awaited.
        functions: Functions that make a call.
        decorators: What is decorated with one of these makes a call when it is called itself; verb and URL are
            selectors in the decorator.
        classes: Classes, or functions that return an instance, on which `methods` make a call.
        bases: Base classes of generated clients, which have any name and stand in any module.
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
        limit_setters: Methods of the object that set its limit later: `sock.settimeout(3)`.
        default_timeout: Seconds until a call without any limit gives up; absent where it waits for ever.
        socket_default: Without a limit of its own, that of `socket.setdefaulttimeout` holds.
        no_timeout_offered: The API takes no limit, so that its absence is not the caller's fault.
        retries: How often a failed call is tried again where nothing is said.
        retry: Place in the constructor or the call that says how often.
        generated: Where generated code says the route; such a client is known by the shape of its paths, also where
            the code that they lead to is part of the workspace.
        carriers: What may stand where an address is expected.
        timeout_types: Classes of time limits, and when they are none.
        errors: How calls fail.
        variants: Differences by the last name of a function or method.
    """

    kind: Literal["http", "grpc", "rpc", "graphql", "soap", "sdk", "websocket", "socket"] = "http"
    functions: tuple[AccessPath, ...] = ()
    decorators: tuple[AccessPath, ...] = ()
    classes: tuple[AccessPath, ...] = ()
    bases: tuple[AccessPath, ...] = ()
    methods: tuple[Name, ...] = ()
    passive: tuple[Name, ...] = ()
    nested: bool = False
    through: tuple[Name, ...] = ()
    mode: Mode = "sync"
    verb: Selector = "name"
    body: Selector = ""
    url: Selector = "arg:0|kw:url"
    base_url: Selector = ""
    timeout: Selector = ""
    client_timeout: Selector = ""
    none_keeps_default: bool = False
    limit_setters: tuple[Name, ...] = ()
    default_timeout: float | None = None
    socket_default: bool = False
    no_timeout_offered: bool = False
    retries: int = 0
    retry: Place = ""
    generated: Generated | None = None
    carriers: tuple[Carrier, ...] = ()
    timeout_types: tuple[TimeoutType, ...] = ()
    errors: Errors = Errors()
    variants: dict[Name, Variant] = {}


class Guard(Claim, frozen=True, kw_only=True):
    """Something that protects the calls made inside it.

    Attributes:
        gives: What it gives: `breaker`, `fallback`, `timeout`, `retry`, `bulkhead`, `ratelimit`, `cache`, `hedge`. Only
            the first three save the caller of a service that fails or does not answer.
        decorators: Decorators, bare or called.
        contexts: Context managers.
        calls: Functions that call what `callable` selects.
        iterators: Iterables whose loop body is attempted again.
        parts: Objects that a client is given and that work inside it: a transport, an adapter.
        callable: Selector of the function or awaitable that a call protects.
        limit: Selector, in the decorator's, context's or call's own arguments, of what must be given and not be `None`
            for it to protect at all.
        fallback: Selector of an alternative result; the guard gives a fallback as well where it is there.
        attempts: Place of the number of attempts.
        tries: That number where nothing is said; `inf` for a retry that never gives up.
        on_sync: It works on ordinary functions.
        on_async: It works on coroutines.
    """

    gives: tuple[Literal["breaker", "fallback", "timeout", "retry", "bulkhead", "ratelimit", "cache", "hedge"], ...]
    decorators: tuple[AccessPath, ...] = ()
    contexts: tuple[AccessPath, ...] = ()
    calls: tuple[AccessPath, ...] = ()
    iterators: tuple[AccessPath, ...] = ()
    parts: tuple[AccessPath, ...] = ()
    callable: Selector = "arg:0"
    limit: Selector = ""
    fallback: Selector = ""
    attempts: Place = ""
    tries: float = 1
    on_sync: bool = True
    on_async: bool = True


class Entry(Claim, frozen=True, kw_only=True):
    """A way in which a framework calls the code: an entry point.

    Attributes:
        kind: What it is; `http`, `grpc` and `rpc` are endpoints.
        decorators: Decorators of handlers, bare or called.
        registrars: Functions that are given the handler.
        handler: Selector of the handler in a registrar's call.
        bases: Base classes whose `handlers` are called.
        handlers: Names of these methods; `*` for every public method defined below the base.
        provides: Those of them that a base answers itself where the class does not.
        hooks: Methods of `bases` that run as part of handling, whatever the handler.
        actions: What handlers answer, where their names say it: `{retrieve = "GET {pk}/"}`; the method, then what is
            added to the path.
        path: Selector of the path, name, topic or queue.
        several: The arguments after the path are further paths of the same handler.
        open: What goes on from its path is served too.
        default_path: The path where none is given; `{name}` stands for the handler's name, `{path...}` for any path.
        parameters: How paths name their parameters: `braces` (`/users/{id}`), `angles` (`/users/<int:id>`), `named`
            (`/users/<id:int>`), `colons` (`/users/:id`) or `regex`.
        below: Place of what goes before the path, in the class that the handler is a method of: the name of a service.
        detail: Selector of what says that it hangs below the key of one object, of a method that is served where its
            class is.
        name: Selector of a name by which the path and the handler, said in different places, belong together.
        publisher: Selector of the service whose events a consumer gets, where it says so.
        typed: What a consumer gets is read into the types of its parameters.
        group: Selector of the subscription that a consumer works for, where another call says to what.
        verb: Place of the HTTP method: `kw:methods`, `arg:1`, `class.attr:methods`; `name` means the decorator's or
            handler's name.
        default_verb: The method where none is given.
    """

    kind: Literal["http", "grpc", "rpc", "consumer", "task", "schedule", "command"]
    decorators: tuple[AccessPath, ...] = ()
    registrars: tuple[AccessPath, ...] = ()
    handler: Selector = ""
    bases: tuple[AccessPath, ...] = ()
    handlers: tuple[Name, ...] = ()
    provides: tuple[Name, ...] = ()
    hooks: tuple[Name, ...] = ()
    actions: dict[Name, str] = {}
    path: Selector = "arg:0"
    several: bool = False
    open: bool = False
    default_path: str = ""
    parameters: Literal["braces", "angles", "named", "colons", "regex"] = "braces"
    below: Place = ""
    detail: Selector = ""
    name: Selector = ""
    publisher: Selector = ""
    typed: bool = False
    group: Selector = ""
    verb: Place = ""
    default_verb: str = ""


class Router(Claim, frozen=True, kw_only=True):
    """An object that holds routes.

    Attributes:
        classes: Classes, or functions that make one.
        prefix: Selector, in the constructor, of the path that its routes hang below.
        detail: That path goes on with the key of one object: `orders/{order_pk}/lines`.
        ending: What its paths end with, where their own text does not say it.
        bare: Cases in the constructor in which they do not.
        serves: It answers requests by itself; others only where they are hung up.
        modules: The variable of a module that holds the module's routes.
        setting: The setting that names the module with the outermost ones.
        own: Paths that it answers by itself, as of its documentation; the code has no handler for them.
        order: Which of several routes answers: the `first` that fits, the most `specific`, or the first whose `path`
            fits even if it does not take the method.
        slashes: What a path without the last slash, or with one too many, leads to: `either` is taken for the other,
            `redirect` and `append` (GET only) add a missing one, `strict` is not found.
        loose: A name that code uses where slashes lead either way: `strict_slashes`.
        heads: HEAD is answered where GET is.
        foreign: Its routes are its own: pages of a library.
    """

    classes: tuple[AccessPath, ...] = ()
    prefix: Selector = ""
    detail: bool = False
    ending: str = ""
    bare: tuple[Case, ...] = ()
    serves: bool = False
    modules: Name | None = None
    setting: Name | None = None
    own: tuple[str, ...] = ()
    order: Literal["first", "specific", "path"] = "first"
    slashes: Literal["either", "redirect", "append", "strict"] = "either"
    loose: Name | None = None
    heads: bool = True
    foreign: bool = False


class Mount(Claim, frozen=True, kw_only=True):
    """A function that hangs routes below a path.

    Attributes:
        functions: Access paths.
        mounted: Place of what is hung up: a router, an application, a module or list of routes; `recv` for the object
            that the method is called on, empty for what the call makes.
        into: Selector of what it is hung into, where that is not the object that the method is called on.
        prefix: Selector of the path.
        replaces: The path takes the place of the router's own instead of going before it.
        tuples: The registrar of which tuples in what is hung up are the arguments.
        foreign: What is hung up answers by itself: files, pages of a library.
        extends: It may hang up no routes at all, and of a library most likely does not.
    """

    functions: tuple[AccessPath, ...]
    mounted: Place = "arg:0"
    into: Selector = ""
    prefix: Selector = ""
    replaces: bool = False
    tuples: AccessPath | None = None
    foreign: bool = False
    extends: bool = False


class Contract(Claim, frozen=True, kw_only=True):
    """Files that say what a service offers.

    Attributes:
        kind: What they are written in; `sam` and `serverless` are templates of functions and the paths that call them.
        files: Patterns of their names.
        functions: Functions that serve what such a file says.
        file: Selector of the file in a call of one of these.
        folder: Selector of the folder that it is looked for in.
        prefix: Selector, in that call, of the path that all of it hangs below.
    """

    kind: Literal["openapi", "asyncapi", "proto", "graphql", "thrift", "avro", "sam", "serverless"]
    files: tuple[str, ...]
    functions: tuple[AccessPath, ...] = ()
    file: Selector = ""
    folder: Selector = ""
    prefix: Selector = ""


class Responses(Claim, frozen=True, kw_only=True):
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


class Injection(Claim, frozen=True, kw_only=True):
    """Dependency injection: a marker that stands for a function's result.

    Attributes:
        markers: Functions used as a parameter's default or inside `Annotated`.
        callable: Selector of the function that is called.
    """

    markers: tuple[AccessPath, ...]
    callable: Selector = "arg:0|kw:dependency"


class Callback(Claim, frozen=True, kw_only=True):
    """A function that calls the function it is given.

    Attributes:
        functions: Access paths.
        callable: Selector of the function; empty for one that it finds by itself, as it does hooks.
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


class Passing(Claim, frozen=True, kw_only=True):
    """Functions that give back what they are given, or an iterable, copy or future of it.

    Attributes:
        functions: Access paths.
    """

    functions: tuple[AccessPath, ...]


class Instances(Claim, frozen=True, kw_only=True):
    """Functions that return objects of a class of the program.

    Attributes:
        functions: Functions and methods by their access paths.
        of: Place of the class, or of something that is reached through it: `class` for the one that the function itself
            is reached through (`Order.objects.get`), `arg:0`, or an attribute of it (`class.attr:queryset`).
        many: They return several, to be iterated over.
    """

    functions: tuple[AccessPath, ...]
    of: Place = "class"
    many: bool = False


class Hook(Claim, frozen=True, kw_only=True):
    """Methods of a class of the program that a library calls by itself.

    Attributes:
        functions: What makes it call them: a base class, where an object of the program's class is made, or a method of
            such an object that the library brings along. What a handler of an entry point does where a class leaves it
            to its base is said by that base's method.
        of: Place of the class whose methods they are, as for instances.
        hooks: Names of the methods; `{field}` stands for each name that the class's body assigns. Where that is an
            object of another class with the same hooks, these are called along.
        given: Selector of what must be passed for that.
        rows: Selector of what says that they are called once per row; `const:True` for always.
    """

    functions: tuple[AccessPath, ...]
    of: Place = "class"
    hooks: tuple[HookName, ...]
    given: Selector = ""
    rows: Selector = ""


class Signal(Claim, frozen=True, kw_only=True):
    """Signals within a process: whoever sends one calls all that are connected with it.

    Attributes:
        signals: Access paths of signals.
        connecting: Their methods that connect a receiver.
        receiver: Selector of the receiver in a call of one of these.
        sender: Selector, there and in decorators, of the class whose signals alone are meant.
        decorators: Decorators of receivers.
        signal: Selector of the signal, or of a list of them, in such a decorator.
        sending: Methods of signals that send them.
        sent_by: Functions of the library that send them, for the class that they are called for.
        name: Selector of the name by which a call that makes a signal always gets the same one.
    """

    signals: tuple[AccessPath, ...]
    connecting: tuple[Name, ...] = ("connect",)
    receiver: Selector = "arg:0|kw:receiver"
    sender: Selector = "arg:1|kw:sender"
    decorators: tuple[AccessPath, ...] = ()
    signal: Selector = "arg:0|kw:signal"
    sending: tuple[Name, ...] = ()
    sent_by: tuple[AccessPath, ...] = ()
    name: Selector = ""


class Option(Case, frozen=True, kw_only=True):
    """Something that code says and that decides what a parser does with unknown fields.

    Attributes:
        unknown: What it does then.
        deep: Readers inside the reader follow it too.
    """

    unknown: OnUnknown
    deep: bool = False


class Parser(Claim, frozen=True, kw_only=True):
    """Something that reads foreign data into values of the program.

    Attributes:
        bases: Base classes of its readers: `class Order(pydantic.BaseModel)`.
        decorators: Decorators of its readers: `@attrs.define`.
        makers: Functions and classes whose results are readers: `voluptuous.Schema({...})`.
        construct: What calling a reader class with `**data` does with a field it does not know; empty where that is no
            way to read data.
        methods: Methods of a reader, or of its instances, that read data; `__call__` for the instance itself.
        functions: Functions that read data into a class.
        reader: Selector of that class in a call of one of these.
        data: Selector of the data in a call of a method or function.
        unknown: What these do with a field that the reader does not know: drop it (`ignore`), `keep` it or `reject` the
            data.
        unknown_in: What single ones do differently, by their last name, or by where the data is from (`query`, `json`).
        options: What code may say to change that.
        inherited: A reader's options hold for its subclasses.
        nested: Readers inside a reader follow their `own` options, or those of the `outer` one.
        nesting: Last names of the functions by which a reader says that a field holds another: `Nested`.
        closed: Which ways of reading refuse what is no value of a field's enum or literal: `calls` of methods and
            functions, or `all`, calling the class with `**data` too.
        errors: What is raised for an unknown field.
        returning: Methods that return the complaint instead of raising it.
        reads: `payload`; or what no other service sends, and strictness is fine for: `settings`, `request` (the
            framework checks what comes in), `schema` (the language of the API demands it), `database`.
    """

    bases: tuple[AccessPath, ...] = ()
    decorators: tuple[AccessPath, ...] = ()
    makers: tuple[AccessPath, ...] = ()
    construct: Literal["", "ignore", "keep", "reject"] = ""
    methods: tuple[Name, ...] = ()
    functions: tuple[AccessPath, ...] = ()
    reader: Selector = ""
    data: Selector = "arg:0"
    unknown: OnUnknown
    unknown_in: dict[Name, OnUnknown] = {}
    options: tuple[Option, ...] = ()
    inherited: bool = True
    nested: Literal["own", "outer"] = "own"
    nesting: tuple[Name, ...] = ()
    closed: Literal["", "calls", "all"] = ""
    errors: tuple[AccessPath, ...] = ()
    returning: tuple[Name, ...] = ()
    reads: Literal["payload", "settings", "request", "schema", "database"] = "payload"


class Table(Claim, frozen=True, kw_only=True):
    """A declaration of a table or collection: who declares it owns it.

    Attributes:
        bases: Base classes of what is stored.
        decorators: Decorators of what is stored.
        calls: Calls that declare a table.
        evidence: `model`, or `migration`, which decides where models of two services name the same table.
        change: What a migration does to it.
        name: Place of the name.
        schema: Place of the schema it is in.
        default_name: How it is called where no name is given, from the name of its class: `class` (as it is), `lower`,
            `lowers` (with an s), `snake`, `app_lower` (after the label of its app); empty where the name must be given.
        kind: What it is stored in.
        needs: What must be said for it to be a table at all.
        unless: Where one of these is said, it is none.
        unowned: Where one of these is said, somebody else owns it.
    """

    bases: tuple[AccessPath, ...] = ()
    decorators: tuple[AccessPath, ...] = ()
    calls: tuple[AccessPath, ...] = ()
    evidence: Literal["model", "migration"] = "model"
    change: Literal["create", "rename", "alter", "drop"] = "create"
    name: Place
    schema: Place = ""
    default_name: Literal["", "class", "lower", "lowers", "snake", "app_lower"] = ""
    kind: Literal["table", "collection"] = "table"
    needs: tuple[Case, ...] = ()
    unless: tuple[Case, ...] = ()
    unowned: tuple[Case, ...] = ()


class Query(Claim, frozen=True, kw_only=True):
    """Access to a table or collection that does not say so in SQL.

    Attributes:
        op: What it does.
        functions: Functions and methods by their access paths.
        classes: Classes that have `methods`.
        bases: Base classes of what is stored, which have `methods` themselves, on their instances, or on `managers`.
        managers: Attributes of these through which they are asked: `objects`.
        methods: Their methods.
        builds: These only say what would be asked; it is asked by those of a query with `op = "run"`.
        table: Place of what is accessed: a name, a class of what is stored, or a table object.
        prefix: What stands there is a key; only what it begins with says whose it is: `cart:{id}`.
        column: What stands there names a column of it: `orders.id`.
        app: What stands there is the name of a model; place of the label of the app that it is of.
        also: Places that name further tables.
    """

    op: Literal["read", "write", "run"]
    functions: tuple[AccessPath, ...] = ()
    classes: tuple[AccessPath, ...] = ()
    bases: tuple[AccessPath, ...] = ()
    managers: tuple[Name, ...] = ()
    methods: tuple[Name, ...] = ()
    builds: bool = False
    table: Place = ""
    prefix: bool = False
    column: bool = False
    app: Place = ""
    also: tuple[Place, ...] = ()


class Sql(Claim, frozen=True, kw_only=True):
    """A function that is given a text in a query language.

    Attributes:
        language: Which: `sql`, or `cypher`, which asks graphs.
        functions: Functions and methods by their access paths.
        classes: Classes that have `methods`.
        methods: Their methods.
        bases: Base classes of what is stored, with `managers` and `methods` as in a query.
        managers: Likewise.
        sql: Selector of the text.
        table: Selector of a table's name, for those that take one instead.
    """

    functions: tuple[AccessPath, ...] = ()
    classes: tuple[AccessPath, ...] = ()
    methods: tuple[Name, ...] = ()
    bases: tuple[AccessPath, ...] = ()
    managers: tuple[Name, ...] = ()
    language: Literal["sql", "cypher"] = "sql"
    sql: Selector = ""
    table: Selector = ""


class Database(Claim, frozen=True, kw_only=True):
    """A function or class that opens a database, a store or a pool of connections to one.

    Attributes:
        functions: Access paths.
        kind: Which: `postgresql`, `mongodb`, `any`.
        mode: As in a client.
        url: Place of the URL that names it.
        host: Place of its host, where that is given by itself.
        name: Place of its name, likewise.
        variables: Names of settings that usually hold it: `DATABASE_URL`.
        timeout: Selector of the time limit.
        default_timeout: Seconds that opening it takes at most where nothing is said; absent where it waits for ever.
    """

    functions: tuple[AccessPath, ...] = ()
    kind: str
    mode: Mode = "sync"
    url: Place = ""
    host: Place = ""
    name: Place = ""
    variables: tuple[Name, ...] = ()
    timeout: Selector = ""
    default_timeout: float | None = None


class Publisher(Claim, frozen=True, kw_only=True):
    """An API that sends a message and waits for no answer.

    Attributes:
        delivery: `event` (all who listen get it), `task` (one worker does it), `stream`, or `local` (it does not leave
            the process, and is no message at all).
        functions: Functions and methods by their access paths.
        classes: Classes that have `methods`.
        methods: Their methods that send.
        decorators: What is decorated with one of these publishes what it returns.
        tasks: Decorators of tasks, on which `methods` send.
        mode: `sync` (it returns when the broker has it), `async` or `future`.
        topic: Place of the topic, queue, routing key or channel.
        exchange: Place of the exchange or bus.
        event: Place of the event's or task's name, where that is not the topic.
        payload: Place of the payload.
        batch: Greatest number of messages that one call may send; 1 where it sends just one.
        waits: Methods, of the object or of what sending returns, that wait until it is sent.
        answers: Methods, of what sending returns, that wait until the work is done.
        inline: Methods that do the work here and now instead; `__call__` for the task itself.
        builds: Methods that only make a message.
        timeout: Selector of the time limit.
        default_timeout: Seconds until sending gives up where nothing is said; absent where that is not known.
    """

    delivery: Literal["event", "task", "stream", "local"] = "event"
    functions: tuple[AccessPath, ...] = ()
    classes: tuple[AccessPath, ...] = ()
    methods: tuple[Name, ...] = ()
    decorators: tuple[AccessPath, ...] = ()
    tasks: tuple[AccessPath, ...] = ()
    mode: Mode = "sync"
    topic: Place = ""
    exchange: Place = ""
    event: Place = ""
    payload: Place = ""
    batch: int = 1
    waits: tuple[Name, ...] = ()
    answers: tuple[Name, ...] = ()
    inline: tuple[Name, ...] = ()
    builds: tuple[Name, ...] = ()
    timeout: Selector = ""
    default_timeout: float | None = None


class Subscription(Claim, frozen=True, kw_only=True):
    """A call by which code fetches messages itself, and works on them in a loop.

    A function that is called with each message is an entry of kind `consumer` instead.

    Attributes:
        functions: Functions and methods by their access paths.
        classes: Classes that have `methods`.
        methods: Their methods.
        topic: Place of the topic, queue or channel; of several, where it is a list.
        group: Place of the name under which several consumers share the work.
        binds: It ties a queue to an exchange: `exchange` says which.
        exchange: Place of the exchange.
        infrastructure: Kinds of documents, or properties, of manifests that subscribe instead of code.
    """

    functions: tuple[AccessPath, ...] = ()
    classes: tuple[AccessPath, ...] = ()
    methods: tuple[Name, ...] = ()
    topic: Place = ""
    group: Place = ""
    binds: bool = False
    exchange: Place = ""
    infrastructure: tuple[str, ...] = ()


class Broker(Claim, frozen=True, kw_only=True):
    """A kind of broker: what is published through one library can be consumed through another of the same kind.

    Where nothing is said, each package has its own.

    Attributes:
        kind: Which: `amqp`, `kafka`, `nats`.
        paths: What access paths of things that go through it begin with.
    """

    kind: Name
    paths: tuple[AccessPath, ...]


class Exchange(Claim, frozen=True, kw_only=True):
    """A function or class that declares an exchange.

    Attributes:
        functions: Access paths.
        name: Place of its name.
        type: Place of what decides who gets a message: `fanout`, `topic`, `direct`, `headers`.
        default: That where nothing is said.
    """

    functions: tuple[AccessPath, ...]
    name: Place
    type: Place
    default: str = "direct"


class Settings(Claim, frozen=True, kw_only=True):
    """Where a program's configuration is read.

    Attributes:
        functions: Functions that return one setting.
        mappings: Objects that hold them by name: `os.environ["ORDERS_URL"]`.
        objects: Objects that hold them as attributes: `settings.ORDERS_URL`.
        bases: Base classes whose attributes they fill.
        name: Selector of the setting's name in a call of a function.
        default: Selector of what it is where nothing sets it.
        prefix: Place of what the names begin with, in a class.
        environment: They come from the environment of the process; otherwise from the program itself.
    """

    functions: tuple[AccessPath, ...] = ()
    mappings: tuple[AccessPath, ...] = ()
    objects: tuple[AccessPath, ...] = ()
    bases: tuple[AccessPath, ...] = ()
    name: Selector = "arg:0"
    default: Selector = ""
    prefix: Place = ""
    environment: bool = True


class GuardConfig(Claim, frozen=True, kw_only=True):
    """What a manifest says that guards the calls of one service to another.

    Attributes:
        kind: The kind of the document.
        api: What its `apiVersion` begins with.
        target: Key path of the service that is guarded: `spec.host`; `[]` is each element of a list, `*` each key.
        gives: Key paths, and which guard each gives where it is there.
        annotations: Annotations, likewise.
    """

    kind: str
    api: str = ""
    target: str = ""
    gives: dict[str, Literal["breaker", "timeout", "retry", "bulkhead", "hedge"]] = {}
    annotations: dict[str, Literal["breaker", "timeout", "retry"]] = {}


class Transaction(Claim, frozen=True, kw_only=True):
    """Changes of stored data that stand only once they are committed.

    Attributes:
        changes: Calls that change something.
        statements: Calls that do where what they are given inserts, updates or deletes.
        commits: Calls that commit what has been changed.
        contexts: Context managers, or decorators, that commit at their end: what is called, or the object itself.
        after: Calls whose function runs after the commit.
        alone: Each change is committed by itself where no such context is around.
    """

    alone: bool = False
    changes: tuple[AccessPath, ...] = ()
    statements: tuple[AccessPath, ...] = ()
    commits: tuple[AccessPath, ...] = ()
    contexts: tuple[AccessPath, ...] = ()
    after: tuple[AccessPath, ...] = ()


class Tables(Model, frozen=True):
    """What is known of one library or more, table by table.

    Attributes:
        aliases: Other access paths of the same things, and of all below them:
            `{"requests.sessions.Session" = "requests.Session"}`.
    """

    aliases: dict[AccessPath, AccessPath] = {}
    client: tuple[Client, ...] = ()
    guard: tuple[Guard, ...] = ()
    guard_config: tuple[GuardConfig, ...] = ()
    entry: tuple[Entry, ...] = ()
    router: tuple[Router, ...] = ()
    mount: tuple[Mount, ...] = ()
    contract: tuple[Contract, ...] = ()
    responses: tuple[Responses, ...] = ()
    injection: tuple[Injection, ...] = ()
    callback: tuple[Callback, ...] = ()
    passing: tuple[Passing, ...] = ()
    instances: tuple[Instances, ...] = ()
    hook: tuple[Hook, ...] = ()
    signal: tuple[Signal, ...] = ()
    parser: tuple[Parser, ...] = ()
    table: tuple[Table, ...] = ()
    query: tuple[Query, ...] = ()
    sql: tuple[Sql, ...] = ()
    database: tuple[Database, ...] = ()
    transaction: tuple[Transaction, ...] = ()
    publisher: tuple[Publisher, ...] = ()
    subscription: tuple[Subscription, ...] = ()
    broker: tuple[Broker, ...] = ()
    exchange: tuple[Exchange, ...] = ()
    settings: tuple[Settings, ...] = ()


class Library(Tables, frozen=True, kw_only=True):
    """One file: one library.

    Attributes:
        library: Name of the distribution; `python` for the language itself.
        source: Where the claims come from.
    """

    library: str
    source: Source
