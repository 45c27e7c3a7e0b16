"""How the call graph compares with the micro-benchmark of PyCG (Salis et al., ICSE 2021), as a Markdown table.

usage: python benchmarks/callgraph.py SNIPPETS_DIR [--differences]

SNIPPETS_DIR is the folder `micro-benchmark/snippets` of a checkout of PyCG. A program is sound where no expected edge
is missing, and complete where there is no other edge.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from commlint import api
from commlint.config import Config

Edges = set[tuple[str, str]]


def main() -> int:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("snippets", type=Path, metavar="SNIPPETS_DIR")
    parser.add_argument("--differences", action="store_true", help="list the edges that differ")
    arguments = parser.parse_args()

    programs: Counter[str] = Counter()
    sound: Counter[str] = Counter()
    complete: Counter[str] = Counter()
    for expectation in sorted(arguments.snippets.rglob("callgraph.json")):
        folder = expectation.parent
        category = folder.relative_to(arguments.snippets).parts[0]
        expected = _edges(json.loads(expectation.read_text("utf-8")))
        found = _edges(api.call_graph(Config(root=folder.resolve())))
        programs[category] += 1
        sound[category] += expected <= found
        complete[category] += found <= expected
        if arguments.differences and found != expected:
            print(
                f"{folder.relative_to(arguments.snippets)}: missing {sorted(expected - found)}, "
                f"not expected {sorted(found - expected)}",
                file=sys.stderr,
            )

    print("| category | programs | sound | complete |")
    print("|---|--:|--:|--:|")
    for category in sorted(programs):
        print(f"| {category} | {programs[category]} | {sound[category]} | {complete[category]} |")
    print(f"| **all** | {programs.total()} | {sound.total()} | {complete.total()} |")
    return 0


def _edges(graph: dict[str, list[str]]) -> Edges:
    return {(caller, callee) for caller, callees in graph.items() for callee in callees}


if __name__ == "__main__":
    sys.exit(main())
