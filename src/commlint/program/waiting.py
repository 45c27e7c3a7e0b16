"""Who waits for what a call starts: a coroutine, task or thread is awaited, gathered, joined, or handed over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum

import msgspec

from commlint import facts
from commlint.catalogue.models import Callback
from commlint.program.code import target_names
from commlint.program.constants import argument_for
from commlint.program.models import Models
from commlint.program.remote import RemoteCall
from commlint.program.sites import Frame, Site
from commlint.program.symbols import Function
from commlint.program.values import External

# Methods that put something into a collection.
_ADDING = frozenset({"append", "add", "appendleft", "put", "put_nowait", "insert", "extend"})
# Methods that take something out of one.
_TAKING = frozenset({"get", "pop", "popleft", "setdefault", "values"})
# Methods that wait for a thread, future or result; others only look at it, or set something up.
_JOINING = frozenset({"join", "result", "get", "wait", "exception"})
# Functions that only look at a task.
_LOOKING = frozenset({"bool", "hasattr", "id", "isinstance", "len", "print", "repr", "str", "type"})
# What starts a task, where it cannot be told whose method it is.
_STARTING = frozenset({"create_task", "ensure_future"})
# What runs all that it is given at the same time, also by a name of the program's own: `limited_gather`.
_GATHERING = ("gather", "as_completed")
_LIMITING = ("limit", "concurren", "workers", "throttle")


class Fate(IntEnum):
    """What becomes of what a call returns; of several things the greatest counts."""

    DROPPED = 0
    KEPT = 1
    RETURNED = 2
    WAITED = 3


class Course(msgspec.Struct, frozen=True):
    """Where what a call returns goes.

    Attributes:
        fate: What becomes of it in the end.
        calls: The calls that it is given to on the way, the nearest first.
        frame: The statement that waits for it, where that is known and in the same function.
    """

    fate: Fate
    calls: tuple[Site, ...] = ()
    frame: Frame | None = None


def is_coroutine(remote: RemoteCall) -> bool:
    """Whether a remote call does nothing until it is awaited; of a stub that is so by its channel it is not sure."""
    return remote.mode == "async" and remote.client.mode == "async"


class Waiting:
    """Answers questions about who waits.

    Args:
        by_call: Every call by what it says.
        models: The library models.
    """

    def __init__(self, by_call: Mapping[facts.Call, Site], models: Models) -> None:
        self._by_call = by_call
        self._models = models
        self._codes: dict[Function, _Code] = {}
        self._courses: dict[Site, Course] = {}

    def course(self, site: Site) -> Course:
        """Where what a call returns goes."""
        if (known := self._courses.get(site)) is None:
            known = self._courses[site] = self._follow(site.call, site.function, frozenset())
        return known

    # In all that follows, `target` is the function of the program that a call reaches, or hands over; `None` where the
    # call is a remote one itself, which `is_async` says to be awaited.

    def is_deferred(self, site: Site, target: Function | None, *, is_async: bool) -> bool:
        """Whether a call only starts something: a coroutine that is not awaited here, work for another thread."""
        if site.awaited:
            return False
        if target is not None:
            is_async = target.fact.is_async and not target.fact.is_generator
        ways = self._ways(site, target)
        return is_async or any(via is not None and via.when == "thread" for via in ways)

    def around(self, site: Site, target: Function | None, *, is_async: bool) -> tuple[Site, ...]:
        """The calls that a call is an argument of: as written, or later, by the name that a coroutine is kept under."""
        lexical = []
        outer = site.outer
        while outer is not None:
            lexical.append(outer)
            outer = outer.outer
        if not self.is_deferred(site, target, is_async=is_async):
            return tuple(lexical)
        return tuple(dict.fromkeys((*lexical, *self.course(site).calls)))

    def shows_at(self, site: Site, target: Function | None, *, is_async: bool) -> Frame | None:
        """The statement at which the failure of a call shows: the one that waits for it."""
        if not self.is_deferred(site, target, is_async=is_async):
            return site.frame
        return self.course(site).frame or site.frame

    def hands_over(self, site: Site, target: Function | None, *, is_async: bool) -> bool:
        """Whether nobody here waits for what a call starts: it runs in the background, in its own task or thread."""
        for via in self._ways(site, target):
            if via is not None and via.when == "background":
                return True
            if via is not None and via.when == "thread":
                return not site.awaited and self.course(site).fate < Fate.RETURNED
        if not self.is_deferred(site, target, is_async=is_async):
            return False
        course = self.course(site)
        if not any(self.starts(call) for call in course.calls):
            return False
        return course.fate < Fate.RETURNED or (course.fate is Fate.RETURNED and self._is_left_by_all(site.function))

    def _is_left_by_all(self, function: Function) -> bool:
        """Whether no caller of a function waits for the task that it returns."""
        callers = [] if function.fact.is_async else list(function.callers)
        return bool(callers) and all(
            not caller.awaited and self.course(caller).fate < Fate.RETURNED for caller in callers
        )

    def together(self, site: Site, target: Function | None, loop: Frame | None, *, is_async: bool) -> bool:
        """Whether a call that a loop repeats does not wait for the one before it.

        Args:
            site: The call.
            target: See above.
            loop: The frame of a statement in the loop's body; `None` for a comprehension, or a call like `map`.
            is_async: See above.
        """
        if not self.is_deferred(site, target, is_async=is_async):
            return False
        course = self.course(site)
        threads = any(via is not None and via.when == "thread" for via in self._ways(site, target))
        if not threads and not any(self.starts(call) or _gathers(call) for call in course.calls):
            return False
        if loop is None or course.frame is None:
            return True
        return all(frame.block is not loop.block for frame in course.frame.outward())

    def is_limited(self, site: Site, target: Function | None) -> bool:
        """Whether only so many of a call run at a time: in a pool of threads, in a gathering that says so."""
        pooled = any(via is not None and via.when == "thread" and via.returns for via in self._ways(site, target))
        return pooled or any(_gathers(call) and _is_limited(call) for call in self.course(site).calls)

    def gathering(self, site: Site, target: Function | None, *, is_async: bool) -> Site | None:
        """The call that waits for a call together with others: `gather(fetch(1), fetch(2))`."""
        if not self.is_deferred(site, target, is_async=is_async):
            return None
        return next((call for call in self.course(site).calls if _gathers(call)), None)

    def starts(self, site: Site) -> bool:
        """Whether a call runs the awaitable that it is given by itself: `asyncio.create_task(notify())`."""
        if not site.externals and not site.targets:
            return site.name in _STARTING
        return any(self._starts(external) for external, _ in site.externals)

    def _starts(self, external: External) -> bool:
        callback = self._models.callback(external.path)
        return callback is not None and callback.when == "background" and not callback.callable

    def _ways(self, site: Site, target: Function | None) -> Iterable[Callback | None]:
        return site.externals.values() if target is None else (site.targets.get(target),)

    # --- following what a call returns --------------------------------------------------------------------------------

    def _code(self, function: Function) -> _Code:
        if (code := self._codes.get(function)) is None:
            code = self._codes[function] = _Code(function.fact.body)
        return code

    def _follow(self, expr: facts.Expr, function: Function, seen: frozenset[tuple[Function, str]]) -> Course:
        """Where the value of an expression goes, names that have been followed aside."""
        code = self._code(function)
        calls: list[Site] = []
        current = expr
        while True:
            parent = code.parents.get(current)
            match parent:
                case facts.Call() if current is not parent.func:
                    outer = self._by_call.get(parent)
                    if outer is None:
                        return Course(Fate.WAITED, tuple(calls), code.frame(current))
                    calls.append(outer)
                    if "cancel" in outer.name or (isinstance(parent.func, facts.Name) and outer.name in _LOOKING):
                        return Course(Fate.DROPPED, tuple(calls))
                    into = parent.func
                    if isinstance(into, facts.Attr) and into.name in _ADDING and not outer.targets:
                        return _after(calls, self._put(into.value, function, seen))
                    if not self._gives_back(outer):
                        return _after(calls, self._into(outer, current, seen))
                    current = parent
                case facts.Attr():
                    used = code.parents.get(parent)
                    joined = isinstance(used, facts.Call) and used.func is parent and parent.name in _JOINING
                    return Course(Fate.WAITED if joined else Fate.DROPPED, tuple(calls), code.frame(current))
                case facts.Comprehension() if any(current is clause.iterable for clause in parent.clauses):
                    names = [name for clause in parent.clauses for name in target_names(clause.target)]
                    return _after(calls, self._named(names, function, seen, within=parent))
                case facts.Comprehension() if not any(current is element for element in parent.elements):
                    return Course(Fate.DROPPED, tuple(calls))
                case facts.Assign() | facts.Annotated():
                    targets = parent.targets if isinstance(parent, facts.Assign) else (parent.target,)
                    return _after(calls, _greatest([self._put(target, function, seen) for target in targets]))
                case facts.For():
                    return _after(calls, self._named(list(target_names(parent.target)), function, seen))
                case facts.Return():
                    return Course(Fate.RETURNED, tuple(calls), code.frame(current))
                case facts.Await() | facts.Yield() | facts.With() | None:
                    return Course(Fate.WAITED, tuple(calls), code.frame(current))
                case facts.Evaluate():
                    return Course(_left(calls, expr, code), tuple(calls))
                case _ if isinstance(parent, _HOLDING):
                    current = parent
                case _:
                    return Course(Fate.DROPPED, tuple(calls))

    def _gives_back(self, site: Site) -> bool:
        """Whether a call returns, as an awaitable, what it is given to wait for: a task, a gathering of several."""
        if self.starts(site):
            return True
        return any(
            self._models.passes(external.path) or self._models.guard_calls(external.path)
            for external, _ in site.externals
        )

    def _into(self, outer: Site, argument: facts.Expr, seen: frozenset[tuple[Function, str]]) -> Course:
        """Where an argument of a function goes: through one of the program that it may be, else it is used there."""
        for target, via in outer.targets.items():
            for parameter in target.fact.parameters if via is None else ():
                if argument_for(outer, target, parameter.name) is argument:
                    inside = self._named([parameter.name], target, seen)
                    if inside.fate is Fate.RETURNED:
                        return _after(list(inside.calls), self._follow(outer.call, outer.function, seen))
                    return Course(inside.fate, inside.calls)
        return Course(Fate.WAITED, (), self._code(outer.function).frame(outer.call))

    def _put(self, target: facts.Expr, function: Function, seen: frozenset[tuple[Function, str]]) -> Course:
        """Where what is assigned to something, or added to it, goes."""
        base = target
        while isinstance(base, facts.Subscript | facts.Star):
            base = base.value
        if isinstance(base, facts.Sequence):
            return _greatest([self._put(item, function, seen) for item in base.items])
        if isinstance(base, facts.Name):
            owner = function.scope.owner_of(base.id)
            if owner is not function.scope:
                return Course(Fate.KEPT if owner is None or owner.kind == "module" else Fate.WAITED)
            return self._named([base.id], function, seen)
        if isinstance(base, facts.Attr) and (function, base.name) not in seen:
            uses = [use for use in self._code(function).attributes.get(base.name, ()) if use is not base]
            if base is not target:
                uses = [self._code(function).taken(use) for use in uses]
            more = seen | {(function, base.name)}
            return _greatest([self._follow(use, function, more) for use in uses], Fate.KEPT)
        return Course(Fate.KEPT)

    def _named(
        self,
        names: list[str],
        function: Function,
        seen: frozenset[tuple[Function, str]],
        within: facts.Comprehension | None = None,
    ) -> Course:
        """Where what some names of a function stand for goes."""
        names = [name for name in names if (function, name) not in seen]
        code = self._code(function)
        if any(name in code.closed_over for name in names):
            return Course(Fate.WAITED)
        uses = [use for name in names for use in code.names.get(name, ())]
        if within is not None:
            uses = [use for use in uses if code.is_inside(use, within)]
        more = seen | {(function, name) for name in names}
        return _greatest([self._follow(use, function, more) for use in uses])


# Expressions whose value is, or holds, that of their parts.
_HOLDING = (
    facts.Sequence,
    facts.Mapping,
    facts.Star,
    facts.Conditional,
    facts.Boolean,
    facts.Walrus,
    facts.Binary,
    facts.Comprehension,
    facts.Subscript,
)


def _left(calls: list[Site], expr: facts.Expr, code: _Code) -> Fate:
    """What becomes of what a statement drops: the block of a group or pool waits for what that was given."""
    starting = calls[-1].call if calls else expr
    if isinstance(starting, facts.Call) and isinstance(starting.func, facts.Attr):
        receiver = starting.func.value
        if isinstance(receiver, facts.Name) and receiver.id in code.entered:
            return Fate.WAITED
    return Fate.DROPPED


def _gathers(site: Site) -> bool:
    return site.name == "wait" or any(word in site.name for word in _GATHERING)


def _is_limited(site: Site) -> bool:
    """Whether a call says that it lets only so many run at a time: `gather_limited(...)`, `gather(..., limit=10)`."""
    words = (site.name, *(keyword.name for keyword in site.call.keywords))
    return any(part in word.lower() for part in _LIMITING for word in words)


def _after(calls: list[Site], then: Course) -> Course:
    return Course(then.fate, (*calls, *then.calls), then.frame)


def _greatest(courses: list[Course], least: Fate = Fate.DROPPED) -> Course:
    """What becomes of something that several things are done with."""
    best = max(courses, key=lambda course: course.fate, default=Course(least))
    calls = dict.fromkeys(call for course in courses for call in course.calls)
    return Course(max(best.fate, least), tuple(calls), best.frame)


class _Code:
    """The code of a function, with the way outwards from each expression.

    Attributes:
        parents: What each expression is part of: an expression or a statement.
        names: The places where a name is read.
        attributes: The places where an attribute of that name is read.
        entered: The names that `with` statements bind.
        closed_over: The names that functions inside it use.
    """

    def __init__(self, body: facts.Block) -> None:
        self.parents: dict[object, facts.Expr | facts.Stmt] = {}
        self.names: dict[str, list[facts.Expr]] = defaultdict(list)
        self.attributes: dict[str, list[facts.Expr]] = defaultdict(list)
        self.entered: set[str] = set()
        self.closed_over: set[str] = set()
        self._frames: dict[object, Frame] = {}
        self._block(body, None, "function")

    def frame(self, expr: facts.Expr) -> Frame | None:
        """The frame of the statement that an expression is in."""
        return next((self._frames[part] for part in self._outward(expr) if part in self._frames), None)

    def taken(self, collection: facts.Expr) -> facts.Expr:
        """What is taken out of a collection where it is used: `tasks.get(name)`; else the collection."""
        method = self.parents.get(collection)
        call = self.parents.get(method) if isinstance(method, facts.Attr) and method.name in _TAKING else None
        return call if isinstance(call, facts.Call) and call.func is method else collection

    def is_inside(self, expr: facts.Expr, outer: facts.Expr) -> bool:
        """Whether an expression is part of another."""
        return any(part is outer for part in self._outward(expr))

    def _outward(self, expr: facts.Expr) -> Iterator[object]:
        current: object = expr
        while current is not None:
            yield current
            current = self.parents.get(current)

    def _block(self, block: facts.Block, parent: Frame | None, role: str, handler: facts.Handler | None = None) -> None:
        for index, statement in enumerate(block):
            frame = self._frames[statement] = Frame(block, index, parent, role, handler)
            if isinstance(statement, facts.Function | facts.Class):
                self.closed_over.update(_names_inside(statement))
                continue
            for child in _children(statement):
                self._expr(child, statement)
            for name in ("body", "orelse", "final"):
                self._block(getattr(statement, name, ()), frame, name)
            for each in getattr(statement, "handlers", ()):
                self._block(each.body, frame, "handler", each)
            for case in getattr(statement, "cases", ()):
                self._block(case.body, frame, "case")

    def _expr(self, expr: facts.Expr, parent: facts.Stmt) -> None:
        todo: list[tuple[facts.Expr, facts.Expr | facts.Stmt]] = [(expr, parent)]
        bound = {id(target) for target in _targets(parent)}
        if isinstance(parent, facts.With) and id(expr) in bound:
            self.entered.update(target_names(expr))
        while todo:
            current, outer = todo.pop()
            self.parents[current] = outer
            if isinstance(current, facts.Lambda):
                self.closed_over.update(_names_inside(current.function))
                continue
            if isinstance(current, facts.Comprehension):
                bound.update(id(clause.target) for clause in current.clauses)
            if id(current) not in bound:
                if isinstance(current, facts.Name):
                    self.names[current.id].append(current)
                elif isinstance(current, facts.Attr):
                    self.attributes[current.name].append(current)
            todo.extend((child, current) for child in _children(current))


def _targets(statement: facts.Stmt) -> Iterator[facts.Expr]:
    """What a statement binds, as written."""
    match statement:
        case facts.Assign(op=""):
            yield from statement.targets
        case facts.Annotated() | facts.For():
            yield statement.target
        case facts.With():
            yield from (item.target for item in statement.items if item.target is not None)
        case _:
            pass


def _children(node: facts.Expr | facts.Stmt) -> Iterator[facts.Expr]:
    """The expressions that an expression or statement is made of, those in its blocks aside."""
    todo: list[object] = [getattr(node, field) for field in node.__struct_fields__]
    while todo:
        part = todo.pop(0)
        if isinstance(part, tuple):
            todo[:0] = part
        elif isinstance(part, facts.Keyword | facts.Item | facts.WithItem | facts.Clause):
            todo[:0] = [getattr(part, field) for field in part.__struct_fields__]
        elif isinstance(part, facts.Case) and part.guard is not None:
            yield part.guard
        elif isinstance(part, facts.Expr):
            yield part


def _names_inside(definition: facts.Function | facts.Class) -> set[str]:
    """The names that the code of a definition uses."""
    found: set[str] = set()
    todo: list[object] = [definition]
    while todo:
        current = todo.pop()
        if isinstance(current, facts.Name):
            found.add(current.id)
        elif isinstance(current, tuple):
            todo.extend(current)
        elif hasattr(current, "__struct_fields__"):
            todo.extend(getattr(current, field) for field in current.__struct_fields__)
    return found
