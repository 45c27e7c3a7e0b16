"""Remote calls: the places where the code waits for another process."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from commlint import facts
from commlint.catalogue.models import Callback, Client
from commlint.program.constants import Texts
from commlint.program.sites import Site, select
from commlint.program.values import External

if TYPE_CHECKING:
    from commlint.finding import Service
    from commlint.program.flow import Linker
    from commlint.program.models import Models
    from commlint.workspace import Workspace

_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?(?:[^/@]*@)?(\[[^\]]*\]|[^/:?#]*)(?::(\d+|\{[^}]*\}))?(?=[/?#]|$)")


class RemoteCall:
    """A call that waits for another process to answer.

    Attributes:
        site: Where it is made.
        client: The model of the client.
        external: What is called.
        method: The function's or method's name.
        partial: The `functools.partial` that adds arguments.
        via: The model of the higher-order function that makes the call: `asyncio.to_thread(requests.get, url)`.
        verb: The HTTP method, or `RPC`.
        address: The URL, address or service name as a template; empty where nothing is known.
        target: The service of the workspace that it reaches; `None` where that is not known or outside.
        known: The host is known, whether it is in the workspace or not.
    """

    __slots__ = ("address", "client", "external", "known", "method", "partial", "site", "target", "verb", "via")

    def __init__(
        self,
        site: Site,
        client: Client,
        external: External,
        method: str,
        partial: Site | None,
        via: Callback | None,
    ) -> None:
        self.site = site
        self.client = client
        self.external = external
        self.method = method
        self.partial = partial
        self.via = via
        self.verb = ""
        self.address = ""
        self.target: Service | None = None
        self.known = False

    @property
    def label(self) -> str:
        """What a reader would call it: `GET http://users/users/{user_id}`, or the method where the URL is not known."""
        if self.address and self.address != "{}":
            return f"{self.verb} {self.address}".strip()
        return f"{self.verb} ({self.external.path.replace('()', '')})".strip()

    @property
    def url(self) -> facts.Expr | None:
        """The URL as the call says it."""
        variant = self.client.variants.get(self.method)
        selector = variant.url if variant is not None and variant.url is not None else self.client.url
        return _carried(self, selector)

    def select(self, selector: str) -> facts.Expr | None:
        """An argument of the call, the `functools.partial` included."""
        expr = select(self.site.call, selector if self.via is None else _shifted(selector, self.via))
        if expr is not None or self.partial is None:
            return expr
        return select(self.partial.call, "|".join(s for s in selector.split("|") if s.startswith("kw:")))


def _shifted(selector: str, via: Callback) -> str:
    """A selector of a function's arguments as one of those of the higher-order function that passes them on."""
    kind, _, start = via.arguments.partition(":")
    if kind != "arg":
        return ""
    parts = [part.partition(":") for part in selector.split("|")]
    return "|".join(
        f"arg:{int(place) + int(start)}" if kind == "arg" else f"{kind}:{place}" for kind, _, place in parts
    )


def find_remote_calls(linker: Linker, models: Models, workspace: Workspace) -> list[RemoteCall]:
    """All remote calls of the program, in order of file and place."""
    texts = Texts(linker.symbols)
    known = _Known(workspace)
    found = []
    for site in linker.sites:
        # One place that may hold clients of several kinds is one call; the first kind stands for it.
        for (external, partial), via in site.externals.items():
            if (match := models.client(external.path)) is None:
                continue
            remote = RemoteCall(site, match[0], external, match[1], partial, via)
            service = workspace.service_of(site.function.module.path)
            settings = workspace.settings.get(service.root, {}) if service is not None else {}
            _address(remote, texts, settings)
            _aim(remote, known, service)
            found.append(remote)
            break
    return found


def _address(remote: RemoteCall, texts: Texts, settings: Mapping[str, str]) -> None:
    client, site = remote.client, remote.site
    variant = client.variants.get(remote.method)
    verb = variant.verb if variant is not None and variant.verb is not None else client.verb
    url = variant.url if variant is not None and variant.url is not None else client.url
    if verb == "name":
        remote.verb = remote.method.upper().strip("_")
    elif verb.startswith("const:"):
        remote.verb = verb.removeprefix("const:")
    else:
        remote.verb = texts.template(remote.select(verb), site.function, settings).upper()
        if remote.verb.startswith("{"):
            remote.verb = ""
        if not remote.verb and client.body:
            remote.verb = "GET" if remote.select(client.body) is None else "POST"
    # What is joined: the client's base, then what the call says.
    base = ""
    if client.base_url and remote.external.origin is not None:
        origin = remote.external.origin
        base = texts.template(select(origin.call, client.base_url), origin.function, settings)
    own = remote.method if url == "name" else texts.template(_carried(remote, url), site.function, settings)
    if client.kind == "rpc":
        remote.address = ".".join(part for part in (base, own) if part)
    elif client.kind == "grpc":
        stub = remote.external.path.rpartition(".")[0].rpartition(".")[2]
        remote.address = f"{stub.removesuffix('()').removesuffix('Stub')}/{remote.method}"
    elif base and not _absolute(own):
        remote.address = f"{base.rstrip('/')}/{own.lstrip('/')}"
    else:
        remote.address = own


def _carried(remote: RemoteCall, selector: str) -> facts.Expr | None:
    """The URL, out of the request object that carries it where there is one."""
    expr = remote.select(selector)
    carriers = {c.name.rpartition(".")[2]: c for c in remote.client.carriers}
    scope = remote.site.function.scope
    for _ in range(3):
        if isinstance(expr, facts.Name):
            owner = scope.owner_of(expr.id)
            binding = None if owner is None else owner.bindings.get(expr.id)
            if not isinstance(binding, facts.Call):
                return expr
            inner = binding
        elif isinstance(expr, facts.Call):
            inner = expr
        else:
            return expr
        name = inner.func.name if isinstance(inner.func, facts.Attr) else getattr(inner.func, "id", "")
        carrier = carriers.get(name)
        if carrier is None:
            return expr
        expr = select(inner, carrier.url)
    return expr


def _absolute(url: str) -> bool:
    return "://" in url.partition("{")[0] or url.startswith("{")


class _Known:
    """The services of the workspace by host and by name."""

    def __init__(self, workspace: Workspace) -> None:
        self._hosts: dict[str, list[Service]] = {}
        self._names: dict[str, list[Service]] = {}
        for service in workspace.services:
            for host in service.hosts:
                self._hosts.setdefault(host.lower(), []).append(service)
            self._names.setdefault(service.name.rpartition("/")[2].lower(), []).append(service)

    def host(self, host: str, caller: Service | None) -> Service | None:
        """The service that a host is; of copies in several systems the one nearest to the caller."""
        return _nearest(self._hosts.get(host, ()), caller)

    def name(self, name: str, caller: Service | None) -> Service | None:
        """The service of a name, likewise."""
        return _nearest(self._names.get(name, ()), caller)


def _nearest(services: Iterable[Service], caller: Service | None) -> Service | None:
    def shared(service: Service) -> int:
        return len(posixpath.commonprefix([service.root, caller.root])) if caller is not None else 0

    return max(services, key=shared, default=None)


def _aim(remote: RemoteCall, known: _Known, caller: Service | None) -> None:
    if remote.client.kind == "rpc":
        name = remote.address.rpartition(".")[0].lower()
        remote.target = known.name(name, caller) or known.name(name.removesuffix("_service"), caller)
        remote.known = bool(name)
        return
    if remote.client.kind != "http":
        return
    for candidate in _hosts(remote.address):
        remote.known = True
        if (service := known.host(candidate, caller)) is not None:
            remote.target = service
            return


def _hosts(address: str) -> Iterator[str]:
    """The names under which a URL's host may be known, the most exact first."""
    match = _HOST.match(address)
    if match is None or not match[1] or "{" in match[1]:
        return
    host, port = match[1].lower(), match[2]
    if port:
        yield f"{host}:{port}"
    if host not in ("localhost", "127.0.0.1", "0.0.0.0"):  # noqa: S104 - looked for, not bound to
        yield host
