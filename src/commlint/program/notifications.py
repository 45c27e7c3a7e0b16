"""Notifications: calls that change something in another service while a request waits, and whose answer nobody uses."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

import msgspec

from commlint.program.conduct import is_named_like_a_change
from commlint.program.constants import words
from commlint.program.crossings import Crossing
from commlint.program.event_ideas import event_name
from commlint.program.service_map import Hop, ServiceGraph
from commlint.program.uses import Uses

_CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_REQUEST = re.compile(r"(POST|PUT|PATCH|DELETE|RPC) (\S+)")
# What asks by a verb that changes things: whether somebody may do something, or is who he says.
_ASKING = frozenset(
    {
        "allowed", "auth", "authenticate", "authentication", "authorization", "authorize", "can", "check", "find",
        "health", "heartbeat", "introspect", "login", "logout", "lookup", "permission", "permissions", "ping",
        "preview", "query", "search", "signin", "token", "tokens", "validate", "validation", "verification", "verify",
    }
)  # fmt: skip


class Notification(msgspec.Struct, frozen=True, eq=False):
    """A call whose answer nobody uses.

    Attributes:
        hops: The endpoints that make it, and how.
        event: What it could be called as an event; empty where no name reads well.
    """

    hops: tuple[Hop, ...]
    event: str

    @property
    def crossing(self) -> Crossing:
        """The call."""
        return self.hops[0].crossing


def find_notifications(services: ServiceGraph, uses: Uses) -> Iterator[Notification]:
    """The notifications of a program, in no order.

    Args:
        services: The calls between its services.
        uses: Tells which answers are used.
    """
    found: dict[Crossing, list[Hop]] = defaultdict(list)
    for entry, hops in services.hops.items():
        for hop in hops if entry.is_endpoint else ():
            if _changes(hop.crossing) and not _is_passed_on(hop):
                found[hop.crossing].append(hop)
    for crossing, hops_of in found.items():
        if not uses.is_used(crossing):
            hops_of.sort(key=lambda hop: (len(hop.sites), hop.entry.function.location))
            yield Notification(tuple(hops_of), _event(hops_of))


def _changes(crossing: Crossing) -> bool:
    """Whether a call asks a service of the system to change something."""
    if crossing.target is None or crossing.target.code == "none":
        # Who is outside cannot listen.
        return False
    name = re.split(r"[./]", crossing.path)[-1]
    if crossing.method == "RPC":
        if not is_named_like_a_change(name):
            return False
    elif crossing.method not in _CHANGES:
        return False
    said = {word for part in (crossing.path, *_callers(crossing)) for word in words(part)}
    return _ASKING.isdisjoint(said)


def _callers(crossing: Crossing) -> Iterator[str]:
    """The names of the functions that say where a call goes."""
    return (site.function.name for site in crossing.calls)


def _is_passed_on(hop: Hop) -> bool:
    """Whether a request is only passed on to whom it is meant for: `POST /products` of a gateway."""
    own = _own(hop)
    if not own:
        return False
    name = event_name(hop.crossing.method, hop.crossing.path)
    if own == name:
        return True
    # `products.create`, of which the service says what is created.
    noun, _, done = own.partition(".")
    said = words(re.split(r"[./]", hop.crossing.path)[-1]) if hop.crossing.method == "RPC" else ()
    service = {word.removesuffix("s") for word in words(hop.crossing.target_name)}
    return len(said) == 1 and done.startswith(said[0][:-1]) and noun in service


def _own(hop: Hop) -> str:
    """The event that tells of what the endpoint does."""
    match = _REQUEST.fullmatch(hop.entry.label)
    return event_name(match[1], match[2]) if match is not None else ""


def _event(hops: list[Hop]) -> str:
    """What the endpoints do, where that is one thing; else what is done by the call, where that says so."""
    own = {_own(hop) for hop in hops}
    if len(own) == 1 and (name := next(iter(own))):
        return name
    called = event_name(hops[0].crossing.method, hops[0].crossing.path)
    return called if called.partition(".")[2] not in ("", "created", "updated", "deleted") else ""
