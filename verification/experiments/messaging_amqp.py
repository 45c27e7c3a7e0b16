"""What clients of AMQP send to a small server, where their tables say the words stand."""

from __future__ import annotations

import asyncio
from typing import Any

from experiment import exercise
from messaging_peers import Model, amqp, frames, messages, until, ways

LOT = "messaging-1"

KEYS = ("topic", "exchange", "payload")
SAID = {"topic": "paid", "exchange": "shop", "payload": b"order"}
BIND = {"topic": "paid", "exchange": "shop", "group": "orders"}


def channel_of_pika() -> tuple[Any, Any]:
    """A channel, and what its server notes."""
    import pika

    url, noted = amqp()
    return pika.BlockingConnection(pika.URLParameters(url)).channel(), noted


@exercise("pika", "publisher", 0)
def pika_publishes(model: Model) -> None:
    """Exchange, routing key and body are where the table says."""
    channel, noted = channel_of_pika()
    said = ways(model, **SAID)
    for words in said:
        channel.basic_publish(*words.args, **words.kwargs)
    assert until(lambda: messages(noted)[len(said) - 1 :])
    assert messages(noted) == [("shop", "paid", b"order")] * len(said)


@exercise("pika", "entry", 0)
def pika_calls_the_handler(model: Model) -> None:
    """The handler is called with what comes from the queue."""
    channel, noted = channel_of_pika()
    got: list[bytes] = []
    for words in ways(model, handler=lambda *given: got.append(given[3]), path="orders"):
        channel.basic_consume(*words.args, **words.kwargs)
        channel.connection.process_data_events(1)
        assert got.pop() == b"1"
    assert {one.queue for one in frames(noted, "Basic.Consume")} == {"orders"}


@exercise("pika", "subscription", 0)
def pika_fetches(model: Model) -> None:
    """A queue is asked by its name."""
    channel, noted = channel_of_pika()
    for words in ways(model, topic="orders"):
        channel.basic_get(*words.args, **words.kwargs)
        assert next(channel.consume(*words.args, **words.kwargs, inactivity_timeout=1))[2] == b"1"
        channel.cancel()
    assert {one.queue for one in frames(noted, "Basic.Get") + frames(noted, "Basic.Consume")} == {"orders"}


@exercise("pika", "subscription", 1)
def pika_binds(model: Model) -> None:
    """Queue, exchange and routing key are where the table says."""
    channel, noted = channel_of_pika()
    said = ways(model, **BIND)
    for words in said:
        channel.queue_bind(*words.args, **words.kwargs)
    bound = [(one.queue, one.exchange, one.routing_key) for one in frames(noted, "Queue.Bind")]
    assert bound == [("orders", "shop", "paid")] * len(said)


def message(said: dict[str, Any]) -> Any:
    """A message of aio-pika."""
    import aio_pika

    return aio_pika.Message(said.get("arg:0") or said["kw:body"])


def digging(model: Model) -> Model:
    """A table without the places of a payload that is made elsewhere."""
    return model | {"payload": "|".join(place for place in model["payload"].split("|") if "." in place)}


@exercise("aio-pika", "publisher", 0)
async def aio_pika_publishes(model: Model) -> None:
    """Exchange, routing key and body are where the table says."""
    import aio_pika

    url, noted = amqp()
    said = ways(digging(model), {"arg:0": message, "kw:message": message}, **SAID)
    async with await aio_pika.connect_robust(url) as connection:
        channel = await connection.channel()
        for words in said:
            exchange = await channel.declare_exchange(*words.made, **words.named)
            await exchange.publish(*words.args, **words.kwargs)
    assert messages(noted) == [("shop", "paid", b"order")] * len(said)


@exercise("aio-pika", "publisher", 1)
async def aio_pika_publishes_to_a_queue(model: Model) -> None:
    """The default exchange has no name; its routing key is the name of a queue."""
    import aio_pika

    url, noted = amqp()
    said = ways(digging(model), {"arg:0": message, "kw:message": message}, topic="orders", payload=b"order")
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        for words in said:
            await channel.default_exchange.publish(*words.args, **words.kwargs)
    assert messages(noted) == [("", "orders", b"order")] * len(said)


@exercise("aio-pika", "publisher", 2)
async def aio_pika_sends_work(model: Model) -> None:
    """The name of the work is the routing key."""
    import aio_pika
    from aio_pika.patterns import Master

    url, noted = amqp()
    said = ways(model, topic="pay", payload={"order": 1})
    async with await aio_pika.connect(url) as connection:
        master = Master(await connection.channel())
        for words in said:
            await master.create_task(*words.args, **words.kwargs)
    assert [one[:2] for one in messages(noted)] == [("", "pay")] * len(said)


@exercise("aio-pika", "client", 0)
async def aio_pika_waits_for_an_answer(model: Model) -> None:
    """A call of which the answer does not come waits, also when the message may expire."""
    import aio_pika
    from aio_pika.patterns import RPC

    assert model["no_timeout_offered"]
    url, noted = amqp()
    async with await aio_pika.connect(url) as connection:
        rpc = await RPC.create(await connection.channel())
        for words in ways(model, url="get_order"):
            call = asyncio.ensure_future(rpc.call(*words.args, **words.kwargs, expiration=1))
            assert not (await asyncio.wait([call], timeout=2))[0]
            call.cancel()
    assert {one[:2] for one in messages(noted)} == {("", "get_order")}


@exercise("aio-pika", "client", 1)
async def aio_pika_calls_through_a_proxy(model: Model) -> None:
    """The name of the attribute is that of the method."""
    import aio_pika
    from aio_pika.patterns import RPC

    assert model["url"] == "name"
    url, noted = amqp()
    async with await aio_pika.connect(url) as connection:
        rpc = await RPC.create(await connection.channel())
        call = asyncio.ensure_future(rpc.proxy.get_order(id=1))
        assert not (await asyncio.wait([call], timeout=1))[0]
        call.cancel()
    assert {one[:2] for one in messages(noted)} == {("", "get_order")}


@exercise("aio-pika", "client", 0, 1)
async def aio_pika_errors(model: Model) -> None:
    """A refused connection is of the class of errors that is said, when it is made and when it is gone."""
    import aio_pika
    from messaging_peers import closed_port

    kinds = tuple(getattr(aio_pika.exceptions, path.rpartition(".")[2]) for path in model["errors"]["connection"])
    try:
        await aio_pika.connect(f"amqp://127.0.0.1:{closed_port()}/")
    except kinds:
        return
    raise AssertionError


@exercise("aio-pika", "entry", 0)
async def aio_pika_calls_the_handler(model: Model) -> None:
    """The handler is called with what comes from the queue that was declared."""
    import aio_pika

    url, noted = amqp()
    async with await aio_pika.connect_robust(url) as connection:
        channel = await connection.channel()
        got: asyncio.Queue[bytes] = asyncio.Queue()

        async def handle(given: Any) -> None:
            await got.put(given.body)

        for words in ways(model, path="orders", handler=handle):
            queue = await channel.declare_queue(*words.made, **words.named)
            await queue.consume(*words.args, **words.kwargs)
            assert await asyncio.wait_for(got.get(), 5) == b"1"
    assert {one.queue for one in frames(noted, "Basic.Consume")} == {"orders"}


@exercise("aio-pika", "entry", 2)
@exercise("aio-pika", "entry", 3)
async def aio_pika_registers(model: Model) -> None:
    """The name under which a function is registered is that of a queue which is consumed."""
    import aio_pika
    from aio_pika.patterns import RPC, Master

    url, noted = amqp()
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()

        async def handle(**_: Any) -> None:
            """Does nothing."""

        for words in ways(model, path="get_order", handler=handle):
            pattern = await RPC.create(channel) if model["kind"] == "rpc" else Master(channel)
            method = pattern.register if model["kind"] == "rpc" else pattern.create_worker
            await method(*words.args, **words.kwargs)
    assert "get_order" in {one.queue for one in frames(noted, "Basic.Consume")}


@exercise("aio-pika", "subscription", 0)
async def aio_pika_fetches(model: Model) -> None:
    """The queue that is read is the one that was declared."""
    import aio_pika

    url, noted = amqp()
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        for words in ways(model, topic="orders"):
            queue = await channel.declare_queue(*words.made, **words.named)
            assert await queue.get(fail=False) is None
            async with queue.iterator() as messages_of_it:
                async for one in messages_of_it:
                    assert one.body == b"1"
                    break
    assert {one.queue for one in frames(noted, "Basic.Get") + frames(noted, "Basic.Consume")} == {"orders"}


@exercise("aio-pika", "subscription", 2)
async def aio_pika_binds(model: Model) -> None:
    """Queue, exchange and routing key are where the table says."""
    import aio_pika

    url, noted = amqp()
    said = ways(model, **BIND)
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        for words in said:
            queue = await channel.declare_queue(*words.made, **words.named)
            await queue.bind(*words.args, **words.kwargs)
    bound = [(one.queue, one.exchange, one.routing_key) for one in frames(noted, "Queue.Bind")]
    assert bound == [("orders", "shop", "paid")] * len(said)


@exercise("kombu", "publisher", 0)
def kombu_publishes(model: Model) -> None:
    """Exchange, routing key and body are where the table says, in the call or in the constructor."""
    import kombu

    url, noted = amqp()
    shop = kombu.Exchange("shop")
    with kombu.Connection(url) as connection:
        kinds = [kombu.Producer, kombu.Connection(url).Producer]
        said = [(words, kind) for words in ways(model, **(SAID | {"exchange": shop})) for kind in kinds]
        for words, kind in said:
            channel = connection.channel()
            made = words.made[1:]
            producer = kind(channel, *made, **words.named)
            producer.publish(*words.args, **words.kwargs)
    assert messages(noted) == [("shop", "paid", b"order")] * len(said)


@exercise("kombu", "publisher", 1)
@exercise("kombu", "publisher", 2)
@exercise("kombu", "subscription", 0)
@exercise("kombu", "subscription", 1)
def kombu_has_simple_queues(model: Model) -> None:
    """What is put into a simple queue comes out of one with the same name, and of no other."""
    import kombu
    from kombu import simple

    of_connection = model["classes"][0].startswith("kombu.Connection")
    puts = "put" in model["methods"]
    said = {"topic": "orders", "payload": {"id": 1}} if puts else {"topic": "orders"}
    for words in ways(model, **said):
        with kombu.Connection("memory://") as connection:
            made = [one for one in words.made if one is not None]
            queue = (
                connection.SimpleQueue(*made, **words.named)
                if of_connection
                else simple.SimpleQueue(connection, *made, **words.named)
            )
            if puts:
                queue.put(*words.args, **words.kwargs)
            else:
                connection.SimpleQueue("orders").put({"id": 1})
                queue = getattr(queue, model["methods"][0]) and queue
            found = (connection.SimpleQueue("orders") if puts else queue).get(timeout=2)
            assert found.payload == {"id": 1}
            found.ack()


@exercise("kombu", "entry", 0, 1, 2, 3)
def kombu_calls_the_handlers(model: Model) -> None:
    """Handlers are called with what comes from the queue."""
    import kombu

    with kombu.Connection("memory://") as connection:
        queue = kombu.Queue("orders", kombu.Exchange("shop"), "paid")
        got: list[Any] = []

        def handle(body: Any, _: Any) -> None:
            got.append(body)

        later = model["registrars"][0].endswith("register_callback")
        for words in ways(model, handler=handle if later else [handle], path=[queue]):
            made, named = (words.made, words.named) if later else (words.args, words.kwargs)
            if "on_message" in named:
                named["on_message"] = lambda one: got.append(one.payload)
            if "Connection" in model["registrars"][0]:
                consumer = connection.Consumer(*made, **named)
            else:
                consumer = kombu.Consumer(connection.channel(), *made[1:], **named)
            if later:
                consumer.register_callback(*words.args, **words.kwargs)
            connection.Producer().publish({"id": 1}, exchange="shop", routing_key="paid", declare=[queue])
            with consumer:
                connection.drain_events(timeout=2)
            assert got.pop() == {"id": 1}


@exercise("kombu", "subscription", 2, 3)
def kombu_binds(model: Model) -> None:
    """What is published to the exchange with the routing key comes out of the queue."""
    import kombu

    for words in ways(model, topic="paid", group="orders", exchange=kombu.Exchange("shop")):
        with kombu.Connection("memory://") as connection:
            channel = connection.channel()
            if words.made or words.named:
                shop = kombu.Exchange("shop")(channel)
                shop.declare()
                queue = kombu.Queue(*words.made, **words.named)(channel)
                queue.queue_declare()
                queue.bind_to(*words.args, **words.kwargs)
            else:
                queue = kombu.Queue(*words.args, **words.kwargs)(channel)
                queue.declare()
            connection.Producer().publish("x", exchange="shop", routing_key="paid")
            connection.Producer().publish("y", exchange="shop", routing_key="other")
            assert kombu.Queue("orders")(channel).get().payload == "x"
            assert queue.get() is None


@exercise("faststream", "publisher", 2)
async def faststream_publishes(model: Model) -> None:
    """Exchange, routing key and body are where the table says."""
    from faststream.rabbit import RabbitBroker

    url, noted = amqp()
    said = ways(model, **SAID)
    async with RabbitBroker(url) as broker:
        await broker.start()
        for words in said:
            await broker.publish(*words.args, **words.kwargs)
    assert messages(noted) == [("shop", "paid", b"order")] * len(said)


@exercise("faststream", "publisher", 7)
@exercise("faststream", "publisher", 10)
async def faststream_publishes_what_is_returned(model: Model) -> None:
    """What a decorated handler returns is published, and what a publisher object is given."""
    from faststream.rabbit import RabbitBroker

    url, noted = amqp()
    decorates = "decorators" in model
    keys = ("topic", "exchange") if decorates else KEYS
    said = ways(model, **{key: SAID[key] for key in keys})
    for words in said:
        broker = RabbitBroker(url)
        if decorates:

            @broker.subscriber("orders")
            @broker.publisher(*words.args, **words.kwargs)
            async def handle(given: int) -> str:
                return f"seen {given}"

            await broker.start()
            await asyncio.to_thread(until, lambda: messages(noted))
        else:
            publisher = broker.publisher(*words.made, **words.named)
            await broker.start()
            await publisher.publish(*words.args, **words.kwargs)
        await broker.stop()
    body = b"seen 1" if decorates else b"order"
    assert set(messages(noted)) == {("shop", "paid", body)}


@exercise("faststream", "client", 0)
async def faststream_waits_for_an_answer(model: Model) -> None:
    """A request whose answer does not come waits, and ends at its limit with the error that is said."""
    from faststream.rabbit import RabbitBroker

    assert "default_timeout" not in model
    assert model["errors"]["timeout"] == ["builtins.TimeoutError"]
    url, noted = amqp()
    async with RabbitBroker(url) as broker:
        await broker.start()
        for words in ways(model, url="get_order"):
            words.args[:1] = ["1"]
            call = asyncio.ensure_future(broker.request(*words.args, **words.kwargs))
            assert not (await asyncio.wait([call], timeout=1.5))[0]
            call.cancel()
        try:
            await broker.request("1", "get_order", timeout=0.5)
        except TimeoutError:
            pass
        else:
            raise AssertionError
    assert {one[:2] for one in messages(noted)} == {("", "get_order")}


@exercise("faststream", "entry", 1)
async def faststream_calls_the_handler(model: Model) -> None:
    """A decorated function is called with what comes from the queue."""
    from faststream.rabbit import RabbitBroker

    url, noted = amqp()
    for words in ways(model, path="orders"):
        broker = RabbitBroker(url)
        got: asyncio.Queue[int] = asyncio.Queue()

        @broker.subscriber(*words.args, **words.kwargs)
        async def handle(given: int) -> None:
            await got.put(given)  # noqa: B023

        await broker.start()
        assert await asyncio.wait_for(got.get(), 5) == 1
        await broker.stop()
    assert {one.queue for one in frames(noted, "Basic.Consume")} >= {"orders"}
