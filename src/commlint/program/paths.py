"""Paths through the call graph: from an entry point to a call, and from a call down to the remote calls it leads to."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from heapq import heappop, heappush

import msgspec

from commlint import facts
from commlint.finding import Confidence
from commlint.program.code import last_name, walk
from commlint.program.entries import EntryPoint
from commlint.program.flow import Linker
from commlint.program.liveness import Liveness
from commlint.program.loops import Kind, Loops
from commlint.program.remote import RemoteCall
from commlint.program.sites import Frame, Site
from commlint.program.symbols import Function
from commlint.program.trails import MOST_TRAILS, Trail, Trails, admits
from commlint.workspace import Workspace

__all__ = ["MANY", "Path", "Paths", "Reach", "admits", "happens_once"]


class Path(msgspec.Struct, frozen=True):
    """How a place is reached from outside.

    Attributes:
        start: The function that it begins in, whatever is put around it: an entry point, or the outermost caller known.
        entry: The entry point, where it is one.
        sites: The calls on the way, outermost first.
        is_live: Something mentions the function that it begins in.
        handed_over: Somewhere on the way the work is handed over, to a task or thread that nobody there waits for.
    """

    start: Function
    entry: EntryPoint | None
    sites: tuple[Site, ...]
    is_live: bool = True
    handed_over: bool = False

    @property
    def confidence(self) -> Confidence:
        """How sure it is that this is walked: low where nothing starts it, medium where a call may mean several."""
        if not self.is_live:
            return Confidence.LOW
        return Confidence.MEDIUM if any(site.choices > 1 for site in self.sites) else Confidence.HIGH

    @property
    def handles_endpoint(self) -> bool:
        """Whether it is walked while somebody waits for an answer."""
        return self.entry is not None and self.entry.is_endpoint and not self.handed_over

    @property
    def rank(self) -> int:
        """How much it says: an endpoint's more than another entry point's, that more than none."""
        return (2 if self.handles_endpoint else 1 if self.entry is not None else 0) if self.is_live else -1


class Paths:
    """Finds paths."""

    def __init__(
        self, linker: Linker, entries: Mapping[Function, EntryPoint], workspace: Workspace, trails: Trails
    ) -> None:
        self._entries = entries
        self._trails = trails
        self._liveness = Liveness(linker, workspace, trails.importing)

    def to(self, first: Trail, without: Collection[Site] = ()) -> Path:
        """The shortest path to a trail, from an endpoint where there is one, else from what there is.

        Args:
            first: The trail.
            without: Calls that are not to be on the path.
        """
        best: Path | None = None
        queue: deque[Trail] = deque([first])
        seen = {first.key}
        while queue and len(seen) < MOST_TRAILS:
            trail = queue.popleft()
            path = self.ending(trail, len(first.sites))
            if path is not None and (best is None or path.rank > best.rank):
                best = path
                if path.handles_endpoint:
                    break
            for longer in self._trails.outward(trail):
                if longer.key not in seen and longer.sites[0] not in without:
                    seen.add(longer.key)
                    queue.append(longer)
        return best or Path(first.function, None, (), is_live=False)

    def ending(self, trail: Trail, known: int) -> Path | None:
        """The path that begins as a trail does, if it may: in an entry point, or in what nobody calls.

        Args:
            trail: The trail.
            known: How many of its last calls are no part of the path that is asked for.
        """
        function = trail.function
        entry = self._entries.get(function)
        if entry is None and any(site.function is not function for site in function.callers):
            return None
        if not self._trails.may_begin(trail):
            return None
        start = function.stands_for
        live = entry is not None or self._liveness.is_live(start)
        return Path(start, entry, trail.sites[: len(trail.sites) - known], is_live=live, handed_over=trail.handed_over)


class Below(msgspec.Struct, frozen=True):
    """How a call leads to a remote one.

    Attributes:
        trail: The calls, from it on down to the remote one.
        remote: The remote call.
        cost: How far away that is, and how far out of the usual way.
    """

    trail: Trail
    remote: RemoteCall
    cost: int


class Reach:
    """Which functions lead to a remote call, and how.

    Only what happens on each run of a function counts: a call whose result is kept in a variable that outlives it, and
    that is made only where that variable is still empty, happens once. And a call that is in a loop over data itself is
    left aside, since it is the one to be mended. Nor is a call followed that may reach many functions: which one it
    does reach is then not known.
    """

    def __init__(self, remote_calls: Collection[RemoteCall], loops: Loops, trails: Trails) -> None:
        self._trails = trails
        self._below: dict[Function, list[Below]] = defaultdict(list)
        self._remote = {remote.site for remote in remote_calls}
        aside: dict[Site, bool] = {}
        queue: list[tuple[int, int, Below]] = []

        def put(below: Below) -> None:
            site = below.trail.sites[0]
            if site not in aside:
                aside[site] = _aside(site, loops)
            if not aside[site]:
                heappush(queue, (below.cost, len(known), below))
                known.append(below)

        known: list[Below] = []
        for remote in remote_calls:
            put(Below(trails.of(remote), remote, _detour(remote.site)))
        while queue:
            _, _, below = heappop(queue)
            found = self._below[below.trail.function]
            if len(found) == _SEVERAL or any(other.trail.key == below.trail.key for other in found):
                continue
            found.append(below)
            entered = {site.function for site in below.trail.sites}
            for longer in trails.outward(below.trail):
                if longer.function not in entered:
                    put(Below(longer, below.remote, below.cost + 1 + _detour(longer.sites[0])))

    def leads_out(self, function: Function) -> bool:
        """Whether a function leads to a remote call."""
        return function in self._below

    def instead_of_another(self, site: Site) -> bool:
        """Whether a loop's call stands in for one that has failed: `except ApiError: [fetch(id) for id in ids]`."""
        in_loop = bool(site.comprehensions)
        for frame in site.frames():
            around = frame.parent.statement if frame.parent is not None else None
            if frame.role == "handler" and in_loop and isinstance(around, facts.Try):
                tried = set(walk(around.body))
                for other in site.function.sites:
                    if other.frame is not None and other.frame.statement in tried and self._leads_out(other):
                        return True
            in_loop = in_loop or (frame.role == "body" and isinstance(around, facts.For | facts.While))
        return False

    def upon_failure(self, sites: Sequence[Site]) -> bool:
        """Whether a loop's call only says that something has failed: `except ValueError: alert(order)`.

        Args:
            sites: The calls from the one in the loop down to the remote one.
        """
        return any(_reports(site, everywhere=site is not sites[0]) for site in sites)

    def _leads_out(self, site: Site) -> bool:
        return site in self._remote or any(function in self._below for function in site.targets)

    def below(self, site: Site) -> Below | None:
        """The nearest remote call that a call leads to; `None` where there is none."""
        best: Below | None = None
        for function in site.targets:
            for below in self._below.get(function, ()):
                trail = self._trails.before(below.trail, site)
                if trail is not None and (best is None or below.cost < best.cost):
                    best = Below(trail, below.remote, below.cost)
        return best


# How many ways out of a function are kept: what is called by one caller may be out of the question for another.
_SEVERAL = 4
# What handles a failure is not the usual way.
_DETOUR = 100


def _detour(site: Site) -> int:
    return _DETOUR if any(frame.role == "handler" for frame in site.frames()) else 0


def _reports(site: Site, *, everywhere: bool) -> bool:
    """Whether a call is made in a handler and its answer is not used.

    Args:
        site: The call.
        everywhere: The handler may also be around the loop that the call is in.
    """
    frames = list(site.frames())
    if not frames or not isinstance(frames[0].statement, facts.Evaluate):
        return False
    for frame in frames:
        if frame.role == "handler":
            return True
        around = frame.parent.statement if frame.parent is not None else None
        if not everywhere and frame.role == "body" and isinstance(around, facts.For | facts.While):
            return False
    return False


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
        asked = set(_asked_whether_empty(frame))
        if asked and any(
            _lasting(target, function) in asked
            for statement in walk(frame.block[frame.index :])
            if isinstance(statement, facts.Assign)
            for target in statement.targets
        ):
            return True
    return False


def _asked_whether_empty(frame: Frame) -> Iterator[str]:
    """The variables that are known to be empty at a place in a block."""
    parent = frame.parent
    if parent is not None and isinstance(parent.statement, facts.If) and frame.role == "body":
        yield from _tested_empty(parent.statement.test)
    # `if _cache is not None: return _cache` above.
    for earlier in frame.block[: frame.index]:
        if isinstance(earlier, facts.If) and any(isinstance(s, facts.Return) for s in earlier.body):
            if not any(True for _ in _tested_empty(earlier.test)):
                yield from _keys_in(earlier.test)


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
