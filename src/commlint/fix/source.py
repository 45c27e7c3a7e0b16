"""One file's text together with its tree: where the nodes that changes name stand in it.

Nothing is ever written with libcst: it says where things are, and everything between them stays as it is. Since it
leaves out form feeds where lines begin, and some blank lines, places in its code are mapped to those in the text.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import libcst as cst
from libcst.metadata import ByteSpanPositionProvider, CodeSpan, MetadataWrapper

from commlint.finding import Location

_LINE_END = re.compile(rb"\r\n|\r|\n")
_BLANK = b" \t\f\r\n"
_SUITE_STATEMENTS = (cst.SimpleStatementLine, cst.BaseCompoundStatement)


class CannotBeReadError(Exception):
    """A file cannot be read as Python, or not so that each byte of it is accounted for."""


class Source:
    """One file.

    Attributes:
        module: Its tree.
        text: Its text in UTF-8, without byte order mark.
        encoding: How it is written.
    """

    def __init__(self, data: bytes) -> None:
        """Reads a file.

        Args:
            data: Its bytes.

        Raises:
            CannotBeReadError: They are no Python.
        """
        self._mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
        try:
            self.module = cst.parse_module(data)
            self.encoding = self.module.encoding.removesuffix("-sig")
            self.text = data.removeprefix(self._mark).decode(self.encoding).encode()
            self._code = self.module.code.encode()
            # A wrapper would copy the tree first, to be safe from nodes that stand in it twice; a parsed one has none.
            wrapper = MetadataWrapper(self.module, unsafe_skip_copy=True)
            self._spans: Mapping[cst.CSTNode, CodeSpan] = wrapper.resolve(ByteSpanPositionProvider)
        except (cst.ParserSyntaxError, LookupError, SyntaxError, ValueError, RecursionError) as error:
            raise CannotBeReadError(str(error).partition("\n")[0]) from None
        self._shifts = _aligned(self._code, self.text)

    def data(self, text: bytes) -> bytes:
        """Text of this file as the bytes of the file.

        Raises:
            UnicodeError: The file's encoding has no such letter.
        """
        return self._mark + text.decode().encode(self.encoding)

    @property
    def newline(self) -> str:
        """How its lines end."""
        return self.module.default_newline

    # --- where nodes stand --------------------------------------------------------------------------------------------

    def span(self, node: cst.CSTNode) -> tuple[int, int]:
        """Where a node begins and ends in the text, its parentheses included."""
        start = self._spans[node]
        end = start
        # Those of an import or a definition are one each, and within it.
        if isinstance(left := getattr(node, "lpar", None), Sequence) and left:
            start = self._spans[left[0]]
        if isinstance(right := getattr(node, "rpar", None), Sequence) and right:
            end = self._spans[right[-1]]
        return self._in_text(start.start), self._in_text(end.start + end.length)

    def inner(self, node: cst.CSTNode) -> tuple[int, int]:
        """Where a node begins and ends in the text without its parentheses."""
        span = self._spans[node]
        return self._in_text(span.start), self._in_text(span.start + span.length)

    def written(self, node: cst.CSTNode) -> str:
        """A node as it is written, its parentheses included."""
        start, end = self.span(node)
        return self.text[start:end].decode()

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset in the text, both counted from 1."""
        starts = self._text_starts
        line = _index(starts, offset)
        return line + 1, len(self.text[starts[line] : offset].decode()) + 1

    def line_of(self, node: cst.CSTNode) -> int:
        """The line on which a node begins, counted from 1."""
        return _index(self._code_starts, self._spans[node].start) + 1

    def line_start(self, offset: int) -> int:
        """Where the line of an offset begins."""
        return self._text_starts[_index(self._text_starts, offset)]

    def after_line(self, offset: int) -> int:
        """Where the line after that of an offset begins, or the text ends."""
        following = _index(self._text_starts, offset) + 1
        return self._text_starts[following] if following < len(self._text_starts) else len(self.text)

    def _in_text(self, offset: int) -> int:
        if not self._shifts:
            return offset
        return offset + sum(1 for at in self._shifts if at <= offset)

    @cached_property
    def _text_starts(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    @cached_property
    def _code_starts(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_END.finditer(self._code))]

    # --- what stands at a place ---------------------------------------------------------------------------------------

    def named(self, location: Location) -> cst.Call | cst.ClassDef | cst.FunctionDef | None:
        """The call, class or function whose name stands at a place."""
        return self._named.get(self._offset(location))

    def subscript(self, location: Location) -> cst.Subscript | None:
        """The subscript whose key stands at a place."""
        found = (node for node in self.nodes if isinstance(node, cst.Subscript))
        offset = self._offset(location)
        return next((node for node in found if self._spans[node.slice[0]].start == offset), None)

    def _offset(self, location: Location) -> int:
        if not 0 < location.line <= len(self._code_starts):
            return -1
        start = self._code_starts[location.line - 1]
        line = self._code[start:].partition(b"\n")[0].decode(errors="replace")
        return start + len(line[: location.column - 1].encode())

    def statements(self, line: int) -> tuple[cst.BaseSmallStatement, ...]:
        """The simple statements that begin on a line."""
        return tuple(self._small.get(line, ()))

    def head(self, line: int) -> tuple[cst.CSTNode, ...]:
        """What is worked out by the simple statements, and before the blocks of the compound one, that begin there."""
        parts: list[cst.CSTNode] = list(self.statements(line))
        match self._compound.get(line):
            case cst.If(test=part) | cst.While(test=part) | cst.For(iter=part) | cst.Match(subject=part):
                parts.append(part)
            case cst.With(items=items):
                parts += [item.item for item in items]
            case cst.FunctionDef(params=part):
                parts.append(part)
            case cst.ClassDef(bases=bases, keywords=keywords):
                parts += [*bases, *keywords]
            case _:
                pass
        return tuple(parts)

    def is_global(self, statement: cst.BaseSmallStatement) -> bool:
        """Whether a statement is run once, when the module is imported."""
        return statement in self._global

    def row(self, line: int, count: int) -> tuple[cst.SimpleStatementLine, ...]:
        """Statements of one block in a row, the first of which begins on a line; empty where there are not as many."""
        if line not in self._blocks:
            return ()
        block, index = self._blocks[line]
        row = block[index : index + count]
        simple = tuple(statement for statement in row if isinstance(statement, cst.SimpleStatementLine))
        return simple if len(simple) == count else ()

    @cached_property
    def nodes(self) -> tuple[cst.CSTNode, ...]:
        """All nodes, in the order in which they are written."""
        return tuple(below(self.module))

    @cached_property
    def _named(self) -> dict[int, cst.Call | cst.ClassDef | cst.FunctionDef]:
        found: dict[int, cst.Call | cst.ClassDef | cst.FunctionDef] = {}
        for node in self.nodes:
            if isinstance(node, cst.Call):
                func = node.func
                name = func.attr if isinstance(func, cst.Attribute) else func if isinstance(func, cst.Name) else node
                found.setdefault(self._spans[name].start, node)
            elif isinstance(node, cst.ClassDef | cst.FunctionDef):
                found[self._spans[node.name].start] = node
        return found

    @cached_property
    def _small(self) -> dict[int, list[cst.BaseSmallStatement]]:
        found: dict[int, list[cst.BaseSmallStatement]] = {}
        for node in self.nodes:
            if isinstance(node, cst.BaseSmallStatement):
                found.setdefault(self.line_of(node), []).append(node)
        return found

    @cached_property
    def stored(self) -> set[cst.CSTNode]:
        """What is assigned to, or deleted."""
        found: set[cst.CSTNode] = set()
        todo: list[cst.CSTNode] = [
            node.target
            for node in self.nodes
            if isinstance(node, cst.AssignTarget | cst.AugAssign | cst.AnnAssign | cst.Del | cst.For | cst.CompFor)
        ]
        while todo:
            target = todo.pop()
            if isinstance(target, cst.Tuple | cst.List):
                todo.extend(element.value for element in target.elements)
            else:
                found.add(target)
        return found

    @cached_property
    def _compound(self) -> dict[int, cst.CSTNode]:
        return {self.line_of(node): node for node in self.nodes if isinstance(node, cst.BaseCompoundStatement)}

    @cached_property
    def _global(self) -> set[cst.CSTNode]:
        found: set[cst.CSTNode] = set()
        todo: list[cst.CSTNode] = [self.module]
        while todo:
            node = todo.pop()
            if isinstance(node, cst.BaseSmallStatement):
                found.add(node)
            elif not isinstance(node, cst.FunctionDef | cst.For | cst.While):
                todo.extend(node.children)
        return found

    @cached_property
    def _blocks(self) -> dict[int, tuple[tuple[cst.CSTNode, ...], int]]:
        found: dict[int, tuple[tuple[cst.CSTNode, ...], int]] = {}
        for node in self.nodes:
            if isinstance(node, cst.IndentedBlock | cst.Module):
                block = tuple(node.body)
                for index, statement in enumerate(block):
                    if isinstance(statement, _SUITE_STATEMENTS):
                        found[self.line_of(statement)] = (block, index)
        return found


def below(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A node and all that it is made of, in the order in which they are written."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(current.children))


def _index(starts: list[int], offset: int) -> int:
    return bisect_right(starts, offset) - 1


def _aligned(code: bytes, text: bytes) -> tuple[int, ...]:
    """The offsets in libcst's code before which the text has a byte more."""
    if code == text:
        return ()
    shifts: list[int] = []
    at = 0
    for offset, byte in enumerate(code):
        while at < len(text) and text[at] != byte and text[at] in _BLANK:
            shifts.append(offset)
            at += 1
        if at >= len(text) or text[at] != byte:
            raise CannotBeReadError("its lines cannot be told apart")
        at += 1
    if text[at:].strip():
        raise CannotBeReadError("its lines cannot be told apart")
    return tuple(shifts)
