"""Graphviz: services as boxes, calls as arrows.

Calls are solid, events dashed; services outside have dashed boxes; what belongs to a chain is thick, to a ring red.
Calls whose target is not known are counted in the box of their service.
"""

from __future__ import annotations

from collections.abc import Mapping

from commlint.report.closing import counted
from commlint.report.maps import Options
from commlint.report.maps.links import Link, links, unresolved
from commlint.report.palette import plain
from commlint.servicemap import ServiceMap


def render(service_map: ServiceMap, _options: Options) -> str:
    """The map as a directed graph."""
    unknown = unresolved(service_map.edges)
    lines = [
        "digraph services {",
        "  rankdir=LR;",
        '  node [shape=box, style=rounded, fontname="sans-serif"];',
        '  edge [fontname="sans-serif", fontsize=10];',
    ]
    for node in service_map.services:
        says = [node.name] if node.external else [node.name, counted(len(node.endpoints), "endpoint")]
        if unknown[node.name]:
            says.append(f"{counted(unknown[node.name], 'call')} unresolved")
        looks = {"label": "\n".join(says), **({"style": "rounded,dashed", "color": "gray"} if node.external else {})}
        lines.append(f"  {_quoted(node.name)}{_list(looks)};")
    lines += [
        f"  {_quoted(link.source)} -> {_quoted(link.target)}{_list(_looks(link))};" for link in links(service_map)
    ]
    return "\n".join([*lines, "}", ""])


def _looks(link: Link) -> dict[str, str]:
    looks = {"label": link.label}
    if link.kind == "event":
        looks["style"] = "dashed"
    if link.chain or link.ring:
        looks["penwidth"] = "2"
    if link.ring:
        looks["color"] = "red"
    return looks


def _list(attributes: Mapping[str, str]) -> str:
    return f" [{', '.join(f'{key}={_quoted(value)}' for key, value in attributes.items())}]"


def _quoted(text: str) -> str:
    r"""The text as a quoted string, in which `\N` and the like mean themselves, and a line's end starts a new line."""
    doubled = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "\\n".join(plain(line) for line in doubled.split("\n")) + '"'
