"""What readers of remote data expect to be there, held against what its sender is known to send."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator

import msgspec

from commlint.finding import Location
from commlint.program.absence import Absence
from commlint.program.crossings import Crossing
from commlint.program.following import Read
from commlint.program.parts import ELEMENT
from commlint.program.payloads import Payload
from commlint.program.replies import Replies
from commlint.program.shapes import NOBODY_KNOWS, Answer, Shape, Verdict, answer
from commlint.program.symbols import Function

# Kinds of clients whose answers the client itself makes.
_MADE = frozenset({"sdk"})


class Expected(msgspec.Struct, frozen=True, eq=False):
    """A field that is read.

    Attributes:
        read: Where and how.
        payload: Of which data.
        answer: Whether its sender sends it.
        is_open: Its absence would fail: nothing tests for it, and nothing around it catches the error.
        is_caught: Somebody further out would catch it.
        tolerant: Where another function does without it; the same one may know which data has it.
    """

    read: Read
    payload: Payload
    answer: Answer
    is_open: bool
    is_caught: bool
    tolerant: Read | None

    @property
    def name(self) -> str:
        """The field as people write it: `items[].price`."""
        return ".".join(self.read.keys).replace(f".{ELEMENT}", ELEMENT)


class Expectations:
    """Works out what is expected.

    Args:
        payloads: All remote data that arrives.
        replies: What services answer.
        absence: What becomes of reads that fail.
    """

    def __init__(self, payloads: Iterable[Payload], replies: Replies, absence: Absence) -> None:
        self._payloads = [payload for payload in payloads if not payload.objects and not _is_made(payload)]
        self._replies = replies
        self._absence = absence
        self._shapes: dict[object, Shape] = {}
        self._tolerant: dict[Hashable, list[Read]] = defaultdict(list)
        for payload in self._payloads:
            source = _source(payload)
            for read in payload.reads if source is not None else ():
                if read.kind in ("default", "test"):
                    self._tolerant[source, read.keys].append(read)

    def groups(self) -> Iterator[tuple[Expected, ...]]:
        """All that functions expect, by function and payload, in order of file and place."""
        found: dict[tuple[Function, object], dict[Location, list[Expected]]] = defaultdict(dict)
        for payload in self._payloads:
            for read in payload.reads:
                if read.kind != "test":
                    places = found[read.function, _identity(payload)]
                    places.setdefault(read.location, []).append(self._expected(read, payload))
        agreed = self._agreed(found.values())
        seen: set[Location] = set()
        groups = [tuple(agreed[place] for place in sorted(places)) for places in found.values()]
        for group in sorted(groups, key=lambda group: group[0].read.location):
            new = tuple(one for one in group if one.read.location not in seen)
            seen.update(one.read.location for one in new)
            if new:
                yield new

    def _agreed(self, found: Iterable[dict[Location, list[Expected]]]) -> dict[Location, Expected]:
        """What is expected at each place, where several payloads are read there too."""
        places: dict[Location, list[Expected]] = defaultdict(list)
        for group in found:
            for place, expected in group.items():
                places[place] += expected
        agreed = {}
        for place, expected in places.items():
            verdicts = {one.answer.verdict for one in expected}
            verdict = next(iter(verdicts)) if len(verdicts) == 1 else "maybe" if "maybe" in verdicts else "unknown"
            agreed[place] = _representing(expected, verdict)
        return agreed

    def _expected(self, read: Read, payload: Payload) -> Expected:
        said = answer(self._shape(payload.crossing), read.keys) if payload.crossing is not None else NOBODY_KNOWS
        is_open = read.is_strict and not read.is_tested and not self._absence.is_caught(read)
        # Rows may be of several kinds, of which only some have a field.
        is_comparable = is_open and ELEMENT not in read.keys
        others = self._tolerant.get((_source(payload), read.keys), []) if is_comparable else []
        tolerant = next((other for other in others if other.function is not read.function), None)
        is_caught = is_open and self._absence.is_caught_outside(read)
        return Expected(read, payload, said, is_open, is_caught, tolerant)

    def _shape(self, crossing: Crossing) -> Shape:
        if crossing not in self._shapes:
            is_known = crossing.route is not None and crossing.sure
            self._shapes[crossing] = (
                self._replies.of(crossing.route) if is_known and crossing.route else Shape("unknown")
            )
        return self._shapes[crossing]


def _representing(expected: list[Expected], verdict: Verdict) -> Expected:
    """The one of several at a place that says what holds for all; what fails for one fails."""
    first = min(expected, key=lambda one: (one.answer.verdict != verdict, not one.is_open, one.tolerant is None))
    if first.answer.verdict != verdict:
        return msgspec.structs.replace(first, answer=NOBODY_KNOWS)
    return first


def _is_made(payload: Payload) -> bool:
    return payload.remote is not None and payload.remote.client.kind in _MADE


def _source(payload: Payload) -> Hashable | None:
    """What all that is sent from there has in common: the route, or the address; `None` where it is not known."""
    crossing = payload.crossing
    if crossing is None:
        return None
    if crossing.route is not None:
        return crossing.route
    return crossing.label if crossing.is_exact and crossing.target_name else None


def _identity(payload: Payload) -> object:
    """What tells data from other data that the same function reads."""
    if payload.entry is not None:
        return payload.entry.function
    return payload.crossing.location if payload.crossing is not None else payload.remote
