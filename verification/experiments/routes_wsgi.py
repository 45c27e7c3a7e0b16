"""Bottle, Falcon, Pyramid, CherryPy, Connexion, Chalice, Powertools: routes are registered and asked for."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import io
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from experiment import exercise
from routes_common import PATHS, Framework, each_way, resolve, try_default_path, try_entry, try_mount, ways

LOT = "routes-1"

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def requested(app: Callable[..., Any], verb: str, path: str) -> int:
    """The status of the answer of a WSGI application to a request."""
    from wsgiref.util import setup_testing_defaults

    environ: dict[str, Any] = {"REQUEST_METHOD": verb, "PATH_INFO": path, "SCRIPT_NAME": "", "CONTENT_LENGTH": "0"}
    environ["wsgi.errors"] = io.StringIO()
    setup_testing_defaults(environ)
    statuses: list[str] = []
    answer = app(environ, lambda status, headers, error=None: statuses.append(status))
    for _ in answer:
        pass
    return int(statuses[-1].partition(" ")[0])


# --- Bottle ----------------------------------------------------------------------------------------------------------


def bottle_framework() -> Framework:
    """How to try out routes of Bottle."""
    import bottle

    def make() -> dict[str, Any]:
        bottle.app.push()
        own = bottle.default_app()
        return {"bottle": bottle, "bottle.Bottle()": bottle.Bottle(), "bottle.default_app()": own}

    def ask(objects: dict[str, Any], verb: str, path: str) -> int:
        found = 404
        for app in (objects["bottle.Bottle()"], objects["bottle.default_app()"]):
            got = requested(app, verb, path)
            found = got if got != 404 else found
        return found

    def handler(parameter: str) -> Callable[..., str]:
        def shown(id: str) -> str:  # noqa: A002
            return id

        def plain() -> str:
            return "shown"

        return shown if parameter else plain

    return Framework(make, ask, handler)


@exercise("bottle", "entry", 0, 1)
def bottle_routes(model: dict[str, Any]) -> None:
    """Applications and functions of the module of Bottle, with and without a path."""
    try_entry(model, bottle_framework())
    try_default_path(model, bottle_framework())


@exercise("bottle", "mount", 0, 1)
def bottle_applications(model: dict[str, Any]) -> None:
    """An application hangs below the prefix that it is mounted at; routes of another are merged as they are."""
    import bottle

    framework = bottle_framework()
    objects: dict[str, Any] = {}

    def make(dotted: str) -> tuple[Callable[..., Any], Any]:
        objects.update(framework.make())
        inner = bottle.Bottle()
        inner.get("/x")(lambda: "shown")
        return resolve(dotted, objects), inner

    try_mount(model, make, lambda path: framework.ask(objects, "GET", path), own="")


@exercise("bottle", "responses", 0)
def bottle_errors(model: dict[str, Any]) -> None:
    """What always raises does, exceptions are error responses, and responses have the status that they are given."""
    import bottle

    for dotted in (*model["raising"], *model["failing"], *model["status"]):
        own = [([], 500), ([409], 409)]
        for positional, expected in own if dotted not in model["status"] else [(["", 503], 503)]:
            app = bottle.Bottle()

            def failing(dotted: str = dotted, positional: list[Any] = positional) -> Any:
                made = resolve(dotted, {})(*positional)
                if isinstance(made, Exception):
                    raise made
                return "went on"

            # Without a signature nothing is expected of the path.
            app.route("/x", "GET", functools.partial(failing))
            assert requested(app, "GET", "/x") == expected, dotted


# --- Falcon ----------------------------------------------------------------------------------------------------------


def falcon_status(app: Any, verb: str, path: str) -> int:
    """The status of the answer of an application of Falcon to a request."""
    import falcon.testing

    return int(falcon.testing.TestClient(app).simulate_request(verb, path).status_code)


@exercise("falcon", "entry", 0)
def falcon_responders(model: dict[str, Any]) -> None:
    """Each responder answers the method of HTTP that it is called after, and no other is answered."""
    import falcon
    import falcon.asgi
    import falcon.inspect

    for dotted in model["registrars"]:
        for name, verb in model["actions"].items():

            def plain(self: Any, req: Any, resp: Any, **given: Any) -> None: ...

            async def waiting(self: Any, req: Any, resp: Any, **given: Any) -> None: ...

            resource = type("R", (), {name: waiting if ".asgi." in dotted or "websocket" in name else plain})()
            apps: list[Any] = []

            def fresh(dotted: str = dotted, apps: list[Any] = apps) -> Callable[..., Any]:
                apps[:] = [resolve(dotted.rpartition("()")[0], {})()]
                return apps[0].add_route  # type: ignore[no-any-return]

            if "websocket" in name and ".asgi." not in dotted:
                continue
            for _ in each_way(model, {"path": "/x/{id}", "handler": resource}, fresh):
                [route] = falcon.inspect.inspect_routes(apps[0])
                assert [method.method for method in route.methods if not method.internal] == [verb]
                for asked in METHODS if "websocket" not in name else ():
                    status = falcon_status(apps[0], asked, "/x/7")
                    assert status == (200 if asked == verb else 405), (name, asked, status)


@exercise("falcon", "entry", 0)
def falcon_suffixes(model: dict[str, Any]) -> None:
    """With a suffix, the responders that end in it answer instead."""
    import falcon

    class Orders:
        def on_post(self, req: Any, resp: Any) -> None:
            resp.status = 201

        def on_post_bulk(self, req: Any, resp: Any) -> None:
            resp.status = 202

    app = falcon.App()
    app.add_route("/x", Orders())
    app.add_route("/x/bulk", Orders(), suffix="bulk")
    assert [falcon_status(app, "POST", path) for path in ("/x", "/x/bulk")] == [201, 202]


@exercise("falcon", "entry", 1)
def falcon_sinks(model: dict[str, Any]) -> None:
    """A sink answers all methods at all paths that begin with its prefix, or at all where it has none."""

    def plain(req: Any, resp: Any, **given: Any) -> None: ...

    async def waiting(req: Any, resp: Any, **given: Any) -> None: ...

    for dotted in model["registrars"]:
        for given in ({"path": r"/x/(?P<id>\d+)"}, {}):
            apps: list[Any] = []

            def fresh(dotted: str = dotted, apps: list[Any] = apps) -> Callable[..., Any]:
                apps[:] = [resolve(dotted.rpartition("()")[0], {})()]
                return apps[0].add_sink  # type: ignore[no-any-return]

            for _ in each_way(model, {"handler": waiting if ".asgi." in dotted else plain, **given}, fresh):
                asked = [falcon_status(apps[0], "PUT", path) for path in ("/x/7", "/x/7/more", "/y")]
                assert asked == [200, 200, 404 if given else 200], (dotted, asked)
    assert model["default_path"] == "/"


@exercise("falcon", "responses", 0, 1)
def falcon_errors(model: dict[str, Any]) -> None:
    """An exception that a responder raises is an error response."""
    import falcon

    needed = {
        "HTTPError": [falcon.HTTP_409],
        "HTTPStatus": [falcon.HTTP_409],
        "HTTPInvalidHeader": ["tried", "X"],
        "HTTPInvalidParam": ["tried", "x"],
        "HTTPMethodNotAllowed": [["GET"]],
        "HTTPMissingHeader": ["X"],
        "HTTPMissingParam": ["x"],
        "HTTPRangeNotSatisfiable": [7],
        "MediaMalformedError": ["json"],
        "MediaNotFoundError": ["json"],
    }
    for dotted in (*model.get("failing", ()), *model.get("status", ())):
        made = resolve(dotted, {})(*needed.get(dotted.rpartition(".")[2], []))

        class Failing:
            def on_get(self, req: Any, resp: Any, made: Exception = made) -> None:
                raise made

        app = falcon.App()
        app.add_route("/x", Failing())
        assert falcon_status(app, "GET", "/x") == int(str(made.status)[:3]) >= 400, dotted


# --- Pyramid ---------------------------------------------------------------------------------------------------------


def pyramid_app(add: Callable[[Any], None], **options: Any) -> Callable[..., Any]:
    """An application of Pyramid that a function adds routes and views to."""
    from pyramid.config import Configurator

    with Configurator(**options) as config:
        add(config)
        return config.make_wsgi_app()  # type: ignore[no-any-return]


def pyramid_view(request: Any) -> Any:
    """A view of Pyramid."""
    from pyramid.response import Response

    return Response("shown")


@exercise("pyramid", "entry", 0, 1)
def pyramid_views(model: dict[str, Any]) -> None:
    """A view answers at the pattern of the route that it names, those methods that it says, or all."""
    import types

    keyword = model["verb"].removeprefix("kw:")
    for given, expected in (
        ({}, set(METHODS)),
        ({keyword: "PUT"}, {"PUT"}),
        ({keyword: ("PUT", "GET")}, {"GET", "PUT"}),
    ):

        def add(config: Any, given: dict[str, Any] = given) -> None:
            config.add_route("tried", "/x/{id}")
            if "registrars" in model:
                positional, named, _ = list(ways(model, {"handler": pyramid_view}))[len(given) % 2]
                config.add_view(*positional, **named, route_name="tried", **given)
                return

            @resolve(model["decorators"][0], {})(route_name="tried", **given)
            def shown(request: Any) -> Any:
                return pyramid_view(request)

            # As if this module had nothing else.
            module = types.ModuleType(__name__)
            module.shown = shown  # type: ignore[attr-defined]
            config.scan(module)

        app = pyramid_app(add)
        assert {verb for verb in METHODS if requested(app, verb, "/x/7") == 200} == expected


@exercise("pyramid", "router", 0)
@exercise("pyramid", "mount", 0)
def pyramid_prefixes(model: dict[str, Any]) -> None:
    """Prefixes go before each other, from the application inwards."""

    def routes(config: Any) -> None:
        config.add_route("tried", "/x")
        config.add_view(pyramid_view, route_name="tried")

    if "mounted" not in model:
        app = pyramid_app(routes, **{model["prefix"].removeprefix("kw:"): "/pre"})
        assert [requested(app, "GET", path) for path in ("/pre/x", "/x")] == [200, 404]
        return
    for positional, named, _ in list(ways(model, {"mounted": routes, "prefix": "/inc"})):
        app = pyramid_app(lambda config: config.include(*positional, **named), route_prefix="/pre")  # noqa: B023
        assert [requested(app, "GET", path) for path in ("/pre/inc/x", "/inc/x", "/x")] == [200, 404, 404]


@exercise("pyramid", "responses", 0, 1, 2)
def pyramid_errors(model: dict[str, Any]) -> None:
    """Exceptions that are raised, and responses that are returned, are errors."""
    for dotted in (*model.get("failing", ()), *model.get("status", ())):
        positional = [] if dotted in model.get("failing", ()) else [409] if "arg:0" in model["selector"] else ["", 409]
        made = resolve(dotted, {})(*positional)

        def returning(request: Any, made: Any = made) -> Any:
            return made

        def raising(request: Any, made: Any = made) -> Any:
            raise made

        for failing in (returning, raising) if isinstance(made, Exception) else (returning,):

            def add(config: Any, failing: Callable[..., Any] = failing) -> None:
                config.add_route("tried", "/x")
                config.add_view(failing, route_name="tried")

            status = requested(pyramid_app(add), "GET", "/x")
            assert status == made.status_int >= 400, dotted
            assert not positional or status == 409, dotted


# --- CherryPy --------------------------------------------------------------------------------------------------------


def cherrypy_status(app: Any, verb: str, path: str) -> int:
    """The status of the answer of what is mounted to a request."""
    import cherrypy

    cherrypy.config.update({"log.screen": False, "environment": "embedded"})
    return requested(app or cherrypy.tree, verb, path)


@exercise("cherrypy", "entry", 0)
def cherrypy_methods(model: dict[str, Any]) -> None:
    """Exposed methods answer below the path of attributes; those of a class for a `MethodDispatcher` at its own."""
    import cherrypy

    [dotted] = model["decorators"]
    expose = resolve(dotted, {})

    class Orders:
        @expose
        def shown(self) -> str:
            return "shown"

        @expose
        def index(self) -> str:
            return "index"

        def hidden(self) -> str:
            return "hidden"

    class Root:
        orders = Orders()

        @expose()
        def shown(self) -> str:
            return "shown"

    cherrypy.tree.mount(Root(), "/")
    paths = [model["default_path"].replace("{name}", "shown"), "/orders/shown", "/orders/", "/orders/hidden"]
    assert [cherrypy_status(None, "GET", path) for path in paths] == [200, 200, 200, 404]
    for name, verb in model["actions"].items():
        cls = expose(type("Rest", (), {name: lambda self: "shown"}))
        dispatch = {"/": {"request.dispatch": cherrypy.dispatch.MethodDispatcher()}}
        app = cherrypy.Application(cls(), "/rest", dispatch)
        answered = {asked for asked in METHODS if cherrypy_status(app, asked, "/rest") == 200}
        assert answered == {verb} & set(METHODS), name


@exercise("cherrypy", "mount", 0, 1)
def cherrypy_mounts(model: dict[str, Any]) -> None:
    """What is mounted hangs below the path that it is mounted at."""
    import cherrypy

    class Root:
        @cherrypy.expose
        def x(self) -> str:
            return "shown"

    def plain(environ: dict[str, str], start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK" if environ["PATH_INFO"] == "/x" else "404 Not Found", [])
        return [b""]

    def make(dotted: str) -> tuple[Callable[..., Any], Any]:
        cherrypy.tree.apps.clear()
        if dotted == "cherrypy.tree.graft":
            return cherrypy.tree.graft, plain
        function = resolve(dotted, {"cherrypy.tree": cherrypy.tree, "cherrypy": cherrypy})
        # It would run for ever.
        cherrypy.engine.start = cherrypy.engine.block = lambda: None
        return function, Root()

    try_mount(model, make, lambda path: cherrypy_status(None, "GET", path), own="")


@exercise("cherrypy", "responses", 0)
def cherrypy_errors(model: dict[str, Any]) -> None:
    """An exception that a method raises is an error response."""
    import cherrypy

    for dotted in model["failing"]:
        for positional, expected in (([], 404 if "NotFound" in dotted else 500), ([409], 409)):

            class Root:
                @cherrypy.expose
                def x(self, dotted: str = dotted, positional: list[int] = positional) -> str:
                    raise resolve(dotted, {})(*positional)

            if "NotFound" in dotted and positional:
                continue
            assert cherrypy_status(cherrypy.Application(Root(), ""), "GET", "/x") == expected, dotted


# --- Connexion -------------------------------------------------------------------------------------------------------


def operation(id: int) -> dict[str, int]:  # noqa: A002
    """The handler of an operation."""
    return {"id": id}


def failing_operation() -> Any:
    """The handler of an operation that fails as `failing_operation.made` says."""
    made = failing_operation.made()  # type: ignore[attr-defined]
    if isinstance(made, Exception):
        raise made
    return made


@contextlib.contextmanager
def specification() -> Iterator[Path]:
    """A file that says what a service offers."""
    answers = {"responses": {"200": {"description": "shown"}}}
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    said = {
        "openapi": "3.0.0",
        "info": {"title": "tried", "version": "1"},
        "servers": [{"url": "/srv"}],
        "paths": {
            "/x/{id}": {"get": {"operationId": f"{__name__}.operation", "parameters": [parameter], **answers}},
            "/failing": {"get": {"operationId": f"{__name__}.failing_operation", **answers}},
        },
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "openapi.json")
        file.write_text(json.dumps(said), "utf-8")
        yield file


def connexion_app(dotted: str) -> Any:
    """An application of Connexion of the class in an access path."""
    import connexion
    from starlette.applications import Starlette

    if "ConnexionMiddleware" in dotted:
        return connexion.ConnexionMiddleware(Starlette())
    return resolve(dotted.partition("()")[0], {})("tried")


def connexion_status(app: Any, verb: str, path: str) -> int:
    """The status of the answer of an application of Connexion to a request."""
    import httpx

    async def ask() -> int:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://tried") as client:
            return (await client.request(verb, path)).status_code

    return asyncio.run(ask())


@exercise("connexion", "contract", 0)
def connexion_contracts(model: dict[str, Any]) -> None:
    """Operations of the file are served by the functions that it names, below the base path or that of the server."""
    with specification() as file:
        for dotted in model["functions"]:
            for given, expected in (({}, "/srv/x/7"), ({"prefix": "/base"}, "/base/x/7")):
                apps: list[Any] = []

                def fresh(dotted: str = dotted, apps: list[Any] = apps) -> Callable[..., Any]:
                    apps[:] = [connexion_app(dotted)]
                    return apps[0].add_api  # type: ignore[no-any-return]

                for _ in each_way(model, {"file": str(file), **given}, fresh):
                    asked = {path: connexion_status(apps[0], "GET", path) for path in ("/srv/x/7", "/base/x/7", "/x/7")}
                    if "Middleware" not in dotted:
                        assert asked == {path: 200 if path == expected else 404 for path in asked}, (dotted, asked)
                        assert connexion_status(apps[0], "GET", expected.replace("7", "seven")) in (400, 404)


@exercise("connexion", "entry", 0, 1, 2, 3)
def connexion_routes(model: dict[str, Any]) -> None:
    """Routes beside those of a file."""
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse

    def flask_handler(id: str) -> str:  # noqa: A002
        return id

    def starlette_handler(request: Request) -> Any:
        return PlainTextResponse("shown")

    dotted = (model.get("decorators") or model["registrars"])[0]
    name = dotted.rpartition(".")[0]
    framework = Framework(
        lambda: {name: connexion_app(dotted)},
        lambda objects, verb, path: connexion_status(objects[name], verb, path),
        lambda _: flask_handler if "Flask" in dotted else starlette_handler,
    )
    if "registrars" in model:
        # Its position comes after that of a name.
        model = {**model, "handler": "kw:view_func"}
    try_entry(model, framework)


@exercise("connexion", "responses", 0, 1)
def connexion_errors(model: dict[str, Any]) -> None:
    """An exception that a handler raises is an error response; a problem has the status that it is made with."""
    import connexion

    needed = {
        "ExtraParameterProblem": {"param_type": "query", "extra_params": ["x"]},
        "OAuthScopeProblem": {"token_scopes": [], "required_scopes": ["x"]},
        "TypeValidationError": {"schema_type": "x", "parameter_type": "query", "parameter_name": "x"},
        "problem": {"status": 409, "title": "tried", "detail": "tried"},
    }
    with specification() as file:
        for dotted in (*model.get("failing", ()), *model.get("status", ())):
            given = needed.get(dotted.rpartition(".")[2], {})
            failing_operation.made = functools.partial(resolve(dotted, {}), **given)  # type: ignore[attr-defined]
            expected = failing_operation.made().status_code  # type: ignore[attr-defined]
            app = connexion.AsyncApp("tried")
            app.add_api(str(file))
            status = connexion_status(app, "GET", "/srv/failing")
            assert status == expected >= 400, (dotted, status, expected)


def empty() -> dict[str, str]:
    """A handler that has nothing to say."""
    return {}


# --- Chalice, Powertools ---------------------------------------------------------------------------------------------


def chalice_status(app: Any, verb: str, path: str) -> int:
    """The status of the answer of an application of Chalice to a request."""
    import chalice.test

    with chalice.test.Client(app) as client:
        return int(client.http.request(verb, path).status_code)


@exercise("chalice", "entry", 0)
def chalice_routes(model: dict[str, Any]) -> None:
    """Applications and blueprints of Chalice, read back, and asked for."""
    import chalice

    for dotted in model["decorators"]:
        for verbs, expected in ((None, {model["default_verb"]}), (["PUT", "POST"], {"PUT", "POST"})):
            given = {"path": "/x/{id}", **({} if verbs is None else {"verb": verbs})}
            for positional, named, _ in list(ways(model, given)):
                app, part = chalice.Chalice("tried"), chalice.Blueprint("part")
                route = resolve(dotted, {"chalice.Chalice()": app, "chalice.Blueprint()": part})
                route(*positional, **named)(lambda **given: given)
                app.register_blueprint(part)
                assert {path: set(routes) for path, routes in app.routes.items() if routes} == {"/x/{id}": expected}
                assert chalice_status(app, min(expected), "/x/7") == 200


@exercise("chalice", "mount", 0)
def chalice_prefixes(model: dict[str, Any]) -> None:
    """Routes of a blueprint hang below the prefix that it is registered with."""
    import chalice

    for positional, named in ((["name", "/new"], {}), ([], {"url_prefix": "/new"})):
        app, part = chalice.Chalice("tried"), chalice.Blueprint("part")
        part.route("/x")(empty)
        app.register_blueprint(part, *positional, **named)
        assert [path for path, routes in app.routes.items() if routes] == ["/new/x"]
    assert model["prefix"] == "kw:url_prefix|arg:2"


@exercise("chalice", "responses", 0, 1)
def chalice_errors(model: dict[str, Any]) -> None:
    """An exception that a view raises is an error response; a response has the status that it is made with."""
    import chalice

    for dotted in (*model.get("failing", ()), *model.get("status", ())):
        app = chalice.Chalice("tried")

        def failing(dotted: str = dotted) -> Any:
            if dotted in model.get("status", ()):
                return resolve(dotted, {})("", None, 503)
            raise resolve(dotted, {})("tried")

        app.route("/x")(lambda failing=failing: failing())
        expected = getattr(resolve(dotted, {}), "STATUS_CODE", 503)
        assert chalice_status(app, "GET", "/x") == expected >= 400, dotted


def powertools_event(dotted: str, verb: str, path: str) -> dict[str, Any]:
    """The event of a request, for a resolver."""
    http = {"method": verb, "path": path}
    return {
        "httpMethod": verb,
        "method": verb,
        "path": path,
        "raw_path": path,
        "rawPath": path,
        "requestContext": {"http": http, "path": path, "stage": "$default", "elb": {}},
        "headers": {},
        "multiValueHeaders": {},
    }


def powertools_framework() -> Framework:
    """How to try out routes of the resolvers of Powertools."""
    from aws_lambda_powertools import event_handler
    from aws_lambda_powertools.event_handler import router

    base = "aws_lambda_powertools.event_handler"
    resolvers = (
        "APIGatewayRestResolver",
        "APIGatewayHttpResolver",
        "ALBResolver",
        "LambdaFunctionUrlResolver",
        "VPCLatticeResolver",
        "VPCLatticeV2Resolver",
        "ApiGatewayResolver",
    )
    routers = ("Router", "APIGatewayRouter", "APIGatewayHttpRouter", "ALBRouter", "LambdaFunctionUrlRouter")

    def make() -> dict[str, Any]:
        return {
            **{f"{base}.{name}()": getattr(event_handler, name)() for name in resolvers},
            **{f"{base}.router.{name}()": getattr(router, name)() for name in routers},
        }

    def ask(objects: dict[str, Any], verb: str, path: str) -> int:
        found = 404
        apps = {name: made for name, made in objects.items() if ".router." not in name}
        collecting = event_handler.APIGatewayRestResolver()
        for name, made in objects.items():
            if ".router." in name:
                collecting.include_router(made)
        for name, app in {**apps, "": collecting}.items():
            got = int(app(powertools_event(name, verb, path), {})["statusCode"])
            found = got if got != 404 else found
        return found

    def handler(parameter: str) -> Callable[..., dict[str, str]]:
        def shown(id: str = "") -> dict[str, str]:  # noqa: A002
            return {"id": id}

        return shown

    return Framework(make, ask, handler)


@exercise("aws-lambda-powertools", "entry", 0, 1)
def powertools_routes(model: dict[str, Any]) -> None:
    """Resolvers and routers of Powertools, asked by events."""
    try_entry(model, powertools_framework())


@exercise("aws-lambda-powertools", "mount", 0)
def powertools_prefixes(model: dict[str, Any]) -> None:
    """Routes of a router hang below the prefix that it is included with; a stripped one may come before them."""
    from aws_lambda_powertools.event_handler import APIGatewayRestResolver
    from aws_lambda_powertools.event_handler.router import Router

    framework = powertools_framework()
    objects: dict[str, Any] = {}

    def make(dotted: str) -> tuple[Callable[..., Any], Any]:
        objects.clear()
        objects.update(framework.make())
        inner = Router()
        inner.get("/x")(empty)
        return resolve(dotted, objects), inner

    try_mount(model, make, lambda path: framework.ask(objects, "GET", path), own="")
    app = APIGatewayRestResolver(strip_prefixes=["/pay"])
    app.get("/x")(empty)
    assert [app(powertools_event("", "GET", path), {})["statusCode"] for path in ("/pay/x", "/x")] == [200, 200]


@exercise("aws-lambda-powertools", "entry", 2)
def powertools_fields(model: dict[str, Any]) -> None:
    """A resolver of AppSync answers for the field that it names, given a type or not."""
    from aws_lambda_powertools.event_handler import AppSyncResolver

    def shown() -> str:
        return "shown"

    # With no name of a field there is one for all.
    assert model["path"] == "arg:1|kw:field_name"
    for positional, named in ((["Query", "orders"], {}), ([], {"field_name": "orders"})):
        app = AppSyncResolver()
        app.resolver(*positional, **named)(shown)
        event = {"info": {"parentTypeName": "Query", "fieldName": "orders"}, "arguments": {}}
        assert app(event, {}) == "shown"  # type: ignore[arg-type]


@exercise("aws-lambda-powertools", "responses", 0, 1)
def powertools_errors(model: dict[str, Any]) -> None:
    """An exception that a route raises is an error response; a response has the status that it is made with."""
    from aws_lambda_powertools.event_handler import APIGatewayRestResolver

    for dotted in (*model.get("failing", ()), *model.get("status", ())):
        app = APIGatewayRestResolver()

        def failing(dotted: str = dotted) -> Any:
            made = resolve(dotted, {})(*[409] * (dotted in model.get("status", ())), *["tried"])
            if isinstance(made, Exception):
                raise made
            return made

        app.get("/x")(lambda failing=failing: failing())
        status = int(app(powertools_event("", "GET", "/x"), {})["statusCode"])
        expected = 409 if dotted in model.get("status", ()) else int(resolve(dotted, {})("tried").status_code)
        assert status == expected >= 400, dotted


# --- nameko ----------------------------------------------------------------------------------------------------------


@exercise("nameko", "entry", 1)
def nameko_routes(model: dict[str, Any]) -> None:
    """An HTTP entry point of a service keeps methods and path as a rule of werkzeug."""
    import werkzeug.routing
    from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR

    for dotted in model["decorators"]:
        function = resolve(dotted.removesuffix(".decorator"), {})
        function = function if not dotted.endswith("decorator") else function.decorator

        def shown(self: Any, request: Any, id: int) -> str:  # noqa: A002
            return "shown"

        given = {"verb": "PUT,POST", "path": PATHS[model["parameters"]]}
        for positional, named, _ in list(ways(model, given)):
            shown.__dict__.pop(ENTRYPOINT_EXTENSIONS_ATTR, None)
            function(*positional, **named)(shown)
            [entry] = getattr(shown, ENTRYPOINT_EXTENSIONS_ATTR)
            rule = entry.get_url_rule()
            rules = werkzeug.routing.Map([rule])
            assert (rule.methods, rule.arguments) == ({"PUT", "POST"}, {"id"})
            assert rules.bind("tried").match("/x/7", method="PUT")[1] == {"id": "7"}
