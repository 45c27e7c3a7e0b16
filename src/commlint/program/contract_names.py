"""What contracts call services and endpoints by, and what that means in a program."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from commlint.contract import ServiceContract
from commlint.program.edges import shown_path
from commlint.program.lookup import nearest

if TYPE_CHECKING:
    from commlint.finding import Service
    from commlint.program import Crossing, Program

_PARAMETER = re.compile(r"\{[^{}]*\}|<[^<>]*>")


class Pattern(msgspec.Struct, frozen=True):
    """A service, a host outside, or endpoints of them: `users`, `users-*`, `POST users /users/{}`.

    Attributes:
        methods: The methods; none for any.
        service: The name, in lower case.
        path: The path, with `{}` for parameters; empty for all.
    """

    methods: tuple[str, ...]
    service: str
    path: str

    @property
    def is_exact(self) -> bool:
        """Whether it is the name of a service that has to be there: neither many nor a host on the internet."""
        return not any(sign in self.service for sign in "*?[.:")

    @property
    def is_endpoint(self) -> bool:
        """Whether it means endpoints and not all of a service."""
        return bool(self.path or self.methods)

    def names(self, name: str) -> bool:
        """Whether it names a service, which may be called with or without its folders."""
        full = name.lower()
        return fnmatchcase(full, self.service) or fnmatchcase(full.rpartition("/")[2], self.service)

    def takes(self, methods: Iterable[str], *paths: str) -> bool:
        """Whether it means an endpoint of the service, by any of its methods and paths."""
        fits = not self.methods or not {*self.methods, "*"}.isdisjoint(methods)
        return fits and (not self.path or any(fnmatchcase(_bare(path), self.path) for path in paths))


def pattern(text: str) -> Pattern:
    """The pattern that a text of a contract is."""
    words = text.split()
    is_method = len(words) > 2 or (len(words) > 1 and words[0].isupper() and not words[1].startswith("/"))
    methods = tuple(words.pop(0).upper().split("/")) if is_method else ()
    service, *path = words or [""]
    return Pattern(methods, service.lower(), _bare(" ".join(path)))


def _bare(path: str) -> str:
    return _PARAMETER.sub("{}", path).rstrip("/") or path[:1]


class Lists:
    """What lists of names in contracts mean.

    Args:
        program: The program.
    """

    def __init__(self, program: Program) -> None:
        self._program = program

    def has(self, names: Iterable[str] | None, service: Service) -> bool:
        """Whether a list names a service."""
        return any(pattern(name).names(service.name) for name in names or ())

    def reached(self, names: Iterable[str] | None, crossing: Crossing, *, perhaps: bool = False) -> bool:
        """Whether a list names what a call goes to.

        Args:
            names: The list.
            crossing: The call.
            perhaps: Whether it is enough that it may be, where method or path are not known.
        """
        target = crossing.target.name if crossing.target is not None else crossing.outside
        kind = crossing.remote.client.kind
        paths = [shown_path(kind, crossing.path)]
        paths += [shown_path(crossing.route.kind, crossing.route.path)] if crossing.route is not None else []
        methods = [crossing.method] if crossing.method else []
        vague = perhaps and not crossing.is_exact
        asked = [one for one in map(pattern, names or ()) if one.names(target)]
        return any(one.takes(methods, *paths) or vague for one in asked)

    def serves(self, names: Iterable[str] | None, service: Service, label: str) -> bool:
        """Whether a list names an endpoint; one that says nothing names all.

        Args:
            names: The list.
            service: The service that it belongs to.
            label: What it serves, as a reader would say it: `POST /orders`.
        """
        method, _, path = label.partition(" ")
        asked = [pattern(name) for name in names or ()]
        return names is None or any(o.names(service.name) and o.takes(method.split("/"), path) for o in asked)

    def idle(self, contract: ServiceContract) -> Iterator[str]:
        """What a contract names that means nothing here."""
        for name in contract.named:
            asked = pattern(name)
            meant = [known for known in self._known if asked.names(known)]
            if not meant or (asked.is_endpoint and not self._served(asked)):
                yield name

    def unknown(self, contract: ServiceContract) -> Iterator[str]:
        """What is wrong with the names of services in a contract, as a sentence for each that none has."""
        for name in contract.named:
            asked = pattern(name)
            if asked.is_exact and not any(asked.names(known) for known in self._known):
                words = {text.lower(): text for known in self._known for text in (known, known.rpartition("/")[2])}
                near = nearest(asked.service, words) or "`commlint map` shows them"
                yield f"contract `{contract.name}`: no service is called `{asked.service}`; {near}"

    @cached_property
    def _known(self) -> tuple[str, ...]:
        """The names of all services and of the hosts outside."""
        services = [service.name for service in self._program.workspace.services]
        outside = {crossing.outside for crossing in self._program.services.crossings if crossing.outside}
        return (*services, *sorted(outside))

    def _served(self, asked: Pattern) -> bool:
        """Whether there is such an endpoint, or somebody calls it."""
        routes = self._program.routes
        for service in self._program.workspace.services:
            if asked.names(service.name) and any(
                asked.takes(route.verbs or ("*",), shown_path(route.kind, route.path)) for route in routes.of(service)
            ):
                return True
        method = "/".join(asked.methods)
        text = " ".join(part for part in (method, asked.service, asked.path) if part)
        return any(self.reached((text,), crossing) for crossing in self._program.services.crossings)
