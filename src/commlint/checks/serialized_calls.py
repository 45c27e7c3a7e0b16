"""COMM103: independent remote reads that wait for each other."""

from __future__ import annotations

from collections.abc import Iterator

from commlint import facts
from commlint.finding import Confidence, Finding, Fix, Gather, Imported, Location, Severity, Step
from commlint.program import Program, Site

_LOOPS = frozenset({"anyio", "curio", "trio"})


class SerializedCalls:
    """Looks for awaited reads in a row of which none needs another's answer."""

    code = "COMM103"
    slug = "serialized-calls"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds one place for each group of reads."""
        for group in program.serial.groups():
            yield _finding(group)


def _finding(group: tuple[Site, ...]) -> Finding:
    first, second, *others = group
    return Finding(
        rule=SerializedCalls.code,
        location=second.location,
        message=f"{len(group)} remote reads wait for each other though none needs another's answer",
        severity=Severity.NOTE,
        confidence=Confidence.MEDIUM,
        why="together they take as long as their sum; side by side they would take as long as the slowest",
        advice="await them together: `asyncio.gather(...)`, or a task group",
        related=tuple(Step(site.location, site.name) for site in (first, *others)),
        fix=_fix(group),
    )


def _fix(group: tuple[Site, ...]) -> Fix | None:
    """Awaits the reads together, where each is a statement of its own and nothing stands between them."""
    frame = group[0].frame
    if frame is None or _runs_elsewhere(group[0].function.module.fact.body):
        return None
    row = frame.block[frame.index : frame.index + len(group)]
    kept: list[str] = []
    for site, statement in zip(group, row, strict=False):
        names = _kept(statement, site.call)
        if not names:
            return None
        kept += names
    if len(row) < len(group) or len(set(kept)) < len(kept):
        return None
    assert isinstance(row[0], facts.Assign)  # noqa: S101 - `_kept` takes nothing else
    return Fix(
        "await them together with `asyncio.gather`",
        safe=False,
        changes=(Gather(Location(group[0].location.file, row[0].line), len(group)),),
        imports=(Imported("asyncio"),),
    )


def _kept(statement: facts.Stmt, call: facts.Call) -> list[str]:
    """The plain names under which a statement keeps what a call answers, and does nothing else; none otherwise."""
    if not isinstance(statement, facts.Assign) or statement.op or len(statement.targets) != 1:
        return []
    value, target = statement.value, statement.targets[0]
    if not isinstance(value, facts.Await) or value.value is not call:
        return []
    parts = target.items if isinstance(target, facts.Sequence) else (target,)
    names = [part.id for part in parts if isinstance(part, facts.Name)]
    return names if len(names) == len(parts) else []


def _runs_elsewhere(body: facts.Block) -> bool:
    """Whether a module speaks of an event loop that `asyncio.gather` cannot run in."""
    return any(
        isinstance(statement, facts.Import)
        and not _LOOPS.isdisjoint({statement.module.partition(".")[0], *(alias.name for alias in statement.names)})
        for statement in body
    )
