"""Stored data: how long opening a database takes at most, against a server that accepts and never answers."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from data_local import HOST, last, outlasts, resolve, seconds, silent
from experiment import exercise

LOT = "data-1"
Model = dict[str, Any]
# Opens with a function, at a port, with a limit or none.
Opening = Callable[[str, int, dict[str, Any]], object]

# A limit that all of them keep to, and how long what waits for ever is watched.
LIMIT, PATIENCE = 2, 4


def keywords(path: str, port: int, limit: dict[str, Any], **others: object) -> object:
    """Call a function with a host and a port by name."""
    return resolve(path)(host=HOST, port=port, **others, **limit)


def awaited(opening: Opening, path: str, port: int, limit: dict[str, Any]) -> object:
    """Await what a function gives."""

    async def run() -> object:
        return await opening(path, port, limit)  # type: ignore[misc]

    return asyncio.run(run())


def pooled(path: str, port: int, limit: dict[str, Any]) -> object:
    """A pool of psycopg2."""
    return resolve(path)(1, 1, host=HOST, port=port, dbname="shop", user="ann", **limit)


def pool_of_psycopg(path: str, port: int, limit: dict[str, Any]) -> object:
    """Take a connection out of a pool."""
    return resolve(path)(f"host={HOST} port={port} user=ann", open=True, **limit).getconn()


async def async_pool_of_psycopg(path: str, port: int, limit: dict[str, Any]) -> object:
    """Take a connection out of a pool."""
    pool = resolve(path)(f"host={HOST} port={port} user=ann", open=False, **limit)
    await pool.open()
    try:
        return await pool.getconn()
    finally:
        # Closing it would wait for connections that are being opened.
        asyncio.get_running_loop().call_soon(exits)


def exits() -> None:
    """Leave a loop that has tasks which do not end."""
    raise SystemExit


def pool_of_mysql(path: str, port: int, limit: dict[str, Any]) -> object:
    """A pool, or a connection, of mysql.connector."""
    return resolve(path)(host=HOST, port=port, user="ann", database="shop", **limit)


def mongo(path: str, port: int, limit: dict[str, Any]) -> object:
    """Ask for a document; the limit is in milliseconds."""
    limit = {name: value * 1000 for name, value in limit.items()}
    owner, _, name = path.rpartition("().")
    if owner:
        client = resolve(owner)(HOST, port, **limit)
        database = getattr(client, name)("shop")
    else:
        database = resolve(path)(HOST, port, **limit).shop
    return database.orders.find_one()


def mongoengine(path: str, port: int, limit: dict[str, Any]) -> object:
    """Ask for a document; the limit is in milliseconds."""
    engine = resolve("mongoengine")
    engine.disconnect()
    resolve(path)("shop", host=HOST, port=port, **{name: value * 1000 for name, value in limit.items()})
    return type("Order", (engine.Document,), {}).objects.first()


def cassandra(path: str, port: int, limit: dict[str, Any]) -> object:
    """Connect to a cluster."""
    return resolve(path.removesuffix("().connect"))([HOST], port=port, **limit).connect("shop")


def clickhouse(path: str, port: int, limit: dict[str, Any]) -> object:
    """Ask a query."""
    made = resolve(path)(host=HOST, port=port, **limit)
    return (made if hasattr(made, "execute") else made.cursor()).execute("SELECT 1")


def elastic(path: str, port: int, limit: dict[str, Any]) -> object:
    """Search an index."""
    return resolve(path)(f"http://{HOST}:{port}", **limit).search(index="orders")


def neo4j(path: str, port: int, limit: dict[str, Any]) -> object:
    """Try whether a server is there."""
    return resolve(path)(f"bolt://{HOST}:{port}", **limit).verify_connectivity()


def oracle(path: str, port: int, limit: dict[str, Any]) -> object:
    """Connect, or open a pool and take a connection out."""
    made = resolve(path)(dsn=f"{HOST}:{port}/shop", user="ann", password="none", **limit)  # noqa: S106
    return made.acquire() if "pool" in path else made


async def async_oracle(path: str, port: int, limit: dict[str, Any]) -> object:
    """Connect, or open a pool and take a connection out."""
    made = oracle(path, port, limit)
    return await made  # type: ignore[misc]


def redis(path: str, port: int, limit: dict[str, Any]) -> object:
    """Get a key, trying once."""
    retry = resolve(f"{'redis.asyncio' if '.asyncio.' in path else 'redis'}.retry.Retry")
    once = {"retry": retry(resolve("redis.backoff.NoBackoff")(), 0), **limit}
    if "from_url" in path:
        return resolve(path)(f"redis://{HOST}:{port}", **once).get("cart:1")
    return resolve(path)(host=HOST, port=port, **once).get("cart:1")


POSTGRES = partial(keywords, database="shop", user="ann")
MYSQL = partial(keywords, user="ann")

OPENINGS: dict[tuple[str, int], Opening] = {
    ("psycopg2", 0): partial(keywords, dbname="shop", user="ann"),
    ("psycopg2", 1): pooled,
    ("psycopg", 0): partial(keywords, dbname="shop", user="ann"),
    ("psycopg", 1): partial(awaited, partial(keywords, dbname="shop", user="ann")),
    ("psycopg-pool", 0): pool_of_psycopg,
    ("psycopg-pool", 1): partial(awaited, async_pool_of_psycopg),
    ("pymysql", 0): MYSQL,
    ("mysql-connector-python", 0): pool_of_mysql,
    ("mysql-connector-python", 1): partial(awaited, pool_of_mysql),
    ("oracledb", 0): oracle,
    ("oracledb", 1): partial(awaited, async_oracle),
    ("asyncpg", 0): partial(awaited, POSTGRES),
    ("aiomysql", 0): partial(awaited, MYSQL),
    ("aiomysql", 1): partial(awaited, MYSQL),
    ("asyncmy", 0): partial(awaited, MYSQL),
    ("pymongo", 0): mongo,
    ("pymongo", 1): partial(awaited, mongo),
    ("motor", 0): partial(awaited, mongo),
    ("mongoengine", 0): mongoengine,
    ("cassandra-driver", 0): cassandra,
    ("cassandra-driver", 1): cassandra,
    ("clickhouse-driver", 0): clickhouse,
    ("clickhouse-driver", 2): clickhouse,
    ("elasticsearch", 0): elastic,
    ("neo4j", 0): neo4j,
    ("neo4j", 1): partial(awaited, neo4j),
    ("redis", 0): redis,
    ("redis", 1): redis,
    ("redis", 2): partial(awaited, redis),
    ("redis", 3): partial(awaited, redis),
}
# What knows of clusters or sentinels asks others first, and classes behind another name are the same.
LEFT_OUT = {"RedisCluster", "Sentinel", "ThreadedConnectionPool", "NullConnectionPool", "AsyncNullConnectionPool"}


def paths(model: Model) -> list[str]:
    """The functions of a table that are tried."""
    return [path for path in model["functions"] if not LEFT_OUT & set(path.split("."))]


def ends(opening: Opening) -> Callable[[Model], None]:
    """An experiment with the limit that a table speaks of."""

    def limit_ends_the_wait(model: Model) -> None:
        """A limit ends the wait for a server that never answers; without one it is as long as is said."""
        port = silent()
        default = model.get("default_timeout")
        name = model.get("timeout", "").partition("|")[0].rpartition("kw:")[2]
        for path in paths(model):
            if name:
                took = seconds(lambda path=path: opening(path, port, {name: LIMIT}))
                assert LIMIT - 0.5 < took < LIMIT + 1.5, f"{path} took {took:.1f} s"
        path = paths(model)[0]
        if default is None or default > 10:
            assert outlasts(lambda: opening(path, port, {}), PATIENCE), f"{path} ended"
        else:
            took = seconds(lambda: opening(path, port, {}))
            assert default - 0.5 < took < default + 2.5, f"{path} took {took:.1f} s"

    return limit_ends_the_wait


for (library, index), opening in OPENINGS.items():
    exercise(library, "database", index)(ends(opening))


@exercise("psycopg", "database", 0, 1)
def default_limit_of_psycopg(model: Model) -> None:
    """Without a limit the one that the library has is taken."""
    conninfo = resolve("psycopg.conninfo")
    assert conninfo.timeout_from_conninfo({}) == model["default_timeout"]


@exercise("pymongo", "database", 0, 1)
def default_limit_of_pymongo(model: Model) -> None:
    """Without a limit the one that the library has is taken; for answers there is none."""
    options = resolve(model["functions"][0])(HOST, silent()).options
    assert options.server_selection_timeout == model["default_timeout"]
    assert options.pool_options.socket_timeout is None


@exercise("motor", "database", 0)
def default_limit_of_motor(model: Model) -> None:
    """Without a limit the one of pymongo is taken."""
    options = resolve(model["functions"][0])(HOST, silent()).options
    assert options.server_selection_timeout == model["default_timeout"]


@exercise("mongoengine", "database", 0)
def default_limit_of_mongoengine(model: Model) -> None:
    """Without a limit the one of pymongo is taken."""
    client = resolve(model["functions"][0])("shop", host=HOST, port=silent())
    assert client.options.server_selection_timeout == model["default_timeout"]


@exercise("clickhouse-driver", "database", 0, 1)
def default_limit_of_clickhouse(model: Model) -> None:
    """Without a limit the one that the library has is taken, also with a URL."""
    path = model["functions"][0]
    made = resolve(path)(f"clickhouse://{HOST}:9/shop" if last(path) == "from_url" else HOST)
    assert made.connection.send_receive_timeout == model["default_timeout"]
    assert made.connection.hosts[0][0] == HOST


@exercise("neo4j", "database", 0, 1)
def default_limit_of_neo4j(model: Model) -> None:
    """Without a limit the one that the library has is taken."""
    driver = resolve(model["functions"][0])(f"bolt://{HOST}:{silent()}")
    assert driver._pool.workspace_config.connection_acquisition_timeout == model["default_timeout"]


# --- limits that do not bound it --------------------------------------------------------------------------------------

# Arguments that look like a limit, and end before the server greets.
VAIN: dict[tuple[str, int], tuple[Opening, str]] = {
    ("pymysql", 0): (MYSQL, "connect_timeout"),
    ("asyncmy", 0): (partial(awaited, MYSQL), "connect_timeout"),
    ("aiomysql", 0): (partial(awaited, MYSQL), "connect_timeout"),
    ("mysql-connector-python", 1): (partial(awaited, pool_of_mysql), "connection_timeout"),
    ("oracledb", 0): (oracle, "tcp_connect_timeout"),
    ("oracledb", 1): (partial(awaited, async_oracle), "tcp_connect_timeout"),
    ("clickhouse-driver", 0): (clickhouse, "connect_timeout"),
    ("neo4j", 0): (neo4j, "connection_timeout"),
}


def vain(opening: Opening, name: str) -> Callable[[Model], None]:
    """An experiment with an argument that is no limit for all of it."""

    def other_limit_does_not_end_the_wait(model: Model) -> None:
        """What is called like a limit does not end the wait for a server that accepts and never answers."""
        assert name not in model.get("timeout", "").replace("|", ":").split(":")
        port = silent()
        assert outlasts(lambda: opening(paths(model)[0], port, {name: 1}), PATIENCE)

    return other_limit_does_not_end_the_wait


for (library, index), (opening, name) in VAIN.items():
    exercise(library, "database", index)(vain(opening, name))


# --- names and addresses ----------------------------------------------------------------------------------------------


@exercise("sqlalchemy", "database", 0, 1)
def address_of_sqlalchemy(model: Model) -> None:
    """An engine is for the URL that it is given, as a text or as an object, and opens nothing."""
    create = resolve("sqlalchemy.engine.URL.create")
    driver = "postgresql+asyncpg" if model.get("mode") == "async" else "postgresql+psycopg2"
    make = resolve(model["functions"][0])
    url = create(driver, "ann", None, "db.example", None, "shop")
    for engine in (make(url), make(url=url), make(f"{driver}://ann@db.example/shop")):
        assert (engine.url.host, engine.url.database) == ("db.example", "shop")


@exercise("flask-sqlalchemy", "database", 0)
def address_of_flask_sqlalchemy(model: Model) -> None:
    """The settings of the application name the databases."""
    flask = resolve("flask")
    folder = tempfile.mkdtemp()
    app = flask.Flask("shop", instance_path=folder)
    main, others = model["variables"]
    app.config.update({main: "sqlite:///main.db", others: {"other": "sqlite:///other.db"}})
    db = resolve("flask_sqlalchemy").SQLAlchemy(app)
    with app.app_context():
        found = {key: engine.url.database.rpartition("/")[2] for key, engine in db.engines.items()}
    shutil.rmtree(folder)
    assert found == {None: "main.db", "other": "other.db"}


@exercise("django", "database", 0)
def address_of_django(model: Model) -> None:
    """A setting names the databases."""
    settings = resolve("django.conf").settings
    parts = {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop", "HOST": "db.example"}
    settings.configure(**{model["variables"][0]: {"default": parts}})
    resolve("django").setup()
    found = resolve("django.db").connection.settings_dict
    assert (found["NAME"], found["HOST"]) == ("shop", "db.example")


@exercise("peewee", "database", 0, 1, 2)
def address_of_peewee(model: Model) -> None:
    """A database has the name that is given first, and passes the rest on to the driver."""
    for path in model["functions"]:
        made = resolve(path)("shop", host="db.example")
        assert (made.database, made.connect_params["host"]) == ("shop", "db.example")
        assert made.is_closed()


@exercise("peewee", "database", 3)
def address_of_peewee_in_a_url(model: Model) -> None:
    """A URL says all."""
    made = resolve(model["functions"][0])("postgresql://ann@db.example/shop")
    assert (made.database, made.connect_params["host"]) == ("shop", "db.example")


@exercise("piccolo", "database", 0)
def address_of_piccolo(model: Model) -> None:
    """An engine is given a dict; what stands in it goes to asyncpg."""
    asyncpg = resolve("asyncpg")
    seen: list[dict[str, Any]] = []

    async def connect(**given: object) -> object:
        seen.append(given)
        raise ConnectionRefusedError

    asyncpg.connect = connect
    engine = resolve(model["functions"][0])(config={"host": "db.example", "database": "shop"})

    async def opened() -> None:
        async with engine.transaction():
            pass

    with contextlib.suppress(ConnectionRefusedError):
        asyncio.run(opened())
    assert {"host": "db.example", "database": "shop"}.items() <= seen[-1].items()


@exercise("databases", "database", 0)
@exercise("ormar", "database", 0)
@exercise("edgy", "database", 0)
@exercise("saffier", "database", 0)
def address_in_a_url(model: Model) -> None:
    """A URL says all, and nothing is opened before it is asked for."""
    for path in model["functions"]:
        made = resolve(path)("postgresql+asyncpg://ann@db.example/shop")
        url = getattr(made, "database", made).url if path.endswith("Registry") else getattr(made, "url", made)
        url = getattr(url, "_url", url)
        assert "db.example" in str(getattr(made, "_url", url)), path


@exercise("pony", "database", 0)
def address_of_pony(model: Model) -> None:
    """What `bind` is given goes to the driver."""
    psycopg2 = resolve("psycopg2")
    seen: list[dict[str, Any]] = []

    def connect(*_: object, **given: object) -> object:
        seen.append(given)
        raise psycopg2.OperationalError

    psycopg2.connect = connect
    for path in model["functions"]:
        try:
            if path.endswith(".bind"):
                resolve("pony.orm.Database")().bind("postgres", host="db.example", database="shop")
            else:
                resolve(path)("postgres", host="db.example", database="shop")
        except Exception:  # noqa: BLE001, S110  (it cannot connect)
            pass
        assert {"host": "db.example", "database": "shop"}.items() <= seen[-1].items()


@exercise("tortoise-orm", "database", 0)
def address_of_tortoise(model: Model) -> None:
    """A URL says all, by name or as the fourth argument."""
    tortoise = resolve("tortoise")
    names = list(inspect.signature(tortoise.Tortoise.init).parameters)
    assert model["url"] == f"kw:db_url|arg:{names.index('db_url')}"

    class Order(tortoise.Model):  # type: ignore[misc, name-defined]
        """Something that is stored."""

        id = tortoise.fields.IntField(primary_key=True)

    async def initialised() -> object:
        await tortoise.Tortoise.init(db_url="asyncpg://ann@db.example/shop", modules={"shop": [Order.__module__]})
        made = tortoise.connections.get("default")
        return made.host, made.database

    vars(sys.modules[Order.__module__])["Order"] = Order
    assert asyncio.run(initialised()) == ("db.example", "shop")


@exercise("pymongo", "database", 2)
@exercise("motor", "database", 1)
def database_of_a_client(model: Model) -> None:
    """A database has the name by which it is asked for, or that of the URL."""
    for path in model["functions"]:
        owner, _, name = path.rpartition("().")
        client = resolve(owner)(f"mongodb://{HOST}:{silent()}/named")
        assert getattr(client, name)("shop").name == "shop"
        assert client.get_database().name == client.get_default_database().name == "named"


@exercise("odmantic", "database", 0, 1)
def database_of_odmantic(model: Model) -> None:
    """A client and a name are given."""
    pymongo, motor = resolve("pymongo"), resolve("motor.motor_asyncio")
    client = motor.AsyncIOMotorClient if model.get("mode") == "async" else pymongo.MongoClient
    made = resolve(model["functions"][0])(client(HOST, silent()), "shop")
    assert made.database.name == "shop"


@exercise("google-cloud-bigquery", "database", 0)
def database_of_bigquery(model: Model) -> None:
    """A client is for the project that it is given."""
    made = resolve(model["functions"][0])("shop", credentials=resolve("google.auth.credentials.AnonymousCredentials")())
    assert made.project == "shop"


@exercise("duckdb", "database", 0)
@exercise("aiosqlite", "database", 0)
def file_of_a_database(model: Model) -> None:
    """The first argument is the file, also by its name."""
    folder = Path(tempfile.mkdtemp())
    name = model["name"].rpartition("kw:")[2]

    async def opened(made: Any) -> None:
        if model.get("mode") == "async":
            async with made as connection:
                await connection.execute("CREATE TABLE items (id INTEGER)")
        else:
            made.execute("CREATE TABLE items (id INTEGER)")
            made.close()

    try:
        connect = resolve(model["functions"][0])
        asyncio.run(opened(connect(str(folder / "first"))))
        asyncio.run(opened(connect(**{name: str(folder / "second")})))
        assert {"first", "second"} <= {file.name for file in folder.iterdir()}
    finally:
        shutil.rmtree(folder)
