"""Django, Django REST framework, Django Ninja: urls are declared in every way that the tables name, and asked for."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import Any

from experiment import exercise
from routes_common import PATHS, resolve, verb_of, verb_of_method, ways

LOT = "routes-1"

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def urls(*patterns: Any) -> None:
    """Make some patterns the outermost ones."""
    import django
    from django.conf import settings
    from django.urls import clear_url_caches, set_urlconf

    if not settings.configured:
        settings.configure(
            ROOT_URLCONF="tried_urls",
            ALLOWED_HOSTS=["*"],
            INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
            REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None},
        )
        django.setup()
    module = types.ModuleType("tried_urls")
    module.urlpatterns = list(patterns)  # type: ignore[attr-defined]
    sys.modules["tried_urls"] = module
    clear_url_caches()
    set_urlconf(None)


def status(verb: str, path: str) -> int:
    """The status of the answer to a request."""
    from django.test import Client

    client = Client(raise_request_exception=False)
    return int(client.generic(verb, path).status_code)


def answered(path: str) -> set[str]:
    """The methods that are answered with success at a path."""
    return {verb for verb in METHODS if status(verb, path) == 200}


def view(request: Any, **_: Any) -> Any:
    """A view of Django."""
    from django.http import HttpResponse

    return HttpResponse("shown")


@exercise("django", "entry", 0, 1)
def paths(model: dict[str, Any]) -> None:
    """A view answers all methods at its path, whose parameters are written as the table says."""
    urls()
    path = {"angles": "x/<int:id>/", "regex": r"^x/(?P<id>\d+)/$"}[model["parameters"]]
    for dotted in model["registrars"]:
        found = list(ways(model, {"path": path, "handler": view}))
        assert len(found) == 3
        for positional, named, _ in found:
            urls(resolve(dotted, {})(*positional, **named))
            assert answered("/x/7/") == set(METHODS)
            assert [status("GET", other) for other in ("/x/seven/", "/x/")] == [404, 404]


@exercise("django", "entry", 3, 4, 5)
def methods_of_views(model: dict[str, Any]) -> None:
    """A view with such a decorator answers these methods only."""
    urls()
    from django.urls import path

    for dotted in model["decorators"]:
        decorator = resolve(dotted, {})
        cases = [(decorator, {verb_of(model, dotted, "")})]
        if model["verb"].startswith("arg"):
            keyword = model["verb"].rpartition("kw:")[2]
            cases = [(decorator(["PUT", "GET"]), {"PUT", "GET"}), (decorator(**{keyword: ["PUT"]}), {"PUT"})]
        for decorate, expected in cases:
            urls(path("x/", decorate(view)))
            assert answered("/x/") == expected, dotted


@exercise("django", "entry", 6)
def class_views(model: dict[str, Any]) -> None:
    """Each method of a view answers the method of HTTP that it is called like, and no other is answered."""
    urls()
    from django.urls import path

    for base in model["bases"]:
        cls = resolve(base, {})
        for name in (verb.lower() for verb in METHODS):
            own = {**{other.lower(): None for other in METHODS}, name: lambda self, request, **_: view(request)}
            urls(path("x/", type("V", (cls,), {**own, "http_method_names": [name]}).as_view()))
            assert answered("/x/") == {verb_of_method(model, name)}, base


@exercise("django", "mount", 0, 2)
def included(model: dict[str, Any]) -> None:
    """What is included hangs below the path: a module by its name, a list, a pair."""
    urls()
    from django.urls import include, path, re_path

    inner = types.ModuleType("tried_inner")
    inner.urlpatterns = [path("x/", view)]  # type: ignore[attr-defined]
    sys.modules["tried_inner"] = inner
    for mounted in ("tried_inner", inner, inner.urlpatterns, (inner.urlpatterns, "tried")):
        for outer in (
            path("new/", include(mounted)),
            path(route="new/", view=include(arg=mounted)),
            re_path(r"^new/", include(mounted)),
            re_path(route=r"^new/", view=include(mounted)),
        ):
            urls(outer)
            assert [status("GET", asked) for asked in ("/new/x/", "/x/")] == [200, 404]
    assert model["mounted"] in ("arg:0|kw:arg", "arg:1|kw:view")


@exercise("django", "responses", 0, 1, 2)
def django_errors(model: dict[str, Any]) -> None:
    """Exceptions that are raised, and responses that are returned, are errors."""
    urls()
    from django.urls import path

    for dotted in (*model.get("failing", ()), *model.get("status", ())):

        def failing(request: Any, dotted: str = dotted) -> Any:
            cls = resolve(dotted, {})
            if dotted in model.get("status", ()):
                named = [part for part in model["selector"].split("|") if part.startswith("kw:")]
                return cls({} if "Json" in dotted else "", **{named[0].removeprefix("kw:"): 409})
            if issubclass(cls, Exception):
                raise cls("tried")
            return cls(["GET"]) if "NotAllowed" in dotted else cls()

        urls(path("x/", failing))
        got = status("GET", "/x/")
        assert got == 409 if dotted in model.get("status", ()) else 400 <= got < 500 or "ServerError" in dotted, dotted


# --- Django REST framework -------------------------------------------------------------------------------------------


def drf_view(name: str) -> Callable[..., Any]:
    """A method of a view that answers with 200."""
    from rest_framework.response import Response

    def method(self: Any, request: Any, *positional: Any, **named: Any) -> Any:
        return Response({"shown": name})

    method.__name__ = name
    return method


@exercise("djangorestframework", "entry", 0)
def api_views(model: dict[str, Any]) -> None:
    """Each method of a view answers the method of HTTP that it is called like, and no other is answered."""
    urls()
    from django.urls import path

    for base in model["bases"]:
        for verb in METHODS:
            name = verb.lower()
            assert verb_of_method(model, name) == verb
            urls(path("x/", type("V", (resolve(base, {}),), {name: drf_view(name)}).as_view()))
            assert status(verb, "/x/") == 200, (base, verb)
            if base.endswith("APIView") and "generics" not in base:
                assert answered("/x/") == {verb}


@exercise("djangorestframework", "entry", *range(1, 11))
def actions(model: dict[str, Any]) -> None:
    """An action of a view set answers at the path of its router, one of a generic view at the view's own."""
    urls()
    from django.urls import include, path
    from rest_framework.routers import DefaultRouter, SimpleRouter
    from rest_framework.viewsets import GenericViewSet

    [(name, said)] = model["actions"].items()
    assert model["handlers"] == [name]
    verb, _, added = said.partition(" ")
    assert model["verb"] == f"const:{verb}"
    asked = "/orders/" + added.replace("{pk}", "7")
    for base in model["bases"]:
        cls = resolve(base, {})
        if "generics" in base:
            urls(path("orders/", type("V", (cls,), {name: drf_view(name)}).as_view()))
            assert status(verb, "/orders/") == 200, base
            continue
        bases = (cls, GenericViewSet) if "mixins" in base else (cls,)
        viewset = type("V", bases, {name: drf_view(name)})
        for router in (DefaultRouter(), SimpleRouter()):
            router.register("orders", viewset, basename="order")
            urls(path("api/", include(router.urls)))
            assert status(verb, f"/api{asked}") == 200, (base, name)


@exercise("djangorestframework", "entry", 13)
def further_actions(model: dict[str, Any]) -> None:
    """A further action answers GET, or what it says, below its name, or what it says; below the key for one object."""
    urls()
    decorator = resolve(model["decorators"][0], {})
    own = model["default_path"].replace("{name}", "ship_it")
    pattern, listed = PATHS[model["parameters"]].removeprefix("/"), ["put"]
    for given, detail, expected in (
        ({}, False, f"/orders/{own}/"),
        ({}, True, f"/orders/7/{own}/"),
        ({"verb": listed}, False, f"/orders/{own}/"),
        ({"verb": listed, "path": "sent"}, False, "/orders/sent/"),
        ({"verb": listed, "path": pattern}, False, "/orders/x/7/"),
        ({"verb": listed, "path": pattern}, True, "/orders/3/x/7/"),
    ):
        verb = verb_of(model, "", "PUT" if given else "")
        # The flag stands between the two.
        both = [(pos, {**named, "detail": detail}) for pos, named, _ in ways(model, given) if len(pos) < 2]
        if "path" in given:
            assert "arg:2" in model["path"]
            both.append(([listed, detail, given["path"]], {}))
        assert both
        for positional, named in both:
            _further_action(decorator(*positional, **named), verb, expected)


def _further_action(decorator: Callable[..., Any], verb: str, expected: str) -> None:
    """An action with a decorator answers a method of HTTP at a path, and no other."""
    from django.urls import include, path
    from rest_framework.routers import SimpleRouter
    from rest_framework.viewsets import ViewSet

    router = SimpleRouter()
    viewset = type("V", (ViewSet,), {"ship_it": decorator(drf_view("ship_it"))})
    router.register("orders", viewset, basename="order")
    urls(path("", include(router.urls)))
    assert answered(expected) == {verb}


@exercise("djangorestframework", "entry", 15)
def function_views(model: dict[str, Any]) -> None:
    """A function answers GET, or what it says."""
    urls()
    from django.urls import path
    from rest_framework.response import Response

    def shown(request: Any) -> Any:
        return Response({})

    decorator = resolve(model["decorators"][0], {})
    for positional, named, expected in (
        ([], {}, verb_of(model, "", "")),
        *((*way[:2], verb_of(model, "", "PUT")) for way in ways(model, {"verb": ["PUT"]})),
    ):
        urls(path("x/", decorator(*positional, **named)(shown)))
        assert answered("/x/") == {expected}


@exercise("djangorestframework", "entry", 16)
@exercise("drf-nested-routers", "entry", 0)
def registered(model: dict[str, Any]) -> None:
    """A view set hangs below what it is registered with; a nested router's below its parent's, and a key of that."""
    urls()
    from django.urls import include, path
    from rest_framework.routers import SimpleRouter
    from rest_framework.viewsets import ViewSet

    model = {**model, "path": model["path"] or "arg:0|kw:prefix"}
    pattern = PATHS[model["parameters"]].removeprefix("/")
    viewset = type("V", (ViewSet,), {"list": drf_view("list"), "retrieve": drf_view("retrieve")})
    for dotted in model["registrars"]:
        for positional, named, _ in list(ways(model, {"path": pattern, "handler": viewset})):
            cls = resolve(dotted.partition("()")[0], {})
            parent = SimpleRouter()
            parent.register("shops", viewset, basename="shop")
            router = cls(parent, "shops", lookup="shop") if "nested" in dotted else cls()
            router.register(*positional, **named, basename="order")
            urls(path("", include(router.urls)))
            prefix = "/shops/3" if "nested" in dotted else ""
            assert [status("GET", f"{prefix}/x/7/{key}") for key in ("", "7/")] == [200, 200]


@exercise("djangorestframework", "responses", 0, 1)
def drf_errors(model: dict[str, Any]) -> None:
    """Exceptions that are raised, and responses that are returned, are errors."""
    urls()
    from django.urls import path
    from rest_framework.decorators import api_view

    for dotted in (*model.get("failing", ()), *model.get("status", ())):
        needed = {"MethodNotAllowed": ["GET"], "UnsupportedMediaType": ["x/y"], "Response": [{}, 409]}
        made = resolve(dotted, {})(*needed.get(dotted.rpartition(".")[2], []))

        def failing(request: Any, made: Any = made) -> Any:
            if isinstance(made, Exception):
                raise made
            return made

        urls(path("x/", api_view()(failing)))
        assert status("GET", "/x/") == made.status_code >= 400, dotted


# --- Django Ninja ----------------------------------------------------------------------------------------------------


def ninja_shown(request: Any) -> str:
    """An operation of Django Ninja."""
    return "shown"


def ninja_one(request: Any, id: int) -> str:  # noqa: A002
    """An operation of Django Ninja with a parameter."""
    return "shown"


def ninja_failing(made: Exception) -> Callable[..., Any]:
    """An operation of Django Ninja that fails."""

    def failing(request: Any) -> None:
        raise made

    return failing


@exercise("django-ninja", "entry", 0, 1)
def ninja_operations(model: dict[str, Any]) -> None:
    """Operations of an API and of a router."""
    urls()
    import ninja
    from django.urls import path

    for dotted in model["decorators"]:
        given = {"path": "/x/{id}", **({"verb": ["PUT"]} if model["verb"] != "name" else {})}
        for number, (positional, named, _) in enumerate(list(ways(model, given))):
            api, router = ninja.NinjaAPI(urls_namespace=f"{dotted}{number}"), ninja.Router()
            function = resolve(dotted, {"ninja.NinjaAPI()": api, "ninja.Router()": router})
            function(*positional, **named)(ninja_one)
            api.add_router("", router)
            urls(path("api/", api.urls))
            expected = verb_of(model, dotted, "PUT")
            assert answered("/api/x/7") == {expected} & set(METHODS), dotted


@exercise("django-ninja", "mount", 0)
def ninja_routers(model: dict[str, Any]) -> None:
    """A router hangs below the prefix that it is added with, and that of the path that the API hangs at."""
    urls()
    import ninja
    from django.urls import path

    for dotted in model["functions"]:
        for number, (positional, named, parts) in enumerate(list(ways(model, {"prefix": "/new", "mounted": None}))):
            inner, outer = ninja.Router(), ninja.Router()
            inner.get("/x")(ninja_shown)
            api = ninja.NinjaAPI(urls_namespace=f"{dotted}{number}")
            function = resolve(dotted, {"ninja.NinjaAPI()": api, "ninja.Router()": outer})
            function(
                *(inner if one is None else one for one in positional),
                **{key: inner if one is None else one for key, one in named.items()},
            )
            if "Router" in dotted:
                api.add_router("", outer)
            urls(path("api/", api.urls))
            assert [status("GET", asked) for asked in ("/api/new/x", "/api/x")] == [200, 404], parts


@exercise("django-ninja", "responses", 0)
def ninja_errors(model: dict[str, Any]) -> None:
    """An exception that an operation raises is an error response."""
    urls()
    import ninja
    from django.urls import path

    needed = {"HttpError": [409, "tried"], "ValidationError": [[]], "Throttled": [1]}
    expected = {"HttpError": 409, "ValidationError": 422, "Throttled": 429, "AuthenticationError": 401}
    for dotted in model["failing"]:
        name = dotted.rpartition(".")[2]
        api = ninja.NinjaAPI(urls_namespace=dotted)
        api.get("/x")(ninja_failing(resolve(dotted, {})(*needed.get(name, []))))
        urls(path("api/", api.urls))
        assert status("GET", "/api/x") == expected.get(name, 403), dotted
