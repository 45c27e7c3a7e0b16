"""What published events lack: a name that says what happened, the id of what it happened to, the time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from commlint.finding import Confidence, Location
from commlint.program.event_map import EventMap
from commlint.program.event_names import entity, is_aside, is_command, says_what_happened, words
from commlint.program.events import Publish
from commlint.program.topics import plain

# Words with which the key of an id ends, and what has ids of its own that are not those of an entity.
_IDS = frozenset(
    {
        *("arn", "code", "guid", "id", "identifier", "ids", "isbn", "key", "name", "no", "number", "pk", "ref"),
        *("reference", "sku", "slug", "symbol", "ticker", "token", "uid", "uri", "url", "urn", "username", "uuid"),
        *("email", "path"),
    }
)
_OF_MESSAGES = frozenset({"causation", "correlation", "event", "message", "msg", "request", "span", "trace"})
_TIMES = frozenset(
    {
        *("at", "clock", "created", "date", "datetime", "epoch", "expires", "occurred", "on", "published", "sent"),
        *("since", "time", "timestamp", "ts", "until", "when"),
    }
)
# Brokers and deliveries that also carry what is no event: signals, measurements, lines of a log.
_LOOSE = frozenset({"mqtt", "redis", "eventhub", "pyzeebe"})


class Flaw(msgspec.Struct, frozen=True):
    """Something that a published event lacks.

    Attributes:
        kind: `name`, `id` or `time`.
        name: The event's name.
        entity: What it is about, where that shows.
        better: A name that would do, as an example.
        location: Where it is named.
        confidence: How sure it is that it is an event, and that this is its name.
    """

    kind: Literal["name", "id", "time"]
    name: str
    entity: str
    better: str
    location: Location
    confidence: Confidence


def find_flaws(events: EventMap) -> Iterator[Flaw]:
    """The flaws of all events, at most one for each name and place."""
    seen: set[tuple[str, Location]] = set()
    for publish in events.publishes:
        name, given = _name(publish)
        if not name or (name, publish.location) in seen or _is_exempt(publish, name):
            continue
        seen.add((name, publish.location))
        if (flaw := _flaw(publish, name, given=given)) is not None:
            yield flaw


def _name(publish: Publish) -> tuple[str, bool]:
    """The name of an event, and whether it is said to be that: the envelope's, else the topic's."""
    if publish.event:
        return (publish.event, True) if "{" not in publish.event else ("", False)
    name = plain(publish.topic)
    tail = re.split(r"[./:]", name)[-1]
    return ("", False) if "{" in tail or not name else (name, False)


def _is_exempt(publish: Publish, name: str) -> bool:
    if publish.delivery == "task" or is_aside(publish.topic) or is_aside(name):
        return True
    return publish.is_answered or any(is_command(one) for one in (name, publish.topic, publish.exchange))


def _flaw(publish: Publish, name: str, *, given: bool) -> Flaw | None:
    about = entity(name)
    confidence = Confidence.MEDIUM
    if publish.broker in _LOOSE or publish.delivery == "stream":
        confidence = Confidence.LOW
    if not says_what_happened(name):
        # A topic may be a stream of many events, which their envelopes tell apart.
        if not given and (not publish.fields.names or len(words(name)) < 2 or publish.broker == "kafka"):
            confidence = Confidence.LOW
        said = words(name)
        better = f"`{said[0] if said else 'order'}.created`"
        return Flaw("name", name, about, better, publish.location, confidence)
    fields = publish.fields
    if not fields.whole or not fields.names:
        return None
    if not any(_is_id(key, about) for key in fields.names):
        return Flaw("id", name, about, "", publish.location, confidence)
    if not any(not _TIMES.isdisjoint(words(key)) for key in fields.names):
        return Flaw("time", name, about, "", publish.location, Confidence.LOW)
    return None


def _is_id(key: str, about: str) -> bool:
    """Whether a key is that of an id of an entity."""
    said = words(key)
    if not said:
        return False
    return (said[-1] in _IDS and _OF_MESSAGES.isdisjoint(said)) or said == (about,)
