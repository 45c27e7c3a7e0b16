"""What a user names: a service of the workspace, or one outside that it calls."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from commlint.errors import CommlintError
from commlint.finding import Location, Service
from commlint.workspace.layout import is_below

if TYPE_CHECKING:
    from commlint.program import Crossing, Program


class Named(msgspec.Struct, frozen=True):
    """A service that somebody named.

    Attributes:
        name: Its name on the map.
        service: The service; `None` for one outside the workspace.
    """

    name: str
    service: Service | None

    @property
    def short_name(self) -> str:
        """Its name without the folders that tell it from others of the same name."""
        return self.name if self.service is None else self.service.short_name

    def is_called_by(self, crossing: Crossing) -> bool:
        """Whether a crossing goes to it."""
        return crossing.target is self.service and (self.service is not None or crossing.outside == self.name)


def find_service(program: Program, name: str, paths: Sequence[str]) -> Named:
    """The service of a name; where several have it, the only one below some paths.

    Args:
        program: The program.
        name: Its name on the map, with or without the folders that tell it from others; in any case.
        paths: The paths.

    Raises:
        CommlintError: None has that name, or several have it.
    """
    known = [Named(service.name, service) for service in program.workspace.services]
    outside = {c.outside for c in program.services.crossings if c.target is None and c.outside}
    known += [Named(host, None) for host in sorted(outside)]
    asked = name.lower()
    found = [one for one in known if one.name.lower() == asked]
    found = found or [one for one in known if one.short_name.lower() == asked]
    if len(found) > 1:
        found = [one for one in found if one.service is not None and is_within(one.service.root, paths)] or found
    if len(found) > 1:
        raise CommlintError(f"`{name}` may be {listed(one.name for one in found)}")
    if not found:
        near = nearest(asked, {text.lower(): text for one in known for text in (one.name, one.short_name)})
        raise CommlintError(f"no service is called `{name}`; {near or '`commlint map` shows them'}")
    return found[0]


def is_within(path: str, paths: Sequence[str]) -> bool:
    """Whether a file or folder lies below one of some paths."""
    return any(is_below(path, one) for one in paths)


def is_shown(location: Location, paths: Sequence[str]) -> bool:
    """Whether a place is in what was asked for."""
    return is_within(location.file, paths)


def nearest(text: str, known: dict[str, str]) -> str:
    """A question for the one of some texts that is most like another; empty where none is."""
    near = difflib.get_close_matches(text, known, n=1, cutoff=0.6)
    return f"did you mean `{known[near[0]]}`?" if near else ""


def listed(names: Iterable[str]) -> str:
    """Names as alternatives: "`a`, `b` or `c`"."""
    *first, last = (f"`{name}`" for name in names)
    return f"{', '.join(first)} or {last}" if first else last
