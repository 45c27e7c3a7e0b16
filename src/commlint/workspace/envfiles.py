"""`.env` files, and the examples that stand for them where they are not checked in."""

from __future__ import annotations

import posixpath
import re

from commlint.workspace.running import Value
from commlint.workspace.sources import Sources
from commlint.workspace.variables import parse_lines

_EXAMPLES = (
    *("example", "sample", "template", "dist", "tmpl", "default", "defaults"),
    *("devel", "dev", "development", "local", "docker"),
)
_PLACEHOLDER = re.compile(r"<[^>]*>|your[-_ ].*|change[-_ ]?me|x{3,}|\.\.\.|to[-_]?do", re.IGNORECASE)


def read(sources: Sources, path: str) -> dict[str, Value]:
    """The variables of a `.env` file, or of the example beside its place; none where there is neither.

    Args:
        sources: The files of the tree.
        path: The file that is named, which may not be checked in.
    """
    if path in sources:
        return _values(sources, path)
    example = _example(sources, path)
    if example is None:
        return {}
    return {name: value for name, value in _values(sources, example).items() if not is_placeholder(value.text)}


def is_placeholder(text: str) -> bool:
    """Whether a value only asks for one: `<your key>`, `changeme`."""
    return not text or _PLACEHOLDER.fullmatch(text) is not None


def _example(sources: Sources, path: str) -> str | None:
    folder, name = posixpath.split(path)
    stem = name.lstrip(".")
    names = [f"{name}.{word}" for word in _EXAMPLES]
    names += [f"{word}{name if name.startswith('.') else '.' + name}" for word in _EXAMPLES]
    names += [f"{name}-{word}" for word in _EXAMPLES] + [f"{stem}.{word}" for word in _EXAMPLES]
    names += [f".{word}.{stem}" for word in _EXAMPLES]
    return next((file for name in names if (file := posixpath.join(folder, name)) in sources), None)


def _values(sources: Sources, path: str) -> dict[str, Value]:
    return {name: Value(value, path, line) for name, (value, line) in parse_lines(sources.text(path)).items()}
