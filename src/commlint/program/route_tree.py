"""What hangs where: routes in routers, routers in applications, lists and modules of routes below paths.

Below each holder hang *leaves* (a path and who answers) and *branches* (other holders).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

import msgspec

from commlint import facts
from commlint.catalogue.models import Contract, Entry, Mount
from commlint.catalogue.notation import shape
from commlint.finding import Location
from commlint.program.answers import Answer, Answers, methods
from commlint.program.code import last_name
from commlint.program.flow import Linker, Node
from commlint.program.holders import Holder, Holders
from commlint.program.models import Models
from commlint.program.patterns import Hole, Text, read
from commlint.program.places import holds
from commlint.program.route_models import RouteModels
from commlint.program.sites import Site, select
from commlint.program.symbols import Class, Function, Instance, Module
from commlint.program.values import Container, External, Value
from commlint.program.views import View, Views
from commlint.workspace.layout import shared

ENDPOINTS = frozenset({"http", "grpc", "rpc"})


class Leaf(msgspec.Struct, frozen=True, eq=False):
    """A path, and who answers there.

    Attributes:
        order: Where it is registered.
        file: The file where that is decided.
        entry: How.
        paths: Its paths below its holder.
        verbs: The methods that are said with it, none for any; `None` where it says nothing of them.
        answers: Who answers; nobody where that is outside the program.
        detail: It hangs below the key of one object.
    """

    order: Location
    file: str
    entry: Entry
    paths: tuple[Text, ...]
    verbs: tuple[str, ...] | None
    answers: tuple[Answer, ...]
    detail: bool = False


class Branch(msgspec.Struct, frozen=True, eq=False):
    """A holder below another one.

    Attributes:
        order: Where it is hung up.
        file: The file where that is decided.
        prefixes: The paths below which it hangs.
        mounted: The holder; `None` where it is not known, or answers by itself.
        replaces: The path takes the place of the holder's own.
        foreign: It is known to be none of the program's.
    """

    order: Location
    file: str
    prefixes: tuple[Text, ...]
    mounted: Holder | None
    replaces: bool = False
    foreign: bool = False


class RouteTree:
    """All that hangs somewhere.

    Attributes:
        holders: Knows what holds routes.
        hung: What hangs below each holder, in order of file and place.
        free: Leaves of handlers that name no holder: these answer wherever their class or application does.
        contracts: Calls that serve what a file says.
        apps: Calls that make what answers requests by itself.
        remote: Classes that are registered as services of gRPC, the services, and where.
    """

    def __init__(self, linker: Linker, models: Models, route_models: RouteModels, views: Views) -> None:
        self._linker = linker
        self._models = models
        self._routing = route_models
        self._views = views
        self._answers = Answers(models, views)
        self.holders = Holders(linker, models, route_models, views)
        self._by_name: dict[tuple[str, str], list[Answer]] = defaultdict(list)
        self._named: list[tuple[str, Holder, Leaf]] = []
        self.hung: dict[Holder, list[Leaf | Branch]] = defaultdict(list)
        self.free: dict[Function | Class, list[tuple[Function | None, Leaf]]] = defaultdict(list)
        self.contracts: list[tuple[Site, Contract]] = []
        self.apps: list[Site] = []
        self.remote: list[tuple[Class, str, str]] = []
        for site in linker.sites:
            self._read_site(site)
        self._read_decorators()
        self._read_bases()
        self._join_named()
        for items in self.hung.values():
            items.sort(key=lambda item: item.order)

    # --- what is there ------------------------------------------------------------------------------------------------

    def _read_site(self, site: Site) -> None:
        by_path: dict[str, list[External]] = defaultdict(list)
        for external, _ in site.externals:
            by_path[external.path.removesuffix("().__init__")].append(external)
        for base in self._made_bases(site):
            by_path.setdefault(base, [])
        for path, externals in by_path.items():
            for mount in self._routing.mounts(path):
                self._mount(site, path, externals, mount)
            entry = self._models.registrar(path)
            if entry is not None and entry.kind == "grpc":
                self._register_remote(site, path, entry)
            elif entry is not None and entry.kind == "rpc":
                self._register_by_name(site, entry)
            elif entry is not None and entry.kind in ENDPOINTS:
                makers = tuple(externals[0].makers()) if externals else ()
                if holds(entry, site.call, site.function.scope, makers):
                    self._register(site, externals, entry)
            for contract in self._routing.serving(path):
                self.contracts.append((site, contract))
            if path.endswith("()") and externals:
                self._decorate_by_call(site, path.removesuffix("()"), externals)
        router = self.holders.router(site) if by_path else None
        if router is not None and router.serves:
            self.apps.append(site)
        if not by_path and not site.targets:
            self._guess(site)

    def _made_bases(self, site: Site) -> Iterator[str]:
        """The classes from outside of which a call makes an object, by one of the program that leaves that to them."""
        for value in site.callee.values if site.callee is not None else ():
            if isinstance(value, Class) and not any(f.name == "__init__" for f in methods(value)):
                yield from (base for base in value.mro if isinstance(base, str))

    def _read_decorators(self) -> None:
        copied = {f.fact for f in self._linker.symbols.functions if f.decorates is not None}
        for function in self._linker.symbols.functions:
            if function.decorators and not _is_template(function, copied):
                for expr, node, around in function.decorators:
                    handlers = [value for value in around.values if isinstance(value, Function)]
                    self._decorated(expr, node, handlers or [function], function)
        for cls in self._linker.symbols.classes:
            for expr in cls.fact.decorators:
                scope = cls.scope.parent or cls.scope
                called = expr.func if isinstance(expr, facts.Call) else expr
                node = Node()
                for value in self._views.plain(scope.function, scope).values(called):
                    node.values[value] = None
                self._decorated(expr, node, [cls], cls)

    def _read_bases(self) -> None:
        """Handlers that are called because of the class that they are in, wherever it is."""
        for cls in self._linker.symbols.classes:
            for base in cls.mro:
                for entry in self._models.entry_base(base) if isinstance(base, str) else ():
                    if entry.kind in ENDPOINTS and entry.default_path and entry.kind != "grpc":
                        answers = tuple(self._answers.of_class(cls, entry, None))
                        leaf = Leaf(_place(cls), cls.module.path, entry, _default(entry, ""), None, answers)
                        if entry.kind == "http":
                            self.free[cls].append((None, leaf))
                        else:
                            self._free_by_name(cls, leaf)

    def _free_by_name(self, cls: Class, leaf: Leaf) -> None:
        for answer in leaf.answers:
            if answer.function is not None:
                paths = _default(leaf.entry, answer.function.name)
                self.free[cls].append((answer.function, _with(leaf, paths, (answer,))))

    # --- registrations ------------------------------------------------------------------------------------------------

    def _register(self, site: Site, externals: Sequence[External], entry: Entry) -> None:
        external = externals[0] if externals else None
        paths = list(self._path_exprs(site, entry, external))
        handler = select(site.call, entry.handler)
        verb = select(site.call, entry.verb)
        name = select(site.call, entry.name)
        seen = [expr for expr, at in paths if at is site]
        views = self._views.of(site, [e for e in (*seen, handler, verb, name, site.call.func) if e is not None])
        for view in views:
            if not _is_called(site, externals, view):
                continue
            handlers = self._handlers(site, handler, view)
            answers = tuple(self._answers.of(handlers, entry))
            if not answers and any(map(self.holders.holds_routes, handlers)):
                continue
            if any(view.is_open(expr) for expr in seen):
                # A helper that nobody calls.
                continue
            called = answers[0].function.name if len(answers) == 1 and answers[0].function is not None else ""
            texts = self._texts(paths, entry, view, site, called)
            verbs = self._answers.verbs(entry, site.call, view, called or site.name)
            if not answers and entry.handler.startswith("arg") and handler is None and not entry.name:
                # A function that is given its handler later is a decorator.
                continue
            leaf = Leaf(site.location, view.file, entry, texts, verbs, answers)
            if (said := view.text(name)) is not None and not entry.path:
                self._by_name[view.file, said] += [_limited(answer, verbs) for answer in answers]
                continue
            for holder in self._receivers(site, externals, view):
                self._hang(holder, leaf, said)

    def _register_by_name(self, site: Site, entry: Entry) -> None:
        """`server.register_function(add, "add")`, or all methods of an object."""
        handler, paths = select(site.call, entry.handler), list(self._path_exprs(site, entry, None))
        exprs = [expr for expr in (handler, *(expr for expr, _ in paths)) if expr is not None]
        for view in self._views.of(site, exprs):
            verbs = self._answers.verbs(entry, site.call, view, site.name)
            names = self._texts(paths, entry, view, site, "") if paths else ()
            if any(isinstance(token, Hole) for name in names for token in name):
                # Nobody can call what has no name.
                continue
            for answer in self._answers.of(self._handlers(site, handler, view), entry):
                if (function := answer.function) is not None:
                    said = (msgspec.structs.replace(answer, verbs=None),)
                    leaf = Leaf(site.location, view.file, entry, names or _default(entry, function.name), verbs, said)
                    self.free[function.owner or function].append((function, leaf))

    def _register_remote(self, site: Site, path: str, entry: Entry) -> None:
        """`add_UsersServicer_to_server(Users(), server)`."""
        handler = select(site.call, entry.handler)
        if handler is not None:
            for value in self._handlers(site, handler, self._views.plain(site.function)):
                if isinstance(value, Instance | Class):
                    cls = value.cls if isinstance(value, Instance) else value
                    self.remote.append((cls, captured(entry.registrars, path), site.location.file))

    def _hang(self, holder: Holder, leaf: Leaf, name: str | None) -> None:
        if name is not None:
            self._named.append((name, holder, leaf))
        else:
            self.hung[holder].append(leaf)

    def _handlers(self, site: Site, handler: facts.Expr | None, view: View) -> list[Value]:
        """What is registered; what is wrapped by something unknown counts for it."""
        if handler is None:
            return []
        node = self._linker.argument(site, handler)
        values = list(view.values(handler)) or list(node.values if node is not None else ())
        return (
            values
            if any(map(self.holders.answers_itself, values))
            else [*values, *self.holders.wrapped(handler, view, 0)]
        )

    def _path_exprs(self, site: Site, entry: Entry, external: External | None) -> Iterator[tuple[facts.Expr, Site]]:
        for alternative in entry.path.split("|"):
            at: Site | None = site
            if alternative.startswith("ctor."):
                at = external.origin if external is not None else None
            expr = select(at.call, alternative.removeprefix("ctor.")) if at is not None else None
            if expr is not None and at is not None:
                yield expr, at
                if entry.several and alternative.startswith("arg:"):
                    start = int(alternative.removeprefix("arg:")) + 1
                    yield from ((arg, at) for arg in at.call.args[start:])
                return

    def _texts(
        self, paths: Sequence[tuple[facts.Expr, Site]], entry: Entry, view: View, site: Site | None, name: str
    ) -> tuple[Text, ...]:
        found: list[Text] = []
        for expr, at in paths:
            where = view if at is site else self._views.plain(at.function)
            elements = where.elements(expr)
            for one, seen in [(expr, where)] if elements is None else elements:
                if (text := seen.text(one)) is not None:
                    found += _leaf_texts(text, entry)
        return tuple(dict.fromkeys(found)) or _default(entry, name)

    # --- decorators ---------------------------------------------------------------------------------------------------

    def _decorated(
        self,
        expr: facts.Expr,
        node: Node | None,
        handlers: Sequence[Function | Class],
        of: Function | Class,
    ) -> None:
        call = expr if isinstance(expr, facts.Call) else None
        function = of.outer if isinstance(of, Function) else None
        outer = of.scope.parent
        around = function or (outer.function if outer is not None else None)
        if around is None or outer is None:
            return
        site = None if call is None else self._views.site(call, around)
        by_path: dict[str, list[External]] = defaultdict(list)
        for value in node.values if node is not None else ():
            if isinstance(value, External):
                by_path[value.path].append(value)
        known = False
        for path, externals in by_path.items():
            entry = self._models.entry_decorator(path)
            if entry is None or entry.kind not in ENDPOINTS:
                continue
            known = True
            if holds(entry, call, outer, ()) and (entry.path or entry.default_path or entry.name):
                self._decorate(call, site, externals, entry, handlers, of)
        if not known and call is not None and site is not None and not site.targets:
            self._guess_decorator(call, site, handlers, of)

    def _decorate(
        self,
        call: facts.Call | None,
        site: Site | None,
        externals: Sequence[External],
        entry: Entry,
        handlers: Sequence[Function | Class],
        of: Function | Class,
    ) -> None:
        outer = of.scope.parent or of.scope
        answers = tuple(self._answers.of(handlers, entry))
        if site is None or call is None:
            views = [self._views.plain(outer.function, outer)]
            paths: list[tuple[facts.Expr, Site]] = []
        else:
            paths = list(self._path_exprs(site, entry, externals[0]))
            exprs = [*(e for e, _ in paths), *([select(call, entry.verb)] if entry.verb else [])]
            views = self._views.of(site, [e for e in (*exprs, _receiver(site)) if e is not None], outer)
        for view in views:
            texts = self._texts(paths, entry, view, site, of.name)
            verbs = self._answers.verbs(entry, call, view, last_name(call.func) if call is not None else "")
            order = of.location if isinstance(of, Function) else _place(of)
            detail = bool(entry.detail) and _is_true(entry.detail, call, view)
            leaf = Leaf(order, view.file, entry, texts, verbs, answers, detail=detail)
            name = view.text(select(call, entry.name)) if call is not None else None
            if name is not None:
                self._by_name[view.file, name] += [_limited(answer, verbs) for answer in answers]
                continue
            held = any(external.origin is not None or "()" in external.path for external in externals)
            if entry.kind == "rpc" or not held:
                self._hang_free(of, leaf)
                continue
            for holder in self._receivers(site, externals, view) if site is not None else ():
                self.hung[holder].append(leaf)

    def _hang_free(self, of: Function | Class, leaf: Leaf) -> None:
        if leaf.entry.actions and isinstance(of, Class):
            self._free_by_name(of, leaf)
        elif isinstance(of, Function) and of.owner is not None:
            self.free[of.owner].append((of, leaf))
        else:
            self.free[of].append((of if isinstance(of, Function) else None, leaf))

    def _decorate_by_call(self, site: Site, path: str, externals: Sequence[External]) -> None:
        """`app.get("/users")(list_users)`."""
        entry, made = self._models.entry_decorator(path), externals[0].origin
        if entry is None or entry.kind not in ENDPOINTS or made is None or not site.call.args:
            return
        makers = [external for external, _ in made.externals if external.path == path]
        if not makers or not (entry.path or entry.default_path):
            return
        paths = list(self._path_exprs(made, entry, makers[0]))
        exprs = [e for e in (*(e for e, _ in paths), site.call.args[0], _receiver(made)) if e is not None]
        for view in self._views.of(site, exprs):
            answers = tuple(self._answers.of(self._handlers(site, site.call.args[0], view), entry))
            if not answers:
                continue
            texts = self._texts([(e, site) for e, _ in paths], entry, view, site, "")
            verbs = self._answers.verbs(entry, made.call, view, made.name)
            leaf = Leaf(site.location, view.file, entry, texts, verbs, answers)
            for holder in self._receivers(made, makers, view):
                self.hung[holder].append(leaf)

    def _join_named(self) -> None:
        """Brings together paths and handlers that have a name in common."""
        for name, holder, leaf in self._named:
            near = sorted(
                (file for file, known in self._by_name if known == name),
                key=lambda file: (-shared(file, leaf.file), file),
            )
            answers = [
                a
                for file in near
                if shared(file, leaf.file) == shared(near[0], leaf.file)
                for a in self._by_name[file, name]
            ]
            self.hung[holder].append(_with(leaf, leaf.paths, (*leaf.answers, *answers)))

    # --- mounts -------------------------------------------------------------------------------------------------------

    def _mount(self, site: Site, path: str, externals: Sequence[External], mount: Mount) -> None:
        prefix, into = select(site.call, mount.prefix), select(site.call, mount.into)
        mounted = self._mounted_exprs(site, mount)
        if mount.into and into is None:
            return
        exprs = [e for e in (prefix, into, *mounted, _receiver(site)) if e is not None]
        for view in self._views.of(site, exprs):
            text = mount.prefix.removeprefix("const:") if mount.prefix.startswith("const:") else view.text(prefix)
            prefixes = tuple(read(text)) if text is not None else ((),)
            holders = self.holders.of(into, view) if into is not None else self._receivers(site, externals, view)
            branches = list(self._mounted(site, path, externals, mount, mounted, view))
            for holder in holders:
                for below_it in branches:
                    known = below_it is not None and below_it != holder
                    if below_it is None or known:
                        foreign = mount.foreign or any(self.holders.is_foreign(expr, view) for expr in mounted)
                        if below_it is None and foreign and mount.extends:
                            continue
                        replaces = mount.replaces and text is not None
                        branch = Branch(site.location, view.file, prefixes, below_it, replaces, foreign)
                        self.hung[holder].append(branch)

    def _mounted_exprs(self, site: Site, mount: Mount) -> list[facts.Expr]:
        if mount.mounted == "arg:*":
            return list(site.call.args)
        expr = select(site.call, mount.mounted) if mount.mounted not in ("", "recv") else None
        return [] if expr is None else [expr]

    def _mounted(
        self,
        site: Site,
        path: str,
        externals: Sequence[External],
        mount: Mount,
        exprs: Sequence[facts.Expr],
        view: View,
    ) -> Iterator[Holder | None]:
        """What is hung up; `None` for what holds routes that are not known."""
        if mount.foreign:
            yield None
            return
        if not mount.mounted:
            yield site
            return
        if mount.mounted == "recv":
            yield from self._receivers(site, externals, view)
            return
        for expr in exprs:
            if mount.tuples is not None and (holders := self._tuples(expr, view, mount.tuples, site)) is not None:
                yield from holders
                continue
            found = self.holders.of(expr, view)
            yield from found
            # What is no holder may be a view.
            if not found and self._models.registrar(path) is None:
                yield None

    def _tuples(self, expr: facts.Expr, view: View, registrar: str, site: Site) -> list[Holder | None] | None:
        """Routes that are written down as tuples, the arguments of a registrar; `None` where they are not."""
        behind, seen = view.behind(expr)
        if isinstance(behind, facts.Binary):
            sides = [self._tuples(side, seen, registrar, site) for side in (behind.left, behind.right)]
            if any(side is not None for side in sides):
                return [holder for side in sides for holder in (side if side is not None else [None])]
        entry = self._models.registrar(registrar)
        elements = view.elements(expr)
        if elements is None or entry is None:
            return None
        container = Container()
        for index, (element, seen) in enumerate(elements):
            row, at = seen.behind(element)
            order = Location(site.location.file, site.location.line, index + 1)
            if isinstance(row, facts.Sequence) and len(row.items) > 1:
                call = facts.Call(facts.Name(""), row.items, (), site.call.line, site.call.column)
                handler, path = select(call, entry.handler), select(call, entry.path)
                if handler is None or path is None:
                    continue
                values = at.values(handler)
                text = at.text(path)
                if text is not None:
                    answers = tuple(self._answers.of(values, entry))
                    texts = tuple(_leaf_texts(text, entry))
                    self.hung[container].append(Leaf(order, at.file, entry, texts, None, answers))
            else:
                inner: list[Holder | None] = [*self.holders.of(element, seen)]
                for holder in inner or [None]:
                    self.hung[container].append(Branch(order, seen.file, ((),), holder))
        return [container]

    # --- holders ------------------------------------------------------------------------------------------------------

    def _receivers(self, site: Site, externals: Sequence[External], view: View) -> list[Holder]:
        """What a route or mount is hung into: the object whose method is called, or what the call makes."""
        if not any("()" in external.path or external.cls is not None for external in externals):
            return [site]
        func = site.call.func
        holders: list[Holder] = []
        if isinstance(func, facts.Attr) and not _is_super(func.value):
            holders = [one for one in self.holders.of(func.value, view) if isinstance(one, Site | Class | str)]
        if not holders:
            values = (self.holders.behind(external, func, view) for external in externals)
            holders = list(dict.fromkeys(holder for holder in values if holder is not None))
        return [holder for holder in holders if not isinstance(holder, str)] or holders

    def members(self, holder: Holder) -> list[Leaf | Branch]:
        """What hangs below a holder, lists and modules included."""
        items = list(self.hung.get(holder, ()))
        if isinstance(holder, Container):
            items += self._of_values(holder, _in_order(holder))
        elif isinstance(holder, Module):
            for router in self._routing.modules:
                if router.modules in holder.scope.variables:
                    values = holder.scope.variables[router.modules].values
                    items += self._of_values(holder, values)
            items.sort(key=lambda item: item.order)
        return items

    def is_module_of_routes(self, module: Module, met: Collection[Holder]) -> bool:
        """Whether a module holds routes in lists that have not been met yet."""
        for router in self._routing.modules:
            variable = None if router.modules is None else module.scope.variables.get(router.modules)
            if variable is not None and any(isinstance(v, Container) and v not in met for v in variable.values):
                return True
        return False

    def _of_values(self, holder: Holder, values: Iterable[Value]) -> Iterator[Branch]:
        for value in values:
            file = holder.path if isinstance(holder, Module) else ""
            view = self._views.plain(self._linker.symbols.functions[0])
            inner = self.holders.behind(value, facts.Const(None), view)
            if inner is holder:
                continue
            order = inner.location if isinstance(inner, Site) else Location(file, 0)
            if inner is not None:
                yield Branch(order, file, ((),), inner)
            elif isinstance(value, External) and (value.origin is not None or "()" not in value.path):
                # What only an annotation speaks of is none of the routes.
                yield Branch(order, file, ((),), None)

    # --- guesses ------------------------------------------------------------------------------------------------------

    def _guess(self, site: Site) -> None:
        """`app.register_blueprint(users)` on an object of which nothing is known."""
        mount = self._routing.mount_names.get(site.name)
        func = site.call.func
        if mount is None or not isinstance(func, facts.Attr):
            return
        for view in self._views.of(site, [*self._mounted_exprs(site, mount), func.value]):
            for expr in self._mounted_exprs(site, mount):
                holders = [
                    h for h in self.holders.of(expr, view) if isinstance(h, Site) and self.holders.router(h) is not None
                ]
                place = self.holders.place_of(func.value, view)
                if not holders or place is None:
                    continue
                text = view.text(select(site.call, mount.prefix))
                for holder in holders:
                    branch = Branch(
                        site.location, view.file, tuple(read(text)) if text else ((),), holder,
                        mount.replaces and text is not None,
                    )  # fmt: skip
                    self.hung[place].append(branch)

    def _guess_decorator(
        self, call: facts.Call, site: Site, handlers: Sequence[Function | Class], of: Function | Class
    ) -> None:
        """`@app.get("/users")` on an object of which nothing is known."""
        func = call.func
        if not isinstance(func, facts.Attr) or func.name not in _GUESSED or not call.args:
            return
        entry = _VERBS_FIRST if func.name in ("route", "api_route") else _VERB_NAMED
        view = self._views.plain(site.function, of.scope.parent or of.scope)
        text = view.text(call.args[0])
        place = self.holders.place_of(func.value, view)
        if text is None or not text.startswith("/") or place is None:
            return
        verbs = self._answers.verbs(entry, call, view, func.name)
        order = of.location if isinstance(of, Function) else _place(of)
        style = "angles" if "<" in text else "braces"
        answers = tuple(self._answers.of(handlers, entry))
        self.hung[place].append(Leaf(order, view.file, entry, tuple(read(text, style)), verbs, answers))


_GUESSED = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "route", "api_route"})
_VERB_NAMED = Entry(kind="http", verb="name")
_VERBS_FIRST = Entry(kind="http", verb="kw:methods", default_verb="GET")


def _leaf_texts(text: str, entry: Entry) -> list[Text]:
    """The paths that a registration's text says; a regular expression without an end fits whatever goes on."""
    texts = read(text, entry.parameters)
    loose = entry.parameters == "regex" and text.startswith("^") and not text.endswith(("$", "\\Z", "\\z"))
    return [(*one, Hole(many=True)) for one in texts] if loose or entry.open else texts


def _default(entry: Entry, name: str) -> tuple[Text, ...]:
    path = entry.default_path.replace("{name}", name)
    return tuple(_leaf_texts(path, msgspec.structs.replace(entry, parameters="braces"))) if path else ((),)


def captured(patterns: Iterable[str], path: str) -> str:
    """What the `*` of a pattern's last name stands for: `Users` of `*_pb2_grpc.*Servicer`."""
    last = path.rpartition(".")[2]
    for pattern in patterns:
        front, star, back = pattern.rpartition(".")[2].partition("*")
        if shape(pattern).fullmatch(path) is not None and star:
            return last[len(front) : len(last) - len(back)]
    return last


def _with(leaf: Leaf, paths: tuple[Text, ...], answers: tuple[Answer, ...]) -> Leaf:
    return msgspec.structs.replace(leaf, paths=paths, answers=answers)


def _limited(answer: Answer, verbs: tuple[str, ...] | None) -> Answer:
    return msgspec.structs.replace(answer, verbs=verbs or answer.verbs)


def _is_true(selector: str, call: facts.Call | None, view: View) -> bool:
    """Whether what is selected is true."""
    if selector == "const:True":
        return True
    expr = select(call, selector) if call is not None else None
    behind = None if expr is None else view.behind(expr)[0]
    return isinstance(behind, facts.Const) and bool(behind.value)


def _is_super(expr: facts.Expr) -> bool:
    return isinstance(expr, facts.Call) and last_name(expr) == "super"


def _is_called(site: Site, externals: Sequence[External], view: View) -> bool:
    """Whether one of several things that a name may be is called on a way: `for method in (web.get, web.post)`."""
    func = site.call.func
    if not isinstance(func, facts.Name) or view.given(func.id) is None:
        return True
    called = view.values(func)
    return not called or any(external in called for external in externals)


def _receiver(site: Site | None) -> facts.Expr | None:
    return site.call.func.value if site is not None and isinstance(site.call.func, facts.Attr) else None


def _place(cls: Class) -> Location:
    return Location(cls.module.path, cls.fact.line, cls.fact.column, len(cls.name))


def _in_order(container: Container) -> Iterator[Value]:
    nodes = [container.keys[key] for key in sorted(container.keys, key=lambda k: (isinstance(k, str), k))]
    for node in (*nodes, *([container.elements] if container.elements is not None else ())):
        yield from node.values


def _is_template(function: Function, copied: set[facts.Function]) -> bool:
    """Whether a function is part of a decorator of which only copies are called."""
    outer: Function | None = function
    while outer is not None:
        if outer.decorates is None and outer.fact in copied and not outer.callers:
            return True
        if outer.decorates is not None:
            return False
        outer = outer.outer
    return False
