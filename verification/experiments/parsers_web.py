"""An unknown field through every way into what web frameworks read, by requests that are made in the process."""

from __future__ import annotations

import dataclasses
import itertools
import json
import logging
import sys
import types
import warnings
from collections.abc import Callable
from typing import Any

from parsers_readers import inner_class, made
from parsers_trial import REJECTED, Read, Reads, Said, Trial, tries

LOT = "parsers-1"

warnings.simplefilter("ignore")
logging.disable()

VERBS = ("get", "post", "put", "patch", "delete", "options", "head")


@dataclasses.dataclass
class Order:
    """A plain class."""

    a: int


def answered(status: int, text: str | bytes) -> object:
    """What a handler got, which is what it answers with."""
    return REJECTED if status in (400, 422) else json.loads(text)


# Django


def django() -> Any:
    """Django, ready for models; and one model."""
    import django
    from django.conf import settings

    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
    )
    django.setup()
    from django.db import models

    meta = type("Meta", (), {"app_label": "orders"})
    return made("StoredOrder", models.Model, {"a": models.IntegerField(), "Meta": meta})


@tries("django", 0)
def forms() -> Trial:
    """Forms of Django."""
    order = django()
    from django import forms

    meta = type("Meta", (), {"model": order, "fields": ["a"]})
    kinds = {
        "form": made("OrderForm", forms.Form, {"a": forms.IntegerField()}),
        "model": made("OrderForm", forms.ModelForm, {"Meta": meta}),
    }

    def read(kind: Any, name: str) -> Read:
        def call(data: dict[str, Any]) -> object:
            form = kind(data)
            getattr(form, name)()
            return REJECTED if form.errors else form.cleaned_data

        return call

    names = ("is_valid", "full_clean")
    return Trial(lambda _: {f"{label}/{name}": read(kind, name) for label, kind in kinds.items() for name in names})


@tries("django", 1)
def stored_models() -> Trial:
    """Models of Django, made by keywords."""
    order = django()
    from django.db import connection

    with connection.schema_editor() as editor:
        editor.create_model(order)
    return Trial(
        lambda _: {
            "construct": lambda data: order(**data),
            "create/construct": lambda data: order.objects.create(**data),
        }
    )


@tries("djangorestframework", 0)
def serializers() -> Trial:
    """Serializers of the Django REST framework."""
    order = django()
    from rest_framework import serializers

    meta = type("Meta", (), {"model": order, "fields": ["a"]})
    plain = made("OrderSerializer", serializers.Serializer, {"a": serializers.IntegerField()})
    kinds = {
        "plain": plain,
        "model": made("OrderSerializer", serializers.ModelSerializer, {"Meta": meta}),
        "linked": made("OrderSerializer", serializers.HyperlinkedModelSerializer, {"Meta": meta}),
    }
    outer = made("OrdersSerializer", serializers.Serializer, {"n": plain()})

    def checked(kind: Any, data: dict[str, Any]) -> object:
        serializer = kind(data=data)
        return serializer.validated_data if serializer.is_valid() else REJECTED

    ways: Reads = {"nested/run_validation": lambda data: outer(data={"n": data}).run_validation({"n": data})["n"]}
    for label, kind in kinds.items():
        ways |= {
            f"{label}/is_valid": lambda data, kind=kind: checked(kind, data),
            f"{label}/run_validation": lambda data, kind=kind: kind(data=data).run_validation(data),
            f"{label}/to_internal_value": lambda data, kind=kind: kind(data=data).to_internal_value(data),
        }
    return Trial(lambda _: ways)


@tries("django-ninja", 0)
def ninja_schemas() -> Trial:
    """Schemas of django-ninja."""
    order = django()
    import ninja

    numbers = itertools.count()

    def kind(base: type, said: Said, fields: dict[str, Any] | None = None) -> Any:
        # Schemas of a model are remembered by their names.
        name = f"Order{next(numbers)}"
        body: dict[str, Any] = {"__annotations__": fields or {"a": int}}
        if base is ninja.ModelSchema:
            body = {"Meta": inner_class("Meta", name, model=order, fields=["a"])}
        if extra := said.at("class.attr:model_config.key:extra"):
            body["model_config"] = {"extra": extra}
        if extra := said.at("class.attr:Config.attr:extra"):
            body["Config"] = inner_class("Config", name, extra=extra)
        return made(name, base, body, **said.keywords(extra="class.kw:extra"))

    def ways(schema: Any) -> Reads:
        return {
            "construct": lambda data: schema(**data),
            "model_validate": schema.model_validate,
            "model_validate_json": lambda data: schema.model_validate_json(json.dumps(data)),
            "model_validate_strings": lambda data: schema.model_validate_strings({k: str(v) for k, v in data.items()}),
            "parse_obj": schema.parse_obj,
            "parse_raw": lambda data: schema.parse_raw(json.dumps(data)),
            "validate": schema.validate,
            "from_orm": schema.from_orm,
        }

    def reads(said: Said) -> Reads:
        bases = {"plain": ninja.Schema, "model": ninja.ModelSchema}
        if "class.attr:Config.attr:extra" in said:
            del bases["model"]
        found = {
            f"{label}/{way}": read for label, base in bases.items() for way, read in ways(kind(base, said)).items()
        }
        if said.get("class.kw:extra") == "ignore":
            # What the call says has no effect.
            schema = kind(ninja.Schema, said)
            found["call/model_validate"] = lambda data: schema.model_validate(data, extra="forbid")
        return found

    return Trial(
        reads,
        (frozenset({"class.attr:model_config.key:extra", "class.attr:Config.attr:extra"}),),
        child=lambda said: ways(made("Child", kind(ninja.Schema, said), {})),
        nested=lambda outer, inner: lambda data: kind(ninja.Schema, outer, {"n": kind(ninja.Schema, inner)})(n=data).n,
    )


# Flask


@tries("flask-restful", 0)
def restful_arguments() -> Trial:
    """Arguments of flask-restful."""
    import flask
    import flask_restful.reqparse

    return arguments(flask, flask_restful.reqparse.RequestParser)


@tries("flask-restx", 0)
def restx_arguments() -> Trial:
    """Arguments of flask-restx."""
    import flask
    import flask_restx.reqparse

    made_by = (flask_restx.reqparse.RequestParser, flask_restx.Namespace("n").parser, flask_restx.Api().parser)
    return arguments(flask, *made_by)


def arguments(flask: Any, *makers: Callable[[], Any]) -> Trial:
    """Arguments that parsers find in requests."""

    def reads(said: Said) -> Reads:
        call = said.keywords(strict="kw:strict")
        args = (None, said.at("arg:1")) if "arg:1" in said else ()

        def read(maker: Callable[[], Any]) -> Read:
            def parse(data: dict[str, Any]) -> object:
                parser = maker()
                parser.add_argument("a", type=int)
                with flask.Flask("orders").test_request_context("/", method="POST", json=data):
                    return parser.parse_args(*args, **call)

            return parse

        return {f"m{number}/parse_args": read(maker) for number, maker in enumerate(makers)}

    return Trial(reads)


@tries("flask-restx", 1)
def restx_models() -> Trial:
    """Models of flask-restx, asked for by a handler and called."""
    import flask
    import flask_restx

    def reads(said: Said) -> Reads:
        call = said.keywords(strict="ctor.kw:strict")
        third = (None, said.at("ctor.arg:3")) if "ctor.arg:3" in said else ()

        def model(maker: Any) -> Any:
            return maker.model("Order", {"a": flask_restx.fields.Integer}, *third, **call)

        def expected(data: dict[str, Any]) -> object:
            app = flask.Flask("orders")
            api = flask_restx.Api(app)

            class Orders(flask_restx.Resource):
                @api.expect(model(api), validate=True)
                def post(self) -> object:
                    return api.payload

            api.add_resource(Orders, "/")
            answer = app.test_client().post("/", json=data)
            return answered(answer.status_code, answer.data)

        def called(maker: Any) -> Read:
            def read(data: dict[str, Any]) -> object:
                with flask.Flask("orders").test_request_context("/"):
                    model(maker).validate(data)
                return data

            return read

        return {
            "expect/validate": expected,
            "api/validate": called(flask_restx.Api(flask.Flask("orders"))),
            "namespace/validate": called(flask_restx.Namespace("n")),
        }

    return Trial(reads)


# Frameworks with annotations


@tries("fastapi", 0)
def fastapi_bodies(model: dict[str, Any]) -> Trial:
    """Bodies of fastapi, by every decorator."""
    import fastapi
    import pydantic
    from fastapi.testclient import TestClient

    kinds = {"model": made("Order", pydantic.BaseModel, {"__annotations__": {"a": int}}), "data": Order}
    strict = made("Order", pydantic.BaseModel, {"__annotations__": {"a": int}}, extra="forbid")
    wanted = {path.rpartition(".")[2] for path in model["decorators"]}
    assert wanted == {*VERBS, "api_route"}

    def read(kind: type, verb: str, owner: Any) -> Read:
        def handler(order: Any) -> Any:
            assert verb != "head" or not hasattr(order, "zz")
            return order

        handler.__annotations__ = {"order": kind}
        app = router = fastapi.FastAPI()
        if owner is fastapi.APIRouter:
            router = fastapi.APIRouter()
        if verb == "api_route":
            router.api_route("/", methods=["POST"])(handler)
        else:
            getattr(router, verb)("/")(handler)
        if router is not app:
            app.include_router(router)
        client = TestClient(app)

        def call(data: dict[str, Any]) -> object:
            answer = client.request("POST" if verb == "api_route" else verb.upper(), "/", json=data)
            # An answer to HEAD has no body.
            return answered(answer.status_code, "{}" if verb == "head" and answer.is_success else answer.content)

        return call

    owners = (fastapi.FastAPI, fastapi.APIRouter)
    # The model decides.
    assert read(strict, "post", fastapi.FastAPI)({"a": 1, "zz": 2}) is REJECTED
    return Trial(
        lambda _: {
            f"{label} {owner.__name__}/{verb}": read(kind, verb, owner)
            for label, kind in kinds.items()
            for owner in owners
            for verb in wanted
        }
    )


def litestar_read(kind: type, verb: str = "post", **keywords: Any) -> Read:
    """A way into a handler of litestar whose body is a class."""
    import litestar
    import msgspec
    from litestar.testing import create_test_client

    def handler(data: Any) -> Any:
        return data.model_dump() if hasattr(data, "model_dump") else msgspec.to_builtins(data)

    handler.__annotations__ = {"data": kind, "return": dict}
    if verb == "route":
        keywords |= {"http_method": ["POST"]}
    elif verb == "delete":
        keywords |= {"status_code": 200}
    decorated = getattr(litestar, verb)("/", **keywords)(handler)

    def call(data: dict[str, Any]) -> object:
        with create_test_client([decorated]) as client:
            answer = client.request("POST" if verb == "route" else verb.upper(), "/", json=data)
        return answered(answer.status_code, answer.content)

    return call


@tries("litestar", 0)
def litestar_bodies(model: dict[str, Any]) -> Trial:
    """Bodies of litestar, by every decorator."""
    import msgspec
    import pydantic

    struct = made("Order", msgspec.Struct, {"__annotations__": {"a": int}})
    strict = made("Order", msgspec.Struct, {"__annotations__": {"a": int}}, forbid_unknown_fields=True)
    kinds = {
        "data": Order,
        "struct": struct,
        "model": made("Order", pydantic.BaseModel, {"__annotations__": {"a": int}}),
    }
    # The class decides.
    assert litestar_read(strict)({"a": 1, "zz": 2}) is REJECTED
    verbs = [path.rpartition(".")[2] for path in model["decorators"]]
    return Trial(
        lambda _: {f"{label}/{verb}": litestar_read(kind, verb) for label, kind in kinds.items() for verb in verbs}
    )


@tries("litestar", 1)
def litestar_dtos() -> Trial:
    """Bodies of litestar that a DTO reads."""
    import msgspec
    import pydantic
    from litestar.dto import DataclassDTO, DTOConfig, MsgspecDTO
    from litestar.plugins.pydantic import PydanticDTO

    struct = made("Order", msgspec.Struct, {"__annotations__": {"a": int}})
    strict = made("Order", msgspec.Struct, {"__annotations__": {"a": int}}, forbid_unknown_fields=True)
    model = made("Order", pydantic.BaseModel, {"__annotations__": {"a": int}})
    kinds = {"data": (DataclassDTO, Order), "struct": (MsgspecDTO, struct), "model": (PydanticDTO, model)}
    # What the class says does not count.
    loose = {"strict": (MsgspecDTO, strict)}

    def reads(said: Said) -> Reads:
        ways: Reads = {}
        for label, (base, kind) in (kinds if said else {**kinds, **loose}).items():
            body: dict[str, Any] = {}
            if forbid := said.at("class.attr:config.kw:forbid_unknown_fields"):
                body["config"] = DTOConfig(forbid_unknown_fields=forbid)
            read = litestar_read(kind, dto=made("OrderDTO", base[kind], body))
            # A request goes through one of these or the other.
            ways |= {f"{label}/decode_bytes": read, f"{label}/decode_builtins": read}
        return ways

    return Trial(reads)


SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}
FORM = "application/x-www-form-urlencoded"


def operation(name: str, **said: Any) -> dict[str, Any]:
    """An operation of an OpenAPI document."""
    return {"operationId": f"{__name__}_handlers.{name}", "responses": {"200": {"description": ""}}, **said}


def body(kind: str, **said: Any) -> dict[str, Any]:
    """A body of an OpenAPI document."""
    return {"requestBody": {"content": {kind: {"schema": {**SCHEMA, **said}}}}}


@tries("connexion", 0)
def connexion_requests() -> Trial:
    """Requests to connexion: a body, a form and a query."""
    import connexion

    handlers = types.ModuleType(f"{__name__}_handlers")
    handlers.query = lambda a=None: {"a": a}
    handlers.whole = lambda body: body
    handlers.strict = lambda body: body
    handlers.form = lambda body: body
    sys.modules[handlers.__name__] = handlers
    parameter = {"name": "a", "in": "query", "schema": {"type": "integer"}}
    document = {
        "openapi": "3.0.0",
        "info": {"title": "orders", "version": "1"},
        "paths": {
            "/query": {"get": operation("query", parameters=[parameter])},
            "/whole": {"post": operation("whole", **body("application/json"))},
            "/strict": {"post": operation("strict", **body("application/json", additionalProperties=False))},
            "/form": {"post": operation("form", **body(FORM))},
        },
    }

    def client(said: Said, kind: Any) -> Any:
        app = kind("orders", **said.keywords(strict_validation="ctor.kw:strict_validation"))
        app.add_api(document, **said.keywords(strict_validation="kw:strict_validation"))
        return app.test_client()

    def reads(said: Said) -> Reads:
        def read(kind: Any, method: str, path: str, where: str) -> Read:
            def call(data: dict[str, Any]) -> object:
                with client(said, kind) as asked:
                    answer = asked.request(method, path, **{where: data})
                return answered(answer.status_code, answer.content)

            return call

        ways: Reads = {}
        for kind in (connexion.AsyncApp, connexion.FlaskApp):
            # A handler gets the arguments that it names, and nothing of the others where they pass.
            if "False" not in said.values():
                ways[f"{kind.__name__}/query"] = read(kind, "GET", "/query", "params")
            ways[f"{kind.__name__}/form"] = read(kind, "POST", "/form", "data")
            whole = read(kind, "POST", "/whole", "json")
            # Whatever is said, a body is as strict as its schema.
            assert "zz" in whole({"a": 1, "zz": 2})
            assert read(kind, "POST", "/strict", "json")({"a": 1, "zz": 2}) is REJECTED
            if not said:
                ways[f"{kind.__name__}().add_api"] = whole
        return ways

    return Trial(reads)
