"""Peers for the experiments with clients, and calls built from what a table says.

A peer is silent (it accepts connections and never answers), gone (nothing listens on the port) or a witness (it notes
what is asked, and answers).
"""

from __future__ import annotations

import asyncio
import importlib
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from experiment import exercise

Model = dict[str, Any]
Words = Mapping[str, Any]
# A call of a table: the table, the peer, and what is said in the constructor and in the call besides.
Call = Callable[[Model, "Peer", Words, Words], object]

PATIENCE = 3.0


@dataclass(frozen=True)
class Peer:
    """Where a server is, or is not.

    Attributes:
        port: Its port.
        asked: What it was asked, as method and path.
    """

    port: int
    asked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def netloc(self) -> str:
        """Its host and port."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Its URL, without a slash at the end."""
        return f"http://{self.netloc}"


def silent() -> Peer:
    """A server that accepts connections and never answers."""
    server = socket.create_server(("127.0.0.1", 0))
    kept: list[socket.socket] = []

    def accept() -> None:
        while True:
            kept.append(server.accept()[0])

    threading.Thread(target=accept, daemon=True).start()
    return Peer(server.getsockname()[1])


def gone() -> Peer:
    """A port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return Peer(server.getsockname()[1])


def witness(body: bytes = b"{}", kind: str = "application/json", status: int = 200) -> Peer:
    """A server that notes what it is asked, and answers everything alike."""
    asked: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append((self.command, self.path))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_QUERY = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return Peer(server.server_address[1], asked)


def dropping() -> Peer:
    """A server that closes each connection at once; `asked` has one entry for each."""
    server = socket.create_server(("127.0.0.1", 0))
    peer = Peer(server.getsockname()[1])

    def accept() -> None:
        while True:
            connection = server.accept()[0]
            peer.asked.append(("", ""))
            connection.recv(65536)
            connection.close()

    threading.Thread(target=accept, daemon=True).start()
    return peer


def begun(call: Callable[[], object]) -> Future[object]:
    """A call that runs in a thread which nobody waits for at the end."""
    future: Future[object] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001  (libraries raise what they like)
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def failure(future: Future[object], seconds: float) -> BaseException:
    """What a call raises within some seconds."""
    try:
        error = future.exception(seconds)
    except TimeoutError:
        raise AssertionError(f"still waiting after {seconds:g} s") from None
    assert error is not None, f"no error but {future.result()!r}"
    return error


def resolve(path: str) -> Any:
    """What an access path leads to."""
    parts = path.split(".")
    for end in range(len(parts), 0, -1):
        try:
            value: Any = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError as error:
            if not f"{'.'.join(parts)}.".startswith(f"{error.name}."):
                raise
            continue
        for name in parts[end:]:
            value = getattr(value, name)
        return value
    raise ModuleNotFoundError(f"no {path}", name=parts[0])


def awaited(make: Callable[[], Any]) -> object:
    """The result of what has to be made and awaited inside an event loop."""

    async def main() -> object:
        return await make()

    return asyncio.run(main())


# --- calls from selectors ---------------------------------------------------------------------------------------------


class Arguments:
    """Arguments of a call, put where selectors say.

    Attributes:
        words: Arguments by name.
    """

    def __init__(self, *, named: bool, **words: Any) -> None:
        self.words = dict(words)
        self._named = named
        self._placed: dict[int, Any] = {}

    def put(self, selector: str, value: Any) -> None:
        """Put a value where a selector says: at its position, or by its name."""
        places = [alternative for alternative in selector.split("|") if alternative.startswith(("arg:", "kw:"))]
        for place in sorted(places, key=lambda place: place.startswith("kw:") is not self._named):
            kind, _, name = place.partition(":")
            if kind == "kw":
                self.words[name] = value
            else:
                self._placed[int(name)] = value
            return

    @property
    def positional(self) -> list[Any]:
        """Arguments by position."""
        assert sorted(self._placed) == list(range(len(self._placed))), f"a gap in {self._placed}"
        return [self._placed[position] for position in sorted(self._placed)]


def say(model: Model, name: str, key: str, default: str) -> str:
    """What a table says under a key of a function or method."""
    said: str = model.get("variants", {}).get(name, {}).get(key, model.get(key, default))
    return said


def route(model: Model, name: str, verb: str, url: Any, words: Words, *, named: bool = False) -> Arguments:
    """The arguments by which a function or method is asked for a URL."""
    arguments = Arguments(named=named, **words)
    arguments.put(say(model, name, "verb", "name"), verb)
    arguments.put(say(model, name, "url", "arg:0|kw:url"), url)
    return arguments


def plain(
    *,
    method: str = "get",
    verb: str = "GET",
    within: Words | None = None,
    base: str = "",
    ends: str = "result",
    prepared: bool = False,
) -> Call:
    """Calls of functions and methods as the selectors of a table say.

    Args:
        method: The method of a class, or last name of a function, that is called.
        verb: The HTTP method, where that is an argument.
        within: More that the constructor is given.
        base: What the constructor's `base_url` selects: `url` or `netloc` of the peer; empty for nothing.
        prepared: What is sent is a request that the client prepares.
        ends: The method of a future that waits for it, or of the client that fetches the answer.
    """

    def call(model: Model, peer: Peer, made: Words, given: Words) -> object:
        url = "/orders/1" if base else f"{peer.url}/orders/1"
        arguments = route(model, method, verb, url, given)
        owners = [path for path in model.get("functions", ()) if path.rpartition(".")[2] == method]
        if owners and not made:
            function = resolve(owners[0])
        else:
            constructor = Arguments(named=False, **{**(within or {}), **made})
            if base:
                constructor.put(model["base_url"], getattr(peer, base))
            owner = resolve(model["classes"][0])(*constructor.positional, **constructor.words)
            function = getattr(owner, method)
            if prepared:
                request = resolve(model["carriers"][0]["name"])("GET", url)
                arguments.put(say(model, method, "url", ""), owner.prepare_request(request))
        result = function(*arguments.positional, **arguments.words)
        if model.get("mode") == "future":
            return getattr(result, ends)()
        if ends != "result":
            return getattr(function.__self__, ends)()
        return result

    return call


def inside_loop(call: Call) -> Call:
    """A call that must be made and awaited inside an event loop."""

    def outer(model: Model, peer: Peer, made: Words, given: Words) -> object:
        return awaited(partial(_awaitable, call, model, peer, made, given))

    return outer


async def _awaitable(call: Call, model: Model, peer: Peer, made: Words, given: Words) -> object:
    result: Any = call(model, peer, made, given)
    return await result


# --- what is tried ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trial:
    """How a table's calls are made.

    Attributes:
        call: Makes one.
        limit: A limit of a second for a call.
        client_limit: A limit of a second for the constructor; that of a call where it is `None`.
        default: The number of seconds that the installed library has where nothing is said.
        slack: How many seconds more than its limit a call may take, retries and all.
        peer: Makes a peer that does not answer, where it has to do more than accept connections.
        counted: Whether a connection that the peer closes is a failed call, so that retries can be counted.
    """

    call: Call
    limit: Any = 1
    client_limit: Any = None
    default: Callable[[], float] | None = None
    slack: float = 8
    peer: Callable[[], Peer] | None = None
    counted: bool = True


def trials(table: Mapping[tuple[str, int], Trial]) -> None:
    """Register what is tried with all of a table of trials."""
    for (library, index), trial in table.items():
        exercise(library, "client", index)(_waiting(trial))


def _named_place(selector: str) -> str:
    """The name by which an argument may be given."""
    return next(part[3:] for part in selector.split("|") if part.startswith("kw:"))


def _waiting(trial: Trial) -> Callable[[Model], None]:
    def waits_and_fails_as_said(model: Model) -> None:
        """A call waits for a peer that never answers as long as is said, and fails as is said."""
        waiting, closing = (trial.peer or silent)(), dropping()
        # The first call is alone, as some libraries are not whole until then.
        refused = failure(begun(partial(trial.call, model, gone(), {}, {})), trial.slack)
        default = model.get("default_timeout")
        allowed = (default or 0) * (1 + model.get("retries", 0)) + trial.slack
        unlimited = begun(partial(trial.call, model, waiting, {}, {}))
        limited = []
        if model.get("timeout"):
            word = {_named_place(model["timeout"]): _value(trial.limit)}
            limited.append(begun(partial(trial.call, model, waiting, {}, word)))
        if model.get("client_timeout"):
            limit = trial.limit if trial.client_limit is None else trial.client_limit
            word = {_named_place(model["client_timeout"]): _value(limit)}
            limited.append(begun(partial(trial.call, model, waiting, word, {})))
        dropped = begun(partial(trial.call, model, closing, {}, {})) if trial.counted else None
        late = [failure(future, trial.slack + 1) for future in limited]
        if default is not None and default <= 10:  # no experiment should take longer
            late.append(failure(unlimited, allowed))
        else:
            time.sleep(PATIENCE)
            assert not unlimited.done(), f"it ended by itself: {unlimited.exception()!r}"
        if trial.default is not None:
            assert trial.default() == default
        if model.get("socket_default"):
            socket.setdefaulttimeout(1)
            late.append(failure(begun(partial(trial.call, model, waiting, {}, {})), trial.slack + 1))
        fails_as_said(model, [refused], late)
        if dropped is not None:
            failure(dropped, trial.slack)
            assert len(closing.asked) == 1 + model.get("retries", 0), f"tried {len(closing.asked)} times"

    return waits_and_fails_as_said


def _value(limit: Any) -> Any:
    return limit() if callable(limit) else limit


def fails_as_said(model: Model, refused: Sequence[BaseException], late: Sequence[BaseException]) -> None:
    """Check that errors are caught by what a table says, and only by that."""
    errors = model["errors"]
    for kind, caught, missed in (
        ("both", [*refused, *late], []),
        ("connection", refused, late),
        ("timeout", late, refused),
    ):
        for path in errors.get(kind, ()):
            cls = resolve(path)
            for error in caught:
                assert isinstance(error, cls), f"{kind}: {path} does not catch {error!r} {type(error).__mro__}"
            for error in missed:
                assert not isinstance(error, cls), f"{kind}: {path} catches {error!r} as well"


def routes(library: str, *indexes: int, run: Callable[[Callable[[], Any]], object] | None = None, **how: Any) -> None:
    """Register that calls of tables ask for what their selectors say, by position and by name.

    Args:
        library: The library's file.
        indexes: The tables.
        run: Runs a call; where it is `None`, awaited calls run in a new event loop.
        how: `base`, `within` and `ends` as for a call; `given` to calls besides, by name; `skip` for classes and
            functions that are made otherwise.
    """

    def asks_what_is_said(model: Model) -> None:
        """The method and path that a server sees are those that the selectors say."""
        _goes(run, how, model)

    exercise(library, "client", *indexes)(asks_what_is_said)


def _goes(run: Callable[[Callable[[], Any]], object] | None, how: Words, model: Model) -> None:
    owners: list[tuple[str, str]] = [(path, "") for path in model.get("functions", ())]
    owners += [(path, method) for path in model.get("classes", ()) for method in model["methods"]]
    run = run or (awaited if model.get("mode") == "async" else lambda call: call())
    for path, method in owners:
        if path in how.get("skip", ()):
            continue
        name = method or path.rpartition(".")[2]
        for named in (False, True):
            _one(model, path, method, name, named=named, how=how, run=run)


def _one(
    model: Model,
    path: str,
    method: str,
    name: str,
    *,
    named: bool,
    how: Words,
    run: Callable[[Callable[[], Any]], object],
) -> None:
    peer = witness(how.get("body", b"{}"))
    based = bool(method and how.get("base"))
    verb_says = say(model, name, "verb", "name")
    verb = "PUT" if "arg:" in verb_says or "kw:" in verb_says else verb_says.removeprefix("const:")
    verb = {"name": name.upper(), "": "GET"}.get(verb, verb)
    url: Any = "/orders/1" if based else f"{peer.url}/orders/1"

    def make() -> Any:
        target, words = url, dict(how.get("given", {}).get(name, {}))
        if not method:
            function = resolve(path)
        else:
            constructor = Arguments(named=named, **how.get("within", {}))
            if based:
                constructor.put(model["base_url"], getattr(peer, how["base"]))
            owner = resolve(path)(*constructor.positional, **constructor.words)
            function = getattr(owner, method)
            if method == "send":
                carrier = next(
                    c for c in model["carriers"] if c["name"].endswith(("().build_request", "().prepare_request"))
                )
                maker = getattr(owner, carrier["name"].rpartition(".")[2])
                request = route({**carrier, "url": carrier["url"]}, "", "GET", url, {}, named=named)
                if maker.__name__ == "prepare_request":
                    built = resolve("requests.Request")("GET", url)
                    target = maker(built)
                else:
                    target = maker(*request.positional, **request.words)
        arguments = route(model, name, "PUT", target, words, named=named)
        result = function(*arguments.positional, **arguments.words)
        if name == "stream" or (hasattr(result, "__aenter__") and not hasattr(result, "__await__")):
            return _streamed(result)
        if how.get("ends"):
            return getattr(owner, how["ends"])()
        return result.result() if model.get("mode") == "future" else result

    run(make)
    assert peer.asked == [(verb, "/orders/1")], f"{path} {method}: {peer.asked}, not {verb}"


def _streamed(manager: Any) -> Any:
    if hasattr(manager, "__aenter__"):

        async def enter() -> None:
            async with manager:
                pass

        return enter()
    with manager:
        return None
