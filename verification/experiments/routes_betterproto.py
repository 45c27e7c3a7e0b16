"""Services that betterproto generates: a method of a subclass is called over a local connection."""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path
from typing import Any

from experiment import exercise
from routes_common import resolve

LOT = "routes-3"

PROTO = """
syntax = "proto3";
package shop.v1;
message Req { int32 id = 1; }
message Res { string name = 1; }
service Orders { rpc GetOrder(Req) returns (Res); }
"""


def generated(folder: str) -> Any:
    """The module that is generated of a service."""
    from grpc_tools import protoc

    file = Path(folder, "shop.proto")
    file.write_text(PROTO, "utf-8")
    plugin = Path(sys.executable).with_name("protoc-gen-python_betterproto")
    said = [f"-I{folder}", f"--plugin={plugin}", f"--python_betterproto_out={folder}", str(file)]
    assert protoc.main(["protoc", *said]) == 0
    sys.path.insert(0, folder)
    return importlib.import_module("shop.v1")


@exercise("betterproto", "entry", 0)
async def servicers(model: dict[str, Any]) -> None:
    """The generated service derives from the base, and its methods are called by their names in snake case."""
    import grpclib.client
    import grpclib.server

    with tempfile.TemporaryDirectory() as folder:
        shop = generated(folder)
        assert issubclass(shop.OrdersBase, resolve(model["bases"][0], {}))

        class Servicer(shop.OrdersBase):  # type: ignore[misc, name-defined]
            async def get_order(self, req: Any) -> Any:
                return shop.Res(name=f"order {req.id}")

        server = grpclib.server.Server([Servicer()])
        await server.start(path=f"{folder}/tried")
        channel = grpclib.client.Channel(path=f"{folder}/tried")
        assert model["default_path"].replace("{name}", "get_order") in vars(Servicer)
        assert (await shop.OrdersStub(channel).get_order(shop.Req(id=7), timeout=5)).name == "order 7"
        channel.close()
        server.close()
        await server.wait_closed()
