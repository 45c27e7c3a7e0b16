"""Where nodes of a libcst tree stand in their file.

libcst's own position provider costs about twice the parse, since it keeps a range for every node. Here the code is
generated once (a third of the parse), and where one of the few nodes that need a place begins, the number of tokens so
far is noted; the rest is arithmetic.
"""

from __future__ import annotations

from bisect import bisect_right
from contextlib import AbstractContextManager, nullcontext
from itertools import accumulate

import libcst as cst
from libcst._nodes.internal import CodegenState

_MARKED = frozenset(
    {
        cst.Name,
        cst.Call,
        cst.FunctionDef,
        cst.ClassDef,
        cst.SimpleStatementLine,
        cst.SimpleStatementSuite,
        cst.SubscriptElement,
        cst.If,
        cst.For,
        cst.While,
        cst.Try,
        cst.TryStar,
        cst.With,
        cst.Match,
        cst.ExceptHandler,
        cst.ExceptStarHandler,
    }
)
_NOTHING: AbstractContextManager[None] = nullcontext()


class _Noting(CodegenState):
    """Generates code and notes the number of tokens before each marked node."""

    __slots__ = ("marks",)

    def __init__(self, module: cst.Module) -> None:
        super().__init__(default_indent=module.default_indent, default_newline=module.default_newline)
        self.marks: list[tuple[cst.CSTNode, int]] = []

    # libcst declares what `@contextmanager` makes of it.
    def record_syntactic_position(  # type: ignore[override]
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> AbstractContextManager[None]:
        # Called by every node right before its first own token, after its leading lines and parentheses.
        del start_node, end_node
        if type(node) in _MARKED:
            self.marks.append((node, len(self.tokens)))
        return _NOTHING


class Positions:
    """Places of the marked nodes of one module.

    Attributes:
        lines: How many lines the module has.
    """

    def __init__(self, module: cst.Module) -> None:
        state = _Noting(module)
        module._codegen(state)  # noqa: SLF001 - libcst offers no public way to generate code with a state of one's own
        offsets = [0, *accumulate(map(len, state.tokens))]
        self._offsets = {node: offsets[index] for node, index in state.marks}
        text = "".join(state.tokens)
        self._starts = _line_starts(text)
        self.lines = len(self._starts) - (not text or text[-1] in "\r\n")

    def of(self, node: cst.CSTNode) -> tuple[int, int]:
        """Line and column of a marked node, both counted from 1."""
        offset = self._offsets[node]
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line(self, node: cst.CSTNode) -> int:
        """Line of a marked node, counted from 1."""
        return bisect_right(self._starts, self._offsets[node])


def _line_starts(text: str) -> list[int]:
    """Offsets at which lines begin, lines being what Python takes for them."""
    starts = [0]
    if "\r" not in text:
        position = text.find("\n")
        while position >= 0:
            starts.append(position + 1)
            position = text.find("\n", position + 1)
        return starts
    for index, char in enumerate(text):
        if char == "\n" or (char == "\r" and text[index + 1 : index + 2] != "\n"):
            starts.append(index + 1)
    return starts
