"""What manifests say is built and run."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Value(msgspec.Struct, frozen=True):
    """A value that a file gives a variable.

    Attributes:
        text: The value.
        file: The file that says so.
        line: The line that it stands on, counted from 1.
    """

    text: str
    file: str
    line: int = 1


Environment = Mapping[str, Value]


class Build(msgspec.Struct, frozen=True):
    """How an image is built from what is here.

    Attributes:
        context: The folder that it is built from, relative to the root; `.` for the root.
        dockerfile: Path of its Dockerfile; empty where that is not known to exist.
        target: The stage of the Dockerfile that it is.
    """

    context: str
    dockerfile: str = ""
    target: str = ""


class Run(msgspec.Struct, frozen=True):
    """A container or process that a manifest runs.

    Attributes:
        file: Path of the manifest.
        name: What the manifest calls it.
        line: Where it does.
        kind: What it is there: `service` in docker-compose, `Deployment`, `process` in a Procfile.
        build: How its image is built; `None` where it is not built here.
        image: Name of its image without registry and tag; empty where it has none.
        ports: Port on the host (0 where none is published) and the one that others in its network use.
        names: Further names in the network: hostname, container name, aliases, names of Kubernetes services.
        environment: Variables it is run with, as far as their values are known.
        command: What it runs, as written; empty where the image says.
        mounts: Files and folders of the tree that it sees.
        labels: What it is labelled with: how proxies lead to it.
        home: The folder whose code it runs, where the manifest says that itself.
        wired: Others reach it by its name, as in docker-compose; else only by `names`.
        on_host: It shares the network of its host, with every port that it listens on.
    """

    file: str
    name: str
    line: int = 1
    kind: str = "service"
    build: Build | None = None
    image: str = ""
    ports: tuple[tuple[int, int], ...] = ()
    names: tuple[str, ...] = ()
    environment: Environment = {}
    command: str = ""
    mounts: tuple[str, ...] = ()
    labels: Environment = {}
    home: str | None = None
    wired: bool = True
    on_host: bool = False


class Image(msgspec.Struct, frozen=True):
    """An image by name and how it is built, as build tools list them."""

    name: str
    build: Build
    file: str


def image_name(written: object) -> str:
    """The name of an image without tag, digest and registry, which differ between files for the same image."""
    if not isinstance(written, str):
        return ""
    name = written.partition("@")[0].rpartition("/")[2]
    return name.partition(":")[0]
