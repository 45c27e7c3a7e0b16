"""Stored data: how tables and collections are called, and which declarations are none."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import sys
import types
from collections.abc import Callable
from typing import Any

from data_local import HOST, closed, resolve
from experiment import exercise

LOT = "data-1"
Model = dict[str, Any]

# How names are made from those of classes.
DEFAULT: dict[str, Callable[[str], str]] = {
    "class": lambda name: name,
    "lower": lambda name: name.lower(),
    "lowers": lambda name: name.lower() + "s",
    "snake": lambda name: "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_"),
    "app_lower": lambda name: f"shop_{name.lower()}",
}


def same(model: Model, unnamed: object, named: object, schema: object = None) -> None:
    """Check the name of `OrderItem` without one, of a class that names `items`, and the schema that one names."""
    default = model.get("default_name")
    assert unnamed == (DEFAULT[default]("OrderItem") if default else None), unnamed
    assert named == "items", named
    assert schema == ("store" if model.get("schema") else None), schema


@exercise("sqlalchemy", "table", 0)
def declared_with_sqlalchemy(model: Model) -> None:
    """Names and schemas are those that classes give, a class without one has no table or its parent's, a base none."""
    import sqlalchemy as sa
    from sqlalchemy import orm

    class Modern(orm.DeclarativeBase):
        """A base."""

    class Plain(orm.DeclarativeBaseNoMeta):
        """A base."""

    class Dataclass(orm.MappedAsDataclass, orm.DeclarativeBase):
        """A base."""

    registry = orm.registry()
    bases = [Modern, Plain, Dataclass, orm.declarative_base(), registry.generate_base()]
    assert len(bases) == len(model["bases"])

    def column() -> Any:
        return orm.mapped_column(sa.Integer, primary_key=True)

    for base in bases:
        parts = {"id": column(), "__annotations__": {}, "__tablename__": "items"}
        named = type("Named", (base,), {**parts, "__table_args__": (sa.Index("i", "id"), {"schema": "store"})})
        child = type("Child", (named,), {"__annotations__": {}})
        dicts = type("Dicts", (base,), {**parts, "id": column(), "__table_args__": {"schema": "other"}})
        abstract = type("Abstract", (base,), {"__abstract__": True, "__annotations__": {}})
        same(model, None, named.__table__.name, named.__table__.schema)
        assert dicts.__table__.schema == "other"
        assert child.__table__ is named.__table__
        assert not hasattr(abstract, "__table__")
        assert not hasattr(base, "__table__")
        try:
            type("Unnamed", (base,), {"id": column(), "__annotations__": {}})
        except sa.exc.InvalidRequestError:
            pass
        else:
            raise AssertionError("a class without a name has a table")
    given = sa.Table("given", registry.metadata, sa.Column("id", sa.Integer, primary_key=True), schema="store")
    table: Any = registry.mapped(type("Given", (), {"__table__": given}))
    assert (table.__table__.name, table.__table__.schema) == ("given", "store")
    for decorator in (registry.mapped, registry.mapped_as_dataclass):
        parts = {"id": column(), "__annotations__": {}, "__tablename__": f"by_{decorator.__name__}"}
        cls: Any = decorator(type("Decorated", (), parts))
        assert cls.__table__.name == f"by_{decorator.__name__}"


@exercise("sqlalchemy", "table", 1)
def found_by_sqlalchemy(model: Model) -> None:
    """Classes of `automap_base` are made for tables that are there."""
    import sqlalchemy as sa
    from sqlalchemy.ext.automap import automap_base

    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE items (id INTEGER PRIMARY KEY, price INTEGER)"))
    base = automap_base()
    items = type("Items", (base,), {"__tablename__": "items"})
    base.prepare(autoload_with=engine)
    assert set(items.__table__.columns.keys()) == {"id", "price"}
    assert model["unowned"]


@exercise("sqlalchemy", "table", 2)
def tables_of_sqlalchemy(model: Model) -> None:
    """A table has the name and schema that it is given; one with `autoload_with` is filled from the database."""
    import sqlalchemy as sa

    declared = sa.Table("items", sa.MetaData(), sa.Column("id", sa.Integer), schema="store")
    same(model, None, declared.name, declared.schema)
    assert sa.Table("items", sa.MetaData(schema="store")).schema == "store"
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE items (id INTEGER PRIMARY KEY, price INTEGER)"))
    assert set(sa.Table("items", sa.MetaData(), autoload_with=engine).columns.keys()) == {"id", "price"}


@exercise("sqlalchemy", "table", 3)
def light_tables_of_sqlalchemy(model: Model) -> None:
    """A light table has a name and belongs to no metadata, so that nothing creates it."""
    import sqlalchemy as sa

    light = sa.table("items", sa.column("id"), schema="store")
    same(model, None, light.name, light.schema)
    assert not hasattr(light, "metadata")
    assert model["unowned"]


@exercise("flask-sqlalchemy", "table", 0)
def declared_with_flask_sqlalchemy(model: Model) -> None:
    """Without a name a table is called after its class, in snake case."""
    import flask_sqlalchemy
    import sqlalchemy as sa

    db = flask_sqlalchemy.SQLAlchemy()

    class OrderItem(db.Model):  # type: ignore[misc, name-defined]
        id = sa.Column(sa.Integer, primary_key=True)

    class Named(db.Model):  # type: ignore[misc, name-defined]
        __tablename__ = "items"
        __table_args__ = {"schema": "store"}
        id = sa.Column(sa.Integer, primary_key=True)

    class Abstract(db.Model):  # type: ignore[misc, name-defined]
        __abstract__ = True

    class Child(OrderItem):
        pass

    same(model, OrderItem.__table__.name, Named.__table__.name, Named.__table__.schema)
    assert not hasattr(Abstract, "__table__")
    assert Child.__table__ is OrderItem.__table__


@exercise("sqlmodel", "table", 0)
def declared_with_sqlmodel(model: Model) -> None:
    """Only a class with `table=True` has a table, called after it in lower case."""
    import sqlmodel

    class OrderItem(sqlmodel.SQLModel, table=True):
        id: int = sqlmodel.Field(primary_key=True)

    class Named(sqlmodel.SQLModel, table=True):
        __tablename__ = "items"
        __table_args__ = {"schema": "store"}
        id: int = sqlmodel.Field(primary_key=True)

    class Plain(sqlmodel.SQLModel):
        id: int

    same(model, OrderItem.__table__.name, Named.__table__.name, Named.__table__.schema)
    assert not hasattr(Plain, "__table__")
    assert model["needs"]


@exercise("django", "table", 0)
def declared_with_django(model: Model) -> None:
    """Tables are called after the app and the class; abstract models have none, proxies their parent's."""
    from django.conf import settings
    from django.db import models

    settings.configure()
    importlib.import_module("django").setup()

    def declare(name: str, base: type = models.Model, tags: Any = None, **meta: object) -> Any:
        inner = type("Meta", (), {"app_label": "shop", **meta})
        return type(name, (base,), {"__module__": __name__, "Meta": inner, **({"tags": tags} if tags else {})})

    unnamed = declare("OrderItem", tags=models.ManyToManyField("self"))
    named = declare("Named", db_table="items")
    proxy = declare("Proxy", unnamed, proxy=True)
    abstract = declare("Abstract", abstract=True)
    child = declare("Child", abstract)
    unmanaged = declare("Unmanaged", managed=False)
    same(model, unnamed._meta.db_table, named._meta.db_table)
    assert unnamed.tags.through._meta.db_table == "shop_orderitem_tags"
    assert proxy._meta.db_table == unnamed._meta.db_table
    assert not hasattr(abstract, "objects")
    assert child._meta.db_table == "shop_child"
    assert not unmanaged._meta.managed


@exercise("peewee", "table", 0)
def declared_with_peewee(model: Model) -> None:
    """Tables are called after their classes in lower case, by default; schemas are inherited, names are not."""
    import peewee
    from playhouse import signals

    for base in (peewee.Model, signals.Model):
        unnamed = type("OrderItem", (base,), {})
        meta = type("Meta", (), {"table_name": "items", "schema": "store"})
        named = type("Named", (base,), {"Meta": meta})
        old = type("Old", (base,), {"Meta": type("Meta", (), {"db_table": "items"})})
        child = type("Child", (named,), {})
        snake = type("OrderItem", (base,), {"Meta": type("Meta", (), {"legacy_table_names": False})})
        same(model, unnamed._meta.table_name, named._meta.table_name, named._meta.schema)
        assert old._meta.table_name == "items"
        assert (child._meta.table_name, child._meta.schema) == ("child", "store")
        assert snake._meta.table_name == "order_item"


@exercise("tortoise-orm", "table", 0)
def declared_with_tortoise(model: Model) -> None:
    """Tables are called after their classes in lower case; abstract models have none."""
    import tortoise
    from tortoise import fields, models

    module = sys.modules["shop_models"] = types.ModuleType("shop_models")

    def declare(name: str, base: type = models.Model, **meta: object) -> Any:
        parts = {"__module__": "shop_models", "id": fields.IntField(primary_key=True), "Meta": type("Meta", (), meta)}
        setattr(module, name, type(name, (base,), parts))
        return getattr(module, name)

    unnamed = declare("OrderItem")
    named = declare("Named", table="items", schema="store")
    abstract = declare("Abstract", abstract=True)
    child = declare("Child", abstract)

    async def names() -> tuple[str, str, str, set[str]]:
        await tortoise.Tortoise.init(db_url="sqlite://:memory:", modules={"shop": ["shop_models"]})
        try:
            known = set(tortoise.Tortoise.apps["shop"])
            return unnamed._meta.db_table, named._meta.db_table, child._meta.db_table, known
        finally:
            await tortoise.Tortoise.close_connections()

    first, second, third, known = asyncio.run(names())
    same(model, first, second, named._meta.schema)
    assert third == "child"
    assert known == {"OrderItem", "Named", "Child"}


@exercise("pony", "table", 0)
def declared_with_pony(model: Model) -> None:
    """Tables are called as their classes, with sqlite; a pair is a schema and a name."""
    from pony import orm

    db = orm.Database()

    class OrderItem(db.Entity):  # type: ignore[misc, name-defined]
        pass

    class Child(OrderItem):
        pass

    class Named(db.Entity):  # type: ignore[misc, name-defined]
        _table_ = "items"

    class Both(db.Entity):  # type: ignore[misc, name-defined]
        _table_ = ("store", "items")

    db.bind("sqlite", ":memory:")
    db.generate_mapping(check_tables=False, create_tables=False)
    same(model, OrderItem._table_, Named._table_, Both._table_[0])
    assert Both._table_[1] == "items"
    assert Child._table_ == OrderItem._table_


@exercise("piccolo", "table", 0)
def declared_with_piccolo(model: Model) -> None:
    """Tables are called after their classes in snake case."""
    from piccolo.table import Table

    class OrderItem(Table):
        pass

    class Named(Table, tablename="items", schema="store"):
        pass

    same(model, OrderItem._meta.tablename, Named._meta.tablename, Named._meta.schema)


@exercise("piccolo", "table", 1, 2, 3, 4)
def changed_with_piccolo(model: Model) -> None:
    """A migration names tables where it is said."""
    from piccolo.apps.migrations.auto.migration_manager import MigrationManager

    for path in model["calls"]:
        manager = MigrationManager(migration_id="1", app_name="shop", description="")
        method = getattr(manager, path.rpartition(".")[2])
        names = list(inspect.signature(method).parameters)
        position, name = model["name"].removeprefix("arg:").replace("kw:", "").split("|")
        assert names[int(position)] == name, names
        assert "schema" in " ".join(names)


@exercise("ormar", "table", 0)
def declared_with_ormar(model: Model) -> None:
    """Tables are called after their classes in lower case with an s; abstract models have none."""
    import ormar
    import sqlalchemy

    database = ormar.DatabaseConnection("sqlite+aiosqlite:///:memory:")
    base = ormar.OrmarConfig(metadata=sqlalchemy.MetaData(), database=database)

    class OrderItem(ormar.Model):
        ormar_config = base.copy()
        id: int = ormar.Integer(primary_key=True)

    class Named(ormar.Model):
        ormar_config = base.copy(tablename="items", schema="store")
        id: int = ormar.Integer(primary_key=True)

    class Direct(ormar.Model):
        ormar_config = ormar.OrmarConfig(metadata=base.metadata, database=database, tablename="direct")
        id: int = ormar.Integer(primary_key=True)

    class Abstract(ormar.Model):
        ormar_config = base.copy(abstract=True)
        id: int = ormar.Integer(primary_key=True)

    same(model, OrderItem.ormar_config.tablename, Named.ormar_config.tablename, Named.ormar_config.schema)
    assert Direct.ormar_config.tablename == "direct"
    assert Abstract.ormar_config.tablename is None
    assert set(base.metadata.tables) == {"orderitems", "store.items", "direct"}


@exercise("edgy", "table", 0, 1)
def declared_with_edgy(model: Model) -> None:
    """Tables are called after their classes in lower case with an s; abstract models are not registered."""
    import edgy

    registry = edgy.Registry(edgy.Database("sqlite+aiosqlite:///:memory:"))
    base = resolve(model["bases"][0])

    def declare(name: str, **meta: object) -> Any:
        return type(name, (base,), {"Meta": type("Meta", (), {"registry": registry, **meta}), "__module__": __name__})

    unnamed, named = declare("OrderItem"), declare("Named", tablename="items")
    declare("Abstract", abstract=True)
    same(model, unnamed.meta.tablename, named.meta.tablename)
    owned, found = set(registry.models), set(registry.reflected)
    assert (found if model.get("unowned") else owned) == {"OrderItem", "Named"}
    assert not (owned if model.get("unowned") else found)


@exercise("saffier", "table", 0, 1)
def declared_with_saffier(model: Model) -> None:
    """Tables are called after their classes in lower case with an s; abstract models are not registered."""
    import saffier

    registry = saffier.Registry(saffier.Database("sqlite+aiosqlite:///:memory:"))
    base = resolve(model["bases"][0])

    def declare(name: str, **meta: object) -> Any:
        parts = {"id": saffier.IntegerField(primary_key=True), "__module__": __name__}
        return type(name, (base,), {**parts, "Meta": type("Meta", (), {"registry": registry, **meta})})

    unnamed, named = declare("OrderItem"), declare("Named", tablename="items")
    declare("Abstract", abstract=True)
    same(model, unnamed.meta.tablename, named.meta.tablename)
    owned, found = set(registry.models), set(registry.reflected)
    assert (found if model.get("unowned") else owned) == {"OrderItem", "Named"}
    assert not (owned if model.get("unowned") else found)


@exercise("mongoengine", "table", 0)
def declared_with_mongoengine(model: Model) -> None:
    """Collections are called after their classes in snake case; those that inherit share the topmost one's."""
    import mongoengine

    for base in (mongoengine.Document, mongoengine.DynamicDocument):
        unnamed = type("OrderItem", (base,), {"meta": {"allow_inheritance": True}})
        named = type("Named", (base,), {"meta": {"collection": "items"}})
        abstract = type("Abstract", (base,), {"meta": {"abstract": True}})
        child = type("Child", (unnamed,), {})
        same(model, unnamed._get_collection_name(), named._get_collection_name())
        assert abstract._meta["abstract"]
        assert "collection" not in abstract._meta
        assert child._get_collection_name() == "order_item"
        assert type("HTTPLog", (base,), {})._get_collection_name() == "h_t_t_p_log"


@exercise("beanie", "table", 0)
async def declared_with_beanie(model: Model) -> None:
    """Collections are called as their classes, for documents, unions and views."""
    import beanie
    import pymongo
    from beanie.odm.utils.init import Initializer

    database = pymongo.AsyncMongoClient(HOST, closed()).shop

    async def name(base: type, **settings: object) -> str:
        inner = type("Settings", (), {"__qualname__": "OrderItem.Settings", **settings})
        parts = {"__module__": __name__, "__qualname__": "OrderItem", "Settings": inner}
        cls: Any = types.new_class("OrderItem", (base,), exec_body=lambda space: space.update(parts))
        made = Initializer(database=database, document_models=[cls])
        made.init_settings(cls)
        if issubclass(cls, beanie.Document):
            await made.init_document_collection(cls)
        elif issubclass(cls, beanie.View):
            made.init_view_collection(cls)
        else:
            await made.init_union_doc(cls)
        return str(cls.get_settings().name)

    for base in (beanie.Document, beanie.View, beanie.UnionDoc):
        given = {"source": "orders", "pipeline": []} if base is beanie.View else {}
        same(model, await name(base, **given), await name(base, name="items", **given))


@exercise("odmantic", "table", 0)
def declared_with_odmantic(model: Model) -> None:
    """Collections are called after their classes in snake case."""
    import odmantic

    class OrderItem(odmantic.Model):
        price: int

    class Named(odmantic.Model):
        price: int
        model_config = {"collection": "items"}

    same(model, +OrderItem, +Named)


@exercise("umongo", "table", 0)
def declared_with_umongo(model: Model) -> None:
    """Collections are called after their classes in snake case; abstract documents have none."""
    from umongo import Document
    from umongo.frameworks import PyMongoInstance

    instance = PyMongoInstance()

    def declare(name: str, base: type = Document, **meta: object) -> Any:
        return instance.register(type(name, (base,), {"Meta": type("Meta", (), meta)}))

    unnamed = declare("OrderItem", allow_inheritance=True)
    same(model, unnamed.opts.collection_name, declare("Named", collection_name="items").opts.collection_name)
    assert declare("Abstract", abstract=True).opts.collection_name is None
    assert declare("Child", unnamed).opts.collection_name == "order_item"


@exercise("pynamodb", "table", 0)
def declared_with_pynamodb(model: Model) -> None:
    """A model without a name for its table cannot be used."""
    from pynamodb.attributes import UnicodeAttribute
    from pynamodb.models import Model as Stored

    class OrderItem(Stored):
        number = UnicodeAttribute(hash_key=True)

    class Named(Stored):
        number = UnicodeAttribute(hash_key=True)

        class Meta:
            table_name = "items"

    same(model, None, Named._get_connection().table_name)
    try:
        OrderItem.get("1")
    except AttributeError:
        return
    raise AssertionError("a model without a name can be used")
