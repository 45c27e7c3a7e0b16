"""What becomes of a failed call: the one question behind "is it guarded?".

A failure is followed from the call outwards: to the handlers around it, through what they do, to what the function then
raises or returns, to its callers and what they make of that, until it ends as an error for whoever asked (then the call
is bare on this path) or somebody goes on without the answer (then there is a fallback).

Code is run on a few abstract values (`None`, truth values, nothing, an error response, not bound); everything else is
unknown. In a handler an unknown test may go either way, and an error on one way counts: the failure is why we are
there. After it, unknown tests are taken to have nothing to do with the failure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

import msgspec

from commlint import facts
from commlint.catalogue.models import Errors
from commlint.program.code import last_name, target_names, walk
from commlint.program.flow import Linker
from commlint.program.models import Models
from commlint.program.sites import Frame, Site, select
from commlint.program.symbols import Class, Function, Instance, Scope, Symbols
from commlint.program.trails import constant_passed

_DEEPEST = 6

# Abstract values. Containers hold theirs: `("tuple", a, b)`, `("dict", ("key", a), ...)`; `("const", 3)` is a constant.
Value: TypeAlias = "str | tuple[object, ...]"
NONE, FALSE, TRUE, EMPTY, ERROR, UNBOUND, UNKNOWN = "none", "false", "true", "empty", "error", "unbound", "unknown"


class Failure(msgspec.Struct, frozen=True):
    """What is being raised.

    Attributes:
        aspect: `connection` or `timeout` for a remote call's own failure, `raised` for an exception of a known type,
            `unnamed` for one of an unknown type: it is caught by whatever is the system's or a library's.
        catches: The names that catch it, besides those that catch everything.
        cls: Its class, where that is one of the program.
    """

    aspect: str
    catches: frozenset[str] = frozenset()
    cls: Class | None = None


class Raises(msgspec.Struct, frozen=True):
    """The code ends by raising."""

    failure: Failure


class Returns(msgspec.Struct, frozen=True):
    """The code ends by returning something."""

    value: Value


class Goes:
    """The code goes on, with what is known of its variables."""

    __slots__ = ("env",)

    def __init__(self, env: dict[str, Value]) -> None:
        self.env = env


class Jumps:
    """The code leaves or repeats the loop around it: `break` or `continue`."""

    __slots__ = ("env", "kind")

    def __init__(self, env: dict[str, Value], kind: str) -> None:
        self.env = env
        self.kind = kind


End: TypeAlias = Raises | Returns
Outcome: TypeAlias = Raises | Returns | Goes | Jumps

# What `except ... as name` binds.
_EXCEPTION: Value = ("const", "exception")
# What a library raises of which it is not known what that is.
UNNAMED = Failure(
    "unnamed", frozenset(f"builtins.{name}" for name in ("ConnectionError", "OSError", "RuntimeError", "TimeoutError"))
)
CRASH = Failure("raised", frozenset({"builtins.AttributeError", "builtins.TypeError", "builtins.NameError"}))
_ALL = frozenset({"builtins.Exception", "builtins.BaseException"})


def own_failures(errors: Errors, *, may_time_out: bool) -> list[Failure]:
    """The ways in which a remote call fails: it cannot connect, and, where its wait has an end, it gets no answer."""
    failures = [Failure("connection", frozenset(errors.both) | frozenset(errors.connection))]
    if may_time_out:
        failures.append(Failure("timeout", frozenset(errors.both) | frozenset(errors.timeout)))
    return failures


def given(site: Site, function: Function) -> dict[str, Value]:
    """The constants that a call passes for parameters of a function it reaches, or leaves to their defaults.

    Not `None`, which says little: what is made of it is often asked for by its type.
    """
    passed = ((p.name, constant_passed(p.name, function, site)) for p in function.fact.parameters)
    return {name: _constant(c.value) for name, c in passed if c is not None and c.value is not None}


def is_error(value: Value) -> bool:
    """Whether a value, as the answer of an endpoint, says that the request failed."""
    if value == ERROR:
        return True
    if isinstance(value, tuple) and value[0] == "dict":
        entries = [entry for entry in value[1:] if isinstance(entry, tuple)]
        return any(
            (key in ("error", "errors") and content not in (NONE, EMPTY))
            or (key in ("success", "ok") and content == FALSE)
            for key, content in entries
        )
    return False


def says_nothing(value: Value) -> bool:
    """Whether a caller could tell from a value that something went wrong."""
    if value in (NONE, FALSE, EMPTY, ERROR):
        return False
    if isinstance(value, tuple) and value[0] == "tuple":
        return all(says_nothing(part) for part in value[1:] if isinstance(part, str | tuple))
    return not is_error(value)


class Failures:
    """Follows failures through the code of one function, then of its callers."""

    def __init__(self, symbols: Symbols, linker: Linker, models: Models) -> None:
        self._symbols = symbols
        self._linker = linker
        self._models = models
        self._ends: dict[tuple[Function, frozenset[tuple[str, Value]]], End | None] = {}
        self._running: set[Function] = set()

    def at(self, site: Site, failure: Failure, known: Mapping[str, Value], frame: Frame | None) -> End:
        """How the function with a call ends when the call fails.

        Args:
            site: The call.
            failure: How it fails.
            known: What is known of the function's parameters.
            frame: The statement at which it fails, which may be a later one that waits for it.
        """
        return Raises(failure) if frame is None else self.thrown(site.function, frame, failure, known)

    def after(self, site: Site, value: Value, known: Mapping[str, Value]) -> End:
        """How the function with a call ends when the call returns a value."""
        if site.frame is None:
            return Returns(UNKNOWN)
        frame = site.frame
        run = _Run(self, site.function, {site.call: value}, None, strict=False)
        # The statement itself is run with its call answered; what the following ones make of it, `_continue` sees.
        outcome = run.block(frame.block[: frame.index + 1], frame.index, known)
        return self._continue(site.function, frame, outcome, run, known)

    # --- through a function -------------------------------------------------------------------------------------------

    def thrown(self, function: Function, frame: Frame, failure: Failure, known: Mapping[str, Value]) -> End:
        """How a function ends after something was raised at a statement, with what is known of its parameters."""
        lost = dict(known)
        current: Frame | None = frame
        while current is not None:
            for name in _assigned(current.block[current.index :]):
                lost.setdefault(name, _before(name, current, function))
            parent = current.parent
            if parent is None:
                break
            statement = parent.statement
            if isinstance(statement, facts.Try) and current.role == "body":
                if (handler := self._handler(statement, failure, function.scope)) is not None:
                    bound = {**lost, handler.name: _EXCEPTION} if handler.name else lost
                    run = _Run(self, function, {}, failure, strict=True)
                    outcome = run.block(handler.body, 0, bound)
                    if not isinstance(outcome, Raises):
                        return self._continue(function, parent, outcome, run, known)
                    failure = outcome.failure
            elif isinstance(statement, facts.With) and current.role == "body":
                passed = self._through_contexts(statement, failure, function.scope)
                if passed is None:
                    run = _Run(self, function, {}, None, strict=False)
                    return self._continue(function, parent, Goes(lost), run, known)
                failure = passed
            current = parent
        return Raises(failure)

    def _continue(
        self, function: Function, frame: Frame, outcome: Outcome, run: _Run, known: Mapping[str, Value]
    ) -> End:
        """How a function ends after a statement has had an outcome."""
        after = _Run(self, function, run.calls, None, strict=False)
        current: Frame | None = frame
        while True:
            if isinstance(outcome, Returns):
                return outcome
            if current is None:
                # The end of the function: where it returns something elsewhere, this is `None` instead.
                assert not isinstance(outcome, Raises)  # noqa: S101 - handled below, where there is a frame
                return Returns(NONE if _returns_something(function.fact.body) else UNKNOWN)
            if isinstance(outcome, Raises):
                return self.thrown(function, current, outcome.failure, known)
            if isinstance(outcome, Jumps):
                current = _loop_around(current)
                if current is None:
                    return Returns(UNKNOWN)
                if outcome.kind == "continue" and _is_endless(current.statement):
                    return run.ended[-1] if run.ended else Returns(UNKNOWN)
            outcome = after.block(current.block, current.index + 1, outcome.env)
            if isinstance(outcome, Goes):
                parent = current.parent
                if (
                    parent is not None
                    and current.role == "body"
                    and isinstance(parent.statement, facts.For | facts.While)
                ):
                    if _is_endless(parent.statement):
                        # It is tried again, until a handler gives up.
                        return run.ended[-1] if run.ended else Returns(UNKNOWN)
                    outcome = after.block(parent.statement.orelse, 0, outcome.env)
                current = parent

    def _handler(self, statement: facts.Try, failure: Failure, scope: Scope) -> facts.Handler | None:
        return next((h for h in statement.handlers if self._covers(h.error, failure, scope)), None)

    def _covers(self, error: facts.Expr | None, failure: Failure, scope: Scope) -> bool:
        if error is None:
            return True
        if isinstance(error, facts.Sequence):
            return any(self._covers(item, failure, scope) for item in error.items)
        resolved = self._symbols.resolve(error, scope)
        if isinstance(resolved, Class):
            return failure.cls is not None and resolved in failure.cls.mro
        if isinstance(resolved, str):
            name = self._models.canonical(resolved)
            if failure.aspect == "unnamed" and not self._models.is_builtin(name.removeprefix("builtins.")):
                return True
            return name in _ALL or name in failure.catches or (failure.cls is not None and name in failure.cls.mro)
        if isinstance(error, facts.Name) and (owner := scope.owner_of(error.id)) is not None:
            binding = owner.bindings.get(error.id)
            if isinstance(binding, facts.Sequence):
                return self._covers(binding, failure, owner)
        return False

    def _through_contexts(self, statement: facts.With, failure: Failure, scope: Scope) -> Failure | None:
        """What becomes of a failure in the context managers of a `with`; `None` where one swallows it."""
        passed: Failure | None = failure
        for item in reversed(statement.items):
            if passed is None:
                return None
            call = item.context
            if isinstance(call, facts.Call) and last_name(call) == "suppress":
                if any(self._covers(arg, passed, scope) for arg in call.args):
                    return None
            passed = self._through_own_context(call, passed)
        return passed

    def _through_own_context(self, context: facts.Expr, failure: Failure) -> Failure | None:
        """The same for a context manager of the program: a generator function, or a class with `__exit__`."""
        site = self._linker.by_call.get(context) if isinstance(context, facts.Call) else None
        for target in site.targets if site is not None else ():
            frame = _yield_frame(target.fact.body, None, "function") if target.fact.is_generator else None
            if site is not None and frame is not None and len(self._running) < _DEEPEST and target not in self._running:
                self._running.add(target)
                end = self.thrown(target, frame, failure, given(site, target))
                self._running.discard(target)
                if not isinstance(end, Raises):
                    return None
                failure = end.failure
        node = self._linker.contexts.get(context)
        for value in node.values if node is not None else ():
            if isinstance(value, Instance):
                for name in ("__exit__", "__aexit__"):
                    leave = value.cls.scope.bindings.get(name)
                    if isinstance(leave, Function) and _returns_true(leave.fact.body):
                        return None
        return failure

    # --- what is raised and called ------------------------------------------------------------------------------------

    def raised(self, error: facts.Expr, scope: Scope) -> Failure:
        """What `raise error` raises."""
        named = error.func if isinstance(error, facts.Call) else error
        resolved = self._symbols.resolve(named, scope)
        if isinstance(resolved, Class):
            return Failure("raised", frozenset(b for b in resolved.mro if isinstance(b, str)), resolved)
        if isinstance(resolved, str):
            return Failure("raised", frozenset({self._models.canonical(resolved)}))
        return Failure("raised")

    def call_end(self, call: facts.Call, scope: Scope) -> End | None:
        """How a call ends that always ends in the same bad way: by raising, or with an error response."""
        site = self._linker.by_call.get(call)
        resolved = self._symbols.resolve(call.func, scope)
        path = self._models.canonical(resolved) if isinstance(resolved, str) else ""
        if path and self._models.raises(path):
            return Raises(Failure("raised", frozenset({path})))
        if self._is_error_response(call, path):
            return Returns(ERROR)
        for target in site.targets if site is not None else ():
            if site is not None and (end := self._function_end(target, given(site, target))) is not None:
                return end
        return None

    def _is_error_response(self, call: facts.Call, path: str) -> bool:
        if path and self._models.fails(path):
            return True
        if path and (selector := self._models.status(path)) is not None:
            status = select(call, selector)
            return status is not None and is_error_status(status)
        # Any other maker of responses: an HTTP error status among its arguments is telling enough.
        arguments = (*call.args, *(k.value for k in call.keywords if "status" in k.name or k.name == "code"))
        return any(is_error_status(argument) for argument in arguments)

    def _function_end(self, function: Function, known: Mapping[str, Value]) -> End | None:
        """How a function always ends, where that is by raising or with an error response."""
        flags = frozenset((name, value) for name, value in known.items() if value in (TRUE, FALSE))
        if (function, flags) not in self._ends:
            if function in self._running or len(self._running) >= _DEEPEST or function.fact.is_generator:
                return None
            self._running.add(function)
            try:
                outcome = _Run(self, function, {}, None, strict=False).block(function.fact.body, 0, dict(flags))
            finally:
                self._running.discard(function)
            bad = isinstance(outcome, Raises) or (isinstance(outcome, Returns) and outcome.value == ERROR)
            self._ends[function, flags] = outcome if bad and isinstance(outcome, Raises | Returns) else None
        return self._ends[function, flags]


class _Stop(Exception):  # noqa: N818 - control flow of the abstract run, not an error
    """An expression raises."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure


class _Run:
    """Runs statements of one function on abstract values.

    Args:
        failures: Whom to ask about calls and exceptions.
        function: Whose code it is.
        calls: What certain calls return.
        failure: What a bare `raise` raises again.
        strict: An error on one side of an unknown test counts.
    """

    def __init__(
        self,
        failures: Failures,
        function: Function,
        calls: Mapping[facts.Call, Value],
        failure: Failure | None,
        *,
        strict: bool,
    ) -> None:
        self._failures = failures
        self._function = function
        self._failure = failure
        self._strict = strict
        self.calls = calls
        # Trails out that were passed by on an unknown test.
        self.ended: list[End] = []

    def block(self, block: facts.Block, start: int, env: Mapping[str, Value]) -> Outcome:
        """The outcome of a block from one of its statements on."""
        known = dict(env)
        for statement in block[start:]:
            try:
                outcome = self._statement(statement, known)
            except _Stop as stop:
                return Raises(stop.failure)
            if not isinstance(outcome, Goes):
                return outcome
            known = outcome.env
        return Goes(known)

    def _statement(self, statement: facts.Stmt, env: dict[str, Value]) -> Outcome:
        match statement:
            case facts.Evaluate():
                self.value(statement.value, env)
            case facts.Assign():
                value = self.value(statement.value, env)
                for target in statement.targets:
                    self._assign(target, UNKNOWN if statement.op else value, env)
            case facts.Annotated() if statement.value is not None:
                self._assign(statement.target, self.value(statement.value, env), env)
            case facts.Return():
                return Returns(NONE if statement.value is None else self.value(statement.value, env))
            case facts.Raise():
                if statement.error is None:
                    return Raises(self._failure or Failure("raised"))
                if isinstance(statement.error, facts.Name) and env.get(statement.error.id) == _EXCEPTION:
                    return Raises(self._failure or Failure("raised"))
                return Raises(self._failures.raised(statement.error, self._function.scope))
            case facts.If():
                return self._if(statement, env)
            case facts.For():
                if self.value(statement.iterable, env) == NONE:
                    raise _Stop(CRASH)
                for name in (*_assigned(statement.body), *target_names(statement.target)):
                    env[name] = UNKNOWN
                # One that always returns is run for that: `async for session in sessions(): ...; return order`.
                if statement.body and isinstance(statement.body[-1], facts.Return):
                    once = self.block(statement.body, 0, env)
                    if isinstance(once, Returns):
                        return once
            case facts.While():
                for name in _assigned(statement.body):
                    env[name] = UNKNOWN
            case facts.With():
                for item in statement.items:
                    self.value(item.context, env)
                    for name in target_names(item.target) if item.target is not None else ():
                        env[name] = UNKNOWN
                return self.block(statement.body, 0, env)
            case facts.Try():
                return self._try(statement, env)
            case facts.Match():
                for case in statement.cases:
                    for name in _assigned(case.body):
                        env[name] = UNKNOWN
            case facts.Jump():
                return Jumps(env, statement.kind)
            case facts.Assert():
                if _truth(self.value(statement.test, env)) is False:
                    raise _Stop(Failure("raised", frozenset({"builtins.AssertionError"})))
            case _:
                pass
        return Goes(env)

    def _assign(self, target: facts.Expr, value: Value, env: dict[str, Value]) -> None:
        if isinstance(target, facts.Sequence):
            parts: tuple[object, ...] = value[1:] if isinstance(value, tuple) and value[0] == "tuple" else ()
            if value == NONE:
                raise _Stop(CRASH)
            for index, item in enumerate(target.items):
                part = parts[index] if index < len(parts) else UNKNOWN
                self._assign(item, part if isinstance(part, str | tuple) else UNKNOWN, env)
        elif (key := _key(target)) is not None:
            env[key] = value

    def _if(self, statement: facts.If, env: dict[str, Value]) -> Outcome:
        truth = _truth(self.value(statement.test, env))
        if truth is not None:
            return self.block(statement.body if truth else statement.orelse, 0, env)
        ends = [self.block(statement.body, 0, env), self.block(statement.orelse, 0, env)]
        if self._strict:
            for end in ends:
                if isinstance(end, Raises) or (isinstance(end, Returns) and is_error(end.value)):
                    return end
            self.ended.extend(end for end in ends if isinstance(end, Returns))
        going = [end for end in ends if isinstance(end, Goes)]
        if not going:
            jumping = [end for end in ends if isinstance(end, Jumps)]
            good = [end for end in ends if isinstance(end, Returns) and not is_error(end.value)]
            return (jumping or good or ends)[0]
        if len(going) == 1:
            return going[0]
        first, second = going[0].env, going[1].env
        return Goes({k: v if second.get(k) == v else UNKNOWN for k, v in first.items() if k in second})

    def _try(self, statement: facts.Try, env: dict[str, Value]) -> Outcome:
        outcome = self.block(statement.body, 0, env)
        if isinstance(outcome, Raises):
            handler = self._failures._handler(statement, outcome.failure, self._function.scope)  # noqa: SLF001 - one idea
            if handler is None:
                return outcome
            inner = _Run(self._failures, self._function, self.calls, outcome.failure, strict=self._strict)
            bound = {**env, handler.name: _EXCEPTION} if handler.name else env
            outcome = inner.block(handler.body, 0, bound)
        elif isinstance(outcome, Goes):
            outcome = self.block(statement.orelse, 0, outcome.env)
        if isinstance(outcome, Goes):
            return self.block(statement.final, 0, outcome.env)
        return outcome

    # --- expressions --------------------------------------------------------------------------------------------------

    def value(self, expr: facts.Expr, env: dict[str, Value]) -> Value:
        """The abstract value of an expression.

        Raises:
            _Stop: Evaluating it raises.
        """
        match expr:
            case facts.Name():
                if (value := env.get(expr.id, UNKNOWN)) == UNBOUND:
                    raise _Stop(CRASH)
                return value
            case facts.Const():
                return _constant(expr.value)
            case facts.Await():
                return self.value(expr.value, env)
            case facts.Walrus():
                value = env[expr.name] = self.value(expr.value, env)
                return value
            case facts.Call():
                return self._call(expr, env)
            case facts.Attr():
                if (key := _key(expr)) is not None and key in env:
                    return env[key]
                if self.value(expr.value, env) == NONE:
                    raise _Stop(CRASH)
                return ERROR if is_error_status(expr) else UNKNOWN
            case facts.Subscript():
                return self._subscript(expr, env)
            case facts.Sequence():
                return self._sequence(expr, env)
            case facts.Mapping():
                return self._mapping(expr, env)
            case facts.Not():
                truth = _truth(self.value(expr.value, env))
                return UNKNOWN if truth is None else FALSE if truth else TRUE
            case facts.Boolean():
                return self._boolean(expr, env)
            case facts.Compare():
                return self._compare(expr, env)
            case facts.Conditional():
                truth = _truth(self.value(expr.test, env))
                if truth is None:
                    return UNKNOWN
                return self.value(expr.body if truth else expr.orelse, env)
            case facts.Format() | facts.Other() | facts.Slice():
                for part in expr.parts:
                    self.value(part, env)
            case facts.Binary():
                if NONE in (self.value(expr.left, env), self.value(expr.right, env)):
                    raise _Stop(CRASH)
            case facts.Star():
                if self.value(expr.value, env) == NONE:
                    raise _Stop(CRASH)
            case _:
                pass
        return UNKNOWN

    def _call(self, call: facts.Call, env: dict[str, Value]) -> Value:
        receiver: Value = UNKNOWN
        if isinstance(call.func, facts.Attr):
            receiver = self.value(call.func.value, env)
            if receiver == NONE:
                raise _Stop(CRASH)
        arguments = [self.value(arg, env) for arg in call.args]
        for keyword in call.keywords:
            self.value(keyword.value, env)
        if call in self.calls:
            return self.calls[call]
        name = last_name(call.func)
        if name in ("len", "iter", "list", "tuple", "set", "sorted", "sum") and arguments[:1] == [NONE]:
            raise _Stop(CRASH)
        if name in ("len", "list", "bool", "dict", "any", "tuple", "set") and len(arguments) <= 1:
            if not arguments or arguments[0] in (EMPTY, FALSE):
                return EMPTY
        if name == "get" and isinstance(receiver, tuple) and receiver[0] == "dict" and call.args:
            default = arguments[1] if len(arguments) > 1 else NONE
            return _entry(receiver, call.args[0], default)
        if name == "get" and receiver == EMPTY:
            return arguments[1] if len(arguments) > 1 else NONE
        if name in ("isinstance", "getattr", "hasattr"):
            return UNKNOWN
        if any(self._is_status_of_exception(arg, env) for arg in (*call.args, *(k.value for k in call.keywords))):
            return ERROR
        end = self._failures.call_end(call, self._function.scope)
        if isinstance(end, Raises):
            raise _Stop(end.failure)
        if isinstance(end, Returns):
            return end.value
        # `jsonify({"error": ...})`, `JSONResponse({...})`: the response is as bad as its body.
        makes_response = name[:1].isupper() or name == "jsonify"
        if makes_response and len(arguments) == 1 and is_error(arguments[0]):
            return ERROR
        return UNKNOWN

    def _is_status_of_exception(self, expr: facts.Expr, env: Mapping[str, Value]) -> bool:
        """`error.status_code`, `error.get_code()`: a response made with it is as bad as the exception."""
        if isinstance(expr, facts.Call):
            expr = expr.func
        if not isinstance(expr, facts.Attr) or not isinstance(expr.value, facts.Name):
            return False
        return env.get(expr.value.id) == _EXCEPTION and ("status" in expr.name or "code" in expr.name)

    def _subscript(self, expr: facts.Subscript, env: dict[str, Value]) -> Value:
        base = self.value(expr.value, env)
        self.value(expr.index, env)
        if base in (NONE, FALSE) or (base == EMPTY and isinstance(expr.index, facts.Const)):
            raise _Stop(CRASH)
        if isinstance(base, tuple) and base[0] == "dict":
            return _entry(base, expr.index, UNKNOWN)
        if isinstance(base, tuple) and base[0] == "tuple" and isinstance(expr.index, facts.Const):
            index = expr.index.value
            if isinstance(index, int) and -len(base) < index < len(base) - 1:
                part = base[index + 1] if index >= 0 else base[index]
                return part if isinstance(part, str | tuple) else UNKNOWN
        return UNKNOWN

    def _sequence(self, expr: facts.Sequence, env: dict[str, Value]) -> Value:
        parts = [self.value(item, env) for item in expr.items]
        if not parts:
            return EMPTY
        if expr.kind != "tuple":
            return UNKNOWN if any(isinstance(item, facts.Star) for item in expr.items) else TRUE
        # `return body, 503` and `return 503, body`
        if len(parts) in (2, 3) and any(is_error_status(item) for item in expr.items[:2]):
            return ERROR
        return ("tuple", *parts)

    def _mapping(self, expr: facts.Mapping, env: dict[str, Value]) -> Value:
        entries: list[object] = []
        for item in expr.items:
            value = self.value(item.value, env)
            if isinstance(item.key, facts.Const):
                entries.append((item.key.value, value))
        if not expr.items:
            return EMPTY
        return ("dict", *entries) if len(entries) == len(expr.items) else UNKNOWN

    def _boolean(self, expr: facts.Boolean, env: dict[str, Value]) -> Value:
        last: Value = UNKNOWN
        for operand in expr.values:
            last = self.value(operand, env)
            truth = _truth(last)
            if truth is None:
                # What comes after an unknown operand may not be evaluated at all.
                return self._decided_later(expr, env)
            if truth is (expr.op == "or"):
                return last
        return last

    def _decided_later(self, expr: facts.Boolean, env: dict[str, Value]) -> Value:
        """`unknown or True` is true, `unknown and False` is false, whatever the rest."""
        for operand in expr.values:
            try:
                truth = _truth(self.value(operand, dict(env)))
            except _Stop:
                return UNKNOWN
            if truth is (expr.op == "or"):
                return TRUE if truth else FALSE
        return UNKNOWN

    def _compare(self, expr: facts.Compare, env: dict[str, Value]) -> Value:
        left = self.value(expr.left, env)
        rights = [self.value(right, env) for right in expr.rights]
        if len(rights) != 1:
            return UNKNOWN
        op, right = expr.ops[0], rights[0]
        if (
            op in ("in", "not in")
            and isinstance(right, tuple)
            and right[0] == "dict"
            and isinstance(expr.left, facts.Const)
        ):
            inside = any(isinstance(e, tuple) and e[0] == expr.left.value for e in right[1:])
            return TRUE if inside is (op == "in") else FALSE
        if op in ("<", ">", "<=", ">=") and NONE in (left, right):
            raise _Stop(CRASH)
        if UNKNOWN in (left, right) or op not in ("is", "is not", "==", "!="):
            return UNKNOWN
        if EMPTY in (left, right) and left != right and "const" in (left[0], right[0]):
            return UNKNOWN
        return TRUE if (left == right) is (op in ("is", "==")) else FALSE


def _entry(mapping: tuple[object, ...], key: facts.Expr, default: Value) -> Value:
    if not isinstance(key, facts.Const):
        return UNKNOWN
    for entry in mapping[1:]:
        if isinstance(entry, tuple) and entry[0] == key.value:
            content = entry[1]
            return content if isinstance(content, str | tuple) else UNKNOWN
    return default


def _constant(value: facts.Constant) -> Value:
    if value is None:
        return NONE
    if isinstance(value, bool):
        return TRUE if value else FALSE
    return ("const", value) if value else EMPTY


def _truth(value: Value) -> bool | None:
    if value == UNKNOWN:
        return None
    return value not in (NONE, FALSE, EMPTY)


def _key(target: facts.Expr) -> str | None:
    """A variable's name, or that of an attribute of one."""
    if isinstance(target, facts.Name):
        return target.id
    if isinstance(target, facts.Attr) and isinstance(target.value, facts.Name):
        return f"{target.value.id}.{target.name}"
    return None


def is_error_status(expr: facts.Expr) -> bool:
    """`404`, `status.HTTP_404_NOT_FOUND`, `HTTPStatus.NOT_FOUND`."""
    if isinstance(expr, facts.Const):
        return type(expr.value) is int and 400 <= expr.value < 600
    if isinstance(expr, facts.Attr):
        if expr.name.startswith(("HTTP_4", "HTTP_5")):
            return True
        return last_name(expr.value) == "HTTPStatus" and expr.name not in _GOOD
    return False


# The names of `http.HTTPStatus` below 400.
_GOOD = frozenset(
    {
        "CONTINUE", "SWITCHING_PROTOCOLS", "PROCESSING", "EARLY_HINTS", "OK", "CREATED", "ACCEPTED",
        "NON_AUTHORITATIVE_INFORMATION", "NO_CONTENT", "RESET_CONTENT", "PARTIAL_CONTENT", "MULTI_STATUS",
        "ALREADY_REPORTED", "IM_USED", "MULTIPLE_CHOICES", "MOVED_PERMANENTLY", "FOUND", "SEE_OTHER", "NOT_MODIFIED",
        "USE_PROXY", "TEMPORARY_REDIRECT", "PERMANENT_REDIRECT",
    }
)  # fmt: skip


def _assigned(block: Iterable[facts.Stmt]) -> Iterator[str]:
    """The names that the statements of a block bind, those in their blocks included."""
    todo = list(block)
    while todo:
        statement = todo.pop(0)
        match statement:
            case facts.Assign():
                for target in statement.targets:
                    yield from target_names(target)
            case facts.Annotated():
                yield from target_names(statement.target)
            case facts.With():
                for item in statement.items:
                    if item.target is not None:
                        yield from target_names(item.target)
                todo.extend(statement.body)
            case facts.For() | facts.While() | facts.If():
                todo.extend(statement.body)
                todo.extend(statement.orelse)
            case facts.Try():
                todo.extend(statement.body)
                todo.extend(statement.orelse)
            case _:
                pass


def _before(name: str, frame: Frame, function: Function) -> Value:
    """What a variable holds before a statement: what it was last set to above, if that is plain to see."""
    if any(p.name == name for p in function.fact.parameters):
        return UNKNOWN
    for current in frame.outward():
        for statement in reversed(current.block[: current.index]):
            if isinstance(statement, facts.Assign | facts.Annotated) and name in _assigned((statement,)):
                value = statement.value
                plain = isinstance(value, facts.Const | facts.Sequence | facts.Mapping)
                if isinstance(value, facts.Const):
                    return _constant(value.value)
                return EMPTY if plain and not getattr(value, "items", True) else UNKNOWN
            if name in _assigned((statement,)):
                return UNKNOWN
    owner = function.scope.owner_of(name)
    return UNBOUND if owner is function.scope else UNKNOWN


def _is_endless(statement: facts.Stmt) -> bool:
    """`while True`."""
    return isinstance(statement, facts.While) and isinstance(test := statement.test, facts.Const) and bool(test.value)


def _loop_around(frame: Frame) -> Frame | None:
    """The frame of the loop around a statement."""
    for current in frame.outward():
        if isinstance(current.statement, facts.For | facts.While) and current is not frame:
            return current
    return frame if isinstance(frame.statement, facts.For | facts.While) else None


def _yield_frame(block: facts.Block, parent: Frame | None, role: str) -> Frame | None:
    """Where a generator function hands over: the frame of its first statement with a `yield`."""
    for index, statement in enumerate(block):
        frame = Frame(block, index, parent, role)
        if isinstance(statement, facts.Evaluate | facts.Assign) and isinstance(statement.value, facts.Yield):
            return frame
        if isinstance(statement, facts.Function | facts.Class):
            continue
        for name in ("body", "orelse", "final"):
            if (found := _yield_frame(getattr(statement, name, ()), frame, name)) is not None:
                return found
    return None


def _returns_true(block: facts.Block) -> bool:
    """Whether a function returns `True` wherever it returns; an `__exit__` that does so at times has its reasons."""
    values = [statement.value for statement in walk(block) if isinstance(statement, facts.Return)]
    return bool(values) and all(isinstance(value, facts.Const) and value.value is True for value in values)


def _returns_something(block: facts.Block) -> bool:
    todo = list(block)
    while todo:
        statement = todo.pop()
        if isinstance(statement, facts.Return) and statement.value is not None:
            return True
        if isinstance(statement, facts.Function | facts.Class):
            continue
        for name in ("body", "orelse", "final"):
            todo.extend(getattr(statement, name, ()))
        for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            todo.extend(part.body)
    return False
