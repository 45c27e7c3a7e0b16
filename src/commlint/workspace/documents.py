"""YAML as manifests use it: every scalar a text that knows its line, any tag, and complaints with their place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

# The C parser reads the same language ten times as fast; not every build of PyYAML has it.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# More pairs than any mapping written by hand has: merge keys can multiply to no end.
_MAX_PAIRS = 10_000
_MAX_DEPTH = 100
_DIVIDER = re.compile(r"^---(?=\s|$)[^\n]*\n?", re.MULTILINE)
# Nesting takes a column or a bracket for each level.
_INDENTED = re.compile(r"^[ \t?-]{80}", re.MULTILINE)


class Text(str):
    """A scalar.

    Attributes:
        line: The line that it begins on, counted from 1.
    """

    __slots__ = ("line",)
    line: int


class Broken(Exception):  # noqa: N818 - it is no error of the program
    """A text that is no YAML, and where.

    Attributes:
        reason: What is wrong, in one line.
        line: Where, counted from 1.
        column: Where, counted from 1.
    """

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column


class _Loader(_Base):  # type: ignore[misc, no-any-unimported]  # the base depends on how PyYAML was built
    """Reads scalars as text, as manifests mean them (`22:22` is no number), and takes any tag."""

    # Of the plain scalars only merge keys and nulls have a meaning of their own.
    yaml_implicit_resolvers = {
        first: [pair for pair in resolvers if pair[0].endswith((":merge", ":null"))]
        for first, resolvers in _Base.yaml_implicit_resolvers.items()
    }

    # The line in the file before the first of the text.
    above = 0
    # Everything is made at once, so that a node that holds itself is found out instead of made.
    deep_construct = True

    def flatten_mapping(self, node: Any) -> None:
        super().flatten_mapping(node)
        if len(node.value) > _MAX_PAIRS:
            raise yaml.MarkedYAMLError("while merging mappings", None, "too many keys", node.start_mark)

    def text(self, node: Any) -> Text:
        """A scalar with its line."""
        return on_line(node.value, node.start_mark.line + self.above + 1)

    def plain(self, node: Any) -> Any:
        """The value of a node with a tag that means nothing here."""
        if isinstance(node, yaml.MappingNode):
            return self.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return self.construct_sequence(node, deep=True)
        return self.text(node)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:  # noqa: FBT001, FBT002  # PyYAML's signature
        # Keys that are no text have no meaning in these files, and may not be hashable.
        self.flatten_mapping(node)
        return {
            self.text(key): self.construct_object(value, deep=deep)
            for key, value in node.value
            if isinstance(key, yaml.ScalarNode)
        }


_Loader.add_constructor("tag:yaml.org,2002:str", _Loader.text)
_Loader.add_constructor(None, _Loader.plain)


class _Tagged(_Loader):
    """Keeps the short forms of CloudFormation's functions: `!Ref X` is read as `{Ref: X}`."""

    def function(self, node: Any) -> Any:
        """What a tag stands for."""
        name = str(node.tag).removeprefix("!")
        return {name if name in ("Ref", "Condition") else f"Fn::{name}": self.plain(node)}


_Tagged.add_constructor(None, _Tagged.function)


class _Counting(_Base):  # type: ignore[misc, no-any-unimported]
    """Counts how deep it is: the C parser would overrun its stack instead of raising."""

    _depth = 0

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        # Called for each node on the way down.
        super().descend_resolver(current_node, current_index)
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise yaml.MarkedYAMLError("while reading a collection", None, "nested too deeply", current_node.start_mark)

    def ascend_resolver(self) -> None:
        super().ascend_resolver()
        self._depth -= 1


class _Careful(_Counting, _Loader):
    """Reads what may be nested deeply."""


class _CarefulTagged(_Counting, _Tagged):
    """The same with the functions of CloudFormation."""


def load(text: str, *, above: int = 0, tagged: bool = False) -> Any:
    """The first document of a text: mappings, lists, `Text` and `None`.

    Args:
        text: YAML.
        above: How many lines of the file stand before it.
        tagged: Read `!Ref X` as `{Ref: X}`, instead of leaving tags out.

    Raises:
        Broken: It is none.
    """
    deep = _may_be_deep(text)
    kind = (_CarefulTagged if deep else _Tagged) if tagged else _Careful if deep else _Loader
    try:
        loader = kind(text)
        loader.above = above
        try:
            return loader.get_data() if loader.check_data() else None
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise _broken(text, error, above) from None
    except (RecursionError, ValueError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise Broken(reason, above + 1, 1) from None


def _may_be_deep(text: str) -> bool:
    return text.count("[") + text.count("{") > _MAX_DEPTH or _INDENTED.search(text) is not None


def split(text: str) -> Iterator[tuple[int, str]]:
    """The documents of a text that holds several, each with how many lines stand before it."""
    start = 0
    above = 0
    for divider in _DIVIDER.finditer(text):
        yield above, text[start : divider.start()]
        above += text.count("\n", start, divider.end())
        start = divider.end()
    yield above, text[start:]


def on_line(text: str, line: int) -> Text:
    """A text that stands on a line."""
    scalar = Text(text)
    scalar.line = line
    return scalar


def line_of(value: object) -> int:
    """The line that a value stands on; the first where that is not known."""
    return value.line if isinstance(value, Text) else 1


def mapping(value: object) -> dict[str, Any]:
    """A value that should be a mapping; an empty one where it is not."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> list[Any]:
    """A value that should be a list; an empty one where it is not."""
    return value if isinstance(value, list) else []


def scalar(value: object) -> str:
    """A value that should be a text; an empty one where it is not."""
    return value if isinstance(value, str) else ""


def _broken(text: str, error: yaml.YAMLError, above: int) -> Broken:
    """A parser's complaint with its place."""
    line = column = 1
    reason = str(error)
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        if mark is not None:
            line, column = mark.line + 1, mark.column + 1
        reason = ", ".join(filter(None, (error.problem, error.context)))
    elif isinstance(error, yaml.reader.ReaderError):
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        reason = error.reason
    return Broken(" ".join(reason.split()), line + above, column)
