"""Calls and where they stand: what surrounds each in its function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from commlint import facts
from commlint.finding import Location

if TYPE_CHECKING:
    from commlint.catalogue.models import Callback
    from commlint.program.flow import Node
    from commlint.program.symbols import Function
    from commlint.program.values import External


class Frame:
    """A statement in its block, and the block in what it belongs to: where a call is, and what comes after it.

    Attributes:
        block: The block.
        index: Which of its statements is meant.
        parent: The frame of the compound statement that the block belongs to; `None` for a function's own block.
        role: Which block of it: `body`, `orelse`, `handler`, `final`, `case`; `function` for a function's own.
        handler: The handler, where the role says so.
    """

    __slots__ = ("block", "handler", "index", "parent", "role")

    def __init__(
        self, block: facts.Block, index: int, parent: Frame | None, role: str, handler: facts.Handler | None = None
    ) -> None:
        self.block = block
        self.index = index
        self.parent = parent
        self.role = role
        self.handler = handler

    @property
    def statement(self) -> facts.Stmt:
        """The statement meant."""
        return self.block[self.index]

    def outward(self) -> Iterator[Frame]:
        """This frame and those around it, the innermost first."""
        frame: Frame | None = self
        while frame is not None:
            yield frame
            frame = frame.parent


class Site:
    """A call.

    Attributes:
        call: What it says.
        function: The function it is in.
        frame: The statement it is in; `None` for one in a definition's head (decorators, defaults).
        comprehensions: The comprehensions it is repeated by, the outermost first.
        awaited: It is the operand of `await`, or the context of `async with`.
        arguments: What its positional arguments may hold, and whether each is a `*argument`.
        keywords: What its keyword arguments may hold; `**argument` has an empty name.
        outer: The call that it is an argument of.
        result: What it may return.
        targets: The functions of the program that it may call, and through which model of a higher-order function;
            `None` where it calls them itself.
        externals: What it may call outside the program, and the `functools.partial` that adds arguments; through which
            model of a higher-order function, as for targets.
    """

    __slots__ = (
        "arguments",
        "awaited",
        "call",
        "callee",
        "comprehensions",
        "externals",
        "frame",
        "function",
        "keywords",
        "outer",
        "result",
        "targets",
    )

    def __init__(
        self,
        call: facts.Call,
        function: Function,
        frame: Frame | None,
        comprehensions: tuple[facts.Comprehension, ...],
        *,
        awaited: bool,
    ) -> None:
        self.call = call
        self.function = function
        self.frame = frame
        self.comprehensions = comprehensions
        self.awaited = awaited
        self.arguments: list[tuple[Node | None, bool]] = []
        self.keywords: list[tuple[str, Node | None]] = []
        self.callee: Node | None = None
        self.outer: Site | None = None
        self.result: Node
        self.targets: dict[Function, Callback | None] = {}
        self.externals: dict[tuple[External, Site | None], Callback | None] = {}

    @property
    def location(self) -> Location:
        """Where the called name stands."""
        return Location(self.function.module.path, self.call.line, self.call.column, len(self.name))

    @property
    def name(self) -> str:
        """The called name; empty for a call of a call and the like."""
        func = self.call.func
        return func.name if isinstance(func, facts.Attr) else func.id if isinstance(func, facts.Name) else ""

    @property
    def choices(self) -> int:
        """How many functions it may call in place of each other; hooks and receivers of signals are called along."""
        return sum(via is None or bool(via.callable) for via in self.targets.values())

    def frames(self) -> Iterator[Frame]:
        """The frames around it in its function, the innermost first."""
        if self.frame is not None:
            yield from self.frame.outward()


def select(call: facts.Call, selector: str) -> facts.Expr | None:
    """The argument of a call that a selector (`arg:0|kw:url`) means; `None` where it is not given."""
    for alternative in selector.split("|"):
        kind, _, name = alternative.partition(":")
        if kind == "arg":
            position = int(name)
            if position < len(call.args) and not any(isinstance(a, facts.Star) for a in call.args[: position + 1]):
                return call.args[position]
        elif kind == "kw":
            for keyword in call.keywords:
                if keyword.name == name:
                    return keyword.value
    return None
