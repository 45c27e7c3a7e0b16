"""JSON for programs: everything that is known of a map.

The shape is stable: `version` grows when a key changes its meaning or goes, not when one is added.

- `version`: 1.
- `services`: `name`, `root`, `external`, `hosts`, `reasons`, `complete`, and `endpoints`: `method`, `path`, `file`,
  `line` (null where only a document says that it is there).
- `edges`: `from`, `to` (null where it is not known), `kind` (`sync` or `event`), `method`, `path`, `file`, `line`
  (where the target is settled), `client_file`, `client_line` (the client's own line), `handler_file`, `handler_line`
  (null where not known), `guarded`, `why` (why the target is not known).
- `chains`, the longest first: `hops`, each an edge with `endpoint`, the endpoint that makes the call.
- `rings`: lists of names.
"""

from __future__ import annotations

import json
from typing import Any

from commlint.report.edges import as_json
from commlint.report.maps import Options
from commlint.servicemap import Node, ServiceMap

VERSION = 1


def render(service_map: ServiceMap, _options: Options) -> str:
    """The map as a JSON object."""
    document = {
        "version": VERSION,
        "services": [_service(node) for node in service_map.services],
        "edges": [as_json(edge) for edge in service_map.edges],
        "chains": [
            {"hops": [{"endpoint": hop.endpoint, **as_json(hop.edge)} for hop in chain.hops]}
            for chain in service_map.chains
        ],
        "rings": service_map.rings,
    }
    return json.dumps(document, indent=2) + "\n"


def _service(node: Node) -> dict[str, Any]:
    return {
        "name": node.name,
        "root": node.root,
        "external": node.external,
        "hosts": node.hosts,
        "reasons": node.reasons,
        "complete": node.complete,
        "endpoints": [
            {
                "method": endpoint.method,
                "path": endpoint.path,
                "file": endpoint.location.file if endpoint.location else None,
                "line": endpoint.location.line if endpoint.location else None,
            }
            for endpoint in node.endpoints
        ],
    }
