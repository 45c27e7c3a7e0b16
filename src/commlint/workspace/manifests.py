"""What docker-compose files say about services."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml

from commlint.facts import Unreadable
from commlint.workspace.variables import interpolate, parse

# The C parser reads the same language ten times as fast; not every build of PyYAML has it.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_FILE = re.compile(r"(.*[-_.])?compose([-_.].*)?\.ya?ml", re.IGNORECASE)
_YAML = re.compile(r".*\.ya?ml", re.IGNORECASE)
_MAX_BYTES = 2_000_000
# More pairs than any mapping written by hand has: merge keys can multiply to no end.
_MAX_PAIRS = 10_000
_MAX_DEPTH = 100
_PORT = re.compile(r"(?:(?:\[[^\]]*\]|[^:\[\]]*):)??(?:(\d*)(?:-\d+)?:)?(\d+)(?:-\d+)?(?:/tcp)?")
_LOCAL = frozenset({"", "."})


class ComposeService(msgspec.Struct, frozen=True):
    """One entry under `services` of a docker-compose file.

    Attributes:
        file: Path of the compose file.
        name: Its key.
        context: Folder it is built from, relative to the root; `.` for the root, `None` where it is not built here.
        dockerfile: Path of its Dockerfile where that is known to exist.
        image: Name of its image without the tag; empty where it has none.
        ports: Port on the host (0 where none is published) and in the container.
        names: Further names in the network: hostname, container name, aliases.
        environment: Variables it is run with, as far as their values are known.
        command: What it runs, as written.
    """

    file: str
    name: str
    context: str | None = None
    dockerfile: str | None = None
    image: str = ""
    ports: tuple[tuple[int, int], ...] = ()
    names: tuple[str, ...] = ()
    environment: Mapping[str, str] = {}
    command: str = ""


def read_compose(
    root: Path, paths: Sequence[str], folders: Collection[str]
) -> tuple[tuple[ComposeService, ...], tuple[Unreadable, ...]]:
    """Reads the docker-compose files among the paths.

    Args:
        root: What the paths are relative to.
        paths: All files of the tree; nothing else is opened.
        folders: Folders of the tree that may be built from; `.` is the root.
    """
    reader = _Reader(root, frozenset(paths), folders)
    # The file that Compose takes by itself comes first, since it says most about how services are meant to run.
    for path in sorted(filter(is_compose, paths), key=lambda path: (not _default(path), path)):
        reader.read(path)
    return tuple(reader.services), tuple(reader.unreadable)


def is_compose(path: str) -> bool:
    """Whether a file may be a docker-compose file by its name, or by that of its folder."""
    folder, _, name = path.rpartition("/")
    return _FILE.fullmatch(name) is not None or (
        folder.rpartition("/")[2] == "compose" and _YAML.fullmatch(name) is not None
    )


def _default(path: str) -> bool:
    return path.rpartition("/")[2].partition(".")[0] in {"compose", "docker-compose"} and path.count(".") == 1


class _Loader(_Base):  # type: ignore[misc, no-any-unimported]  # the base depends on how PyYAML was built
    """Reads scalars as text, as Compose means them (`22:22` is no number), and takes any tag."""

    # Of the plain scalars only merge keys and nulls have a meaning of their own.
    yaml_implicit_resolvers = {
        first: [pair for pair in resolvers if pair[0].endswith((":merge", ":null"))]
        for first, resolvers in _Base.yaml_implicit_resolvers.items()
    }

    _depth = 0

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        # Called for each node on the way down; the C parser would overrun its stack instead of raising.
        super().descend_resolver(current_node, current_index)
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise yaml.MarkedYAMLError("while reading a collection", None, "nested too deeply", current_node.start_mark)

    def ascend_resolver(self) -> None:
        super().ascend_resolver()
        self._depth -= 1

    def flatten_mapping(self, node: Any) -> None:
        super().flatten_mapping(node)
        if len(node.value) > _MAX_PAIRS:
            raise yaml.MarkedYAMLError("while merging mappings", None, "too many keys", node.start_mark)

    def plain(self, node: Any) -> Any:
        """The value of a node with a tag that means nothing here."""
        if isinstance(node, yaml.MappingNode):
            return self.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return self.construct_sequence(node, deep=True)
        return self.construct_scalar(node)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:  # noqa: FBT001, FBT002  # PyYAML's signature
        # Keys that are no text have no meaning in these files, and may not be hashable.
        self.flatten_mapping(node)
        return {
            key.value: self.construct_object(value, deep=deep)
            for key, value in node.value
            if isinstance(key, yaml.ScalarNode)
        }


_Loader.add_constructor(None, _Loader.plain)


def _load(text: str) -> Any:
    """The first document of a text."""
    loader = _Loader(text)
    try:
        return loader.get_data() if loader.check_data() else None
    finally:
        loader.dispose()


class _Reader:
    """Reads compose files one after the other."""

    def __init__(self, root: Path, files: frozenset[str], folders: Collection[str]) -> None:
        self._root = root
        self._files = files
        self._folders = folders
        self.services: list[ComposeService] = []
        self.unreadable: list[Unreadable] = []

    def read(self, path: str) -> None:
        text = self._text(path)
        if text is None:
            return
        try:
            document = _load(text)
        except yaml.YAMLError as error:
            self.unreadable.append(_broken(path, text, error))
            return
        except (RecursionError, ValueError) as error:
            reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
            self.unreadable.append(Unreadable(path, 1, 1, reason))
            return
        services = _mapping(_mapping(document).get("services"))
        known = self._env_file(posixpath.join(posixpath.dirname(path), ".env"))
        for name, definition in services.items():
            if isinstance(definition, dict):
                self.services.append(self._service(path, name, _extended(definition, services), known))

    def _text(self, path: str) -> str | None:
        try:
            data = (self._root / path).read_bytes()
        except OSError as error:
            self.unreadable.append(Unreadable(path, 1, 1, error.strerror or str(error)))
            return None
        if len(data) > _MAX_BYTES:
            self.unreadable.append(Unreadable(path, 1, 1, "too large for a docker-compose file"))
            return None
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = data[: error.start]
            line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
            self.unreadable.append(Unreadable(path, line, column, f"not valid UTF-8: {error.reason}"))
            return None

    def _service(self, path: str, name: str, definition: Mapping[str, Any], known: Mapping[str, str]) -> ComposeService:
        def text(value: object) -> str:
            return (interpolate(value, known) or "") if isinstance(value, str) else ""

        context, dockerfile = self._build(path, definition.get("build"), known)
        names = [text(definition.get("hostname")), text(definition.get("container_name"))]
        for network in _mapping(definition.get("networks")).values():
            names += map(text, _sequence(_mapping(network).get("aliases")))
        command = definition.get("command")
        return ComposeService(
            file=path,
            name=name,
            context=context,
            dockerfile=dockerfile,
            image=_image(definition.get("image")),
            ports=tuple(_ports(definition, known)),
            names=tuple(dict.fromkeys(filter(None, names))),
            environment=self._environment(path, definition, known),
            command=" ".join(map(text, command)) if isinstance(command, list) else text(command),
        )

    def _build(self, path: str, build: object, known: Mapping[str, str]) -> tuple[str | None, str | None]:
        """The folder that a service is built from and its Dockerfile."""
        if isinstance(build, str):
            build = {"context": build}
        if not isinstance(build, dict):
            return None, None
        home = posixpath.dirname(path)
        written = build.get("context") or "."
        # Compose is started in some folder of the tree; `$PWD` is that folder, as a relative path would be.
        context = interpolate(written, {"PWD": ".", **known}) if isinstance(written, str) else None
        if context is None or "://" in context or posixpath.isabs(context):
            return None, None
        file = build.get("dockerfile")
        dockerfile = (interpolate(file, known) if isinstance(file, str) else None) or "Dockerfile"
        # Files that are collected in a folder of their own are often started from further up (`--project-directory`).
        bases = [home]
        while bases[-1]:
            bases.append(posixpath.dirname(bases[-1]))
        for base in bases:
            found = _inside(base, context, dockerfile)
            if found in self._files:
                return _inside(base, context), found
        for base in (bases[0], bases[-1]):
            folder = _inside(base, context)
            # Where the Dockerfile is missing, only a folder that was named says which code is meant.
            if folder in self._folders and context not in _LOCAL:
                return folder, None
        return None, None

    def _environment(self, path: str, definition: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, str]:
        found: dict[str, str] = {}
        env_file = definition.get("env_file")
        for entry in env_file if isinstance(env_file, list) else [env_file]:
            written = entry.get("path") if isinstance(entry, dict) else entry
            file = interpolate(written, known) if isinstance(written, str) else None
            if file and not posixpath.isabs(file):
                found.update(self._env_file(_inside(posixpath.dirname(path), file) or ""))
        environment = definition.get("environment")
        pairs: list[tuple[str, object]] = []
        if isinstance(environment, dict):
            pairs = list(environment.items())
        for item in _sequence(environment):
            if isinstance(item, str):
                key, equals, given = item.partition("=")
                pairs.append((key, given if equals else None))
        for key, value in pairs:
            # A name alone passes on what the shell, or the `.env` beside the compose file, has under it.
            settled = interpolate(value, known) if isinstance(value, str) else known.get(key)
            if settled is None:
                found.pop(key, None)
            else:
                found[key] = settled
        return found

    def _env_file(self, path: str) -> dict[str, str]:
        return read_env(self._root, path) if path in self._files else {}


def read_env(root: Path, path: str) -> dict[str, str]:
    """The variables of a `.env` file; none where it cannot be read."""
    try:
        return parse((root / path).read_bytes()[:_MAX_BYTES].decode("utf-8-sig", "replace"))
    except OSError:
        return {}


def _extended(definition: Mapping[str, Any], services: Mapping[str, Any]) -> dict[str, Any]:
    """A definition with what it takes over from services of the same file by `extends`."""
    chain = [definition]
    while len(chain) <= len(services):
        extends = chain[-1].get("extends")
        if isinstance(extends, dict):
            extends = None if extends.get("file") else extends.get("service")
        base = services.get(extends) if isinstance(extends, str) else None
        if not isinstance(base, dict):
            break
        chain.append(base)
    merged: dict[str, Any] = {}
    for layer in reversed(chain):
        environment = [*_assignments(merged.get("environment")), *_assignments(layer.get("environment"))]
        merged = {**merged, **layer}
        if environment:
            merged["environment"] = environment
    return merged


def _assignments(environment: object) -> list[object]:
    """An environment in its form as a list, which two can be joined in."""
    if isinstance(environment, dict):
        return [key if value is None else f"{key}={value}" for key, value in environment.items() if _scalar(value)]
    return _sequence(environment)


def _ports(definition: Mapping[str, Any], known: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    """Published and internal ports, as far as they are numbers."""
    for port in _sequence(definition.get("ports")):
        written = f"{port.get('published') or ''}:{port.get('target') or ''}" if isinstance(port, dict) else port
        match = _PORT.fullmatch(interpolate(written, known) or "") if isinstance(written, str) else None
        if match is not None:
            yield int(match[1] or 0), int(match[2])
    for port in _sequence(definition.get("expose")):
        if isinstance(port, str) and port.isdecimal():
            yield 0, int(port)


def _image(written: object) -> str:
    """The name of an image without tag, digest and the registry, which differ between files for the same image."""
    if not isinstance(written, str):
        return ""
    name = re.sub(r"\$\{[^{}]*\}|\$\w+", "", written).partition("@")[0].rpartition("/")[2]
    return name.partition(":")[0]


def _inside(base: str, *parts: str) -> str | None:
    """A path relative to the root, `.` for the root itself; `None` where it leads out."""
    path = posixpath.normpath(posixpath.join(base, *parts))
    return None if path == ".." or path.startswith(("../", "/")) else path


def _broken(path: str, text: str, error: yaml.YAMLError) -> Unreadable:
    """A parser's complaint with its place."""
    line = column = 1
    reason = str(error)
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        if mark is not None:
            line, column = mark.line + 1, mark.column + 1
        reason = ", ".join(filter(None, (error.problem, error.context)))
    elif isinstance(error, yaml.reader.ReaderError):
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        reason = error.reason
    return Unreadable(path, line, column, " ".join(reason.split()))


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _sequence(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _scalar(value: object) -> bool:
    return value is None or isinstance(value, str)
