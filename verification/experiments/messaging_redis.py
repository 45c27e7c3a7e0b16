"""What redis-py sends to a server that behaves like Redis, where its tables say the words stand."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from experiment import exercise
from messaging_peers import Model, redis_server, ways

LOT = "messaging-2"


def clients(model: Model, port: int) -> list[tuple[Any, Any]]:
    """Clients of the kinds that a table speaks of, each with one that looks after it."""
    import redis
    import redis.asyncio

    asynchronous = [path.startswith("redis.asyncio.") for path in model["classes"]]
    found = []
    if not all(asynchronous):
        found.append((redis.Redis(port=port), redis.Redis(port=port, decode_responses=True)))
    if any(asynchronous):
        found.append((redis.asyncio.Redis(port=port), redis.Redis(port=port, decode_responses=True)))
    return found


async def done(value: Any) -> Any:
    """What a call of either kind gives."""
    return await value if inspect.isawaitable(value) else value


@exercise("redis", "publisher", 0, 1, 2, 3, 4, 5)
async def sends(model: Model) -> None:
    """Channel, stream or list and what is sent are where the table says."""
    payload = {"id": "1"} if model["methods"] == ["xadd"] else "order"
    seen: dict[str, Callable[[Any, Any], object]] = {
        "publish": lambda _, listener: next(one["data"] for one in listener.listen() if one["type"] == "message"),
        "xadd": lambda look, _: look.xrange("orders")[0][1],
        "lpush": lambda look, _: look.lindex("orders", 0),
        "rpush": lambda look, _: look.lindex("orders", -1),
    }
    for client, look in clients(model, redis_server()):
        for name in model["methods"]:
            if name not in seen:
                # The server knows no shards; what it takes is in the signature.
                continue
            for words in ways(model, topic="orders", payload=payload):
                if "shard_channel" in words.kwargs:
                    continue
                look.flushall()
                listener = look.pubsub()
                listener.subscribe("orders")
                listener.get_message(timeout=1)
                await done(getattr(client, name)(*words.args, **words.kwargs))
                assert seen[name](look, listener) == payload
        await done(client.aclose() if hasattr(client, "aclose") else client.close())


@exercise("redis", "subscription", 0, 1)
async def listens(model: Model) -> None:
    """Whoever subscribes gets what is published on the channel."""
    model = model | {"classes": ["redis.Redis", "redis.asyncio.Redis"]}
    for client, look in clients(model, redis_server()):
        listener = client.pubsub()
        for words in ways(model, topic="orders") if "topic" in model else ways({"topic": "arg:*"}, topic="orders"):
            name = "subscribe" if "topic" not in model else model["methods"][0]
            await done(getattr(listener, name)(*words.args, **words.kwargs))
            await done(listener.get_message(timeout=1))
            look.publish("orders", "1")
            found = await done(listener.get_message(timeout=2))
            assert found["data"] == b"1"
            look.publish("orders", "2")
            messages = listener.listen()
            found = await anext(messages) if hasattr(messages, "__anext__") else next(messages)
            assert found["data"] == b"2"
        await done(client.aclose() if hasattr(client, "aclose") else client.close())


@exercise("redis", "subscription", 2, 3, 4)
async def fetches(model: Model) -> None:
    """Streams and lists are where the table says."""
    for client, look in clients(model, redis_server()):
        for name in model["methods"]:
            pops = name.endswith("pop")
            last = ">" if name == "xreadgroup" else "0"
            said = {"topic": "orders" if pops else {"orders": last}} | ({"group": "shop"} if "group" in model else {})
            for words in ways(model, **said):
                look.flushall()
                look.xgroup_create("orders", "shop", mkstream=True) if not pops else None
                look.rpush("orders", "1") if pops else look.xadd("orders", {"id": "1"})
                if name == "xreadgroup":
                    words.args[1:2] = ["me"] if words.args else []
                    words.kwargs |= {} if words.args else {"consumername": "me"}
                found = await done(getattr(client, name)(*words.args, **words.kwargs))
                assert b"1" in str(found).encode()
        await done(client.aclose() if hasattr(client, "aclose") else client.close())
