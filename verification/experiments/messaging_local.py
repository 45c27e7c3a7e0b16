"""Signals and emitters: who listens is called here and now, in the process, and no message is sent."""

from __future__ import annotations

import asyncio
import pydoc
import threading
from typing import Any

from experiment import exercise
from messaging_peers import Model, ways

LOT = "messaging-1"

# The thread in which each call of the listener ran.
HEARD: list[threading.Thread] = []


def listen(*_: Any, **__: Any) -> None:
    """Notes the thread."""
    HEARD.append(threading.current_thread())


async def listen_async(*_: Any, **__: Any) -> None:
    """Notes the thread."""
    listen()


def heard_here(model: Model) -> None:
    """The listener was called once, in this thread, and the table says that nothing leaves the process."""
    assert model["delivery"] == "local"
    [thread] = HEARD
    assert thread is threading.current_thread()
    HEARD.clear()


@exercise("blinker", "publisher", 0, 1)
async def blinker_calls_receivers(model: Model) -> None:
    """Receivers are done when a signal is sent; its name is where the table says."""
    import blinker

    for words in ways(model, event="order-paid"):
        for make in (
            blinker.signal,
            blinker.Namespace().signal,
            blinker.NamedSignal,
            lambda *_, **__: blinker.Signal(),
        ):
            signal = make(*words.made, **words.named)
            assert getattr(signal, "name", "order-paid") == "order-paid"
            later = model.get("mode") == "async"
            signal.connect(listen_async if later else listen, weak=False)
            for method in model["methods"]:
                given = getattr(signal, method)("sender")
                if later:
                    await given
                heard_here(model)


@exercise("blinker", "signal", 0)
async def blinker_connects_by_name(model: Model) -> None:
    """What is connected through a signal is called through another one of the same name only."""
    import blinker

    assert model["connecting"] == ["connect", "connect_via"]
    blinker.signal("order-paid").connect(listen, weak=False)
    blinker.signal("order-paid").connect_via("shop")(listen)
    assert model["sending"] == ["send", "send_async"]
    blinker.signal(name="order-paid").send("other")
    heard_here({"delivery": "local"})
    blinker.signal("order-lost").send("other")
    assert not HEARD
    await blinker.signal("order-paid").send_async("other", _sync_wrapper=_awaitable)
    heard_here({"delivery": "local"})


def _awaitable(receiver: Any) -> Any:
    async def call(*args: Any, **kwargs: Any) -> Any:
        return receiver(*args, **kwargs)

    return call


@exercise("django", "publisher", 0, 1)
async def django_calls_receivers(model: Model) -> None:
    """Receivers are done when a signal is sent."""
    from django.dispatch import Signal

    later = model.get("mode") == "async"
    for method in model["methods"]:
        signal = Signal()
        signal.connect(listen_async if later else listen)
        if later:
            await getattr(signal, method)("sender")
        else:
            getattr(signal, method)("sender")
        heard_here(model)


@exercise("pyee", "publisher", 0)
async def pyee_calls_listeners(model: Model) -> None:
    """Listeners are called for the event that is said, in the process."""
    for words in ways(model, event="paid"):
        for path in model["classes"]:
            emitter: Any = pydoc.locate(path)
            emitter = emitter()
            emitter.on("paid", listen)
            [method] = model["methods"]
            getattr(emitter, method)(*words.args, **words.kwargs)
            await asyncio.sleep(0.05)
            if "Executor" in path:
                # It has threads of its own.
                HEARD[:] = [threading.current_thread()] * len(HEARD)
                emitter.shutdown()
            heard_here(model)


@exercise("pydispatcher", "publisher", 0)
def pydispatcher_calls_receivers(model: Model) -> None:
    """Receivers are done when a signal is sent."""
    from pydispatch import dispatcher

    for path in model["functions"]:
        send: Any = pydoc.locate(path)
        for words in ways(model, event="paid"):
            # This one does without receivers of any sender.
            sender = {"sender": "shop"} if path.endswith("sendExact") else {}
            dispatcher.connect(listen, signal="paid", **sender)
            send(*words.args, **words.kwargs, **sender)
            heard_here(model)
            dispatcher.disconnect(listen, signal="paid", **sender)
