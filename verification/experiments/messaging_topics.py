"""What clients of NATS, MQTT, STOMP and Redis send to small servers, where their tables say the words stand."""

from __future__ import annotations

import asyncio
import pydoc
from collections.abc import Awaitable, Callable
from typing import Any

from experiment import exercise
from messaging_peers import Kafka, Model, Words, closed_port, ended, mqtt, nats_server, redis_server, stomp, until, ways

LOT = "messaging-1"


async def raised(call: Callable[[], Awaitable[object]]) -> tuple[float, BaseException]:
    """How long it took until something failed, and how."""
    seconds, error = await ended(call())
    assert isinstance(error, BaseException), error
    return seconds, error


def named(path: str) -> type[BaseException]:
    """An exception, by its access path."""
    found = pydoc.locate(path)
    assert isinstance(found, type), path
    assert issubclass(found, BaseException), path
    return found


@exercise("nats-py", "publisher", 0, 1, 2)
async def nats_publishes(model: Model) -> None:
    """Subject and payload are where the table says."""
    import nats

    port, noted = await nats_server()
    client = await nats.connect(f"nats://127.0.0.1:{port}")
    stream = "stream" in model.get("delivery", "")
    said = ways(model, topic="orders.paid", payload=b"order")
    for words in said:
        sender = client.jetstream(timeout=0.2) if stream else client
        [name] = model["methods"]
        sending = getattr(sender, name)(*words.args, **words.kwargs)
        if name == "publish" and stream:
            await raised(lambda sending=sending: sending)
        else:
            await sending
    await client.flush()
    published = [one[1:] for one in noted if one[0] == "PUB"]
    assert published == [("orders.paid", b"order")] * len(said)
    await client.close()


@exercise("nats-py", "publisher", 1)
async def nats_stream_gives_up(model: Model) -> None:
    """Without a confirmation, publishing ends after the default limit, or after the one that is given."""
    import nats

    port, _ = await nats_server()
    client = await nats.connect(f"nats://127.0.0.1:{port}")
    stream = client.jetstream()
    seconds, _ = await raised(lambda: stream.publish("orders", b"x"))
    assert round(seconds) == model["default_timeout"]
    for words in ways(model, topic="orders", payload=b"x", timeout=0.5):
        seconds, _ = await raised(lambda words=words: stream.publish(*words.args, **words.kwargs))
        assert 0.4 < seconds < 1.5
    await client.close()


@exercise("nats-py", "client", 0)
async def nats_request_gives_up(model: Model) -> None:
    """Without an answer, a request ends after the default limit, or after the one that is given, as is said."""
    import nats

    port, noted = await nats_server()
    client = await nats.connect(f"nats://127.0.0.1:{port}")
    seconds, error = await raised(lambda: client.request("orders.get"))
    assert model["default_timeout"] <= seconds < model["default_timeout"] + 0.4
    errors = model["errors"]
    assert all(isinstance(error, named(path)) for path in errors["both"] + errors["timeout"])
    for words in ways(model, url="orders.get", timeout=1.2):
        words.args[:] = [b"" if one is None else one for one in words.args]
        seconds, _ = await raised(lambda words=words: client.request(*words.args, **words.kwargs))
        assert 1.1 < seconds < 2
    assert {one[1] for one in noted if one[0] == "PUB"} == {"orders.get"}
    await client.close()
    _, error = await raised(lambda: client.request("orders.get"))
    assert isinstance(error, tuple(named(path) for path in errors["connection"]))
    assert isinstance(error, named(errors["both"][0]))


@exercise("nats-py", "entry", 0)
@exercise("nats-py", "subscription", 0)
async def nats_subscribes(model: Model) -> None:
    """Subject, group and handler are where the table says."""
    import nats

    port, noted = await nats_server()
    client = await nats.connect(f"nats://127.0.0.1:{port}")
    got: asyncio.Queue[bytes] = asyncio.Queue()

    async def handle(message: Any) -> None:
        await got.put(message.data)

    entry = "kind" in model
    said = {"path": "orders.*", "handler": handle} if entry else {"topic": "orders.*", "group": "shop"}
    for words in ways(model, **said):
        words.args[:] = [one or "" for one in words.args]
        subscription = await client.subscribe(*words.args, **words.kwargs)
        if entry:
            assert await asyncio.wait_for(got.get(), 5) == b"1"
        else:
            assert (await subscription.next_msg(2)).data == b"1"
    asked = [one[1:] for one in noted if one[0] == "SUB"]
    assert all(one[0] == "orders.*" and (entry or one[1][0] == "shop") for one in asked)
    await client.close()


@exercise("paho-mqtt", "publisher", 0)
def paho_publishes(model: Model) -> None:
    """Topic and payload are where the table says; publishing gives what can be waited for."""
    import paho.mqtt.client

    port, noted = mqtt()
    client = paho.mqtt.client.Client(paho.mqtt.client.CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    said = ways(model, topic="orders/paid", payload="order")
    for words in said:
        [wait] = model["waits"]
        getattr(client.publish(*words.args, **words.kwargs), wait)(5)
    assert until(lambda: len(noted) == len(said))
    assert set(noted) == {("publish", "orders/paid", b"order")}
    client.loop_stop()


@exercise("paho-mqtt", "publisher", 1, 2)
def paho_publishes_at_once(model: Model) -> None:
    """A function that connects, publishes and is done."""
    import paho.mqtt.publish

    port, noted = mqtt()
    said = ways(model, topic="orders/paid", payload="order")
    send = getattr(paho.mqtt.publish, model["functions"][0].rpartition(".")[2])
    for words in said:
        send(*words.args, **words.kwargs, hostname="127.0.0.1", port=port)
    assert until(lambda: len(noted) == len(said))
    assert set(noted) == {("publish", "orders/paid", b"order")}


@exercise("paho-mqtt", "entry", 0, 1, 2, 3)
def paho_calls_the_handler(model: Model) -> None:
    """A handler is called with a message of its topic."""
    import paho.mqtt.client
    import paho.mqtt.subscribe

    port, _ = mqtt()
    got: list[bytes] = []

    def handle(client: Any, _: Any, message: Any) -> None:
        got.append(message.payload)
        client.disconnect()

    path = (model.get("registrars") or model["decorators"])[0]
    said = {"path": "order", "handler": handle}
    keys = {key: value for key, value in said.items() if model.get(key)}
    for words in ways(model, **keys) if keys else [Words()]:
        if path == "paho.mqtt.subscribe.callback":
            paho.mqtt.subscribe.callback(*words.args, **words.kwargs, hostname="127.0.0.1", port=port)
        else:
            client = paho.mqtt.client.Client(paho.mqtt.client.CallbackAPIVersion.VERSION2)
            method = getattr(client, path.rpartition(".")[2])
            given = method(*words.args, **words.kwargs)
            if "decorators" in model:
                given(handle)
            client.connect("127.0.0.1", port)
            client.subscribe("order")
            client.loop_forever()
        assert got.pop() == b"1"


@exercise("paho-mqtt", "subscription", 0, 1)
def paho_subscribes(model: Model) -> None:
    """The topic is where the table says."""
    import paho.mqtt.client
    import paho.mqtt.subscribe

    port, noted = mqtt()
    for words in ways(model, topic="order"):
        if "functions" in model:
            message = paho.mqtt.subscribe.simple(*words.args, **words.kwargs, hostname="127.0.0.1", port=port)
            assert message.payload == b"1"
        else:
            client = paho.mqtt.client.Client(paho.mqtt.client.CallbackAPIVersion.VERSION2)
            client.connect("127.0.0.1", port)
            client.subscribe(*words.args, **words.kwargs)
            client.loop_start()
            assert until(lambda: noted)
            client.loop_stop()
    assert {one[1] for one in noted} == {"order"}


@exercise("aiomqtt", "publisher", 0)
async def aiomqtt_publishes(model: Model) -> None:
    """Topic and payload are where the table says; without a confirmation, it gives up after the limit."""
    import aiomqtt

    port, noted = mqtt(confirms=False)
    said = ways(model, topic="orders/paid", payload="order")
    async with aiomqtt.Client("127.0.0.1", port) as client:
        for words in said:
            await client.publish(*words.args, **words.kwargs)
        assert await asyncio.to_thread(until, lambda: len(noted) == len(said))
        assert set(noted) == {("publish", "orders/paid", b"order")}
        seconds, error = await raised(lambda: client.publish("orders/paid", "x", qos=1))
        assert isinstance(error, aiomqtt.MqttError)
        assert round(seconds) == model["default_timeout"]
        [words] = ways(model, timeout=0.5)
        seconds, _ = await raised(lambda: client.publish("orders/paid", "x", qos=1, **words.kwargs))
        assert 0.4 < seconds < 2


@exercise("aiomqtt", "subscription", 0)
async def aiomqtt_subscribes(model: Model) -> None:
    """The topic is where the table says."""
    import aiomqtt

    port, noted = mqtt()
    async with aiomqtt.Client("127.0.0.1", port) as client:
        for words in ways(model, topic="order"):
            await client.subscribe(*words.args, **words.kwargs)
            assert (await asyncio.wait_for(anext(aiter(client.messages)), 5)).payload == b"1"
    assert {one[1] for one in noted} == {"order"}


@exercise("stomp-py", "publisher", 0)
def stomp_sends(model: Model) -> None:
    """Destination and body are where the table says."""
    import stomp as library

    port, noted = stomp()
    said = ways(model, topic="/queue/orders", payload="order")
    for path in model["classes"]:
        name = path.rpartition(".")[2]
        if name.startswith("WS"):
            continue
        connection = getattr(library, name)([("127.0.0.1", port)])
        connection.connect(wait=True)
        for words in said:
            connection.send(*words.args, **words.kwargs)
    sent = until(lambda: [one for one in noted if one[0] == "SEND"][3 * len(said) - 1 :] and noted)
    assert {(one[1]["destination"], one[2]) for one in sent if one[0] == "SEND"} == {("/queue/orders", b"order")}


@exercise("stomp-py", "entry", 0)
@exercise("stomp-py", "subscription", 0)
def stomp_calls_the_listener(model: Model) -> None:
    """The listener of a connection is called with what comes from a destination that it subscribes to."""
    import stomp as library

    port, noted = stomp()
    got: list[str] = []

    def on_message(_: Any, frame: Any) -> None:
        got.append(frame.body)

    names = model.get("handlers", ["on_message"])
    listener = type("Listener", (library.ConnectionListener,), dict.fromkeys(names, on_message))
    for words in ways(model, topic="/queue/orders") if "topic" in model else [Words(["/queue/orders"])]:
        connection = library.Connection([("127.0.0.1", port)])
        connection.set_listener("", listener())
        connection.connect(wait=True)
        connection.subscribe(*words.args, **words.kwargs, id="1")
        assert until(lambda: got)
        assert got.pop() == "1"
    assert {one[1]["destination"] for one in noted if one[0] == "SUBSCRIBE"} == {"/queue/orders"}


@exercise("faststream", "publisher", 3)
@exercise("faststream", "publisher", 6)
@exercise("faststream", "publisher", 9)
async def faststream_publishes_to_nats(model: Model) -> None:
    """Subject and body are where the table says."""
    from faststream.nats import NatsBroker

    port, noted = await nats_server()
    decorates = "decorators" in model
    model = model | {"topic": "|".join(one for one in model["topic"].split("|") if not one.endswith("kw:topic"))}
    said = ways(model, topic="paid", **({} if decorates else {"payload": b"order"}))
    for words in said:
        broker = NatsBroker(f"nats://127.0.0.1:{port}")
        if decorates:

            @broker.subscriber("orders")
            @broker.publisher(*words.args, **words.kwargs)
            async def handle(given: int) -> str:
                return f"seen {given}"

        made = words.made or words.named
        sender = broker.publisher(*words.made, **words.named) if made else broker
        await broker.start()
        if decorates:
            await asyncio.sleep(0.5)
        else:
            await sender.publish(*words.args, **words.kwargs)
        await broker.stop()
    bodies = [one[2] for one in noted if "PUB" in one[0] and one[1] == "paid"]
    assert len(bodies) == len(said)
    assert all(body.endswith(b"seen 1" if decorates else b"order") for body in bodies)


@exercise("faststream", "client", 1)
async def faststream_request_gives_up(model: Model) -> None:
    """Without an answer, a request over NATS ends after the limit, as is said."""
    from faststream.nats import NatsBroker

    port, noted = await nats_server()
    errors = tuple(named(path) for path in model["errors"]["timeout"])
    async with NatsBroker(f"nats://127.0.0.1:{port}") as broker:
        await broker.start()
        for words in ways(model, url="orders.get", timeout=1.2):
            words.args[:1] = [b"1"]
            seconds, error = await raised(lambda words=words: broker.request(*words.args, **words.kwargs))
            assert 1.1 < seconds < 2
            assert all(isinstance(error, one) for one in errors)
        seconds, _ = await raised(lambda: broker.request(b"1", "orders.get"))
        assert model["default_timeout"] <= seconds < 1
    assert {one[1] for one in noted if "PUB" in one[0]} == {"orders.get"}


@exercise("faststream", "entry", 2)
async def faststream_subscribes_to_nats(model: Model) -> None:
    """A decorated function is called with what comes on the subject."""
    from faststream.nats import NatsBroker

    port, noted = await nats_server()
    for words in ways(model, path="orders"):
        broker = NatsBroker(f"nats://127.0.0.1:{port}")
        got: asyncio.Queue[int] = asyncio.Queue()

        @broker.subscriber(*words.args, **words.kwargs)
        async def handle(given: int) -> None:
            await got.put(given)  # noqa: B023

        await broker.start()
        assert await asyncio.wait_for(got.get(), 5) == 1
        await broker.stop()
    assert {one[1] for one in noted if one[0] == "SUB"} == {"orders"}


@exercise("faststream", "publisher", 0, 1)
@exercise("faststream", "publisher", 9)
async def faststream_publishes_to_kafka(model: Model) -> None:
    """Topic and body are where the table says, of both brokers."""
    import faststream.confluent
    import faststream.kafka

    model = model | {"topic": "|".join(one for one in model["topic"].split("|") if not one.endswith("subject"))}
    [name] = model["methods"]
    for module in (faststream.kafka, faststream.confluent):
        kafka = Kafka()
        said = ways(model, topic="paid", payload="order")
        for words in said:
            broker = module.KafkaBroker(kafka.address)
            made = words.made or words.named
            sender = broker.publisher(*words.made, **words.named) if made else broker
            await broker.start()
            await getattr(sender, name)(*words.args, **words.kwargs)
            await broker.stop()
        assert await asyncio.to_thread(kafka.held, "paid", len(said)) == [b"order"] * len(said)


@exercise("faststream", "publisher", 6)
@exercise("faststream", "entry", 0)
async def faststream_decorates_for_kafka(model: Model) -> None:
    """A decorated function gets what is on its topic, and what it returns is on that of its publisher, in tests."""
    import faststream.confluent
    import faststream.kafka

    publishes = "topic" in model
    key = "topic" if publishes else "path"
    model = model | {key: "|".join(one for one in model[key].split("|") if not one.endswith(("subject", "pattern")))}
    for module in (faststream.kafka, faststream.confluent):
        for words in ways(model, **{key: "paid"}):
            broker = module.KafkaBroker()
            got = []

            @broker.subscriber(*([] if publishes else words.args), *(["paid"] if publishes else []))
            async def handle(given: str) -> None:
                got.append(given)  # noqa: B023

            if publishes:

                @broker.subscriber("asked")
                @broker.publisher(*words.args, **words.kwargs)
                async def answer(given: str) -> str:
                    return given

            async with module.TestKafkaBroker(broker) as tested:
                await tested.publish("order", "asked" if publishes else "paid")
            assert got == ["order"]


@exercise("faststream", "publisher", 0)
async def faststream_refuses_requests_over_kafka(model: Model) -> None:
    """`request` of a broker of Kafka is not there outside of tests."""
    import faststream.kafka
    from faststream.exceptions import FeatureNotSupportedException

    assert "request" not in model["methods"]
    kafka = Kafka()
    async with faststream.kafka.KafkaBroker(kafka.address) as broker:
        await broker.start()
        _, error = await raised(lambda: broker.request("1", "orders"))
        assert isinstance(error, FeatureNotSupportedException)


@exercise("faststream", "publisher", 4, 5)
@exercise("faststream", "publisher", 8)
@exercise("faststream", "publisher", 11)
@exercise("faststream", "entry", 3)
async def faststream_uses_redis(model: Model) -> None:
    """Channel, list or stream and body are where the table says."""
    import redis.asyncio
    from faststream.redis import RedisBroker

    port = redis_server()
    key = "path" if "path" in model else "topic"
    said = ways(model, **{key: "paid"}, **({"payload": "order"} if "payload" in model else {}))
    for words in said:
        client = redis.asyncio.Redis(port=port)
        await client.flushall()
        kinds = words.kwargs.keys() | words.named.keys()
        kind = next((one for one in ("list", "stream") if one in kinds), "channel")
        listener = client.pubsub()
        await listener.subscribe("paid")
        await listener.get_message(timeout=1)
        got: asyncio.Queue[str] = asyncio.Queue()
        broker = RedisBroker(f"redis://127.0.0.1:{port}")
        if key == "path":

            @broker.subscriber(*words.args, **words.kwargs)
            async def handle(given: str) -> None:
                await got.put(given)  # noqa: B023

            await broker.start()
            told = {"list": client.rpush, "channel": client.publish, "stream": client.xadd}[kind]
            for _ in range(20):
                # It may not listen yet.
                await told("paid", {"data": "order"} if kind == "stream" else "order")
                await asyncio.sleep(0.2)
                if got.qsize():
                    break
            assert got.get_nowait() == "order"
        else:
            if "decorators" in model:

                @broker.subscriber(list="asked")
                @broker.publisher(*words.args, **words.kwargs)
                async def answer(given: str) -> str:
                    return given

                await broker.start()
                await client.rpush("asked", "order")
            else:
                made = words.made or words.named
                sender = broker.publisher(*words.made, **words.named) if made else broker
                await broker.start()
                await getattr(sender, model["methods"][0])(*words.args, **words.kwargs)
            await asyncio.sleep(0.3)
            if kind == "channel":
                found = str((await listener.get_message(timeout=2))["data"])
            elif kind == "list":
                found = str(await client.lrange("paid", 0, -1))
            else:
                found = str(await client.xrange("paid"))
            assert "order" in found
        await broker.stop()
        await listener.aclose()
        await client.aclose()


@exercise("faststream", "client", 2)
async def faststream_request_over_redis_gives_up(model: Model) -> None:
    """Without an answer, a request ends at its limit, as is said; a server that is gone is told so as well."""
    import redis.asyncio
    from faststream.redis import RedisBroker

    assert model["errors"]["timeout"] == ["builtins.TimeoutError"]
    port = redis_server()
    client = redis.asyncio.Redis(port=port)
    async with RedisBroker(f"redis://127.0.0.1:{port}") as broker:
        await broker.start()
        for words in ways(model, url="orders", timeout=0.5):
            words.args[:1] = ["1"]
            await client.flushall()
            seconds, error = await raised(lambda words=words: broker.request(*words.args, **words.kwargs))
            assert 0.4 < seconds < 2
            assert isinstance(error, TimeoutError)
    await client.aclose()
    broker = RedisBroker(f"redis://127.0.0.1:{closed_port()}")
    await broker.start()
    _, error = await raised(lambda: broker.request("1", "orders"))
    assert isinstance(error, named(model["errors"]["connection"][0]))
