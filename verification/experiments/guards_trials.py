"""Trials of guards: a function that fails, hangs, is crowded or is called often, called through each form of a guard.

A form is written once and tried on an ordinary function and on a coroutine function; `on_sync` and `on_async` of the
table say where it must protect, and where it must not.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import itertools
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from experiment import exercise

Model = dict[str, Any]
Function = Callable[..., Any]
# Makes, for a function, what calls it once through a guard that is made for these calls.
Form = Callable[[Function], Function]

DONE = "done"
INSTEAD = "instead"
KEYS = ("decorators", "contexts", "calls", "iterators")

SHORT, LONG = 0.3, 1.7  # seconds: the limit of a guard, and what is waited for
ENDLESS = 200  # attempts after which a retry is taken to go on for ever

_numbers = itertools.count()


class Failure(Exception):  # noqa: N818
    """What a failing function raises."""


# --- forms ------------------------------------------------------------------------------------------------------------


def decorator(make: Callable[[], Any]) -> Form:
    """`@make()` on the function."""

    def form(function: Function) -> Function:
        decorate: Callable[[Function], Function] = make()
        return decorate(function)

    return form


def call(make: Callable[[], Function]) -> Form:
    """`make()(function)`, where what `make` returns is kept."""

    def form(function: Function) -> Function:
        caller = make()
        return lambda: caller(function)

    return form


def context(make: Callable[[], Callable[[], Any]], *, running: bool = False) -> Form:
    """`with make()():` around a call of the function, where what `make` returns is kept.

    Args:
        make: Makes what makes the context managers.
        running: They need a running event loop, also around ordinary functions.
    """

    def form(function: Function) -> Function:
        enter = make()

        async def once() -> Any:
            manager = enter()
            if inspect.isawaitable(manager):
                manager = await manager
            if hasattr(manager, "__aenter__"):
                async with manager:
                    return await awaited(function())
            with manager:
                return await awaited(function())

        def plain() -> Any:
            with enter():
                return function()

        return once if running or inspect.iscoroutinefunction(function) or not _enters(enter) else plain

    return form


def same(make: Callable[[], Any]) -> Form:
    """`with guard:`, the same object for all calls."""

    def keep() -> Callable[[], Any]:
        guard = make()
        return lambda: guard

    return context(keep)


def loop(make: Callable[[], Any]) -> Form:
    """`for attempt in make(): with attempt:` around a call of the function."""

    def form(function: Function) -> Function:
        def plain() -> Any:
            result = INSTEAD
            for attempt in make():
                with attempt:
                    result = function()
            return result

        async def once() -> Any:
            result = INSTEAD
            attempts = make()
            if hasattr(attempts, "__aiter__"):
                async for attempt in attempts:
                    with attempt:
                        result = await awaited(function())
                return result
            for attempt in attempts:
                with attempt:
                    result = await awaited(function())
            return result

        return once if inspect.iscoroutinefunction(function) or not _iterates(make) else plain

    return form


async def awaited(value: Any) -> Any:
    """A value, or what a coroutine gives."""
    return await value if inspect.isawaitable(value) else value


def _iterates(make: Callable[[], Any]) -> bool:
    """Whether the attempts can be looped over by ordinary code."""
    try:
        iter(make())
    except TypeError:
        return False
    return True


def _enters(enter: Callable[[], Any]) -> bool:
    """Whether the context managers are for ordinary code, and need no event loop."""
    try:
        manager = enter()
    except Exception:  # noqa: BLE001  (it needs an event loop)
        return False
    if inspect.iscoroutine(manager):
        manager.close()
    return hasattr(manager, "__enter__") and not hasattr(manager, "__aenter__")


# --- what is tried ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Forms:
    """The forms of a table, by its keys and access paths.

    Attributes:
        decorators: Its decorators.
        contexts: Its context managers.
        calls: Its functions.
        iterators: Its iterables.
        alike: What looks like a guard and is none, by a name.
        falling: With another result, where the table has a selector of one.
        told: Retries that are told how often, with how often they then try.
        run: What runs a coroutine function.
    """

    decorators: Mapping[str, Form] = field(default_factory=dict)
    contexts: Mapping[str, Form] = field(default_factory=dict)
    calls: Mapping[str, Form] = field(default_factory=dict)
    iterators: Mapping[str, Form] = field(default_factory=dict)
    alike: Mapping[str, Form] = field(default_factory=dict)
    falling: Mapping[str, Form] = field(default_factory=dict)
    told: Mapping[str, tuple[Form, int]] = field(default_factory=dict)
    run: Callable[[Callable[[], Coroutine[Any, Any, Any]]], Any] = lambda main: asyncio.run(main())


class Trial(Protocol):
    """Says whether a form protects an ordinary or a coroutine function in one of the ways there are."""

    def __call__(self, forms: Forms, form: Form, *, is_async: bool, model: Model) -> bool:
        """Try it."""


Maker = Callable[[], Forms]


def guard(library: str, *indexes: int) -> Callable[[Maker], Maker]:
    """Register a function that makes the forms of tables; it is called when their library is at hand."""

    def register(make: Maker) -> Maker:
        def tried(model: Model) -> None:
            if "retry" in model["gives"]:
                impatient()
            check(model, make())

        tried.__name__ = make.__name__
        tried.__doc__ = make.__doc__
        exercise(library, "guard", *indexes)(tried)
        return make

    return register


def check(model: Model, forms: Forms) -> None:
    """Try all forms of a table; what it lists must be tried, and what is tried listed."""
    for key in KEYS:
        assert set(getattr(forms, key)) == set(model.get(key, [])), f"{key}: {sorted(getattr(forms, key))}"
    listed = [item for key in KEYS for item in getattr(forms, key).items()]
    for gives in model["gives"]:
        trial = TRIALS[gives]
        for path, form in listed:
            for is_async in (False, True):
                expected = model.get("on_async" if is_async else "on_sync", True)
                if not expected and gives == "bulkhead" and not is_async:
                    continue  # ordinary functions of one thread never overlap
                seen = trial(forms, form, is_async=is_async, model=model)
                assert seen == expected, f"{path}: {gives} {'on_async' if is_async else 'on_sync'} = {seen}"
        for name, form in forms.alike.items():
            for is_async in (False, True):
                assert not trial(forms, form, is_async=is_async, model=model), f"{name}: {gives}, async {is_async}"
    assert bool(forms.falling) == ("fallback" in model)
    assert bool(forms.told) == ("attempts" in model)
    for is_async in (False, True):
        if model.get("on_async" if is_async else "on_sync", True):
            for name, form in forms.falling.items():
                assert falls_back_at_last(forms, form, is_async=is_async), f"{name}, async {is_async}"
            for name, (form, times) in forms.told.items():
                assert attempts(forms, form, is_async=is_async) == times, f"{name}, async {is_async}"


def function_of(body: Function, *, is_async: bool) -> Function:
    """An ordinary or a coroutine function with a name of its own; caches know functions by their names."""

    async def waiting(*args: Any, **kwargs: Any) -> Any:
        return body(*args, **kwargs)

    def plain(*args: Any, **kwargs: Any) -> Any:
        return body(*args, **kwargs)

    function = waiting if is_async else plain
    function.__name__ = function.__qualname__ = f"function_{next(_numbers)}"
    return function


def needs_loop(form: Form, function: Function) -> bool:
    """Whether calls of a function through a form need a running event loop; also an ordinary one may be awaited."""
    if inspect.iscoroutinefunction(function):
        return True
    try:
        once = form(function_of(lambda *_, **__: DONE, is_async=False))
        value = None if inspect.iscoroutinefunction(once) else once()
    except Exception:  # noqa: BLE001  (what is wrong is seen again)
        return True
    if inspect.iscoroutine(value):
        value.close()
    return inspect.iscoroutinefunction(once) or inspect.isawaitable(value)


def outcomes(forms: Forms, form: Form, body: Function, times: int, *, is_async: bool) -> list[Any]:
    """What calls through a form end with, one after the other: results and exceptions."""
    function = function_of(body, is_async=is_async)
    seen: list[Any] = []

    async def several() -> None:
        once = form(function)
        for _ in range(times):
            try:
                seen.append(await awaited(once()))
            except Exception as error:  # noqa: BLE001  (libraries raise what they like)
                seen.append(error)

    try:
        if needs_loop(form, function):
            forms.run(several)
        else:
            once = form(function)
            for _ in range(times):
                try:
                    seen.append(once())
                except Exception as error:  # noqa: BLE001
                    seen.append(error)
    except Exception as error:  # noqa: BLE001  (it does not even take the function, or ends the event loop)
        seen.append(error)
    return seen


# --- trials -----------------------------------------------------------------------------------------------------------


def breaks(forms: Forms, form: Form, *, is_async: bool, model: Model) -> bool:
    """After a success and some failures, further calls do not reach the function."""
    del model
    reached = []

    def body(*_: Any, **__: Any) -> str:
        reached.append(1)
        if len(reached) > 1:
            raise Failure
        return DONE

    first, *_rest = [*outcomes(forms, form, body, 13, is_async=is_async), None]
    return first == DONE and 1 < len(reached) < 13


def falls_back(forms: Forms, form: Form, *, is_async: bool, model: Model) -> bool:
    """A failure gives another result; one that is kept from before, where that is what it gives."""
    del model
    first, *rest = _after_a_success(forms, form, is_async=is_async)
    return first == DONE and bool(rest) and all(value in (INSTEAD, DONE) for value in rest)


def falls_back_at_last(forms: Forms, form: Form, *, is_async: bool) -> bool:
    """The same after some failures that go through, as those that open a breaker."""
    first, *rest = _after_a_success(forms, form, is_async=is_async)
    return first == DONE and rest[-1:] == [INSTEAD]


def _after_a_success(forms: Forms, form: Form, *, is_async: bool) -> list[Any]:
    """What calls of a function end with that succeeds once and then fails."""
    reached = []

    def body(*_: Any, **__: Any) -> str:
        reached.append(1)
        if len(reached) > 1:
            raise Failure
        return DONE

    return outcomes(forms, form, body, 3, is_async=is_async)


def times_out(forms: Forms, form: Form, *, is_async: bool, model: Model) -> bool:
    """A call that takes longer is given up; an ordinary function waits for a socket."""
    del model

    def body(*_: Any, **__: Any) -> str:
        here, there = socket.socketpair()

        def answer() -> None:
            with contextlib.suppress(OSError):
                there.send(b"!")

        timer = threading.Timer(LONG, answer)
        timer.daemon = True
        timer.start()
        here.recv(1)
        return DONE

    async def waiting(*_: Any, **__: Any) -> str:
        await asyncio.sleep(LONG)
        return DONE

    function = waiting if is_async else body
    seconds: list[float] = []

    async def several() -> None:
        once = form(function)
        started = time.monotonic()
        with contextlib.suppress(Exception):
            await awaited(once())
        seconds.append(time.monotonic() - started)

    try:
        if needs_loop(form, function):
            forms.run(several)
        else:
            once = form(function)
            started = time.monotonic()
            # What says that time is up is not always an `Exception`.
            with contextlib.suppress(BaseException):
                once()
            seconds.append(time.monotonic() - started)
    except Exception:  # noqa: BLE001  (it ends the event loop instead of the call)
        return False
    return bool(seconds) and 0.8 * SHORT < seconds[0] < LONG - SHORT


def attempts(forms: Forms, form: Form, *, is_async: bool) -> float:
    """How often a function that fails and fails is called; infinite where that does not end."""
    reached = []

    def body(*_: Any, **__: Any) -> str:
        reached.append(1)
        if len(reached) < ENDLESS:
            raise Failure
        return DONE

    outcomes(forms, form, body, 1, is_async=is_async)
    return len(reached) if len(reached) < ENDLESS else float("inf")


def retries(forms: Forms, form: Form, *, is_async: bool, model: Model) -> bool:
    """A failing function is called as often as the table says; one that succeeds, once."""
    if outcomes(forms, form, lambda *_, **__: DONE, 1, is_async=is_async) != [DONE]:
        return False
    times = attempts(forms, form, is_async=is_async)
    if times > 1 and form not in forms.alike.values():
        assert times == model.get("tries", 1), f"{times} attempts"
    return times > 1


def crowds(forms: Forms, form: Form, *, is_async: bool, model: Model) -> bool:
    """Of four at the same time no more than two are inside at once."""
    del model
    inside: list[int] = [0]
    most: list[int] = [0]
    results: list[Any] = []

    def step(change: int) -> None:
        inside[0] += change
        most[0] = max(most[0], inside[0])

    async def waiting(*_: Any, **__: Any) -> str:
        step(1)
        await asyncio.sleep(0.1)
        step(-1)
        return DONE

    def body(*_: Any, **__: Any) -> str:
        step(1)
        time.sleep(0.1)
        step(-1)
        return DONE

    async def one(once: Function) -> None:
        with contextlib.suppress(Exception):
            results.append(await awaited(once()))

    def another(once: Function) -> None:
        with contextlib.suppress(Exception):
            results.append(once())

    async def together() -> None:
        once = form(waiting)
        await asyncio.gather(*[one(once) for _ in range(4)])

    if is_async:
        # In a thread, as it may never end.
        threads = [threading.Thread(target=forms.run, args=(together,), daemon=True)]
    else:
        once = form(body)
        threads = [threading.Thread(target=another, args=(once,), daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(3)
    return DONE in results and most[0] <= 2 and not any(thread.is_alive() for thread in threads)


def limits(forms: Forms, form: Form, *, is_async: bool, model: Model) -> bool:
    """Of four calls that follow each other at once, two must wait or are refused."""
    del model
    started = time.monotonic()
    seen = outcomes(forms, form, lambda *_, **__: DONE, 4, is_async=is_async)
    refused = [value for value in seen if isinstance(value, Exception)]
    return DONE in seen and (len(refused) == 2 or (not refused and time.monotonic() - started > SHORT))


def caches(forms: Forms, form: Form, *, is_async: bool, model: Model) -> bool:
    """A second call does not reach the function; where the first failed, it does, and fails as well."""
    del model
    reached = []

    def good(*_: Any, **__: Any) -> str:
        reached.append(1)
        return DONE

    def bad(*_: Any, **__: Any) -> str:
        raise Failure

    if outcomes(forms, form, good, 2, is_async=is_async) != [DONE, DONE] or len(reached) != 1:
        return False
    assert all(isinstance(value, Failure) for value in outcomes(forms, form, bad, 2, is_async=is_async))
    return True


TRIALS: dict[str, Trial] = {
    "breaker": breaks,
    "fallback": falls_back,
    "timeout": times_out,
    "retry": retries,
    "bulkhead": crowds,
    "ratelimit": limits,
    "cache": caches,
}


def impatient() -> None:
    """Take away the pauses between attempts, for the rest of the process; before a library takes `sleep` over."""
    pause = _pause

    async def soon(_: float, result: Any = None) -> Any:
        await pause(0)
        return result

    asyncio.sleep = soon  # type: ignore[assignment]
    time.sleep = lambda _: None  # type: ignore[assignment]


_pause = asyncio.sleep
