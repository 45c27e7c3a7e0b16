"""From a change to what it cuts out of a text and puts there instead: one function for each kind of change."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import libcst as cst

from commlint.finding import (
    Change,
    Fix,
    Gather,
    Imported,
    ReadSetting,
    SetArgument,
    SetDefault,
    SetNamed,
    SpreadKnown,
    UseGet,
)
from commlint.fix.cut import CannotBeMadeError, Cut
from commlint.fix.prologue import Prologue
from commlint.fix.source import Source, below

_WORD = re.compile(r"\w+")
_STRINGS = (cst.SimpleString, cst.FormattedString)


def cuts(source: Source, fix: Fix, file: str) -> tuple[Cut, ...]:
    """What a fix does to one file; nothing where it is as the fix wants it.

    Raises:
        CannotBeMadeError: The file does not look as the fix expects it.
    """
    made: list[Cut] = []
    for change in fix.changes:
        if change.location.file == file:
            made += _KINDS[type(change)](source, change)
    if made:
        prologue = Prologue(source)
        words = {word for cut in made for word in _WORD.findall(cut.text)}
        for imported in fix.imports:
            if (imported.name or imported.module) in words:
                made += _imported(prologue, imported)
    text = source.text
    return tuple(sorted({cut for cut in made if text[cut.start : cut.end].decode() != cut.text}))


def _imported(prologue: Prologue, imported: Imported) -> Iterator[Cut]:
    if prologue.imports(imported):
        return
    if prologue.has_other(imported):
        raise CannotBeMadeError(f"`{imported.name or imported.module}` means something else there")
    yield prologue.new_import(imported)


# --- arguments --------------------------------------------------------------------------------------------------------


def _set_argument(source: Source, change: SetArgument) -> Iterator[Cut]:
    node = source.named(change.location)
    if isinstance(node, cst.Call):
        args = tuple(node.args)
        close = source.inner(node)[1] - 1
    elif isinstance(node, cst.ClassDef) and isinstance(node.lpar, cst.LeftParen):
        args = (*node.bases, *node.keywords)
        assert isinstance(node.rpar, cst.RightParen)  # noqa: S101 - they come in pairs
        close = source.inner(node.rpar)[1] - 1
    else:
        raise CannotBeMadeError("no call is there")
    given = _given(args, change.selector)
    if given is not None:
        yield _replacement(source, given.value, change.value)
        return
    name = next((part.removeprefix("kw:") for part in change.selector.split("|") if part.startswith("kw:")), "")
    alone = args[0].value if len(args) == 1 and not args[0].star else None
    if not name or (isinstance(alone, cst.GeneratorExp) and not alone.lpar):
        raise CannotBeMadeError("there is no place for a keyword")
    yield from _appended(source, args, close, f"{name}={change.value}")


def _given(args: Iterable[cst.Arg], selector: str) -> cst.Arg | None:
    args = tuple(args)
    for part in selector.split("|"):
        kind, _, name = part.partition(":")
        if kind == "kw":
            for arg in args:
                if arg.keyword is not None and arg.keyword.value == name:
                    return arg
        elif kind == "arg" and int(name) < len(args):
            upto = args[: int(name) + 1]
            if all(not arg.star and arg.keyword is None for arg in upto):
                return upto[-1]
    return None


def _appended(source: Source, args: tuple[cst.Arg, ...], close: int, argument: str) -> Iterator[Cut]:
    """Puts an argument behind the last one, on a line of its own where that one has its own."""
    if not args:
        yield Cut(close, close, 0, argument)
        return
    start, end = source.span(args[-1].value)
    rest = source.text[end:close]
    comma = _comma(rest)
    newline = _newline(rest, comma + 1)
    before = source.text[source.line_start(start) : start]
    if args[-1].keyword is not None or args[-1].star:
        begins = source.inner(args[-1])[0]
        before = source.text[source.line_start(begins) : begins]
    if newline is None or before.strip():
        if comma < 0:
            yield Cut(end, end, 0, f", {argument}")
        else:
            yield Cut(end + comma + 1, end + comma + 1, 0, f" {argument},")
        return
    line = f"{source.newline}{before.decode()}{argument}"
    at = end + newline
    if comma >= 0:
        yield Cut(at, at, 0, f"{line},")
    elif newline == 0:
        yield Cut(at, at, 0, f",{line}")
    else:
        yield Cut(end, end, 0, ",")
        yield Cut(at, at, 0, line)


def _comma(rest: bytes) -> int:
    """Where the comma is in white space and comments; -1 where there is none."""
    in_comment = False
    for index, byte in enumerate(rest):
        if byte in b"\r\n":
            in_comment = False
        elif byte == 0x23:
            in_comment = True
        elif byte == 0x2C and not in_comment:
            return index
    return -1


def _newline(rest: bytes, start: int) -> int | None:
    """Where the first line end is in some text, from a place on."""
    return next((index for index in range(start, len(rest)) if rest[index] in b"\r\n"), None)


def _set_default(source: Source, change: SetDefault) -> Iterator[Cut]:
    node = source.named(change.location)
    if not isinstance(node, cst.FunctionDef):
        raise CannotBeMadeError("no function is there")
    parameters = node.params
    for parameter in (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params):
        if parameter.name.value == change.parameter and parameter.default is not None:
            yield _replacement(source, parameter.default, change.value)
            return
    raise CannotBeMadeError("it has no such default")


# --- values -----------------------------------------------------------------------------------------------------------


def _set_named(source: Source, change: SetNamed) -> Iterator[Cut]:
    named = source.named(change.location)
    if isinstance(named, cst.Call):
        parts: tuple[cst.CSTNode, ...] = tuple(named.args)
    elif isinstance(named, cst.ClassDef):
        parts = tuple(named.keywords)
    else:
        parts = source.statements(change.location.line)
    # The keywords of the call itself go before those of calls inside it.
    own = [part.value for part in parts if isinstance(part, cst.Arg) and _last_name(part.keyword) == change.name]
    values = own or [v for part in parts for node in below(part) if (v := _under(node, change.name)) is not None]
    if len(values) != 1:
        raise CannotBeMadeError(f"it cannot be told what `{change.name}` is meant")
    value = values[0]
    if isinstance(value, cst.Attribute):
        yield _replacement(source, value.attr, change.value.strip("\"'"))
    else:
        yield _replacement(source, value, change.value)


def _under(node: cst.CSTNode, name: str) -> cst.BaseExpression | None:
    """What a node says under a name."""
    match node:
        case cst.Arg(keyword=cst.Name(value=word), value=value) if word == name:
            return value
        case cst.DictElement(key=key, value=value) if _text(key) == name:
            return value
        case cst.Assign(targets=targets, value=value) if any(_last_name(t.target) == name for t in targets):
            return value
        case cst.AnnAssign(target=target, value=value) if _last_name(target) == name:
            return value
        case _:
            return None


def _last_name(node: cst.BaseExpression | None) -> str:
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""


def _spread_known(source: Source, change: SpreadKnown) -> Iterator[Cut]:
    node = source.named(change.location)
    spread = [arg for arg in node.args if arg.star == "**"] if isinstance(node, cst.Call) else []
    if not isinstance(node, cst.Call) or len(spread) != 1:
        raise CannotBeMadeError("no `**data` is there")
    data = spread[0].value
    simple = isinstance(data, cst.Name | cst.Attribute | cst.Subscript | cst.Call) or data.lpar
    written = source.written(data) if simple else f"({source.written(data)})"
    fields = f"{source.written(node.func)}.__dataclass_fields__"
    yield _replacement(source, data, f"{{key: value for key, value in {written}.items() if key in {fields}}}")


def _use_get(source: Source, change: UseGet) -> Iterator[Cut]:
    node = source.subscript(change.location)
    if node is None or len(node.slice) != 1 or node in source.stored:
        raise CannotBeMadeError("nothing is read there")
    index = node.slice[0].slice
    if not isinstance(index, cst.Index):
        raise CannotBeMadeError("a slice is read there")
    yield Cut(source.span(node.value)[1], source.inner(node)[1], 0, f".get({source.written(index.value)})")


def _text(node: cst.BaseExpression) -> str | None:
    """A string as it is meant; `None` for anything else."""
    if isinstance(node, cst.SimpleString):
        value = node.evaluated_value
        return value if isinstance(value, str) else None
    return None


# --- statements -------------------------------------------------------------------------------------------------------


def _gather(source: Source, change: Gather) -> Iterator[Cut]:
    row = source.row(change.location.line, change.statements)
    if not row:
        raise CannotBeMadeError("the statements do not follow each other")
    newline = source.newline
    start = source.inner(row[0])[0]
    outer = source.text[source.line_start(start) : start].decode()
    inner = outer + source.module.default_indent
    targets: list[str] = []
    lines: list[str] = []
    for number, statement in enumerate(row):
        target, awaited = _awaited(statement)
        unclosed = isinstance(target, cst.Tuple) and not target.lpar
        targets.append(f"({source.written(target)})" if unclosed else source.written(target))
        if number:
            comments = (line.comment for line in statement.leading_lines)
            lines += [f"{inner}{comment.value}" for comment in comments if comment is not None]
        trailing = statement.trailing_whitespace.comment
        value = source.written(awaited)
        if not any(isinstance(node, _STRINGS) and "\n" in source.written(node) for node in below(awaited)):
            value = value.replace("\n", f"\n{source.module.default_indent}")
        lines.append(f"{inner}{value},{f'  {trailing.value}' if trailing is not None else ''}")
    end = source.inner(row[-1])[1]
    if row[-1].trailing_whitespace.comment is not None:
        end = source.inner(row[-1].trailing_whitespace.comment)[1]
    text = newline.join([f"{', '.join(targets)} = await asyncio.gather(", *lines, f"{outer})"])
    yield Cut(start, end, 0, text)


def _awaited(statement: cst.SimpleStatementLine) -> tuple[cst.BaseExpression, cst.BaseExpression]:
    """The target of `target = await value`, and the value."""
    only = statement.body[0]
    if len(statement.body) == 1 and isinstance(only, cst.Assign) and isinstance(only.value, cst.Await):
        if len(only.targets) == 1:
            return only.targets[0].target, only.value.expression
    raise CannotBeMadeError("a statement does more than await something")


# --- addresses --------------------------------------------------------------------------------------------------------


def _read_setting(source: Source, change: ReadSetting) -> Iterator[Cut]:
    call = source.named(change.location)
    if isinstance(call, cst.Call):
        parts: tuple[cst.CSTNode, ...] = (*call.args, call.func)
    else:
        parts = source.head(change.location.line)
    direct = {
        node.value: node
        for node in source.statements(change.location.line)
        if isinstance(node, cst.Assign | cst.AnnAssign) and source.is_global(node)
    }
    prologue = Prologue(source)
    within = [node for part in parts for node in below(part)]
    joined = {part for node in within if isinstance(node, cst.ConcatenatedString) for part in (node.left, node.right)}
    strings = [node for node in within if _begins_with(node, change.address)]
    if not strings:
        raise CannotBeMadeError("the address is not written there as a whole")
    for node in strings:
        if node in direct and isinstance(node, cst.SimpleString):
            yield _replacement(source, node, f'os.environ.get("{change.variable}", {source.written(node)})')
            continue
        yield _with_constant(source, node, change, joined=node in joined)
        line = f'{change.variable} = os.environ.get("{change.variable}", "{change.address}")'
        if not prologue.says(line):
            if change.variable in prologue.bound:
                raise CannotBeMadeError(f"`{change.variable}` means something else there")
            yield prologue.new_line(line, change.variable)


def _begins_with(node: cst.CSTNode, address: str) -> bool:
    if isinstance(node, cst.SimpleString):
        return node.raw_value.startswith(address) and "b" not in node.prefix
    if isinstance(node, cst.FormattedString) and node.parts:
        first = node.parts[0]
        return isinstance(first, cst.FormattedStringText) and first.value.startswith(address)
    return False


def _with_constant(source: Source, node: cst.CSTNode, change: ReadSetting, *, joined: bool) -> Cut:
    """A text with the name of a constant in place of the address that it begins with.

    Args:
        source: The file.
        node: The text.
        change: The change.
        joined: Another text follows the text without an operator, so that it has to remain one.
    """
    if isinstance(node, cst.FormattedString):
        start = source.inner(node)[0] + len(node.start)
        return Cut(start, start + len(change.address.encode()), 0, f"{{{change.variable}}}")
    assert isinstance(node, cst.SimpleString)  # noqa: S101 - `_begins_with` knows no other
    rest = node.raw_value.removeprefix(change.address)
    if not rest and not joined:
        return _replacement(source, node, change.variable)
    start, end = source.inner(node)
    escaped = rest.replace("{", "{{").replace("}", "}}")
    prefix = "f" + node.prefix.lower().replace("u", "")
    return Cut(start, end, 0, f"{prefix}{node.quote}{{{change.variable}}}{escaped}{node.quote}")


def _replacement(source: Source, node: cst.CSTNode, text: str) -> Cut:
    start, end = source.span(node)
    # Parentheses may be all that keeps a value from the words around it: `return(None)`.
    before, after = source.text[:start][-1:], source.text[end : end + 1]
    return Cut(start, end, 0, f"{' ' * before.isalnum()}{text}{' ' * after.isalnum()}")


# A change goes to the function for its type, which no type checker can follow.
_KINDS: dict[type[Change], Callable[[Source, Any], Iterator[Cut]]] = {
    SetArgument: _set_argument,
    SetDefault: _set_default,
    SetNamed: _set_named,
    SpreadKnown: _spread_known,
    UseGet: _use_get,
    Gather: _gather,
    ReadSetting: _read_setting,
}
