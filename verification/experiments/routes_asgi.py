"""Asynchronous frameworks: routes are registered in every way that the tables name, and asked for."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

from experiment import exercise
from routes_common import (
    PATHS,
    Framework,
    aiohttp_status,
    each_way,
    is_given,
    requested,
    resolve,
    sanic_app,
    try_default_path,
    try_entry,
    try_mount,
    verb_of,
    verb_of_method,
    ways,
)

LOT = "routes-1"

METHODS = {"get": "GET", "post": "POST", "put": "PUT", "patch": "PATCH", "delete": "DELETE"}


def of_any(apps: list[Any], verb: str, path: str) -> int:
    """The status of the answer of the first of several applications that knows what is asked for."""
    found = 404
    for app in apps:
        got = requested(app, verb, path)
        found = got if got != 404 else found
    return found


# --- FastAPI, Starlette ----------------------------------------------------------------------------------------------


def plain_handler(_: str) -> Callable[..., Any]:
    """A handler of Starlette."""
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse, Response

    def shown(request: Request) -> Response:
        return PlainTextResponse("shown")

    return shown


def fastapi_framework(*, plain: bool = False) -> Framework:
    """How to try out routes of FastAPI."""
    import fastapi

    def make() -> dict[str, Any]:
        return {"fastapi.FastAPI()": fastapi.FastAPI(), "fastapi.APIRouter()": fastapi.APIRouter()}

    def ask(objects: dict[str, Any], verb: str, path: str) -> int:
        app = fastapi.FastAPI()
        app.include_router(objects["fastapi.APIRouter()"])
        return of_any([objects["fastapi.FastAPI()"], app], verb, path)

    def handler(_: str) -> Callable[..., Any]:
        def shown() -> str:
            return "shown"

        return shown

    return Framework(make, ask, plain_handler if plain else handler)


@exercise("fastapi", "entry", 0, 1, 3)
def fastapi_routes(model: dict[str, Any]) -> None:
    """Applications and routers of FastAPI."""
    try_entry(model, fastapi_framework())


@exercise("fastapi", "entry", 5)
def plain_routes_of_fastapi(model: dict[str, Any]) -> None:
    """Plain routes of an application; those of a router lose its prefix, which is why they are left out."""
    import fastapi

    try_entry(model, fastapi_framework(plain=True))
    app, router = fastapi.FastAPI(), fastapi.APIRouter(prefix="/own")
    router.add_route("/x", plain_handler(""))
    app.include_router(router, prefix="/new")
    assert [requested(app, "GET", path) for path in ("/new/own/x", "/new/x")] == [404, 200]


@exercise("fastapi", "entry", 2, 4)
@exercise("starlette", "entry", 1)
def websockets(model: dict[str, Any]) -> None:
    """A websocket answers at the path that it is registered with."""
    import fastapi
    import starlette.routing
    from starlette.testclient import TestClient
    from starlette.websockets import WebSocket

    async def shown(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text("shown")
        await websocket.close()

    shown.__annotations__["websocket"] = WebSocket
    for dotted in (*model.get("decorators", ()), *model.get("registrars", ())):
        if "add_websocket_route" in dotted:
            continue  # gone
        app, router = fastapi.FastAPI(), fastapi.APIRouter()
        function = resolve(dotted, {"fastapi.FastAPI()": app, "fastapi.APIRouter()": router})
        if "decorators" in model:
            positional, named, _ = next(ways(model, {"path": "/ws"}))
            function(*positional, **named)(shown)
        else:
            for made, _ in each_way(model, {"path": "/ws", "handler": shown}, lambda function=function: function):
                if isinstance(made, starlette.routing.WebSocketRoute):
                    app.router.routes.append(made)
        app.include_router(router)
        with TestClient(app).websocket_connect("/ws") as session:
            assert session.receive_text() == "shown", dotted


@exercise("fastapi", "router", 1)
@exercise("fastapi-utils", "router", 0)
def prefixes_of_routers(model: dict[str, Any]) -> None:
    """Routes of a router hang below its prefix."""
    import fastapi

    for dotted in model["classes"]:
        router = resolve(dotted, {})(**{model["prefix"].removeprefix("kw:"): "/pre"})
        router.get("/x")(lambda: "shown")
        app = fastapi.FastAPI()
        app.include_router(router)
        assert [requested(app, "GET", path) for path in ("/pre/x", "/x")] == [200, 404]


@exercise("fastapi", "mount", 0)
def included_routers(model: dict[str, Any]) -> None:
    """The prefix that a router is included with goes before its own, all the way outwards."""
    import fastapi

    apps: list[Any] = []

    def make(dotted: str) -> tuple[Callable[..., Any], Any]:
        inner = fastapi.APIRouter(prefix="/own")
        inner.get("/x")(lambda: "shown")
        app, outer = fastapi.FastAPI(), fastapi.APIRouter()
        apps[:] = [app, outer]
        return resolve(dotted, {"fastapi.FastAPI()": app, "fastapi.APIRouter()": outer}), inner

    def ask(path: str) -> int:
        app = fastapi.FastAPI()
        app.include_router(apps[1])
        return of_any([apps[0], app], "GET", path)

    try_mount(model, make, ask)


@exercise("fastapi", "mount", 1)
@exercise("starlette", "mount", 0, 1)
def mounted_applications(model: dict[str, Any]) -> None:
    """An application hangs below the path that it is mounted at."""
    import fastapi
    from starlette.applications import Starlette
    from starlette.routing import Mount, Route, Router

    apps: list[Any] = []

    def make(dotted: str) -> tuple[Callable[..., Any], Any]:
        inner = Starlette(routes=[Route("/x", plain_handler(""))])
        objects = {
            "fastapi.FastAPI()": fastapi.FastAPI(),
            "fastapi.APIRouter()": fastapi.APIRouter(),
            "starlette.applications.Starlette()": Starlette(),
            "starlette.routing.Router()": Router(),
        }
        apps[:] = objects.values()
        if dotted != "starlette.routing.Mount":
            return resolve(dotted, objects), inner

        def mount(*positional: Any, **named: Any) -> None:
            if "routes" in named:
                named["routes"] = inner.routes
            elif len(positional) == 3:
                positional = (positional[0], None, inner.routes)
            apps[:] = [Starlette(routes=[Mount(*positional, **named)])]

        return mount, inner

    def ask(path: str) -> int:
        return of_any([app for app in apps if not isinstance(app, fastapi.APIRouter)] + _including(apps), "GET", path)

    def _including(apps: list[Any]) -> list[Any]:
        app = fastapi.FastAPI()
        for each in apps:
            if isinstance(each, fastapi.APIRouter):
                app.include_router(each)
        return [app]

    try_mount(model, make, ask, own="")


@exercise("starlette", "mount", 2, 3, 4)
def lists_of_routes(model: dict[str, Any]) -> None:
    """Routes that an application, a router or a host is given hang at their own paths."""
    from starlette.applications import Starlette
    from starlette.routing import Route, Router

    routes = [Route("/x", plain_handler(""))]
    for dotted in model["functions"]:
        if dotted in ("starlette.applications.Starlette", "starlette.routing.Router"):
            keyword = next(part for part in model["mounted"].split("|") if part.startswith("kw:")).removeprefix("kw:")
            assert requested(resolve(dotted, {})(**{keyword: routes}), "GET", "/x") == 200
            continue
        app, router = Starlette(), Router()
        objects = {"starlette.applications.Starlette()": app, "starlette.routing.Router()": router}
        [made] = [resolve(dotted, objects)("tried", app=Starlette(routes=routes))]
        if dotted == "starlette.routing.Host":
            app.router.routes.append(made)
        assert of_any([app, router], "GET", "/x") == 200, dotted


@exercise("starlette", "entry", 0)
def starlette_routes(model: dict[str, Any]) -> None:
    """Routes in the list of an application, and those that are added to it."""
    from starlette.applications import Starlette
    from starlette.routing import Route, Router

    def make() -> dict[str, Any]:
        app, router = Starlette(), Router()

        class Module:
            """Stands for the module of the class `Route`."""

            def Route(self, *positional: Any, **named: Any) -> None:  # noqa: N802
                app.router.routes.append(Route(*positional, **named))

        return {
            "starlette.routing": Module(),
            "starlette.applications.Starlette()": app,
            "starlette.routing.Router()": router,
        }

    def ask(objects: dict[str, Any], verb: str, path: str) -> int:
        apps = [objects["starlette.applications.Starlette()"], objects["starlette.routing.Router()"]]
        return of_any(apps, verb, path)

    try_entry(model, Framework(make, ask, plain_handler))


@exercise("starlette", "entry", 4)
def endpoints(model: dict[str, Any]) -> None:
    """Each method of an endpoint answers the method of HTTP that it is called like, and no other is answered."""
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    for name in METHODS:

        async def shown(self: Any, request: Any) -> Any:
            return PlainTextResponse("shown")

        cls = type("E", (resolve(model["bases"][0], {}),), {name: shown})
        app = Starlette(routes=[Route("/x", cls)])
        answered = {verb for verb in METHODS.values() if requested(app, verb, "/x") == 200}
        assert answered == {verb_of_method(model, name)}


@exercise("fastapi", "injection", 0)
@exercise("aws-lambda-powertools", "injection", 0)
def injected(model: dict[str, Any]) -> None:
    """A marker's function is called for each request, and its result is the parameter's value."""
    import json
    from typing import Annotated

    import fastapi
    from aws_lambda_powertools.event_handler import APIGatewayRestResolver
    from fastapi.testclient import TestClient

    for dotted in model["markers"]:
        marker = resolve(dotted, {})
        for made in (marker(lambda: "given"), marker(dependency=lambda: "given")):

            def shown(value: str) -> dict[str, str]:
                return {"value": value}

            shown.__annotations__["value"] = Annotated[str, made]
            if dotted.startswith("fastapi"):
                app = fastapi.FastAPI()
                app.get("/x")(shown)
                answer = TestClient(app).get("/x").json()
            else:
                resolver = APIGatewayRestResolver()
                resolver.get("/x")(shown)
                event = {"httpMethod": "GET", "path": "/x", "requestContext": {}, "headers": {}}
                answer = json.loads(resolver(event, {})["body"])  # type: ignore[arg-type]
            assert answer == {"value": "given"}, dotted


@exercise("fastapi-utils", "passing", 0)
def classes_of_views(model: dict[str, Any]) -> None:
    """`cbv` gives back the class, and its methods are handlers of the router."""
    import fastapi

    [dotted] = model["functions"]
    router = fastapi.APIRouter()

    class Views:
        @router.get("/x")
        def shown(self) -> str:
            return type(self).__name__

    assert resolve(dotted.removesuffix("()"), {})(router)(Views) is Views
    app = fastapi.FastAPI()
    app.include_router(router)
    assert requested(app, "GET", "/x") == 200


@exercise("fastapi-utils", "entry", 0, 1)
def resources_of_fastapi_utils(model: dict[str, Any]) -> None:
    """Methods of a resource answer the methods of HTTP that they are called like, at the path that it is added with."""
    import fastapi
    from fastapi_utils import Api, Resource

    for name, own in METHODS.items():
        app = fastapi.FastAPI()
        resource = type("R", (Resource,), {name: lambda self: "shown"})()
        given = ways(model, {"handler": resource, "path": "/x/{id}"}) if "handler" in model else []
        positional, named, _ = next(iter(given), ([resource, "/x/{id}"], {}, set()))
        Api(app).add_resource(*positional, **named)
        answered = {verb for verb in METHODS.values() if requested(app, verb, "/x/7") == 200}
        assert answered == {verb_of_method(model, name) if "handlers" in model else own}


@exercise("fastapi-utils", "entry", 2, 3)
def inferring_routers(model: dict[str, Any]) -> None:
    """Routes of an inferring router."""
    import fastapi
    from fastapi_utils.inferring_router import InferringRouter

    framework = fastapi_framework()

    def ask(objects: dict[str, Any], verb: str, path: str) -> int:
        app = fastapi.FastAPI()
        app.include_router(objects["fastapi_utils.inferring_router.InferringRouter()"])
        return requested(app, verb, path)

    framework.make = lambda: {"fastapi_utils.inferring_router.InferringRouter()": InferringRouter()}
    framework.ask = ask
    try_entry(model, framework)


@exercise("fastapi-utils", "entry", 4)
async def repeated_functions(model: dict[str, Any]) -> None:
    """A function with the decorator is called again and again."""
    times = []
    repeated = resolve(model["decorators"][0], {})(seconds=0.01, max_repetitions=3)(lambda: times.append(1))
    await repeated()
    await asyncio.sleep(0.5)
    assert len(times) == 3


# --- Litestar --------------------------------------------------------------------------------------------------------


def litestar_framework() -> Framework:
    """How to try out handlers of Litestar."""
    from litestar import Litestar

    made: list[Any] = []

    def handler(parameter: str) -> Callable[..., Any]:
        async def shown(id: int) -> None:  # noqa: A002
            return None

        async def plain() -> None:
            return None

        function = shown if parameter else plain
        made[:] = [function]
        return function

    def ask(objects: dict[str, Any], verb: str, path: str) -> int:
        status = requested(Litestar(route_handlers=[handlers[-1]], openapi_config=None), verb, path)
        return 200 if status in (201, 204) else status

    handlers: list[Any] = []

    class Module:
        """Stands for the module with the decorators, and keeps what they make."""

        def __getattr__(self, name: str) -> Callable[..., Any]:
            import litestar

            def decorator(*positional: Any, **named: Any) -> Callable[..., Any]:
                if name in ("route", "head"):
                    named.setdefault("media_type", "text/plain")
                if name == "route":
                    named.setdefault("status_code", 204)
                inner = getattr(litestar, name)(*positional, **named)

                def decorate(function: Callable[..., Any]) -> Any:
                    handlers.append(inner(function))
                    return handlers[-1]

                return decorate

            return decorator

    return Framework(lambda: {"litestar": Module()}, ask, handler, path="/x/{id:int}")


@exercise("litestar", "entry", 0, 1)
def litestar_routes(model: dict[str, Any]) -> None:
    """Handlers of Litestar, with and without a path."""
    try_entry(model, litestar_framework())
    try_default_path(model, litestar_framework())


@exercise("litestar", "entry", 2)
def litestar_websockets(model: dict[str, Any]) -> None:
    """Websockets of Litestar are routes of their own kind, at the path that they are given, or at the root."""
    from collections.abc import AsyncGenerator

    from litestar import Litestar, WebSocket

    async def plain(socket: WebSocket[Any, Any, Any]) -> None: ...

    async def listener(data: str) -> str:
        return data

    async def stream() -> AsyncGenerator[str, None]:
        yield ""

    handlers = {"websocket": plain, "websocket_listener": listener, "websocket_stream": stream}
    for dotted in model["decorators"]:
        for positional, named, expected in (
            *((*way[:2], "/ws") for way in ways(model, {"path": "/ws"})),
            ([], {}, model["default_path"]),
        ):
            function = handlers[dotted.rpartition(".")[2]]
            function.__annotations__ = inspect.get_annotations(function, eval_str=True, locals=locals())
            app = Litestar(route_handlers=[resolve(dotted, {})(*positional, **named)(function)], openapi_config=None)
            verb = verb_of(model, dotted, "")
            assert [(route.path, route.scope_type.name) for route in app.routes] == [(expected, verb)]


@exercise("litestar", "router", 0, 1)
@exercise("litestar", "mount", 0, 1, 2)
def litestar_prefixes(model: dict[str, Any]) -> None:
    """Paths of application, router, controller and handler follow each other, however they are put together."""
    from litestar import Controller, Litestar, Router, get

    class Orders(Controller):
        path = "/c"

        @get("/x")
        async def shown(self) -> None: ...

    assert model.get("prefix", "") in ("", "kw:path", "arg:0|kw:path")
    inner = Router("/r", route_handlers=[Orders])
    for app in (
        Litestar([inner], path="/a", openapi_config=None),
        Litestar(route_handlers=[Router(path="/r", route_handlers=[Orders])], path="/a", openapi_config=None),
    ):
        assert [route.path for route in app.routes] == ["/a/r/c/x"]
    late, router = Litestar(path="/a", openapi_config=None), Router("/r", route_handlers=[])
    router.register(value=Orders)
    late.register(router)
    assert [route.path for route in late.routes] == ["/a/r/c/x"]


@exercise("litestar", "responses", 0, 1)
def litestar_errors(model: dict[str, Any]) -> None:
    """An exception that a handler raises is an error response; a response has the status that it is made with."""
    from litestar import Litestar, Response, get

    for dotted in (*model.get("failing", ()), *model.get("status", ())):
        cls = resolve(dotted, {})
        needed = {"template_name": "tried"} if "Template" in dotted else {}
        made = cls("", status_code=503) if dotted in model.get("status", ()) else cls(**needed)

        async def shown(made: Any = made) -> Any:
            if isinstance(made, Exception):
                raise made
            return made

        app = Litestar([get("/x")(_without_parameters(shown, Response[str]))], openapi_config=None)
        assert requested(app, "GET", "/x") == made.status_code >= 400, dotted


def _without_parameters(function: Callable[..., Any], returned: Any) -> Callable[..., Any]:
    """A function that calls another one, and whose signature says nothing but what it returns."""

    async def shown() -> Any:
        return await function()

    shown.__annotations__ = {"return": returned}
    return shown


# --- aiohttp ---------------------------------------------------------------------------------------------------------


def aiohttp_framework() -> Framework:
    """How to try out routes of aiohttp; what is registered is kept and done again for each request."""
    from aiohttp import web

    def make() -> dict[str, Any]:
        return {"": [], "aiohttp.web.RouteTableDef()": web.RouteTableDef(), **_recorders()}

    def _recorders() -> dict[str, Any]:
        done: list[Callable[[web.Application], Any]] = []

        class Recorder:
            """Keeps calls for a later application."""

            def __init__(self, find: Callable[[web.Application], Any], *, module: bool = False) -> None:
                self._find, self._module = find, module

            def __getattr__(self, name: str) -> Any:
                if name.startswith("__"):
                    raise AttributeError(name)

                def call(*positional: Any, **named: Any) -> Any:
                    # Arguments are tried at once, so that wrong ones are noticed.
                    made = getattr(self._find(web.Application()), name)(*positional, **named)
                    if self._module:
                        done.append(lambda app: app.router.add_routes([made]))
                    elif name == "add_resource":
                        return Recorder(lambda app: getattr(self._find(app), name)(*positional, **named))
                    else:
                        done.append(lambda app: getattr(self._find(app), name)(*positional, **named))
                    return made

                return call

        return {
            "done": done,
            "aiohttp.web.Application().router": Recorder(lambda app: app.router),
            "aiohttp.web": Recorder(lambda app: web, module=True),
        }

    def ask(objects: dict[str, Any], verb: str, path: str) -> int:
        def app() -> web.Application:
            made = web.Application()
            made.router.add_routes(objects["aiohttp.web.RouteTableDef()"])
            for each in objects["done"]:
                each(made)
            return made

        return aiohttp_status(app, verb, path)

    def handler(_: str) -> Callable[..., Any]:
        async def shown(request: web.Request) -> web.Response:
            return web.Response()

        return shown

    return Framework(make, ask, handler, verbs=lambda verb: verb)


@exercise("aiohttp", "entry", 0, 1, 3, 4, 5, 6, 7, 8, 9, 10)
def aiohttp_routes(model: dict[str, Any]) -> None:
    """Functions and tables of routes of aiohttp."""
    try_entry(model, aiohttp_framework())


@exercise("aiohttp", "entry", 12)
def aiohttp_resources(model: dict[str, Any]) -> None:
    """A resource has the path, its routes have methods and handlers."""
    framework = aiohttp_framework()
    assert model["path"] == "ctor.arg:0|ctor.kw:path"
    for positional, named in ((["/x"], {}), ([], {"path": "/x"})):
        objects = framework.make()
        resource = objects["aiohttp.web.Application().router"].add_resource(*positional, **named)
        given, options, _ = next(ways(model, {"handler": framework.handler(""), "verb": "PUT"}))
        resource.add_route(*given, **options)
        assert framework.ask(objects, "PUT", "/x") == 200
        assert framework.ask(objects, "GET", "/x") == 405


@exercise("aiohttp", "entry", 2, 11, 13)
def aiohttp_views(model: dict[str, Any]) -> None:
    """Each method of a view answers the method of HTTP that it is called like, and no other is answered."""
    from aiohttp import web

    framework = aiohttp_framework()
    for name, own in METHODS.items():

        async def shown(self: Any) -> web.Response:
            return web.Response()

        cls = type("V", (web.View,), {name: shown})
        for dotted in (*model.get("decorators", ()), *model.get("registrars", ["aiohttp.web.view"])):
            objects = framework.make()
            said = {**model, "path": model.get("path") or "arg:0", "handler": model.get("handler", "arg:1")}
            given = {"path": "/x/{id}", **({} if dotted in model.get("decorators", ()) else {"handler": cls})}
            positional, named, _ = next(ways(said, given))
            made = resolve(dotted, objects)(*positional, **named)
            if "handler" not in given:
                made(cls)
            answered = {verb for verb in METHODS.values() if framework.ask(objects, verb, "/x/7") == 200}
            assert answered == {verb_of_method(model, name) if "handlers" in model else own}, dotted


@exercise("aiohttp", "mount", 0, 1)
def aiohttp_applications(model: dict[str, Any]) -> None:
    """A part of an application hangs below the path that it is added with; a list of routes at their own paths."""
    from aiohttp import web

    apps: list[Any] = []

    async def shown(request: web.Request) -> web.Response:
        return web.Response()

    def make(dotted: str) -> tuple[Callable[..., Any], Any]:
        inner = web.Application()
        inner.router.add_get("/x", shown)
        calls: list[tuple[Any, Any]] = []

        def function(*positional: Any, **named: Any) -> None:
            assert resolve(dotted, {"aiohttp.web.Application()": web.Application()})
            calls[:] = [(positional, named)]

        def app() -> web.Application:
            # Each application runs in one loop only.
            again = web.Application()
            again.router.add_get("/x", shown)
            new: Any = again if "subapp" in dotted else [web.get("/x", shown)]
            [(positional, named)] = calls
            outer = web.Application()
            resolve(dotted, {"aiohttp.web.Application()": outer})(
                *(new if value is inner else value for value in positional),
                **{key: new if value is inner else value for key, value in named.items()},
            )
            return outer

        apps[:] = [app]
        return function, inner

    try_mount(model, make, lambda path: aiohttp_status(apps[0], "GET", path), own="")


# --- Sanic -----------------------------------------------------------------------------------------------------------


def sanic_routes(app: Any) -> set[tuple[str, str]]:
    """Methods and paths of an application's routes."""
    return {(verb, f"/{route.path}") for route in app.router.routes_all.values() for verb in route.methods or ("",)}


@exercise("sanic", "entry", 0, 1, 2, 3)
def sanic_entries(model: dict[str, Any]) -> None:
    """Applications and blueprints of Sanic, read back from the router."""
    from sanic import Blueprint

    async def shown(request: Any, *given: Any, **named: Any) -> None: ...

    for dotted in (*model.get("decorators", ()), *model.get("registrars", ())):
        verbs = [""] if not is_given(model["verb"]) else ["", "PUT"]
        for verb in verbs:
            given = {"path": PATHS[model["parameters"]], **({"verb": ["PUT"]} if verb else {})}
            if "registrars" in model:
                given["handler"] = shown
            objects: dict[str, Any] = {}

            def fresh(dotted: str = dotted, objects: dict[str, Any] = objects) -> Callable[..., Any]:
                objects.update({"sanic.Sanic()": sanic_app(), "sanic.Blueprint()": Blueprint("part")})
                return resolve(dotted, objects)  # type: ignore[no-any-return]

            for result, _ in each_way(model, given, fresh):
                if "registrars" not in model:
                    result(shown)
                app = objects["sanic.Sanic()"]
                app.blueprint(objects["sanic.Blueprint()"])
                [route] = app.router.routes_all.values()
                verbs_found = {"WEBSOCKET"} if route.extra.websocket else set(route.methods)
                assert verbs_found == {verb_of(model, dotted, verb)}, dotted
                app.router.finalize()
                assert app.router.get("/x/7", *(route.methods or ["GET"]), "")[2] == {"id": "7"}


@exercise("sanic", "entry", 4)
def sanic_views(model: dict[str, Any]) -> None:
    """Each method of a view answers the method of HTTP that it is called like."""

    async def shown(self: Any, request: Any) -> None: ...

    for name in model["handlers"]:
        app = sanic_app()
        app.add_route(type("V", (resolve(model["bases"][0], {}),), {name: shown}).as_view(), "/x")
        assert sanic_routes(app) == {(verb_of_method(model, name), "/x")}


def sanic_part(*positional: Any, **named: Any) -> Any:
    """A blueprint with a route."""
    from sanic import Blueprint

    async def shown(request: Any) -> None: ...

    made = Blueprint("part", *positional, **named)
    made.add_route(shown, "/x")
    return made


def sanic_paths(mounted: Any, **options: Any) -> set[str]:
    """Paths of what is hung up in an application."""
    app = sanic_app()
    app.blueprint(mounted, **options)
    return {path for _, path in sanic_routes(app)}


@exercise("sanic", "router", 1)
def sanic_prefixes(model: dict[str, Any]) -> None:
    """Routes of a blueprint hang below its prefix, which a version goes before."""
    keyword, _, position = model["prefix"].partition("|")
    assert position == "arg:1"
    assert (
        sanic_paths(sanic_part("/own"))
        == sanic_paths(sanic_part(**{keyword.removeprefix("kw:"): "/own"}))
        == {"/own/x"}
    )
    assert sanic_paths(sanic_part("/own", version=2)) == {"/v2/own/x"}


@exercise("sanic", "mount", 0, 1)
def sanic_mounts(model: dict[str, Any]) -> None:
    """A blueprint's prefix is replaced by that of its registration; a group's goes before it."""
    from sanic import Blueprint

    found: list[set[str]] = []

    def make(dotted: str) -> tuple[Callable[..., Any], Any]:
        found.clear()
        app = sanic_app()

        def register(*positional: Any, **named: Any) -> None:
            app.blueprint(*positional, **named)
            found.append({path for _, path in sanic_routes(app)})

        def group(*positional: Any, **named: Any) -> None:
            register(Blueprint.group(*positional, **named))

        return (group if "group" in dotted else register), sanic_part("/own")

    try_mount(model, make, lambda path: 200 if path in found[-1] else 404)
    group = Blueprint.group(sanic_part("/own"), url_prefix="/g")
    assert sanic_paths(group, url_prefix="/new") == {"/new/g/own/x"}


# --- Tornado ---------------------------------------------------------------------------------------------------------


def tornado_statuses(app: Any, *asked: tuple[str, str]) -> list[int]:
    """Statuses of the answers of an application of Tornado to requests."""
    import tornado.httpclient
    import tornado.httpserver
    import tornado.testing

    async def ask() -> list[int]:
        sock, port = tornado.testing.bind_unused_port()
        server = tornado.httpserver.HTTPServer(app)
        server.add_socket(sock)
        client = tornado.httpclient.AsyncHTTPClient()
        answers = [
            await client.fetch(
                f"http://127.0.0.1:{port}{path}", method=verb, allow_nonstandard_methods=True, raise_error=False
            )
            for verb, path in asked
        ]
        server.stop()
        return [answer.code for answer in answers]

    return asyncio.run(ask())


@exercise("tornado", "entry", 0, 1)
@exercise("tornado", "mount", 0, 1)
def tornado_routes(model: dict[str, Any]) -> None:
    """Methods of a handler answer those of HTTP that they are called like, at a pattern that a list gives."""
    import tornado.web

    for name, own in METHODS.items():
        cls = type("H", (tornado.web.RequestHandler,), {name: lambda self, **_: None})
        pattern = PATHS[model.get("parameters", "regex")]
        rules = [tornado.web.URLSpec(pattern, cls)]
        if "handler" in model:
            rules = [
                rule for rule, _ in each_way(model, {"path": pattern, "handler": cls}, lambda: tornado.web.URLSpec)
            ]
        expected = verb_of_method(model, name) if "handlers" in model else own
        for rule in rules:
            apps = [
                tornado.web.Application([rule]),
                tornado.web.Application(handlers=[rule]),
                tornado.web.Application(),
            ]
            apps[2].add_handlers(host_pattern=r".*", host_handlers=[rule])
            for app in apps:
                answers = tornado_statuses(app, *((verb, "/x/7") for verb in METHODS.values()), (expected, "/y"))
                assert answers == [200 if verb == expected else 405 for verb in METHODS.values()] + [404]


@exercise("tornado", "responses", 0, 1)
def tornado_errors(model: dict[str, Any]) -> None:
    """Exceptions and what says so are error responses."""
    import tornado.web

    for dotted in (*model.get("failing", ()), *model.get("status", ())):

        class Handler(tornado.web.RequestHandler):
            def get(self, dotted: str = dotted) -> None:
                if "()" in dotted:
                    getattr(self, dotted.rpartition(".")[2])(409)
                    return
                raise resolve(dotted, {})("tried") if "Missing" in dotted else resolve(dotted, {})(409)

        [answer] = tornado_statuses(tornado.web.Application([("/x", Handler)]), ("GET", "/x"))
        assert answer == (400 if "Missing" in dotted else 409), dotted


# --- BlackSheep ------------------------------------------------------------------------------------------------------


def blacksheep_framework() -> Framework:
    """How to try out routes of BlackSheep."""
    import blacksheep
    from blacksheep import Application, Router
    from blacksheep.server.routing import router

    # Only one application may use what the functions of the module fill.
    default = Application()
    asyncio.run(default.start())

    apps = [default, default, default]

    def make() -> dict[str, Any]:
        router.reset()
        # It remembers what it has not found.
        Router.get_match_by_method_and_path.cache_clear()
        apps[1:] = [Application(router=Router()), Application(router=Router())]
        for app in apps[1:]:
            asyncio.run(app.start())
        return {"blacksheep": blacksheep, "blacksheep.Application()": apps[1], "blacksheep.Router()": apps[2].router}

    def ask(objects: dict[str, Any], verb: str, path: str) -> int:
        for app in apps:
            app.router.apply_routes()
        return of_any(apps, verb, path)

    def handler(parameter: str) -> Callable[..., Any]:
        # What takes a request and gives a response is called as it is, also where the application runs already.
        async def shown(request: blacksheep.Request) -> blacksheep.Response:
            return blacksheep.text("shown")

        return shown

    return Framework(make, ask, handler)


@exercise("blacksheep", "entry", *(number for number in range(12) if number != 2))
def blacksheep_routes(model: dict[str, Any]) -> None:
    """Applications, routers and functions of the module of BlackSheep."""
    framework = blacksheep_framework()
    if "registrars" in model:
        framework.verbs = lambda verb: verb
    else:
        model = {**model, "decorators": [dotted for dotted in model["decorators"] if "controllers" not in dotted]}
    try_entry(model, framework)
    if "default_path" in model:
        try_default_path(model, framework)


@exercise("blacksheep", "entry", 1, 2)
def blacksheep_controllers(model: dict[str, Any]) -> None:
    """Methods of a controller hang at their paths, in one of an API below its name."""
    from blacksheep import Application
    from blacksheep.server.controllers import APIController, Controller

    asked = []
    for number, dotted in enumerate(one for one in model["decorators"] if "controllers" in one):
        decorator = resolve(dotted, {})
        verb = verb_of(model, dotted, "")
        for cls, path in ((Controller, f"/x{number}"), (APIController, "/x")):
            positional, named, _ = next(ways(model, {"path": path}))
            name = f"{'Cows' if cls is Controller else 'Birds'}{number}"
            type(name, (cls,), {"shown": decorator(*positional, **named)(lambda self: "shown")})
        asked += [(verb, f"/x{number}"), (verb, f"/api/birds{number}/x")]
        if "default_path" in model:
            type(f"Owls{number}", (APIController,), {"shown": decorator()(lambda self: "shown")})
            asked.append((verb, f"/api/owls{number}{model['default_path']}".removesuffix("/")))
    app = Application()
    asyncio.run(app.start())
    statuses = {one: requested(app, *one) for one in asked}
    assert set(statuses.values()) == {200}, statuses


@exercise("blacksheep", "router", 1)
@exercise("blacksheep", "mount", 0, 1)
def blacksheep_prefixes(model: dict[str, Any]) -> None:
    """A router's routes hang below its prefix, an application below the path that it is mounted at."""
    from blacksheep import Application, Router

    app = Application(router=Router(prefix="/pre"))
    app.router.get("/x")(lambda: "shown")
    asyncio.run(app.start())
    assert [requested(app, "GET", path) for path in ("/pre/x", "/x")] == [200, 404]
    assert model.get("prefix", "") in ("", "kw:prefix", "arg:0|kw:path")
    for named in (False, True):
        outer, inner = Application(router=Router()), Application(router=Router())
        inner.router.get("/x")(lambda: "shown")
        outer.mount_registry.auto_events = True
        if named:
            outer.mount(path="/new", app=inner)
        else:
            outer.mount("/new", inner)
        asyncio.run(outer.start())
        assert [requested(outer, "GET", path) for path in ("/new/x", "/x")] == [200, 404]


@exercise("blacksheep", "responses", 0, 1, 2)
def blacksheep_errors(model: dict[str, Any]) -> None:
    """Exceptions and what makes responses give the statuses of errors."""
    import blacksheep.exceptions

    framework = blacksheep_framework()

    def failing(dotted: str) -> Any:
        made = resolve(dotted, {})
        if dotted in model.get("status", ()):
            return made(503) if model["selector"].startswith("arg:0") else made("", 503)
        if not isinstance(made, type):
            return made()
        arguments = {"HTTPException": [409], "FailedRequestError": [409, "tried"], "BadRequestFormat": ["tried"]}
        raise made(*arguments.get(made.__name__, []))

    for dotted in (*model.get("failing", ()), *model.get("status", ())):

        async def shown(request: Any, dotted: str = dotted) -> Any:
            return failing(dotted)

        objects = framework.make()
        objects["blacksheep.Application()"].router.get("/fine")(framework.handler(""))
        objects["blacksheep.Application()"].router.get("/x")(shown)
        try:
            expected = failing(dotted).status
        except blacksheep.exceptions.HTTPException as error:
            expected = error.status
        assert framework.ask(objects, "GET", "/fine") == 200
        assert framework.ask(objects, "GET", "/x") == expected >= 400, dotted


# --- Robyn -----------------------------------------------------------------------------------------------------------


@exercise("robyn", "entry", 0, 1)
def robyn_routes(model: dict[str, Any]) -> None:
    """Applications and parts of Robyn, through its test client."""
    from robyn import Robyn, SubRouter
    from robyn.testing import TestClient

    def make() -> dict[str, Any]:
        return {"robyn.Robyn()": Robyn(__file__), "robyn.SubRouter()": SubRouter(__file__)}

    def ask(objects: dict[str, Any], verb: str, path: str) -> int:
        statuses = [TestClient(each)._execute(verb, path).status_code for each in objects.values()]
        return min(statuses)

    def shown() -> str:
        return "shown"

    try_entry(model, Framework(make, ask, lambda _: shown, verbs=lambda verb: verb))


@exercise("robyn", "entry", 2)
def robyn_websockets(model: dict[str, Any]) -> None:
    """A websocket of Robyn is a route of its own kind."""
    from robyn import Robyn, SubRouter

    for dotted in model["decorators"]:
        app, part = Robyn(__file__), SubRouter(__file__)
        function = resolve(dotted, {"robyn.Robyn()": app, "robyn.SubRouter()": part})

        async def shown(websocket: Any) -> None: ...

        positional, named, _ = next(ways(model, {"path": "/ws"}))
        function(*positional, **named)(shown)
        owner = app if "Robyn" in dotted else part
        assert [*owner.web_socket_router.get_routes()] == ["/ws"], dotted


@exercise("robyn", "router", 1)
@exercise("robyn", "mount", 0)
def robyn_prefixes(model: dict[str, Any]) -> None:
    """Routes of a part hang below its prefix."""
    from robyn import Robyn, SubRouter

    apps: list[Any] = []

    def make(dotted: str) -> tuple[Callable[..., Any], Any]:
        apps[:] = [Robyn(__file__), SubRouter(__file__)]
        part = SubRouter(__file__, prefix="/own")
        part.get("/x")(lambda: "shown")
        return resolve(dotted, {"robyn.Robyn()": apps[0], "robyn.SubRouter()": apps[1]}), part

    def ask(path: str) -> int:
        found = {route.route for app in apps for route in app.router.get_routes()}
        return 200 if path in found else 404

    assert model.get("prefix", "kw:prefix") == "kw:prefix"
    functions = model.get("functions", ["robyn.Robyn().include_router"])
    try_mount({"functions": functions, "mounted": model.get("mounted", "arg:0")}, make, ask)
