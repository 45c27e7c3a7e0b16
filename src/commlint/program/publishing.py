"""Publishes that are fragile: a request fails with them, or they come before the commit of what they tell."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

import msgspec

from commlint import facts
from commlint.program.code import target_names, walk
from commlint.program.entries import EntryPoint
from commlint.program.event_map import EventMap
from commlint.program.events import Publish
from commlint.program.guards import Guards
from commlint.program.sites import Site
from commlint.program.symbols import Function
from commlint.program.trails import Trail, Trails
from commlint.program.transactions import Commit, State, Transactions

# How many calls around a publish are looked at.
_MOST = 600


class FragilePublish(msgspec.Struct, frozen=True, eq=False):
    """A publish that a request cannot do without, or that tells of what may never be.

    Attributes:
        publish: The publish.
        sites: The calls down to the broker's own, that included: from the endpoint, or from the function that commits.
        entry: The endpoint that fails with it, where one does.
        commit: What commits after it, where it tells of changes that are not committed yet.
        changes: The request changes something as well, which stands where the publish fails.
    """

    publish: Publish
    sites: tuple[Site, ...]
    entry: EntryPoint | None = None
    commit: Commit | None = None
    changes: bool = False


class Publishing:
    """Looks for them.

    Args:
        events: What is published.
        entries: Entry points by handler.
        trails: Tells which calls belong together, and what nobody waits for.
        guards: Tells what becomes of a failure.
        transactions: Tells what is committed when.
    """

    def __init__(
        self,
        events: EventMap,
        entries: Mapping[Function, EntryPoint],
        trails: Trails,
        guards: Guards,
        transactions: Transactions,
    ) -> None:
        self._events = events
        self._entries = entries
        self._trails = trails
        self._guards = guards
        self._transactions = transactions

    def fragile(self) -> Iterator[FragilePublish]:
        """The fragile publishes of a program; one that is so in both ways comes before its commit."""
        for publish in self._events.publishes:
            # What a task queue is given is work for later, and no event.
            if publish.delivery == "task":
                continue
            trails = list(self._ways(publish))
            found = next(filter(None, (self._before_commit(publish, trail) for trail in trails)), None)
            if found is None and _is_waited_for(publish):
                found = next(filter(None, (self._failing(publish, trail) for trail in trails)), None)
            if found is not None:
                yield found

    def _ways(self, publish: Publish) -> Iterator[Trail]:
        """The ways to a publish on which each call waits for the next one, the shortest first."""
        calls = publish.calls
        first = self._trails.at(publish.site, is_async=publish.model.mode == "async")
        queue = deque([first])
        seen = {_key(first)}
        while queue and len(seen) < _MOST:
            trail = queue.popleft()
            if trail.handed_over:
                continue
            if len(trail.sites) >= len(calls):
                yield trail
            for longer in self._trails.outward(trail):
                site, depth = longer.sites[0], len(longer.sites)
                if depth <= len(calls) and site is not calls[depth - 1]:
                    continue
                via = site.targets.get(trail.function)
                if _key(longer) not in seen and not self._transactions.runs_after(via):
                    seen.add(_key(longer))
                    queue.append(longer)

    def _before_commit(self, publish: Publish, trail: Trail) -> FragilePublish | None:
        """What a way has of a dual write: a change, then the publish, then the commit."""
        commit = self._transactions.commit_after(trail.sites[0])
        if commit is None or any(self._transactions.marks_sent(site) for site in trail.sites):
            return None
        state: State | None = None
        for site in reversed(trail.sites):
            state = state or self._transactions.before(site, commit)
        if state is None and self._transactions.makes_after(trail.sites[0], commit):
            state = "pending"
        return FragilePublish(publish, trail.sites, commit=commit) if state == "pending" else None

    def _failing(self, publish: Publish, trail: Trail) -> FragilePublish | None:
        """What a way from an endpoint has of a failure that becomes the request's."""
        entry = self._entries.get(trail.function)
        if entry is None or not entry.is_endpoint or not self._trails.may_begin(trail):
            return None
        is_async = publish.model.mode == "async"
        if not self._guards.is_failed_by(publish.site, trail.sites, is_async=is_async):
            return None
        changes = any(self._transactions.is_changing(site.function) for site in trail.sites)
        return FragilePublish(publish, trail.sites, entry=entry, changes=changes)


def _key(trail: Trail) -> object:
    """What decides how a way may go on, and what becomes of a failure on it."""
    site = trail.sites[0]
    tried = any(frame.parent is not None and isinstance(frame.parent.statement, facts.Try) for frame in site.frames())
    return (trail.key, tried)


def _is_waited_for(publish: Publish) -> bool:
    """Whether a failure shows where a publish is made: it is made at once, or its outcome is asked for there."""
    if publish.model.mode != "future":
        return True
    function, call = publish.site.function, publish.site.call
    names = {
        name
        for statement in walk(function.fact.body)
        if isinstance(statement, facts.Assign) and statement.value is call
        for target in statement.targets
        for name in target_names(target)
    }
    for site in function.sites:
        func = site.call.func
        if isinstance(func, facts.Attr) and func.name in publish.model.waits:
            asked = func.value
            if asked is call or (isinstance(asked, facts.Name) and asked.id in names):
                return True
    return False
