"""Settings of libraries: what their readers return for what is set, and for what is not."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import logging
import os
import pathlib
import tempfile
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlparse

from experiment import exercise
from guards_settings_read import NAME, URL, Model, Reader, called, put_variable, reads, ways

LOT = "guards-1"

PREFIXED = "http://prefixed:8000"


def put_both() -> None:
    """The setting, and the one that has a prefix before its name."""
    put_variable(NAME, URL)
    put_variable(f"SHOP_{NAME}", PREFIXED)


@exercise("python-decouple", "settings")
def decouple(model: Model) -> None:
    """Variables of the environment, and defaults."""
    from decouple import AutoConfig, Config, RepositoryEmpty, config

    made = Config(RepositoryEmpty())
    readers = {
        "decouple.config": Reader(config),
        "decouple.AutoConfig()": Reader(AutoConfig()),
        "decouple.Config()": Reader(made),
        "decouple.Config().get": Reader(made.get),
    }
    reads(model, readers, put_variable)


# What the methods of environs make of a text.
ENVIRONS: dict[str, tuple[str, Any]] = {
    "bool": ("true", True),
    "date": ("2026-01-02", dt.date(2026, 1, 2)),
    "datetime": ("2026-01-02T03:04:05", dt.datetime(2026, 1, 2, 3, 4, 5)),  # noqa: DTZ001
    "decimal": ("0.5", decimal.Decimal("0.5")),
    "dict": ("a=b", {"a": "b"}),
    "float": ("0.5", 0.5),
    "int": ("3", 3),
    "json": ('{"a": 1}', {"a": 1}),
    "list": ("a,b", ["a", "b"]),
    "log_level": ("INFO", logging.INFO),
    "path": ("/shop", pathlib.Path("/shop")),
    "str": (URL, URL),
    "time": ("03:04:05", dt.time(3, 4, 5)),
    "timedelta": ("3", dt.timedelta(seconds=3)),
    "url": ("http://orders.shop:8000/", urlparse("http://orders.shop:8000/")),
    "uuid": ("12345678123456781234567812345678", uuid.UUID("12345678123456781234567812345678")),
}


class Colour(enum.Enum):
    """Something that a setting may be."""

    RED = 1


@exercise("environs", "settings")
def environs(model: Model) -> None:
    """Each method reads the environment; `prefix` goes before the names. Its URLs for Django need other packages."""
    from environs import Env

    env = Env()
    path = "environs.Env()"
    foreign = {f"{path}.{name}" for name in ("dj_cache_url", "dj_db_url", "dj_email_url")}
    readers = {
        path: Reader(env),
        f"{path}.enum": Reader(lambda name, *default, **named: env.enum(name, *default, enum=Colour, **named), "RED"),
        **{f"{path}.{name}": Reader(getattr(env, name), text, value) for name, (text, value) in ENVIRONS.items()},
    }
    readers[f"{path}.enum"] = Reader(readers[f"{path}.enum"].read, "RED", Colour.RED, default=Colour.RED)
    assert foreign < set(model["functions"])
    reads({**model, "functions": set(model["functions"]) - foreign}, readers, put_variable)
    put_both()
    for said in ways(model["prefix"].removeprefix("ctor."), "SHOP_"):
        assert called(Env, (), said).str(NAME) == PREFIXED


DJANGO_ENVIRON: dict[str, tuple[str, Any]] = {
    "bool": ("on", True),
    "bytes": (URL, URL.encode()),
    "float": ("0.5", 0.5),
    "int": ("3", 3),
    "json": ('{"a": 1}', {"a": 1}),
    "str": (URL, URL),
    "dict": ("a=b", {"a": "b"}),
    "get_value": (URL, URL),
    "list": ("a,b", ["a", "b"]),
    "tuple": ("(a,b)", ("a", "b")),
}
# Those that take URLs apart: what they are given, and a part of what that becomes.
DJANGO_URLS: dict[str, tuple[str, str]] = {
    "cache": ("locmemcache://", "LocMemCache"),
    "channels": ("redis://orders:6379", "orders"),
    "db": ("postgres://user:word@orders/shop", "shop"),
    "email": ("smtp://user:word@orders:25", "orders"),
    "search": ("simple://", "simple"),
    "url": (URL, "orders.shop:8000"),
}


@exercise("django-environ", "settings", 0, 1)
def django_environ(model: Model) -> None:
    """Each method reads the environment, and gives back its default."""
    import environ

    env = environ.Env()
    path = "environ.Env()"
    readers = {path: Reader(env), f"{path}.path": Reader(lambda *args, **named: str(env.path(*args, **named)), "/shop")}
    readers[f"{path}.path"] = Reader(readers[f"{path}.path"].read, "/shop", "/shop", default="/shop")
    for name, (text, value) in DJANGO_ENVIRON.items():
        default = value if name == "bytes" else URL
        readers[f"{path}.{name}"] = Reader(getattr(env, name), text, value, default=default)
    urls = [name for name in model["functions"] if name.rpartition(".")[2].removesuffix("_url") in DJANGO_URLS]
    own = [name for name in model["functions"] if name not in urls]
    reads({**model, "functions": own}, {name: readers[name] for name in own}, put_variable)
    for url in urls:
        name = url.rpartition(".")[2]
        text, part = DJANGO_URLS[name.removesuffix("_url")]
        os.environ[NAME] = text
        for said in ways(model["name"], NAME):
            assert part in str(called(getattr(env, name), (), said)), url
        for said in ways(model["default"], text):
            assert part in str(called(getattr(env, name), ("USERS_URL",), said)), url


@exercise("python-dotenv", "settings", 0, 1)
def dotenv(model: Model) -> None:
    """What is in the file, whatever the environment says."""
    from dotenv import dotenv_values, get_key

    put_variable(NAME, "http://elsewhere")
    assert not model["environment"]
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, ".env")
        file.write_text(f"{NAME}={URL}\n", "utf-8")
        readers = {
            "dotenv.dotenv_values().get": Reader(dotenv_values(file).get),
            "dotenv.get_key": Reader(get_key, before=(str(file),)),
        }
        own = {path: reader for path, reader in readers.items() if path in model["functions"]}
        # It is a plain dict, which names no arguments.
        reads({**model, "default": model.get("default", "").removesuffix("|kw:default")}, own, lambda *_: None)
        assert dotenv_values(file)[NAME] == URL


@exercise("dynaconf", "settings")
def dynaconf(model: Model) -> None:
    """Variables with the prefix, as attributes, by key and by call; `envvar_prefix` is another one."""
    from dynaconf import Dynaconf, LazySettings

    assert model["prefix"] == "const:DYNACONF_"

    def put(name: str, text: str) -> None:
        put_variable(f"DYNACONF_{name}", text)

    put(NAME, URL)
    # The settings of the module are found beside the program.
    for settings in (Dynaconf(), LazySettings(environments=True, lowercase_read=False)):
        own = {path: Reader(settings.get if path.endswith(".get") else settings) for path in model["functions"]}
        reads(model, own, put)
        assert getattr(settings, NAME) == settings[NAME] == URL
    put_variable(f"SHOP_{NAME}", PREFIXED)
    assert getattr(Dynaconf(envvar_prefix="SHOP"), NAME) == PREFIXED


@exercise("starlette", "settings", 0)
def starlette_config(model: Model) -> None:
    """Variables of the environment, and defaults; `env_prefix` goes before the names."""
    from starlette.config import Config

    config = Config()
    path = "starlette.config.Config()"
    reads(
        model,
        {path: Reader(config), f"{path}.get": Reader(config.get)},
        lambda name, text: os.environ.update({name: text}),
    )
    put_both()
    for place in model["prefix"].split("|"):
        for said in ways(place.removeprefix("ctor."), "SHOP_"):
            before = (None, os.environ) if 2 in said else ()
            assert called(Config, before, said)(NAME) == PREFIXED


@exercise("starlette", "settings", 1)
def starlette_environ(model: Model) -> None:
    """Variables of the environment."""
    from starlette.config import environ

    assert model["mappings"] == ["starlette.config.environ"]
    put_both()
    assert environ[NAME] == URL


@exercise("flask", "settings")
def flask_config(model: Model) -> None:
    """What the program has put there, and defaults, whatever the environment says."""
    import flask

    put_variable(NAME, "http://elsewhere")
    assert not model["environment"]
    app = flask.Flask("shop")
    with app.app_context():
        configs: Mapping[str, Any] = {
            "flask.Flask().config": app.config,
            "flask.current_app.config": flask.current_app.config,
        }
        assert set(model["mappings"]) == set(configs)

        def put(name: str, text: str) -> None:
            app.config[name] = text

        reads(model, {f"{path}.get": Reader(config.get) for path, config in configs.items()}, put)
        assert all(config[NAME] == URL for config in configs.values())


@exercise("django", "settings")
def django_settings(model: Model) -> None:
    """What the program has put there, whatever the environment says."""
    from django.conf import settings

    put_variable(NAME, "http://elsewhere")
    settings.configure(**{NAME: URL})
    assert model["objects"] == ["django.conf.settings"]
    assert getattr(settings, NAME) == URL
    assert not model["environment"]


@exercise("pydantic-settings", "settings")
def pydantic_settings(model: Model) -> None:
    """Variables of the environment in any case, and defaults; each way to say a prefix that goes before the names."""
    from pydantic import Field
    from pydantic_settings import BaseSettings, SettingsConfigDict

    class Plain(BaseSettings):
        orders_url: str = "none"
        ORDERS_URL: str = "none"
        users_url: str = "none"

    class Called(BaseSettings):
        model_config = SettingsConfigDict(env_prefix="SHOP_")
        orders_url: str = "none"
        other: str = Field("none", validation_alias=NAME)

    class Literal(BaseSettings):
        model_config = {"env_prefix": "SHOP_"}
        orders_url: str = "none"

    class Inner(BaseSettings):
        class Config:
            env_prefix = "SHOP_"

        orders_url: str = "none"

    class Keyword(BaseSettings, env_prefix="SHOP_"):
        orders_url: str = "none"

    put_both()
    assert Plain().orders_url == Plain().ORDERS_URL == URL
    assert Plain().users_url == "none"
    said = {
        "class.attr:model_config.kw:env_prefix": Called,
        "class.attr:model_config.key:env_prefix": Literal,
        "class.attr:Config.attr:env_prefix": Inner,
        "class.kw:env_prefix": Keyword,
    }
    assert set(model["prefix"].split("|")) == set(said)
    for place, cls in said.items():
        assert cls().orders_url == PREFIXED, place
    assert Called().other == URL


@exercise("pydantic", "settings", 1)
def pydantic_v1_inside(model: Model) -> None:
    """The settings of version 1 inside of version 2."""
    from pydantic.v1 import BaseSettings, Field

    class Inner(BaseSettings):
        class Config:
            env_prefix = "SHOP_"

        orders_url: str = "none"
        users_url: str = "none"
        other: str = Field("none", env=NAME)

    class Keyword(BaseSettings, env_prefix="SHOP_"):
        orders_url: str = "none"

    put_both()
    said = {"class.attr:Config.attr:env_prefix": Inner, "class.kw:env_prefix": Keyword}
    assert set(model["prefix"].split("|")) == set(said)
    for place, cls in said.items():
        assert cls().orders_url == PREFIXED, place
    assert Inner().users_url == "none"
    assert Inner().other == URL
    assert model["bases"] == ["pydantic.v1.BaseSettings"]
