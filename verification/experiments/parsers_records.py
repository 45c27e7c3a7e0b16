"""An unknown field through every way into messages, records, documents and inputs of GraphQL."""

from __future__ import annotations

import dataclasses
import io
import json
import warnings
from collections.abc import Callable
from typing import Any

from parsers_readers import better_messages, better_ways, made
from parsers_trial import REJECTED, Read, Reads, Said, Trial, last, tries

LOT = "parsers-1"

# Many ways in are old.
warnings.simplefilter("ignore")


@dataclasses.dataclass
class Messages:
    """Classes of protobuf messages, as the compiler generates them."""

    order: Any
    wide: Any
    orders: Any


def messages() -> Messages:
    """A message with one field, one with two, and one with the first inside."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="orders.proto", package="orders", syntax="proto3")
    fields = {"Order": ["a"], "Wide": ["a", "zz"]}
    for name, names in fields.items():
        message = file.message_type.add(name=name)
        for number, field in enumerate(names, 1):
            message.field.add(name=field, number=number, type=5, label=1)
    file.message_type.add(name="Orders").field.add(name="n", number=1, type=11, type_name=".orders.Order", label=1)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    names = ("Order", "Wide", "Orders")
    return Messages(*(message_factory.GetMessageClass(pool.FindMessageTypeByName(f"orders.{name}")) for name in names))


@tries("protobuf", 0)
def json_messages() -> Trial:
    """Messages of protobuf as JSON."""
    from google.protobuf import json_format

    kinds = messages()

    def reads(said: Said, kind: Any = kinds.order) -> Reads:
        call = said.keywords(ignore_unknown_fields="kw:ignore_unknown_fields")
        third = (said.at("arg:2"),) if "arg:2" in said else ()
        return {
            "Parse": lambda data: json_format.Parse(json.dumps(data), kind(), *third, **call),
            "ParseDict": lambda data: json_format.ParseDict(data, kind(), *third, **call),
        }

    def nested(outer: Said, _: Said) -> Read:
        load = reads(outer, kinds.orders)["ParseDict"]
        return lambda data: load({"n": data}).n

    return Trial(reads, nested=nested)


@tries("protobuf", 1)
def text_messages() -> Trial:
    """Messages of protobuf as text."""
    from google.protobuf import text_format

    kinds = messages()

    def text(data: dict[str, Any]) -> str:
        return " ".join(f"{name}: {value}" for name, value in data.items())

    def reads(said: Said) -> Reads:
        call = said.keywords(allow_unknown_field="kw:allow_unknown_field")
        return {
            "Parse": lambda data: text_format.Parse(text(data), kinds.order(), **call),
            "Merge": lambda data: text_format.Merge(text(data), kinds.order(), **call),
        }

    def nested(outer: Said, _: Said) -> Read:
        call = outer.keywords(allow_unknown_field="kw:allow_unknown_field")
        return lambda data: text_format.Parse(f"n {{ {text(data)} }}", kinds.orders(), **call).n

    return Trial(reads, nested=nested)


@tries("protobuf", 2)
def binary_messages() -> Trial:
    """Messages of protobuf, in binary form and made with keywords."""
    kinds = messages()

    def read(name: str) -> Read:
        def call(data: dict[str, Any]) -> object:
            binary = kinds.wide(**data).SerializeToString()
            message = kinds.order()
            message = (
                getattr(message, name)(binary) if name == "FromString" else getattr(message, name)(binary) and message
            )
            return data if message.SerializeToString() == binary else message

        return call

    names = ("FromString", "ParseFromString", "MergeFromString")
    return Trial(lambda _: {"construct": lambda data: kinds.order(**data), **{name: read(name) for name in names}})


@tries("betterproto2", 0)
def better_two() -> Trial:
    """Messages of betterproto2."""
    kinds = better_messages("betterproto2")

    def reads(said: Said) -> Reads:
        call = said.keywords(ignore_unknown_fields="kw:ignore_unknown_fields")
        return {way: read for way, read in better_ways(kinds, call).items() if way != "from_pydict"}

    def nested(outer: Said, _: Said) -> Read:
        call = outer.keywords(ignore_unknown_fields="kw:ignore_unknown_fields")
        return lambda data: kinds["orders"].from_dict({"n": data}, **call).n

    return Trial(reads, nested=nested)


@tries("betterproto", 0)
def better_one() -> Trial:
    """Messages of betterproto 1."""
    kinds = better_messages("betterproto")
    newer = ("load", "from_pydict")
    ways = {way: read for way, read in better_ways(kinds, {}).items() if way not in newer}
    # What version 2 adds is tried with that.
    return Trial(lambda _: {**ways, **{way: ways["parse" if way == "load" else "from_dict"] for way in newer}})


RECORD = {"type": "record", "name": "Order", "fields": [{"name": "a", "type": "int"}]}
WIDE = {**RECORD, "fields": [*RECORD["fields"], {"name": "zz", "type": "int"}]}


@tries("fastavro", 0, 1, 2, 3, 4)
def fast_records(model: dict[str, Any]) -> Trial:
    """Records of fastavro, read and written."""
    import fastavro

    def binary(write: Callable[..., None], schema: Any, *records: Any, **call: Any) -> io.BytesIO:
        file = io.BytesIO()
        write(file, schema, *records, **call)
        file.seek(0)
        return file

    def schema_of(data: dict[str, Any]) -> Any:
        return WIDE if "zz" in data else RECORD

    def schemaless(data: dict[str, Any]) -> object:
        file = binary(fastavro.schemaless_writer, schema_of(data), data)
        return fastavro.schemaless_reader(file, schema_of(data), RECORD)

    def with_header(data: dict[str, Any]) -> object:
        return next(fastavro.reader(binary(fastavro.writer, schema_of(data), [data]), RECORD))

    def from_json(data: dict[str, Any]) -> object:
        return next(fastavro.json_reader(io.StringIO(json.dumps(data)), schema_of(data), RECORD))

    def reads(said: Said) -> Reads:
        call = said.keywords(strict="kw:strict", strict_allow_default="kw:strict_allow_default")
        third = (said.at("arg:3"),) if "arg:3" in said else ()
        third = (False, said.at("arg:4")) if "arg:4" in said else third

        def write(data: dict[str, Any]) -> object:
            file = binary(fastavro.schemaless_writer, RECORD, data, *third, **call)
            return fastavro.schemaless_reader(file, RECORD, None)

        def write_header(data: dict[str, Any]) -> object:
            return next(fastavro.reader(binary(fastavro.writer, RECORD, [data], **call)))

        def write_json(data: dict[str, Any]) -> object:
            file = io.StringIO()
            fastavro.json_writer(file, RECORD, [data], **call)
            return json.loads(file.getvalue())

        def check(data: dict[str, Any]) -> object:
            assert fastavro.validate(data, RECORD, strict=True)
            return data if fastavro.validate(data, RECORD) else REJECTED

        ways: Reads = {
            "schemaless_reader": schemaless,
            "json_reader": from_json,
            "reader": with_header,
            "schemaless_writer": write,
            "writer": write_header,
            "json_writer": write_json,
            "validate": check,
        }
        return {way: ways[way] for way in (path.rpartition(".")[2] for path in model["functions"])}

    return Trial(reads)


@tries("avro", 0, 1, 2, 3)
def records(model: dict[str, Any]) -> Trial:
    """Records of avro, read and written."""
    import avro.datafile
    import avro.io
    import avro.schema

    narrow, wide = (avro.schema.parse(json.dumps(schema)) for schema in (RECORD, WIDE))

    def write(data: dict[str, Any], schema: Any) -> io.BytesIO:
        file = io.BytesIO()
        avro.io.DatumWriter(schema).write(data, avro.io.BinaryEncoder(file))
        file.seek(0)
        return file

    def read(data: dict[str, Any]) -> object:
        schema = wide if "zz" in data else narrow
        return avro.io.DatumReader(schema, narrow).read(avro.io.BinaryDecoder(write(data, schema)))

    def append(data: dict[str, Any]) -> None:
        avro.datafile.DataFileWriter(io.BytesIO(), avro.io.DatumWriter(), narrow).append(data)

    ways: Reads = {
        "DatumReader().read": read,
        "DatumWriter().write": lambda data: write(data, narrow),
        "DataFileWriter().append": append,
        "validate": lambda data: data if avro.io.validate(narrow, data) else REJECTED,
    }
    [path] = model["functions"]
    return Trial(lambda _: {way: read for way, read in ways.items() if path.endswith(f".{way}")})


@tries("faust-streaming", 0)
def faust_records() -> Trial:
    """Records of faust."""
    import faust

    order = made("Order", faust.Record, {"__annotations__": {"a": int}})
    return Trial(
        lambda _: {
            "construct": lambda data: order(**data),
            "from_data": order.from_data,
            "loads": lambda data: order.loads(json.dumps(data).encode(), default_serializer="json"),
        }
    )


@tries("mongoengine", 0, 1, 2, 3)
def documents(model: dict[str, Any]) -> Trial:
    """Documents of mongoengine."""
    import mongoengine

    names = model.get("bases") or [path.rpartition(".")[0] for path in model["functions"]]
    bases = [getattr(mongoengine, name.rpartition(".")[2]) for name in names]

    def reads(said: Said) -> Reads:
        strict = said.at("class.attr:meta.key:strict")
        ways: Reads = {}
        for number, base in enumerate(bases):
            body = {"a": mongoengine.IntField(), **({} if strict is None else {"meta": {"strict": strict}})}
            order = made("Order", base, body)
            ways |= {
                f"b{number}/construct": lambda data, order=order: order(**data),
                f"b{number}/from_json": lambda data, order=order: order.from_json(json.dumps(data)),
                f"b{number}/_from_son": lambda data, order=order: order._from_son(data),
            }
        wanted = {path.rpartition(".")[2] for path in model.get("functions", ())} or {
            "construct",
            *model.get("methods", ()),
        }
        return {way: read for way, read in ways.items() if last(way) in wanted}

    def nested(outer: Said, inner: Said) -> Read:
        def meta(said: Said) -> dict[str, Any]:
            strict = said.at("class.attr:meta.key:strict")
            return {} if strict is None else {"meta": {"strict": strict}}

        order = made("Order", mongoengine.EmbeddedDocument, {"a": mongoengine.IntField(), **meta(inner)})
        orders = made("Orders", mongoengine.Document, {"n": mongoengine.EmbeddedDocumentField(order), **meta(outer)})
        return lambda data: orders._from_son({"n": data}).n

    if model.get("bases"):
        # A document that is not strict refuses keywords all the same.
        loose = made("Loose", bases[0], {"a": mongoengine.IntField(), "meta": {"strict": False}})
        return Trial(lambda said: {**reads(said), "loose/construct": lambda data: loose(**data)})
    return Trial(reads, nested=nested)


# GraphQL


@tries("graphene", 0)
def graphene_inputs() -> Trial:
    """Inputs of graphene."""
    import graphene

    order = made("Order", graphene.InputObjectType, {"a": graphene.Int()})
    query = made(
        "Query",
        graphene.ObjectType,
        {"take": graphene.Int(order=order()), "resolve_take": lambda _, __, order: order.a},
    )
    schema = graphene.Schema(query=query)

    def written(data: dict[str, Any]) -> object:
        fields = ", ".join(f"{name}: {value}" for name, value in data.items())
        return REJECTED if schema.execute(f"{{ take(order: {{ {fields} }}) }}").errors else data

    def variable(data: dict[str, Any]) -> object:
        text = "query ($order: Order) { take(order: $order) }"
        return REJECTED if schema.execute(text, variables={"order": data}).errors else data

    return Trial(lambda _: {"written": written, "variable": variable})
