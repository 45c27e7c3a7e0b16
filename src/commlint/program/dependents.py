"""Consumers of events that need an answer of another service to do their work.

A consumer that catches all that may go wrong, tells of it and takes the next message has done nothing with this one:
that is no fallback. One is to go on with something else: a default, a copy of its own, the rest of the work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec

from commlint import facts
from commlint.program.code import last_name, names_in, target_names, walk
from commlint.program.crossings import Crossing
from commlint.program.entries import EntryPoint
from commlint.program.event_map import EventMap
from commlint.program.guards import Guards
from commlint.program.service_map import Hop, ServiceGraph
from commlint.program.sites import Frame, Site
from commlint.program.symbols import Function
from commlint.program.uses import Uses

_TELLING = frozenset({"critical", "debug", "error", "exception", "info", "log", "print", "warn", "warning"})


class Dependence(msgspec.Struct, frozen=True, eq=False):
    """A consumer's call of another service, whose answer it needs.

    Attributes:
        hop: The call, and how the consumer comes to it.
        event: What the consumer listens to; empty where that is not known.
        fails: Working on the message fails with the call, rather than being given up.
    """

    hop: Hop
    event: str
    fails: bool

    @property
    def crossing(self) -> Crossing:
        """The call."""
        return self.hop.crossing


def find_dependences(
    crossings: tuple[Crossing, ...],
    entries: Mapping[Function, EntryPoint],
    events: EventMap,
    guards: Guards,
    uses: Uses,
    hands_over: Callable[[Site, Function], bool],
) -> Iterator[Dependence]:
    """The calls of a program without whose answer a consumer cannot do its work.

    Args:
        crossings: The calls between services.
        entries: Entry points by handler.
        events: What is published and what listens to it.
        guards: Tells what protects a call.
        uses: Tells which answers are used.
        hands_over: Tells whether nobody waits for what a call of a function starts.
    """
    handlers = {function: entry for function, entry in entries.items() if entry.kind == "consumer"}
    fetching: set[Function] = set()
    topics: dict[Function, str] = {}
    for consumer in events.consumers:
        # A task queue of the service's own is its way to do work later.
        if (handler := consumer.handler) is not None and consumer.kind != "task":
            handlers.setdefault(handler, EntryPoint(handler, "consumer", f"consumer {handler.name}"))
            if len(consumer.topics) == 1 and "{" not in consumer.topics[0]:
                topics[handler] = consumer.topics[0]
            if consumer.kind == "fetch":
                fetching.add(handler)
    for entry, hops in ServiceGraph(crossings, handlers, hands_over).hops.items():
        for hop in hops:
            crossing = hop.crossing
            if crossing.target is None or crossing.target.code == "none" or not uses.is_used(crossing):
                continue
            sites = (*hop.sites, crossing.remote.site)
            if entry.function in fetching and not _is_repeated(sites[0]):
                continue
            fails = guards.fails_with(crossing.remote, sites)
            if fails or (not guards.is_shielded(crossing.remote, sites) and _gives_up(sites)):
                yield Dependence(hop, topics.get(entry.function, ""), fails)


def _is_repeated(site: Site) -> bool:
    """Whether a call is made for each message, and not before the first."""
    return any(
        frame.role == "body"
        and frame.parent is not None
        and isinstance(frame.parent.statement, facts.For | facts.While)
        for frame in site.frames()
    )


def _gives_up(sites: tuple[Site, ...]) -> bool:
    """Whether the work of a consumer is given up where the last of some calls fails, rather than done without it."""
    for index in range(len(sites) - 1, -1, -1):
        site = sites[index]
        for frame in site.frames():
            attempt = frame.parent
            if attempt is None or frame.role != "body" or not isinstance(attempt.statement, facts.Try):
                continue
            blocks = [handler.body for handler in attempt.statement.handlers]
            if any(_has_another(block) for block in blocks):
                return False
            if all(block and isinstance(block[-1], facts.Raise) for block in blocks):
                continue
            return _is_end(attempt, blocks) and (not _answers(site.function) or index == 0 or _stops(sites[index - 1]))
    return True


def _has_another(block: facts.Block) -> bool:
    """Whether what handles a failure has something to go on with."""
    for statement in walk(block):
        if isinstance(statement, facts.Return) and statement.value is not None and not _is_empty(statement.value):
            return True
        if isinstance(statement, facts.Assign):
            return True
    return False


def _is_end(attempt: Frame, blocks: list[facts.Block]) -> bool:
    """Whether nothing is done any more after an attempt that has failed."""
    if all(block and isinstance(block[-1], facts.Return | facts.Raise | facts.Jump) for block in blocks):
        return True
    return all(_is_idle(statement) for frame in attempt.outward() for statement in frame.block[frame.index + 1 :])


def _is_idle(statement: facts.Stmt) -> bool:
    if isinstance(statement, facts.Evaluate):
        return not isinstance(statement.value, facts.Call) or last_name(statement.value) in _TELLING
    return isinstance(statement, facts.Return | facts.Raise | facts.Jump)


def _answers(function: Function) -> bool:
    """Whether a function returns something to its callers."""
    returns = (statement for statement in walk(function.fact.body) if isinstance(statement, facts.Return))
    return any(statement.value is not None and not _is_empty(statement.value) for statement in returns)


def _stops(site: Site) -> bool:
    """Whether a caller that gets nothing stops there: `if not article: return`, or goes on as if it had it."""
    names = set(_kept_in(site))
    tests = [s for s in walk(site.function.fact.body) if isinstance(s, facts.If) and names & set(names_in(s.test))]
    return not tests or any(
        _asks_for_nothing(test.test)
        and bool(test.body)
        and isinstance(test.body[-1], facts.Return | facts.Raise | facts.Jump)
        for test in tests
    )


def _kept_in(site: Site) -> Iterator[str]:
    statement = site.frame.statement if site.frame is not None else None
    for target in statement.targets if isinstance(statement, facts.Assign) else ():
        yield from target_names(target)


def _asks_for_nothing(test: facts.Expr) -> bool:
    if isinstance(test, facts.Boolean):
        return any(_asks_for_nothing(value) for value in test.values)
    return isinstance(test, facts.Not) or (isinstance(test, facts.Compare) and test.ops[0] in ("is", "=="))


def _is_empty(value: facts.Expr) -> bool:
    if isinstance(value, facts.Const):
        return not value.value
    return isinstance(value, facts.Sequence | facts.Mapping) and not value.items
