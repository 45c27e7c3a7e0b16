"""The assignment graph: what every variable, attribute and result may hold, and so what every call may reach.

Nodes stand for variables, attributes and results, edges for assignments. Values flow along the edges until nothing
changes; a call whose callee gets a new value adds the edges of that call. Order of statements and conditions do not
matter (as in PyCG, ICSE 2021); classes are told apart by receiver, annotations and constructor calls.
"""

from __future__ import annotations

import posixpath
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from commlint import facts
from commlint.catalogue.models import Callback, Instances
from commlint.program.code import last_name
from commlint.program.hooks import Hooks
from commlint.program.mentions import Mentions
from commlint.program.models import Models
from commlint.program.narrowing import is_no_data
from commlint.program.sites import Site, select
from commlint.program.symbols import Class, Function, Instance, Module, Scope, Symbols
from commlint.program.values import Bound, Container, External, Method, Package, Partial, Super, Value, Values

Use = Callable[[Value], None]

# A place where more values meet than this (the parameter of a general helper, a visitor's node) tells nothing about any
# of them, and following each through all the others is what costs cubic time. Containers breed, so fewer of them.
_MANY = 96
_CROWD = 32
# What makes a list or the like of the elements of an object, which is not the object.
_COPYING = frozenset(f"builtins.{name}" for name in ("list", "set", "frozenset", "tuple", "dict", "sorted"))


class Node:
    """A place that values flow through.

    Attributes:
        values: What it may hold, in the order found.
        is_data: Its annotation says that it holds texts, numbers and the like only.
    """

    __slots__ = ("crowd", "edges", "is_data", "members", "uses", "values")

    def __init__(self) -> None:
        self.values: dict[Value, None] = {}
        # How many of them are containers or methods of these.
        self.crowd = 0
        self.edges: dict[Node, None] = {}
        self.uses: list[Use] = []
        self.members: dict[str, Node] | None = None
        self.is_data = False


class Linker:
    """Holds the graph and lets values flow; `walk.py` builds it.

    Attributes:
        sites: Every call, in order of file and place; those in copies of decorators come last.
        by_call: The same by what they say.
        contexts: What the context managers of `with` statements may be.
        mentions: Which names the code uses, and where.
        hooks: What libraries call by themselves.
    """

    def __init__(self, symbols: Symbols, models: Models) -> None:
        self.symbols = symbols
        self.models = models
        self.values = Values()
        self.sites: list[Site] = []
        self.by_call: dict[facts.Call, Site] = {}
        self.contexts: dict[facts.Expr, Node | None] = {}
        self.mentions = Mentions(symbols)
        self._queue: deque[tuple[Node | Use, Value]] = deque()
        self.hooks = Hooks(self)
        self.link_classes(symbols.classes)

    @property
    def mentioned(self) -> set[str]:
        """Every name that some code uses, as a name, an attribute, in an import or as a text."""
        return self.mentions.all

    # --- the solver ---------------------------------------------------------------------------------------------------

    def solve(self) -> None:
        """Lets values flow until nothing changes."""
        queue = self._queue
        while queue:
            place, value = queue.popleft()
            if isinstance(place, Node):
                for target in place.edges:
                    # Asked here as well: mostly it does hold it already, and there are millions of such questions.
                    if value not in target.values:
                        self.add(target, value)
                # Uses may add uses to the node that they look at; those get its values from the queue.
                for use in tuple(place.uses):
                    use(value)
            else:
                place(value)

    def add(self, node: Node, value: Value | None) -> None:
        """A node may hold a value."""
        if value is None or value in node.values:
            return
        if len(node.values) >= _MANY or (node.is_data and is_no_data(value)):
            return
        if isinstance(value, Container | Method):
            if node.crowd == _CROWD:
                return
            node.crowd += 1
        node.values[value] = None
        self._queue.append((node, value))

    def flow(self, source: Node | None, target: Node | None) -> None:
        """What one node may hold, another may hold too."""
        if source is None or target is None or source is target or target in source.edges:
            return
        source.edges[target] = None
        for value in source.values:
            self.add(target, value)

    def sift(self, source: Node, kept: Callable[[Value], Iterable[Value]], target: Node) -> None:
        """What is kept of the values of one node, another may hold too."""

        def add(value: Value) -> None:
            for one in kept(value):
                self.add(target, one)

        self.use(source, add)

    def use(self, node: Node | None, use: Use) -> None:
        """Something is to happen for every value that a node may hold."""
        if node is None:
            return
        node.uses.append(use)
        for value in node.values:
            self._queue.append((use, value))

    # --- classes ------------------------------------------------------------------------------------------------------

    def link_classes(self, classes: Sequence[Class]) -> None:
        """Finds the bases of classes, and the order in which these are asked."""
        for cls in classes:
            scope = cls.scope.parent
            assert scope is not None  # noqa: S101 - a class is always in something
            for base in cls.fact.bases:
                resolved = self.symbols.resolve(base, scope)
                if isinstance(resolved, Class) and resolved is not cls:
                    cls.bases.append(resolved)
                    resolved.subclasses.append(cls)
                elif isinstance(resolved, str):
                    cls.bases.append(self.models.canonical(resolved))
        for cls in classes:
            cls.mro = _mro(cls)

    # --- nodes -------------------------------------------------------------------------------------------------------

    def variable(self, scope: Scope, name: str) -> Node:
        """What a name of a scope may hold."""
        if (node := scope.variables.get(name)) is None:
            node = scope.variables[name] = Node()
        return node

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
            container.elements.is_data = container.is_data
        return container.elements

    def key(self, container: Container, key: str | int) -> Node:
        """What a container may hold at a key."""
        if (node := container.keys.get(key)) is None:
            node = container.keys[key] = Node()
            node.is_data = container.is_data
            self.flow(node, container.every)
        return node

    def every(self, container: Container) -> Node:
        """What a container may hold at all, keys that come later included."""
        if container.every is None:
            container.every = Node()
            self.flow(self.elements(container), container.every)
            for node in container.keys.values():
                self.flow(node, container.every)
        return container.every

    # --- reading ------------------------------------------------------------------------------------------------------

    def load(self, value: Value, name: str, target: Node, *, virtual: bool = True) -> None:
        """Lets attribute `name` of a value flow to a node.

        Args:
            value: The value.
            name: The name.
            target: The node.
            virtual: An abstract method stands for those that override it. Not for the own object of a method, of which
                it is known which classes it may be of.
        """
        match value:
            case Module():
                self._load_from_module(value, name, target)
            case Package():
                self._load_child(value.path, name, target)
            case Instance():
                self._load_from_instance(value, value.cls.mro, name, target, virtual=virtual)
            case Class():
                self._load_member(value, value, value.mro, name, target)
            case Super(receiver=Instance() as receiver):
                # `super()` means just what stands above.
                self._load_from_instance(receiver, _after(receiver.cls.mro, value.cls), name, target, virtual=False)
            case Super(receiver=Class() as receiver):
                self._load_member(receiver, receiver, _after(receiver.mro, value.cls), name, target)
            case External():
                path = self.models.canonical(f"{value.path}.{name}")
                if self.models.may_mean(path):
                    self.add(target, self.values.external(path, value.origin, value.cls, value.steps + 1))
            case Container():
                self.add(target, self.values.method(value, name))
            case _:
                pass

    def _load_from_module(self, module: Module, name: str, target: Node) -> None:
        if name in module.scope.names:
            self.flow(self.variable(module.scope, name), target)
            return
        if module.is_package:
            self._load_child(posixpath.dirname(module.path), name, target)
        for star in self.symbols.star_imported(module):
            if name in star.scope.names:
                self.flow(self.variable(star.scope, name), target)
        for outside in module.scope.stars:
            if isinstance(outside, str):
                self.add(target, self.external(f"{outside}.{name}"))

    def _load_child(self, folder: str, name: str, target: Node) -> None:
        if (path := self.symbols.imports.child(folder, name)) is not None:
            self.add(target, self.symbols.imports.at(path) or self.values.package(path))

    def external(self, path: str) -> External | None:
        """The thing outside the program at an access path."""
        return self.values.external(self.models.canonical(path))

    def _load_from_instance(
        self, instance: Instance, mro: tuple[Class | str, ...], name: str, target: Node, *, virtual: bool
    ) -> None:
        for cls in mro:
            if isinstance(cls, Class):
                self.flow(self.attribute_node(cls, name), target)
        self._load_member(instance.cls, instance, mro, name, target, virtual=virtual)

    def _load_member(
        self,
        cls: Class,
        receiver: Class | Instance,
        mro: tuple[Class | str, ...],
        name: str,
        target: Node,
        *,
        virtual: bool = True,
    ) -> None:
        """Lets what a class body defines flow, bound to the receiver as Python would; else what a base outside has."""
        for base in mro:
            if isinstance(base, str):
                path = f"{base}().{name}" if isinstance(receiver, Instance) else f"{base}.{name}"
                if self.models.may_mean(path):
                    self.add(target, self.values.external(self.models.canonical(path), None, cls, 2))
            elif name in base.scope.names:
                overriding: list[Class] = []
                binding = base.scope.bindings.get(name)
                if (
                    virtual
                    and isinstance(receiver, Instance)
                    and isinstance(binding, Function)
                    and is_abstract(binding)
                ):
                    overriding = [below for below in _below(base) if name in below.scope.names]
                # What only raises is not what is meant where there is something else.
                if not overriding or not isinstance(binding, Function) or not _only_raises(binding):
                    self._load_bound(self.variable(base.scope, name), receiver, target)
                for below in overriding:
                    self._load_bound(self.variable(below.scope, name), below.instance, target)
                return

    def _load_bound(self, node: Node, receiver: Class | Instance, target: Node) -> None:
        self.use(node, lambda value: self._bind(value, receiver, target))

    def _bind(self, value: Value, receiver: Class | Instance, target: Node) -> None:
        # A wrapper is bound as what it takes the place of; any other function in a class is a method.
        kind = value.stands_for.kind if isinstance(value, Function) else ""
        if not isinstance(value, Function) or kind == "static":
            self.add(target, value)
        elif kind == "class":
            self.add(target, self.values.bound(value, receiver.cls if isinstance(receiver, Instance) else receiver))
        elif isinstance(receiver, Class):
            self.add(target, value)
        elif kind == "property":
            self._receive(value, receiver)
            self.flow(self.returned(value), target)
        else:
            self.add(target, self.values.bound(value, receiver))

    def having(self, function: Function) -> Iterator[Class]:
        """The classes whose objects a method may be called on: its own, and those below that leave it as it is."""
        owner = function.owner
        if owner is None:
            return
        yield owner
        below = list(islice(_below(owner), _MANY))
        for cls in below if len(below) < _MANY else ():
            if next((b for b in cls.mro if isinstance(b, Class) and function.name in b.scope.names), None) is owner:
                yield cls

    def property_of(self, cls: Class, name: str, *, is_set: bool) -> Function | None:
        """The property that an attribute of a class's objects is, or what it calls when it is set; else `None`."""
        for base in cls.mro:
            if isinstance(base, Class) and name in base.scope.names:
                binding = base.setters.get(name) if is_set else base.scope.bindings.get(name)
                return binding if isinstance(binding, Function) and (is_set or binding.kind == "property") else None
        return None

    def _receive(self, function: Function, receiver: Value) -> None:
        """Lets a receiver flow into a method's first parameter, if it can be one."""
        parameters = function.fact.parameters
        if not parameters or parameters[0].kind not in ("positional", "normal"):
            return
        cls = receiver.cls if isinstance(receiver, Instance) else receiver
        owner = function.stands_for.owner
        # Containers of arguments mix receivers of many classes; only those that have the method are meant.
        if isinstance(cls, Class) and (owner is None or owner in cls.mro):
            self.add(self.variable(function.scope, parameters[0].name), receiver)

    def iterate(self, value: Value, target: Node) -> None:
        """Lets the elements of a value flow to a node."""
        if isinstance(value, Container):
            self.flow(self.every(value), target)

    def spread(self, node: Node | None, target: Node) -> None:
        """Lets the elements of all that a node may hold flow to another."""
        self.use(node, lambda value: self.iterate(value, target))

    def item(self, value: Value, key: facts.Constant, target: Node) -> None:
        """Lets `value[key]` flow to a node; no key where it is not known."""
        if isinstance(value, Container):
            if isinstance(key, str | int):
                self.flow(self.elements(value), target)
                self.flow(self.key(value, key), target)
            else:
                self.flow(self.every(value), target)

    def enter(self, value: Value, target: Node) -> None:
        """Lets what `with value as target` binds flow to a node."""
        if isinstance(value, Instance):
            entered = Node()
            for name in ("__enter__", "__aenter__"):
                self.load(value, name, entered)
            if any(isinstance(c, Class) and {"__enter__", "__aenter__"} & c.scope.names for c in value.cls.mro):
                self.use(
                    entered, lambda v: self.flow(self.returned(v.function), target) if isinstance(v, Bound) else None
                )
            else:
                self.add(target, value)
        elif isinstance(value, Container):
            # A generator function under `@contextmanager`.
            self.iterate(value, target)
        else:
            self.add(target, value)

    def store(self, value: Value, name: str, source: Node) -> None:
        """Lets a node flow into attribute `name` of a value."""
        if isinstance(value, Instance):
            self.flow(source, self.attribute_node(value.cls, name))
        elif isinstance(value, Class | Module):
            value.scope.names.add(name)
            self.flow(source, self.variable(value.scope, name))

    # --- calls --------------------------------------------------------------------------------------------------------

    def call(self, site: Site, value: Value) -> None:
        """Lets a call of a value happen at a site."""
        self._call(site, value, None, _Arguments.of(site))

    def reach(self, site: Site, value: Value, via: Callback) -> None:
        """Lets a library call a value by itself, with nothing that is known, because of a call."""
        self._call(site, value, via, _Arguments([], []))

    def member_of(self, instance: Instance, name: str) -> Node:
        """What attribute `name` of an object of the program may be."""
        node = Node()
        self.load(instance, name, node)
        return node

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
                self.use(called, lambda v: self._call(site, v, via, arguments) if isinstance(v, Bound) else None)
            case Partial():
                if isinstance(value.target, External):
                    self._call_external(site, value.target, via, result, value.site)
                else:
                    self._call(site, value.target, via, _Arguments.of(value.site, skip=1).joined(arguments))
            case External():
                self._call_external(site, value, via, result, None)
            case Method():
                self._call_method(site, value, arguments, result)
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
        self._pass(function, arguments, receiver)
        if result is None:
            return
        if function.fact.is_generator:
            container = self.values.container((function, "generator"))
            self.flow(self.yielded(function), self.elements(container))
            self.add(result, container)
        else:
            self.flow(self.returned(function), result)

    def _pass(self, function: Function, arguments: _Arguments, receiver: Value | None) -> None:
        """Lets arguments flow into parameters."""
        parameters = function.fact.parameters
        places = [p.name for p in parameters if p.kind in ("positional", "normal")]
        names = {p.name for p in parameters if p.kind in ("normal", "keyword")}
        rest = next((p.name for p in parameters if p.kind == "args"), None)
        named_rest = next((p.name for p in parameters if p.kind == "kwargs"), None)
        more = None if rest is None else self.values.container((function, rest))
        taken = 0
        if receiver is not None and places:
            del places[0]
        elif receiver is not None:
            # A wrapper that passes on all it gets: `def wrapper(*args)`.
            taken = 1
            if more is not None:
                self.add(self.key(more, 0), receiver)

        def put(node: Node | None, index: int) -> None:
            if index < len(places):
                self._flow_argument(node, function, places[index], first=index == 0 and receiver is None)
            elif more is not None:
                self.flow(node, self.key(more, index - len(places)))

        def spread(value: Value, start: int) -> None:
            if isinstance(value, Container):
                for index in range(start, len(places) + 1):
                    put(self.key(value, index - start), index)
                    put(self.elements(value), index)
                if more is not None:
                    self.flow(self.every(value), self.elements(more))

        for index, (node, starred) in enumerate(arguments.positional, taken):
            if starred:
                self.use(node, lambda value, start=index: spread(value, start))  # type: ignore[misc]
                break
            put(node, index)
        for name, node in arguments.named:
            if name in names:
                self.flow(node, self.variable(function.scope, name))
            elif name and named_rest is not None:
                self.flow(node, self.key(self.values.container((function, named_rest)), name))
            elif not name:
                self.use(node, lambda v: self._pass_named(v, function, names, named_rest))

    def _flow_argument(self, node: Node | None, function: Function, name: str, *, first: bool) -> None:
        if first and function.owner is not None and function.kind == "method":
            self.use(node, lambda v: self._receive(function, v))
        else:
            self.flow(node, self.variable(function.scope, name))

    def _pass_named(self, value: Value, function: Function, names: set[str], rest: str | None) -> None:
        if not isinstance(value, Container):
            return
        for key, node in list(value.keys.items()):
            if key in names:
                self.flow(node, self.variable(function.scope, str(key)))
            elif rest is not None:
                self.flow(node, self.key(self.values.container((function, rest)), key))

    def _construct(
        self, site: Site, cls: Class, via: Callback | None, arguments: _Arguments, result: Node | None
    ) -> None:
        if result is not None:
            self.add(result, cls.instance)
        self.hooks.made(site, cls)
        if any(isinstance(base, str) and base.startswith("enum.") for base in cls.mro):
            # It is looked up by its value, and not made.
            return
        new = next((f for b in cls.mro if isinstance(b, Class) and (f := b.scope.bindings.get("__new__"))), None)
        if isinstance(new, Function):
            self._enter(site, new, cls, via, arguments, result)
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
                self.flow(node, self.attribute_node(cls, field))
        for name, node in arguments.named:
            if name:
                self.flow(node, self.attribute_node(cls, name))

    def _call_external(
        self, site: Site, value: External, via: Callback | None, result: Node | None, partial: Site | None
    ) -> None:
        # Once for each thing called: `map(map, ...)` would call itself without end.
        if (value, partial) in site.externals or self._enter_override(site, value, via, result):
            return
        site.externals[(value, partial)] = via
        self.hooks.called(site, value)
        path = value.path
        if path == "functools.partial":
            first = site.arguments[0][0] if site.arguments else None
            self.use(first, lambda v: self._make_partial(site, v, result))
            return
        if path == "builtins.super":
            self._call_super(site, result)
            return
        if path == "builtins.getattr" and len(site.call.args) > 1:
            name = site.call.args[1]
            if isinstance(name, facts.Const) and isinstance(name.value, str) and result is not None:
                self.use(site.arguments[0][0], lambda v: self.load(v, str(name.value), result))
            return
        if (callback := self.models.callback(path)) is not None:
            self._call_back(site, callback, result)
        if (marker := self.models.injection(path)) is not None:
            self._call_back(site, Callback(functions=(path,), callable=marker.callable), result)
        for guard in self.models.guard_calls(path)[:1]:
            self._call_back(site, Callback(functions=(path,), callable=guard.callable, arguments="arg:1"), result)
            selected = self._selected(site, guard.callable)
            # An awaitable that is passed through, as in `wait_for(fetch(), 3)`.
            self.flow(selected, result)
        if result is not None and (instances := self.models.instances(path)) is not None:
            self._instantiate(site, value, instances, result)
        if self.models.passes(path):
            for node, _ in site.arguments:
                if path in _COPYING and node is not None and result is not None:
                    self.sift(node, lambda held: () if isinstance(held, Instance) else (held,), result)
                else:
                    self.flow(node, result)
            return
        if result is not None:
            called = self.models.canonical(f"{path}()")
            if self.models.may_mean(called):
                self.add(result, self.values.external(called, site, value.cls, value.steps + 1))

    def _make_partial(self, site: Site, target: Value, result: Node | None) -> None:
        """Lets `functools.partial` give its arguments to a function, whoever calls that in the end."""
        if result is not None:
            self.add(result, self.values.partial(target, site))
        function = target.function if isinstance(target, Bound) else target
        if isinstance(function, Function):
            receiver = target.receiver if isinstance(target, Bound) else None
            if receiver is not None:
                self._receive(function, receiver)
            self._pass(function, _Arguments.of(site, skip=1), receiver)

    def _instantiate(self, site: Site, value: External, instances: Instances, result: Node) -> None:
        """Lets objects of the class that a call is about, as a query for them, flow to its result."""
        made = result
        if instances.many:
            container = self.values.container((site, "instances"))
            made = self.elements(container)
            self.add(result, container)

        self.hooks.meant(site, value, instances.of, lambda cls: self.add(made, cls.instance))

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
        receiver = self.variable(function.scope, function.fact.parameters[0].name)
        self.use(
            receiver,
            lambda v: self.add(result, self.values.super(owner, v)) if isinstance(v, Instance | Class) else None,
        )

    def _selected(self, site: Site, selector: str) -> Node | None:
        expr = select(site.call, selector)
        return None if expr is None else self.argument(site, expr)

    def _call_back(self, site: Site, callback: Callback, result: Node | None) -> None:
        """A higher-order function calls what it is given."""
        target = self._selected(site, callback.callable)
        arguments = self._callback_arguments(site, callback)
        self.use(target, lambda v: self._call(site, v, callback, arguments))
        if result is not None and callback.per_element:
            # `map` returns an iterable of results: what iterates over it gets them.
            container = self.values.container((site, "map"))
            self.flow(site.result, self.elements(container))
            self.add(result, container)

    def _callback_arguments(self, site: Site, callback: Callback) -> _Arguments:
        kind, _, place = callback.arguments.partition(":")
        if kind == "arg":
            named = [(n, node) for n, node in site.keywords if callback.callable != f"kw:{n}"]
            return _Arguments(site.arguments[int(place) :], named)
        if kind == "each":
            positional: list[tuple[Node | None, bool]] = []
            for node, _ in site.arguments[int(place) :]:
                element = Node()
                self.spread(node, element)
                positional.append((element, False))
            return _Arguments(positional, [])
        if kind == "kw":
            return _Arguments([(node, True) for name, node in site.keywords if name == place], [])
        return _Arguments([], [])

    def _call_method(self, site: Site, method: Method, arguments: _Arguments, result: Node | None) -> None:
        container, name = method.container, method.name
        if name in ("append", "add", "appendleft", "put", "put_nowait", "insert"):
            for node, _ in arguments.positional:
                self.flow(node, self.elements(container))
        elif name in ("extend", "update"):
            for node, _ in arguments.positional:
                self.spread(node, self.elements(container))
        elif result is not None and name in ("get", "pop", "popleft", "setdefault", "result", "__next__", "get_nowait"):
            self.item(container, None, result)
            for node, _ in arguments.positional[1:]:
                self.flow(node, result)
        elif result is not None and name in ("values", "copy"):
            self.add(result, container)
        elif result is not None and name == "items":
            # One for all that is asked here: one for each container would make new ones without end in a loop.
            pairs = self.values.container((site, "items"))
            pair = self.values.container((site, "item"))
            self.add(self.elements(pairs), pair)
            self.iterate(container, self.key(pair, 1))
            self.add(result, pairs)


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


def is_abstract(function: Function) -> bool:
    """A method that is there to be overridden: it does nothing, or says that it is not implemented."""
    if any(last_name(d) in ("abstractmethod", "abstractproperty") for d in function.fact.decorators):
        return True
    return not function.fact.body or _only_raises(function)


def _only_raises(function: Function) -> bool:
    """Whether all that a function does is to say that it is not implemented."""
    body = function.fact.body
    only = body[0] if len(body) == 1 else None
    return isinstance(only, facts.Raise) and only.error is not None and last_name(only.error) == "NotImplementedError"


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
    if cls.mro or cls in below:
        return cls.mro or (cls,)
    lines = [list(_mro(base, (*below, cls))) if isinstance(base, Class) else [base] for base in cls.bases]
    lines.append(list(cls.bases))
    order: list[Class | str] = [cls]
    while lines := [line for line in lines if line]:
        heads = [line[0] for line in lines]
        good = next((head for head in heads if not any(head in line[1:] for line in lines)), heads[0])
        order.append(good)
        lines = [[entry for entry in line if entry is not good and entry != good] for line in lines]
    return tuple(order)
