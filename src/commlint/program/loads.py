"""What endpoints ask of others: how many calls a request makes, and how deep they go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from commlint.servicemap import Load

if TYPE_CHECKING:
    from commlint.program import EntryPoint, Program


def find_loads(program: Program) -> Iterator[Load]:
    """The endpoints that make remote calls, in order of their handlers' places."""
    deepest: dict[EntryPoint, int] = {}
    for chain in program.services.chains():
        deepest[chain.head] = max(deepest.get(chain.head, 0), len(chain.hops))
    found: set[Load] = set()
    for function, entry in program.entries.items():
        if entry.is_endpoint and (calls := len(program.counts.most(function))):
            found.add(Load(function.stands_for.location, entry.label, calls, deepest.get(entry, 1)))
    yield from sorted(found, key=lambda load: (load.location, load.endpoint, -load.calls, -load.depth))
