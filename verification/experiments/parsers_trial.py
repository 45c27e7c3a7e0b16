"""What the experiments with parsers have in common.

A trial reads data in every way that a table of kind `parser` names, first as it is and then with a field that the
reader does not know: without any option, with each option of the table, with two of them at once (the earlier must
win), in a subclass, and in a reader inside a reader. The ways in and what may be said come from the experiment, all
expectations from the table.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from experiment import exercise

Read = Callable[[dict[str, Any]], object]
Reads = dict[str, Read]

KNOWN = {"a": 1}
UNKNOWN = {"a": 1, "zz": 2}

# What a read returns that complains instead of raising.
REJECTED = object()

# What is said where any value will do.
SOMETHING = "something"


class Said(dict[str, str]):
    """What the code says, by place; it notes which places were looked at."""

    def __init__(self, said: Mapping[str, str] | None = None) -> None:
        super().__init__(said or {})
        self.seen: set[str] = set()

    def at(self, place: str, words: object = None) -> Any:
        """What is said at a place, as Python has it; `None` for nothing.

        Args:
            place: The place.
            words: A module in which a name means something: `EXCLUDE`.
        """
        self.seen.add(place)
        word = self.get(place)
        if word in ("True", "False"):
            return word == "True"
        if word is not None and word.isdigit():
            return int(word)
        return getattr(words, word, word) if word is not None and word.isupper() else word

    def keywords(self, **places: str) -> dict[str, Any]:
        """Keyword arguments for what is said at places."""
        said = {name: self.at(place) for name, place in places.items()}
        return {name: value for name, value in said.items() if value is not None}


@dataclass
class Trial:
    """Ways in, by the end of the access path (`json.decode`), by the location, or `construct`; `x/load` is one of more.

    Attributes:
        reads: Given what is said, the ways in that it concerns.
        apart: Places that do not go together, or whose order means nothing.
        child: Likewise for a subclass of a reader that says it.
        nested: Given what the outer and what the inner reader say, a way into the inner one.
    """

    reads: Callable[[Said], Reads]
    apart: tuple[frozenset[str], ...] = ()
    child: Callable[[Said], Reads] | None = None
    nested: Callable[[Said, Said], Read] | None = None


def tries(library: str, *indexes: int) -> Callable[[Callable[..., Trial]], Callable[..., Trial]]:
    """Register a trial, made by a function that may want to have the table, for tables of a library.

    Args:
        library: The library's file, without `.toml`.
        indexes: Numbers of the tables among the parsers of the file.
    """

    def register(make: Callable[..., Trial]) -> Callable[..., Trial]:
        @functools.wraps(make)
        def run(model: dict[str, Any]) -> None:
            trial = make(model) if inspect.signature(make).parameters else make()
            for step in (plain, optional, ordered, inherited, nested):
                step(model, trial)

        run.__doc__ = (
            f"{(make.__doc__ or make.__name__).strip(chr(46))}: an unknown field in every way in, with every option."
        )
        exercise(library, "parser", *indexes)(run)
        return make

    return register


def plain(model: dict[str, Any], trial: Trial) -> None:
    """Every way in does what the table says where nothing is said, and none is left out."""
    reads = trial.reads(Said())
    wanted = [*model.get("methods", ()), *model.get("functions", ()), *model.get("unknown_in", ())]
    wanted += ["construct"] * bool(model.get("construct"))
    assert [name for name in wanted if not any(same(name, way) for way in reads)] == [], "not tried"
    compare(model, reads, Said())


def optional(model: dict[str, Any], trial: Trial) -> None:
    """Every option has its effect, wherever it may stand."""
    for place, value, _ in sayings(model):
        compare_said(model, trial.reads, Said({place: value}))


def ordered(model: dict[str, Any], trial: Trial) -> None:
    """Of two options the earlier one wins."""
    alike = [set(option["at"].split("|")) for option in model.get("options", ())]
    for (first, one, does), (second, other, would) in itertools.combinations(sayings(model), 2):
        places = frozenset({first, second})
        if does != would and places not in trial.apart and not any(places <= same for same in alike):
            compare_said(model, trial.reads, Said({first: one, second: other}))


def inherited(model: dict[str, Any], trial: Trial) -> None:
    """What a class says holds for its subclasses, if the table says so."""
    if trial.child is None:
        return
    for place, value, _ in sayings(model):
        if place.startswith(("class.attr:", "decorator.")):
            said = Said({place: value})
            compare(model, trial.child(said), said if model.get("inherited", True) else Said())
            assert said.seen, f"{place} is not tried"


def nested(model: dict[str, Any], trial: Trial) -> None:
    """A reader inside another follows its own options, or those of the outer one."""
    if trial.nested is None:
        return
    outer = model.get("nested", "own") == "outer"
    own = [saying for saying in sayings(model) if saying[0].startswith(("class.", "decorator.", "ctor."))]
    # What a class says, rather than what is said where it is used.
    own.sort(key=lambda saying: saying[0].startswith("ctor."))
    said = next(
        Said({place: value})
        for place, value, does in (tuple(sayings(model)) if outer else own)
        if does != model["unknown"]
    )
    compare(model, {"inner": trial.nested(said, Said())}, said if outer else Said())
    if not outer:
        compare(model, {"inner": trial.nested(Said(), said)}, said)


def sayings(model: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """All that the options of a table name: a place, a value, and what it does."""
    for option in model.get("options", ()):
        for place in option["at"].split("|"):
            for value in option.get("values", (SOMETHING,)):
                yield place, value, option["unknown"]


def compare_said(model: dict[str, Any], reads: Callable[[Said], Reads], said: Said) -> None:
    """Compare the ways in that something concerns."""
    ways = reads(said)
    assert ways, f"{said} is tried in no way"
    compare(model, ways, said)
    assert set(said) <= said.seen, f"{said} is not tried"


def compare(model: dict[str, Any], ways: Reads, said: Said) -> None:
    """Read in some ways, and compare what happens with the table."""
    for way, read in ways.items():
        found, wanted = outcome(model, way, read), expected(model, way, said)
        assert found == wanted, f"{way} with {dict(said) or 'nothing said'}: {found}, not {wanted}"


def outcome(model: dict[str, Any], way: str, read: Read) -> str:
    """What a read does with a field that is not known; it must take those that are."""
    assert read(dict(KNOWN)) is not REJECTED, f"{way} takes nothing"
    name = last(way)
    raised: Exception | None = None
    value: object = None
    try:
        value = read(dict(UNKNOWN))
    except Exception as error:  # noqa: BLE001  (the table says which)
        raised = error
    if raised is not None:
        errors = tuple(filter(None, map(resolved, model.get("errors", ()))))
        assert not errors or isinstance(raised, errors), f"{way} raises {raised!r}"
        assert name not in model.get("returning", ()), f"{way} raises"
        return "reject"
    if value is REJECTED:
        assert name in model.get("returning", ()) or model.get("reads", "payload") != "payload", f"{way} returns"
        return "reject"
    return "keep" if holds(value) else "ignore"


def same(name: str, way: str) -> bool:
    """Whether a way in is the one that is named, maybe by a longer path."""
    return f".{name}".endswith(f".{way.rpartition('/')[2]}")


def last(way: str) -> str:
    """The last name of a way in."""
    return re.split(r"[./]", way)[-1]


def expected(model: dict[str, Any], way: str, said: Mapping[str, str]) -> str:
    """What the table says of a way in: the first option that is said, or what holds without one."""
    for place, value, unknown in sayings(model):
        if said.get(place) == value:
            return unknown
    name = last(way)
    if name == "construct":
        return str(model["construct"])
    return str(model.get("unknown_in", {}).get(name, model["unknown"]))


def holds(value: object) -> bool:
    """Whether the unknown field is still there, if only in a mapping of what was left over."""
    if isinstance(value, Mapping):
        return "zz" in value or any(isinstance(part, Mapping) and "zz" in part for part in value.values())
    if isinstance(value, list | tuple) and value and not hasattr(value, "_fields"):
        return any(map(holds, value))
    parts = vars(value).values() if hasattr(value, "__dict__") else ()
    return hasattr(value, "zz") or any(isinstance(part, dict) and "zz" in part for part in parts)


def resolved(path: str) -> type[BaseException] | None:
    """The exception that an access path names."""
    module, _, name = path.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), name)
    except ImportError:
        return None
    assert issubclass(found, BaseException)
    return found
