"""What can be asked about a tree: one function a question."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec

from commlint import workspace
from commlint.analysis import content, libraries_of, link, read
from commlint.baseline import compare, entries_of, still_there
from commlint.catalogue.models import Library
from commlint.changes import Changes, Side, changes
from commlint.config import Config
from commlint.finding import Report, Rule, Service, Severity, Step, Unsettled
from commlint.history import export
from commlint.judging import check_names, judge, rules_of, unsettled, with_sources
from commlint.neighbours.provenance import origin_of
from commlint.neighbours.reading import Found, find, known_in
from commlint.neighbours.summary import SUFFIX, encode
from commlint.servicemap import Callers, Held, Outage, ServiceMap
from commlint.session import begin
from commlint.store import Store, code_digest, digest_of
from commlint.workspace import Tree

if TYPE_CHECKING:
    from commlint import program
    from commlint.fix.rounds import Repair


def analyze(config: Config) -> Report:
    """Reads the tree that a configuration names and reports what is fragile in it.

    Raises:
        CommlintError: The configuration names a rule that does not exist, or a library model is wrong.
    """
    rules, libraries = rules_of(config), libraries_of(config)
    with Store(config.cache) as store:
        tree = workspace.walk(config.root, config.paths, config.exclude)
        found = find(config)
        key = _key(config, tree, rules, libraries, found)
        report = _kept(store, key)
        if report is None:
            report = judge(config, rules, link(config, libraries, tree, store, found))
            if not report.failures:
                store.put({key: _encoder.encode(report)})
    notices = (store.notice,) if store.notice else ()
    return msgspec.structs.replace(with_sources(config, report), notices=notices)


def _key(config: Config, tree: Tree, rules: Mapping[str, Rule], libraries: Sequence[Library], found: Found) -> bytes:
    """A digest of everything that a report depends on, and of nothing that it does not."""
    file = None if config.file is None else Path(config.file.name)
    asked = msgspec.structs.replace(
        config,
        root=Path(config.root.name),
        file=file,
        jobs=1,
        library_models=(),
        cache=None,
        neighbours=(),
        checkout=None,
        fail_on=Severity.WARNING,
        baseline=None,
    )
    known = _encoder.encode((asked, rules, libraries, found, sys.version_info[:2]))
    return digest_of(code_digest("commlint"), known, workspace.fingerprint(config.root, tree))


def _kept(store: Store, key: bytes) -> Report | None:
    kept = store.get((key,))
    return msgspec.msgpack.decode(kept[key], type=Report) if kept else None


_encoder = msgspec.msgpack.Encoder(enc_hook=str, order="deterministic")


def new_since(config: Config, revision: str) -> Report:
    """What is reported now and was not at a commit.

    Raises:
        CommlintError: As `analyze`, or there is no such commit.
    """
    with _at(config, revision) as before:
        known = entries_of(analyze(before))
    return compare(analyze(config), known, still_there(config.root, known)).report


def compare_with(config: Config, revision: str) -> tuple[Changes, Report]:
    """What differs between a commit and now, and what is reported now.

    Raises:
        CommlintError: As `analyze`, or there is no such commit.
    """
    with _at(config, revision) as before:
        old = _side(before)
    new = _side(config)
    return changes(old, new), new.report


def _side(config: Config) -> Side:
    analysis = read(config)
    report = with_sources(config, judge(config, rules_of(config), analysis))
    return Side(analysis.spelling.of(analysis.linked.service_map()), report, frozenset(analysis.files))


@contextmanager
def _at(config: Config, revision: str) -> Iterator[Config]:
    """A configuration for the tree as it was at a commit."""
    with TemporaryDirectory(prefix="commlint-") as folder:
        root = Path(folder).resolve() / (config.root.name or "root")
        export(config.root, revision, root)
        yield msgspec.structs.replace(config, root=root, checkout=config.root)


def with_edits(config: Config, report: Report) -> Report:
    """A report with its fixes as text, for formats that say how to make them."""
    from commlint import fix  # noqa: PLC0415 - libcst, a third of a second, which a run without fixes need not spend

    fixes = [finding.fix for finding in report.findings if finding.fix is not None]
    files = {path: data for path in sorted(fix.files_of(fixes)) if (data := content(config, path))}
    return msgspec.structs.replace(
        report, edits=fix.edits(files, [f for f in fixes if fix.files_of([f]) <= set(files)])
    )


def repair(config: Config, *, unsafe: bool) -> Repair:
    """Makes the fixes of what is reported until there are none left; `commlint.fix.writing` writes what comes of it.

    Args:
        config: What to read and what to report; only files that it reports about are changed.
        unsafe: Whether to make fixes as well that change what the program does.

    Raises:
        CommlintError: As `analyze`.
    """
    from commlint.fix import rounds, writing  # noqa: PLC0415 - as above

    session = begin(config)
    generated = session.generated
    names: dict[str, str] = {}

    def judged(edited: Mapping[str, bytes]) -> Report:
        nonlocal session
        session = session.with_texts(edited)
        return session.report()

    def read(path: str) -> bytes:
        if not config.reports_on(path):
            raise writing.LeftAloneError(f"{path}: not among the paths that were named")
        if path in generated:
            raise writing.LeftAloneError(f"{path}: generated")
        if (other := names.setdefault(os.path.realpath(config.root / path), path)) != path:
            raise writing.LeftAloneError(f"{path}: the same file as {other}, which is changed")
        return writing.read(config.root, path)

    return rounds.repair(judged, read, unsafe=unsafe)


def explain_place(config: Config, line: int) -> tuple[Report, tuple[program.Silence, ...]]:
    """What is reported at a line of the one file that a configuration names, and what keeps other rules silent there.

    Raises:
        CommlintError: As `analyze`.
    """
    analysis = read(config)
    report = with_sources(config, judge(config, rules_of(config), analysis))
    here = tuple(finding for finding in report.findings if finding.location.line == line)
    said = {finding.rule for finding in here}
    file = analysis.spelling.inner(config.paths[0])
    silent = tuple(s for s in analysis.linked.silences(file, line) if _code(report, s.rule) not in said)
    return msgspec.structs.replace(report, findings=here), analysis.spelling.of(silent)


def _code(report: Report, slug: str) -> str:
    return next((code for code, rule in report.rules.items() if rule.slug == slug), "")


def map_services(config: Config) -> tuple[ServiceMap, Report]:
    """The services of the tree that a configuration names and the calls between them, and what is reported there.

    Raises:
        CommlintError: As `analyze`.
    """
    side = _side(config)
    return side.drawn, side.report


def hold_contracts(config: Config) -> tuple[Held, ...]:
    """The contracts of the configuration that a tree has, each kept or broken.

    Raises:
        CommlintError: A contract names a service that there is not, or a library model is wrong.
    """
    analysis = read(config)
    check_names(config, analysis.linked)
    held = (
        Held(
            name=verdict.contract.name,
            kind=verdict.contract.kind,
            looked=verdict.looked,
            unit=verdict.unit,
            breaches=tuple(Step(breach.location, breach.what) for breach in verdict.breaches),
            idle=verdict.idle,
            has_effect=verdict.has_effect,
        )
        for verdict in analysis.linked.verdicts
    )
    return analysis.spelling.of(tuple(held))


def what_if(config: Config, down: str) -> Outage:
    """What happens to the paths that a configuration names when a service is down.

    Raises:
        CommlintError: There is no such service, or a library model is wrong.
    """
    from commlint.program import outage  # noqa: PLC0415 - heavy, as in `analysis.link`

    analysis = read(config)
    return analysis.spelling.of(outage.outage(analysis.linked, down, analysis.paths(config)))


def find_callers(config: Config, endpoint: str) -> Callers:
    """Who calls an endpoint, or the endpoints of a service, in the paths that a configuration names.

    Raises:
        CommlintError: There is no such endpoint, or a library model is wrong.
    """
    from commlint.program import callers  # noqa: PLC0415 - heavy, as in `analysis.link`

    analysis = read(config)
    return analysis.spelling.of(callers.callers(analysis.linked, endpoint, analysis.paths(config)))


def find_unsettled(config: Config) -> tuple[tuple[Service, ...], tuple[Unsettled, ...]]:
    """The services of the tree that a configuration names, and the calls that lead nobody knows where.

    Raises:
        CommlintError: A library model is wrong.
    """
    analysis = read(config)
    return analysis.spelling.of(analysis.tree.services), unsettled(analysis)


def call_graph(config: Config) -> dict[str, list[str]]:
    """What each function of the tree that a configuration names calls, by dotted names.

    Raises:
        CommlintError: A library model is wrong.
    """
    return read(config, Found()).linked.call_graph()


def summarize(config: Config, name: str = "") -> tuple[str, bytes]:
    """What others have to know of the tree that a configuration names: the usual name of a file for it, and its bytes.

    Args:
        config: The configuration.
        name: What the repository is called; empty for what its checkout says.

    Raises:
        CommlintError: As `analyze`.
    """
    from commlint.neighbours.gathering import gather  # noqa: PLC0415 - heavy, as in `analysis.link`

    origin = origin_of(config.root, name)
    analysis = read(config, Found())
    # Documents are read when they are first asked for, and a summary holds those that were.
    analysis.linked.service_map()
    knows = [known for known in known_in(config.root) if known.place != origin.place]
    return f"{origin.label}{SUFFIX}", encode(gather(origin, analysis.tree, analysis.extracted.modules, knows))
