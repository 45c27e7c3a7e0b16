"""Guards and settings of the language itself."""

from __future__ import annotations

import asyncio
import concurrent.futures
import configparser
import functools
import os
import threading
from collections.abc import Callable
from typing import Any

from experiment import exercise
from guards_settings_read import NAME, URL, Reader, put_variable, reads
from guards_trials import SHORT, Failure, Form, Forms, Function, Model, call, context, decorator, guard, same

LOT = "python"


def soon() -> float:
    """A time of the event loop that comes after the limit."""
    return asyncio.get_running_loop().time() + SHORT


@guard("python", 0)
def asyncio_timeout() -> Forms:
    """It ends what is awaited, and not what blocks; `None` is no limit."""
    return Forms(
        contexts={"asyncio.timeout": context(lambda: lambda: asyncio.timeout(SHORT))},
        alike={"None": context(lambda: lambda: asyncio.timeout(None))},
    )


@guard("python", 1)
def asyncio_timeout_at() -> Forms:
    """It ends what is awaited, and not what blocks; `None` is no limit."""
    return Forms(
        contexts={"asyncio.timeout_at": context(lambda: lambda: asyncio.timeout_at(soon()))},
        alike={"None": context(lambda: lambda: asyncio.timeout_at(None))},
    )


@guard("python", 2)
def asyncio_wait_for() -> Forms:
    """It ends what is awaited; `None` is no limit."""
    return Forms(
        calls={"asyncio.wait_for": call(lambda: lambda function: asyncio.wait_for(function(), SHORT))},
        alike={"None": call(lambda: lambda function: asyncio.wait_for(function(), None))},
    )


@exercise("python", "guard", 3)
async def asyncio_gather(model: Model) -> None:
    """With `return_exceptions` failures are results; without, they go through."""

    async def function() -> None:
        raise Failure

    assert model["limit"] == "kw:return_exceptions"
    [found] = await asyncio.gather(function(), return_exceptions=True)
    assert isinstance(found, Failure)
    try:
        await asyncio.gather(function())
    except Failure:
        return
    raise AssertionError("it did not go through")


def waits(function: Function, seconds: float | None) -> Any:
    """Wait for a call."""
    return asyncio.wait([asyncio.ensure_future(function())], timeout=seconds)


@guard("python", 4)
def asyncio_wait() -> Forms:
    """It ends the wait; `None` is no limit."""
    return Forms(
        calls={"asyncio.wait": call(lambda: functools.partial(waits, seconds=SHORT))},
        alike={"None": call(lambda: functools.partial(waits, seconds=None))},
    )


async def completes(function: Function, seconds: float | None) -> Any:
    """Wait for the first of one."""
    for one in asyncio.as_completed([function()], timeout=seconds):
        return await one
    return None


def in_pool(wait: Callable[[Any], Any]) -> Form:
    """Wait with a limit for what a thread of a pool does that ends with the call."""

    def form(function: Function) -> Function:
        def once() -> Any:
            with concurrent.futures.ThreadPoolExecutor() as pool:
                return wait(pool.submit(function))

        return once

    return form


@guard("python", 5)
def asyncio_as_completed() -> Forms:
    """It ends the wait; limits for threads of a pool do not, where the pool ends as well."""
    return Forms(
        calls={"asyncio.as_completed": call(lambda: functools.partial(completes, seconds=SHORT))},
        alike={
            "None": call(lambda: functools.partial(completes, seconds=None)),
            "result": in_pool(lambda future: future.result(timeout=SHORT)),
            "wait": in_pool(lambda future: concurrent.futures.wait([future], timeout=SHORT)),
            "as_completed": in_pool(lambda future: next(concurrent.futures.as_completed([future], timeout=SHORT))),
        },
    )


@guard("python", 6)
def asyncio_semaphores() -> Forms:
    """One object holds back, one that is made for each call does not."""
    return Forms(
        contexts={
            "asyncio.Semaphore()": same(lambda: asyncio.Semaphore(2)),
            "asyncio.BoundedSemaphore()": same(lambda: asyncio.BoundedSemaphore(2)),
        },
        alike={"made for each call": context(lambda: lambda: asyncio.Semaphore(2))},
    )


@guard("python", 7)
def threading_semaphores() -> Forms:
    """One object holds threads back, one that is made for each call does not; coroutines are blocked for ever."""
    return Forms(
        contexts={
            "threading.Semaphore()": same(lambda: threading.Semaphore(2)),
            "threading.BoundedSemaphore()": same(lambda: threading.BoundedSemaphore(2)),
        },
        alike={"made for each call": context(lambda: lambda: threading.Semaphore(2))},
    )


def cached_property(function: Function) -> Function:
    """A property of an object that is read with each call."""

    class Owner:
        value = functools.cached_property(lambda _: function())

    owner = Owner()
    return lambda: owner.value


@guard("python", 8)
def functools_caches() -> Forms:
    """Results of ordinary functions are kept; a coroutine can be awaited once only."""
    return Forms(
        decorators={
            "functools.cache": decorator(lambda: functools.cache),
            "functools.lru_cache": decorator(lambda: functools.lru_cache),
            "functools.cached_property": cached_property,
        },
    )


@exercise("python", "settings", 0)
def environment(model: Model) -> None:
    """A variable that is set, and the default of one that is not."""
    assert model["mappings"] == ["os.environ"]
    reads(model, {"os.getenv": Reader(os.getenv), "os.environ.get": Reader(os.environ.get)}, put_variable)
    assert os.environ[NAME] == URL


@exercise("python", "settings", 1)
def configuration_file(model: Model) -> None:
    """An option of a file that is there, and the fallback of one that is not; the environment is not looked at."""
    assert not model["environment"]
    os.environ[NAME] = "elsewhere"
    typed = {"get": (URL, URL), "getboolean": ("yes", True), "getfloat": ("0.5", 0.5), "getint": ("3", 3)}
    for cls in (configparser.ConfigParser, configparser.RawConfigParser):
        parser = cls()

        def put(name: str, text: str, parser: configparser.RawConfigParser = parser) -> None:
            parser.read_dict({"shop": {name: text}})

        own = {
            f"configparser.{cls.__name__}().{name}": Reader(getattr(parser, name), text, value, before=("shop",))
            for name, (text, value) in typed.items()
        }
        reads({**model, "functions": list(own), "name": "arg:1"}, own, put)
    assert model["name"] == "arg:1|kw:option"
    assert parser.get("shop", option=NAME)
