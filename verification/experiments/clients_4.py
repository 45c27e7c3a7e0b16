"""Clients that need releases of their own: betterproto and Nameko."""

from __future__ import annotations

import asyncio
from typing import Any

from clients_generated import module, says_its_route, written
from clients_peers import Call, Model, Peer, Trial, Words, begun, failure, gone, resolve, trials
from experiment import exercise

LOT = "clients-4"

OPTIONS = {"python_betterproto2": ("python_betterproto2_opt=client_generation=async",)}


def in_loop(call: Any) -> Call:
    """A coroutine function as a call."""

    def run(model: Model, peer: Peer, made: Words, given: Words) -> object:
        return asyncio.run(call(model, peer, made, given))

    return run


_FOLDERS: dict[str, object] = {}


def stub_call(plugin: str) -> Call:
    """A call of a generated stub, which is a subclass of the class that the table is about."""

    async def call(model: Model, peer: Peer, made: Words, given: Words) -> object:
        if plugin not in _FOLDERS:
            _FOLDERS[plugin] = written(plugin, package=True, options=OPTIONS.get(plugin, ()))
        shop = module("generated.shop.v1")
        assert issubclass(shop.OrderServiceStub, resolve(model["bases"][0]))
        channel = resolve("grpclib.client.Channel")("127.0.0.1", peer.port)
        return await shop.OrderServiceStub(channel, **made).get_order(shop.GetOrderRequest(order_id=1), **given)

    return in_loop(call)


trials(
    {
        ("betterproto", 0): Trial(stub_call("python_betterproto"), counted=False),
        ("betterproto2", 0): Trial(stub_call("python_betterproto2"), counted=False),
    }
)


@exercise("betterproto", "client", 0)
def route_of_betterproto_is_where_said(model: Model) -> None:
    """The method of a stub says its route where the table says."""
    _route(model, "python_betterproto")


@exercise("betterproto2", "client", 0)
def route_of_betterproto2_is_where_said(model: Model) -> None:
    """The method of a stub says its route where the table says."""
    _route(model, "python_betterproto2")


def _route(model: Model, plugin: str) -> None:
    code = written(plugin, package=True, options=OPTIONS.get(plugin, ())) / "generated" / "shop" / "v1" / "__init__.py"
    says_its_route(model, code, "/shop.v1.OrderService/GetOrder")


@exercise("nameko", "client", 5, 6)
def broker_that_is_gone_fails_as_said(model: Model) -> None:
    """A proxy outside of a service fails as said where there is no broker."""
    cls = resolve(model["classes"][0])
    config = {"AMQP_URI": f"amqp://guest:guest@127.0.0.1:{gone().port}//"}

    def call() -> object:
        words = ["orders"] if "base_url" in model else []
        with cls(*words, config, timeout=5) as proxy:
            return proxy.orders.get_order(1)

    error = failure(begun(call), 10)
    assert any(isinstance(error, resolve(path)) for path in model["errors"]["connection"])
