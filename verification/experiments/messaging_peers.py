"""Peers for the experiments with brokers, and calls built from what a table says.

Each peer speaks as much of a protocol as it takes to be sent something, and notes what it was sent.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

Model = dict[str, Any]
Noted = list[tuple[Any, ...]]
# Makes what a place reaches into: the call in `publish(topic_path("shop", "orders"), ...)`.
Maker = Callable[[dict[str, Any]], Any]

# Servers that stop when they are forgotten.
SERVERS: list[Any] = []


@dataclass
class Words:
    """What is said in a call, and in the one that made the object, or that decorates it.

    Attributes:
        args: Positional arguments of the call.
        kwargs: Its keywords.
        made: Positional arguments of the other.
        named: Its keywords.
    """

    args: list[Any] = field(default_factory=list)
    kwargs: dict[str, Any] = field(default_factory=dict)
    made: list[Any] = field(default_factory=list)
    named: dict[str, Any] = field(default_factory=dict)

    def put(self, place: str, value: Any, makers: dict[str, Maker]) -> None:
        """Say something at a place."""
        owner, said = re.fullmatch(r"(ctor\.|decorator\.)?(.*)", place).groups()  # type: ignore[union-attr]
        base, *steps = re.split(r"\.(?=arg:|kw:|key:|attr:|each\b)", said)
        kind, _, name = base.partition(":")
        for number, step in reversed(list(enumerate(steps))):
            if step == "each":
                value = [value]
            elif step.startswith("key:"):
                value = {step.removeprefix("key:"): value}
            else:
                value = makers[".".join([base, *steps[:number]])]({step: value})
        if kind == "kw":
            names = self.named if owner else self.kwargs
            names[name] = merged(names.get(name), value)
            return
        places = self.made if owner else self.args
        position = len(places) if name == "*" else int(name)
        places.extend([None] * (position + 1 - len(places)))
        places[position] = merged(places[position], value)


def merged(old: Any, new: Any) -> Any:
    """Two things that are said at the same place."""
    if isinstance(old, dict):
        return {**old, **new}
    if isinstance(old, list) and old:
        return [merged(old[0], new[0])]
    return new


def ways(model: Model, makers: dict[str, Maker] | None = None, /, **said: Any) -> list[Words]:
    """The ways to say something where a table says that it is said: by position, and by each of the keywords.

    Args:
        model: The table.
        makers: How what places reach into is made, by the place before the step.
        said: What is said at which place of the table: `topic="orders"`.
    """
    places = {key: model[key].split("|") for key in said}
    named = {key: [one for one in own if re.match(r"(ctor\.|decorator\.)?kw:", one)] for key, own in places.items()}
    found = []
    for number in range(-1, max(map(len, named.values()))):
        words = Words()
        for key, value in said.items():
            by_position = [one for one in places[key] if one not in named[key]]
            chosen = named[key][min(number, len(named[key]) - 1)] if named[key] and number >= 0 else None
            words.put(chosen or (by_position or places[key])[0], value, makers or {})
        if words not in found:
            found.append(words)
    return found


def until(condition: Callable[[], Any], patience: float = 5.0) -> Any:
    """What a condition gives as soon as it gives anything."""
    end = time.monotonic() + patience
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return found


async def ended(awaitable: Awaitable[Any]) -> tuple[float, Any]:
    """How long something was awaited, and what it gave or raised."""
    started = time.monotonic()
    try:
        given = await awaitable
    except Exception as error:  # noqa: BLE001  (it is looked at)
        given = error
    return time.monotonic() - started, given


def listening(serve: Callable[[socket.socket], None]) -> int:
    """The port on which each connection is served in a thread."""
    server = socket.create_server(("127.0.0.1", 0))

    def one(connection: socket.socket) -> None:
        try:
            serve(connection)
        except OSError:
            connection.close()

    def accept() -> None:
        while True:
            threading.Thread(target=one, args=(server.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return int(server.getsockname()[1])


def closed_port() -> int:
    """A port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def mqtt(*, confirms: bool = True) -> tuple[int, Noted]:
    """A server of MQTT 3.1.1; notes `(packet, topic, payload)`."""
    noted: Noted = []

    def serve(connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        while head := stream.read(1):
            length = shift = 0
            while (byte := stream.read(1)[0]) or True:
                length |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    break
            body = stream.read(length)
            kind = head[0] >> 4
            if kind == 1:
                connection.sendall(b"\x20\x02\0\0")
            elif kind == 3:
                end = 2 + int.from_bytes(body[:2], "big")
                sure = head[0] & 6
                noted.append(("publish", body[2:end].decode(), body[end + 2 * bool(sure) :]))
                if sure and confirms:
                    connection.sendall(b"\x40\x02" + body[end : end + 2])
            elif kind == 8:
                end = 4 + int.from_bytes(body[2:4], "big")
                noted.append(("subscribe", body[4:end].decode(), b""))
                connection.sendall(b"\x90\x03" + body[:2] + b"\0")
                message = b"\0\5order" + b"1"
                connection.sendall(bytes([0x30, len(message)]) + message)
            elif kind == 12:
                connection.sendall(b"\xd0\0")

    return listening(serve), noted


def stomp() -> tuple[int, Noted]:
    """A server of STOMP; notes `(command, headers, body)`, and sends a message to who subscribes."""
    noted: Noted = []

    def serve(connection: socket.socket) -> None:
        buffer = b""
        while data := connection.recv(65536):
            buffer += data
            while b"\0" in buffer:
                frame, _, buffer = buffer.partition(b"\0")
                head, _, body = frame.lstrip(b"\r\n").partition(b"\n\n")
                command, *lines = head.decode().split("\n")
                headers = dict(line.split(":", 1) for line in lines)
                noted.append((command, headers, body))
                if command in {"CONNECT", "STOMP"}:
                    connection.sendall(b"CONNECTED\nversion:1.1\n\n\0")
                elif command == "SUBSCRIBE":
                    told = f"MESSAGE\ndestination:{headers['destination']}\nmessage-id:1\nsubscription:1\n\n1\0"
                    connection.sendall(told.encode())

    return listening(serve), noted


async def nats_server() -> tuple[int, Noted]:
    """A server of NATS where nobody answers; notes `(operation, subject, rest)`."""
    noted: Noted = []
    info = {"server_id": "x", "version": "2.10.0", "proto": 1, "max_payload": 1048576, "headers": True}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"INFO " + json.dumps(info).encode() + b"\r\n")
        while line := await reader.readline():
            operation, *words = line.decode().split()
            if operation == "PING":
                writer.write(b"PONG\r\n")
            elif operation == "SUB":
                noted.append((operation, words[0], words[1:]))
                told = f"MSG {words[0]} {words[-1]} 1\r\n1\r\n"
                if not words[0].startswith("_INBOX"):
                    writer.write(told.encode())
            elif operation in {"PUB", "HPUB"}:
                body = await reader.readexactly(int(words[-1]) + 2)
                noted.append((operation, words[0], body[:-2]))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server.sockets[0].getsockname()[1], noted


def amqp() -> tuple[str, Noted]:
    """The URL of a server of AMQP; notes the frames it is sent, and `("message", exchange, routing key, body)`.

    Who consumes gets a message.
    """
    from pamqp import body, commands, frame, header

    noted: Noted = []
    answers = {
        commands.Connection.StartOk: lambda _: commands.Connection.Tune(16, 131072, 0),
        commands.Connection.Open: lambda _: commands.Connection.OpenOk(),
        commands.Connection.Close: lambda _: commands.Connection.CloseOk(),
        commands.Channel.Open: lambda _: commands.Channel.OpenOk(),
        commands.Channel.Close: lambda _: commands.Channel.CloseOk(),
        commands.Confirm.Select: lambda _: commands.Confirm.SelectOk(),
        commands.Exchange.Declare: lambda _: commands.Exchange.DeclareOk(),
        commands.Queue.Declare: lambda one: commands.Queue.DeclareOk(one.queue or "made-up", 0, 0),
        commands.Queue.Bind: lambda _: commands.Queue.BindOk(),
        commands.Basic.Qos: lambda _: commands.Basic.QosOk(),
        commands.Basic.Get: lambda _: commands.Basic.GetEmpty(),
        commands.Basic.Consume: lambda one: commands.Basic.ConsumeOk(one.consumer_tag or "tag"),
        commands.Basic.Cancel: lambda one: commands.Basic.CancelOk(one.consumer_tag),
    }

    def serve(connection: socket.socket) -> None:
        buffer = b""
        sent: list[Any] = []
        confirming: dict[int, int] = {}

        def tell(channel: int, *frames: Any) -> None:
            connection.sendall(b"".join(frame.marshal(one, channel) for one in frames))

        while data := connection.recv(65536):
            buffer += data
            if buffer.startswith(b"AMQP"):
                buffer = buffer[8:]
                about = {"product": "peer", "capabilities": {"publisher_confirms": True, "basic.nack": True}}
                tell(0, commands.Connection.Start(0, 9, about, "PLAIN AMQPLAIN", "en_US"))
            while len(buffer) >= 8 and len(buffer) >= int.from_bytes(buffer[3:7], "big") + 8:
                taken, channel, one = frame.unmarshal(buffer)
                buffer = buffer[taken:]
                noted.append((one,))
                if isinstance(one, commands.Basic.Publish):
                    sent = [one.exchange, one.routing_key]
                elif isinstance(one, header.ContentHeader):
                    if not one.body_size:
                        noted.append(("message", *sent, b""))
                elif isinstance(one, body.ContentBody):
                    noted.append(("message", *sent, one.value))
                    if channel in confirming:
                        confirming[channel] += 1
                        tell(channel, commands.Basic.Ack(confirming[channel]))
                elif type(one) in answers:
                    if isinstance(one, commands.Confirm.Select):
                        confirming[channel] = 0
                    if not getattr(one, "nowait", False):
                        tell(channel, answers[type(one)](one))
                    if isinstance(one, commands.Basic.Consume) and not one.queue.startswith("amq."):
                        tag = one.consumer_tag or "tag"
                        tell(
                            channel,
                            commands.Basic.Deliver(tag, 1, exchange="", routing_key=one.queue),
                            header.ContentHeader(0, 1, commands.Basic.Properties()),
                            body.ContentBody(b"1"),
                        )

    return f"amqp://guest:guest@127.0.0.1:{listening(serve)}/", noted


def messages(noted: Noted) -> Noted:
    """The messages among what a server of AMQP noted."""
    return [one[1:] for one in noted if one[0] == "message"]


def frames(noted: Noted, name: str) -> list[Any]:
    """The frames of a kind among what a server of AMQP noted: `Queue.Bind`."""
    return [one[0] for one in noted if getattr(one[0], "name", "") == name]


def grpc_server(answers: dict[str, bytes] | None = None, *, hangs: bool = False) -> tuple[str, Noted]:
    """The address of a server of gRPC that answers every method; notes `(method, request)`, both as they are sent."""
    from concurrent.futures import ThreadPoolExecutor

    import grpc

    noted: Noted = []

    class Handler(grpc.GenericRpcHandler):  # type: ignore[misc]
        def service(self, details: Any) -> Any:
            def answer(request: bytes, _: Any) -> bytes:
                noted.append((details.method, request))
                if hangs:
                    time.sleep(60)
                return (answers or {}).get(details.method, b"")

            return grpc.unary_unary_rpc_method_handler(answer)

    server = grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((Handler(),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    SERVERS.append(server)
    return f"127.0.0.1:{port}", noted


class Kafka:
    """A mock of a broker of Kafka, which librdkafka brings along."""

    def __init__(self) -> None:
        import confluent_kafka

        settings = {"bootstrap.servers": "127.0.0.1:1", "test.mock.num.brokers": 1, "log_level": 0}
        self.hub: Any = confluent_kafka.Producer(settings)
        broker = next(iter(self.hub.list_topics(timeout=5).brokers.values()))
        self.address = f"{broker.host}:{broker.port}"

    def end(self) -> None:
        """End the broker."""
        self.hub = None
        host, _, port = self.address.rpartition(":")

        def gone() -> bool:
            with socket.socket() as one:
                return one.connect_ex((host, int(port))) != 0

        assert until(gone)

    def hold(self, topic: str, value: bytes) -> None:
        """Have a message on the first partition of a topic."""
        self.hub.produce(topic, value, partition=0)
        assert self.hub.flush(5) == 0

    def held(self, topic: str, count: int) -> list[bytes]:
        """What is on a topic, sorted, as soon as there are so many messages."""
        import confluent_kafka

        settings = {"bootstrap.servers": self.address, "group.id": "reader", "auto.offset.reset": "earliest"}
        consumer = confluent_kafka.Consumer({**settings, "log_level": 0})
        consumer.subscribe([topic])
        found: list[bytes] = []
        end = time.monotonic() + 10
        while len(found) < count and time.monotonic() < end:
            message = consumer.poll(0.2)
            if message and not message.error():
                found.append(message.value())
        consumer.close()
        return sorted(found)


def redis_server() -> int:
    """The port of a server that behaves like Redis."""
    import fakeredis

    server = fakeredis.TcpFakeServer(("127.0.0.1", 0), server_type="redis")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return int(server.server_address[1])
