"""Makes a summary of a workspace that has been read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from commlint import facts
from commlint.neighbours.secrecy import redact, redact_module, redact_value
from commlint.neighbours.summary import Origin, Summary
from commlint.program.protos import CALLED
from commlint.workspace import Workspace, mentions, requirements
from commlint.workspace.contents import Contents, Shelf, Signs

# What others may read here although this repository by itself does not: a compose file there names an `.env` here.
_KEPT = re.compile(
    r"(?:.*/)?(?:\.env[^/]*|[^/]*\.env|(?:Docker|Container)file[^/]*|[^/]*\.[Dd]ockerfile|Procfile[^/]*"
    r"|[^/]*\.(?:ya?ml|toml|ini|cfg|conf|properties|sh|proto|tpl|template))"
)
_KEPT_BYTES = 200_000
_MAX_BYTES = 2_000_000


def gather(
    origin: Origin, workspace: Workspace, modules: Sequence[facts.Module], knows: Sequence[Origin] = ()
) -> Summary:
    """The summary of a workspace after every question that an analysis asks of its files.

    Args:
        origin: Which repository it is.
        workspace: The workspace, without neighbours.
        modules: The facts of its Python files.
        knows: The summaries of others that are kept with it.
    """
    contents = workspace.contents
    texts = dict(_texts(workspace))
    shelf = Shelf(
        files=workspace.files,
        generated=workspace.generated,
        others=workspace.others,
        signs={file.path: signs for file in workspace.files if (signs := _signs(contents, file.path)) != Signs()},
        texts={**texts, **dict(_generated(workspace))},
        releases={
            path: tuple(said)
            for path in workspace.others
            if requirements.is_read(path) and (said := contents.releases(path))
        },
        words=tuple(sorted(_words(workspace, texts.keys()))),
        schemas=workspace.schemas,
    )
    cleaned = tuple(redact_module(module) for module in modules)
    return Summary(origin, shelf, cleaned, tuple(sorted(knows, key=lambda known: known.place)))


def _signs(contents: Contents, path: str) -> Signs:
    django = path.rpartition("/")[2] == "manage.py" and contents.is_django(path)
    return Signs(contents.app(path), django, contents.shown(path), contents.sketch(path))


def _texts(workspace: Workspace) -> Iterator[tuple[str, str]]:
    contents = workspace.contents
    asked = frozenset(contents.asked)
    for path in workspace.others:
        if path not in asked and not _KEPT.fullmatch(path):
            continue
        limit = _MAX_BYTES if path in asked else _KEPT_BYTES
        try:
            data = contents.data(path, limit + 1)
        except OSError:
            continue
        if len(data) <= limit:
            yield path, redact(data.decode("utf-8-sig", "replace"))


def _generated(workspace: Workspace) -> Iterator[tuple[str, str]]:
    """Of generated code the methods that it calls, which is all that is read of its text."""
    for file in workspace.generated:
        try:
            text = workspace.contents.data(file.path, _MAX_BYTES).decode("utf-8", "replace")
        except OSError:
            continue
        yield file.path, "".join(f"{match[0]}\n" for match in CALLED.finditer(text))


def _words(workspace: Workspace, known: Collection[str]) -> frozenset[str]:
    rest = [path for path in workspace.others if path not in known and mentions.is_read(path)]
    return frozenset(word for word in workspace.contents.words(rest) if redact_value(word) == word)
