"""Names of events: `order.created`, `OrderCreated`; what they are about, and whether they say what has happened."""

from __future__ import annotations

import re

from commlint.program.participles import IRREGULAR, NOT_PAST

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_VERSION = re.compile(r"^v?\d+$", re.IGNORECASE)
_NUMBERED = re.compile(r"(?<![A-Za-z])[vV]\d+(?:[._]\d+)*(?![A-Za-z])")
_HOLE = re.compile(r"\{[^{}]*\}")
# Words that say of a name that it is one of an event, and nothing else.
_KIND = frozenset({"event", "events", "message", "notification", "topic"})
# What belongs to the verb before it: `sold_out`, `checked_in`, `rolled_back`.
_PARTICLES = frozenset({"aside", "away", "back", "down", "in", "off", "on", "out", "over", "through", "together", "up"})
# Words for what is sent to have something done, answered or kept apart, and is no event.
_COMMANDS = frozenset(
    {
        *("ack", "celery", "cmd", "cmds", "command", "commands", "heartbeat", "job", "jobs", "ping", "pong"),
        *("query", "queue", "reply", "replies", "request", "requests", "response", "responses", "rpc"),
        *("task", "tasks", "work", "worker", "workers"),
    }
)
# Where messages go that nobody is meant to listen to in the first place.
_ASIDE = frozenset({"dead", "deadletter", "dlq", "dlt", "dlx", "parking", "poison", "quarantine", "retries", "retry"})


def words(name: str) -> tuple[str, ...]:
    """The words of a name, in lower case, in order."""
    return tuple(word.lower() for word in _WORD.findall(_HOLE.sub(" ", name)))


def is_past(word: str) -> bool:
    """Whether a word is a past participle."""
    return (word.endswith("ed") and len(word) > 3 and word not in NOT_PAST) or word in IRREGULAR


def says_what_happened(name: str) -> bool:
    """Whether a name ends with a past participle, a version and a word for its kind aside."""
    said = _core(name)
    return len(said) > 1 and is_past(said[-1])


def entity(name: str) -> str:
    """What an event is about: the word before the participle."""
    said = _core(name)
    return said[-2] if len(said) > 1 else ""


def is_command(name: str) -> bool:
    """Whether a name is that of a command, a task or an answer, by its words."""
    return not _COMMANDS.isdisjoint(words(name))


def is_aside(name: str) -> bool:
    """Whether messages are put aside under a name: what failed, what is tried again."""
    said = set(words(name))
    return bool(said & (_ASIDE - {"parking"})) or {"parking", "lot"} <= said


def is_near(one: str, other: str) -> bool:
    """Whether one name may be meant for the other: another spelling of it, or the same with more before or after it."""
    first, second = _stems(one), _stems(other)
    if not first or not second or one == other:
        return False
    if sorted(first) == sorted(second) or "".join(first) == "".join(second):
        return True
    short, long = sorted((first, second), key=len)
    if len(short) > 1 and len(long) - len(short) <= 2 and (long[: len(short)] == short or long[-len(short) :] == short):
        return True
    differing = [(a, b) for a, b in zip(first, second, strict=False) if a != b]
    return len(first) == len(second) and len(differing) == 1 and _is_misspelt(*differing[0])


def is_near_place(one: str, other: str) -> bool:
    """Whether an exchange may be meant for another: most of their words are the same."""
    first, second = set(_stems(one)), set(_stems(other))
    return is_near(one, other) or (len(first & second) > 1 and (first <= second or second <= first))


def _core(name: str) -> tuple[str, ...]:
    """The words of a name up to its participle: without versions, words for its kind, and the verb's particle."""
    said = [word for word in words(_NUMBERED.sub("", name)) if not _VERSION.match(word)]
    while said and said[-1] in _KIND:
        said.pop()
    if len(said) > 2 and said[-1] in _PARTICLES and is_past(said[-2]):
        said.pop()
    return tuple(said)


def _stems(name: str) -> tuple[str, ...]:
    """The words of a name without endings: of number, of tense."""
    return tuple(_stem(word) for word in words(name) if not _VERSION.match(word))


def _stem(word: str) -> str:
    for ending in ("ed", "es", "s", "d", "e"):
        if word.endswith(ending) and len(word) - len(ending) > 2:
            return word.removesuffix(ending)
    return word


def _is_misspelt(one: str, other: str) -> bool:
    """Whether two words differ by a letter, long ones by two, or by the order of their letters."""
    length = min(len(one), len(other))
    return length > 3 and (sorted(one) == sorted(other) or _distance(one, other) <= (1 if length < 8 else 2))


def _distance(one: str, other: str) -> int:
    """How many letters must be changed to make one text of another."""
    row = list(range(len(other) + 1))
    for index, letter in enumerate(one, 1):
        before, row[0] = row[0], index
        for place, against in enumerate(other, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (letter != against))
    return row[-1]
