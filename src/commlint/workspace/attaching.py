"""Which code a container runs that is built elsewhere: by its image, its name, the place of its manifest."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from commlint.workspace import layout
from commlint.workspace.running import Run

_LETTERS = re.compile(r"[^a-z0-9]+")
_KIND = re.compile(r"(?<=.)(?:service|svc|server|api|app|backend|image)$")
# What systems run beside their own code.
_BOUGHT = re.compile(
    r"postg|mysql|mariadb|mongo|redis|valkey|memcached?|rabbitmq|kafka|zookeeper|nats|elastic|opensearch|kibana|logstash"
    r"|grafana|prometheus|loki|jaeger|zipkin|otel|opentelemetry|collector|fluent|nginx|traefik|envoy|haproxy|caddy|minio"
    r"|vault|consul|etcd|keycloak|busybox|adminer|pgadmin|mailhog|mailpit|localstack|neo4j|qdrant"
    r"|milvus|chroma|cassandra|clickhouse|influxdb|cloudsql|gce-proxy|cert-manager|dynamodb|sqlserver|mssql|oracle|sftp"
)


def is_bought(image: str) -> bool:
    """Whether an image is by its name that of a database, broker, proxy or the like."""
    return _BOUGHT.match(image.lower()) is not None


def plain(name: str) -> str:
    """A name without what differs between places that mean the same: signs and capital letters."""
    return _LETTERS.sub("", name.lower())


class Codes:
    """Folders of code by the names that manifests may call them by.

    Args:
        names: The names of each folder: its own, those of the containers built from it.
        images: The names of the images that are known to be built from each folder.
    """

    def __init__(self, names: Mapping[str, Collection[str]], images: Mapping[str, Collection[str]]) -> None:
        self._roots = sorted(names)
        self._names = _turned(names)
        self._stems = _turned({root: [_KIND.sub("", plain(name)) for name in given] for root, given in names.items()})
        self._images = _turned(images)
        self._endings = {root: {plain(name) for name in given if len(plain(name)) > 2} for root, given in names.items()}

    def of(self, run: Run) -> str | None:
        """The folder whose code a container runs; `None` where none is meant, or no single one."""
        for found in self._ways(run):
            root = _one(found, run.file)
            if root is not None:
                return root
            if found:
                return None
        return None

    def _ways(self, run: Run) -> Iterator[Collection[str]]:
        """The folders that fit, the surest way first."""
        image = plain(run.image)
        if image:
            yield self._images.get(image, ())
            yield self._names.get(image, ())
            yield self._ending(run.image)
        if not is_bought(run.image):
            yield self._names.get(plain(run.name), ())
            for name in (image, plain(run.name)):
                yield self._stems.get(_KIND.sub("", name), ()) if name else ()
            if run.kind != "service" and image:
                around = [root for root in self._roots if root != "." and layout.is_below(run.file, root)]
                deepest = max(around, key=len, default=None)
                yield [deepest] if deepest is not None else ()

    def _ending(self, image: str) -> Collection[str]:
        """The folders whose name an image ends with: `shop-users`."""
        parts = re.split(r"[-_.]", image.lower())
        for start in range(1, len(parts)):
            ending = "".join(parts[start:])
            found = [root for root, names in self._endings.items() if ending in names]
            if found:
                return found
        return ()


def _turned(names: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    turned: dict[str, list[str]] = defaultdict(list)
    for root, given in names.items():
        for name in {plain(name) for name in given}:
            if name:
                turned[name].append(root)
    return turned


def _one(roots: Collection[str], file: str) -> str | None:
    """Of copies of a folder the one that shares most folders with a manifest; `None` where several do."""
    if len(roots) < 2:
        return next(iter(roots), None)
    parts = file.split("/")

    def shared(root: str) -> int:
        theirs = root.split("/")
        return next((i for i, (a, b) in enumerate(zip(theirs, parts, strict=False)) if a != b), len(theirs))

    ranked = sorted(roots, key=shared, reverse=True)
    return ranked[0] if shared(ranked[0]) > shared(ranked[1]) else None
