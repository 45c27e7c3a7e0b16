"""What one function does with remote data: what it reads of it, hands on, and returns.

The code is run on parts of the data instead of values: into variables, loops and displays, on all branches. What is
read by a key that is not written there is not seen. Fields whose presence has been tested are kept in mind on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

import msgspec

from commlint import facts
from commlint.finding import Location
from commlint.program.code import last_name
from commlint.program.constants import argument_for
from commlint.program.models import Models
from commlint.program.parts import NOTHING, Parts, bare, elements, in_order, put, take
from commlint.program.presence import NONE, Keys, Present, Tests, below, covers
from commlint.program.sites import Frame, Site
from commlint.program.symbols import Function, Symbols

Env: TypeAlias = dict[str, Parts]
# How a field is read: `subscript` and `pop` fail where it is missing, `get` gives nothing, `default` something else;
# `attribute` is that of an object, `test` only asks whether it is there.
Kind = Literal["subscript", "pop", "get", "default", "attribute", "test"]

# What answers offer of their content, or of themselves, and what futures and messages do.
_CONTENTS = frozenset(
    {"body", "content", "data", "decode", "get_json", "json", "payload", "read", "result", "text", "value"}
)
_PARSING = frozenset({"load", "loads", "literal_eval", "safe_load", "unpackb"})
_COPYING = frozenset({"bytes", "copy", "deepcopy", "dict", "iter", "list", "reversed", "set", "sorted", "str", "tuple"})
_LEAVING = frozenset({"abort", "exit", "_exit"})


class Read(msgspec.Struct, frozen=True, eq=False):
    """A field that is read.

    Attributes:
        keys: The way to it in the data: `("items", "[]", "price")`.
        kind: How it is read.
        location: Its key; the called name for a method.
        function: Where the code is.
        frame: The statement.
        is_tested: It is known to be there by then: it has been tested, or a model has seen the data.
        trail: The calls from the function that got the data to this one, the outermost first.
    """

    keys: Keys
    kind: Kind
    location: Location
    function: Function
    frame: Frame
    is_tested: bool
    trail: tuple[Site, ...] = ()

    @property
    def is_strict(self) -> bool:
        """Whether it fails where the field is missing."""
        return self.kind in ("subscript", "pop")


class Given(msgspec.Struct, frozen=True, eq=False):
    """A call that is given a part of the data.

    Attributes:
        site: The call.
        argument: The argument.
        keyword: The parameter that it is given for by name; `**` where it is unpacked.
        parts: Which part.
        frame: The statement.
        trail: As for what is read.
    """

    site: Site
    argument: facts.Expr
    keyword: str
    parts: Parts
    frame: Frame
    trail: tuple[Site, ...] = ()


class Trace:
    """What a function does with what it is given.

    Attributes:
        reads: What it reads, in order, what it calls included.
        given: What it hands on, likewise.
        returned: What it returns of it.
        written: The fields that the program puts there itself.
        present: The fields that are there where it returns.
        kept: What it keeps in attributes of its object.
    """

    __slots__ = ("given", "kept", "present", "reads", "returned", "written")

    def __init__(self) -> None:
        self.reads: dict[tuple[Location, Keys, Kind], Read] = {}
        self.given: dict[tuple[facts.Expr, Parts], Given] = {}
        self.returned: Parts = NOTHING
        self.written: frozenset[Keys] = frozenset()
        self.present: Present = NONE
        self.kept: Env = {}


Enter: TypeAlias = Callable[[Function, Env, int], Trace]


class Code:
    """What following needs to know of the code."""

    def __init__(self, symbols: Symbols, models: Models) -> None:
        self.symbols = symbols
        self.models = models

    def key(self, expr: facts.Expr, function: Function) -> str | int | None:
        """The key that an expression names, itself or as a constant; `None` where it may be any."""
        if isinstance(expr, facts.Const):
            return expr.value if isinstance(expr.value, str | int) and not isinstance(expr.value, bool) else None
        if isinstance(expr, facts.Name) and (owner := function.scope.owner_of(expr.id)) is not None:
            binding = owner.bindings.get(expr.id)
            if owner.kind == "module" and expr.id not in owner.rebound and isinstance(binding, facts.Const):
                return binding.value if isinstance(binding.value, str) else None
        return None

    def is_plain(self, call: facts.Call, function: Function) -> bool:
        """Whether a function that parses is one of a module, as `json.loads` is, and no method of a model."""
        return isinstance(self.symbols.resolve(call.func, function.scope), str)

    def leaves(self, expr: facts.Expr, sites: Mapping[facts.Call, Site]) -> bool:
        """Whether a call never returns."""
        if not isinstance(expr, facts.Call):
            return False
        site = sites.get(expr)
        paths = [external.path for external, _ in site.externals] if site is not None else []
        return any(map(self.models.raises, paths)) or last_name(expr) in _LEAVING


class Run:
    """Goes through the code of one function.

    Args:
        code: What is known of the code.
        enter: Goes through another one.
        function: The function.
        answers: The calls in it that return remote data.
        depth: How many calls inside each other are followed.
        objects: Fields of the data are attributes.
    """

    def __init__(
        self,
        code: Code,
        enter: Enter,
        function: Function,
        answers: Mapping[facts.Call, Parts],
        depth: int,
        *,
        objects: bool,
    ) -> None:
        self._code = code
        self._enter = enter
        self._function = function
        self._answers = answers
        self._depth = depth
        self._objects = objects
        self._sites = {site.call: site for site in function.sites}
        self._env: Env = {}
        self._present: Present = NONE
        self._held: dict[facts.Expr, Parts] = {}
        self._tests = Tests(self._held, self._key)
        self._frame: Frame
        self._leaving: Present | None = None
        self._trace = Trace()

    def trace(self, given: Env) -> Trace:
        """What the function does, given what its parameters hold."""
        self._env = dict(given)
        if not self._block(self._function.fact.body, None, "function"):
            self._leave()
        self._trace.present = self._leaving or NONE
        return self._trace

    def _leave(self) -> None:
        self._leaving = self._present if self._leaving is None else self._leaving & self._present

    # --- statements ---------------------------------------------------------------------------------------------------

    def _block(self, block: facts.Block, parent: Frame | None, role: str, handler: facts.Handler | None = None) -> bool:
        """Goes through a block; whether its end is never reached."""
        leaves = False
        for index, statement in enumerate(block):
            frame = Frame(block, index, parent, role, handler)
            self._frame = frame
            leaves = self._statement(statement, frame) or leaves
        return leaves

    def _statement(self, statement: facts.Stmt, frame: Frame) -> bool:
        """Goes through a statement; whether what comes after it is never reached."""
        match statement:
            case facts.Evaluate():
                self._expr(statement.value)
                return self._code.leaves(statement.value, self._sites)
            case facts.Assign():
                parts = self._expr(statement.value)
                for target in statement.targets:
                    self._bind(target, parts | self._expr(target) if statement.op else parts)
            case facts.Annotated() if statement.value is not None:
                self._bind(statement.target, self._expr(statement.value))
            case facts.Return():
                if statement.value is not None:
                    self._trace.returned |= self._expr(statement.value)
                self._leave()
                return True
            case facts.Raise():
                if statement.error is not None:
                    self._expr(statement.error)
                return True
            case facts.Jump():
                return True
            case facts.Assert():
                self._expr(statement.test)
                self._present |= self._tests.known(statement.test, truth=True)
            case facts.Delete():
                self._any(statement.targets)
            case facts.If():
                self._expr(statement.test)
                true, false = (self._tests.known(statement.test, truth=truth) for truth in (True, False))
                return self._branches(
                    frame, (statement.body, "body", None, true), (statement.orelse, "orelse", None, false)
                )
            case facts.For():
                inner = elements(self._expr(statement.iterable))
                # Twice: what one turn keeps, the next one reads.
                for _ in range(2):
                    self._bind(statement.target, inner)
                    before = dict(self._env)
                    self._turn(statement.body, frame, NONE)
                    if self._env == before:
                        break
                self._block(statement.orelse, frame, "orelse")
            case facts.While():
                for _ in range(2):
                    self._expr(statement.test)
                    before = dict(self._env)
                    self._turn(statement.body, frame, self._tests.known(statement.test, truth=True))
                    if self._env == before:
                        break
                self._block(statement.orelse, frame, "orelse")
            case facts.Try():
                return self._try(statement, frame)
            case facts.With():
                for item in statement.items:
                    parts = self._expr(item.context)
                    if item.target is not None:
                        self._bind(item.target, parts)
                return self._block(statement.body, frame, "body")
            case facts.Match():
                self._expr(statement.subject)
                cases = [(case.body, "case", None, NONE) for case in statement.cases]
                return self._branches(frame, *cases, ((), "case", None, NONE))
            case _:
                pass
        return False

    def _turn(self, body: facts.Block, frame: Frame, known: Present) -> None:
        """Goes through the body of a loop, which may not be done at all; a loop that checks has done so afterwards."""
        around, before = self._present, self._env
        self._env = dict(before)
        self._present |= known
        if self._block(body, frame, "body"):
            self._present = around
        self._present -= known - around
        self._join(before)

    def _try(self, statement: facts.Try, frame: Frame) -> bool:
        around, before = self._present, self._env
        self._env = dict(before)
        left = self._block(statement.body, frame, "body")
        done = self._present
        self._join(before)
        self._present = around
        ways: list[_Way] = [] if left else [(statement.orelse, "orelse", None, done)]
        ways += [(handler.body, "handler", handler, NONE) for handler in statement.handlers]
        leaves = self._branches(frame, *ways) if ways else left
        return self._block(statement.final, frame, "final") or leaves

    def _branches(self, frame: Frame, *ways: _Way) -> bool:
        """Goes through alternatives; afterwards a name may hold what any of them has put there."""
        around, before = self._present, self._env
        after: Env = {}
        present: Present | None = None
        tested = NONE.union(*(known for _, _, _, known in ways))
        for block, role, handler, known in ways:
            self._env = dict(before)
            self._present = around | known
            if not self._block(block, frame, role, handler):
                # Where something else has taken its place, the test has been heard.
                held = {part.keys for parts in self._env.values() for part in bare(parts)}
                self._present |= {keys for keys in tested if keys[:-1] not in held}
                present = self._present if present is None else present & self._present
            for name, parts in self._env.items():
                after[name] = after.get(name, NOTHING) | parts
        self._env = after
        self._present = around if present is None else present
        return present is None

    def _join(self, before: Env) -> None:
        for name, parts in before.items():
            self._env[name] = self._env.get(name, NOTHING) | parts

    def _bind(self, target: facts.Expr, parts: Parts) -> None:
        match target:
            case facts.Name():
                self._env[target.id] = parts
            case facts.Sequence():
                for index, item in enumerate(target.items):
                    self._bind(item, take(parts, index, _ignore))
            case facts.Star():
                self._bind(target.value, parts)
            case facts.Subscript():
                key = self._key(target.index)
                self._write(self._expr(target.value), key)
                self._expr(target.index)
                self._keep(target.value, put(parts, key))
            case facts.Attr():
                self._expr(target.value)
                if (name := _own(target)) is not None:
                    self._env[name] = parts
                    if parts:
                        self._trace.kept[name] = self._trace.kept.get(name, NOTHING) | parts
            case _:
                pass

    def _keep(self, holder: facts.Expr, parts: Parts) -> None:
        """Notes what is put into a list or dict of the program."""
        name = holder.id if isinstance(holder, facts.Name) else _own(holder)
        if name is not None and parts:
            self._env[name] = self._env.get(name, NOTHING) | parts

    def _write(self, parts: Parts, key: str | int | None) -> None:
        """Notes that the program puts something under a key of the data."""
        if isinstance(key, str):
            self._trace.written |= {(*part.keys, key) for part in bare(parts)}

    def _note(self, keys: Keys, kind: Kind, line: int, column: int, length: int) -> None:
        """Notes that a field is read, unless the program has put it there itself."""
        if keys in self._trace.written:
            return
        location = Location(self._function.module.path, line, column, length)
        read = Read(keys, kind, location, self._function, self._frame, covers(self._present, keys))
        self._add(read)

    def _add(self, read: Read) -> None:
        key = (read.location, read.keys, read.kind)
        known = self._trace.reads.get(key)
        # What is not tested on one way is not tested.
        if known is None or (known.is_tested and not read.is_tested):
            self._trace.reads[key] = read

    # --- expressions --------------------------------------------------------------------------------------------------

    def _expr(self, expr: facts.Expr) -> Parts:
        """What of the data an expression is; notes what is read on the way."""
        parts = self._of(expr)
        if parts:
            self._held[expr] = parts
        return parts

    def _of(self, expr: facts.Expr) -> Parts:
        match expr:
            case facts.Name():
                return self._env.get(expr.id, NOTHING)
            case facts.Call():
                return self._call(expr)
            case facts.Attr():
                name = _own(expr)
                if name is not None and name in self._env:
                    return self._env[name]
                return self._attribute(self._expr(expr.value), expr.name)
            case facts.Subscript():
                return self._subscript(expr)
            case facts.Await() | facts.Star():
                return self._expr(expr.value)
            case facts.Walrus():
                self._env[expr.name] = self._expr(expr.value)
                return self._env[expr.name]
            case facts.Yield():
                parts = NOTHING if expr.value is None else self._expr(expr.value)
                self._trace.returned |= parts if expr.each else put(parts, None)
                return NOTHING
            case facts.Conditional():
                self._expr(expr.test)
                found = NOTHING
                for value, truth in ((expr.body, True), (expr.orelse, False)):
                    found |= self._where(self._tests.known(expr.test, truth=truth), value)
                return found
            case facts.Boolean():
                return self._boolean(expr)
            case facts.Binary():
                return self._any((expr.left, expr.right))
            case facts.Sequence():
                return self._display(enumerate(expr.items))
            case facts.Mapping():
                return self._display((self._key(i.key) if i.key is not None else i, i.value) for i in expr.items)
            case facts.Comprehension():
                return self._comprehension(expr)
            case facts.Compare():
                self._compare(expr)
            case facts.Not():
                self._expr(expr.value)
            case facts.Format() | facts.Other():
                self._any(expr.parts)
            case _:
                pass
        return NOTHING

    def _any(self, exprs: Iterable[facts.Expr]) -> Parts:
        found = NOTHING
        for expr in exprs:
            found |= self._expr(expr)
        return found

    def _where(self, known: Present, expr: facts.Expr) -> Parts:
        """What an expression is where some fields are known to be there."""
        around = self._present
        self._present |= known
        parts = self._expr(expr)
        self._present = around
        return parts

    def _boolean(self, expr: facts.Boolean) -> Parts:
        around = self._present
        found = NOTHING
        for value in expr.values:
            parts = self._expr(value)
            found |= parts
            if expr.op == "or" and value is not expr.values[-1]:
                self._default(value)
            self._present |= self._tests.known(value, truth=expr.op == "and")
        self._present = around
        return found

    def _default(self, value: facts.Expr) -> None:
        """`reply.get("x") or 0` has a default."""
        if isinstance(value, facts.Call) and isinstance(value.func, facts.Attr) and value.func.name == "get":
            for part in in_order(bare(self._held.get(value, NOTHING))):
                self._note(part.keys, "default", value.line, value.column, len("get"))

    def _compare(self, expr: facts.Compare) -> None:
        self._any((expr.left, *expr.rights))
        for operator, right in zip(expr.ops, expr.rights, strict=True):
            key = self._key(expr.left)
            if operator in ("in", "not in") and isinstance(key, str):
                for part in in_order(bare(self._held.get(right, NOTHING))):
                    self._note((*part.keys, key), "test", getattr(self._frame.statement, "line", 0), 1, 0)

    def _display(self, items: Iterable[tuple[str | int | facts.Item | None, facts.Expr]]) -> Parts:
        """A list, tuple or dict: its items by their places; what is unpacked into it may be at any."""
        found = NOTHING
        for place, item in items:
            parts = self._expr(item)
            if isinstance(item, facts.Star) or isinstance(place, facts.Item):
                found |= parts
            else:
                self._write(found, place)
                found |= put(parts, place)
        return found

    def _comprehension(self, expr: facts.Comprehension) -> Parts:
        env, present = dict(self._env), self._present
        for clause in expr.clauses:
            self._bind(clause.target, elements(self._expr(clause.iterable)))
            for test in clause.tests:
                self._expr(test)
                self._present |= self._tests.known(test, truth=True)
        *keys, value = expr.elements
        self._any(keys)
        parts = put(self._expr(value), None)
        self._env, self._present = env, present
        return parts

    def _subscript(self, expr: facts.Subscript) -> Parts:
        parts = self._expr(expr.value)
        if isinstance(expr.index, facts.Slice):
            return parts
        self._expr(expr.index)
        key = self._key(expr.index)
        length = len(key) + 2 if isinstance(key, str) and isinstance(expr.index, facts.Const) else 0
        return take(parts, key, lambda keys: self._note(keys, "subscript", expr.line, expr.column, length))

    def _attribute(self, parts: Parts, name: str) -> Parts:
        """What an attribute of the data is."""
        if self._objects and not name[:1].isupper():
            line = getattr(self._frame.statement, "line", 0)
            return take(bare(parts), name, lambda keys: self._note(keys, "attribute", line, 1, 0))
        return bare(parts) if name in _CONTENTS else NOTHING

    def _key(self, expr: facts.Expr) -> str | int | None:
        return self._code.key(expr, self._function)

    # --- calls --------------------------------------------------------------------------------------------------------

    def _call(self, call: facts.Call) -> Parts:
        func = call.func
        receiver = self._expr(func.value) if isinstance(func, facts.Attr) else NOTHING
        arguments = (*call.args, *(keyword.value for keyword in call.keywords))
        passed: dict[facts.Expr, Parts] = {}
        for arg in arguments:
            if not isinstance(arg, facts.Lambda):
                passed[arg] = self._expr(arg)
        name = last_name(call)
        rows = elements(next((parts for parts in (receiver, *passed.values()) if parts), NOTHING))
        for arg in arguments:
            if isinstance(arg, facts.Lambda):
                passed[arg] = self._lambda(arg, rows)
        self._give(call, passed)
        if call in self._answers:
            return self._answers[call]
        if isinstance(func, facts.Attr) and name in ("append", "add", "extend", "insert"):
            added = frozenset().union(*(passed[arg] for arg in call.args))
            self._keep(func.value, added if name == "extend" else put(added, None))
        if receiver:
            return self._method(receiver, name, call)
        site = self._sites.get(call)
        if site is not None and site.targets:
            return self._entered(site, passed)
        return self._outside(name, call, [passed[arg] for arg in call.args])

    def _lambda(self, expr: facts.Lambda, given: Parts) -> Parts:
        """What a lambda returns that is called with each of some rows."""
        env = dict(self._env)
        parameters = expr.function.parameters
        self._env.update((parameter.name, NOTHING) for parameter in parameters)
        if parameters:
            self._env[parameters[0].name] = given
        parts = NOTHING
        for statement in expr.function.body:
            if isinstance(statement, facts.Return) and statement.value is not None:
                parts = self._expr(statement.value)
        self._env = env
        return parts

    def _give(self, call: facts.Call, passed: Mapping[facts.Expr, Parts]) -> None:
        """Notes what a call is given."""
        site = self._sites.get(call)
        names = {keyword.value: keyword.name or "**" for keyword in call.keywords}
        for argument, parts in passed.items():
            if parts and site is not None and not isinstance(argument, facts.Lambda):
                given = Given(site, argument, names.get(argument, ""), parts, self._frame)
                self._trace.given.setdefault((argument, parts), given)

    def _method(self, receiver: Parts, name: str, call: facts.Call) -> Parts:
        """What a method of the data, or of a part of it, gives."""
        if name in ("get", "pop", "setdefault") and call.args:
            has_default = len(call.args) + len(call.keywords) > 1
            kind: Kind = "default" if has_default or name == "setdefault" else "pop" if name == "pop" else "get"
            key = self._key(call.args[0])
            if name == "setdefault":
                self._write(receiver, key)
            return take(receiver, key, lambda keys: self._note(keys, kind, call.line, call.column, len(name)))
        if name == "values":
            return receiver
        if name == "items":
            return put(put(elements(receiver), 1), None)
        if name == "copy":
            return receiver
        return bare(receiver) if name in _CONTENTS else NOTHING

    def _outside(self, name: str, call: facts.Call, args: Sequence[Parts]) -> Parts:
        """What a function from outside gives of what it is passed."""
        first = args[0] if args else NOTHING
        handed = first.union(*args, *(self._held.get(keyword.value, NOTHING) for keyword in call.keywords))
        if "valid" in name.lower():
            self._present |= below(handed)
            return first
        if name in _PARSING:
            if isinstance(call.func, facts.Attr) and not self._code.is_plain(call, self._function):
                self._present |= below(handed)
            return first
        if name[:1].isupper() and any(not keyword.name for keyword in call.keywords):
            # A model that is made of it has seen its fields.
            self._present |= below(handed)
        if name in _COPYING:
            return first
        if name == "next":
            return elements(first)
        if name in ("filter", "map"):
            last = args[-1] if args else NOTHING
            return last if name == "filter" else put(first, None)
        if name == "cast":
            return args[-1] if args else NOTHING
        if name == "enumerate":
            return put(put(elements(first), 1), None)
        if name == "zip":
            rows = [put(put(elements(parts), place), None) for place, parts in enumerate(args)]
            return frozenset().union(*rows)
        if name == "gather":
            given = zip(call.args, args, strict=True)
            placed = [p if isinstance(e, facts.Star) else put(p, place) for place, (e, p) in enumerate(given)]
            return frozenset().union(*placed)
        return NOTHING

    def _entered(self, site: Site, passed: Mapping[facts.Expr, Parts]) -> Parts:
        """What functions of the program give that are passed the data, or a part of it."""
        found = NOTHING
        present: Present | None = None
        for function in site.targets if self._depth else ():
            arguments = ((p.name, argument_for(site, function, p.name)) for p in function.fact.parameters)
            given = {name: passed[arg] for name, arg in arguments if arg is not None and passed.get(arg)}
            if function.outer is self._function:
                # What is defined in here sees the variables around it.
                given |= {n: p for n, p in self._env.items() if p and n not in function.scope.names}
            if given and function is not self._function:
                trace = self._enter(function, given, self._depth - 1)
                present = trace.present if present is None else present & trace.present
                self._merge(site, trace)
                found |= got(site, function, trace.returned)
        self._present |= present or NONE
        return found

    def _merge(self, site: Site, trace: Trace) -> None:
        """Takes over what a called function does."""
        for read in trace.reads.values():
            if read.keys not in self._trace.written:
                is_tested = read.is_tested or covers(self._present, read.keys)
                self._add(msgspec.structs.replace(read, is_tested=is_tested, trail=(site, *read.trail)))
        for key, given in trace.given.items():
            self._trace.given.setdefault(key, msgspec.structs.replace(given, trail=(site, *given.trail)))
        self._trace.written |= trace.written


_Way: TypeAlias = "tuple[facts.Block, str, facts.Handler | None, Present]"


def got(site: Site, function: Function, returned: Parts) -> Parts:
    """What a call gives that makes a function return something."""
    via = site.targets.get(function)
    if via is None:
        return returned
    if via.when == "background" or not via.returns:
        return NOTHING
    return put(returned, None) if via.per_element else returned


def _own(expr: facts.Expr) -> str | None:
    """`self.orders`: an attribute of the object that a method belongs to."""
    named = isinstance(expr, facts.Attr) and isinstance(expr.value, facts.Name) and expr.value.id == "self"
    return f"self.{expr.name}" if named and isinstance(expr, facts.Attr) else None


def _ignore(_keys: Keys) -> None:
    """What is unpacked has no name."""
