"""What Helm charts become with the values that lie beside them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from commlint.workspace import layout
from commlint.workspace.documents import Broken, Text, load, mapping, scalar
from commlint.workspace.gotemplate import Chunk, Templates
from commlint.workspace.resources import Resource, parse
from commlint.workspace.sources import Sources

_TEMPLATE = re.compile(r".*\.(?:ya?ml|tpl|yaml\.gotmpl)")
_VALUES = re.compile(r"(?:(?:values|conf|config|environments|envs)/(?:.*/)?[^/]+|values[-._][^/]+)\.ya?ml")
_KIND = re.compile(
    r"^kind:\s*(?:Deployment|StatefulSet|DaemonSet|CronJob|Job|Service|ConfigMap|Secret|Ingress)\b", re.MULTILINE
)
_MAX_RELEASES = 30
_MAX_TEMPLATES = 200


def read(sources: Sources) -> list[Resource]:
    """The resources of the charts of a tree, with each set of values that a chart has."""
    charts = [layout.parent(path) for path in sources.paths if layout.name(path) == "Chart.yaml"]
    texts: dict[str, dict[str, str]] = defaultdict(dict)
    for path in sources.paths:
        chart = next((c for c in charts if layout.is_below(path, layout.inner(c, "templates"))), None)
        if chart is not None and _TEMPLATE.fullmatch(path) and len(texts[chart]) < _MAX_TEMPLATES:
            texts[chart][path] = sources.text(path)
    found: list[Resource] = []
    for chart in charts:
        # A chart of its parent's charts is rendered with what those say for all.
        above = layout.parent(layout.parent(chart))
        helpers = texts.get(above, {}) if above in charts else {}
        templates = Templates({**helpers, **texts[chart]})
        about = _values(sources, layout.inner(chart, "Chart.yaml"))
        for release, values in _releases(sources, chart, charts, scalar(about.get("name")) or layout.name(chart)):
            context = _context(chart, about, release, values)
            for path, text in texts[chart].items():
                if not path.endswith(".tpl") and _KIND.search(text):
                    found += _resources(templates.render(path, context), path)
    return found


def _releases(sources: Sources, chart: str, charts: Sequence[str], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The sets of values that a chart is released with, and what the release is called."""
    own = _values(sources, layout.inner(chart, "values.yaml"))
    above = layout.parent(layout.parent(chart))
    if above in charts:
        outer = _values(sources, layout.inner(above, "values.yaml"))
        own = _merged(own, mapping(outer.get(layout.name(chart))))
        own = _merged(own, {"global": mapping(outer.get("global"))})
    yield name, own
    further = [
        path
        for path in sources.paths
        if layout.is_below(path, chart) and chart != "." and _VALUES.fullmatch(path[len(chart) + 1 :])
    ]
    for path in further[:_MAX_RELEASES]:
        values = _values(sources, path)
        if values:
            stem = layout.name(path).partition(".")[0]
            yield (name if stem.startswith("values") else stem), _merged(own, values)


def _values(sources: Sources, path: str) -> dict[str, Any]:
    try:
        return mapping(load(sources.text(path)))
    except Broken:
        return {}


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        inner = merged.get(key)
        merged[key] = _merged(inner, value) if isinstance(inner, Mapping) and isinstance(value, Mapping) else value
    return merged


def _context(chart: str, about: Mapping[str, Any], release: str, values: Mapping[str, Any]) -> dict[str, Any]:
    named = {key[0].upper() + key[1:]: value for key, value in about.items() if key}
    return {
        "Values": values,
        "Chart": {"Name": scalar(about.get("name")) or layout.name(chart), **named},
        "Release": {"Name": release, "Namespace": "", "Service": "Helm", "IsInstall": "true", "Revision": "1"},
        "Template": {"BasePath": layout.inner(chart, "templates")},
    }


def _resources(chunks: Sequence[Chunk], path: str) -> list[Resource]:
    """The resources of what a template became; none where that is no YAML."""
    text = "".join(chunk.text for chunk in chunks)
    try:
        found = list(parse(text, path))
    except Broken:
        return []
    lines = _lines(chunks)
    for resource in found:
        _place(resource.body, lines, set())
    return found


def _lines(chunks: Sequence[Chunk]) -> list[int]:
    """For each line of what a template became, the line of the template that it comes from."""
    lines: list[int] = []
    last, here = 0, 1
    for chunk in chunks:
        parts = chunk.text.split("\n")
        for index, part in enumerate(parts):
            here = chunk.line + index if chunk.moves else chunk.line
            # A line may be put together of several pieces; its value is the last.
            last = here if part.strip() else last
            if index < len(parts) - 1:
                lines.append(last or here)
                last = 0
    return [*lines, last or here]


def _place(value: Any, lines: Sequence[int], seen: set[int]) -> None:
    """Gives every text of a resource the line of the template."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, Text):
        value.line = lines[min(value.line, len(lines)) - 1]
    elif isinstance(value, Mapping):
        for key, item in value.items():
            _place(key, lines, seen)
            _place(item, lines, seen)
    elif isinstance(value, list):
        for item in value:
            _place(item, lines, seen)
