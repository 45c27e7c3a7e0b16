"""Whether anybody uses the answer to a call, or only sees that it did not fail.

An answer is followed through the function with the call, into the functions that are given it, and out to the callers
that get it back. It is used where something is made of it: it is kept, handed to somebody, told to whoever asked, or
decides what is done next. To log it, or to raise an error by its status, is no use of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from commlint import facts
from commlint.program.code import last_name, target_names, walk
from commlint.program.constants import argument_for
from commlint.program.entries import EntryPoint
from commlint.program.failure import Failures, Raises
from commlint.program.flow import Linker
from commlint.program.symbols import Function

if TYPE_CHECKING:
    from commlint.program.crossings import Crossing
    from commlint.program.sites import Site

# How far an answer is followed, outwards to callers and inwards into what is called.
_OUTWARDS, _INWARDS = 5, 3
# How many callers of a function are asked.
_CALLERS = 200
# What is told to people who look after the program, and what tidies up.
_TELLING = frozenset(
    {
        "critical", "debug", "error", "exception", "info", "log", "print", "trace", "warn", "warning",
        "add_breadcrumb", "capture_exception", "capture_message", "inc", "increment", "observe", "print_exc",
        "record_exception", "set_attribute", "set_attributes", "set_status", "set_tag",
    }
)  # fmt: skip
_TIDYING = frozenset({"aclose", "close", "raise_for_status", "release", "rollback", "sleep"})
_ADDING = frozenset({"add", "append", "extend", "insert", "put_nowait"})
# What makes the same of an answer in another form, or waits for it.
_REFORMING = frozenset(
    {
        "all", "any", "async_to_sync", "bool", "bytes", "cast", "create_task", "deepcopy", "dict", "dumps",
        "ensure_future", "enumerate", "float", "format", "gather", "getattr", "hasattr", "int", "isinstance",
        "iter", "join", "len", "list", "load", "loads", "map", "next", "repr", "result", "reversed", "run",
        "run_coroutine_threadsafe", "run_until_complete", "set", "shield", "sorted", "str", "tuple", "type",
        "wait", "wait_for", "zip",
    }
)  # fmt: skip


class Uses:
    """Answers the question for calls.

    Args:
        linker: What every call may reach.
        failures: Tells what always raises.
        entries: Entry points by handler.
    """

    def __init__(self, linker: Linker, failures: Failures, entries: Mapping[Function, EntryPoint]) -> None:
        self.linker = linker
        self.failures = failures
        self._entries = entries

    def is_used(self, crossing: Crossing) -> bool:
        """Whether the answer to a call between services is used on the ways on which that is made."""
        return self._outwards(crossing.remote.site, crossing.way.stack, _OUTWARDS, set())

    def _outwards(self, site: Site, stack: Sequence[Site], depth: int, seen: set[Site]) -> bool:
        """Whether what a call returns is used: in its function, or by the callers that get it back.

        Args:
            site: The call.
            stack: The calls around it on the way that is meant, the innermost first; beyond them, any.
            depth: How many further callers are asked.
            seen: Calls that have been looked at.
        """
        if site in seen:
            return False
        seen.add(site)
        function = site.function
        run = _Run(self, function, site.call, _INWARDS)
        run.through({})
        if run.used or (run.returned and function in self._entries):
            return True
        if not (run.returned or run.told):
            return False
        meant = [outer for outer in stack if function in outer.targets][:1]
        callers = meant or function.callers[:_CALLERS]
        if run.returned and not callers:
            return True
        return any(self._gets(caller, function, stack, depth, seen) for caller in callers)

    def _gets(self, site: Site, function: Function, stack: Sequence[Site], depth: int, seen: set[Site]) -> bool:
        """Whether a caller of a function that returns an answer uses it."""
        if site.function is function:
            return False
        via = site.targets.get(function)
        if via is not None and (via.when == "background" or not via.returns):
            return False
        return depth == 0 or self._outwards(site, stack, depth - 1, seen)


class _Run:
    """Goes through the code of one function.

    Attributes:
        used: Something is made of the answer.
        returned: It, or something that depends on it, is returned.
        told: What is returned tells whether the call failed.
    """

    def __init__(self, uses: Uses, function: Function, answer: facts.Call | None, depth: int) -> None:
        self.used = False
        self.returned = False
        self.told = False
        self._uses = uses
        self._function = function
        self._answer = answer
        self._depth = depth
        self._sites = {site.call: site for site in function.sites}
        # The names that hold the answer, and how often the call was met.
        self._names: set[str] = set()
        self._met = 0

    def through(self, given: Iterable[str]) -> None:
        """Goes through the function, some of whose parameters may hold the answer."""
        self._names = set(given)
        self._block(self._function.fact.body, ())

    # --- statements ---------------------------------------------------------------------------------------------------

    def _block(self, block: facts.Block, rest: tuple[facts.Stmt, ...]) -> None:
        for index, statement in enumerate(block):
            self._statement(statement, (*block[index + 1 :], *rest))

    def _statement(self, statement: facts.Stmt, rest: tuple[facts.Stmt, ...]) -> None:
        match statement:
            case facts.Evaluate():
                self._evaluated(statement.value)
            case facts.Assign():
                self._assigned(statement.targets, self._has(statement.value), again=bool(statement.op))
            case facts.Annotated() if statement.value is not None:
                self._assigned((statement.target,), self._has(statement.value))
            case facts.Return() if statement.value is not None:
                self.returned |= self._has(statement.value)
            case facts.Raise() if statement.error is not None:
                self._has(statement.error)
            case facts.Assert():
                self._has(statement.test)
            case facts.If():
                judged = self._has(statement.test)
                for block in (statement.body, statement.orelse):
                    if judged:
                        self._judged(block, rest)
                self._either(rest, statement.body, statement.orelse)
            case facts.For():
                inside = self._has(statement.iterable)
                self._assigned((statement.target,), inside)
                self._either(rest, statement.body, ())
                self._block(statement.orelse, rest)
            case facts.While():
                self.used |= self._has(statement.test)
                self._either(rest, statement.body, ())
                self._block(statement.orelse, rest)
            case facts.Try():
                self._try(statement, rest)
            case facts.With():
                for item in statement.items:
                    inside = self._has(item.context)
                    if item.target is not None:
                        self._assigned((item.target,), inside)
                self._block(statement.body, rest)
            case facts.Match():
                self.used |= self._has(statement.subject)
                self._either(rest, *(case.body for case in statement.cases))
            case _:
                pass

    def _either(self, rest: tuple[facts.Stmt, ...], *blocks: facts.Block) -> None:
        before, after = self._names, set[str]()
        for block in blocks:
            self._names = set(before)
            self._block(block, rest)
            if not _leaves(block):
                after |= self._names
        self._names = after

    def _try(self, statement: facts.Try, rest: tuple[facts.Stmt, ...]) -> None:
        met = self._met
        self._block(statement.body, (*statement.orelse, *rest))
        if self._met > met:
            for handler in statement.handlers:
                self._failed(handler.body)
        self._block(statement.orelse, rest)
        self._either(rest, *(handler.body for handler in statement.handlers), ())
        self._block(statement.final, rest)

    def _evaluated(self, value: facts.Expr) -> None:
        """A call that is made for what it does, with the answer: it gets it."""
        value = value.value if isinstance(value, facts.Await) else value
        has = self._has(value)
        if isinstance(value, facts.Yield):
            self.returned |= has
        elif has and isinstance(value, facts.Call) and value is not self._answer and last_name(value) not in _REFORMING:
            arguments = (*value.args, *(keyword.value for keyword in value.keywords))
            self.used |= not self._sites_targets(value) and any(self._has(argument) for argument in arguments)

    def _assigned(self, targets: Iterable[facts.Expr], has: bool, *, again: bool = False) -> None:  # noqa: FBT001
        for target in targets:
            names = set(target_names(target))
            if has and not names:
                # It is kept where others find it, unless that is in what only this function knows.
                self._kept(target)
            elif has:
                self._names |= names
            elif not again:
                self._names -= names

    def _kept(self, target: facts.Expr) -> None:
        holder = target
        while isinstance(holder, facts.Subscript):
            holder = holder.value
        if isinstance(holder, facts.Name) and self._is_local(holder.id):
            self._names.add(holder.id)
        else:
            self.used = True

    def _is_local(self, name: str) -> bool:
        parameters = {parameter.name for parameter in self._function.fact.parameters}
        return name not in parameters and self._function.scope.owner_of(name) is self._function.scope

    # --- what depends on an answer ------------------------------------------------------------------------------------

    def _judged(self, block: facts.Block, rest: tuple[facts.Stmt, ...]) -> None:
        """What is done only if an answer says so, and what is not done then."""
        for statement in walk(block):
            match statement:
                case facts.Return():
                    says = statement.value is not None and not _is_none(statement.value)
                    self.returned |= says
                    self.used |= not says and not self._is_idle(rest)
                case _:
                    self._depends(statement)

    def _failed(self, block: facts.Block) -> None:
        """What is done where the call fails."""
        for statement in walk(block):
            match statement:
                case facts.Return():
                    self.told |= statement.value is not None and not _is_none(statement.value)
                case facts.Jump():
                    pass
                case _:
                    self._depends(statement)

    def _depends(self, statement: facts.Stmt) -> None:
        match statement:
            case facts.Assign() | facts.Annotated():
                targets = statement.targets if isinstance(statement, facts.Assign) else (statement.target,)
                self._assigned(targets, has=True)
            case facts.Raise() | facts.Assert() | facts.If() | facts.Try() | facts.With() | facts.For():
                pass
            case facts.Evaluate():
                self.used |= not self._is_idle_call(statement.value)
            case _:
                self.used = True

    def _is_idle(self, block: Iterable[facts.Stmt]) -> bool:
        """Whether a block does nothing that matters, whether it is reached or not."""
        return all(
            isinstance(statement, facts.Return | facts.Raise)
            or (isinstance(statement, facts.Evaluate) and self._is_idle_call(statement.value))
            for statement in block
        )

    def _is_idle_call(self, value: facts.Expr) -> bool:
        """Whether an expression as a statement only tells of what happened, tidies up or raises."""
        value = value.value if isinstance(value, facts.Await) else value
        if not isinstance(value, facts.Call):
            return not isinstance(value, facts.Yield)
        if last_name(value) in _TELLING or last_name(value) in _TIDYING:
            return True
        return isinstance(self._uses.failures.call_end(value, self._function.scope), Raises)

    # --- expressions --------------------------------------------------------------------------------------------------

    def _has(self, expr: object) -> bool:
        """Whether an expression holds the answer, or says something of it."""
        match expr:
            case facts.Name():
                return expr.id in self._names
            case facts.Call():
                return self._call(expr)
            case facts.Walrus():
                has = self._has(expr.value)
                self._assigned((facts.Name(expr.name),), has)
                return has
            case facts.Yield():
                has = self._has(expr.value)
                self.returned |= has
                return False
            case facts.Comprehension():
                around = set(self._names)
                has = False
                for clause in expr.clauses:
                    inside = self._has(clause.iterable)
                    self._assigned((clause.target,), inside)
                    has |= inside | self._any(clause.tests)
                has |= self._any(expr.elements)
                self._names = around
                return has
            case facts.Lambda():
                return any(self._has(s.value) for s in expr.function.body if isinstance(s, facts.Return))
            case tuple():
                return self._any(expr)
            case facts.Item() | facts.Keyword():
                return self._any(getattr(expr, field) for field in expr.__struct_fields__)
            case _ if isinstance(expr, facts.Expr):
                return self._any(getattr(expr, field) for field in expr.__struct_fields__)
            case _:
                return False

    def _any(self, parts: Iterable[object]) -> bool:
        # All of them: what is found on the way counts.
        return max([self._has(part) for part in parts], default=False)

    def _call(self, call: facts.Call) -> bool:
        name = last_name(call)
        receiver = call.func.value if isinstance(call.func, facts.Attr) else None
        inside = self._has(receiver)
        passed = {arg: self._has(arg) for arg in (*call.args, *(keyword.value for keyword in call.keywords))}
        if call is self._answer:
            self._met += 1
            return True
        if name in _TELLING or name in _TIDYING:
            return False
        if any(passed.values()):
            if isinstance(receiver, facts.Name) and name in _ADDING and self._is_local(receiver.id):
                self._names.add(receiver.id)
                return False
            if self._sites_targets(call):
                return self._entered(self._sites[call], passed) or inside
            if name not in _REFORMING:
                self.used = True
        return inside or any(passed.values())

    def _sites_targets(self, call: facts.Call) -> bool:
        site = self._sites.get(call)
        return site is not None and bool(site.targets)

    def _entered(self, site: Site, passed: Mapping[facts.Expr, bool]) -> bool:
        """Whether functions of the program that are passed an answer give something of it back."""
        found = False
        for function in site.targets:
            arguments = ((p.name, argument_for(site, function, p.name)) for p in function.fact.parameters)
            given = [name for name, argument in arguments if argument is not None and passed.get(argument)]
            if not given or self._depth == 0:
                self.used = True
            elif function is not self._function:
                run = _Run(self._uses, function, None, self._depth - 1)
                run.through(given)
                self.used |= run.used
                found |= run.returned
        return found


def _leaves(block: facts.Block) -> bool:
    return bool(block) and isinstance(block[-1], facts.Return | facts.Raise | facts.Jump)


def _is_none(value: facts.Expr) -> bool:
    return isinstance(value, facts.Const) and value.value is None
