"""What one Python file says, without its syntax tree.

The facts of a module are its code with everything left out that no question of ours needs: white space, comments,
docstrings, arithmetic, annotations of locals. What stays keeps its order and nesting, since guards, loops and branches
are matters of order and nesting. Facts are plain frozen values: they travel between processes and into files as
MessagePack (`encode`, `decode`), and reading them from a stranger runs nothing.

They hold no judgement and know no library, so they depend on the file's bytes alone.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

# Written into anything that keeps facts; to be raised with every change of their shape or meaning.
VERSION = 1


class _Node(msgspec.Struct, frozen=True, array_like=True, gc=False, eq=False):
    """Base of all facts: compared by identity, so that a fact can be a key that stands for its place."""


# --- expressions ------------------------------------------------------------------------------------------------------


class Name(_Node, frozen=True, tag=1):
    """A plain name."""

    id: str


class Attr(_Node, frozen=True, tag=2):
    """`value.name`."""

    value: Expr
    name: str


class Keyword(_Node, frozen=True):
    """`name=value` in a call; `**value` where the name is empty."""

    name: str
    value: Expr


class Call(_Node, frozen=True, tag=3):
    """A call; its place is that of the called name: `.get(` in a chain over several lines."""

    func: Expr
    args: tuple[Expr, ...]
    keywords: tuple[Keyword, ...]
    line: int
    column: int


class Const(_Node, frozen=True, tag=4):
    """A literal: `None`, a truth value, number or string. Bytes and `...` are `Other`."""

    value: Constant


class Format(_Node, frozen=True, tag=5):
    """An f-string or a concatenation of literals: its parts in order."""

    parts: tuple[Expr, ...]


class Binary(_Node, frozen=True, tag=6):
    """`left op right`, with the operator as written: `+`, `%`, `|`."""

    op: str
    left: Expr
    right: Expr


class Sequence(_Node, frozen=True, tag=7):
    """A list, tuple or set display."""

    kind: str
    items: tuple[Expr, ...]


class Item(_Node, frozen=True):
    """`key: value` of a dict display; `**value` where there is no key."""

    key: Expr | None
    value: Expr


class Mapping(_Node, frozen=True, tag=8):
    """A dict display."""

    items: tuple[Item, ...]


class Subscript(_Node, frozen=True, tag=9):
    """`value[index]`; several indices are a tuple."""

    value: Expr
    index: Expr


class Lambda(_Node, frozen=True, tag=10):
    """A lambda: a function whose body is one return."""

    function: Function


class Clause(_Node, frozen=True):
    """`for target in iterable if tests` of a comprehension."""

    target: Expr
    iterable: Expr
    tests: tuple[Expr, ...]
    is_async: bool


class Comprehension(_Node, frozen=True, tag=11):
    """A comprehension or generator expression: kind `list`, `set`, `dict` or `generator`; a dict has two elements."""

    kind: str
    elements: tuple[Expr, ...]
    clauses: tuple[Clause, ...]
    line: int


class Conditional(_Node, frozen=True, tag=12):
    """`body if test else orelse`."""

    test: Expr
    body: Expr
    orelse: Expr


class Boolean(_Node, frozen=True, tag=13):
    """`and`/`or` over two or more operands."""

    op: str
    values: tuple[Expr, ...]


class Not(_Node, frozen=True, tag=14):
    """`not value`."""

    value: Expr


class Compare(_Node, frozen=True, tag=15):
    """`left op right op ...`, operators as written: `==`, `is not`, `in`."""

    left: Expr
    ops: tuple[str, ...]
    rights: tuple[Expr, ...]


class Await(_Node, frozen=True, tag=16):
    """`await value`."""

    value: Expr


class Yield(_Node, frozen=True, tag=17):
    """`yield value` or, with `each`, `yield from value`."""

    value: Expr | None
    each: bool


class Walrus(_Node, frozen=True, tag=18):
    """`(name := value)`."""

    name: str
    value: Expr


class Star(_Node, frozen=True, tag=19):
    """`*value` in a call, display or target."""

    value: Expr


class Slice(_Node, frozen=True, tag=21):
    """`lower:upper:step` as an index."""

    lower: Expr | None
    upper: Expr | None
    step: Expr | None

    @property
    def parts(self) -> tuple[Expr, ...]:
        """Those that are there."""
        return tuple(part for part in (self.lower, self.upper, self.step) if part is not None)


class Other(_Node, frozen=True, tag=20):
    """Any other expression, kept for what is evaluated inside it: arithmetic, bytes."""

    parts: tuple[Expr, ...]


Constant: TypeAlias = bool | int | float | str | None
Expr: TypeAlias = (
    Name
    | Attr
    | Call
    | Const
    | Format
    | Binary
    | Sequence
    | Mapping
    | Subscript
    | Lambda
    | Comprehension
    | Conditional
    | Boolean
    | Not
    | Compare
    | Await
    | Yield
    | Walrus
    | Star
    | Slice
    | Other
)


# --- statements -------------------------------------------------------------------------------------------------------


class Assign(_Node, frozen=True, tag=30):
    """`target = ... = value`; augmented with its operator (`+=`), else an empty one."""

    targets: tuple[Expr, ...]
    value: Expr
    op: str
    line: int


class Annotated(_Node, frozen=True, tag=31):
    """`target: annotation = value`."""

    target: Expr
    annotation: Expr
    value: Expr | None
    line: int


class Evaluate(_Node, frozen=True, tag=32):
    """An expression as a statement."""

    value: Expr
    line: int


class Return(_Node, frozen=True, tag=33):
    """`return value`."""

    value: Expr | None
    line: int


class Raise(_Node, frozen=True, tag=34):
    """`raise error`; a bare one has none."""

    error: Expr | None
    line: int


class If(_Node, frozen=True, tag=35):
    """`if`; an `elif` is an `If` alone in `orelse`."""

    test: Expr
    body: Block
    orelse: Block
    line: int


class For(_Node, frozen=True, tag=36):
    """`for` or `async for`."""

    target: Expr
    iterable: Expr
    body: Block
    orelse: Block
    is_async: bool
    line: int


class While(_Node, frozen=True, tag=37):
    """`while`."""

    test: Expr
    body: Block
    orelse: Block
    line: int


class Handler(_Node, frozen=True):
    """`except error as name`; a bare one has no error."""

    error: Expr | None
    name: str
    body: Block
    line: int


class Try(_Node, frozen=True, tag=38):
    """`try` with its handlers, `else` and `finally`."""

    body: Block
    handlers: tuple[Handler, ...]
    orelse: Block
    final: Block
    line: int


class WithItem(_Node, frozen=True):
    """`context as target`."""

    context: Expr
    target: Expr | None


class With(_Node, frozen=True, tag=39):
    """`with` or `async with`."""

    items: tuple[WithItem, ...]
    body: Block
    is_async: bool
    line: int


class Case(_Node, frozen=True):
    """One `case`; of its pattern only the names it binds, and whether it matches anything."""

    names: tuple[str, ...]
    catch_all: bool
    guard: Expr | None
    body: Block


class Match(_Node, frozen=True, tag=40):
    """`match`."""

    subject: Expr
    cases: tuple[Case, ...]
    line: int


class Jump(_Node, frozen=True, tag=41):
    """`break` or `continue`."""

    kind: str


class Outer(_Node, frozen=True, tag=42):
    """`global` or `nonlocal` names."""

    kind: str
    names: tuple[str, ...]


class Alias(_Node, frozen=True):
    """`name as bound`; `import a.b` without `as` binds, and so names, `a`."""

    name: str
    bound: str


class Import(_Node, frozen=True, tag=43):
    """`import a.b` (empty `module`, level 0) or `from module import names`; a star import has the one name `*`."""

    module: str
    level: int
    names: tuple[Alias, ...]
    is_from: bool
    line: int


class Delete(_Node, frozen=True, tag=44):
    """`del target`."""

    targets: tuple[Expr, ...]


class Assert(_Node, frozen=True, tag=45):
    """`assert test`."""

    test: Expr
    line: int


class Parameter(_Node, frozen=True):
    """A parameter: kind `positional`, `normal`, `keyword`, `args` or `kwargs`."""

    name: str
    kind: str
    annotation: Expr | None
    default: Expr | None


class Function(_Node, frozen=True, tag=46):
    """A function or method, or with the name `<lambda>` a lambda; its place is that of its name."""

    name: str
    parameters: tuple[Parameter, ...]
    body: Block
    decorators: tuple[Expr, ...]
    returns: Expr | None
    is_async: bool
    is_generator: bool
    line: int
    column: int


class Class(_Node, frozen=True, tag=47):
    """A class; its place is that of its name."""

    name: str
    bases: tuple[Expr, ...]
    keywords: tuple[Keyword, ...]
    decorators: tuple[Expr, ...]
    body: Block
    line: int
    column: int


Stmt: TypeAlias = (
    Assign
    | Annotated
    | Evaluate
    | Return
    | Raise
    | If
    | For
    | While
    | Try
    | With
    | Match
    | Jump
    | Outer
    | Import
    | Delete
    | Assert
    | Function
    | Class
)
Block: TypeAlias = tuple[Stmt, ...]


class Module(_Node, frozen=True):
    """The facts of one file.

    Attributes:
        path: Relative to the root of the analysis, with forward slashes.
        body: Its top-level statements.
        lines: How many lines it has.
    """

    path: str
    body: Block
    lines: int


class Unreadable(_Node, frozen=True):
    """A file that could not be read as Python, and why.

    Attributes:
        path: Relative to the root of the analysis, with forward slashes.
        line: Where reading failed, counted from 1.
        column: Likewise, counted from 1.
        reason: The parser's or decoder's message, one line.
    """

    path: str
    line: int
    column: int
    reason: str


class Failed(_Node, frozen=True):
    """A file on which the extractor itself failed, and how: a bug of ours."""

    path: str
    reason: str


class Extracted(_Node, frozen=True):
    """What extraction sends back for a lot of files, in the order asked for."""

    modules: tuple[Module, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    failed: tuple[Failed, ...] = ()


def moved(extracted: Extracted, path: str) -> Extracted:
    """What was extracted of one file, as of a file with another path."""
    return Extracted(
        tuple(msgspec.structs.replace(module, path=path) for module in extracted.modules),
        tuple(msgspec.structs.replace(unreadable, path=path) for unreadable in extracted.unreadable),
        tuple(msgspec.structs.replace(failed, path=path) for failed in extracted.failed),
    )


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Extracted)


def encode(extracted: Extracted) -> bytes:
    """Facts as bytes."""
    return _encoder.encode(extracted)


def decode(data: bytes) -> Extracted:
    """Facts from bytes.

    Raises:
        msgspec.DecodeError: The bytes are not facts of this version.
    """
    return _decoder.decode(data)
