"""Remote reads that wait for each other though they need not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from commlint import facts
from commlint.program.code import names_in, target_names
from commlint.program.flow import Linker
from commlint.program.loops import Kind, Loops
from commlint.program.remote import RemoteCall
from commlint.program.sites import Site
from commlint.program.symbols import Function

_READS = frozenset({"GET", "HEAD"})
_READING = frozenset({"get", "list", "fetch", "find", "search", "read", "load", "query", "count"})
# How the answer of a client that could not be followed is read.
_BODY = frozenset({"json", "text", "read", "aread", "aclose", "close"})
# Functions further down than this are not looked into.
_DEEPEST = 6


class Serial:
    """Finds groups of awaited reads that could run together."""

    def __init__(self, linker: Linker, remote_at: Mapping[Site, RemoteCall], loops: Loops) -> None:
        self._linker = linker
        self._remote_at = remote_at
        self._loops = loops
        self._reads: dict[Function, bool] = {}
        self._packages = {remote.external.path.partition(".")[0] for remote in remote_at.values()}

    def _is_part_of_asking(self, site: Site) -> bool:
        """Whether what is awaited belongs to a client: `async with httpx.AsyncClient()`, `await response.json()`."""
        if site.targets:
            return False
        packages = {external.path.partition(".")[0] for external, _ in site.externals}
        return packages <= self._packages if packages else site.name in _BODY

    def groups(self) -> Iterator[tuple[Site, ...]]:
        """Calls in a row, none of which needs what another of them answers; in order of file and place."""
        seen: set[facts.Call] = set()
        for function in self._linker.symbols.functions:
            if not function.fact.is_async:
                continue
            by_statement: dict[facts.Stmt, list[Site]] = defaultdict(list)
            for site in function.sites:
                if site.frame is not None:
                    by_statement[site.frame.statement].append(site)
            for block in {id(s.frame.block): s.frame.block for s in function.sites if s.frame is not None}.values():
                for group in self._in_block(block, by_statement):
                    # The copies of a decorator say the same.
                    if group[0].call not in seen:
                        seen.add(group[0].call)
                        yield group

    def _in_block(
        self, block: facts.Block, by_statement: Mapping[facts.Stmt, list[Site]]
    ) -> Iterator[tuple[Site, ...]]:
        group: list[Site] = []
        answers: set[str] = set()
        for statement in block:
            sites = by_statement.get(statement, [])
            reads = self._reads_of(statement, sites)
            needs = bool(set(names_in(value)) & answers) if (value := _value(statement)) is not None else False
            if reads and not needs:
                group += reads
                answers.update(_assigned(statement))
            elif not reads and _is_harmless(statement, sites):
                # Something that is worked out of an answer needs it as well.
                if needs:
                    answers.update(_assigned(statement))
            else:
                if len(group) > 1:
                    yield tuple(group)
                group, answers = reads, set(_assigned(statement))
        if len(group) > 1:
            yield tuple(group)

    def _reads_of(self, statement: facts.Stmt, sites: list[Site]) -> list[Site]:
        """The awaited reads of a statement that keeps their answers: `user = await get_user(order.user_id)`."""
        if _value(statement) is None:
            return []
        reads = [site for site in sites if site.awaited and self._is_read(site)]
        others = [s for s in sites if s not in reads and (s.awaited or s.targets or s in self._remote_at)]
        nested = any(site.outer in reads for site in reads)
        return [] if others or nested else reads

    def _is_read(self, site: Site) -> bool:
        if any(loop.kind is Kind.DATA for loop in self._loops.around(site)):
            return False
        if (remote := self._remote_at.get(site)) is not None:
            return remote.mode == "async" and _reads(remote)
        if len(site.targets) != 1 or site.externals:
            return False
        [target] = site.targets
        return target.fact.is_async and self._only_reads(target, 0)

    def _only_reads(self, function: Function, depth: int) -> bool:
        """Whether a function does nothing but ask other services, at least one of them."""
        if (known := self._reads.get(function)) is not None:
            return known
        self._reads[function] = False
        asks = False
        for site in function.sites:
            if (remote := self._remote_at.get(site)) is not None:
                if not _reads(remote) and not _is_named_like_a_read(function.name):
                    return False
                asks = True
            elif site.awaited and not self._is_part_of_asking(site):
                # What else is awaited may use something that only one may use at a time, as a database session.
                if len(site.targets) != 1 or depth == _DEEPEST:
                    return False
                [target] = site.targets
                if not self._only_reads(target, depth + 1):
                    return False
                asks = True
        self._reads[function] = asks
        return asks


def _reads(remote: RemoteCall) -> bool:
    """Whether a call changes nothing: by its HTTP method, or, where there is none, by its name."""
    if remote.client.kind in ("rpc", "grpc"):
        return _is_named_like_a_read(remote.address.rpartition(".")[2].rpartition("/")[2])
    return remote.verb in _READS


def _is_named_like_a_read(name: str) -> bool:
    return not _READING.isdisjoint(name.lower().split("_"))


def _value(statement: facts.Stmt) -> facts.Expr | None:
    """What a statement assigns or returns."""
    if isinstance(statement, facts.Assign):
        return None if statement.op else statement.value
    return statement.value if isinstance(statement, facts.Annotated | facts.Return) else None


def _assigned(statement: facts.Stmt) -> Iterator[str]:
    if isinstance(statement, facts.Annotated):
        yield from target_names(statement.target)
    for target in statement.targets if isinstance(statement, facts.Assign) else ():
        yield from target_names(target)


def _is_harmless(statement: facts.Stmt, sites: list[Site]) -> bool:
    """Whether a statement between two reads neither checks nor changes anything."""
    assigns = isinstance(statement, facts.Assign | facts.Annotated)
    return assigns and not any(site.awaited or site.targets for site in sites)
