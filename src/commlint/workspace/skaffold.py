"""Which images Skaffold builds from which folders."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from commlint.workspace.documents import Broken, load, mapping, scalar, sequence, split
from commlint.workspace.running import Build, Image, image_name
from commlint.workspace.sources import Sources, inside

_FILE = re.compile(r"(?:.*/)?skaffold[\w.-]*\.ya?ml")


def read(sources: Sources) -> Iterator[Image]:
    """The images that the Skaffold files of a tree build."""
    for path in sources.paths:
        if _FILE.fullmatch(path):
            for above, text in split(sources.text(path)):
                try:
                    document = mapping(load(text, above=above))
                except Broken as error:
                    if "{{" not in text:
                        sources.give_up(path, error.reason, error.line, error.column)
                    continue
                for part in (document, *map(mapping, sequence(document.get("profiles")))):
                    for artifact in sequence(mapping(part.get("build")).get("artifacts")):
                        yield from _image(sources, path, mapping(artifact))


def _image(sources: Sources, path: str, artifact: dict[str, object]) -> Iterator[Image]:
    name = image_name(artifact.get("image"))
    context = inside(posixpath.dirname(path), scalar(artifact.get("context")) or ".")
    if not name or context is None:
        return
    if "jib" in artifact:
        # Java's own way: the project in the context that is meant.
        project = inside(context, scalar(mapping(artifact["jib"]).get("project")))
        yield Image(name, Build(project or context), path)
        return
    dockerfile = inside(context, scalar(mapping(artifact.get("docker")).get("dockerfile")) or "Dockerfile")
    if dockerfile is not None and dockerfile in sources:
        yield Image(name, Build(context, dockerfile, scalar(mapping(artifact.get("docker")).get("target"))), path)
