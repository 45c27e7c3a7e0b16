"""What an analysis is asked to do."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import tomli

from commlint.catalogue.models import Tables
from commlint.catalogue.reading import as_model, read_toml
from commlint.contract import Contract
from commlint.errors import CommlintError
from commlint.finding import Confidence


class ServiceEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the user says of a service, which goes before what is found.

    Attributes:
        root: Its folder or file, relative to the root; empty where it is found under its name, or not here.
        hosts: Further names under which others reach it, as `users.internal` or `localhost:8001`.
        external: It is somebody else's: only its address is known.
        ignore: It is none.
        settings: Names of settings or variables that hold its address, as `base_url`.
        availability: How much of the time it answers by itself, in percent.
        latency: How long it takes to answer by itself, in milliseconds; 0 where nobody says.
    """

    root: str = ""
    hosts: tuple[str, ...] = ()
    external: bool = False
    ignore: bool = False
    settings: tuple[str, ...] = ()
    availability: Annotated[float, msgspec.Meta(gt=0, le=100)] = 99.9
    latency: Annotated[float, msgspec.Meta(ge=0)] = 0.0


class Limits(msgspec.Struct, frozen=True):
    """What a system may do before it is a finding.

    Attributes:
        sync_depth: How many synchronous calls, one inside the other, an endpoint may wait for.
        calls: How many remote calls a request may make on one path in a service.
    """

    sync_depth: int = 1
    calls: int = 1


class Config(msgspec.Struct, frozen=True):
    """The settled question: what to read, and what to report.

    Attributes:
        root: Folder of which everything is analysed; absolute and resolved.
        paths: What of it is reported: files and folders, relative to the root, with forward slashes; `.` for all.
        select: Codes, slugs or beginnings of codes of the rules that are on; empty means all.
        ignore: Likewise, of rules that are off; stronger than `select` where it is at least as specific.
        min_confidence: Findings below it are left out.
        jobs: How many processes extract facts.
        file: The file that the configuration was read from; `None` where there is none.
        models: What the user says of libraries in it.
        library_models: Folders and files of further library models; absolute.
        services: What the user says of services, by name.
        limits: What is still no finding.
        contracts: What services may do with each other.
        neighbours: Summaries of other repositories to be read too, besides those that are kept here; absolute.
        checkout: The folder that the root is a copy of, as it was at some commit; `None` where it is none.
        cache: Folder that keeps what runs work out; `None` where nothing is kept.
    """

    root: Path
    paths: tuple[str, ...] = (".",)
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    min_confidence: Confidence = Confidence.MEDIUM
    jobs: int = 1
    file: Path | None = None
    models: Tables = Tables()
    library_models: tuple[Path, ...] = ()
    services: Mapping[str, ServiceEntry] = {}
    limits: Limits = Limits()
    contracts: tuple[Contract, ...] = ()
    neighbours: tuple[Path, ...] = ()
    checkout: Path | None = None
    cache: Path | None = None

    def selects(self, code: str, slug: str) -> bool:
        """Whether a rule is on: the longest selector that means it decides, and `ignore` wins over an equal one."""
        chosen = max((len(s) for s in self.select if _means(s, code, slug)), default=-1 if self.select else 0)
        dropped = max((len(s) for s in self.ignore if _means(s, code, slug)), default=-1)
        return chosen >= 0 and chosen > dropped

    def reports_on(self, file: str) -> bool:
        """Whether findings in a file are reported."""
        return any(path in (".", file) or file.startswith(f"{path}/") for path in self.paths)


def _means(selector: str, code: str, slug: str) -> bool:
    return selector == slug or code.startswith(selector.upper())


_DASHED = frozenset({"library_models", "max_sync_depth", "max_calls_per_request"})


class _File(Tables, frozen=True, rename=lambda name: name.replace("_", "-") if name in _DASHED else None):
    """What a configuration file may say: the tables of library models, and the settings."""

    library_models: tuple[str, ...] = ()
    services: dict[str, ServiceEntry] = {}
    contracts: tuple[Contract, ...] = ()
    neighbours: tuple[str, ...] = ()
    max_sync_depth: Annotated[int, msgspec.Meta(ge=1)] = 1
    max_calls_per_request: Annotated[int, msgspec.Meta(ge=1)] = 1


def settle(
    paths: Sequence[str],
    *,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    min_confidence: Confidence = Confidence.MEDIUM,
    jobs: int | None = None,
    neighbours: Sequence[str] = (),
    cache: bool = True,
) -> Config:
    """A configuration for the paths a user named, `.` where there are none.

    The root is the folder of the nearest configuration file, else the top of the git checkout that holds the paths,
    else their common folder (design, 5).

    Raises:
        CommlintError: A path does not exist, or a configuration file says what it cannot.
    """
    named = []
    for path in paths or (".",):
        # `realpath`, so that the same tree under another spelling is the same tree.
        absolute = Path(os.path.realpath(path))
        if not absolute.exists():
            raise CommlintError(f"{path}: no such file or folder")
        named.append(absolute)
    common = Path(os.path.commonpath([p if p.is_dir() else p.parent for p in named]))
    file, said = _nearest(common)
    root = file.parent if file is not None else _checkout(common) or common
    return Config(
        root=root,
        paths=tuple(sorted({p.relative_to(root).as_posix() for p in named})),
        select=tuple(select),
        ignore=tuple(ignore),
        min_confidence=min_confidence,
        jobs=jobs or os.cpu_count() or 1,
        file=file,
        models=Tables(**{name: getattr(said, name) for name in Tables.__struct_fields__}),
        library_models=tuple(root / path for path in said.library_models),
        services=said.services,
        limits=Limits(said.max_sync_depth, said.max_calls_per_request),
        contracts=said.contracts,
        neighbours=tuple(
            Path(os.path.realpath(file)) for file in (*(str(root / name) for name in said.neighbours), *neighbours)
        ),
        cache=_cache(root) if cache else None,
    )


def settle_at(path: str, *, jobs: int | None = None) -> Config:
    """A configuration for all of one folder, whatever lies around it.

    Raises:
        CommlintError: As `settle`, or it is no folder.
    """
    config = settle([path], jobs=jobs)
    root = Path(os.path.realpath(path))
    if not root.is_dir():
        raise CommlintError(f"{path}: not a folder")
    return msgspec.structs.replace(config, root=root, paths=(".",), services={}, contracts=())


def _cache(root: Path) -> Path:
    """The folder that keeps what runs on a tree work out."""
    named = os.environ.get("COMMLINT_CACHE_DIR")
    return Path(named).absolute() if named else root / ".commlint_cache"


def _nearest(folder: Path) -> tuple[Path | None, _File]:
    """The configuration file nearest to a folder, and what it says."""
    for parent in (folder, *folder.parents):
        own, project = parent / "commlint.toml", parent / "pyproject.toml"
        if own.is_file():
            return own, read_toml(_text(own), _File, own.name)
        if project.is_file() and "tool.commlint" in (text := _text(project)):
            try:
                data = tomli.loads(text)
            except tomli.TOMLDecodeError as error:
                raise CommlintError(f"{project.name}: not TOML: {error}") from None
            if isinstance(tool := data.get("tool"), dict) and "commlint" in tool:
                return project, as_model(tool["commlint"], _File, f"{project.name}: tool.commlint")
    return None, _File()


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise CommlintError(f"{file.name}: not UTF-8") from None
    except OSError as error:
        raise CommlintError(f"{file.name}: {error.strerror or error}") from None


def _checkout(folder: Path) -> Path | None:
    """The top of the git checkout that a folder is in."""
    return next((parent for parent in (folder, *folder.parents) if (parent / ".git").exists()), None)
