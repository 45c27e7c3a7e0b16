"""Small questions about code as facts have it: its names, its statements, itself in words."""

from __future__ import annotations

from collections.abc import Iterator

from commlint import facts


def last_name(expr: facts.Expr) -> str:
    """`c` of `a.b.c` or of a call of it; empty where there is none."""
    if isinstance(expr, facts.Call):
        expr = expr.func
    if isinstance(expr, facts.Attr):
        return expr.name
    return expr.id if isinstance(expr, facts.Name) else ""


def target_names(target: facts.Expr) -> Iterator[str]:
    """The plain names that an assignment to a target binds."""
    todo = [target]
    while todo:
        current = todo.pop()
        if isinstance(current, facts.Name):
            yield current.id
        elif isinstance(current, facts.Sequence):
            todo.extend(reversed(current.items))
        elif isinstance(current, facts.Star):
            todo.append(current.value)


def names_in(expr: facts.Expr) -> Iterator[str]:
    """The names and attribute names of an expression, those in nested ones included."""
    todo: list[object] = [expr]
    while todo:
        current = todo.pop()
        if isinstance(current, facts.Name):
            yield current.id
        elif isinstance(current, facts.Attr):
            yield current.name
            todo.append(current.value)
        elif isinstance(current, tuple):
            todo.extend(current)
        elif isinstance(current, facts.Const) and isinstance(current.value, str):
            yield current.value
        elif hasattr(current, "__struct_fields__") and not isinstance(current, facts.Lambda):
            todo.extend(getattr(current, field) for field in current.__struct_fields__)


def calls_in(expr: facts.Expr) -> Iterator[facts.Call]:
    """The calls in an expression, those in nested ones included."""
    todo: list[object] = [expr]
    while todo:
        current = todo.pop()
        if isinstance(current, facts.Call):
            yield current
        if isinstance(current, tuple):
            todo.extend(current)
        elif hasattr(current, "__struct_fields__") and not isinstance(current, facts.Lambda):
            todo.extend(getattr(current, field) for field in current.__struct_fields__)


def walk(block: facts.Block) -> Iterator[facts.Stmt]:
    """The statements of a block and of the blocks inside it, definitions aside."""
    todo = list(reversed(block))
    while todo:
        statement = todo.pop()
        yield statement
        # Most statements hold no others.
        if type(statement) in _HOLDING:
            inner: list[facts.Stmt] = []
            for name in ("body", "orelse", "final"):
                inner.extend(getattr(statement, name, ()))
            for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
                inner.extend(part.body)
            todo.extend(reversed(inner))


_HOLDING = frozenset({facts.If, facts.For, facts.While, facts.Try, facts.With, facts.Match})


def render(expr: facts.Expr) -> str:
    """An expression as a reader would recognise it; what does not fit in a few words is `...`."""
    match expr:
        case facts.Name():
            return expr.id
        case facts.Attr():
            return f"{render(expr.value)}.{expr.name}"
        case facts.Const():
            text = repr(expr.value)
            return text if len(text) <= 24 else f"{text[:20]}...'"
        case facts.Call():
            inside = ", ".join(render(arg) for arg in expr.args[:2]) if len(expr.args) <= 2 else "..."
            return f"{render(expr.func)}({inside if not expr.keywords else '...'})"
        case facts.Subscript():
            return f"{render(expr.value)}[{render(expr.index)}]"
        case facts.Slice():
            bounds = [render(bound) if bound is not None else "" for bound in (expr.lower, expr.upper, expr.step)]
            return ":".join(bounds if expr.step is not None else bounds[:2])
        case facts.Sequence():
            inside = ", ".join(render(item) for item in expr.items[:3]) + (", ..." if len(expr.items) > 3 else "")
            return inside if expr.kind == "tuple" else f"[{inside}]" if expr.kind == "list" else f"{{{inside}}}"
        case facts.Await():
            return f"await {render(expr.value)}"
        case facts.Star():
            return f"*{render(expr.value)}"
        case facts.Not():
            return f"not {render(expr.value)}"
        case facts.Compare() if len(expr.ops) == 1:
            return f"{render(expr.left)} {expr.ops[0]} {render(expr.rights[0])}"
        case facts.Boolean():
            return f" {expr.op} ".join(render(value) for value in expr.values)
        case facts.Conditional():
            return f"{render(expr.body)} if {render(expr.test)} else {render(expr.orelse)}"
        case facts.Binary():
            return f"{render(expr.left)} {expr.op} {render(expr.right)}"
        case _:
            return "..."
