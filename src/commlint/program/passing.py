"""What functions are given: ties a function or object that is called to the caller that passed it.

The parameter of a general helper (`retry(fetch)`, `every(60, job)`) may hold what any of its callers passes. A path
through it must begin where the one that it leads to is passed.
"""

from __future__ import annotations

import msgspec

from commlint import facts
from commlint.program.constants import argument_for
from commlint.program.flow import Linker
from commlint.program.sites import Site, select
from commlint.program.symbols import Class, Function, Instance
from commlint.program.values import Bound, External, Partial, Value

# A place where so many values meet may have lost some.
_MANY = 96


class Need(msgspec.Struct, frozen=True):
    """What a path needs: that a parameter holds a certain function, or an object that has it as a method.

    Attributes:
        function: The function with the parameter.
        name: The parameter.
        target: What is called.
        of_object: It is called as a method of what the parameter holds.
    """

    function: Function
    name: str
    target: Function
    of_object: bool


Needs = frozenset[Need]


class Passing:
    """Answers questions about what functions are given."""

    def __init__(self, linker: Linker) -> None:
        self._linker = linker

    def outward(self, needs: Needs, function: Function, site: Site) -> Needs | None:
        """What a path needs that is led on by a call of the function it has begun in; `None` where it cannot be.

        Args:
            needs: What it has needed so far.
            function: The function.
            site: The call.
        """
        still: set[Need] = set()
        for need in needs:
            if need.function is function:
                met = self.meets(site, need)
                if met is False:
                    return None
                if isinstance(met, Need):
                    still.add(met)
            else:
                # A function that was made inside may be called from elsewhere, as by a decorator.
                still.add(need)
        if (new := self.need(site, function)) is not None:
            still.add(new)
        return frozenset(still)

    def can_be_met(self, need: Need) -> bool:
        """Whether some call passes what is needed."""
        if need.of_object or need.function.stands_for is not need.function:
            return True
        default = next((p.default for p in need.function.fact.parameters if p.name == need.name), None)
        return default is not None or any(self.meets(site, need) is not False for site in need.function.callers)

    def need(self, site: Site, target: Function) -> Need | None:
        """What a call needs to reach a function: it calls a parameter, or a method of one."""
        via = site.targets.get(target)
        expr = site.call.func if via is None else select(site.call, via.callable)
        if isinstance(expr, facts.Attr) and target.stands_for.owner is not None:
            return self._of_name(expr.value, site.function, target, of_object=True)
        return self._of_name(expr, site.function, target, of_object=False)

    def _of_name(
        self, expr: facts.Expr | None, function: Function, target: Function, *, of_object: bool
    ) -> Need | None:
        """What a name that is a parameter, of its own function or of one around that, must hold."""
        owner = function.scope.owner_of(expr.id) if isinstance(expr, facts.Name) else None
        if owner is None or owner.kind != "function" or not isinstance(expr, facts.Name) or expr.id in owner.rebound:
            return None
        parameter = next((p for p in owner.function.fact.parameters if p.name == expr.id), None)
        if parameter is None or parameter.kind in ("args", "kwargs"):
            return None
        return Need(owner.function, expr.id, target, of_object)

    def meets(self, site: Site, need: Need) -> Need | bool:
        """Whether a call passes what is needed; where it passes a parameter of its own on, what that must hold."""
        function = need.function
        parameters = function.fact.parameters
        bound = function.owner is not None and function.kind in ("method", "class", "property")
        if bound and parameters and parameters[0].name == need.name:
            return self._receives(site, need)
        expr = argument_for(site, function, need.name)
        if expr is None:
            # By `*`, by default or by a partial.
            return True
        if (further := self._of_name(expr, site.function, need.target, of_object=need.of_object)) is not None:
            return further
        node = self._linker.argument(site, expr)
        if node is None or len(node.values) >= _MANY:
            return True
        # What an object is may be known from an annotation only; a function comes from where it is named.
        return (need.of_object and not node.values) or any(_holds(value, need) for value in node.values)

    def _receives(self, site: Site, need: Need) -> Need | bool:
        """The same for the object that a method is called on."""
        func = site.call.func
        if isinstance(func, facts.Attr):
            further = self._of_name(func.value, site.function, need.target, of_object=need.of_object)
            if further is not None:
                return further
        values = site.callee.values if site.callee is not None else ()
        receivers = [v.receiver for v in values if isinstance(v, Bound) and v.function is need.function]
        return not receivers or len(values) >= _MANY or any(_holds(receiver, need) for receiver in receivers)


def _holds(value: Value, need: Need) -> bool:
    """Whether a value is what is needed; one that tells nothing may be."""
    if need.of_object:
        return _has(value, need.target)
    match value:
        case Function():
            return value is need.target
        case Bound():
            return value.function is need.target
        case Partial():
            return _holds(value.target, need)
        case Class() | Instance():
            cls = value if isinstance(value, Class) else value.cls
            return need.target.owner in cls.mro
        case External():
            return False
        case _:
            return True


def _has(value: Value, method: Function) -> bool:
    """Whether a method is an object's own, or that of a class below which stands for an abstract one."""
    cls = value.cls if isinstance(value, Instance) else value
    owner = method.stands_for.owner
    if isinstance(value, External):
        return False
    if not isinstance(cls, Class) or owner is None:
        return True
    name = method.stands_for.name
    found = next((base for base in cls.mro if isinstance(base, Class) and name in base.scope.names), None)
    return found is owner or cls in owner.mro
