"""Stored data: which calls ask a MongoDB, which only say what would be asked, by a server that is not there."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

from data_local import HOST, closed, last, named, resolve
from experiment import exercise

LOT = "data-1"
Model = dict[str, Any]

# Nobody answers within this many milliseconds.
LIMIT = 50

# Arguments of methods of collections.
ARGUMENTS: dict[str, list[Any]] = {
    "aggregate": [[]],
    "aggregate_raw_batches": [[]],
    "count_documents": [{}],
    "create_index": ["number"],
    "delete_many": [{}],
    "delete_one": [{}],
    "distinct": ["number"],
    "find_one_and_delete": [{}],
    "find_one_and_replace": [{}, {"number": 1}],
    "find_one_and_update": [{}, {"$set": {"number": 1}}],
    "insert_many": [[{"number": 1}]],
    "insert_one": [{"number": 1}],
    "replace_one": [{}, {"number": 1}],
    "update_many": [{}, {"$set": {"number": 1}}],
    "update_one": [{}, {"$set": {"number": 1}}],
    "watch": [[]],
}


def options() -> dict[str, Any]:
    """Where nobody answers."""
    return {"host": HOST, "port": closed(), "serverSelectionTimeoutMS": LIMIT}


def is_sought(error: BaseException | None) -> bool:
    """Whether an error is that of a server that was not found."""
    while error is not None:
        if "ServerSelectionTimeoutError" in f"{type(error).__name__} {error!r}":
            return True
        error = error.__cause__ or error.__context__
    return False


def sought(call: Callable[[], object]) -> bool:
    """Whether a call looks for the server."""
    try:
        call()
    except Exception as error:
        if is_sought(error):
            return True
        raise
    return False


async def sought_when_awaited(call: Callable[[], Any]) -> bool:
    """Whether the server is looked for when the result of a call is awaited, or iterated over."""
    try:
        made = call()
        if hasattr(made, "__anext__"):
            await anext(made)
        elif hasattr(made, "__aiter__"):
            async for _ in made:
                break
        elif inspect.isawaitable(made):
            await made
    except Exception as error:
        if is_sought(error):
            return True
        raise
    return False


def given(name: str) -> list[Any]:
    """Arguments of a method of a collection."""
    if name == "bulk_write":
        return [[resolve("pymongo.InsertOne")({"number": 1})]]
    if name == "create_indexes":
        return [[resolve("pymongo.IndexModel")("number")]]
    return ARGUMENTS.get(name, [])


def collections(model: Model) -> list[tuple[Any, bool]]:
    """What a table's classes are, and whether it is asynchronous."""
    paths = " ".join((*model.get("classes", ()), *model.get("calls", ())))
    found: list[tuple[Any, bool]] = []
    if "motor" in paths:
        found.append((resolve("motor.motor_asyncio.AsyncIOMotorClient")(**options()).shop.orders, True))
        return found
    found.append((resolve("pymongo.MongoClient")(**options()).shop.orders, False))
    found.append((resolve("pymongo.AsyncMongoClient")(**options()).shop.orders, True))
    return found


@exercise("pymongo", "query", 0, 2, 3, 4)
@exercise("motor", "query", 0, 2, 3, 4)
def asking_collections(model: Model) -> None:
    """Methods of a collection ask the server, but for those that only build; motor's and others' when awaited."""

    async def run() -> None:
        for collection, asynchronous in collections(model):
            for name in model["methods"]:

                def call(collection: Any = collection, name: str = name) -> Any:
                    return getattr(collection, name)(*given(name))

                if model.get("builds"):
                    assert not sought(call), name
                    assert not inspect.iscoroutine(call()), name
                elif asynchronous:
                    assert await sought_when_awaited(call), name
                else:
                    assert sought(lambda name=name, call=call: enter(call(), name)), name

    asyncio.run(run())


def enter(made: Any, name: str) -> object:
    """What is done with what a method gives."""
    return next(made) if name == "watch" else made


@exercise("pymongo", "query", 1)
@exercise("motor", "query", 1)
def asking_cursors(model: Model) -> None:
    """Methods of a cursor ask the server."""
    arguments: dict[str, list[Any]] = {"distinct": ["number"], "__getitem__": [0], "each": [lambda *_: None]}

    async def run() -> None:
        for collection, asynchronous in collections(model):
            cursors = [collection.find({}).sort("number")]
            if "motor" in type(collection).__module__:
                cursors.append(collection.aggregate([]))
            for cursor in cursors:
                for name in model["methods"]:
                    method = getattr(type(cursor), name, None)
                    # `each` calls back, and `fetch_next` is for loops of old.
                    if method is None or name in {"each", "fetch_next"}:
                        continue
                    fresh = cursor.clone() if hasattr(cursor, "clone") else collection.aggregate([])

                    def call(fresh: Any = fresh, name: str = name) -> Any:
                        made = getattr(fresh, name)(*arguments.get(name, []))
                        return next(iter(made)) if name == "__iter__" else made

                    if asynchronous and name != "__getitem__":
                        assert await sought_when_awaited(call), name
                    elif not asynchronous:
                        assert sought(call), name

    asyncio.run(run())


@exercise("pymongo", "table", 0, 1)
@exercise("motor", "table", 0, 1)
def making_collections(model: Model) -> None:
    """Collections and their indexes are made at the server."""

    async def run() -> None:
        for collection, asynchronous in collections(model):
            for name in map(last, model["calls"]):
                owner = collection.database if name == "create_collection" else collection

                def call(owner: Any = owner, name: str = name) -> Any:
                    return getattr(owner, name)(*(["orders"] if name == "create_collection" else given(name)))

                assert await sought_when_awaited(call) if asynchronous else sought(call), name

    asyncio.run(run())


@exercise("pymongo", "table", 2)
@exercise("motor", "table", 2)
async def reaching_collections(model: Model) -> None:
    """A collection has the name by which it is reached, and nothing is asked for that."""
    for collection, _ in collections(model):
        for name in map(last, model["calls"]):
            assert getattr(collection.database, name)("lines").name == "lines"
    assert model["unowned"]


# --- mongoengine ------------------------------------------------------------------------------------------------------


@exercise("mongoengine", "query", 0, 1, 2, 3, 4, 5, 6)
def asking_with_mongoengine(model: Model) -> None:
    """Methods of documents, of their managers and of queries ask the server, but for those that only build."""
    import mongoengine

    mongoengine.connect("shop", **options())
    arguments: dict[str, list[Any]] = {
        "aggregate": [[]],
        "average": ["number"],
        "distinct": ["number"],
        "fields": [],
        "in_bulk": [["0" * 24]],
        "limit": [1],
        "order_by": ["number"],
        "scalar": ["number"],
        "search_text": ["a"],
        "skip": [1],
        "sum": ["number"],
        "values_list": ["number"],
        "__getitem__": [0],
    }
    # Otherwise the first use makes the indexes.
    meta = {"auto_create_index": False, "collection": "orders"}
    for base in (mongoengine.Document, mongoengine.DynamicDocument):
        document: Any = type("Order", (base,), {"number": mongoengine.IntField(), "meta": meta})
        changes = {name: {"set__number": 1} for name in ("modify", "update", "update_one", "upsert_one")}
        arguments["insert"] = [[document(number=1)]]
        for name in model["methods"]:

            def call(name: str = name, document: Any = document, changes: Any = changes) -> object:
                stored = document(number=1, pk="0" * 24)
                stored._created = False
                owner = document.objects(number=1) if model.get("classes") else document.objects
                if not model.get("managers") and not model.get("classes"):
                    owner = stored
                made = getattr(owner, name)(*arguments.get(name, []), **changes.get(name, {}))
                return next(iter(made)) if name == "__iter__" else made

            assert sought(call) is not model.get("builds", False), name


# --- beanie -----------------------------------------------------------------------------------------------------------


async def beanie_document() -> Any:
    """A document that is set up without a server."""
    import beanie
    import pymongo
    from beanie.odm.utils.init import Initializer

    class Order(beanie.Document):
        number: int = 1
        parent: beanie.Link[Order] | None = None

    Order.model_rebuild(_types_namespace={"Order": Order, "beanie": beanie})
    made = Initializer(database=pymongo.AsyncMongoClient(**options()).shop, document_models=[Order])

    async def nothing(*_: object) -> None:
        pass

    made.init_indexes = nothing  # type: ignore[method-assign]
    await made.init_document(Order)
    return Order


@exercise("beanie", "query", 0, 1, 2, 3, 4)
async def asking_documents_of_beanie(model: Model) -> None:
    """Methods of documents ask the server when they are awaited or iterated over."""
    order = await beanie_document()
    stored = order(id="0" * 24)
    arguments: dict[str, list[Any]] = {
        "aggregate": [[]],
        "current_date": [{order.number: True}],
        "distinct": ["number"],
        "fetch_link": [order.parent],
        "get": ["0" * 24],
        "inc": [{order.number: 1}],
        "insert_many": [[stored]],
        "insert_one": [stored],
        "replace_many": [[stored]],
        "set": [{order.number: 1}],
        "update": [{"$set": {"number": 2}}],
        "update_all": [{"$set": {"number": 2}}],
    }
    of_rows = {"create", "delete", "insert", "replace", "save", "save_changes", "set", "inc", "current_date", "update"}
    for name in model["methods"]:
        # Links are fetched where there are some, and changes saved where the state is kept.
        if name in {"fetch_link", "fetch_all_links", "save_changes"}:
            continue
        owner = stored if name in of_rows | {"sync"} else order

        def call(owner: Any = owner, name: str = name) -> Any:
            return getattr(owner, name)(*arguments.get(name, []))

        if model.get("builds"):
            made = call()
            assert name in {"set", "inc", "current_date"} or not inspect.iscoroutine(made), name
            if inspect.iscoroutine(made):
                made.close()
            if name == "aggregate" or hasattr(made, "to_list"):
                continue
        assert await sought_when_awaited(call), name


@exercise("beanie", "query", 5, 6)
async def asking_queries_of_beanie(model: Model) -> None:
    """Methods of queries ask the server when they are awaited."""
    order = await beanie_document()
    stored = order(id="0" * 24)
    makers = {
        "FindMany": lambda: order.find(order.number == 1),
        "FindOne": lambda: order.find_one(order.number == 1),
        "AggregationQuery": lambda: order.aggregate([]),
    }
    change = {"$set": {"number": 2}}
    arguments: dict[str, list[Any]] = {
        "avg": [order.number],
        "distinct": ["number"],
        "inc": [{order.number: 1}],
        "max": [order.number],
        "min": [order.number],
        "replace_one": [stored],
        "set": [{order.number: 1}],
        "sum": [order.number],
        "update": [change],
        "update_many": [change],
        "update_one": [change],
    }
    seen = set()
    for cls in map(last, model["classes"]):
        for name in model["methods"]:
            query: Any = makers[cls]()
            assert type(query).__name__ == cls
            if not hasattr(type(query), name):
                continue

            def call(query: Any = query, name: str = name) -> Any:
                if name == "upsert":
                    return query.upsert({"$set": {"number": 2}}, on_insert=stored)
                made = getattr(query, name)(*arguments.get(name, []))
                return query if name in {"__await__", "__aiter__"} else made

            if name != "__aiter__":
                assert await sought_when_awaited(call), (cls, name)
            seen.add(name)
    assert seen == set(model["methods"]), set(model["methods"]) - seen


# --- odmantic and umongo ----------------------------------------------------------------------------------------------


@exercise("odmantic", "query", 0, 1, 2, 3, 4, 5, 6)
async def asking_with_odmantic(model: Model) -> None:
    """Methods of engines ask the server; an asynchronous one finds when it is iterated over or awaited."""
    import odmantic

    class Order(odmantic.Model):
        number: int

    stored = Order(number=1)
    arguments: dict[str, Any] = {"save": stored, "delete": stored, "save_all": [stored]}
    sync = odmantic.SyncEngine(resolve("pymongo.MongoClient")(**options()), "shop")
    asynchronous = odmantic.AIOEngine(resolve("motor.motor_asyncio.AsyncIOMotorClient")(**options()), "shop")
    paths = (*model.get("classes", ()), *model.get("functions", ()))
    for name in sorted(named(model)):

        def call(owner: Any, name: str = name) -> Any:
            return getattr(owner, name)(arguments.get(name, Order))

        if name.startswith("__"):
            assert await sought_when_awaited(lambda: asynchronous.find(Order))
            continue
        if "odmantic.SyncEngine" in paths:
            assert sought(lambda call=call: call(sync)), name
        if "odmantic.AIOEngine" in paths:
            assert not model.get("builds") or not sought(lambda call=call: call(asynchronous)), name
            assert await sought_when_awaited(lambda call=call: call(asynchronous)), name


@exercise("umongo", "query", 0, 1, 2)
def asking_with_umongo(model: Model) -> None:
    """Methods of registered documents ask the server, but for those that only build."""
    from umongo import Document, fields
    from umongo.frameworks import PyMongoInstance

    instance = PyMongoInstance(resolve("pymongo.MongoClient")(**options()).shop)

    class Order(Document):  # type: ignore[misc]
        number = fields.IntField()

        class Meta:
            indexes = ["number"]

    order: Any = instance.register(Order)
    for name in model["methods"]:

        def call(name: str = name) -> object:
            stored = order(number=1)
            if name in {"delete", "reload"}:
                stored = order.build_from_mongo({"_id": resolve("bson.ObjectId")(), "number": 1})
            owner = stored if name in {"commit", "delete", "reload"} else order
            return getattr(owner, name)()

        assert sought(call) is not model.get("builds", False), name
