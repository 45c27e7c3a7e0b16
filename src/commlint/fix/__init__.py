"""Turns the fixes of findings into changed files: the only place where code is changed.

A fix says what is to be changed as data. Here it becomes cuts in a text, of which every other byte stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import libcst as cst
import msgspec

from commlint.finding import Edit, Fix
from commlint.fix.cut import CannotBeMadeError, Cut
from commlint.fix.cuts import cuts
from commlint.fix.source import CannotBeReadError, Source


class Fixed(msgspec.Struct, frozen=True):
    """What became of some fixes.

    Attributes:
        files: The new bytes of the files that they change.
        made: The fixes that were made.
        later: Those that would change what another one changes, and are to be tried again after it.
        refused: Those that cannot be made, and why.
    """

    files: Mapping[str, bytes]
    made: tuple[Fix, ...]
    later: tuple[Fix, ...]
    refused: Mapping[Fix, str]


def apply(files: Mapping[str, bytes], fixes: Iterable[Fix]) -> Fixed:
    """Makes as many fixes as can be made at once.

    Args:
        files: The bytes of all files that the fixes change.
        fixes: The fixes; of two that change the same, the first one is made.
    """
    desk = _Desk(files)
    wanted = list(dict.fromkeys(fixes))
    while True:
        made, later = desk.chosen(wanted)
        changed = {file: desk.changed(file) for file in sorted(files_of(made))}
        broken = {file for file, data in changed.items() if data is None}
        if not broken:
            return Fixed(
                {file: data for file, data in changed.items() if data is not None}, tuple(made), later, desk.refused
            )
        for fix in made:
            if not broken.isdisjoint(files_of([fix])):
                desk.refused[fix] = f"what comes out of {', '.join(sorted(broken))} is no Python"
        wanted = [fix for fix in wanted if fix not in desk.refused]


def edits(files: Mapping[str, bytes], fixes: Iterable[Fix]) -> dict[Fix, tuple[Edit, ...]]:
    """Fixes as stretches of text and what is to stand there instead, each by itself.

    Args:
        files: The bytes of all files that the fixes change.
        fixes: The fixes; those that cannot be made are left out.
    """
    desk = _Desk(files)
    found = {fix: desk.cuts(fix) for fix in dict.fromkeys(fixes)}
    return {
        fix: tuple(desk.edit(file, cut) for file in sorted(made) for cut in made[file])
        for fix, made in found.items()
        if made
    }


def files_of(fixes: Iterable[Fix]) -> set[str]:
    """The files that fixes change."""
    return {change.location.file for fix in fixes for change in fix.changes}


class _Desk:
    """The files that are worked on.

    Attributes:
        refused: The fixes that cannot be made, and why.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._sources: dict[str, Source | CannotBeReadError] = {}
        self._taken: dict[str, list[Cut]] = {}
        self.refused: dict[Fix, str] = {}

    def cuts(self, fix: Fix) -> Mapping[str, tuple[Cut, ...]]:
        """What a fix does to each file; nothing where it cannot be made, or there is nothing left to do."""
        try:
            made = {file: cuts(self._source(file), fix, file) for file in files_of([fix])}
        except (CannotBeMadeError, CannotBeReadError) as error:
            self.refused[fix] = f"{', '.join(sorted(files_of([fix])))}: {error}"
            return {}
        return {file: found for file, found in made.items() if found}

    def chosen(self, fixes: Iterable[Fix]) -> tuple[list[Fix], tuple[Fix, ...]]:
        """The fixes that can be made together, and those that have to wait."""
        self._taken = {}
        made: list[Fix] = []
        later: list[Fix] = []
        for fix in fixes:
            wanted = self.cuts(fix)
            if not wanted:
                continue
            if any(_clash(cut, other) for file, own in wanted.items() for cut in own for other in self._of(file)):
                later.append(fix)
                continue
            made.append(fix)
            for file, own in wanted.items():
                self._of(file).extend(cut for cut in own if cut not in self._of(file))
        return made, tuple(later)

    def changed(self, file: str) -> bytes | None:
        """A file with the chosen fixes; `None` where that is no Python, or cannot be written in its encoding."""
        source = self._source(file)
        pieces: list[bytes] = []
        at = 0
        for cut in sorted(self._of(file)):
            pieces += [source.text[at : cut.start], cut.text.encode()]
            at = cut.end
        try:
            data = source.data(b"".join([*pieces, source.text[at:]]))
            cst.parse_module(data)
        except (cst.ParserSyntaxError, UnicodeError):
            return None
        return data

    def edit(self, file: str, cut: Cut) -> Edit:
        """A cut by lines and columns."""
        source = self._source(file)
        return Edit(file, *source.place(cut.start), *source.place(cut.end), cut.text)

    def _of(self, file: str) -> list[Cut]:
        return self._taken.setdefault(file, [])

    def _source(self, file: str) -> Source:
        if file not in self._sources:
            try:
                self._sources[file] = Source(self._files[file])
            except CannotBeReadError as error:
                self._sources[file] = error
        found = self._sources[file]
        if isinstance(found, CannotBeReadError):
            raise found
        return found


def _clash(one: Cut, other: Cut) -> bool:
    """Whether two cuts cannot both be made. The same cut twice is one; lines that are put in stand below each other."""
    if one == other:
        return False
    if one.binds and other.binds:
        return one.binds == other.binds
    if one.start == other.start:
        return True
    first, second = sorted((one, other))
    return second.start < first.end
