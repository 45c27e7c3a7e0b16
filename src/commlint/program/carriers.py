"""What carries an address to a client's call: request objects, channels."""

from __future__ import annotations

from collections.abc import Iterator

from commlint import facts
from commlint.catalogue.models import Carrier, Client
from commlint.program.code import last_name
from commlint.program.sites import select
from commlint.program.symbols import Function


def carried(expr: facts.Expr | None, function: Function, client: Client) -> facts.Expr | None:
    """The address, out of the request objects and channels that carry it."""
    for made, carrier in carriers(expr, function, client):
        expr = select(made, carrier.url)
    return expr


def carriers(expr: facts.Expr | None, function: Function, client: Client) -> Iterator[tuple[facts.Call, Carrier]]:
    """What carries an address, from the outside in: the call that made it, and its model."""
    known = {carrier.name.rpartition(".")[2]: carrier for carrier in client.carriers}
    for _ in range(4):
        made = _made(expr, function)
        carrier = None if made is None else known.get(last_name(made))
        if made is None or carrier is None:
            return
        yield made, carrier
        expr = select(made, carrier.url)


def _made(expr: facts.Expr | None, function: Function) -> facts.Call | None:
    """The call that makes what an expression stands for, where that is plain to see."""
    if isinstance(expr, facts.Name):
        owner = function.scope.owner_of(expr.id)
        binding = None if owner is None else owner.bindings.get(expr.id)
        return binding if isinstance(binding, facts.Call) else None
    if isinstance(expr, facts.Attr) and function.owner is not None and isinstance(expr.value, facts.Name):
        assigned = function.owner.assigned.get(expr.name, ())
        return next((value for value, _ in assigned if isinstance(value, facts.Call)), None)
    return expr if isinstance(expr, facts.Call) else None
