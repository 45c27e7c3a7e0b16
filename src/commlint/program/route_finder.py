"""Walks down from applications to routes: the whole path of each, and which service it belongs to."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property

import msgspec

from commlint import facts
from commlint.catalogue.models import Contract, Router
from commlint.catalogue.notation import Claim
from commlint.finding import Location, Service
from commlint.program.answers import Answer, methods, place
from commlint.program.code import last_name, walk
from commlint.program.contracts import Contracts, Document
from commlint.program.holders import Holder
from commlint.program.models import Models
from commlint.program.patterns import Hole, Text, below, read
from commlint.program.places import holds
from commlint.program.protos import Protos
from commlint.program.route_models import RouteModels
from commlint.program.route_tree import Branch, Leaf, RouteTree, captured
from commlint.program.sites import Site, select
from commlint.program.symbols import Class, Function, Module
from commlint.program.views import Views
from commlint.workspace import Workspace

# Routers in routers deeper than this are rings; so are services that share more code than this to be found in it.
_DEEPEST = 16
_WIDEST = 400
_UNKNOWN: Text = (Hole(known=False), "/")


class Found(msgspec.Struct, frozen=True, eq=False):
    """A route, or a path below which there are some that are not known.

    Attributes:
        kind: `http`, `grpc` or `rpc`.
        verbs: The methods of HTTP; none for any.
        text: The whole path.
        answer: Who answers; `None` where nobody in the program does.
        order: Where it is registered.
        sure: It is known where it hangs.
        files: The files that decide about it, from the outside in.
        router: How its application chooses.
        users: The services that use its application.
        group: What is the same for routes that are one to the framework.
        opens: There are unknown routes below the path.
        foreign: They are known to be none of the program's.
        orphan: Nobody is seen to hang it up.
    """

    kind: str
    verbs: tuple[str, ...]
    text: Text
    answer: Answer | None
    order: Location
    sure: bool
    files: tuple[str, ...]
    router: Router
    users: tuple[Service, ...] = ()
    group: object = None
    opens: bool = False
    foreign: bool = False
    orphan: bool = False


class Finder:
    """Walks down from applications to routes."""

    def __init__(
        self, tree: RouteTree, routing: RouteModels, views: Views, workspace: Workspace, models: Models
    ) -> None:
        self._tree = tree
        self._routing = routing
        self._views = views
        self._workspace = workspace
        self._models = models
        self._symbols = views.symbols
        self._met: set[Holder] = set()
        self._users: dict[Holder, tuple[Service, ...]] = {}
        self._services: dict[str, Service | None] = {}
        self._protos = Protos(workspace)
        # Roots of services whose outermost routes are said to be somewhere where they are not.
        self.lost: set[str] = set()

    # --- whose --------------------------------------------------------------------------------------------------------

    def served(self, site: Site, contract: Contract, contracts: Contracts) -> Document | None:
        """What a call serves that names a file."""
        view = self._views.plain(site.function)
        name = view.text(select(site.call, contract.file))
        if not name:
            return None
        makers = [maker for external, _ in site.externals for maker in external.makers()]
        folders = [select(maker.call, contract.folder.removeprefix("ctor.")) for maker in makers]
        folder = next((text for f in folders if (text := view.text(f))), "")
        module = site.function.module
        file = contracts.near(posixpath.join(folder, name), posixpath.dirname(module.path))
        prefix = view.text(select(site.call, contract.prefix))
        return None if file is None else contracts.served(file, prefix, module)

    def service_of(self, file: str) -> Service | None:
        """The service that a file belongs to."""
        if file not in self._services:
            self._services[file] = self._workspace.service_of(file)
        return self._services[file]

    def services(self, found: Found) -> tuple[Service, ...]:
        """The services that a route belongs to: those that use its application; of several, the one that adds it."""
        around = [service for file in found.files if (service := self.service_of(file)) is not None]
        for service in around:
            if service in found.users:
                return (service,)
        return found.users or tuple(around[:1])

    def apps(self) -> Iterator[Service]:
        """The service of each application."""
        for site in self._tree.apps:
            yield from self.using(site)
        for _, file in self._outermost:
            if (service := self.service_of(file)) is not None:
                yield service

    def using(self, site: Site) -> tuple[Service, ...]:
        """The services that use an application: those whose code calls what makes it, from outside all other code."""
        if (known := self._users.get(site)) is not None:
            return known
        found: dict[str, Service] = {}
        todo, seen = [site.function], {site.function}
        while todo and len(seen) < _WIDEST:
            function = todo.pop()
            callers = dict.fromkeys(caller.function for caller in function.callers if caller.function is not function)
            todo += [caller for caller in callers if caller not in seen]
            seen.update(callers)
            service = self.service_of(function.module.path)
            if service is not None and not callers:
                found[service.root] = service
        users = self._users[site] = tuple(found[root] for root in sorted(found))
        return users

    # --- from the outside in ------------------------------------------------------------------------------------------

    def find(self) -> Iterator[Found]:
        """All routes."""
        mounted = {item.mounted for items in self._tree.hung.values() for item in items if isinstance(item, Branch)}
        apps = [site for site in self._tree.apps if site not in mounted]
        for app in apps:
            router = self._settled(self._tree.holders.router(app) or Router())
            users = self.using(app)
            for found in self._below(app, (), (), router, cut=True, sure=True, stack=()):
                yield msgspec.structs.replace(found, users=users, files=(*found.files, app.function.module.path))
        for module, file in self._outermost:
            router = self._tree.holders.router(module) or Router()
            yield from self._below(module, (), (file,), router, cut=False, sure=True, stack=())
        yield from self._by_class(apps)
        yield from self._remotely()
        yield from self._freely()
        yield from self._orphans(mounted)

    def _settled(self, router: Router) -> Router:
        """A router with what the code says of slashes."""
        if router.loose is not None and router.loose in self._used:
            return msgspec.structs.replace(router, slashes="either")
        return router

    @cached_property
    def _used(self) -> set[str]:
        """The names that code uses, those of arguments and of attributes that it sets among them."""
        linker = self._views.linker
        used = {keyword.name for site in linker.sites for keyword in site.call.keywords}
        for function in self._symbols.functions:
            for statement in walk(function.fact.body):
                used.update(last_name(target) for target in getattr(statement, "targets", ()))
        return used | linker.mentioned

    @cached_property
    def _outermost(self) -> tuple[tuple[Module, str], ...]:
        """The modules with the outermost routes, and the settings that name them."""
        found: dict[Module, str] = {}
        for router in self._routing.modules:
            for settings in self._symbols.modules.values() if router.setting is not None else ():
                if router.setting in settings.scope.bindings:
                    text = self._views.plain(settings.body).text(facts.Name(router.setting))
                    module = self._symbols.imports.find(settings, text, 0) if text else None
                    module = module or self._top(router, settings.path)
                    if module is not None:
                        found.setdefault(module, settings.path)
                    elif (service := self.service_of(settings.path)) is not None:
                        self.lost.add(service.root)
        return tuple(found.items())

    def _top(self, router: Router, file: str) -> Module | None:
        """The only module with routes of the same service, besides deeper ones, that no other hangs up."""
        root = self._root(file)
        mounted = {i.mounted for items in self._tree.hung.values() for i in items if isinstance(i, Branch)}
        free = [
            module
            for module in self._symbols.modules.values()
            if router.modules in module.scope.variables and module not in mounted and self._root(module.path) == root
        ]
        depth = min((module.path.count("/") for module in free), default=0)
        highest = [module for module in free if module.path.count("/") == depth]
        return highest[0] if len(highest) == 1 else None

    def _by_class(self, apps: Sequence[Site]) -> Iterator[Found]:
        """What hangs below objects of which only the class is known: the application of the same service."""
        for holder in [h for h in self._tree.hung if isinstance(h, str)]:
            router = self._tree.holders.router(holder) or Router()
            self._met.add(holder)
            by_file: dict[str, list[Leaf | Branch]] = defaultdict(list)
            for item in self._tree.hung[holder]:
                by_file[item.file].append(item)
            for file, items in by_file.items():
                service = self.service_of(file)
                near = [app for app in apps if self._tree.holders.router(app) is router and service in self.using(app)]
                prefixes = [p for app in near[:1] for p in self._tree.holders.prefixes(app)] or [()]
                sure = router.serves and len(near) <= 1
                for item in items:
                    for prefix in prefixes:
                        front = prefix if router.serves else _UNKNOWN
                        yield from self._item(item, holder, front, (file,), router, cut=True, sure=sure, stack=())

    def _orphans(self, mounted: set[Holder | None]) -> Iterator[Found]:
        """What hangs below holders that nobody is seen to hang up."""
        rest = [holder for holder in self._tree.hung if holder not in self._met]
        rest.sort(key=lambda holder: holder in mounted)
        for holder in rest:
            if holder in self._met:
                continue
            router = self._tree.holders.router(holder)
            # An object of which nothing is known is more likely an application than hung up by something unknown.
            serves = router.serves if router is not None else self._tree.holders.is_unknown(holder)
            front, known = () if serves else _UNKNOWN, router is not None and serves
            for found in self._below(holder, front, (), router or Router(), cut=True, sure=known, stack=()):
                yield msgspec.structs.replace(found, orphan=not serves)
        for module in self._symbols.modules.values():
            if module not in self._met and self._tree.is_module_of_routes(module, self._met):
                router = self._tree.holders.router(module) or Router()
                for found in self._below(module, _UNKNOWN, (module.path,), router, cut=False, sure=False, stack=()):
                    yield msgspec.structs.replace(found, orphan=True)

    # --- one holder ---------------------------------------------------------------------------------------------------

    def _below(
        self,
        holder: Holder,
        prefix: Text,
        files: tuple[str, ...],
        router: Router,
        *,
        cut: bool,
        sure: bool,
        stack: tuple[Holder, ...],
        replaced: bool = False,
    ) -> Iterator[Found]:
        if holder in stack or len(stack) > _DEEPEST:
            return
        self._met.add(holder)
        stack = (*stack, holder)
        known = self._tree.holders.router(holder)
        if known is not None and known.foreign:
            place = Location(files[-1] if files else "", 0)
            opened = below(prefix, (Hole(many=True),), cut=True)
            yield Found("http", (), opened, None, place, sure, files, router, opens=True, foreign=True)
            return
        if isinstance(holder, Class | Function):
            yield from self._of_code(holder, prefix, files, router, sure=sure)
            return
        for own in ((),) if replaced else self._tree.holders.prefixes(holder):
            front = below(prefix, own, cut=cut)
            for path in known.own if known is not None else ():
                text = below(front, read(path, "braces")[0], cut=cut)
                yield Found("http", (), text, None, Location("", 0), sure, files, router, opens=True, foreign=True)
            for item in self._tree.members(holder):
                yield from self._item(item, holder, front, files, router, cut=cut, sure=sure, stack=stack)

    def _item(
        self,
        item: Leaf | Branch,
        holder: Holder,
        front: Text,
        files: tuple[str, ...],
        router: Router,
        *,
        cut: bool,
        sure: bool,
        stack: tuple[Holder, ...],
    ) -> Iterator[Found]:
        if isinstance(item, Leaf):
            yield from self._leaf(item, holder, front, (*files, item.file), router, cut=cut, sure=sure)
            return
        for prefix in item.prefixes:
            path = below(front, prefix, cut=cut)
            within = (*files, item.file) if item.file else files
            if item.mounted is None:
                opened = below(path, (Hole(many=True),), cut=True)
                yield Found(
                    "http", (), opened, None, item.order, sure, within, router, opens=True, foreign=item.foreign
                )
            else:
                yield from self._below(
                    item.mounted, path, within, router, cut=cut, sure=sure, stack=stack, replaced=item.replaces
                )

    def _leaf(
        self, leaf: Leaf, holder: Holder, front: Text, files: tuple[str, ...], router: Router, *, cut: bool, sure: bool
    ) -> Iterator[Found]:
        ending, kind = self._ending(holder), leaf.entry.kind
        # Functions that a router keeps under one path are one route; a path that is written twice is two.
        keeps = self._tree.holders.router(holder) is not None and not isinstance(holder, Module)
        for text in leaf.paths:
            path = below(front, text, cut=cut)

            def made(path: Text, verbs: tuple[str, ...], answer: Answer | None, order: Location) -> Found:
                whole = _ended(path, ending)
                group = (id(holder), whole) if keeps else leaf.order
                return Found(kind, verbs, whole, answer, order, sure, files, router, group=group)

            if not leaf.answers:
                yield made(path, _verbs(leaf, None) or (), None, leaf.order)
            # What needs the key of an object comes last.
            plain = [answer for answer in leaf.answers if not answer.extra]
            yield from (made(path, verbs, a, leaf.order) for a in plain if (verbs := _verbs(leaf, a)) is not None)
            actions = list(self._actions(leaf))
            for detail in (False, True):
                front_of = _further(path, "{pk}") if detail else path
                for answer in leaf.answers if detail else ():
                    if answer.extra and (verbs := _verbs(leaf, answer)) is not None:
                        yield made(_further(path, answer.extra), verbs, answer, leaf.order)
                for action, rest, answer in actions:
                    if action.detail == detail:
                        yield made(below(front_of, rest, cut=True), _verbs(action, answer) or (), answer, action.order)

    def _actions(self, leaf: Leaf) -> Iterator[tuple[Leaf, Text, Answer]]:
        """The methods of registered classes that have paths of their own, which begin with that of the class."""
        for cls in dict.fromkeys(answer.cls for answer in leaf.answers if answer.cls is not None):
            for function in methods(cls):
                for base in cls.mro:
                    for own, action in self._tree.free.get(base, ()) if isinstance(base, Class) else ():
                        if own is function and action.entry.detail:
                            yield from ((action, path, answer) for path in action.paths for answer in action.answers)

    def _ending(self, holder: Holder) -> str:
        router = self._tree.holders.router(holder)
        if router is None or not router.ending or not isinstance(holder, Site):
            return ""
        bare = router.bare and holds(Claim(where=router.bare), holder.call, holder.function.scope, ())
        return "" if bare else router.ending

    # --- code without a holder ----------------------------------------------------------------------------------------

    def _freely(self) -> Iterator[Found]:
        """Handlers that name no holder, and are hung up by none: those of the service's only application."""
        for holder in list(self._tree.free):
            if holder not in self._met:
                file = holder.module.path
                yield from self._of_code(holder, (), (file,), Router(serves=True), sure=True)

    def _of_code(
        self, holder: Class | Function, prefix: Text, files: tuple[str, ...], router: Router, *, sure: bool
    ) -> Iterator[Found]:
        holders = [base for base in holder.mro if isinstance(base, Class)] if isinstance(holder, Class) else [holder]
        for one in holders:
            for function, leaf in self._tree.free.get(one, ()):
                if leaf.entry.detail or (leaf.entry.kind == "rpc" and leaf.verbs == ("QUERY",)):
                    # Methods of a view set are served where that is, fields of GraphQL by one path for all.
                    continue
                file = leaf.file if function is None else function.module.path
                for path in self._free_paths(holder, leaf):
                    whole = path if leaf.entry.kind == "rpc" else below(prefix, path, cut=True)
                    for answer in leaf.answers:
                        verbs = _verbs(leaf, answer) or ()
                        within = (*files, file)
                        yield Found(leaf.entry.kind, verbs, whole, answer, leaf.order, sure, within, router)

    def _free_paths(self, holder: Class | Function, leaf: Leaf) -> Iterator[Text]:
        """The paths of a handler, below what its class says."""
        for front in self._fronts(holder, leaf):
            for text in leaf.paths:
                if leaf.entry.kind == "rpc":
                    yield (*front, ".", *text) if front else text
                else:
                    yield front if front and text == ("/",) else below(front, text, cut=True)

    def _fronts(self, holder: Class | Function, leaf: Leaf) -> list[Text]:
        """What goes before the paths of methods by the word of their class."""
        name = leaf.entry.below.removeprefix("class.attr:")
        if not name or not isinstance(holder, Class):
            return [()]
        classes = [holder, *_subclasses(holder)]
        texts = [self._views.plain(cls.module.body, cls.scope).attribute_text(cls, name) for cls in classes]
        return [read(text, "braces")[0] for text in dict.fromkeys(texts) if text] or [()]

    def _remotely(self) -> Iterator[Found]:
        """Services of gRPC: the methods of classes that a declaration names; of several, those that are registered."""
        registered: dict[tuple[str, str], list[Class]] = defaultdict(list)
        for cls, name, file in self._tree.remote:
            registered[self._root(file), name].append(cls)
        for (_, name), classes in registered.items():
            for cls in dict.fromkeys(classes):
                yield from self._declared(cls, name, known=True)
        for cls in self._symbols.classes:
            for base in cls.mro:
                for entry in self._models.entry_base(base) if isinstance(base, str) else ():
                    name = captured(entry.bases, str(base))
                    if entry.kind == "grpc" and not registered.get((self._root(cls.module.path), name)):
                        yield from self._declared(cls, name, known=False)

    def _root(self, file: str) -> str:
        service = self.service_of(file)
        return "" if service is None else service.root

    def _declared(self, cls: Class, name: str, *, known: bool) -> Iterator[Found]:
        declared = self._protos.nearest(name, cls.module.path)
        if declared is None and known:
            # What of its methods is meant is not known.
            return
        for function in methods(cls):
            path = declared.path(function.name) if declared is not None else f"/{name}/{function.name}"
            if path is not None and not function.name.startswith("_"):
                answer = Answer(("RPC",), function, function.location)
                files = (cls.module.path,)
                yield Found("grpc", ("RPC",), (path,), answer, place(cls), declared is not None, files, Router())


def _verbs(leaf: Leaf, answer: Answer | None) -> tuple[str, ...] | None:
    """The methods that are answered; `None` where the answering method is not wanted."""
    said = leaf.verbs
    if answer is None or answer.verbs is None:
        return said if said is not None else ((leaf.entry.default_verb,) if leaf.entry.default_verb else ())
    if not said or not answer.verbs:
        return answer.verbs or said or ()
    return tuple(verb for verb in answer.verbs if verb in said) or None


def _further(path: Text, extra: str) -> Text:
    return below(path, read(extra.rstrip("/"), "braces")[0], cut=True) if extra else path


def _ended(path: Text, ending: str) -> Text:
    last = path[-1] if path else ""
    if not ending or (isinstance(last, str) and last.endswith(ending)) or not path:
        return path
    return below(path, (ending,), cut=False)


def _subclasses(cls: Class) -> Iterator[Class]:
    """The classes below one."""
    todo, seen = list(cls.subclasses), {cls}
    while todo:
        current = todo.pop(0)
        if current not in seen:
            seen.add(current)
            yield current
            todo += current.subclasses
