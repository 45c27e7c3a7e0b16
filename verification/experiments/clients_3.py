"""Clients that need other releases than the rest: boto3 before 1.44, what is built on gevent, generated code."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from clients_generated import OPENAPI, module, says_its_route
from clients_peers import (
    Call,
    Model,
    Peer,
    Trial,
    Words,
    begun,
    fails_as_said,
    failure,
    gone,
    resolve,
    silent,
    trials,
    witness,
)
from experiment import exercise

LOT = "clients-3"

ACCOUNT = {"region_name": "eu-west-1", "aws_access_key_id": "a", "aws_secret_access_key": "b"}


def boto_call(model: Model, peer: Peer, made: Words, _given: Words) -> object:
    """A call of a service of AWS."""
    service = "lambda" if "values" in model["where"] else "ses"
    client = resolve("boto3.client")(service, endpoint_url=peer.url, **ACCOUNT, **made)
    return client.invoke(FunctionName="orders") if service == "lambda" else client.get_send_quota()


def maker(model: Model) -> Any:
    """What makes clients that are awaited."""
    cls = model["classes"][0]
    owner = resolve(cls.split("()")[0])()
    return getattr(owner, cls.rpartition(".")[2])


async def aioboto_call(model: Model, peer: Peer, made: Words, _given: Words) -> object:
    """A call of a service of AWS, awaited."""
    service = "lambda" if "values" in model["where"] else "ses"
    async with maker(model)(service, endpoint_url=peer.url, **ACCOUNT, **made) as client:
        return await (client.invoke(FunctionName="orders") if service == "lambda" else client.get_send_quota())


def in_loop(call: Any) -> Call:
    """A coroutine function as a call."""

    def run(model: Model, peer: Peer, made: Words, given: Words) -> object:
        return asyncio.run(call(model, peer, made, given))

    return run


def limit() -> object:
    """A limit of a second, without retries."""
    return resolve("botocore.config.Config")(read_timeout=1, retries={"total_max_attempts": 1})


def default() -> float:
    """What clients have where nothing is said."""
    return float(resolve("boto3.client")("ses", **ACCOUNT).meta.config.read_timeout)


async def aio_default(model: Model) -> float:
    """The same of clients that are awaited."""
    async with maker(model)("ses", **ACCOUNT) as client:
        return float(client.meta.config.read_timeout)


trials(
    {
        ("boto3", 1): Trial(boto_call, client_limit=limit, default=default, slack=25),
        ("boto3", 3): Trial(boto_call, client_limit=limit, default=default, slack=25),
        ("aioboto3", 0): Trial(in_loop(aioboto_call), client_limit=limit, slack=25),
        ("aioboto3", 1): Trial(in_loop(aioboto_call), client_limit=limit, slack=25),
        ("aiobotocore", 0): Trial(in_loop(aioboto_call), client_limit=limit, slack=25),
        ("aiobotocore", 1): Trial(in_loop(aioboto_call), client_limit=limit, slack=25),
    }
)


@exercise("aioboto3", "client", 0, 1)
async def default_of_aioboto3(model: Model) -> None:
    """A client has the default that is said."""
    assert await aio_default(model) == model["default_timeout"]


@exercise("aiobotocore", "client", 0, 1)
async def default_of_aiobotocore(model: Model) -> None:
    """A client has the default that is said."""
    assert await aio_default(model) == model["default_timeout"]


# --- gevent -----------------------------------------------------------------------------------------------------------


# Runs by itself, as importing grequests replaces sockets.
GREQUESTS = """
import json, sys, time
import grequests
name, words, url, refused, waiting = json.loads(sys.argv[1])
def get(url, **limit):
    return getattr(grequests, name)(*words, url, **limit)
def seconds(limit, **all):
    started = time.monotonic()
    assert grequests.map([get(waiting, **limit)], **all) == [None]
    return time.monotonic() - started
answers = grequests.map([get(url), get(refused)])
times = [seconds({"timeout": 1}), seconds({}, gtimeout=1), seconds({}, gtimeout=4)] if name == "get" else []
print(json.dumps([[answer and answer.status_code for answer in answers], times]))
"""


@exercise("grequests", "client", 0)
def failed_requests_are_none(model: Model) -> None:
    """A list of requests is sent as each says; one that fails is `None`; both limits end the wait."""
    waiting = silent()
    for carrier in model["carriers"]:
        peer = witness()
        words = ["PUT"] if carrier["verb"].startswith("arg") else []
        name = carrier["name"].rpartition(".")[2]
        asked = json.dumps([name, words, f"{peer.url}/orders/1", gone().url, waiting.url])
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", GREQUESTS, asked], capture_output=True, text=True, check=True
        )
        statuses, times = json.loads(done.stdout)
        assert statuses == [200, None]
        assert [round(seconds) for seconds in times] in ([], [1, 1, 4])
        assert peer.asked == [(words[0] if words else carrier["verb"].removeprefix("const:"), "/orders/1")]


def zerorpc_call(_model: Model, peer: Peer, made: Words, given: Words) -> object:
    """A call by name."""
    client = resolve("zerorpc.Client")(f"tcp://{peer.netloc}", **made)
    return client.get_order(1, **given)


@exercise("zerorpc", "client", 0)
def silence_is_ended_as_said(model: Model) -> None:
    """A limit ends a call, in it or in the constructor; a server that is not there is lost after two heartbeats."""
    errors = []
    for peer, made, given in (
        (silent(), {"timeout": 1}, {}),
        (silent(), {}, {"timeout": 1}),
        (gone(), {"heartbeat": 1}, {}),
    ):
        try:
            zerorpc_call(model, peer, made, given)
        except Exception as error:  # noqa: BLE001
            errors.append(error)
    fails_as_said(model, errors[2:], errors[:2])


# --- Pyro 4 -----------------------------------------------------------------------------------------------------------


def pyro_call(model: Model, peer: Peer, _made: Words, given: Words) -> object:
    """A call of a proxy, or of all that was noted."""
    proxy = resolve("Pyro4.Proxy")(f"PYRO:orders@{peer.netloc}")
    if given:
        proxy._pyroTimeout = 1
    if model["methods"] == ["*"]:
        return proxy.get_order(1)
    batch = resolve(model["classes"][0])(proxy)
    batch.get_order(1)
    return list(batch())


@exercise("pyro4", "client", 0, 1)
def proxy_waits_and_fails_as_said(model: Model) -> None:
    """A call waits until the proxy has a limit, and fails as said."""
    unlimited = begun(partial(pyro_call, model, silent(), {}, {}))
    late = failure(begun(partial(pyro_call, model, silent(), {}, {"limit": 1})), 8)
    refused = failure(begun(partial(pyro_call, model, gone(), {}, {})), 5)
    time.sleep(2)
    assert not unlimited.done()
    fails_as_said(model, [refused], [late])


# --- generated code ---------------------------------------------------------------------------------------------------


def generated() -> Path:
    """A generated package, which can be imported."""
    folder = Path(tempfile.mkdtemp())
    (folder / "openapi.yaml").write_text(OPENAPI, "utf-8")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
    command += ["--path", str(folder / "openapi.yaml"), "--output-path", str(folder / "shop_client")]
    subprocess.run(command, check=True, capture_output=True)
    sys.path.insert(0, str(folder))
    return folder / "shop_client"


@exercise("openapi-python-client", "client", 0, 1)
def generated_code_waits_and_fails_as_said(model: Model) -> None:
    """Generated functions wait until their client has a limit, fail as said, and ask for the route that is in them."""
    code = generated()
    operation, client = module("shop_client.api.orders.get_order"), module("shop_client.client").Client
    carrier = model["carriers"][0]
    limited = {carrier["timeout"].removeprefix("kw:"): resolve(model["timeout_types"][0]["name"])(1)}

    def call(name: str, peer: Peer, **made: Any) -> object:
        result = getattr(operation, name)(1, **{model["url"].removeprefix("kw:"): client(peer.url, **made)})
        return asyncio.run(result) if asyncio.iscoroutine(result) else result

    says_its_route(model, code / "api" / "orders" / "get_order.py", "/orders/{order_id}", "get")
    for name in [path.rpartition(".")[2] for path in model["functions"]]:
        peer, waiting = witness(), silent()
        if not hasattr(operation, name):
            # Where an answer has no schema there is only the detailed one.
            assert name in ("sync", "asyncio")
            continue
        call(name, peer)
        assert peer.asked == [("GET", "/orders/1")]
        refused = failure(begun(partial(call, name, gone())), 5)
        unlimited = begun(partial(call, name, waiting))
        late = failure(begun(partial(call, name, waiting, **limited)), 4)
        time.sleep(5)
        assert not unlimited.done()
        fails_as_said(model, [refused], [late])
