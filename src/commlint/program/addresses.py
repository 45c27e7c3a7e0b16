"""Where remote calls go: verb and URL of each, and of each call of a wrapper that is told where to go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec

from commlint import facts
from commlint.program.carriers import carried, carriers
from commlint.program.constants import Reading, Texts
from commlint.program.generated import GeneratedClients
from commlint.program.paths import admits
from commlint.program.remote import RemoteCall
from commlint.program.sites import Site, select
from commlint.program.symbols import Class, Instance
from commlint.program.targets import Targets
from commlint.workspace import Workspace

# How many calls a wrapper is followed through, and how many callers of each are asked.
_DEEPEST = 4
_CALLERS = 200
# How many entries of a dictionary a call may choose from.
_CHOICES = 24


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
        address = self._read(remote, self.texts.reading(self._settings(remote.site), None))
        remote.verb, remote.base, remote.address = address.verb, address.base, address.url
        target = self.targets.of(client.kind, address.base, address.url, service)
        remote.target, remote.known = target.service, target.known

    def _settings(self, site: Site) -> Mapping[str, str]:
        service = self._workspace.service_of(site.function.module.path)
        return self._workspace.settings.get(service.root, {}) if service is not None else {}

    def ways(self, remote: RemoteCall, is_settled: Callable[[Way], bool]) -> tuple[Way, ...]:
        """All ways on which a call is made that go to different places, outwards until it is settled where.

        Args:
            remote: The call.
            is_settled: Whether what is known on a way is enough, or its callers are to be asked.
        """
        return tuple(dict.fromkeys(self._ways(remote, is_settled, ())))

    def _ways(self, remote: RemoteCall, is_settled: Callable[[Way], bool], stack: tuple[Site, ...]) -> list[Way]:
        settings = self._settings(stack[-1] if stack else remote.site)
        reading = self.texts.reading(settings, stack)
        way = Way(remote, stack, self._read(remote, reading), bool(reading.open))
        if is_settled(way) or len(stack) == _DEEPEST:
            return [way, *self._others(way, settings, reading)]
        asked, made = way.site.function, None
        if reading.open and not any(function is asked for function, _ in reading.open):
            (asked, _), made = next(iter(reading.open.items()))
        inner = stack[-1] if stack else remote.site
        callers = [
            site
            for site in asked.callers
            if site.function is not asked
            and site not in stack
            and (asked is not inner.function or admits(inner, asked, site))
            and (made is None or _makes(site, made))
        ][:_CALLERS]
        outer = [w for caller in callers for w in self._ways(remote, is_settled, (*stack, caller))]
        # Where no caller says more, the call itself says all there is.
        return outer if any(w.address != way.address or is_settled(w) for w in outer) else [way]

    def _others(self, way: Way, settings: Mapping[str, str], reading: Reading) -> Iterator[Way]:
        """Where else a call may go: the other entries of a dictionary that is asked for a key."""
        for place, count in reading.choices.items():
            for index in range(1, min(count, _CHOICES)):
                other = self.texts.reading(settings, way.stack, {place: index})
                yield Way(way.remote, way.stack, self._read(way.remote, other), way.is_open)

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
        verb = reading.template(remote.select(selector), remote.site.function).upper()
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
        own = carried(remote.select(selector), remote.site.function, remote.client)
        return reading.template(own, remote.site.function)


def _makes(site: Site, cls: Class) -> bool:
    """Whether a call may make an object of just a class."""
    return any(isinstance(value, Instance) and value.cls is cls for value in site.result.values)


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
