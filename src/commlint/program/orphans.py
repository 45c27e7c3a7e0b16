"""Events that are published and consumed by nobody, or consumed and published by nobody, in the workspace."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from commlint.finding import Confidence, Location
from commlint.program.event_map import ANY, EventMap
from commlint.program.event_names import is_aside, is_near, is_near_place
from commlint.program.events import Consumer, Publish
from commlint.program.topics import fits, is_exact, is_known, is_pattern, plain
from commlint.workspace import Workspace

# Brokers whose other end is mostly something else than a service: devices, browsers, other workers of the same kind.
_OPEN = frozenset({"mqtt"})


class Orphan(msgspec.Struct, frozen=True):
    """An event without its other end.

    Attributes:
        name: What it is called.
        location: Where it is published, or listened to.
        others: Further such places.
        is_published: It is published and consumed by nobody; otherwise the other way round.
        confidence: How sure it is that there is no other end.
        near: What may be meant for it, and where; empty where nothing is like it.
    """

    name: str
    location: Location
    others: tuple[Location, ...]
    is_published: bool
    confidence: Confidence
    near: tuple[str, str, Location] | None = None


class Orphans:
    """Looks for them."""

    def __init__(self, events: EventMap, workspace: Workspace) -> None:
        self._events = events
        self._workspace = workspace
        self._consumed = {id(joint.publish) for joint in events.joints}

    def found(self) -> Iterator[Orphan]:
        """All of them, one for each name that a service publishes or listens to."""
        yield from self._published()
        yield from self._listened()

    # --- published ----------------------------------------------------------------------------------------------------

    def _published(self) -> Iterator[Orphan]:
        groups: dict[tuple[str, ...], list[Publish]] = {}
        for publish in self._events.publishes:
            if id(publish) not in self._consumed and self._is_named(publish):
                key = (publish.source.root, publish.broker, publish.exchange, publish.name)
                groups.setdefault(key, []).append(publish)
        for group in groups.values():
            publish = group[0]
            if any(self._events.joins(publish, loose) for loose in self._events.loose_consumers):
                continue
            near = self._near_consumer(publish)
            places = tuple(dict.fromkeys(one.location for one in group))
            yield Orphan(
                publish.name, places[0], places[1:], is_published=True, confidence=self._sure(publish), near=near
            )

    @staticmethod
    def _is_named(publish: Publish) -> bool:
        if not is_exact(publish.name) or is_aside(publish.name) or is_aside(publish.exchange):
            return False
        if publish.delivery != "task":
            return True
        # A list of Redis is also just a list, and a task of one's own is named by itself.
        return publish.is_by_name and publish.broker != "redis"

    def _sure(self, publish: Publish) -> Confidence:
        consumers = [c for c in self._events.consumers if self._may_reach(publish, c)]
        unknown = any(
            not any(is_known(topic) for topic in c.topics) and not c.exchange_differs(publish) for c in consumers
        )
        if unknown or not consumers or publish.broker in _OPEN or self._is_partial(publish.source.system):
            return Confidence.LOW
        return Confidence.MEDIUM

    def _may_reach(self, publish: Publish, consumer: Consumer) -> bool:
        known = ANY not in (publish.broker, consumer.broker)
        return self._workspace.same_system(publish.source, consumer.target) and not (
            known and publish.broker != consumer.broker
        )

    def _is_partial(self, system: str) -> bool:
        """Whether what is not seen of a system may have an end of events: code in another language, what is outside."""
        return any(s.code != "python" for s in self._workspace.services if system in ("", s.system))

    def _near_consumer(self, publish: Publish) -> tuple[str, str, Location] | None:
        for consumer in self._events.consumers:
            if not self._may_reach(publish, consumer):
                continue
            if consumer.exchange_differs(publish):
                if any(fits(t, n, publish.broker) for t in consumer.topics for n in publish.names) and is_near_place(
                    publish.exchange, consumer.exchange
                ):
                    return publish.exchange, consumer.exchange, consumer.location
            else:
                for one in _single(consumer):
                    topic = one.topics[0]
                    if is_near(plain(topic).strip("*#."), plain(publish.name)) and self._is_missed(one):
                        return publish.name, topic, one.location
        return None

    # --- listened to --------------------------------------------------------------------------------------------------

    def _listened(self) -> Iterator[Orphan]:
        groups: dict[tuple[str, ...], list[Consumer]] = {}
        for consumer in self._events.consumers:
            for one in _single(consumer) if consumer.kind != "task" and not is_aside(consumer.group) else ():
                if self._is_missed(one):
                    key = (one.target.root, one.broker, one.exchange, *one.topics)
                    groups.setdefault(key, []).append(one)
        for group in groups.values():
            consumer = group[0]
            places = tuple(dict.fromkeys(one.location for one in group))
            near = self._near_publish(consumer)
            sure = self._sure_of(consumer)
            yield Orphan(consumer.topics[0], places[0], places[1:], is_published=False, confidence=sure, near=near)

    def _is_missed(self, consumer: Consumer) -> bool:
        """Whether nobody publishes what a consumer listens to, and it is known what that is."""
        known = [topic for topic in consumer.topics if is_exact(topic) and not is_pattern(topic, consumer.broker)]
        if not known or any(map(is_aside, known)):
            return False
        same = self._workspace.same_system
        sent = (p for p in self._events.publishes if same(p.source, consumer.target))
        return not any(self._events.joins(publish, consumer) for publish in (*sent, *self._events.loose_publishes))

    def _sure_of(self, consumer: Consumer) -> Confidence:
        publishes = [p for p in self._events.publishes if self._may_reach(p, consumer)]
        unknown = any(not is_known(p.name) and not consumer.exchange_differs(p) for p in publishes)
        if unknown or not publishes or consumer.broker in _OPEN or self._is_partial(consumer.target.system):
            return Confidence.LOW
        return Confidence.MEDIUM

    def _near_publish(self, consumer: Consumer) -> tuple[str, str, Location] | None:
        for publish in self._events.publishes:
            if id(publish) in self._consumed or not self._may_reach(publish, consumer):
                continue
            if not consumer.exchange_differs(publish) and is_exact(publish.name):
                for topic in consumer.topics:
                    if is_exact(topic) and is_near(plain(topic), plain(publish.name)):
                        return publish.name, topic, publish.location
        return None


def _single(consumer: Consumer) -> Iterator[Consumer]:
    """A consumer once for each of its topics; the names of one topic in a manifest belong together."""
    if consumer.kind == "manifest" and not consumer.named:
        yield consumer
        return
    for topic in consumer.topics:
        yield msgspec.structs.replace(consumer, topics=(topic,))
