"""The assignment graph: what every variable, attribute and result may hold, and so what every call may reach.

Nodes stand for variables, attributes and results, edges for assignments. Values flow along the edges until nothing
changes; a call whose callee gets a new value adds the edges of that call. Order of statements and conditions do not
matter (as in PyCG, ICSE 2021); classes are told apart by receiver, annotations and constructor calls.

Decorators of the program are not applied: a decorated name holds the function itself, and the decorator's wrapper is
added to what a call of it runs (`Linker._wrap`). A wrapper that is shared by many functions would otherwise make each
of them seem to call all.
"""

from __future__ import annotations

import posixpath
from collections import deque
from collections.abc import Callable, Iterator

from commlint import facts
from commlint.catalogue.models import Callback
from commlint.program.models import Models
from commlint.program.sites import Frame, Site, select
from commlint.program.symbols import Class, Function, Imported, Instance, Module, Scope, Symbols, last_name, target_names
from commlint.program.values import Bound, Container, External, Method, Package, Partial, Super, Value, Values

Use = Callable[[Value], None]


class Node:
    """A place that values flow through.

    Attributes:
        values: What it may hold, in the order found.
    """

    __slots__ = ("edges", "members", "uses", "values")

    def __init__(self) -> None:
        self.values: dict[Value, None] = {}
        self.edges: list[Node] = []
        self.uses: list[Use] = []
        self.members: dict[str, Node] | None = None


class Linker:
    """Walks all code once, builds the graph and lets values flow.

    Attributes:
        sites: Every call, in order of file and place.
        by_call: The same by what they say.
        contexts: What the context managers of `with` statements may be.
        mentioned: Every name that some code uses, as a name, an attribute, in an import or as a text.
    """

    def __init__(self, symbols: Symbols, models: Models) -> None:
        self.symbols = symbols
        self.models = models
        self.values = Values()
        self.sites: list[Site] = []
        self.by_call: dict[facts.Call, Site] = {}
        self.contexts: dict[facts.Expr, Node | None] = {}
        self.mentioned: set[str] = set()
        self._queue: deque[tuple[Node | Use, Value]] = deque()
        self._link_classes()
        for module in symbols.modules.values():
            self._link_module(module)
        self._solve()
        self._wrap()

    # --- the solver ---------------------------------------------------------------------------------------------------

    def _solve(self) -> None:
        queue = self._queue
        while queue:
            place, value = queue.popleft()
            if isinstance(place, Node):
                for target in place.edges:
                    self._add(target, value)
                # Uses may add uses to the node that they look at; those get its values from the queue.
                for use in tuple(place.uses):
                    use(value)
            else:
                place(value)

    def _add(self, node: Node, value: Value | None) -> None:
        if value is not None and value not in node.values:
            node.values[value] = None
            self._queue.append((node, value))

    def _flow(self, source: Node | None, target: Node | None) -> None:
        if source is None or target is None or source is target:
            return
        source.edges.append(target)
        for value in source.values:
            self._add(target, value)

    def _use(self, node: Node | None, use: Use) -> None:
        if node is None:
            return
        node.uses.append(use)
        for value in node.values:
            self._queue.append((use, value))

    # --- classes ------------------------------------------------------------------------------------------------------

    def _link_classes(self) -> None:
        for cls in self.symbols.classes.values():
            scope = cls.scope.parent
            assert scope is not None  # noqa: S101 - a class is always in something
            for base in cls.fact.bases:
                resolved = self.symbols.resolve(base, scope)
                if isinstance(resolved, Class) and resolved is not cls:
                    cls.bases.append(resolved)
                    resolved.subclasses.append(cls)
                elif isinstance(resolved, str):
                    cls.bases.append(self.models.canonical(resolved))
        for cls in self.symbols.classes.values():
            cls.mro = _mro(cls)

    # --- code ---------------------------------------------------------------------------------------------------------

    def _link_module(self, module: Module) -> None:
        for star in module.scope.stars:
            if isinstance(star, Module):
                for name in star.scope.names:
                    if name not in module.scope.names and not name.startswith("_"):
                        module.scope.names.add(name)
                        self._flow(self._variable(star.scope, name), self._variable(module.scope, name))
        _Walker(self, module.body, module.scope).run()

    def link_function(self, function: Function) -> None:
        """Walks a function's own code; its definition's head has been walked."""
        _Walker(self, function, function.scope).run()

    def _variable(self, scope: Scope, name: str) -> Node:
        if (node := scope.variables.get(name)) is None:
            node = scope.variables[name] = Node()
        return node

    variable = _variable
    flow = _flow
    add = _add
    use = _use

    def attribute_node(self, cls: Class, name: str) -> Node:
        """What attribute `name` of instances of exactly this class may hold."""
        if (node := cls.attributes.get(name)) is None:
            node = cls.attributes[name] = Node()
        return node

    def argument(self, site: Site, expr: facts.Expr | None) -> Node | None:
        """What an argument of a call, given as its expression, may hold."""
        for index, arg in enumerate(site.call.args):
            if arg is expr:
                return site.arguments[index][0]
        for index, keyword in enumerate(site.call.keywords):
            if keyword.value is expr:
                return site.keywords[index][1]
        return None

    def returned(self, function: Function) -> Node:
        """What a function may return."""
        if function.returned is None:
            function.returned = Node()
        return function.returned

    def yielded(self, function: Function) -> Node:
        """What a generator may yield."""
        if function.yielded is None:
            function.yielded = Node()
        return function.yielded

    def elements(self, container: Container) -> Node:
        """What a container may hold at no known key."""
        if container.elements is None:
            container.elements = Node()
        return container.elements

    def key(self, container: Container, key: str | int) -> Node:
        """What a container may hold at a key."""
        if (node := container.keys.get(key)) is None:
            node = container.keys[key] = Node()
        return node

    # --- reading ------------------------------------------------------------------------------------------------------

    def load(self, value: Value, name: str, target: Node) -> None:
        """Lets attribute `name` of a value flow to a node."""
        match value:
            case Module():
                self._load_from_module(value, name, target)
            case Package():
                self._load_child(value.path, name, target)
            case Instance():
                self._load_from_instance(value, value.cls.mro, name, target)
            case Class():
                self._load_from_class(value, name, target)
            case Super(receiver=Instance() as receiver):
                self._load_from_instance(receiver, _after(receiver.cls.mro, value.cls), name, target)
            case Super(receiver=Class() as receiver):
                self._load_member(receiver, receiver, _after(receiver.mro, value.cls), name, target)
            case External():
                path = self.models.canonical(f"{value.path}.{name}")
                if self.models.may_mean(path):
                    self._add(target, self.values.external(path, value.origin, value.cls, value.steps + 1))
            case Container():
                self._add(target, self.values.method(value, name))
            case _:
                pass

    def _load_from_module(self, module: Module, name: str, target: Node) -> None:
        if name in module.scope.names:
            self._flow(self._variable(module.scope, name), target)
            return
        if module.is_package:
            self._load_child(posixpath.dirname(module.path), name, target)
        for star in module.scope.stars:
            if isinstance(star, Module):
                self._flow(self._variable(star.scope, name), target)
            else:
                self._add(target, self._external(f"{star}.{name}"))

    def _load_child(self, folder: str, name: str, target: Node) -> None:
        if (path := self.symbols.imports.child(folder, name)) is not None:
            self._add(target, self.symbols.imports.at(path) or self.values.package(path))

    def _external(self, path: str) -> External | None:
        return self.values.external(self.models.canonical(path))

    def _load_from_instance(self, instance: Instance, mro: tuple[Class | str, ...], name: str, target: Node) -> None:
        for cls in mro:
            if isinstance(cls, Class):
                self._flow(self.attribute_node(cls, name), target)
        self._load_member(instance.cls, instance, mro, name, target)

    def _load_from_class(self, cls: Class, name: str, target: Node) -> None:
        self._load_member(cls, cls, cls.mro, name, target)

    def _load_member(
        self, cls: Class, receiver: Class | Instance, mro: tuple[Class | str, ...], name: str, target: Node
    ) -> None:
        """Lets what a class body defines flow, bound to the receiver as Python would; else what a base outside has."""
        for base in mro:
            if isinstance(base, str):
                path = f"{base}().{name}" if isinstance(receiver, Instance) else f"{base}.{name}"
                if self.models.may_mean(path):
                    self._add(target, self.values.external(self.models.canonical(path), None, cls, 2))
            elif name in base.scope.names:
                self._use(self._variable(base.scope, name), lambda value: self._bind(value, receiver, target))
                if isinstance(receiver, Instance) and self._is_abstract(base, name):
                    for below in _below(base):
                        if name in below.scope.names:
                            self._use(
                                self._variable(below.scope, name),
                                lambda value, below=below: self._bind(value, below.instance, target),  # type: ignore[misc]
                            )
                return

    def _bind(self, value: Value, receiver: Class | Instance, target: Node) -> None:
        if not isinstance(value, Function) or value.owner is None:
            self._add(target, value)
        elif value.kind == "static":
            self._add(target, value)
        elif value.kind == "class":
            self._add(target, self.values.bound(value, receiver.cls if isinstance(receiver, Instance) else receiver))
        elif isinstance(receiver, Class):
            self._add(target, value)
        elif value.kind == "property":
            self._receive(value, receiver)
            self._flow(self.returned(value), target)
        else:
            self._add(target, self.values.bound(value, receiver))

    def _is_abstract(self, cls: Class, name: str) -> bool:
        binding = cls.scope.bindings.get(name)
        return isinstance(binding, Function) and is_abstract(binding)

    def _receive(self, function: Function, receiver: Value) -> None:
        """Lets a receiver flow into a method's first parameter, if it can be one."""
        parameters = function.fact.parameters
        if not parameters or parameters[0].kind not in ("positional", "normal"):
            return
        cls = receiver.cls if isinstance(receiver, Instance) else receiver
        # Containers of arguments mix receivers of many classes; only those that have the method are meant.
        if isinstance(cls, Class) and function.owner in cls.mro:
            self._add(self._variable(function.scope, parameters[0].name), receiver)

    def iterate(self, value: Value, target: Node) -> None:
        """Lets the elements of a value flow to a node."""
        if isinstance(value, Container):
            self._flow(self.elements(value), target)
            for node in list(value.keys.values()):
                self._flow(node, target)

    def item(self, value: Value, key: str | float | bool | None, target: Node) -> None:
        """Lets `value[key]` flow to a node; no key where it is not known."""
        if isinstance(value, Container):
            self._flow(self.elements(value), target)
            if isinstance(key, str | int):
                self._flow(self.key(value, key), target)
            else:
                for node in list(value.keys.values()):
                    self._flow(node, target)

    def enter(self, value: Value, target: Node) -> None:
        """Lets what `with value as target` binds flow to a node."""
        if isinstance(value, Instance):
            entered = Node()
            for name in ("__enter__", "__aenter__"):
                self.load(value, name, entered)
            if any(isinstance(c, Class) and {"__enter__", "__aenter__"} & c.scope.names for c in value.cls.mro):
                self._use(entered, lambda v: self._flow(self.returned(v.function), target) if isinstance(v, Bound) else None)
            else:
                self._add(target, value)
        elif isinstance(value, Container):
            # A generator function under `@contextmanager`.
            self.iterate(value, target)
        else:
            self._add(target, value)

    def store(self, value: Value, name: str, source: Node) -> None:
        """Lets a node flow into attribute `name` of a value."""
        if isinstance(value, Instance):
            self._flow(source, self.attribute_node(value.cls, name))
        elif isinstance(value, Class | Module):
            value.scope.names.add(name)
            self._flow(source, self._variable(value.scope, name))

    # --- calls --------------------------------------------------------------------------------------------------------

    def call(self, site: Site, value: Value) -> None:
        """Lets a call of a value happen at a site."""
        self._call(site, value, None, _Arguments.of(site))

    def _call(self, site: Site, value: Value, via: Callback | None, arguments: _Arguments) -> None:
        result = site.result if via is None or via.returns else None
        match value:
            case Function():
                self._enter(site, value, None, via, arguments, result)
            case Bound():
                self._enter(site, value.function, value.receiver, via, arguments, result)
            case Class():
                self._construct(site, value, via, arguments, result)
            case Instance():
                called = Node()
                self._load_member(value.cls, value, value.cls.mro, "__call__", called)
                self._use(called, lambda v: self._call(site, v, via, arguments) if isinstance(v, Bound) else None)
            case Partial():
                if isinstance(value.target, External):
                    self._call_external(site, value.target, via, result, value.site)
                else:
                    self._call(site, value.target, via, _Arguments.of(value.site, skip=1).joined(arguments))
            case External():
                self._call_external(site, value, via, result, None)
            case Method():
                self._call_method(value, arguments, result)
            case _:
                pass

    def _enter(
        self,
        site: Site,
        function: Function,
        receiver: Value | None,
        via: Callback | None,
        arguments: _Arguments,
        result: Node | None,
    ) -> None:
        if function not in site.targets:
            site.targets[function] = via
            function.callers.append(site)
        if receiver is not None:
            self._receive(function, receiver)
        self._pass(function, arguments, skip=receiver is not None)
        if result is None:
            return
        if function.fact.is_generator:
            container = self.values.container((function, "generator"))
            self._flow(self.yielded(function), self.elements(container))
            self._add(result, container)
        else:
            self._flow(self.returned(function), result)

    def _pass(self, function: Function, arguments: _Arguments, *, skip: bool) -> None:
        """Lets arguments flow into parameters."""
        parameters = function.fact.parameters
        places = [p for p in parameters if p.kind in ("positional", "normal")][1 if skip else 0 :]
        names = {p.name for p in parameters if p.kind in ("normal", "keyword")}
        rest = next((p.name for p in parameters if p.kind == "args"), None)
        named_rest = next((p.name for p in parameters if p.kind == "kwargs"), None)

        def parameter(name: str) -> Node:
            return self._variable(function.scope, name)

        def extra(name: str) -> Container:
            return self.values.container((function, name))

        for index, (node, starred) in enumerate(arguments.positional):
            if starred:
                for place in places[index:]:
                    self._use(node, lambda v, to=parameter(place.name): self.iterate(v, to))  # type: ignore[misc]
                if rest is not None:
                    self._use(node, lambda v, to=self.elements(extra(rest)): self.iterate(v, to))  # type: ignore[misc]
                break
            if index < len(places):
                self._flow_argument(node, function, places[index].name, first=index == 0 and not skip)
            elif rest is not None:
                self._flow(node, self.elements(extra(rest)))
        for name, node in arguments.named:
            if name in names:
                self._flow(node, parameter(name))
            elif name and named_rest is not None:
                self._flow(node, self.key(extra(named_rest), name))
            elif not name:
                self._use(node, lambda v: self._pass_named(v, function, names, named_rest))

    def _flow_argument(self, node: Node | None, function: Function, name: str, *, first: bool) -> None:
        if first and function.owner is not None and function.kind == "method":
            self._use(node, lambda v: self._receive(function, v))
        else:
            self._flow(node, self._variable(function.scope, name))

    def _pass_named(self, value: Value, function: Function, names: set[str], rest: str | None) -> None:
        if not isinstance(value, Container):
            return
        for key, node in list(value.keys.items()):
            if key in names:
                self._flow(node, self._variable(function.scope, str(key)))
            elif rest is not None:
                self._flow(node, self.key(self.values.container((function, rest)), key))

    def _construct(self, site: Site, cls: Class, via: Callback | None, arguments: _Arguments, result: Node | None) -> None:
        if result is not None:
            self._add(result, cls.instance)
        for base in cls.mro:
            if isinstance(base, str):
                continue
            initialiser = base.scope.bindings.get("__init__")
            if isinstance(initialiser, Function):
                self._enter(site, initialiser, cls.instance, via, arguments, None)
                return
        # A dataclass or model: its fields are its parameters, in order.
        fields = [
            s.target.id
            for base in reversed(cls.mro)
            if isinstance(base, Class)
            for s in base.fact.body
            if isinstance(s, facts.Annotated) and isinstance(s.target, facts.Name)
        ]
        for field, (node, starred) in zip(fields, arguments.positional, strict=False):
            if not starred:
                self._flow(node, self.attribute_node(cls, field))
        for name, node in arguments.named:
            if name:
                self._flow(node, self.attribute_node(cls, name))

    def _call_external(
        self, site: Site, value: External, via: Callback | None, result: Node | None, partial: Site | None
    ) -> None:
        if self._enter_override(site, value, via, result):
            return
        site.externals[(value, partial)] = via
        path = value.path
        if path == "functools.partial":
            first = site.arguments[0][0] if site.arguments else None
            self._use(first, lambda v: self._add(result, self.values.partial(v, site)) if result is not None else None)
            return
        if path == "builtins.super":
            self._call_super(site, result)
            return
        if path == "builtins.getattr" and len(site.call.args) > 1:
            name = site.call.args[1]
            if isinstance(name, facts.Const) and isinstance(name.value, str) and result is not None:
                self._use(site.arguments[0][0], lambda v: self.load(v, str(name.value), result))
            return
        if (callback := self.models.callback(path)) is not None:
            self._call_back(site, callback, result)
        if (marker := self.models.injection(path)) is not None:
            self._call_back(site, Callback(functions=(path,), callable=marker.callable), result)
        if (guard := self.models.guard_call(path)) is not None:
            self._call_back(site, Callback(functions=(path,), callable=guard.callable, arguments="arg:1"), result)
            selected = self._selected(site, guard.callable)
            # An awaitable that is passed through, as in `wait_for(fetch(), 3)`.
            self._flow(selected, result)
        if path in _PASSING:
            for node, _ in site.arguments:
                self._flow(node, result)
            return
        if result is not None:
            called = self.models.canonical(f"{path}()")
            if self.models.may_mean(called):
                self._add(result, self.values.external(called, value.origin or site, value.cls, value.steps + 1))

    def _enter_override(self, site: Site, value: External, via: Callback | None, result: Node | None) -> bool:
        """A client's method goes through others (`get` through `request`); a subclass that has one is entered there."""
        if value.cls is None or site.function.owner in value.cls.mro:
            return False
        for name in self.models.through(value.path):
            for base in value.cls.mro:
                if isinstance(base, str):
                    break
                override = base.scope.bindings.get(name)
                if isinstance(override, Function):
                    self._enter(site, override, value.cls.instance, via, _Arguments([], []), result)
                    return True
        return False

    def _call_super(self, site: Site, result: Node | None) -> None:
        function: Function | None = site.function
        while function is not None and function.owner is None:
            function = function.outer
        if function is None or not function.fact.parameters or result is None:
            return
        owner = function.owner
        assert owner is not None  # noqa: S101 - the loop above ends at a method
        receiver = self._variable(function.scope, function.fact.parameters[0].name)
        self._use(
            receiver,
            lambda v: self._add(result, self.values.super(owner, v)) if isinstance(v, Instance | Class) else None,
        )

    def _selected(self, site: Site, selector: str) -> Node | None:
        expr = select(site.call, selector)
        return None if expr is None else self.argument(site, expr)

    def _call_back(self, site: Site, callback: Callback, result: Node | None) -> None:
        """A higher-order function calls what it is given."""
        target = self._selected(site, callback.callable)
        arguments = self._callback_arguments(site, callback)
        self._use(target, lambda v: self._call(site, v, callback, arguments))
        if result is not None and callback.per_element:
            # `map` returns an iterable of results: what iterates over it gets them.
            container = self.values.container((site, "map"))
            self._flow(site.result, self.elements(container))
            self._add(result, container)

    def _callback_arguments(self, site: Site, callback: Callback) -> _Arguments:
        kind, _, place = callback.arguments.partition(":")
        if kind == "arg":
            named = [(n, node) for n, node in site.keywords if callback.callable != f"kw:{n}"]
            return _Arguments(site.arguments[int(place) :], named)
        if kind == "each":
            positional: list[tuple[Node | None, bool]] = []
            for node, _ in site.arguments[int(place) :]:
                element = Node()
                self._use(node, lambda v, to=element: self.iterate(v, to))  # type: ignore[misc]
                positional.append((element, False))
            return _Arguments(positional, [])
        if kind == "kw":
            return _Arguments([(node, True) for name, node in site.keywords if name == place], [])
        return _Arguments([], [])

    def _call_method(self, method: Method, arguments: _Arguments, result: Node | None) -> None:
        container, name = method.container, method.name
        if name in ("append", "add", "appendleft", "put", "put_nowait", "insert"):
            for node, _ in arguments.positional:
                self._flow(node, self.elements(container))
        elif name in ("extend", "update"):
            for node, _ in arguments.positional:
                self._use(node, lambda v: self.iterate(v, self.elements(container)))
        elif result is not None and name in ("get", "pop", "popleft", "setdefault", "result", "__next__", "get_nowait"):
            self.item(container, None, result)
            for node, _ in arguments.positional[1:]:
                self._flow(node, result)
        elif result is not None and name in ("values", "copy"):
            self._add(result, container)
        elif result is not None and name == "items":
            pairs = self.values.container((container, "items"))
            pair = self.values.container((container, "item"))
            self._add(self.elements(pairs), pair)
            self.iterate(container, self.key(pair, 1))
            self._add(result, pairs)

    # --- decorators ---------------------------------------------------------------------------------------------------

    def _wrap(self) -> None:
        """Makes a decorated function run the wrapper that its decorator puts around it."""
        for function in list(self.symbols.functions.values()):
            for expr, node in function.decorators:
                for value in node.values if node is not None else ():
                    decorator = value.function if isinstance(value, Bound) else value
                    if not isinstance(decorator, Function):
                        continue
                    for wrapper in wrappers(decorator, self.symbols):
                        line = function.fact.line
                        call = expr if isinstance(expr, facts.Call) else facts.Call(expr, (), (), line, function.fact.column)
                        site = Site(call, function, None, (), awaited=wrapper.fact.is_async)
                        site.result = Node()
                        site.targets[wrapper] = None
                        wrapper.callers.append(site)
                        function.sites.append(site)


# What returns its arguments, or a future, list or iterable of them: for us the same.
_PASSING = frozenset(
    {
        "asyncio.gather",
        "asyncio.create_task",
        "asyncio.ensure_future",
        "asyncio.shield",
        "asyncio.run",
        "builtins.list",
        "builtins.tuple",
        "builtins.set",
        "builtins.sorted",
        "builtins.reversed",
        "builtins.iter",
        "builtins.dict",
        "typing.cast",
    }
)


class _Arguments:
    """What a call passes: positional arguments, each with whether it is starred, and named ones (`**` has no name)."""

    __slots__ = ("named", "positional")

    def __init__(self, positional: list[tuple[Node | None, bool]], named: list[tuple[str, Node | None]]) -> None:
        self.positional = positional
        self.named = named

    @classmethod
    def of(cls, site: Site, skip: int = 0) -> _Arguments:
        return cls(site.arguments[skip:], site.keywords)

    def joined(self, other: _Arguments) -> _Arguments:
        return _Arguments([*self.positional, *other.positional], [*self.named, *other.named])


class _Walker:
    """Walks the code of one function (or class body) and adds what it says to the graph."""

    def __init__(self, linker: Linker, function: Function, scope: Scope) -> None:
        self.linker = linker
        self.function = function
        self.scope = scope
        self.frame: Frame | None = None
        self.comprehensions: tuple[facts.Comprehension, ...] = ()
        self.outer: Site | None = None
        self.line = function.line

    def run(self) -> None:
        self.block(self.function.fact.body, None, "function")

    def block(self, block: facts.Block, parent: Frame | None, role: str, handler: facts.Handler | None = None) -> None:
        for index, statement in enumerate(block):
            self.frame = Frame(block, index, parent, role, handler)
            self.statement(statement, self.frame)

    # --- statements ---------------------------------------------------------------------------------------------------

    def statement(self, statement: facts.Stmt, frame: Frame) -> None:
        linker = self.linker
        self.line = getattr(statement, "line", self.line)
        match statement:
            case facts.Evaluate():
                self.expr(statement.value)
            case facts.Assign():
                node = self.expr(statement.value)
                for target in statement.targets:
                    if statement.op:
                        self.expr(target)
                    else:
                        self.note(target, statement.value)
                    self.assign(target, node)
            case facts.Return():
                if statement.value is not None and (node := self.expr(statement.value)) is not None:
                    linker.flow(node, linker.returned(self.function))
            case facts.If():
                self.expr(statement.test)
                self.block(statement.body, frame, "body")
                self.block(statement.orelse, frame, "orelse")
            case facts.Annotated():
                self.annotated(statement)
            case facts.Function():
                self.define(statement)
            case facts.For():
                element = self.elements_of(self.expr(statement.iterable))
                self.assign(statement.target, element)
                self.block(statement.body, frame, "body")
                self.block(statement.orelse, frame, "orelse")
            case facts.Try():
                self.block(statement.body, frame, "body")
                for handler in statement.handlers:
                    self.frame = frame
                    if handler.error is not None:
                        self.expr(handler.error)
                    self.block(handler.body, frame, "handler", handler)
                self.block(statement.orelse, frame, "orelse")
                self.block(statement.final, frame, "final")
            case facts.With():
                for item in statement.items:
                    node = linker.contexts[item.context] = self.expr(item.context, awaited=statement.is_async)
                    if item.target is not None:
                        entered = Node()
                        linker.use(node, lambda v, to=entered: linker.enter(v, to))  # type: ignore[misc]
                        self.assign(item.target, entered)
                self.block(statement.body, frame, "body")
            case facts.While():
                self.expr(statement.test)
                self.block(statement.body, frame, "body")
                self.block(statement.orelse, frame, "orelse")
            case facts.Raise():
                if statement.error is not None:
                    self.expr(statement.error)
            case facts.Class():
                self.define_class(statement)
            case facts.Import():
                self.imported(statement)
            case facts.Assert():
                self.expr(statement.test)
            case facts.Match():
                self.expr(statement.subject)
                for case in statement.cases:
                    self.frame = frame
                    if case.guard is not None:
                        self.expr(case.guard)
                    self.block(case.body, frame, "case")
            case _:
                pass

    def annotated(self, statement: facts.Annotated) -> None:
        if statement.value is not None:
            self.note(statement.target, statement.value)
            self.assign(statement.target, self.expr(statement.value))
        holds = Node()
        self.annotation(statement.annotation, holds)
        self.assign(statement.target, holds)

    def note(self, target: facts.Expr, value: facts.Expr) -> None:
        """Keeps what is assigned to `self.name`, for questions about constants."""
        cls = self.function.owner
        if cls is not None and isinstance(target, facts.Attr) and isinstance(target.value, facts.Name):
            parameters = self.function.fact.parameters
            if parameters and parameters[0].name == target.value.id:
                cls.assigned.setdefault(target.name, []).append((value, self.function))

    def imported(self, statement: facts.Import) -> None:
        linker, imports, module = self.linker, self.linker.symbols.imports, self.function.module
        for alias in statement.names:
            if alias.name == "*":
                continue
            linker.mentioned.update(alias.name.split("."))
            variable = linker.variable(self.scope, alias.bound)
            if not statement.is_from:
                dotted = alias.bound if alias.bound == alias.name.partition(".")[0] else alias.name
                self._module(dotted, imports.base(module, dotted, 0), variable)
                continue
            base = imports.base(module, statement.module, statement.level)
            if base is None:
                dotted = imports.absolute(module, statement.module, statement.level)
                linker.add(variable, linker._external(f"{dotted}.{alias.name}" if dotted else alias.name))
                continue
            found = imports.at(base)
            if found is not None and found is not module and alias.name in found.scope.names:
                linker.flow(linker.variable(found.scope, alias.name), variable)
            if (child := imports.child(base, alias.name)) is not None:
                linker.add(variable, imports.at(child) or linker.values.package(child))
            elif found is not None and found is not module and alias.name not in found.scope.names:
                linker.load(found, alias.name, variable)

    def _module(self, dotted: str, base: str | None, variable: Node) -> None:
        linker = self.linker
        if base is None:
            linker.add(variable, linker._external(dotted))
        else:
            linker.add(variable, linker.symbols.imports.at(base) or linker.values.package(base))

    def define(self, fact: facts.Function) -> None:
        function = self.linker.symbols.functions[fact]
        self.head(function)
        if function.kind != "property" or last_name(fact.decorators[0]) not in ("setter", "deleter"):
            self.linker.add(self.linker.variable(self.scope, fact.name), function)
        frame, line = self.frame, self.line
        self.linker.link_function(function)
        self.frame, self.line = frame, line

    def head(self, function: Function) -> None:
        """Decorators, defaults and annotations of a function."""
        fact, linker = function.fact, self.linker
        for decorator in fact.decorators:
            if isinstance(decorator, facts.Call):
                self.expr(decorator)
                function.decorators.append((decorator, self.expr(decorator.func)))
            else:
                function.decorators.append((decorator, self.expr(decorator)))
        # What a default or annotation injects is called when the function is.
        inside = _Walker(linker, function, self.scope)
        for parameter in fact.parameters:
            variable = linker.variable(function.scope, parameter.name)
            if parameter.default is not None:
                linker.flow(inside.expr(parameter.default), variable)
            if parameter.annotation is not None and parameter.kind not in ("args", "kwargs"):
                inside.annotation(parameter.annotation, variable)
            if parameter.kind in ("args", "kwargs"):
                linker.add(variable, linker.values.container((function, parameter.name)))
        if function.owner is not None and fact.parameters and function.kind != "static":
            owner = function.owner
            linker.add(
                linker.variable(function.scope, fact.parameters[0].name),
                owner if function.kind == "class" else owner.instance,
            )
        if fact.returns is not None and not fact.is_generator:
            self.annotation(fact.returns, linker.returned(function))

    def define_class(self, fact: facts.Class) -> None:
        cls = self.linker.symbols.classes[fact]
        self.linker.add(self.linker.variable(self.scope, fact.name), cls)
        for expr in (*fact.bases, *(keyword.value for keyword in fact.keywords), *fact.decorators):
            self.expr(expr)
        body = _Walker(self.linker, self.function, cls.scope)
        body.block(fact.body, self.frame, "class")

    # --- targets ------------------------------------------------------------------------------------------------------

    def assign(self, target: facts.Expr, node: Node | None) -> None:
        linker = self.linker
        match target:
            case facts.Name():
                scope = self.scope
                if scope.kind != "comprehension" or target.id not in scope.names:
                    scope = self.scope.owner_of(target.id) or self.scope
                if node is not None:
                    linker.flow(node, linker.variable(scope, target.id))
            case facts.Attr():
                base = self.expr(target.value)
                if node is not None:
                    source = node
                    linker.use(base, lambda v: linker.store(v, target.name, source))
            case facts.Sequence():
                for index, item in enumerate(target.items):
                    part = Node()
                    key = None if isinstance(item, facts.Star) else index
                    linker.use(node, lambda v, key=key, to=part: linker.item(v, key, to))  # type: ignore[misc]
                    self.assign(item.value if isinstance(item, facts.Star) else item, part)
            case facts.Subscript():
                base = self.expr(target.value)
                self.expr(target.index)
                if node is not None:
                    stored = node
                    key = target.index.value if isinstance(target.index, facts.Const) else None
                    linker.use(base, lambda v: self._store_item(v, key, stored))
            case _:
                pass

    def _store_item(self, value: Value, key: str | float | bool | None, node: Node) -> None:
        if isinstance(value, Container):
            known = isinstance(key, str | int)
            self.linker.flow(node, self.linker.key(value, key) if known else self.linker.elements(value))  # type: ignore[arg-type]

    # --- annotations --------------------------------------------------------------------------------------------------

    def annotation(self, expr: facts.Expr, target: Node, depth: int = 0) -> None:
        """Lets an object of an annotated type flow to a node."""
        linker = self.linker
        if depth > 6:
            return
        match expr:
            case facts.Name() | facts.Attr():
                if (alias := self._alias(expr)) is not None:
                    scope, meaning = alias
                    _Walker(linker, self.function, scope).annotation(meaning, target, depth + 1)
                    return
                linker.use(self.expr(expr), lambda v: self._instantiate(v, target))
            case facts.Binary(op="|"):
                self.annotation(expr.left, target, depth + 1)
                self.annotation(expr.right, target, depth + 1)
            case facts.Subscript():
                self._generic(expr, target, depth)
            case _:
                pass

    def _alias(self, expr: facts.Name | facts.Attr) -> tuple[Scope, facts.Expr] | None:
        """`UserDep = Annotated[User, Depends(get_user)]`, here or in the module it is imported from."""
        scope, name = self.scope, last_name(expr)
        if isinstance(expr, facts.Attr):
            return None
        for _ in range(4):
            owner = scope.owner_of(name)
            binding = None if owner is None else owner.bindings.get(name)
            if isinstance(binding, Imported) and binding.statement.is_from:
                statement = binding.statement
                module = self.linker.symbols.imports.find(binding.module, statement.module, statement.level)
                if module is None:
                    return None
                scope, name = module.scope, binding.alias.name
                continue
            if owner is not None and isinstance(binding, facts.Subscript) and last_name(binding.value) in _GENERIC:
                return owner, binding
            return None
        return None

    def _generic(self, expr: facts.Subscript, target: Node, depth: int) -> None:
        linker, name = self.linker, last_name(expr.value)
        index = expr.index
        parts = index.items if isinstance(index, facts.Sequence) and index.kind == "tuple" else (index,)
        if name in ("Optional", "Union"):
            for part in parts:
                self.annotation(part, target, depth + 1)
        elif name == "Annotated" and parts:
            self.annotation(parts[0], target, depth + 1)
            for part in parts[1:]:
                linker.flow(self.expr(part), target)
        elif name in ("type", "Type"):
            for part in parts:
                linker.flow(self.expr(part), target)
        elif name in _CONTAINERS:
            container = linker.values.container(expr)
            self.annotation(parts[-1], linker.elements(container), depth + 1)
            linker.add(target, container)
        elif name in ("Awaitable", "Coroutine", "ClassVar", "Final"):
            self.annotation(parts[-1], target, depth + 1)
        else:
            linker.use(self.expr(expr.value), lambda v: self._instantiate(v, target))

    def _instantiate(self, value: Value, target: Node) -> None:
        if isinstance(value, Class):
            self.linker.add(target, value.instance)
        elif isinstance(value, External):
            path = self.linker.models.canonical(f"{value.path}()")
            if self.linker.models.may_mean(path):
                self.linker.add(target, self.linker.values.external(path, None, None, value.steps + 1))

    # --- expressions --------------------------------------------------------------------------------------------------

    def expr(self, expr: facts.Expr, *, awaited: bool = False) -> Node | None:
        """What an expression may hold; walks what is inside it."""
        linker = self.linker
        match expr:
            case facts.Name():
                return self.name(expr.id)
            case facts.Attr():
                base = self.expr(expr.value)
                linker.mentioned.add(expr.name)
                return None if base is None else self.member(base, expr.name)
            case facts.Call():
                return self.call(expr, awaited=awaited)
            case facts.Const():
                if isinstance(expr.value, str):
                    linker.mentioned.add(expr.value.rpartition(".")[2])
                return None
            case facts.Await():
                return self.expr(expr.value, awaited=True)
            case facts.Format() | facts.Slice() | facts.Other():
                for part in expr.parts:
                    self.expr(part)
                return None
            case facts.Subscript():
                base = self.expr(expr.value)
                self.expr(expr.index)
                if base is None:
                    return None
                node = Node()
                key = expr.index.value if isinstance(expr.index, facts.Const) else None
                linker.use(base, lambda v: linker.item(v, key, node))
                return node
            case facts.Sequence() | facts.Mapping():
                return self.display(expr)
            case facts.Binary():
                return self.join(self.expr(expr.left), self.expr(expr.right))
            case facts.Boolean():
                return self.join(*[self.expr(value) for value in expr.values])
            case facts.Conditional():
                self.expr(expr.test)
                return self.join(self.expr(expr.body), self.expr(expr.orelse))
            case facts.Not():
                self.expr(expr.value)
                return None
            case facts.Compare():
                self.expr(expr.left)
                for right in expr.rights:
                    self.expr(right)
                return None
            case facts.Comprehension():
                return self.comprehension(expr)
            case facts.Lambda():
                function = linker.symbols.define(expr.function, self.scope, None)
                function.line = self.line
                self.head(function)
                linker.link_function(function)
                node = Node()
                linker.add(node, function)
                return node
            case facts.Walrus():
                node_or_none = self.expr(expr.value)
                owner = self.scope
                while owner.kind == "comprehension" and owner.parent is not None:
                    owner = owner.parent
                owner.names.add(expr.name)
                linker.flow(node_or_none, linker.variable(owner, expr.name))
                return node_or_none
            case facts.Yield():
                node_or_none = None if expr.value is None else self.expr(expr.value)
                if expr.each:
                    node_or_none = self.elements_of(node_or_none)
                linker.flow(node_or_none, linker.yielded(self.function))
                return None
            case facts.Star():
                return self.expr(expr.value)

    def name(self, name: str) -> Node | None:
        linker = self.linker
        linker.mentioned.add(name)
        owner = self.scope.owner_of(name)
        if owner is not None:
            return linker.variable(owner, name)
        scope = self.function.module.scope
        stars = [star for star in scope.stars if isinstance(star, str)]
        # What no name of the module and no builtin explains must come from a star import; with one, from that.
        path = f"{stars[0]}.{name}" if len(stars) == 1 and not linker.models.is_builtin(name) else f"builtins.{name}"
        node = linker.variable(scope, f"<{path}>")
        linker.add(node, linker._external(path))
        return node

    def member(self, base: Node, name: str) -> Node:
        if base.members is None:
            base.members = {}
        if (node := base.members.get(name)) is None:
            made = base.members[name] = node = Node()
            self.linker.use(base, lambda v: self.linker.load(v, name, made))
        return node

    def join(self, *nodes: Node | None) -> Node | None:
        present = [node for node in nodes if node is not None]
        if len(present) <= 1:
            return present[0] if present else None
        joined = Node()
        for node in present:
            self.linker.flow(node, joined)
        return joined

    def elements_of(self, node: Node | None) -> Node | None:
        if node is None:
            return None
        elements = Node()
        self.linker.use(node, lambda v: self.linker.iterate(v, elements))
        return elements

    def display(self, expr: facts.Sequence | facts.Mapping) -> Node:
        linker = self.linker
        container = linker.values.container(expr)
        node = Node()
        linker.add(node, container)
        if isinstance(expr, facts.Sequence):
            for index, item in enumerate(expr.items):
                if isinstance(item, facts.Star):
                    linker.flow(self.elements_of(self.expr(item.value)), linker.elements(container))
                elif (value := self.expr(item)) is not None:
                    linker.flow(value, linker.key(container, index) if expr.kind != "set" else linker.elements(container))
            return node
        for pair in expr.items:
            value = self.expr(pair.value)
            if pair.key is None:
                linker.flow(self.elements_of(value), linker.elements(container))
                continue
            self.expr(pair.key)
            key = pair.key.value if isinstance(pair.key, facts.Const) else None
            if isinstance(key, str | int):
                # Also where nothing flows: that there is such a key is known.
                linker.flow(value, linker.key(container, key))
            else:
                linker.flow(value, linker.elements(container))
        return node

    def comprehension(self, expr: facts.Comprehension) -> Node:
        linker = self.linker
        outer_scope, outer = self.scope, self.comprehensions
        for index, clause in enumerate(expr.clauses):
            if index == 1:
                self.comprehensions = (*outer, expr)
            # The first iterable is evaluated once, outside.
            element = self.elements_of(self.expr(clause.iterable))
            if index == 0:
                self.scope = Scope("comprehension", outer_scope, self.function)
            self.scope.names.update(target_names(clause.target))
            self.assign(clause.target, element)
            self.comprehensions = (*outer, expr)
            for test in clause.tests:
                self.expr(test)
        container = linker.values.container(expr)
        for element_expr in expr.elements[-1:]:
            linker.flow(self.expr(element_expr), linker.elements(container))
        for key in expr.elements[:-1]:
            self.expr(key)
        self.scope, self.comprehensions = outer_scope, outer
        node = Node()
        linker.add(node, container)
        return node

    def call(self, call: facts.Call, *, awaited: bool) -> Node:
        linker = self.linker
        site = Site(call, self.function, self.frame, self.comprehensions, awaited=awaited)
        site.result = Node()
        site.outer = self.outer
        site.callee = self.expr(call.func)
        outer, self.outer = self.outer, site
        for arg in call.args:
            starred = isinstance(arg, facts.Star)
            site.arguments.append((self.expr(arg.value if isinstance(arg, facts.Star) else arg), starred))
        for keyword in call.keywords:
            site.keywords.append((keyword.name, self.expr(keyword.value)))
        self.outer = outer
        linker.sites.append(site)
        linker.by_call[call] = site
        self.function.sites.append(site)
        linker.use(site.callee, lambda v: linker.call(site, v))
        return site.result


_GENERIC = frozenset({"Annotated", "Optional", "Union"})
_CONTAINERS = frozenset(
    {
        "list", "List", "set", "Set", "frozenset", "tuple", "Tuple", "dict", "Dict", "Mapping", "Sequence", "Iterable",
        "Iterator", "AsyncIterator", "AsyncIterable", "Generator", "AsyncGenerator", "Collection", "defaultdict", "deque",
    }
)  # fmt: skip


def is_abstract(function: Function) -> bool:
    """A method that is there to be overridden: it does nothing, or says that it is not implemented."""
    body = function.fact.body
    if any(last_name(d) in ("abstractmethod", "abstractproperty") for d in function.fact.decorators):
        return True
    if not body:
        return True
    only = body[0]
    return (
        len(body) == 1
        and isinstance(only, facts.Raise)
        and only.error is not None
        and last_name(only.error) == "NotImplementedError"
    )


def wrappers(decorator: Function, symbols: Symbols) -> Iterator[Function]:
    """The functions that a decorator puts in the place of what it decorates: those inside that call its argument.

    A decorator with arguments has one more function around.
    """
    for statement in decorator.fact.body:
        if not isinstance(statement, facts.Function):
            continue
        inner = symbols.functions[statement]
        if wrapped_site(inner) is not None:
            yield inner
        yield from wrappers(inner, symbols)


def wrapped_site(wrapper: Function) -> Site | None:
    """The call by which a wrapper runs what it wraps: of a parameter of the function around it."""
    outer = wrapper.outer
    if outer is None or outer.is_module:
        return None
    parameters = {p.name for p in outer.fact.parameters if p.kind in ("positional", "normal")}
    for site in wrapper.sites:
        func = site.call.func
        if isinstance(func, facts.Name) and func.id in parameters and wrapper.scope.owner_of(func.id) is outer.scope:
            return site
    return None


def _below(cls: Class) -> Iterator[Class]:
    todo = list(cls.subclasses)
    seen: set[Class] = set()
    while todo:
        current = todo.pop(0)
        if current not in seen:
            seen.add(current)
            yield current
            todo.extend(current.subclasses)


def _after(mro: tuple[Class | str, ...], cls: Class) -> tuple[Class | str, ...]:
    return mro[mro.index(cls) + 1 :] if cls in mro else ()


def _mro(cls: Class, below: tuple[Class, ...] = ()) -> tuple[Class | str, ...]:
    """Python's method resolution order (C3), with classes from outside the program by name; lenient where C3 fails."""
    if cls in below:
        return (cls,)
    lines = [list(_mro(base, (*below, cls))) if isinstance(base, Class) else [base] for base in cls.bases]
    lines.append(list(cls.bases))
    order: list[Class | str] = [cls]
    while lines := [line for line in lines if line]:
        heads = [line[0] for line in lines]
        good = next((head for head in heads if not any(head in line[1:] for line in lines)), heads[0])
        order.append(good)
        lines = [[entry for entry in line if entry is not good and entry != good] for line in lines]
    return tuple(order)
