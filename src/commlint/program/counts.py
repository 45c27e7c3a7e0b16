"""How many remote calls a run of a function makes on the path on which it makes most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from commlint import facts
from commlint.program.code import calls_in
from commlint.program.loops import Kind, Loops
from commlint.program.models import Models
from commlint.program.paths import MANY, happens_once
from commlint.program.remote import RemoteCall
from commlint.program.sites import Site
from commlint.program.symbols import Class, Function

# A loop over data is what n-plus-one-call is about; its calls are not counted here.
_ASIDE = frozenset({Kind.DATA, Kind.HOSTS})

Calls = tuple[Site, ...]


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

    def __init__(self, remote_at: dict[Site, RemoteCall], loops: Loops, models: Models) -> None:
        self._remote_at = remote_at
        self._loops = loops
        self._models = models
        self._known: dict[Function, Calls] = {}
        self._bodies: dict[Function, Calls] = {}
        self._sites: dict[facts.Stmt | None, list[Site]] = {}

    def most(self, function: Function) -> Calls:
        """The remote calls on the path through a function, and through what it calls, that makes most of them."""
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
        return self._known[function]

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
        if any(loop.kind in _ASIDE for loop in self._loops.around(site)) or happens_once(site):
            return ()
        per_element = self._loops.per_element(site)
        if per_element is not None and per_element.kind in _ASIDE:
            return ()
        if site in self._remote_at:
            return (site,)
        if site.choices > MANY:
            return ()
        reached: Calls = ()
        along: dict[Class | None, Calls] = {}
        for target, via in site.targets.items():
            if via is None or (via.callable and via.when != "background" and not via.per_element):
                reached = _most(reached, self._known.get(target))
            elif not via.callable and not via.per_element:
                # Hooks of one class are all called; which of several classes it is may be chosen.
                along[target.owner] = along.get(target.owner, ()) + self._known.get(target, ())
        return reached + max(along.values(), key=len, default=())


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
