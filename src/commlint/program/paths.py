"""Paths through the call graph: from an entry point to a call, and from a call down to the remote calls it leads to."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

import msgspec

from commlint import facts
from commlint.finding import Confidence
from commlint.program.code import last_name, walk
from commlint.program.constants import argument_for
from commlint.program.entries import EntryPoint
from commlint.program.flow import Linker
from commlint.program.loops import Kind, Loops
from commlint.program.remote import RemoteCall
from commlint.program.sites import Site
from commlint.program.symbols import Function
from commlint.program.values import External
from commlint.workspace import Workspace
from commlint.workspace.mentions import words


class Path(msgspec.Struct, frozen=True):
    """How a place is reached from outside.

    Attributes:
        start: The function that it begins in, whatever is put around it: an entry point, or the outermost caller known.
        entry: The entry point, where it is one.
        sites: The calls on the way, outermost first.
        is_live: Something mentions the function that it begins in.
    """

    start: Function
    entry: EntryPoint | None
    sites: tuple[Site, ...]
    is_live: bool = True

    @property
    def confidence(self) -> Confidence:
        """How sure it is that this is walked: low where nothing starts it, medium where a call may mean several."""
        if not self.is_live:
            return Confidence.LOW
        return Confidence.MEDIUM if any(site.choices > 1 for site in self.sites) else Confidence.HIGH

    @property
    def handles_endpoint(self) -> bool:
        """Whether it is walked while somebody waits for an answer."""
        return self.entry is not None and self.entry.is_endpoint

    @property
    def rank(self) -> int:
        """How much it says: an endpoint's more than another entry point's, that more than none."""
        return (2 if self.handles_endpoint else 1 if self.entry is not None else 0) if self.is_live else -1


class Paths:
    """Finds paths."""

    def __init__(self, linker: Linker, entries: Mapping[Function, EntryPoint], workspace: Workspace) -> None:
        self._linker = linker
        self._entries = entries
        self._workspace = workspace

    def to(self, function: Function) -> Path:
        """The shortest path to a function, from an endpoint where there is one, else from what there is."""
        best: Path | None = None
        queue: deque[tuple[Function, tuple[Site, ...]]] = deque([(function, ())])
        seen = {function}
        while queue:
            current, sites = queue.popleft()
            path = self.ending(current, sites)
            if path is not None and (best is None or path.rank > best.rank):
                best = path
                if path.handles_endpoint:
                    break
            for site in current.callers:
                if site.function not in seen and (not sites or admits(sites[0], current, site)):
                    seen.add(site.function)
                    queue.append((site.function, (site, *sites)))
        return best or Path(function, None, (), is_live=True)

    def ending(self, function: Function, sites: tuple[Site, ...]) -> Path | None:
        """The path that begins in a function, if one does: an entry point, or what nobody calls."""
        entry = self._entries.get(function)
        if entry is not None:
            return Path(function.stands_for, entry, sites)
        if any(site.function is not function for site in function.callers):
            return None
        start = function.stands_for
        return Path(start, None, sites, is_live=self.is_live(start))

    def is_live(self, function: Function) -> bool:
        """Whether anything mentions a function that nothing is seen to call."""
        if function.is_module or function.name == "<lambda>":
            return True
        if _is_test_support(function):
            return False
        mentioned = self._linker.mentioned
        outer = function.outer
        if function.owner is not None:
            if function.owner.name not in mentioned and not any(b.name in mentioned for b in function.owner.subclasses):
                return False
            # What a base class from outside calls is mentioned there.
            if function.name.startswith("__") or any(isinstance(base, str) for base in function.owner.bases):
                return True
        elif outer is not None and not outer.is_module and function.fact.decorators:
            return True
        return function.name in mentioned or bool(function.fact.decorators) or function.name in self._elsewhere

    @cached_property
    def _elsewhere(self) -> frozenset[str]:
        """What is mentioned outside the Python code: handlers named in a YAML file are called by that name."""
        return words(self._workspace.root, self._workspace.others)


def _is_test_support(function: Function) -> bool:
    """Whether a function is a fixture, wherever it lies."""
    return any(
        isinstance(value, External) and value.path.startswith("pytest.")
        for _, node, _ in function.decorators
        for value in (node.values if node is not None else ())
    )


class Reach:
    """Which functions lead to a remote call, and how.

    Only what happens on each run of a function counts: a call whose result is kept in a variable that outlives it, and
    that is made only where that variable is still empty, happens once. And a call that is in a loop over data itself is
    left aside, since it is the one to be mended. Nor is a call followed that may reach many functions: which one it
    does reach is then not known.
    """

    def __init__(self, remote_calls: Iterable[RemoteCall], loops: Loops) -> None:
        self._next: dict[Function, tuple[Site, RemoteCall]] = {}
        queue: deque[Function] = deque()
        for remote in remote_calls:
            function = remote.site.function
            if function not in self._next and not _aside(remote.site, loops):
                self._next[function] = (remote.site, remote)
                queue.append(function)
        while queue:
            function = queue.popleft()
            remote = self._next[function][1]
            for site in function.callers:
                caller = site.function
                # Importing a module runs its body, which is no call.
                if (
                    caller not in self._next
                    and not _aside(site, loops)
                    and admits(self._next[function][0], function, site)
                ):
                    self._next[caller] = (site, remote)
                    queue.append(caller)

    def leads_out(self, function: Function) -> bool:
        """Whether a function leads to a remote call."""
        return function in self._next

    def below(self, site: Site) -> tuple[tuple[Site, ...], RemoteCall] | None:
        """The calls below a call down to the nearest remote call; `None` where there is none."""
        best: tuple[tuple[Site, ...], RemoteCall] | None = None
        for function in site.targets:
            sites = tuple(self._down(function))
            if sites and (best is None or len(sites) < len(best[0])):
                best = (sites, self._next[function][1])
        return best

    def _down(self, function: Function) -> Iterator[Site]:
        seen: set[Function] = set()
        current: Function | None = function
        while current is not None and current in self._next and current not in seen:
            seen.add(current)
            site, remote = self._next[current]
            yield site
            if site is remote.site:
                return
            current = next(
                (t for t in site.targets if t in self._next and self._next[t][1] is remote and t not in seen), None
            )


# A call that may reach more functions than this says nothing of any of them.
MANY = 8


def _aside(site: Site, loops: Loops) -> bool:
    if site.choices > MANY:
        return True
    return happens_once(site) or any(loop.kind is Kind.DATA for loop in loops.around(site))


def happens_once(site: Site) -> bool:
    """Whether a call only fills a variable that outlives the function: `if _token is None: _token = fetch()`."""
    function = site.function
    if any(d in _ONCE for d in map(last_name, function.fact.decorators)) and not _takes_arguments(function):
        return True
    for frame in site.frames():
        parent = frame.parent
        kept = {
            key
            for statement in walk(frame.block[frame.index :])
            if isinstance(statement, facts.Assign)
            for target in statement.targets
            if (key := _lasting(target, function)) is not None
        }
        if parent is not None and isinstance(parent.statement, facts.If) and frame.role == "body":
            if kept & set(_tested_empty(parent.statement.test)):
                return True
        # `if _cache is not None: return _cache` above.
        for earlier in frame.block[: frame.index]:
            if isinstance(earlier, facts.If) and any(isinstance(s, facts.Return) for s in earlier.body):
                if kept & set(_keys_in(earlier.test)) and not any(True for _ in _tested_empty(earlier.test)):
                    return True
    return False


def admits(inner: Site, function: Function, outer: Site) -> bool:
    """Whether a call that is made under a test of a parameter can be made when its function is called from a place.

    `if internal: a() else: b()` makes `b()` only where a caller passes nothing true for `internal`.

    Args:
        inner: The call.
        function: The function that it is in.
        outer: A call of that function.
    """
    for frame in inner.frames():
        parent = frame.parent
        if parent is None or frame.role not in ("body", "orelse") or not isinstance(parent.statement, facts.If):
            continue
        truth = _decided(parent.statement.test, function, outer)
        if truth is not None and truth is not (frame.role == "body"):
            return False
    return True


def _decided(test: facts.Expr, function: Function, outer: Site) -> bool | None:
    """The truth of a test of a parameter, given the constant that a call passes for it."""
    if isinstance(test, facts.Not):
        inner = _decided(test.value, function, outer)
        return None if inner is None else not inner
    if isinstance(test, facts.Name):
        passed = _passed(test.id, function, outer)
        return None if passed is None else bool(passed.value)
    if isinstance(test, facts.Compare) and len(test.ops) == 1 and isinstance(test.left, facts.Name):
        passed, right = _passed(test.left.id, function, outer), test.rights[0]
        if passed is not None and isinstance(right, facts.Const) and test.ops[0] in ("==", "!=", "is", "is not"):
            return (passed.value == right.value) is (test.ops[0] in ("==", "is"))
    return None


def _passed(name: str, function: Function, outer: Site) -> facts.Const | None:
    parameter = next((p for p in function.fact.parameters if p.name == name), None)
    if parameter is None or name in function.scope.rebound:
        return None
    argument = argument_for(outer, function, name)
    if argument is None and not any(not k.name for k in outer.call.keywords):
        if outer.targets.get(function) is None and not any(isinstance(a, facts.Star) for a in outer.call.args):
            argument = parameter.default
    return argument if isinstance(argument, facts.Const) else None


_ONCE = frozenset({"cache", "lru_cache", "cached_property"})


def _takes_arguments(function: Function) -> bool:
    own = function.fact.parameters
    return len(own) > (1 if function.owner is not None and function.kind != "static" else 0)


def _lasting(target: facts.Expr, function: Function) -> str | None:
    """The key of a variable that outlives the function and is one for all its runs.

    That is a global, one of an enclosing function, or an attribute of the own object or of one of these; not of
    an argument or an element, of which there are many.
    """
    if isinstance(target, facts.Name):
        owner = function.scope.owner_of(target.id)
        return target.id if owner is not function.scope or function.is_module else None
    if isinstance(target, facts.Attr) and isinstance(target.value, facts.Name):
        name, parameters = target.value.id, function.fact.parameters
        own = function.owner is not None and bool(parameters) and parameters[0].name == name
        return f"{name}.{target.name}" if own or function.scope.owner_of(name) is not function.scope else None
    return None


def _keys_in(test: facts.Expr) -> Iterator[str]:
    if isinstance(test, facts.Name):
        yield test.id
    elif isinstance(test, facts.Attr) and isinstance(test.value, facts.Name):
        yield f"{test.value.id}.{test.name}"
    elif isinstance(test, facts.Not):
        yield from _keys_in(test.value)
    elif isinstance(test, facts.Boolean):
        for value in test.values:
            yield from _keys_in(value)
    elif isinstance(test, facts.Compare):
        yield from _keys_in(test.left)


def _tested_empty(test: facts.Expr) -> Iterator[str]:
    """The variables that a test finds empty: `not x`, `x is None`, and either of these `or` something."""
    if isinstance(test, facts.Not):
        yield from _keys_in(test.value)
    elif isinstance(test, facts.Boolean):
        for value in test.values:
            yield from _tested_empty(value)
    elif isinstance(test, facts.Compare) and test.ops[0] in ("is", "=="):
        right = test.rights[0]
        if isinstance(right, facts.Const) and right.value is None:
            yield from _keys_in(test.left)
