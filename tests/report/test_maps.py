from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import networkx as nx  # type: ignore[import-untyped]
import pytest
from sample_map import BUYER, HOSTILE, LOST, MAP, REPORT, hostile_map
from sample_report import Snapshot

from commlint.report.maps import STYLES, Options, write
from commlint.servicemap import ServiceMap

FILES = {"text": "map.txt", "mermaid": "map.mmd", "dot": "map.dot", "json": "map.json"}
EMPTY = ServiceMap((), ())


def embedded(page: str) -> Any:
    """The data of a page, read as a browser would find it."""
    (block,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    return json.loads(block)


@pytest.mark.parametrize("style", FILES)
def test_rich_map(style: str, snapshot: Snapshot) -> None:
    snapshot.assert_match(write(MAP, style), FILES[style])


def test_data_of_the_page(snapshot: Snapshot) -> None:
    data = embedded(write(MAP, "html", Options(report=REPORT)))
    snapshot.assert_match(json.dumps(data, indent=1) + "\n", "data.json")


@pytest.mark.parametrize("style", STYLES)
def test_an_empty_map_is_no_error(style: str) -> None:
    assert write(EMPTY, style).endswith("\n")


@pytest.mark.parametrize("style", STYLES)
def test_no_name_spoils_what_is_written(style: str) -> None:
    text = write(hostile_map(), style)
    assert text.encode()
    assert not re.search("[\x00\x1b\u2028\u2029\u202e]", text)


def test_colours_are_for_terminals_only() -> None:
    assert "\x1b[" in write(MAP, "text", Options(color=True))
    assert "\x1b[" not in write(MAP, "text")


def test_json_holds_what_the_labels_are_compared_with() -> None:
    document = json.loads(write(MAP, "json"))
    assert next(edge for edge in document["edges"] if edge["from"] == "orders" and edge["to"] == "users") == {
        "from": "orders",
        "to": "users",
        "kind": "sync",
        "method": "GET",
        "path": "/users/{}",
        "file": "orders/clients.py",
        "line": 17,
        "client_file": "shared/http.py",
        "client_line": 4,
        "handler_file": "users/app.py",
        "handler_line": 12,
        "guarded": False,
        "why": "",
    }
    (lost,) = (edge for edge in document["edges"] if edge["to"] is None)
    assert (lost["why"], lost["handler_file"], lost["handler_line"]) == (LOST.why, None, None)
    assert [node["name"] for node in document["services"] if node["external"]] == ["api.pay.example"]


def test_graphml_is_read_back() -> None:
    graph = nx.parse_graphml(write(MAP, "graphml"), force_multigraph=True)
    assert set(graph) == {node.name for node in MAP.services}
    assert graph.number_of_edges() == sum(edge.target is not None for edge in MAP.edges)
    assert graph.nodes["orders"]["unresolved"] == 1
    ((_, called),) = graph.get_edge_data("orders", "users").items()
    assert (called["path"], called["handler_line"]) == (BUYER.path, 12)


def test_graphml_with_hostile_names_is_read_back() -> None:
    assert len(nx.parse_graphml(write(hostile_map(), "graphml"))) == len(HOSTILE)


def test_every_quote_of_dot_is_closed() -> None:
    for line in write(hostile_map(), "dot").splitlines():
        outside = re.sub(r'"(?:[^"\\]|\\.)*"', "Q", line)
        assert re.fullmatch(
            r"digraph services \{|\}|  (rankdir=LR|\w+ \[.*\]|Q( -> Q)? \[(\w+=Q(, )?)+\]);", outside
        ), line


def test_mermaid_reads_no_name_as_its_own() -> None:
    for line in write(hostile_map(), "mermaid").splitlines()[1:]:
        label = r'"(?:[\w ./:,{}()+-]|#\d+;|<br/>)*"'
        node, arrow = rf"s\d+\[{label}\](:::outside)?", rf"s\d+ (-->|-\.->)\|{label}\| s\d+"
        assert re.fullmatch(rf"  (?:{node}|{arrow}|classDef outside .*|linkStyle .*)", line), line


def test_nothing_breaks_out_of_the_page() -> None:
    page = write(hostile_map(), "html")
    empty = write(EMPTY, "html")
    # The only tags are those of the page itself.
    assert re.findall(r"<!?[\w/-]*", page) == re.findall(r"<!?[\w/-]*", empty)
    assert len(embedded(page)["services"]) == len(HOSTILE)


def test_the_page_asks_nobody_for_anything() -> None:
    page = write(MAP, "html")
    assert not re.search(r"\b(src|href|action)=(?!\"data:,\")", page)
    assert set(re.findall(r"https?://[\w./]+", page)) <= {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in page


def test_findings_stand_at_the_service_whose_file_they_are_in() -> None:
    data = embedded(write(MAP, "html", Options(report=REPORT)))
    found = {it["name"]: [finding["rule"] for finding in it["findings"]] for it in data["services"] if it["findings"]}
    assert found == {
        "orders": ["COMM101 n-plus-one-call", "COMM401 unguarded-call"],  # the worst first
        "reports": ["COMM402 missing-timeout"],
    }


def test_a_service_that_is_the_whole_tree_has_what_no_other_has() -> None:
    whole = msgspec.structs.replace(MAP.services[2], root=".")
    data = embedded(write(ServiceMap((whole, MAP.services[4]), ()), "html", Options(report=REPORT)))
    assert [len(service["findings"]) for service in data["services"]] == [3, 1]


def test_long_lines_of_text_are_broken() -> None:
    deep = "services/very/deep/down/" * 2
    moved = [
        msgspec.structs.replace(
            edge, location=msgspec.structs.replace(edge.location, file=f"{deep}{edge.location.file}")
        )
        for edge in MAP.edges
    ]
    text = write(msgspec.structs.replace(MAP, edges=tuple(moved)), "text")
    assert max(map(len, text.splitlines())) <= 110
