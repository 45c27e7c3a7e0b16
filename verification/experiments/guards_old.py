"""Guards and settings of releases and distributions that cannot live with those of `guards.py`."""

from __future__ import annotations

import functools
import os
from typing import Any

from experiment import exercise
from guards_trials import Forms, Function, Model, call, check, context, decorator, impatient, same

LOT = "guards-2"


@exercise("retry", "guard", 0, 1)
def retry2_does_the_same(model: Model) -> None:
    """`retry` of the distribution retry2, and `retry.retry_call`."""
    impatient()
    import retry

    told = functools.partial(retry.retry_call, tries=3)
    if "calls" in model:
        form = call(lambda: retry.retry_call)
        check(model, Forms(calls={"retry.api.retry_call": form}, told={"tries": (call(lambda: told), 3)}))
    else:
        form = decorator(retry.retry)
        check(
            model, Forms(decorators={"retry.retry": form}, told={"tries": (decorator(lambda: retry.retry(tries=3)), 3)})
        )


@exercise("purgatory", "guard", 0, 1, 2, 3)
def purgatory_circuitbreaker_does_the_same(model: Model) -> None:
    """`purgatory` of the distribution purgatory-circuitbreaker."""
    import purgatory

    [name] = {
        path.split("()")[0].rpartition(".")[2] for key in ("decorators", "contexts") for path in model.get(key, [])
    }
    factory = getattr(purgatory, name)

    def kept() -> Function:
        breakers: list[Any] = []

        async def enter() -> Any:
            if not breakers:
                breakers.append(await factory().get_breaker("orders"))
            return breakers[0]

        return enter

    path = f"purgatory.{name}()"
    if "decorators" in model:
        check(model, Forms(decorators={path: decorator(lambda: factory()("orders"))}))
        return
    each = context(lambda: functools.partial(factory().get_breaker, "orders"))
    one = same(lambda: factory().get_breaker("orders")) if name.startswith("Sync") else context(kept)
    check(model, Forms(contexts={f"{path}.get_breaker": each, f"{path}.get_breaker()": one}))


@exercise("pydantic", "settings", 0)
def pydantic_1_settings(model: Model) -> None:
    """Variables of the environment, and defaults; each way to say a prefix that goes before the names."""
    from pydantic import BaseSettings, Field

    class Inner(BaseSettings):  # type: ignore[misc, valid-type]
        class Config:
            env_prefix = "SHOP_"

        orders_url: str = "none"
        users_url: str = "none"
        other: str = Field("none", env="ORDERS_URL")

    class Keyword(BaseSettings, env_prefix="SHOP_"):  # type: ignore[misc, valid-type, call-arg]
        orders_url: str = "none"

    os.environ["ORDERS_URL"] = "plain"
    os.environ["SHOP_ORDERS_URL"] = "prefixed"
    said = {"class.attr:Config.attr:env_prefix": Inner, "class.kw:env_prefix": Keyword}
    assert set(model["prefix"].split("|")) == set(said)
    for place, cls in said.items():
        assert cls().orders_url == "prefixed", place
    assert Inner().users_url == "none"
    assert Inner().other == "plain"
