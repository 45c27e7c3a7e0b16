"""COMM203: several services on one database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from commlint.finding import Confidence, Finding, Severity, Step
from commlint.program import Database, Program

_SHOWN = 6


class SharedDatabase:
    """Looks for databases that several services are configured on."""

    code = "COMM203"
    slug = "shared-database"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds every database with several services."""
        for users in program.databases.shared:
            yield _finding(users)


def _finding(users: Sequence[Database]) -> Finding:
    first = users[0]
    names = sorted({user.service.short_name for user in users})
    apart = _is_apart(users)
    shown = ", ".join(f"`{name}`" for name in names[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    schemas = ", each in a schema of its own" if apart else ""
    return Finding(
        rule=SharedDatabase.code,
        location=first.location,
        message=f"{len(users)} services are configured on the same database, {first.label}: {shown}{more}{schemas}",
        severity=Severity.WARNING,
        confidence=_confidence(users, apart=apart),
        why="each can read and change the others' tables, so that none can change its own without all others",
        advice="give each service a database of its own, or at least a schema with rights for it alone",
        related=tuple(Step(user.location, f"`{user.service.short_name}` is configured on it") for user in users[1:]),
    )


def _is_apart(users: Sequence[Database]) -> bool:
    """Whether each has a schema of its own."""
    schemas = [user.schema for user in users]
    return all(schemas) and len(set(schemas)) == len(schemas)


def _confidence(users: Sequence[Database], *, apart: bool) -> Confidence:
    local = any(user.is_local for user in users)
    if apart or (local and any(user.is_plain for user in users)):
        return Confidence.LOW
    return Confidence.HIGH if all(user.sure for user in users) else Confidence.MEDIUM
