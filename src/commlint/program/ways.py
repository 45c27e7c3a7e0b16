"""Ways on which a call is made: the calls of wrappers around it that say what it is about, the innermost first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

import msgspec

from commlint.program.constants import Reading, Texts
from commlint.program.paths import admits
from commlint.program.sites import Site
from commlint.program.symbols import Class, Instance
from commlint.workspace import Workspace

# How many calls a wrapper is followed through, and how many callers of each are asked.
_DEEPEST = 4
_CALLERS = 200
# How many ways are looked at in all.
_MOST = 1000
# How many entries of a dictionary a call may choose from.
_CHOICES = 24

Said = TypeVar("Said")


class Told(msgspec.Struct, Generic[Said], frozen=True):
    """What is known of a call on one way to it.

    Attributes:
        stack: The calls of wrappers, the innermost first.
        said: What is known.
        is_open: Something of that depends on further callers.
    """

    stack: tuple[Site, ...]
    said: Said
    is_open: bool


class Ways(Generic[Said]):
    """Follows one call outwards through the wrappers around it.

    Args:
        site: The call.
        texts: What texts say.
        workspace: What manifests set.
        read: What is to be known of the call, on a way to look at texts.
        is_settled: Whether what is known on a way is enough, or its callers are to be asked.
    """

    def __init__(
        self,
        site: Site,
        texts: Texts,
        workspace: Workspace,
        read: Callable[[Reading], Said],
        is_settled: Callable[[Told[Said]], bool],
    ) -> None:
        self._site = site
        self._texts = texts
        self._workspace = workspace
        self._read = read
        self._is_settled = is_settled
        self._left = _MOST

    def found(self, stack: tuple[Site, ...] = ()) -> list[Told[Said]]:
        """All ways that differ in what is known, from some calls outwards."""
        self._left -= 1
        inner = stack[-1] if stack else self._site
        settings = settings_of(inner, self._workspace)
        reading = self._texts.reading(settings, stack)
        told = Told(stack, self._read(reading), bool(reading.open))
        if self._is_settled(told) or len(stack) == _DEEPEST or self._left < 0:
            return [told, *self._others(told, settings, reading)]
        asked, made = inner.function, None
        if reading.open and not any(function is asked for function, _ in reading.open):
            (asked, _), made = next(iter(reading.open.items()))
        callers = [
            site
            for site in asked.callers
            if site.function is not asked
            and site not in stack
            and (asked is not inner.function or admits(inner, asked, site))
            and (made is None or _makes(site, made))
        ][:_CALLERS]
        outer = [further for caller in callers for further in self.found((*stack, caller))]
        # Where no caller says more, the call itself says all there is.
        return outer if any(o.said != told.said or self._is_settled(o) for o in outer) else [told]

    def _others(self, told: Told[Said], settings: Mapping[str, str], reading: Reading) -> Iterator[Told[Said]]:
        """What else a call may be about: the other entries of a dictionary that is asked for a key."""
        for place, count in reading.choices.items():
            for index in range(1, min(count, _CHOICES)):
                other = self._texts.reading(settings, told.stack, {place: index})
                yield Told(told.stack, self._read(other), told.is_open)


def settings_of(site: Site, workspace: Workspace) -> Mapping[str, str]:
    """What manifests set for the service that a call stands in."""
    service = workspace.service_of(site.function.module.path)
    return workspace.settings.get(service.root, {}) if service is not None else {}


def chained(site: Site, stack: tuple[Site, ...]) -> tuple[Site, ...]:
    """The calls of a way, the innermost first, each in the function that the next one calls.

    Those that only make an object on it are left out.
    """
    calls = [site]
    for outer in stack:
        if calls[-1].function in outer.targets:
            calls.append(outer)
    return tuple(calls)


def _makes(site: Site, cls: Class) -> bool:
    """Whether a call may make an object of just a class."""
    return any(isinstance(value, Instance) and value.cls is cls for value in site.result.values)
