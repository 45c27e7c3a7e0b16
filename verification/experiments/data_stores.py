"""Stored data: which key, table or index the calls of other stores name, by servers on this machine that take notes."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

from data_local import HOST, KEY, Redis, Web, arguments, last, named, resolve
from experiment import exercise

LOT = "data-1"
Model = dict[str, Any]

# --- redis ------------------------------------------------------------------------------------------------------------

# Where a key stands otherwise than first, as in the places of tables.
PLACES: dict[str, Callable[[], tuple[list[Any], dict[str, Any]]]] = {
    "arg:0.each|kw:keys.each|arg:*": lambda: ([[KEY]], {}),
    "arg:0.each|kw:mapping.each": lambda: ([{KEY: "value"}], {}),
    "arg:1|kw:match": lambda: ([0, KEY], {}),
    "arg:1|kw:dst": lambda: (["other", KEY], {}),
}


def redis_call(client: Any, name: str, place: str) -> Callable[[], object]:
    """A call of a method with a key where a place says."""
    method = getattr(client, name)
    given, said = PLACES[place]() if place in PLACES else (arguments(method, KEY), {})
    if name == "hset":
        given += ["field", "value"]
    return lambda: method(*given, **said)


@exercise("redis", "query", *range(25))
def keys_of_redis(model: Model) -> None:
    """The key that a command names stands where it is said; a pipeline sends nothing before it is executed."""
    import redis
    import redis.asyncio

    server = Redis()
    client = redis.Redis(HOST, server.port)
    owners = " ".join((*model.get("classes", ()), *model.get("functions", ())))
    if model["op"] == "run":
        pipeline = client.pipeline()
        pipeline.set(KEY, "value")
        assert not server.commands
        assert any(KEY in command for command in server.got(pipeline.execute))
        return
    for name in sorted(named(model)):
        owner = client.json() if ".json()" in owners else client
        if model.get("builds"):
            pipeline = client.pipeline()
            assert not server.got(redis_call(pipeline, name, model["table"])), name
            sent = server.got(pipeline.execute)
        else:
            sent = server.got(redis_call(owner, name, model["table"]))
        assert any(KEY in command for command in sent), f"{name} sends {sent}"

    async def asynchronously(name: str) -> None:
        other = redis.asyncio.Redis(host=HOST, port=server.port)
        owner = other.json() if ".json()" in owners else other
        made: Any = redis_call(owner, name, model["table"])()
        try:
            if inspect.isasyncgen(made):
                async for _ in made:
                    pass
            else:
                await made
        except redis.ResponseError:
            pass
        await other.aclose()

    # Asynchronous clients have no items.
    for name in [] if model.get("builds") else sorted(each for each in named(model) if "__" not in each):
        server.commands.clear()
        asyncio.run(asynchronously(name))
        assert any(KEY in command for command in server.commands), f"{name} sends {server.commands}"


# --- DynamoDB and rds-data --------------------------------------------------------------------------------------------

TABLE = "orders"
ITEM = {"number": {"S": "1"}}
REQUESTS: dict[str, dict[str, Any]] = {
    "create_table": {
        "TableName": TABLE,
        "AttributeDefinitions": [{"AttributeName": "number", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "number", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    },
    "get_item": {"TableName": TABLE, "Key": ITEM},
    "query": {"TableName": TABLE},
    "scan": {"TableName": TABLE},
    "put_item": {"TableName": TABLE, "Item": ITEM},
    "update_item": {"TableName": TABLE, "Key": ITEM},
    "delete_item": {"TableName": TABLE, "Key": ITEM},
    "batch_get_item": {"RequestItems": {TABLE: {"Keys": [ITEM]}}},
    "batch_write_item": {"RequestItems": {TABLE: [{"PutRequest": {"Item": ITEM}}]}},
    "transact_get_items": {"TransactItems": [{"Get": {"TableName": TABLE, "Key": ITEM}}]},
}


def amazon(service: str, maker: str, server: Web) -> Any:
    """A client or resource of a service."""
    given = {"region_name": "eu-west-1", "endpoint_url": server.url}
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    path, _, method = maker.partition("().")
    owner = resolve(path)() if method else resolve(path)
    return getattr(owner, method)(service, **given, **keys) if method else owner(service, **given, **keys)


def makers(model: Model) -> list[tuple[str, str]]:
    """How the objects of a table are made, and the methods that are called on them."""
    pairs = [(path, method) for path in model.get("classes", ()) for method in model["methods"]]
    called = (*model.get("functions", ()), *model.get("calls", ()))
    return pairs + [(path.rpartition("().")[0], last(path)) for path in called]


@exercise("boto3", "query", *range(10))
@exercise("boto3", "table", 0, 1, 2)
def tables_of_dynamodb(model: Model) -> None:
    """Requests name the table where it is said."""
    server = Web({"Items": [], "Responses": {}}, {"Content-Type": "application/x-amz-json-1.0"})
    for maker, method in makers(model):
        path, table, _ = maker.partition("().Table")
        owner = amazon("dynamodb", path, server)
        if method == "Table":
            assert owner.Table(TABLE).name == owner.Table(name=TABLE).name == TABLE
            assert not server.requests
            continue
        if table:
            owner = owner.Table(TABLE)
        given = dict(REQUESTS.get(method, {}))
        if table:
            given.pop("TableName", None)
        if ".resource" in f".{path}" and "RequestItems" in given:
            plain = {"number": "1"}
            keys = {"Keys": [plain]} if "get" in method else [{"PutRequest": {"Item": plain}}]
            given = {"RequestItems": {TABLE: keys}}
        if table and ("Key" in given or "Item" in given):
            given = {name: {"number": "1"} for name in given}
        if method == "transact_write_items":
            verbs = ("Put", "Update", "Delete", "ConditionCheck")
            said = [model["table"], *model["also"]]
            assert [f"kw:TransactItems.each.key:{verb}.key:TableName" for verb in verbs] == said
            items = [
                {verb: {"TableName": TABLE, **({"Item": ITEM} if verb == "Put" else {"Key": ITEM})}} for verb in verbs
            ]
            items[1]["Update"]["UpdateExpression"] = items[3]["ConditionCheck"]["ConditionExpression"] = "x"
            given = {"TransactItems": items}
        if method == "batch_writer":

            def write(owner: Any = owner) -> None:
                with owner.batch_writer() as batch:
                    batch.put_item(Item={"number": "1"})

            sent = server.got(write)
        else:
            sent = server.got(lambda owner=owner, method=method, given=given: getattr(owner, method)(**given))
        assert f'"{TABLE}"' in sent, f"{maker} {method} sends {sent}"


@exercise("boto3", "sql", 0)
def statements_of_rds_data(model: Model) -> None:
    """Requests carry the text where it is said."""
    server = Web({}, {"Content-Type": "application/json"})
    for maker, method in makers(model):
        client = amazon(model["where"][0]["values"][0], maker, server)
        given = {"resourceArn": "arn:aws:rds:1", "secretArn": "arn:aws:secret:1", "sql": "SELECT 1 FROM orders"}
        sent = server.got(lambda c=client, m=method, given=given: getattr(c, m)(**given))
        assert "SELECT 1 FROM orders" in sent, f"{method} sends {sent}"


@exercise("pynamodb", "query", 0, 1, 2, 3, 4, 5)
def tables_of_pynamodb(model: Model) -> None:
    """Requests name the table of the model; those that build ask later."""
    import os

    os.environ.update({"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"})
    from pynamodb.attributes import NumberAttribute, UnicodeAttribute
    from pynamodb.connection import Connection
    from pynamodb.models import Model as Stored
    from pynamodb.transactions import TransactGet, TransactWrite

    server = Web({"Items": [], "Count": 0, "ScannedCount": 0, "Responses": {}, "Item": ITEM})

    class Order(Stored):
        number = UnicodeAttribute(hash_key=True)
        price = NumberAttribute(null=True)

        class Meta:
            table_name = "orders"
            host = server.url
            region = "eu-west-1"

    described = {
        "TableName": "orders",
        "KeySchema": [{"AttributeName": "number", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "number", "AttributeType": "S"}],
    }
    connection = Connection(region="eu-west-1", host=server.url)
    connection.add_meta_table(resolve("pynamodb.connection.base").MetaTable(described))
    stored = Order("1")

    def batch() -> Any:
        return Order.batch_write()

    def transaction(kind: Any, name: str) -> Callable[[], object]:
        given = {"get": [Order, "1"], "update": [stored]}.get(name, [stored])
        said = {"actions": [Order.price.set(1)]} if name == "update" else {}

        def run() -> object:
            made = kind(connection=connection)
            getattr(made, name)(*given, **said)
            built.append(made)
            return None

        return run

    built: list[Any] = []
    calls: dict[str, Callable[[], Any]] = {
        "batch_get": lambda: Order.batch_get(["1"]),
        "batch_write": batch,
        "count": lambda: Order.count("1"),
        "delete": stored.delete,
        "delete_table": Order.delete_table,
        "exists": Order.exists,
        "get": lambda: Order.get("1"),
        "query": lambda: Order.query("1"),
        "refresh": stored.refresh,
        "save": stored.save,
        "scan": Order.scan,
        "update": lambda: stored.update(actions=[Order.price.set(1)]),
    }
    kinds = {"TransactGet": TransactGet, "TransactWrite": TransactWrite}
    for path in model.get("functions", ()):
        kind = path.rpartition("().")[0].rpartition(".")[2]
        assert not server.got(transaction(kinds[kind], last(path)))
        assert '"orders"' in server.got(built[-1]._commit), path
    for name in model.get("methods", ()):
        if not model.get("builds"):
            sent = server.got(calls[name])
        elif name == "batch_write":

            def write() -> None:
                with calls["batch_write"]() as batch:
                    batch.save(stored)

            assert not server.got(calls[name])
            sent = server.got(write)
        else:
            server.requests.clear()
            made = calls[name]()
            assert not server.requests, name
            sent = server.got(lambda made=made: list(made))
        assert '"orders"' in sent, f"{name} sends {sent}"


# --- Elasticsearch and BigQuery ---------------------------------------------------------------------------------------


@exercise("elasticsearch", "query", 0, 1, 2)
@exercise("elasticsearch", "table", 0)
def indexes_of_elasticsearch(model: Model) -> None:
    """Requests go to the index where it is said."""
    import elasticsearch

    server = Web({}, {"X-Elastic-Product": "Elasticsearch"})
    client = elasticsearch.Elasticsearch(server.url)
    further: dict[str, dict[str, Any]] = {
        "bulk": {"operations": [{"index": {}}, {"number": 1}]},
        "create": {"id": "1", "document": {"number": 1}},
        "delete": {"id": "1"},
        "delete_by_query": {"query": {"match_all": {}}},
        "exists": {"id": "1"},
        "exists_source": {"id": "1"},
        "explain": {"id": "1", "query": {"match_all": {}}},
        "field_caps": {"fields": "*"},
        "get": {"id": "1"},
        "get_source": {"id": "1"},
        "index": {"document": {"number": 1}},
        "mget": {"ids": ["1"]},
        "msearch": {"searches": [{}, {"query": {"match_all": {}}}]},
        "open_point_in_time": {"keep_alive": "1m"},
        "search_template": {"id": "1"},
        "update": {"id": "1", "doc": {"number": 1}},
    }
    paths = model.get("calls", ())
    for name in sorted({*named(model), *map(last, paths)}):
        owner = client.indices if paths else client
        if name == "reindex":
            sent = server.got(lambda: client.reindex(dest={"index": "orders"}, source={"index": "lines"}))
            assert "lines" in sent
        else:
            given = {} if paths else further.get(name, {})
            sent = server.got(lambda name=name, o=owner, given=given: getattr(o, name)(index="orders", **given))
        assert "orders" in sent, f"{name} sends {sent}"
        assert paths or hasattr(elasticsearch.AsyncElasticsearch, name)


def bigquery(server: Web) -> Any:
    """A client of BigQuery."""
    nobody = resolve("google.auth.credentials.AnonymousCredentials")()
    return resolve("google.cloud.bigquery.Client")("shop", nobody, client_options={"api_endpoint": server.url})


@exercise("google-cloud-bigquery", "query", 0, 1, 2)
@exercise("google-cloud-bigquery", "table", 0)
def tables_of_bigquery(model: Model) -> None:
    """Requests name the table where it is said."""
    table = "shop.store.orders"
    reference = {"projectId": "shop", "datasetId": "store", "tableId": "orders"}
    field = {"name": "number", "type": "INTEGER"}
    server = Web({"tableReference": reference, "schema": {"fields": [field]}, "kind": "bigquery#table"})
    client = bigquery(server)
    module = resolve("google.cloud.bigquery")
    fields = [module.SchemaField("number", "INTEGER")]
    frame = resolve("pandas").DataFrame({"number": [1]})
    calls: dict[str, Callable[[], object]] = {
        "create_table": lambda: client.create_table(module.Table(table)),
        "delete_table": lambda: client.delete_table(table),
        "get_table": lambda: client.get_table(table),
        "insert_rows": lambda: client.insert_rows(table, [(1,)], selected_fields=fields),
        "insert_rows_from_dataframe": lambda: list(client.insert_rows_from_dataframe(table, frame, fields)),
        "insert_rows_json": lambda: client.insert_rows_json(table, [{"number": 1}]),
        "list_rows": lambda: list(client.list_rows(table, selected_fields=fields)),
        "load_table_from_dataframe": lambda: client.load_table_from_json([{"number": 1}], table),
        "load_table_from_file": lambda: client.load_table_from_file(resolve("io").BytesIO(b"1"), table),
        "load_table_from_json": lambda: client.load_table_from_json([{"number": 1}], table),
        "load_table_from_uri": lambda: client.load_table_from_uri("gs://shop/orders.csv", table),
        "update_table": lambda: client.update_table(module.Table(table, fields), ["schema"]),
    }
    for name in sorted({*named(model), *map(last, model.get("calls", ()))}):
        sent = server.got(calls[name])
        assert "orders" in sent, f"{name} sends {sent}"


@exercise("google-cloud-bigquery", "sql", 0, 1)
def statements_of_bigquery(model: Model) -> None:
    """Requests carry the text."""
    server = Web({"jobReference": {"projectId": "shop", "jobId": "1"}, "jobComplete": True, "rows": []})
    client = bigquery(server)
    text = "SELECT 1 FROM store.orders"
    for name in sorted(named(model)):
        if model.get("classes"):
            cursor = resolve("google.cloud.bigquery.dbapi.connect")(client).cursor()
            given = [text] if name == "execute" else [f"{text} WHERE number = %s", [(1,)]]
            sent = server.got(lambda c=cursor, name=name, given=given: getattr(c, name)(*given))
        else:
            sent = server.got(lambda name=name: getattr(client, name)(text))
        assert text in sent, f"{name} sends {sent}"
