"""Go templates as Helm charts use them, as far as values alone decide; what they do not decide becomes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

_TOKEN = re.compile(
    r"\s*(?:(?P<string>\"(?:\\.|[^\"\\])*\"|`[^`]*`)|(?P<number>-?\d+(?:\.\d+)?)|(?P<field>\$?[\w]*(?:\.[\w]+)+|\$\w*|\.)"
    r"|(?P<name>[A-Za-z_]\w*)|(?P<sign>:=|[()|,=]))"
)
_MAX_DEPTH = 60
_MAX_STEPS = 20_000
_MAX_LENGTH = 1_000_000
_MAX_WIDTH = 200
_FALSE = frozenset({"", "false", "0", "null"})


class Unknown(Exception):  # noqa: N818 - it is no error of the program
    """What an expression stands for is not known here."""


class Chunk(msgspec.Struct, frozen=True):
    """A piece of what a template becomes.

    Attributes:
        text: The piece.
        line: The line of the template that it begins on, counted from 1.
        moves: Its own lines are those of the template; else all of it is from one line.
    """

    text: str
    line: int
    moves: bool


class _Node(msgspec.Struct):
    """A text, an action, or a block with what stands in it and what stands after its `else`."""

    kind: str
    text: str
    line: int
    inner: list[_Node] = msgspec.field(default_factory=list)
    other: list[_Node] = msgspec.field(default_factory=list)


class Templates:
    """The templates of a chart.

    Args:
        texts: Their texts, by path.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._parsed = {path: _parse(text) for path, text in texts.items()}
        self._defined: dict[str, list[_Node]] = {}
        for nodes in self._parsed.values():
            for node in nodes:
                if node.kind in ("define", "block") and (name := re.search(r"[\"`]([^\"`]+)[\"`]", node.text)):
                    self._defined[name[1]] = node.inner
        self._steps = 0
        self._length = 0

    def render(self, path: str, context: Mapping[str, Any]) -> list[Chunk]:
        """What a template becomes.

        Args:
            path: The template.
            context: `Values`, `Chart` and `Release`.
        """
        self._steps = self._length = 0
        return list(self._nodes(self._parsed[path], context, {"$": context}, 0))

    # --- nodes --------------------------------------------------------------------------------------------------------

    def _nodes(self, nodes: Sequence[_Node], dot: Any, names: dict[str, Any], depth: int) -> Iterator[Chunk]:
        if depth > _MAX_DEPTH:
            return
        for node in nodes:
            self._steps += 1
            if self._steps > _MAX_STEPS:
                return
            match node.kind:
                case "text":
                    yield Chunk(node.text, node.line, moves=True)
                case "if":
                    taken = node.inner if self._holds(node.text, dot, names, depth) else node.other
                    yield from self._nodes(taken, dot, names, depth + 1)
                case "with":
                    value = self._tried(node.text, dot, names, depth)
                    if _true(value):
                        yield from self._nodes(node.inner, value, dict(names), depth + 1)
                    else:
                        yield from self._nodes(node.other, dot, dict(names), depth + 1)
                case "range":
                    yield from self._range(node, dot, names, depth)
                case "template":
                    yield Chunk(self._text(f"include {node.text}", dot, names, depth), node.line, moves=False)
                case "action":
                    yield Chunk(self._text(node.text, dot, names, depth), node.line, moves=False)
                case _:
                    pass

    def _range(self, node: _Node, dot: Any, names: dict[str, Any], depth: int) -> Iterator[Chunk]:
        variables, assigned, expression = node.text.rpartition(":=")
        value = self._tried(expression, dot, names, depth)
        wanted = re.findall(r"\$\w+", variables) if assigned else []
        if isinstance(value, Mapping):
            items = [(key, value[key]) for key in sorted(value)]
        else:
            items = [(str(index), item) for index, item in enumerate(value)] if isinstance(value, list) else []
        for key, item in items:
            own = dict(names)
            own.update(zip(wanted, (key, item) if len(wanted) > 1 else (item,), strict=False))
            yield from self._nodes(node.inner, item, own, depth + 1)
        if not items:
            yield from self._nodes(node.other, dot, dict(names), depth + 1)

    def _holds(self, expression: str, dot: Any, names: dict[str, Any], depth: int) -> bool:
        try:
            return _true(self._value(expression, dot, names, depth))
        except Unknown:
            # Most often it asks for what the cluster can do, and the first branch is for one of today.
            return True

    def _tried(self, expression: str, dot: Any, names: dict[str, Any], depth: int) -> Any:
        try:
            return self._value(expression, dot, names, depth)
        except Unknown:
            return None

    def _text(self, expression: str, dot: Any, names: dict[str, Any], depth: int) -> str:
        match = re.match(r"\s*(\$\w+)\s*:?=\s*(.*)", expression, re.DOTALL)
        if match is not None:
            names[match[1]] = self._tried(match[2], dot, names, depth)
            return ""
        text = _shown(self._tried(expression, dot, names, depth))
        self._length += len(text)
        return text if self._length <= _MAX_LENGTH else ""

    # --- expressions --------------------------------------------------------------------------------------------------

    def _value(self, expression: str, dot: Any, names: Mapping[str, Any], depth: int) -> Any:
        tokens = _tokens(expression)
        value, rest = self._pipeline(tokens, dot, names, depth + 1)
        if rest:
            raise Unknown
        return value

    def _pipeline(
        self, tokens: list[tuple[str, str]], dot: Any, names: Mapping[str, Any], depth: int
    ) -> tuple[Any, list[tuple[str, str]]]:
        if depth > _MAX_DEPTH:
            raise Unknown
        piped: list[Any] = []
        while True:
            function = ""
            arguments: list[Any] = []
            while tokens and tokens[0] not in (("sign", "|"), ("sign", ")")):
                kind, text = tokens[0]
                tokens = tokens[1:]
                if (kind, text) == ("sign", "("):
                    value, tokens = self._pipeline(tokens, dot, names, depth + 1)
                    if not tokens:
                        raise Unknown
                    tokens = tokens[1:]
                    while tokens and tokens[0][0] == "field" and tokens[0][1].startswith(".") and len(tokens[0][1]) > 1:
                        value, tokens = _path(value, tokens[0][1]), tokens[1:]
                    arguments.append(value)
                elif kind == "name" and text not in ("true", "false", "nil"):
                    if function:
                        raise Unknown
                    function = text
                else:
                    arguments.append(self._operand(kind, text, dot, names))
            value = self._call(function, [*arguments, *piped], dot, names, depth) if function else None
            if not function:
                if len(arguments) != 1 or piped:
                    raise Unknown
                value = arguments[0]
            if not tokens or tokens[0] == ("sign", ")"):
                return value, tokens
            piped, tokens = [value], tokens[1:]

    def _operand(self, kind: str, text: str, dot: Any, names: Mapping[str, Any]) -> Any:
        if kind == "string":
            try:
                return text[1:-1] if text.startswith("`") else json.loads(text)
            except ValueError:
                raise Unknown from None
        if kind == "field":
            first, _, rest = text.partition(".")
            if first and first not in names:
                raise Unknown
            base = names[first] if first else dot
            return _path(base, rest) if rest else base
        if kind == "sign":
            raise Unknown
        return {"nil": None}.get(text, text)

    def _call(self, name: str, arguments: list[Any], dot: Any, names: Mapping[str, Any], depth: int) -> Any:
        if name == "include" and arguments:
            body = self._defined.get(str(arguments[0]))
            if body is None:
                raise Unknown
            inner = arguments[1] if len(arguments) > 1 else dot
            chunks = self._nodes(body, inner, {"$": inner}, depth + 1)
            return "".join(chunk.text for chunk in chunks)
        if name == "tpl" and arguments:
            nodes = _parse(_shown(arguments[0]))
            inner = arguments[1] if len(arguments) > 1 else dot
            return "".join(chunk.text for chunk in self._nodes(nodes, inner, {"$": names.get("$")}, depth + 1))
        function = _FUNCTIONS.get(name)
        if function is None:
            raise Unknown
        try:
            return function(*arguments)
        except (TypeError, ValueError, IndexError, KeyError, AttributeError, RecursionError, OverflowError):
            raise Unknown from None


def _path(value: Any, path: str) -> Any:
    for part in path.strip(".").split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _true(value: Any) -> bool:
    return value.lower() not in _FALSE if isinstance(value, str) else bool(value)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _yaml(value: Any, column: int = 0) -> str:
    """A value as YAML in block style."""
    if column > _MAX_WIDTH:
        raise ValueError
    pad = " " * column
    if isinstance(value, Mapping) and value:
        lines = []
        for key, item in value.items():
            nested = isinstance(item, Mapping | list) and bool(item)
            lines.append(
                f"{pad}{json.dumps(str(key))}:" + (f"\n{_yaml(item, column + 2)}" if nested else f" {_yaml(item)}")
            )
        return "\n".join(lines)
    if isinstance(value, list) and value:
        return "\n".join(
            f"{pad}-"
            + (f"\n{_yaml(item, column + 2)}" if isinstance(item, Mapping | list) and item else f" {_yaml(item)}")
            for item in value
        )
    return json.dumps(value)


def _indented(width: Any, text: Any) -> str:
    if int(width) > _MAX_WIDTH:
        raise ValueError
    return "\n".join(" " * int(width) + line for line in _shown(text).split("\n"))


def _default(fallback: Any, value: Any = None) -> Any:
    return value if _true(value) else fallback


def _printf(form: str, *values: Any) -> str:
    rest = iter(values)
    return re.sub(r"%[-+ 0-9.]*[svdqgft]", lambda _: _shown(next(rest, "")), form)


def _chosen(yes: Any, no: Any, test: Any) -> Any:
    return yes if _true(test) else no


def _and(*values: Any) -> Any:
    return next((value for value in values if not _true(value)), values[-1])


def _or(*values: Any) -> Any:
    return next((value for value in values if _true(value)), values[-1])


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "quote": lambda *values: " ".join(json.dumps(_shown(value)) for value in values),
    "squote": lambda value: "'" + _shown(value).replace("'", "''") + "'",
    "default": _default,
    "required": lambda _, value: value,
    "coalesce": _or,
    "toYaml": _yaml,
    "toJson": json.dumps,
    "toString": _shown,
    "indent": _indented,
    "nindent": lambda width, text: "\n" + _indented(width, text),
    "trunc": lambda width, text: text[: int(width)] if int(width) >= 0 else text[int(width) :],
    "trimSuffix": lambda end, text: text.removesuffix(end),
    "trimPrefix": lambda start, text: text.removeprefix(start),
    "trim": lambda text: text.strip(),
    "trimAll": lambda signs, text: text.strip(signs),
    "replace": lambda old, new, text: text.replace(old, new),
    "lower": lambda text: text.lower(),
    "upper": lambda text: text.upper(),
    "contains": lambda part, text: part in text,
    "hasPrefix": lambda start, text: text.startswith(start),
    "hasSuffix": lambda end, text: text.endswith(end),
    "hasKey": lambda table, key: key in table,
    "get": lambda table, key: table.get(key, ""),
    "index": lambda table, *keys: (
        _path(table, ".".join(map(str, keys))) if isinstance(table, Mapping) else table[int(keys[0])]
    ),
    "printf": _printf,
    "print": lambda *values: "".join(map(_shown, values)),
    "eq": lambda value, *others: any(_shown(value) == _shown(other) for other in others),
    "ne": lambda a, b: _shown(a) != _shown(b),
    "gt": lambda a, b: float(a) > float(b),
    "lt": lambda a, b: float(a) < float(b),
    "ge": lambda a, b: float(a) >= float(b),
    "le": lambda a, b: float(a) <= float(b),
    "and": _and,
    "or": _or,
    "not": lambda value: not _true(value),
    "empty": lambda value: not _true(value),
    "ternary": _chosen,
    "int": lambda value: int(float(value)),
    "int64": lambda value: int(float(value)),
    "list": lambda *values: list(values),
    "dict": lambda *pairs: dict(zip(pairs[::2], pairs[1::2], strict=True)),
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
    "join": lambda sign, values: sign.join(map(_shown, values)),
    "len": len,
    "kindIs": lambda kind, value: (
        kind == ("map" if isinstance(value, dict) else "slice" if isinstance(value, list) else "string")
    ),
}


def _tokens(expression: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    end = len(expression.rstrip())
    while at < end:
        match = _TOKEN.match(expression, at)
        if match is None or match.lastgroup is None:
            raise Unknown
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def _parse(text: str) -> list[_Node]:
    """The nodes of a template; blocks that do not end, end with it."""
    top: list[_Node] = []
    stack: list[tuple[_Node | None, list[_Node]]] = [(None, top)]
    at, line, trim = 0, 1, False
    while (start := text.find("{{", at)) >= 0 and (end := text.find("}}", start)) >= 0:
        body = text[start + 2 : end]
        before = text[at:start]
        before = before.rstrip() if body[:1] == "-" and body[1:2].isspace() else before
        _add(stack[-1][1], before, line, trim=trim)
        line += text.count("\n", at, start)
        trim = body[-1:] == "-" and body[-2:-1].isspace()
        _note(stack, body.strip("- \t\r\n") if not body.strip().startswith("/*") else "", line)
        line += body.count("\n")
        at = end + 2
    _add(stack[-1][1], text[at:], line, trim=trim)
    return top


def _note(stack: list[tuple[_Node | None, list[_Node]]], body: str, line: int) -> None:
    """Takes an action among the nodes: a block is opened or closed by it, or it stands by itself."""
    word, _, rest = body.partition(" ")
    block = stack[-1][0]
    if word in ("if", "with", "range", "define", "block"):
        node = _Node(word, rest, line)
        stack[-1][1].append(node)
        stack.append((node, node.inner))
    elif word == "else" and block is not None:
        stack.pop()
        if rest.startswith(("if ", "with ")):
            node = _Node(rest.split(" ", 1)[0], rest.split(" ", 1)[1], line)
            block.other.append(node)
            stack.append((node, node.inner))
        else:
            stack.append((block, block.other))
    elif word == "end" and len(stack) > 1:
        stack.pop()
    elif body:
        stack[-1][1].append(_Node("template", rest, line) if word == "template" else _Node("action", body, line))


def _add(nodes: list[_Node], text: str, line: int, *, trim: bool) -> None:
    kept = text.lstrip() if trim else text
    if kept:
        nodes.append(_Node("text", kept, line + text.count("\n", 0, len(text) - len(kept))))
