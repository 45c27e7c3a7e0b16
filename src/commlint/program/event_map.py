"""Events from service to service: what is published, joined to what gets it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

import msgspec

from commlint.program.events import Consumer, Messages, Publish
from commlint.program.topics import fits, is_known, plain
from commlint.workspace import Workspace

# What manifests say of messages, whatever broker they go through.
ANY = ""


class Joint(msgspec.Struct, frozen=True, eq=False):
    """A message that goes from one place to another.

    Attributes:
        publish: Where it is sent.
        consumer: What gets it.
    """

    publish: Publish
    consumer: Consumer

    @property
    def is_own_work(self) -> bool:
        """Whether a service hands work to itself."""
        return self.publish.delivery == "task" and self.publish.source is self.consumer.target

    @property
    def name(self) -> str:
        """What it is called: by its topic or routing key, else by the event, else by the exchange."""
        return self.publish.name


class EventMap:
    """The messages of a program.

    Attributes:
        publishes: What is sent.
        consumers: What gets it.
        loose_publishes: What is sent by code that belongs to no service.
        loose_consumers: What gets it there.
    """

    def __init__(self, messages: Messages, manifests: Iterable[Consumer], workspace: Workspace) -> None:
        self.publishes = tuple(publish for publish in messages.publishes if publish.source.name)
        self.loose_publishes = tuple(publish for publish in messages.publishes if not publish.source.name)
        consumers = tuple(_single((*messages.consumers, *manifests)))
        self.consumers = tuple(consumer for consumer in consumers if consumer.target.name)
        self.loose_consumers = tuple(consumer for consumer in consumers if not consumer.target.name)
        self._exchanges = messages.exchanges
        self._workspace = workspace

    @cached_property
    def joints(self) -> tuple[Joint, ...]:
        """All messages that go from one place to another, and what a service sends to itself."""
        return tuple(
            Joint(publish, consumer)
            for publish in self.publishes
            for consumer in self.consumers
            if self._workspace.same_system(publish.source, consumer.target) and self.joins(publish, consumer)
        )

    @cached_property
    def consumers_of(self) -> dict[Publish, list[Consumer]]:
        """Who gets each message."""
        found: dict[Publish, list[Consumer]] = defaultdict(list)
        for joint in self.joints:
            found[joint.publish].append(joint.consumer)
        return found

    @cached_property
    def edges(self) -> tuple[Joint, ...]:
        """The events among them: what a service hands over to its own workers is none."""
        return tuple(joint for joint in self.joints if not joint.is_own_work)

    def joins(self, publish: Publish, consumer: Consumer) -> bool:
        """Whether a consumer gets a message."""
        if ANY not in (publish.broker, consumer.broker) and publish.broker != consumer.broker:
            return False
        if consumer.exchange_differs(publish):
            return False
        broker = publish.broker or consumer.broker
        if consumer.named:
            return bool(publish.event) and any(fits(topic, publish.event, "") for topic in consumer.topics)
        names = publish.names
        if consumer.kind == "bind":
            return self._binds(publish, consumer, names)
        if broker == "amqp" and is_known(publish.exchange) and not is_known(consumer.exchange):
            # A queue by its name, which is bound elsewhere.
            return any(is_known(name) and plain(topic) == plain(name) for topic in consumer.topics for name in names)
        return any(fits(topic, name, broker) for topic in consumer.topics for name in names)

    def _binds(self, publish: Publish, consumer: Consumer, names: tuple[str, ...]) -> bool:
        """Whether a queue that is bound to an exchange gets what is sent there, or to the queue itself."""
        if not publish.exchange and is_known(consumer.group) and publish.topic == consumer.group:
            return True
        same = is_known(consumer.exchange) and plain(publish.exchange) == plain(consumer.exchange)
        if same:
            kind = self._exchanges.get(publish.exchange, "")
            if kind == "fanout" or not names:
                return True
            if not consumer.topics:
                return kind not in ("topic", "direct")
        topics = [topic for topic in consumer.topics if same or is_known(topic)]
        return any(fits(topic, name, publish.broker) for topic in topics for name in names)


def _single(consumers: Iterable[Consumer]) -> Iterator[Consumer]:
    """Consumers, of several calls for the same messages in a service only the first."""
    seen: set[tuple[object, ...]] = set()
    for consumer in consumers:
        key = (consumer.target.root, consumer.broker, consumer.exchange, consumer.topics, consumer.handler)
        if key not in seen:
            seen.add(key)
            yield consumer
