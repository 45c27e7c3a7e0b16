"""Who calls an endpoint of a service, and what they read of its answer."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from commlint.errors import CommlintError
from commlint.program.edges import edge, shown_path, unresolved
from commlint.program.lookup import Named, find_service, is_shown, is_within, listed, nearest
from commlint.servicemap import Called, Callers, CallSite, Edge, Endpoint

if TYPE_CHECKING:
    from commlint.program import Crossing, Program

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "RPC", "EVENT", "*"})
_PARAMETER = re.compile(r"\{[^{}]*\}|<[^<>]*>")


class _Question(msgspec.Struct, frozen=True):
    """What somebody asks about, as far as they say it.

    Attributes:
        methods: `GET`; none for any.
        service: A service's name; empty where it is not said.
        path: A path as a template or as it is called, or a name; empty for all.
    """

    methods: tuple[str, ...]
    service: str
    path: str

    @property
    def what(self) -> str:
        """Its methods and path."""
        return f"{'/'.join(self.methods)} {self.path}".strip()

    def means(self, endpoint: Endpoint) -> bool:
        """Whether an endpoint is asked about, however its parameters are called."""
        named = not self.path or _bare(endpoint.path) == _bare(self.path)
        return named and self.takes(endpoint)

    def takes(self, endpoint: Endpoint) -> bool:
        """Whether an endpoint has one of its methods."""
        return not self.methods or endpoint.method in (*self.methods, "*")


def callers(program: Program, asked: str, paths: Sequence[str]) -> Callers:
    """The calls of an endpoint, or of all endpoints of a service.

    Args:
        program: The program.
        asked: `GET users /users/{}`; without the method where any is meant, without the path where all are, without
            the service where only one has such an endpoint.
        paths: Where the calls are that are asked about.

    Raises:
        CommlintError: There is no such service or endpoint, or several may be meant.
    """
    question = _question(asked)
    offers = {node.name: node.endpoints for node in program.service_map().services}
    if question.service:
        service = find_service(program, question.service, paths)
    else:
        service = _owner(program, question, offers, paths)
    crossings = [crossing for crossing in program.services.crossings if service.is_called_by(crossing)]
    meant = {crossing: _meant(crossing, offers.get(service.name, ())) for crossing in crossings}
    known = sorted(
        {*offers.get(service.name, ()), *(endpoint for endpoint in meant.values() if endpoint is not None)},
        key=lambda endpoint: (endpoint.path, endpoint.method),
    )
    wanted = _matching(program, service, question, known)
    if not wanted and (question.path or question.methods):
        raise _unknown(question, service, known)
    return Callers(
        service=service.name,
        endpoints=tuple(Called(one, _calls(program, meant, one, paths)) for one in wanted),
        unclear=_calls(program, meant, None, paths),
        unresolved=unresolved(program, but=service.name),
    )


# --- the question -----------------------------------------------------------------------------------------------------


def _question(asked: str) -> _Question:
    words = asked.split()
    methods = tuple(words[0].upper().split("/")) if words and _METHODS.issuperset(words[0].upper().split("/")) else ()
    words = words[1:] if methods else words
    path = words.pop() if len(words) > 1 or (words and words[0].startswith("/")) else ""
    if len(words) > 1 or not (words or path):
        raise CommlintError(f"`{asked}` is no endpoint; say it as `GET users /users/{{}}`, or `users` for all of them")
    return _Question(methods, words[0] if words else "", path)


def _owner(
    program: Program, question: _Question, offers: Mapping[str, Sequence[Endpoint]], paths: Sequence[str]
) -> Named:
    """The service of an endpoint that is said without it."""
    known = [Named(service.name, service) for service in program.workspace.services]
    found = [one for one in known if _matching(program, one, question, offers[one.name])]
    if len(found) > 1:
        found = [one for one in found if one.service is not None and is_within(one.service.root, paths)] or found
    if len(found) > 1:
        names = listed(one.name for one in found)
        raise CommlintError(f"{question.what} is served by {names}: name the service as well")
    if not found:
        near = _nearest(question, [(one, endpoint) for one in known for endpoint in offers[one.name]])
        raise CommlintError(f"no service is known to serve {question.what}; {near or 'name the service as well'}")
    return found[0]


def _matching(program: Program, service: Named, question: _Question, known: Sequence[Endpoint]) -> list[Endpoint]:
    """The endpoints of a service that are asked about; by a path as it is called, the one that answers it."""
    found = [endpoint for endpoint in known if question.means(endpoint)]
    if found or service.service is None or not question.path:
        return found
    verb, path = question.methods[0] if question.methods else "", _PARAMETER.sub("{}", question.path)
    routes = (program.routes.serving(service.service, kind, verb, path) for kind in ("http", "grpc", "rpc"))
    served = {_bare(shown_path(route.kind, route.path)) for route in routes if route is not None}
    return [one for one in known if _bare(one.path) in served and question.takes(one)]


def _unknown(question: _Question, service: Named, known: Sequence[Endpoint]) -> CommlintError:
    near = _nearest(question, [(service, endpoint) for endpoint in known])
    hint = near or f"`commlint callers {service.name}` lists them"
    return CommlintError(f"`{service.name}` has no endpoint {question.what} that is known; {hint}")


def _nearest(question: _Question, known: Sequence[tuple[Named, Endpoint]]) -> str:
    """A question for the endpoint with the path most like what is asked, and one of its methods if there is one."""
    fitting = sorted(known, key=lambda pair: question.takes(pair[1]))
    labels = {_bare(one.path): f"{one.method} {service.name} {one.path}" for service, one in fitting}
    return nearest(_bare(question.path), labels)


def _bare(path: str) -> str:
    """A path without the names of its parameters, and without the slashes at its ends."""
    return _PARAMETER.sub("{}", path).strip("/")


# --- the calls --------------------------------------------------------------------------------------------------------


def _meant(crossing: Crossing, offered: Sequence[Endpoint]) -> Endpoint | None:
    """The endpoint that a crossing asks for; `None` where that is not known."""
    asked = Endpoint(crossing.method, shown_path(crossing.remote.client.kind, crossing.path))
    if crossing.route is None:
        # One that is known to be called, whether anybody serves it or not.
        return asked if crossing.is_exact else None
    path = _bare(shown_path(crossing.route.kind, crossing.route.path))
    same = [endpoint for endpoint in offered if endpoint.location == crossing.route.location]
    return max(
        same,
        key=lambda one: (_bare(one.path) == path, one.method == crossing.method, one.method == "*"),
        default=msgspec.structs.replace(asked, location=crossing.route.location),
    )


def _calls(
    program: Program, meant: Mapping[Crossing, Endpoint | None], endpoint: Endpoint | None, paths: Sequence[str]
) -> tuple[CallSite, ...]:
    """The places that call an endpoint, or an unknown one, with what all calls there read."""
    reads: dict[Edge, set[str]] = defaultdict(set)
    for crossing, one in meant.items():
        if one == endpoint and is_shown(crossing.location, paths):
            reads[edge(program, crossing)].update(program.payload_of(crossing).fields)
    found = (CallSite(call, tuple(sorted(fields))) for call, fields in reads.items())
    return tuple(sorted(found, key=lambda site: (site.edge.source, site.edge.location, site.edge.client)))
