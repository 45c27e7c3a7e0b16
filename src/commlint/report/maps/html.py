"""One page to look at: everything in one file, which asks no network and lets nothing that it shows run.

The page's policy admits the page's own style and script by their hashes and nothing else; names from the analysed
sources stand in a block of data that no name can end, and the script shows them as text.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import defaultdict
from importlib import resources
from typing import Any

from commlint.finding import Report
from commlint.report.maps import Options
from commlint.report.maps.layout import BOX_HEIGHT, BOX_WIDTH, Arrow, lay_out
from commlint.report.maps.links import links, spot
from commlint.report.palette import plain
from commlint.servicemap import Edge, Endpoint, Node, ServiceMap

_SLOT = re.compile(r"@@(\w+)@@")


def render(service_map: ServiceMap, options: Options) -> str:
    """The map as a page."""
    style, script = _resource("page.css"), _resource("page.js")
    slots = {
        "style": style,
        "style_hash": _hash(style),
        "script": script,
        "script_hash": _hash(script),
        "data": _embedded(_data(service_map, options.report)),
    }
    # In one go: what is filled in is not looked at again.
    return _SLOT.sub(lambda slot: slots[slot[1]], _resource("page.html"))


def _resource(name: str) -> str:
    return (resources.files(__package__) / name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _embedded(data: Any) -> str:
    """The data as JSON in which nothing ends or begins an element, a comment or a line."""
    text = json.dumps(data, separators=(",", ":"))  # in ASCII, so without line separators
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _data(service_map: ServiceMap, report: Report | None) -> dict[str, Any]:
    """What the script shows: services and edges by their number, texts fit to be seen."""
    services = {node.name: node for node in service_map.services}
    number = {name: place for place, name in enumerate(services)}
    bundles = links(service_map)
    layout = lay_out(
        len(number), [Arrow(number[link.source], number[link.target], link.kind == "sync") for link in bundles]
    )
    order = {id(edge): place for place, edge in enumerate(service_map.edges)}
    findings = _findings(service_map, report) if report else {}

    def arrow(edge: Edge) -> dict[str, Any]:
        target = services[edge.target] if edge.target is not None else None
        return {
            "source": number[edge.source],
            "target": number[target.name] if target else None,
            "kind": edge.kind,
            "method": plain(edge.method),
            "path": plain(edge.path),
            "place": plain(spot(edge.location)),
            "client": plain(spot(edge.client)) if spot(edge.client) != spot(edge.location) else "",
            "handler": plain(spot(edge.handler)),
            "serves": _served(edge, target) if target else None,
            "guarded": edge.guarded,
            "why": plain(edge.why),
        }

    return {
        "width": layout.width,
        "height": layout.height,
        "box": [BOX_WIDTH, BOX_HEIGHT],
        "services": [
            {
                "name": plain(node.name),
                "root": plain(node.root),
                "external": node.external,
                "hosts": [plain(host) for host in node.hosts],
                "reasons": [plain(reason) for reason in node.reasons],
                "complete": node.complete,
                "depth": _depth(node, service_map),
                "endpoints": [
                    {"method": plain(it.method), "path": plain(it.path), "place": plain(spot(it.location))}
                    for it in node.endpoints
                ],
                "findings": findings.get(node.name, []),
                "at": at,
            }
            for node, at in zip(service_map.services, layout.boxes, strict=True)
        ],
        "links": [
            {
                "source": number[link.source],
                "target": number[link.target],
                "kind": link.kind,
                "ring": link.ring,
                "edges": [order[id(edge)] for edge in link.edges],
                "route": route,
            }
            for link, route in zip(bundles, layout.routes, strict=True)
        ],
        "edges": [arrow(edge) for edge in service_map.edges],
        "chains": [
            [{"endpoint": plain(hop.endpoint), **arrow(hop.edge)} for hop in chain.hops] for chain in service_map.chains
        ],
        "rings": [[number[name] for name in ring] for ring in service_map.rings],
        "judged": report is not None,
    }


def _served(edge: Edge, target: Node) -> int | None:
    """The endpoint of the target that an edge means, by its place among the endpoints; `None` where none fits."""

    def likeness(endpoint: Endpoint) -> tuple[bool, bool]:
        here = edge.handler is not None and spot(endpoint.location) == spot(edge.handler)
        return (here, endpoint.path == edge.path and endpoint.method in {edge.method, "*"})

    best = max(range(len(target.endpoints)), key=lambda place: likeness(target.endpoints[place]), default=None)
    return best if best is not None and any(likeness(target.endpoints[best])) else None


def _depth(node: Node, service_map: ServiceMap) -> int:
    """How many calls wait for each other, one inside the other, when the service is asked."""
    if any(
        edge.source == node.name and edge.target not in {None, node.name}
        for edge in service_map.edges
        if edge.kind == "sync"
    ):
        return max((len(chain.hops) for chain in service_map.chains if chain.hops[0].service == node.name), default=1)
    return 0


def _findings(service_map: ServiceMap, report: Report) -> dict[str, list[dict[str, Any]]]:
    """The findings of each service, the worst first."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for finding in sorted(report.findings, key=lambda finding: (-finding.severity, finding.order)):
        owner = _owner(finding.location.file, service_map)
        if owner:
            found[owner].append(
                {
                    "severity": finding.severity.word,
                    "rule": f"{finding.rule} {report.rules[finding.rule].slug}",
                    "message": plain(finding.message),
                    "place": plain(spot(finding.location)),
                }
            )
    return found


def _owner(file: str, service_map: ServiceMap) -> str | None:
    """The service to whose folder a file belongs; where they lie inside each other, the innermost."""
    roots = {node.root: node.name for node in service_map.services if not node.external}
    parts = file.split("/")
    return next(
        (roots[root] for end in range(len(parts), 0, -1) if (root := "/".join(parts[:end])) in roots), roots.get(".")
    )
