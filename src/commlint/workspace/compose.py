"""What docker-compose files say is built and run."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec

from commlint.workspace import envfiles
from commlint.workspace.documents import Broken, line_of, load, mapping, on_line, scalar, sequence
from commlint.workspace.running import Build, Run, Value, image_name
from commlint.workspace.sources import Sources, inside
from commlint.workspace.variables import interpolate

_FILE = re.compile(r"(.*[-_.])?(compose|docker-stack)([-_.].*)?\.ya?ml", re.IGNORECASE)
_YAML = re.compile(r".*\.ya?ml", re.IGNORECASE)
_OVERRIDE = re.compile(r"((?:docker-)?compose)\.override\.ya?ml")
# A file of another name: its services are described by what only Compose says.
_SERVICES = re.compile(rb"^services:[ \t]*(?:#.*)?\r?\n(?:[ \t]*(?:#.*)?\r?\n)*[ \t]+[\w.-]+:", re.MULTILINE)
_BUILT = re.compile(rb"^[ \t]+(?:image|build|container_name):", re.MULTILINE)
_PORT = re.compile(r"(?:(?:\[[^\]]*\]|[^:\[\]]*):)??(?:(\d*)(?:-\d+)?:)?(\d+)(?:-\d+)?(?:/tcp)?")
_REFERENCE = re.compile(r"\$\{[^{}]*\}|\$\w+")
_LOCAL = frozenset({"", "."})


def read(sources: Sources, folders: Collection[str]) -> tuple[Run, ...]:
    """Reads the docker-compose files of a tree.

    Args:
        sources: The files of the tree.
        folders: Folders of the tree that may be built from; `.` is the root.
    """
    reader = _Reader(sources, folders)
    # The file that Compose takes by itself comes first, since it says most about how services are meant to run.
    named = [path for path in sources.paths if is_compose(path)]
    for path in sorted(named, key=lambda path: (not _default(path), path)):
        reader.read(path, sure=True)
    for path in sources.paths:
        if _YAML.fullmatch(path) and not is_compose(path) and _looks_alike(sources.data(path)):
            reader.read(path, sure=False)
    return tuple(_linked(reader.runs, reader.links))


def is_compose(path: str) -> bool:
    """Whether a file may be a docker-compose file by its name, or by that of its folder."""
    folder, _, name = path.rpartition("/")
    return _FILE.fullmatch(name) is not None or (
        folder.rpartition("/")[2] == "compose" and _YAML.fullmatch(name) is not None
    )


def _looks_alike(data: bytes) -> bool:
    return _SERVICES.search(data) is not None and _BUILT.search(data) is not None


def _default(path: str) -> bool:
    return path.rpartition("/")[2].partition(".")[0] in {"compose", "docker-compose"} and path.count(".") == 1


class _Layer(msgspec.Struct, frozen=True):
    """A definition of a service, with the file whose folder its paths are relative to."""

    path: str
    definition: Mapping[str, Any]


class _Reader:
    """Reads compose files one after the other."""

    def __init__(self, sources: Sources, folders: Collection[str]) -> None:
        self._sources = sources
        self._folders = folders
        self._documents: dict[str, dict[str, Any]] = {}
        self.runs: list[Run] = []
        self.links: list[tuple[str, str, str]] = []

    def read(self, path: str, *, sure: bool) -> None:
        """Reads one file; what it includes is read with it."""
        if path in self._documents:
            return
        services = self._services(path, sure=sure)
        override = self._override(path)
        if (match := _OVERRIDE.fullmatch(posixpath.basename(path))) and any(
            posixpath.join(posixpath.dirname(path), f"{match[1]}.{ending}") in self._documents
            for ending in ("yml", "yaml")
        ):
            # It has been read together with the file that it overrides.
            return
        known = envfiles.read(self._sources, posixpath.join(posixpath.dirname(path), ".env"))
        texts = {name: value.text for name, value in known.items()}
        for name in dict.fromkeys((*services, *(self._services(override, sure=True) if override else ()))):
            layers = self._layers(path, name)
            if override:
                layers += self._layers(override, name)
            if layers:
                self.runs.append(self._run(path, name, layers, texts))

    def _override(self, path: str) -> str | None:
        stem, ending = posixpath.splitext(path)
        override = f"{stem}.override{ending}"
        return override if _default(path) and override in self._sources else None

    def _services(self, path: str, *, sure: bool) -> dict[str, Any]:
        if path not in self._documents:
            self._documents[path] = {}
            document = self._document(path, sure=sure)
            self._documents[path] = mapping(document.get("services"))
            for entry in sequence(document.get("include")):
                for written in sequence(mapping(entry).get("path")) or [mapping(entry).get("path") or entry]:
                    included = inside(posixpath.dirname(path), written) if isinstance(written, str) else None
                    if included and included in self._sources:
                        self.read(included, sure=sure)
        return self._documents[path]

    def _document(self, path: str, *, sure: bool) -> dict[str, Any]:
        text = self._sources.strict(path, "docker-compose file") if sure else self._sources.text(path)
        try:
            return mapping(load(text or ""))
        except Broken as error:
            # Templates of other tools are no manifests yet.
            if sure and "{{" not in (text or "") and "{%" not in (text or ""):
                self._sources.give_up(path, error.reason, error.line, error.column)
            return {}

    def _layers(self, path: str, name: str) -> list[_Layer]:
        """The definitions that make up a service, what it extends first."""
        chain: list[_Layer] = []
        seen: set[tuple[str, str]] = set()
        while (path, name) not in seen:
            seen.add((path, name))
            definition = self._services(path, sure=False).get(name)
            if not isinstance(definition, dict):
                break
            chain.append(_Layer(path, definition))
            extends = definition.get("extends")
            if isinstance(extends, dict):
                file = extends.get("file")
                path = (inside(posixpath.dirname(path), file) or "") if isinstance(file, str) else path
                extends = extends.get("service")
            if not isinstance(extends, str) or path not in self._sources:
                break
            name = extends
        return chain[::-1]

    def _run(self, path: str, name: str, layers: list[_Layer], known: Mapping[str, str]) -> Run:
        def text(value: object) -> str:
            return (interpolate(value, known) or "") if isinstance(value, str) else ""

        merged: dict[str, Any] = {}
        homes: dict[str, str] = {}
        for layer in layers:
            merged |= layer.definition
            homes |= dict.fromkeys(layer.definition, layer.path)
        names: list[Any] = [merged.get("hostname"), merged.get("container_name")]
        for network in mapping(merged.get("networks")).values():
            names += sequence(mapping(network).get("aliases"))
        for link in (*sequence(merged.get("links")), *sequence(merged.get("external_links"))):
            target, colon, alias = scalar(link).partition(":")
            if colon:
                self.links.append((path, target, alias))
        command = " ".join(_words(merged.get(key), known) for key in ("entrypoint", "command")).strip()
        return Run(
            file=path,
            name=name,
            line=line_of(name),
            build=self._build(homes.get("build", path), merged.get("build"), known),
            image=image_name(_REFERENCE.sub("", scalar(merged.get("image")))),
            ports=tuple(_ports(merged, known)),
            # A name that is put together at run time is none to be called by.
            names=tuple(dict.fromkeys(text(n) for n in names if text(n) and "{{" not in n and "$" not in n)),
            environment=self._environment(layers, known),
            command=command,
            mounts=tuple(self._mounts(layers, known)),
            labels=_labels(path, merged),
            on_host=merged.get("network_mode") == "host",
        )

    def _build(self, path: str, build: object, known: Mapping[str, str]) -> Build | None:
        """The folder that a service is built from and its Dockerfile."""
        if isinstance(build, str):
            build = {"context": build}
        if not isinstance(build, dict):
            return None
        home = posixpath.dirname(path)
        written = build.get("context") or "."
        # Compose is started in some folder of the tree; `$PWD` is that folder, as a relative path would be.
        context = interpolate(written, {"PWD": ".", **known}) if isinstance(written, str) else None
        if context is None or "://" in context or posixpath.isabs(context):
            return None
        file = build.get("dockerfile")
        dockerfile = (interpolate(file, known) if isinstance(file, str) else None) or "Dockerfile"
        target = (interpolate(scalar(build.get("target")), known)) or ""
        # Files that are collected in a folder of their own are often started from further up (`--project-directory`).
        bases = [home]
        said = build.get("context") or build.get("dockerfile")
        while bases[-1] and said and not context.startswith(".."):
            bases.append(posixpath.dirname(bases[-1]))
        for base in bases:
            found = inside(base, context, dockerfile)
            folder = inside(base, context)
            if found is not None and folder is not None and found in self._sources:
                return Build(folder, found, target)
        for base in dict.fromkeys((bases[0], bases[-1])):
            folder = inside(base, context)
            # Where the Dockerfile is missing, only a folder that was named says which code is meant.
            if folder in self._folders and folder is not None and context not in _LOCAL:
                return Build(folder)
        return None

    def _environment(self, layers: list[_Layer], known: Mapping[str, str]) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for layer in layers:
            env_file = layer.definition.get("env_file")
            for entry in env_file if isinstance(env_file, list) else [env_file]:
                written = entry.get("path") if isinstance(entry, dict) else entry
                file = interpolate(written, known) if isinstance(written, str) else None
                if file and not posixpath.isabs(file):
                    found |= envfiles.read(self._sources, inside(posixpath.dirname(layer.path), file) or "")
        for layer in layers:
            for key, value in _assignments(layer.definition.get("environment")):
                # A name alone passes on what the shell, or the `.env` beside the compose file, has under it.
                settled = interpolate(value, known) if isinstance(value, str) else known.get(key)
                if settled is None:
                    found.pop(key, None)
                else:
                    line = line_of(value) if isinstance(value, str) else line_of(key)
                    found[key] = Value(settled, layer.path, line)
        return found

    def _mounts(self, layers: list[_Layer], known: Mapping[str, str]) -> Iterator[str]:
        """What of the tree is mounted."""
        for layer in layers:
            for volume in sequence(layer.definition.get("volumes")):
                written = volume.get("source") if isinstance(volume, dict) else scalar(volume).partition(":")[0]
                source = interpolate(written, {"PWD": ".", **known}) if isinstance(written, str) else None
                if source and source.startswith((".", "/")) and not posixpath.isabs(source):
                    mounted = inside(posixpath.dirname(layer.path), source)
                    if mounted is not None and (mounted in self._folders or self._sources.holds(mounted)):
                        yield mounted


def _linked(runs: list[Run], links: list[tuple[str, str, str]]) -> Iterator[Run]:
    """The runs with the further names that `links` of others give them."""
    aliases: dict[tuple[str, str], dict[str, None]] = {}
    for path, target, alias in links:
        aliases.setdefault((path, target), {})[alias] = None
    for run in runs:
        further = [name for name in aliases.get((run.file, run.name), ()) if name not in run.names]
        yield msgspec.structs.replace(run, names=(*run.names, *further)) if further else run


def _words(value: object, known: Mapping[str, str]) -> str:
    """A command in one line; what is not known of it stays as it is written."""
    parts = value if isinstance(value, list) else [value]
    words = [(interpolate(part, known) or part) if isinstance(part, str) else "" for part in parts]
    if isinstance(value, list):
        words = [f"'{word}'" if " " in word and "'" not in word else word for word in words]
    return " ".join(filter(None, words))


def _assignments(environment: object) -> Iterator[tuple[str, object]]:
    """Names and values of an environment, as a mapping or a list; `None` where only the name is given."""
    if isinstance(environment, dict):
        yield from ((key, value) for key, value in environment.items() if value is None or isinstance(value, str))
    for item in sequence(environment):
        if isinstance(item, str):
            key, equals, given = item.partition("=")
            yield key, on_line(given, line_of(item)) if equals else None


def _labels(path: str, merged: Mapping[str, Any]) -> dict[str, Value]:
    labels = [*_assignments(merged.get("labels")), *_assignments(mapping(merged.get("deploy")).get("labels"))]
    return {key: Value(value, path, line_of(value)) for key, value in labels if isinstance(value, str)}


def _ports(definition: Mapping[str, Any], known: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    """Published and internal ports, as far as they are numbers."""
    for port in sequence(definition.get("ports")):
        written = f"{port.get('published') or ''}:{port.get('target') or ''}" if isinstance(port, dict) else port
        match = _PORT.fullmatch(interpolate(written, known) or "") if isinstance(written, str) else None
        if match is not None:
            yield int(match[1] or 0), int(match[2])
    for port in sequence(definition.get("expose")):
        if isinstance(port, str) and port.isdecimal():
            yield 0, int(port)
