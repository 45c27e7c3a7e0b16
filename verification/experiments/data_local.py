"""What the experiments with stored data share: servers on this machine, and arguments for methods."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Model = dict[str, Any]
HOST = "127.0.0.1"
KEY = "cart:1"


def last(path: str) -> str:
    """The last name of an access path."""
    return path.rpartition(".")[2]


def named(model: Model) -> set[str]:
    """The last names of all that a table speaks of."""
    return {*map(last, model.get("functions", ())), *model.get("methods", ())}


def resolve(path: str) -> Any:
    """What stands at a dotted path of imports and attributes."""
    names = path.split(".")
    for number in range(len(names), 0, -1):
        with contextlib.suppress(ImportError):
            value = __import__(".".join(names[:number]), fromlist=["_"])
            for name in names[number:]:
                value = getattr(value, name)
            return value
    raise ImportError(f"no module {names[0]}", name=names[0])


# --- waiting ----------------------------------------------------------------------------------------------------------


def silent() -> int:
    """The port of a server that accepts connections and never says anything."""
    server = socket.create_server((HOST, 0), backlog=50)
    taken = []

    def accept() -> None:
        while True:
            taken.append(server.accept())

    threading.Thread(target=accept, daemon=True).start()
    return int(server.getsockname()[1])


def closed() -> int:
    """A port at which nobody listens."""
    with socket.create_server((HOST, 0)) as server:
        return int(server.getsockname()[1])


def seconds(call: Callable[[], object]) -> float:
    """How long a call takes until it fails; it must."""
    started = time.monotonic()
    try:
        call()
    except Exception:  # noqa: BLE001  (libraries raise what they like)
        return time.monotonic() - started
    raise AssertionError("it did not fail")


def outlasts(call: Callable[[], object], patience: float) -> bool:
    """Whether a call has not ended after some seconds."""
    done = threading.Event()

    def run() -> None:
        with contextlib.suppress(BaseException):
            call()
        done.set()

    threading.Thread(target=run, daemon=True).start()
    return not done.wait(patience)


# --- servers that take notes ------------------------------------------------------------------------------------------


class Redis:
    """A server that notes the commands it gets, and refuses all but those of a greeting."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        server = self

        class Handler(socketserver.StreamRequestHandler):
            """One connection."""

            def handle(self) -> None:
                """Read commands until the end."""
                while line := self.rfile.readline():
                    words = []
                    for _ in range(int(line[1:])):
                        size = int(self.rfile.readline()[1:])
                        words.append(self.rfile.read(size + 2)[:-2].decode(errors="replace"))
                    if words[0] in {"HELLO", "CLIENT"}:
                        self.wfile.write(b"%1\r\n$5\r\nproto\r\n:3\r\n" if words[0] == "HELLO" else b"+OK\r\n")
                        continue
                    server.commands.append(words)
                    self.wfile.write(b"-ERR no\r\n")

        listening = socketserver.ThreadingTCPServer((HOST, 0), Handler)
        listening.daemon_threads = True
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        self.port = listening.server_address[1]

    def got(self, call: Callable[[], object]) -> list[list[str]]:
        """The commands that a call sends, whatever becomes of it."""
        self.commands.clear()
        with contextlib.suppress(Exception):
            done(call())
        return list(self.commands)


class Web:
    """A server that notes the requests it gets, and answers all of them with the same JSON."""

    def __init__(self, answer: object, headers: dict[str, str] | None = None) -> None:
        self.requests: list[tuple[str, Any]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            """One request."""

            def answer(self) -> None:
                """Note it and answer."""
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with contextlib.suppress(ValueError):
                    body = json.loads(body)
                server.requests.append((self.headers.get("X-Amz-Target") or self.path, body))
                text = json.dumps(answer).encode()
                self.send_response(200)
                for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(text)

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        listening = ThreadingHTTPServer((HOST, 0), Handler)
        listening.daemon_threads = True
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        self.url = f"http://{HOST}:{listening.server_address[1]}"

    def got(self, call: Callable[[], object]) -> str:
        """The requests that a call sends, as one text, whatever becomes of it."""
        self.requests.clear()
        with contextlib.suppress(Exception):
            done(call())
        return json.dumps(self.requests, default=repr) if self.requests else ""


def done(value: Any) -> Any:
    """A value, awaited or iterated over where it is something that is done only then."""
    if inspect.iscoroutine(value):
        return asyncio.run(value)
    if inspect.isgenerator(value):
        return list(value)
    if inspect.isasyncgen(value):

        async def collect() -> list[Any]:
            return [each async for each in value]

        return asyncio.run(collect())
    return value


# --- arguments --------------------------------------------------------------------------------------------------------

_VALUES: dict[str, Any] = {
    "actions": None,
    "amount": 1,
    "count": 1,
    "end": 1,
    "max": 1,
    "max_await_time_ms": 1,
    "min": 0,
    "num": 1,
    "number": 1,
    "offset": 0,
    "start": 0,
    "stop": 1,
    "time": 1,
    "time_ms": 1,
    "ttl": 1,
    "when": 10,
    "where": "before",
    "mapping": {"field": 1},
    "keys": ["field"],
    "values": [1, 2, "place"],
    "index": 0,
}


def arguments(function: Callable[..., object], first: object, **values: object) -> list[Any]:
    """Positional arguments with which a method can be called: its first one, and what else it needs.

    Args:
        function: The method.
        first: Its first argument.
        values: Further ones by the names of the parameters, where they are not the usual.
    """
    known = {**_VALUES, **values}
    given = [first]
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        needed = parameter.default is parameter.empty
        if parameter.kind is parameter.VAR_POSITIONAL:
            given.append("value")
        elif needed and parameter.kind in {parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD}:
            given.append(known.get(parameter.name, "value"))
    return given
