"""The batch call that could replace one call per element: what the client or the provider already offers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import msgspec

from commlint import facts
from commlint.finding import Location, Step
from commlint.program.code import last_name, names_in
from commlint.program.entries import EntryPoint
from commlint.program.paths import Reach
from commlint.program.remote import RemoteCall
from commlint.program.symbols import Class, Function, Symbols
from commlint.program.trails import Trail
from commlint.workspace import Workspace

_PATH = re.compile(r"^[a-z]+://[^/]*(/[^?]*)")
_HOLE = re.compile(r"\{([^/{}]*)\}")
_LAST = re.compile(r"/\{[^/{}]*\}/?$")


class Instead(msgspec.Struct, frozen=True):
    """What could be called once instead of a call per element.

    Attributes:
        place: Where it is, and what.
        says: What there is to say of it.
    """

    place: Step
    says: str


class Batches:
    """Looks for plurals."""

    def __init__(
        self, reach: Reach, entries: Mapping[Function, EntryPoint], symbols: Symbols, workspace: Workspace
    ) -> None:
        self._reach = reach
        self._entries = entries
        self._symbols = symbols
        self._workspace = workspace

    def instead_of(self, trail: Trail, remote: RemoteCall, elements: frozenset[str]) -> Instead | None:
        """What could be called once: with a list in place of one element, a method of the same client, an endpoint.

        Args:
            trail: The calls from the one in the loop down to the remote one.
            remote: The remote call.
            elements: The names that the loop gives its element.
        """
        site = trail.sites[0]
        for target in site.targets:
            for name in _plurals(target.name):
                found = _sibling(target, name)
                if found is not None and found is not site.function and self._reach.leads_out(found):
                    place = Step(Location(found.module.path, found.line), found.label)
                    return Instead(place, f"there is {found.label}")
        return self._list_of_one(trail, elements) or self._endpoint(remote)

    def _list_of_one(self, trail: Trail, elements: frozenset[str]) -> Instead | None:
        """A call on the way that takes a list, and is given one of a single element: `get_prices([code])`."""
        given = elements
        for site in trail.sites:
            values = (*site.call.args, *(keyword.value for keyword in site.call.keywords))
            if any(_holds_list_of_one(value, given) for value in values):
                return Instead(Step(site.location, f"{site.name} takes a list"), f"`{site.name}` takes a list")
            given = frozenset(p.name for target in site.targets for p in target.fact.parameters)
        return None

    # --- endpoints ----------------------------------------------------------------------------------------------------

    def _endpoint(self, remote: RemoteCall) -> Instead | None:
        """An endpoint of the provider for many: the collection, or one that is asked by several keys."""
        path = _PATH.match(remote.address)
        if remote.target is None or path is None or not _HOLE.search(path[1]):
            return None
        for function, entry in self._entries.items():
            verb, _, served = entry.label.partition(" ")
            if self._workspace.service_of(function.module.path) is not remote.target:
                continue
            if verb in (remote.verb, "POST") and self._is_for_many(path[1], served.rstrip("/"), function):
                same = verb == remote.verb and _LAST.search(path[1]) is not None
                asked = self._takes_many(function, path[1])
                if asked or same:
                    place = Location(function.module.path, function.line)
                    text = f"{remote.target.short_name} {entry.label}"
                    by = f", asked by `{asked}`" if asked else ""
                    return Instead(Step(place, text), f"there is {text}{by}")
        return None

    def _is_for_many(self, wanted: str, served: str, function: Function) -> bool:
        """Whether an endpoint's path is that of a call without the keys in it; a prefix may be mounted elsewhere."""
        if not served or _HOLE.search(served.rpartition("/")[2]):
            return False
        if (collection := _LAST.sub("", wanted)) != wanted:
            return collection.endswith(served)
        without = re.sub(r"/\{[^/{}]*\}", "", wanted).rstrip("/")
        return without.endswith(served) and bool(self._takes_many(function, wanted))

    def _takes_many(self, function: Function, wanted: str) -> str:
        """The parameter, or the field of one, by which an endpoint is asked for several; empty where there is none."""
        keys = {f"{hole.rpartition('.')[2]}s" for hole in _HOLE.findall(wanted)} | {"ids", "uuids", "keys", "codes"}
        for parameter in function.fact.parameters:
            if parameter.name in keys:
                return parameter.name
            body = self._symbols.resolve(parameter.annotation, function.scope) if parameter.annotation else None
            for statement in body.fact.body if isinstance(body, Class) else ():
                if isinstance(statement, facts.Annotated) and last_name(statement.target) in keys:
                    return last_name(statement.target)
        return ""


def _holds_list_of_one(value: facts.Expr, given: frozenset[str]) -> bool:
    """Whether a value is, or has in it, a list display of just what is given."""
    if isinstance(value, facts.Sequence):
        if value.kind == "list" and len(value.items) == 1 and isinstance(value.items[0], facts.Name | facts.Attr):
            return not given.isdisjoint(names_in(value.items[0]))
        return any(_holds_list_of_one(item, given) for item in value.items)
    if isinstance(value, facts.Mapping):
        return any(_holds_list_of_one(item.value, given) for item in value.items)
    return False


def _plurals(name: str) -> Iterator[str]:
    """Names of functions that do for many what `name` does for one: `get_user`, `get_users`."""
    yield f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"
    yield f"{name}es"
    for ending in ("_batch", "_bulk", "_many", "s_batch", "s_bulk", "s_by_ids"):
        yield f"{name}{ending}"
    for beginning in ("batch_", "bulk_"):
        yield f"{beginning}{name}"
        yield f"{beginning}{name}s"


def _sibling(function: Function, name: str) -> Function | None:
    if function.owner is None:
        found = function.module.scope.bindings.get(name)
        return found if isinstance(found, Function) else None
    for cls in function.owner.mro:
        if isinstance(cls, Class) and isinstance(found := cls.scope.bindings.get(name), Function):
            return found
    return None
