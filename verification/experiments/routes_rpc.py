"""GraphQL, remote procedure calls and generated servicers: what is registered is called over a local connection."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import re
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from experiment import exercise
from routes_common import each_way, resolve, ways

LOT = "routes-1"

PROTO = """
syntax = "proto3";
package shop.v1;
message Req { int32 id = 1; }
message Res { string name = 1; }
service Orders { rpc GetOrder(Req) returns (Res); }
"""


class Orders:
    """An object with a method that is called from outside."""

    def get_order(self, id: int) -> int:  # noqa: A002
        """Gives one more."""
        return id + 1

    def _hidden(self) -> int:
        return 0


@contextlib.contextmanager
def generated(*plugins: str) -> Iterator[Path]:
    """What protoc makes of a service, in a folder that can be imported from."""
    from grpc_tools import protoc

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "shop_gen")
        place.mkdir()
        (place / "__init__.py").touch()
        file = Path(folder, "shop.proto")
        file.write_text(PROTO, "utf-8")
        bin_folder = Path(sys.executable).parent
        found = [f"--plugin={each}" for each in bin_folder.glob("protoc-gen-*")]
        said = [f"--{plugin}_out={place}" for plugin in plugins]
        assert protoc.main(["protoc", f"-I{folder}", *found, *said, str(file)]) == 0
        sys.path[:0] = [str(place), folder]
        yield place


def in_thread(serve: Callable[[], Any]) -> None:
    """Run a server beside what follows."""
    threading.Thread(target=serve, daemon=True).start()


def free_port() -> int:
    """A port that nobody listens to."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def wait_for(port: int) -> None:
    """Wait until somebody listens to a port."""
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)


def matches(shape: str, path: str) -> bool:
    """Whether an access path with `*` matches a path."""
    return re.fullmatch(r"(?:[\w.]+\.)?" + re.escape(shape).replace(r"\*", r"\w*"), path) is not None


# --- GraphQL ---------------------------------------------------------------------------------------------------------


@exercise("strawberry-graphql", "entry", 0)
def strawberry_fields(model: dict[str, Any]) -> None:
    """A field is called like its function, in camel case, or as `name` says."""
    import strawberry

    assert model["default_path"] == "{name}"
    for dotted in model["decorators"]:
        decorator = resolve(dotted, {})
        operation = dotted.rpartition(".")[2]
        for given, field in (({}, "getOrder"), ({model["path"].removeprefix("kw:"): "other"}, "other")):

            async def get_orders(self: Any) -> Any:
                yield "shown"

            def get_order(self: Any) -> str:
                return "shown"

            function = get_orders if operation == "subscription" else get_order
            function.__name__ = "get_order"
            function.__annotations__ = {"return": str}
            if operation == "subscription":
                from collections.abc import AsyncGenerator

                function.__annotations__ = {"return": AsyncGenerator[str, None]}
            tried = strawberry.type(type("Tried", (), {"get_order": decorator(**given)(function)}))
            query = strawberry.type(type("Query", (), {"__annotations__": {"fine": str}}))
            roots = {"field": {"query": tried}, "mutation": {"query": query, "mutation": tried}}
            schema = strawberry.Schema(**roots.get(operation, {"query": query, "subscription": tried}))
            if operation == "subscription":
                answer = asyncio.run(_first(schema, f"subscription {{ {field} }}"))
            else:
                answer = schema.execute_sync(f"{'query' if operation == 'field' else operation} {{ {field} }}")
            assert answer.data == {field: "shown"}, (dotted, answer)


async def _first(schema: Any, text: str) -> Any:
    """The first answer of a subscription."""
    async for answer in await schema.subscribe(text):
        return answer
    return None


@exercise("strawberry-graphql", "entry", 1)
@exercise("strawberry-graphql", "router", 0)
def strawberry_routers(model: dict[str, Any]) -> None:
    """All operations are answered below the prefix of the router, at its path, by POST."""
    import fastapi
    import strawberry
    from fastapi.testclient import TestClient
    from strawberry.fastapi import GraphQLRouter

    query = strawberry.type(type("Query", (), {"fine": strawberry.field(lambda: "shown", graphql_type=str)}))
    schema = strawberry.Schema(query)
    said = {"handler": "arg:0|kw:schema", "path": "arg:1|kw:path", "prefix": "kw:prefix", **model}
    for given, expected in (({}, "/p"), ({"prefix": "/pre"}, "/pre/p")):
        for router, _ in each_way(said, {"handler": schema, "path": "/p", **given}, lambda: GraphQLRouter):
            app = fastapi.FastAPI()
            app.include_router(router)
            answer = TestClient(app).post(expected, json={"query": "{ fine }"})
            assert answer.json()["data"] == {"fine": "shown"}
    assert model.get("verb", "const:POST") == "const:POST"


@exercise("ariadne", "entry", 0, 1, 2)
def ariadne_resolvers(model: dict[str, Any]) -> None:
    """A resolver answers for the field that it is registered for."""
    import ariadne

    text = """
        interface Named { shown: String }
        type Thing implements Named { shown: String }
        type Query { shown: String, thing: Thing }
        type Mutation { shown: String }
        type Subscription { shown: String }
    """

    async def source(*_: Any) -> Any:
        yield {"shown": "source"}

    for dotted in (*model.get("decorators", ()), *model.get("registrars", ())):
        cls, _, name = dotted.partition("().")
        given: dict[str, Any] = {"path": "shown"}
        function = source if "source" in name else lambda *_: "shown"
        if "registrars" in model:
            given["handler"] = function
        made: list[Any] = []

        def fresh(cls: str = cls, name: str = name, made: list[Any] = made) -> Callable[..., Any]:
            kind = {"ObjectType": ["Thing"], "InterfaceType": ["Named"]}.get(cls.rpartition(".")[2], [])
            made[:] = [resolve(cls, {})(*kind)]
            return getattr(made[0], name)  # type: ignore[no-any-return]

        for result, _ in each_way(model, given, fresh):
            if "decorators" in model:
                result(function)
            query = ariadne.QueryType()
            query.set_field("thing", lambda *_: {})
            schema = ariadne.make_executable_schema(text, query, *made)
            operation = {"ariadne.MutationType": "mutation { shown }", "ariadne.QueryType": "{ shown }"}.get(cls)
            if cls == "ariadne.SubscriptionType":
                if "source" not in name:
                    made[0].set_source("shown", source)
                    made[0].bind_to_schema(schema)
                answer = asyncio.run(_subscribed(schema))
                assert answer == {"shown": "source" if "source" in name else "shown"}, (dotted, answer)
                continue
            _, answer = ariadne.graphql_sync(schema, {"query": operation or "{ thing { shown } }"})
            assert "shown" in str(answer["data"].values()), (dotted, answer)


async def _subscribed(schema: Any) -> Any:
    """The data of the first answer of a subscription."""
    from graphql import parse, subscribe

    found = subscribe(schema, parse("subscription { shown }"))
    found = await found if asyncio.iscoroutine(found) else found
    async for answer in found:
        return answer.data
    return None


@exercise("ariadne", "contract", 0)
@exercise("openapi", "contract", 3)
def graphql_files(model: dict[str, Any]) -> None:
    """Of a folder, the files with these endings are read, and no other; of a path, the file."""
    import ariadne

    endings = [pattern.removeprefix("*.") for pattern in model["files"]]
    with tempfile.TemporaryDirectory() as folder:
        for ending in (*endings, "json", "txt", "yaml"):
            Path(folder, f"one.{ending}").write_text(f"type {ending.title()} {{ shown: Int }}", "utf-8")
        text = ariadne.load_schema_from_path(folder)
        assert set(re.findall(r"type (\w+)", text)) == {ending.title() for ending in endings}
        assert "Gql" in ariadne.load_schema_from_path(path=str(Path(folder, "one.gql")))


@exercise("openapi", "contract", 2, 4, 5)
def files_by_ending(model: dict[str, Any]) -> None:
    """Compilers and readers go by the ending of a file's name."""
    [pattern] = model["files"]
    if model["kind"] == "proto":
        with generated("python") as place:
            assert [file.name for file in place.glob("shop*")] == ["shop_pb2.py"]
        return
    if model["kind"] == "thrift":
        import thriftpy2

        with tempfile.TemporaryDirectory() as folder:
            for ending in ("thrift", "idl"):
                file = Path(folder, f"shop.{ending}")
                file.write_text("service Orders { i32 get_order(1: i32 id) }", "utf-8")
                taken = True
                try:
                    thriftpy2.load(str(file))
                except thriftpy2.parser.exc.ThriftParserError:
                    taken = False
                assert taken == (f"*.{ending}" == pattern)
        return
    import fastavro.schema

    with tempfile.TemporaryDirectory() as folder:
        record = '{"type": "record", "name": "%s", "fields": [{"name": "a", "type": "%s"}]}'
        Path(folder, f"Inner{pattern[1:]}").write_text(record % ("Inner", "int"), "utf-8")
        file = Path(folder, f"Outer{pattern[1:]}")
        file.write_text(record % ("Outer", "Inner"), "utf-8")
        assert fastavro.schema.load_schema(str(file))["fields"][0]["type"]["name"] == "Inner"


# --- calls by name ---------------------------------------------------------------------------------------------------


@exercise("pyro5", "entry", 0, 1)
def pyro_objects(model: dict[str, Any]) -> None:
    """An exposed method, or each public one of an exposed class, is called on what is registered, by that name."""
    import Pyro5.api

    expose = Pyro5.api.expose

    class Single:
        @expose
        def get_order(self, id: int) -> int:  # noqa: A002
            return id + 1

    @expose
    class Whole(Orders):
        def get_order(self, id: int) -> int:  # noqa: A002
            return id + 1

    assert set(model.get("actions", {"*": ""})) == {"*"}
    named = {"handler": "arg:0|kw:obj_or_class", "path": "arg:1|kw:objectId"}
    assert not model.get("handler") or {key: model[key] for key in named} == named
    with Pyro5.api.Daemon() as daemon:
        uris = [
            daemon.register(Single, "single"),
            daemon.register(obj_or_class=Whole(), objectId="whole"),
        ]
        in_thread(daemon.requestLoop)
        assert [uri.object for uri in uris] == ["single", "whole"]
        for uri in uris:
            name = model.get("default_path", "{name}").replace("{name}", "get_order")
            with Pyro5.api.Proxy(uri) as proxy:
                assert getattr(proxy, name)(1) == 2
                assert proxy._pyroMethods == {"get_order"}
        daemon.shutdown()


@exercise("zerorpc", "entry", 0, 1, 2)
def zerorpc_objects(model: dict[str, Any]) -> None:
    """Public methods of the object, or of a subclass of the server, are called by their names."""
    import gevent
    import zerorpc

    class Own(zerorpc.Server):
        def get_order(self, id: int) -> int:  # noqa: A002
            return id + 1

    class Decorated:
        @zerorpc.rep
        def get_order(self, id: int) -> int:  # noqa: A002
            return id + 1

        @zerorpc.stream
        def get_orders(self) -> Iterator[int]:
            return iter([1, 2])

    assert model.get("handler", "arg:0|kw:methods") == "arg:0|kw:methods"
    for server in (zerorpc.Server(Orders()), zerorpc.Server(methods=Decorated()), Own()):
        with tempfile.TemporaryDirectory() as folder:
            server.bind(f"ipc://{folder}/tried")
            running = gevent.spawn(server.run)
            client = zerorpc.Client(f"ipc://{folder}/tried", timeout=5)
            assert getattr(client, model["default_path"].replace("{name}", "get_order"))(1) == 2
            hidden = False
            try:
                client._hidden()
            except zerorpc.RemoteError:
                hidden = True
            assert hidden
            client.close()
            server.stop()
            running.join(1)


@exercise("thriftpy2", "entry", 0)
def thrift_handlers(model: dict[str, Any]) -> None:
    """The handler's methods are called that the service names."""
    import thriftpy2
    import thriftpy2.contrib.aio.rpc
    import thriftpy2.http
    import thriftpy2.rpc
    from thriftpy2.contrib.aio.processor import TAsyncProcessor
    from thriftpy2.thrift import TProcessor

    class Waiting:
        async def get_order(self, id: int) -> int:  # noqa: A002
            return id + 1

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "shop.thrift")
        file.write_text("service Orders { i32 get_order(1: i32 id) }", "utf-8")
        shop = thriftpy2.load(str(file), module_name="shop_thrift")
    for dotted in model["registrars"]:
        handler = Waiting() if ".aio." in dotted else Orders()
        make = resolve(dotted, {})
        given = {"service": shop.Orders, "handler": handler}
        for positional, named, _ in list(ways({**model, "service": "arg:0|kw:service"}, given)):
            server = make(*positional, **named, host="127.0.0.1", port=free_port())
            processor = getattr(server, "processor", None) or server.httpd.thrift_processor
            assert isinstance(processor, TAsyncProcessor if ".aio." in dotted else TProcessor)
            assert processor._handler is handler
    port = free_port()
    server = thriftpy2.rpc.make_server(shop.Orders, Orders(), "127.0.0.1", port)
    in_thread(server.serve)
    wait_for(port)
    with thriftpy2.rpc.client_context(shop.Orders, "127.0.0.1", port) as client:
        assert getattr(client, model["default_path"].replace("{name}", "get_order"))(1) == 2


@exercise("jsonrpcserver", "entry", 0)
def jsonrpc_methods(model: dict[str, Any]) -> None:
    """A method is called by its function's name, or as `name` says, bare or called."""
    import json

    from jsonrpcserver import Success, dispatch

    def shown() -> Any:
        return Success("shown")

    method = resolve(model["decorators"][0], {})
    for decorator, name in (
        (method, model["default_path"].replace("{name}", "shown")),
        (method(), "shown"),
        (method(**{model["path"].removeprefix("kw:"): "other"}), "other"),
    ):
        from jsonrpcserver.methods import global_methods

        global_methods.clear()
        decorator(shown)
        answer = json.loads(dispatch(json.dumps({"jsonrpc": "2.0", "method": name, "id": 1})))
        assert answer["result"] == "shown"


# --- generated servicers ---------------------------------------------------------------------------------------------


@exercise("grpcio", "entry", 0)
def grpc_servicers(model: dict[str, Any]) -> None:
    """A method of a generated servicer's subclass is called like that of the service."""
    from concurrent.futures import ThreadPoolExecutor

    import grpc

    with generated("python", "grpc_python"):
        pb2, pb2_grpc = importlib.import_module("shop_pb2"), importlib.import_module("shop_pb2_grpc")
        assert matches(model["bases"][0], "shop_pb2_grpc.OrdersServicer")
        assert not matches(model["bases"][0], "shop_pb2_grpc.OrdersStub")

        class Servicer(pb2_grpc.OrdersServicer):  # type: ignore[misc, name-defined]
            def GetOrder(self, request: Any, context: Any) -> Any:  # noqa: N802
                return pb2.Res(name=f"order {request.id}")

        server = grpc.server(ThreadPoolExecutor(1))
        pb2_grpc.add_OrdersServicer_to_server(Servicer(), server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            path = model["default_path"].replace("{name}", "GetOrder")
            call = channel.unary_unary(f"/shop.v1.Orders/{path}", pb2.Req.SerializeToString, pb2.Res.FromString)
            assert call(pb2.Req(id=7), timeout=5).name == "order 7"
        server.stop(0)


@exercise("grpclib", "entry", 0)
@exercise("grpclib", "responses", 0)
async def grpclib_servicers(model: dict[str, Any]) -> None:
    """A method of a generated base's subclass is called like that of the service; its error is what the caller gets."""
    import grpclib.client
    import grpclib.exceptions
    import grpclib.server

    with generated("python", "grpclib_python"):
        pb2, base = importlib.import_module("shop_pb2"), importlib.import_module("shop_grpc")
        if "bases" in model:
            assert matches(model["bases"][0], "shop_grpc.OrdersBase")
            assert not matches(model["bases"][0], "shop_grpc.OrdersStub")

        class Servicer(base.OrdersBase):  # type: ignore[misc, name-defined]
            async def GetOrder(self, stream: Any) -> None:  # noqa: N802
                assert model.get("default_path", "{name}").replace("{name}", "GetOrder") in vars(type(self))
                request = await stream.recv_message()
                if not request.id:
                    raise grpclib.exceptions.GRPCError(grpclib.Status.NOT_FOUND)
                await stream.send_message(pb2.Res(name=f"order {request.id}"))

        server = grpclib.server.Server([Servicer()])
        with tempfile.TemporaryDirectory() as folder:
            await server.start(path=f"{folder}/tried")
            channel = grpclib.client.Channel(path=f"{folder}/tried")
            stub = base.OrdersStub(channel)
            assert (await stub.GetOrder(pb2.Req(id=7), timeout=5)).name == "order 7"
            got = None
            try:
                await stub.GetOrder(pb2.Req(), timeout=5)
            except grpclib.exceptions.GRPCError as error:
                got = error.status
            assert got == grpclib.Status.NOT_FOUND
            channel.close()
            server.close()
            await server.wait_closed()


@exercise("connectrpc", "entry", 0)
@exercise("connectrpc", "responses", 0)
def connect_services(model: dict[str, Any]) -> None:
    """Methods of the object are called in snake case, at the full name of the service and its method."""
    from connectrpc.code import Code
    from connectrpc.errors import ConnectError

    def answer(request: Any) -> Any:
        if not request.id:
            raise ConnectError(Code.NOT_FOUND, "tried")
        return messages.Res(name="order")

    class Waiting:
        async def get_order(self, request: Any, ctx: Any) -> Any:
            return answer(request)

    class Plain:
        def get_order(self, request: Any, ctx: Any) -> Any:
            return answer(request)

    with generated("py", "connectrpc"):
        messages = importlib.import_module("shop_gen.shop_pb")
        code = importlib.import_module("shop_gen.shop_connect")
        for shape in model.get("registrars", ("*_connect.*ASGIApplication",)):
            name = f"Orders{shape.rpartition('*')[2]}"
            assert matches(shape, f"shop_gen.shop_connect.{name}")
            service = Waiting() if "ASGI" in name else Plain()
            said = model if "handler" in model else {"handler": "arg:0|kw:service"}
            for app, _ in each_way(said, {"handler": service}, lambda name=name: getattr(code, name)):
                asked = [connect_status(app, messages.Req(id=number), is_asgi="ASGI" in name) for number in (7, 0)]
                assert asked == [200, 404], (name, asked)


def connect_status(app: Any, request: Any, *, is_asgi: bool) -> int:
    """The status of the answer of an application of Connect to a call."""
    import httpx

    given = {
        "url": "http://tried/shop.v1.Orders/GetOrder",
        "content": request.to_binary(),
        "headers": {"content-type": "application/proto", "connect-protocol-version": "1"},
    }
    if not is_asgi:
        with httpx.Client(transport=httpx.WSGITransport(app=app)) as client:
            return client.post(**given).status_code

    async def ask() -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app)) as client:
            return (await client.post(**given)).status_code

    return asyncio.run(ask())


@exercise("twirp", "entry", 0)
@exercise("twirp", "responses", 0)
def twirp_services(model: dict[str, Any]) -> None:
    """A service as protoc-gen-twirpy makes it calls methods of the object; exceptions are error responses."""
    import httpx
    from twirp.asgi import TwirpASGIApp
    from twirp.base import Endpoint
    from twirp.errors import Errors
    from twirp.server import TwirpServer

    with generated("python"):
        pb2 = importlib.import_module("shop_pb2")

    class OrdersServer(TwirpServer):
        def __init__(self, *args: Any, service: Any) -> None:
            super().__init__(service=service)
            self._prefix = "/twirp/shop.v1.Orders"
            self._endpoints = {
                "GetOrder": Endpoint(
                    service_name="Orders", name="GetOrder", function=service.GetOrder, input=pb2.Req, output=pb2.Res
                )
            }

    assert all(matches(shape, "shop_twirp.OrdersServer") for shape in model.get("registrars", ()))
    needed = {"TwirpServerException": {"code": Errors.NotFound, "message": "tried"}}

    class Service:
        def __init__(self, dotted: str) -> None:
            self.dotted = dotted

        def GetOrder(self, context: Any, request: Any) -> Any:  # noqa: N802
            if request.id:
                return pb2.Res(name="order")
            given = needed.get(self.dotted.rpartition(".")[2], {"argument": "id"})
            if "Invalid" in self.dotted:
                given = {**given, "error": "tried"}
            raise resolve(self.dotted, {})(**given)

    async def ask(app: Any, id: int) -> int:  # noqa: A002
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://tried") as client:
            headers = {"content-type": "application/json"}
            return (await client.post("/twirp/shop.v1.Orders/GetOrder", json={"id": id}, headers=headers)).status_code

    for dotted in model.get("failing", ["twirp.exceptions.TwirpServerException"]):
        app = TwirpASGIApp()
        app.add_service(OrdersServer(service=Service(dotted)))
        assert asyncio.run(ask(app, 7)) == 200
        assert asyncio.run(ask(app, 0)) in (400, 404), dotted
