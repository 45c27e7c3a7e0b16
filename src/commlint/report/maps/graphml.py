"""GraphML, for Gephi, yEd and the like: a node for each service, an edge for each call whose target is known.

Calls whose target is not known are counted by their service's attribute `unresolved`.
"""

from __future__ import annotations

from commlint.report.maps import Options
from commlint.report.maps.links import unresolved
from commlint.report.palette import plain
from commlint.servicemap import ServiceMap


def render(service_map: ServiceMap, _options: Options) -> str:
    """The map as a directed graph with parallel edges."""
    import networkx as nx  # type: ignore[import-untyped]  # noqa: PLC0415  (heavy, and only needed here)

    unknown = unresolved(service_map.edges)
    graph = nx.MultiDiGraph()
    for node in service_map.services:
        graph.add_node(
            _text(node.name),
            label=_text(node.name),
            root=_text(node.root),
            external=node.external,
            endpoints=len(node.endpoints),
            unresolved=unknown[node.name],
        )
    for number, edge in enumerate(service_map.edges):
        if edge.target is None:
            continue
        attributes = {
            "kind": edge.kind,
            "method": _text(edge.method),
            "path": _text(edge.path),
            "file": _text(edge.location.file),
            "line": edge.location.line,
            "guarded": edge.guarded,
        }
        if edge.handler:
            attributes |= {"handler_file": _text(edge.handler.file), "handler_line": edge.handler.line}
        graph.add_edge(_text(edge.source), _text(edge.target), f"e{number}", **attributes)
    return "\n".join(nx.generate_graphml(graph, named_key_ids=True)) + "\n"


def _text(text: str) -> str:
    """The text without what XML cannot hold."""
    return plain(text).translate(dict.fromkeys((0xFFFE, 0xFFFF), "\N{REPLACEMENT CHARACTER}"))
