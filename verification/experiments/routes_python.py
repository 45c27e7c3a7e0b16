"""Servers that Python brings along: what they are given is called over a local connection."""

from __future__ import annotations

import http.client
import http.server
import threading
import wsgiref.simple_server
import xmlrpc.client
import xmlrpc.server
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from experiment import exercise
from routes_common import each_way, resolve

LOT = "python"


@contextmanager
def serving(server: Any) -> Iterator[int]:
    """A server that runs in a thread; gives its port."""
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield int(server.server_address[1])
    server.shutdown()
    server.server_close()


def status(port: int, verb: str, path: str = "/x") -> int:
    """The status of the answer to a request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request(verb, path)
    found = connection.getresponse().status
    connection.close()
    return found


def handler(base: type, **methods: Callable[[Any], None]) -> type:
    """A class of handlers that print nothing."""
    return type("Handler", (base,), {"log_message": lambda *_: None, **methods})


@exercise("python", "entry", 0)
def http_handlers(model: dict[str, Any]) -> None:
    """Each method answers the method of HTTP that it is called after, at all paths."""

    def shown(self: Any) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    assert sorted(model["actions"]) == sorted(model["handlers"])
    for base in model["bases"]:
        for name, verb in model["actions"].items():
            cls = handler(resolve(base, {}), **{name: shown})
            with serving(http.server.HTTPServer(("127.0.0.1", 0), cls)) as port:
                assert [status(port, verb, path) for path in ("/x", "/y/z")] == [200, 200]
                if "Base" in base:
                    others = {other for other in model["actions"].values() if status(port, other) == 200}
                    assert others == {verb}


@exercise("python", "responses", 1)
def http_errors(model: dict[str, Any]) -> None:
    """What sends an error or a status sends it."""
    for dotted in (*model["failing"], *model["status"]):
        base, _, name = dotted.rpartition("().")

        def failing(self: Any, name: str = name) -> None:
            getattr(self, name)(409)
            if name == "send_response":
                self.end_headers()

        with serving(http.server.HTTPServer(("127.0.0.1", 0), handler(resolve(base, {}), do_GET=failing))) as port:
            assert status(port, "GET") == 409, dotted


@exercise("python", "entry", 1)
def wsgi_applications(model: dict[str, Any]) -> None:
    """An application answers all methods at all paths."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [("Content-Length", "0")])
        return []

    [dotted] = model["registrars"]
    assert model["handler"] == "arg:2|kw:app"
    make = resolve(dotted, {})
    quiet = {"handler_class": handler(wsgiref.simple_server.WSGIRequestHandler)}
    for server in (make("127.0.0.1", 0, app, **quiet), make(host="127.0.0.1", port=0, app=app, **quiet)):
        with serving(server) as port:
            assert [status(port, *asked) for asked in (("GET", "/x"), ("PUT", "/y"))] == [200, 200]


def get_order(id: int) -> int:  # noqa: A002
    """Gives one more."""
    return id + 1


class Orders:
    """An object with a method that is called from outside."""

    def get_order(self, id: int) -> int:  # noqa: A002
        """Gives one more."""
        return id + 1

    def _hidden(self) -> int:
        return 0


@exercise("python", "entry", 2)
def xmlrpc_functions(model: dict[str, Any]) -> None:
    """A function is called by its name, or by the one that it is registered with."""
    for dotted in model["registrars"]:
        cls = resolve(dotted.partition("()")[0], {})
        for given, name in (({}, model["default_path"].replace("{name}", "get_order")), ({"path": "other"}, "other")):
            made: list[Any] = []

            def fresh(cls: type = cls, made: list[Any] = made) -> Callable[..., Any]:
                made[:] = [xmlrpc_server(cls)]
                return made[0].register_function  # type: ignore[no-any-return]

            for _ in each_way(model, {"handler": get_order, **given}, fresh):
                assert xmlrpc_call(made[0], name, 1) == 2, dotted


@exercise("python", "entry", 3)
def xmlrpc_objects(model: dict[str, Any]) -> None:
    """All public methods of an object are called, and no other."""
    for dotted in model["registrars"]:
        cls = resolve(dotted.partition("()")[0], {})
        made: list[Any] = []

        def fresh(cls: type = cls, made: list[Any] = made) -> Callable[..., Any]:
            made[:] = [xmlrpc_server(cls)]
            return made[0].register_instance  # type: ignore[no-any-return]

        for _ in each_way(model, {"handler": Orders()}, fresh):
            assert xmlrpc_call(made[0], "get_order", 1) == 2, dotted
        hidden = False
        try:
            xmlrpc_call(xmlrpc_server(cls), "_hidden")
        except xmlrpc.client.Fault:
            hidden = True
        assert hidden


def xmlrpc_server(cls: type) -> Any:
    """A server, or what dispatches calls without one."""
    if issubclass(cls, xmlrpc.server.SimpleXMLRPCServer):
        return cls(("127.0.0.1", 0), logRequests=False)
    return cls()


def xmlrpc_call(server: Any, name: str, *arguments: Any) -> Any:
    """What a call gives."""
    if isinstance(server, xmlrpc.server.SimpleXMLRPCServer):
        with serving(server) as port, xmlrpc.client.ServerProxy(f"http://127.0.0.1:{port}") as proxy:
            return getattr(proxy, name)(*arguments)
    data = server._marshaled_dispatch(xmlrpc.client.dumps(arguments, name).encode())
    [value], _ = xmlrpc.client.loads(data)
    return value
