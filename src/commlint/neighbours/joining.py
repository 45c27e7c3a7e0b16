"""What several summaries come to: which of them count, where each lies, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace

from commlint import facts
from commlint.neighbours.summary import Origin, Summary
from commlint.workspace import layout
from commlint.workspace.contents import Shelf

# A summary that is so much older than the newest thing it is read with may no longer be true.
STALE_DAYS = 30
_DAY = 86_400


class Given(msgspec.Struct, frozen=True):
    """A summary, and the file that it was read from, as a user would name it."""

    file: str
    summary: Summary


class Neighbours(msgspec.Struct, frozen=True):
    """What lies beside a repository.

    Attributes:
        own: Where the repository itself would lie; `.` where it has no neighbours.
        shelves: The files of the neighbours, by the folder that each would be.
        modules: The facts of their Python files, with paths in these folders.
        origins: Which they are, sorted.
        remarks: What is wrong with them, a sentence each without a final full stop.
    """

    own: str = "."
    shelves: Mapping[str, Shelf] = {}
    modules: tuple[facts.Module, ...] = ()
    origins: tuple[Origin, ...] = ()
    remarks: tuple[str, ...] = ()


def join(own: Origin, given: Sequence[Given]) -> Neighbours:
    """Puts the neighbours of a repository beside it.

    Args:
        own: The repository.
        given: The summaries.
    """
    remarks: list[str] = []
    taken = _taken(own, given, remarks)
    remarks += _stale(own, taken)
    if not taken:
        return Neighbours(remarks=tuple(remarks))
    places = [own.place, *(one.summary.origin.place for one in taken)]
    shelves: dict[str, Shelf] = {}
    modules: list[facts.Module] = []
    for one in taken:
        place = one.summary.origin.place
        # What is told of twice is told by whoever is nearer to it.
        inner = [p[len(place) + 1 :] for p in places if p != place and layout.is_below(p, place)]
        shelves[place] = _without(one.summary.shelf, inner)
        modules += (
            replace(module, path=f"{place}/{module.path}")
            for module in one.summary.modules
            if not _within(module.path, inner)
        )
    return Neighbours(
        own.place,
        # The deepest first, so that a file is looked for in the nearest.
        dict(sorted(shelves.items(), key=lambda item: (-item[0].count("/"), item[0]))),
        tuple(modules),
        tuple(one.summary.origin for one in taken),
        tuple(remarks),
    )


def beside(extracted: facts.Extracted, own: str) -> facts.Extracted:
    """What was read of a repository, with paths as they are beside its neighbours."""
    if own == ".":
        return extracted
    return facts.Extracted(
        tuple(replace(one, path=f"{own}/{one.path}") for one in extracted.modules),
        tuple(replace(one, path=f"{own}/{one.path}") for one in extracted.unreadable),
        tuple(replace(one, path=f"{own}/{one.path}") for one in extracted.failed),
    )


def described(origin: Origin) -> str:
    """What was summarised, as a reader would say it: `users at 1f2e3d4c5b6a of 2026-05-01`."""
    commit = f" at {origin.commit[:12]}" if origin.commit else ""
    return f"{origin.place}{commit}{_of(origin)}"


def _of(origin: Origin) -> str:
    return f" of {datetime.fromtimestamp(origin.date, UTC):%Y-%m-%d}" if origin.date else ""


def _taken(own: Origin, given: Sequence[Given], remarks: list[str]) -> list[Given]:
    """One summary for each place, sorted by it."""
    taken: dict[str, Given] = {}
    for one in sorted(given, key=lambda one: (one.summary.origin.place, -one.summary.origin.date, one.file)):
        place = one.summary.origin.place
        if place == own.place:
            remarks.append(f"{one.file} is of this repository, which is read itself")
        elif (other := taken.get(place)) is None:
            taken[place] = one
        elif other.summary != one.summary and not _same(other.summary, one.summary):
            which = "newer" if other.summary.origin.date > one.summary.origin.date else "first"
            remarks.append(
                f"{other.file} ({_version(other)}) and {one.file} ({_version(one)}) both tell of {place}, and differ; "
                f"the {which} is taken"
            )
    return list(taken.values())


def _same(one: Summary, other: Summary) -> bool:
    return msgspec.msgpack.encode(one, order="deterministic") == msgspec.msgpack.encode(other, order="deterministic")


def _version(given: Given) -> str:
    origin = given.summary.origin
    return f"commit {origin.commit[:12]}{_of(origin)}" if origin.commit else "of no known commit"


def _stale(own: Origin, taken: Sequence[Given]) -> Iterator[str]:
    newest = max((own, *(one.summary.origin for one in taken)), key=lambda origin: origin.date)
    known: dict[str, tuple[Origin, str]] = {}
    for one in taken:
        for origin in one.summary.knows:
            if origin.place not in known or known[origin.place][0].date < origin.date:
                known[origin.place] = (origin, one.file)
    for one in taken:
        origin = one.summary.origin
        days = (newest.date - origin.date) // _DAY if origin.date else 0
        later, teller = known.get(origin.place, (origin, one.file))
        if later.date > origin.date:
            yield (
                f"{one.file} ({_version(one)}) is older than what {teller} was made with "
                f"(commit {later.commit[:12]}{_of(later)})"
            )
        elif days > STALE_DAYS:
            yield f"{one.file} ({_version(one)}) is {days} days older than {described(newest)}"


def _without(shelf: Shelf, inner: Sequence[str]) -> Shelf:
    """A shelf without what lies in some folders."""
    if not inner:
        return shelf
    return replace(
        shelf,
        files=tuple(file for file in shelf.files if not _within(file.path, inner)),
        generated=tuple(file for file in shelf.generated if not _within(file.path, inner)),
        others=tuple(path for path in shelf.others if not _within(path, inner)),
    )


def _within(path: str, folders: Sequence[str]) -> bool:
    return any(layout.is_below(path, folder) for folder in folders)
