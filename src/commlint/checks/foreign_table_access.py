"""COMM201: a query for what another service owns."""

from __future__ import annotations

from collections.abc import Iterator

from commlint.finding import Finding, Mend, Severity, Step
from commlint.program import Foreign, Program

_WORDS = {"table": "table", "collection": "collection", "label": "nodes"}


class ForeignTableAccess:
    """Looks for queries of tables, collections and graphs that another service owns."""

    code = "COMM201"
    slug = "foreign-table-access"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds every query for what another service owns."""
        for foreign in program.ownership.foreign:
            yield _finding(foreign)


def _finding(foreign: Foreign) -> Finding:
    first = foreign.first
    owner, user = foreign.owner.short_name, first.service.short_name
    names = dict.fromkeys(f"`{access.name}`" for access in foreign.accesses if access.name)
    what = _listed(list(names)) or "the graph"
    verb = "are" if len(names) > 1 else "is"
    place = foreign.owners[0]
    made = "defined" if first.kind != "label" else "made" if names else "filled"
    whose = f"{what} {verb} {made} by {owner}"
    done = "writes" if any(access.op == "write" for access in foreign.accesses) else "reads"
    where = "on the same database" if foreign.relation == "same" else f"and defines no such {_WORDS[first.kind]} itself"
    if foreign.migrated:
        where = "on the same database, where only the former has a migration for it"
    return Finding(
        rule=ForeignTableAccess.code,
        location=first.location,
        message=f"{whose} ({place.file}:{place.line}); {user} {done} {'them' if len(names) > 1 else 'it'} "
        f"with {first.way} {where}",
        severity=Severity.ERROR,
        confidence=foreign.confidence,
        why=f"whenever {owner} changes what it stores, {user} breaks, and nobody who changes it can see that",
        advice=f"ask {owner} for it, or let it publish events from which {user} keeps what it needs",
        related=(
            *(
                Step(
                    owned,
                    f"{access.name or 'nodes'}: {'made' if access.kind == 'label' else 'defined'} here by {owner}",
                )
                for access, owned in zip(foreign.accesses, foreign.owners, strict=True)
            ),
            *(Step(access.location, f"{access.name} is asked for here too") for access in foreign.accesses[1:]),
            *((Step(first.call, "the query is made here"),) if first.call.line != first.location.line else ()),
        ),
        mend=Mend(place, f"let {owner} serve what {user} needs of {what}"),
    )


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1] if names else "")))
