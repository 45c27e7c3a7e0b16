"""What an answer is made of: which fields it always has, may have, or cannot have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from commlint.finding import Location
from commlint.program.parts import ELEMENT

Verdict: TypeAlias = Literal["always", "maybe", "never", "unknown"]


class Shape(msgspec.Struct, frozen=True, eq=False):
    """What a value is made of.

    Attributes:
        kind: An `object` with fields, a `list` of items, `other` for texts, numbers and nothing, or `unknown`.
        fields: The fields of an object that are known.
        item: What the items of a list are.
        closed: The object has no further fields.
        where: Where it is declared.
        declared: A model or document says so, not the code that makes it.
    """

    kind: Literal["object", "list", "other", "unknown"]
    fields: Mapping[str, Field] = {}
    item: Shape | None = None
    closed: bool = False
    where: Location | None = None
    declared: bool = False


class Field(msgspec.Struct, frozen=True, eq=False):
    """A field of an object.

    Attributes:
        shape: What it is.
        always: It is always there; `None` where that depends on what is sent.
        where: Where it is said or set.
    """

    shape: Shape
    always: bool | None
    where: Location | None = None


class Answer(msgspec.Struct, frozen=True):
    """What is known of one field of an answer.

    Attributes:
        verdict: Whether it is there.
        declared: A model or document says so.
        where: Where that is said: the field, or the object without it.
        known: The fields that are there beside it.
    """

    verdict: Verdict
    declared: bool = False
    where: Location | None = None
    known: tuple[str, ...] = ()


# What says that something went wrong, or right, whatever else is sent.
STATUS = frozenset(
    {"code", "detail", "details", "error", "error_code", "error_message", "errors", "exception", "message", "msg", "ok"}
    | {"reason", "status", "status_code", "success", "title", "type"}
)
UNKNOWN = Shape("unknown")
OTHER = Shape("other")
NOBODY_KNOWS = Answer("unknown")


def join(one: Shape, other: Shape) -> Shape:
    """What is either of two."""
    if one.kind == "other" or other.kind == "other":
        return other if one.kind == "other" else one
    if one.kind != other.kind or one.kind == "unknown":
        return UNKNOWN
    if one.kind == "list":
        items = [shape.item for shape in (one, other) if shape.item is not None]
        item = items[0] if len(items) == 1 else join(*items) if items else None
        return Shape("list", item=item)
    fields = {}
    for name in dict.fromkeys((*one.fields, *other.fields)):
        first, second = one.fields.get(name), other.fields.get(name)
        if first is not None and second is not None:
            always = None if None in (first.always, second.always) else first.always and second.always
            fields[name] = Field(join(first.shape, second.shape), always=always, where=first.where)
        else:
            said = first or second
            assert said is not None  # noqa: S101 - it is of one of them
            fields[name] = msgspec.structs.replace(said, always=False)
    return Shape(
        "object",
        fields,
        closed=one.closed and other.closed,
        where=one.where,
        declared=one.declared and other.declared,
    )


def opened(shape: Shape) -> Shape:
    """The same, with whatever others may have put there or taken away."""
    return UNKNOWN if shape.kind == "object" else Shape("list", item=UNKNOWN) if shape.kind == "list" else shape


def loosened(shape: Shape) -> Shape:
    """The same, with any field left out where it is empty."""
    fields = {name: msgspec.structs.replace(field, always=False) for name, field in shape.fields.items()}
    return msgspec.structs.replace(shape, fields=fields)


def answer(shape: Shape, keys: tuple[str, ...]) -> Answer:
    """Whether an answer has a field, given that it has what the field is in."""
    for index, key in enumerate(keys):
        if key == ELEMENT:
            if shape.kind != "list" or shape.item is None:
                return NOBODY_KNOWS
            shape = shape.item
            continue
        if shape.kind != "object":
            return NOBODY_KNOWS
        field = shape.fields.get(key)
        if field is None:
            # Frameworks answer errors by themselves.
            if not shape.closed or index < len(keys) - 1 or (index == 0 and key in STATUS):
                return NOBODY_KNOWS
            return Answer("never", shape.declared, shape.where, tuple(shape.fields))
        if index == len(keys) - 1:
            verdict: Verdict = "unknown" if field.always is None else "always" if field.always else "maybe"
            return Answer(verdict, shape.declared, field.where or shape.where)
        shape = field.shape
    return NOBODY_KNOWS
