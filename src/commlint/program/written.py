"""Addresses of services that are written into code, where the same system takes addresses from its configuration."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from commlint import facts
from commlint.finding import Location, Service
from commlint.program.code import last_name, names_in, target_names
from commlint.program.constants import argument_for, words

if TYPE_CHECKING:
    from commlint.program.crossings import Crossing
    from commlint.program.symbols import Function, Symbols
    from commlint.workspace import Workspace

# Scheme and host, or host and port, at the beginning of a text.
_ORIGIN = re.compile(
    r"[a-z][a-z0-9+.-]*://[^\s/@:?#{}]+(?::\d+)?(?=[/?#{]|$)|[^\s/@:?#{}]+:\d+(?=[/?#{]|$)", re.IGNORECASE
)
_SETTING = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
# Words for code that is configuration: of modules and their folders, classes, variables.
_SETTINGS = frozenset({"conf", "config", "configs", "configuration", "env", "setting", "settings"})
# Methods and functions that take a name and what holds where nothing stands under it.
_READING = frozenset({"get", "getenv", "getattr", "pop", "setdefault"})
_DEFAULTS = frozenset({"default", "fallback"})
# What is said to people, and calls nobody.
_SAYING = frozenset({"critical", "debug", "echo", "error", "exception", "info", "log", "print", "warning"})
_EXPLAINING = frozenset({"description", "example", "examples", "help", "summary", "title"})

# How a text stands in the code: as it is used, as what holds where the configuration says nothing, or for people.
_Standing: TypeAlias = Literal["used", "default", "said"]


class Written(msgspec.Struct, frozen=True):
    """Addresses that are written into code.

    Attributes:
        location: The call or statement that they stand in.
        addresses: The addresses, as scheme and host, in the order in which they stand there.
        targets: The services that they are addresses of.
        configured: A call of the same system whose address comes from its configuration.
    """

    location: Location
    addresses: tuple[str, ...]
    targets: tuple[Service, ...]
    configured: Crossing


class _Text(msgspec.Struct, frozen=True):
    """An address in code, and how it stands there."""

    origin: str
    location: Location
    standing: _Standing


def find_written(symbols: Symbols, workspace: Workspace, crossings: Iterable[Crossing]) -> Iterator[Written]:
    """Finds addresses of services in code that calls use, in systems that have others in their configuration.

    Args:
        symbols: What is defined where.
        workspace: The services, and what manifests set for them.
        crossings: The calls between services.
    """
    called: dict[tuple[str, str], Crossing] = {}
    asked = [c for c in crossings if c.kind != "rpc" and c.target is not None and c.target is not c.source]
    for crossing in asked:
        if crossing.sure and (origin := _origin(crossing)):
            called.setdefault((crossing.source.root, origin), crossing)
    texts = _Texts(symbols, workspace, frozenset(origin for _, origin in called))
    systems = _systems(asked)
    configured: dict[str, list[Crossing]] = defaultdict(list)
    for crossing in asked:
        if texts.is_configured(crossing):
            configured[systems[crossing.source.root]].append(crossing)
    found: dict[Location, dict[str, Crossing]] = defaultdict(dict)
    for root, text in texts.used():
        for (source, origin), crossing in called.items():
            if origin == text.origin and root in (None, source) and configured[systems[source]]:
                found[text.location].setdefault(origin, crossing)
    for location in sorted(found):
        uses = found[location]
        first = next(iter(uses.values()))
        near = min(configured[systems[first.source.root]], key=lambda c: (c.source is not first.source, c.location))
        targets = dict.fromkeys(crossing.target for crossing in uses.values() if crossing.target is not None)
        yield Written(location, tuple(uses), tuple(targets), near)


def _origin(crossing: Crossing) -> str:
    """Scheme and host that a call goes to; empty where they are not known as a whole."""
    address = crossing.way.address
    match = _ORIGIN.match(address.base if crossing.kind == "grpc" else address.url)
    return match[0] if match is not None else ""


def _systems(crossings: Iterable[Crossing]) -> Mapping[str, str]:
    """For each service, by its root, one of those that it is connected with."""
    joined: dict[str, str] = {}

    def top(root: str) -> str:
        while joined.setdefault(root, root) != root:
            root = joined[root]
        return root

    for crossing in crossings:
        if crossing.target is not None:
            joined[top(crossing.source.root)] = top(crossing.target.root)
    return {root: top(root) for root in list(joined)}


class _Texts:
    """The addresses in code, by the service that it belongs to."""

    def __init__(self, symbols: Symbols, workspace: Workspace, origins: frozenset[str]) -> None:
        self._workspace = workspace
        self._functions: dict[facts.Function, list[Function]] = defaultdict(list)
        for function in symbols.functions:
            self._functions[function.fact].append(function)
        self._found: dict[tuple[str | None, str], list[_Text]] = defaultdict(list)
        for module in symbols.modules.values():
            if not origins:
                break
            service = workspace.service_of(module.path)
            for text in self._in(module.path, module.fact.body, origins):
                self._found[None if service is None else service.root, text.origin].append(text)

    def used(self) -> Iterator[tuple[str | None, _Text]]:
        """The addresses that calls use as they stand there, and the root of their service."""
        for (root, _), texts in self._found.items():
            yield from ((root, text) for text in texts if text.standing == "used")

    def is_configured(self, crossing: Crossing) -> bool:
        """Whether the configuration says where a call goes."""
        origin = _origin(crossing)
        if not origin:
            return True
        values = self._workspace.settings.get(crossing.source.root, {}).values()
        host = origin.partition("://")[2].partition(":")[0]
        if any(value == host or value.startswith(origin) for value in values):
            return True
        around = [text for root in (crossing.source.root, None) for text in self._found.get((root, origin), ())]
        return any(text.standing == "default" for text in around)

    # --- in one file --------------------------------------------------------------------------------------------------

    def _in(self, path: str, body: facts.Block, origins: frozenset[str]) -> Iterator[_Text]:
        start: _Standing = "default" if _is_of_settings(path) else "used"
        todo: list[tuple[object, Location, _Standing]] = [(body, Location(path, 1), start)]
        while todo:
            node, place, standing = todo.pop()
            if isinstance(node, facts.Const):
                match = _ORIGIN.match(node.value.strip()) if isinstance(node.value, str) else None
                if match is not None and match[0] in origins:
                    yield _Text(match[0], place, standing)
                continue
            if isinstance(node, facts.Call):
                place = Location(path, node.line, node.column, len(last_name(node.func)))
            elif isinstance(line := getattr(node, "line", None), int) and not isinstance(node, facts.Comprehension):
                place = Location(path, line)
            # In the order in which it is written.
            todo += [(part, place, _weaker(standing, own)) for part, own in reversed(list(self._parts(node)))]

    def _parts(self, node: object) -> Iterator[tuple[object, _Standing]]:
        """What a node is made of, and how it stands there."""
        match node:
            case tuple():
                yield from ((part, "used") for part in node)
            case facts.Function():
                yield from ((decorator, "used") for decorator in node.decorators)
                for parameter in node.parameters:
                    yield parameter.default, "default" if self._is_given(node, parameter.name) else "used"
                yield node.body, "used"
            case facts.Class():
                of_settings = _speaks(node.name) or any(_speaks(last_name(base)) for base in node.bases)
                yield from ((part, "used") for part in (*node.decorators, *node.keywords))
                yield node.body, "default" if of_settings else "used"
            case facts.Call():
                yield from _of_call(node)
            case facts.Assign():
                yield node.value, "default" if any(map(_holds_settings, node.targets)) else "used"
            case facts.Annotated():
                yield node.value, "default" if _holds_settings(node.target) else "used"
            case facts.Boolean(op="or"):
                yield node.values[0], "used"
                yield from ((value, "default") for value in node.values[1:])
            case facts.Conditional():
                asks = any(_speaks(name) or name in ("environ", "getenv") for name in names_in(node))
                yield from ((part, "default" if asks else "used") for part in (node.test, node.body, node.orelse))
            case facts.Raise() | facts.Compare():
                return
            case _:
                yield from ((getattr(node, field), "used") for field in getattr(node, "__struct_fields__", ()))

    def _is_given(self, fact: facts.Function, name: str) -> bool:
        """Whether a call passes something for a parameter."""
        sites = [(site, function) for function in self._functions.get(fact, ()) for site in function.callers]
        return any(argument_for(site, function, name) is not None for site, function in sites)


def _of_call(call: facts.Call) -> Iterator[tuple[object, _Standing]]:
    name = last_name(call.func)
    yield call.func, "used"
    said = name in _SAYING
    named = False
    for index, arg in enumerate(call.args):
        default = named or (index > 0 and name in _READING) or (_speaks(name) and name != "get")
        yield arg, "said" if said else "default" if default else "used"
        named = named or (isinstance(arg, facts.Const) and _SETTING.fullmatch(str(arg.value)) is not None)
    holder = last_name(call.func.value) if isinstance(call.func, facts.Attr) else ""
    for keyword in call.keywords:
        default = named or _speaks(name) or keyword.name in _DEFAULTS or (_speaks(holder) and keyword.name.isupper())
        yield keyword.value, "said" if said or keyword.name in _EXPLAINING else "default" if default else "used"


def _weaker(outer: _Standing, own: _Standing) -> _Standing:
    """How something stands in the code that is a part of something else."""
    order: tuple[_Standing, ...] = ("used", "default", "said")
    return max(outer, own, key=order.index)


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
    return any(map(_speaks, target_names(target))) or (
        isinstance(target, facts.Attr) and _speaks(last_name(target.value))
    )
