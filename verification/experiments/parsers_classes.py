"""An unknown field through every way into schemas of marshmallow 3, and into plain classes that libraries read."""

from __future__ import annotations

import dataclasses
import importlib
import json
import warnings
from typing import Any

import parsers_readers
from parsers_readers import Order, Orders, made, schema_ways, schemas
from parsers_trial import Read, Reads, Said, Trial, tries

LOT = "parsers-1"

# Many ways in are old.
warnings.simplefilter("ignore")


@tries("marshmallow", 0)
def marshmallow_schemas() -> Trial:
    """Schemas of marshmallow 3."""
    import marshmallow

    return schemas(marshmallow.Schema, made_by=marshmallow.Schema.from_dict)


@tries("desert", 0)
def desert_schemas() -> Trial:
    """Schemas of desert."""
    import desert
    import marshmallow

    def reads(said: Said) -> Reads:
        unknown = said.at("ctor.kw:meta.key:unknown", marshmallow)
        meta = {} if unknown is None else {"unknown": unknown}
        # What `INCLUDE` passes on is refused by the class itself; `validate` does not make one.
        included = set(said.values()) & {"INCLUDE", "include"}
        ways: Reads = {}
        makers = {"class": lambda: desert.schema_class(Order, meta=meta)}
        # Only a class can be called with options.
        if "ctor.kw:unknown" not in said:
            makers["schema"] = lambda: lambda: desert.schema(Order, meta=meta)
        for name, make in makers.items():
            ways |= {
                f"{name}/{way}": read
                for way, read in schema_ways(make(), said).items()
                if not (included and way == "validate")
            }
        return ways

    # `ctor` is the call of the class that `schema_class` returns, or that of `schema` itself.
    return Trial(reads, (frozenset({"ctor.kw:unknown", "ctor.kw:meta.key:unknown"}),))


@tries("dataclasses-json", 0)
def json_data_classes() -> Trial:
    """Data classes of dataclasses-json, and their schemas."""
    import dataclasses_json

    def order(said: Said, fields: dict[str, Any] | None = None) -> Any:
        undefined = said.at("decorator.kw:undefined", dataclasses_json.Undefined)
        body: dict[str, Any] = {"__annotations__": fields or {"a": int}, "__module__": __name__}
        if undefined in ("include", dataclasses_json.Undefined.INCLUDE):
            body["__annotations__"] = {**body["__annotations__"], "rest": dataclasses_json.CatchAll}
        kind = dataclasses.dataclass(type("Order", (), body))
        decorate = (
            dataclasses_json.dataclass_json(undefined=undefined) if undefined else dataclasses_json.dataclass_json
        )
        return decorate(kind)

    def ways(kind: Any, said: Said) -> Reads:
        made_so = said.keywords(unknown="ctor.kw:unknown")
        call = said.keywords(unknown="kw:unknown")
        made_so, call = ({key: value.lower() for key, value in said.items()} for said in (made_so, call))
        found: Reads = {
            "load": lambda data: kind.schema(**made_so).load(data, **call),
            "loads": lambda data: kind.schema(**made_so).loads(json.dumps(data), **call),
        }
        if not made_so and not call:
            found |= {
                "construct": lambda data: kind(**data),
                "from_dict": kind.from_dict,
                "from_json": lambda data: kind.from_json(json.dumps(data)),
            }
        return found

    def reads(said: Said) -> Reads:
        if said:
            return ways(order(said), said)

        @dataclasses.dataclass
        class Mixed(dataclasses_json.DataClassJsonMixin):
            a: int

        return {**ways(order(said), said), **{f"mixed/{way}": read for way, read in ways(Mixed, said).items()}}

    def nested(outer: Said, inner: Said) -> Read:
        kind = order(outer, {"n": order(inner)})
        return lambda data: kind.from_dict({"n": data}).n

    return Trial(
        reads,
        child=lambda said: {"from_dict": type("Child", (order(said),), {}).from_dict},
        nested=nested,
    )


# Classes of attrs and of the standard library


@tries("attrs", 0)
def attrs_classes() -> Trial:
    """Classes of attrs."""
    import attr
    import attrs

    old = type("Order", (), {"a": attr.ib()})
    kinds = {
        **{
            name: getattr(attrs, name)(type("Order", (), {"__annotations__": {"a": int}}))
            for name in ("define", "frozen", "mutable")
        },
        "s": attr.s(old),
        "dataclass": attr.dataclass(type("Order", (), {"__annotations__": {"a": int}})),
        "make_class": attrs.make_class("Order", ["a"]),
        "attr.make_class": attr.make_class("Order", ["a"]),
    }
    return Trial(lambda _: {f"{name}/construct": lambda data, kind=kind: kind(**data) for name, kind in kinds.items()})


CATTRS = {
    "bson": ("bson", "encode"),
    "cbor2": ("cbor2", "dumps"),
    "json": ("json", "dumps"),
    "msgpack": ("msgpack", "packb"),
    "msgspec": ("msgspec.json", "encode"),
    "orjson": ("orjson", "dumps"),
    "pyyaml": ("yaml", "safe_dump"),
    "tomlkit": ("tomlkit", "dumps"),
    "tomllib": ("tomlkit", "dumps"),
    "ujson": ("ujson", "dumps"),
}


@tries("cattrs", 0)
def converters() -> Trial:
    """Converters of cattrs, with and without a message for each field."""
    import cattrs

    def reads(said: Said) -> Reads:
        keywords = said.keywords(forbid_extra_keys="ctor.kw:forbid_extra_keys")
        ways: Reads = {"cattrs.structure": lambda data: cattrs.structure(data, Order)}
        if keywords:
            ways = {
                "short/structure": lambda data: cattrs.Converter(detailed_validation=False, **keywords).structure(
                    data, Order
                )
            }
        ways["Converter().structure"] = lambda data: cattrs.Converter(**keywords).structure(data, Order)
        for name, (module, function) in CATTRS.items():
            write = getattr(importlib.import_module(module), function)
            make = importlib.import_module(f"cattrs.preconf.{name}").make_converter
            ways |= {
                f"preconf.{name}.make_converter().structure": lambda data, make=make: make(**keywords).structure(
                    data, Order
                ),
                f"preconf.{name}.make_converter().loads": lambda data, make=make, write=write: make(**keywords).loads(
                    write(data), Order
                ),
            }
        return ways

    def nested(outer: Said, _: Said) -> Read:
        keywords = outer.keywords(forbid_extra_keys="ctor.kw:forbid_extra_keys")
        return lambda data: cattrs.Converter(**keywords).structure({"n": data}, Orders).n

    return Trial(reads, nested=nested)


@tries("cattrs", 1)
def hooks() -> Trial:
    """Hooks of cattrs, called and registered."""
    import cattrs
    import cattrs.gen

    def reads(said: Said) -> Reads:
        converter = cattrs.Converter()
        keywords = said.keywords(_cattrs_forbid_extra_keys="ctor.kw:_cattrs_forbid_extra_keys")
        hook = cattrs.gen.make_dict_structure_fn(Order, converter, **keywords)
        converter.register_structure_hook(Order, hook)
        return {"__call__": lambda data: hook(data, Order), "structure": lambda data: converter.structure(data, Order)}

    return Trial(reads)


@tries("dacite", 0)
def dacite_classes() -> Trial:
    """Data classes that dacite reads."""
    import dacite

    def read(said: Said, kind: type) -> Read:
        if "kw:config.kw:strict" in said:
            return lambda data: dacite.from_dict(
                kind, data, config=dacite.Config(strict=said.at("kw:config.kw:strict"))
            )
        if "arg:2.kw:strict" in said:
            return lambda data: dacite.from_dict(kind, data, dacite.Config(strict=said.at("arg:2.kw:strict")))
        return lambda data: dacite.from_dict(kind, data)

    def nested(outer: Said, _: Said) -> Read:
        load = read(outer, Orders)
        return lambda data: load({"n": data}).n

    return Trial(lambda said: {"from_dict": read(said, Order)}, nested=nested)


MASHUMARO = {
    "json": ("json", "dumps"),
    "msgpack": ("msgpack", "packb"),
    "orjson": ("orjson", "dumps"),
    "toml": ("tomli_w", "dumps"),
    "yaml": ("yaml", "safe_dump"),
}
MIXINS = {"json": "JSON", "msgpack": "MessagePack", "orjson": "ORJSON", "toml": "TOML", "yaml": "YAML"}


def mashumaro_class(base: type, said: Said, fields: dict[str, Any] | None = None) -> Any:
    """A data class below a mixin of mashumaro that says something."""
    body: dict[str, Any] = {"__annotations__": fields or {"a": int}}
    if said.at("class.attr:Config.attr:forbid_extra_keys"):
        config = importlib.import_module("mashumaro.config").BaseConfig
        body["Config"] = type("Config", (config,), {"forbid_extra_keys": True})
    kind = dataclasses.dataclass(made("Order", base, body))
    # It is looked for there by its name.
    vars(parsers_readers)["Order"] = kind
    return kind


@tries("mashumaro", 0)
def mixins() -> Trial:
    """Data classes with a mixin of mashumaro."""
    import mashumaro

    def reads(said: Said) -> Reads:
        order = mashumaro_class(mashumaro.DataClassDictMixin, said)
        ways: Reads = {"from_dict": order.from_dict}
        # The constructor is that of any data class.
        if not said:
            ways["construct"] = lambda data: order(**data)
        for name, prefix in MIXINS.items():
            base = getattr(importlib.import_module(f"mashumaro.mixins.{name}"), f"DataClass{prefix}Mixin")
            write = getattr(importlib.import_module(MASHUMARO[name][0]), MASHUMARO[name][1])
            method = f"from_{name.removeprefix('or')}"
            kind = mashumaro_class(base, said)
            ways[f"{name}/{method}"] = lambda data, kind=kind, write=write, method=method: getattr(kind, method)(
                write(data)
            )
        return ways

    def nested(outer: Said, inner: Said) -> Read:
        order = mashumaro_class(mashumaro.DataClassDictMixin, inner)
        orders = mashumaro_class(mashumaro.DataClassDictMixin, outer, {"n": order})
        return lambda data: orders.from_dict({"n": data}).n

    def child(said: Said) -> Reads:
        return {"from_dict": made("Child", mashumaro_class(mashumaro.DataClassDictMixin, said), {}).from_dict}

    return Trial(reads, child=child, nested=nested)


@tries("mashumaro", 1, 2)
def codecs(model: dict[str, Any]) -> Trial:
    """Codecs of mashumaro."""

    def reads(said: Said) -> Reads:
        kind: Any = Order
        if said:
            kind = mashumaro_class(importlib.import_module("mashumaro").DataClassDictMixin, said)
        ways: Reads = {}
        for path in model["functions"]:
            module, name = path.removesuffix("().decode").rpartition(".")[::2]
            write_module, write_name = MASHUMARO.get(module.rpartition(".")[2], ("builtins", "dict"))
            write = getattr(importlib.import_module(write_module), write_name)
            decode = getattr(importlib.import_module(module), name)
            if path.endswith("()" + ".decode"):
                ways[path] = lambda data, decode=decode, write=write: decode(kind).decode(write(data))
            else:
                ways[path] = lambda data, decode=decode, write=write: decode(write(data), kind)
        return ways

    return Trial(reads)


def struct(said: Said, fields: dict[str, Any] | None = None) -> Any:
    """A struct that says something."""
    import msgspec

    forbid = said.keywords(forbid_unknown_fields="class.kw:forbid_unknown_fields")
    made_so = said.keywords(forbid_unknown_fields="ctor.kw:forbid_unknown_fields")
    if made_so:
        return msgspec.defstruct("Order", [("a", int)], **made_so)
    return made("Order", msgspec.Struct, {"__annotations__": fields or {"a": int}}, **forbid)


@tries("msgspec", 0)
def structs() -> Trial:
    """Structs of msgspec, and other classes that it reads."""
    import msgspec

    def ways(kind: Any) -> Reads:
        return {
            "msgspec.convert": lambda data: msgspec.convert(data, kind),
            "json.decode": lambda data: msgspec.json.decode(msgspec.json.encode(data), type=kind),
            "msgpack.decode": lambda data: msgspec.msgpack.decode(msgspec.msgpack.encode(data), type=kind),
            "toml.decode": lambda data: msgspec.toml.decode(msgspec.toml.encode(data), type=kind),
            "yaml.decode": lambda data: msgspec.yaml.decode(msgspec.yaml.encode(data), type=kind),
        }

    def reads(said: Said) -> Reads:
        kind = struct(said)
        if said:
            return ways(kind)
        other = {f"data/{way}": read for way, read in ways(Order).items()}
        return {"construct": lambda data: kind(**data), **ways(kind), **other}

    def nested(outer: Said, inner: Said) -> Read:
        kind = struct(outer, {"n": struct(inner)})
        return lambda data: msgspec.convert({"n": data}, kind).n

    places = ("class.kw:forbid_unknown_fields", "ctor.kw:forbid_unknown_fields")
    return Trial(reads, (frozenset(places),), nested=nested)


@tries("msgspec", 1)
def decoders() -> Trial:
    """Decoders of msgspec."""
    import msgspec

    def reads(said: Said) -> Reads:
        kind = struct(said)
        return {
            "json.Decoder().decode": lambda data: msgspec.json.Decoder(kind).decode(msgspec.json.encode(data)),
            "msgpack.Decoder().decode": lambda data: msgspec.msgpack.Decoder(kind).decode(msgspec.msgpack.encode(data)),
        }

    return Trial(reads)


@tries("typedload", 0)
def typedload_classes() -> Trial:
    """Data classes that typedload reads."""
    import typedload
    import typedload.dataloader

    def loader(said: Said) -> Any:
        made_so = typedload.dataloader.Loader(**said.keywords(failonextra="ctor.kw:failonextra"))
        if value := said.at("recv.attr:failonextra"):
            made_so.failonextra = value
        return made_so

    def reads(said: Said) -> Reads:
        call = said.keywords(failonextra="kw:failonextra")
        ways: Reads = {}
        if set(said) <= {"kw:failonextra"}:
            ways["typedload.load"] = lambda data: typedload.load(data, Order, **call)
        if not call:
            ways["Loader().load"] = lambda data: loader(said).load(data, Order)
        return ways

    def nested(outer: Said, _: Said) -> Read:
        call = outer.keywords(failonextra="kw:failonextra")
        return lambda data: typedload.load({"n": data}, Orders, **call).n

    return Trial(reads, nested=nested)


@tries("apischema", 0)
def apischema_classes() -> Trial:
    """Data classes that apischema reads."""
    import apischema

    def read(said: Said, kind: type) -> Read:
        call = said.keywords(additional_properties="kw:additional_properties")
        return lambda data: apischema.deserialize(kind, data, **call)

    def nested(outer: Said, _: Said) -> Read:
        load = read(outer, Orders)
        return lambda data: load({"n": data}).n

    return Trial(lambda said: {"deserialize": read(said, Order)}, nested=nested)
