"""Guards along the path of a remote call: is there a way in on which nothing protects it?"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise

import msgspec

from commlint import facts
from commlint.catalogue.models import Guard
from commlint.finding import Step
from commlint.program.entries import EntryPoint
from commlint.program.failure import (
    UNKNOWN,
    UNNAMED,
    End,
    Failure,
    Failures,
    Raises,
    Returns,
    Value,
    given,
    is_error,
    own_failures,
    says_nothing,
)
from commlint.program.flow import Linker
from commlint.program.limits import Limits
from commlint.program.models import Models
from commlint.program.paths import Path, Paths
from commlint.program.places import holds
from commlint.program.remote import RemoteCall
from commlint.program.sites import Site, select
from commlint.program.symbols import Class, Function, Instance, Scope, Symbols
from commlint.program.trails import Trail, Trails
from commlint.program.values import Bound, External
from commlint.program.waiting import is_coroutine

# What protects the caller of a failing service.
_SAVING = frozenset({"breaker", "fallback"})
_TIMING = frozenset({"timeout"})
_HOLDING = frozenset({"bulkhead"})


class _Front(msgspec.Struct, frozen=True):
    """How far a failure has been followed outwards.

    Attributes:
        trail: The calls that it has come through.
        ends: How the function that these begin in ends, given what is known of its parameters.
        end: How it ends where nothing is.
    """

    trail: Trail
    ends: Callable[[Mapping[str, Value]], End]
    end: End


class Guards:
    """Answers questions about guards."""

    def __init__(
        self,
        symbols: Symbols,
        linker: Linker,
        models: Models,
        entries: Mapping[Function, EntryPoint],
        paths: Paths,
        trails: Trails,
        limits: Limits,
    ) -> None:
        self._symbols = symbols
        self._linker = linker
        self._models = models
        self._entries = entries
        self._paths = paths
        self._trails = trails
        self._waiting = trails.waiting
        self._limits = limits
        self._failures = Failures(symbols, linker, models)

    def bare_path(self, remote: RemoteCall, stops: dict[Step, None] | None = None) -> Path | None:
        """A path on which a remote call's failure is not turned into another result; `None` where there is none.

        Args:
            remote: The call.
            stops: Takes what stops its failure on other paths, and where.
        """
        stops = {} if stops is None else stops
        may_time_out = not self._limits.waits_for_ever(remote)
        best: Path | None = None
        for failure in own_failures(remote.client.errors, may_time_out=may_time_out):
            path = self._bare(remote, failure, stops)
            if path is not None and (best is None or path.rank > best.rank):
                best = path
        return best

    def endless_path(self, remote: RemoteCall, stops: dict[Step, None] | None = None) -> Path | None:
        """A path on which nothing ends the wait for a remote call; `None` where something does on each.

        Args:
            remote: The call.
            stops: Takes what ends the wait on other paths, and where.
        """
        stops = {} if stops is None else stops
        if not self._limits.waits_for_ever(remote):
            stops[Step(remote.site.location, "ends by itself: a limit at the call, on its client or by default")] = None
            return None
        is_async = remote.mode == "async"
        if self._protects_itself(remote, _TIMING, is_async=is_async):
            stops[Step(remote.site.location, "a time limit is put around the call")] = None
            return None
        best: Path | None = None
        first = self._trails.of(remote)
        queue: deque[Trail] = deque([first])
        seen = {first.key}
        while queue:
            trail = queue.popleft()
            function = trail.function
            if self._decorated(function, _TIMING):
                stops[Step(function.location, f"a decorator limits the time of `{function.label}`")] = None
                continue
            path = self._paths.ending(trail, 1)
            if path is not None and (best is None or path.rank > best.rank):
                best = path
                if path.handles_endpoint:
                    break
            for longer in self._trails.outward(trail):
                site = longer.sites[0]
                if longer.key in seen:
                    continue
                around = self._waiting.around(site, function, is_async=False)
                if self._protects(site, function, around, _TIMING, is_async=is_async):
                    stops[Step(site.location, f"a time limit is put around this call of `{function.label}`")] = None
                else:
                    seen.add(longer.key)
                    queue.append(longer)
        return best

    def fails_with(self, remote: RemoteCall, sites: Sequence[Site], stops: dict[Step, None] | None = None) -> bool:
        """Whether a request fails with a remote call that it leads to by way of some calls.

        Args:
            remote: The remote call.
            sites: The calls, from the request's handler down to the remote one.
            stops: Takes what stops its failure, and where.
        """
        may_time_out = not self._limits.waits_for_ever(remote)
        failures = own_failures(remote.client.errors, may_time_out=may_time_out)
        stops = {} if stops is None else stops
        return any(self._comes_through(remote, failure, sites, stops) for failure in failures)

    def is_failed_by(self, site: Site, sites: Sequence[Site], *, is_async: bool) -> bool:
        """Whether a request fails with a call of a library that it leads to, however that fails.

        Args:
            site: The call.
            sites: The calls from the request's handler down to it, itself included.
            is_async: It gives something to be awaited.
        """
        around = self._waiting.around(site, None, is_async=is_async)
        if self._protects(site, None, around, _SAVING, is_async=is_async):
            return False
        frame = self._waiting.shows_at(site, None, is_async=is_async)
        function = site.function
        known = given(sites[-2], function) if len(sites) > 1 else {}
        end = self._failures.at(site, UNNAMED, known, frame)
        return self._comes_out(function, end, sites, {}, is_async=is_async)

    def is_shielded(self, remote: RemoteCall, sites: Sequence[Site]) -> bool:
        """Whether a breaker or a fallback of a library stands on a way to a remote call.

        Args:
            remote: The remote call.
            sites: The calls, from the first on the way down to the remote one.
        """
        is_async = remote.mode == "async"
        if self._protects_itself(remote, _SAVING, is_async=is_async) or self._decorated(sites[0].function, _SAVING):
            return True
        for site, inner in pairwise(sites):
            function = inner.function
            around = self._waiting.around(site, function, is_async=False)
            if self._decorated(function, _SAVING) or self._protects(site, function, around, _SAVING, is_async=is_async):
                return True
        return False

    def is_held_back(self, sites: Sequence[Site]) -> bool:
        """Whether something on a way lets only some through at a time: a semaphore."""
        return any(
            self._context(item.context, site.function.scope, _HOLDING, is_async=statement.is_async)
            for site in sites
            for frame in site.frames()
            if frame.role == "body" and frame.parent is not None
            if isinstance(statement := frame.parent.statement, facts.With)
            for item in statement.items
        )

    # --- following a failure ------------------------------------------------------------------------------------------

    def _bare(self, remote: RemoteCall, failure: Failure, stops: dict[Step, None]) -> Path | None:
        is_async = remote.mode == "async"
        if self._protects_itself(remote, _SAVING, is_async=is_async):
            stops[_at_the_call(remote)] = None
            return None
        best: Path | None = None
        fails = partial(self._fails, remote, failure)
        first = _Front(self._trails.of(remote), fails, fails({}))
        if first.trail.handed_over:
            # Nobody is there to see it.
            return Path(remote.site.function, None, (), handed_over=True)
        queue: deque[_Front] = deque([first])
        seen: set[object] = {(first.trail.key, first.end)}
        while queue:
            front = queue.popleft()
            trail, function, end = front.trail, front.trail.function, front.end
            if self._is_answered(end):
                stops[_goes_on(function)] = None
                continue
            if self._decorated(function, _SAVING):
                stops[_by_decorator(function)] = None
                continue
            path = self._paths.ending(trail, 1)
            if path is not None and not self._ends_badly(end, path):
                stops[_answers(path.start)] = None
            elif path is not None:
                if best is None or path.rank > best.rank:
                    best = path
                if path.handles_endpoint:
                    break
            for longer in self._trails.outward(trail):
                site = longer.sites[0]
                around = self._waiting.around(site, function, is_async=False)
                if self._protects(site, function, around, _SAVING, is_async=is_async):
                    stops[_around(site, function)] = None
                    continue
                known = given(site, function) if trail.switch is not None else {}
                here = front.ends(known) if known else end
                if self._is_answered(here):
                    stops[_goes_on(function)] = None
                elif self._waiting.hands_over(site, function, is_async=False):
                    # Nobody is there to see it: the work has been handed over.
                    path = Path(function, None, trail.sites[:-1], handed_over=True)
                    if isinstance(here, Raises) and (best is None or path.rank > best.rank):
                        best = path
                else:
                    ends = partial(self._after, site, function, here)
                    following = _Front(longer, ends, ends({}))
                    if (key := (longer.key, following.end)) not in seen:
                        seen.add(key)
                        queue.append(following)
        return best

    def _comes_through(
        self, remote: RemoteCall, failure: Failure, sites: Sequence[Site], stops: dict[Step, None]
    ) -> bool:
        if self._protects_itself(remote, _SAVING, is_async=remote.mode == "async"):
            stops[_at_the_call(remote)] = None
            return False
        function = remote.site.function
        end = self._fails(remote, failure, given(sites[-2], function) if len(sites) > 1 else {})
        return self._comes_out(function, end, sites, stops, is_async=remote.mode == "async")

    def _comes_out(
        self, function: Function, end: End, sites: Sequence[Site], stops: dict[Step, None], *, is_async: bool
    ) -> bool:
        """Whether the failure of the last of some calls, whose function ends in a way, comes out at the first."""
        callers = sites[-2::-1]
        for site, outer in zip(callers, (*callers[1:], None), strict=False):
            if self._is_saved(site, function, end, stops, is_async=is_async):
                return False
            function, called = site.function, function
            end = self._after(site, called, end, given(outer, function) if outer is not None else {})
        if self._decorated(function, _SAVING):
            stops[_by_decorator(function)] = None
            return False
        if isinstance(end, Raises) or is_error(end.value):
            return True
        stops[_goes_on(function) if self._is_answered(end) else _answers(function)] = None
        return False

    def _is_saved(self, site: Site, function: Function, end: End, stops: dict[Step, None], *, is_async: bool) -> bool:
        """Whether a failure ends on its way out of a function to one of its callers."""
        around = self._waiting.around(site, function, is_async=False)
        if self._decorated(function, _SAVING):
            stops[_by_decorator(function)] = None
        elif self._protects(site, function, around, _SAVING, is_async=is_async):
            stops[_around(site, function)] = None
        elif self._is_answered(end):
            stops[_goes_on(function)] = None
        else:
            return False
        return True

    def _fails(self, remote: RemoteCall, failure: Failure, known: Mapping[str, Value]) -> End:
        """How the function with a remote call ends when that fails, with what is known of its parameters."""
        frame = self._waiting.shows_at(remote.site, None, is_async=is_coroutine(remote))
        return self._failures.at(remote.site, failure, known, frame)

    def _after(self, site: Site, function: Function, end: End, known: Mapping[str, Value]) -> End:
        """How the function with a call ends when the function called ends in a way."""
        if isinstance(end, Raises):
            frame = self._waiting.shows_at(site, function, is_async=False)
            return self._failures.at(site, end.failure, known, frame)
        # What a thread or `map` returns comes as a future or an iterable, what a hook returns as part of something: it
        # shows later.
        via = site.targets.get(function)
        kept = via is not None and (via.per_element or via.when != "now" or not via.returns)
        if kept and not site.awaited:
            return Returns(UNKNOWN)
        return self._failures.after(site, end.value, known)

    def _is_answered(self, end: End) -> bool:
        return isinstance(end, Returns) and says_nothing(end.value)

    def _ends_badly(self, end: End, path: Path) -> bool:
        if isinstance(end, Raises):
            return True
        return path.handles_endpoint and is_error(end.value)

    # --- what protects ------------------------------------------------------------------------------------------------

    def _protects(
        self, site: Site, target: Function | None, around: Iterable[Site], wanted: frozenset[str], *, is_async: bool
    ) -> bool:
        """Whether something around a call, in its own function, gives one of the wanted guards.

        Args:
            site: The call.
            target: The function of the program that is called; `None` for the remote call itself.
            around: The calls that it is an argument of, there or later.
            wanted: Kinds of guards.
            is_async: The remote call in question is awaited.
        """
        for frame in site.frames():
            parent = frame.parent
            if parent is not None and frame.role == "body" and isinstance(parent.statement, facts.With):
                contexts = (item.context for item in parent.statement.items)
                if any(self._context(c, site.function.scope, wanted, is_async=is_async) for c in contexts):
                    return True
        for outer in (site, *around):
            if self._calls_guarded(outer, target, wanted, is_async=is_async, own=outer is site):
                return True
        return "breaker" in wanted and self._uses_breaker(site, target)

    def _protects_itself(self, remote: RemoteCall, wanted: frozenset[str], *, is_async: bool) -> bool:
        """Whether something at the remote call itself gives one of the wanted guards."""
        around = self._waiting.around(remote.site, None, is_async=is_coroutine(remote))
        if self._protects(remote.site, None, around, wanted, is_async=is_async):
            return True
        return remote.declared is not None and self._decorated(remote.declared, wanted)

    def _context(self, context: facts.Expr, scope: Scope, wanted: frozenset[str], *, is_async: bool) -> bool:
        node = self._linker.contexts.get(context)
        call = context if isinstance(context, facts.Call) else None
        site = self._linker.by_call.get(call) if call is not None else None
        callee = site.callee if site is not None else None
        values = [*(callee.values if callee is not None else ()), *(node.values if node is not None else ())]
        for value in values:
            if isinstance(value, External) and any(
                self._gives(guard, call, scope, wanted, is_async=is_async)
                for guard in self._models.guard_contexts(value.path)
            ):
                return True
        return False

    def _calls_guarded(
        self, site: Site, target: Function | None, wanted: frozenset[str], *, is_async: bool, own: bool
    ) -> bool:
        """Whether a call hands what is meant to a guard: `breaker.call(fetch, id)`, `wait_for(fetch(id), 3)`."""
        for external, _ in site.externals:
            given = not own or (target is not None and site.targets.get(target) is not None)
            if target is None and own:
                # The client's own method, handed over by reference: `breaker.call(requests.get, url)`.
                given = True
            if given and any(
                self._gives(guard, site.call, site.function.scope, wanted, is_async=is_async, made=external)
                for guard in self._models.guard_calls(external.path)
            ):
                return True
        return False

    def _decorated(self, function: Function, wanted: frozenset[str]) -> bool:
        for expr, node, _ in function.decorators:
            call = expr if isinstance(expr, facts.Call) else None
            for value in node.values if node is not None else ():
                if isinstance(value, External):
                    if any(
                        self._gives(
                            guard, call, function.module.scope, wanted, is_async=function.fact.is_async, made=value
                        )
                        for guard in self._models.guard_decorators(value.path)
                    ):
                        return True
                elif "breaker" in wanted and _is_breaker(value):
                    return True
        return False

    def _gives(
        self,
        guard: Guard,
        call: facts.Call | None,
        scope: Scope,
        wanted: frozenset[str],
        *,
        is_async: bool,
        made: External | None = None,
    ) -> bool:
        if not (guard.on_async if is_async else guard.on_sync):
            return False
        if not holds(guard, call, scope, () if made is None else tuple(made.makers())):
            return False
        if guard.limit:
            limit = _given(guard.limit, call, made)
            if limit is None or (isinstance(limit, facts.Const) and limit.value in (None, False)):
                return False
        if wanted & set(guard.gives):
            return True
        return "fallback" in wanted and bool(guard.fallback) and _given(guard.fallback, call, made) is not None

    def _uses_breaker(self, site: Site, target: Function | None) -> bool:
        """A breaker of the program's own: by the name of its class, called around the call or asked before it."""
        if target is not None and target.owner is not None and "breaker" in target.owner.name.lower():
            return True
        if site.function.owner is not None and "breaker" in site.function.owner.name.lower():
            return True
        for other in site.function.sites:
            if any(t.owner is not None and "breaker" in t.owner.name.lower() for t in other.targets):
                return True
        return False


def _is_breaker(value: object) -> bool:
    if isinstance(value, Bound):
        value = value.receiver
    if isinstance(value, Instance):
        return "breaker" in value.cls.name.lower()
    return isinstance(value, Function | Class) and ("breaker" in value.name.lower())


def _given(selector: str, call: facts.Call | None, made: External | None) -> facts.Expr | None:
    """What a call is given, or one that made what is called."""
    for alternative in selector.split("|"):
        calls = [] if call is None else [call]
        if alternative.startswith("ctor."):
            calls = [] if made is None else [maker.call for maker in made.makers()]
        for each in calls:
            if (expr := select(each, alternative.removeprefix("ctor."))) is not None:
                return expr
    return None


def _at_the_call(remote: RemoteCall) -> Step:
    return Step(remote.site.location, "a breaker or fallback is put around the call")


def _around(site: Site, function: Function) -> Step:
    return Step(site.location, f"a breaker or fallback is put around this call of `{function.label}`")


def _by_decorator(function: Function) -> Step:
    return Step(function.location, f"a breaker or fallback decorates `{function.label}`")


def _goes_on(function: Function) -> Step:
    return Step(function.location, f"`{function.label}` goes on without the answer")


def _answers(function: Function) -> Step:
    return Step(function.location, f"`{function.label}` answers without it")
