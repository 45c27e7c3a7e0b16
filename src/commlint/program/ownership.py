"""Whose data it is: access of one service to what another one owns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property

import msgspec

from commlint.finding import Confidence, Location, Service
from commlint.program.cypher import Nodes
from commlint.program.databases import Databases, Family, Relation, are_one
from commlint.program.queries import Access, Queries
from commlint.program.tables import Declaration, Kind, Tables
from commlint.workspace import Workspace

# Names that many systems have: the same one elsewhere says little.
_COMMON = frozenset(
    {
        "account",
        "accounts",
        "address",
        "addresses",
        "admin",
        "cart",
        "categories",
        "category",
        "comments",
        "config",
        "customers",
    }
    | {
        "documents",
        "events",
        "files",
        "history",
        "images",
        "items",
        "jobs",
        "log",
        "logs",
        "messages",
        "metadata",
        "migrations",
    }
    | {
        "notifications",
        "order",
        "orders",
        "payments",
        "posts",
        "products",
        "roles",
        "sessions",
        "settings",
        "tags",
        "tasks",
    }
    | {"tokens", "transactions", "user", "users"}
)
_FAMILIES: Mapping[Kind, Family] = {"table": "sql", "collection": "mongodb", "label": "neo4j"}


class Foreign(msgspec.Struct, frozen=True):
    """A query of a service for what another one owns.

    Attributes:
        accesses: What it asks for, in order of place: several where it names several tables of that service.
        owners: What declares these, each at the same place in the order.
        owner: The service that owns it.
        relation: How the two services stand to each other.
        confidence: How sure that is.
        migrated: Both declare it, and only the owner has migrations for it.
    """

    accesses: tuple[Access, ...]
    owners: tuple[Location, ...]
    owner: Service
    relation: Relation
    confidence: Confidence
    migrated: bool

    @property
    def first(self) -> Access:
        """What stands first."""
        return self.accesses[0]


class _Judged(msgspec.Struct, frozen=True):
    """Access to what another service owns."""

    access: Access
    location: Location
    owner: Service
    relation: Relation
    confidence: Confidence
    migrated: bool


class Ownership:
    """Judges whose data a query asks for.

    Args:
        tables: What declares tables.
        queries: What asks for them.
        databases: Which services are on one database.
        workspace: The services.
    """

    def __init__(self, tables: Tables, queries: Queries, databases: Databases, workspace: Workspace) -> None:
        self._tables = tables
        self._queries = queries
        self._databases = databases
        self._workspace = workspace

    @cached_property
    def foreign(self) -> tuple[Foreign, ...]:
        """The queries for what another service owns, in order of place."""
        judged = [found for access in self._queries.accesses if (found := self._judged(access)) is not None]
        judged += self._of_graphs()
        judged += self._of_collections()
        groups: dict[tuple[Location, str], dict[str, _Judged]] = defaultdict(dict)
        for one in judged:
            groups[one.access.call, one.owner.root].setdefault(one.access.name, one)
        queries: dict[tuple[tuple[Location, str], ...], Foreign] = {}
        for members in groups.values():
            # A text that is made by one call and given to another is one query.
            key = tuple((one.access.location, one.access.name) for one in members.values())
            queries.setdefault(key, _joined(list(members.values())))
        return tuple(sorted(queries.values(), key=lambda one: (one.first.location, one.owner.root)))

    def _judged(self, access: Access) -> _Judged | None:
        if access.model is not None and self._tables.of_class[access.model].service is None:
            return None
        declared = [
            one
            for one in self._tables.by_name.get((access.kind, access.name), ())
            if one.service is not None and (not one.schema or not access.schema or one.schema == access.schema)
        ]
        own = [one for one in declared if one.service is not None and are_one(one.service, access.service)]
        others: list[tuple[Declaration, Service, Relation]] = []
        for one in declared:
            service = one.service
            if service is None or one in own or not self._workspace.same_system(service, access.service):
                continue
            relation = self._databases.relation(access.service, service, _FAMILIES[access.kind])
            if relation != "different":
                others.append((one, service, relation))
        if own:
            # With models on both sides the migrations decide.
            others = [o for o in others if o[0].migrated and o[2] == "same"]
            if any(one.migrated for one in own):
                return None
        if not others:
            return None
        best = min(others, key=lambda o: (o[2] != "same", not o[0].migrated, o[0].location))
        shown = next((o for o in others if o[1] is best[1] and not o[0].migrated), best)
        alone = len({service.root for _, service, _ in others}) == 1
        confidence = Confidence.HIGH
        if best[2] != "same" and access.model is None:
            confidence = Confidence.MEDIUM if alone and access.name not in _COMMON else Confidence.LOW
        return _Judged(access, shown[0].location, best[1], best[2], confidence, migrated=bool(own))

    def _of_collections(self) -> Iterator[_Judged]:
        """Reads of collections that only one other service makes or writes."""
        for access in self._queries.accesses:
            keepers = self._queries.keepers.get(access.name, ()) if access.kind == "collection" else ()
            declared = self._tables.by_name.get(("collection", access.name), ())
            if access.model is not None or not keepers or any(one.service is not None for one in declared):
                continue
            if any(are_one(keeper.service, access.service) for keeper in keepers):
                continue
            if len({keeper.service.root for keeper in keepers}) > 1:
                continue
            keeper = max(keepers, key=lambda one: one.makes)
            relation = self._databases.relation(access.service, keeper.service, "mongodb")
            if relation == "different" or not self._workspace.same_system(keeper.service, access.service):
                continue
            confidence = Confidence.HIGH if keeper.makes else Confidence.MEDIUM
            if relation != "same":
                plain = access.name in _COMMON or not keeper.makes
                confidence = Confidence.LOW if plain else Confidence.MEDIUM
            yield _Judged(access, keeper.location, keeper.service, relation, confidence, migrated=False)

    # --- graphs -------------------------------------------------------------------------------------------------------

    def _of_graphs(self) -> Iterator[_Judged]:
        makers = self._makers
        for access, nodes in self._queries.graphs:
            own = makers.get(access.service.root)
            if own is not None and (own.open or not (nodes.asked - own.labels)):
                continue
            # Of several the one that makes the most.
            for root, maker in sorted(makers.items(), key=lambda one: (-len(one[1].labels), one[0])):
                if root == access.service.root or not self._workspace.same_system(maker.service, access.service):
                    continue
                known = nodes.asked if own is None and maker.open else nodes.asked & maker.labels
                foreign = sorted(known - (own.labels if own is not None else frozenset()))
                if not foreign and not (nodes.anything and own is None):
                    continue
                relation = self._databases.relation(access.service, maker.service, "neo4j")
                if relation == "different" or are_one(access.service, maker.service):
                    continue
                confidence = Confidence.HIGH if relation == "same" else Confidence.MEDIUM
                for label in foreign or [""]:
                    named = msgspec.structs.replace(access, name=label)
                    yield _Judged(
                        named,
                        maker.places.get(label, maker.location),
                        maker.service,
                        relation,
                        confidence,
                        migrated=False,
                    )
                break

    @cached_property
    def _makers(self) -> Mapping[str, _Maker]:
        """The services that make nodes of a graph, by their roots."""
        by_root: dict[str, list[tuple[Access, Nodes]]] = defaultdict(list)
        for access, nodes in self._queries.graphs:
            by_root[access.service.root].append((access, nodes))
        found: dict[str, _Maker] = {}
        for root, queries in by_root.items():
            made = self._queries.made.get(root, {})
            making = [(access, nodes) for access, nodes in queries if nodes.makes]
            if making or made:
                labels = frozenset(made).union(*(nodes.made for _, nodes in making))
                # Labels that are put together at run time: it may make whatever it asks for.
                is_open = any(nodes.open for _, nodes in making)
                asked = frozenset().union(*(nodes.asked for _, nodes in queries)) if is_open else frozenset()
                service = queries[0][0].service
                places = [access.location for access, _ in making] or sorted(made.values())
                found[root] = _Maker(service, places[0], labels | asked, is_open, made)
        return found


class _Maker(msgspec.Struct, frozen=True):
    """A service that makes nodes."""

    service: Service
    location: Location
    labels: frozenset[str]
    open: bool
    places: Mapping[str, Location]


def _joined(members: list[_Judged]) -> Foreign:
    first = members[0]
    return Foreign(
        accesses=tuple(one.access for one in members),
        owners=tuple(one.location for one in members),
        owner=first.owner,
        relation=first.relation,
        confidence=max(one.confidence for one in members),
        migrated=all(one.migrated for one in members),
    )
