"""Traefik: routers on labels of containers, in its own files, and as resources of Kubernetes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from commlint.workspace.documents import Broken, line_of, load, mapping, scalar, sequence
from commlint.workspace.gateways import Gateway, Route, hosts_of
from commlint.workspace.resources import Resource
from commlint.workspace.running import Run, Value
from commlint.workspace.sources import Sources

_YAML = re.compile(r".*\.ya?ml(?:\.\w+)?", re.IGNORECASE)
_DYNAMIC = re.compile(rb"^[ \t]+routers:", re.MULTILINE)
_LABEL = re.compile(r"traefik(?:\.http)?\.(routers|middlewares|services)\.([^.]+)\.(.+)", re.IGNORECASE)
_MATCHER = re.compile(r"(?:(!)\s*)?(Host|PathPrefix|Path|PathPrefixStrip)\s*\(([^)]{0,2000})\)", re.IGNORECASE)
_QUOTED = re.compile(r"[`'\"]([^`'\"]*)[`'\"]")
_URL = re.compile(r"https?://([^/]+)")


class _Mending(msgspec.Struct, frozen=True):
    """What middlewares do to a path: the prefixes that they take off, and the one that they put on."""

    off: tuple[str, ...] = ()
    on: str = ""

    def path(self, prefix: str) -> tuple[str, str | None]:
        """The prefix that is replaced, and by what."""
        for off in sorted(self.off, key=len, reverse=True):
            if prefix.startswith(off):
                return off if len(off) >= len(prefix) else prefix, self.on + prefix[len(off) :]
        return prefix, (self.on + prefix) if self.on else None


def read(sources: Sources, runs: Sequence[Run], resources: Sequence[Resource] = ()) -> Iterator[Gateway]:
    """The gateways that Traefik makes of labels, of its own files, and of resources."""
    fronts = [run for run in runs if run.image.startswith("traefik") or "traefik" in run.name]
    by_file: dict[str, list[Route]] = defaultdict(list)
    for run in runs:
        if any(name.startswith("traefik") for name in run.labels):
            by_file[run.file] += _labelled(run)
    for path in sources.paths:
        if _YAML.fullmatch(path) and _DYNAMIC.search(data := sources.data(path)) and b"loadBalancer" in data:
            by_file[path] += _from_file(sources, path)
    routed = [resource for resource in resources if resource.kind == "IngressRoute"]
    middlewares = {r.name: _mending([r.spec]) for r in resources if r.kind == "Middleware"}
    for resource in routed:
        by_file[resource.file] += _from_resource(resource, middlewares)
    for file, routes in sorted(by_file.items()):
        if routes:
            here = [run for run in fronts if run.file == file] or fronts
            hosts = [*hosts_of(here), *(route.host for route in routes if route.host)]
            yield Gateway(here[0].name if here else "traefik", tuple(dict.fromkeys(hosts)), tuple(sorted(routes)), file)


def _labelled(run: Run) -> Iterator[Route]:
    """The routes that the labels of a container ask for."""
    parts: dict[str, dict[str, dict[str, Value]]] = defaultdict(lambda: defaultdict(dict))
    for label, value in run.labels.items():
        if (match := _LABEL.fullmatch(label)) is not None:
            parts[match[1].lower()][match[2]][match[3].lower()] = value
    port = next((v.text for s in parts["services"].values() if (v := s.get("loadbalancer.server.port"))), "")
    port = port or next((str(inner) for _, inner in run.ports), "")
    target = f"{run.name}:{port}" if port else run.name
    for router in parts["routers"].values():
        rule = router.get("rule")
        if rule is None:
            continue
        used = router["middlewares"].text.split(",") if "middlewares" in router else []
        specs = [_spec(parts["middlewares"].get(name.partition("@")[0].strip(), {})) for name in used]
        yield from _routes(rule.text, _mending(specs), target.lower(), rule.file, rule.line)


def _spec(labels: Mapping[str, Value]) -> dict[str, Any]:
    """A middleware in the form in which files describe it."""
    stripped = labels.get("stripprefix.prefixes")
    added = labels.get("addprefix.prefix")
    return {
        "stripPrefix": {"prefixes": [] if stripped is None else [part.strip() for part in stripped.text.split(",")]},
        "addPrefix": {"prefix": "" if added is None else added.text},
    }


def _mending(specs: Sequence[Mapping[str, Any]]) -> _Mending:
    off: list[str] = []
    on = ""
    for spec in specs:
        off += map(scalar, sequence(mapping(spec.get("stripPrefix")).get("prefixes")))
        on = scalar(mapping(spec.get("addPrefix")).get("prefix")) or on
    return _Mending(tuple(off), on)


def _routes(rule: str, mending: _Mending, target: str, file: str, line: int) -> Iterator[Route]:
    """The routes of one rule: its alternatives, and the paths and hosts that each of them names."""
    for alternative in rule.split("||"):
        hosts, prefixes = [""], ["/"]
        wanted = [match for match in _MATCHER.finditer(alternative) if not match[1]]
        for match in wanted:
            named = _QUOTED.findall(match[3]) or [match[3].strip()]
            if match[2].lower() == "host":
                hosts = [name for name in named if "{" not in name] or [""]
            else:
                prefixes = [name.partition("{")[0] for name in named]
                if match[2].lower() == "pathprefixstrip":
                    mending = _Mending((*mending.off, *prefixes), mending.on)
        if not wanted or "$" in alternative.replace("`", ""):
            continue
        for host in hosts:
            for prefix in prefixes:
                replaced, path = mending.path(prefix)
                yield Route(replaced, target, path, file, line, host)


def _from_file(sources: Sources, path: str) -> Iterator[Route]:
    try:
        http = mapping(mapping(load(sources.text(path))).get("http"))
    except Broken:
        return
    middlewares = mapping(http.get("middlewares"))
    services = mapping(http.get("services"))
    for router in map(mapping, mapping(http.get("routers")).values()):
        rule = scalar(router.get("rule"))
        service = mapping(services.get(scalar(router.get("service")).partition("@")[0]))
        servers = sequence(mapping(service.get("loadBalancer")).get("servers"))
        match = _URL.match(scalar(mapping(servers[0]).get("url"))) if servers else None
        specs = [mapping(middlewares.get(scalar(n).partition("@")[0])) for n in sequence(router.get("middlewares"))]
        if rule and match is not None and "{" not in match[1]:
            yield from _routes(rule, _mending(specs), match[1].lower(), path, line_of(rule))


def _from_resource(resource: Resource, middlewares: Mapping[str, _Mending]) -> Iterator[Route]:
    for route in map(mapping, sequence(resource.spec.get("routes"))):
        rule = scalar(route.get("match"))
        used = [middlewares.get(scalar(mapping(m).get("name"))) for m in sequence(route.get("middlewares"))]
        known = [mending for mending in used if mending is not None]
        mending = _Mending(
            tuple(off for mending in known for off in mending.off), next((m.on for m in known if m.on), "")
        )
        for service in map(mapping, sequence(route.get("services"))[:1]):
            name, port = scalar(service.get("name")), scalar(service.get("port"))
            if name:
                target = f"{name}:{port}" if port.isdecimal() else name
                yield from _routes(rule, mending, target, resource.file, line_of(rule))
