"""What kustomizations add: ConfigMaps and Secrets made from literals and `.env` files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from commlint.workspace import envfiles
from commlint.workspace.documents import Broken, load, mapping, on_line, scalar, sequence
from commlint.workspace.documents import line_of as _line
from commlint.workspace.resources import Resource
from commlint.workspace.sources import Sources, inside

_FILE = re.compile(r"(?:.*/)?[Kk]ustomization(?:\.ya?ml)?")


def read(sources: Sources) -> Iterator[Resource]:
    """The resources that the kustomizations of a tree generate."""
    for path in sources.paths:
        if _FILE.fullmatch(path):
            yield from _generated(sources, path)


def _generated(sources: Sources, path: str) -> Iterator[Resource]:
    text = sources.text(path)
    if "Generator" not in text:
        return
    try:
        document = mapping(load(text))
    except Broken as error:
        sources.give_up(path, error.reason, error.line, error.column)
        return
    for kind in ("ConfigMap", "Secret"):
        for generator in sequence(document.get(f"{kind[0].lower()}{kind[1:]}Generator")):
            name = scalar(mapping(generator).get("name"))
            data = dict(_data(sources, path, mapping(generator)))
            if name and data:
                yield Resource(
                    path,
                    kind,
                    {
                        "metadata": {"name": name, "namespace": document.get("namespace")},
                        "data" if kind == "ConfigMap" else "stringData": data,
                    },
                )


def _data(sources: Sources, path: str, generator: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for file in (*sequence(generator.get("envs")), generator.get("env")):
        if isinstance(file, str) and (place := inside(posixpath.dirname(path), file)) is not None:
            for key, given in envfiles.read(sources, place).items():
                yield key, on_line(given.text, given.line)
    for literal in sequence(generator.get("literals")):
        key, equals, value = scalar(literal).partition("=")
        if equals:
            # Quotes around a value are the shell's, as in `kubectl create configmap --from-literal`.
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
            yield key, on_line(value[1:-1] if quoted else value, _line(literal))
