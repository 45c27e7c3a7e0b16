"""Contracts held against a program: which are kept, and what breaks the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import msgspec

from commlint.contract import Kind, Names, ServiceContract
from commlint.finding import Confidence, Location, Service, Step
from commlint.program.contract_names import Lists
from commlint.program.databases import Family
from commlint.program.edges import shown_path
from commlint.program.lookup import listed
from commlint.program.topics import is_known, plain

if TYPE_CHECKING:
    from commlint.program import Access, Chain, Crossing, Function, Program
    from commlint.program import tables as stored

_FAMILIES: Mapping[stored.Kind, Family] = {"table": "sql", "collection": "mongodb", "label": "neo4j"}


class Breach(msgspec.Struct, frozen=True, eq=False):
    """A place that breaks a contract.

    Attributes:
        contract: The contract.
        location: The place.
        what: What happens there: "`orders` calls `GET billing /invoices`".
        limit: What the contract says of it: "forbids it".
        confidence: How sure that is.
        crossing: The call that breaks it, where it is one.
        chain: The chain that is too long.
        others: Other places that belong to it.
    """

    contract: ServiceContract
    location: Location
    what: str
    limit: str
    confidence: Confidence
    crossing: Crossing | None = None
    chain: Chain | None = None
    others: tuple[Step, ...] = ()


class Verdict(msgspec.Struct, frozen=True, eq=False):
    """What became of a contract.

    Attributes:
        contract: The contract.
        looked: How many edges, endpoints or uses it was held against.
        unit: Which of these.
        breaches: What breaks it, in order of place; none where it is kept.
        idle: What it names that is nowhere here.
        has_effect: Something could break it: not all that it is about is nowhere.
    """

    contract: ServiceContract
    looked: int
    unit: str
    breaches: tuple[Breach, ...]
    idle: tuple[str, ...]
    has_effect: bool


class Link(msgspec.Struct, frozen=True, eq=False):
    """An edge of the map.

    Attributes:
        source: The service that calls or publishes.
        target: The one that is called or listens; `None` for one outside.
        what: What it calls or publishes: `GET users /users/{}`.
        location: Where.
        crossing: The call; `None` for an event.
        heard: Who listens to the event, and where.
    """

    source: Service
    target: Service | None
    what: str
    location: Location
    crossing: Crossing | None = None
    heard: tuple[Step, ...] = ()

    @property
    def does(self) -> str:
        """What happens, in a sentence."""
        if self.crossing is None and self.target is not None:
            return f"`{self.source.short_name}` publishes `{self.what}` to `{self.target.short_name}`"
        return f"`{self.source.short_name}` calls `{self.what}`"


# What a contract says of an edge: `None` where it does not look at it, an empty text where it is fine with it, else
# why it is not.
_Judge = Callable[[ServiceContract, Link], "str | None"]


class Keeping:
    """Holds contracts against a program.

    Args:
        program: The program.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._lists = Lists(program)
        self._links = tuple(self._found())
        self._judges: Mapping[Kind, _Judge] = {
            "forbid": self._forbid,
            "allow": self._allow,
            "private": self._private,
            "layers": self._layers,
            "independence": self._independence,
            "async-only": self._async_only,
        }

    def verdict(self, contract: ServiceContract) -> Verdict:
        """What became of a contract."""
        looked, unit, breaches = self._judged(contract)
        ordered = tuple(sorted(breaches, key=lambda one: (one.location, one.what)))
        idle, unused = tuple(self._lists.idle(contract)), tuple(self._unused(contract))
        in_vain = any(set(names) <= set(idle) for names in contract.lists)
        in_vain = in_vain or bool(contract.stored and len(unused) == len(contract.stored))
        return Verdict(contract, looked, unit, ordered, (*idle, *unused), not in_vain)

    def unknown(self, contract: ServiceContract) -> Iterator[str]:
        """What is wrong with the names in it."""
        return self._lists.unknown(contract)

    def _judged(self, contract: ServiceContract) -> tuple[int, str, list[Breach]]:
        match contract.kind:
            case "max-depth":
                return self._deep(contract)
            case "max-calls":
                return self._many(contract)
            case "owners":
                return self._owned(contract)
            case kind:
                said = [(link, self._judges[kind](contract, link)) for link in self._links]
                broken = [_of_link(contract, link, limit) for link, limit in said if limit]
                return sum(limit is not None for _, limit in said), "edge", broken

    def _found(self) -> Iterator[Link]:
        """The edges of the map from one service to another, and to hosts outside that are known."""
        seen: set[tuple[object, ...]] = set()
        for crossing in self._program.services.crossings:
            name = crossing.target_name
            if not name or crossing.target is crossing.source:
                continue
            path = shown_path(crossing.remote.client.kind, crossing.path)
            link = Link(
                crossing.source,
                crossing.target,
                " ".join(part for part in (crossing.method, name, path) if part),
                crossing.location,
                crossing,
            )
            place = (link.source.root, link.what, link.location, crossing.client)
            if place not in seen:
                seen.add(place)
                yield link
        for joint in self._program.events.edges:
            source, target = joint.publish.source, joint.consumer.target
            heard = Step(joint.consumer.location, f"`{target.short_name}` listens to it here")
            link = Link(source, target, plain(joint.name), joint.publish.location, heard=(heard,))
            if source is not target and (key := (source.root, target.root, link.what, link.location)) not in seen:
                seen.add(key)
                yield link

    # --- edges --------------------------------------------------------------------------------------------------------

    def _forbid(self, contract: ServiceContract, link: Link) -> str | None:
        if link.crossing is None or not self._lists.has(contract.source, link.source):
            return None
        return "forbids it" if self._lists.reached(contract.to, link.crossing) else ""

    def _allow(self, contract: ServiceContract, link: Link) -> str | None:
        if link.crossing is None or link.target is None or not self._lists.has(contract.source, link.source):
            return None
        if self._lists.reached(contract.to, link.crossing, perhaps=True):
            return ""
        return f"allows only {listed(contract.to)}" if contract.to else "allows no calls"

    def _private(self, contract: ServiceContract, link: Link) -> str | None:
        if link.crossing is None or not self._lists.reached(contract.to, link.crossing):
            return None
        return "" if self._lists.has(contract.source, link.source) else _only(contract.source)

    def _layers(self, contract: ServiceContract, link: Link) -> str | None:
        source, target = (self._level(contract, service) for service in (link.source, link.target))
        if link.crossing is None or source is None or target is None:
            return None
        if target > source:
            return ""
        return "allows no calls inside a layer" if target == source else "allows no calls upwards"

    def _level(self, contract: ServiceContract, service: Service | None) -> int | None:
        if service is None:
            return None
        return next((n for n, level in enumerate(contract.levels) if self._lists.has(level, service)), None)

    def _independence(self, contract: ServiceContract, link: Link) -> str | None:
        if not self._lists.has(contract.services, link.source) or link.target is None:
            return None
        return "keeps them independent" if self._lists.has(contract.services, link.target) else ""

    def _async_only(self, contract: ServiceContract, link: Link) -> str | None:
        ends = (link.source, link.target)
        if not all(service is not None and self._lists.has(contract.services, service) for service in ends):
            return None
        return "asks for an event" if link.crossing is not None else ""

    # --- endpoints ----------------------------------------------------------------------------------------------------

    def _deep(self, contract: ServiceContract) -> tuple[int, str, list[Breach]]:
        most = contract.max or 0
        longest: dict[tuple[str, str], Chain] = {}
        for chain in self._program.services.chains():
            head = chain.head
            service = chain.hops[0].crossing.source
            known = longest.get((service.root, head.label))
            if self._lists.serves(contract.endpoints, service, head.label) and (
                known is None or len(chain.hops) > len(known.hops)
            ):
                longest[service.root, head.label] = chain
        found = [
            Breach(
                contract,
                chain.hops[0].place,
                f"`{_served(chain.hops[0].crossing.source, chain.head.label)}` waits for {len(chain.hops)} calls of "
                "services, one inside the other",
                f"allows {most}",
                min(_sure(hop.crossing) for hop in chain.hops),
                chain=chain,
            )
            for chain in longest.values()
            if len(chain.hops) > most
        ]
        return len(tuple(self._endpoints(contract))), "endpoint", found

    def _many(self, contract: ServiceContract) -> tuple[int, str, list[Breach]]:
        most = contract.max or 0
        endpoints = tuple(self._endpoints(contract))
        found = []
        for label, service, function in endpoints:
            calls = self._program.counts.most(function)
            if len(calls) > most:
                remotes = [self._program.remote_at[chain[-1]] for chain in calls]
                found.append(
                    Breach(
                        contract,
                        function.stands_for.location,
                        f"`{_served(service, label)}` makes {len(calls)} remote calls on one path",
                        f"allows {most}",
                        Confidence.MEDIUM if all(remote.sure for remote in remotes) else Confidence.LOW,
                        others=tuple(Step(c[0].location, r.label) for c, r in zip(calls, remotes, strict=True)),
                    )
                )
        return len(endpoints), "endpoint", found

    def _endpoints(self, contract: ServiceContract) -> Iterator[tuple[str, Service, Function]]:
        """The endpoints that a contract counts, each handler once."""
        seen: set[Function] = set()
        for function, entry in self._program.entries.items():
            service = self._program.service_of(function.stands_for) if entry.is_endpoint else None
            if service is None or function.stands_for in seen:
                continue
            if self._lists.serves(contract.endpoints, service, entry.label):
                seen.add(function.stands_for)
                yield entry.label, service, function

    # --- stored data and topics ---------------------------------------------------------------------------------------

    def _owned(self, contract: ServiceContract) -> tuple[int, str, list[Breach]]:
        owners = [s for s in self._program.workspace.services if self._lists.has(contract.owners, s)]
        looked = 0
        found: dict[tuple[Location, str], Breach] = {}
        for access in self._program.queries.accesses:
            if not _fits(contract.tables, access.name) or self._is_another(access, owners):
                continue
            looked += 1
            if access.service not in owners:
                done = "writes" if access.op == "write" else "reads"
                what = f"`{access.service.short_name}` {done} `{access.name}`"
                sure = Confidence.HIGH if self._relations(access, owners) == {"same"} else Confidence.MEDIUM
                limit = _only(contract.owners)
                found[access.location, what] = Breach(contract, access.location, what, limit, sure)
        for publish in self._program.events.publishes:
            if not is_known(publish.name) or not _fits(contract.topics, plain(publish.name)):
                continue
            looked += 1
            if publish.source not in owners:
                what = f"`{publish.source.short_name}` publishes `{plain(publish.name)}`"
                limit = _only(contract.owners)
                found[publish.location, what] = Breach(contract, publish.location, what, limit, Confidence.HIGH)
        return looked, "use", list(found.values())

    def _unused(self, contract: ServiceContract) -> Iterator[str]:
        """The tables and topics that no service uses."""
        tables = {access.name for access in self._program.queries.accesses}
        topics = {plain(publish.name) for publish in self._program.events.publishes}
        for names, used in ((contract.tables, tables), (contract.topics, topics)):
            yield from (name for name in names or () if not any(_fits((name,), one) for one in used))

    def _is_another(self, access: Access, owners: list[Service]) -> bool:
        """Whether a table is another one of the same name: on another database, or of a service that makes its own."""
        if access.service in owners:
            return False
        relations = self._relations(access, owners)
        declared = self._program.tables.by_name.get((access.kind, access.name), ())
        own = any(one.service is access.service for one in declared)
        return relations == {"different"} or (own and "same" not in relations)

    def _relations(self, access: Access, owners: list[Service]) -> set[str]:
        """How the databases of a service stand to those of the owners."""
        relation = self._program.databases.relation
        return {relation(access.service, owner, _FAMILIES[access.kind]) for owner in owners}


def _of_link(contract: ServiceContract, link: Link, limit: str) -> Breach:
    sure = Confidence.HIGH if link.crossing is None else _sure(link.crossing)
    return Breach(contract, link.location, link.does, limit, sure, link.crossing, others=link.heard)


def _sure(crossing: Crossing) -> Confidence:
    if not crossing.remote.sure:
        return Confidence.LOW
    return Confidence.HIGH if crossing.sure else Confidence.MEDIUM


def _served(service: Service, label: str) -> str:
    """An endpoint with its service: `POST orders /orders`."""
    method, _, path = label.partition(" ")
    return f"{method} {service.short_name} {path}".rstrip()


def _only(names: Names | None) -> str:
    return f"lets only {listed(names)} do so" if names else "lets nobody do so"


def _fits(names: Names | None, name: str) -> bool:
    return any(fnmatchcase(name.lower(), one.lower()) for one in names or ())
