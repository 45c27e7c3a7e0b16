"""The analysis from beginning to end, on one screen."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from commlint import facts, workspace
from commlint.baseline import Entry, compare, entries_of
from commlint.catalogue import known_selector, load_all_libraries, load_rules, unknown_rule
from commlint.catalogue.models import Library
from commlint.catalogue.reading import toml_key
from commlint.changes import Changes, Side, changes
from commlint.config import Config
from commlint.errors import CommlintError
from commlint.finding import (
    Confidence,
    Edit,
    Finding,
    Fix,
    Location,
    Report,
    Rule,
    Service,
    Severity,
    Step,
    Summary,
    Unsettled,
)
from commlint.history import export
from commlint.neighbours.joining import Neighbours, beside, described
from commlint.neighbours.provenance import origin_of
from commlint.neighbours.reading import Found, find, known_in, neighbours
from commlint.neighbours.spelling import Spelling
from commlint.neighbours.summary import SUFFIX, encode
from commlint.servicemap import Callers, Held, Load, Outage, ServiceMap
from commlint.store import Store, code_digest, digest_of
from commlint.suppress import Suppression, find_suppressions, suppress
from commlint.workspace import Tree

if TYPE_CHECKING:
    from commlint import checks, program
    from commlint.fix.rounds import Repair


def analyze(config: Config) -> Report:
    """Reads the tree that a configuration names and reports what is fragile in it.

    Raises:
        CommlintError: The configuration names a rule that does not exist, or a library model is wrong.
    """
    rules, libraries = _selected(load_rules(), config), _libraries(config)
    with Store(config.cache) as store:
        tree = workspace.walk(config.root, config.paths, config.exclude)
        found = find(config)
        key = _key(config, tree, rules, libraries, found)
        report = _kept(store, key)
        if report is None:
            report = _report(config, rules, _linked(config, libraries, tree, store, found))
            if not report.failures:
                store.put({key: _encoder.encode(report)})
    notices = (store.notice,) if store.notice else ()
    return msgspec.structs.replace(_with_sources(config, report), notices=notices)


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
    return compare(analyze(config), known, _there(config, known)).report


def compare_with(config: Config, revision: str) -> tuple[Changes, Report]:
    """What differs between a commit and now, and what is reported now.

    Raises:
        CommlintError: As `analyze`, or there is no such commit.
    """
    with _at(config, revision) as before:
        old = Side(*map_services(before))
    new = Side(*map_services(config))
    return changes(old, new), new.report


def _there(config: Config, entries: Iterable[Entry]) -> set[str]:
    """The files of entries that are still there."""
    return {entry.file for entry in entries if (config.root / entry.file).exists()}


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
    files = {path: data for path in sorted(fix.files_of(fixes)) if (data := _bytes(config, path))}
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


def begin(config: Config) -> Session:
    """Reads the tree that a configuration names, to be judged again and again as its files are edited.

    Raises:
        CommlintError: As `analyze`.
    """
    rules, libraries = _selected(load_rules(), config), _libraries(config)
    with Store(config.cache) as store:
        tree = workspace.walk(config.root, config.paths)
        return Session(config, rules, libraries, _linked(config, libraries, tree, store, find(config)))


def explain_place(config: Config, line: int) -> tuple[Report, tuple[program.Silence, ...]]:
    """What is reported at a line of the one file that a configuration names, and what keeps other rules silent there.

    Raises:
        CommlintError: As `analyze`.
    """
    analysis = _read(config)
    report = _with_sources(config, _report(config, _selected(load_rules(), config), analysis))
    here = tuple(finding for finding in report.findings if finding.location.line == line)
    said = {finding.rule for finding in here}
    file = analysis.spelling.inner(config.paths[0])
    silent = tuple(s for s in analysis.linked.silences(file, line) if _code(report, s.rule) not in said)
    return msgspec.structs.replace(report, findings=here), analysis.spelling.of(silent)


def _code(report: Report, slug: str) -> str:
    return next((code for code, rule in report.rules.items() if rule.slug == slug), "")


class _Analysis(msgspec.Struct, frozen=True):
    """Everything that is known of a tree and its neighbours.

    Attributes:
        tree: The workspace; the neighbours lie beside the tree itself in it.
        extracted: What was read of the code of the tree itself.
        linked: The program.
        neighbours: What is known of them.
        spelling: How paths are written for readers.
        broken: Summaries kept in the tree that cannot be read.
    """

    tree: workspace.Workspace
    extracted: facts.Extracted
    linked: program.Program
    neighbours: Neighbours
    spelling: Spelling
    broken: tuple[facts.Unreadable, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """The Python files of the tree itself, as readers know them."""
        return tuple(filter(self.spelling.is_own, (self.spelling.path(file.path) for file in self.tree.files)))

    def is_own(self, path: str) -> bool:
        """Whether a path of the workspace lies in the tree itself."""
        return self.spelling.is_own(self.spelling.path(path))

    def paths(self, config: Config) -> tuple[str, ...]:
        """The paths that a configuration names, as they are in the workspace."""
        return tuple(map(self.spelling.inner, config.paths))


class Session(msgspec.Struct, frozen=True):
    """A tree that was read once, with some of its Python files as an editor or a fix would have them.

    Attributes:
        config: What to report.
        rules: The rules that are on, by code.
        libraries: What is known of libraries.
        analysis: What is known of the tree.
        texts: The files that are not as they were when the tree was read; of one that can no longer be read, as it was
            when it last could.
    """

    config: Config
    rules: Mapping[str, Rule]
    libraries: tuple[Library, ...]
    analysis: _Analysis
    texts: Mapping[str, bytes] = MappingProxyType({})

    @property
    def files(self) -> frozenset[str]:
        """The Python files that can be edited."""
        return frozenset(self.analysis.files)

    @property
    def generated(self) -> frozenset[str]:
        """The files that are not written by hand."""
        return frozenset(self.analysis.spelling.path(file.path) for file in self.analysis.tree.generated)

    def with_texts(self, texts: Mapping[str, bytes]) -> Session:
        """The same tree with some files as given; of one that cannot be read, what was known of it stays.

        Only these files are read, and the program is linked anew only where what they say has changed.

        Args:
            texts: What files say, by path; files that are not among `files` are left out.
        """
        from commlint import extract, program  # noqa: PLC0415 - as `_linked`

        analysis, files = self.analysis, self.files
        inner = {analysis.spelling.inner(path): path for path in texts if path in files}
        read = [extract.extract_one(path, texts[name]) for path, name in inner.items()]
        known = {module.path: module for module in analysis.extracted.modules}
        whole = [one for one in read if isinstance(one, facts.Module)]
        changed = {one.path: one for one in whole if one.path not in known or not _says_the_same(known[one.path], one)}
        extracted = facts.Extracted(
            tuple({**known, **changed}.values()),
            (
                *(one for one in analysis.extracted.unreadable if one.path not in inner),
                *(one for one in read if isinstance(one, facts.Unreadable)),
            ),
            (
                *(one for one in analysis.extracted.failed if one.path not in inner),
                *(one for one in read if isinstance(one, facts.Failed)),
            ),
        )
        linked = analysis.linked
        if changed:
            modules = sorted((*extracted.modules, *analysis.neighbours.modules), key=lambda module: module.path)
            linked = program.link(analysis.tree, modules, self.libraries)
        return msgspec.structs.replace(
            self,
            analysis=msgspec.structs.replace(analysis, extracted=extracted, linked=linked),
            texts={**self.texts, **{inner[one.path]: texts[inner[one.path]] for one in whole}},
        )

    def report(self) -> Report:
        """What is fragile in the tree as it is now."""
        report = _report(self.config, self.rules, self.analysis, self.texts)
        return _with_sources(self.config, report, self.texts)

    def text(self, path: str) -> bytes:
        """What a file says; nothing where it cannot be read."""
        return _content(self.config, path, self.texts)

    def edits(self, fix: Fix) -> tuple[Edit, ...]:
        """A fix as text; nothing where it cannot be made."""
        from commlint import fix as fixes  # noqa: PLC0415 - as above

        files = {path: self.text(path) for path in fixes.files_of([fix])}
        return fixes.edits(files, [fix]).get(fix, ()) if files.keys() <= self.files else ()

    def service_map(self) -> ServiceMap:
        """The services of the tree and the calls between them."""
        return self.analysis.spelling.of(self.analysis.linked.service_map())

    def loads(self) -> tuple[Load, ...]:
        """What the endpoints of the tree ask of others, where they ask anything."""
        found = self.analysis.spelling.of(self.analysis.linked.loads())
        return tuple(load for load in found if self.analysis.spelling.is_own(load.location.file))


def _says_the_same(one: facts.Module, other: facts.Module) -> bool:
    return facts.encode(facts.Extracted((one,))) == facts.encode(facts.Extracted((other,)))


def _report(
    config: Config,
    rules: Mapping[str, Rule],
    analysis: _Analysis,
    edited: Mapping[str, bytes] = MappingProxyType({}),
) -> Report:
    tree, extracted, linked, spelling = analysis.tree, analysis.extracted, analysis.linked, analysis.spelling
    failures: list[str] = []
    from commlint import checks  # noqa: PLC0415 - as `_linked`

    _names_in_contracts(config, linked)

    found = [*_unreadable((*tree.unreadable, *extracted.unreadable))]
    for check in checks.CHECKS:
        found += _run(check, linked, failures) if check.code in rules else ()
    found = [finding for finding in map(spelling.of, found) if spelling.is_own(finding.location.file)]
    found += [*_failed(spelling.of(extracted.failed), failures), *_unreadable(analysis.broken)]
    kept, unused = suppress(found, _suppressions(config, analysis, found, edited), load_rules(), rules)

    wanted = (finding for finding in (*kept, *unused) if _is_wanted(finding, rules, config))
    findings = sorted(_strongest(_graded(wanted, rules, config)), key=lambda finding: finding.order)
    return Report(
        findings=tuple(findings),
        rules=rules,
        services=spelling.of(tree.services),
        summary=_summary(analysis),
        unresolved=_unresolved(analysis),
        failures=tuple(failures),
        neighbours=tuple(map(described, analysis.neighbours.origins)),
        remarks=analysis.neighbours.remarks,
        unknown=_unknown(analysis),
    )


def map_services(config: Config) -> tuple[ServiceMap, Report]:
    """The services of the tree that a configuration names and the calls between them, and what is reported there.

    Raises:
        CommlintError: As `analyze`.
    """
    analysis = _read(config)
    report = _report(config, _selected(load_rules(), config), analysis)
    return analysis.spelling.of(analysis.linked.service_map()), _with_sources(config, report)


def hold_contracts(config: Config) -> tuple[Held, ...]:
    """The contracts of the configuration that a tree has, each kept or broken.

    Raises:
        CommlintError: A contract names a service that there is not, or a library model is wrong.
    """
    analysis = _read(config)
    _names_in_contracts(config, analysis.linked)
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


def _names_in_contracts(config: Config, linked: program.Program) -> None:
    """Raises CommlintError for names in contracts that no service has; a tree of old need not have all of them."""
    unknown = next(linked.unknown_names(), None) if config.contracts and config.checkout is None else None
    if unknown is not None:
        raise CommlintError(f"{config.file.name}: {unknown}" if config.file is not None else unknown)


def what_if(config: Config, down: str) -> Outage:
    """What happens to the paths that a configuration names when a service is down.

    Raises:
        CommlintError: There is no such service, or a library model is wrong.
    """
    from commlint.program import outage  # noqa: PLC0415 - as `_linked`

    analysis = _read(config)
    return analysis.spelling.of(outage.outage(analysis.linked, down, analysis.paths(config)))


def find_callers(config: Config, endpoint: str) -> Callers:
    """Who calls an endpoint, or the endpoints of a service, in the paths that a configuration names.

    Raises:
        CommlintError: There is no such endpoint, or a library model is wrong.
    """
    from commlint.program import callers  # noqa: PLC0415 - as `_linked`

    analysis = _read(config)
    return analysis.spelling.of(callers.callers(analysis.linked, endpoint, analysis.paths(config)))


def find_unsettled(config: Config) -> tuple[tuple[Service, ...], tuple[Unsettled, ...]]:
    """The services of the tree that a configuration names, and the calls that lead nobody knows where.

    Raises:
        CommlintError: A library model is wrong.
    """
    analysis = _read(config)
    places: dict[tuple[str, str], set[Location]] = {}
    for remote, host in _open(analysis):
        setting = "" if host else remote.unknown_setting
        if host or setting:
            places.setdefault((host, setting), set()).add(remote.site.location)
    for crossing in _unknown_ones(analysis):
        places.setdefault((crossing.outside, ""), set()).add(crossing.client)
    unsettled = [Unsettled(host, setting, tuple(sorted(calls))) for (host, setting), calls in sorted(places.items())]
    return analysis.spelling.of(analysis.tree.services), analysis.spelling.of(tuple(unsettled))


def call_graph(config: Config) -> dict[str, list[str]]:
    """What each function of the tree that a configuration names calls, by dotted names.

    Raises:
        CommlintError: A library model is wrong.
    """
    return _read(config, Found()).linked.call_graph()


def summarize(config: Config, name: str = "") -> tuple[str, bytes]:
    """What others have to know of the tree that a configuration names: the usual name of a file for it, and its bytes.

    Args:
        config: The configuration.
        name: What the repository is called; empty for what its checkout says.

    Raises:
        CommlintError: As `analyze`.
    """
    from commlint.neighbours.gathering import gather  # noqa: PLC0415 - as `_linked`

    origin = origin_of(config.root, name)
    analysis = _read(config, Found())
    # Documents are read when they are first asked for, and a summary holds those that were.
    analysis.linked.service_map()
    knows = [known for known in known_in(config.root) if known.place != origin.place]
    return f"{origin.label}{SUFFIX}", encode(gather(origin, analysis.tree, analysis.extracted.modules, knows))


def _libraries(config: Config) -> tuple[Library, ...]:
    name = config.file.name if config.file is not None else ""
    return load_all_libraries(config.models, name, config.library_models)


def _read(config: Config, found: Found | None = None) -> _Analysis:
    with Store(config.cache) as store:
        tree = workspace.walk(config.root, config.paths, config.exclude)
        return _linked(config, _libraries(config), tree, store, find(config) if found is None else found)


def _linked(config: Config, libraries: Sequence[Library], files: Tree, store: Store, found: Found) -> _Analysis:
    from commlint import extract, program  # noqa: PLC0415 - 0.1 s, which a run that knows its result need not spend

    around, broken = neighbours(found)
    tree = workspace.read(config, libraries, files, around.shelves, around.own)
    spelling = Spelling(around, [*(file.path for file in (*tree.files, *tree.generated)), *tree.others])
    shown = {spelling.path(file.path): file.size for file in (*tree.files, *tree.generated)}
    python = sorted((path, size) for path, size in shown.items() if spelling.is_own(path))
    extracted = beside(extract.extract(config.root, python, config.jobs, store), around.own)
    modules = sorted((*extracted.modules, *around.modules), key=lambda module: module.path)
    linked = program.link(tree, modules, libraries)
    return _Analysis(tree, extracted, linked, around, spelling, broken)


def _selected(rules: Mapping[str, Rule], config: Config) -> dict[str, Rule]:
    """The rules that are on, as severe as the user has them."""
    for selector in (*config.select, *config.extend_select, *config.ignore):
        if not known_selector(selector, rules):
            raise unknown_rule(selector, rules)
    return {
        code: msgspec.structs.replace(rule, severity=config.severity(code, rule.slug) or rule.severity)
        for code, rule in rules.items()
        if config.selects(code, rule.slug, preview=rule.preview)
    }


def _run(check: checks.Check, linked: program.Program, failures: list[str]) -> list[Finding]:
    """What a check finds; one that fails is reported and does not take the others with it."""
    try:
        return list(check.check(linked))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a bug of ours, and the other rules stand
        failures.append(f"{check.code} {check.slug}: {type(error).__name__}: {error}")
        return []


def _unreadable(files: tuple[facts.Unreadable, ...]) -> Iterator[Finding]:
    for file in files:
        yield Finding(
            rule="COMM001",
            location=Location(file.path, file.line, file.column),
            message=f"cannot be read: {file.reason}",
            severity=Severity.WARNING,
            confidence=Confidence.HIGH,
            why="nothing in this file is checked, and calls that lead through it are not followed",
            advice="mend the file, or leave it out of the analysed paths",
        )


def _failed(files: tuple[facts.Failed, ...], failures: list[str]) -> Iterator[Finding]:
    for file in files:
        failures.append(f"{file.path}: {file.reason}")
        yield Finding(
            rule="COMM003",
            location=Location(file.path, 1),
            message=f"commlint failed on this file: {file.reason}",
            severity=Severity.ERROR,
            confidence=Confidence.HIGH,
            advice="report it with the file, or the part of it that still shows the failure",
        )


def _suppressions(
    config: Config, analysis: _Analysis, found: Iterable[Finding], edited: Mapping[str, bytes]
) -> list[Suppression]:
    """The ignore comments in the Python code, and in other files where something is found."""
    files = {*analysis.files} | {finding.location.file for finding in found}
    return [s for path in sorted(files) for s in find_suppressions(path, _content(config, path, edited))]


def _is_wanted(finding: Finding, rules: Mapping[str, Rule], config: Config) -> bool:
    file = finding.location.file
    if finding.rule not in rules or finding.confidence < config.min_confidence or not config.reports_on(file):
        return False
    return not config.ignores(file, finding.rule, rules[finding.rule].slug)


def _graded(findings: Iterable[Finding], rules: Mapping[str, Rule], config: Config) -> Iterator[Finding]:
    """Findings, as severe as the user says that those of their rules are."""
    for finding in findings:
        severity = config.severity(finding.rule, rules[finding.rule].slug)
        yield finding if severity is None else msgspec.structs.replace(finding, severity=severity)


def _strongest(findings: Iterable[Finding]) -> Iterable[Finding]:
    """One finding of a rule for each place: code that is put around many functions is met on the way to each."""
    best: dict[tuple[str, Location], Finding] = {}
    for finding in findings:
        place = (finding.rule, finding.location)
        known = best.get(place)
        if known is None or (finding.severity, finding.confidence) > (known.severity, known.confidence):
            best[place] = finding
    return best.values()


def _unresolved(analysis: _Analysis) -> tuple[Step, ...]:
    steps = {
        Step(remote.site.location, f"{remote.label}: {remote.why_unresolved}{_settled_by(remote, host)}")
        for remote, host in _open(analysis)
    }
    return analysis.spelling.of(tuple(sorted(steps, key=lambda step: (step.location, step.text))))


def _open(analysis: _Analysis) -> Iterator[tuple[program.RemoteCall, str]]:
    """The remote calls whose target is not known, each with the host that it names; empty where that is not known."""
    named = {crossing.remote: crossing.outside for crossing in analysis.linked.services.crossings if crossing.outside}
    for remote in analysis.linked.remote_calls:
        if remote.target is None and not remote.known and analysis.is_own(remote.site.location.file):
            yield remote, named.get(remote, "")


def _settled_by(remote: program.RemoteCall, name: str) -> str:
    """The line of the configuration that would say where a call goes; empty where none could."""
    if name:
        return f"; `[services.{toml_key(name)}] external = true` says it, or a summary of {name}"
    setting = remote.unknown_setting
    return f'; `[services.NAME] settings = ["{setting}"]` says it' if setting else ""


def _unknown(analysis: _Analysis) -> tuple[str, ...]:
    """The services that the tree calls by name and nobody tells of."""
    return tuple(sorted({crossing.outside for crossing in _unknown_ones(analysis)}))


def _unknown_ones(analysis: _Analysis) -> Iterator[program.Crossing]:
    """The calls of services that nobody tells of."""
    return (c for c in analysis.linked.services.crossings if c.is_unknown and analysis.is_own(c.client.file))


def _summary(analysis: _Analysis) -> Summary:
    # Code that is put around many functions counts once.
    remotes = (remote for remote in analysis.linked.remote_calls if analysis.is_own(remote.site.location.file))
    calls = list({remote.site.call: remote for remote in remotes}.values())
    resolved = sum(1 for call in calls if call.target is not None)
    external = sum(1 for call in calls if call.target is None and call.known)
    return Summary(
        files=len(analysis.files),
        lines=sum(module.lines for module in analysis.extracted.modules),
        services=sum(analysis.is_own(service.root) for service in analysis.tree.services),
        remote_calls=len(calls),
        resolved=resolved,
        external=external,
        unresolved=len(calls) - resolved - external,
    )


def _with_sources(config: Config, report: Report, edited: Mapping[str, bytes] = MappingProxyType({})) -> Report:
    files = sorted({finding.location.file for finding in report.findings})
    return msgspec.structs.replace(report, sources={path: _text(_content(config, path, edited)) for path in files})


def _text(data: bytes) -> str:
    return data.decode("utf-8-sig", "replace")


def _content(config: Config, path: str, edited: Mapping[str, bytes]) -> bytes:
    return edited[path] if path in edited else _bytes(config, path)


def _bytes(config: Config, path: str) -> bytes:
    try:
        return (config.root / path).read_bytes()
    except OSError:
        return b""
