"""Flask, Quart and what builds on Flask: routes are registered in every way that the tables name, and asked for."""

from __future__ import annotations

import asyncio
import functools
import importlib
import inspect
from collections.abc import Callable
from typing import Any

from experiment import exercise
from routes_common import PATHS, Framework, resolve, try_entry, try_mount, verb_of_method, ways

LOT = "routes-1"

METHODS = {"get": "GET", "post": "POST", "put": "PUT", "patch": "PATCH", "delete": "DELETE"}


def handler(parameter: str) -> Callable[..., str]:
    """A handler with or without a parameter."""

    def shown(id: str = "") -> str:  # noqa: A002
        return f"shown {id}"

    return shown if parameter else lambda: "shown"


def flask_like(kind: str) -> tuple[type, type]:
    """Application and blueprint of a framework."""
    names = {
        "flask": ("flask.Flask", "flask.Blueprint"),
        "quart": ("quart.Quart", "quart.Blueprint"),
        "apiflask": ("apiflask.APIFlask", "apiflask.APIBlueprint"),
        "flask_smorest": ("flask.Flask", "flask_smorest.Blueprint"),
    }[kind]
    app, blueprint = (
        getattr(importlib.import_module(name.partition(".")[0]), name.rpartition(".")[2]) for name in names
    )
    return app, blueprint


def status(app: Any, verb: str, path: str) -> int:
    """The status of the answer of an application to a request."""
    answer = app.test_client().open(path, method=verb)
    if inspect.isawaitable(answer):
        answer = asyncio.run(_awaited(answer))
    return int(answer.status_code)


async def _awaited(answer: Any) -> Any:
    return await answer


def framework(kind: str) -> Framework:
    """How to try out routes of an application and a blueprint."""
    app_class, blueprint_class = flask_like(kind)
    app_name = {"flask": "flask.Flask()", "quart": "quart.Quart()", "apiflask": "apiflask.APIFlask()"}.get(kind, "app")
    blueprint_name = "apiflask.APIBlueprint()" if kind == "apiflask" else f"{kind}.Blueprint()"

    def make() -> dict[str, Any]:
        return {app_name: app_class("tried"), blueprint_name: blueprint_class("part", "tried")}

    def ask(objects: dict[str, Any], verb: str, path: str) -> int:
        app = app_class("asked")
        found = 404
        app.register_blueprint(objects[blueprint_name])
        for each in (app, objects[app_name]):
            got = status(each, verb, path)
            found = got if got != 404 else found
        return found

    return Framework(make, ask, handler)


@exercise("flask", "entry", 0, 1, 2)
def flask_routes(model: dict[str, Any]) -> None:
    """Applications and blueprints of Flask."""
    try_entry(model, framework("flask"))


@exercise("quart", "entry", 0, 1, 3)
def quart_routes(model: dict[str, Any]) -> None:
    """Applications and blueprints of Quart."""
    try_entry(model, framework("quart"))


@exercise("apiflask", "entry", 0, 1, 2)
def apiflask_routes(model: dict[str, Any]) -> None:
    """Applications and blueprints of APIFlask."""
    try_entry(model, framework("apiflask"))


@exercise("flask-smorest", "entry", 0, 1, 2)
def smorest_routes(model: dict[str, Any]) -> None:
    """Blueprints of flask-smorest."""
    try_entry(model, framework("flask_smorest"))


@exercise("quart", "entry", 2)
def quart_websockets(model: dict[str, Any]) -> None:
    """A websocket of Quart is a rule of the URL map that is one."""
    import quart

    for dotted in model["decorators"]:
        app, part = quart.Quart("tried"), quart.Blueprint("part", "tried")
        function = resolve(dotted, {"quart.Quart()": app, "quart.Blueprint()": part})
        positional, named, _ = next(ways(model, {"path": PATHS[model["parameters"]]}))
        function(*positional, **named)(handler("id"))
        app.register_blueprint(part)
        [rule] = [rule for rule in app.url_map.iter_rules() if rule.websocket]
        assert (rule.rule, rule.arguments) == ("/x/<id>", {"id"})


@exercise("flask", "entry", 3)
@exercise("quart", "entry", 4)
def method_views(model: dict[str, Any]) -> None:
    """Each method of a class answers the method of HTTP that it is called like, and no other is answered."""
    [base] = model["bases"]
    kind = base.partition(".")[0]
    view = resolve(base, {})
    for name in METHODS:
        app = flask_like(kind)[0]("tried")
        app.add_url_rule("/v", view_func=type("V", (view,), {name: lambda self: "shown"}).as_view("v"))
        answered = {verb for verb in METHODS.values() if status(app, verb, "/v") == 200}
        assert answered == {verb_of_method(model, name)}, answered


@exercise("flask", "entry", 4)
@exercise("quart", "entry", 5)
def plain_views(model: dict[str, Any]) -> None:
    """`dispatch_request` answers GET, or what `methods` lists."""
    [base] = model["bases"]
    kind = base.partition(".")[0]
    for listed, expected in (({}, {model["default_verb"]}), ({"methods": ["POST", "PUT"]}, {"POST", "PUT"})):
        view = type("V", (resolve(base, {}),), {model["handlers"][0]: lambda self: "shown", **listed})
        app = flask_like(kind)[0]("tried")
        app.add_url_rule("/v", view_func=view.as_view("v"))
        assert {verb for verb in METHODS.values() if status(app, verb, "/v") == 200} == expected


@exercise("flask", "router", 1)
@exercise("quart", "router", 1)
@exercise("apiflask", "router", 1)
@exercise("flask-smorest", "router", 0)
def blueprints_have_prefixes(model: dict[str, Any]) -> None:
    """Routes of a blueprint hang below its prefix, given by name or position."""
    [dotted] = model["classes"]
    kind = dotted.partition(".")[0]
    app_class, blueprint_class = flask_like(kind)
    position = int(model["prefix"].rpartition("arg:")[2])
    made = [
        blueprint_class("part", "tried", **{model["prefix"].partition("|")[0].removeprefix("kw:"): "/pre"}),
        blueprint_class("part", "tried", *[None] * (position - 2), "/pre"),
    ]
    for part in made if kind != "apiflask" else made[:1]:
        part.route("/x")(handler(""))
        app = app_class("tried")
        app.register_blueprint(part)
        assert (status(app, "GET", "/pre/x"), status(app, "GET", "/x")) == (200, 404)


@exercise("flask", "mount", 0)
@exercise("quart", "mount", 0)
@exercise("apiflask", "mount", 0)
@exercise("flask-smorest", "mount", 0)
def prefixes_of_registration(model: dict[str, Any]) -> None:
    """A prefix that a blueprint is registered with takes the place of its own."""
    kind = model["functions"][0].partition(".")[0]
    app_class, blueprint_class = flask_like(kind)
    apps: list[Any] = []

    def make(dotted: str) -> tuple[Callable[..., Any], Any]:
        app = app_class("tried")
        apps[:] = [app]
        inner = blueprint_class("inner", "tried", url_prefix="/own")
        inner.route("/x")(handler(""))
        if "Blueprint" in dotted:
            outer = blueprint_class("outer", "tried")
            apps.append(outer)
            return outer.register_blueprint, inner
        if kind == "flask_smorest":
            import flask_smorest

            app.config.update(API_TITLE="tried", API_VERSION="1", OPENAPI_VERSION="3.0.2")
            return flask_smorest.Api(app).register_blueprint, inner
        return app.register_blueprint, inner

    def ask(path: str) -> int:
        app, *outer = apps
        if outer:
            app = app_class("asked")
            app.register_blueprint(outer[0])
        return status(app, "GET", path)

    try_mount(model, make, ask)


@exercise("flask", "mount", 0)
def prefixes_of_blueprints_in_blueprints(model: dict[str, Any]) -> None:
    """The outer prefix goes before that of the inner registration, which takes the place of the inner one's own."""
    import flask

    assert model["replaces"]
    outer, inner = flask.Blueprint("o", "tried", url_prefix="/out"), flask.Blueprint("i", "tried", url_prefix="/own")
    inner.route("/x")(handler(""))
    outer.register_blueprint(inner, url_prefix="/in")
    app = flask.Flask("tried")
    app.register_blueprint(outer, url_prefix="/api")
    assert [rule.rule for rule in app.url_map.iter_rules() if rule.rule.endswith("/x")] == ["/api/in/x"]


# --- resources -------------------------------------------------------------------------------------------------------


def resource(base: str, name: str = "get") -> type:
    """A resource with one method."""
    cls: type = type("Shown", (resolve(base, {}),), {name: lambda self, **given: "shown"})
    return cls


def api(kind: str, app: Any, **options: Any) -> Any:
    """The Api of an extension."""
    return importlib.import_module(kind).Api(app, **options)


@exercise("flask-restful", "entry", 0)
@exercise("flask-restx", "entry", 0)
def resources(model: dict[str, Any]) -> None:
    """Each method of a resource answers the method of HTTP that it is called like, and no other is answered."""
    import flask

    [base] = model["bases"]
    for name in METHODS:
        app = flask.Flask("tried")
        api(base.partition(".")[0], app).add_resource(resource(base, name), "/v")
        answered = {verb for verb in METHODS.values() if status(app, verb, "/v") == 200}
        assert answered == {verb_of_method(model, name)}, answered


@exercise("flask-restful", "entry", 1, 2)
@exercise("flask-restx", "entry", 1, 2)
def paths_of_resources(model: dict[str, Any]) -> None:
    """A resource hangs at the path that it is registered with."""
    import flask

    for dotted in (*model.get("decorators", ()), *model.get("registrars", ())):
        kind = dotted.partition(".")[0]
        app = flask.Flask("tried")
        made = api(kind, app)
        objects = {f"{kind}.Api()": made}
        if kind == "flask_restx":
            import flask_restx

            objects["flask_restx.Namespace()"] = flask_restx.Namespace("part", path="/")
            made.add_namespace(objects["flask_restx.Namespace()"])
            objects["flask_restx.Api().namespace()"] = made.namespace("other", path="/")
        cls = resource(f"{kind}.Resource")
        given = {"path": PATHS[model["parameters"]], **({"handler": cls} if "handler" in model else {})}
        positional, named, _ = next(ways({"path": "arg:0", **model}, given))
        made = resolve(dotted, objects)(*positional, **named)
        if "handler" not in model:
            made(cls)
        assert status(app, "GET", "/x/7") == 200, dotted


@exercise("flask-restful", "router", 0)
@exercise("flask-restx", "router", 0)
def prefixes_of_apis(model: dict[str, Any]) -> None:
    """The prefix of an Api goes after that of the blueprint that it is made for."""
    import flask

    [dotted] = model["classes"]
    kind = dotted.partition(".")[0]
    app, part = flask.Flask("tried"), flask.Blueprint("part", "tried", url_prefix="/part")
    keyword = model["prefix"].partition("|")[0].removeprefix("kw:")
    for hung in (app, part):
        api(kind, hung, **{keyword: "/v1"}).add_resource(resource(f"{kind}.Resource"), "/x")
    app.register_blueprint(part)
    assert [status(app, "GET", path) for path in ("/v1/x", "/part/v1/x", "/x", "/part/x")] == [200, 200, 404, 404]


@exercise("flask-restx", "router", 1)
def prefixes_of_namespaces(model: dict[str, Any]) -> None:
    """A namespace hangs below its path, and below its name where it has none."""
    import flask
    import flask_restx

    assert model["prefix"] == "kw:path|arg:2|arg:0|kw:name"
    for given, named, expected in (
        (("orders",), {}, "/orders/x"),
        ((), {"name": "orders"}, "/orders/x"),
        (("orders",), {"path": "/p"}, "/p/x"),
        (("orders", "what it is", "/p"), {}, "/p/x"),
    ):
        for dotted in model["classes"]:
            app = flask.Flask("tried")
            made = flask_restx.Api(app)
            part = resolve(dotted, {"flask_restx.Api()": made})(*given, **named)
            part.route("/x")(resource("flask_restx.Resource"))
            if dotted == "flask_restx.Namespace":
                made.add_namespace(part)
            assert status(app, "GET", expected) == 200, (dotted, given, named)


@exercise("flask-restx", "mount", 0)
def paths_of_added_namespaces(model: dict[str, Any]) -> None:
    """A path that a namespace is added with takes the place of its own."""
    import flask
    import flask_restx

    apps: list[flask.Flask] = []

    def make(dotted: str) -> tuple[Callable[..., Any], Any]:
        apps[:] = [flask.Flask("tried")]
        part = flask_restx.Namespace("part", path="/own")
        part.route("/x")(resource("flask_restx.Resource"))
        return flask_restx.Api(apps[0]).add_namespace, part

    try_mount(model, make, lambda path: status(apps[0], "GET", path))


# --- errors ----------------------------------------------------------------------------------------------------------


@exercise("apiflask", "responses", 0)
@exercise("flask-smorest", "responses", 0)
@exercise("flask-restful", "responses", 0)
@exercise("flask-restx", "responses", 0)
@exercise("flask", "responses", 0)
def errors(model: dict[str, Any]) -> None:
    """What always raises does, and the answer is the error that it was given; so are exceptions that are raised."""
    import apiflask
    import flask
    import flask_restx

    parts = {"flask_restx.Api()": flask_restx.Api(), "flask_restx.Namespace()": flask_restx.Namespace("part")}
    for dotted in (*model.get("raising", ()), *model.get("failing", ())):
        function = resolve(dotted, parts)
        app = apiflask.APIFlask("tried") if dotted.startswith("apiflask") else flask.Flask("tried")

        def failing(function: Callable[..., Any] = function, dotted: str = dotted) -> str:
            made = function(409)
            if dotted in model.get("failing", ()):
                raise made
            return "went on"

        app.route("/x")(failing)
        assert status(app, "GET", "/x") == 409, dotted


@exercise("flask", "responses", 0)
def statuses(model: dict[str, Any]) -> None:
    """A response has the status that it is made with."""
    import flask

    for dotted in model["status"]:
        app = flask.Flask("tried")
        app.add_url_rule("/x", "x", functools.partial(resolve(dotted, {}), "", 503))
        assert status(app, "GET", "/x") == 503, dotted
