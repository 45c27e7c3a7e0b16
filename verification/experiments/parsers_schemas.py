"""An unknown field through every way into schemas that are values."""

from __future__ import annotations

import warnings
from typing import Any

from parsers_readers import apart
from parsers_trial import REJECTED, Read, Reads, Said, Trial, tries

LOT = "parsers-1"

# Many ways in are old.
warnings.simplefilter("ignore")


PROPERTIES = {"type": "object", "properties": {"a": {"type": "integer"}}}


def object_schema(said: Said, place: str) -> dict[str, Any]:
    """A JSON schema that says something, at places that begin alike."""
    names = ("additionalProperties", "unevaluatedProperties")
    return {**PROPERTIES, **{name: False for name in names if said.at(f"{place}.key:{name}") is False}}


@tries("jsonschema", 0)
def json_schemas() -> Trial:
    """JSON schemas, by the newest draft."""
    import jsonschema

    def reads(said: Said) -> Reads:
        def by_name(data: dict[str, Any]) -> object:
            jsonschema.validate(instance=data, schema=object_schema(said, "kw:schema"))
            return data

        def by_position(data: dict[str, Any]) -> object:
            jsonschema.validate(data, object_schema(said, "arg:1"))
            return data

        reads: Reads = {"named/validate": by_name, "placed/validate": by_position}
        return {
            name: read
            for name, read in reads.items()
            if not said or (name == "named/validate") == any("kw:" in place for place in said)
        }

    return Trial(reads)


@tries("jsonschema", 1, 2)
def validators(model: dict[str, Any]) -> Trial:
    """Validators of drafts of JSON schema."""
    import jsonschema

    def reads(said: Said) -> Reads:
        ways: Reads = {}
        for path in model["makers"]:
            name = path.removesuffix("()").rpartition(".")[2]
            kind = getattr(jsonschema, name, None) or jsonschema.validators.validator_for(PROPERTIES)
            if any("kw:" in place for place in said):
                made_so = kind(schema=object_schema(said, "ctor.kw:schema"))
            else:
                made_so = kind(object_schema(said, "ctor.arg:0"))
            ways |= {
                f"{name}/validate": lambda data, made_so=made_so: made_so.validate(data) or data,
                f"{name}/is_valid": lambda data, made_so=made_so: data if made_so.is_valid(data) else REJECTED,
                f"{name}/iter_errors": lambda data, made_so=made_so: (
                    REJECTED if list(made_so.iter_errors(data)) else data
                ),
            }
        return ways

    return Trial(reads)


@tries("fastjsonschema", 0)
def fast_json_schemas() -> Trial:
    """JSON schemas of fastjsonschema."""
    import fastjsonschema

    def reads(said: Said) -> Reads:
        by_name = any("kw:" in place for place in said)
        schema = object_schema(said, "kw:definition" if by_name else "arg:0")
        if by_name:
            return {"validate": lambda data: fastjsonschema.validate(definition=schema, data=data)}
        return {"validate": lambda data: fastjsonschema.validate(schema, data)}

    return Trial(reads)


@tries("fastjsonschema", 1)
def compiled_json_schemas() -> Trial:
    """JSON schemas that fastjsonschema compiles."""
    import fastjsonschema

    def reads(said: Said) -> Reads:
        if any("kw:" in place for place in said):
            return {"__call__": fastjsonschema.compile(definition=object_schema(said, "ctor.kw:definition"))}
        return {"__call__": fastjsonschema.compile(object_schema(said, "ctor.arg:0"))}

    return Trial(reads)


@tries("voluptuous", 0)
def voluptuous_schemas() -> Trial:
    """Schemas of voluptuous."""
    import voluptuous

    def schema(said: Said, inner: object = None) -> Any:
        keys = {"a": int} if inner is None else {"n": inner}
        if said.at("ctor.arg:0.key:Extra") or said.at("ctor.kw:schema.key:Extra"):
            keys[voluptuous.Extra] = object
        if (extra := said.at("ctor.arg:2", voluptuous)) is not None:
            return voluptuous.Schema(keys, False, extra)  # noqa: FBT003  (by position is what is tried)
        extra = said.at("ctor.kw:extra", voluptuous)
        return voluptuous.Schema(schema=keys, **({} if extra is None else {"extra": extra}))

    return Trial(
        lambda said: {"__call__": schema(said)},
        # Both places are the same argument; what drops the unknown is another matter for a key that takes it.
        (
            frozenset({"ctor.kw:extra", "ctor.arg:2"}),
            *apart(("ctor.kw:extra", "ctor.arg:2"), ("ctor.arg:0.key:Extra", "ctor.kw:schema.key:Extra")),
        ),
        nested=lambda outer, inner: lambda data: schema(outer, schema(inner))({"n": data})["n"],
    )


@tries("cerberus", 0)
def cerberus_validators() -> Trial:
    """Validators of Cerberus."""
    import cerberus

    places = ("ctor.kw:allow_unknown", "ctor.kw:purge_unknown")
    later = ("recv.attr:allow_unknown", "recv.attr:purge_unknown")

    def validator(said: Said, schema: dict[str, Any]) -> Any:
        made_so = cerberus.Validator(schema, **said.keywords(allow_unknown=places[0], purge_unknown=places[1]))
        for name, value in said.keywords(allow_unknown=later[0], purge_unknown=later[1]).items():
            setattr(made_so, name, value)
        return made_so

    def reads(said: Said) -> Reads:
        def read(name: str) -> Read:
            def call(data: dict[str, Any]) -> object:
                made_so = validator(said, {"a": {"type": "integer"}})
                found = getattr(made_so, name)(data)
                if found in (None, False):
                    return REJECTED
                return made_so.document if found is True else found

            return call

        return {name: read(name) for name in ("validate", "validated", "normalized", "__call__")}

    def nested(outer: Said, _: Said) -> Read:
        made_so = validator(outer, {"n": {"type": "dict", "schema": {"a": {"type": "integer"}}}})
        return lambda data: made_so.validated({"n": data})["n"]

    return Trial(reads, nested=nested)


@tries("schema", 0)
def schema_schemas() -> Trial:
    """Schemas of schema."""
    import schema

    def made_so(said: Said, inner: object = None) -> Any:
        keys: dict[Any, Any] = {"a": int} if inner is None else {"n": inner}
        if takes_more(said):
            keys[str] = object
        if ignore := said.at("ctor.arg:2"):
            return schema.Schema(keys, None, ignore)
        return schema.Schema(schema=keys, **said.keywords(ignore_extra_keys="ctor.kw:ignore_extra_keys"))

    def takes_more(said: Said) -> bool:
        return bool(said.at("ctor.arg:0.key:str") or said.at("ctor.kw:schema.key:str"))

    def reads(said: Said) -> Reads:
        validator = made_so(said)
        # What takes all others wants one at least.
        more = {"b": 1} if takes_more(said) else {}
        ways: Reads = {"validate": lambda data: validator.validate({**data, **more})}
        # It does not say what becomes of the field.
        if not said:
            ways["is_valid"] = lambda data: data if validator.is_valid(data) else REJECTED
        return ways

    ignored = ("ctor.kw:ignore_extra_keys", "ctor.arg:2")
    taken = ("ctor.arg:0.key:str", "ctor.kw:schema.key:str")
    return Trial(
        reads,
        apart(ignored, taken),
        nested=lambda outer, inner: lambda data: made_so(outer, made_so(inner)).validate({"n": data})["n"],
    )


@tries("colander", 0)
def colander_schemas() -> Trial:
    """Schemas of colander, as classes and made from nodes."""
    import colander

    class OrderSchema(colander.MappingSchema):
        a = colander.SchemaNode(colander.Int())

    places = {
        "ctor.arg:0.kw:unknown": lambda unknown: (colander.Mapping(unknown=unknown),),
        "ctor.arg:0.arg:0": lambda unknown: (colander.Mapping(unknown),),
        "ctor.kw:typ.kw:unknown": lambda unknown: {"typ": colander.Mapping(unknown=unknown)},
        "ctor.kw:typ.arg:0": lambda unknown: {"typ": colander.Mapping(unknown)},
    }

    def reads(said: Said) -> Reads:
        args: tuple[object, ...] = ()
        keywords: dict[str, object] = {}
        for place, make in places.items():
            if unknown := said.at(place):
                made_so = make(unknown)
                args, keywords = (made_so, {}) if isinstance(made_so, tuple) else ((), made_so)
        ways: Reads = {"class/deserialize": OrderSchema(*args, **keywords).deserialize}
        node = colander.SchemaNode(colander.Int(), name="a")
        if args:
            ways["node/deserialize"] = colander.SchemaNode(*args, node).deserialize
        else:
            ways["node/deserialize"] = colander.SchemaNode(
                **{"typ": colander.Mapping(), **keywords}, children=[node]
            ).deserialize
        return ways

    def nested(outer: Said, inner: Said) -> Read:
        def mapping(said: Said, node: Any) -> Any:
            unknown = said.at("ctor.arg:0.kw:unknown")
            return colander.SchemaNode(colander.Mapping(**({"unknown": unknown} if unknown else {})), node, name="n")

        schema = mapping(outer, mapping(inner, colander.SchemaNode(colander.Int(), name="a")))
        return lambda data: schema.deserialize({"n": data})["n"]

    return Trial(reads, nested=nested)


def trafaret_ways(made_so: Any) -> Reads:
    """The ways into a trafaret."""
    return {
        "check": made_so.check,
        "transform": made_so.transform,
        "__call__": made_so,
    }


@tries("trafaret", 0)
def trafarets() -> Trial:
    """Dicts of trafaret."""
    import trafaret

    ignore = ("ctor.kw:ignore_extra", "ctor.kw:ignore_extra.each")
    allow = ("ctor.kw:allow_extra", "ctor.kw:allow_extra.each")

    def reads(said: Said) -> Reads:
        keywords: dict[str, Any] = said.keywords(ignore_extra=ignore[0], allow_extra=allow[0])
        for name, place in (("ignore_extra", ignore[1]), ("allow_extra", allow[1])):
            if value := said.at(place):
                keywords[name] = [value]
        made_so = trafaret.Dict({"a": trafaret.Int()}, **keywords)
        ways = trafaret_ways(made_so)
        # It does not say what becomes of the field.
        if not said:
            ways["is_valid"] = lambda data: data if made_so.is_valid(data) else REJECTED
        return ways

    return Trial(reads, (frozenset(ignore), frozenset(allow), *apart(ignore, allow)))


@tries("trafaret", 1, 2)
def open_trafarets(model: dict[str, Any]) -> Trial:
    """Dicts of trafaret that are made to take more."""
    import trafaret

    name = model["makers"][0].rpartition(".")[2]

    def reads(_: Said) -> Reads:
        closed = trafaret.Dict({"a": trafaret.Int()})
        made_so = getattr(closed, name)(model["where"][0]["values"][0])
        # Any other name opens it for that name only.
        assert not getattr(closed, name)("b").is_valid({"a": 1, "zz": 2})
        kept = {"is_valid": lambda data: made_so.check(data) if made_so.is_valid(data) else REJECTED}
        return {**trafaret_ways(made_so), **kept}

    return Trial(reads)
