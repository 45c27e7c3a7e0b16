"""Ingresses of Kubernetes and their kin: which paths of which hosts lead to which service."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from commlint.workspace.documents import line_of, mapping, scalar, sequence
from commlint.workspace.gateways import Gateway, Route
from commlint.workspace.resources import Resource

_REST = re.compile(r"(?:\((?:\?:)?/\|\$\)|/)?\(\.[*+]\)\$?$|\(/\|\$\)$|\.[*+]$|\*$")


def read(resources: Sequence[Resource]) -> Iterator[Gateway]:
    """The gateways that resources describe, one for each."""
    readers = {"Ingress": _ingress, "HTTPRoute": _http_route, "VirtualService": _virtual_service}
    for resource in resources:
        reader = readers.get(resource.kind)
        routes = tuple(sorted(set(reader(resource)))) if reader is not None else ()
        if routes:
            hosts = tuple(sorted({route.host for route in routes if route.host}))
            line = line_of(mapping(resource.body.get("metadata")).get("name"))
            yield Gateway(resource.name or resource.kind.lower(), hosts, routes, resource.file, line)


def _ingress(resource: Resource) -> Iterator[Route]:
    annotations = mapping(mapping(resource.body.get("metadata")).get("annotations"))
    rewrite = next((scalar(v) for k, v in annotations.items() if k.endswith("/rewrite-target")), "")
    backend = resource.spec.get("defaultBackend") or resource.spec.get("backend")
    if target := _backend(backend):
        yield Route("/", target, None, resource.file, line_of(mapping(resource.body.get("metadata")).get("name")))
    for rule in map(mapping, sequence(resource.spec.get("rules"))):
        host = scalar(rule.get("host"))
        for entry in map(mapping, sequence(mapping(rule.get("http")).get("paths"))):
            written = scalar(entry.get("path")) or "/"
            target = _backend(entry.get("backend"))
            if target:
                prefix = _REST.sub("", written) or "/"
                path = rewrite.partition("$")[0] if rewrite else None
                yield Route(prefix, target, path, resource.file, _line(entry, rule, resource), host)


def _backend(value: object) -> str:
    """The service and port that a backend is, in the old form and the new one."""
    backend = mapping(value)
    service = mapping(backend.get("service"))
    name = scalar(service.get("name")) or scalar(backend.get("serviceName"))
    port = scalar(mapping(service.get("port")).get("number")) or scalar(backend.get("servicePort"))
    return f"{name}:{port}" if name and port.isdecimal() else name


def _http_route(resource: Resource) -> Iterator[Route]:
    hosts = [scalar(host) for host in sequence(resource.spec.get("hostnames"))] or [""]
    for rule in map(mapping, sequence(resource.spec.get("rules"))):
        path: str | None = None
        for each in map(mapping, sequence(rule.get("filters"))):
            rewritten = mapping(mapping(each.get("urlRewrite")).get("path")).get("replacePrefixMatch")
            path = rewritten if isinstance(rewritten, str) else path
        backend = mapping(next(iter(sequence(rule.get("backendRefs"))), None))
        target = _target(backend, "name", "port")
        matches = [scalar(mapping(mapping(m).get("path")).get("value")) for m in sequence(rule.get("matches"))]
        for host in hosts:
            for prefix in filter(None, matches or ["/"]):
                if target:
                    yield Route(prefix, target, path, resource.file, _line(backend, rule, resource), host)


def _virtual_service(resource: Resource) -> Iterator[Route]:
    # Inside the mesh it stands before the service of its own name, and changes nothing about its address.
    hosts = [host for host in map(scalar, sequence(resource.spec.get("hosts"))) if "." in host] or [""]
    for rule in map(mapping, sequence(resource.spec.get("http"))):
        rewritten = mapping(rule.get("rewrite")).get("uri")
        path = rewritten if isinstance(rewritten, str) else None
        destination = mapping(mapping(next(iter(sequence(rule.get("route"))), None)).get("destination"))
        name = scalar(destination.get("host"))
        port = scalar(mapping(destination.get("port")).get("number"))
        matches = [mapping(mapping(m).get("uri")) for m in sequence(rule.get("match"))]
        prefixes = [scalar(match.get("prefix") or match.get("exact")) for match in matches]
        if prefixes or resource.spec.get("gateways"):
            for host in hosts:
                for prefix in filter(None, prefixes or ["/"]):
                    if name:
                        target = f"{name}:{port}" if port.isdecimal() else name
                        yield Route(prefix, target, path, resource.file, line_of(name), "" if host == "*" else host)


def _target(backend: Mapping[str, Any], name: str, port: str) -> str:
    number = scalar(backend.get(port))
    return f"{scalar(backend.get(name))}:{number}" if number.isdecimal() else scalar(backend.get(name))


def _line(entry: Mapping[str, Any], rule: Mapping[str, Any], resource: Resource) -> int:
    """The line of the first thing that is written in an entry."""
    for part in (entry, rule, mapping(resource.body.get("metadata"))):
        for key in part:
            return line_of(key)
    return 1
