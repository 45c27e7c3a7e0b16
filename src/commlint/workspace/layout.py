"""What the names of files and folders say about where services are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import takewhile

_DOCKERFILE = re.compile(r"(Dockerfile|Containerfile)(\..+)?|.+\.(Dockerfile|dockerfile)")
_PROJECT = re.compile(r"pyproject\.toml|setup\.(py|cfg)|Pipfile|requirements.*\.(txt|in)|environment\.ya?ml")
_TEMPLATE = re.compile(r"(template|sam|serverless).*\.ya?ml")

# Folders for the files that build and ship the code of the folder above them.
_SHIPPING = frozenset(
    {
        ".docker",
        "container",
        "containers",
        "deploy",
        "deployment",
        "deployments",
        "docker",
        "dockerfiles",
        "images",
        "ci",
        "infra",
    }
)
# Folders for what helps to make a system, and is no part of it.
_ASIDE = re.compile(
    r"(?:.*[-_.])?(?:tests?|testing|e2e|benchmarks?|load[-_]?tests?|ci|cd|devel|devcontainer|scripts?|tools?|tooling|hack)"
    r"|(?:tests?|benchmarks?|ci|dev|devel)[-_.].*|\.github|\.circleci|\.devcontainer|docs?|documentation|evaluation|dev"
    r"|examples?|samples?|requirements|maintenance|third[-_]?party|vendor|extras?|contrib|legacy|deprecated|old|archived?|backups?|mocks?"
)
# Folders for code that services share.
_SHARED = frozenset(
    {"lib", "libs", "library", "libraries", "package", "packages", "common", "shared", "sdk", "sdks", "core", "plugins"}
)
# Folders that many services have, so that their names say nothing.
_PLAIN = frozenset({"app", "code", "python", "source", "src"})


def is_dockerfile(name: str) -> bool:
    """Whether a file of this name builds an image."""
    return _DOCKERFILE.fullmatch(name) is not None


def is_project(name: str) -> bool:
    """Whether a file of this name lists what the code beside it needs."""
    return _PROJECT.fullmatch(name) is not None


def is_template(name: str) -> bool:
    """Whether a file of this name may declare serverless functions."""
    return _TEMPLATE.fullmatch(name) is not None


def is_plain(folder: str) -> bool:
    """Whether a folder's name is one that says nothing about what it holds."""
    return folder.rpartition("/")[2] in _PLAIN


def is_aside(folder: str) -> bool:
    """Whether a folder is for what helps to make a system: tests, scripts, tools, documentation."""
    return any(_ASIDE.fullmatch(part) for part in folder.split("/"))


def is_shared(folder: str) -> bool:
    """Whether a folder is among those for code that services share."""
    return any(part in _SHARED for part in folder.split("/"))


def parent(path: str) -> str:
    """The folder a path is in; `.` is the root, and its own parent."""
    return path.rpartition("/")[0] or "."


def inner(folder: str, name: str) -> str:
    """The path of something in a folder; `.` is the root."""
    return name if folder == "." else f"{folder}/{name}"


def shared(first: str, second: str) -> int:
    """How many folders from the root down two paths of files have in common."""
    pairs = zip(first.split("/")[:-1], second.split("/")[:-1], strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def name(path: str) -> str:
    """The last part of a path."""
    return path.rpartition("/")[2]


def is_below(path: str, folder: str) -> bool:
    """Whether a path lies in a folder or deeper, or is that folder."""
    return folder in {".", path} or path.startswith(f"{folder}/")


def folders(paths: Iterable[str]) -> Counter[str]:
    """How many of the paths lie in each folder or deeper."""
    counts: Counter[str] = Counter()
    for path in paths:
        counts["."] += 1
        end = path.find("/")
        while end >= 0:
            counts[path[:end]] += 1
            end = path.find("/", end + 1)
    return counts


def shipped(folder: str) -> str | None:
    """The folder whose code is shipped from here: `users` for `users/docker` and `users/docker/web`."""
    parts: Sequence[str] = folder.split("/")
    for index, part in enumerate(parts):
        if part in _SHIPPING:
            return "/".join(parts[:index]) or "."
    return None
