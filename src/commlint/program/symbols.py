"""What is defined where: modules, scopes, functions and classes of the analysed files, and how names find them.

These are the values that code can hold (`values.py` adds the rest), so that a function is one object however it is
reached. Nothing here looks into expressions; `flow.py` does.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from commlint import facts
from commlint.finding import Location
from commlint.program.code import last_name, target_names

if TYPE_CHECKING:
    from commlint.program.flow import Node
    from commlint.program.sites import Site


class Scope:
    """A namespace: of a module, class, function or comprehension.

    Attributes:
        kind: `module`, `class`, `function` or `comprehension`.
        parent: The scope around it; `None` for a module's.
        function: The function whose body it belongs to; a module's body counts as one.
        names: Names bound in it.
        bindings: What its names were last bound to, where that is a definition, an import or a plain assignment.
        rebound: Names that are bound more than once, or otherwise.
        outer: Names that belong to another scope, and which: `global` or `nonlocal`.
        variables: What its names may hold; made as they are asked for.
        stars: Modules whose names were all imported: a module of the program, or the dotted name of another.
    """

    __slots__ = ("bindings", "function", "kind", "names", "outer", "parent", "rebound", "stars", "variables")

    def __init__(self, kind: str, parent: Scope | None, function: Function) -> None:
        self.kind = kind
        self.parent = parent
        self.function = function
        self.names: set[str] = set()
        self.bindings: dict[str, Binding] = {}
        self.rebound: set[str] = set()
        self.outer: dict[str, str] = {}
        self.variables: dict[str, Node] = {}
        self.stars: list[Module | str] = []

    def bind(self, name: str, binding: Binding | None) -> None:
        """Notes what a name is bound to; `None` where that is no single thing."""
        if name in self.names:
            self.rebound.add(name)
        self.names.add(name)
        if binding is not None:
            self.bindings[name] = binding

    def owner_of(self, name: str) -> Scope | None:
        """The scope in which a name used here is bound; `None` where it is a builtin, star-imported or unknown."""
        scope: Scope | None = self
        while scope is not None:
            kind = scope.outer.get(name)
            if kind == "global":
                return scope.function.module.scope
            if name in scope.names and kind is None:
                return scope
            scope = scope.parent
            # The names of a class are not seen from the functions inside it.
            while scope is not None and scope.kind == "class":
                scope = scope.parent
        return None


class Module:
    """A file of the program.

    Attributes:
        path: Relative to the root of the analysis.
        fact: What it says.
        body: Its top-level code, as a function.
        scope: Its names.
        is_package: It is an `__init__.py`.
    """

    __slots__ = ("body", "fact", "is_package", "path", "scope")

    def __init__(self, fact: facts.Module) -> None:
        self.path = fact.path
        self.fact = fact
        self.is_package = posixpath.basename(fact.path) == "__init__.py"
        self.body = Function(
            facts.Function("<module>", (), fact.body, (), None, is_async=False, is_generator=False, line=1, column=1),
            self,
            None,
            None,
        )
        self.scope = Scope("module", None, self.body)
        self.body.scope = self.scope


class Function:
    """A function, method, lambda, or a module's top-level code.

    Attributes:
        fact: What its definition says.
        module: Where it is.
        owner: The class it is a method of.
        outer: The function or module body it is defined in.
        scope: Its names.
        sites: The calls in its body, in order.
        callers: The calls that may reach it.
        decorators: The decorators, in the order written: each with what it may be (what is called, where it is called)
            and what it is put around; filled by `walk.py`.
        decorates: The function that this copy of a decorator is put around.
        inner: The functions and classes that its code defines, by their facts.
        kind: `function`, `method`, `static`, `class`, `property`, `setter` or `deleter`.
    """

    __slots__ = (
        "callers",
        "decorates",
        "decorators",
        "fact",
        "inner",
        "kind",
        "line",
        "module",
        "outer",
        "owner",
        "returned",
        "scope",
        "sites",
        "yielded",
    )

    def __init__(self, fact: facts.Function, module: Module, owner: Class | None, outer: Function | None) -> None:
        self.fact = fact
        self.module = module
        self.owner = owner
        self.outer = outer
        self.scope: Scope
        self.sites: list[Site] = []
        self.callers: list[Site] = []
        self.decorators: list[tuple[facts.Expr, Node | None, Node]] = []
        self.decorates: Function | None = None
        self.inner: dict[facts.Function | facts.Class, Function | Class] = {}
        self.kind = _kind(fact, owner)
        self.returned: Node | None = None
        self.yielded: Node | None = None
        self.line = fact.line

    @property
    def name(self) -> str:
        """Its plain name."""
        return self.fact.name

    @property
    def label(self) -> str:
        """Its name as a reader would say it: `UserClient.get_user`, or the module's file for top-level code."""
        if self.name == "<module>":
            return self.module.path
        return f"{self.owner.name}.{self.name}" if self.owner is not None else self.name

    @property
    def location(self) -> Location:
        """Where it is defined."""
        return Location(self.module.path, self.line, self.fact.column or 1, len(self.name))

    @property
    def stands_for(self) -> Function:
        """The function that a wrapper takes the place of; itself where it is none."""
        function: Function | None = self
        while function is not None:
            if function.decorates is not None:
                return function.decorates.stands_for
            function = function.outer
        return self

    @property
    def is_module(self) -> bool:
        """It is a module's top-level code."""
        return self.name == "<module>"


class Class:
    """A class.

    Attributes:
        fact: What its definition says.
        module: Where it is.
        scope: The names of its body.
        bases: Its base classes: classes of the program, or the dotted name of another; filled by `flow.py`.
        subclasses: Classes that derive from it directly.
        attributes: What the attributes of its instances may hold.
        setters: What its properties call when they are set.
        assigned: What its methods assign to attributes of their instance, and in which method.
    """

    __slots__ = (
        *("assigned", "attributes", "bases", "fact", "instance", "module", "mro", "scope", "setters", "subclasses"),
    )

    def __init__(self, fact: facts.Class, module: Module) -> None:
        self.fact = fact
        self.module = module
        self.scope: Scope
        self.bases: list[Class | str] = []
        self.subclasses: list[Class] = []
        self.attributes: dict[str, Node] = {}
        self.setters: dict[str, Function] = {}
        self.assigned: dict[str, list[tuple[facts.Expr, Function]]] = {}
        self.mro: tuple[Class | str, ...] = ()
        self.instance = Instance(self)

    @property
    def name(self) -> str:
        """Its plain name."""
        return self.fact.name


class Instance:
    """Any instance of a class of the program."""

    __slots__ = ("cls",)

    def __init__(self, cls: Class) -> None:
        self.cls = cls


class Imported:
    """A name bound by an import.

    Attributes:
        module: The importing module.
        statement: The import.
        alias: The imported name.
    """

    __slots__ = ("alias", "module", "statement")

    def __init__(self, module: Module, statement: facts.Import, alias: facts.Alias) -> None:
        self.module = module
        self.statement = statement
        self.alias = alias


Binding: TypeAlias = Function | Class | Imported | facts.Expr


def _kind(fact: facts.Function, owner: Class | None) -> str:
    if owner is None:
        return "function"
    for decorator in fact.decorators:
        name = last_name(decorator)
        if isinstance(decorator, facts.Attr) and name in ("setter", "deleter"):
            return name
        if name in ("staticmethod", "classmethod"):
            return name.removesuffix("method")
        if name in ("property", "cached_property"):
            return "property"
    return "static" if fact.name == "__new__" else "class" if fact.name == "__init_subclass__" else "method"


class Symbols:
    """All modules of the program, and what they define.

    Attributes:
        modules: By path.
        functions: Every function, module bodies among them, and the copies of decorators.
        classes: Every class.
        properties: The names of all properties.
        special: The names of all special methods that classes define: `__len__`.

    Args:
        modules: The facts.
        modelled: Top-level packages that library models speak of.
    """

    def __init__(self, modules: Iterable[facts.Module], modelled: Collection[str]) -> None:
        self.modules: dict[str, Module] = {}
        self._star_imported: dict[Module, list[Module]] = {}
        self.functions: list[Function] = []
        self.classes: list[Class] = []
        self.properties: set[str] = set()
        self.special: set[str] = set()
        for fact in modules:
            module = Module(fact)
            self.modules[fact.path] = module
            self.functions.append(module.body)
        self.imports = Imports(self.modules, modelled)
        for module in self.modules.values():
            self._declare(module.fact.body, module.scope, None)

    def _declare(self, block: facts.Block, scope: Scope, owner: Class | None) -> None:
        """Notes the names a block binds and what it defines."""
        for statement in block:
            match statement:
                case facts.Assign():
                    for target in statement.targets:
                        self._declare_target(target, scope, None if statement.op else statement.value)
                case facts.Annotated():
                    self._declare_target(statement.target, scope, statement.value)
                case facts.Function():
                    function = self.define(statement, scope, owner)
                    if function.kind not in ("setter", "deleter"):
                        scope.bind(statement.name, function)
                    elif owner is not None and function.kind == "setter":
                        owner.setters[function.name] = function
                case facts.Class():
                    scope.bind(statement.name, self._define_class(statement, scope))
                case facts.Import():
                    self._declare_import(statement, scope)
                case facts.If() | facts.While():
                    self._declare(statement.body, scope, owner)
                    self._declare(statement.orelse, scope, owner)
                case facts.For():
                    self._declare_target(statement.target, scope, None)
                    self._declare(statement.body, scope, owner)
                    self._declare(statement.orelse, scope, owner)
                case facts.Try():
                    self._declare(statement.body, scope, owner)
                    for handler in statement.handlers:
                        if handler.name:
                            scope.bind(handler.name, None)
                        self._declare(handler.body, scope, owner)
                    self._declare(statement.orelse, scope, owner)
                    self._declare(statement.final, scope, owner)
                case facts.With():
                    for item in statement.items:
                        if item.target is not None:
                            self._declare_target(item.target, scope, item.context)
                    self._declare(statement.body, scope, owner)
                case facts.Match():
                    for case in statement.cases:
                        for name in case.names:
                            scope.bind(name, None)
                        self._declare(case.body, scope, owner)
                case facts.Outer():
                    scope.outer.update(dict.fromkeys(statement.names, statement.kind))
                    if statement.kind == "global":
                        for name in statement.names:
                            scope.function.module.scope.bind(name, None)
                case _:
                    pass

    def _declare_target(self, target: facts.Expr, scope: Scope, value: facts.Expr | None) -> None:
        for name in target_names(target):
            scope.bind(name, value if isinstance(target, facts.Name) else None)

    def define(self, fact: facts.Function, scope: Scope, owner: Class | None) -> Function:
        """Makes the function that a definition or lambda stands for."""
        function = Function(fact, scope.function.module, owner, scope.function)
        function.scope = Scope("function", scope, function)
        for parameter in fact.parameters:
            function.scope.bind(parameter.name, None)
        self.functions.append(function)
        if function.kind == "property":
            self.properties.add(function.name)
        elif owner is not None and function.name.startswith("__"):
            self.special.add(function.name)
        scope.function.inner[fact] = function
        self._declare(fact.body, function.scope, None)
        return function

    def _define_class(self, fact: facts.Class, scope: Scope) -> Class:
        cls = Class(fact, scope.function.module)
        cls.scope = Scope("class", scope, scope.function)
        self.classes.append(cls)
        scope.function.inner[fact] = cls
        self._declare(fact.body, cls.scope, cls)
        return cls

    def _declare_import(self, statement: facts.Import, scope: Scope) -> None:
        for alias in statement.names:
            if alias.name != "*":
                scope.bind(alias.bound, Imported(scope.function.module, statement, alias))
                continue
            module = self.imports.find(scope.function.module, statement.module, statement.level)
            dotted = self.imports.absolute(scope.function.module, statement.module, statement.level)
            scope.function.module.scope.stars.append(dotted if module is None else module)

    def resolve(self, expr: facts.Expr, scope: Scope) -> Class | Function | Module | str | None:
        """What a name or dotted name stands for, by its definitions alone; a path for what is not in the program.

        This is for what must be known before values flow (base classes) and for what is nearly always written plainly
        (exceptions, annotations).
        """
        return self._resolve(expr, scope, 0)

    def _resolve(self, expr: facts.Expr, scope: Scope, depth: int) -> Class | Function | Module | str | None:
        if depth > _DEEPEST:
            return None
        if isinstance(expr, facts.Name):
            owner = scope.owner_of(expr.id)
            if owner is None:
                return self._star(expr.id, scope, depth) or f"builtins.{expr.id}"
            return self._bound(expr.id, owner, depth)
        if isinstance(expr, facts.Attr):
            return self._member(self._resolve(expr.value, scope, depth + 1), expr.name, depth)
        if isinstance(expr, facts.Subscript):
            return self._resolve(expr.value, scope, depth + 1)
        return None

    def _member(
        self, value: Class | Function | Module | str | None, name: str, depth: int
    ) -> Class | Function | Module | str | None:
        if isinstance(value, str):
            return f"{value}.{name}"
        if isinstance(value, Module):
            if name in value.scope.names:
                return self._bound(name, value.scope, depth)
            if value.is_package and (path := self.imports.child(posixpath.dirname(value.path), name)) is not None:
                return self.imports.at(path)
            return self._star(name, value.scope, depth)
        if isinstance(value, Class) and name in value.scope.names:
            return self._bound(name, value.scope, depth)
        return None

    def _bound(self, name: str, owner: Scope, depth: int) -> Class | Function | Module | str | None:
        binding = owner.bindings.get(name)
        if isinstance(binding, Class | Function) or depth > _DEEPEST:
            return binding if isinstance(binding, Class | Function) else None
        if isinstance(binding, Imported):
            return self._imported(binding, depth)
        if isinstance(binding, facts.Name | facts.Attr):
            return self._resolve(binding, owner, depth + 1)
        if isinstance(binding, facts.Call) and name not in owner.rebound:
            # `Base = declarative_base()`: what a library makes.
            made = self._resolve(binding.func, owner, depth + 1)
            return f"{made}()" if isinstance(made, str) else None
        return None

    def _imported(self, binding: Imported, depth: int) -> Class | Function | Module | str | None:
        statement, alias, importer = binding.statement, binding.alias, binding.module
        if not statement.is_from:
            return self.imports.find(importer, alias.name, 0) or alias.name
        base = self.imports.base(importer, statement.module, statement.level)
        if base is None:
            dotted = self.imports.absolute(importer, statement.module, statement.level)
            return f"{dotted}.{alias.name}" if dotted else alias.name
        module = self.imports.at(base)
        if module is not None and module is not importer and alias.name in module.scope.names:
            return self._bound(alias.name, module.scope, depth + 1)
        if (path := self.imports.child(base, alias.name)) is not None:
            return self.imports.at(path)
        if module is not None and module is not importer:
            return self._star(alias.name, module.scope, depth + 1)
        return None

    def _star(self, name: str, scope: Scope, depth: int) -> Class | Function | Module | str | None:
        """A name that only a star import can have brought."""
        for module in self.star_imported(scope.function.module):
            if name in module.scope.names:
                return self._bound(name, module.scope, depth + 1)
        return None

    def star_imported(self, module: Module) -> list[Module]:
        """The modules whose names star imports bring into a module, through others too, the nearest first."""
        if (found := self._star_imported.get(module)) is None:
            found = self._star_imported[module] = []
            todo = list(module.scope.stars)
            while todo:
                star = todo.pop(0)
                if isinstance(star, Module) and star is not module and star not in found:
                    found.append(star)
                    todo.extend(star.scope.stars)
        return found


# Chains of aliases and re-exports longer than this are rings.
_DEEPEST = 16


class Imports:
    """Finds the module that an import means.

    Several services in one tree often have equal top-level packages (`app`, `core`, `src`), so that there is no one
    search path. An absolute import is looked for in the folders around the importing file, the nearest first, and in a
    `src` folder in each; then, where just one folder of the whole tree holds a package of that name, there.

    Args:
        modules: The modules of the program by path.
        modelled: Top-level packages that library models speak of.
    """

    def __init__(self, modules: Mapping[str, Module], modelled: Collection[str]) -> None:
        self._modules = modules
        self._modelled = modelled
        self._folders: set[str] = set()
        self._searched: dict[tuple[str, str], tuple[str, ...]] = {}
        # Top-level packages and modules by name: the folders that hold one.
        self._holders: dict[str, list[str]] = {}
        for path in modules:
            folder = posixpath.dirname(path)
            while folder not in self._folders:
                self._folders.add(folder)
                folder = posixpath.dirname(folder)
        for path in modules:
            folder, name = posixpath.split(path)
            if name == "__init__.py":
                folder, name = posixpath.split(folder)
            if not self._is_package(folder):
                self._holders.setdefault(name.removesuffix(".py"), []).append(folder)

    def _is_package(self, folder: str) -> bool:
        return posixpath.join(folder, "__init__.py") in self._modules

    def absolute(self, importer: Module, dotted: str, level: int) -> str:
        """The dotted name an import means, for one that leaves the program; a relative one counts from the root."""
        if not level:
            return dotted
        folder = self._start(importer, level)
        return ".".join(part for part in (*folder.split("/"), *dotted.split(".")) if part)

    def find(self, importer: Module, dotted: str, level: int) -> Module | None:
        """The module of the program that `dotted` names, as seen from `importer`; `None` where there is none.

        Args:
            importer: The module with the import.
            dotted: The dotted name as written; may be empty in a relative import.
            level: Leading dots of a relative import.
        """
        base = self.base(importer, dotted, level)
        return None if base is None else self.at(base)

    def base(self, importer: Module, dotted: str, level: int) -> str | None:
        """The path, without ending, of a module or package folder that an import means."""
        relative = dotted.replace(".", "/")
        if level:
            start = self._start(importer, level)
            path = posixpath.join(start, relative) if relative else start
            return path if self._exists(path) else None
        for start in self._starts(posixpath.dirname(importer.path), dotted.partition(".")[0]):
            path = posixpath.join(start, relative)
            # A module does not import itself by the name of the package that it happens to be called like.
            if self._exists(path) and f"{path}.py" != importer.path:
                return path
        return None

    def _starts(self, folder: str, top: str) -> tuple[str, ...]:
        """The folders that hold a top-level package or module, as seen from a folder, in the order of the search."""
        key = (folder, top)
        if (starts := self._searched.get(key)) is None:
            around = [folder]
            while around[-1]:
                around.append(posixpath.dirname(around[-1]))
            # Python does not search the folders of packages; code that is run from inside one does, but a library by
            # that name is more likely then.
            packages = [] if top in self._modelled else [f for f in around if self._is_package(f)]
            order = [f for f in around if not self._is_package(f)] + packages
            within = [start for f in order for start in (f, posixpath.join(f, "src"))]
            holders = self._holders.get(top, [])
            within += holders if len(holders) == 1 else []
            starts = self._searched[key] = tuple(s for s in within if self._exists(posixpath.join(s, top)))
        return starts

    def _start(self, importer: Module, level: int) -> str:
        folder = posixpath.dirname(importer.path)
        for _ in range(level - 1):
            folder = posixpath.dirname(folder)
        return folder

    def _exists(self, path: str) -> bool:
        return f"{path}.py" in self._modules or path in self._folders

    def at(self, path: str) -> Module | None:
        """The module at a path without ending; `None` for a folder without `__init__.py`."""
        return self._modules.get(f"{path}.py") or self._modules.get(posixpath.join(path, "__init__.py"))

    def child(self, path: str, name: str) -> str | None:
        """The path of a module or folder `name` in the package at a path."""
        below = posixpath.join(path, name)
        return below if self._exists(below) else None
