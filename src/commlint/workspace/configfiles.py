"""Configuration files that programs read themselves: Flask's, dynaconf's, decouple's, and plain YAML, TOML and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import tomli

from commlint.workspace import layout
from commlint.workspace.documents import Broken, line_of, load
from commlint.workspace.envfiles import is_placeholder
from commlint.workspace.running import Value
from commlint.workspace.sources import Sources

_WORDS = "app|application|config|configuration|settings|secrets|conf|local|defaults?|base|dev|development"
_EXAMPLE = re.compile(r"\.(?:example|sample|template|dist|tmpl|default)$")
_NAME = re.compile(rf"(?:.*[-_.])?(?:{_WORDS})(?:[-_.][\w.-]*)?\.(cfg|ini|toml|ya?ml|json|py)", re.IGNORECASE)
_INSTANCE = re.compile(r"[^/]+\.(cfg|ini|toml|ya?ml|json|py)", re.IGNORECASE)
# Folders whose files configure other programs.
_OTHERS = frozenset(
    {
        *(".github", "k8s", "kubernetes", "helm", "charts", "templates", "grafana", "prometheus", "docs", "terraform"),
        *("ansible", "nginx", "node_modules", "locales", "fixtures", "frontend", "migrations", "i18n", ".vscode"),
    }
)
_MAX_BYTES = 100_000
_MAX_DEPTH = 6
_MAX_LINE = 1_000
_MAX_SETTINGS = 2_000
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)\s*[=:]\s*(?:[rub]?([\"'])(.*?)\2|([^\s\"'#;\[{(][^#;]*?))\s*(?:[#;].*)?")
_SECTION = re.compile(r"^[^\S\n]*\[[^\]\n]+\][^\S\n]*$", re.MULTILINE)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://\S+|[A-Za-z][\w.-]*:\d{2,5}(?:/\S*)?")
_VARIABLE = re.compile(r"\$\{(\w+)(?::-?([^${}]*))?\}")
# Sections of dynaconf, the one that is in force first.
_LAYERS = ("default", "development", "dev", "local", "global", "production", "prod", "testing", "test", "staging")
_LATER = re.compile(r"prod|stag|test|ci\b", re.IGNORECASE)


def paths(sources: Sources) -> Iterator[str]:
    """The files of a tree that may be such configuration, those for development first."""
    found = [path for path in sources.paths if _is_configuration(path)]
    present = set(found)
    found = [path for path in found if _EXAMPLE.sub("", path) == path or _EXAMPLE.sub("", path) not in present]
    yield from sorted(
        found,
        key=lambda path: (
            _LATER.search(path.rpartition("/")[2]) is not None,
            layout.is_aside(layout.parent(path)) or "mock" in path,
            path.count("/"),
            path,
        ),
    )


def _is_configuration(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    parts = folder.split("/")
    plain = _EXAMPLE.sub("", name)
    if not _OTHERS.isdisjoint(parts) or (plain.endswith(".py") and plain == name):
        return False
    return (_NAME if parts[-1] not in ("instance", "config", "conf", "settings") else _INSTANCE).fullmatch(
        plain
    ) is not None


def read(sources: Sources, path: str, environment: Mapping[str, str]) -> dict[str, Value]:
    """The settings of a configuration file: names in capitals, and whatever holds an address.

    Args:
        sources: The files of the tree.
        path: The file.
        environment: The variables of the service that reads it, for values that refer to them.
    """
    text = sources.text(path)
    if len(text) > _MAX_BYTES or "apiVersion:" in text or "openapi:" in text[:2_000]:
        return {}
    ending = _EXAMPLE.sub("", path).rpartition(".")[2].lower()
    try:
        if ending in ("yaml", "yml"):
            pairs = _flat(load(text))
        elif ending == "toml":
            pairs = _flat(tomli.loads(text))
        elif ending == "json":
            pairs = _flat(json.loads(text))
        else:
            pairs = _assigned(text)
        listed = list(islice(pairs, _MAX_SETTINGS))
    except (Broken, ValueError, RecursionError):
        # Whoever reads it will say so.
        return {}
    found: dict[str, Value] = {}
    for name, value, line in listed:
        settled = _settled(value, environment)
        if name not in found and _is_setting(name, settled):
            found[name] = Value(settled, path, line or _line(text, name))
    return found


def _is_setting(name: str, value: str) -> bool:
    if is_placeholder(value):
        return False
    return (name.isupper() and "." not in name) or _ADDRESS.fullmatch(value) is not None


def _flat(document: Any) -> Iterator[tuple[str, str, int]]:
    """Names, values and lines of nested tables: `services.users.url`; sections of dynaconf are not in the names."""
    if not isinstance(document, dict):
        return
    layers = [key for key in _LAYERS if isinstance(document.get(key), dict)]
    if layers and all(isinstance(value, dict) for value in document.values()):
        for layer in layers:
            yield from _nested(document[layer], "", 0)
        document = {key: value for key, value in document.items() if key not in layers}
    yield from _nested(document, "", 0)


def _nested(table: Mapping[Any, Any], prefix: str, depth: int) -> Iterator[tuple[str, str, int]]:
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and depth < _MAX_DEPTH:
            yield from _nested(value, f"{name}.", depth + 1)
        elif isinstance(value, str):
            yield name, value, line_of(value) if hasattr(value, "line") else 0


def _assigned(text: str) -> Iterator[tuple[str, str, int]]:
    """Assignments line by line, as Python and INI files have them."""
    ini = _SECTION.search(text) is not None
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > _MAX_LINE:
            continue
        match = _ASSIGNMENT.fullmatch(line.strip() if ini else line.rstrip())
        if match is not None and (match[2] or ini):
            yield match[1], match[3] if match[2] else match[4], number


def _settled(value: str, environment: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: environment.get(match[1], match[2] if match[2] is not None else match[0]), value)


def _line(text: str, name: str) -> int:
    """The line of a key in a format whose parser does not tell."""
    match = re.search(rf"^[ \t]*[\"']?{re.escape(name.rpartition('.')[2])}[\"']?[ \t]*[:=]", text, re.MULTILINE)
    return text.count("\n", 0, match.start()) + 1 if match else 1
