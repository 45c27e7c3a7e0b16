"""Guards of libraries: which forms protect a call that fails, hangs or comes too often, and which do not."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import inspect
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from experiment import exercise
from guards_trials import (
    DONE,
    ENDLESS,
    INSTEAD,
    SHORT,
    Failure,
    Form,
    Forms,
    Function,
    Model,
    call,
    context,
    decorator,
    guard,
    impatient,
    loop,
    same,
)

LOT = "guards-1"


async def instead(*_: Any, **__: Any) -> str:
    """Another result, of a coroutine function."""
    return INSTEAD


def applied(make: Callable[[], Callable[[], Any]]) -> Callable[[], Any]:
    """What calls what is made: `@breaker()`."""

    def call_it() -> Any:
        made = make()
        return made()

    return call_it


def either(function: Function) -> Function:
    """Another result: of a coroutine function for a coroutine function."""
    return instead if inspect.iscoroutinefunction(function) else lambda *_, **__: INSTEAD


# --- breakers ---------------------------------------------------------------------------------------------------------


@guard("pybreaker", 0)
def pybreaker_calls_functions() -> Forms:
    """The decorator and `call` open for ordinary functions only."""
    from pybreaker import CircuitBreaker

    def make() -> Any:
        return CircuitBreaker(fail_max=3)

    return Forms(
        decorators={
            "pybreaker.CircuitBreaker": decorator(make),
            "pybreaker.CircuitBreaker()": decorator(applied(make)),
        },
        calls={"pybreaker.CircuitBreaker().call": call(lambda: make().call)},
    )


@guard("pybreaker", 1)
def pybreaker_calling() -> Forms:
    """The context manager opens also around what is awaited."""
    from pybreaker import CircuitBreaker

    return Forms(contexts={"pybreaker.CircuitBreaker().calling": context(lambda: CircuitBreaker(fail_max=3).calling)})


@guard("pybreaker", 2)
def pybreaker_calls_coroutines() -> Forms:
    """With Tornado `call_async` opens for coroutine functions."""
    from pybreaker import CircuitBreaker

    return Forms(calls={"pybreaker.CircuitBreaker().call_async": call(lambda: CircuitBreaker(fail_max=3).call_async)})


@guard("circuitbreaker")
def circuitbreaker_decorates() -> Forms:
    """Only decorators open; `with` and `call` never reject."""
    from circuitbreaker import CircuitBreaker, circuit

    return Forms(
        decorators={
            "circuitbreaker.circuit": decorator(lambda: circuit),
            "circuitbreaker.CircuitBreaker": decorator(CircuitBreaker),
            "circuitbreaker.CircuitBreaker()": decorator(CircuitBreaker),
            "circuitbreaker.CircuitBreaker().decorate": decorator(lambda: CircuitBreaker().decorate),
        },
        alike={
            "with": same(CircuitBreaker),
            "call": call(lambda: CircuitBreaker().call),
            "call_async": call(lambda: CircuitBreaker().call_async),
        },
        falling={
            "keyword": lambda f: circuit(failure_threshold=1, fallback_function=either(f))(f),
            "position": lambda f: CircuitBreaker(1, None, None, None, either(f))(f),
        },
    )


@guard("aiobreaker", 0)
def aiobreaker_decorates() -> Forms:
    """Decorators open for all functions, and the time that it stays open interrupts none."""
    from aiobreaker import CircuitBreaker

    make = functools.partial(CircuitBreaker, timeout_duration=timedelta(seconds=30))
    return Forms(
        decorators={
            "aiobreaker.CircuitBreaker": decorator(make),
            "aiobreaker.CircuitBreaker()": decorator(applied(make)),
        }
    )


@guard("aiobreaker", 1)
def aiobreaker_calls_functions() -> Forms:
    """`call` opens for ordinary functions only."""
    from aiobreaker import CircuitBreaker

    return Forms(calls={"aiobreaker.CircuitBreaker().call": call(lambda: CircuitBreaker().call)})


@guard("aiobreaker", 2)
def aiobreaker_calls_coroutines() -> Forms:
    """`call_async` is for coroutine functions."""
    from aiobreaker import CircuitBreaker

    return Forms(calls={"aiobreaker.CircuitBreaker().call_async": call(lambda: CircuitBreaker().call_async)})


@guard("purgatory", 0)
def purgatory_sync_decorates() -> Forms:
    """The decorator opens for ordinary functions only."""
    from purgatory import SyncCircuitBreakerFactory as Factory

    return Forms(decorators={"purgatory.SyncCircuitBreakerFactory()": decorator(lambda: Factory()("orders"))})


@guard("purgatory", 1)
def purgatory_sync_context() -> Forms:
    """The context manager opens also around what is awaited."""
    from purgatory import SyncCircuitBreakerFactory as Factory

    return Forms(
        contexts={
            "purgatory.SyncCircuitBreakerFactory().get_breaker": context(
                lambda: functools.partial(Factory().get_breaker, "orders")
            ),
            "purgatory.SyncCircuitBreakerFactory().get_breaker()": same(lambda: Factory().get_breaker("orders")),
        }
    )


@guard("purgatory", 2)
def purgatory_async_decorates() -> Forms:
    """The decorator is for coroutine functions."""
    from purgatory import AsyncCircuitBreakerFactory as Factory

    return Forms(decorators={"purgatory.AsyncCircuitBreakerFactory()": decorator(lambda: Factory()("orders"))})


@guard("purgatory", 3)
def purgatory_async_context() -> Forms:
    """The context manager opens also around ordinary functions."""
    from purgatory import AsyncCircuitBreakerFactory as Factory

    def kept() -> Function:
        breakers: list[Any] = []

        async def enter() -> Any:
            if not breakers:
                breakers.append(await Factory().get_breaker("orders"))
            return breakers[0]

        return enter

    return Forms(
        contexts={
            "purgatory.AsyncCircuitBreakerFactory().get_breaker": context(
                lambda: functools.partial(Factory().get_breaker, "orders")
            ),
            "purgatory.AsyncCircuitBreakerFactory().get_breaker()": context(kept),
        }
    )


@guard("aiocircuitbreaker")
def aiocircuitbreaker_decorates() -> Forms:
    """Only decorators open, and they refuse ordinary functions; `with` and `call` never reject."""
    from aiocircuitbreaker import CircuitBreaker, circuit

    return Forms(
        decorators={
            "aiocircuitbreaker.circuit": decorator(lambda: circuit),
            "aiocircuitbreaker.CircuitBreaker": decorator(CircuitBreaker),
            "aiocircuitbreaker.CircuitBreaker()": decorator(CircuitBreaker),
            "aiocircuitbreaker.CircuitBreaker().decorate": decorator(lambda: CircuitBreaker().decorate),
        },
        alike={"with": same(CircuitBreaker), "call": call(lambda: CircuitBreaker().call)},
        falling={
            "keyword": decorator(lambda: circuit(failure_threshold=1, fallback_function=instead)),
            "position": decorator(lambda: CircuitBreaker(1, None, None, "", instead)),
        },
    )


@guard("pycircuitbreaker")
def pycircuitbreaker_functions() -> Forms:
    """It opens for ordinary functions only, and takes no options as a decorator."""
    from pycircuitbreaker import CircuitBreaker, circuit

    return Forms(
        decorators={"pycircuitbreaker.circuit": decorator(lambda: circuit)},
        calls={"pycircuitbreaker.CircuitBreaker().call": call(lambda: CircuitBreaker().call)},
        alike={"with options": decorator(lambda: circuit(error_threshold=3))},
    )


class Kept(dict[str, Any]):
    """A cache for lasier, without time limits."""

    def add(self, key: str, value: Any, _: Any = None) -> None:
        """Set what is not there."""
        self.setdefault(key, value)

    def set(self, key: str, value: Any, _: Any = None) -> None:
        """Set."""
        self[key] = value

    def incr(self, key: str) -> int:
        """Count."""
        self[key] = self.get(key, 0) + 1
        return int(self[key])

    def delete(self, key: str) -> None:
        """Remove."""
        self.pop(key, None)

    def expire(self, key: str, _: Any) -> None:
        """Nothing: a trial does not last that long."""


class Awaited:
    """The same cache for coroutines."""

    def __init__(self) -> None:
        self._kept = Kept()

    def __getattr__(self, name: str) -> Function:
        async def method(*args: Any, **kwargs: Any) -> Any:
            return getattr(self._kept, name)(*args, **kwargs)

        return method


def lasier(kind: str) -> Callable[[], Callable[[], Any]]:
    """What makes breakers with a cache of their own."""
    import importlib

    from lasier.circuit_breaker.rules import MaxFailuresRule

    breaker = importlib.import_module(f"lasier.circuit_breaker.{kind}").CircuitBreaker

    def make() -> Callable[[], Any]:
        return functools.partial(
            breaker,
            rule=MaxFailuresRule(max_failures=3, failure_cache_key="failures"),
            cache=Kept() if kind == "sync" else Awaited(),
            failure_exception=RuntimeError,
            catch_exceptions=(Failure,),
        )

    return make


def lasier_forms(kind: str, key: str) -> Forms:
    """The breaker made anew for each call, and once for all."""
    make = lasier(kind)
    path = f"lasier.circuit_breaker.{kind}.CircuitBreaker"
    if key == "decorators":
        return Forms(decorators={path: decorator(applied(make)), f"{path}()": decorator(applied(make))})
    return Forms(contexts={path: context(make), f"{path}()": same(applied(make))})


@guard("lasier", 0)
def lasier_sync_decorates() -> Forms:
    """The decorator opens for ordinary functions only."""
    return lasier_forms("sync", "decorators")


@guard("lasier", 1)
def lasier_sync_context() -> Forms:
    """The context manager opens also around what is awaited."""
    return lasier_forms("sync", "contexts")


@guard("lasier", 2)
def lasier_async_decorates() -> Forms:
    """The decorator is for coroutine functions."""
    return lasier_forms("asyncio", "decorators")


@guard("lasier", 3)
def lasier_async_context() -> Forms:
    """The context manager opens also around ordinary functions."""
    return lasier_forms("asyncio", "contexts")


# --- hyx --------------------------------------------------------------------------------------------------------------


@guard("hyx", 0)
def hyx_breaker_decorates() -> Forms:
    """The decorator is for coroutine functions."""
    from hyx.circuitbreaker import consecutive_breaker

    path = "hyx.circuitbreaker.consecutive_breaker"
    return Forms(decorators={path: decorator(consecutive_breaker), f"{path}()": decorator(consecutive_breaker)})


@guard("hyx", 1)
def hyx_breaker_context() -> Forms:
    """One object opens, one that is made for each call does not."""
    from hyx.circuitbreaker import consecutive_breaker

    return Forms(
        contexts={"hyx.circuitbreaker.consecutive_breaker()": same(consecutive_breaker)},
        alike={"made for each call": context(lambda: consecutive_breaker)},
    )


@guard("hyx", 2)
def hyx_retry() -> Forms:
    """`attempts` are those after the first; none are for ever."""
    from hyx.retry import retry

    return Forms(
        decorators={"hyx.retry.retry": decorator(retry)},
        told={"attempts=5": (decorator(lambda: retry(attempts=5)), 6)},
    )


@guard("hyx", 3)
def hyx_timeout() -> Forms:
    """The context manager ends what is awaited; the decorator cannot be applied outside of an event loop."""
    from hyx.timeout import timeout

    with contextlib.suppress(RuntimeError):
        timeout(SHORT)(instead)
        raise AssertionError("it can be applied")
    return Forms(contexts={"hyx.timeout.timeout": context(lambda: lambda: timeout(SHORT))})


@guard("hyx", 4)
def hyx_fallback() -> Forms:
    """It gives another result."""
    from hyx.fallback import fallback

    return Forms(decorators={"hyx.fallback.fallback": decorator(lambda: fallback(instead))})


@guard("hyx", 5)
def hyx_bulkhead() -> Forms:
    """One object holds back, one that is made for each call does not."""
    from hyx.bulkhead import bulkhead

    make = functools.partial(bulkhead, 2, 9)
    return Forms(
        decorators={"hyx.bulkhead.bulkhead": decorator(make), "hyx.bulkhead.bulkhead()": decorator(make)},
        contexts={"hyx.bulkhead.bulkhead()": same(make)},
        alike={"made for each call": context(lambda: make)},
    )


@guard("hyx", 6)
def hyx_rate() -> Forms:
    """One object holds back, one that is made for each call does not; neither can be made outside of an event loop."""
    from hyx.ratelimit import TokenBucketLimiter, ratelimiter, tokenbucket

    bucket = functools.partial(tokenbucket, 2, 1)

    def limiter() -> Any:
        return ratelimiter(TokenBucketLimiter(2, 1))

    with contextlib.suppress(RuntimeError):
        bucket()
        raise AssertionError("it can be made")
    return Forms(
        contexts={"hyx.ratelimit.tokenbucket()": same(bucket), "hyx.ratelimit.ratelimiter()": same(limiter)},
        alike={"made for each call": context(lambda: bucket)},
    )


# --- retries ----------------------------------------------------------------------------------------------------------


def tenacious() -> tuple[Any, dict[str, Any]]:
    """tenacity, and how to give another result after two attempts."""
    import tenacity

    return tenacity, {"stop": tenacity.stop_after_attempt(2), "retry_error_callback": lambda _: INSTEAD}


@guard("tenacity", 0)
def tenacity_decorates() -> Forms:
    """Without `stop` it never ends."""
    tenacity, ending = tenacious()
    return Forms(
        decorators={"tenacity.retry": decorator(lambda: tenacity.retry)},
        falling={"callback": decorator(lambda: tenacity.retry(**ending))},
        told={
            "position": (decorator(lambda: tenacity.retry(stop=tenacity.stop_after_attempt(3))), 3),
            "keyword": (decorator(lambda: tenacity.retry(stop=tenacity.stop_after_attempt(max_attempt_number=3))), 3),
        },
    )


def tenacity_loops(suffix: str) -> Forms:
    """Loops over what is made in the loop or before."""
    tenacity, ending = tenacious()
    return Forms(
        iterators={f"tenacity.{name}{suffix}": loop(getattr(tenacity, name)) for name in ("Retrying", "AsyncRetrying")},
        falling={"callback": loop(lambda: tenacity.Retrying(**ending))},
        told={"stop": (loop(lambda: tenacity.AsyncRetrying(stop=tenacity.stop_after_attempt(3))), 3)},
    )


@guard("tenacity", 1)
def tenacity_loops_over_new() -> Forms:
    """A loop never ends without `stop`, and ends silently with a callback."""
    return tenacity_loops("")


@guard("tenacity", 2)
def tenacity_loops_over_made() -> Forms:
    """A loop never ends without `stop`, and ends silently with a callback."""
    return tenacity_loops("()")


@guard("tenacity", 3)
def tenacity_calls_functions() -> Forms:
    """`Retrying` retries ordinary functions only."""
    tenacity, ending = tenacious()
    return Forms(
        decorators={"tenacity.Retrying().wraps": decorator(lambda: tenacity.Retrying().wraps)},
        calls={"tenacity.Retrying()": call(tenacity.Retrying)},
        falling={"callback": call(lambda: tenacity.Retrying(**ending))},
        told={"stop": (call(lambda: tenacity.Retrying(stop=tenacity.stop_after_attempt(3))), 3)},
    )


@guard("tenacity", 4)
def tenacity_calls_coroutines() -> Forms:
    """`AsyncRetrying` retries all functions, and is awaited."""
    tenacity, ending = tenacious()
    return Forms(
        decorators={"tenacity.AsyncRetrying().wraps": decorator(lambda: tenacity.AsyncRetrying().wraps)},
        calls={"tenacity.AsyncRetrying()": call(tenacity.AsyncRetrying)},
        falling={"callback": call(lambda: tenacity.AsyncRetrying(**ending))},
        told={"stop": (call(lambda: tenacity.AsyncRetrying(stop=tenacity.stop_after_attempt(3))), 3)},
    )


@exercise("tenacity", "guard", 5)
async def tenacity_calls_tornado(model: Model) -> None:
    """With Tornado `TornadoRetrying` is for coroutine functions; what others return, it takes for a failure."""
    impatient()
    tenacity, ending = tenacious()
    [path] = model["calls"]
    assert path == "tenacity.TornadoRetrying()"
    make = functools.partial(tenacity.TornadoRetrying, sleep=asyncio.sleep)
    called: list[int] = []

    async def function() -> str:
        called.append(1)
        if len(called) < ENDLESS:
            raise Failure
        return DONE

    assert await make()(function) == DONE
    called.clear()
    assert await make(**ending)(function) == INSTEAD
    assert len(called) == 2
    assert not model["on_sync"]
    assert await make(**ending)(lambda: DONE) == INSTEAD


@guard("stamina", 0)
def stamina_retries() -> Forms:
    """Ten attempts where nothing is said."""
    import stamina

    return Forms(
        decorators={"stamina.retry": decorator(lambda: stamina.retry(on=Failure))},
        iterators={"stamina.retry_context": loop(lambda: stamina.retry_context(on=Failure))},
        told={
            "keyword": (decorator(lambda: stamina.retry(on=Failure, attempts=3)), 3),
            "position": (loop(lambda: stamina.retry_context(Failure, 3)), 3),
        },
    )


@guard("stamina", 1)
def stamina_loops_over_made() -> Forms:
    """Ten attempts where nothing is said."""
    import stamina

    return Forms(
        iterators={"stamina.retry_context()": loop(lambda: stamina.retry_context(on=Failure))},
        told={"position": (loop(lambda: stamina.retry_context(Failure, 3)), 3)},
    )


def stamina_caller(name: str) -> Forms:
    """A caller that is given the exception with each call."""
    import stamina

    def caller(*args: Any) -> Callable[[], Function]:
        return lambda: functools.partial(getattr(stamina, name)(*args), Failure)

    return Forms(calls={f"stamina.{name}()": call(caller())}, told={"position": (call(caller(3)), 3)})


@guard("stamina", 2)
def stamina_calls_functions() -> Forms:
    """Ten attempts; a coroutine function is called once."""
    return stamina_caller("RetryingCaller")


@guard("stamina", 3)
def stamina_calls_coroutines() -> Forms:
    """Ten attempts, for coroutine functions."""
    return stamina_caller("AsyncRetryingCaller")


@guard("stamina", 4)
def stamina_calls_functions_on() -> Forms:
    """A caller bound to an exception: ten attempts; a coroutine function is called once."""
    import stamina

    return Forms(calls={"stamina.RetryingCaller().on()": call(lambda: stamina.RetryingCaller().on(Failure))})


@guard("stamina", 5)
def stamina_calls_coroutines_on() -> Forms:
    """A caller bound to an exception: ten attempts, for coroutine functions."""
    import stamina

    return Forms(calls={"stamina.AsyncRetryingCaller().on()": call(lambda: stamina.AsyncRetryingCaller().on(Failure))})


@guard("backoff")
def backoff_retries() -> Forms:
    """Without `max_tries` it never ends; `on_predicate` lets exceptions through."""
    import backoff

    on_failure = functools.partial(backoff.on_exception, backoff.expo, Failure)
    return Forms(
        decorators={"backoff.on_exception": decorator(on_failure)},
        alike={"on_predicate": decorator(lambda: backoff.on_predicate(backoff.expo))},
        told={"max_tries": (decorator(lambda: on_failure(max_tries=3)), 3)},
    )


@guard("retrying", 0)
def retrying_decorates() -> Forms:
    """It never ends; a coroutine function is called once."""
    import retrying

    return Forms(
        decorators={"retrying.retry": decorator(lambda: retrying.retry)},
        told={"keyword": (decorator(lambda: retrying.retry(stop_max_attempt_number=3)), 3)},
    )


@guard("retrying", 1)
def retrying_calls() -> Forms:
    """It never ends; a coroutine function is called once."""
    import retrying

    return Forms(
        calls={"retrying.Retrying().call": call(lambda: retrying.Retrying().call)},
        told={"position": (call(lambda: retrying.Retrying(None, None, 3).call), 3)},
    )


@guard("retry", 0)
def retry_decorates() -> Forms:
    """It never ends; a coroutine function is called once, and without parentheses none is called at all."""
    import retry

    return Forms(
        decorators={"retry.retry": decorator(retry.retry)},
        alike={"without parentheses": decorator(lambda: retry.retry)},
        told={
            "keyword": (decorator(lambda: retry.retry(tries=3)), 3),
            "position": (decorator(lambda: retry.retry(Failure, 3)), 3),
        },
    )


@guard("retry", 1)
def retry_calls() -> Forms:
    """It never ends; a coroutine function is called once."""
    from retry.api import retry_call

    return Forms(
        calls={"retry.api.retry_call": call(lambda: retry_call)},
        told={
            "keyword": (call(lambda: functools.partial(retry_call, tries=3)), 3),
            "position": (call(lambda: lambda f: retry_call(f, None, None, Failure, 3)), 3),
        },
    )


@guard("opnieuw")
def opnieuw_retries() -> Forms:
    """Three attempts where nothing is said, for all functions."""
    import opnieuw

    return Forms(
        decorators={
            f"opnieuw.{name}": decorator(functools.partial(getattr(opnieuw, name), retry_on_exceptions=Failure))
            for name in ("retry", "retry_async")
        },
        told={"keyword": (decorator(lambda: opnieuw.retry(retry_on_exceptions=Failure, max_calls_total=2)), 2)},
    )


@guard("riprova", 0)
def riprova_decorates() -> Forms:
    """Eleven attempts; for a coroutine function it is an error."""
    import riprova

    return Forms(
        decorators={"riprova.retry": decorator(lambda: riprova.retry)},
        told={"retries": (decorator(lambda: riprova.retry(backoff=riprova.ConstantBackoff(retries=2))), 3)},
    )


@guard("riprova", 1)
def riprova_calls() -> Forms:
    """Eleven attempts; a coroutine function is called once, and `AsyncRetrier` is an error."""
    import riprova

    return Forms(
        calls={"riprova.Retrier().run": call(lambda: riprova.Retrier().run)},
        alike={"AsyncRetrier": call(lambda: riprova.AsyncRetrier().run)},
        told={"retries": (call(lambda: riprova.Retrier(backoff=riprova.ConstantBackoff(retries=2)).run), 3)},
    )


# --- several at once --------------------------------------------------------------------------------------------------


def resilient(key: str, make: Callable[[Any], Any], **more: Any) -> Forms:
    """The decorator with one of its keywords; without any, and with another one, it does nothing of it."""
    import pyresilience

    other = {"cache": None, "listeners": []}

    def form(**said: Any) -> Form:
        return decorator(lambda: pyresilience.resilient(**said))

    return Forms(
        decorators={"pyresilience.resilient": decorator(lambda: pyresilience.resilient(**{key: make(pyresilience)}))},
        alike={"bare": decorator(lambda: pyresilience.resilient), "empty": form(), "others": form(**other)},
        **more,
    )


@guard("pyresilience", 0)
def pyresilience_breaker() -> Forms:
    """`circuit_breaker` opens."""
    return resilient("circuit_breaker", lambda library: library.CircuitBreakerConfig())


@guard("pyresilience", 1)
def pyresilience_fallback() -> Forms:
    """`fallback` gives another result."""
    return resilient("fallback", lambda library: library.FallbackConfig(handler=lambda _: INSTEAD))


@guard("pyresilience", 2)
def pyresilience_timeout() -> Forms:
    """`timeout` gives up, also on a function that waits for a socket."""
    return resilient("timeout", lambda library: library.TimeoutConfig(seconds=SHORT))


@guard("pyresilience", 3)
def pyresilience_retry() -> Forms:
    """`retry` makes three attempts where nothing is said."""
    import pyresilience

    def told(*args: Any, **kwargs: Any) -> tuple[Form, int]:
        return decorator(lambda: pyresilience.resilient(retry=pyresilience.RetryConfig(*args, **kwargs))), 2

    return resilient(
        "retry", lambda library: library.RetryConfig(), told={"keyword": told(max_attempts=2), "position": told(2)}
    )


@guard("pyresilience", 4)
def pyresilience_bulkhead() -> Forms:
    """`bulkhead` refuses what is too much at once."""
    return resilient("bulkhead", lambda library: library.BulkheadConfig(max_concurrent=2))


@guard("pyresilience", 5)
def pyresilience_rate() -> Forms:
    """`rate_limiter` refuses what comes too often."""
    return resilient("rate_limiter", lambda library: library.RateLimiterConfig(max_calls=2, period=60))


@guard("pyresilience", 6)
def pyresilience_cache() -> Forms:
    """`cache` keeps results."""
    return resilient("cache", lambda library: library.CacheConfig())


@guard("pyfailsafe", 0)
def failsafe_retry() -> Forms:
    """A retry policy makes four attempts where nothing is said; without one there is no retry."""
    import failsafe

    def told(*args: Any, **kwargs: Any) -> tuple[Form, int]:
        return call(lambda: failsafe.Failsafe(failsafe.RetryPolicy(*args, **kwargs)).run), 6

    return Forms(
        calls={"failsafe.Failsafe().run": call(lambda: failsafe.Failsafe(retry_policy=failsafe.RetryPolicy()).run)},
        alike={
            "empty": call(lambda: failsafe.Failsafe().run),
            "breaker": call(lambda: failsafe.Failsafe(circuit_breaker=failsafe.CircuitBreaker()).run),
        },
        told={"position": told(5), "keyword": told(allowed_retries=5)},
    )


@guard("pyfailsafe", 1)
def failsafe_breaker() -> Forms:
    """A breaker opens; without one nothing does."""
    import failsafe

    return Forms(
        calls={
            "failsafe.Failsafe().run": call(lambda: failsafe.Failsafe(None, failsafe.CircuitBreaker()).run),
        },
        alike={"empty": call(lambda: failsafe.Failsafe().run)},
    )


@exercise("pyfailsafe", "guard", 2)
async def failsafe_falls_back(model: Model) -> None:
    """Each option is tried twice, then its breaker is open; the next one's result is given."""
    import failsafe

    tried: list[str] = []

    async def function(option: str) -> str:
        tried.append(option)
        if option == "bad":
            raise Failure
        return INSTEAD

    runner = failsafe.FallbackFailsafe(["bad", "good"])
    assert await runner.run(function) == INSTEAD
    assert tried == ["bad"] * model["tries"] + ["good"]
    assert await runner.run(function) == INSTEAD
    assert tried == ["bad"] * model["tries"] + ["good"] * 2


# --- time limits ------------------------------------------------------------------------------------------------------


def soon(now: Callable[[], float]) -> float:
    """A time that comes after the limit."""
    return now() + SHORT


def asyncio_now() -> float:
    """The time of the event loop."""
    return asyncio.get_running_loop().time()


def within(make: Callable[..., Any], *args: Any, **kwargs: Any) -> Form:
    """A limit made for each call, inside of a running event loop."""
    return context(lambda: lambda: make(*args, **kwargs), running=True)


@guard("async-timeout", 0)
def async_timeout_after() -> Forms:
    """It ends what is awaited; `None` is no limit."""
    from async_timeout import timeout

    return Forms(
        contexts={"async_timeout.timeout": within(timeout, SHORT)},
        alike={"None": within(timeout, None)},
    )


@guard("async-timeout", 1)
def async_timeout_at() -> Forms:
    """It ends what is awaited; `None` is no limit."""
    from async_timeout import timeout_at

    return Forms(
        contexts={"async_timeout.timeout_at": within(lambda: timeout_at(soon(asyncio_now)))},
        alike={"None": within(timeout_at, None)},
    )


@guard("anyio", 0)
def anyio_fails_after() -> Forms:
    """It ends what is awaited; `None` is no limit."""
    import anyio

    return Forms(
        contexts={"anyio.fail_after": within(anyio.fail_after, SHORT)}, alike={"None": within(anyio.fail_after, None)}
    )


@guard("anyio", 1)
def anyio_moves_on_after() -> Forms:
    """It ends what is awaited; `None` is no limit."""
    import anyio

    return Forms(
        contexts={"anyio.move_on_after": within(anyio.move_on_after, SHORT)},
        alike={"None": within(anyio.move_on_after, None)},
    )


@guard("anyio", 2)
def anyio_scope() -> Forms:
    """With a deadline it ends what is awaited."""
    import anyio

    return Forms(
        contexts={"anyio.CancelScope": within(lambda: anyio.CancelScope(deadline=soon(anyio.current_time)))},
        alike={"empty": within(anyio.CancelScope)},
    )


@exercise("anyio", "guard", 1, 2)
async def anyio_lets_failures_through(model: Model) -> None:
    """What goes on silently when time is up lets any other failure through."""
    import anyio

    assert "fallback" not in model["gives"]
    for scope in (anyio.move_on_after(1), anyio.CancelScope(deadline=anyio.current_time() + 1)):
        with contextlib.suppress(Failure):
            with scope:
                raise Failure
            raise AssertionError("it went on")
    with anyio.move_on_after(SHORT):
        await anyio.sleep(1)


@guard("anyio", 3)
def anyio_bulkhead() -> Forms:
    """One object holds back, one that is made for each call does not."""
    import anyio

    def makes(name: str) -> Callable[[], Any]:
        return lambda: getattr(anyio, name)(2)

    return Forms(
        contexts={f"anyio.{name}()": _later(makes(name)) for name in ("CapacityLimiter", "Semaphore")},
        alike={"made for each call": context(lambda: makes("Semaphore"))},
    )


def _later(make: Callable[[], Any]) -> Form:
    """One object for all calls, made with the first."""

    def keep() -> Callable[[], Any]:
        return functools.cache(make)

    return context(keep)


def trio_runs(main: Any) -> Any:
    """Run a coroutine function with trio."""
    import trio

    return trio.run(main)


def trio_limit(name: str, make: Callable[[Any], Any]) -> None:
    """What is slept in is ended, what blocks is not, and other failures go through."""
    import trio

    async def several() -> None:
        for body, ended in ((sleeping, True), (blocking, False)):
            started = time.monotonic()
            with contextlib.suppress(trio.TooSlowError), make(trio):
                await body()
            assert (time.monotonic() - started < 0.5) == ended, name
        with contextlib.suppress(Failure):
            with make(trio):
                raise Failure
            raise AssertionError("it went on")

    async def sleeping() -> None:
        await trio.sleep(1)

    async def blocking() -> None:
        time.sleep(0.7)  # noqa: ASYNC251  (that is the point)

    trio.run(several)


TRIO: list[tuple[str, Callable[[Any], Any]]] = [
    ("trio.fail_after", lambda trio: trio.fail_after(SHORT)),
    ("trio.fail_at", lambda trio: trio.fail_at(soon(trio.current_time))),
    ("trio.move_on_after", lambda trio: trio.move_on_after(SHORT)),
    ("trio.move_on_at", lambda trio: trio.move_on_at(soon(trio.current_time))),
    ("trio.CancelScope", lambda trio: trio.CancelScope(deadline=soon(trio.current_time))),
]


@exercise("trio", "guard", 0, 1, 2, 3, 4)
def trio_limits(model: Model) -> None:
    """It ends what is slept in, and not what blocks; other failures go through."""
    [path] = model["contexts"]
    trio_limit(path, dict(TRIO)[path])
    assert model["gives"] == ["timeout"]
    assert not model["on_sync"]
    if path == "trio.CancelScope":
        trio_limit(path, lambda trio: trio.CancelScope(relative_deadline=SHORT))


@exercise("trio", "guard", 5)
def trio_bulkhead(model: Model) -> None:
    """Of four at the same time no more than two are inside at once."""
    import trio

    for path in model["contexts"]:
        inside, most = 0, 0

        async def one(limiter: Any) -> None:
            nonlocal inside, most
            async with limiter:
                inside += 1
                most = max(most, inside)
                await trio.sleep(0.05)
                inside -= 1

        async def four(name: str = path.removeprefix("trio.").removesuffix("()")) -> None:
            limiter = getattr(trio, name)(2)
            async with trio.open_nursery() as nursery:
                for _ in range(4):
                    nursery.start_soon(one, limiter)

        trio.run(four)
        assert most == 2, path


@guard("timeout-decorator")
def timeout_decorator_interrupts() -> Forms:
    """It interrupts an ordinary function; without a number it does nothing."""
    from timeout_decorator import timeout

    return Forms(
        decorators={"timeout_decorator.timeout": decorator(lambda: timeout(SHORT))},
        alike={"empty": decorator(timeout), "None": decorator(lambda: timeout(None))},
    )


@guard("wrapt-timeout-decorator")
def wrapt_timeout_decorator_interrupts() -> Forms:
    """It interrupts an ordinary function; without a number it does nothing."""
    from wrapt_timeout_decorator import timeout

    return Forms(
        decorators={"wrapt_timeout_decorator.timeout": decorator(lambda: timeout(SHORT))},
        alike={"empty": decorator(timeout), "None": decorator(lambda: timeout(None))},
    )


@guard("func-timeout", 0)
def func_timeout_decorates() -> Forms:
    """It gives up on an ordinary function."""
    from func_timeout import func_set_timeout

    return Forms(decorators={"func_timeout.func_set_timeout": decorator(lambda: func_set_timeout(SHORT))})


@guard("func-timeout", 1)
def func_timeout_calls() -> Forms:
    """It gives up on an ordinary function."""
    from func_timeout import func_timeout

    return Forms(
        calls={"func_timeout.func_timeout": call(lambda: functools.partial(func_timeout, SHORT))},
        alike={"None": call(lambda: functools.partial(func_timeout, None))},
    )


@guard("stopit")
def stopit_interrupts() -> Forms:
    """Only the signal ends the wait for a socket; the decorators need a limit in each call."""
    import stopit

    return Forms(
        contexts={"stopit.SignalTimeout": context(lambda: lambda: stopit.SignalTimeout(1))},
        alike={
            "ThreadingTimeout": context(lambda: lambda: stopit.ThreadingTimeout(SHORT)),
            "threading_timeoutable": decorator(stopit.threading_timeoutable),
            "signal_timeoutable": decorator(stopit.signal_timeoutable),
        },
    )


@exercise("stopit", "guard")
def stopit_goes_on(model: Model) -> None:
    """It goes on silently when time is up, and lets any other failure through."""
    import stopit

    with stopit.SignalTimeout(1):
        time.sleep(3)
    with contextlib.suppress(Failure):
        with stopit.SignalTimeout(1):
            raise Failure
        raise AssertionError("it went on")
    assert "fallback" not in model["gives"]


@guard("interruptingcow")
def interruptingcow_interrupts() -> Forms:
    """It interrupts an ordinary function."""
    from interruptingcow import timeout

    return Forms(
        decorators={"interruptingcow.timeout": decorator(lambda: timeout(SHORT))},
        contexts={"interruptingcow.timeout": context(lambda: lambda: timeout(SHORT))},
    )


# --- caches -----------------------------------------------------------------------------------------------------------


@guard("cachetools")
def cachetools_keeps() -> Forms:
    """Results of ordinary functions are kept; a coroutine can be awaited once only."""
    import cachetools.func

    def method(function: Function) -> Function:
        class Owner:
            get = cachetools.cachedmethod(lambda self: self.kept)(lambda _: function())

            def __init__(self) -> None:
                self.kept: dict[Any, Any] = {}

        return Owner().get

    functions = {
        f"cachetools.func.{name}_cache": decorator(getattr(cachetools.func, f"{name}_cache"))
        for name in ("fifo", "lfu", "lru", "rr", "ttl")
    }
    return Forms(
        decorators={
            "cachetools.cached": decorator(lambda: cachetools.cached({})),
            "cachetools.cachedmethod": method,
            **functions,
        }
    )


@guard("aiocache")
def aiocache_keeps() -> Forms:
    """Results of coroutine functions are kept."""
    import aiocache

    def several(function: Function) -> Function:
        @aiocache.multi_cached("keys", namespace=function.__name__)
        async def get(keys: list[str]) -> dict[str, Any]:
            return {key: await function() for key in keys}

        async def once() -> Any:
            return (await get(keys=["a"]))["a"]

        return once

    return Forms(
        decorators={
            "aiocache.cached": decorator(aiocache.cached),
            "aiocache.cached_stampede": decorator(aiocache.cached_stampede),
            "aiocache.multi_cached": several,
        }
    )


def cashed(name: str, **more: Any) -> Form:
    """A decorator of a cache of its own."""

    def make() -> Any:
        from cashews import Cache

        cache = Cache()
        cache.setup("mem://")
        return getattr(cache, name)(**more)

    return decorator(make)


@guard("cashews", 0)
def cashews_keeps() -> Forms:
    """Results of coroutine functions are kept; by `dynamic` too, but it calls the function again behind the scenes."""
    return Forms(
        decorators={
            "cashews.Cache()": cashed("__call__", ttl=60),
            **{f"cashews.Cache().{name}": cashed(name, ttl=60) for name in ("cache", "early", "soft")},
            "cashews.Cache().hit": cashed("hit", ttl=60, cache_hits=5),
        },
        alike={"failover": cashed("failover", ttl=60), "dynamic": cashed("dynamic", ttl=60)},
    )


@guard("cashews", 1)
def cashews_fails_over() -> Forms:
    """The last result is given instead of a failure."""
    return Forms(decorators={"cashews.Cache().failover": cashed("failover", ttl=60)})


@guard("cashews", 2)
def cashews_breaks() -> Forms:
    """It opens."""
    breaking = cashed("circuit_breaker", errors_rate=10, period=60, ttl=60, min_calls=3)
    return Forms(decorators={"cashews.Cache().circuit_breaker": breaking})


@guard("cashews", 3)
def cashews_limits() -> Forms:
    """It refuses what comes too often."""
    return Forms(
        decorators={
            f"cashews.Cache().{name}": cashed(name, limit=2, period=60) for name in ("rate_limit", "slice_rate_limit")
        }
    )


@guard("flask-caching")
def flask_caching_keeps() -> Forms:
    """Results of views are kept, also of coroutine functions."""
    import flask
    import flask_caching

    def form(name: str) -> Form:
        def keeping(function: Function) -> Function:
            app = flask.Flask("shop")
            cache = flask_caching.Cache(app, config={"CACHE_TYPE": "SimpleCache"})
            view = getattr(cache, name)(timeout=60)(function)

            def once() -> Any:
                with app.test_request_context("/"):
                    return view()

            async def outside() -> Any:
                return await asyncio.to_thread(once)

            return outside if inspect.iscoroutinefunction(function) else once

        return keeping

    return Forms(decorators={f"flask_caching.Cache().{name}": form(name) for name in ("cached", "memoize")})


@guard("dogpile-cache")
def dogpile_keeps() -> Forms:
    """Results of ordinary functions are kept; a coroutine can be awaited once only."""
    from dogpile.cache import make_region

    def late(function: Function) -> Function:
        region = make_region()
        kept = region.cache_on_arguments()(function)
        region.configure("dogpile.cache.memory")
        return functools.partial(kept)

    def early() -> Any:
        return make_region().configure("dogpile.cache.memory").cache_on_arguments()

    path = "dogpile.cache.make_region()"
    return Forms(
        decorators={f"{path}.cache_on_arguments": late, f"{path}.configure().cache_on_arguments": decorator(early)}
    )


@guard("django")
def django_keeps_pages() -> Forms:
    """Answers of views are kept."""
    import django
    from django.conf import settings

    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    settings.configure(CACHES={"default": memory}, ALLOWED_HOSTS=["*"])
    django.setup()
    from django.http import HttpResponse
    from django.test import RequestFactory
    from django.views.decorators.cache import cache_page

    def form(function: Function) -> Function:
        def view(_: Any) -> Any:
            return HttpResponse(function())

        async def waiting(_: Any) -> Any:
            return HttpResponse(await function())

        def text(answer: Any) -> str:
            return str(answer.content.decode())

        def request() -> Any:
            return RequestFactory().get(f"/{function.__name__}")

        async def once() -> Any:
            return text(await cache_page(60)(waiting)(request()))

        if inspect.iscoroutinefunction(function):
            return once
        return lambda: text(cache_page(60)(view)(request()))

    return Forms(decorators={"django.views.decorators.cache.cache_page": form})


# --- rates ------------------------------------------------------------------------------------------------------------


@guard("ratelimit")
def ratelimit_limits() -> Forms:
    """It refuses what comes too often; `sleep_and_retry` alone does nothing."""
    from ratelimit import limits, sleep_and_retry

    make = functools.partial(limits, calls=2, period=60)
    return Forms(
        decorators={"ratelimit.limits": decorator(make), "ratelimit.limits()": decorator(make)},
        alike={"sleep_and_retry": decorator(lambda: sleep_and_retry)},
    )


@guard("aiolimiter")
def aiolimiter_limits() -> Forms:
    """One object holds back, one that is made for each call does not."""
    from aiolimiter import AsyncLimiter

    make = functools.partial(AsyncLimiter, 2, 1)
    return Forms(
        contexts={"aiolimiter.AsyncLimiter()": same(make)}, alike={"made for each call": context(lambda: make)}
    )


@guard("pyrate-limiter")
def pyrate_limiter_limits() -> Forms:
    """The decorator holds back; the context manager does not."""
    from pyrate_limiter import Limiter, Rate

    def make() -> Any:
        return Limiter(Rate(2, 1000))

    return Forms(
        decorators={"pyrate_limiter.Limiter().as_decorator": decorator(lambda: make().as_decorator(name="orders"))},
        alike={"with": same(make)},
    )


# --- parts of clients -------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def server(answer: bytes) -> Iterator[tuple[str, list[int]]]:
    """A server that reads a request, says always the same, if anything, and closes; with how often it was asked."""
    asked: list[int] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listening.accept()
                with connection:
                    connection.settimeout(5)
                    connection.recv(65536)
                    asked.append(1)
                    connection.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/", asked
    finally:
        listening.close()


UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@contextlib.contextmanager
def refusing() -> Iterator[tuple[str, list[int]]]:
    """An address where nothing listens, with how often this process tried to connect to anything."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    tried: list[int] = []
    connect = socket.socket.connect

    class Counting(socket.socket):
        def connect(self, address: Any) -> None:
            tried.append(1)
            connect(self, address)

    original = socket.socket
    socket.socket = Counting  # type: ignore[misc]
    try:
        yield f"http://127.0.0.1:{port}/", tried
    finally:
        socket.socket = original  # type: ignore[misc]


def requests_asks(url: str, adapter: Any, method: str = "GET") -> None:
    """Ask with a session that has the adapter."""
    import requests

    session = requests.Session()
    session.trust_env = False
    session.mount("http://", adapter)
    with contextlib.suppress(requests.RequestException):
        session.request(method, url, timeout=5)


@exercise("requests", "guard")
def requests_adapter(model: Model) -> None:
    """A number is for failures to connect only; a `Retry` says for what else. Nothing is tried again without."""
    from requests.adapters import HTTPAdapter
    from urllib3 import Retry

    assert model["limit"] == "kw:max_retries|arg:2"
    with refusing() as (url, tried):
        for adapter, times in (
            (HTTPAdapter(), 1),
            (HTTPAdapter(max_retries=2), 3),
            (HTTPAdapter(10, 10, 2), 3),
            (HTTPAdapter(max_retries=Retry(3)), 4),
            (HTTPAdapter(max_retries=Retry(total=3)), 4),
        ):
            tried.clear()
            requests_asks(url, adapter)
            assert len(tried) == times
    with server(UNAVAILABLE) as (url, asked):
        requests_asks(url, HTTPAdapter(max_retries=2))
        assert len(asked) == 1
        requests_asks(url, HTTPAdapter(max_retries=Retry(2, status_forcelist=[503])))
        assert len(asked) == 4


@exercise("urllib3", "guard")
def urllib3_retry(model: Model) -> None:
    """Eleven attempts to connect; answers are not tried again unless listed, and POST not once it is sent."""
    import urllib3

    def ask(url: str, retry: Any, method: str = "GET") -> None:
        with contextlib.suppress(urllib3.exceptions.HTTPError):
            urllib3.PoolManager(retries=retry).request(method, url, timeout=5)

    with refusing() as (url, tried):
        ask(url, urllib3.Retry())
        assert len(tried) == model["tries"]
        tried.clear()
        ask(url, urllib3.Retry(total=2))
        assert len(tried) == 3
    with server(UNAVAILABLE) as (url, asked):
        ask(url, urllib3.Retry(2))
        assert len(asked) == 1
        ask(url, urllib3.Retry(2, status_forcelist=[503]))
        assert len(asked) == 4
    with server(b"") as (url, asked):
        ask(url, urllib3.Retry(2))
        assert len(asked) == 3
        ask(url, urllib3.Retry(2), "POST")
        assert len(asked) == 4


@exercise("httpx", "guard", 0)
def httpx_transport(model: Model) -> None:
    """Failures to connect are tried again, and no answer is."""
    import httpx

    impatient()
    with refusing() as (url, _):
        counted: list[str] = []

        def note(event: str, _: Any) -> None:
            counted.extend([event] if event == "connection.connect_tcp.started" else [])

        for retries in (0, 2):
            counted.clear()
            with (
                httpx.Client(transport=httpx.HTTPTransport(retries=retries)) as client,
                contextlib.suppress(httpx.ConnectError),
            ):
                client.get(url, extensions={"trace": note})
            assert len(counted) == 1 + retries
    with server(UNAVAILABLE) as (url, asked):
        with httpx.Client(transport=httpx.HTTPTransport(retries=2)) as client:
            client.get(url)
        assert len(asked) == 1
    assert not model["on_async"]


@exercise("httpx", "guard", 1)
async def httpx_async_transport(model: Model) -> None:
    """Failures to connect are tried again."""
    import httpx

    impatient()
    counted: list[str] = []

    async def note(event: str, _: Any) -> None:
        counted.extend([event] if event == "connection.connect_tcp.started" else [])

    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/"
    for retries in (0, 2):
        counted.clear()
        async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(retries=retries)) as client:
            with contextlib.suppress(httpx.ConnectError):
                await client.get(url, extensions={"trace": note})
        assert len(counted) == 1 + retries
    assert not model["on_sync"]


@exercise("httpx-retries", "guard")
def httpx_retries_transport(model: Model) -> None:
    """Eleven attempts on failures and on 503; POST is sent once."""
    import httpx
    from httpx_retries import Retry, RetryTransport

    asked: list[str] = []

    def answer(request: Any) -> Any:
        asked.append(request.method)
        if request.url.path == "/gone":
            raise httpx.ConnectError("gone")
        return httpx.Response(503)

    def ask(method: str, path: str, *args: Any, **kwargs: Any) -> int:
        asked.clear()
        transport = RetryTransport(httpx.MockTransport(answer), *args, **kwargs)
        with contextlib.suppress(httpx.ConnectError), httpx.Client(transport=transport) as client:
            client.request(method, f"http://orders{path}")
        sync = len(asked)
        asked.clear()

        async def again() -> None:
            async with httpx.AsyncClient(transport=transport) as client:
                with contextlib.suppress(httpx.ConnectError):
                    await client.request(method, f"http://orders{path}")

        asyncio.run(again())
        assert len(asked) == sync
        return sync

    assert ask("GET", "/gone") == ask("GET", "/") == model["tries"]
    assert ask("POST", "/gone") == ask("POST", "/") == 1
    assert ask("GET", "/", Retry(2)) == ask("GET", "/", retry=Retry(total=2)) == 3


# --- manifests --------------------------------------------------------------------------------------------------------


@exercise("grpcio", "guard_config")
def grpc_service_config(model: Model) -> None:
    """`timeout` and `retryPolicy` of a method's service are in force; hedging and throttling alone repeat nothing."""
    from concurrent import futures

    import grpc

    asked: list[int] = []

    def handle(request: bytes, context: Any) -> bytes:
        asked.append(1)
        if request == b"slow":
            time.sleep(8)
            return b"late"
        context.abort(grpc.StatusCode.UNAVAILABLE, "gone")
        return b""

    class Handler(grpc.GenericRpcHandler):  # type: ignore[misc]
        def service(self, _: Any) -> Any:
            return grpc.unary_unary_rpc_method_handler(handle)

    running = grpc.server(futures.ThreadPoolExecutor(8))
    running.add_generic_rpc_handlers((Handler(),))
    port = running.add_insecure_port("127.0.0.1:0")
    running.start()

    def ask(request: bytes, service: str = "shop.Orders", **said: Any) -> Any:
        """The status of a call with a service config, which is for one service."""
        asked.clear()
        config = json.dumps({"methodConfig": [{"name": [{"service": service}], **said}]})
        with grpc.insecure_channel(f"127.0.0.1:{port}", [("grpc.service_config", config)]) as channel:
            try:
                channel.unary_unary("/shop.Orders/Get")(request)
            except grpc.RpcError as error:
                return error.code()
        return grpc.StatusCode.OK

    pauses = {"initialBackoff": "0.01s", "maxBackoff": "0.02s", "backoffMultiplier": 1}
    policy = {"maxAttempts": 3, "retryableStatusCodes": ["UNAVAILABLE"], **pauses}
    hedging = {"maxAttempts": 3, "hedgingDelay": "0.01s", "nonFatalStatusCodes": ["UNAVAILABLE"]}
    assert set(model["gives"]) == {"methodConfig[].timeout", "methodConfig[].retryPolicy"}

    started = time.monotonic()
    assert ask(b"slow", timeout="3s") == grpc.StatusCode.DEADLINE_EXCEEDED
    assert time.monotonic() - started < 5
    started = time.monotonic()
    assert ask(b"slow", "shop.Users", timeout="3s") == grpc.StatusCode.OK
    assert time.monotonic() - started > 5

    for said, times in (
        ({"retryPolicy": policy}, 3),
        ({"retryPolicy": {**policy, "maxAttempts": 9}}, 5),
        ({"hedgingPolicy": hedging}, 1),
        ({"retryThrottling": {"maxTokens": 10, "tokenRatio": 0.1}}, 1),
    ):
        assert ask(b"", **said) == grpc.StatusCode.UNAVAILABLE
        assert len(asked) == times
    running.stop(None)
