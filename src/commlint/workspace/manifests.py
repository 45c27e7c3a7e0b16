"""Everything that the manifests of a tree say, of whatever kind."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from commlint.workspace import (
    compose,
    helm,
    ingress,
    kubernetes,
    kustomize,
    layout,
    nginx,
    procfile,
    resources,
    serverless,
    skaffold,
    traefik,
)
from commlint.workspace.gateways import Gateway, Route
from commlint.workspace.running import Image, Run
from commlint.workspace.sources import Sources


class Manifests(msgspec.Struct, frozen=True):
    """What manifests say.

    Attributes:
        runs: What is run, what says most about a system first.
        images: What build tools build.
        gateways: What passes requests on.
    """

    runs: tuple[Run, ...]
    images: tuple[Image, ...]
    gateways: tuple[Gateway, ...]


def read(sources: Sources, folders: Collection[str]) -> Manifests:
    """Reads the manifests of a tree.

    Args:
        sources: Its files that are no Python.
        folders: Its folders; `.` is the root.
    """
    described = [*resources.read(sources), *kustomize.read(sources), *helm.read(sources)]
    runs = (
        *compose.read(sources, folders),
        *sorted(kubernetes.read(described), key=_order),
        *serverless.read(sources),
        *procfile.read(sources),
    )
    gateways = (
        *nginx.read(sources, runs, described),
        *traefik.read(sources, runs, described),
        *ingress.read(described),
    )
    return Manifests(runs, tuple(skaffold.read(sources)), tuple(map(_bare, gateways)))


def _order(run: Run) -> tuple[bool, int, str, int]:
    """What says most about how a system is meant to run comes first, and what belongs to a part of it later."""
    return layout.is_aside(layout.parent(run.file)), run.file.count("/"), run.file, run.line


def _bare(gateway: Gateway) -> Gateway:
    """A gateway of plain texts, without what readers note on them."""
    routes = tuple(
        Route(str(r.prefix), str(r.target), None if r.path is None else str(r.path), r.file, r.line, str(r.host))
        for r in gateway.routes
    )
    return Gateway(str(gateway.name), tuple(map(str, gateway.hosts)), routes, gateway.file, gateway.line)
