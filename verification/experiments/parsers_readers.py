"""What the experiments with parsers read into: plain classes, and readers that are tried in more than one place."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import io
import itertools
import json
import tempfile
import types
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from parsers_trial import REJECTED, Read, Reads, Said, Trial

# Plain classes, one inside the other; not all libraries read annotations that are strings.
Order: Any = dataclasses.make_dataclass("Order", [("a", int)])
Orders: Any = dataclasses.make_dataclass("Orders", [("n", Order)])
Order.__module__ = Orders.__module__ = __name__


def constructor(order: Callable[..., Any]) -> Trial:
    """Nothing but calling a class."""
    return Trial(lambda _: {"construct": lambda data: order(**data)})


def made(name: str, base: type, body: dict[str, Any], **keywords: object) -> Any:
    """A class as a class statement makes it."""
    body = {"__module__": __name__, "__qualname__": name, **body}
    return types.new_class(name, (base,), keywords, lambda namespace: namespace.update(body))


def inner_class(name: str, owner: str = "Order", **body: object) -> type:
    """A class as a class statement makes it inside that of `made`."""
    return type(name, (), {"__module__": __name__, "__qualname__": f"{owner}.{name}", **body})


def apart(*groups: Iterable[str]) -> tuple[frozenset[str], ...]:
    """Pairs of places of different groups."""
    pairs = itertools.combinations(groups, 2)
    return tuple(frozenset(pair) for one, other in pairs for pair in itertools.product(one, other))


@contextlib.contextmanager
def stored(data: object) -> Iterator[Path]:
    """A file with data as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "data.json")
        file.write_text(json.dumps(data), "utf-8")
        yield file


# pydantic 1, or `pydantic.v1`

MAKER = ("ctor.kw:__cls_kwargs__.key:extra", "ctor.kw:__config__.attr:extra")
CLASS = ("class.kw:extra", "class.attr:Config.attr:extra")


def old_model(base: type, said: Said, fields: dict[str, type] | None = None) -> Any:
    """A class below a base class of pydantic 1 that says something."""
    body: dict[str, Any] = {"__annotations__": fields or {"a": int}}
    if extra := said.at("class.attr:Config.attr:extra"):
        body["Config"] = inner_class("Config", extra=extra)
    return made("Order", base, body, **said.keywords(extra="class.kw:extra"))


def old_models(pydantic: Any) -> Trial:
    """Models of pydantic 1."""

    def reads(said: Said) -> Reads:
        if set(said) & set(MAKER):
            config = said.at(MAKER[1])
            order = pydantic.create_model(
                "Order",
                __cls_kwargs__=said.keywords(extra=MAKER[0]),
                **({"__config__": type("Config", (pydantic.BaseConfig,), {"extra": config})} if config else {}),
                a=(int, ...),
            )
        else:
            order = old_model(pydantic.BaseModel, said)
        return ways(order)

    def ways(order: Any) -> Reads:
        def from_file(data: dict[str, Any]) -> object:
            with stored(data) as file:
                return order.parse_file(file)

        return {
            "construct": lambda data: order(**data),
            "parse_obj": order.parse_obj,
            "parse_raw": lambda data: order.parse_raw(json.dumps(data)),
            "parse_file": from_file,
            "validate": order.validate,
        }

    def nested(outer: Said, inner: Said) -> Any:
        order = old_model(pydantic.BaseModel, inner)
        orders = old_model(pydantic.BaseModel, outer, {"n": order})
        return lambda data: orders.parse_obj({"n": data}).n

    # Options in two places are an error, and a class that is made has no class statement.
    return Trial(
        reads,
        (*apart(MAKER, CLASS), frozenset(MAKER), frozenset(CLASS)),
        child=lambda said: ways(made("Child", old_model(pydantic.BaseModel, said), {})),
        nested=nested,
    )


def old_functions(pydantic: Any) -> Trial:
    """Functions of pydantic 1."""

    def reads(said: Said) -> Reads:
        order = old_model(pydantic.BaseModel, said)

        def from_file(data: dict[str, Any]) -> object:
            with stored(data) as file:
                return pydantic.parse_file_as(order, file)

        return {
            "parse_obj_as": lambda data: pydantic.parse_obj_as(order, data),
            "parse_raw_as": lambda data: pydantic.parse_raw_as(order, json.dumps(data)),
            "parse_file_as": from_file,
        }

    return Trial(reads, (frozenset(CLASS),))


def old_dataclasses(decorator: Any) -> Trial:
    """Data classes of pydantic 1."""

    def reads(said: Said) -> Reads:
        extra = said.at("decorator.kw:config.attr:extra")
        config = type("Config", (), {"extra": extra}) if extra else {}
        if extra := said.at("decorator.kw:config.key:extra"):
            config = {"extra": extra}
        order = type("Order", (), {"__annotations__": {"a": int}})
        order = decorator(config=config)(order) if said else decorator(order)
        return {"construct": lambda data: order(**data)}

    return Trial(reads, (frozenset({"decorator.kw:config.key:extra", "decorator.kw:config.attr:extra"}),))


def old_settings(base: type) -> Trial:
    """Settings of pydantic 1."""

    def reads(said: Said) -> Reads:
        order = old_model(base, said)
        return {"construct": lambda data: order(**data), "parse_obj": order.parse_obj}

    return Trial(reads, (frozenset(CLASS),))


# marshmallow 3 and later


def schema_class(base: type, said: Said, fields: dict[str, Any], meta: dict[str, Any] | None = None) -> Any:
    """A class of schemas that says something."""
    import marshmallow

    meta = {**(meta or {}), **said_by_meta(said, marshmallow)}
    body = {**fields, **({"Meta": type("Meta", (), meta)} if meta else {})}
    return made("OrderSchema", base, body)


def said_by_meta(said: Said, marshmallow: Any) -> dict[str, Any]:
    """What a class of schemas says of unknown fields."""
    unknown = said.at("class.attr:Meta.attr:unknown", marshmallow)
    return {} if unknown is None else {"unknown": unknown}


def schema_ways(schema: type, said: Said) -> Reads:
    """The ways in of a class of schemas; only two take an option in the call."""
    import marshmallow

    def made_schema() -> Any:
        unknown = said.at("ctor.kw:unknown", marshmallow)
        return schema() if unknown is None else schema(unknown=unknown)

    unknown = said.at("kw:unknown", marshmallow)
    call = {} if unknown is None else {"unknown": unknown}
    ways: Reads = {
        "load": lambda data: made_schema().load(data, **call),
        "loads": lambda data: made_schema().loads(json.dumps(data), **call),
    }
    if not call:
        # What is left over cannot be seen here.
        if set(said.values()) & {"EXCLUDE", "exclude", "INCLUDE", "include"}:
            made_schema()
        else:
            ways["validate"] = lambda data: REJECTED if made_schema().validate(data) else data
    return ways


def schemas(*bases: type, made_by: Any = None, fields: dict[str, Any] | None = None, meta: Any = None) -> Trial:
    """Schemas below base classes, or made by a function."""
    import marshmallow

    fields = {"a": marshmallow.fields.Int()} if fields is None else fields

    def reads(said: Said) -> Reads:
        ways: Reads = {}
        for number, base in enumerate(bases):
            ways |= {
                f"b{number}/{way}": read
                for way, read in schema_ways(schema_class(base, said, fields, meta), said).items()
            }
        if made_by and not any(place.startswith("class.") for place in said):
            ways |= {f"made/{way}": read for way, read in schema_ways(made_by(fields), said).items()}
        return ways

    def nested(outer: Said, inner: Said) -> Any:
        order = schema_class(bases[0], inner, fields)
        unknown = inner.at("ctor.kw:unknown", marshmallow)
        field = marshmallow.fields.Nested(order if unknown is None else order(unknown=unknown))
        [(_, load), *_] = schema_ways(schema_class(bases[0], outer, {"n": field}), outer).items()
        return lambda data: load({"n": data})["n"]

    def child(said: Said) -> Reads:
        ways = schema_ways(made("Child", schema_class(bases[0], said, fields, meta), {}), Said())
        return {way: ways[way] for way in ("load", "loads")}

    return Trial(
        reads,
        child=child,
        nested=None if meta else nested,
    )


# betterproto, and betterproto2


def better_messages(library: str) -> dict[str, Any]:
    """Messages of betterproto, as its compiler generates them."""
    better = importlib.import_module(library)
    newer = library == "betterproto2"

    def message(**fields: Any) -> Any:
        def field(number: int, kind: Any) -> Any:
            if newer:
                return better.field(
                    number, better.TYPE_INT32 if kind is int else better.TYPE_MESSAGE, optional=kind is not int
                )
            return better.int32_field(number) if kind is int else better.message_field(number)

        body = {name: field(number, kind) for number, (name, kind) in enumerate(fields.items(), 1)}
        return dataclasses.dataclass(made("Order", better.Message, {"__annotations__": fields, **body}))

    order = message(a=int)
    return {"order": order, "wide": message(a=int, zz=int), "orders": message(n=order)}


def better_ways(kinds: dict[str, Any], call: dict[str, Any]) -> Reads:
    """The ways into a message of betterproto."""
    order = kinds["order"]

    def binary(name: str) -> Read:
        def read(data: dict[str, Any]) -> object:
            written = bytes(kinds["wide"](**data))
            message = getattr(order(), name)(io.BytesIO(written) if name == "load" else written)
            return data if bytes(message) == written else message

        return read

    ways: Reads = {
        "from_dict": lambda data: order().from_dict(data, **call),
        "from_json": lambda data: order().from_json(json.dumps(data), **call),
        "from_pydict": lambda data: order().from_pydict(data, **call),
    }
    if not call:
        ways |= {"construct": lambda data: order(**data)}
        ways |= {name: binary(name) for name in ("parse", "load", "FromString")}
    return ways
