"""What a test says of the objects that a name may hold: `isinstance(order, Draft)`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from commlint import facts
from commlint.program.code import last_name
from commlint.program.symbols import Class, Function, Instance, Module, Scope
from commlint.program.values import Bound, Value

_Resolve = Callable[[facts.Expr, Scope], Class | Function | Module | str | None]

# Bases from outside that make no text or number of an object.
_ABSTRACT = (
    "typing.",
    "typing_extensions.",
    "collections.abc.",
    "abc.",
    "enum.Enum",
    "builtins.object",
    "builtins.Exception",
)
# Types of data, which no class of the program is unless it says so.
_DATA = frozenset({"str", "bytes", "bytearray", "int", "float", "bool", "complex", "dict", "list", "tuple", "set"})


class Narrowing(msgspec.Struct, frozen=True, eq=False):
    """What is known of a name where a test has been passed.

    Attributes:
        name: The name.
        classes: The classes, of the program or by path, that the test asks for.
        truth: Whether what the name holds is an object of one of them; else it is none.
    """

    name: str
    classes: tuple[Class | str, ...]
    truth: bool

    def of(self, value: Value) -> Iterator[Value]:
        """What the name can hold there of a value: itself, or what is known of it more exactly; or nothing."""
        if _is_one(value, self.classes) is not (not self.truth):
            yield value
        elif self.truth and isinstance(value, Instance):
            yield from (c.instance for c in self.classes if isinstance(c, Class) and value.cls in c.mro)


def narrowings(test: facts.Expr, scope: Scope, resolve: _Resolve, *, truth: bool) -> Iterator[Narrowing]:
    """What a test says of names.

    Args:
        test: The test.
        scope: Where it stands.
        resolve: What finds the classes it names.
        truth: Whether it held.
    """
    match test:
        case facts.Not():
            yield from narrowings(test.value, scope, resolve, truth=not truth)
        case facts.Boolean() if truth is (test.op == "and"):
            for value in test.values:
                yield from narrowings(value, scope, resolve, truth=truth)
        case facts.Call(func=facts.Name(id="isinstance"), args=(facts.Name(id=name), asked)):
            classes = [resolve(expr, scope) for expr in _alternatives(asked)]
            known = tuple(cls for cls in classes if isinstance(cls, Class | str))
            if len(known) == len(classes):
                yield Narrowing(name, known, truth)
        case _:
            pass


def is_no_data(value: Value) -> bool:
    """Whether a value is certainly no text, number or the like."""
    if isinstance(value, Instance):
        return not any(isinstance(base, str) and _may_be_data(base) for base in value.cls.mro)
    return isinstance(value, Function | Bound | Class | Module)


def means_data(annotation: facts.Expr) -> bool:
    """Whether an annotation says that there are only texts, numbers and the like."""
    match annotation:
        case facts.Name():
            return annotation.id in ("str", "bytes", "bytearray", "int", "float", "bool", "complex")
        case facts.Const():
            return annotation.value is None
        case facts.Binary(op="|"):
            return means_data(annotation.left) and means_data(annotation.right)
        case facts.Subscript() if last_name(annotation.value) in ("Optional", "Union"):
            index = annotation.index
            return all(map(means_data, index.items if isinstance(index, facts.Sequence) else (index,)))
        case _:
            return False


def _may_be_data(base: str) -> bool:
    return not base.startswith(_ABSTRACT)


def _alternatives(asked: facts.Expr) -> Iterator[facts.Expr]:
    if isinstance(asked, facts.Sequence):
        for item in asked.items:
            yield from _alternatives(item)
    elif isinstance(asked, facts.Binary):
        yield from _alternatives(asked.left)
        yield from _alternatives(asked.right)
    else:
        yield asked


def _is_one(value: Value, classes: tuple[Class | str, ...]) -> bool | None:
    """Whether a value is an object of one of some classes; `None` where that cannot be told."""
    if isinstance(value, Instance):
        bases = value.cls.mro
        if any(cls in bases for cls in classes):
            return True
        outside = any(isinstance(base, str) and _may_be_data(base) for base in bases)
    elif isinstance(value, Function | Bound | Class | Module):
        outside = False
    else:
        return None if any(isinstance(cls, str) for cls in classes) else False
    for cls in classes:
        if isinstance(cls, str) and (outside or cls.removeprefix("builtins.") not in _DATA):
            return None
    return False
