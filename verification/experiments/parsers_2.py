"""An unknown field through every way into readers that need marshmallow 4, or do not go with the others."""

from __future__ import annotations

import io
import warnings
from typing import Any

from parsers_readers import better_messages, better_ways, made, schema_class, schemas
from parsers_trial import REJECTED, Read, Reads, Said, Trial, tries

LOT = "parsers-2"

warnings.simplefilter("ignore")

# Where the body of a request is, and how it is sent there.
BODIES = ("json", "form")
OTHERS = ("query", "querystring", "headers", "cookies")


@tries("marshmallow", 0)
def plain_schemas() -> Trial:
    """Schemas of marshmallow 4."""
    import marshmallow

    return schemas(marshmallow.Schema, made_by=marshmallow.Schema.from_dict)


def stored_model() -> Any:
    """A model of SQLAlchemy."""
    import sqlalchemy
    from sqlalchemy import orm

    body = {"__tablename__": "orders", "a": sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)}
    return made("StoredOrder", orm.declarative_base(), body)


def model_schemas(plain: type, automatic: type) -> tuple[Trial, Trial]:
    """Schemas of a model, by fields that are named and by all of them."""
    import marshmallow_sqlalchemy
    import sqlalchemy
    from sqlalchemy import orm

    meta = {"model": stored_model(), "sqla_session": orm.Session(sqlalchemy.create_engine("sqlite://"))}
    named = schemas(plain, fields={"a": marshmallow_sqlalchemy.auto_field()}, meta=meta)
    return named, schemas(automatic, fields={}, meta=meta)


def together(*trials: Trial) -> Trial:
    """Several trials as one."""

    def reads(said: Said) -> Reads:
        found = [trial.reads(said) for trial in trials]
        return {f"t{number} {way}": read for number, ways in enumerate(found) for way, read in ways.items()}

    return Trial(reads, child=trials[0].child, nested=trials[0].nested)


@tries("marshmallow-sqlalchemy", 0)
def sqlalchemy_schemas() -> Trial:
    """Schemas of marshmallow-sqlalchemy."""
    import marshmallow_sqlalchemy

    return together(
        *model_schemas(marshmallow_sqlalchemy.SQLAlchemySchema, marshmallow_sqlalchemy.SQLAlchemyAutoSchema)
    )


@tries("flask-marshmallow", 0)
def flask_schemas() -> Trial:
    """Schemas of flask-marshmallow."""
    import flask
    import flask_marshmallow
    import flask_sqlalchemy

    app = flask.Flask("orders")
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    database = flask_sqlalchemy.SQLAlchemy(app)
    app.app_context().push()
    extension = flask_marshmallow.Marshmallow(app)
    meta = {"model": stored_model(), "sqla_session": database.session}
    named = schemas(extension.SQLAlchemySchema, fields={"a": extension.auto_field()}, meta=meta)
    automatic = schemas(extension.SQLAlchemyAutoSchema, fields={}, meta=meta)
    return together(schemas(flask_marshmallow.Schema, extension.Schema), named, automatic)


def sent(client: Any, location: str, data: dict[str, Any]) -> object:
    """What a handler answers to a request that has data at a location; what it got, unless it was refused."""
    if location == "cookies":
        for name, value in data.items():
            client.set_cookie(name, str(value))
    text = {name: str(value) for name, value in data.items()}
    path = "/" + "/".join(text.values()) if location == "path" else "/"
    keywords: dict[str, dict[str, Any]] = {
        "json": {"json": data},
        "form": {"data": text},
        "query": {"query_string": text},
        "querystring": {"query_string": text},
        "headers": {"headers": text},
        "files": {"data": {name: (io.BytesIO(b"x"), name) for name in data}},
    }
    answer = client.post(path, **keywords.get(location, {}))
    return REJECTED if answer.status_code == 422 else answer.get_json()


def requests(model: dict[str, Any], register: Any) -> Trial:
    """Requests whose parts a schema reads, by location.

    Args:
        model: The table.
        register: Given an application of flask, the name of a decorator, a schema, its options and what makes a handler
            of a function of the data, registers that.
    """
    import marshmallow

    def read(name: str, location: str, said: Said) -> Read:
        field = marshmallow.fields.Raw() if location == "files" else marshmallow.fields.Int()
        schema = schema_class(marshmallow.Schema, said, {"a": field})
        unknown = said.at("kw:unknown", marshmallow)
        keywords = {"location": location, **({} if unknown is None else {"unknown": unknown})}

        def call(data: dict[str, Any]) -> object:
            app = register(
                name, schema, keywords, "/" + "/".join(f"<{key}>" for key in data) if location == "path" else "/"
            )
            return sent(app.test_client(), location, data)

        return call

    names = {path.rpartition(".")[2] for path in model["functions"]}

    def reads(said: Said) -> Reads:
        # What a schema says counts for bodies only.
        locations = BODIES if "class.attr:Meta.attr:unknown" in said else (*BODIES, *OTHERS, "files", "path")
        # There are always more headers than any schema knows.
        locations = tuple(
            name for name in locations if name != "headers" or not set(said.values()) & {"RAISE", "raise"}
        )
        ways: Reads = {f"by default/{name}": read(name, "json", said) for name in names}
        for location in locations:
            # The path is read by webargs only, and what flask passes to a handler cannot be told from its keywords.
            reading = names if location != "path" else names & {"use_args", "parse"}
            ways |= {f"{name} in/{location}": read(name, location, said) for name in reading}
        return ways

    return Trial(reads)


def shown(data: dict[str, Any]) -> dict[str, str]:
    """What is shown of data; headers bring along many more."""
    return {name.lower(): str(value) for name, value in data.items() if name.lower() in ("a", "zz")}


@tries("webargs", 0)
def web_arguments(model: dict[str, Any]) -> Trial:
    """Arguments of webargs, with flask."""
    import flask
    from webargs import flaskparser

    def register(name: str, schema: Any, keywords: dict[str, Any], path: str) -> Any:
        app = flask.Flask("orders")

        def handler(*args: Any, **fields: Any) -> object:
            if name == "parse":
                args = (flaskparser.parser.parse(schema(), flask.request, **keywords),)
            if name == "use_kwargs" or not args:
                return shown(fields)
            return shown(args[0])

        decorated = handler if name == "parse" else getattr(flaskparser, name)(schema, **keywords)(handler)
        app.add_url_rule(path, "orders", decorated, methods=["POST"])
        return app

    return requests(model, register)


@tries("flask-smorest", 0)
def smorest_arguments(model: dict[str, Any]) -> Trial:
    """Arguments of flask-smorest."""
    import flask
    import flask_smorest

    def register(_: str, schema: Any, keywords: dict[str, Any], path: str) -> Any:
        app = flask.Flask("orders")
        app.config.update(API_TITLE="orders", API_VERSION="1", OPENAPI_VERSION="3.0.2")
        blueprint = flask_smorest.Blueprint("orders", "orders")

        def handler(data: Any) -> object:
            return shown(data)

        blueprint.route(path, methods=["POST"])(blueprint.arguments(schema, **keywords)(handler))
        flask_smorest.Api(app).register_blueprint(blueprint)
        return app

    return requests(model, register)


@tries("apiflask", 0)
def apiflask_inputs(model: dict[str, Any]) -> Trial:
    """Inputs of APIFlask, of an application and of a blueprint."""
    import apiflask

    def register(owner: Any) -> Any:
        def make(_: str, schema: Any, keywords: dict[str, Any], path: str) -> Any:
            app = apiflask.APIFlask("orders")
            router = app if owner is apiflask.APIFlask else owner("orders", "orders")

            def handler(**parts: Any) -> object:
                [data] = parts.values()
                return shown(data)

            router.post(path)(router.input(schema, **keywords)(handler))
            if router is not app:
                app.register_blueprint(router)
            return app

        return make

    return together(*(requests(model, register(owner)) for owner in (apiflask.APIFlask, apiflask.APIBlueprint)))


@tries("betterproto", 0)
def better_two() -> Trial:
    """Messages of betterproto 2."""
    ways = better_ways(better_messages("betterproto"), {})
    return Trial(lambda _: ways)


@tries("strawberry-graphql", 0)
def strawberry_inputs() -> Trial:
    """Inputs of strawberry."""
    import strawberry

    order: Any = strawberry.input(type("Order", (), {"__annotations__": {"a": int}, "__module__": __name__}))

    def take(order: Any) -> int:
        return int(order.a)

    take.__annotations__ = {"order": order, "return": int}
    query = strawberry.type(type("Query", (), {"take": strawberry.field(take), "__module__": __name__}))
    schema = strawberry.Schema(query=query)

    def written(data: dict[str, Any]) -> object:
        fields = ", ".join(f"{name}: {value}" for name, value in data.items())
        return REJECTED if schema.execute_sync(f"{{ take(order: {{ {fields} }}) }}").errors else data

    def variable(data: dict[str, Any]) -> object:
        text = "query ($order: Order!) { take(order: $order) }"
        return REJECTED if schema.execute_sync(text, variable_values={"order": data}).errors else data

    return Trial(lambda _: {"written": written, "variable": variable, "construct": lambda data: order(**data)})
