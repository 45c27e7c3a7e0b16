"""What a message holds: its fields, those of what is in it included, as far as code says it."""

from __future__ import annotations

import msgspec

from commlint import facts
from commlint.program.behind import Behind, Held, stores
from commlint.program.code import last_name
from commlint.program.constants import is_hole
from commlint.program.symbols import Class, Function, Symbols

_DEEPEST = 6
# Methods that write their object as a text or dict, and functions that do so with what they are given, or put it into a
# message; by their last name, in lower case.
_OWN = frozenset(
    {
        *("as_dict", "as_json", "asdict", "copy", "decode", "dict", "encode", "json", "model_dump", "model_dump_json"),
        *("serialize", "serializetostring", "to_dict", "to_json", "todict", "tojson", "to_event", "to_message"),
    }
)
_GIVEN = frozenset(
    {
        *(
            "asdict",
            "b64encode",
            "bytes",
            "dict",
            "dump",
            "dumps",
            "encode",
            "eventdata",
            "jsonable_encoder",
            "message",
        ),
        *("outgoingmessage", "pack", "packb", "serialize", "servicebusmessage", "str", "structure", "unstructure"),
    }
)
# Keys under which an envelope says what kind of event it is.
TYPES = ("type", "event_type", "eventtype", "event", "event_name", "eventname", "detail-type", "detailtype")
# Attributes that hold what has fields of its own.
_HOLDING = frozenset({"attributes", "body", "content", "data", "detail", "details", "dict", "json", "payload", "value"})
_SCALAR = frozenset({"str", "int", "float", "bool", "bytes", "UUID", "datetime", "date", "Decimal"})


class Fields(msgspec.Struct, frozen=True):
    """The fields of a message.

    Attributes:
        names: Their names, those of values inside it included.
        types: What it says that it is, under a key for that; templates.
        made_of: The name of the class whose object it is.
        whole: There are no others.
    """

    names: frozenset[str] = frozenset()
    types: tuple[str, ...] = ()
    made_of: str = ""
    whole: bool = False

    def joined(self, other: Fields) -> Fields:
        """These fields and others, in one message."""
        types = tuple(dict.fromkeys((*self.types, *other.types)))
        return Fields(self.names | other.names, types, self.made_of or other.made_of, self.whole and other.whole)


_NONE = Fields(whole=True)


def fields(held: Held, behind: Behind, symbols: Symbols) -> Fields:
    """The fields of what an expression stands for."""
    return _Reader(behind, symbols).of(held, 0)


class _Reader:
    def __init__(self, behind: Behind, symbols: Symbols) -> None:
        self._behind = behind
        self._symbols = symbols

    def of(self, held: Held, depth: int) -> Fields:
        """The fields of a value; of several that it may be those that all have, and none left out."""
        if depth > _DEEPEST:
            return Fields()
        found: Fields | None = None
        for value in self._behind.values(held):
            one = self._of_value(value, depth)
            # A type that any of them says is one that is sent.
            found = one if found is None else _either(found, one)
        found = found or Fields()
        if isinstance(held.expr, facts.Name):
            for key, stored in stores(held.expr.id, held.function):
                found = found.joined(self._item(key, Held(stored, held.function, held.stack), depth))
        return found

    def _of_value(self, held: Held, depth: int) -> Fields:
        match held.expr:
            case facts.Mapping():
                found = _NONE
                for item in held.expr.items:
                    value = Held(item.value, held.function, held.stack)
                    if item.key is None:
                        found = found.joined(self.of(value, depth + 1))
                    elif isinstance(item.key, facts.Const) and isinstance(item.key.value, str):
                        found = found.joined(self._item(item.key.value, value, depth))
                    else:
                        keys = self._behind.texts(Held(item.key, held.function, held.stack))
                        known = [key for key in keys if not is_hole(key)]
                        found = found.joined(self._item(known[0], value, depth) if known else Fields())
                return found
            case facts.Call():
                return self._of_call(held, held.expr, depth)
            case facts.Const() | facts.Format():
                return _NONE
            case facts.Sequence() if held.expr.items:
                return self.of(Held(held.expr.items[0], held.function, held.stack), depth + 1)
            case _:
                return Fields()

    def _of_call(self, held: Held, call: facts.Call, depth: int) -> Fields:
        resolved = self._symbols.resolve(call.func, held.function.scope)
        if isinstance(resolved, Class):
            return self._of_object(resolved, held, call, depth)
        name = last_name(call.func).lower()
        if name == "dict" and not call.args and not isinstance(call.func, facts.Attr):
            return self._named(held, call, _NONE, depth)
        body = next((k.value for k in call.keywords if k.name in ("body", "data", "obj", "value")), None)
        given = call.args[0] if call.args else body
        if name in _GIVEN and given is not None and isinstance(resolved, str):
            return self.of(Held(given, held.function, held.stack), depth + 1)
        if name in _OWN and isinstance(call.func, facts.Attr):
            return self.of(Held(call.func.value, held.function, held.stack), depth + 1)
        if name in _GIVEN and given is not None:
            return self.of(Held(given, held.function, held.stack), depth + 1)
        return Fields()

    def _of_object(self, cls: Class, held: Held, call: facts.Call, depth: int) -> Fields:
        """The fields of an object of the program: those of its class, and what it is made with."""
        names: set[str] = set()
        types: list[str] = []
        for base in cls.mro:
            if not isinstance(base, Class):
                continue
            bound = base.scope.bindings
            own = (name for name in base.scope.names if not isinstance(bound.get(name), Class | Function))
            names.update(name for name in own if not name.startswith("_"))
            names.update(name for name in base.assigned if not name.startswith("_"))
            for key in base.scope.names:
                if key.lower() in TYPES and isinstance(value := base.scope.bindings.get(key), facts.Const):
                    types += [value.value] if isinstance(value.value, str) else []
        whole = bool(names) and not any(k.name == "" for k in call.keywords)
        found = Fields(frozenset(names), tuple(types), cls.name, whole)
        return self._named(held, call, found, depth)

    def _named(self, held: Held, call: facts.Call, found: Fields, depth: int) -> Fields:
        for keyword in call.keywords:
            value = Held(keyword.value, held.function, held.stack)
            if keyword.name:
                found = found.joined(self._item(keyword.name, value, depth))
            else:
                found = found.joined(self.of(value, depth + 1))
        return found

    def _item(self, key: str, value: Held, depth: int) -> Fields:
        types: tuple[str, ...] = ()
        if key.lower() in TYPES:
            types = tuple(text for text in self._behind.texts(value) if not is_hole(text))
        inner = self.of(value, depth + 1)
        return Fields(inner.names | {key}, types or inner.types, "", inner.whole or _is_scalar(value))


def _either(one: Fields, other: Fields) -> Fields:
    """The fields of what may be one of two messages."""
    types = tuple(dict.fromkeys((*one.types, *other.types)))
    return Fields(one.names | other.names, types, one.made_of or other.made_of, one.whole and other.whole)


def _is_scalar(held: Held) -> bool:
    """Whether a value is, most likely, a single one: an attribute, a number, something that is worked out."""
    expr, function = held.expr, held.function
    if isinstance(expr, facts.Name):
        given = next((p for p in function.fact.parameters if p.name == expr.id), None)
        return given is not None and given.annotation is not None and last_name(given.annotation) in _SCALAR
    if isinstance(expr, facts.Attr):
        # What an object says of itself may be all that it was given.
        own = function.fact.parameters[0].name if function.owner is not None and function.fact.parameters else ""
        return not (isinstance(expr.value, facts.Name) and expr.value.id == own) and expr.name not in _HOLDING
    if isinstance(expr, facts.Call):
        return last_name(expr.func) in {"str", "int", "float", "isoformat", "now", "utcnow", "time", "uuid4", "len"}
    return isinstance(expr, facts.Binary | facts.Compare | facts.Not)
