"""What Kubernetes runs: the containers of workloads, with their variables and the names of the services before them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from commlint.workspace.documents import line_of, mapping, scalar, sequence
from commlint.workspace.resources import WORKLOADS, Resource
from commlint.workspace.running import Environment, Run, Value, image_name
from commlint.workspace.sources import nearest

_EXPANSION = re.compile(r"\$\(([A-Za-z_][\w.-]*)\)")
_MAX_EXPANSIONS = 5
_MAX_LENGTH = 10_000


class _Workload(msgspec.Struct, frozen=True):
    """A resource that runs pods."""

    resource: Resource
    pod: Mapping[str, Any]
    labels: Mapping[str, Any]


def read(resources: Sequence[Resource]) -> tuple[Run, ...]:
    """The containers that the resources of a tree run."""
    configs = _Configs(resources)
    workloads = [workload for resource in resources if (workload := _workload(resource)) is not None]
    names: dict[int, dict[str, None]] = defaultdict(dict)
    ports: dict[int, dict[int, None]] = defaultdict(dict)
    for service in resources:
        if service.kind == "Service" and service.name:
            for workload in _selected(service, workloads):
                names[id(workload)].update(dict.fromkeys(_spellings(service)))
                ports[id(workload)].update(dict.fromkeys(_ports(service)))
    runs: list[Run] = []
    for workload in workloads:
        reached = (tuple(names[id(workload)]), tuple((0, port) for port in ports[id(workload)]))
        runs += _runs(workload, configs, *reached)
    return tuple(runs)


def _workload(resource: Resource) -> _Workload | None:
    spec = resource.spec
    if resource.kind == "CronJob":
        spec = mapping(mapping(spec.get("jobTemplate")).get("spec"))
    template = resource.body if resource.kind == "Pod" else mapping(spec.get("template"))
    pod = mapping(template.get("spec"))
    # A service of Knative is workload and address in one.
    if not resource.name or not pod or not (resource.kind in WORKLOADS or resource.kind == "Service"):
        return None
    return _Workload(resource, pod, mapping(mapping(template.get("metadata")).get("labels")))


def _selected(service: Resource, workloads: Sequence[_Workload]) -> list[_Workload]:
    """The workloads behind a service: of those in several places the ones nearest to it."""
    if mapping(service.spec.get("template")):
        return [workload for workload in workloads if workload.resource is service]
    selector = mapping(service.spec.get("selector"))
    fitting = [
        workload
        for workload in workloads
        if selector and all(workload.labels.get(key) == value for key, value in selector.items())
    ]
    best = nearest({workload.resource.file for workload in fitting}, service.file)
    if best is None:
        return []
    folder = best.rpartition("/")[0]
    return [workload for workload in fitting if workload.resource.file.rpartition("/")[0] == folder]


def _spellings(service: Resource) -> Iterator[str]:
    """The names under which a service is known in its cluster."""
    yield service.name
    if service.namespace:
        for ending in ("", ".svc", ".svc.cluster.local"):
            yield f"{service.name}.{service.namespace}{ending}"


def _ports(service: Resource) -> Iterator[int]:
    for port in sequence(service.spec.get("ports")):
        number = scalar(mapping(port).get("port"))
        if number.isdecimal():
            yield int(number)


def _runs(
    workload: _Workload, configs: _Configs, names: tuple[str, ...], ports: tuple[tuple[int, int], ...]
) -> Iterator[Run]:
    resource = workload.resource
    for index, container in enumerate(map(mapping, sequence(workload.pod.get("containers")))):
        own = scalar(container.get("name"))
        # The first container is what the workload is named after; others stand beside it.
        first = index == 0 or own == resource.name
        words = [*sequence(container.get("command")), *sequence(container.get("args"))]
        yield Run(
            file=resource.file,
            name=resource.name if first else own,
            line=line_of(mapping(resource.body.get("metadata")).get("name")),
            kind=resource.kind,
            image=image_name(container.get("image")),
            ports=ports if first else (),
            names=names if first else (),
            environment=_environment(container, resource.file, configs),
            command=" ".join(f"'{w}'" if " " in w and "'" not in w else w for w in map(scalar, words)),
            mounts=tuple(_mounted(workload.pod)),
            wired=False,
        )


def _mounted(pod: Mapping[str, Any]) -> Iterator[str]:
    """The ConfigMaps that a pod sees as files, as `configmap:NAME`."""
    for volume in map(mapping, sequence(pod.get("volumes"))):
        for source in (volume, *map(mapping, sequence(mapping(volume.get("projected")).get("sources")))):
            if name := scalar(mapping(source.get("configMap")).get("name")):
                yield f"configmap:{name}"


def _environment(container: Mapping[str, Any], file: str, configs: _Configs) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for source in map(mapping, sequence(container.get("envFrom"))):
        prefix = scalar(source.get("prefix"))
        for kind in ("configMapRef", "secretRef"):
            name = scalar(mapping(source.get(kind)).get("name"))
            found.update((prefix + key, value) for key, value in configs.of(name, file).items())
    for variable in map(mapping, sequence(container.get("env"))):
        name, value = scalar(variable.get("name")), variable.get("value")
        if not name:
            continue
        if isinstance(value, str):
            text = _expanded(value, found)
            if text is not None:
                found[name] = Value(text, file, line_of(value))
            continue
        given = mapping(variable.get("valueFrom"))
        for kind in ("configMapKeyRef", "secretKeyRef"):
            reference = mapping(given.get(kind))
            data = configs.of(scalar(reference.get("name")), file)
            if (known := data.get(scalar(reference.get("key")))) is not None:
                found[name] = known
    return found


def _expanded(text: str, known: Environment) -> str | None:
    """A value with `$(NAME)` replaced by variables given before; `None` where one of them is not known."""
    for _ in range(_MAX_EXPANSIONS):
        names = {match[1] for match in _EXPANSION.finditer(text)}
        if not names:
            break
        if not names <= set(known):
            return None
        text = _EXPANSION.sub(lambda match: known[match[1]].text, text)
        if len(text) > _MAX_LENGTH:
            return None
    return text


class _Configs:
    """The ConfigMaps and Secrets of a tree."""

    def __init__(self, resources: Sequence[Resource]) -> None:
        self._data: dict[str, dict[str, dict[str, Value]]] = defaultdict(dict)
        self._known: dict[tuple[str, str], dict[str, Value]] = {}
        for resource in resources:
            # What a Secret holds as `data` is encoded, and nobody's business.
            key = {"ConfigMap": "data", "Secret": "stringData"}.get(resource.kind, "")
            data = mapping(resource.body.get(key)) if key and resource.name else {}
            values = {
                name: Value(value, resource.file, line_of(value))
                for name, value in data.items()
                if isinstance(value, str)
            }
            self._data[resource.name].setdefault(resource.file, {}).update(values)

    def of(self, name: str, file: str) -> dict[str, Value]:
        """The values of a ConfigMap as a manifest sees it: of several with one name the nearest goes first."""
        folder = file.rpartition("/")[0]
        known = self._known.get((name, folder))
        if known is None:
            known = self._known[name, folder] = {}
            places = set(self._data.get(name, ())) if name else set()
            while (place := nearest(places, file)) is not None:
                places.discard(place)
                known.update((k, v) for k, v in self._data[name][place].items() if k not in known)
        return known
