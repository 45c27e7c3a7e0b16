"""What the user says that the services of a system may do with each other: contracts, as the configuration has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

import msgspec

Kind: TypeAlias = Literal[
    "forbid", "allow", "layers", "independence", "async-only", "private", "max-depth", "max-calls", "owners"
]
Names: TypeAlias = tuple[str, ...]

# The keys of a kind: those that it cannot do without, and those that may be left out.
_KEYS: Mapping[Kind, tuple[frozenset[str], frozenset[str]]] = {
    "forbid": (frozenset({"from", "to"}), frozenset()),
    "allow": (frozenset({"from", "to"}), frozenset()),
    "private": (frozenset({"from", "to"}), frozenset()),
    "layers": (frozenset({"layers"}), frozenset()),
    "independence": (frozenset({"services"}), frozenset()),
    "async-only": (frozenset({"services"}), frozenset()),
    "max-depth": (frozenset({"max"}), frozenset({"endpoints"})),
    "max-calls": (frozenset({"max"}), frozenset({"endpoints"})),
    "owners": (frozenset({"owners"}), frozenset({"tables", "topics"})),
}


class ServiceContract(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={"source": "from"}
):
    """A contract. `*` stands for anything in all its names; each kind has keys of its own.

    Attributes:
        name: What it is called in reports.
        kind: What it is about.
        source: The services that call (key `from`).
        to: What they call: services, hosts outside, or endpoints as `POST users /users/{}`.
        services: Services that have nothing to do with each other, or no calls.
        layers: Services from the top down, of which each may call those below it.
        endpoints: The endpoints that are counted, as in `to`; all where none are said.
        max: How many calls there may be.
        owners: The services that may use tables and publish to topics.
        tables: Names of tables or collections.
        topics: Names of topics, queues or events.
    """

    name: Annotated[str, msgspec.Meta(min_length=1)]
    kind: Kind
    source: Names | None = None
    to: Names | None = None
    services: Names | None = None
    layers: tuple[str | Names, ...] | None = None
    endpoints: Names | None = None
    max: Annotated[int, msgspec.Meta(ge=1)] | None = None
    owners: Names | None = None
    tables: Names | None = None
    topics: Names | None = None

    def __post_init__(self) -> None:
        """Raises ValueError where a key is missing, or not one of the kind."""
        fields = msgspec.structs.fields(self)[2:]
        said = {field.encode_name for field in fields if getattr(self, field.name) is not None}
        needed, optional = _KEYS[self.kind]
        for key in sorted(needed - said):
            raise ValueError(f"`{self.name}`: a contract of kind `{self.kind}` needs the key `{key}`")
        for key in sorted(said - needed - optional):
            raise ValueError(f"`{self.name}`: a contract of kind `{self.kind}` has no key `{key}`")
        if self.kind == "owners" and not (self.tables or self.topics):
            raise ValueError(f"`{self.name}`: says neither `tables` nor `topics` that somebody owns")

    @property
    def levels(self) -> tuple[Names, ...]:
        """The layers, each as a list."""
        return tuple((layer,) if isinstance(layer, str) else layer for layer in self.layers or ())

    @property
    def stored(self) -> Names:
        """The tables and topics that it is about."""
        return (*(self.tables or ()), *(self.topics or ()))

    @property
    def lists(self) -> tuple[Names, ...]:
        """Its lists of services and endpoints that say any."""
        layers = tuple(name for level in self.levels for name in level)
        return tuple(filter(None, (self.source, self.to, self.services, layers, self.endpoints, self.owners)))

    @property
    def named(self) -> Names:
        """All that it says of services and endpoints."""
        return tuple(dict.fromkeys(name for names in self.lists for name in names))
