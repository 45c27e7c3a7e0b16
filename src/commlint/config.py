"""What an analysis is asked to do."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from pathspec import GitIgnoreSpec

from commlint.catalogue.models import Tables
from commlint.configfile import Said, ServiceEntry, read_nearest
from commlint.contract import ServiceContract
from commlint.errors import CommlintError
from commlint.finding import Confidence, Severity


class Limits(msgspec.Struct, frozen=True):
    """What a system may do before it is a finding.

    Attributes:
        sync_depth: How many synchronous calls, one inside the other, an endpoint may wait for.
        calls: How many remote calls a request may make on one path in a service.
    """

    sync_depth: int = 1
    calls: int = 1


class Choice(msgspec.Struct, frozen=True):
    """Which rules are on, as codes, slugs or beginnings of codes.

    Attributes:
        select: Rules that are on, and no others; empty where nothing is said of the others.
        extend: Rules that are on as well.
        ignore: Rules that are off; stronger than the two where it is at least as specific.
    """

    select: tuple[str, ...] = ()
    extend: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def decides(self, code: str, slug: str, *, by_name: bool, before: bool) -> bool:
        """Whether a rule is on: the longest selector that means it decides, and `ignore` wins over an equal one.

        Args:
            code: The rule's code.
            slug: The rule's slug.
            by_name: Only its whole name turns it on.
            before: Whether it is on where nothing is said of it.
        """
        on = (s for s in (*self.select, *self.extend) if not by_name or s == slug or s.upper() == code)
        chosen = max((len(s) for s in on if _means(s, code, slug)), default=-1)
        dropped = max((len(s) for s in self.ignore if _means(s, code, slug)), default=-1)
        if chosen < 0 and dropped < 0:
            return before and not self.select
        return chosen > dropped


class Config(msgspec.Struct, frozen=True):
    """The settled question: what to read, and what to report.

    Attributes:
        root: Folder of which everything is analysed; absolute and resolved.
        paths: What of it is reported: files and folders, relative to the root, with forward slashes; `.` for all.
        select: Codes, slugs or beginnings of codes of the rules that are on; empty where `said` decides.
        extend_select: Likewise, of rules that are on as well.
        ignore: Likewise, of rules that are off; stronger than `select` where it is at least as specific.
        said: What the configuration file says of that, which counts where the three say nothing.
        preview: Rules that are still being tried are on, too.
        min_confidence: Findings below it are left out.
        severities: How severe the findings of rules are, by rules as in `select`; the longest that means one decides.
        per_path_ignores: Rules, as in `select`, that are off in files, by gitignore patterns.
        exclude: Gitignore patterns of what is not read at all.
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
        fail_on: What a run fails for: findings at least as severe.
        baseline: The file of findings that are accepted for now; `None` where there is none.
    """

    root: Path
    paths: tuple[str, ...] = (".",)
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    said: Choice = Choice()
    preview: bool = False
    min_confidence: Confidence = Confidence.MEDIUM
    severities: Mapping[str, Severity] = {}
    per_path_ignores: Mapping[str, tuple[str, ...]] = {}
    exclude: tuple[str, ...] = ()
    jobs: int = 1
    file: Path | None = None
    models: Tables = Tables()
    library_models: tuple[Path, ...] = ()
    services: Mapping[str, ServiceEntry] = {}
    limits: Limits = Limits()
    contracts: tuple[ServiceContract, ...] = ()
    neighbours: tuple[Path, ...] = ()
    checkout: Path | None = None
    cache: Path | None = None
    fail_on: Severity = Severity.WARNING
    baseline: Path | None = None

    def selects(self, code: str, slug: str, *, preview: bool = False) -> bool:
        """Whether a rule is on.

        Args:
            code: The rule's code.
            slug: The rule's slug.
            preview: It is still being tried, so that it has to be asked for.
        """
        by_name = preview and not self.preview
        before = self.said.decides(code, slug, by_name=by_name, before=not by_name)
        return Choice(self.select, self.extend_select, self.ignore).decides(code, slug, by_name=by_name, before=before)

    def severity(self, code: str, slug: str) -> Severity | None:
        """What the user says of how severe the findings of a rule are; `None` where that is nothing."""
        said = [selector for selector in self.severities if _means(selector, code, slug)]
        return self.severities[max(said, key=len)] if said else None

    def ignores(self, file: str, code: str, slug: str) -> bool:
        """Whether a rule is off in a file."""
        return any(
            _means(selector, code, slug) and GitIgnoreSpec.from_lines([pattern]).match_file(file)
            for pattern, selectors in self.per_path_ignores.items()
            for selector in selectors
        )

    def reports_on(self, file: str) -> bool:
        """Whether findings in a file are reported."""
        return any(path in (".", file) or file.startswith(f"{path}/") for path in self.paths)


def _means(selector: str, code: str, slug: str) -> bool:
    return selector == slug or code.startswith(selector.upper())


def settle(
    paths: Sequence[str],
    *,
    select: Sequence[str] = (),
    extend_select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    preview: bool | None = None,
    min_confidence: Confidence | None = None,
    fail_on: Severity | None = None,
    baseline: str | None = None,
    jobs: int | None = None,
    neighbours: Sequence[str] = (),
    cache: bool = True,
) -> Config:
    """A configuration for the paths a user named, `.` where there are none.

    The root is the folder of the nearest configuration file, else the top of the git checkout that holds the paths,
    else their common folder (design, 5). What is given here goes before what the file says.

    Raises:
        CommlintError: A path does not exist, or a configuration file says what it cannot.
    """
    root, said, named = look_up(paths)
    settings = said.settings
    if baseline is None:
        baseline = settings.baseline
    return Config(
        root=root,
        paths=tuple(sorted({p.relative_to(root).as_posix() for p in named})),
        select=tuple(select),
        extend_select=tuple(extend_select),
        ignore=tuple(ignore),
        said=Choice(settings.select, settings.extend_select, settings.ignore),
        preview=settings.preview if preview is None else preview,
        min_confidence=Confidence[settings.min_confidence.upper()] if min_confidence is None else min_confidence,
        severities={rule: Severity[word.upper()] for rule, word in settings.severities.items()},
        per_path_ignores=settings.per_path_ignores,
        exclude=settings.exclude,
        jobs=jobs or os.cpu_count() or 1,
        file=said.file,
        models=Tables(**{name: getattr(settings, name) for name in Tables.__struct_fields__}),
        library_models=tuple(map(Path, settings.library_models)),
        services=settings.services,
        limits=Limits(settings.max_sync_depth, settings.max_calls_per_request),
        contracts=settings.contracts,
        neighbours=tuple(Path(os.path.realpath(file)) for file in (*settings.neighbours, *neighbours)),
        cache=_cache(root) if cache else None,
        fail_on=Severity[settings.fail_on.upper()] if fail_on is None else fail_on,
        baseline=Path(os.path.realpath(baseline)) if baseline else None,
    )


def look_up(paths: Sequence[str]) -> tuple[Path, Said, tuple[Path, ...]]:
    """The root for the paths a user named, what the configuration says there, and the paths themselves, resolved.

    Raises:
        CommlintError: As `settle`.
    """
    named = []
    for path in paths or (".",):
        # `realpath`, so that the same tree under another spelling is the same tree.
        absolute = Path(os.path.realpath(path))
        if not absolute.exists():
            raise CommlintError(f"{path}: no such file or folder")
        named.append(absolute)
    common = Path(os.path.commonpath([p if p.is_dir() else p.parent for p in named]))
    said = read_nearest(common)
    root = said.file.parent if said.file is not None else _checkout(common) or common
    return root, said, tuple(named)


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


def _checkout(folder: Path) -> Path | None:
    """The top of the git checkout that a folder is in."""
    return next((parent for parent in (folder, *folder.parents) if (parent / ".git").exists()), None)
