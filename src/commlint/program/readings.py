"""What callers read of the answers of a service: its fields, as far as the code names them.

An answer is followed from the call through the function that makes it: into variables, loops and displays, into the
functions that are given it, and out to the callers that get it back. What is read by a key that is not written there,
or after it has been kept in an object, is not seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from commlint import facts
from commlint.program.code import last_name
from commlint.program.constants import argument_for
from commlint.program.parts import NOTHING, WHOLE, Parts, bare, elements, fields, put, take
from commlint.program.symbols import Function

if TYPE_CHECKING:
    from commlint.program.crossings import Crossing
    from commlint.program.sites import Site

# How far an answer is followed, outwards to callers and inwards into what is called.
_OUTWARDS, _INWARDS = 4, 3
# How many callers of a function are asked.
_CALLERS = 200
# Kinds of clients whose answers are objects with the fields as attributes.
_OBJECTS = frozenset({"grpc", "soap"})
# What answers offer of their content, or of themselves, and what futures do.
_CONTENTS = frozenset({"body", "content", "data", "decode", "get_json", "json", "read", "result", "text"})
_PARSING = frozenset({"load", "loads"})
_COPYING = frozenset({"copy", "deepcopy", "dict", "iter", "list", "reversed", "set", "sorted", "tuple"})

_Env = dict[str, Parts]


def read_fields(crossing: Crossing) -> tuple[str, ...]:
    """The fields that are read of the answer to a call, sorted: `name`, `items[].price`."""
    search = _Search(objects=crossing.remote.client.kind in _OBJECTS)
    search.outwards(crossing.remote.site, WHOLE, crossing.way.stack)
    return fields(search.read)


class _Search:
    """Follows one answer.

    Attributes:
        objects: Its fields are attributes.
        read: The keys that were seen to be read.
    """

    def __init__(self, *, objects: bool) -> None:
        self.objects = objects
        self.read: set[tuple[str, ...]] = set()
        self._written: set[tuple[str, ...]] = set()
        self._met: set[tuple[Site, Parts]] = set()
        self._entered: dict[tuple[Function, frozenset[tuple[str, Parts]], int], Parts] = {}

    def outwards(self, site: Site, parts: Parts, stack: Sequence[Site], depth: int = _OUTWARDS) -> None:
        """Follows what a call returns: through its function, then through the callers that get it back.

        Args:
            site: The call.
            parts: What it returns.
            stack: The calls around it on the way that is meant, the innermost first; beyond them, any.
            depth: How many further callers are asked.
        """
        if (site, parts) in self._met:
            return
        self._met.add((site, parts))
        function = site.function
        returned = _Run(self, function, {site.call: parts}, _INWARDS).returns({})
        meant = [outer for outer in stack if function in outer.targets][:1]
        written = self._written
        for caller in (meant or function.callers[:_CALLERS]) if returned and depth else ():
            if caller.function is not function and (got := _got(caller, function, returned)):
                # What one caller puts there, another does not get.
                self._written = set(written)
                self.outwards(caller, got, stack, depth - 1)

    def inwards(self, function: Function, given: _Env, depth: int) -> Parts:
        """What a function returns of the answer that is given parts of it; follows these through it.

        Args:
            function: The function.
            given: What its parameters hold.
            depth: How many calls inside each other are followed.
        """
        key = (function, frozenset(given.items()), depth)
        if key not in self._entered:
            self._entered[key] = NOTHING
            self._entered[key] = _Run(self, function, {}, depth).returns(given)
        return self._entered[key]

    def note(self, keys: tuple[str, ...]) -> None:
        """Notes that a field is read, unless the program has put it there itself."""
        if keys not in self._written:
            self.read.add(keys)

    def write(self, parts: Parts, key: str | int | None) -> None:
        """Notes that the program puts something under a key of the answer."""
        if isinstance(key, str):
            self._written |= {(*part.keys, key) for part in bare(parts)}


def _got(site: Site, function: Function, returned: Parts) -> Parts:
    """What a call gives that makes a function return something."""
    via = site.targets.get(function)
    if via is None:
        return returned
    if via.when == "background" or not via.returns:
        return NOTHING
    return put(returned, None) if via.per_element else returned


class _Run:
    """Goes through the code of one function."""

    def __init__(self, search: _Search, function: Function, answers: Mapping[facts.Call, Parts], depth: int) -> None:
        self._search = search
        self._function = function
        self._answers = answers
        self._depth = depth
        self._sites = {site.call: site for site in function.sites}
        self._env: _Env = {}
        self._returned: Parts = NOTHING

    def returns(self, given: _Env) -> Parts:
        """What the function returns of the answer, given what its parameters hold."""
        self._env = dict(given)
        self._block(self._function.fact.body)
        return self._returned

    # --- statements ---------------------------------------------------------------------------------------------------

    def _block(self, block: facts.Block) -> None:
        for statement in block:
            self._statement(statement)

    def _statement(self, statement: facts.Stmt) -> None:
        match statement:
            case facts.Evaluate():
                self._expr(statement.value)
            case facts.Assign():
                parts = self._expr(statement.value)
                for target in statement.targets:
                    self._bind(target, parts | self._expr(target) if statement.op else parts)
            case facts.Annotated() if statement.value is not None:
                self._bind(statement.target, self._expr(statement.value))
            case facts.Return() if statement.value is not None:
                self._returned |= self._expr(statement.value)
            case facts.Raise() if statement.error is not None:
                self._expr(statement.error)
            case facts.Assert():
                self._expr(statement.test)
            case facts.If():
                self._expr(statement.test)
                self._either(statement.body, statement.orelse)
            case facts.For():
                inner = elements(self._expr(statement.iterable))
                # Twice: what one turn keeps, the next one reads.
                for _ in range(2):
                    self._bind(statement.target, inner)
                    self._either(statement.body, ())
                self._block(statement.orelse)
            case facts.While():
                for _ in range(2):
                    self._expr(statement.test)
                    self._either(statement.body, ())
                self._block(statement.orelse)
            case facts.Try():
                self._either(statement.body, ())
                self._either(statement.orelse, *(handler.body for handler in statement.handlers))
                self._block(statement.final)
            case facts.With():
                for item in statement.items:
                    parts = self._expr(item.context)
                    if item.target is not None:
                        self._bind(item.target, parts)
                self._block(statement.body)
            case facts.Match():
                self._expr(statement.subject)
                self._either(*(case.body for case in statement.cases), ())
            case _:
                pass

    def _either(self, *blocks: facts.Block) -> None:
        """Goes through alternatives; afterwards a name may hold what any of them has put there."""
        before, after = self._env, _Env()
        for block in blocks:
            self._env = dict(before)
            self._block(block)
            for name, parts in self._env.items():
                after[name] = after.get(name, NOTHING) | parts
        self._env = after

    def _bind(self, target: facts.Expr, parts: Parts) -> None:
        match target:
            case facts.Name():
                self._env[target.id] = parts
            case facts.Sequence():
                for index, item in enumerate(target.items):
                    self._bind(item, self._take(parts, index))
            case facts.Star():
                self._bind(target.value, parts)
            case facts.Subscript():
                key = _key(target.index)
                self._search.write(self._expr(target.value), key)
                self._expr(target.index)
                self._keep(target.value, put(parts, key))
            case facts.Attr():
                self._expr(target.value)
            case _:
                pass

    def _keep(self, holder: facts.Expr, parts: Parts) -> None:
        """Notes what is put into a list or dict of the program."""
        if isinstance(holder, facts.Name) and parts:
            self._env[holder.id] = self._env.get(holder.id, NOTHING) | parts

    # --- expressions --------------------------------------------------------------------------------------------------

    def _expr(self, expr: facts.Expr) -> Parts:
        """What of the answer an expression is; notes what is read on the way."""
        match expr:
            case facts.Name():
                return self._env.get(expr.id, NOTHING)
            case facts.Call():
                return self._call(expr)
            case facts.Attr():
                return self._attribute(self._expr(expr.value), expr.name)
            case facts.Subscript():
                parts = self._expr(expr.value)
                if isinstance(expr.index, facts.Slice):
                    return parts
                self._expr(expr.index)
                return self._take(parts, _key(expr.index))
            case facts.Await() | facts.Star():
                return self._expr(expr.value)
            case facts.Walrus():
                self._env[expr.name] = self._expr(expr.value)
                return self._env[expr.name]
            case facts.Yield():
                parts = NOTHING if expr.value is None else self._expr(expr.value)
                self._returned |= parts if expr.each else put(parts, None)
                return NOTHING
            case facts.Conditional():
                self._expr(expr.test)
                return self._expr(expr.body) | self._expr(expr.orelse)
            case facts.Boolean():
                return self._any(expr.values)
            case facts.Binary():
                return self._any((expr.left, expr.right))
            case facts.Sequence():
                return self._display(enumerate(expr.items))
            case facts.Mapping():
                return self._display((_key(i.key) if i.key is not None else i, i.value) for i in expr.items)
            case facts.Comprehension():
                return self._comprehension(expr)
            case facts.Compare():
                self._any((expr.left, *expr.rights))
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

    def _display(self, items: Iterable[tuple[str | int | facts.Item | None, facts.Expr]]) -> Parts:
        """A list, tuple or dict: its items by their places; what is unpacked into it may be at any."""
        found = NOTHING
        for place, item in items:
            parts = self._expr(item)
            if isinstance(item, facts.Star) or isinstance(place, facts.Item):
                found |= parts
            else:
                self._search.write(found, place)
                found |= put(parts, place)
        return found

    def _comprehension(self, expr: facts.Comprehension) -> Parts:
        around = dict(self._env)
        for clause in expr.clauses:
            self._bind(clause.target, elements(self._expr(clause.iterable)))
            self._any(clause.tests)
        *keys, value = expr.elements
        self._any(keys)
        parts = put(self._expr(value), None)
        self._env = around
        return parts

    def _take(self, parts: Parts, key: str | int | None) -> Parts:
        return take(parts, key, self._search.note)

    def _attribute(self, parts: Parts, name: str) -> Parts:
        """What an attribute of an answer is."""
        if self._search.objects and not name[:1].isupper():
            return self._take(bare(parts), name)
        return bare(parts) if name in _CONTENTS else NOTHING

    # --- calls --------------------------------------------------------------------------------------------------------

    def _call(self, call: facts.Call) -> Parts:
        func = call.func
        receiver = self._expr(func.value) if isinstance(func, facts.Attr) else NOTHING
        passed = {arg: self._expr(arg) for arg in (*call.args, *(keyword.value for keyword in call.keywords))}
        if call in self._answers:
            return self._answers[call]
        if isinstance(func, facts.Attr) and func.name in ("append", "add", "extend", "insert"):
            added = self._any(call.args)
            self._keep(func.value, added if func.name == "extend" else put(added, None))
        if receiver:
            return self._method(receiver, last_name(func), call)
        site = self._sites.get(call)
        if site is not None and site.targets:
            return self._entered(site, passed)
        return self._builtin(last_name(func), [passed[arg] for arg in call.args], call.args)

    def _method(self, receiver: Parts, name: str, call: facts.Call) -> Parts:
        """What a method of an answer, or of a part of one, gives."""
        if name in ("get", "pop", "setdefault") and call.args:
            return self._take(receiver, _key(call.args[0]))
        if name == "values":
            return receiver
        if name == "items":
            return put(put(elements(receiver), 1), None)
        if name == "copy":
            return receiver
        return bare(receiver) if name in _CONTENTS else NOTHING

    def _builtin(self, name: str, args: Sequence[Parts], exprs: Sequence[facts.Expr]) -> Parts:
        """What a function from outside gives of what it is passed."""
        first = args[0] if args else NOTHING
        if name in _PARSING or name in _COPYING:
            return first
        if name == "next":
            return elements(first)
        if name == "cast":
            return args[-1] if args else NOTHING
        if name == "enumerate":
            return put(put(elements(first), 1), None)
        if name == "zip":
            rows = [put(put(elements(parts), place), None) for place, parts in enumerate(args)]
            return frozenset().union(*rows)
        if name == "gather":
            given = zip(exprs, args, strict=True)
            placed = [p if isinstance(e, facts.Star) else put(p, place) for place, (e, p) in enumerate(given)]
            return frozenset().union(*placed)
        return NOTHING

    def _entered(self, site: Site, passed: Mapping[facts.Expr, Parts]) -> Parts:
        """What functions of the program give that are passed an answer, or a part of one."""
        found = NOTHING
        for function in site.targets if self._depth and any(passed.values()) else ():
            arguments = ((p.name, argument_for(site, function, p.name)) for p in function.fact.parameters)
            given = {name: passed[arg] for name, arg in arguments if arg is not None and passed.get(arg)}
            if given and function is not self._function:
                found |= _got(site, function, self._search.inwards(function, given, self._depth - 1))
        return found


def _key(expr: facts.Expr) -> str | int | None:
    """The key that an expression names; `None` where it may be any."""
    value = expr.value if isinstance(expr, facts.Const) else None
    return value if isinstance(value, str | int) and not isinstance(value, bool) else None
