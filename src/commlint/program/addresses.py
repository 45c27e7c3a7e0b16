"""Where remote calls go: verb and URL of each, and of each call of a wrapper that is told where to go."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from commlint import facts
from commlint.program.carriers import carried, carriers
from commlint.program.code import last_name
from commlint.program.constants import Reading, Texts
from commlint.program.generated import GeneratedClients
from commlint.program.remote import RemoteCall
from commlint.program.sites import Site, select
from commlint.program.targets import Targets
from commlint.program.ways import Told, Ways, chained, settings_of
from commlint.workspace import Workspace


class Address(msgspec.Struct, frozen=True):
    """Where a call goes.

    Attributes:
        verb: The HTTP method, or `RPC`; empty where it is not known.
        base: What the client was made with, as a template.
        url: The whole URL, address or name as a template.
    """

    verb: str
    base: str
    url: str


class Way(msgspec.Struct, frozen=True):
    """A way on which a remote call is made: the calls of wrappers that say where it goes, the innermost first.

    Attributes:
        remote: The remote call.
        stack: The calls.
        address: Where it goes on that way.
        is_open: Something of that depends on further callers.
    """

    remote: RemoteCall
    stack: tuple[Site, ...]
    address: Address
    is_open: bool

    @property
    def site(self) -> Site:
        """The call that settles where it goes."""
        return self.stack[-1] if self.stack else self.remote.site

    @property
    def calls(self) -> tuple[Site, ...]:
        """Its calls from the client's own outwards, without those that only make an object on it."""
        return chained(self.remote.site, self.stack)


class Addresses:
    """Reads addresses."""

    def __init__(self, texts: Texts, generated: GeneratedClients, workspace: Workspace) -> None:
        self.texts = texts
        self._generated = generated
        self._workspace = workspace
        self.targets = Targets(workspace, texts.named())

    def settle(self, remote: RemoteCall) -> None:
        """Notes where a call goes as far as its callers agree, and how it is waited for."""
        client, service = remote.client, self._workspace.service_of(remote.site.function.module.path)
        if (found := remote.select_made(client.base_url)) is not None:
            origin, given = found
            modes = (carrier.mode for _, carrier in carriers(given, origin.function, client) if carrier.mode)
            remote.mode = next(modes, remote.mode)
        address = self._read(remote, self.texts.reading(settings_of(remote.site, self._workspace), None))
        remote.verb, remote.base, remote.address = address.verb, address.base, address.url
        target = self.targets.of(client.kind, address.base, address.url, service)
        remote.target, remote.known = target.service, target.known

    def ways(self, remote: RemoteCall, is_settled: Callable[[Way], bool]) -> tuple[Way, ...]:
        """All ways on which a call is made that go to different places, outwards until it is settled where.

        Args:
            remote: The call.
            is_settled: Whether what is known on a way is enough, or its callers are to be asked.
        """

        def way(told: Told[Address]) -> Way:
            return Way(remote, told.stack, told.said, told.is_open)

        ways = Ways(
            remote.site,
            self.texts,
            self._workspace,
            lambda reading: self._read(remote, reading),
            lambda told: is_settled(way(told)),
        )
        return tuple(dict.fromkeys(way(told) for told in ways.found()))

    # --- one way ------------------------------------------------------------------------------------------------------

    def _read(self, remote: RemoteCall, reading: Reading) -> Address:
        client = remote.client
        reading.look_into(remote.site.function)
        route = self._generated.route(client, remote.external.path)
        verb, base = self._verb(remote, reading), ""
        if (found := remote.select_made(client.base_url)) is not None:
            origin, given = found
            base = reading.template(carried(given, origin.function, client), origin.function)
        own = self._own(remote, reading)
        if client.kind == "http" and base and not own and (packed := _packed(remote.site.call)):
            # What is asked of the client's server is in there, as far as anybody knows.
            own = f"{{{packed}}}"
        if route is not None:
            # What the call says is where its client goes.
            base = base or own
            routed, path = route
            verb = routed or verb
            own = reading.template(path, remote.site.function)
        return Address(verb, base, _joined(remote, base, own))

    def _verb(self, remote: RemoteCall, reading: Reading) -> str:
        client = remote.client
        variant = client.variants.get(remote.method)
        selector = variant.verb if variant is not None and variant.verb is not None else client.verb
        if selector == "name":
            return remote.method.upper().strip("_")
        if selector.startswith("const:"):
            return selector.removeprefix("const:")
        verb = reading.template(remote.select_passed_on(selector), remote.site.function).upper()
        if verb and not verb.startswith("{"):
            return verb
        return ("GET" if remote.select(client.body) is None else "POST") if client.body else ""

    def _own(self, remote: RemoteCall, reading: Reading) -> str:
        """What the call says of where it goes."""
        variant = remote.client.variants.get(remote.method)
        selector = variant.url if variant is not None and variant.url is not None else remote.client.url
        if selector == "name":
            return remote.method
        if remote.declared is not None:
            function = remote.declared
            call = next((e for e, _, _ in function.decorators if isinstance(e, facts.Call)), None)
            return "" if call is None else reading.template(select(call, selector), function)
        given = remote.select_passed_on(selector)
        return reading.template(carried(given, remote.site.function, remote.client), remote.site.function)


def _packed(call: facts.Call) -> str:
    """The name of the arguments that a call passes as a whole, by `*` or `**`; empty where there are none."""
    stars = [arg.value for arg in call.args if isinstance(arg, facts.Star)]
    stars += [keyword.value for keyword in call.keywords if not keyword.name]
    return last_name(stars[0]) if stars else ""


def _joined(remote: RemoteCall, base: str, own: str) -> str:
    """The client's base, then what the call says."""
    kind = remote.client.kind
    if kind == "rpc":
        return ".".join(part for part in (base, own) if part)
    if kind == "grpc" and not own:
        stub = remote.external.path.rpartition(".")[0].rpartition(".")[2]
        return f"{stub.removesuffix('()').removesuffix('Stub')}/{remote.method}"
    if kind == "grpc":
        return own.lstrip("/")
    if base and not _absolute(own):
        return f"{base.rstrip('/')}/{own.lstrip('/')}" if own else base
    return own


def _absolute(url: str) -> bool:
    return "://" in url.partition("{")[0] or url.startswith("{")
