"""Addresses of services that are written into code, where the same system takes addresses from its configuration."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec

from commlint.finding import Location, Service
from commlint.program.literals import ORIGIN, Literals, Text

if TYPE_CHECKING:
    from commlint.program.crossings import Crossing
    from commlint.workspace import Workspace


_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")


class Written(msgspec.Struct, frozen=True):
    """Addresses that are written into code.

    Attributes:
        location: The call or statement that they stand in.
        addresses: The addresses, as scheme and host, in the order in which they stand there.
        targets: The services that they are addresses of.
        configured: A call of the same system whose address comes from its configuration.
        settings: For each address the environment variable that could hold it; empty where its name is taken.
    """

    location: Location
    addresses: tuple[str, ...]
    targets: tuple[Service, ...]
    configured: Crossing
    settings: tuple[str, ...]


def find_written(literals: Literals, workspace: Workspace, crossings: Iterable[Crossing]) -> Iterator[Written]:
    """Finds addresses of services in code that calls use, in systems that have others in their configuration.

    Args:
        literals: The addresses in code.
        workspace: The services, and what manifests set for them.
        crossings: The calls between services.
    """
    asked = [c for c in crossings if c.kind != "rpc" and c.target is not None and c.target is not c.source]
    standing = _Standing(literals, workspace)
    systems = _systems(asked)
    configured: dict[str, list[Crossing]] = defaultdict(list)
    for crossing in asked:
        if standing.is_configured(crossing):
            configured[systems[crossing.source.root]].append(crossing)
    found: dict[Location, dict[str, Crossing]] = defaultdict(dict)
    for crossing in asked:
        if crossing.sure and configured[systems[crossing.source.root]]:
            for text in standing.texts(crossing):
                if text.standing == "used":
                    found[text.location].setdefault(text.origin, crossing)
    for location in sorted(found):
        uses = found[location]
        source = next(iter(uses.values())).source
        near = min(configured[systems[source.root]], key=lambda c: (c.source is not source, c.location))
        targets = dict.fromkeys(crossing.target for crossing in uses.values() if crossing.target is not None)
        named = tuple(standing.setting(origin, crossing) for origin, crossing in uses.items())
        yield Written(location, tuple(uses), tuple(targets), near, named)


class _Standing:
    """How the addresses that calls go to stand in the code of the calling services."""

    def __init__(self, literals: Literals, workspace: Workspace) -> None:
        self._literals = literals
        self._workspace = workspace
        self._found: dict[tuple[str, str], tuple[Text, ...]] = {}

    def texts(self, crossing: Crossing) -> tuple[Text, ...]:
        """The places where the address of a call stands in the code of its service, or in code of none."""
        origin, root = origin_of(crossing), crossing.source.root
        if not origin:
            return ()
        if (origin, root) not in self._found:
            services = ((text, self._workspace.service_of(text.location.file)) for text in self._literals.of(origin))
            own = tuple(text for text, service in services if service is None or service.root == root)
            self._found[origin, root] = own
        return self._found[origin, root]

    def setting(self, origin: str, crossing: Crossing) -> str:
        """The environment variable for an address: the one that holds it in a manifest, else one called after it."""
        values = self._workspace.settings.get(crossing.source.root, {})
        for variable in sorted(values):
            if values[variable] == origin and _VARIABLE.fullmatch(variable):
                return variable
        service = re.sub(r"\W+", "_", crossing.target.short_name if crossing.target is not None else "").upper()
        variable = f"{service}_{'URL' if '://' in origin else 'ADDRESS'}"
        return variable if variable not in values and _VARIABLE.fullmatch(variable) else ""

    def is_configured(self, crossing: Crossing) -> bool:
        """Whether the configuration says where a call goes."""
        origin = origin_of(crossing)
        if not origin:
            return True
        values = self._workspace.settings.get(crossing.source.root, {}).values()
        host = origin.partition("://")[2].partition(":")[0]
        if any(value == host or value.startswith(origin) for value in values):
            return True
        return any(text.standing == "default" for text in self.texts(crossing))


def origin_of(crossing: Crossing) -> str:
    """Scheme and host that a call goes to; empty where they are not known as a whole."""
    address = crossing.way.address
    match = ORIGIN.match(address.base if crossing.kind == "grpc" else address.url)
    return match[0] if match is not None else ""


def _systems(crossings: Iterable[Crossing]) -> Mapping[str, str]:
    """For each service, by its root, one of those that it is connected with."""
    joined: dict[str, str] = {}

    def top(root: str) -> str:
        while joined.setdefault(root, root) != root:
            root = joined[root]
        return root

    for crossing in crossings:
        if crossing.target is not None:
            joined[top(crossing.source.root)] = top(crossing.target.root)
    return {root: top(root) for root in list(joined)}
