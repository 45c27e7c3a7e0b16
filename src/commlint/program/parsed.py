"""Remote data that is parsed: the answers and events that reach a call which reads them into a class or schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from commlint import facts
from commlint.program.code import last_name, names_in
from commlint.program.parsers import Parse, Parsers
from commlint.program.parts import bare
from commlint.program.payloads import Payload
from commlint.program.sites import Site
from commlint.program.symbols import Symbols

# What covers every refusal to read a value.
_ANY = frozenset({"builtins.Exception", "builtins.BaseException", "builtins.ValueError"})


class Parsed(msgspec.Struct, frozen=True):
    """A call that parses data of another service.

    Attributes:
        parse: The call, and what it reads the data into.
        payload: The data, of which this is one of the ways that it goes.
        handled: A refusal is caught right there, and what else may be the value is looked at before.
    """

    parse: Parse
    payload: Payload
    handled: bool


def find_parsed(payloads: Iterable[Payload], parsers: Parsers, symbols: Symbols) -> Iterator[Parsed]:
    """Every call that parses remote data, with the first of the data that may be."""
    seen: set[tuple[Site, str]] = set()
    for payload in payloads:
        for given in payload.given:
            # What the program has made of it has the fields that the program gives it.
            for parse in parsers.of(given.site) if bare(given.parts) else ():
                if parse.data is given.argument and (given.site, parse.into) not in seen:
                    seen.add((given.site, parse.into))
                    yield Parsed(parse, payload, _is_handled(parse, symbols))


def _is_handled(parse: Parse, symbols: Symbols) -> bool:
    """Whether the function that parses goes on without the value, or has asked before whether it is one."""
    site = parse.site
    for frame in site.frames():
        statement = frame.parent.statement if frame.parent is not None else None
        if isinstance(statement, facts.Try) and frame.role == "body":
            if any(_covers(handler, parse, symbols) for handler in statement.handlers):
                return True
        elif isinstance(statement, facts.With):
            if any(_suppresses(item.context, parse, symbols) for item in statement.items):
                return True
        elif isinstance(statement, facts.If) and parse.into in names_in(statement.test):
            return True
    return False


def _covers(handler: facts.Handler, parse: Parse, symbols: Symbols) -> bool:
    if handler.body and isinstance(handler.body[-1], facts.Raise):
        return False
    if handler.error is None:
        return True
    errors = handler.error.items if isinstance(handler.error, facts.Sequence) else (handler.error,)
    return any(_is_one(error, parse, symbols) for error in errors)


def _suppresses(context: facts.Expr, parse: Parse, symbols: Symbols) -> bool:
    if not isinstance(context, facts.Call) or last_name(context) != "suppress":
        return False
    return any(_is_one(error, parse, symbols) for error in context.args)


def _is_one(error: facts.Expr, parse: Parse, symbols: Symbols) -> bool:
    path = symbols.resolve(error, parse.site.function.scope)
    if not isinstance(path, str):
        return False
    return (
        path in _ANY or path in parse.errors or path.rpartition(".")[2] in {e.rpartition(".")[2] for e in parse.errors}
    )
