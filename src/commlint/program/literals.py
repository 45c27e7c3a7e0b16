"""Addresses that stand in code: where, how, and what they are called there."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from commlint import facts
from commlint.finding import Location
from commlint.program.code import last_name, names_in, target_names
from commlint.program.constants import argument_for, words

if TYPE_CHECKING:
    from commlint.program.encoded import Encoded
    from commlint.program.symbols import Function, Module, Symbols

# Scheme and host, or host and port, at the beginning of a text.
ORIGIN = re.compile(r"(?:[a-z][a-z0-9+.-]*://[^\s/@:?#{}]+(?::\d+)?|[^\s/@:?#{}]+:\d+)(?=[/?#{]|$)", re.IGNORECASE)
# The same somewhere in the encoded form of a file's facts.
_ANYWHERE = re.compile(rb"://[\w.-]|[\w.-]:\d\d")
_SETTING = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
# Words for code that is configuration: of modules and their folders, classes, variables.
_SETTINGS = frozenset({"conf", "config", "configs", "configuration", "env", "setting", "settings"})
# Methods and functions that take a name and what holds where nothing stands under it.
_READING = frozenset({"get", "getenv", "getattr", "pop", "setdefault"})
_DEFAULTS = frozenset({"default", "fallback"})
# What is said to people, and calls nobody.
_SAYING = frozenset({"critical", "debug", "echo", "error", "exception", "info", "log", "print", "warning"})
_EXPLAINING = frozenset({"description", "example", "examples", "help", "summary", "title"})

# How a text stands in code: as it is used, as what holds where the configuration says nothing, or for people.
Standing: TypeAlias = Literal["used", "default", "said"]
_WEAKER: dict[Standing, int] = {"used": 0, "default": 1, "said": 2}


class Text(msgspec.Struct, frozen=True):
    """An address in code.

    Attributes:
        origin: Scheme and host, or host and port.
        location: The call or statement that it stands in.
        standing: How it stands there.
        names: What it is called there, the innermost last: by variables, keys, names of settings.
    """

    origin: str
    location: Location
    standing: Standing
    names: tuple[str, ...]


class _Part(msgspec.Struct, frozen=True):
    """A part of some code, how it stands there, and what it is called by what is around it."""

    node: object
    standing: Standing = "used"
    names: tuple[str, ...] = ()


class Literals:
    """Finds addresses in code.

    Args:
        symbols: What is defined where.
        encoded: The facts of files as bytes.
    """

    def __init__(self, symbols: Symbols, encoded: Encoded) -> None:
        self._symbols = symbols
        self._encoded = encoded
        self._walked: dict[Module, tuple[Text, ...]] = {}

    def of(self, origin: str) -> Iterator[Text]:
        """Where an address stands in the code."""
        for module, data in self._candidates:
            if origin.encode() in data:
                if module not in self._walked:
                    self._walked[module] = tuple(self._in(module.path, module.fact.body))
                yield from (text for text in self._walked[module] if text.origin == origin)

    @cached_property
    def _candidates(self) -> tuple[tuple[Module, bytes], ...]:
        """The files with addresses, and their facts as bytes, which are looked through faster."""
        encoded = ((module, self._encoded.of(module)) for module in self._symbols.modules.values())
        return tuple((module, data) for module, data in encoded if _ANYWHERE.search(data))

    @cached_property
    def _functions(self) -> dict[facts.Function, list[Function]]:
        found: dict[facts.Function, list[Function]] = defaultdict(list)
        for function in self._symbols.functions:
            found[function.fact].append(function)
        return found

    # --- in one file --------------------------------------------------------------------------------------------------

    def _in(self, path: str, body: facts.Block) -> Iterator[Text]:
        start = _Part(body, "default" if _is_of_settings(path) else "used")
        todo: list[tuple[_Part, Location]] = [(start, Location(path, 1))]
        while todo:
            part, place = todo.pop()
            node = part.node
            if isinstance(node, facts.Const):
                match = ORIGIN.match(node.value.strip()) if isinstance(node.value, str) else None
                if match is not None:
                    yield Text(match[0], place, part.standing, part.names)
                continue
            if isinstance(node, facts.Call):
                place = Location(path, node.line, node.column, len(last_name(node.func)))
            elif isinstance(line := getattr(node, "line", None), int) and not isinstance(node, facts.Comprehension):
                place = Location(path, line)
            # In the order in which it is written.
            todo += [(_within(part, inner), place) for inner in reversed(list(self._parts(node)))]

    def _parts(self, node: object) -> Iterator[_Part]:
        """What a node is made of."""
        match node:
            case tuple():
                yield from map(_Part, node)
            case facts.Function():
                yield _Part(node.decorators)
                for parameter in node.parameters:
                    given = self._is_given(node, parameter)
                    yield _Part(parameter.default, "default" if given else "used", (parameter.name,))
                yield _Part(node.body)
            case facts.Class():
                of_settings = _speaks(node.name) or any(_speaks(last_name(base)) for base in node.bases)
                yield from map(_Part, (node.decorators, node.keywords))
                yield _Part(node.body, "default" if of_settings else "used")
            case facts.Call():
                yield from _of_call(node)
            case facts.Assign():
                yield _of_assignment(node.value, node.targets)
            case facts.Annotated():
                yield _of_assignment(node.value, (node.target,))
            case facts.Item():
                yield _Part(node.value, names=_text_names(node.key))
            case facts.Boolean(op="or"):
                yield _Part(node.values[0])
                yield from (_Part(value, "default") for value in node.values[1:])
            case facts.Conditional():
                asks = any(_speaks(name) or name in ("environ", "getenv") for name in names_in(node))
                yield _Part((node.test, node.body, node.orelse), "default" if asks else "used")
            case facts.Raise() | facts.Compare():
                return
            case _:
                yield from (_Part(getattr(node, field)) for field in getattr(node, "__struct_fields__", ()))

    def _is_given(self, fact: facts.Function, parameter: facts.Parameter) -> bool:
        """Whether a call passes something for a parameter."""
        if not isinstance(parameter.default, facts.Const) or not isinstance(parameter.default.value, str):
            return False
        sites = [(site, function) for function in self._functions.get(fact, ()) for site in function.callers]
        return any(argument_for(site, function, parameter.name) is not None for site, function in sites)


def _within(outer: _Part, inner: _Part) -> _Part:
    standing = max(outer.standing, inner.standing, key=_WEAKER.__getitem__)
    starts = isinstance(outer.node, facts.Function | facts.Class)
    return _Part(inner.node, standing, inner.names if starts else (*outer.names, *inner.names))


def _of_call(call: facts.Call) -> Iterator[_Part]:
    name = last_name(call.func)
    yield _Part(call.func)
    asked: tuple[str, ...] = ()
    of_settings = _speaks(name) and name != "get"
    for index, arg in enumerate(call.args):
        default = bool(asked) or of_settings or (index > 0 and name in _READING)
        yield _Part(arg, _standing(default, said=name in _SAYING), asked)
        asked = asked or tuple(text for text in _text_names(arg) if _SETTING.fullmatch(text))
    holder = last_name(call.func.value) if isinstance(call.func, facts.Attr) else ""
    for keyword in call.keywords:
        default = bool(asked) or of_settings or keyword.name in _DEFAULTS
        default = default or (_speaks(holder) and keyword.name.isupper())
        said = name in _SAYING or keyword.name in _EXPLAINING
        yield _Part(keyword.value, _standing(default, said=said), (*asked, keyword.name))


def _standing(default: bool, *, said: bool) -> Standing:  # noqa: FBT001 - read at its two calls, just above
    return "said" if said else "default" if default else "used"


def _of_assignment(value: facts.Expr | None, targets: tuple[facts.Expr, ...]) -> _Part:
    names: list[str] = []
    for target in targets:
        names += [target.name] if isinstance(target, facts.Attr) else target_names(target)
        names += _text_names(target.index) if isinstance(target, facts.Subscript) else ()
    return _Part(value, "default" if any(map(_holds_settings, targets)) else "used", tuple(names))


def _text_names(expr: facts.Expr | None) -> tuple[str, ...]:
    return (expr.value,) if isinstance(expr, facts.Const) and isinstance(expr.value, str) else ()


def _is_of_settings(path: str) -> bool:
    """Whether a module holds configuration, by its name or its folder's."""
    folder, name = posixpath.split(posixpath.splitext(path)[0])
    return _speaks(name) or posixpath.basename(folder).lower() in _SETTINGS


def _speaks(name: str) -> bool:
    """Whether a name speaks of configuration."""
    return not _SETTINGS.isdisjoint(words(name))


def _holds_settings(target: facts.Expr) -> bool:
    """Whether an assignment's target is a part of the configuration: `app.config["USERS_URL"]`, `CONFIG`."""
    if isinstance(target, facts.Subscript):
        return _speaks(last_name(target.value)) or last_name(target.value) == "environ"
    if isinstance(target, facts.Attr):
        return _speaks(last_name(target.value))
    return any(map(_speaks, target_names(target)))
