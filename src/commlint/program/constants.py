"""Texts that code puts together: URLs as templates.

A template is a text with holes, `http://users:8000/users/{user_id}`; a hole is named for what stands there. Names are
followed to their assignment, environment reads to what manifests set and to their default, parameters to what is passed
by the calls through which a place is looked at where these are given, else by all callers that agree. Where a name has
several values the first one that says anything counts; this is for showing and for finding a host, not for proof.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from commlint import facts
from commlint.catalogue.models import Settings
from commlint.program.code import last_name, names_in, walk
from commlint.program.models import Models
from commlint.program.sites import Site, select
from commlint.program.symbols import Class, Function, Imported, Module, Scope, Symbols
from commlint.workspace.layout import shared

_DEEPEST = 16
_SHAPING = frozenset(
    {"rstrip", "lstrip", "strip", "lower", "upper", "removesuffix", "removeprefix", "encode", "decode"}
)
# Methods of URL objects that leave host and path as they are.
_QUERYING = frozenset({"with_query", "update_query", "extend_query", "with_fragment", "include_query_params"})
_PARTS = frozenset({"scheme", "host", "port", "path"})
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# Callers that are asked what they pass.
_CALLERS = 8


class Texts:
    """Works out texts.

    Args:
        symbols: What is defined where.
        models: What is known of libraries: how they read settings.
        sites: The calls of the program by what they say; without them, objects are not followed to where they are made.
    """

    def __init__(self, symbols: Symbols, models: Models, sites: Mapping[facts.Call, Site] | None = None) -> None:
        self._symbols = symbols
        self._models = models
        self._sites = sites or {}
        self._stored = _Stored(symbols)

    def template(self, expr: facts.Expr | None, function: Function, settings: Mapping[str, str]) -> str:
        """The template of an expression as seen in a function; empty where nothing is known of it."""
        return self.reading(settings, None).template(expr, function)

    def named(self) -> Iterator[tuple[str, str]]:
        """Texts that code gives a name, and the name: of a constant, a setting, a key of a dictionary."""
        return self._stored.texts()

    def reading(
        self,
        settings: Mapping[str, str],
        stack: Sequence[Site] | None,
        chosen: Mapping[facts.Expr, int] | None = None,
    ) -> Reading:
        """A way to look at texts.

        Args:
            settings: What manifests set for the service that is asked for.
            stack: The calls through which the texts are reached, the innermost first; what a parameter holds that none
                of them passes stays a hole. `None`: what all callers agree on is taken for it.
            chosen: Which of several texts is taken, at the places where there are such.
        """
        return Reading(self._symbols, self._models, settings, self._sites, self._stored, stack, chosen)


class Reading:
    """One way to look at texts.

    Attributes:
        open: The parameters that were asked for and that no call of the stack passes, and the attributes of `self` that
            depend on the object: by function and name, with the class of the object, where it is known.
        choices: The places where one of several texts was taken, and how many there are: an entry of a dictionary whose
            key is not known.
    """

    def __init__(
        self,
        symbols: Symbols,
        models: Models,
        settings: Mapping[str, str],
        sites: Mapping[facts.Call, Site],
        stored: _Stored,
        stack: Sequence[Site] | None,
        chosen: Mapping[facts.Expr, int] | None,
    ) -> None:
        self._symbols = symbols
        self._models = models
        self._settings = settings
        self._sites = sites
        self._stored = stored
        self._strict = stack is not None
        self._stack = list(stack or ())
        # Names that are being worked out: `url = f"http://{url}"` is not followed into itself.
        self._busy: set[tuple[Scope | Class, str]] = set()
        # What a name holds before a step of its making.
        self._so_far: dict[tuple[Scope, str], str] = {}
        # What all callers pass for a parameter, and how deep it was asked for.
        self._known: dict[tuple[Function, str], tuple[str, int]] = {}
        self._chosen = dict(chosen or {})
        self.choices: dict[facts.Expr, int] = {}
        self.open: dict[tuple[Function, str], Class | None] = {}
        # The classes of the objects that are looked into.
        self._classes: list[Class] = []
        for site in stack or ():
            # The objects whose methods are called on the way, as far as it shows where they were made.
            if isinstance(site.call.func, facts.Attr) and not _is_own(site.call.func.value, site.function):
                self._class_of(site.call.func.value, site.function.scope, site.function, 0)

    @property
    def stack(self) -> tuple[Site, ...]:
        """The calls through which texts are reached, those that made the objects on the way included."""
        return tuple(self._stack)

    def look_into(self, function: Function) -> None:
        """Says in which method a call stands: what is read of its object is what an object of that class has."""
        cls = self._own_class(function, 0)
        if self._strict and cls is not None:
            self._classes.append(cls)

    def template(self, expr: facts.Expr | None, function: Function) -> str:
        """The template of an expression as seen in a function; empty where nothing is known of it."""
        return "" if expr is None else self.of(expr, function.scope, function, 0)

    def of(self, expr: facts.Expr, scope: Scope, function: Function, depth: int) -> str:
        """The template of an expression."""
        if depth > _DEEPEST:
            return _hole(expr)
        match expr:
            case facts.Const(value=str() as text):
                return text
            case facts.Const(value=bool() | None):
                return ""
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
                return next((text for text in texts if text and not is_hole(text)), texts[0])
            case facts.Await() | facts.Walrus():
                return self.of(expr.value, scope, function, depth + 1)
            case facts.Name():
                return self._name(expr, scope, depth)
            case facts.Attr():
                return self._attribute(expr, scope, function, depth)
            case facts.Subscript():
                return self._subscript(expr, scope, function, depth)
            case facts.Call():
                return self._call(expr, scope, function, depth)
            case _:
                return _hole(expr)

    # --- names --------------------------------------------------------------------------------------------------------

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
        if (known := self._so_far.get((owner, expr.id))) is not None:
            return known
        if binding is not None and not isinstance(binding, Class | Function):
            if (owner, expr.id) in self._busy:
                return self._given(expr, owner, depth)
            self._busy.add((owner, expr.id))
            text = self._bound(expr.id, binding, owner, depth)
            self._busy.discard((owner, expr.id))
            return text if text and not (is_hole(text) and not _is_setting(text)) else _hole(expr)
        return self._given(expr, owner, depth)

    def _bound(self, name: str, binding: facts.Expr, owner: Scope, depth: int) -> str:
        """What a name holds: what it was last bound to, or what was made of it in steps: `url = f"{url}/{suffix}"`."""
        function = owner.function
        if name not in owner.rebound or owner.kind != "function" or name not in names_in(binding):
            return self.of(binding, owner, function, depth + 1)
        text = ""
        for statement, tests in _assignments(function.fact.body, name, ()):
            added = name in names_in(statement.value) or bool(statement.op)
            if added and not all(self._holds(test, function, depth) for test in tests):
                continue
            if added:
                self._so_far[owner, name] = text or f"{{{name}}}"
            more = self.of(statement.value, owner, function, depth + 1)
            self._so_far.pop((owner, name), None)
            text = text + more if statement.op else more
        return text

    def _holds(self, test: facts.Expr, function: Function, depth: int) -> bool:
        """Whether a test of a parameter holds, as far as what is passed for it tells."""
        if isinstance(test, facts.Not):
            return not self._holds(test.value, function, depth)
        if isinstance(test, facts.Compare) and len(test.ops) == 1 and test.ops[0] == "is not":
            test = test.left
        if not isinstance(test, facts.Name) or not any(p.name == test.id for p in function.fact.parameters):
            return True
        site = self._caller(function)
        default = next(p.default for p in function.fact.parameters if p.name == test.id)
        passed = None if site is None else argument_for(site, function, test.id)
        given = default if passed is None else passed
        return not (given is None or (isinstance(given, facts.Const) and not given.value))

    def _given(self, expr: facts.Name, owner: Scope, depth: int) -> str:
        if owner.kind == "function" and any(p.name == expr.id for p in owner.function.fact.parameters):
            return self._parameter(expr.id, owner.function, depth) or _hole(expr)
        return _hole(expr)

    def _imported(self, binding: Imported, depth: int) -> str:
        module = self._symbols.imports.find(binding.module, binding.statement.module, binding.statement.level)
        if module is None or not binding.statement.is_from or binding.alias.name not in module.scope.names:
            return ""
        text = self._name(facts.Name(binding.alias.name), module.scope, depth + 1)
        return "" if is_hole(text) else text

    def _parameter(self, name: str, function: Function, depth: int) -> str:
        """What is passed for a parameter, or its default where nothing is."""
        default = next((p.default for p in function.fact.parameters if p.name == name), None)
        return self._passed(function, name, lambda site: argument_for(site, function, name), default, depth)

    def _passed(
        self,
        function: Function,
        name: str,
        given: Callable[[Site], facts.Expr | None],
        default: facts.Expr | None,
        depth: int,
    ) -> str:
        """What the callers of a function pass.

        Args:
            function: The function.
            name: What it calls what is passed.
            given: What a caller passes there; `None` where it passes nothing.
            default: What it is then.
            depth: How far names have been followed.
        """
        site = self._caller(function)
        if site is not None:
            argument = given(site)
            if argument is not None:
                text = self._in_caller(argument, site, depth)
                return "" if is_hole(text) else text
            return self._default(default, function, depth) if default is not None else ""
        passed = [(argument, site) for site in function.callers[:_CALLERS] if (argument := given(site)) is not None]
        if self._strict and passed:
            self.open[function, name] = next((c for c in reversed(self._classes) if function.owner in c.mro), None)
            return ""
        if passed:
            return self._agreed(function, name, passed, depth)
        return self._default(default, function, depth) if default is not None else ""

    def _agreed(self, function: Function, name: str, passed: list[tuple[facts.Expr, Site]], depth: int) -> str:
        """What all callers pass for a parameter, if it is the same."""
        # Seen from elsewhere it may be something else: on a call that is followed, in an object, in the midst of steps.
        is_plain = not (self._stack or self._classes or self._so_far)
        known, was = self._known.get((function, name), ("", _DEEPEST + 1))
        if is_plain and was <= depth:
            return known
        first = ""
        for argument, site in passed:
            text = self._in_caller(argument, site, depth)
            if not text or is_hole(text) or (first and text != first):
                first = ""
                break
            first = text
        if is_plain:
            self._known[function, name] = first, depth
        return first

    def _default(self, default: facts.Expr, function: Function, depth: int) -> str:
        text = self.of(default, function.scope, function, depth + 1)
        return "" if is_hole(text) else text

    def _caller(self, function: Function) -> Site | None:
        """The call of the stack that reaches a function; of an initialiser also the one that its subclass makes."""
        for site in self._stack:
            if function in site.targets:
                return site
        # What a subclass passes to the method of its base that it overrides: `super().__init__(USERS_URL)`.
        for cls in reversed(self._classes):
            if function.owner in cls.mro:
                for site in function.callers:
                    if site.function.name == function.name and site.function.owner in cls.mro:
                        return site
                break
        return None

    def _in_caller(self, argument: facts.Expr, site: Site, depth: int) -> str:
        return self.of(argument, site.function.scope, site.function, depth + 2)

    # --- attributes ---------------------------------------------------------------------------------------------------

    def _attribute(self, expr: facts.Attr, scope: Scope, function: Function, depth: int) -> str:
        base = expr.value
        if _is_own(base, function):
            cls = self._own_class(function, depth)
            if cls is not None and (held := self._member(cls, expr.name, depth)) is not None:
                return held
            if self._strict and function.owner is not None and self._depends(function.owner, expr.name):
                self.open[function, expr.name] = None
        else:
            resolved = self._symbols.resolve(base, scope)
            if isinstance(resolved, Module) and expr.name in resolved.scope.names:
                text = self._name(facts.Name(expr.name), resolved.scope, depth + 1)
                return text if not is_hole(text) else _hole(expr)
            cls = resolved if isinstance(resolved, Class) else self._class_of(base, scope, function, depth)
            if cls is not None and (held := self._member(cls, expr.name, depth)) is not None:
                return held
        if (set_outside := self._settings.get(expr.name)) is not None:
            return set_outside
        return self._stored_at(expr.name, function, depth) or _hole(expr)

    def _depends(self, cls: Class, name: str) -> bool:
        """Whether an attribute may be another for each object, or is another in a subclass."""
        if any(name in below.scope.names or name in below.assigned for below in _subclasses(cls)):
            return True
        return any(name in base.assigned for base in cls.mro if isinstance(base, Class))

    def _own_class(self, function: Function, depth: int) -> Class | None:
        """The class of the object that a method is called on, as the stack has it."""
        site = next((s for s in self._stack if function in s.targets), None)
        owner = function.owner
        if site is None or owner is None or depth > _DEEPEST or not isinstance(site.call.func, facts.Attr):
            # Another method of an object that is looked into.
            return next((cls for cls in reversed(self._classes) if owner in cls.mro), owner)
        receiver = site.call.func.value
        if _is_own(receiver, site.function) or (isinstance(receiver, facts.Call) and last_name(receiver) == "super"):
            cls = self._own_class(site.function, depth + 1)
        else:
            cls = self._class_of(receiver, site.function.scope, site.function, depth + 1)
        return cls if cls is not None and owner in cls.mro else owner

    def _class_of(self, expr: facts.Expr, scope: Scope, function: Function, depth: int) -> Class | None:
        """The class of the program that an object is of; notes the call that made it."""
        made = self._maker(expr, scope, function, depth)
        if made is None:
            return None
        call, owner = made
        resolved = self._symbols.resolve(call.func, owner)
        if isinstance(resolved, Function) and resolved.fact.returns is not None:
            resolved = self._symbols.resolve(resolved.fact.returns, resolved.scope)
        if not isinstance(resolved, Class):
            return None
        site = self._sites.get(call)
        if self._strict and site is not None and site not in self._stack:
            self._stack.append(site)
        return resolved

    def _maker(self, expr: facts.Expr, scope: Scope, function: Function, depth: int) -> tuple[facts.Call, Scope] | None:
        """The call that makes an object of the program's, and where that stands."""
        if depth > _DEEPEST:
            return None
        match expr:
            case facts.Await():
                return self._maker(expr.value, scope, function, depth + 1)
            case facts.Call():
                return self._made_by(expr, scope, function, depth)
            case facts.Attr() if _is_own(expr.value, function) and function.owner is not None:
                cls = self._own_class(function, depth + 1)
                for base in cls.mro if cls is not None else ():
                    for value, method in base.assigned.get(expr.name, ()) if isinstance(base, Class) else ():
                        if (made := self._maker(value, method.scope, method, depth + 1)) is not None:
                            return made
            case facts.Name():
                return self._maker_of_name(expr, scope, depth)
            case _:
                pass
        return None

    def _made_by(
        self, call: facts.Call, scope: Scope, function: Function, depth: int
    ) -> tuple[facts.Call, Scope] | None:
        resolved = self._symbols.resolve(call.func, scope)
        if isinstance(resolved, Function) and resolved.fact.returns is None:
            returned = _only_return(resolved)
            return None if returned is None else self._maker(returned, resolved.scope, resolved, depth + 1)
        if isinstance(resolved, str):
            marker = self._models.injection(self._models.canonical(resolved))
            called = None if marker is None else select(call, marker.callable)
            if called is not None:
                return self._maker(facts.Call(called, (), (), call.line, call.column), scope, function, depth + 1)
        return call, scope

    def _maker_of_name(self, expr: facts.Name, scope: Scope, depth: int) -> tuple[facts.Call, Scope] | None:
        owner = scope.owner_of(expr.id)
        if owner is None or (owner, expr.id) in self._busy:
            return None
        binding = owner.bindings.get(expr.id)
        if isinstance(binding, Imported) and binding.statement.is_from:
            module = self._symbols.imports.find(binding.module, binding.statement.module, binding.statement.level)
            if module is None:
                return None
            return self._maker(facts.Name(binding.alias.name), module.scope, module.body, depth + 1)
        if isinstance(binding, facts.Expr):
            self._busy.add((owner, expr.id))
            made = self._maker(binding, owner, owner.function, depth + 1)
            self._busy.discard((owner, expr.id))
            return made
        function = owner.function
        parameter = next((p for p in function.fact.parameters if p.name == expr.id), None)
        if parameter is None or owner.kind != "function":
            return None
        site = self._caller(function)
        argument = None if site is None else argument_for(site, function, expr.id)
        if site is not None and argument is not None:
            return self._maker(argument, site.function.scope, site.function, depth + 1)
        if self._strict and site is None and function.callers:
            self.open[function, expr.id] = None
        if isinstance(parameter.default, facts.Call):
            return self._maker(parameter.default, function.scope, function, depth + 1)
        return None

    def _member(self, cls: Class, name: str, depth: int) -> str | None:
        """What an attribute of a class's objects is; `None` where nothing is known of it."""
        if (set_outside := self._settings.get(name) or self._settings.get(name.upper())) is not None:
            return set_outside
        if (cls, name) in self._busy or depth > _DEEPEST:
            return None
        self._busy.add((cls, name))
        self._classes.append(cls)
        text = self._member_text(cls, name, depth)
        self._classes.pop()
        self._busy.discard((cls, name))
        return text

    def _member_text(self, cls: Class, name: str, depth: int) -> str | None:
        for ancestor in cls.mro:
            if isinstance(ancestor, str):
                continue
            for value, method in ancestor.assigned.get(name, ()):
                text = self.of(value, method.scope, method, depth + 1)
                if text and not is_hole(text):
                    return text
            binding = ancestor.scope.bindings.get(name)
            if binding is not None and not isinstance(binding, Class | Function | Imported):
                text = self.of(binding, ancestor.scope, ancestor.scope.function, depth + 1)
                known = isinstance(binding, facts.Const) and isinstance(binding.value, str)
                return text if known or (text and not is_hole(text)) else None
            if isinstance(binding, Function) and binding.kind == "property":
                returned = _only_return(binding)
                return None if returned is None else self.of(returned, binding.scope, binding, depth + 1)
        return None

    # --- settings and containers --------------------------------------------------------------------------------------

    def _stored_at(self, name: str, function: Function, depth: int) -> str:
        """What the program itself stores in its configuration under a name."""
        key = (function.module.body.scope, f"<{name}>")
        if key in self._busy or depth > _DEEPEST:
            return ""
        self._busy.add(key)
        texts = []
        for value, scope in self._stored.under(name, function.module.path):
            text = self.of(value, scope, scope.function, depth + 1)
            if text and not is_hole(text):
                texts.append(text)
        self._busy.discard(key)
        return texts[0] if texts else ""

    def _subscript(self, expr: facts.Subscript, scope: Scope, function: Function, depth: int) -> str:
        if (position := passed_on(expr, function)) is not None:
            name = f"*{last_name(expr.value)}[{position}]"
            return self._passed(function, name, lambda site: positional(site, position), None, depth) or _hole(expr)
        key = self.of(expr.index, scope, function, depth + 1)
        if not key or is_hole(key):
            return self._any_of(expr, expr.value, scope, function, depth) or _hole(expr)
        return self._at_key(expr.value, key, scope, function, depth) or f"{{{key}}}"

    def _at_key(self, held: facts.Expr, key: str, scope: Scope, function: Function, depth: int) -> str:
        """What stands in a dictionary, or in the configuration, under a key."""
        mapping = self._mapping(held, scope, function, depth)
        if mapping is not None:
            items, owner = mapping
            for item in items.items:
                if item.key is not None and self.of(item.key, owner, owner.function, depth + 1) == key:
                    return self.of(item.value, owner, owner.function, depth + 1)
            return ""
        if (text := self._settings.get(key)) is not None:
            return text
        return self._stored_at(key, function, depth)

    def _any_of(self, expr: facts.Expr, held: facts.Expr, scope: Scope, function: Function, depth: int) -> str:
        """What stands in a dictionary under the key that is chosen."""
        mapping = self._mapping(held, scope, function, depth)
        if mapping is None or not mapping[0].items:
            return ""
        items, owner = mapping
        self.choices[expr] = len(items.items)
        return self.of(items.items[self._chosen.get(expr, 0)].value, owner, owner.function, depth + 1)

    def _mapping(
        self, expr: facts.Expr, scope: Scope, function: Function, depth: int
    ) -> tuple[facts.Mapping, Scope] | None:
        """The literal dictionary that an expression stands for."""
        if depth > _DEEPEST:
            return None
        if isinstance(expr, facts.Mapping):
            return expr, scope
        if isinstance(expr, facts.Name) and (owner := scope.owner_of(expr.id)) is not None:
            binding = owner.bindings.get(expr.id)
            if isinstance(binding, Imported) and binding.statement.is_from:
                module = self._symbols.imports.find(binding.module, binding.statement.module, binding.statement.level)
                if module is not None:
                    return self._mapping(facts.Name(binding.alias.name), module.scope, module.body, depth + 1)
            elif isinstance(binding, facts.Mapping):
                return binding, owner
        if isinstance(expr, facts.Attr):
            cls = self._own_class(function, depth) if _is_own(expr.value, function) else None
            if cls is None:
                resolved = self._symbols.resolve(expr.value, scope)
                if isinstance(resolved, Module):
                    return self._mapping(facts.Name(expr.name), resolved.scope, resolved.body, depth + 1)
                cls = resolved if isinstance(resolved, Class) else self._class_of(expr.value, scope, function, depth)
            for base in cls.mro if cls is not None else ():
                if isinstance(base, Class):
                    for value, method in base.assigned.get(expr.name, ()):
                        if isinstance(value, facts.Mapping):
                            return value, method.scope
                    binding = base.scope.bindings.get(expr.name)
                    if isinstance(binding, facts.Mapping):
                        return binding, base.scope
        return None

    # --- calls --------------------------------------------------------------------------------------------------------

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
            if name == "get" and expr.args:
                key = self.of(expr.args[0], scope, function, depth + 1)
                if key and not is_hole(key):
                    text = self._at_key(expr.func.value, key, scope, function, depth)
                    if not text and len(expr.args) > 1:
                        text = self.of(expr.args[1], scope, function, depth + 1)
                    return text or f"{{{key}}}"
                if text := self._any_of(expr, expr.func.value, scope, function, depth):
                    return text
            if name == "join" and isinstance(expr.func.value, facts.Const) and len(expr.args) == 1:
                items = expr.args[0].items if isinstance(expr.args[0], facts.Sequence) else ()
                if items:
                    return str(expr.func.value.value).join(self.of(i, scope, function, depth + 1) for i in items)
            if name in _QUERYING:
                return self.of(expr.func.value, scope, function, depth + 1)
            if name in ("with_path", "joinpath", "join") and len(expr.args) == 1 and not _is_text(expr.func.value):
                base, path = (self.of(part, scope, function, depth + 1) for part in (expr.func.value, expr.args[0]))
                return path if "://" in path else _at_path(base, path, whole=name == "with_path")
        if (built := self._built(expr, scope, function, depth)) is not None:
            return built
        if name == "urljoin" and len(expr.args) == 2:
            base, path = (self.of(arg, scope, function, depth + 1) for arg in expr.args)
            return path if "://" in path else f"{base.rstrip('/')}/{path.lstrip('/')}"
        if name in ("str", "repr", "quote", "quote_plus", "URL", "AnyHttpUrl", "HttpUrl", "Url") and expr.args:
            return self.of(expr.args[0], scope, function, depth + 1)
        if name == "getattr" and len(expr.args) > 1 and isinstance(expr.args[1], facts.Const):
            # `getattr(settings, "USERS_URL", "http://users")`
            read = facts.Attr(expr.args[0], str(expr.args[1].value))
            text = self.of(read, scope, function, depth + 1)
            return self.of(expr.args[2], scope, function, depth + 1) if is_hole(text) and len(expr.args) > 2 else text
        if (text := self._returned(expr, resolved, depth)) and not is_hole(text):
            return text
        # A helper that shapes a URL (`with_slash(base)`) most likely returns it.
        if isinstance(resolved, str) and len(expr.args) == 1 and {"url", "slash"} & set(words(name)):
            return _slashed(self.of(expr.args[0], scope, function, depth + 1), words(name))
        return _hole(expr)

    def _built(self, expr: facts.Call, scope: Scope, function: Function, depth: int) -> str | None:
        """A URL that is built from its parts: `URL.build(scheme="http", host=host, port=8000, path="/users")`."""
        parts = {k.name: self.of(k.value, scope, function, depth + 1) for k in expr.keywords if k.name in _PARTS}
        if "host" not in parts or "scheme" not in parts or expr.args:
            return None
        port = f":{parts['port']}" if parts.get("port") else ""
        path = parts.get("path", "")
        return f"{parts['scheme']}://{parts['host']}{port}{'/' if path and not path.startswith('/') else ''}{path}"

    def _returned(self, expr: facts.Call, resolved: Class | Function | Module | str | None, depth: int) -> str:
        """What the one `return` of a function of the program says, called from here."""
        site = self._sites.get(expr)
        targets = [resolved] if isinstance(resolved, Function) else [] if site is None else list(site.targets)
        if len(targets) != 1:
            return ""
        returned = _only_return(targets[0])
        if returned is None:
            return ""
        target = targets[0]
        if (target.scope, "<return>") in self._busy:
            return ""
        self._busy.add((target.scope, "<return>"))
        if site is not None and site not in self._stack:
            self._stack.insert(0, site)
            text = self.of(returned, target.scope, target, depth + 2)
            self._stack.remove(site)
        else:
            text = self.of(returned, target.scope, target, depth + 2)
        self._busy.discard((target.scope, "<return>"))
        return text

    def _method_of(self, expr: facts.Call, scope: Scope) -> str:
        """The access path of what is called on a module's object, or of it: `env = environ.Env()`, `env.str(...)`."""
        called, name = (expr.func.value, f".{expr.func.name}") if isinstance(expr.func, facts.Attr) else (expr.func, "")
        if not isinstance(called, facts.Name):
            return ""
        made = self._maker_of_name(called, scope, 0)
        maker = None if made is None else self._symbols.resolve(made[0].func, made[1])
        return self._models.canonical(f"{maker}(){name}") if isinstance(maker, str) else ""

    def _setting(self, setting: Settings, expr: facts.Call, scope: Scope, function: Function, depth: int) -> str:
        name = select(expr, setting.name)
        key = "" if name is None else self.of(name, scope, function, depth + 1)
        if not key or is_hole(key):
            return _hole(expr)
        if (value := self._settings.get(key)) is not None:
            return value
        if not setting.environment and (stored := self._stored_at(key, function, depth)):
            return stored
        default = select(expr, setting.default)
        text = "" if default is None else self.of(default, scope, function, depth + 1)
        return text or f"{{{key}}}"

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


class _Stored:
    """What a program stores in its own configuration: `app.config["USERS_URL"] = ...`, `USERS_URL` of a class."""

    def __init__(self, symbols: Symbols) -> None:
        self._symbols = symbols
        self._found: dict[str, list[tuple[facts.Expr, Scope]]] | None = None

    def under(self, name: str, path: str) -> list[tuple[facts.Expr, Scope]]:
        """What is stored under a name in the code that shares the most of its path with a file."""
        if self._found is None:
            self._found = {}
            for module in self._symbols.modules.values():
                self._note(module)
        found = self._found.get(name, ())
        best = max((shared(scope.function.module.path, path) for _, scope in found), default=0)
        return [(value, scope) for value, scope in found if shared(scope.function.module.path, path) == best]

    def texts(self) -> Iterator[tuple[str, str]]:
        """Literal texts by name."""
        self.under("", "")
        for name, found in (self._found or {}).items():
            for value, _ in found:
                yield from _literals(name, value)

    def _note(self, module: Module) -> None:
        assert self._found is not None  # noqa: S101 - made by the caller
        for function in (module.body, *_functions_of(module.body)):
            for statement in walk(function.fact.body):
                for name, value in _stores(statement):
                    self._found.setdefault(name, []).append((value, function.scope))
        for name, binding in module.scope.bindings.items():
            if name.isupper() and isinstance(binding, facts.Expr):
                self._found.setdefault(name, []).append((binding, module.scope))
            elif isinstance(binding, Class):
                for attribute, held in binding.scope.bindings.items():
                    if attribute.isupper() and isinstance(held, facts.Expr):
                        self._found.setdefault(attribute, []).append((held, binding.scope))


def _is_text(expr: facts.Expr) -> bool:
    return isinstance(expr, facts.Const | facts.Format)


def words(name: str) -> tuple[str, ...]:
    """The words of a name, in lower case: `USERS_API_URL`, `ensureTrailingSlash`."""
    return tuple(word.lower() for word in _WORD.findall(name))


def _slashed(url: str, asked: tuple[str, ...]) -> str:
    """A URL as a helper leaves it whose name says what it does with the slash at its end."""
    if "slash" not in asked or not url:
        return url
    bare = url.rstrip("/")
    return bare if {"remove", "strip", "without", "trim", "drop"} & set(asked) else f"{bare}/"


def _at_path(base: str, path: str, *, whole: bool) -> str:
    """A URL with a path below its own, or instead of it."""
    if whole or path.startswith("/"):
        scheme, separator, rest = base.partition("://")
        host = rest.partition("/")[0]
        base = f"{scheme}{separator}{host}" if separator else base
    return f"{base.rstrip('/')}/{path.lstrip('/')}"


def _functions_of(outer: Function) -> Iterator[Function]:
    for inner in outer.inner.values():
        if isinstance(inner, Function):
            yield inner
            yield from _functions_of(inner)


def _stores(statement: facts.Stmt) -> Iterator[tuple[str, facts.Expr]]:
    """The settings that a statement stores."""
    if isinstance(statement, facts.Assign):
        for target in statement.targets:
            if (
                isinstance(target, facts.Subscript)
                and last_name(target.value).endswith("config")
                and isinstance(target.index, facts.Const)
                and isinstance(target.index.value, str)
            ):
                yield target.index.value, statement.value
    elif isinstance(statement, facts.Evaluate) and isinstance(call := statement.value, facts.Call):
        if isinstance(call.func, facts.Attr) and call.func.name in ("update", "from_mapping"):
            if last_name(call.func.value).endswith("config"):
                for keyword in call.keywords:
                    yield keyword.name, keyword.value
                for arg in call.args:
                    for item in arg.items if isinstance(arg, facts.Mapping) else ():
                        if isinstance(item.key, facts.Const) and isinstance(item.key.value, str):
                            yield item.key.value, item.value


def _literals(name: str, value: facts.Expr) -> Iterator[tuple[str, str]]:
    match value:
        case facts.Const(value=str() as text):
            yield name, text
        case facts.Mapping():
            for item in value.items:
                if isinstance(item.key, facts.Const) and isinstance(item.key.value, str):
                    yield from _literals(item.key.value, item.value)
        case facts.Call():
            # The default of a setting that is read: `os.getenv("USERS_URL", "http://localhost:8001")`.
            for arg in (*value.args[1:], *(keyword.value for keyword in value.keywords)):
                yield from _literals(name, arg)
        case _:
            pass


def _subclasses(cls: Class) -> Iterable[Class]:
    todo = list(cls.subclasses)
    seen: dict[Class, None] = {}
    while todo:
        below = todo.pop()
        if below not in seen:
            seen[below] = None
            todo += below.subclasses
    return seen


def _is_own(expr: facts.Expr, function: Function) -> bool:
    """Whether an expression is the own object of a method."""
    parameters = function.fact.parameters
    return (
        isinstance(expr, facts.Name)
        and function.owner is not None
        and bool(parameters)
        and function.kind != "static"
        and expr.id == parameters[0].name
    )


def _only_return(function: Function) -> facts.Expr | None:
    """What a function returns, where it has just one `return` with a value."""
    values = [s.value for s in walk(function.fact.body) if isinstance(s, facts.Return) and s.value is not None]
    return values[0] if len(values) == 1 else None


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


def _is_setting(hole: str) -> bool:
    """Whether a hole is named as settings are: `{USERS_URL}`."""
    return hole[1:-1].isupper()


def _assignments(
    block: facts.Block, name: str, tests: tuple[facts.Expr, ...]
) -> Iterator[tuple[facts.Assign, tuple[facts.Expr, ...]]]:
    """The assignments to a name in a block, in order, and the tests that they are made under."""
    for statement in block:
        match statement:
            case facts.Assign():
                if any(isinstance(target, facts.Name) and target.id == name for target in statement.targets):
                    yield statement, tests
            case facts.If():
                yield from _assignments(statement.body, name, (*tests, statement.test))
                yield from _assignments(statement.orelse, name, (*tests, facts.Not(statement.test)))
            case facts.For() | facts.While() | facts.With() | facts.Try():
                yield from _assignments(statement.body, name, tests)
            case _:
                pass


def is_hole(text: str) -> bool:
    """Whether a template is nothing but one hole."""
    return text.startswith("{") and text.endswith("}") and text.count("{") == 1
