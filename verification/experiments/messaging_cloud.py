"""What clients of brokers in the cloud send, where their tables say the words stand; nothing leaves the machine."""

from __future__ import annotations

import asyncio
import json
import os
import pydoc
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any
from unittest import mock

from experiment import exercise
from messaging_peers import Model, Words, closed_port, ended, grpc_server, ways

LOT = "messaging-1"

# What stands for the words of an experiment in requests of AWS, and what they need besides.
ARN = "arn:aws:sns:eu-west-1:123456789012:orders"
WORDS = {
    "topic": {"sns": ARN, "sqs": "http://localhost/1/orders"},
    "group": "shop",
    "exchange": "bus",
    "event": "order-paid",
    "payload": "paid",
}
MORE: dict[str, dict[str, Any]] = {
    "publish_batch": {"PublishBatchRequestEntries": [{"Id": "1"}]},
    "send_message_batch": {"Entries": [{"Id": "1"}]},
    "send_messages": {"Entries": [{"Id": "1"}]},
    "put_record": {"PartitionKey": "1"},
    "put_records": {"Records": [{"PartitionKey": "1"}]},
    "subscribe": {"Protocol": "sqs"},
    "put_targets": {"Targets": [{"Id": "1", "Arn": "arn:x"}]},
    "get_records": {"ShardIterator": "x"},
    "get_shard_iterator": {"ShardId": "1", "ShardIteratorType": "LATEST"},
}
KEYS = {"region_name": "eu-west-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}


def listened(client: Any) -> list[tuple[str, dict[str, Any]]]:
    """What a client of AWS is asked, once it has found it right: operation and parameters. Nothing is sent."""
    from botocore.awsrequest import AWSResponse

    asked: list[tuple[str, dict[str, Any]]] = []
    answer = b'{"QueueUrl": "http://localhost/1/orders"}'

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        asked.append((model.name, params))

    def reply(request: Any, **_: Any) -> Any:
        raw = SimpleNamespace(stream=lambda **__: iter([b""]))
        response = AWSResponse(request.url, 200, {"content-type": "application/x-amz-json-1.0"}, raw)
        told = request.headers.get("Content-Type") or b""
        told = told if isinstance(told, bytes) else told.encode()
        content = answer if b"json" in told else b"<a><PublishResult/><SubscribeResult/><PublishBatchResult/></a>"
        response._content = content
        return response

    client.meta.events.register("provide-client-params.*.*", note)
    client.meta.events.register("before-send.*.*", reply)
    return asked


def wanted(model: Model) -> dict[str, Any]:
    """What is said in the calls of a table."""
    said = {}
    for key, value in WORDS.items():
        if model.get(key):
            places = model[key]
            word = value
            if isinstance(value, dict):
                word = value["sqs"] if "Queue" in places or "url" in places else value["sns"]
            if (
                "QueueName" in places
                or "StreamName" in places
                or "DeliveryStreamName" in places
                or "FunctionName" in places
            ):
                word = "orders"
            if "EventPattern" in places:
                word = "{}" if key == "topic" else word
            said[key] = word
    return said


def operation(method: str) -> str:
    """What botocore calls the operation of a method."""
    return "".join(map(str.capitalize, method.split("_")))


@exercise("boto3", "publisher", *range(11))
@exercise("boto3", "subscription", 0, 3, 4, 5)
def boto3_asks(model: Model) -> None:
    """A client finds right what is said where the table says, and each of the words is in what it asks."""
    import boto3

    service, fixed = meant(model)
    client = boto3.client(service, **KEYS, endpoint_url="http://localhost:1")
    asked = listened(client)
    said = wanted(model)
    for method in model["methods"]:
        members = client.meta.service_model.operation_model(operation(method)).input_shape.members
        table = model | {key: places_of(model[key], set(members)) for key in said}
        for words in ways(table, **{key: word for key, word in said.items() if table[key]}):
            more = MORE.get(method, {}) if method != "put_record" or service == "kinesis" else {}
            given = dict(words.kwargs)
            for key, value in more.items():
                given[key] = [{**value[0], **given[key][0]}] if key in given and isinstance(value, list) else value
            if service == "kinesis" and "StreamARN" in given:
                given["StreamARN"] = ARN.replace("sns", "kinesis").replace(":orders", ":stream/orders")
            getattr(client, method)(**given, **fixed)
            name, params = asked.pop()
            assert name == operation(method)
            text = json.dumps(params, default=str)
            missing = [
                word for key, word in said.items() if table[key] and word not in text and "StreamARN" not in given
            ]
            assert not missing, (params, missing)


def meant(model: Model) -> tuple[str, dict[str, str]]:
    """The service that a table is about, and the parameters that it asks for."""
    said = {case["at"].rpartition(":")[2]: case["values"][0] for case in model["where"]}
    return said.pop("service_name"), said


def places_of(places: str, members: set[str]) -> str:
    """The places that are of an operation's own parameters."""
    return "|".join(one for one in places.split("|") if one.removeprefix("kw:").partition(".")[0] in members)


@exercise("boto3", "publisher", 4, 6, 8)
def boto3_takes_batches(model: Model) -> None:
    """The size of a batch is in the model of the service."""
    import boto3

    client = boto3.client(meant(model)[0], **KEYS)
    [method] = model["methods"]
    members = client.meta.service_model.operation_model(operation(method)).input_shape.members
    sizes = [shape.metadata["max"] for shape in members.values() if shape.type_name == "list"]
    assert sizes == [model["batch"]]


@exercise("boto3", "publisher", 10)
def boto3_invokes(model: Model) -> None:
    """The type of an invocation is one of three."""
    import boto3

    client = boto3.client("lambda", **KEYS)
    shape = client.meta.service_model.operation_model("Invoke").input_shape.members["InvocationType"]
    assert shape.enum == ["Event", "RequestResponse", "DryRun"]
    assert meant(model) == ("lambda", {"InvocationType": "Event"})


@exercise("boto3", "publisher", *range(11, 16))
@exercise("boto3", "subscription", 1, 2)
def boto3_resources_ask(model: Model) -> None:
    """A topic or queue of a resource sends to itself, by what it was made of."""
    import boto3

    said = wanted(model)
    topics = model["classes"][0].endswith("Topic")
    for path in model["classes"]:
        if ".Session" in path:
            continue
        resource = boto3.resource("sns" if topics else "sqs", **KEYS, endpoint_url="http://localhost:1")
        asked = listened(resource.meta.client)
        for method in model["methods"]:
            for words in ways(model, **said):
                owner = getattr(resource, path.rpartition(".")[2])(*words.made, **words.named)
                made = asked[-1][1] if asked else {}
                given = dict(words.kwargs)
                for key, value in MORE.get(method, {}).items():
                    given[key] = [{**value[0], **given.get(key, [{}])[0]}]
                getattr(owner, method)(**given)
                text = json.dumps([made, asked[-1][1]])
                assert all(word in text for word in said.values()), text
                asked.clear()


# --- Google -----------------------------------------------------------------------------------------------------------


@exercise("google-cloud-pubsub", "publisher", 0)
@exercise("google-cloud-pubsub", "subscription", 0, 1)
@exercise("google-cloud-pubsub", "entry", 0)
def pubsub_asks(model: Model) -> None:
    """Topic, subscription and data are where the table says, also where a path is made on the way."""
    from google.cloud import pubsub_v1

    types = pubsub_v1.types
    published = types.PublishResponse.serialize(types.PublishResponse(message_ids=["1"]))
    address, noted = grpc_server({"/google.pubsub.v1.Publisher/Publish": published})
    os.environ["PUBSUB_EMULATOR_HOST"] = address
    client = pubsub_v1.PublisherClient() if model.get("payload") else pubsub_v1.SubscriberClient()

    def path_of(kind: str) -> Any:
        def made(said: dict[str, Any]) -> str:
            word = next(iter(said.values()))
            method = getattr(client, f"{kind}_path")
            [place] = said
            return str(method("shop", word) if place.startswith("arg") else method("shop", **{place[3:]: word}))

        return made

    kinds = {"arg:0": "topic", "kw:topic": "topic", "kw:subscription": "subscription", "kw:name": "subscription"}
    makers = {place: path_of(kind) for place, kind in kinds.items()}
    if "kind" in model:
        for words in ways(model, path="projects/shop/subscriptions/orders", handler=print):
            future = client.subscribe(*words.args, **words.kwargs)
            manager = future._StreamingPullFuture__manager
            assert manager._subscription == "projects/shop/subscriptions/orders"
            assert manager._callback.args == (print,) or manager._callback.func is not None
            future.cancel()
        return
    words_of = {"topic": "orders", "payload": b"paid"} if "payload" in model else {"topic": "orders"}
    words_of |= {"group": "shipping"} if "group" in model else {}
    kind = "subscription" if "kw:subscription" in model["topic"] else "topic"
    for words in ways(model, makers, **words_of):
        full(words.args, words.kwargs, kind)
        if "payload" in model:
            client.publish(*words.args, **words.kwargs).result(5)
            request = types.PublishRequest.deserialize(noted[-1][1])
            assert (request.topic, request.messages[0].data) == ("projects/shop/topics/orders", b"paid")
        elif "group" in model:
            client.create_subscription(*words.args, **words.kwargs)
            request = types.Subscription.deserialize(noted[-1][1])
            assert (request.topic, request.name) == (
                "projects/shop/topics/orders",
                "projects/shop/subscriptions/shipping",
            )
        else:
            many = {} if words.args or "request" in words.kwargs else {"max_messages": 1}
            client.pull(*words.args, **words.kwargs, **many, timeout=5)
            assert types.PullRequest.deserialize(noted[-1][1]).subscription == "projects/shop/subscriptions/orders"


def full(args: list[Any], kwargs: dict[str, Any], kind: str) -> None:
    """Write out the paths that are said as names."""

    def path(key: Any, value: Any) -> Any:
        if isinstance(value, dict):
            return {one: path(one, of_it) for one, of_it in value.items()}
        if not isinstance(value, str) or "/" in value:
            return value
        place = {"name": "subscriptions", "subscription": "subscriptions", "topic": "topics"}.get(key, f"{kind}s")
        return f"projects/shop/{place}/{value}"

    args[:] = [path("", value) for value in args]
    kwargs.update({key: path(key, value) for key, value in kwargs.items()})


# --- Azure ------------------------------------------------------------------------------------------------------------

CONNECTION = "Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=a;SharedAccessKey=b"


@exercise("azure-servicebus", "publisher", 0, 1, 2, 3)
@exercise("azure-servicebus", "subscription", 0, 1, 2, 3)
async def servicebus_names(model: Model) -> None:
    """A sender or receiver is of the queue, topic and subscription that are said, and has the methods."""
    said = {"topic": "orders"} | ({"group": "shipping"} if "group" in model else {})
    for path in model.get("classes", model.get("functions")):
        client_path, _, maker = path.rpartition("().")
        client = pydoc.locate(client_path).from_connection_string(CONNECTION)  # type: ignore[attr-defined]
        for words in ways(model, **said):
            made, named = (words.made, words.named) if "methods" in model else (words.args, words.kwargs)
            one = getattr(client, maker)(*made, **named)
            name = getattr(one, "entity_path", None) or one.entity_name
            assert name == ("orders/Subscriptions/shipping" if "group" in model else "orders")
            for method in model.get("methods", []):
                waits = asyncio.iscoroutinefunction(getattr(one, method))
                assert waits == (".aio." in path)
                assert "payload" not in model or waits == (model.get("mode") == "async")


@exercise("azure-eventhub", "publisher", 0, 1, 2, 3)
@exercise("azure-eventhub", "entry", 0, 1)
async def eventhub_names(model: Model) -> None:
    """A client is of the hub that is said; a consumer calls the handler that is said."""
    key = "path" if "kind" in model else "topic"
    paths = model.get("classes") or [path.rpartition("().")[0] for path in model["registrars"]]
    for path in dict.fromkeys(paths):
        made_by: Any = pydoc.locate(path)
        aio = ".aio" if ".aio." in path else ""
        credential: Any = pydoc.locate(f"azure.eventhub{aio}.EventHubSharedKeyCredential")
        for words in ways(model, **{key: "orders"}):
            if path.endswith("from_connection_string"):
                arguments = [CONNECTION, *(["$Default"] if "Consumer" in path else [])]
                client = made_by(*arguments, **words.named)
            else:
                others = {"fully_qualified_namespace": "shop", "credential": credential("a", "b")}
                others |= {"consumer_group": "$Default"} if "Consumer" in path else {}
                if words.made:
                    others.pop("fully_qualified_namespace")
                    words.made[0] = "shop"
                client = made_by(*words.made, **words.named, **others)
            assert client.eventhub_name == "orders"
            for method in model.get("methods", []):
                assert asyncio.iscoroutinefunction(getattr(client, method)) == (model.get("mode") == "async")


# --- Pulsar -----------------------------------------------------------------------------------------------------------


def pulsar_client() -> tuple[Any, mock.Mock]:
    """A client, and what stands for the library under it."""
    import pulsar

    native = mock.Mock()
    pulsar._pulsar.Client = lambda *_: native
    return pulsar.Client("pulsar://127.0.0.1:1"), native


@exercise("pulsar-client", "publisher", 0, 1)
def pulsar_sends(model: Model) -> None:
    """Topic and content are where the table says; sending has the limit that is said."""
    [method] = model["methods"]
    for words in ways(model, topic="orders", payload=b"paid"):
        client, native = pulsar_client()
        producer = client.create_producer(*words.made, **words.named)
        topic, settings = native.create_producer.call_args.args
        assert (topic, settings.send_timeout_millis()) == ("orders", model["default_timeout"] * 1000)
        more = {"callback": print} if method == "send_async" else {}
        getattr(producer, method)(*words.args, **words.kwargs, **more)
        message = getattr(producer._producer, method).call_args.args[0]
        assert message.data() == b"paid"
        assert all(hasattr(producer, wait) for wait in model["waits"])


@exercise("pulsar-client", "subscription", 0, 1)
def pulsar_subscribes(model: Model) -> None:
    """Topic and group are where the table says."""
    receives = "receive" in model["methods"]
    for words in ways(model, topic="orders", group="shop"):
        client, native = pulsar_client()
        args, kwargs = (words.made, words.named) if receives else (words.args, words.kwargs)
        consumer = client.subscribe(*args, **kwargs)
        assert native.subscribe.call_args.args[:2] == ("orders", "shop")
        assert not receives or all(hasattr(consumer, method) for method in model["methods"])


@exercise("pulsar-client", "subscription", 2)
def pulsar_reads(model: Model) -> None:
    """The topic is where the table says."""
    import pulsar

    for method in model["methods"]:
        more = {"start_message_id": pulsar.MessageId.earliest} if method == "create_reader" else {}
        for words in ways(model, topic="orders"):
            client, native = pulsar_client()
            getattr(client, method)(*words.args, **words.kwargs, **more)
            assert getattr(native, method).call_args.args[0] == "orders"


@exercise("pulsar-client", "entry", 0)
def pulsar_listens(model: Model) -> None:
    """The listener that is given is called with a message."""
    import pulsar

    for words in ways(model, path="orders", handler=mock.Mock()):
        client, native = pulsar_client()
        words.args[1:-1] = ["shop", pulsar.ConsumerType.Shared, pulsar.schema.BytesSchema()] if words.args else []
        words.kwargs |= {} if words.args else {"subscription_name": "shop"}
        with mock.patch.object(pulsar._pulsar.ConsumerConfiguration, "message_listener", create=True) as listener:
            client.subscribe(*words.args, **words.kwargs)
        assert native.subscribe.call_args.args[:2] == ("orders", "shop")
        listener.call_args.args[0](mock.Mock(), mock.Mock())
        given = words.args[-1] if words.args else words.kwargs["message_listener"]
        assert given.called
        given.reset_mock()


# --- Dapr -------------------------------------------------------------------------------------------------------------


def sidecar() -> tuple[str, list[tuple[Any, ...]]]:
    """The address of a sidecar that is in good health."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ["DAPR_HTTP_PORT"] = str(server.server_port)
    os.environ["DAPR_HTTP_ENDPOINT"] = f"http://127.0.0.1:{server.server_port}"
    return grpc_server()


@exercise("dapr", "publisher", 0)
def dapr_publishes(model: Model) -> None:
    """Broker, topic and data are where the table says."""
    address, noted = sidecar()
    from dapr.clients import DaprClient
    from dapr.proto import api_v1

    for method in model["methods"]:
        batch = method.endswith("events")
        for words in ways(model, topic="orders", exchange="bus", payload=["paid"] if batch else "paid"):
            with DaprClient(address) as client:
                getattr(client, method)(*words.args, **words.kwargs)
            kind = api_v1.BulkPublishRequest if batch else api_v1.PublishEventRequest
            request = kind.FromString(noted[-1][1])
            data = request.entries[0].event if batch else request.data
            assert (request.pubsub_name, request.topic, data) == ("bus", "orders", b"paid")


@exercise("dapr", "publisher", 1)
async def dapr_publishes_async(model: Model) -> None:
    """Broker, topic and data are where the table says."""
    address, noted = sidecar()
    from dapr.aio.clients import DaprClient
    from dapr.proto import api_v1

    for words in ways(model, topic="orders", exchange="bus", payload="paid"):
        async with DaprClient(address) as client:
            await client.publish_event(*words.args, **words.kwargs)
        request = api_v1.PublishEventRequest.FromString(noted[-1][1])
        assert (request.pubsub_name, request.topic, request.data) == ("bus", "orders", b"paid")


@exercise("dapr", "entry", 0)
def dapr_subscribes(model: Model) -> None:
    """An application lists the topic for which a function is decorated."""
    from dapr.ext.fastapi import DaprApp
    from dapr.ext.grpc import App
    from fastapi import FastAPI
    from flask import Flask
    from flask_dapr import DaprApp as FlaskDaprApp

    def handle() -> None:
        """Does nothing."""

    listing = {"dapr.ext.fastapi": lambda app: app._subscriptions, "flask_dapr": lambda app: app._subscriptions}
    for path in model["decorators"]:
        for words in ways(model, path="orders"):
            if path.startswith("dapr.ext.grpc"):
                app = App()
                words.args[:1] = ["bus"] if words.args else []
                app.subscribe(*words.args, **words.kwargs, **({} if words.args else {"pubsub_name": "bus"}))(handle)
                assert "bus:orders:" in str(app._servicer._topic_map)
            else:
                app = DaprApp(FastAPI()) if path.startswith("dapr") else FlaskDaprApp(Flask("shop"))
                words.args[:1] = ["bus"] if words.args else []
                app.subscribe(*words.args, **words.kwargs, **({} if words.args else {"pubsub": "bus"}))(handle)
                [listed] = listing[path.partition(".DaprApp")[0]](app)
                assert listed["topic"] == "orders"


# --- Zeebe ------------------------------------------------------------------------------------------------------------


@exercise("pyzeebe", "publisher", 0, 1, 2, 3)
def zeebe_sends(model: Model) -> None:
    """The name and the variables are where the table says."""
    import pyzeebe

    address, noted = grpc_server()
    kind = getattr(pyzeebe, model["classes"][0].rpartition(".")[2])
    for method in model["methods"]:
        key = "kw:signal_name" if method == "broadcast_signal" else "kw:name"
        table = model | {
            "topic": "|".join(
                one for one in model["topic"].split("|") if one[:3] != "kw:" or one in {key, "kw:bpmn_process_id"}
            )
        }
        for words in ways(table, topic="order-paid", payload={"id": 7}):
            more = {"correlation_key": "1"} if method == "publish_message" else {}

            async def call(words: Words = words, method: str = method, more: dict[str, str] = more) -> None:
                channel = pyzeebe.create_insecure_channel(grpc_address=address)
                given = getattr(kind(channel), method)(*words.args, **words.kwargs, **more)
                if asyncio.iscoroutine(given):
                    await given
                await channel.close()

            if kind is pyzeebe.ZeebeClient:
                assert model["mode"] == "async"
                asyncio.run(call())
            else:
                loop = asyncio.new_event_loop()
                asyncio.set_event_loop(loop)
                client = kind(pyzeebe.create_insecure_channel(grpc_address=address))
                getattr(client, method)(*words.args, **words.kwargs, **more)
            assert b"order-paid" in noted[-1][1]
            assert b'{"id": 7}' in noted[-1][1]


@exercise("pyzeebe", "client", 0)
async def zeebe_waits(model: Model) -> None:
    """A gateway that does not answer is waited for; one that is gone is said as is said."""
    import pyzeebe
    import pyzeebe.errors

    address, noted = grpc_server(hangs=True)
    assert "default_timeout" not in model
    channel = pyzeebe.create_insecure_channel(grpc_address=address)
    client = pyzeebe.ZeebeClient(channel)
    for words in ways(model, url="pay", timeout=500):
        args = [
            value if value is not None else default
            for value, default in zip(words.args, ["", None, -1, 0], strict=False)
        ]
        call = asyncio.ensure_future(client.run_process_with_result(*args, **words.kwargs))
        assert not (await asyncio.wait([call], timeout=2))[0]
        call.cancel()
        assert b"pay" in noted[-1][1]
        # Half a second, in thousandths.
        assert noted[-1][1].endswith(b"\x10\xf4\x03")
    await channel.close()
    channel = pyzeebe.create_insecure_channel(grpc_address=f"127.0.0.1:{closed_port()}")
    errors = [
        getattr(pyzeebe.errors, one.rpartition(".")[2])
        for key in ("both", "connection")
        for one in model["errors"][key]
    ]
    seconds, error = await ended(pyzeebe.ZeebeClient(channel).run_process_with_result("pay"))
    assert seconds < 10
    assert all(isinstance(error, one) for one in errors)
    for path in model["errors"]["timeout"]:
        assert issubclass(getattr(pyzeebe.errors, path.rpartition(".")[2]), errors[0])


def order() -> dict[str, int]:
    """A task of a process."""
    return {"id": 7}


@exercise("pyzeebe", "entry", 0)
async def zeebe_has_tasks(model: Model) -> None:
    """A worker knows a function by the type of the task."""
    import pyzeebe

    for words in ways(model, path="pay"):
        worker = pyzeebe.ZeebeWorker(pyzeebe.create_insecure_channel(grpc_address="127.0.0.1:1"))
        worker.task(*words.args, **words.kwargs)(order)
        assert [one.type for one in worker.tasks] == ["pay"]


# --- handlers of AWS Lambda -------------------------------------------------------------------------------------------


@exercise("chalice", "entry", 1, 2, 3, 4, 5)
def chalice_subscribes(model: Model) -> None:
    """An application has noted what a handler is for."""
    import chalice

    [path] = [one for one in model["decorators"] if one.startswith("chalice.Chalice")]
    method = path.rpartition(".")[2]
    word: Any = {"source": ["shop"]} if method == "on_cw_event" else "orders"
    for words in ways(model, path=word):
        app = chalice.Chalice("shop")
        words.args[:1] = ["rate(1 hour)"] if method == "schedule" and words.args else words.args[:1]
        more = {"expression": "rate(1 hour)"} if method == "schedule" and not words.args else {}
        name = {} if "name" in words.kwargs or method == "schedule" else {"name": "handler"}
        if len(words.args) > 3:
            words.args[:3] = [None, 1, None]
        getattr(app, method)(*words.args, **words.kwargs, **more, **name)(lambda event: event)
        [noted] = app.event_sources if hasattr(app, "event_sources") else []
        assert "orders" in str(vars(noted)) or word in vars(noted).values()


@exercise("aws-lambda-powertools", "entry", 3, 4, 5, 6)
def powertools_calls_the_handler(model: Model) -> None:
    """A handler is called with the records of an event."""
    from aws_lambda_powertools.utilities import batch, data_classes

    told = {"messageId": "1", "body": "paid", "eventSource": "aws:sqs", "attributes": {}, "messageAttributes": {}}
    event = {"Records": [told]}
    seen: list[str] = []

    def handle(record: Any) -> None:
        seen.append(record["body"])

    async def handle_async(record: Any) -> None:
        seen.append(record["body"])

    for path in model.get("registrars", model.get("decorators", [])):
        name = path.rpartition(".")[2]
        if name == "event_source":
            for kind in model["where"][0]["values"]:
                assert hasattr(data_classes, kind), kind

            @data_classes.event_source(data_class=data_classes.SQSEvent)
            def handler(given: Any, _: Any) -> None:
                seen.extend(one.body for one in given.records)

            handler(event, None)
        elif name == "kafka_consumer":
            from aws_lambda_powertools.utilities.kafka import kafka_consumer

            @kafka_consumer
            def consumer(given: Any, _: Any) -> None:
                seen.extend(one.topic for one in given.records)

            told = {"topic": "paid", "partition": 0, "offset": 1, "timestamp": 1, "value": "MQ==", "headers": []}
            told["timestampType"] = "CREATE_TIME"
            consumer({"eventSource": "aws:kafka", "records": {"paid-0": [told]}}, None)
        else:
            kind = batch.AsyncBatchProcessor if name.startswith("async") else batch.BatchProcessor
            processor = kind(event_type=batch.EventType.SQS)
            for words in ways(model, handler=handle_async if name.startswith("async") else handle):
                if name.endswith("process_partial_response"):
                    words.args[:1] = [event] if words.args else []
                    more = {} if words.args else {"event": event}
                    getattr(batch, name)(*words.args, **words.kwargs, **more, processor=processor)
                else:

                    @getattr(batch, name)(**words.kwargs, processor=processor)
                    def whole(_: Any, __: Any) -> None:
                        """Nothing is left to do."""

                    whole(event, None)
        assert seen
        assert set(seen) == {"paid"}
        seen.clear()
