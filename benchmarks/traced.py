"""How the call graph compares with what really ran while the tests of a package did, as a Markdown table.

usage: python benchmarks/traced.py PACKAGE_DIR CALLS [PACKAGE_DIR CALLS ...] [--misses | --draw N]

CALLS is what `record_calls.py` wrote. A pair of caller and callee counts once, however often and wherever the one calls
the other. A comprehension counts as the function around it, a class body as what is around the class, and the lambdas
of a function count as one, since recordings number none. With `--misses` the pairs that the graph lacks are listed,
grouped by how they are called; with `--draw`, random edges of the graph between functions of the package.
"""

from __future__ import annotations

import argparse
import inspect
import json
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import NamedTuple

from commlint import api
from commlint.config import Config

Edge = tuple[str, str]

_SEED = 4
_COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")


class _Call(NamedTuple):
    """A recorded call: of what kind it is, and where it stands."""

    kind: str
    place: str


def main() -> int:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", type=Path, nargs="+", metavar="PACKAGE_DIR CALLS")
    parser.add_argument("--misses", action="store_true", help="list the pairs that the graph lacks")
    parser.add_argument("--draw", type=int, default=0, metavar="N", help="list N random edges of the graph")
    arguments = parser.parse_args()
    if len(arguments.packages) % 2:
        parser.error("each package needs its recorded calls")

    rows = ["| package | pairs that ran | in the graph | share | edges of the graph |", "|---|--:|--:|--:|--:|"]
    for folder, recorded in zip(arguments.packages[::2], arguments.packages[1::2], strict=True):
        package = folder.resolve()
        functions = _functions(package)
        ran = _ran(package, recorded, functions)
        found = _found(package, functions)
        share = f"{len(ran.keys() & found) / len(ran):.3f}" if ran else "-"
        rows.append(f"| {package.name} | {len(ran)} | {len(ran.keys() & found)} | {share} | {len(found)} |")
        if arguments.misses:
            _print_misses({pair: call for pair, call in ran.items() if pair not in found}, functions)
        if arguments.draw:
            edges = sorted(found)
            for caller, callee in sorted(random.Random(_SEED).sample(edges, min(arguments.draw, len(edges)))):  # noqa: S311
                print(f"{caller} -> {callee} ({functions[caller]} -> {functions[callee]})")
    print("\n".join(rows))
    return 0


def _print_misses(missed: dict[Edge, _Call], functions: dict[str, str]) -> None:
    kinds: dict[str, list[str]] = defaultdict(list)
    for (caller, callee), call in sorted(missed.items()):
        kinds[call.kind].append(f"  {caller} -> {callee} ({call.place} -> {functions[callee]})")
    for kind, lines in sorted(kinds.items(), key=lambda item: -len(item[1])):
        print(f"{kind}: {len(lines)}", *lines, sep="\n")


def _ran(package: Path, recorded: Path, functions: dict[str, str]) -> dict[Edge, _Call]:
    ran: dict[Edge, _Call] = {}
    for line in recorded.read_text("utf-8").splitlines():
        call = json.loads(line)
        (path, caller, _), (callee_path, callee, _) = call["caller"], call["callee"]
        pair = (_around(_name(package, path, caller), functions), _name(package, callee_path, callee))
        ran.setdefault(pair, _Call(_kind(call), f"{path}:{call['line']}"))
    return ran


def _kind(call: dict[str, str]) -> str:
    """How a function is called, as far as the instruction that calls it says."""
    name = call["callee"][1].rpartition(".")[2]
    if call["by"].startswith(("CALL", "PRECALL")):
        kind = "construction" if name in ("__init__", "__new__") else "call"
    elif call["by"] in ("LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR"):
        kind = "attribute"
    elif call["by"] in ("SEND", "FOR_ITER"):
        kind = "iteration or await"
    else:
        kind = "operator or statement"
    kind = f"{kind}, special method" if name.startswith("__") and kind != "construction" else kind
    return f"{kind}, generator or coroutine" if call["delayed"] else kind


def _found(package: Path, functions: dict[str, str]) -> set[Edge]:
    edges: set[Edge] = set()
    for caller, callees in api.call_graph(Config(root=package.parent)).items():
        pairs = {(_without_number(caller), _without_number(callee)) for callee in callees}
        edges.update(pair for pair in pairs if pair[0] in functions and pair[1] in functions)
    return edges


def _without_number(name: str) -> str:
    return re.sub(r"<lambda\d+>", "<lambda>", name)


def _functions(package: Path) -> dict[str, str]:
    """Every function and module of a package by its dotted name, with its place."""
    functions: dict[str, str] = {}
    for file in sorted(package.rglob("*.py")):
        path = file.relative_to(package).as_posix()
        for code in _codes(compile(file.read_bytes(), path, "exec", dont_inherit=True)):
            is_function = code.co_flags & inspect.CO_OPTIMIZED and code.co_name not in _COMPREHENSIONS
            if is_function or code.co_name == "<module>":
                name = _name(package, path, code.co_qualname if is_function else "")
                functions.setdefault(name, f"{path}:{code.co_firstlineno}")
    return functions


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _name(package: Path, path: str, inside: str) -> str:
    """The name that the graph has for what is in a file of a package."""
    dotted = f"{package.name}/{path}".removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    parts = [part for part in inside.split(".") if part not in ("", "<locals>", *_COMPREHENSIONS)]
    return ".".join((dotted, *parts))


def _around(name: str, functions: dict[str, str]) -> str:
    """The function that a class body is in."""
    while name and name not in functions:
        name = name.rpartition(".")[0]
    return name


if __name__ == "__main__":
    sys.exit(main())
