"""How many remote calls a run of a function makes on the path on which it makes most.

A call is known by the calls that lead to it, from the function down. What a function calls that it has been given is
left open until a caller shows what that is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from commlint import facts
from commlint.program.code import calls_in
from commlint.program.loops import Kind, Loops
from commlint.program.models import Models
from commlint.program.passing import Need
from commlint.program.paths import MANY, happens_once
from commlint.program.remote import RemoteCall
from commlint.program.sites import Site
from commlint.program.symbols import Class, Function
from commlint.program.trails import Trails
from commlint.program.waiting import is_coroutine

# A loop over data is what n-plus-one-call is about; its calls are not counted here.
_ASIDE = frozenset({Kind.DATA, Kind.HOSTS})


# How many functions that are given to each other are looked into.
_DEEPEST = 8


class _Call(msgspec.Struct, frozen=True):
    """A remote call that a function makes, or one that it makes of what it has been given.

    Attributes:
        sites: The calls that lead to it, from the function's own down to it.
        function: The function whose parameter is called; `None` for a remote call.
        name: The parameter.
    """

    sites: tuple[Site, ...]
    function: Function | None = None
    name: str = ""


Calls = tuple[_Call, ...]


class _Run(msgspec.Struct, frozen=True):
    """What the paths through a piece of code make.

    Attributes:
        on: The calls on the path that makes most of those that go on after it; `None` where none does.
        out: The calls on the path that makes most of those that leave the function in it; `None` where none does.
    """

    on: Calls | None = ()
    out: Calls | None = None


class Counts:
    """Counts remote calls."""

    def __init__(self, remote_at: dict[Site, RemoteCall], loops: Loops, trails: Trails, models: Models) -> None:
        self._remote_at = remote_at
        self._loops = loops
        self._waiting = trails.waiting
        self._passing = trails.passing
        self._models = models
        self._known: dict[Function, Calls] = {}
        self._bodies: dict[Function, Calls] = {}
        self._sites: dict[facts.Stmt | None, list[Site]] = {}

    def most(self, function: Function) -> tuple[tuple[Site, ...], ...]:
        """The remote calls on the path through a function that makes most, each by the calls that lead to it."""
        todo = [function]
        entered: set[Function] = set()
        while todo:
            current = todo[-1]
            if current in self._known:
                todo.pop()
            elif current in entered:
                # All that it calls is known, what calls it back aside.
                self._known[current] = self._count(current)
            else:
                entered.add(current)
                todo += [t for site in current.sites for t in site.targets if t not in self._known and t not in entered]
        return tuple(call.sites for call in self._made(self._known[function], 0))

    def _made(self, calls: Calls, depth: int) -> Iterator[_Call]:
        """Remote calls only: of what is still open, the function that makes most of them counts."""
        for call in calls:
            if call.function is None:
                yield call
            elif depth < _DEEPEST:
                yield from self._made(self._largest(call, call.sites[-1].targets), depth + 1)

    def _count(self, function: Function) -> Calls:
        self._sites = defaultdict(list)
        for site in function.sites:
            self._sites[None if site.frame is None else site.frame.statement].append(site)
        run = self._block(function.fact.body)
        body = self._bodies[function] = _most(run.on, run.out)
        # What its parameters have injected is called first, and once for all that ask for it.
        injected = [call for dependency in _injected(function) for call in self._bodies.get(dependency, ())]
        return (*injected, *body)

    # --- statements ---------------------------------------------------------------------------------------------------

    def _block(self, block: facts.Block) -> _Run:
        on: Calls = ()
        out: Calls | None = None
        for statement in block:
            run = self._statement(statement)
            if run.out is not None:
                out = _most(out, on + run.out)
            if run.on is None:
                return _Run(None, out)
            on += run.on
        return _Run(on, out)

    def _statement(self, statement: facts.Stmt) -> _Run:
        sites = self._sites[statement]
        own = self._expression(statement, sites)
        match statement:
            case facts.Return() | facts.Raise():
                return _Run(None, own)
            case facts.If():
                branches = [self._block(statement.body), self._block(statement.orelse)]
                return _after(own, branches)
            case facts.Match():
                return _after(own, [_Run(), *(self._block(case.body) for case in statement.cases)])
            case facts.For() | facts.While():
                body = self._block(statement.body)
                turned = _Run(_most(body.on, body.out), body.out)
                return _after(own, [_in_turn(turned, self._block(statement.orelse))])
            case facts.With():
                return _after(own, [self._block(statement.body)])
            case facts.Try():
                tried = _in_turn(self._block(statement.body), self._block(statement.orelse))
                ways = [tried, *(self._block(handler.body) for handler in statement.handlers)]
                return _in_turn(_after(own, ways), self._block(statement.final))
            case _:
                if any(self._models.raises(external.path) for site in sites for external, _ in site.externals):
                    return _Run(None, own)
                return _Run(own)

    def _expression(self, statement: facts.Stmt, sites: list[Site]) -> Calls:
        """The calls in a statement's own expressions; of the two of `a if test else b` only one is made."""
        value = getattr(statement, "value", None)
        if len(sites) > 1 and isinstance(value, facts.Conditional):
            first, second = (set(calls_in(branch)) for branch in (value.body, value.orelse))
            outside = [site for site in sites if site.call not in first and site.call not in second]
            ways = [self._all(site for site in sites if site.call in branch) for branch in (first, second)]
            return self._all(outside) + max(ways, key=len)
        return self._all(sites)

    def _all(self, sites: Iterable[Site]) -> Calls:
        return tuple(call for site in sites for call in self._site(site))

    def _site(self, site: Site) -> Calls:
        if not site.targets and site not in self._remote_at:
            return ()
        if any(loop.kind in _ASIDE for loop in self._loops.around(site)) or happens_once(site):
            return ()
        per_element = self._loops.per_element(site)
        if per_element is not None and per_element.kind in _ASIDE:
            return ()
        if (remote := self._remote_at.get(site)) is not None:
            later = self._waiting.hands_over(site, None, is_async=is_coroutine(remote))
            return () if later else (_Call((site,)),)
        if site.choices > MANY:
            return ()
        reached: Calls = ()
        along: dict[Class | None, Calls] = {}
        for target, via in site.targets.items():
            if self._waiting.hands_over(site, target, is_async=False):
                continue
            if via is None or (via.callable and not via.per_element):
                need = self._passing.need(site, target)
                if need is not None and not need.of_object and need.function.stands_for is need.function:
                    reached = _most(reached, (_Call((site,), need.function, need.name),))
                else:
                    reached = _most(reached, tuple(self._through(site, target)))
            elif not via.callable and not via.per_element:
                # Hooks of one class are all called; which of several classes it is may be chosen.
                along[target.owner] = along.get(target.owner, ()) + tuple(self._through(site, target))
        return reached + max(along.values(), key=len, default=())

    def _through(self, site: Site, target: Function) -> Iterator[_Call]:
        """The calls that a call of a function leads to."""
        for call in self._known.get(target, ()):
            longer = _Call((site, *call.sites), call.function, call.name)
            if call.function is target:
                yield from self._filled(longer, target, site)
            else:
                yield longer

    def _filled(self, call: _Call, function: Function, site: Site) -> Calls:
        """The calls that a function makes of what it is given at a call of it."""
        given = []
        for target in call.sites[-1].targets:
            met = self._passing.meets(site, Need(function, call.name, target, of_object=False))
            if isinstance(met, Need):
                return (_Call(call.sites, met.function, met.name),)
            given += [target] if met else []
        return self._largest(call, given)

    def _largest(self, call: _Call, given: Iterable[Function]) -> Calls:
        """The calls that are made most of where one of some functions is called."""
        largest: Calls = ()
        for target in given:
            largest = _most(largest, self._known.get(target))
        return tuple(_Call((*call.sites, *inner.sites), inner.function, inner.name) for inner in largest)


def _injected(function: Function) -> dict[Function, None]:
    """The functions whose results the parameters of a function have injected, and theirs."""
    found: dict[Function, None] = {}
    todo = [function]
    while todo:
        for site in todo.pop().sites:
            for target in site.targets if site.frame is None else ():
                if target not in found and target is not function:
                    found[target] = None
                    todo.append(target)
    return found


def _most(first: Calls | None, second: Calls | None) -> Calls:
    return max(first or (), second or (), key=len)


def _after(own: Calls, ways: Iterable[_Run]) -> _Run:
    """One of several ways, after some calls."""
    on = [own + way.on for way in ways if way.on is not None]
    out = [own + way.out for way in ways if way.out is not None]
    return _Run(max(on, key=len, default=None), max(out, key=len, default=None))


def _in_turn(first: _Run, second: _Run) -> _Run:
    """One thing after the other."""
    if first.on is None:
        return first
    then = _after(first.on, [second])
    return _Run(then.on, first.out if then.out is None else _most(first.out, then.out))
