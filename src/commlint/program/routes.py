"""What each service serves: its routes with their final paths, and which of them answers a request."""

from __future__ import annotations

import difflib
import posixpath
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import msgspec

from commlint.building import building
from commlint.catalogue.models import Library, Router
from commlint.finding import Location, Service
from commlint.program.answers import VERBS
from commlint.program.constants import Texts
from commlint.program.contracts import Contracts, Document
from commlint.program.flow import Linker
from commlint.program.models import Models
from commlint.program.patterns import Hole, Template, asked, cut, fit, read
from commlint.program.route_finder import Finder, Found
from commlint.program.route_models import RouteModels
from commlint.program.route_tree import RouteTree
from commlint.program.symbols import Function, Symbols
from commlint.program.views import Views
from commlint.workspace import Workspace

# Documents that say which function is called by which path.
_TEMPLATES = ("sam", "serverless")
# How much of the fixed parts of two paths must be the same for one to have been meant for the other.
_ALIKE = 0.65
# Folders with documents of services that are called, or for the work at hand.
_OTHERS = frozenset({"external", "fixtures", "third_party", "third-party", "vendor", "mocks", "examples"})


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


class _OfService:
    """What is known of one service."""

    def __init__(self) -> None:
        self.served: list[_Served] = []
        self.open: list[_Open] = []
        self.apps = 0
        self.lost = False
        self._seen: set[tuple[tuple[str, ...], str, Location]] = set()
        self._hung: set[Function | None] = set()

    def add(self, found: Found, service: Service | None) -> None:
        """Adds a route, unless it is there already; what nobody is seen to hang up, unless its handler is."""
        template = cut(found.text)
        function = found.answer.function if found.answer is not None else None
        if found.orphan and function in self._hung:
            return
        if found.opens:
            if template.sure or not found.foreign:
                self.open.append(_Open(template, found.foreign and template.sure))
            return
        route = _route(found, template, service)
        key = (route.verbs, route.path, route.location)
        if key not in self._seen:
            self._seen.add(key)
            self._hung.add(function)
            self.served.append(_Served(route, template, found.router, found.group))

    def add_document(self, document: Document | None, service: Service) -> None:
        """Adds what a document says besides what is there, and settles paths that the code does not show as a whole."""
        said = {(verb, str(_nameless(one.template))) for one in self.served for verb in one.route.verbs or ("",)}
        for operation in document.operations if document is not None else ():
            template = cut(read(operation.path, "braces")[0])
            # A function that is asked for everything has routes of its own, which are known.
            if (template.catches_all and self.has_http) or self._settle(operation.verb, template):
                continue
            if not said.isdisjoint({(operation.verb, str(_nameless(template))), ("", str(_nameless(template)))}):
                continue
            function = operation.function
            where = operation.location if function is None else function.location
            verbs = (operation.verb,) if operation.verb else ()
            route = Route("http", verbs, str(template), where, function, service, sure=True)
            self.served.append(_Served(route, template, Router(order="specific"), document=True))

    def _settle(self, verb: str, template: Template) -> bool:
        """Gives a route of the code the path that a document says, where it is the one that is meant."""
        call = asked(str(_nameless(template)))
        fitting = [
            (guesses, served.template.rank, index)
            for index, served in enumerate(self.served)
            if not served.route.sure and served.route.verbs == (verb,)
            if (guesses := fit(served.template, call)) is not None
        ]
        if not fitting:
            return False
        index = min(fitting)[2]
        served = self.served[index]
        route = msgspec.structs.replace(served.route, path=str(template), sure=True)
        self.served[index] = msgspec.structs.replace(served, route=route, template=template)
        return True

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
        contracts = Contracts(self._routing.contracts, self._workspace, self._symbols)
        paths = {external.path for site in self._linker.sites for external, _ in site.externals}
        if not any(map(self._routing.serving, paths)):
            if next(contracts.find(*_TEMPLATES), None) is None:
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
    def _known(self) -> tuple[dict[str | None, _OfService], dict[Function, list[Route]]]:
        with building():
            return self._work_out()

    def _work_out(self) -> tuple[dict[str | None, _OfService], dict[Function, list[Route]]]:
        views = Views(self._linker, self._texts, self._workspace)
        tree = RouteTree(self._linker, self._models, self._routing, views)
        finder = Finder(tree, self._routing, views, self._workspace, self._models)
        services: dict[str | None, _OfService] = defaultdict(_OfService)
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
                known = services[None if owner is None else owner.root]
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

    def _add_documents(self, tree: RouteTree, finder: Finder, services: dict[str | None, _OfService]) -> None:
        """What documents say besides the code: what it serves from them, what calls it, what it does not show."""
        documents = Contracts(self._routing.contracts, self._workspace, self._symbols)
        for site, contract in tree.contracts:
            known = finder.served(site, contract, documents)
            for service in finder.using(site):
                services[service.root].lost |= known is None or not known.whole
                services[service.root].add_document(known, service)
        roots = {service.root: service for service in self._workspace.services if service.code != "none"}
        for kinds in (_TEMPLATES, ("openapi",)):
            for file, kind in documents.find(*kinds):
                owner = _owner(roots, file)
                # What the code says goes before what somebody says of it.
                if owner is None or (kind == "openapi" and _says_all(services[owner.root], file)):
                    continue
                document = documents.read(file, kind)
                if document is not None:
                    services[owner.root].lost |= not document.whole
                    services[owner.root].add_document(document, owner)


# --- small questions --------------------------------------------------------------------------------------------------


def _route(found: Found, template: Template, service: Service | None) -> Route:
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


def _owner(roots: Mapping[str, Service], path: str) -> Service | None:
    """The service that a file belongs to, whatever it is written in."""
    while path and path not in roots:
        path = posixpath.dirname(path)
    return roots.get(path or ".")


def _says_all(known: _OfService, file: str) -> bool:
    """Whether a document of an interface adds nothing: the code says it all, or it is that of somebody else."""
    foreign = any("client" in part.lower() or part in _OTHERS for part in file.split("/")[:-1])
    return foreign or (known.has_http and known.is_known)


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
