"""Mermaid, as Markdown pages of code hosts draw it.

Calls are solid, events dashed; services outside have dashed boxes; what belongs to a chain is thick, to a ring red.
Calls whose target is not known are counted in the box of their service.
"""

from __future__ import annotations

import re

from commlint.report.closing import counted
from commlint.report.maps import Options
from commlint.report.maps.links import links, unresolved
from commlint.report.palette import plain
from commlint.servicemap import ServiceMap

# Everything else has a meaning of its own somewhere in Mermaid, Markdown or HTML.
_SPECIAL = re.compile(r"[^\w ./:,{}()+-]")


def render(service_map: ServiceMap, _options: Options) -> str:
    """The map as a flow chart."""
    unknown = unresolved(service_map.edges)
    identity = {node.name: f"s{number}" for number, node in enumerate(service_map.services)}
    lines = ["flowchart LR"]
    for node in service_map.services:
        says = [node.name] if node.external else [node.name, counted(len(node.endpoints), "endpoint")]
        if unknown[node.name]:
            says.append(f"{counted(unknown[node.name], 'call')} unresolved")
        looks = ":::outside" if node.external else ""
        lines.append(f'  {identity[node.name]}["{"<br/>".join(map(_safe, says))}"]{looks}')
    chains: list[str] = []
    rings: list[str] = []
    for number, link in enumerate(links(service_map)):
        arrow = "-.->" if link.kind == "event" else "-->"
        lines.append(f'  {identity[link.source]} {arrow}|"{_safe(link.label)}"| {identity[link.target]}')
        if link.ring:
            rings.append(str(number))
        elif link.chain:
            chains.append(str(number))
    if any(node.external for node in service_map.services):
        lines.append("  classDef outside stroke-dasharray:4 4,opacity:0.7")
    if chains:
        lines.append(f"  linkStyle {','.join(chains)} stroke-width:3px")
    if rings:
        lines.append(f"  linkStyle {','.join(rings)} stroke:#d92d20,stroke-width:3px")
    return "\n".join([*lines, ""])


def _safe(text: str) -> str:
    """The text with everything that Mermaid would read as its own, as numbered characters."""
    return _SPECIAL.sub(lambda sign: f"#{ord(sign[0])};", plain(text))
