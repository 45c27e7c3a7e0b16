"""Where a time limit would be set for a call that has none."""

from __future__ import annotations

import msgspec

from commlint import facts
from commlint.catalogue.models import Client, TimeoutType
from commlint.finding import Imported, Location, SetArgument, SetDefault
from commlint.program.constants import argument_for
from commlint.program.flow import Linker
from commlint.program.remote import RemoteCall
from commlint.program.sites import Site, select
from commlint.program.symbols import Function, Scope
from commlint.program.values import External

# Long for an answer that somebody waits for, and short beside for ever.
_SECONDS = 10
_DEEPEST = 8


class Cure(msgspec.Struct, frozen=True):
    """One change that gives a call a limit.

    Attributes:
        change: The change.
        text: What it is, as an imperative.
        imports: What it needs.
    """

    change: SetArgument | SetDefault
    text: str
    imports: tuple[Imported, ...] = ()


class Cures:
    """Finds the places at which a limit can be set for sure.

    Args:
        linker: What calls may reach.
    """

    def __init__(self, linker: Linker) -> None:
        self._linker = linker

    def of(self, remote: RemoteCall) -> Cure | None:
        """A change that ends the wait of a call that can wait for ever; `None` where none is certain to do so."""
        client, site = remote.client, remote.site
        if remote.via or remote.partial or remote.declared or client.no_timeout_offered or len(site.externals) != 1:
            return None
        if site.targets:
            return None
        variant = client.variants.get(remote.method)
        selector = variant.timeout if variant is not None and variant.timeout is not None else client.timeout
        if (given := select(site.call, selector)) is not None:
            return self._instead(given, site, selector, site.function.scope, client, 0)
        if client.generated is not None:
            # Their limit is part of what they are given for an address.
            return None
        if client.client_timeout:
            if (found := remote.select_made(client.client_timeout)) is not None:
                maker, expr = found
                return self._instead(expr, maker, client.client_timeout, maker.function.scope, client, 0)
            maker_or_none = remote.external.origin
            if maker_or_none is not None and remote.external.cls is None and not maker_or_none.targets:
                made = self._added(maker_or_none, client.client_timeout, client, "where the client is made")
                if made is not None:
                    return made
        return self._added(site, selector, client, "")

    def _added(self, site: Site, selector: str, client: Client, where: str) -> Cure | None:
        """A limit for a call to which none is given."""
        name = _keyword(selector)
        if "timeout" not in name or any(not keyword.name for keyword in site.call.keywords):
            # What is passed as `**arguments` may hold one for other callers.
            return None
        if any(isinstance(arg, facts.Star) for arg in site.call.args) and "arg:" in selector:
            return None
        value, imports = _limit(name, client)
        text = f"pass `{name}={value}`{f' {where}' if where else ''}"
        return Cure(SetArgument(site.location, selector, value), text, imports)

    def _instead(
        self, expr: facts.Expr, site: Site, selector: str, scope: Scope, client: Client, depth: int
    ) -> Cure | None:
        """A limit in place of what is given as one and is none."""
        if depth > _DEEPEST:
            return None
        name = _keyword(selector) or "timeout"
        match expr:
            case facts.Const(value=None):
                value, imports = _limit(name, client)
                return Cure(SetArgument(site.location, selector, value), f"pass `{name}={value}`", imports)
            case facts.Sequence(items=(facts.Const(value=connect), facts.Const(value=None))):
                value = str(_SECONDS) if connect is None else f"({connect!r}, {_SECONDS})"
                return Cure(SetArgument(site.location, selector, value), f"pass `{name}={value}`")
            case facts.Call():
                return self._in_object(expr, client)
            case facts.Name():
                return self._named(expr, site, selector, scope, client, depth)
            case _:
                return None

    def _in_object(self, call: facts.Call, client: Client) -> Cure | None:
        """A limit in an object that sets none: `ClientTimeout(connect=5)`."""
        made = self._linker.by_call.get(call)
        kind = None if made is None else _kind(made, client)
        if made is None or kind is None or any(not keyword.name for keyword in call.keywords):
            return None
        given = [(bound, expr) for bound in kind.bounded_by if (expr := select(call, bound)) is not None]
        bound, expr = given[0] if given else (kind.bounded_by[0], None)
        if expr is not None and not (isinstance(expr, facts.Const) and expr.value is None):
            return None
        if expr is None and not _keyword(bound):
            return None
        text = f"give the `{made.name}` {_SECONDS} seconds"
        return Cure(SetArgument(made.location, bound, str(_SECONDS)), text)

    def _named(
        self, name: facts.Name, site: Site, selector: str, scope: Scope, client: Client, depth: int
    ) -> Cure | None:
        owner = scope.owner_of(name.id)
        if owner is None or name.id in owner.rebound:
            return None
        function = owner.function
        parameter = next((p for p in function.fact.parameters if p.name == name.id), None)
        if owner.kind == "function" and parameter is not None:
            return _default(parameter, function, client)
        binding = owner.bindings.get(name.id)
        if isinstance(binding, facts.Call | facts.Name):
            return self._instead(binding, site, selector, owner, client, depth + 1)
        return None


def _default(parameter: facts.Parameter, function: Function, client: Client) -> Cure | None:
    """A limit as the default of a parameter that is `None` where a caller says nothing."""
    default = parameter.default
    if not isinstance(default, facts.Const) or default.value is not None or function.fact.name == "<lambda>":
        return None
    for caller in function.callers:
        given = argument_for(caller, function, parameter.name)
        if isinstance(given, facts.Const) and given.value is None:
            return None
    fact = function.fact
    place = Location(function.module.path, fact.line, fact.column, len(fact.name))
    value, imports = _limit(parameter.name, client)
    text = f"let `{parameter.name}` of `{fact.name}` be `{value}` where a caller says nothing"
    return Cure(SetDefault(place, parameter.name, value), text, imports)


def _limit(name: str, client: Client) -> tuple[str, tuple[Imported, ...]]:
    """A limit as code, and what it needs."""
    for kind in client.timeout_types:
        if kind.required:
            bound = next(_keyword(selector) for selector in kind.bounded_by)
            return f"{kind.name}({bound}={_SECONDS})", (Imported(kind.name.rpartition(".")[0]),)
    return str(_SECONDS * 1000 if name.endswith("_ms") else _SECONDS), ()


def _kind(site: Site, client: Client) -> TimeoutType | None:
    values = site.callee.values if site.callee is not None else ()
    paths = {value.path for value in values if isinstance(value, External)}
    return next((kind for kind in client.timeout_types if kind.name in paths), None)


def _keyword(selector: str) -> str:
    return next((s.removeprefix("kw:") for s in selector.split("|") if s.startswith("kw:")), "")
