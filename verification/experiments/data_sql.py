"""Stored data: which functions take SQL, or the name of a table, and where."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import sys
import tempfile
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from data_local import last, named, resolve
from experiment import exercise

LOT = "data-1"
Model = dict[str, Any]

# A database that the threads of the process share.
MEMORY = "file:shop?mode=memory&cache=shared"

MAKE = "CREATE TABLE orders (number INTEGER)"
FILL = "INSERT INTO orders VALUES (?)"
READ = "SELECT number FROM orders"


def keyword(model: Model, key: str = "sql") -> str:
    """The name of the argument that a selector selects."""
    return str(model[key].rpartition("kw:")[2])


@exercise("sqlalchemy", "sql", 0)
def text_of_sqlalchemy(model: Model) -> None:
    """`text` holds what it is given, also by name."""
    sqlalchemy = resolve("sqlalchemy")
    assert str(sqlalchemy.text(READ)) == str(sqlalchemy.text(**{keyword(model): READ})) == READ


@exercise("sqlalchemy", "sql", 1)
async def drivers_text_of_sqlalchemy(model: Model) -> None:
    """Connections pass a text on to the driver, also by name."""
    sqlalchemy = resolve("sqlalchemy")
    engine = sqlalchemy.create_engine("sqlite://")
    with engine.connect() as connection:
        for name in model["methods"]:
            getattr(connection, name)(MAKE)
            assert getattr(connection, name)(**{keyword(model): READ}).all() == []
    asynchronous = resolve("sqlalchemy.ext.asyncio").create_async_engine("sqlite+aiosqlite://")
    async with asynchronous.connect() as connection:
        for name in model["methods"]:
            await getattr(connection, name)(MAKE)
            assert (await getattr(connection, name)(**{keyword(model): READ})).all() == []
    await asynchronous.dispose()


# --- alembic ----------------------------------------------------------------------------------------------------------


def alembic_sql(call: Callable[[Any], object]) -> str:
    """The SQL that an operation stands for."""
    out = io.StringIO()
    context = resolve("alembic.migration").MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": out}
    )
    with resolve("alembic.operations").Operations.context(context):
        call(resolve("alembic.op"))
    return " ".join(out.getvalue().split())


def alembic_calls() -> dict[str, tuple[Callable[[Any], object], str]]:
    """A call for each operation, and what it is in SQL."""
    sqlalchemy = resolve("sqlalchemy")
    column = sqlalchemy.Column("number", sqlalchemy.Integer)
    light = sqlalchemy.table("orders", sqlalchemy.column("number", sqlalchemy.Integer))

    def batch(op: Any) -> None:
        with op.batch_alter_table("orders", "store") as inner:
            inner.drop_column("number")

    schema = {"schema": "store"}
    return {
        "create_table": (lambda op: op.create_table("orders", column, **schema), "CREATE TABLE store.orders"),
        "rename_table": (
            lambda op: op.rename_table("lines", "orders", **schema),
            "ALTER TABLE store.lines RENAME TO orders",
        ),
        "add_column": (lambda op: op.add_column("orders", column, **schema), "ALTER TABLE store.orders ADD COLUMN"),
        "alter_column": (lambda op: op.alter_column("orders", "number", nullable=True, **schema), "TABLE store.orders"),
        "drop_column": (
            lambda op: op.drop_column("orders", "number", **schema),
            "ALTER TABLE store.orders DROP COLUMN",
        ),
        "batch_alter_table": (batch, "ALTER TABLE store.orders DROP COLUMN"),
        "drop_table": (lambda op: op.drop_table("orders", **schema), "DROP TABLE store.orders"),
        "bulk_insert": (lambda op: op.bulk_insert(light, [{"number": 1}]), "INSERT INTO orders"),
        "create_foreign_key": (
            lambda op: op.create_foreign_key("fk", "lines", "orders", ["a"], ["b"]),
            "ALTER TABLE lines ADD CONSTRAINT fk FOREIGN KEY(a) REFERENCES orders (b)",
        ),
        "execute": (lambda op: op.execute("DELETE FROM orders"), "DELETE FROM orders"),
    }


@exercise("alembic", "table", 0, 1, 2, 3, 4)
@exercise("alembic", "query", 0, 1)
@exercise("alembic", "sql", 0)
def operations_of_alembic(model: Model) -> None:
    """An operation is about the table, and the schema, that stand where it is said."""
    calls = alembic_calls()
    operations = resolve("alembic.operations").Operations
    for path in (*model.get("calls", ()), *model.get("functions", ())):
        call, sql = calls[last(path)]
        assert sql in alembic_sql(call), alembic_sql(call)
        names = list(inspect.signature(getattr(operations, last(path))).parameters)[1:]
        for key in ("name", "schema", "table", "sql"):
            if (position := model.get(key, "").partition("|")[0]).startswith("arg:"):
                assert names[int(position[4:])] == keyword(model, key)


# --- Django -----------------------------------------------------------------------------------------------------------


def django() -> Any:
    """The connection of a Django that is set up."""
    settings = resolve("django.conf").settings
    settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": MEMORY}})
    importlib.import_module("django").setup()
    return resolve("django.db").connection


@exercise("django", "sql", 0)
def cursors_of_django(model: Model) -> None:
    """A cursor of any connection takes SQL, also by name."""
    connection = django()
    for one in (connection, resolve("django.db").connections["default"]):
        with one.cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS orders (number INTEGER)")
            cursor.executemany("INSERT INTO orders VALUES (%s)", [(1,)])
            assert cursor.execute(**{keyword(model): READ}).fetchall()
            assert named(model) == {"execute", "executemany"}


@exercise("django", "sql", 1, 2, 3)
def raw_queries_of_django(model: Model) -> None:
    """Managers, queries and expressions take SQL, also by name."""
    connection = django()
    models = resolve("django.db.models")
    meta = type("Meta", (), {"app_label": "shop", "db_table": "orders"})
    order: Any = type("Order", (models.Model,), {"__module__": __name__, "Meta": meta, "number": models.IntegerField()})
    with connection.schema_editor() as editor:
        editor.create_model(order)
    order.objects.create(number=5)
    if model.get("functions"):
        raw = resolve(model["functions"][0])
        for made in (raw("SELECT 7", []), raw(**{keyword(model): "SELECT 7", "params": []})):
            assert order.objects.annotate(more=made).get().more == 7
        return
    for owner in (order.objects, order._default_manager, order._base_manager, order.objects.all()):
        if hasattr(owner, "raw"):
            text = "SELECT id, number FROM orders"
            assert [row.number for row in owner.raw(text)] == [row.number for row in owner.raw(raw_query=text)] == [5]
    assert keyword(model) == "raw_query"


@exercise("django", "table", 1, 2, 3, 4, 5)
@exercise("django", "sql", 4)
def migrations_of_django(model: Model) -> None:
    """Operations make, rename, change and drop the tables of models."""
    connection = django()
    migrations, models = resolve("django.db.migrations"), resolve("django.db.models")
    state = resolve("django.db.migrations.state").ProjectState

    def number() -> Any:
        return ("id", models.AutoField(primary_key=True))

    def tables(*operations: Any) -> dict[str, set[str]]:
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                if not table.startswith("sqlite"):
                    cursor.execute(f'DROP TABLE "{table}"')
        migration = migrations.Migration("0001", "shop")
        migration.operations = list(operations)
        with connection.schema_editor(atomic=False) as editor:
            migration.apply(state(), editor)
        with connection.cursor() as cursor:
            introspection = connection.introspection
            return {
                table: {column.name for column in introspection.get_table_description(cursor, table)}
                for table in introspection.table_names(cursor)
            }

    make = migrations.CreateModel("OrderItem", [number()])
    named_one = migrations.CreateModel("OrderItem", [number()], {"db_table": "items"})
    operations = {
        "CreateModel": lambda: (
            tables(make),
            tables(named_one),
            tables(migrations.CreateModel("OrderItem", [number()], options={"managed": False})),
            tables(make, migrations.CreateModel("Other", [], {"proxy": True}, bases=("shop.orderitem",))),
        ),
        "AlterModelTable": lambda: (
            tables(make, migrations.AlterModelTable("OrderItem", "items")),
            tables(named_one, migrations.AlterModelTable("OrderItem", table=None)),
        ),
        "RenameModel": lambda: (
            tables(make, migrations.RenameModel("OrderItem", "Line")),
            tables(named_one, migrations.RenameModel("OrderItem", "Line")),
        ),
        "DeleteModel": lambda: (tables(make, migrations.DeleteModel("OrderItem")),),
    }
    price = models.IntegerField(default=1)
    add = migrations.AddField("OrderItem", "price", price)
    fields = {
        "AddField": ([add], {"id", "price"}),
        "AlterField": ([add, migrations.AlterField("OrderItem", "price", models.FloatField())], {"id", "price"}),
        "RemoveField": ([add, migrations.RemoveField("OrderItem", "price")], {"id"}),
        "RenameField": ([add, migrations.RenameField("OrderItem", "price", "cost")], {"id", "cost"}),
    }
    expected = {
        "CreateModel": ({"shop_orderitem"}, {"items"}, set(), {"shop_orderitem"}),
        "AlterModelTable": ({"items"}, {"shop_orderitem"}),
        "RenameModel": ({"shop_line"}, {"items"}),
        "DeleteModel": (set(),),
    }
    for path in (*model.get("calls", ()), *model.get("functions", ())):
        name = last(path)
        if name == "RunSQL":
            assert set(tables(migrations.RunSQL(MAKE))) == {"orders"}
            assert set(tables(migrations.RunSQL(**{keyword(model): [MAKE]}))) == {"orders"}
        elif name in fields:
            more, columns = fields[name]
            assert tables(make, *more) == {"shop_orderitem": columns}
        else:
            assert tuple(set(found) for found in operations[name]()) == expected[name]


# --- object mappers ---------------------------------------------------------------------------------------------------


@exercise("peewee", "sql", 0, 1)
def texts_of_peewee(model: Model) -> None:
    """Models and databases take SQL, also by name."""
    import peewee
    from playhouse import db_url, signals

    for made in (peewee.SqliteDatabase(":memory:"), db_url.connect("sqlite:///:memory:")):
        made.execute_sql(MAKE)
        made.execute_sql("INSERT INTO orders VALUES (1)")
        if model.get("classes"):
            assert made.execute_sql(**{keyword(model): READ}).fetchall() == [(1,)]
            continue
        for base in (peewee.Model, signals.Model):
            order = type("Order", (base,), {"number": peewee.IntegerField(primary_key=True)})
            order._meta.set_database(made)
            assert [row.number for row in order.raw(READ)] == [row.number for row in order.raw(sql=READ)] == [1]


@exercise("tortoise-orm", "sql", 0, 1)
async def texts_of_tortoise(model: Model) -> None:
    """Models and connections take SQL, also by name."""
    import tortoise
    from tortoise import fields

    module = sys.modules["shop_models"] = types.ModuleType("shop_models")

    class Order(tortoise.Model):  # type: ignore[misc]
        number = fields.IntField(primary_key=True)

        class Meta:
            table = "orders"

    Order.__module__ = "shop_models"
    module.Order = Order  # type: ignore[attr-defined]
    await tortoise.Tortoise.init(db_url="sqlite://:memory:", modules={"shop": ["shop_models"]})
    client = tortoise.connections.get("default")
    try:
        await client.execute_script(MAKE)
        await Order.create(number=1)
        if model.get("bases"):
            assert [row.number for row in await Order.raw(READ)] == [row.number for row in await Order.raw(sql=READ)]
            return
        await client.execute_insert("INSERT INTO orders VALUES (?)", [2])
        await client.execute_many("INSERT INTO orders VALUES (?)", [[3]])
        assert len((await client.execute_query(**{keyword(model): READ}))[1]) == 3
        assert len(await client.execute_query_dict(**{keyword(model): READ})) == 3
        async with resolve("tortoise.transactions").in_transaction() as inside:
            assert len(await inside.execute_query_dict(READ)) == 3
    finally:
        await tortoise.Tortoise.close_connections()


@exercise("pony", "sql", 0, 1, 2)
def texts_of_pony(model: Model) -> None:
    """Databases and entities take SQL, also by name, or the name of a table."""
    from pony import orm

    db = orm.Database("sqlite", ":memory:")

    class Order(db.Entity):  # type: ignore[misc, name-defined]
        _table_ = "orders"
        number = orm.PrimaryKey(int)

    db.generate_mapping(create_tables=True)
    with orm.db_session:
        if model.get("functions"):
            db.insert("orders", number=1)
            db.insert(**{keyword(model, "table"): "orders"}, number=2)
            assert orm.count(o for o in Order) == 2
            return
        db.insert("orders", number=1)
        for name in sorted(named(model)):
            owner = Order if model.get("bases") else db
            for made in (getattr(owner, name)(READ), getattr(owner, name)(**{keyword(model): READ})):
                rows = list(made) if name in {"execute", "select", "select_by_sql"} else [made]
                assert rows
                assert rows[0], name


@exercise("piccolo", "sql", 0)
async def texts_of_piccolo(model: Model) -> None:
    """Tables take SQL, also by name."""
    from piccolo.engine.sqlite import SQLiteEngine
    from piccolo.table import Table

    with tempfile.TemporaryDirectory() as folder:

        class Order(Table, tablename="orders", db=SQLiteEngine(path=str(Path(folder, "shop.db")))):  # type: ignore[call-arg]
            pass

        await Order.create_table()
        await Order.insert(Order())
        assert await Order.raw("SELECT id FROM orders") == await Order.raw(**{keyword(model): "SELECT id FROM orders"})
        assert await Order.raw("SELECT id FROM orders")


# --- drivers ----------------------------------------------------------------------------------------------------------


@exercise("aiosqlite", "sql", 0, 1)
async def texts_of_aiosqlite(model: Model) -> None:
    """Connections and cursors take SQL, also by name."""
    import aiosqlite

    async with aiosqlite.connect(":memory:") as connection:
        await connection.execute(MAKE)
        for owner in (connection, await connection.cursor()):
            for name in model["methods"]:
                if not hasattr(type(owner), name):
                    continue
                if name == "executescript":
                    await owner.executescript(**{keyword(model): FILL.replace("?", "1")})
                elif name == "executemany":
                    await owner.executemany(**{keyword(model): FILL}, parameters=[(1,)])
                else:
                    await getattr(owner, name)(**{keyword(model): FILL}, parameters=(1,))
                found = await connection.execute_fetchall(READ)
                assert found, name
                await connection.execute("DELETE FROM orders")


@exercise("databases", "sql", 0)
@exercise("databases", "query", 0)
async def texts_of_databases(model: Model) -> None:
    """Databases and their connections take SQL, and statements built with sqlalchemy."""
    import databases
    import sqlalchemy

    place = keyword(model, "sql" if "sql" in model else "table")
    table = sqlalchemy.table("orders", sqlalchemy.column("number"))
    with tempfile.TemporaryDirectory() as folder:
        async with databases.Database(f"sqlite+aiosqlite:///{folder}/shop.db") as database:
            await database.execute(MAKE)
            await database.execute(FILL.replace("?", "1"))
            text = "sql" in model
            reads: Any = READ if text else sqlalchemy.select(table.c.number)
            writes: Any = FILL.replace("?", ":number") if text else sqlalchemy.insert(table)
            async with database.connection() as connection:
                for owner in (database, connection):
                    for name in model["methods"]:
                        method = getattr(owner, name)
                        if name == "iterate":
                            assert [row async for row in method(**{place: reads})]
                        elif name == "execute_many":
                            await method(**{place: writes}, values=[{"number": 2}])
                        elif name == "execute":
                            await method(**{place: writes}, values={"number": 3})
                        else:
                            assert await method(**{place: reads}), name


@exercise("duckdb", "sql", 0, 1)
def texts_of_duckdb(model: Model) -> None:
    """The module and connections take SQL, or the name of a table, also by name."""
    import duckdb

    connection = duckdb.connect()
    for owner, names in ((duckdb, map(last, model["functions"])), (connection, model["methods"])):
        owner.execute(MAKE)
        owner.executemany(FILL, [[1]])
        for name in names:
            method = getattr(owner, name)
            if model.get("table"):
                assert method("orders").fetchall() == method(**{keyword(model, "table"): "orders"}).fetchall()
            elif name == "executemany":
                method(FILL, [[1]])
            else:
                assert method(READ).fetchall() == method(**{keyword(model): READ}).fetchall() != []


@exercise("pandas", "sql", 0)
@exercise("pandas", "query", 0, 1, 2)
def texts_of_pandas(model: Model) -> None:
    """Frames are read with SQL, a built statement or the name of a table, and written to one."""
    import pandas as pd
    import sqlalchemy

    engine = sqlalchemy.create_engine("sqlite://", poolclass=sqlalchemy.pool.StaticPool)
    pd.DataFrame({"number": [1]}).to_sql("orders", engine)
    for path in model["functions"]:
        name = last(path)
        if name == "to_sql":
            for number, made in enumerate((pd.DataFrame({"number": [1]}), pd.Series([1]))):
                made.to_sql(f"a{number}", engine, if_exists="replace")
                made.to_sql(**{keyword(model, "table"): f"b{number}"}, con=engine, if_exists="replace")
            tables = set(sqlalchemy.inspect(engine).get_table_names())
            assert tables == {"orders", "a0", "a1", "b0", "b1"}
            continue
        place = "sql" if "sql" in model else "table"
        source: Any = READ if place == "sql" else sqlalchemy.text(READ)
        if name == "read_sql_table":
            source = "orders"
        read = getattr(pd, name)
        assert list(read(source, engine)["number"]) == list(
            read(**{keyword(model, place): source}, con=engine)["number"]
        )
        if name == "read_sql":
            assert list(read("orders", engine)["number"]) == [1]


# --- drivers of servers -----------------------------------------------------------------------------------------------


@exercise("psycopg2", "sql", 0, 1, 2, 3)
def arguments_of_psycopg2(model: Model) -> None:
    """Functions take what is said by the names that their documentation gives them."""
    wanted = keyword(model, "sql" if "sql" in model else "table")
    position = int((model.get("sql") or model["table"])[4])
    for path in (
        *model.get("functions", ()),
        *(f"{cls}.{name}" for cls in model.get("classes", ()) for name in model["methods"]),
    ):
        function = resolve(path.replace("()", ""))
        try:
            names = [name for name in inspect.signature(function).parameters if name != "self"]
        except ValueError:
            names = [
                name.partition("=")[0].strip()
                for name in function.__doc__.partition("(")[2].partition(")")[0].split(",")
            ]
        assert names[position] == wanted, (path, names)


@exercise("mysql-connector-python", "sql", 0)
@exercise("pymysql", "sql", 0)
@exercise("aiomysql", "sql", 0)
@exercise("asyncmy", "sql", 0)
def texts_of_mysql(model: Model) -> None:
    """Cursors hand the text that they are given first, or by name, to their connection."""
    place = keyword(model)
    for path in model["classes"]:
        cls = resolve(path)
        for name in model["methods"]:
            names = list(inspect.signature(getattr(cls, name)).parameters)
            assert names[1] == place, (path, names)
    if "pymysql.cursors.Cursor" in model["classes"]:
        asked: list[str] = []
        connection = types.SimpleNamespace(query=lambda text, **_: asked.append(text), _result=None)
        for path in model["classes"]:
            for given in ({}, {place: READ}):
                cursor = resolve(path)(connection)
                with contextlib.suppress(AttributeError):
                    cursor.execute(*([] if given else [READ]), **given)
        assert asked == [READ] * 2 * len(model["classes"]), asked


@exercise("cassandra-driver", "sql", 1)
def texts_of_cassandra(model: Model) -> None:
    """A statement holds the text that it is given, also by name."""
    statement = resolve(model["functions"][0])
    assert statement(READ).query_string == statement(**{keyword(model): READ}).query_string == READ


@exercise("clickhouse-driver", "sql", 0, 1)
@exercise("asyncpg", "sql", 0, 1, 2, 3)
@exercise("psycopg", "sql", 0, 1, 2)
@exercise("oracledb", "sql", 0, 1)
@exercise("cassandra-driver", "sql", 0)
def arguments_of_drivers(model: Model) -> None:
    """Methods take a text, or the name of a table, first, by the name that is said; each class has one at least."""
    wanted = keyword(model, "sql" if "sql" in model else "table")
    for cls in map(resolve, model["classes"]):
        methods = [getattr(cls, name) for name in model["methods"] if hasattr(cls, name)]
        assert methods, cls
        for method in methods:
            names = list(inspect.signature(method).parameters)
            assert names[1] == wanted, (method, names)
