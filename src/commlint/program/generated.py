"""Generated clients: code that a tool wrote from an API's description, known by its shape, and the routes it calls.

Such code is not followed: what it does is what its description says. Its routes stand in it as constants.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from commlint import facts
from commlint.catalogue.models import Client, Generated
from commlint.program.code import last_name, render, walk
from commlint.program.models import Models
from commlint.program.places import place_in


class GeneratedClients:
    """The generated code of a workspace, by the names under which it is imported.

    Args:
        modules: All modules of the program.
        unfollowed: Those that bear a generator's notice.
        models: What is known of libraries; it is told of the classes in these.
    """

    def __init__(self, modules: Iterable[facts.Module], unfollowed: Iterable[facts.Module], models: Models) -> None:
        self._models = models
        modules = (*modules, *unfollowed)
        for module in unfollowed:
            parts = _dotted(module).split(".")
            for statement in module.body:
                if isinstance(statement, facts.Class):
                    models.add_generated(
                        ".".join((*parts, statement.name)),
                        [render(base) for base in statement.bases],
                        [f"{package}.{statement.name}" for package in _packages(parts)],
                    )
        self._by_name: dict[str, list[facts.Module]] = defaultdict(list)
        for module in modules:
            self._by_name[_dotted(module).rpartition(".")[2]].append(module)

    def route(self, client: Client, path: str) -> tuple[str | None, facts.Expr] | None:
        """The HTTP method and the path that a function or method at an access path calls.

        `None` where the code is not in the workspace, or does not say it where code of this shape does.
        """
        if client.generated is None:
            return None
        name, _, last = path.replace("()", "").rpartition(".")
        for module in self._modules(name):
            if (found := _in_functions(module.body, last, client.generated)) is not None:
                return found
        name, _, cls = name.rpartition(".")
        for module in self._modules(name):
            for statement in module.body:
                if isinstance(statement, facts.Class) and statement.name == cls:
                    return _in_functions(statement.body, last, client.generated)
        return None

    def client(self, module: facts.Module, function: str) -> Client | None:
        """The client that a function of a module is, where it has the shape of generated code and says its route."""
        path = f"{_dotted(module)}.{function}"
        client = self._models.generated(path)
        if client is None or client.generated is None:
            return None
        return client if _in_functions(module.body, function, client.generated) is not None else None

    def _modules(self, name: str) -> Iterator[facts.Module]:
        """The modules that a dotted name may mean: where a source root lies is not known."""
        for module in self._by_name.get(name.rpartition(".")[2], ()):
            dotted = _dotted(module)
            if dotted == name or dotted.endswith(f".{name}"):
                yield module


def _packages(parts: Sequence[str]) -> Iterator[str]:
    """The names under which a module or a package around it may be imported: where a source root lies is not known."""
    for end in range(1, len(parts) + 1):
        for start in range(end):
            if (start, end) != (0, len(parts)):
                yield ".".join(parts[start:end])


def _dotted(module: facts.Module) -> str:
    return module.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _in_functions(block: facts.Block, name: str, generated: Generated) -> tuple[str | None, facts.Expr] | None:
    """The route that a function of a module or class says: in itself, in a helper it calls, or where it is assigned."""
    functions = {s.name: s for s in block if isinstance(s, facts.Function)}
    todo = [functions[name]] if name in functions else []
    if not todo and "__init__" in functions:
        return _assigned(functions["__init__"], name, generated)
    seen: set[str] = set()
    while todo:
        function = todo.pop(0)
        seen.add(function.name)
        for expr in _values(function.body):
            if (found := _route(expr, generated)) is not None:
                return found
            called = last_name(expr) if isinstance(expr, facts.Call) else ""
            if called in functions and called not in seen:
                todo.append(functions[called])
    return None


def _assigned(init: facts.Function, name: str, generated: Generated) -> tuple[str | None, facts.Expr] | None:
    """The route of `self.GetOrder = channel.unary_unary("/orders.v1.Orders/GetOrder", ...)`."""
    for statement in walk(init.body):
        if isinstance(statement, facts.Assign) and any(last_name(target) == name for target in statement.targets):
            return _route(statement.value, generated)
    return None


def _values(block: facts.Block) -> Iterator[facts.Expr]:
    """What the statements of a function assign, return and do, and what that is taken from: `f()` of `f().parsed`."""
    for statement in walk(block):
        value = getattr(statement, "value", None)
        while isinstance(value, facts.Expr):
            yield value
            if isinstance(value, facts.Call):
                value = value.func
            value = value.value if isinstance(value, facts.Attr | facts.Await) else None


def _route(expr: facts.Expr, generated: Generated) -> tuple[str | None, facts.Expr] | None:
    if isinstance(expr, facts.Call) and generated.calls:
        if any(fnmatchcase(last_name(expr), name) for name in generated.calls):
            path = place_in(expr, generated.path)
            verb = place_in(expr, generated.verb)
            return None if path is None else (_constant(verb), path)
    elif isinstance(expr, facts.Mapping) and not generated.calls:
        keys = {item.key.value: item.value for item in expr.items if isinstance(item.key, facts.Const)}
        path = keys.get(generated.path.removeprefix("key:"))
        if path is not None:
            return _constant(keys.get(generated.verb.removeprefix("key:"))), path
    return None


def _constant(expr: facts.Expr | None) -> str | None:
    return expr.value.upper() if isinstance(expr, facts.Const) and isinstance(expr.value, str) else None
