"""Time limits: can a remote call wait for ever?"""

from __future__ import annotations

from enum import Enum

from commlint import facts
from commlint.catalogue.models import Client
from commlint.finding import Location
from commlint.program.code import last_name
from commlint.program.constants import argument_for
from commlint.program.flow import Linker
from commlint.program.models import Models
from commlint.program.remote import RemoteCall
from commlint.program.sites import Site, select
from commlint.program.symbols import Class, Function, Instance, Scope
from commlint.program.values import External
from commlint.workspace import Workspace

_DEEPEST = 8


class Given(Enum):
    """What code says of a time limit at one place."""

    LIMIT = "there is one"
    NONE = "there is none, and that is said: `timeout=None`"
    ENDLESS = "there is an object that sets none: `ClientTimeout(connect=5)`"
    ABSENT = "nothing is said"
    UNKNOWN = "it cannot be told"


_ENDLESS = (Given.NONE, Given.ENDLESS)


class Limits:
    """Answers questions about time limits."""

    def __init__(self, linker: Linker, models: Models, workspace: Workspace) -> None:
        self._linker = linker
        self._socket_defaults = self._with_socket_default(workspace)
        # Sessions that an adapter with a limit is mounted on, by the call that made them.
        self._mounted = {
            external.origin
            for site in linker.sites
            for external, _ in site.externals
            if external.path.endswith("().mount") and self._adapter_limits(site)
        }
        # Clients that are given a limit after they were made, by the call that made them.
        self._limited = {
            external.origin
            for site in linker.sites
            for external, _ in site.externals
            if external.origin is not None and models.sets_limit(external.path) and not _is_none(site.call)
        }

    def waits_for_ever(self, remote: RemoteCall) -> bool:
        """Whether nothing at the call, on its client or in the library's defaults ends the wait."""
        client = remote.client
        if client.no_timeout_offered or any(m in self._mounted or m in self._limited for m in remote.external.makers()):
            return False
        variant = client.variants.get(remote.method)
        selector = variant.timeout if variant is not None and variant.timeout is not None else client.timeout
        default = client.default_timeout
        if variant is not None and variant.default_timeout is not None:
            default = variant.default_timeout
        if selector or any(carrier.timeout for carrier in client.carriers):
            given = self._given(remote, selector)
            if given is not Given.ABSENT:
                return given in _ENDLESS
        if client.client_timeout:
            given = self._given_to_client(remote)
            if given is Given.NONE and client.none_keeps_default:
                given = Given.ABSENT
            if given is not Given.ABSENT:
                return given in _ENDLESS
        if client.socket_default and remote.site.function.module.path in self._socket_defaults:
            return False
        return default is None

    def _with_socket_default(self, workspace: Workspace) -> frozenset[str]:
        """The files of the services that call `socket.setdefaulttimeout`, which holds for a whole process."""
        setting = {
            workspace.service_of(site.function.module.path)
            for site in self._linker.sites
            for external, _ in site.externals
            if external.path == "socket.setdefaulttimeout" and site.call.args
            if not (isinstance(limit := site.call.args[0], facts.Const) and limit.value is None)
        }
        if not setting:
            return frozenset()
        return frozenset(file.path for file in workspace.files if workspace.service_of(file.path) in setting)

    def mend(self, remote: RemoteCall) -> Location | None:
        """Where one change would give the limit to this call and others: the client's construction, if it takes one.

        `None` as well where the call itself says that it wants no limit.
        """
        origin, selector = remote.external.origin, remote.client.timeout
        if not remote.client.client_timeout or origin is None:
            return None
        return origin.location if not selector or self._given(remote, selector) is Given.ABSENT else None

    # --- the call and its client --------------------------------------------------------------------------------

    def _given(self, remote: RemoteCall, selector: str) -> Given:
        site = remote.site
        if (expr := remote.select(selector)) is not None:
            given_here = any(expr is arg for arg in (*site.call.args, *(k.value for k in site.call.keywords)))
            owner = site if given_here or remote.partial is None else remote.partial
            return self._value(expr, owner.function, owner.function.scope, remote.client, 0)
        if (carried := self._carried(remote)) is not Given.ABSENT:
            return carried
        return self._spread(site.call, site.function, _keyword(selector), remote.client, 0)

    def _carried(self, remote: RemoteCall) -> Given:
        """The limit that a request object, or the client that a generated function is given, carries."""
        carriers = {c.name.rpartition(".")[2]: c.timeout for c in remote.client.carriers if c.timeout}
        expr = remote.select(remote.client.url) if carriers else None
        scope = remote.site.function.scope
        for _ in range(_DEEPEST):
            if isinstance(expr, facts.Name) and (owner := scope.owner_of(expr.id)) is not None:
                binding = owner.bindings.get(expr.id)
                expr, scope = binding if isinstance(binding, facts.Expr) else None, owner
            elif isinstance(expr, facts.Call):
                limit = select(expr, carriers.get(last_name(expr), ""))
                return Given.ABSENT if limit is None else self._value(limit, scope.function, scope, remote.client, 0)
            else:
                break
        # One that comes from elsewhere may carry a limit; without one there would be no call of generated code.
        return Given.UNKNOWN if remote.client.generated is not None and carriers else Given.ABSENT

    def _given_to_client(self, remote: RemoteCall) -> Given:
        origin, client = remote.external.origin, remote.client
        if origin is None:
            # Annotated, injected or inherited: how it was made is not seen.
            return Given.ABSENT if client.default_timeout is not None else Given.UNKNOWN
        if (found := remote.select_made(client.client_timeout)) is not None:
            maker, expr = found
            return self._value(expr, maker.function, maker.function.scope, client, 0)
        return self._spread(origin.call, origin.function, _keyword(client.client_timeout), client, 0)

    def _spread(self, call: facts.Call, function: Function, name: str, client: Client, depth: int) -> Given:
        """The limit among the `**arguments` of a call."""
        given = Given.ABSENT
        for keyword in call.keywords:
            if not keyword.name:
                given = self._in_mapping(keyword.value, function, name, client, depth)
                if given is not Given.ABSENT:
                    return given
        if any(isinstance(arg, facts.Star) for arg in call.args):
            return Given.ABSENT if name else Given.UNKNOWN
        return given

    # --- values -------------------------------------------------------------------------------------------------------

    def _value(self, expr: facts.Expr, function: Function, scope: Scope, client: Client, depth: int) -> Given:
        """Whether an expression given as a limit is one."""
        if depth > _DEEPEST:
            return Given.UNKNOWN
        match expr:
            case facts.Const():
                return Given.NONE if expr.value is None else Given.LIMIT
            case facts.Sequence(items=(_, read)):
                # (connect, read): what matters is how long an answer may take.
                return self._value(read, function, scope, client, depth + 1)
            case facts.Call():
                return self._timeout_object(expr, function, scope, client, depth)
            case facts.Name():
                return self._named(expr, scope, client, depth)
            case facts.Attr():
                return self._attribute(expr, scope, client, depth)
            case facts.Conditional():
                branches = [self._value(e, function, scope, client, depth + 1) for e in (expr.body, expr.orelse)]
                return Given.NONE if all(b in _ENDLESS for b in branches) else Given.LIMIT
            case facts.Boolean(op="or"):
                return self._value(expr.values[-1], function, scope, client, depth + 1)
            case _:
                return Given.UNKNOWN

    def _timeout_object(self, call: facts.Call, function: Function, scope: Scope, client: Client, depth: int) -> Given:
        site = self._linker.by_call.get(call)
        if site is None or site.callee is None:
            return Given.UNKNOWN
        for value in site.callee.values:
            for kind in client.timeout_types:
                if isinstance(value, External) and value.path == kind.name:
                    if any(isinstance(a, facts.Star) for a in call.args) or any(not k.name for k in call.keywords):
                        return Given.UNKNOWN
                    bounds = [select(call, s) for s in kind.bounded_by]
                    given = [self._value(b, function, scope, client, depth + 1) for b in bounds if b is not None]
                    return Given.LIMIT if any(g not in _ENDLESS for g in given) else Given.ENDLESS
        return Given.UNKNOWN

    def _named(self, expr: facts.Name, scope: Scope, client: Client, depth: int) -> Given:
        owner = scope.owner_of(expr.id)
        if owner is None:
            return Given.UNKNOWN
        function = owner.function
        parameter = next((p for p in function.fact.parameters if p.name == expr.id), None)
        if owner.kind == "function" and parameter is not None:
            if expr.id in owner.rebound:
                return Given.UNKNOWN
            return self._parameter(parameter, function, client, depth)
        binding = owner.bindings.get(expr.id)
        if expr.id in owner.rebound or binding is None or not isinstance(binding, facts.Expr):
            return Given.UNKNOWN
        return self._value(binding, function, owner, client, depth + 1)

    def _parameter(self, parameter: facts.Parameter, function: Function, client: Client, depth: int) -> Given:
        """Whether a limit passed as a parameter is one on every way in: one caller without is enough."""
        answers = []
        for site in function.callers:
            if (argument := argument_for(site, function, parameter.name)) is not None:
                answers.append(self._value(argument, site.function, site.function.scope, client, depth + 1))
            elif any(not k.name for k in site.call.keywords) or any(isinstance(a, facts.Star) for a in site.call.args):
                answers.append(self._spread(site.call, site.function, parameter.name, client, depth + 1))
            else:
                answers.append(Given.ABSENT)
        default = Given.UNKNOWN
        if parameter.default is not None:
            default = self._value(parameter.default, function, function.scope, client, depth + 1)
        answers = [default if answer is Given.ABSENT else answer for answer in answers] or [default]
        return next((a for a in (*_ENDLESS, Given.UNKNOWN) if a in answers), Given.LIMIT)

    def _attribute(self, expr: facts.Attr, scope: Scope, client: Client, depth: int) -> Given:
        if not isinstance(expr.value, facts.Name):
            return Given.UNKNOWN
        answers = []
        node = scope.owner_of(expr.value.id)
        holds = node.variables.get(expr.value.id) if node is not None else None
        for value in holds.values if holds is not None else ():
            if not isinstance(value, Instance):
                return Given.UNKNOWN
            answers += self._member(value.cls, expr.name, client, depth)
        found = Given.LIMIT if answers else Given.UNKNOWN
        return next((a for a in (*_ENDLESS, Given.UNKNOWN) if a in answers), found)

    def _member(self, cls: Class, name: str, client: Client, depth: int) -> list[Given]:
        for ancestor in cls.mro:
            if isinstance(ancestor, str):
                continue
            if assigned := ancestor.assigned.get(name):
                return [self._value(value, method, method.scope, client, depth + 1) for value, method in assigned]
            binding = ancestor.scope.bindings.get(name)
            if isinstance(binding, facts.Expr):
                return [self._value(binding, ancestor.scope.function, ancestor.scope, client, depth + 1)]
        return [Given.UNKNOWN]

    # --- `**arguments` ------------------------------------------------------------------------------------------------

    def _in_mapping(self, expr: facts.Expr, function: Function, name: str, client: Client, depth: int) -> Given:
        """The limit in a dict that is passed as `**arguments`."""
        if depth > _DEEPEST or not name:
            return Given.UNKNOWN
        if isinstance(expr, facts.Mapping):
            return self._in_display(expr, function, name, client, depth)
        if isinstance(expr, facts.Call) and isinstance(expr.func, facts.Name) and expr.func.id == "dict":
            if (value := select(expr, f"kw:{name}")) is not None:
                return self._value(value, function, function.scope, client, depth + 1)
            return self._spread(expr, function, name, client, depth + 1)
        if isinstance(expr, facts.Attr):
            return self._in_attribute(expr, function, name, client, depth)
        if not isinstance(expr, facts.Name):
            return Given.UNKNOWN
        owner = function.scope.owner_of(expr.id)
        if owner is None:
            return Given.UNKNOWN
        if (stored := _stored(owner.function.fact.body, expr.id, name)) is not None:
            return self._value(stored, owner.function, owner.function.scope, client, depth + 1)
        parameter = next((p for p in owner.function.fact.parameters if p.name == expr.id), None)
        if parameter is not None and parameter.kind == "kwargs":
            return self._passed_on(owner.function, name, client, depth)
        binding = owner.bindings.get(expr.id)
        if isinstance(binding, facts.Expr) and parameter is None:
            return self._in_mapping(binding, owner.function, name, client, depth + 1)
        return Given.UNKNOWN

    def _in_display(self, expr: facts.Mapping, function: Function, name: str, client: Client, depth: int) -> Given:
        given = Given.ABSENT
        for item in expr.items:
            if item.key is None:
                given = self._in_mapping(item.value, function, name, client, depth + 1)
            elif isinstance(item.key, facts.Const) and item.key.value == name:
                return self._value(item.value, function, function.scope, client, depth + 1)
            elif not isinstance(item.key, facts.Const):
                given = Given.UNKNOWN
        return given

    def _in_attribute(self, expr: facts.Attr, function: Function, name: str, client: Client, depth: int) -> Given:
        cls = function.owner
        if cls is None or not isinstance(expr.value, facts.Name):
            return Given.UNKNOWN
        for value, method in cls.assigned.get(expr.name, ()):
            return self._in_mapping(value, method, name, client, depth + 1)
        return Given.UNKNOWN

    def _passed_on(self, function: Function, name: str, client: Client, depth: int) -> Given:
        """The limit in a function's own `**kwargs`: what its callers pass that it does not take for itself."""
        if any(p.name == name for p in function.fact.parameters):
            return Given.ABSENT
        answers = []
        for site in function.callers:
            if (value := select(site.call, f"kw:{name}")) is not None:
                answers.append(self._value(value, site.function, site.function.scope, client, depth + 1))
            else:
                answers.append(self._spread(site.call, site.function, name, client, depth + 1))
        if not answers:
            return Given.UNKNOWN
        return next((a for a in (*_ENDLESS, Given.ABSENT, Given.UNKNOWN) if a in answers), Given.LIMIT)

    def _adapter_limits(self, mount: Site) -> bool:
        """Whether an adapter that is mounted on a session is of a class of the program whose `send` sets a limit."""
        node = self._linker.argument(mount, select(mount.call, "arg:1|kw:adapter"))
        for value in node.values if node is not None else ():
            if isinstance(value, Instance):
                for ancestor in value.cls.mro:
                    send = ancestor.scope.bindings.get("send") if isinstance(ancestor, Class) else None
                    if isinstance(send, Function) and _sets_limit(send):
                        return True
        return False


def _sets_limit(send: Function) -> bool:
    """Whether a function gives `timeout` a value, for the one that it passes it on to."""
    if "timeout" in send.scope.rebound or any(k.name == "timeout" for site in send.sites for k in site.call.keywords):
        return True
    return any(
        _stored(send.fact.body, parameter.name, "timeout") is not None
        for parameter in send.fact.parameters
        if parameter.kind == "kwargs"
    )


def _is_none(call: facts.Call) -> bool:
    """Whether a call is given nothing but `None`."""
    return all(isinstance(arg, facts.Const) and arg.value is None for arg in call.args) and not call.keywords


def _keyword(selector: str) -> str:
    return next((s.removeprefix("kw:") for s in selector.split("|") if s.startswith("kw:")), "")


def _stored(block: facts.Block, variable: str, key: str) -> facts.Expr | None:
    """What `variable[key] = value` or `variable.setdefault(key, value)` puts into a dict, anywhere in a block."""
    todo = list(block)
    while todo:
        statement = todo.pop(0)
        if isinstance(statement, facts.Assign):
            for target in statement.targets:
                if (
                    isinstance(target, facts.Subscript)
                    and isinstance(target.value, facts.Name)
                    and target.value.id == variable
                    and isinstance(target.index, facts.Const)
                    and target.index.value == key
                ):
                    return statement.value
        elif isinstance(statement, facts.Evaluate) and isinstance(call := statement.value, facts.Call):
            if (
                isinstance(call.func, facts.Attr)
                and isinstance(call.func.value, facts.Name)
                and call.func.value.id == variable
            ):
                if call.func.name == "setdefault" and len(call.args) == 2:
                    if isinstance(call.args[0], facts.Const) and call.args[0].value == key:
                        return call.args[1]
                elif call.func.name == "update" and (value := select(call, f"kw:{key}")) is not None:
                    return value
        for name in ("body", "orelse", "final"):
            todo.extend(getattr(statement, name, ()))
        for handler in getattr(statement, "handlers", ()):
            todo.extend(handler.body)
    return None
