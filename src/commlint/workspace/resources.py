"""The Kubernetes resources that plain files describe."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from commlint.workspace.documents import Broken, load, mapping, scalar, sequence, split
from commlint.workspace.sources import Sources

WORKLOADS = frozenset(
    {
        *("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Pod", "Job", "CronJob"),
        *("Rollout", "DeploymentConfig"),
    }
)
ROUTES = frozenset({"Ingress", "IngressRoute", "Middleware", "HTTPRoute", "VirtualService"})
_WANTED = WORKLOADS | ROUTES | {"Service", "ConfigMap", "Secret", "List", "Template"}
_YAML = re.compile(r".*\.ya?ml", re.IGNORECASE)
_MARK = re.compile(rb"^apiVersion[ \t]*:", re.MULTILINE)
_KIND = re.compile(r"^kind[ \t]*:[ \t]*[\"']?(\w+)", re.MULTILINE)
# A list in a list is odd, and one that holds itself has no end.
_MAX_LISTS = 3


class Resource(msgspec.Struct, frozen=True):
    """One resource.

    Attributes:
        file: The file that describes it.
        kind: `Deployment`, `Service`.
        body: The whole of it.
    """

    file: str
    kind: str
    body: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its name; empty where that is only known when it is rendered."""
        return scalar(mapping(self.body.get("metadata")).get("name"))

    @property
    def namespace(self) -> str:
        """Its namespace; empty where the file leaves that open."""
        return scalar(mapping(self.body.get("metadata")).get("namespace"))

    @property
    def spec(self) -> dict[str, Any]:
        """What it should be."""
        return mapping(self.body.get("spec"))


def read(sources: Sources) -> list[Resource]:
    """The resources in the YAML files of a tree, by file; templates of Helm are not among them."""
    found: list[Resource] = []
    for path in sources.paths:
        if _YAML.fullmatch(path) and _MARK.search(data := sources.data(path)) is not None:
            try:
                found += parse(data.decode("utf-8-sig", "replace"), path)
            except Broken as error:
                # What is put together by a template engine is no manifest yet.
                if b"{{" not in data and b"{%" not in data:
                    sources.give_up(path, error.reason, error.line, error.column)
    return found


def parse(text: str, path: str) -> Iterator[Resource]:
    """The resources of a file with one or several documents.

    Raises:
        Broken: One of them is no YAML.
    """
    for above, document in split(text):
        kind = _KIND.search(document)
        if kind is not None and kind[1] in _WANTED:
            yield from _listed(load(document, above=above), path)


def _listed(body: object, path: str, depth: int = 0) -> Iterator[Resource]:
    resource = mapping(body)
    kind = scalar(resource.get("kind"))
    if kind in ("List", "Template") and depth < _MAX_LISTS:
        for item in sequence(resource.get("items")) + sequence(resource.get("objects")):
            yield from _listed(item, path, depth + 1)
    elif kind in _WANTED:
        yield Resource(path, kind, resource)
