"""Walks all code and says to the assignment graph what it does: once, and the code of decorators for each use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from commlint import facts
from commlint.program.code import last_name, names_in, target_names, walk
from commlint.program.decorators import Decorations, unused
from commlint.program.flow import Linker, Node
from commlint.program.narrowing import means_data, narrowings
from commlint.program.sites import Frame, Site
from commlint.program.symbols import Class, Function, Imported, Instance, Module, Scope
from commlint.program.values import Bound, Container, External, Value


def link(linker: Linker) -> None:
    """Adds the code of all modules to the graph, and lets values flow until nothing changes."""
    decorations = Decorations(linker, lambda function: _Walker(linker, decorations, function, function.scope).copy())
    _walk(linker, decorations)
    linker.solve()
    decorations.settle()
    linker.sites[:] = [site for site in linker.sites if not unused(decorations.copied, site.function)]


def _walk(linker: Linker, decorations: Decorations) -> None:
    modules = linker.symbols.modules.values()
    # What star imports bring must not depend on the order of modules: names of their own are taken before any is added.
    own = {module: sorted(n for n in module.scope.names if not n.startswith("_")) for module in modules}
    for module in modules:
        _import_stars(linker, own, module)
    for module in modules:
        _Walker(linker, decorations, module.body, module.scope).run()


def _import_stars(linker: Linker, own: dict[Module, list[str]], module: Module) -> None:
    for star in linker.symbols.star_imported(module):
        for name in own[star]:
            if name not in module.scope.names:
                module.scope.names.add(name)
            if name not in own[module]:
                linker.flow(linker.variable(star.scope, name), linker.variable(module.scope, name))


class _Walker:
    """Walks the code of one function (or class body) and adds what it says to the graph."""

    def __init__(self, linker: Linker, decorations: Decorations, function: Function, scope: Scope) -> None:
        self.linker = linker
        self.decorations = decorations
        self.function = function
        self.scope = scope
        self.frame: Frame | None = None
        self.comprehensions: tuple[facts.Comprehension, ...] = ()
        self.outer: Site | None = None
        self.replaced: frozenset[facts.Item] = frozenset()
        # What tests that have been passed leave of what names may hold.
        self.narrowed: Mapping[tuple[Scope, str], Node] = {}
        # The names that have been assigned so far.
        self.written: list[tuple[Scope, str]] = []
        self.line = function.line

    def run(self) -> None:
        self.block(self.function.fact.body, None, "function")

    def copy(self) -> None:
        """Walks a copy of a decorator, whose head has been evaluated with the original."""
        self.parameters(self.function)
        self.run()

    def block(self, block: facts.Block, parent: Frame | None, role: str, handler: facts.Handler | None = None) -> None:
        narrowed, written = self.narrowed, len(self.written)
        for index, statement in enumerate(block):
            self.frame = Frame(block, index, parent, role, handler)
            self.statement(statement, self.frame)
        self.narrowed = self.still(narrowed, written)

    # --- statements ---------------------------------------------------------------------------------------------------

    def statement(self, statement: facts.Stmt, frame: Frame) -> None:
        linker = self.linker
        self.line = getattr(statement, "line", self.line)
        match statement:
            case facts.Evaluate():
                self.expr(statement.value)
            case facts.Assign():
                if _is_overwritten(frame):
                    self.expr(statement.value)
                    return
                self.replaced = frozenset(_replaced(frame))
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
                self.test(statement.test)
                narrowed, written = self.narrowed, len(self.written)
                self.narrowed = self.where(statement.test, truth=True)
                self.block(statement.body, frame, "body")
                self.narrowed = narrowed
                otherwise = self.narrowed = self.where(statement.test, truth=False)
                self.block(statement.orelse, frame, "orelse")
                self.narrowed = self.still(otherwise if _leaves(statement.body) else narrowed, written)
            case facts.Annotated():
                self.annotated(statement)
            case facts.Function():
                self.define(statement)
            case facts.For():
                element = self.iterated(statement.iterable, is_async=statement.is_async)
                self.assign(statement.target, element)
                self.turn(statement.body)
                self.block(statement.body, frame, "body")
                self.block(statement.orelse, frame, "orelse")
            case facts.Try():
                self.block(statement.body, frame, "body")
                for handler in statement.handlers:
                    self.frame = frame
                    if handler.error is not None:
                        self.caught(handler, self.expr(handler.error))
                    self.block(handler.body, frame, "handler", handler)
                self.block(statement.orelse, frame, "orelse")
                self.block(statement.final, frame, "final")
            case facts.With():
                for item in statement.items:
                    node = linker.contexts[item.context] = self.expr(item.context, awaited=statement.is_async)
                    self.special(item.context, node, *(_ASYNC_CONTEXT if statement.is_async else _CONTEXT))
                    if item.target is not None:
                        entered = Node()
                        self.enter(node, entered)
                        self.assign(item.target, entered)
                self.block(statement.body, frame, "body")
            case facts.While():
                self.turn(statement.body)
                self.test(statement.test)
                self.block(statement.body, frame, "body")
                self.block(statement.orelse, frame, "orelse")
            case facts.Raise():
                if statement.error is not None and isinstance(statement.error, facts.Call):
                    self.expr(statement.error)
                elif statement.error is not None:
                    # `raise NotFound` makes one.
                    here = (frame, self.comprehensions, self.line)
                    self.implied(statement.error, self.expr(statement.error), Class, here)
            case facts.Class():
                self.define_class(statement)
            case facts.Import():
                self.imported(statement)
            case facts.Assert():
                self.test(statement.test)
                self.narrowed = self.where(statement.test, truth=True)
            case facts.Delete():
                for target in statement.targets:
                    if isinstance(target, facts.Subscript):
                        self.special(target, self.expr(target.value), "__delitem__")
                        self.expr(target.index)
                    else:
                        self.expr(target)
            case facts.Match():
                self.expr(statement.subject)
                for case in statement.cases:
                    self.frame = frame
                    if case.guard is not None:
                        self.expr(case.guard)
                    self.block(case.body, frame, "case")
            case _:
                pass

    def caught(self, handler: facts.Handler, error: Node | None) -> None:
        """Lets what a handler catches flow to its name."""
        if handler.name and error is not None:
            held = self.linker.variable(self.scope, handler.name)
            self.linker.use(error, lambda v: self._instantiate(v, held))
            self.linker.use(self.elements_of(error), lambda v: self._instantiate(v, held))

    def annotated(self, statement: facts.Annotated) -> None:
        if statement.value is not None:
            self.note(statement.target, statement.value)
            self.assign(statement.target, self.expr(statement.value))
        if isinstance(statement.target, facts.Name) and means_data(statement.annotation):
            self.linker.variable(self.scope, statement.target.id).is_data = True
            return
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
            linker.mentions.imported(alias.name, module)
            variable = linker.variable(self.scope, alias.bound)
            if not statement.is_from:
                self._module(alias.name, imports.base(module, alias.name, 0), variable)
                continue
            base = imports.base(module, statement.module, statement.level)
            if base is None:
                dotted = imports.absolute(module, statement.module, statement.level)
                linker.add(variable, linker.external(f"{dotted}.{alias.name}" if dotted else alias.name))
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
            linker.add(variable, linker.external(dotted))
        else:
            linker.add(variable, linker.symbols.imports.at(base) or linker.values.package(base))

    def define(self, fact: facts.Function) -> None:
        function = self.function.inner[fact]
        assert isinstance(function, Function)  # noqa: S101 - what a function's fact defines
        made = self.head(function)
        if function.kind not in ("setter", "deleter"):
            self.linker.flow(made, self.linker.variable(self.scope, fact.name))
        frame, line = self.frame, self.line
        self.inside(function, function.scope).run()
        self.frame, self.line = frame, line

    def inside(self, function: Function, scope: Scope) -> _Walker:
        return _Walker(self.linker, self.decorations, function, scope)

    def head(self, function: Function) -> Node:
        """Decorators, defaults and annotations of a function; what is defined in the end."""
        evaluated = []
        for decorator in function.fact.decorators:
            made = (
                self.call(decorator, awaited=False, decorates=function)
                if isinstance(decorator, facts.Call)
                else self.expr(decorator)
            )
            called = self.linker.by_call[decorator].callee if isinstance(decorator, facts.Call) else made
            evaluated.append((decorator, called, made))
        self.parameters(function)
        node = Node()
        self.linker.add(node, function)
        for decorator, called, made in reversed(evaluated):
            function.decorators.insert(0, (decorator, called, node))
            call = facts.Call(decorator, (), (), function.line, function.fact.column)
            site = Site(call, self.function, self.frame, (), awaited=False)
            site.result = Node()
            node = self.decorations.apply(site, made, function, node)
        return node

    def parameters(self, function: Function) -> None:
        """Defaults and annotations of a function."""
        fact, linker = function.fact, self.linker
        # What a default or annotation injects is called when the function is.
        inside = self.inside(function, self.scope)
        for parameter in fact.parameters:
            variable = linker.variable(function.scope, parameter.name)
            if parameter.default is not None:
                linker.flow(inside.expr(parameter.default), variable)
            if parameter.annotation is not None and parameter.kind not in ("args", "kwargs"):
                inside.annotation(parameter.annotation, variable)
            is_data = parameter.annotation is not None and means_data(parameter.annotation)
            if parameter.kind in ("args", "kwargs"):
                container = linker.values.container((function, parameter.name))
                container.is_data = is_data
                linker.add(variable, container)
            else:
                variable.is_data = is_data
        if function.owner is not None and fact.parameters and (function.kind != "static" or fact.name == "__new__"):
            own = linker.variable(function.scope, fact.parameters[0].name)
            for cls in linker.having(function):
                linker.add(own, cls if function.kind in ("class", "static") else cls.instance)
        if fact.returns is not None and not fact.is_generator:
            self.annotation(fact.returns, linker.returned(function))

    def define_class(self, fact: facts.Class) -> None:
        cls = self.function.inner[fact]
        assert isinstance(cls, Class)  # noqa: S101 - what a class's fact defines
        self.linker.add(self.linker.variable(self.scope, fact.name), cls)
        for expr in (*fact.bases, *(keyword.value for keyword in fact.keywords), *fact.decorators):
            self.expr(expr)
        body = self.inside(self.function, cls.scope)
        body.block(fact.body, self.frame, "class")
        for name in self.linker.hooks.inherited(cls):
            self.inherit(cls, name)

    def inherit(self, cls: Class, name: str) -> None:
        """Writes out a handler that a class leaves to a base from outside: `def list(self): return super().list()`."""
        above = facts.Attr(facts.Call(facts.Name("super"), (), (), cls.fact.line, cls.fact.column), name)
        body = (facts.Return(facts.Call(above, (), (), cls.fact.line, cls.fact.column), cls.fact.line),)
        own = facts.Parameter("self", "positional", None, None)
        fact = facts.Function(
            name, (own,), body, (), None, is_async=False, is_generator=False, line=cls.fact.line, column=cls.fact.column
        )
        function = self.linker.symbols.define(fact, cls.scope, cls)
        cls.scope.bind(name, function)
        self.linker.add(self.linker.variable(cls.scope, name), function)
        inside = self.inside(function, function.scope)
        inside.parameters(function)
        inside.run()

    # --- targets ------------------------------------------------------------------------------------------------------

    def assign(self, target: facts.Expr, node: Node | None) -> None:
        linker = self.linker
        match target:
            case facts.Name():
                scope = self.scope
                if scope.kind != "comprehension" or target.id not in scope.names:
                    scope = self.scope.owner_of(target.id) or self.scope
                self.written.append((scope, target.id))
                if self.narrowed:
                    self.narrowed = self.still(self.narrowed, len(self.written) - 1)
                if node is not None:
                    linker.flow(node, linker.variable(scope, target.id))
            case facts.Attr():
                base = self.expr(target.value)
                if base is not None and target.name in linker.symbols.properties:
                    self.property(target, base, node or Node(), is_set=True)
                if node is not None:
                    source = node
                    linker.use(base, lambda v: linker.store(v, target.name, source))
            case facts.Sequence():
                for index, item in enumerate(target.items):
                    part = Node()
                    if isinstance(item, facts.Star):
                        rest = linker.values.container(item)
                        self.take_rest(node, index, linker.elements(rest))
                        linker.add(part, rest)
                        self.assign(item.value, part)
                    else:
                        self.take(node, index, part)
                        self.assign(item, part)
            case facts.Subscript():
                base = self.expr(target.value)
                self.expr(target.index)
                self.special(target, base, "__setitem__")
                if node is not None:
                    stored = node
                    key = target.index.value if isinstance(target.index, facts.Const) else None
                    linker.use(base, lambda v: self._store_item(v, key, stored))
            case _:
                pass

    def _store_item(self, value: Value, key: facts.Constant, node: Node) -> None:
        if isinstance(value, Container):
            held = self.linker.key(value, key) if isinstance(key, str | int) else self.linker.elements(value)
            self.linker.flow(node, held)

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
                    self.inside(self.function, scope).annotation(meaning, target, depth + 1)
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
        elif name in ("tuple", "Tuple") and len(parts) > 1 and not isinstance(parts[-1], facts.Other):
            container = linker.values.container(expr)
            for position, part in enumerate(parts):
                self.annotation(part, linker.key(container, position), depth + 1)
            linker.add(target, container)
        elif name in _CONTAINERS and parts:
            container = linker.values.container(expr)
            self.annotation(parts[-1], linker.elements(container), depth + 1)
            linker.add(target, container)
        elif name in ("Awaitable", "Coroutine", "ClassVar", "Final") and parts:
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
                linker.mentions.attribute(expr.name, self.function.module, base)
                if base is None:
                    return None
                if expr.name in linker.symbols.properties:
                    self.property(expr, base, None, is_set=False)
                return self.member(base, expr.name, virtual=not self.is_own(expr.value))
            case facts.Call():
                return self.call(expr, awaited=awaited)
            case facts.Const():
                if isinstance(expr.value, str):
                    linker.mentions.text(expr.value)
                return None
            case facts.Await():
                return self.expr(expr.value, awaited=True)
            case facts.Format():
                for part in expr.parts:
                    self.first_special(part, self.expr(part), "__format__", "__str__", "__repr__")
                return None
            case facts.Slice() | facts.Other():
                for part in expr.parts:
                    self.expr(part)
                return None
            case facts.Subscript():
                base = self.expr(expr.value)
                self.expr(expr.index)
                if base is None:
                    return None
                node = Node()
                if isinstance(expr.index, facts.Slice):
                    linker.add(node, self.part(expr, base, expr.index))
                    return node
                self.take(base, self.constant(expr.index), node)
                linker.flow(self.special(expr, base, "__getitem__"), node)
                return node
            case facts.Sequence() | facts.Mapping():
                return self.display(expr)
            case facts.Binary():
                first, second = self.expr(expr.left), self.expr(expr.right)
                made = self.special(expr, first, f"__{_OPERATORS.get(expr.op)}__")
                return self.join(first, second, made)
            case facts.Boolean():
                tested = [self.test(value) for value in expr.values[:-1]]
                return self.join(*tested, self.expr(expr.values[-1]))
            case facts.Conditional():
                self.test(expr.test)
                narrowed = self.narrowed
                self.narrowed = self.where(expr.test, truth=True)
                body = self.expr(expr.body)
                self.narrowed = narrowed
                self.narrowed = self.where(expr.test, truth=False)
                other = self.expr(expr.orelse)
                self.narrowed = narrowed
                return self.join(body, other)
            case facts.Not():
                self.test(expr.value)
                return None
            case facts.Compare():
                left = self.expr(expr.left)
                for op, right in zip(expr.ops, expr.rights, strict=True):
                    compared = self.expr(right)
                    asked = compared if op in ("in", "not in") else left
                    self.special(expr, asked, f"__{_OPERATORS.get(op)}__")
                    left = compared
                return None
            case facts.Comprehension():
                return self.comprehension(expr)
            case facts.Lambda():
                function = linker.symbols.define(expr.function, self.scope, None)
                function.line = self.line
                node = self.head(function)
                self.inside(function, function.scope).run()
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
        linker.mentions.name(name, self.function.module)
        owner = self.scope.owner_of(name)
        if owner is not None:
            return self.narrowed.get((owner, name)) or linker.variable(owner, name)
        scope = self.function.module.scope
        stars = [star for star in scope.stars if isinstance(star, str)]
        # What no name of the module and no builtin explains must come from a star import; with one, from that.
        path = f"{stars[0]}.{name}" if len(stars) == 1 and not linker.models.is_builtin(name) else f"builtins.{name}"
        node = linker.variable(scope, f"<{path}>")
        linker.add(node, linker.external(path))
        return node

    def where(self, test: facts.Expr, *, truth: bool) -> Mapping[tuple[Scope, str], Node]:
        """What names may hold where a test has held, or has not."""
        narrowed = dict(self.narrowed)
        for narrowing in narrowings(test, self.scope, self.linker.symbols.resolve, truth=truth):
            owner = self.scope.owner_of(narrowing.name)
            held = self.name(narrowing.name)
            if owner is None or held is None or _is_rebound_inside(owner.function, narrowing.name):
                continue
            node = narrowed[owner, narrowing.name] = Node()
            self.linker.sift(held, narrowing.of, node)
        return narrowed

    def still(self, narrowed: Mapping[tuple[Scope, str], Node], since: int) -> Mapping[tuple[Scope, str], Node]:
        """What is left of what tests said after some names have been assigned."""
        written = set(self.written[since:])
        return (
            {key: held for key, held in narrowed.items() if key not in written}
            if written & narrowed.keys()
            else narrowed
        )

    def turn(self, body: facts.Block) -> None:
        """Forgets what tests said of names that a loop assigns: on its next turn they may hold something else."""
        if self.narrowed:
            assigned = {name for statement in walk(body) for name in _assigned(statement)}
            self.narrowed = {key: held for key, held in self.narrowed.items() if key[1] not in assigned}

    def is_own(self, expr: facts.Expr) -> bool:
        """Whether an expression is the own object of the method that is walked."""
        parameters = self.function.fact.parameters
        own = parameters[0].name if self.function.owner is not None and parameters else None
        return isinstance(expr, facts.Name) and expr.id == own

    def member(self, base: Node, name: str, *, virtual: bool) -> Node:
        if base.members is None:
            base.members = {}
        if (node := base.members.get(name)) is None:
            made = base.members[name] = node = Node()
            self.linker.use(base, lambda v: self.linker.load(v, name, made, virtual=virtual))
        return node

    def property(self, expr: facts.Attr, base: Node, assigned: Node | None, *, is_set: bool) -> None:
        """Calls what is behind an attribute that is a property, which is read or set."""
        here = (self.frame, self.comprehensions, self.line)

        def ask(value: Value) -> None:
            if not isinstance(value, Instance):
                return
            behind = self.linker.property_of(value.cls, expr.name, is_set=is_set)
            if behind is not None:
                node = Node()
                self.linker.add(node, self.linker.values.bound(behind, value))
                self.implied(expr, node, Bound, here, assigned)

        self.linker.use(base, ask)

    def part(self, expr: facts.Expr, base: Node, index: facts.Slice) -> Container:
        """What a slice of a list is."""
        linker = self.linker
        part = linker.values.container(expr)
        start = index.lower.value if isinstance(index.lower, facts.Const) else 0 if index.lower is None else None

        def take(value: Value) -> None:
            if not isinstance(value, Container):
                return
            linker.flow(linker.elements(value), linker.elements(part))
            for key, held in list(value.keys.items()):
                if not isinstance(key, int) or not isinstance(start, int) or start < 0 or index.step is not None:
                    linker.flow(held, linker.elements(part))
                elif key >= start:
                    linker.flow(held, linker.key(part, key - start))

        linker.use(base, take)
        return part

    def constant(self, expr: facts.Expr) -> facts.Constant:
        """The constant that an index is, itself or by the one thing that its name stands for."""
        scope = self.scope
        for _ in range(3):
            if isinstance(expr, facts.Const):
                return expr.value
            owner = scope.owner_of(expr.id) if isinstance(expr, facts.Name) else None
            if owner is None or not isinstance(expr, facts.Name) or expr.id in owner.rebound:
                return None
            binding = owner.bindings.get(expr.id)
            if isinstance(binding, Imported) and binding.statement.is_from:
                statement = binding.statement
                module = self.linker.symbols.imports.find(binding.module, statement.module, statement.level)
                if module is None:
                    return None
                scope, binding = module.scope, facts.Name(binding.alias.name)
            if not isinstance(binding, facts.Expr):
                return None
            expr = binding
        return None

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
        self.linker.spread(node, elements)
        return elements

    def iterated(self, iterable: facts.Expr, *, is_async: bool) -> Node | None:
        """The elements of what is iterated over; an object of the program is asked for them."""
        node = self.expr(iterable)
        elements = self.elements_of(node)
        if node is not None and elements is not None:
            iterators = self.special(iterable, node, "__aiter__" if is_async else "__iter__")
            self.linker.flow(self.special(iterable, iterators, "__anext__" if is_async else "__next__"), elements)
            # What `__iter__` returns may as well be a generator or a list.
            self.linker.spread(iterators, elements)
        return elements

    def special(self, expr: facts.Expr, node: Node | None, *names: str) -> Node:
        """What special methods of objects of the program return, which the language calls by itself."""
        made = Node()
        names = tuple(name for name in names if name in self.linker.symbols.special)
        if not names:
            return made
        here = (self.frame, self.comprehensions, self.line)

        def ask(value: Value) -> None:
            if isinstance(value, Instance):
                for name in names:
                    method = Node()
                    self.linker.load(value, name, method)
                    self.linker.flow(self.implied(facts.Attr(expr, name), method, Bound, here), made)

        self.linker.use(node, ask)
        return made

    def test(self, expr: facts.Expr) -> Node | None:
        """What an expression may hold whose truth is asked for."""
        node = self.expr(expr)
        if not isinstance(expr, facts.Boolean | facts.Not | facts.Compare):
            self.first_special(expr, node, "__bool__", "__len__")
        return node

    def first_special(self, expr: facts.Expr, node: Node | None, *names: str) -> None:
        """Calls the first of some special methods that objects of the program have."""
        names = tuple(name for name in names if name in self.linker.symbols.special)
        here = (self.frame, self.comprehensions, self.line)

        def ask(value: Value) -> None:
            own = [base for base in value.cls.mro if isinstance(base, Class)] if isinstance(value, Instance) else []
            name = next((name for name in names if any(name in base.scope.names for base in own)), None)
            if name is not None:
                method = Node()
                self.linker.load(value, name, method)
                self.implied(facts.Attr(expr, name), method, Bound, here)

        if names:
            self.linker.use(node, ask)

    def implied(
        self,
        func: facts.Expr,
        node: Node | None,
        kind: type[Class | Bound],
        place: tuple[Frame | None, tuple[facts.Comprehension, ...], int],
        argument: Node | None = None,
    ) -> Node:
        """The result of a call that is not written: of a class that is raised, of a special method, of a property."""
        frame, comprehensions, line = place
        call = facts.Call(func, (), (), line, 1)
        site = Site(call, self.function, frame, comprehensions, awaited=False)
        site.result = Node()
        site.callee = node
        if argument is not None:
            site.arguments.append((argument, False))

        def reach(value: Value) -> None:
            if isinstance(value, kind):
                if not site.targets:
                    self.linker.sites.append(site)
                    self.function.sites.append(site)
                self.linker.call(site, value)

        self.linker.use(node, reach)
        return site.result

    def take(self, node: Node | None, key: facts.Constant, target: Node) -> None:
        """Lets what is at a key of what a node may hold flow to another."""
        self.linker.use(node, lambda value: self.linker.item(value, key, target))

    def take_rest(self, node: Node | None, start: int, target: Node) -> None:
        """Lets what is at a position or after it in what a node may hold flow to another."""

        def take(value: Value) -> None:
            if isinstance(value, Container):
                self.linker.flow(self.linker.elements(value), target)
                for key, held in value.keys.items():
                    if isinstance(key, int) and key >= start:
                        self.linker.flow(held, target)

        self.linker.use(node, take)

    def enter(self, node: Node | None, target: Node) -> None:
        """Lets what `with node as target` binds flow there."""
        self.linker.use(node, lambda value: self.linker.enter(value, target))

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
                    linker.flow(
                        value, linker.key(container, index) if expr.kind != "set" else linker.elements(container)
                    )
            return node
        for pair in expr.items:
            value = self.expr(pair.value)
            if pair in self.replaced:
                continue
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
            element = self.iterated(clause.iterable, is_async=clause.is_async)
            if index == 0:
                self.scope = Scope("comprehension", outer_scope, self.function)
            self.scope.names.update(target_names(clause.target))
            self.assign(clause.target, element)
            self.comprehensions = (*outer, expr)
            for test in clause.tests:
                self.test(test)
        container = linker.values.container(expr)
        for element_expr in expr.elements[-1:]:
            linker.flow(self.expr(element_expr), linker.elements(container))
        for key in expr.elements[:-1]:
            self.expr(key)
        self.scope, self.comprehensions = outer_scope, outer
        node = Node()
        linker.add(node, container)
        return node

    def call(self, call: facts.Call, *, awaited: bool, decorates: Function | None = None) -> Node:
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
        if decorates is None:
            linker.use(site.callee, lambda v: linker.call(site, v))
        else:
            # Of a decorator with arguments, which the wrapper inside it sees, there is a copy from there on.
            linker.use(site.callee, lambda v: self.decorations.call(site, v, decorates))
        return site.result


def _assigned(statement: facts.Stmt) -> Iterator[str]:
    """The names that a statement itself assigns."""
    if isinstance(statement, facts.Assign):
        for target in statement.targets:
            yield from target_names(target)
    elif isinstance(statement, facts.Annotated | facts.For):
        yield from target_names(statement.target)
    elif isinstance(statement, facts.With):
        for item in statement.items:
            if item.target is not None:
                yield from target_names(item.target)


def _is_rebound_inside(function: Function, name: str) -> bool:
    """Whether a function inside another one assigns one of its names."""
    return any(
        isinstance(inner, Function) and (inner.scope.outer.get(name) == "nonlocal" or _is_rebound_inside(inner, name))
        for inner in function.inner.values()
    )


def _leaves(block: facts.Block) -> bool:
    """Whether what comes after a block is not reached through it."""
    return bool(block) and isinstance(block[-1], facts.Return | facts.Raise | facts.Jump)


def _is_overwritten(frame: Frame) -> bool:
    """Whether what a statement assigns to a name is gone with the next one: `f = first`, then `f = second`."""
    statement, following = frame.statement, frame.block[frame.index + 1 : frame.index + 2]
    if not isinstance(statement, facts.Assign) or not following or not isinstance(then := following[0], facts.Assign):
        return False
    match statement.targets, then.targets:
        case (facts.Name(id=first),), (facts.Name(id=second),):
            return first == second and not statement.op and not then.op and first not in names_in(then.value)
        case _:
            return False


def _replaced(frame: Frame) -> Iterator[facts.Item]:
    """The entries of a dict that the statements right after it put others in the place of: `d["a"] = second`."""
    statement = frame.statement
    if not isinstance(statement, facts.Assign) or not isinstance(statement.value, facts.Mapping):
        return
    for following in frame.block[frame.index + 1 :]:
        keys: list[facts.Constant] = []
        if isinstance(following, facts.Assign) and len(following.targets) == 1:
            stored = following.targets[0]
        elif isinstance(following, facts.Evaluate) and (update := _update(following.value)) is not None:
            stored = update
        else:
            return
        while isinstance(stored, facts.Subscript) and isinstance(stored.index, facts.Const):
            keys.insert(0, stored.index.value)
            stored = stored.value
        if not keys or [last_name(target) for target in statement.targets] != [last_name(stored)]:
            return
        held: facts.Expr = statement.value
        for depth, key in enumerate(keys):
            items = held.items if isinstance(held, facts.Mapping) else ()
            item = next((i for i in items if isinstance(i.key, facts.Const) and i.key.value == key), None)
            if item is None:
                break
            if depth == len(keys) - 1:
                yield item
            held = item.value


def _update(expr: facts.Expr) -> facts.Subscript | None:
    """`d.update({"a": f})` as a store: `d["a"]`."""
    if not isinstance(expr, facts.Call) or not isinstance(expr.func, facts.Attr) or expr.func.name != "update":
        return None
    if len(expr.args) != 1 or not isinstance(given := expr.args[0], facts.Mapping) or len(given.items) != 1:
        return None
    key = given.items[0].key
    return None if key is None else facts.Subscript(expr.func.value, key)


_OPERATORS = {
    "+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow", "@": "matmul",
    "|": "or", "&": "and", "^": "xor", "<<": "lshift", ">>": "rshift",
    "==": "eq", "!=": "ne", "<": "lt", ">": "gt", "<=": "le", ">=": "ge", "in": "contains", "not in": "contains",
}  # fmt: skip
_CONTEXT = ("__enter__", "__exit__")
_ASYNC_CONTEXT = ("__aenter__", "__aexit__")
_GENERIC = frozenset({"Annotated", "Optional", "Union"})
_CONTAINERS = frozenset(
    {
        "list", "List", "set", "Set", "frozenset", "tuple", "Tuple", "dict", "Dict", "Mapping", "Sequence", "Iterable",
        "Iterator", "AsyncIterator", "AsyncIterable", "Generator", "AsyncGenerator", "Collection", "defaultdict",
        "deque",
    }
)  # fmt: skip
