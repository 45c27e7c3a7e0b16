"""The formats a service map can take: one module each, a pure function from a `ServiceMap` to text.

Nothing here looks at the clock, the machine or the terminal, so the same map is the same text everywhere.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import cast

import msgspec

from commlint.finding import Report
from commlint.servicemap import ServiceMap


class Options(msgspec.Struct, frozen=True):
    """What may be chosen about a map.

    Attributes:
        color: Whether text has ANSI colours.
        report: What was found in the same system; the page shows it at the services. `None` where nobody looked.
    """

    color: bool = False
    report: Report | None = None


# Modules by name, imported when asked for: a run that prints text never loads networkx.
_MODULES = {
    "text": "commlint.report.maps.text",
    "mermaid": "commlint.report.maps.mermaid",
    "dot": "commlint.report.maps.dot",
    "json": "commlint.report.maps.json_",
    "graphml": "commlint.report.maps.graphml",
    "html": "commlint.report.maps.html",
}

STYLES = tuple(_MODULES)


def write(service_map: ServiceMap, style: str, options: Options | None = None) -> str:
    """The map in a format.

    Args:
        service_map: The map.
        style: One of `STYLES`.
        options: What may be chosen; `None` for a plain map.
    """
    module = importlib.import_module(_MODULES[style])
    render = cast("Callable[[ServiceMap, Options], str]", module.render)
    return render(service_map, options or Options())
