"""Which fields of remote data are known to be there, by the tests that the code makes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from commlint import facts
from commlint.program.code import last_name
from commlint.program.parts import NOTHING, Parts, bare

Keys: TypeAlias = tuple[str, ...]
Present: TypeAlias = frozenset[Keys]

NONE: Present = frozenset()
# Stands for whatever there is below: which of it has been tested is not known, or all of it.
ANY = "*"
# Functions of Python whose result says that what they are given is there.
_ASKING = frozenset({"bool", "isinstance", "len"})


def covers(present: Present, keys: Keys) -> bool:
    """Whether a field is known to be there."""
    return keys in present or any((*keys[:length], ANY) in present for length in range(len(keys)))


def below(parts: Parts) -> Present:
    """All that is in some parts."""
    return frozenset((*part.keys, ANY) for part in bare(parts))


class Tests:
    """Reads tests.

    Args:
        held: The parts that expressions were seen to be, where they are any.
        key: The text of a key.
    """

    def __init__(self, held: Mapping[facts.Expr, Parts], key: Callable[[facts.Expr], str | int | None]) -> None:
        self._held = held
        self._key = key

    def known(self, test: facts.Expr, *, truth: bool) -> Present:
        """What is there where a test comes out true, or false."""
        match test:
            case facts.Not():
                return self.known(test.value, truth=not truth)
            case facts.Boolean():
                # All of them are true after `and`, all are false after `or`.
                if (test.op == "and") == truth:
                    return NONE.union(*(self.known(value, truth=truth) for value in test.values))
                first, *rest = (self.known(value, truth=truth) for value in test.values)
                return first.intersection(*rest)
            case facts.Compare():
                return self._compared(test, truth=truth)
            case facts.Walrus():
                return self.known(test.value, truth=truth)
            case facts.Call() if isinstance(test.func, facts.Name) and test.func.id in ("all", "any"):
                return self._each(test, truth=truth)
            case facts.Call() if last_name(test) in ("issubset", "issuperset", "isdisjoint"):
                return below(self._among((test.func, *test.args)))
            case _:
                return self._itself(test) if truth else NONE

    def _itself(self, expr: facts.Expr) -> Present:
        """What is there where an expression is not empty: the one part that it is."""
        if isinstance(expr, facts.Call) and isinstance(expr.func, facts.Name) and expr.func.id in _ASKING and expr.args:
            return self._itself(expr.args[0])
        parts = self._held.get(expr, NOTHING)
        (keys,) = {part.keys for part in bare(parts)} if len(parts) == 1 and bare(parts) else {()}
        return frozenset({keys[:length] for length in range(1, len(keys) + 1)})

    def _compared(self, test: facts.Compare, *, truth: bool) -> Present:
        if len(test.ops) != 1:
            return NONE
        operator, left, right = test.ops[0], test.left, test.rights[0]
        if operator in ("in", "not in"):
            return self._contained(left, right) if (operator == "in") == truth else NONE
        if operator in ("<=", ">=", "<", ">"):
            # Sets of keys, or numbers: either way something of it has been looked at.
            sets = NONE.union(*(below(self._keys_of(side)) for side in (left, right)))
            return sets | (self._itself(left) | self._itself(right) if truth else NONE)
        # `is None`, `== ""`, `len(...) == 0`.
        nothing = isinstance(right, facts.Const) and not right.value
        if operator in ("is", "=="):
            return self._itself(left) if truth != nothing else NONE
        if operator in ("is not", "!="):
            return self._itself(left) if truth == nothing else NONE
        return NONE

    def _contained(self, left: facts.Expr, right: facts.Expr) -> Present:
        parts = bare(self._held.get(right, NOTHING) | self._keys_of(right))
        key = self._key(left)
        if not isinstance(key, str):
            return below(parts) if key is None else NONE
        return frozenset((*part.keys, key) for part in parts) | self._itself(right)

    def _keys_of(self, expr: facts.Expr) -> Parts:
        """The parts whose keys an expression is: `reply.keys()`, `set(reply)`."""
        if isinstance(expr, facts.Call) and isinstance(expr.func, facts.Attr) and expr.func.name == "keys":
            return self._held.get(expr.func.value, NOTHING)
        if isinstance(expr, facts.Call) and isinstance(expr.func, facts.Name) and expr.func.id == "set":
            return self._among(expr.args)
        return NOTHING

    def _among(self, exprs: tuple[facts.Expr, ...]) -> Parts:
        found = NOTHING
        for expr in exprs:
            value = expr.value if isinstance(expr, facts.Attr) else expr
            found |= self._held.get(value, NOTHING) | self._keys_of(value)
        return found

    def _each(self, test: facts.Call, *, truth: bool) -> Present:
        """`all(key in reply for key in KEYS)`, `any(key not in reply for key in KEYS)`."""
        argument = test.args[0] if len(test.args) == 1 else None
        if isinstance(argument, facts.Comprehension) and (last_name(test) == "all") == truth:
            return self.known(argument.elements[0], truth=truth)
        return NONE
