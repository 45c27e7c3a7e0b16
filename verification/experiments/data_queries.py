"""Stored data: which calls of object mappers only build a query, which ask the database, and for what. With sqlite."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import inspect
import itertools
import sys
import tempfile
import types
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from data_local import last, named, resolve
from experiment import exercise

LOT = "data-1"
Model = dict[str, Any]

# A database that the threads of the process share.
MEMORY = "file:shop?mode=memory&cache=shared"
Call = Callable[[], object]

# What statements of each kind begin with.
VERBS = {
    "read": ("SELECT", "WITH", "EXPLAIN"),
    "write": ("INSERT", "UPDATE", "DELETE", "REPLACE"),
    "run": ("SELECT", "WITH", "EXPLAIN", "INSERT", "UPDATE", "DELETE"),
}
ALL = (*VERBS["run"], "REPLACE")


class Asked(list[str]):
    """The statements that a database was asked, without those of transactions."""

    def note(self, statement: object) -> None:
        """Note one."""
        text = " ".join(str(statement).split())
        if text.upper().startswith(ALL):
            self.append(text)

    def by(self, call: Call) -> list[str]:
        """What a call asks, whatever becomes of it."""
        self.clear()
        with contextlib.suppress(Exception):
            made = call()
            if inspect.isgenerator(made):
                next(made)
        return list(self)


def asks(model: Model, asked: Asked, calls: dict[str, Call], table: str = "orders") -> None:
    """Check that each call of a table asks for what it says; all of its names must be among them.

    Args:
        model: The table.
        asked: What is asked.
        calls: A call for each function or method.
        table: The name of the stored table.
    """
    assert named(model) <= set(calls), named(model) - set(calls)
    for name in sorted(named(model)):
        found = asked.by(calls[name])
        if model.get("builds"):
            assert not found, f"{name} asks {found}"
        else:
            assert any(table in each and each.startswith(VERBS[model["op"]]) for each in found), f"{name} asks {found}"


# --- sqlalchemy and what is built on it -------------------------------------------------------------------------------


class Shop:
    """A database with orders and customers, by sqlalchemy."""

    def __init__(self, session: str = "sqlalchemy.orm.Session") -> None:
        import sqlalchemy as sa
        from sqlalchemy import orm

        self.sa = sa
        self.engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
        self.asked = Asked()
        sa.event.listen(self.engine, "before_cursor_execute", lambda *given: self.asked.note(given[2]))
        base = orm.declarative_base()

        class Customer(base):  # type: ignore[misc, valid-type]
            __tablename__ = "customers"
            id = sa.Column(sa.Integer, primary_key=True)

        class Order(base):  # type: ignore[misc, valid-type]
            __tablename__ = "orders"
            id = sa.Column(sa.Integer, primary_key=True)
            price = sa.Column(sa.Integer)
            customer_id = sa.Column(sa.ForeignKey("customers.id"))

        base.metadata.create_all(self.engine)
        self.order, self.customer, self.table = Order, Customer, Order.__table__
        self.session = resolve(session)(self.engine)
        self.session.add(Order(id=1, price=1))
        self.session.commit()
        self.stored = self.session.get(Order, 1)

    def text(self, statement: object) -> str:
        """What a statement asks."""
        return " ".join(str(statement).split())


def building(model: Model, shop: Shop, made: dict[str, Callable[[], object]], *tables: str) -> None:
    """Check that functions give statements that name tables, and ask nothing."""
    assert named(model) <= set(made), named(model) - set(made)
    for name in sorted(named(model)):
        shop.asked.clear()
        statement = made[name]()
        assert not shop.asked, f"{name} asks {shop.asked}"
        assert all(table in shop.text(statement) for table in tables), f"{name}: {shop.text(statement)}"
    assert model["builds"]


@exercise("sqlalchemy", "query", 0)
def selecting(model: Model) -> None:
    """`select`, `exists` and `query` say what would be asked, of all that they are given."""
    shop = Shop()
    order, customer = shop.order, shop.customer
    made: dict[str, Call] = {
        "select": lambda: shop.sa.select(order, customer.id),
        "exists": lambda: shop.sa.select(shop.sa.exists(shop.sa.select(order, customer))),
        "query": lambda: shop.session.query(order, customer),
    }
    building(model, shop, made, "orders", "customers")


@exercise("sqlalchemy", "query", 1, 2, 3)
def joining(model: Model) -> None:
    """Methods of a statement or query add tables to it."""
    shop = Shop()
    order, customer = shop.order, shop.customer
    for cls in model["classes"]:
        plain = shop.session.query(order) if last(cls) == "Query" else shop.sa.select(order)
        made: dict[str, Call] = {
            "join": lambda plain=plain: plain.join(customer),
            "outerjoin": lambda plain=plain: plain.outerjoin(customer),
            "join_from": lambda: shop.sa.select(order.id).join_from(order, customer),
            "outerjoin_from": lambda: shop.sa.select(order.id).outerjoin_from(order, customer),
            "select_from": lambda plain=plain: plain.select_from(customer),
            "add_columns": lambda plain=plain: plain.add_columns(customer.id),
            "with_only_columns": lambda: shop.sa.select(order).with_only_columns(customer.id),
            "with_entities": lambda: shop.session.query(order).with_entities(customer),
            "add_entity": lambda: shop.session.query(order).add_entity(customer),
        }
        building(model, shop, made, "customers")


@exercise("sqlalchemy", "query", 4, 5, 6)
def statements_of_tables(model: Model) -> None:
    """Functions and methods of a table give statements about it."""
    shop = Shop()
    table = shop.table
    dialects = [path for path in model.get("functions", ()) if ".dialects." in path]
    made: dict[str, Call] = {
        name: (lambda name=name: getattr(shop.sa, name)(table))
        if model.get("functions")
        else (lambda name=name: getattr(table, name)())
        for name in ("select", "insert", "update", "delete")
    }
    building(model, shop, made, "orders")
    for path in dialects:
        assert "orders" in shop.text(resolve(path)(table))


@exercise("sqlalchemy", "query", 7)
def running(model: Model) -> None:
    """Sessions and connections ask what they are given."""
    shop = Shop()
    statement = shop.sa.select(shop.order.id)
    with shop.engine.connect() as connection:
        for runner in (shop.session, connection):
            asks(model, shop.asked, {name: partial(getattr(runner, name), statement) for name in named(model)})


async def asynchronous(model: Model, statement: Callable[[Any], Any]) -> None:
    """Check that asynchronous sessions and connections ask what they are given."""
    import sqlalchemy as sa
    from sqlalchemy.ext import asyncio as extension

    asked = Asked()
    engine = extension.create_async_engine("sqlite+aiosqlite://", poolclass=sa.pool.StaticPool)
    sa.event.listen(engine.sync_engine, "before_cursor_execute", lambda *given: asked.note(given[2]))
    async with engine.begin() as connection:
        await connection.execute(sa.text("CREATE TABLE orders (id INTEGER PRIMARY KEY)"))
    session = extension.async_sessionmaker(engine)()
    async with engine.connect() as connection:
        for owner in (session, connection):
            for name in sorted(named(model)):
                asked.clear()
                if hasattr(type(owner), name):
                    made = getattr(owner, name)(statement(sa))
                    await made
                    assert any("orders" in each for each in asked), f"{name} asks {asked}"
    await session.close()
    await engine.dispose()


@exercise("sqlalchemy", "query", 7, 8)
async def running_asynchronously(model: Model) -> None:
    """Asynchronous sessions and connections ask what they are given."""
    await asynchronous(model, lambda sa: sa.select(sa.table("orders", sa.column("id"))))


@exercise("sqlalchemy", "query", 9)
def running_queries(model: Model) -> None:
    """Methods of a query ask it."""
    shop = Shop()

    def query() -> Any:
        shop.session.expunge_all()
        return shop.session.query(shop.order)

    calls = {name: lambda n=name: getattr(query(), n)() for name in named(model)}
    asks(model, shop.asked, calls | {"get": lambda: query().get(7)})


@exercise("sqlalchemy", "query", 10)
def changing_by_queries(model: Model) -> None:
    """Methods of a query change what it is about."""
    shop = Shop()
    query = shop.session.query(shop.order)
    asks(model, shop.asked, {"update": lambda: query.update({"price": 2}), "delete": query.delete})


@exercise("sqlalchemy", "query", 11, 12)
def getting(model: Model) -> None:
    """Sessions get rows by their keys, and again."""
    shop = Shop()
    calls: dict[str, Call] = {
        "get": lambda: shop.session.get(shop.order, 7),
        "get_one": lambda: shop.session.get_one(shop.order, 8),
        "refresh": lambda: shop.session.refresh(shop.stored),
    }
    asks(model, shop.asked, calls)


@exercise("sqlalchemy", "query", 13, 14, 15)
@exercise("sqlmodel", "query", 4, 5, 6)
def adding(model: Model) -> None:
    """What is added or deleted is written when the session is flushed."""
    shop = Shop("sqlmodel.Session" if "sqlmodel.Session" in model["classes"] else "sqlalchemy.orm.Session")
    order, session = shop.order, shop.session
    calls: dict[str, Call] = {
        "add": lambda: session.add(order(id=2)),
        "add_all": lambda: session.add_all([order(id=3)]),
        "delete": lambda: session.delete(shop.stored),
    }
    if model["op"] == "write":
        # What was committed is read again before it is deleted.
        session.refresh(shop.stored)
        asks(model, shop.asked, calls)
        assert shop.asked.by(session.flush)
        return
    for number, name in enumerate(sorted(named(model))):
        session.add(order(id=10 + number))
        asks({**model, "methods": [name]}, shop.asked, {name: getattr(session, name)})


@exercise("sqlalchemy", "query", 16)
@exercise("sqlmodel", "query", 7)
def merging(model: Model) -> None:
    """Merging reads a row at once, and writes it later."""
    shop = Shop()
    shop.session.expunge_all()
    assert any("SELECT" in each for each in shop.asked.by(lambda: shop.session.merge(shop.order(id=1, price=3))))
    assert any(each.startswith("UPDATE orders") for each in shop.asked.by(shop.session.flush))
    assert model["op"] == "write"


@exercise("sqlalchemy", "query", 17, 18)
def writing_many(model: Model) -> None:
    """Rows are written in bulk at once."""
    shop = Shop()
    calls: dict[str, Call] = {
        "bulk_insert_mappings": lambda: shop.session.bulk_insert_mappings(shop.order, [{"id": 5}]),
        "bulk_update_mappings": lambda: shop.session.bulk_update_mappings(shop.order, [{"id": 1, "price": 5}]),
        "bulk_save_objects": lambda: shop.session.bulk_save_objects([shop.order(id=6)]),
    }
    asks(model, shop.asked, calls)


@exercise("sqlalchemy", "query", 19, 20)
def referring(model: Model) -> None:
    """A foreign key names a column of another table, which it does not make."""
    import sqlalchemy as sa

    metadata = sa.MetaData()
    if "sqlalchemy.ForeignKey" in model["functions"]:
        sa.Table("orders", metadata, sa.Column("customer_id", sa.Integer, sa.ForeignKey("crm.customers.id")))
    else:
        constraint = sa.ForeignKeyConstraint(["customer_id"], ["crm.customers.id"])
        sa.Table("orders", metadata, sa.Column("customer_id", sa.Integer), constraint)
    [key] = metadata.tables["orders"].foreign_keys
    assert key.target_fullname == "crm.customers.id"
    assert set(metadata.tables) == {"orders"}


@exercise("sqlmodel", "query", 0)
def running_with_sqlmodel(model: Model) -> None:
    """Sessions ask what they are given."""
    import sqlmodel

    shop = Shop("sqlmodel.Session")
    statement = sqlmodel.select(shop.order.id)
    asks(model, shop.asked, {name: partial(getattr(shop.session, name), statement) for name in named(model)})


@exercise("sqlmodel", "query", 1)
def selecting_with_sqlmodel(model: Model) -> None:
    """Sessions build queries."""
    shop = Shop("sqlmodel.Session")
    building(model, shop, {"query": lambda: shop.session.query(shop.order)}, "orders")


@exercise("sqlmodel", "query", 2, 3)
def getting_with_sqlmodel(model: Model) -> None:
    """Sessions get rows by their keys, and again."""
    shop = Shop("sqlmodel.Session")
    calls: dict[str, Call] = {
        "get": lambda: shop.session.get(shop.order, 7),
        "get_one": lambda: shop.session.get_one(shop.order, 8),
        "refresh": lambda: shop.session.refresh(shop.stored),
    }
    asks(model, shop.asked, calls)


@exercise("flask-sqlalchemy", "query", 0, 1, 2, 3, 4, 5)
def with_flask_sqlalchemy(model: Model) -> None:
    """Queries are built, or asked, at the attribute `query` of a model and at the extension."""
    import flask
    import flask_sqlalchemy
    import sqlalchemy as sa

    app = flask.Flask("shop", instance_path=tempfile.gettempdir())
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    db = flask_sqlalchemy.SQLAlchemy(app)

    class Customer(db.Model):  # type: ignore[misc, name-defined]
        __tablename__ = "customers"
        id = sa.Column(sa.Integer, primary_key=True)

    class Order(db.Model):  # type: ignore[misc, name-defined]
        __tablename__ = "orders"
        id = sa.Column(sa.Integer, primary_key=True)
        customer_id = sa.Column(sa.ForeignKey("customers.id"))

    asked = Asked()
    with app.test_request_context():
        db.create_all()
        sa.event.listen(db.engine, "before_cursor_execute", lambda *given: asked.note(given[2]))
        if not model.get("managers"):
            first = Order if "entity" in model["table"] else sa.select(Order.id)
            given: list[Any] = [first, 1] if first is Order else [first]
            calls = {name: partial(getattr(db, name), *given) for name in named(model)}
            if "paginate" in calls:
                calls["paginate"] = lambda: db.paginate(first)
            asks(model, asked, calls)
            return
        arguments: dict[str, list[Any]] = {
            "filter": [Order.id == 1],
            "filter_by": [],
            "join": [Customer],
            "outerjoin": [Customer],
            "group_by": [Order.id],
            "order_by": [Order.id],
            "limit": [1],
            "offset": [1],
            "with_entities": [Order.id],
            "get": [1],
            "get_or_404": [1],
            "update": [{"id": 2}],
        }
        calls: dict[str, Call] = {
            name: lambda n=name: getattr(Order.query, n)(*arguments.get(n, [])) for name in named(model)
        }
        asks(model, asked, calls)


# --- Django -----------------------------------------------------------------------------------------------------------


def django_shop() -> tuple[Any, Asked]:
    """A model of orders, and what is asked."""
    settings = resolve("django.conf").settings
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": MEMORY}},
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
    )
    importlib.import_module("django").setup()
    from django.db import connection, models
    from django.db.backends.utils import CursorWrapper

    parts = {
        "__module__": __name__,
        "Meta": type("Meta", (), {"app_label": "shop"}),
        "price": models.IntegerField(default=1),
        "made": models.DateTimeField(null=True),
        "parent": models.ForeignKey("self", models.CASCADE, null=True),
        "numbers": itertools.count(1000, 1000),
    }
    order: Any = type("Order", (models.Model,), parts)
    with connection.schema_editor() as editor:
        editor.create_model(order)
    asked = Asked()
    execute, executemany = CursorWrapper.execute, CursorWrapper.executemany
    CursorWrapper.execute = lambda self, sql, params=None: (asked.note(sql), execute(self, sql, params))[1]
    CursorWrapper.executemany = lambda self, sql, many: (asked.note(sql), executemany(self, sql, many))[1]
    return order, asked


def plain(value: Any) -> Any:
    """A value, awaited or iterated over where that is what it is for."""
    if inspect.isawaitable(value):
        return asyncio.run(wait(value))
    if hasattr(value, "__anext__"):
        return asyncio.run(first_of(value))
    return value


async def first_of(values: Any) -> Any:
    """The first of several values."""
    async for each in values:
        return each
    return None


async def wait(value: Any) -> Any:
    """A value that is awaited."""
    return await value


def django_calls(manager: Any, order: Any) -> dict[str, Call]:
    """A call for each method of a manager or query."""
    arguments: dict[str, list[Any]] = {
        "alias": [],
        "complex_filter": [{"id": 1}],
        "contains": [order(id=1)],
        "dates": ["made", "day"],
        "datetimes": ["made", "day"],
        "difference": [order.objects.all()],
        "earliest": ["id"],
        "in_bulk": [[1]],
        "intersection": [order.objects.all()],
        "latest": ["id"],
        "raw": ["SELECT * FROM shop_order"],
        "select_related": ["parent"],
        "union": [order.objects.all()],
        "using": ["default"],
        "bulk_create": [[order()]],
        "bulk_update": [[order(id=1)], ["price"]],
        "__getitem__": [0],
    }
    keywords = {
        "aggregate": {"n": resolve("django.db.models").Max("id")},
        "get": {"id": 1},
        "update": {"price": 3},
    }

    def call(name: str) -> Call:
        plain_name = name[1:] if name.startswith("a") and name[1:] in dir(manager) else name
        given, said = arguments.get(plain_name, []), keywords.get(plain_name, {})
        if plain_name in {"get_or_create", "update_or_create"}:
            said = {"id": next(order.numbers)}

        def run() -> object:
            target = manager
            if plain_name in {"difference", "intersection", "union", "reverse"} or name.startswith("__"):
                target = manager.all()
            made = getattr(target, name)(*given, **said)
            return plain(made)

        return run

    names = {name for name in dir(resolve("django.db.models").QuerySet) if not name.startswith("_")}
    return {name: call(name) for name in names | {"__aiter__", "__bool__", "__getitem__", "__iter__", "__len__"}}


@exercise("django", "query", 0, 1, 2)
def asking_managers_of_django(model: Model) -> None:
    """Methods of managers build queries, or ask them."""
    order, asked = django_shop()
    for manager in model["managers"]:
        asks(model, asked, django_calls(getattr(order, manager), order), "shop_order")


@exercise("django", "query", 3, 4, 5)
def asking_queries_of_django(model: Model) -> None:
    """Methods of queries build further ones, or ask them."""
    order, asked = django_shop()
    calls = django_calls(order.objects.filter(price__gt=0), order)
    if model["op"] == "run":
        # `first` and the like leave a query alone that has been asked already.
        calls = {name: lambda n=name: django_calls(order.objects.filter(price__gt=0), order)[n]() for name in calls}
    order.objects.create()
    asks(model, asked, calls, "shop_order")


@exercise("django", "query", 6, 7)
def asking_rows_of_django(model: Model) -> None:
    """Methods of a row read, write or delete it."""
    order, asked = django_shop()
    order.objects.create(id=1)

    def call(name: str) -> Call:
        return lambda: plain(getattr(order(id=1), name)())

    asks(model, asked, {name: call(name) for name in named(model)}, "shop_order")


@exercise("django", "query", 8)
def asking_shortcuts_of_django(model: Model) -> None:
    """Shortcuts ask for a model, a manager's rows or those of a query."""
    order, asked = django_shop()
    shortcuts = resolve("django.shortcuts")
    for source in (order, order.objects, order.objects.all()):
        calls = {name: lambda n=name, s=source: plain(getattr(shortcuts, n)(s, id=1)) for name in named(model)}
        asks(model, asked, calls, "shop_order")


# --- others -----------------------------------------------------------------------------------------------------------


def peewee_shop() -> tuple[Any, Asked]:
    """A model of orders, and what is asked."""
    import peewee

    asked = Asked()

    class Noted(peewee.SqliteDatabase):  # type: ignore[misc]
        """A database that notes what it is asked."""

        def execute_sql(self, sql: str, *given: object, **more: object) -> object:
            """Ask it."""
            asked.note(sql)
            return super().execute_sql(sql, *given, **more)

    database = Noted(":memory:")

    class Order(peewee.Model):  # type: ignore[misc]
        price = peewee.IntegerField(default=1)
        parent = peewee.ForeignKeyField("self", null=True)

        class Meta:
            table_name = "orders"

    Order._meta.set_database(database)
    database.create_tables([Order])
    Order.create(id=1)
    return Order, asked


@exercise("peewee", "query", 0, 2, 3, 4)
def asking_models_of_peewee(model: Model) -> None:
    """Methods of a model build queries, or ask them."""
    order, asked = peewee_shop()
    calls: dict[str, Call] = {
        "bulk_create": lambda: order.bulk_create([order()]),
        "bulk_update": lambda: order.bulk_update([order(id=1, price=2)], ["price"]),
        "create": lambda: order.create(price=2),
        "delete": order.delete,
        "delete_by_id": lambda: order.delete_by_id(1),
        "delete_instance": lambda: order(id=1).delete_instance(),
        "filter": lambda: order.filter(price=1),
        "get": order.get,
        "get_by_id": lambda: order.get_by_id(1),
        "get_or_create": lambda: order.get_or_create(price=77),
        "get_or_none": lambda: order.get_or_none(order.id == 1),
        "insert": lambda: order.insert(price=1),
        "insert_from": lambda: order.insert_from(order.select(order.price), [order.price]),
        "insert_many": lambda: order.insert_many([{"price": 1}]),
        "replace": lambda: order.replace(price=1),
        "replace_many": lambda: order.replace_many([{"price": 1}]),
        "save": lambda: order(price=3).save(),
        "select": order.select,
        "set_by_id": lambda: order.set_by_id(1, {"price": 3}),
        "truncate_table": order.truncate_table,
        "update": lambda: order.update(price=3),
        "__contains__": lambda: 1 in order,
        "__delitem__": lambda: order.__delitem__(1),
        "__getitem__": lambda: order[1],
        "__iter__": lambda: list(order),
        "__len__": lambda: len(order),
        "__setitem__": lambda: order.__setitem__(1, {"price": 4}),
    }
    asks(model, asked, calls)


@exercise("peewee", "query", 1)
def joining_with_peewee(model: Model) -> None:
    """Methods of a query add models to it."""
    import peewee

    order, asked = peewee_shop()

    class Line(peewee.Model):  # type: ignore[misc]
        order = peewee.ForeignKeyField(peewee_shop()[0])

        class Meta:
            database = order._meta.database
            table_name = "lines"

    target = Line.order.rel_model
    query = Line.select()
    made = {
        "join": lambda: query.join(target),
        "left_outer_join": lambda: query.left_outer_join(target),
        "join_from": lambda: query.join_from(Line, target),
    }
    for name in named(model):
        assert not asked.by(made[name])
    assert "orders" in str(made["join"]())
    assert "orders" in str(made["join_from"]())


@exercise("peewee", "query", 5, 6)
def running_with_peewee(model: Model) -> None:
    """Methods of a query ask it."""
    order, asked = peewee_shop()
    made: dict[str, Callable[[], Any]] = {
        "ModelSelect": lambda: order.select().where(order.price > 0),
        "ModelInsert": lambda: order.insert(price=1),
        "ModelUpdate": lambda: order.update(price=2),
        "ModelDelete": lambda: order.delete().where(order.id == 7),
        "ModelRaw": lambda: order.raw("SELECT * FROM orders"),
    }
    for cls in map(last, model["classes"]):
        assert type(made[cls]()).__name__ == cls
        writes = cls in {"ModelInsert", "ModelUpdate", "ModelDelete"}
        methods = [name for name in model["methods"] if not (writes and name == "__iter__")]
        calls = {n: lambda c=cls, n=n: getattr(made[c](), n)(*[0][: n == "__getitem__"]) for n in methods}
        calls["iterator"] = lambda c=cls: list(made[c]().iterator())
        calls["prefetch"] = lambda c=cls: made[c]().prefetch(order.alias().select())
        asks({**model, "methods": methods}, asked, calls)


@exercise("tortoise-orm", "query", 0, 1, 2, 3, 4, 5, 6)
async def asking_with_tortoise(model: Model) -> None:
    """Methods of models give what asks when it is awaited, or coroutines."""
    import tortoise
    from tortoise import fields, queryset

    module = sys.modules["shop_models"] = types.ModuleType("shop_models")

    class Order(tortoise.Model):  # type: ignore[misc]
        id = fields.IntField(primary_key=True)
        price = fields.IntField(default=1)
        parent: Any = fields.ForeignKeyField("shop.Order", null=True)

        class Meta:
            table = "orders"

    Order.__module__ = "shop_models"
    module.Order = Order  # type: ignore[attr-defined]
    await tortoise.Tortoise.init(db_url="sqlite://:memory:", modules={"shop": ["shop_models"]})
    await tortoise.Tortoise.generate_schemas()
    asked = Asked()
    client = tortoise.connections.get("default")
    for name in ("execute_query", "execute_insert", "execute_many", "execute_query_dict"):
        original = getattr(type(client), name)

        def noted(self: Any, query: str, *given: Any, original: Any = original, **more: Any) -> Any:
            asked.note(query)
            return original(self, query, *given, **more)

        setattr(type(client), name, noted)
    stored = await Order.create(id=1)
    query = Order.filter(price__gt=0)
    kinds = {
        "QuerySet": lambda: query,
        "BulkCreateQuery": lambda: Order.bulk_create([Order(id=90)]),
        "BulkUpdateQuery": lambda: Order.bulk_update([stored], ["price"]),
        "CountQuery": query.count,
        "DeleteQuery": lambda: Order.filter(id=99).delete(),
        "ExistsQuery": query.exists,
        "RawSQLQuery": lambda: Order.raw("SELECT * FROM orders"),
        "UpdateQuery": lambda: query.update(price=2),
        "ValuesListQuery": lambda: query.values_list("id"),
        "ValuesQuery": lambda: query.values("id"),
    }
    given: dict[str, list[Any]] = {
        "bulk_create": [[Order(id=50)]],
        "bulk_update": [[stored], ["price"]],
        "earliest": ["id"],
        "fetch_for_list": [[stored], "parent"],
        "in_bulk": [[1], "id"],
        "latest": ["id"],
    }
    instance = {"delete", "fetch_related", "refresh_from_db", "save"}
    try:
        if model["op"] == "run" and "__await__" in model["methods"]:
            for name in map(last, model["classes"]):
                made = kinds[name]()
                assert type(made) is getattr(queryset, name)
                asked.clear()
                await made
                assert any("orders" in each for each in asked), name
            asked.clear()
            assert [each async for each in Order.all()]
            assert asked
            return
        for name in sorted(named(model)):
            owner = query if model.get("classes") else stored if name in instance else Order
            asked.clear()
            arguments = ["parent"] if name == "fetch_related" else given.get(name, [])
            made = getattr(owner, name)(*arguments, **({"price": 1} if name == "update" else {}))
            if model.get("builds"):
                assert not inspect.iscoroutine(made), name
                assert not asked, name
                continue
            if name in {"fetch_for_list", "fetch_related"}:
                stored.parent_id = 1
            await made
            assert any("orders" in each for each in asked), f"{name} asks {asked}"
            stored._saved_in_db = True
    finally:
        await tortoise.Tortoise.close_connections()


@exercise("pony", "query", 0, 1, 2, 3, 4, 5, 6, 7, 8)
def asking_with_pony(model: Model) -> None:
    """Functions and methods build queries or ask them; entities are written later."""
    from pony import orm
    from pony.orm import core

    db = orm.Database()

    class Order(db.Entity):  # type: ignore[misc, name-defined]
        _table_ = "orders"
        price = orm.Required(int, default=1)

    db.bind("sqlite", ":memory:")
    db.generate_mapping(create_tables=True)
    asked = Asked()
    execute = core.Database._exec_sql

    def noted(self: Any, sql: str, *given: Any, **more: Any) -> Any:
        asked.note(sql)
        return execute(self, sql, *given, **more)

    core.Database._exec_sql = noted
    functions: dict[str, Call] = {
        "avg": lambda: orm.avg(o.price for o in Order),
        "count": lambda: orm.count(o for o in Order),
        # Rows are read at once, and deleted later.
        "delete": lambda: (orm.delete(o for o in Order), orm.flush()),
        "exists": lambda: orm.exists(o for o in Order),
        "get": lambda: orm.get(o for o in Order),
        "left_join": lambda: orm.left_join(o for o in Order),
        "max": lambda: orm.max(o.price for o in Order),
        "min": lambda: orm.min(o.price for o in Order),
        "select": lambda: orm.select(o for o in Order),
        "sum": lambda: orm.sum(o.price for o in Order),
    }
    entity: dict[str, Call] = {
        "delete": lambda: Order.__getitem__(1).delete(),
        "exists": lambda: Order.exists(price=9),
        "get": lambda: Order.get(price=9),
        "get_for_update": lambda: Order.get_for_update(price=9),
        "load": lambda: Order.get(price=1).load(),
        "select": Order.select,
        "select_random": lambda: Order.select_random(1),
        "set": lambda: Order[1].set(price=5),
        "__getitem__": lambda: Order[1],
        "__init__": lambda: Order(price=2),
    }
    with orm.db_session:
        Order(price=1)
        Order(price=2)
    with orm.db_session(strict=True):
        if model.get("functions") and model["op"] == "run":
            calls = {"commit": orm.commit, "flush": orm.flush}
            for path in model["functions"]:
                Order(price=7)
                call = getattr(db, last(path)) if "Database" in path else calls[last(path)]
                assert any(each.startswith("INSERT") for each in asked.by(call)), path
        elif model.get("functions"):
            asks(model, asked, functions)
        elif model.get("bases") and model.get("builds") and model["op"] == "write":
            Order[1].load()
            asks(model, asked, entity)
            assert any(each.startswith("INSERT") for each in asked.by(orm.flush))
        elif model.get("bases"):
            asks(model, asked, entity)
        elif model["op"] == "write":
            asks(model, asked, {"delete": lambda: orm.select(o for o in Order).delete(bulk=True)})
        else:
            given: dict[str, list[Any]] = {"random": [1], "__getitem__": [slice(0, 1)]}
            prices = {"avg", "sum", "min", "max"}

            def call(name: str) -> Call:
                def run() -> object:
                    # What was asked before is remembered for the transaction.
                    orm.rollback()
                    query = orm.select(o.price for o in Order) if name in prices else orm.select(o for o in Order)
                    made = getattr(query, name)(*given.get(name, []))
                    return list(made) if name in {"__getitem__", "__iter__", "random"} else made

                return run

            asks(model, asked, {name: call(name) for name in named(model)})


@exercise("piccolo", "query", 0, 1, 2, 3)
async def asking_with_piccolo(model: Model) -> None:
    """Methods of tables give queries, which ask when they are run or awaited."""
    from piccolo import query
    from piccolo.columns import Integer
    from piccolo.engine.sqlite import SQLiteEngine
    from piccolo.table import Table

    with tempfile.TemporaryDirectory() as folder:
        engine = SQLiteEngine(path=str(Path(folder, "shop.db")))

        class Order(Table, tablename="orders", db=engine):  # type: ignore[call-arg]
            price = Integer(default=1)

        await Order.create_table()
        stored = Order(price=1)
        await stored.save()
        asked = Asked()
        original = SQLiteEngine.run_querystring

        async def noted(self: Any, querystring: Any, *given: Any, **more: Any) -> Any:
            asked.note(querystring)
            return await original(self, querystring, *given, **more)

        SQLiteEngine.run_querystring = noted  # type: ignore[method-assign]
        made: dict[str, Callable[[], Any]] = {
            "count": Order.count,
            "delete": lambda: Order.delete(force=True),
            "exists": Order.exists,
            "insert": lambda: Order.insert(Order(price=2)),
            "objects": Order.objects,
            "raw": lambda: Order.raw("SELECT * FROM orders"),
            "refresh": stored.refresh,
            "remove": lambda: Order(price=1, _exists_in_db=True, id=stored.id).remove(),
            "save": lambda: Order(price=3).save(),
            "select": Order.select,
            "update": lambda: Order.update({Order.price: 4}, force=True),
        }
        if model["op"] != "run":
            for name in sorted(named(model)):
                asked.clear()
                built = made[name]()
                assert not asked, name
                await built
                assert any("orders" in each and each.startswith(VERBS[model["op"]]) for each in asked), (name, asked)
            return
        for cls in map(last, model["classes"]):
            for name in model["methods"]:
                built = made[cls.lower()]()
                assert type(built) is getattr(query, cls)
                asked.clear()
                if name == "run_sync":
                    await asyncio.to_thread(built.run_sync)
                else:
                    await (built if name == "__await__" else getattr(built, name)())
                assert any("orders" in each for each in asked), (cls, name, asked)
