"""Small trees to look for services in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from commlint.config import Config
from commlint.configfile import ServiceEntry
from commlint.finding import Service
from commlint.workspace import Workspace, read

FLASK = "from flask import Flask\n\napp = Flask(__name__)\n"


def tree(root: Path, files: Mapping[str, str], services: Mapping[str, ServiceEntry] | None = None) -> Workspace:
    """What is read from a tree with these files."""
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(dedent(text), encoding="utf-8")
    return read(Config(root=root, services=services or {}))


def roots(workspace: Workspace) -> dict[str, str]:
    """Where the services are, by name."""
    return {service.name: service.root for service in workspace.services}


def one(workspace: Workspace, name: str) -> Service:
    """The service of a name."""
    return next(service for service in workspace.services if service.name == name)


def places(workspace: Workspace, root: str) -> dict[str, str]:
    """Where the settings of a service stand."""
    return {name: f"{place.file}:{place.line}" for name, place in workspace.origins.get(root, {}).items()}
