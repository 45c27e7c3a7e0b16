"""Queues of the standard library keep what is put into them in the process."""

from __future__ import annotations

import asyncio
import queue
from typing import Any

from experiment import exercise
from messaging_peers import Model, ways

LOT = "python"


@exercise("python", "publisher", 0, 1, 2)
async def queues_are_local(model: Model) -> None:
    """What is put into a queue comes out of it."""
    modules = {"queue": queue, "asyncio": asyncio}
    for path in model["classes"]:
        module, _, name = path.partition(".")
        for method in model["methods"]:
            for words in ways(model, payload="order"):
                made: Any = getattr(modules[module], name)()
                given = getattr(made, method)(*words.args, **words.kwargs)
                if model.get("mode") == "async":
                    await given
                assert made.get_nowait() == "order"
    assert model["delivery"] == "local"
