"""Texts that code puts together: URLs as templates.

A template is a text with holes, `http://users:8000/users/{user_id}`; a hole is named for what stands there. Names are
followed to their assignment, parameters to what callers pass, environment reads to what manifests set and to their
default. Where a name has several values the first one that says anything counts; this is for showing and for finding
a host, not for proof.
"""

from __future__ import annotations

from collections.abc import Mapping

from commlint import facts
from commlint.catalogue.models import Settings
from commlint.program.code import last_name
from commlint.program.models import Models
from commlint.program.sites import Site, select
from commlint.program.symbols import Class, Function, Imported, Module, Scope, Symbols

_DEEPEST = 12
_SHAPING = frozenset(
    {"rstrip", "lstrip", "strip", "lower", "upper", "removesuffix", "removeprefix", "encode", "decode"}
)


class Texts:
    """Works out texts.

    Args:
        symbols: What is defined where.
        models: What is known of libraries: how they read settings.
    """

    def __init__(self, symbols: Symbols, models: Models) -> None:
        self._symbols = symbols
        self._models = models

    def template(self, expr: facts.Expr | None, function: Function, settings: Mapping[str, str]) -> str:
        """The template of an expression as seen in a function; empty where nothing is known of it."""
        if expr is None:
            return ""
        return _Reading(self._symbols, self._models, settings).of(expr, function.scope, function, 0)


class _Reading:
    """One question, with the settings of the service that it is asked for."""

    def __init__(self, symbols: Symbols, models: Models, settings: Mapping[str, str]) -> None:
        self._symbols = symbols
        self._models = models
        self._settings = settings
        # Names that are being worked out: `url = f"http://{url}"` is not followed into itself.
        self._open: set[tuple[Scope, str]] = set()

    def of(self, expr: facts.Expr, scope: Scope, function: Function, depth: int) -> str:
        """The template of an expression."""
        if depth > _DEEPEST:
            return _hole(expr)
        match expr:
            case facts.Const(value=str() as text):
                return text
            case facts.Const(value=int() | float() as number):
                return str(number)
            case facts.Format():
                return "".join(self.of(part, scope, function, depth + 1) for part in expr.parts)
            case facts.Binary(op="+"):
                left = self.of(expr.left, scope, function, depth + 1)
                return left + self.of(expr.right, scope, function, depth + 1)
            case facts.Binary(op="%"):
                return self._percent(expr, scope, function, depth)
            case facts.Binary(op="/"):
                # `yarl.URL("http://users") / "users"`, and paths.
                left = self.of(expr.left, scope, function, depth + 1)
                return f"{left.rstrip('/')}/{self.of(expr.right, scope, function, depth + 1)}"
            case facts.Boolean(op="or") | facts.Conditional():
                parts = expr.values if isinstance(expr, facts.Boolean) else (expr.body, expr.orelse)
                texts = [self.of(part, scope, function, depth + 1) for part in parts]
                return next((text for text in texts if text and not _is_hole(text)), texts[0])
            case facts.Await() | facts.Walrus():
                return self.of(expr.value, scope, function, depth + 1)
            case facts.Name():
                return self._name(expr, scope, depth)
            case facts.Attr():
                return self._attribute(expr, scope, function, depth)
            case facts.Subscript():
                return self._subscript(expr, scope, depth)
            case facts.Call():
                return self._call(expr, scope, function, depth)
            case _:
                return _hole(expr)

    def _percent(self, expr: facts.Binary, scope: Scope, function: Function, depth: int) -> str:
        text = self.of(expr.left, scope, function, depth + 1)
        values = expr.right.items if isinstance(expr.right, facts.Sequence) else (expr.right,)
        for value in values:
            for sign in ("%s", "%d", "%r"):
                if sign in text:
                    text = text.replace(sign, self.of(value, scope, function, depth + 1), 1)
                    break
        return text

    def _name(self, expr: facts.Name, scope: Scope, depth: int) -> str:
        owner = scope.owner_of(expr.id)
        if owner is None:
            return _hole(expr)
        binding = owner.bindings.get(expr.id)
        if isinstance(binding, Imported):
            return self._imported(binding, depth) or _hole(expr)
        if binding is not None and not isinstance(binding, Class | Function):
            if (owner, expr.id) in self._open:
                return _hole(expr)
            self._open.add((owner, expr.id))
            text = self.of(binding, owner, owner.function, depth + 1)
            self._open.discard((owner, expr.id))
            return _hole(expr) if _is_hole(text) else text
        if owner.kind == "function" and any(p.name == expr.id for p in owner.function.fact.parameters):
            return self._parameter(expr.id, owner.function, depth) or _hole(expr)
        return _hole(expr)

    def _imported(self, binding: Imported, depth: int) -> str:
        module = self._symbols.imports.find(binding.module, binding.statement.module, binding.statement.level)
        if module is None or not binding.statement.is_from or binding.alias.name not in module.scope.names:
            return ""
        text = self._name(facts.Name(binding.alias.name), module.scope, depth + 1)
        return "" if _is_hole(text) else text

    def _parameter(self, name: str, function: Function, depth: int) -> str:
        """What a parameter's callers agree on, or its default where none passes it."""
        texts: list[str] = []
        for site in function.callers[:8]:
            argument = argument_for(site, function, name)
            if argument is not None:
                texts.append(self.of(argument, site.function.scope, site.function, depth + 2))
        known = [text for text in texts if text and not _is_hole(text)]
        if known and len(set(known)) == 1 and len(known) == len(texts):
            return known[0]
        default = next((p.default for p in function.fact.parameters if p.name == name), None)
        if not texts and default is not None:
            text = self.of(default, function.scope, function, depth + 1)
            return "" if _is_hole(text) else text
        return ""

    def _attribute(self, expr: facts.Attr, scope: Scope, function: Function, depth: int) -> str:
        base = expr.value
        cls: Class | None = None
        if isinstance(base, facts.Name) and function.owner is not None and function.fact.parameters:
            if base.id == function.fact.parameters[0].name:
                cls = function.owner
        if cls is None:
            resolved = self._symbols.resolve(base, scope)
            if isinstance(resolved, Module) and expr.name in resolved.scope.names:
                text = self._name(facts.Name(expr.name), resolved.scope, depth + 1)
                return text if not _is_hole(text) else _hole(expr)
            cls = resolved if isinstance(resolved, Class) else self._instance_of(base, scope)
        if cls is not None and (text := self._member(cls, expr.name, depth)):
            return text
        return self._settings.get(expr.name) or _hole(expr)

    def _instance_of(self, expr: facts.Expr, scope: Scope) -> Class | None:
        """The class of a module's object: `settings = Settings()`, here or imported."""
        owner, call = self._made(expr, scope)
        made = None if call is None else self._symbols.resolve(call.func, owner)
        if isinstance(made, Function) and made.fact.returns is not None:
            made = self._symbols.resolve(made.fact.returns, made.scope)
        return made if isinstance(made, Class) else None

    def _made(self, expr: facts.Expr, scope: Scope) -> tuple[Scope, facts.Call | None]:
        """The call that a module's object was made by, here or where it is imported from, and where that stands."""
        for _ in range(4):
            owner = scope.owner_of(expr.id) if isinstance(expr, facts.Name) else None
            if owner is None or not isinstance(expr, facts.Name):
                break
            binding = owner.bindings.get(expr.id)
            if isinstance(binding, facts.Call):
                return owner, binding
            if not isinstance(binding, Imported) or not binding.statement.is_from:
                break
            module = self._symbols.imports.find(binding.module, binding.statement.module, binding.statement.level)
            if module is None:
                break
            scope, expr = module.scope, facts.Name(binding.alias.name)
        return scope, None

    def _member(self, cls: Class, name: str, depth: int) -> str:
        if (set_outside := self._settings.get(name) or self._settings.get(name.upper())) is not None:
            return set_outside
        for ancestor in cls.mro:
            if isinstance(ancestor, str):
                continue
            for value, method in ancestor.assigned.get(name, ()):
                text = self.of(value, method.scope, method, depth + 1)
                if text and not _is_hole(text):
                    return text
            binding = ancestor.scope.bindings.get(name)
            if binding is not None and not isinstance(binding, Class | Function | Imported):
                text = self.of(binding, ancestor.scope, ancestor.scope.function, depth + 1)
                return "" if _is_hole(text) else text
            if isinstance(binding, Function) and binding.kind == "property":
                for statement in binding.fact.body:
                    if isinstance(statement, facts.Return) and statement.value is not None:
                        return self.of(statement.value, binding.scope, binding, depth + 1)
        return ""

    def _subscript(self, expr: facts.Subscript, scope: Scope, depth: int) -> str:
        if not isinstance(expr.index, facts.Const) or not isinstance(expr.index.value, str):
            return _hole(expr)
        key = expr.index.value
        resolved = self._symbols.resolve(expr.value, scope)
        if isinstance(resolved, str) and self._models.setting_mapping(self._models.canonical(resolved)) is not None:
            return self._settings.get(key) or f"{{{key}}}"
        if isinstance(expr.value, facts.Name):
            owner = scope.owner_of(expr.value.id)
            binding = None if owner is None else owner.bindings.get(expr.value.id)
            if owner is not None and isinstance(binding, facts.Mapping):
                for item in binding.items:
                    if isinstance(item.key, facts.Const) and item.key.value == key:
                        return self.of(item.value, owner, owner.function, depth + 1)
        return self._settings.get(key) or f"{{{key}}}"

    def _call(self, expr: facts.Call, scope: Scope, function: Function, depth: int) -> str:
        name = last_name(expr.func)
        resolved = self._symbols.resolve(expr.func, scope)
        path = self._models.canonical(resolved) if isinstance(resolved, str) else self._method_of(expr, scope)
        if (setting := self._models.setting(path)) is not None:
            return self._setting(setting, expr, scope, function, depth)
        if isinstance(expr.func, facts.Attr):
            if name == "format":
                return self._format(expr, scope, function, depth)
            if name in _SHAPING:
                text = self.of(expr.func.value, scope, function, depth + 1)
                return text.rstrip("/") if name in ("rstrip", "strip") else text
        if name == "urljoin" and len(expr.args) == 2:
            base, path = (self.of(arg, scope, function, depth + 1) for arg in expr.args)
            return path if "://" in path else f"{base.rstrip('/')}/{path.lstrip('/')}"
        if name in ("str", "quote", "quote_plus") and expr.args:
            return self.of(expr.args[0], scope, function, depth + 1)
        if isinstance(resolved, Function) and len(resolved.fact.body) <= 3:
            for statement in resolved.fact.body:
                if isinstance(statement, facts.Return) and statement.value is not None:
                    text = self.of(statement.value, resolved.scope, resolved, depth + 3)
                    return text if not _is_hole(text) else _hole(expr)
        # A helper that shapes a URL (`with_slash(base)`) most likely returns it.
        if isinstance(resolved, str) and len(expr.args) == 1 and "url" in name.lower():
            return self.of(expr.args[0], scope, function, depth + 1)
        return _hole(expr)

    def _method_of(self, expr: facts.Call, scope: Scope) -> str:
        """The access path of what is called on a module's object, or of it: `env = environ.Env()`, `env.str(...)`."""
        called, name = (expr.func.value, f".{expr.func.name}") if isinstance(expr.func, facts.Attr) else (expr.func, "")
        owner, made = self._made(called, scope)
        maker = None if made is None else self._symbols.resolve(made.func, owner)
        return self._models.canonical(f"{maker}(){name}") if isinstance(maker, str) else ""

    def _setting(self, setting: Settings, expr: facts.Call, scope: Scope, function: Function, depth: int) -> str:
        key = select(expr, setting.name)
        if not isinstance(key, facts.Const) or not isinstance(key.value, str):
            return _hole(expr)
        if (value := self._settings.get(key.value)) is not None:
            return value
        default = select(expr, setting.default)
        text = "" if default is None else self.of(default, scope, function, depth + 1)
        return text or f"{{{key.value}}}"

    def _format(self, expr: facts.Call, scope: Scope, function: Function, depth: int) -> str:
        assert isinstance(expr.func, facts.Attr)  # noqa: S101 - checked by the caller
        text = self.of(expr.func.value, scope, function, depth + 1)
        for index, arg in enumerate(expr.args):
            value = self.of(arg, scope, function, depth + 1)
            for sign in (f"{{{index}}}", "{}"):
                if sign in text:
                    text = text.replace(sign, value, 1)
                    break
        for keyword in expr.keywords:
            if keyword.name:
                text = text.replace(f"{{{keyword.name}}}", self.of(keyword.value, scope, function, depth + 1))
        return text


def argument_for(site: Site, function: Function, name: str) -> facts.Expr | None:
    """What a call passes for a parameter of the function it reaches; `None` where it does not, or by `*` or `**`."""
    for keyword in site.call.keywords:
        if keyword.name == name:
            return keyword.value
    parameters = [p for p in function.fact.parameters if p.kind in ("positional", "normal")]
    bound = function.owner is not None and function.kind in ("method", "class", "property")
    position = next((i for i, p in enumerate(parameters) if p.name == name), None)
    if position is None:
        return None
    position -= 1 if bound else 0
    via = site.targets.get(function)
    if via is not None:
        kind, _, start = via.arguments.partition(":")
        if kind != "arg":
            return None
        position += int(start)
    return positional(site, position)


def positional(site: Site, position: int) -> facts.Expr | None:
    """What a call passes at a position; an element of its function's own `*args` where these are passed on."""
    for index, argument in enumerate(site.call.args[: position + 1]):
        if isinstance(argument, facts.Star):
            own = next((p for p in site.function.fact.parameters if p.kind == "args"), None)
            if own is not None and isinstance(argument.value, facts.Name) and argument.value.id == own.name:
                return facts.Subscript(argument.value, facts.Const(position - index))
            return None
    return site.call.args[position] if 0 <= position < len(site.call.args) else None


def passed_on(expr: facts.Subscript, function: Function) -> int | None:
    """The position at which a call passes what `args[n]` is, `args` being the function's own `*args`."""
    parameters = function.fact.parameters
    own = next((p for p in parameters if p.kind == "args"), None)
    index = expr.index.value if isinstance(expr.index, facts.Const) else None
    if own is None or not isinstance(expr.value, facts.Name) or expr.value.id != own.name or not isinstance(index, int):
        return None
    bound = function.owner is not None and function.kind in ("method", "class")
    return index + sum(p.kind in ("positional", "normal") for p in parameters) - bound


def _hole(expr: facts.Expr) -> str:
    name = last_name(expr)
    if not name and isinstance(expr, facts.Subscript):
        index = expr.index
        name = str(index.value) if isinstance(index, facts.Const) else last_name(expr.value)
    return f"{{{name}}}"


def _is_hole(text: str) -> bool:
    return text.startswith("{") and text.endswith("}") and text.count("{") == 1
