"""Errors of asynchronous frameworks: what is raised or returned is the error response that the tables say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from experiment import exercise
from routes_common import aiohttp_status, requested, resolve, sanic_app

LOT = "routes-1"

# Arguments that exceptions need.
NEEDED = {
    "HTTPException": [409],
    "RequestValidationError": [[]],
    "HTTPMethodNotAllowed": ["GET", ["PUT"]],
    "HTTPRequestEntityTooLarge": [1, 2],
    "HTTPUnavailableForLegalReasons": ["http://tried"],
    "ExpectationFailed": ["tried"],
    "FileNotFound": ["tried"],
    "MethodNotAllowed": ["tried", "GET", ["PUT"]],
    "MethodNotSupported": ["tried", "GET", ["PUT"]],
    "RangeNotSatisfiable": ["tried"],
}
# Bases that have no status themselves.
BASES = {"HTTPError", "HTTPClientError", "HTTPServerError"}


def made(model: dict[str, Any], dotted: str) -> Any:
    """A response with a status, or an exception."""
    function, name = resolve(dotted, {}), dotted.rpartition(".")[2]
    if dotted not in model.get("status", ()):
        return function(*NEEDED.get(name, []))
    first, _, keyword = model["selector"].partition("|")
    if first == "arg:0":
        return function(409)
    # Those that render it need something to render.
    content = iter(()) if "Stream" in name else {} if "JSON" in name or "json" in name else b"" if "raw" in name else ""
    if first.startswith("kw:"):
        return function(**{first.removeprefix("kw:"): 409})
    return function(content, **{keyword.removeprefix("kw:"): 409}) if keyword else function(content, 409)


def answering(model: dict[str, Any], dotted: str) -> Callable[..., Any]:
    """A handler that raises or returns what a path makes."""

    async def shown(*_: Any) -> Any:
        found = made(model, dotted)
        if isinstance(found, Exception) and dotted not in model.get("status", ()):
            raise found
        return await found if asyncio.iscoroutine(found) else found

    return shown


def without_parameters(function: Callable[..., Any]) -> Callable[..., Any]:
    """A handler that asks for nothing in the request."""

    async def view() -> Any:
        return await function()

    return view


def each(model: dict[str, Any]) -> list[str]:
    """What makes errors."""
    return [*model.get("raising", ()), *model.get("failing", ()), *model.get("status", ())]


def expected(model: dict[str, Any], dotted: str) -> int:
    """The status of an error, as an exception's class says, or as it was given."""
    cls = resolve(dotted, {})
    own = getattr(cls, "status_code", None) or getattr(cls, "code", None)
    if dotted in model.get("status", ()) or not isinstance(own, int):
        return {"RequestValidationError": 422, "SanicException": 500}.get(dotted.rpartition(".")[2], 409)
    return own


@exercise("fastapi", "responses", 0)
@exercise("starlette", "responses", 0, 1)
def of_starlette(model: dict[str, Any]) -> None:
    """Of FastAPI and Starlette."""
    import fastapi

    for dotted in each(model):
        app = fastapi.FastAPI()
        app.get("/x", response_model=None)(without_parameters(answering(model, dotted)))
        assert requested(app, "GET", "/x") == expected(model, dotted), dotted


@exercise("quart", "responses", 0, 1)
def of_quart(model: dict[str, Any]) -> None:
    """Of Quart."""
    import quart

    for dotted in each(model):

        async def shown(dotted: str = dotted) -> Any:
            if dotted in model.get("raising", ()):
                resolve(dotted, {})(409)
            found = resolve(dotted, {})("", 409)
            return await found if asyncio.iscoroutine(found) else found

        app = quart.Quart("tried")
        app.add_url_rule("/x", "x", shown)

        async def ask(app: Any = app) -> int:
            return int((await app.test_client().get("/x")).status_code)

        assert asyncio.run(ask()) == 409, dotted


@exercise("aiohttp", "responses", 0, 1)
def of_aiohttp(model: dict[str, Any]) -> None:
    """Of aiohttp."""
    from aiohttp import web

    for dotted in (one for one in each(model) if one.rpartition(".")[2] not in BASES):

        async def shown(request: web.Request, dotted: str = dotted) -> Any:
            found = made(model, dotted)
            if isinstance(found, Exception):
                raise found
            if dotted.endswith("StreamResponse"):
                await found.prepare(request)
            return found

        def app(shown: Any = shown) -> web.Application:
            application = web.Application()
            application.router.add_get("/x", shown)
            return application

        status = expected({"status": model.get("status", ())}, dotted)
        assert aiohttp_status(app, "GET", "/x") == (resolve(dotted, {}).status_code if "HTTP" in dotted else status)


@exercise("sanic", "responses", 0, 1, 2)
async def of_sanic(model: dict[str, Any]) -> None:
    """Of Sanic."""
    for dotted in each(model):
        app = sanic_app()
        app.add_route(answering(model, dotted), "/x")
        _, response = await app.asgi_client.get("/x")
        assert response.status == expected(model, dotted), dotted


@exercise("robyn", "responses", 0)
def of_robyn(model: dict[str, Any]) -> None:
    """Of Robyn."""
    from robyn import Robyn
    from robyn.testing import TestClient

    [dotted] = model["status"]
    assert model["selector"] == "arg:0|kw:status_code"
    cls = resolve(dotted, {})
    for response in (cls(409, {}, ""), cls(status_code=409, headers={}, description="")):
        app = Robyn(__file__)

        def shown(response: Any = response) -> Any:
            return response

        app.get("/x")(lambda: response)  # noqa: B023
        assert TestClient(app).get("/x").status_code == 409
