"""Remote calls: the places where the code waits for another process."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from commlint import facts
from commlint.catalogue.models import Callback, Client
from commlint.program.carriers import carried
from commlint.program.constants import positional
from commlint.program.generated import GeneratedClients
from commlint.program.places import holds
from commlint.program.sites import Site, select
from commlint.program.values import External

if TYPE_CHECKING:
    from commlint.finding import Service
    from commlint.program.flow import Linker
    from commlint.program.models import Models
    from commlint.program.symbols import Function, Symbols
    from commlint.workspace import Workspace


class RemoteCall:
    """A call that waits for another process to answer.

    Attributes:
        site: Where it is made.
        client: The model of the client.
        external: What is called.
        method: The function's or method's name.
        partial: The `functools.partial` that adds arguments.
        via: The model of the higher-order function that makes the call: `asyncio.to_thread(requests.get, url)`.
        declared: The function of the program that is called, where a decorator makes a client of it: `@uplink.get`.
        sure: What the library's model says of the client has been checked.
        verb: The HTTP method, or `RPC`.
        address: The URL, address or service name as a template; empty where nothing is known.
        base: The part of it that the client was made with.
        mode: How it is waited for: `sync`, `async` (awaited) or `future`.
        target: The service of the workspace that it reaches; `None` where that is not known or outside.
        known: The host is known, whether it is in the workspace or not.
    """

    __slots__ = (
        "address",
        "base",
        "client",
        "declared",
        "external",
        "known",
        "method",
        "mode",
        "partial",
        "site",
        "sure",
        "target",
        "verb",
        "via",
    )

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
        self.declared: Function | None = None
        self.sure = True
        self.mode = client.mode
        self.verb = ""
        self.base = ""
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
    def why_unresolved(self) -> str:
        """Why it is not known where it goes, where it is not."""
        hole = re.search(r"\{([^}]+)\}", self.base or self.address)
        if hole is not None:
            return f"what `{hole[1]}` stands for is not known"
        return "its address names no host" if self.address else "nothing is known of its address"

    @property
    def unknown_setting(self) -> str:
        """The setting or variable that its address begins with, where that is not known; else empty."""
        hole = re.match(r"(?:[a-z][a-z0-9+.-]*://)?\{([A-Za-z_]\w*)\}", self.base or self.address)
        return hole[1] if hole is not None else ""

    @property
    def url(self) -> facts.Expr | None:
        """The URL as the call says it."""
        variant = self.client.variants.get(self.method)
        selector = variant.url if variant is not None and variant.url is not None else self.client.url
        return carried(self.select(selector), self.site.function, self.client)

    def _makers(self) -> Iterator[facts.Call]:
        """The calls that made what is called, or the object whose method is."""
        if isinstance(self.site.call.func, facts.Call):
            yield self.site.call.func
        yield from (maker.call for maker in self.external.makers())

    def select_made(self, selector: str) -> tuple[Site, facts.Expr] | None:
        """An argument of the calls that made the client, and the one that it was given in."""
        for maker in self.external.makers() if selector else ():
            if (expr := select(maker.call, selector)) is not None:
                return maker, expr
        return None

    def select(self, selector: str) -> facts.Expr | None:
        """An argument of the call, the `functools.partial` included."""
        for place in selector.split("|"):
            if place.startswith("ctor."):
                for made in self._makers():
                    if (expr := select(made, place.removeprefix("ctor."))) is not None:
                        return expr
        expr = select(self.site.call, selector if self.via is None else _shifted(selector, self.via))
        if expr is not None or self.partial is None:
            return expr
        return select(self.partial.call, "|".join(s for s in selector.split("|") if s.startswith("kw:")))

    def select_passed_on(self, selector: str) -> facts.Expr | None:
        """An argument of the call; where it is `func(*args)`, what the function around it was given."""
        if (expr := self.select(selector)) is not None or self.via is not None:
            return expr
        places = (place.partition(":") for place in selector.split("|"))
        return next((e for k, _, n in places if k == "arg" and (e := positional(self.site, int(n))) is not None), None)


def _shifted(selector: str, via: Callback) -> str:
    """A selector of a function's arguments as one of those of the higher-order function that passes them on."""
    kind, _, start = via.arguments.partition(":")
    if kind != "arg":
        return ""
    parts = [part.partition(":") for part in selector.split("|")]
    return "|".join(
        f"arg:{int(place) + int(start)}" if kind == "arg" else f"{kind}:{place}" for kind, _, place in parts
    )


def find_remote_calls(
    linker: Linker, models: Models, workspace: Workspace, generated: GeneratedClients
) -> list[RemoteCall]:
    """All remote calls of the program, in the order of its calls."""
    return _Finder(linker, models, workspace, generated).found()


class _Finder:
    def __init__(self, linker: Linker, models: Models, workspace: Workspace, generated: GeneratedClients) -> None:
        self._linker = linker
        self._models = models
        self._workspace = workspace
        self._generated = generated
        functions = linker.symbols.functions
        self._made = {f: client for f in functions if (client := self._shape(f)) is not None}
        self._inside = {function.module for function in self._made}
        self._declared = dict(self._declarations(linker.symbols))

    def found(self) -> list[RemoteCall]:
        # One place that may hold clients of several kinds is one call; the first kind stands for it.
        sites = (site for site in self._linker.sites if site.function.module not in self._inside)
        found = [remote for site in sites if (remote := next(self._at(site), None)) is not None]
        for remote in found:
            remote.sure = self._models.is_sure(remote.client)
        return found

    # --- where ----------------------------------------------------------------------------------------------------

    def _at(self, site: Site) -> Iterator[RemoteCall]:
        # What is only annotated says less than what is known to have been made.
        for (external, partial), via in sorted(site.externals.items(), key=lambda item: item[0][0].origin is None):
            for client, method in self._models.clients(external.path):
                if self._is_meant(client, site, external):
                    yield RemoteCall(site, client, external, method, partial, via)
        for function, via in site.targets.items():
            if (made := self._made.get(function)) is not None:
                path = f"{posixpath.splitext(function.module.path)[0].replace('/', '.')}.{function.name}"
                yield RemoteCall(site, made, External(path, None, None, 1), function.name, None, via)
            elif (declaration := self._declared.get(function)) is not None:
                external = declaration[1]
                remote = RemoteCall(site, declaration[0], external, external.path.rpartition(".")[2], None, via)
                remote.declared = function
                yield remote

    def _is_meant(self, client: Client, site: Site, external: External) -> bool:
        """Whether it is this client's release, and the service that it speaks of."""
        service = self._workspace.service_of(site.function.module.path)
        if client.versions:
            asked = self._workspace.versions.get(service.root, {}) if service is not None else {}
            if not self._models.holds_for(client, asked):
                return False
        return holds(client, site.call, site.function.scope, tuple(external.makers()))

    def _shape(self, function: Function) -> Client | None:
        if function.owner is not None or function.outer is None or not function.outer.is_module:
            return None
        return self._generated.client(function.module.fact, function.name)

    def _declarations(self, symbols: Symbols) -> Iterator[tuple[Function, tuple[Client, External]]]:
        for function in symbols.functions:
            for _, node, _ in function.decorators:
                for value in node.values if node is not None else ():
                    if isinstance(value, External) and (client := self._models.declares(value.path)) is not None:
                        yield function, (client, value)
