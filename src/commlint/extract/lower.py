"""From libcst's tree to facts: one walk over the fields that matter.

Every kind of node has one function, found by its type. Long chains (`a + b + c ...`, `a.b().c()`, `elif`) are the only
deep trees that people write; the caller raises the recursion limit for them, which costs no C stack since Python 3.11.
"""

# ruff: noqa: SLF001 - the tables at the end are part of the class that they name
from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from commlint import facts
from commlint.extract.positions import Positions

_DOTTED = re.compile(r"[A-Za-z_][\w.]*")


def lower(module: cst.Module) -> facts.Module:
    """The facts of a parsed module, with its path left open."""
    positions = Positions(module)
    return facts.Module("", _Lowering(positions).block(module.body), positions.lines)


class _Lowering:
    """Lowers the nodes of one module."""

    def __init__(self, positions: Positions) -> None:
        self._positions = positions
        # One flag a function that is being lowered: has it got a `yield`?
        self._yields: list[bool] = [False]
        self._depth = 0

    # --- statements ---------------------------------------------------------------------------------------------------

    def block(self, statements: Sequence[cst.BaseStatement | cst.BaseSmallStatement]) -> facts.Block:
        lowered: list[facts.Stmt] = []
        for statement in statements:
            if isinstance(statement, cst.SimpleStatementLine):
                line = self._positions.line(statement)
                for small in statement.body:
                    self._small(small, line, lowered)
            else:
                _STATEMENTS[type(statement)](self, statement, lowered)
        return tuple(lowered)

    def suite(self, suite: cst.BaseSuite) -> facts.Block:
        if isinstance(suite, cst.SimpleStatementSuite):
            line = self._positions.line(suite)
            lowered: list[facts.Stmt] = []
            for small in suite.body:
                self._small(small, line, lowered)
            return tuple(lowered)
        assert isinstance(suite, cst.IndentedBlock)  # noqa: S101 - the only other kind there is
        return self.block(suite.body)

    def _small(self, node: cst.BaseSmallStatement, line: int, out: list[facts.Stmt]) -> None:
        if (lowering := _SMALL.get(type(node))) is not None:
            lowering(self, node, line, out)

    def _expr_statement(self, node: cst.Expr, line: int, out: list[facts.Stmt]) -> None:
        if isinstance(node.value, cst.SimpleString | cst.ConcatenatedString | cst.Ellipsis | cst.Name):
            return  # docstrings and placeholders do nothing
        out.append(facts.Evaluate(self.expr(node.value), line))

    def _assign(self, node: cst.Assign, line: int, out: list[facts.Stmt]) -> None:
        value = self.expr(node.value)
        out.append(facts.Assign(tuple(self.expr(t.target) for t in node.targets), value, "", line))

    def _aug_assign(self, node: cst.AugAssign, line: int, out: list[facts.Stmt]) -> None:
        operator = _operator(node.operator)
        out.append(facts.Assign((self.expr(node.target),), self.expr(node.value), operator, line))

    def _ann_assign(self, node: cst.AnnAssign, line: int, out: list[facts.Stmt]) -> None:
        value = None if node.value is None else self.expr(node.value)
        out.append(facts.Annotated(self.expr(node.target), self.annotation(node.annotation), value, line))

    def _return(self, node: cst.Return, line: int, out: list[facts.Stmt]) -> None:
        out.append(facts.Return(None if node.value is None else self.expr(node.value), line))

    def _raise(self, node: cst.Raise, line: int, out: list[facts.Stmt]) -> None:
        out.append(facts.Raise(None if node.exc is None else self.expr(node.exc), line))

    def _assert(self, node: cst.Assert, line: int, out: list[facts.Stmt]) -> None:
        out.append(facts.Assert(self.expr(node.test), line))

    def _delete(self, node: cst.Del, _line: int, out: list[facts.Stmt]) -> None:
        target = self.expr(node.target)
        out.append(facts.Delete(target.items if isinstance(target, facts.Sequence) else (target,)))

    def _outer(self, node: cst.Global | cst.Nonlocal, _line: int, out: list[facts.Stmt]) -> None:
        kind = "global" if isinstance(node, cst.Global) else "nonlocal"
        out.append(facts.Outer(kind, tuple(item.name.value for item in node.names)))

    def _import(self, node: cst.Import, line: int, out: list[facts.Stmt]) -> None:
        aliases = []
        for alias in node.names:
            name = _dotted(alias.name)
            # Without `as`, what is bound is the outermost package.
            top = name.partition(".")[0]
            aliases.append(facts.Alias(name, bound) if (bound := _bound(alias)) else facts.Alias(top, top))
        out.append(facts.Import("", 0, tuple(aliases), is_from=False, line=line))

    def _import_from(self, node: cst.ImportFrom, line: int, out: list[facts.Stmt]) -> None:
        module = "" if node.module is None else _dotted(node.module)
        if isinstance(node.names, cst.ImportStar):
            aliases: tuple[facts.Alias, ...] = (facts.Alias("*", "*"),)
        else:
            names = [(alias, _dotted(alias.name)) for alias in node.names]
            aliases = tuple(facts.Alias(name, _bound(alias) or name) for alias, name in names)
        out.append(facts.Import(module, len(node.relative), aliases, is_from=True, line=line))

    def _if(self, node: cst.If, out: list[facts.Stmt]) -> None:
        # An `elif` chain is unrolled from its end, so that its length is no depth.
        chain = [node]
        while isinstance(chain[-1].orelse, cst.If):
            chain.append(chain[-1].orelse)
        self._check_depth(len(chain))
        parts = [(self._positions.line(n), self.expr(n.test), self.suite(n.body)) for n in chain]
        last = chain[-1].orelse
        orelse: facts.Block = self.suite(last.body) if isinstance(last, cst.Else) else ()
        for line, test, body in reversed(parts):
            orelse = (facts.If(test, body, orelse, line),)
        out.extend(orelse)

    def _for(self, node: cst.For, out: list[facts.Stmt]) -> None:
        iterable = self.expr(node.iter)
        out.append(
            facts.For(
                self.expr(node.target),
                iterable,
                self.suite(node.body),
                self._orelse(node.orelse),
                node.asynchronous is not None,
                self._positions.line(node),
            )
        )

    def _while(self, node: cst.While, out: list[facts.Stmt]) -> None:
        test = self.expr(node.test)
        out.append(facts.While(test, self.suite(node.body), self._orelse(node.orelse), self._positions.line(node)))

    def _try(self, node: cst.Try | cst.TryStar, out: list[facts.Stmt]) -> None:
        body = self.suite(node.body)
        handlers = tuple(
            facts.Handler(
                None if handler.type is None else self.expr(handler.type),
                handler.name.name.value if handler.name is not None and isinstance(handler.name.name, cst.Name) else "",
                self.suite(handler.body),
                self._positions.line(handler),
            )
            for handler in node.handlers
        )
        final = () if node.finalbody is None else self.suite(node.finalbody.body)
        out.append(facts.Try(body, handlers, self._orelse(node.orelse), final, self._positions.line(node)))

    def _with(self, node: cst.With, out: list[facts.Stmt]) -> None:
        items = tuple(
            facts.WithItem(self.expr(item.item), None if item.asname is None else self.expr(item.asname.name))
            for item in node.items
        )
        out.append(facts.With(items, self.suite(node.body), node.asynchronous is not None, self._positions.line(node)))

    def _match(self, node: cst.Match, out: list[facts.Stmt]) -> None:
        subject = self.expr(node.subject)
        cases = tuple(
            facts.Case(
                tuple(_captures(case.pattern)),
                isinstance(case.pattern, cst.MatchAs) and case.pattern.pattern is None and case.guard is None,
                None if case.guard is None else self.expr(case.guard),
                self.suite(case.body),
            )
            for case in node.cases
        )
        out.append(facts.Match(subject, cases, self._positions.line(node)))

    def _function(self, node: cst.FunctionDef, out: list[facts.Stmt]) -> None:
        decorators = tuple(self.expr(d.decorator) for d in node.decorators)
        parameters = self._parameters(node.params)
        returns = None if node.returns is None else self.annotation(node.returns)
        self._yields.append(False)
        body = self.suite(node.body)
        line, column = self._positions.of(node.name)
        out.append(
            facts.Function(
                node.name.value,
                parameters,
                body,
                decorators,
                returns,
                node.asynchronous is not None,
                self._yields.pop(),
                line,
                column,
            )
        )

    def _class(self, node: cst.ClassDef, out: list[facts.Stmt]) -> None:
        line, column = self._positions.of(node.name)
        out.append(
            facts.Class(
                node.name.value,
                tuple(self.expr(base.value) for base in node.bases),
                self._keywords(node.keywords),
                tuple(self.expr(d.decorator) for d in node.decorators),
                self.suite(node.body),
                line,
                column,
            )
        )

    def _orelse(self, orelse: cst.Else | None) -> facts.Block:
        return () if orelse is None else self.suite(orelse.body)

    def _parameters(self, node: cst.Parameters) -> tuple[facts.Parameter, ...]:
        parameters = [self._parameter(p, "positional") for p in node.posonly_params]
        parameters += [self._parameter(p, "normal") for p in node.params]
        if isinstance(node.star_arg, cst.Param):
            parameters.append(self._parameter(node.star_arg, "args"))
        parameters += [self._parameter(p, "keyword") for p in node.kwonly_params]
        if node.star_kwarg is not None:
            parameters.append(self._parameter(node.star_kwarg, "kwargs"))
        return tuple(parameters)

    def _parameter(self, node: cst.Param, kind: str) -> facts.Parameter:
        return facts.Parameter(
            node.name.value,
            kind,
            None if node.annotation is None else self.annotation(node.annotation),
            None if node.default is None else self.expr(node.default),
        )

    # --- expressions --------------------------------------------------------------------------------------------------

    def expr(self, node: cst.BaseExpression) -> facts.Expr:
        lowering = _EXPRESSIONS.get(type(node))
        if lowering is None:
            return _NOTHING
        self._depth += 1
        self._check_depth(0)
        lowered = lowering(self, node)
        self._depth -= 1
        return lowered

    def _check_depth(self, more: int) -> None:
        if self._depth + more > _DEEPEST:
            raise RecursionError

    def annotation(self, node: cst.Annotation) -> facts.Expr:
        """An annotation; one written as a string is read like one that is not."""
        inner = node.annotation
        if isinstance(inner, cst.SimpleString) and isinstance(text := inner.evaluated_value, str):
            return self._quoted(text.strip())
        return self.expr(inner)

    def _quoted(self, text: str) -> facts.Expr:
        if _DOTTED.fullmatch(text):
            first, *rest = text.split(".")
            named: facts.Expr = facts.Name(first)
            for name in rest:
                named = facts.Attr(named, name)
            return named
        try:
            parsed = cst.parse_expression(text)
        except Exception:  # noqa: BLE001 - libcst raises several kinds; whatever it is, this is no annotation
            return _NOTHING
        # Types have no calls, so that nothing in them needs a place of its own in the file.
        return self.expr(parsed) if not _has_call(parsed) else _NOTHING

    def _name(self, node: cst.Name) -> facts.Expr:
        constant = _CONSTANTS.get(node.value)
        return facts.Name(node.value) if constant is None else constant

    def _attribute(self, node: cst.Attribute) -> facts.Expr:
        return facts.Attr(self.expr(node.value), node.attr.value)

    def _call(self, node: cst.Call) -> facts.Expr:
        func = node.func
        line, column = self._positions.of(
            func.attr if isinstance(func, cst.Attribute) else func if isinstance(func, cst.Name) else node
        )
        lowered = self.expr(func)
        positional, keywords = self._arguments(node.args)
        return facts.Call(lowered, positional, keywords, line, column)

    def _arguments(self, args: Sequence[cst.Arg]) -> tuple[tuple[facts.Expr, ...], tuple[facts.Keyword, ...]]:
        positional: list[facts.Expr] = []
        keywords: list[facts.Keyword] = []
        for arg in args:
            value = self.expr(arg.value)
            if arg.keyword is not None:
                keywords.append(facts.Keyword(arg.keyword.value, value))
            elif arg.star == "**":
                keywords.append(facts.Keyword("", value))
            else:
                positional.append(facts.Star(value) if arg.star else value)
        return tuple(positional), tuple(keywords)

    def _keywords(self, args: Sequence[cst.Arg]) -> tuple[facts.Keyword, ...]:
        return self._arguments(args)[1]

    def _integer(self, node: cst.Integer) -> facts.Expr:
        if len(node.value) > _DIGITS:
            return _NOTHING
        value = node.evaluated_value
        # MessagePack holds 64 bits; no larger number means anything to us.
        return facts.Const(value) if -(2**63) <= value < 2**63 else _NOTHING

    def _float(self, node: cst.Float) -> facts.Expr:
        return facts.Const(node.evaluated_value)

    def _string(self, node: cst.SimpleString) -> facts.Expr:
        value = node.evaluated_value
        return facts.Const(_storable(value)) if isinstance(value, str) else _NOTHING

    def _concatenated(self, node: cst.ConcatenatedString) -> facts.Expr:
        parts: list[facts.Expr] = []
        rest: cst.BaseExpression = node
        while isinstance(rest, cst.ConcatenatedString):
            self._string_parts(rest.left, parts)
            rest = rest.right
        self._string_parts(rest, parts)
        return _joined(parts)

    def _string_parts(self, node: cst.BaseExpression, out: list[facts.Expr]) -> None:
        lowered = self.expr(node)
        out.extend(lowered.parts if isinstance(lowered, facts.Format) else [lowered])

    def _formatted(self, node: cst.FormattedString) -> facts.Expr:
        parts: list[facts.Expr] = []
        for part in node.parts:
            if isinstance(part, cst.FormattedStringText):
                parts.append(facts.Const(_storable(part.value.replace("{{", "{").replace("}}", "}"))))
            else:
                assert isinstance(part, cst.FormattedStringExpression)  # noqa: S101 - the only other kind there is
                shown = self.expr(part.expression)
                # `!r` is a call of `repr`.
                parts.append(_called("repr", shown) if part.conversion == "r" else shown)
        return facts.Format(tuple(parts))

    def _binary(self, node: cst.BinaryOperation) -> facts.Expr:
        # `a + b + c` nests to the left; unrolled, its length is no depth.
        chain = []
        left: cst.BaseExpression = node
        while isinstance(left, cst.BinaryOperation):
            chain.append(left)
            left = left.left
        self._check_depth(len(chain))
        lowered = self.expr(left)
        for operation in reversed(chain):
            operator = _operator(operation.operator)
            lowered = facts.Binary(operator, lowered, self.expr(operation.right))
        return lowered

    def _unary(self, node: cst.UnaryOperation) -> facts.Expr:
        value = self.expr(node.expression)
        if isinstance(node.operator, cst.Not):
            return facts.Not(value)
        if isinstance(node.operator, cst.Minus) and isinstance(value, facts.Const):
            number = value.value
            if isinstance(number, int | float) and not isinstance(number, bool):
                return facts.Const(-number)
        return _other(value)

    def _boolean(self, node: cst.BooleanOperation) -> facts.Expr:
        values: list[facts.Expr] = []
        operator = _operator(node.operator)
        for side in (node.left, node.right):
            value = self.expr(side)
            values.extend(value.values if isinstance(value, facts.Boolean) and value.op == operator else [value])
        return facts.Boolean(operator, tuple(values))

    def _comparison(self, node: cst.Comparison) -> facts.Expr:
        left = self.expr(node.left)
        return facts.Compare(
            left,
            tuple(_operator(target.operator) for target in node.comparisons),
            tuple(self.expr(target.comparator) for target in node.comparisons),
        )

    def _sequence(self, node: cst.List | cst.Tuple | cst.Set) -> facts.Expr:
        items = tuple(
            facts.Star(self.expr(e.value)) if isinstance(e, cst.StarredElement) else self.expr(e.value)
            for e in node.elements
        )
        return facts.Sequence(type(node).__name__.lower(), items)

    def _dict(self, node: cst.Dict) -> facts.Expr:
        return facts.Mapping(
            tuple(
                facts.Item(self.expr(e.key) if isinstance(e, cst.DictElement) else None, self.expr(e.value))
                for e in node.elements
            )
        )

    def _subscript(self, node: cst.Subscript) -> facts.Expr:
        value = self.expr(node.value)
        indices = [
            self.expr(e.slice.value) if isinstance(e.slice, cst.Index) else self._slice(e.slice) for e in node.slice
        ]
        return facts.Subscript(value, indices[0] if len(indices) == 1 else facts.Sequence("tuple", tuple(indices)))

    def _slice(self, node: cst.BaseSlice) -> facts.Expr:
        assert isinstance(node, cst.Slice)  # noqa: S101 - the only other kind there is
        bounds = (node.lower, node.upper, node.step)
        return facts.Slice(*(None if bound is None else self.expr(bound) for bound in bounds))

    def _lambda(self, node: cst.Lambda) -> facts.Expr:
        parameters = self._parameters(node.params)
        self._yields.append(False)
        # A lambda has no name to stand at, so it is placed by the statement that holds it.
        body = (facts.Return(self.expr(node.body), 0),)
        generator = self._yields.pop()
        return facts.Lambda(
            facts.Function(
                "<lambda>", parameters, body, (), None, is_async=False, is_generator=generator, line=0, column=0
            )
        )

    def _comprehension(self, node: cst.BaseComp) -> facts.Expr:
        assert isinstance(node, cst.ListComp | cst.SetComp | cst.DictComp | cst.GeneratorExp)  # noqa: S101 - all kinds
        clauses = []
        clause: cst.CompFor | None = node.for_in
        name = _first_name(node.for_in.target)
        line = 0 if name is None else self._positions.line(name)
        while clause is not None:
            iterable = self.expr(clause.iter)
            tests = tuple(self.expr(test.test) for test in clause.ifs)
            target = self.expr(clause.target)
            clauses.append(facts.Clause(target, iterable, tests, clause.asynchronous is not None))
            clause = clause.inner_for_in
        elements = (node.key, node.value) if isinstance(node, cst.DictComp) else (node.elt,)
        kind = _COMPREHENSIONS[type(node)]
        return facts.Comprehension(kind, tuple(self.expr(e) for e in elements), tuple(clauses), line)

    def _conditional(self, node: cst.IfExp) -> facts.Expr:
        return facts.Conditional(self.expr(node.test), self.expr(node.body), self.expr(node.orelse))

    def _await(self, node: cst.Await) -> facts.Expr:
        return facts.Await(self.expr(node.expression))

    def _yield(self, node: cst.Yield) -> facts.Expr:
        self._yields[-1] = True
        if isinstance(node.value, cst.From):
            return facts.Yield(self.expr(node.value.item), each=True)
        return facts.Yield(None if node.value is None else self.expr(node.value), each=False)

    def _walrus(self, node: cst.NamedExpr) -> facts.Expr:
        value = self.expr(node.value)
        return facts.Walrus(node.target.value, value) if isinstance(node.target, cst.Name) else value


_NOTHING = facts.Other(())
# No number with more characters than this fits into 64 bits, whatever its base.
_DIGITS = 80
# Deeper facts could not be sent to another process.
_DEEPEST = 900
_CONSTANTS = {"None": facts.Const(None), "True": facts.Const(value=True), "False": facts.Const(value=False)}
_COMPREHENSIONS = {cst.ListComp: "list", cst.SetComp: "set", cst.DictComp: "dict", cst.GeneratorExp: "generator"}

# What each kind of node becomes. The functions take the exact type they are listed for, which the type of a table by
# type cannot say: hence `Any`.
_Statement = Callable[[_Lowering, Any, list[facts.Stmt]], None]
_Small = Callable[[_Lowering, Any, int, list[facts.Stmt]], None]
_Expression = Callable[[_Lowering, Any], facts.Expr]

_STATEMENTS: dict[type[cst.CSTNode], _Statement] = {
    cst.If: _Lowering._if,
    cst.For: _Lowering._for,
    cst.While: _Lowering._while,
    cst.Try: _Lowering._try,
    cst.TryStar: _Lowering._try,
    cst.With: _Lowering._with,
    cst.Match: _Lowering._match,
    cst.FunctionDef: _Lowering._function,
    cst.ClassDef: _Lowering._class,
}
_SMALL: dict[type[cst.CSTNode], _Small] = {
    cst.Expr: _Lowering._expr_statement,
    cst.Assign: _Lowering._assign,
    cst.AugAssign: _Lowering._aug_assign,
    cst.AnnAssign: _Lowering._ann_assign,
    cst.Return: _Lowering._return,
    cst.Raise: _Lowering._raise,
    cst.Assert: _Lowering._assert,
    cst.Del: _Lowering._delete,
    cst.Global: _Lowering._outer,
    cst.Nonlocal: _Lowering._outer,
    cst.Import: _Lowering._import,
    cst.ImportFrom: _Lowering._import_from,
    cst.Break: lambda _self, _node, _line, out: out.append(facts.Jump("break")),
    cst.Continue: lambda _self, _node, _line, out: out.append(facts.Jump("continue")),
}
_EXPRESSIONS: dict[type[cst.CSTNode], _Expression] = {
    cst.Name: _Lowering._name,
    cst.Attribute: _Lowering._attribute,
    cst.Call: _Lowering._call,
    cst.Integer: _Lowering._integer,
    cst.Float: _Lowering._float,
    cst.SimpleString: _Lowering._string,
    cst.ConcatenatedString: _Lowering._concatenated,
    cst.FormattedString: _Lowering._formatted,
    cst.BinaryOperation: _Lowering._binary,
    cst.UnaryOperation: _Lowering._unary,
    cst.BooleanOperation: _Lowering._boolean,
    cst.Comparison: _Lowering._comparison,
    cst.List: _Lowering._sequence,
    cst.Tuple: _Lowering._sequence,
    cst.Set: _Lowering._sequence,
    cst.Dict: _Lowering._dict,
    cst.Subscript: _Lowering._subscript,
    cst.Lambda: _Lowering._lambda,
    cst.ListComp: _Lowering._comprehension,
    cst.SetComp: _Lowering._comprehension,
    cst.DictComp: _Lowering._comprehension,
    cst.GeneratorExp: _Lowering._comprehension,
    cst.IfExp: _Lowering._conditional,
    cst.Await: _Lowering._await,
    cst.Yield: _Lowering._yield,
    cst.NamedExpr: _Lowering._walrus,
}


def _other(*parts: facts.Expr) -> facts.Expr:
    kept = tuple(part for part in parts if not isinstance(part, facts.Const) and part is not _NOTHING)
    return facts.Other(kept) if kept else _NOTHING


def _joined(parts: list[facts.Expr]) -> facts.Expr:
    """Neighbouring literals become one."""
    joined: list[facts.Expr] = []
    for part in parts:
        if (
            joined
            and isinstance(part, facts.Const)
            and isinstance(part.value, str)
            and isinstance(last := joined[-1], facts.Const)
            and isinstance(last.value, str)
        ):
            joined[-1] = facts.Const(last.value + part.value)
        else:
            joined.append(part)
    return joined[0] if len(joined) == 1 else facts.Format(tuple(joined))


def _storable(text: str) -> str:
    r"""Lone surrogates (`"\ud800"`) cannot be written as UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _operator(node: cst.CSTNode) -> str:
    return _OPERATORS[type(node)]


_OPERATORS: dict[type[cst.CSTNode], str] = {
    cst.Add: "+",
    cst.Subtract: "-",
    cst.Multiply: "*",
    cst.Divide: "/",
    cst.FloorDivide: "//",
    cst.Modulo: "%",
    cst.Power: "**",
    cst.MatrixMultiply: "@",
    cst.LeftShift: "<<",
    cst.RightShift: ">>",
    cst.BitOr: "|",
    cst.BitAnd: "&",
    cst.BitXor: "^",
    cst.AddAssign: "+",
    cst.SubtractAssign: "-",
    cst.MultiplyAssign: "*",
    cst.DivideAssign: "/",
    cst.FloorDivideAssign: "//",
    cst.ModuloAssign: "%",
    cst.PowerAssign: "**",
    cst.MatrixMultiplyAssign: "@",
    cst.LeftShiftAssign: "<<",
    cst.RightShiftAssign: ">>",
    cst.BitOrAssign: "|",
    cst.BitAndAssign: "&",
    cst.BitXorAssign: "^",
    cst.And: "and",
    cst.Or: "or",
    cst.Equal: "==",
    cst.NotEqual: "!=",
    cst.LessThan: "<",
    cst.LessThanEqual: "<=",
    cst.GreaterThan: ">",
    cst.GreaterThanEqual: ">=",
    cst.In: "in",
    cst.NotIn: "not in",
    cst.Is: "is",
    cst.IsNot: "is not",
}


def _dotted(node: cst.BaseExpression) -> str:
    names: list[str] = []
    while isinstance(node, cst.Attribute):
        names.append(node.attr.value)
        node = node.value
    assert isinstance(node, cst.Name)  # noqa: S101 - imports have dotted names only
    return ".".join([node.value, *reversed(names)])


def _bound(alias: cst.ImportAlias) -> str:
    if alias.asname is None:
        return ""
    assert isinstance(alias.asname.name, cst.Name)  # noqa: S101 - the grammar allows no other
    return alias.asname.name.value


def _captures(pattern: cst.MatchPattern) -> list[str]:
    """Names a pattern binds; patterns are rare and small, so that a plain search for them is fine."""
    names = []
    todo: list[cst.CSTNode] = [pattern]
    while todo:
        node = todo.pop()
        if isinstance(node, cst.MatchAs | cst.MatchStar) and node.name is not None:
            names.append(node.name.value)
        if isinstance(node, cst.MatchMapping) and node.rest is not None:
            names.append(node.rest.value)
        todo.extend(reversed(node.children))
    return names


def _first_name(target: cst.BaseExpression) -> cst.Name | None:
    """The leftmost name of an assignment's target."""
    while not isinstance(target, cst.Name):
        if isinstance(target, cst.Tuple | cst.List):
            if not target.elements:
                return None
            target = target.elements[0].value
        elif isinstance(target, cst.Attribute | cst.Subscript | cst.Call):
            target = target.func if isinstance(target, cst.Call) else target.value
        else:
            return None
    return target


def _has_call(node: cst.CSTNode) -> bool:
    todo = [node]
    while todo:
        current = todo.pop()
        if isinstance(current, cst.Call | cst.BaseComp):
            return True
        todo.extend(current.children)
    return False


def _called(name: str, argument: facts.Expr) -> facts.Call:
    """A call that the language makes, where nothing is written."""
    return facts.Call(facts.Name(name), (argument,), (), 1, 1)
