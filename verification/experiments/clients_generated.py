"""What experiments with generated clients share: a small API, the tools that write clients of it, and their code."""

from __future__ import annotations

import ast
import importlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from clients_peers import Model

PROTO = """syntax = "proto3";
package shop.v1;
message GetOrderRequest { int64 order_id = 1; }
message Order { int64 order_id = 1; }
service OrderService { rpc GetOrder(GetOrderRequest) returns (Order); }
"""

OPENAPI = """openapi: 3.0.3
info: {title: Shop API, version: "1"}
paths:
  /orders/{order_id}:
    get:
      tags: [orders]
      operationId: getOrder
      parameters: [{name: order_id, in: path, required: true, schema: {type: integer}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
"""


def written(*plugins: str, package: bool = False, options: Sequence[str] = ()) -> Path:
    """A folder, from which modules are imported, with what plugins of protoc write.

    Args:
        plugins: Their names, without `protoc-gen-`.
        package: The modules belong to a package `generated`.
        options: Further options of protoc, without dashes.
    """
    folder = Path(tempfile.mkdtemp())
    (folder / "orders.proto").write_text(PROTO, "utf-8")
    target = folder / "generated" if package else folder
    target.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{folder}", "orders.proto"]
    command += [f"--{plugin}_out={target}" for plugin in plugins]
    command += [f"--{option}" for option in options]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    subprocess.run(command, check=True, env={**os.environ, "PATH": path}, capture_output=True)
    sys.path.insert(0, str(folder))
    return folder


def module(name: str) -> Any:
    """A generated module."""
    return importlib.import_module(name)


def says_its_route(model: Model, file: Path, path: str, verb: str | None = None) -> None:
    """Check that generated code says a route where a table says that it does."""
    said = list(_routes(model["generated"], ast.parse(file.read_text("utf-8"))))
    assert (path, verb) in said, f"{said} in {file.name}"


def _routes(generated: Model, tree: ast.AST) -> Iterator[tuple[str | None, str | None]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and generated.get("calls"):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in generated["calls"]:
                yield _at(node, generated["path"]), _at(node, generated.get("verb", ""))
        elif isinstance(node, ast.Dict) and not generated.get("calls"):
            items = {
                key.value: value
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant)
            }
            yield (
                _text(items.get(generated["path"].removeprefix("key:"))),
                _text(items.get(generated["verb"].removeprefix("key:"))),
            )


def _at(call: ast.Call, place: str) -> str | None:
    """The text at a place of a call."""
    for alternative in filter(None, place.split("|")):
        node: ast.expr | None = call
        for step in alternative.split("."):
            kind, _, name = step.partition(":")
            if not isinstance(node, ast.Call):
                node = None
            elif kind == "arg":
                node = node.args[int(name)] if int(name) < len(node.args) else None
            else:
                node = next((word.value for word in node.keywords if word.arg == name), None)
        if (text := _text(node)) is not None:
            return text
    return None


def _text(node: ast.expr | None) -> str | None:
    """A string, also one that is filled in."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return _text(node.func.value)
    return None
