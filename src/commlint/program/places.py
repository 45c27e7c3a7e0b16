"""Places of library models in code: what stands there."""

from __future__ import annotations

from collections.abc import Sequence

from commlint import facts
from commlint.catalogue.notation import Case, Claim
from commlint.program.code import last_name
from commlint.program.sites import Site, select
from commlint.program.symbols import Scope


def holds(claim: Claim, call: facts.Call | None, scope: Scope, makers: Sequence[Site]) -> bool:
    """Whether all that a claim is limited to is said; what cannot be read does not say it.

    Args:
        claim: The claim.
        call: The call, or the decorator, that it is about; `None` for a decorator that is not called.
        scope: Where that stands.
        makers: The calls that made the object it is made on, the last first.
    """
    return all(_holds(case, call, scope, makers) for case in claim.where)


def _holds(case: Case, call: facts.Call | None, scope: Scope, makers: Sequence[Site]) -> bool:
    here = [] if call is None else [(call, scope)]
    made = [(maker.call, maker.function.scope) for maker in makers]
    for alternative in case.at.split("|"):
        for holder, within in made if alternative.startswith("ctor.") else here:
            if (expr := _at(alternative.removeprefix("ctor."), holder)) is not None:
                return _says(_behind(expr, within), case)
    return "" in case.values or (bool(case.but) and "" not in case.but)


def _says(expr: facts.Expr, case: Case) -> bool:
    word = str(expr.value) if isinstance(expr, facts.Const) else last_name(expr)
    if case.values:
        return word in case.values
    if case.but:
        return isinstance(expr, facts.Const) and word not in case.but
    return word not in ("None", "False")


def place_in(call: facts.Call, place: str) -> facts.Expr | None:
    """What stands at a place in a call, its first alternative that is there."""
    return next((expr for one in place.split("|") if (expr := _at(one, call)) is not None), None)


def _at(place: str, call: facts.Call) -> facts.Expr | None:
    """What stands at one alternative of a place."""
    base, *steps = place.split(".")
    expr = select(call, base)
    for step in steps:
        expr = None if expr is None else _into(expr, step)
    return expr


def _into(expr: facts.Expr, step: str) -> facts.Expr | None:
    """One step into what stands at a place."""
    kind, _, name = step.partition(":")
    if isinstance(expr, facts.Call) and kind in ("arg", "kw", "key"):
        return select(expr, f"kw:{name}" if kind == "key" else step)
    if isinstance(expr, facts.Mapping) and kind == "key":
        for item in expr.items:
            if isinstance(item.key, facts.Const) and item.key.value == name:
                return item.value
    return None


def _behind(expr: facts.Expr, scope: Scope) -> facts.Expr:
    """The constant behind a name, where there is just one."""
    if isinstance(expr, facts.Name) and (owner := scope.owner_of(expr.id)) is not None:
        binding = owner.bindings.get(expr.id)
        if isinstance(binding, facts.Const) and expr.id not in owner.rebound:
            return binding
    return expr
