"""Calls from service to service: each remote call with the services on both sides and the route that answers it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

import msgspec

from commlint.finding import Location, Service
from commlint.program.addresses import Addresses, Way
from commlint.program.constants import words
from commlint.program.literals import ORIGIN, Literals
from commlint.program.remote import RemoteCall
from commlint.program.routes import Route, Routes
from commlint.program.sites import Site
from commlint.program.symbols import Function
from commlint.program.targets import Target
from commlint.workspace import Workspace

_HOLE = re.compile(r"\{[^{}]*\}")
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://[^/?#]*", re.IGNORECASE)
_QUERY = re.compile(r"[?#].*$")
# Words for what may be more, or less, than one segment of a path.
_PARTS = frozenset(
    {"endpoint", "path", "pathname", "query", "remainder", "rest", "route", "subpath", "suffix", "tail", "uri", "url"}
)
_WORD = re.compile(r"[A-Za-z][a-z]*")
_LOCAL = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?::|$)", re.IGNORECASE)
# Words that make a name one of an address, and those that say nothing of whose it is.
_ADDRESS = frozenset({"addr", "address", "api", "endpoint", "host", "server", "service", "uri", "url"})
_GENERAL = _ADDRESS | {
    *(
        "app",
        "backend",
        "base",
        "client",
        "default",
        "external",
        "http",
        "https",
        "internal",
        "local",
        "port",
        "public",
    ),
    *("remote", "root", "target", "test", "upstream"),
}
# Clients whose calls have no verb of HTTP.
_NAMED = frozenset({"rpc", "grpc"})


class Crossing(msgspec.Struct, frozen=True, eq=False):
    """A remote call on one way: from a service, to a service.

    Attributes:
        way: The call, and the calls of wrappers that say where it goes.
        settled: The call among them that settles where it goes: those further out only say values of parameters, or
            which of several like it is meant.
        source: The calling service.
        target: The called one; `None` where it is outside or not known.
        outside: The host, where that is known and in no service of the workspace.
        method: `GET`, `RPC`; empty where it is not known.
        path: The path as a template with `{}`, as an endpoint's.
        route: The route that answers it.
        sure: A manifest, or the target itself, says that it is reached there.
    """

    way: Way
    settled: Site
    source: Service
    target: Service | None
    outside: str
    method: str
    path: str
    route: Route | None
    sure: bool = True

    @property
    def remote(self) -> RemoteCall:
        """The remote call."""
        return self.way.remote

    @property
    def client(self) -> Location:
        """The client's own line."""
        return self.remote.site.location

    @property
    def calls(self) -> tuple[Site, ...]:
        """The calls that say where it goes, each in the function that the next one calls, the client's own first."""
        return self.way.calls

    @property
    def location(self) -> Location:
        """Where the target is settled."""
        return self.settled.location

    @property
    def place(self) -> Location:
        """The call of it that stands nearest to the client in the calling service's own code."""
        return self.nearest(self.calls)

    def nearest(self, sites: Iterable[Site]) -> Location:
        """The first of some calls that stands in the calling service's own code; else where the target is settled."""
        root = self.source.root
        for site in sites:
            path = site.function.module.path
            if root in (".", path) or path.startswith(f"{root}/"):
                return site.location
        return self.location

    @property
    def target_name(self) -> str:
        """The name of what is called."""
        return self.target.short_name if self.target is not None else self.outside

    @property
    def kind(self) -> str:
        """How it is called: `http`, `grpc` or `rpc`."""
        return _kind(self.remote.client.kind)

    @property
    def is_exact(self) -> bool:
        """Whether all of the address is known, values of parameters aside."""
        address = self.way.address
        begins = address.url if self.kind == "http" else address.base or address.url
        settled = not begins.lstrip().startswith("{") and "://{" not in begins
        return (
            settled
            and self.sure
            and bool(self.method)
            and bool(_HOLE.sub("", self.path).strip("/."))
            and (self.kind != "http" or not _is_vague(_SCHEME.sub("", address.url, count=1)))
        )

    @property
    def label(self) -> str:
        """How a reader would say it: `GET users /users/{}`."""
        return " ".join(part for part in (self.method, self.target_name, self.path) if part)


class Crossings:
    """Works out the crossings of a program."""

    def __init__(self, addresses: Addresses, routes: Routes, workspace: Workspace, literals: Literals) -> None:
        self._addresses = addresses
        self._literals = literals
        self._routes = routes
        self._workspace = workspace

    def of(self, remote: RemoteCall) -> Iterator[Crossing]:
        """The crossings that a remote call makes; none where no service makes it."""
        inner: dict[tuple[Site, ...], Way] = {}

        def is_settled(way: Way) -> bool:
            inner[way.stack] = way
            return self._is_settled(way)

        for way in self._addresses.ways(remote, is_settled):
            crossing = self._on(way)
            if crossing is not None:
                ways = (inner[way.stack[:length]] for length in range(len(way.stack)))
                yield msgspec.structs.replace(crossing, settled=self._settling(way, ways))

    def _settling(self, way: Way, inner: Iterable[Way]) -> Site:
        """The first call of a way outwards at which verb and path are known, that stands in a service."""
        calls = way.calls
        enough = next((other.calls[-1] for other in inner if _says_as_much(other, way)), calls[-1])
        rest = calls[calls.index(enough) :]
        return next((site for site in rest if self._service(site.function) is not None), calls[-1])

    def _on(self, way: Way) -> Crossing | None:
        # Where the code that calls belongs to no service, whoever makes the object that it calls does.
        around = (self._service(site.function) for site in (way.calls[-1], *reversed(way.stack)))
        source = next((service for service in around if service is not None), None)
        if source is None:
            return None
        kind, address = way.remote.client.kind, way.address
        url = self._addresses.targets.behind(address.url) if kind not in _NAMED else address.url
        aim = self._told(self._addresses.targets.of(kind, address.base, url, source), way, source)
        target = aim.service
        method = "RPC" if kind in _NAMED else address.verb
        path = path_of(kind, url)
        outside = "" if target is not None else self._addresses.targets.outside(kind, address.base, url)
        route = None if target is None else self._routes.serving(target, _kind(kind), method, path)
        if route is not None and not _is_meant(route.path, path):
            route = None
        if route is not None and "..." not in route.path:
            # A value for a parameter is not part of where it goes.
            path = _HOLE.sub("{}", route.path)
        return Crossing(way, way.calls[-1], source, target, outside, method, path, route, aim.sure)

    def _told(self, aim: Target, way: Way, source: Service) -> Target:
        """What a call reaches where what the code calls its address is heard too.

        What listens at a port of one's own machine depends on what has been started there. Code that calls the address
        `SCRAPING_URL` means the service of that name, whichever else is published at this port, or somebody else.
        """
        address = way.address
        origin = ORIGIN.match(address.base if way.remote.client.kind == "grpc" else address.url)
        if aim.service is None or not aim.sure or origin is None or _LOCAL.match(origin[0]) is None:
            return aim
        texts = [
            t for t in self._literals.of(origin[0]) if self._workspace.service_of(t.location.file) in (None, source)
        ]
        names = list(dict.fromkeys(name for text in texts for name in text.names))
        own = _about(aim.service.short_name) | _about(posixpath.basename(aim.service.root))
        named = [name for name in names if _about(name) and not _ADDRESS.isdisjoint(words(name))]
        if not named or any(_about(name) & own for name in names):
            return aim
        meant = (self._addresses.targets.of("http", "", f"{{{name}}}/", source).service for name in named)
        services = {service.root: service for service in meant if service is not None}
        return Target(next(iter(services.values())) if len(services) == 1 else aim.service, known=True, sure=False)

    def _service(self, function: Function) -> Service | None:
        return self._workspace.service_of(function.module.path)

    def _is_settled(self, way: Way) -> bool:
        """Whether the calls further out would say nothing more."""
        if not way.is_open and self._service(way.site.function) is not None:
            return True
        crossing = self._on(way)
        if crossing is None or not crossing.method or not (crossing.target or crossing.outside):
            return False
        literal = _HOLE.sub("", path_of(way.remote.client.kind, way.address.url)).strip("/.")
        if crossing.target is None:
            return bool(literal)
        return bool(literal) and (crossing.route is not None or not self._routes.of(crossing.target))


def _says_as_much(inner: Way, outer: Way) -> bool:
    """Whether what is known of verb and path on a way is what is known further out.

    Where the host is not known on it yet, it is that of the object whose method is called, not one that is passed along
    with the path.
    """
    kind = outer.remote.client.kind
    known, whole = path_of(kind, inner.address.url), path_of(kind, outer.address.url)
    if inner.address.verb != outer.address.verb or not _HOLE.sub("", known).strip("/."):
        return False
    if (host := _SCHEME.match(inner.address.url)) is not None and "{" not in host[0]:
        return outer.address.url.startswith(host[0]) and whole == known and "{" in known
    front = _HOLE.search(inner.address.url)
    passed = {parameter.name for site in inner.calls for parameter in site.function.fact.parameters}
    return whole.endswith(known) and (front is None or front.start() > 0 or front[0].strip("{}") not in passed)


def path_of(kind: str, url: str) -> str:
    """The path of a URL as a template with `{}` for what is not known."""
    if kind == "rpc":
        return _HOLE.sub("{}", url)
    text = _QUERY.sub("", _HOLE.sub("{}", url))
    if kind == "grpc":
        return f"/{text.lstrip('/')}"
    rest = _SCHEME.sub("", text, count=1)
    if rest == text and text.startswith("{}"):
        # What stands there is the base.
        rest = text.removeprefix("{}")
        rest = re.sub(r"^:(\d+|\{\})", "", rest)
    elif rest == text and not text.startswith("/"):
        rest = text.partition("/")[2] and f"/{text.partition('/')[2]}"
    return rest if rest.startswith("/") or not rest else f"/{rest}"


def _is_meant(route: str, path: str) -> bool:
    """Whether a call with something unknown in its path means a route, and not any of several."""
    served, asked = route.strip("/").split("/"), path.strip("/").split("/")
    if len(served) != len(asked):
        return True
    return all(own != "{}" or "{" in known for own, known in zip(asked, served, strict=True))


def _about(name: str) -> frozenset[str]:
    """The words of a name that say whose it is; of several of a kind the same as of one."""
    return frozenset(word.removesuffix("s") for word in words(name) if word not in _GENERAL)


def _is_vague(path: str) -> bool:
    """Whether something unknown in a path may be more, or less, than the value of one parameter.

    That is a setting, what is named for a part of a path, and what follows a word, which may be a query.
    """
    for match in _HOLE.finditer(_QUERY.sub("", path)):
        name = match[0].strip("{}")
        named = name.isupper() or not _PARTS.isdisjoint(word.lower() for word in _WORD.findall(name))
        glued = match.start() > 0 and path[match.start() - 1].isalnum() and match.end() == len(path)
        if named or glued:
            return True
    return False


def _kind(client: str) -> str:
    return client if client in _NAMED else "http"
