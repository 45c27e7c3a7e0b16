"""Stored data: older releases, whose tables say something else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from data_local import HOST, last, outlasts, resolve, seconds, silent
from experiment import exercise

LOT = "data-2"
Model = dict[str, Any]


@exercise("sqlalchemy", "sql", 2)
def plain_texts_of_sqlalchemy(model: Model) -> None:
    """Engines, connections and sessions take plain text, also by name."""
    sqlalchemy, orm = resolve("sqlalchemy"), resolve("sqlalchemy.orm")
    engine = sqlalchemy.create_engine("sqlite://", poolclass=resolve("sqlalchemy.pool").StaticPool)
    engine.execute("CREATE TABLE orders (number INTEGER)")
    owners = {"Engine": engine, "Connection": engine.connect(), "Session": orm.Session(engine)}
    assert set(owners) == set(map(last, model["classes"]))
    for owner in owners.values():
        for name in model["methods"]:
            assert getattr(owner, name)("SELECT number FROM orders").all() == []
            assert getattr(owner, name)(statement="SELECT number FROM orders").all() == []
    assert model["sql"] == "arg:0|kw:statement"


def redis_call(path: str, port: int, limit: dict[str, Any]) -> Any:
    """Get a key."""
    if "from_url" in path:
        return resolve(path)(f"redis://{HOST}:{port}", **limit).get("cart:1")
    return resolve(path)(host=HOST, port=port, **limit).get("cart:1")


def whole(call: Callable[[], Any]) -> Callable[[], object]:
    """A call, awaited where that is what it gives."""

    def run() -> object:
        async def awaited() -> object:
            made = call()
            return await made if hasattr(made, "__await__") else made

        return asyncio.run(awaited())

    return run


@exercise("redis", "database", 4, 5, 6, 7)
def redis_waits_for_ever(model: Model) -> None:
    """Without a limit a call waits for a server that never answers; a limit ends the wait."""
    assert model["versions"] == "<8"
    assert "default_timeout" not in model
    port = silent()
    for path in model["functions"]:
        if "RedisCluster" not in path and "Sentinel" not in path:
            took = seconds(whole(lambda path=path: redis_call(path, port, {"socket_timeout": 1})))
            assert took < 3, took
            assert outlasts(whole(lambda path=path: redis_call(path, port, {})), 3), path
