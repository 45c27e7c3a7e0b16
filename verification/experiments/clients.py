"""Clients: how long calls wait for a server that never answers, how they fail, how often they try, what they ask."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from functools import partial
from typing import Any

from clients_peers import (
    Arguments,
    Call,
    Model,
    Peer,
    Trial,
    Words,
    begun,
    dropping,
    fails_as_said,
    failure,
    gone,
    inside_loop,
    plain,
    resolve,
    route,
    routes,
    silent,
    trials,
    witness,
)
from experiment import exercise

LOT = "clients-1"


# --- HTTP -------------------------------------------------------------------------------------------------------------


async def aiohttp_call(model: Model, peer: Peer, made: Words, given: Words) -> object:
    """A call inside a session that is closed at the end."""
    async with resolve(model["classes"][0])(**made) as session, session.get(f"{peer.url}/orders/1", **given) as answer:
        return answer.status


def aiohttp_limit() -> object:
    """A limit for a session, which takes no number."""
    return resolve("aiohttp.ClientTimeout")(total=1)


def aiohttp_default() -> float:
    """What a session has where nothing is said."""
    return float(resolve("aiohttp.client.DEFAULT_TIMEOUT").total)


def in_loop(call: Any) -> Call:
    """A coroutine function as a call."""

    def run(model: Model, peer: Peer, made: Words, given: Words) -> object:
        return asyncio.run(call(model, peer, made, given))

    return run


def requests_like(within: Words | None = None) -> Trial:
    """A session that is one of requests."""
    return Trial(plain(within=within))


def urllib_call(model: Model, peer: Peer, _made: Words, given: Words) -> object:
    """A call of urllib."""
    urllib = resolve("urllib.request")
    if "urllib.request.urlretrieve" in model.get("functions", ()):
        return urllib.urlretrieve(f"{peer.url}/orders/1", **given)
    if model.get("classes"):
        return urllib.build_opener().open(f"{peer.url}/orders/1", **given)
    return urllib.urlopen(f"{peer.url}/orders/1", **given)


def http_client_call(_model: Model, peer: Peer, made: Words, given: Words) -> object:
    """A call of http.client, whose answer is fetched by another method."""
    connection = resolve("http.client.HTTPConnection")(peer.netloc, **made)
    connection.request("GET", "/orders/1", **given)
    return connection.getresponse()


def uplink_call(_model: Model, peer: Peer, _made: Words, _given: Words) -> object:
    """A call of a consumer."""
    uplink = resolve("uplink")

    class Orders(uplink.Consumer):  # type: ignore[misc, name-defined]
        """A consumer."""

        @uplink.get("/orders/{number}")
        def order(self, number: uplink.Path) -> None:  # type: ignore[name-defined]
            """Get one."""

    return Orders(base_url=peer.url).order(1)


def pycurl_call(_model: Model, peer: Peer, _made: Words, _given: Words) -> object:
    """A call of pycurl."""
    pycurl = resolve("pycurl")
    curl = pycurl.Curl()
    curl.setopt(pycurl.URL, f"{peer.url}/orders/1")
    return curl.perform()


async def asks_session(_model: Model, peer: Peer, _made: Words, given: Words) -> object:
    """A call of a session of asks."""
    return await resolve("asks.Session")(peer.url).get(path="/orders/1", **given)


trials(
    {
        ("requests", 0): requests_like(),
        ("requests-toolbelt", 0): requests_like(),
        ("requests-futures", 0): requests_like(),
        ("requests-cache", 0): requests_like({"backend": "memory"}),
        ("httpx", 0): Trial(plain()),
        ("httpx", 1): Trial(inside_loop(plain())),
        ("aiohttp", 0): Trial(
            in_loop(aiohttp_call), client_limit=aiohttp_limit, default=aiohttp_default, counted=False
        ),
        ("aiohttp-retry", 0): Trial(
            in_loop(aiohttp_call), client_limit=aiohttp_limit, default=aiohttp_default, counted=False
        ),
        ("urllib3", 0): Trial(plain(method="request", verb="POST"), counted=False),
        ("urllib3", 1): Trial(plain(method="request", verb="POST"), counted=False),
        ("urllib3", 2): Trial(plain(method="request", verb="POST", base="netloc"), counted=False),
        ("python", 0): Trial(urllib_call),
        ("python", 1): Trial(urllib_call),
        ("python", 2): Trial(urllib_call),
        ("python", 3): Trial(http_client_call),
        ("tornado", 0): Trial(plain(method="fetch")),
        ("tornado", 1): Trial(inside_loop(plain(method="fetch"))),
        ("httplib2", 0): Trial(plain(method="request")),
        ("pycurl", 0): Trial(pycurl_call),
        ("uplink", 0): Trial(uplink_call),
        ("asks", 0): Trial(inside_loop(plain())),
        ("asks", 1): Trial(in_loop(asks_session), counted=False),
    }
)

routes("requests", 0)
routes("requests-toolbelt", 0, base="url")
routes("requests-futures", 0, 1)
routes("requests-cache", 0, within={"backend": "memory"})
routes("httpx", 0, 1, base="url")
routes("aiohttp", 0)
routes("aiohttp-retry", 0)
routes("urllib3", 0)
routes("urllib3", 1, skip=["urllib3.ProxyManager"])
routes("urllib3", 2, base="netloc", skip=["urllib3.HTTPSConnectionPool", "urllib3.connection_from_url"])
routes("python", 3, base="netloc", ends="getresponse")
routes("tornado", 0, 1, given={"fetch": {"body": b""}})
routes("httplib2", 0)
routes("asks", 0)
routes("asks", 1)


@exercise("urllib3", "client", 0, 1, 2)
def as_many_attempts_as_said(model: Model) -> None:
    """A request whose connection is closed is sent again as often as is said."""
    peer = dropping()
    failure(
        begun(partial(plain(method="request", base="netloc" if "base_url" in model else ""), model, peer, {}, {})), 10
    )
    assert len(peer.asked) == 1 + model["retries"]


@exercise("aiohttp-retry", "client", 0)
async def error_statuses_are_tried_again(model: Model) -> None:
    """An answer that says 500 is asked for again as often as is said."""
    peer = witness(status=500)
    async with resolve("aiohttp_retry.RetryClient")() as client, client.get(peer.url) as answer:
        assert answer.status == 500
    assert len(peer.asked) == 1 + model["retries"]


@exercise("asks", "client", 1)
def path_is_joined_to_the_base(model: Model) -> None:
    """A session asks for its base and the path of the call."""
    peer = witness()
    in_loop(asks_session)(model, peer, {}, {})
    assert peer.asked == [("GET", "/orders/1")]


@exercise("python", "client", 0, 1)
def body_decides_the_method(model: Model) -> None:
    """A request with a body is a POST, one without a GET."""
    peer = witness()
    urllib_call(model, peer, {}, {})
    arguments = Arguments(named=True)
    arguments.put(model["body"], b"x")
    urllib_call(model, peer, {}, arguments.words)
    assert peer.asked == [("GET", "/orders/1"), ("POST", "/orders/1")]


@exercise("python", "client", 0)
def request_object_says_where(model: Model) -> None:
    """The URL and the method are those of a request object where there is one."""
    peer = witness()
    carrier = model["carriers"][0]
    for named in (False, True):
        arguments = Arguments(named=named)
        arguments.put("kw:method", "PUT")
        arguments.put(carrier["url"], f"{peer.url}/orders/1")
        resolve("urllib.request").urlopen(resolve(carrier["name"])(*arguments.positional, **arguments.words))
    assert peer.asked == [("PUT", "/orders/1")] * 2


@exercise("requests", "client", 0)
def carriers_say_where(model: Model) -> None:
    """The URL and the method are those of a request that was prepared."""
    peer, requests = witness(), resolve("requests")
    arguments = Arguments(named=False)
    arguments.put(model["carriers"][0]["verb"], "PUT")
    arguments.put(model["carriers"][0]["url"], f"{peer.url}/orders/1")
    request = requests.Request(*arguments.positional, **arguments.words)
    requests.Session().send(request.prepare())
    assert peer.asked == [("PUT", "/orders/1")]


@exercise("treq", "client", 0)
def deferred_waits_and_fails_as_said(model: Model) -> None:
    """A Deferred has no result until a limit is given, and fails as is said; the server sees what was asked for."""
    treq, reactor = resolve("treq"), resolve("twisted.internet.reactor")
    defer = resolve("twisted.internet.defer")
    seen: dict[str, Any] = {}
    peer = witness()

    async def failing(url: str, **words: Any) -> BaseException:
        try:
            await treq.get(url, **words)
        except Exception as error:  # noqa: BLE001
            return error
        raise AssertionError("no error")

    async def main() -> None:
        waiting = silent().url
        seen["unlimited"] = defer.ensureDeferred(failing(waiting))
        seen["refused"] = await failing(gone().url)
        seen["late"] = await failing(waiting, timeout=1)
        for path in model["functions"]:
            arguments = route(model, path.rpartition(".")[2], "PUT", f"{peer.url}/orders/1", {})
            await resolve(path)(*arguments.positional, **arguments.words)

    def done(_: object) -> None:
        seen["waits"] = not seen["unlimited"].called
        reactor.stop()

    defer.ensureDeferred(main()).addBoth(lambda result: seen.update(result=result)).addCallback(done)
    reactor.run(installSignalHandlers=False)
    assert seen["result"] is None, seen["result"]
    assert seen["waits"]
    fails_as_said(model, [seen["refused"]], [seen["late"]])
    verbs = [path.rpartition(".")[2].upper() for path in model["functions"]]
    assert peer.asked == [("PUT" if verb == "REQUEST" else verb, "/orders/1") for verb in verbs]


@exercise("uplink", "client", 0)
def decorator_says_where(model: Model) -> None:
    """A method that is decorated asks for the path in the decorator, below the base of the consumer."""
    peer, uplink = witness(), resolve("uplink")
    for path in model["decorators"]:
        for named in (False, True):
            arguments = Arguments(named=named)
            arguments.put(model["url"], "/orders/1")
            constructor = Arguments(named=named)
            constructor.put(model["base_url"], peer.url)
            method = resolve(path)(*arguments.positional, **arguments.words)(lambda _: None)
            orders = type("Orders", (uplink.Consumer,), {"order": method})
            orders(*constructor.positional, **constructor.words).order()
            assert peer.asked.pop() == (path.rpartition(".")[2].upper(), "/orders/1")


@exercise("pycurl", "client", 0)
def option_ends_the_wait(model: Model) -> None:
    """A limit set as an option ends a call, which fails as said."""
    pycurl = resolve("pycurl")

    def limited(peer: Peer) -> object:
        curl = pycurl.Curl()
        getattr(curl, model["limit_setters"][0])(pycurl.TIMEOUT, 1)
        curl.setopt(pycurl.URL, peer.url)
        return curl.perform()

    late, refused = (failure(begun(partial(limited, peer)), 5) for peer in (silent(), gone()))
    fails_as_said(model, [refused], [late])


@exercise("tornado", "client", 0)
def request_object_has_the_limit(model: Model) -> None:
    """A request object says where, with which method, and how long."""
    tornado = resolve("tornado.httpclient")
    peer = witness()
    carrier = model["carriers"][0]
    arguments = Arguments(named=False, body=b"")
    arguments.put(carrier["url"], f"{peer.url}/orders/1")
    arguments.put(carrier["verb"], "PUT")
    tornado.HTTPClient().fetch(tornado.HTTPRequest(*arguments.positional, **arguments.words))
    assert peer.asked == [("PUT", "/orders/1")]
    limited = tornado.HTTPRequest(silent().url, **{carrier["timeout"].removeprefix("kw:"): 1})
    failure(begun(lambda: tornado.HTTPClient().fetch(limited)), 5)


@exercise("httpx", "client", 0)
def given_transport_tries_again(model: Model) -> None:
    """A transport with retries connects again, and none of a refused connection's errors is left out."""
    httpx = resolve("httpx")
    assert model["retry"] == "ctor.kw:transport.kw:retries"
    assert model.get("retries", 0) == httpx.HTTPTransport()._pool._retries == 0
    assert httpx.HTTPTransport(retries=2)._pool._retries == 2


# --- sockets ----------------------------------------------------------------------------------------------------------


def socket_call(model: Model, peer: Peer, _made: Words, given: Words) -> object:
    """Something is read from a connection."""
    connection = socket.create_connection(("127.0.0.1", peer.port))
    if given:
        getattr(connection, model["limit_setters"][0])(1)
    return connection.recv(1) or failing()


def failing() -> None:
    """What ends a call that was ended by the other side."""
    raise ConnectionError


@exercise("python", "client", 9)
def reading_waits_until_a_limit_is_set(model: Model) -> None:
    """Reading waits for ever, or until the limit that the socket or all sockets have."""
    unlimited = begun(partial(socket_call, model, silent(), {}, {}))
    late = failure(begun(partial(socket_call, model, silent(), {}, {"limit": 1})), 3)
    refused = failure(begun(partial(socket_call, model, gone(), {}, {})), 3)
    time.sleep(2)
    assert not unlimited.done()
    waiting = silent()
    socket.setdefaulttimeout(1)
    assert model["socket_default"]
    fails_as_said(model, [refused], [late, failure(begun(partial(socket_call, model, waiting, {}, {})), 3)])


@exercise("python", "client", 8)
def connecting_fails_as_said(model: Model) -> None:
    """Connecting takes the limit that the table names, which then holds for reading, and fails as said."""
    late = failure(begun(lambda: socket.create_connection(("127.0.0.1", silent().port), 1).recv(1)), 3)
    refused = failure(begun(lambda: socket.create_connection(("127.0.0.1", gone().port), timeout=1)), 3)
    fails_as_said(model, [refused], [late])


@exercise("python", "client", 10)
async def stream_has_no_limit(model: Model) -> None:
    """A connection that is read from waits; one that is refused fails as said."""
    reader, _ = await asyncio.open_connection("127.0.0.1", silent().port)
    try:
        await asyncio.wait_for(reader.read(1), 2)
    except TimeoutError:
        pass
    else:
        raise AssertionError("it was read from")
    try:
        await asyncio.open_connection("127.0.0.1", gone().port)
    except OSError as error:
        fails_as_said(model, [error], [])


def websocket_call(model: Model, peer: Peer, _made: Words, given: Words) -> object:
    """A connection is opened."""
    function = resolve(model["functions"][0])
    return function(peer.url.replace("http:", "ws:"), **given)


async def websocket_async_call(model: Model, peer: Peer, _made: Words, given: Words) -> object:
    """A connection is opened, and awaited."""
    if model.get("classes"):
        async with resolve(model["classes"][0])() as session:
            return await session.ws_connect(peer.url, **given)
    return await resolve(model["functions"][0])(peer.url.replace("http:", "ws:"), **given)


trials(
    {
        ("websockets", 0): Trial(in_loop(websocket_async_call), counted=False),
        ("websockets", 2): Trial(websocket_call, counted=False),
        ("websocket-client", 0): Trial(websocket_call, counted=False),
        ("aiohttp", 1): Trial(in_loop(websocket_async_call), default=aiohttp_default, counted=False),
    }
)


def quiet() -> int:
    """The port of a server of websockets that sends nothing, and closes a connection on which it was sent something."""
    serve = resolve("websockets.sync.server").serve
    server = serve(lambda connection: connection.recv(), "127.0.0.1", 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return int(server.socket.getsockname()[1])


@exercise("websockets", "client", 3)
def received_message_has_a_limit(model: Model) -> None:
    """A message is waited for until the limit, which the table says where; a closed connection fails as said."""
    connect, port = resolve(model["classes"][0]), quiet()
    unlimited = begun(lambda: connect(f"ws://127.0.0.1:{port}").recv())
    place = model["variants"]["recv"]["timeout"]
    late = []
    for named in (False, True):
        arguments = Arguments(named=named)
        arguments.put(place, 1)
        connection = connect(f"ws://127.0.0.1:{port}")
        late.append(failure(begun(partial(connection.recv, *arguments.positional, **arguments.words)), 3))
    connection = connect(f"ws://127.0.0.1:{port}")
    connection.send("x")
    closed = failure(begun(connection.recv), 3)
    assert not unlimited.done()
    fails_as_said(model, [closed], late)


@exercise("websockets", "client", 1)
async def received_message_has_no_limit(model: Model) -> None:
    """A message is waited for; a closed connection fails as said."""
    connect, port = resolve(model["classes"][0]), quiet()
    async with connect(f"ws://127.0.0.1:{port}") as connection:
        try:
            await asyncio.wait_for(connection.recv(), 2)
        except TimeoutError:
            pass
        else:
            raise AssertionError("there was a message")
    async with connect(f"ws://127.0.0.1:{port}") as connection:
        await connection.send("x")
        try:
            await connection.recv()
        except Exception as error:  # noqa: BLE001
            fails_as_said(model, [error], [])


@exercise("websocket-client", "client", 1)
def old_style_message_has_a_limit(model: Model) -> None:
    """A message is waited for until the limit of the constructor or the one set later; closing fails as said."""
    create, port = resolve(model["classes"][0]), quiet()
    unlimited = begun(lambda: create(f"ws://127.0.0.1:{port}").recv())
    late = [failure(begun(create(f"ws://127.0.0.1:{port}", timeout=1).recv), 3)]
    connection = create(f"ws://127.0.0.1:{port}")
    getattr(connection, model["limit_setters"][0])(1)
    late.append(failure(begun(connection.recv), 3))
    connection = create(f"ws://127.0.0.1:{port}")
    connection.send("x")
    connection.recv()
    closed = failure(begun(connection.recv), 3)
    assert not unlimited.done()
    fails_as_said(model, [closed], late)


@exercise("aiohttp", "client", 2)
async def message_of_aiohttp_has_a_limit(model: Model) -> None:
    """A message is waited for until the limit of the call or of the connection; a wrong one fails as said."""
    url = f"http://127.0.0.1:{quiet()}"
    errors = []
    async with resolve("aiohttp.ClientSession")() as session:
        for made, given in (({"receive_timeout": 1}, {}), ({}, {"timeout": 1})):
            connection = await session.ws_connect(url, **made)
            try:
                await connection.receive(**given)
            except TimeoutError as error:
                errors.append(error)
        waiting = asyncio.ensure_future((await session.ws_connect(url)).receive())
        await asyncio.sleep(2)
        assert not waiting.done()
        connection = await session.ws_connect(url)
        await connection.send_str("x")
        await connection.receive()
        try:
            await connection.receive_str()
        except Exception as error:  # noqa: BLE001
            fails_as_said(model, [error], errors)
        waiting.cancel()
    assert len(errors) == 2
