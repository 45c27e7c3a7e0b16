"""An unknown field through every way into what the language has itself, and into models of pydantic."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
import warnings
from typing import Any

from parsers_readers import (
    Order,
    apart,
    constructor,
    inner_class,
    made,
    old_dataclasses,
    old_functions,
    old_models,
    old_settings,
    stored,
)
from parsers_trial import Read, Reads, Said, Trial, tries

LOT = "parsers-1"

# Many ways in are old.
warnings.simplefilter("ignore")


# The language


@tries("python", 0)
def plain_classes() -> Trial:
    """Data classes and named tuples."""

    class Named(typing.NamedTuple):
        a: int

    kinds = {
        "dataclass": Order,
        "NamedTuple": Named,
        "namedtuple": __import__("collections").namedtuple("Order", ["a"]),
        "make_dataclass": dataclasses.make_dataclass("Order", [("a", int)]),
    }
    return Trial(lambda _: {f"{name}/construct": lambda data, kind=kind: kind(**data) for name, kind in kinds.items()})


@tries("python", 1)
def namespaces() -> Trial:
    """`SimpleNamespace`."""
    return constructor(types.SimpleNamespace)


@tries("python", 2)
def typed_dicts() -> Trial:
    """`TypedDict`."""
    return constructor(typing.TypedDict("Order", {"a": int}))


@tries("typing-extensions", 0)
def newer_typed_dicts() -> Trial:
    """`TypedDict` of typing-extensions, closed or not."""
    import typing_extensions

    kinds = [typing_extensions.TypedDict("Order", {"a": int}, closed=closed) for closed in (None, True)]
    return Trial(
        lambda _: {f"k{number}/construct": lambda data, kind=kind: kind(**data) for number, kind in enumerate(kinds)}
    )


@tries("typing-extensions", 1)
def newer_named_tuples() -> Trial:
    """`NamedTuple` of typing-extensions."""
    import typing_extensions

    class Named(typing_extensions.NamedTuple):
        a: int

    return constructor(Named)


@tries("typeguard", 0)
def checked_types() -> Trial:
    """`typeguard.check_type`, of a `TypedDict`."""
    import typeguard
    import typing_extensions

    def reads(said: Said) -> Reads:
        extra = {"extra_items": int} if said.at("class.kw:extra_items") else {}
        kinds = [typing_extensions.TypedDict("Order", {"a": int}, **extra)] + (
            [] if extra else [typing.TypedDict("Order", {"a": int})]
        )
        return {
            f"k{number}/check_type": lambda data, kind=kind: typeguard.check_type(data, kind)
            for number, kind in enumerate(kinds)
        }

    return Trial(reads)


# pydantic

MODEL_CLASS = ("class.kw:extra", "class.attr:model_config.key:extra", "class.attr:Config.attr:extra")


def new_model(base: type, said: Said, fields: dict[str, Any] | None = None) -> Any:
    """A class below a base class of pydantic 2 that says something."""
    body: dict[str, Any] = {"__annotations__": fields or {"a": int}}
    if extra := said.at("class.attr:model_config.key:extra"):
        body["model_config"] = {"extra": extra}
    if extra := said.at("class.attr:Config.attr:extra"):
        body["Config"] = inner_class("Config", extra=extra)
    return made("Order", base, body, **said.keywords(extra="class.kw:extra"))


def new_ways(order: Any, call: dict[str, Any] | None = None) -> Reads:
    """The ways into a class of pydantic 2; not all take an option in the call."""

    def from_file(data: dict[str, Any]) -> object:
        with stored(data) as file:
            return order.parse_file(file)

    call = call or {}
    ways: Reads = {
        "model_validate": lambda data: order.model_validate(data, **call),
        "model_validate_json": lambda data: order.model_validate_json(json.dumps(data), **call),
        "model_validate_strings": lambda data: order.model_validate_strings(
            {k: str(v) for k, v in data.items()}, **call
        ),
    }
    if not call:
        ways |= {
            "construct": lambda data: order(**data),
            "parse_obj": order.parse_obj,
            "parse_raw": lambda data: order.parse_raw(json.dumps(data)),
            "parse_file": from_file,
            "validate": order.validate,
        }
    return ways


@tries("pydantic", 0)
def models() -> Trial:
    """Models of pydantic."""
    import pydantic

    maker = ("ctor.kw:__cls_kwargs__.key:extra", "ctor.kw:__config__.key:extra")

    def reads(said: Said) -> Reads:
        if set(said) & set(maker):
            config = said.keywords(extra=maker[1])
            order = pydantic.create_model(
                "Order", __cls_kwargs__=said.keywords(extra=maker[0]), __config__=config or None, a=(int, ...)
            )
        else:
            order = new_model(pydantic.BaseModel, said)
        call = said.keywords(extra="kw:extra")
        root = pydantic.RootModel[order]
        return {**new_ways(order, call), "root/model_validate": lambda data: root.model_validate(data, **call).root}

    def nested(outer: Said, inner: Said) -> Read:
        order = new_model(pydantic.BaseModel, inner)
        orders = new_model(pydantic.BaseModel, outer, {"n": order})
        return lambda data: orders.model_validate({"n": data}).n

    return Trial(
        reads,
        (*apart(maker, MODEL_CLASS), frozenset(MODEL_CLASS[1:])),
        child=lambda said: new_ways(made("Child", new_model(pydantic.BaseModel, said), {})),
        nested=nested,
    )


@tries("pydantic", 1)
def adapters() -> Trial:
    """Adapters of pydantic, for models, data classes and `TypedDict`s."""
    import pydantic
    import pydantic.dataclasses
    import typing_extensions

    dataclass = ("decorator.kw:config.key:extra",)
    decorated = ("decorator.arg:0.key:extra", "decorator.kw:extra")
    typed = ("class.attr:__pydantic_config__.key:extra", "class.kw:closed", "class.kw:extra_items")

    def typed_dict(said: Said) -> Any:
        closed = {"closed": True} if said.at("class.kw:closed") else {}
        extra = {"extra_items": int} if said.at("class.kw:extra_items") else {}
        order: Any = typing_extensions.TypedDict("Order", {"a": int}, **closed, **extra)
        if config := said.keywords(extra="class.attr:__pydantic_config__.key:extra"):
            order.__pydantic_config__ = config
        if config := said.keywords(extra="decorator.kw:extra"):
            order = pydantic.with_config(**config)(order)
        if config := said.keywords(extra="decorator.arg:0.key:extra"):
            order = pydantic.with_config(config)(order)
        return order

    def classes(said: Said) -> dict[str, Any]:
        if set(said) & set(MODEL_CLASS):
            return {"model": new_model(pydantic.BaseModel, said)}
        if set(said) & set(dataclass):
            config = said.keywords(extra=dataclass[0])
            return {
                "data": pydantic.dataclasses.dataclass(config=config)(
                    type("Order", (), {"__annotations__": {"a": int}})
                )
            }
        if set(said) & {*decorated, *typed}:
            return {"typed": typed_dict(said)}
        return {
            "model": new_model(pydantic.BaseModel, said),
            "data": pydantic.dataclasses.dataclass(type("Order", (), {"__annotations__": {"a": int}})),
            "plain": Order,
            "typed": typed_dict(said),
        }

    def reads(said: Said) -> Reads:
        call = said.keywords(extra="kw:extra")
        ways: Reads = {}
        for name, kind in classes(said).items():
            adapter = pydantic.TypeAdapter(kind)
            ways |= {
                f"{name}/validate_python": lambda data, adapter=adapter: adapter.validate_python(data, **call),
                f"{name}/validate_json": lambda data, adapter=adapter: adapter.validate_json(json.dumps(data), **call),
                f"{name}/validate_strings": lambda data, adapter=adapter: adapter.validate_strings(
                    {key: str(value) for key, value in data.items()}, **call
                ),
            }
        return ways

    groups = (MODEL_CLASS, dataclass, (*decorated, *typed))
    return Trial(reads, (*apart(*groups), frozenset(MODEL_CLASS[1:]), frozenset(decorated), frozenset(typed[1:])))


@tries("pydantic", 2)
def old_function() -> Trial:
    """The function that pydantic 2 keeps of pydantic 1."""
    import pydantic

    def reads(said: Said) -> Reads:
        order = new_model(pydantic.BaseModel, said)
        return {"parse_obj_as": lambda data: pydantic.parse_obj_as(order, data)}

    return Trial(reads, (frozenset(MODEL_CLASS[1:]),))


@tries("pydantic", 3)
def data_classes() -> Trial:
    """Data classes of pydantic."""
    import pydantic.dataclasses

    def order(said: Said) -> Any:
        body: dict[str, Any] = {"__annotations__": {"a": int}}
        if config := said.keywords(extra="class.attr:__pydantic_config__.key:extra"):
            body["__pydantic_config__"] = config
        config = said.keywords(extra="decorator.kw:config.key:extra")
        kind = type("Order", (), body)
        return pydantic.dataclasses.dataclass(config=config)(kind) if config else pydantic.dataclasses.dataclass(kind)

    def child(said: Said) -> Reads:
        kind = order(said)
        return {"construct": lambda data: type("Child", (kind,), {})(**data)}

    return Trial(lambda said: {"construct": lambda data: order(said)(**data)}, child=child)


@tries("pydantic", 4)
def calls() -> Trial:
    """Functions whose arguments pydantic checks."""
    import pydantic

    @pydantic.validate_call
    def order(a: int) -> int:
        return a

    return constructor(order)


@tries("pydantic", 5)
def old_calls() -> Trial:
    """Functions whose arguments pydantic checks, as it was called in version 1."""
    import pydantic

    return constructor(pydantic.validate_arguments(lambda a: a))


@tries("pydantic", 11)
def inner_models() -> Trial:
    """Models of pydantic 1 inside of version 2."""
    import pydantic.v1

    return old_models(pydantic.v1)


@tries("pydantic", 12)
def inner_functions() -> Trial:
    """Functions of pydantic 1 inside of version 2."""
    import pydantic.v1

    return old_functions(pydantic.v1)


@tries("pydantic", 13)
def inner_data_classes() -> Trial:
    """Data classes of pydantic 1 inside of version 2."""
    import pydantic.v1.dataclasses

    return old_dataclasses(pydantic.v1.dataclasses.dataclass)


@tries("pydantic", 14)
def inner_settings() -> Trial:
    """Settings of pydantic 1 inside of version 2."""
    import pydantic.v1

    return old_settings(pydantic.v1.BaseSettings)


@tries("pydantic-settings", 0)
def settings() -> Trial:
    """Settings of pydantic-settings."""
    import pydantic_settings

    names = ("construct", "model_validate", "model_validate_json")
    return Trial(
        lambda said: {name: new_ways(new_model(pydantic_settings.BaseSettings, said))[name] for name in names},
        (frozenset(MODEL_CLASS[1:]),),
        child=lambda said: {
            "construct": lambda data: made("Child", new_model(pydantic_settings.BaseSettings, said), {})(**data)
        },
    )


@tries("sqlmodel", 0)
def table_models() -> Trial:
    """Models of sqlmodel, with and without a table."""
    import sqlmodel

    def order(said: Said) -> Any:
        if not said.at("class.kw:table"):
            return new_model(sqlmodel.SQLModel, said)
        # A table of that name may be there already.
        sqlmodel.SQLModel.metadata.clear()
        body = {"__annotations__": {"id": int | None, "a": int}, "id": sqlmodel.Field(default=None, primary_key=True)}
        if extra := said.at("class.attr:model_config.key:extra"):
            body["model_config"] = {"extra": extra}
        if extra := said.at("class.attr:Config.attr:extra"):
            body["Config"] = inner_class("Config", extra=extra)
        return made("Order", sqlmodel.SQLModel, body, table=True)

    def reads(said: Said) -> Reads:
        kind = order(said)
        ways = {
            name: read for name, read in new_ways(kind).items() if name not in ("model_validate_strings", "parse_file")
        }
        # What is forbidden is refused by some ways into a model with a table, and dropped by others.
        return {"construct": ways["construct"]} if "class.kw:table" in said and "forbid" in said.values() else ways

    def nested(outer: Said, inner: Said) -> Read:
        kind = new_model(sqlmodel.SQLModel, outer, {"n": new_model(sqlmodel.SQLModel, inner)})
        return lambda data: kind.model_validate({"n": data}).n

    return Trial(
        reads,
        (frozenset(MODEL_CLASS[1:]),),
        child=lambda said: {"construct": lambda data: made("Child", new_model(sqlmodel.SQLModel, said), {})(**data)},
        nested=nested,
    )
