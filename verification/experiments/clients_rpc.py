"""Clients of procedures, generated ones and those of clouds: how long they wait, how they fail, how often they try."""

from __future__ import annotations

import asyncio
import collections
import collections.abc
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from clients_generated import module, says_its_route, written
from clients_peers import (
    Arguments,
    Call,
    Model,
    Peer,
    Trial,
    Words,
    begun,
    fails_as_said,
    failure,
    gone,
    resolve,
    silent,
    trials,
    witness,
)
from experiment import exercise

LOT = "clients-1"

WSDL = """<?xml version="1.0"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:t="urn:shop" xmlns:x="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:shop">
  <message name="In"><part name="number" type="x:int"/></message>
  <message name="Out"><part name="name" type="x:string"/></message>
  <portType name="P"><operation name="GetOrder"><input message="t:In"/><output message="t:Out"/></operation></portType>
  <binding name="B" type="t:P"><soap:binding style="rpc" transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="GetOrder"><soap:operation soapAction="urn:GetOrder"/>
      <input><soap:body use="literal" namespace="urn:shop"/></input>
      <output><soap:body use="literal" namespace="urn:shop"/></output></operation></binding>
  <service name="Shop"><port name="Port" binding="t:B"><soap:address location="URL/soap"/></port></service>
</definitions>
"""

THRIFT = """struct Order { 1: i64 number }
service Orders { Order get_order(1: i64 number) }
"""


def in_loop(call: Any) -> Call:
    """A coroutine function as a call."""

    def run(model: Model, peer: Peer, made: Words, given: Words) -> object:
        return asyncio.run(call(model, peer, made, given))

    return run


def file(name: str, text: str) -> str:
    """The path of a file with some text."""
    path = Path(tempfile.mkdtemp()) / name
    path.write_text(text, "utf-8")
    return str(path)


# --- GraphQL, SOAP, RPC over HTTP -------------------------------------------------------------------------------------


def sgqlc_call(model: Model, peer: Peer, made: Words, given: Words) -> object:
    """A query."""
    return resolve(model["classes"][0])(f"{peer.url}/graphql", **made)("{ a }", **given)


def zeep_call(model: Model, peer: Peer, made: Words, _given: Words) -> object:
    """An operation, of a client or of a service made by it."""
    client = resolve("zeep.Client")(file("shop.wsdl", WSDL.replace("URL", peer.url)), **made)
    if not model.get("nested"):
        if model["classes"][0].endswith("bind"):
            return client.bind("Shop", "Port").GetOrder(1)
        return client.create_service("{urn:shop}B", f"{peer.url}/soap").GetOrder(1)
    return client.service.GetOrder(1)


async def zeep_async_call(model: Model, peer: Peer, made: Words, _given: Words) -> object:
    """An operation of an asynchronous client."""
    client = resolve("zeep.AsyncClient")(file("shop.wsdl", WSDL.replace("URL", peer.url)), **made)
    if not model.get("nested"):
        return await client.bind("Shop", "Port").GetOrder(1)
    return await client.service.GetOrder(1)


def proxy_call(model: Model, peer: Peer, made: Words, _given: Words) -> object:
    """A call by name, of a proxy or of all that was noted."""
    cls = model["classes"][0]
    if cls.endswith(".MultiCall"):
        multi = resolve(cls)(resolve(cls.replace("MultiCall", "ServerProxy"))(peer.url))
        multi.get_order(1)
        return list(multi())
    proxy = resolve(cls)(peer.url, **made)
    return proxy.orders.get_order(1) if model.get("nested") else proxy.get_order(1)


def old_proxy_call(model: Model, peer: Peer, made: Words, given: Words) -> object:
    """A call by name, where a class that Python once had is put back."""
    collections.Mapping = collections.abc.Mapping  # type: ignore[attr-defined]
    return proxy_call(model, peer, made, given)


def jsonrpcclient_call(model: Model, peer: Peer, _made: Words, given: Words) -> object:
    """A call of release 3."""
    if model.get("methods") == ["send"]:
        client = resolve("jsonrpcclient.clients.http_client.HTTPClient")(peer.url)
        return client.send('{"jsonrpc": "2.0", "method": "get_order", "id": 1}', **given)
    if model.get("functions"):
        return resolve(model["functions"][0])(peer.url, "get_order", 1)
    return resolve(model["classes"][0])(peer.url).get_order(1)


def timed_transport(name: str, **words: Any) -> Any:
    """A maker of a transport with a limit of a second for an operation."""
    return lambda: resolve(name)(operation_timeout=1, **words)


def operation_default() -> None:
    """What operations have where nothing is said."""
    return resolve("zeep.Transport")().operation_timeout


trials(
    {
        ("sgqlc", 0): Trial(sgqlc_call),
        ("sgqlc", 1): Trial(sgqlc_call),
        ("zeep", 0): Trial(zeep_call, client_limit=timed_transport("zeep.Transport"), default=operation_default),
        ("zeep", 1): Trial(zeep_call),
        ("zeep", 2): Trial(zeep_call),
        ("zeep", 3): Trial(in_loop(zeep_async_call), client_limit=timed_transport("zeep.transports.AsyncTransport")),
        ("zeep", 4): Trial(in_loop(zeep_async_call)),
        ("python", 5): Trial(proxy_call, counted=False),
        ("python", 6): Trial(proxy_call, counted=False),
        ("python", 7): Trial(proxy_call, counted=False),
        ("jsonrpclib-pelix", 0): Trial(proxy_call, counted=False),
        ("jsonrpclib-pelix", 1): Trial(proxy_call, counted=False),
        ("jsonrpclib-pelix", 2): Trial(proxy_call, counted=False),
        ("jsonrpc-requests", 0): Trial(old_proxy_call),
        ("jsonrpc-requests", 1): Trial(old_proxy_call),
        ("jsonrpcclient", 0): Trial(jsonrpcclient_call),
        ("jsonrpcclient", 1): Trial(jsonrpcclient_call),
        ("jsonrpcclient", 2): Trial(jsonrpcclient_call),
    }
)


@exercise("zeep", "client", 0)
def limit_of_the_transport_is_not_for_operations(model: Model) -> None:
    """An operation still waits where the transport has a limit, but none for operations."""
    future = begun(partial(zeep_call, model, silent(), {"transport": resolve("zeep.Transport")(timeout=1)}, {}))
    time.sleep(3)
    assert not future.done()
    assert model["timeout_types"][0]["bounded_by"] == ["arg:2|kw:operation_timeout"]


# --- gRPC and what is like it -----------------------------------------------------------------------------------------


def sleeping() -> Peer:
    """A gRPC server whose handlers sleep."""
    grpc = resolve("grpc")

    class Handler(grpc.GenericRpcHandler):  # type: ignore[misc, name-defined]
        """Handles everything."""

        def service(self, _details: Any) -> Any:
            """A handler that sleeps."""
            return grpc.unary_unary_rpc_method_handler(lambda *_: time.sleep(60))

    server = grpc.server(ThreadPoolExecutor())
    server.add_generic_rpc_handlers((Handler(),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    threading.Thread(target=server.wait_for_termination, daemon=True).start()
    return Peer(port)


def stub(channel: Any) -> Any:
    """A stub of generated code and its request."""
    generated = module("orders_pb2_grpc").OrderServiceStub(channel)
    return generated.GetOrder, module("orders_pb2").GetOrderRequest(order_id=1)


def grpc_call(model: Model, peer: Peer, _made: Words, given: Words) -> object:
    """A call of a stub, in the way that the table is about."""
    # What only other calls of the table raise is tried apart.
    for kind, path in (("both", "grpc.aio.AioRpcError"), ("timeout", "grpc.FutureTimeoutError")):
        if path in model["errors"].get(kind, ()):
            model["errors"][kind].remove(path)
    channel = resolve("grpc.insecure_channel")(peer.netloc)
    method, request = stub(channel)
    if "classes" in model and model["classes"][0].endswith("unary_unary"):
        method = channel.unary_unary(
            "/shop.v1.OrderService/GetOrder", request_serializer=type(request).SerializeToString
        )
    if model["methods"] == ["with_call"]:
        return method.with_call(request, **given)
    if model["methods"] == ["future"]:
        return method.future(request, **given).result()
    return method(request, **given)


async def grpc_aio_call(model: Model, peer: Peer, _made: Words, given: Words) -> object:
    """A call over an asynchronous channel."""
    async with resolve("grpc.aio.insecure_channel")(peer.netloc) as channel:
        method, request = stub(channel)
        if model["classes"][0].endswith("unary_unary"):
            method = channel.unary_unary(
                "/shop.v1.OrderService/GetOrder", request_serializer=type(request).SerializeToString
            )
        return await method(request, **given)


async def grpclib_call(model: Model, peer: Peer, _made: Words, given: Words) -> object:
    """A call of a stub, or a stream that is opened by it."""
    channel = resolve("grpclib.client.Channel")("127.0.0.1", peer.port)
    generated = module("orders_grpc").OrderServiceStub(channel)
    request = module("orders_pb2").GetOrderRequest(order_id=1)
    if model.get("nested"):
        async with generated.GetOrder.open(**given) as stream:
            await stream.send_message(request, end=True)
            return await stream.recv_message()
    return await generated.GetOrder(request, **given)


def connect_call(_model: Model, peer: Peer, made: Words, given: Words) -> object:
    """A call of a generated client."""
    client = module("generated.orders_connect").OrderServiceClientSync(peer.url, **made)
    return client.get_order(module("generated.orders_pb").GetOrderRequest(order_id=1), **given)


async def connect_async_call(_model: Model, peer: Peer, made: Words, given: Words) -> object:
    """A call of a generated asynchronous client."""
    client = module("generated.orders_connect").OrderServiceClient(peer.url, **made)
    return await client.get_order(module("generated.orders_pb").GetOrderRequest(order_id=1), **given)


def twirp_call(_model: Model, peer: Peer, made: Words, given: Words) -> object:
    """A call of a client as protoc-gen-twirpy writes it."""
    empty = resolve("google.protobuf.empty_pb2.Empty")

    class OrderServiceClient(resolve("twirp.client").TwirpClient):  # type: ignore[misc]
        """A client."""

        def GetOrder(  # noqa: N802
            self, *_args: Any, ctx: Any, request: Any, server_path_prefix: str = "/twirp", **kwargs: Any
        ) -> Any:
            """Get an order."""
            url = f"{server_path_prefix}/shop.v1.OrderService/GetOrder"
            return self._make_request(url=url, ctx=ctx, request=request, response_obj=empty, **kwargs)

    client = OrderServiceClient(peer.url, **made)
    return client.GetOrder(ctx=resolve("twirp.context").Context(), request=empty(), **given)


def with_code(trial: Trial, *plugins: str, package: bool = False) -> Trial:
    """A trial whose call needs generated code, which is written once."""

    def call(model: Model, peer: Peer, made: Words, given: Words) -> object:
        if plugins not in _WRITTEN:
            _WRITTEN[plugins] = written(*plugins, package=package)
        return trial.call(model, peer, made, given)

    return Trial(**{**vars(trial), "call": call})


_WRITTEN: dict[tuple[str, ...], Path] = {}

_GRPC = ("python", "grpc_python")
trials(
    {
        ("grpcio", 0): with_code(Trial(grpc_call, peer=sleeping, counted=False), *_GRPC),
        ("grpcio", 1): with_code(Trial(grpc_call, peer=sleeping, counted=False), *_GRPC),
        ("grpcio", 2): with_code(Trial(grpc_call, peer=sleeping, counted=False), *_GRPC),
        ("grpcio", 3): with_code(Trial(grpc_call, peer=sleeping, counted=False), *_GRPC),
        ("grpcio", 4): with_code(Trial(in_loop(grpc_aio_call), peer=sleeping, counted=False), *_GRPC),
        ("grpclib", 0): with_code(Trial(in_loop(grpclib_call), counted=False), "python", "grpclib_python"),
        ("grpclib", 1): with_code(Trial(in_loop(grpclib_call), counted=False), "python", "grpclib_python"),
        ("connectrpc", 0): with_code(Trial(connect_call, limit=1000), "py", "connectrpc", package=True),
        ("connectrpc", 1): with_code(Trial(in_loop(connect_async_call), limit=1000), "py", "connectrpc", package=True),
        ("twirp", 0): Trial(twirp_call, counted=False),
    }
)


@exercise("grpcio", "client", 0)
async def awaited_stub_fails_as_said(model: Model) -> None:
    """A stub over an asynchronous channel fails by what the table says as well."""
    written(*_GRPC)
    for peer in (sleeping(), gone()):
        [error] = await asyncio.gather(grpc_aio_call(model, peer, {}, {"timeout": 1}), return_exceptions=True)
        assert all(isinstance(error, resolve(path)) for path in model["errors"]["both"]), error


@exercise("grpcio", "client", 2)
def late_result_fails_as_said(model: Model) -> None:
    """Waiting for the result of a future fails by what the table says."""
    written(*_GRPC)
    method, request = stub(resolve("grpc.insecure_channel")(sleeping().netloc))
    error = failure(begun(partial(method.future(request).result, timeout=1)), 3)
    assert all(isinstance(error, resolve(path)) for path in model["errors"]["timeout"])


@exercise("grpcio", "client", 0)
def generated_stub_says_its_route(model: Model) -> None:
    """The constructor of a stub has the route where the table says."""
    says_its_route(model, written(*_GRPC) / "orders_pb2_grpc.py", "/shop.v1.OrderService/GetOrder")


@exercise("grpclib", "client", 0)
def generated_grpclib_stub_says_its_route(model: Model) -> None:
    """The constructor of a stub has the route where the table says."""
    says_its_route(model, written("python", "grpclib_python") / "orders_grpc.py", "/shop.v1.OrderService/GetOrder")


@exercise("connectrpc", "client", 0, 1)
def generated_client_says_its_route(model: Model) -> None:
    """A method of a client has the route where the table says."""
    says_its_route(model, written("connectrpc") / "orders_connect.py", "GetOrder")


@exercise("twirp", "client", 0)
def twirp_asks_with_post(model: Model) -> None:
    """A call is a POST of the path that the code says."""
    peer = witness(b"")
    twirp_call(model, peer, {}, {})
    assert peer.asked == [(model["verb"].removeprefix("const:"), "/twirp/shop.v1.OrderService/GetOrder")]


# --- Thrift, Pyro -----------------------------------------------------------------------------------------------------


def thrift_call(model: Model, peer: Peer, _made: Words, given: Words) -> object:
    """A read from what a generated client reads from."""
    if model["methods"] == ["flush"]:
        transport = resolve("thrift.transport.THttpClient.THttpClient")(peer.url)
        _limit_set(transport, model, given)
        transport.write(b"x")
        return transport.flush()
    transport = resolve("thrift.transport.TSocket.TSocket")("127.0.0.1", peer.port)
    _limit_set(transport, model, given)
    transport.open()
    return transport.read(1)


def _limit_set(thing: Any, model: Model, given: Words) -> None:
    if given:
        getattr(thing, model["limit_setters"][0])(1000)


@exercise("thrift", "client", 0, 1)
def set_limit_ends_the_wait(model: Model) -> None:
    """Reading waits until a limit is set, and fails as said."""
    unlimited = begun(partial(thrift_call, model, silent(), {}, {}))
    late = failure(begun(partial(thrift_call, model, silent(), {}, {"limit": 1})), 5)
    refused = failure(begun(partial(thrift_call, model, gone(), {}, {})), 5)
    time.sleep(2)
    assert not unlimited.done()
    fails_as_said(model, [refused], [late])


def thriftpy2_call(model: Model, peer: Peer, made: Words, _given: Words) -> object:
    """A call of a client, however it is made."""
    service = _loaded().Orders
    constructor = Arguments(named=True, port=peer.port, **made)
    constructor.put("kw:host", "127.0.0.1")
    path = model["classes"][0]
    if path.endswith("client_context"):
        with resolve(path)(service, **constructor.words) as client:
            return client.get_order(1)
    return resolve(path)(service, **constructor.words).get_order(1)


async def thriftpy2_async_call(model: Model, peer: Peer, made: Words, _given: Words) -> object:
    """A call of an asynchronous client."""
    made = {"host": "127.0.0.1", "port": peer.port, **made}
    client = await resolve(model["classes"][0])(_loaded().Orders, **made)
    return await client.get_order(1)


def _loaded() -> Any:
    return resolve("thriftpy2").load(file("shop.thrift", THRIFT), module_name="shop_thrift")


def pyro_call(model: Model, peer: Peer, _made: Words, given: Words) -> object:
    """A call of a proxy, or of all that was noted."""
    path = model["classes"][0]
    proxy = resolve(path.replace("BatchProxy", "Proxy").replace("batch", "Proxy"))(f"PYRO:orders@{peer.netloc}")
    if given:
        proxy._pyroTimeout = 1
    if path.endswith("Proxy") and not path.endswith("BatchProxy"):
        return proxy.get_order(1)
    batch = resolve(path)(proxy)
    batch.get_order(1)
    return list(batch())


@exercise("pyro5", "client", 0, 1)
def proxy_waits_and_fails_as_said(model: Model) -> None:
    """A call waits until the proxy has a limit, and fails as said."""
    unlimited = begun(partial(pyro_call, model, silent(), {}, {}))
    late = failure(begun(partial(pyro_call, model, silent(), {}, {"limit": 1})), 8)
    refused = failure(begun(partial(pyro_call, model, gone(), {}, {})), 5)
    time.sleep(2)
    assert not unlimited.done()
    fails_as_said(model, [refused], [late])


trials(
    {
        ("thriftpy2", 0): Trial(thriftpy2_call, client_limit=1000, counted=False),
        ("thriftpy2", 1): Trial(thriftpy2_call, client_limit=1000, counted=False),
        ("thriftpy2", 2): Trial(in_loop(thriftpy2_async_call), client_limit=1000, counted=False),
        ("thriftpy2", 3): Trial(thriftpy2_call, client_limit=1000, counted=False),
    }
)


# --- clouds -----------------------------------------------------------------------------------------------------------


ACCOUNT = {"region_name": "eu-west-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}


def boto_call(model: Model, peer: Peer, made: Words, _given: Words) -> object:
    """A call of a service of AWS."""
    service = "lambda" if "values" in model["where"] else "ses"
    client = resolve("boto3.client")(service, endpoint_url=peer.url, **ACCOUNT, **made)
    return client.invoke(FunctionName="orders") if service == "lambda" else client.get_send_quota()


def boto_limit() -> object:
    """A limit of a second, without retries."""
    return resolve("botocore.config.Config")(read_timeout=1, retries={"total_max_attempts": 1})


def boto_default() -> float:
    """What clients have where nothing is said."""
    client = resolve("boto3.client")("ses", **ACCOUNT)
    return float(client.meta.config.read_timeout)


def msrest_call(_model: Model, peer: Peer, _made: Words, given: Words) -> object:
    """A request of a client as AutoRest once wrote it."""
    msrest = resolve("msrest")
    config = msrest.Configuration(peer.url)
    if given:
        config.connection.timeout = 1
        config.retry_policy.retries = 0
    client = msrest.ServiceClient(None, config)
    return client.send(client.get("/orders/1"))


def msrest_default() -> float:
    """What a configuration has where nothing is said."""
    return float(resolve("msrest.Configuration")("http://localhost").connection.timeout)


def azure_call(model: Model, peer: Peer, _made: Words, given: Words) -> object:
    """A request of a pipeline."""
    client = resolve("azure.core.PipelineClient")(peer.url)
    if model.get("nested"):
        return client._pipeline.run(resolve("azure.core.rest.HttpRequest")("GET", f"{peer.url}/orders/1"), **given)
    return client.send_request(resolve("azure.core.rest.HttpRequest")("GET", f"{peer.url}/orders/1"), **given)


async def azure_async_call(model: Model, peer: Peer, _made: Words, given: Words) -> object:
    """A request of an asynchronous pipeline."""
    async with resolve("azure.core.AsyncPipelineClient")(peer.url) as client:
        if model.get("nested"):
            request = resolve("azure.core.rest.HttpRequest")("GET", f"{peer.url}/orders/1")
            return await client._pipeline.run(request, **given)
        return await client.send_request(resolve("azure.core.rest.HttpRequest")("GET", f"{peer.url}/orders/1"), **given)


def azure_default() -> float:
    """What a configuration has where nothing is said."""
    return float(resolve("azure.core.configuration.ConnectionConfiguration")().read_timeout)


trials(
    {
        ("boto3", 0): Trial(boto_call, client_limit=boto_limit, default=boto_default, slack=20),
        ("boto3", 2): Trial(boto_call, client_limit=boto_limit, default=boto_default, slack=20),
        ("msrest", 0): Trial(msrest_call, default=msrest_default, slack=20),
        ("azure-core", 0): Trial(azure_call, default=azure_default),
        ("azure-core", 1): Trial(in_loop(azure_async_call), default=azure_default, counted=False),
        ("azure-core", 2): Trial(azure_call, default=azure_default),
        ("azure-core", 3): Trial(in_loop(azure_async_call), default=azure_default, counted=False),
    }
)


@exercise("msrest", "client", 0)
def limit_of_the_configuration_ends_the_wait(model: Model) -> None:
    """The limit of the configuration ends a call, which fails as said."""
    late = failure(begun(partial(msrest_call, model, silent(), {}, {"limit": 1})), 8)
    refused = failure(begun(partial(msrest_call, model, gone(), {}, {})), 20)
    fails_as_said(model, [refused], [late])


# --- Dapr -------------------------------------------------------------------------------------------------------------


def dapr_client(path: str, peer: Peer, made: Words) -> Any:
    """A client whose sidecar was there when it was made, and is the peer since."""
    settings = resolve("dapr.conf").settings
    with _DAPR:
        settings.DAPR_HTTP_PORT = witness().port
        client = resolve(path)(f"127.0.0.1:{peer.port}", **made)
    settings.DAPR_HTTP_PORT = peer.port
    return client


_DAPR = threading.Lock()


def dapr_call(model: Model, peer: Peer, made: Words, given: Words) -> object:
    """A call of another service, or a binding."""
    client = dapr_client("dapr.clients.DaprClient", peer, made)
    if model["methods"] == ["invoke_binding"]:
        return client.invoke_binding("mail", "create")
    return client.invoke_method("orders", "order", **given)


async def dapr_async_call(model: Model, peer: Peer, made: Words, given: Words) -> object:
    """The same, awaited."""
    client = dapr_client("dapr.aio.clients.DaprClient", peer, made)
    if model["methods"] == ["invoke_binding"]:
        return await client.invoke_binding("mail", "create")
    return await client.invoke_method("orders", "order", **given)


def dapr_default() -> float:
    """What settings have where nothing is said."""
    return float(resolve("dapr.conf").settings.DAPR_HTTP_TIMEOUT_SECONDS)


@exercise("dapr", "client", 0, 1, 2, 3)
def sidecar_is_waited_for_as_said(model: Model) -> None:
    """A sidecar that does not answer is waited for as said, and calls fail as said."""
    call = in_loop(dapr_async_call) if model.get("mode") == "async" else dapr_call
    binding = model["methods"] == ["invoke_binding"]
    waiting = sleeping() if binding else silent()
    refused = failure(begun(partial(call, model, gone(), {}, {})), 15)
    late = []
    if not binding:
        late = [
            failure(begun(partial(call, model, waiting, {}, {"timeout": 1})), 8),
            failure(begun(partial(call, model, waiting, {"http_timeout_seconds": 1}, {})), 8),
        ]
        assert dapr_default() == model["default_timeout"]
    unlimited = begun(partial(call, model, waiting, {}, {}))
    time.sleep(3)
    assert not unlimited.done()
    fails_as_said(model, [refused], late)


@exercise("dapr", "client", 0)
def sidecar_is_asked_with_the_verb_said(model: Model) -> None:
    """The sidecar is asked with the verb that is given, or the one that the table names."""
    peer = witness()
    client = dapr_client("dapr.clients.DaprClient", peer, {})
    client.invoke_method("orders", "order/1")
    client.invoke_method("orders", "order/1", http_verb="PUT")
    default = model["verb"].rpartition("const:")[2]
    assert peer.asked == [
        (default, "/v1.0/invoke/orders/method/order/1"),
        ("PUT", "/v1.0/invoke/orders/method/order/1"),
    ]
