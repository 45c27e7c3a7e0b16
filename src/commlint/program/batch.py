"""The batch call that could replace one call per element: what the client or the provider already offers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from commlint.finding import Location, Step
from commlint.program.entries import EntryPoint
from commlint.program.paths import Reach
from commlint.program.remote import RemoteCall
from commlint.program.sites import Site
from commlint.program.symbols import Class, Function
from commlint.workspace import Workspace

_PATH = re.compile(r"^[a-z]+://[^/]*(/.*)$")
_LAST = re.compile(r"/\{[^/{}]*\}/?$")


class Batches:
    """Looks for plurals."""

    def __init__(self, reach: Reach, entries: Mapping[Function, EntryPoint], workspace: Workspace) -> None:
        self._reach = reach
        self._entries = entries
        self._workspace = workspace

    def instead_of(self, site: Site, remote: RemoteCall) -> Step | None:
        """What could be called once instead of a call per element: a method of the same client, or an endpoint.

        Args:
            site: The call in the loop.
            remote: The remote call that it leads to.
        """
        for target in site.targets:
            for name in _plurals(target.name):
                found = _sibling(target, name)
                if found is not None and self._reach.leads_out(found):
                    return Step(Location(found.module.path, found.line), found.label)
        return self._endpoint(remote)

    def _endpoint(self, remote: RemoteCall) -> Step | None:
        path = _PATH.match(remote.address)
        if remote.target is None or path is None or not _LAST.search(path[1]):
            return None
        wanted = _LAST.sub("", path[1])
        for function, entry in self._entries.items():
            verb, _, served = entry.label.partition(" ")
            if verb != remote.verb or self._workspace.service_of(function.module.path) != remote.target:
                continue
            # A prefix may be mounted elsewhere.
            if served.rstrip("/") and wanted.endswith(served.rstrip("/")):
                return Step(Location(function.module.path, function.line), f"{remote.target.short_name} {entry.label}")
        return None


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
