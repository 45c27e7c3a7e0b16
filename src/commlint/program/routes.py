"""What each service serves: its routes with their final paths, and which of them answers a request."""

from __future__ import annotations

import difflib
import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import msgspec

from commlint import facts
from commlint.building import building
from commlint.catalogue.models import Contract, Library, Router
from commlint.catalogue.notation import Claim
from commlint.finding import Location, Service
from commlint.program.answers import VERBS, Answer, methods, place
from commlint.program.constants import Texts
from commlint.program.documents import Document, Documents
from commlint.program.flow import Linker
from commlint.program.models import Models
from commlint.program.patterns import Hole, Template, Text, asked, below, cut, fit, read
from commlint.program.places import holds
from commlint.program.protos import Protos
from commlint.program.route_models import RouteModels
from commlint.program.route_tree import Branch, Holder, Leaf, RouteTree, captured
from commlint.program.sites import Site, select
from commlint.program.symbols import Class, Function, Module, Symbols
from commlint.program.views import Views
from commlint.workspace import Workspace

# Routers in routers deeper than this are rings; so are services that share more code than this to be found in it.
_DEEPEST = 16
_WIDEST = 400
# Documents that say which function is called by which path.
_TEMPLATES = ("sam", "serverless")
# How much of the fixed parts of two paths must be the same for one to have been meant for the other.
_ALIKE = 0.65
# Folders with documents of services that are called, or for the work at hand.
_OTHERS = frozenset({"external", "fixtures", "third_party", "third-party", "vendor", "mocks", "examples"})
_UNKNOWN: Text = (Hole(known=False), "/")


class Route(msgspec.Struct, frozen=True, eq=False):
    """Something that a service answers to.

    Attributes:
        kind: `http`, `grpc` or `rpc`.
        verbs: The methods of HTTP, in upper case; none for any; `RPC` for the other kinds.
        path: Its final path: `/users/{id}`, `{path...}` for a parameter that takes the rest; gRPC
            `/package.Service/Method`; RPC by name `service.method`.
        location: Its handler; the class where that is inherited; the line of the document, or of the registration,
            where the handler is not in the program.
        function: The handler.
        service: The service.
        sure: Its path is known as a whole.
    """

    kind: str
    verbs: tuple[str, ...]
    path: str
    location: Location
    function: Function | None
    service: Service | None
    sure: bool

    @property
    def label(self) -> str:
        """How a reader would say it: `POST /orders/{id}`."""
        return f"{'/'.join(self.verbs)} {self.path}".strip()


class _Served(msgspec.Struct, frozen=True, eq=False):
    """A route with all that decides whether it answers."""

    route: Route
    template: Template
    router: Router
    group: object = None
    document: bool = False


class _Open(msgspec.Struct, frozen=True):
    """A path below which something answers that is not known."""

    template: Template
    foreign: bool


class _Found(msgspec.Struct, frozen=True, eq=False):
    """A route, or a path below which there are unknown ones, before it is known whose it is."""

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


class _OfService:
    """What is known of one service."""

    def __init__(self) -> None:
        self.served: list[_Served] = []
        self.open: list[_Open] = []
        self.apps = 0
        self.lost = False
        self._seen: set[tuple[tuple[str, ...], str, Location]] = set()

    def add(self, found: _Found, service: Service | None) -> None:
        """Adds a route, unless it is there already."""
        template = cut(found.text)
        if found.opens:
            if template.sure or not found.foreign:
                self.open.append(_Open(template, found.foreign and template.sure))
            return
        route = _route(found, template, service)
        key = (route.verbs, route.path, route.location)
        if key not in self._seen:
            self._seen.add(key)
            self.served.append(_Served(route, template, found.router, found.group))

    def add_document(self, document: Document | None, service: Service) -> None:
        """Adds what a document says, besides what is there."""
        said = {(verb, str(_nameless(one.template))) for one in self.served for verb in one.route.verbs or ("",)}
        for operation in document.operations if document is not None else ():
            for text in read(operation.path, "braces"):
                template = cut(text)
                # A function that is asked for everything has routes of its own, which are known.
                if template.catches_all and self.has_http:
                    continue
                if {(operation.verb, str(_nameless(template))), ("", str(_nameless(template)))} & said:
                    continue
                function = operation.function
                where = operation.location if function is None else function.location
                verbs = (operation.verb,) if operation.verb else ()
                route = Route("http", verbs, str(template), where, function, service, sure=True)
                self.served.append(_Served(route, template, Router(order="specific"), document=True))

    @property
    def is_known(self) -> bool:
        """Nothing is left open that may be one of the program's own routes."""
        if self.lost or any(not served.route.sure or served.template.catches_all for served in self.served):
            return False
        return not any(one.template.catches_all or not one.foreign for one in self.open)

    @property
    def has_http(self) -> bool:
        """There are routes of HTTP among them."""
        return any(served.route.kind == "http" for served in self.served)


class Routes:
    """Finds routes; worked out once, when they are first asked for.

    Args:
        symbols: What is defined where.
        linker: What may hold what.
        models: What is known of libraries.
        libraries: The same, for the tables that only routes need.
        workspace: The services, and the files that are no Python.
        texts: Works out texts, with what it has found so far.
    """

    def __init__(
        self,
        symbols: Symbols,
        linker: Linker,
        models: Models,
        libraries: Iterable[Library],
        workspace: Workspace,
        texts: Texts | None = None,
    ) -> None:
        self._symbols = symbols
        self._linker = linker
        self._texts = texts or Texts(symbols, models, linker.by_call)
        self._models = models
        self._routing = RouteModels(libraries, models.canonical)
        self._workspace = workspace
        self._answered: dict[tuple[str, str, str, str], Route | None] = {}

    # --- questions ----------------------------------------------------------------------------------------------------

    def of(self, service: Service) -> tuple[Route, ...]:
        """The routes of a service, in the order in which its framework tries them."""
        return tuple(served.route for served in self._of(service).served)

    def complete(self, service: Service) -> bool:
        """Whether all of its routes are known, what libraries answer below paths of their own aside."""
        known = self._of(service)
        return bool(known.served) and known.is_known

    def may_serve(self, service: Service, kind: str, verb: str, path: str) -> bool:
        """Whether a service may answer a request, as far as its routes are known."""
        if not self.complete(service) or self.serving(service, kind, verb, path) is not None:
            return True
        call = asked(path)
        return any(fit(one.template, call) is not None for one in self._of(service).open)

    def serving(self, service: Service, kind: str, verb: str, path: str) -> Route | None:
        """The route that answers a request, as the framework chooses.

        Args:
            service: The service.
            kind: `http`, `grpc` or `rpc`.
            verb: The method of HTTP; empty where it is not known.
            path: The path, with `{}` or `{name}` for a segment that is not known, or a part of one.
        """
        key = (service.root, kind, verb.upper(), path)
        if key not in self._answered:
            self._answered[key] = self._serving(self._of(service), *key[1:])
        return self._answered[key]

    def nearest(self, service: Service, verb: str, path: str) -> Route | None:
        """The route of a service that is most like a request which none answers."""
        call, verb = _literal(asked(path)), verb.upper()

        def likeness(served: _Served) -> tuple[float, bool]:
            alike = difflib.SequenceMatcher(None, call, _literal(served.template), autojunk=False).ratio()
            return alike + (0.1 if _takes(served, verb) else 0), served.route.sure

        served = [one for one in self._of(service).served if one.route.kind == "http"]
        best = max(served, key=likeness, default=None)
        return best.route if best is not None and likeness(best)[0] > _ALIKE else None

    def documented(self) -> tuple[Function, ...]:
        """The handlers that documents name, where there may be any."""
        documents = Documents(self._workspace, self._symbols)
        paths = {external.path for site in self._linker.sites for external, _ in site.externals}
        if not any(map(self._routing.serving, paths)):
            if next(documents.find(self._routing.contracts, _TEMPLATES), None) is None:
                return ()
        routes = (one.route for known in self._known[0].values() for one in known.served if one.document)
        return tuple(dict.fromkeys(route.function for route in routes if route.function is not None))

    def label(self, function: Function) -> str | None:
        """How a reader would say what a handler serves; `None` where it is no handler of a route that is known."""
        routes = self._known[1].get(function.stands_for)
        return routes[0].label if routes else None

    # --- answering ----------------------------------------------------------------------------------------------------

    def _serving(self, known: _OfService, kind: str, verb: str, path: str) -> Route | None:
        if kind != "http":
            return _by_name([one.route for one in known.served if one.route.kind == kind], path)
        call = asked(path)
        fitting: list[tuple[tuple[object, ...], _Served]] = []
        for index, served in enumerate(known.served):
            if served.route.kind != "http" or not _may_begin(served.template, call):
                continue
            guesses = fit(served.template, call)
            if guesses and not _is_anchored(served.template, call):
                continue
            if guesses is not None and _slash_fits(served, call, verb):
                specific = served.template.rank if served.router.order == "specific" else ()
                fitting.append(((not served.route.sure, guesses, specific, index), served))
        fitting.sort(key=lambda pair: pair[0])
        for _, served in fitting:
            if _takes(served, verb):
                return served.route
            if served.router.order == "path":
                # Whatever it takes, no other is asked.
                same = (other for _, other in fitting if other.group == served.group and _takes(other, verb))
                return next((other.route for other in same), None)
        return None

    # --- finding ------------------------------------------------------------------------------------------------------

    def _of(self, service: Service) -> _OfService:
        return self._known[0].get(service.root) or _OfService()

    @cached_property
    def _known(self) -> tuple[dict[str, _OfService], dict[Function, list[Route]]]:
        with building():
            return self._work_out()

    def _work_out(self) -> tuple[dict[str, _OfService], dict[Function, list[Route]]]:
        views = Views(self._linker, self._texts, self._workspace)
        tree = RouteTree(self._linker, self._models, self._routing, views)
        finder = _Finder(tree, self._routing, views, self._workspace, self._models)
        services: dict[str, _OfService] = defaultdict(_OfService)
        for service in finder.apps():
            services[service.root].apps += 1
        everything = list(finder.find())
        for root in finder.lost:
            services[root].lost = True
        lost = (found for found in everything if found.opens and not found.foreign)
        unsettled = finder.lost | {service.root for found in lost for service in finder.services(found)}
        for found in everything:
            owners: Sequence[Service | None] = finder.services(found) or (None,)
            for owner in owners:
                known = services["" if owner is None else owner.root]
                # Where nothing is hung up that is not known, what nobody hangs up is not served.
                if not (found.orphan and known.apps and owner is not None and owner.root not in unsettled):
                    known.add(found, owner)
        self._add_documents(tree, finder, services)
        by_handler: dict[Function, list[Route]] = defaultdict(list)
        for known in services.values():
            for served in known.served:
                if served.route.function is not None:
                    by_handler[served.route.function.stands_for].append(served.route)
        for routes in by_handler.values():
            routes.sort(key=lambda route: not route.sure)
        return dict(services), dict(by_handler)

    def _add_documents(self, tree: RouteTree, finder: _Finder, services: dict[str, _OfService]) -> None:
        """What documents say besides the code: what it serves from them, what calls it, what it does not show."""
        documents = Documents(self._workspace, self._symbols)
        for site, contract in tree.contracts:
            known = finder.served(site, contract, documents)
            for service in finder.using(site):
                services[service.root].lost |= known is None or not known.whole
                services[service.root].add_document(known, service)
        for kinds in (_TEMPLATES, ("openapi",)):
            for file, kind in documents.find(self._routing.contracts, kinds):
                service_of = self._workspace.service_of(file)
                # What the code says goes before what somebody says of it.
                if service_of is None or (kind == "openapi" and _says_all(services[service_of.root], file)):
                    continue
                document = documents.read(file, kind)
                if document is not None:
                    services[service_of.root].lost |= not document.whole
                    services[service_of.root].add_document(document, service_of)


class _Finder:
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
        self._protos = Protos(workspace)
        # Roots of services whose outermost routes are said to be somewhere where they are not.
        self.lost: set[str] = set()

    # --- whose --------------------------------------------------------------------------------------------------------

    def served(self, site: Site, contract: Contract, documents: Documents) -> Document | None:
        """What a call serves that names a file."""
        view = self._views.plain(site.function)
        name = view.text(select(site.call, contract.file))
        if not name:
            return None
        makers = [maker for external, _ in site.externals for maker in external.makers()]
        folders = [select(maker.call, contract.folder.removeprefix("ctor.")) for maker in makers]
        folder = next((text for f in folders if (text := view.text(f))), "")
        module = site.function.module
        file = documents.near(posixpath.join(folder, name), posixpath.dirname(module.path))
        prefix = view.text(select(site.call, contract.prefix))
        return None if file is None else documents.served(file, prefix, module)

    def services(self, found: _Found) -> tuple[Service, ...]:
        """The services that a route belongs to: those that use its application; of several, the one that adds it."""
        around = [service for file in found.files if (service := self._workspace.service_of(file)) is not None]
        for service in around:
            if service in found.users:
                return (service,)
        return found.users or tuple(around[:1])

    def apps(self) -> Iterator[Service]:
        """The service of each application."""
        for site in self._tree.apps:
            yield from self.using(site)
        for _, file in self._outermost:
            if (service := self._workspace.service_of(file)) is not None:
                yield service

    def using(self, site: Site) -> tuple[Service, ...]:
        """The services that use an application: those whose code calls what makes it, from outside all other code."""
        if (known := self._users.get(site)) is not None:
            return known
        found: dict[str, Service] = {}
        todo, seen = [site.function], {site.function}
        while todo and len(seen) < _WIDEST:
            function = todo.pop()
            callers = {caller.function for caller in function.callers}
            todo += callers - seen
            seen |= callers
            service = self._workspace.service_of(function.module.path)
            if service is not None and not callers - {function}:
                found[service.root] = service
        users = self._users[site] = tuple(found[root] for root in sorted(found))
        return users

    # --- from the outside in ------------------------------------------------------------------------------------------

    def find(self) -> Iterator[_Found]:
        """All routes."""
        mounted = {item.mounted for items in self._tree.hung.values() for item in items if isinstance(item, Branch)}
        apps = [site for site in self._tree.apps if site not in mounted]
        for app in apps:
            router = self._tree.router(app) or Router()
            users = self.using(app)
            for found in self._below(app, (), (), router, cut=True, sure=True, stack=()):
                yield msgspec.structs.replace(found, users=users, files=(*found.files, app.function.module.path))
        for module, file in self._outermost:
            router = self._tree.router(module) or Router()
            yield from self._below(module, (), (file,), router, cut=False, sure=True, stack=())
        yield from self._by_class(apps)
        yield from self._remotely()
        yield from self._freely()
        yield from self._orphans(mounted)

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
                    elif (service := self._workspace.service_of(settings.path)) is not None:
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

    def _by_class(self, apps: Sequence[Site]) -> Iterator[_Found]:
        """What hangs below objects of which only the class is known: the application of the same service."""
        for holder in [h for h in self._tree.hung if isinstance(h, str)]:
            router = self._tree.router(holder) or Router()
            self._met.add(holder)
            by_file: dict[str, list[Leaf | Branch]] = defaultdict(list)
            for item in self._tree.hung[holder]:
                by_file[item.file].append(item)
            for file, items in by_file.items():
                service = self._workspace.service_of(file)
                near = [app for app in apps if self._tree.router(app) is router and service in self.using(app)]
                prefixes = [p for app in near[:1] for p in self._tree.prefixes(app)] or [()]
                sure = router.serves and len(near) <= 1
                for item in items:
                    for prefix in prefixes:
                        front = prefix if router.serves else _UNKNOWN
                        yield from self._item(item, holder, front, (file,), router, cut=True, sure=sure, stack=())

    def _orphans(self, mounted: set[Holder | None]) -> Iterator[_Found]:
        """What hangs below holders that nobody is seen to hang up."""
        rest = [holder for holder in self._tree.hung if holder not in self._met]
        rest.sort(key=lambda holder: holder in mounted)
        for holder in rest:
            if holder in self._met:
                continue
            router = self._tree.router(holder)
            # An object of which nothing is known is more likely an application than hung up by something unknown.
            serves = router.serves if router is not None else self._tree.is_unknown(holder)
            front, known = () if serves else _UNKNOWN, router is not None and serves
            for found in self._below(holder, front, (), router or Router(), cut=True, sure=known, stack=()):
                yield msgspec.structs.replace(found, orphan=not serves)
        for module in self._symbols.modules.values():
            if module not in self._met and self._tree.is_module_of_routes(module, self._met):
                router = self._tree.router(module) or Router()
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
    ) -> Iterator[_Found]:
        if holder in stack or len(stack) > _DEEPEST:
            return
        self._met.add(holder)
        stack = (*stack, holder)
        known = self._tree.router(holder)
        if known is not None and known.foreign:
            place = Location(files[-1] if files else "", 0)
            opened = below(prefix, (Hole(many=True),), cut=True)
            yield _Found("http", (), opened, None, place, sure, files, router, opens=True, foreign=True)
            return
        if isinstance(holder, Class | Function):
            yield from self._of_code(holder, prefix, files, router, sure=sure)
            return
        for own in ((),) if replaced else self._tree.prefixes(holder):
            front = below(prefix, own, cut=cut)
            for path in known.own if known is not None else ():
                text = below(front, read(path, "braces")[0], cut=cut)
                yield _Found("http", (), text, None, Location("", 0), sure, files, router, opens=True, foreign=True)
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
    ) -> Iterator[_Found]:
        if isinstance(item, Leaf):
            yield from self._leaf(item, holder, front, (*files, item.file), router, cut=cut, sure=sure)
            return
        for prefix in item.prefixes:
            path = below(front, prefix, cut=cut)
            within = (*files, item.file) if item.file else files
            if item.mounted is None:
                opened = below(path, (Hole(many=True),), cut=True)
                yield _Found(
                    "http", (), opened, None, item.order, sure, within, router, opens=True, foreign=item.foreign
                )
            else:
                yield from self._below(
                    item.mounted, path, within, router, cut=cut, sure=sure, stack=stack, replaced=item.replaces
                )

    def _leaf(
        self, leaf: Leaf, holder: Holder, front: Text, files: tuple[str, ...], router: Router, *, cut: bool, sure: bool
    ) -> Iterator[_Found]:
        sure, ending, kind = sure and leaf.sure, self._ending(holder), leaf.entry.kind
        # Functions that a router keeps under one path are one route; a path that is written twice is two.
        keeps = self._tree.router(holder) is not None and not isinstance(holder, Module)
        for text in leaf.paths:
            path = below(front, text, cut=cut)

            def made(path: Text, verbs: tuple[str, ...], answer: Answer | None, order: Location) -> _Found:
                whole = _ended(path, ending)
                group = (id(holder), whole) if keeps else leaf.order
                return _Found(kind, verbs, whole, answer, order, sure, files, router, group=group)

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
        router = self._tree.router(holder)
        if router is None or not router.ending or not isinstance(holder, Site):
            return ""
        bare = router.bare and holds(Claim(where=router.bare), holder.call, holder.function.scope, ())
        return "" if bare else router.ending

    # --- code without a holder ----------------------------------------------------------------------------------------

    def _freely(self) -> Iterator[_Found]:
        """Handlers that name no holder, and are hung up by none: those of the service's only application."""
        for holder in list(self._tree.free):
            if holder not in self._met:
                file = holder.module.path
                yield from self._of_code(holder, (), (file,), Router(serves=True), sure=True)

    def _of_code(
        self, holder: Class | Function, prefix: Text, files: tuple[str, ...], router: Router, *, sure: bool
    ) -> Iterator[_Found]:
        holders = [base for base in holder.mro if isinstance(base, Class)] if isinstance(holder, Class) else [holder]
        for one in holders:
            for function, leaf in self._tree.free.get(one, ()):
                if leaf.entry.detail:
                    continue
                file = leaf.file if function is None else function.module.path
                for path in self._free_paths(holder, leaf):
                    whole = path if leaf.entry.kind == "rpc" else below(prefix, path, cut=True)
                    for answer in leaf.answers:
                        verbs = _verbs(leaf, answer) or ()
                        within = (*files, file)
                        yield _Found(leaf.entry.kind, verbs, whole, answer, leaf.order, sure, within, router)

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
        classes = [holder, *self._tree.below(holder)]
        texts = [self._views.plain(cls.module.body, cls.scope).attribute_text(cls, name) for cls in classes]
        return [read(text, "braces")[0] for text in dict.fromkeys(texts) if text] or [()]

    def _remotely(self) -> Iterator[_Found]:
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
        service = self._workspace.service_of(file)
        return "" if service is None else service.root

    def _declared(self, cls: Class, name: str, *, known: bool) -> Iterator[_Found]:
        declared = self._protos.nearest(name, cls.module.path)
        if declared is None and known:
            # What of its methods is meant is not known.
            return
        for function in methods(cls):
            path = declared.path(function.name) if declared is not None else f"/{name}/{function.name}"
            if path is not None and not function.name.startswith("_"):
                answer = Answer(("RPC",), function, function.location)
                files = (cls.module.path,)
                yield _Found("grpc", ("RPC",), (path,), answer, place(cls), declared is not None, files, Router())


# --- small questions --------------------------------------------------------------------------------------------------


def _route(found: _Found, template: Template, service: Service | None) -> Route:
    answer = found.answer
    path = "".join(map(str, found.text)) if found.kind != "http" else str(template)
    return Route(
        kind=found.kind,
        verbs=found.verbs,
        path=path,
        location=found.order if answer is None else answer.location,
        function=None if answer is None else answer.function,
        service=service,
        sure=found.sure and template.sure,
    )


def _says_all(known: _OfService, file: str) -> bool:
    """Whether a document of an interface adds nothing: the code says it all, or it is that of somebody else."""
    foreign = any("client" in part.lower() or part in _OTHERS for part in file.split("/")[:-1])
    return foreign or (known.has_http and known.is_known)


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


def _by_name(routes: Sequence[Route], path: str) -> Route | None:
    """The route of a name; where one side does not say the package or service, by the rest of it."""
    exact = next((route for route in routes if route.path == path), None)
    if exact is not None:
        return exact
    mark = "/" if path.startswith("/") else "."
    parts = path.strip(mark).split(mark)
    for route in routes:
        own = route.path.strip(mark).split(mark)
        if own[-1] == parts[-1] and (
            len(own) == 1 or len(parts) == 1 or own[-2].rpartition(".")[2] == parts[-2].rpartition(".")[2]
        ):
            return route
    return None


def _may_begin(route: Template, call: Template) -> bool:
    """A quick look at the first segments."""
    if not route.segments or not call.segments:
        return True
    one, other = route.segments[0], call.segments[0]
    return not (len(one) == len(other) == 1 and isinstance(one[0], str) and isinstance(other[0], str) and one != other)


def _is_anchored(route: Template, call: Template) -> bool:
    """Whether a call that takes guesses has something literal in common with a route."""
    return not set(route.segments).isdisjoint(s for s in call.segments if len(s) == 1 and isinstance(s[0], str))


def _slash_fits(served: _Served, call: Template, verb: str) -> bool:
    """Whether the last slash, or its absence, leads to a route."""
    route, slashes = served.template, served.router.slashes
    if route.slash == call.slash or not route.segments or not call.segments or slashes == "either":
        return True
    last = route.segments[-1][-1]
    if isinstance(last, Hole) and last.many:
        return True
    missing = route.slash and not call.slash
    return missing and (slashes == "redirect" or (slashes == "append" and verb in ("GET", "HEAD", "")))


def _takes(served: _Served, verb: str) -> bool:
    verbs = served.route.verbs
    if not verb or verb == "*" or verb.startswith("{") or verb in verbs:
        return True
    if not verbs:
        return verb in VERBS
    if "WEBSOCKET" in verbs:
        return False
    return verb == "OPTIONS" or (verb == "HEAD" and "GET" in verbs and served.router.heads)


def _literal(template: Template) -> str:
    """What of a path is fixed, for comparing it with others."""
    return "/".join("".join(t for t in segment if isinstance(t, str)) for segment in template.segments)


def _nameless(template: Template) -> Template:
    segments = tuple(
        tuple(Hole() if isinstance(token, Hole) else token for token in segment) for segment in template.segments
    )
    return Template(segments, template.slash)
