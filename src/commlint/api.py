"""The analysis from beginning to end, on one screen."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import msgspec

from commlint import facts, workspace
from commlint.baseline import Entry, compare, entries_of
from commlint.catalogue import load_all_libraries, load_rules, unknown_rule
from commlint.catalogue.models import Library
from commlint.changes import Changes, Side, changes
from commlint.config import Config
from commlint.finding import Confidence, Finding, Location, Report, Rule, Severity, Step, Summary
from commlint.history import export
from commlint.servicemap import Callers, Outage, ServiceMap
from commlint.store import Store, code_digest, digest_of
from commlint.suppress import Suppression, find_suppressions, suppress
from commlint.workspace import Tree

if TYPE_CHECKING:
    from commlint import checks, program


def analyze(config: Config) -> Report:
    """Reads the tree that a configuration names and reports what is fragile in it.

    Raises:
        CommlintError: The configuration names a rule that does not exist, or a library model is wrong.
    """
    rules, libraries = _selected(load_rules(), config), _libraries(config)
    with Store(config.cache) as store:
        tree = workspace.walk(config.root, config.paths)
        key = _key(config, tree, rules, libraries)
        report = _kept(store, key)
        if report is None:
            report = _report(config, rules, *_linked(config, libraries, tree, store))
            if not report.failures:
                store.put({key: _encoder.encode(report)})
    notices = (store.notice,) if store.notice else ()
    return msgspec.structs.replace(_with_sources(config, report), notices=notices)


def _key(config: Config, tree: Tree, rules: Mapping[str, Rule], libraries: Sequence[Library]) -> bytes:
    """A digest of everything that a report depends on, and of nothing that it does not."""
    file = None if config.file is None else Path(config.file.name)
    asked = msgspec.structs.replace(
        config, root=Path(config.root.name), file=file, jobs=1, library_models=(), cache=None
    )
    known = _encoder.encode((asked, rules, libraries, sys.version_info[:2]))
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
        yield msgspec.structs.replace(config, root=root)


def explain_place(config: Config, line: int) -> tuple[Report, tuple[program.Silence, ...]]:
    """What is reported at a line of the one file that a configuration names, and what keeps other rules silent there.

    Raises:
        CommlintError: As `analyze`.
    """
    tree, extracted, linked = _read(config)
    report = _with_sources(config, _report(config, _selected(load_rules(), config), tree, extracted, linked))
    here = tuple(finding for finding in report.findings if finding.location.line == line)
    said = {finding.rule for finding in here}
    silent = tuple(s for s in linked.silences(config.paths[0], line) if _code(report, s.rule) not in said)
    return msgspec.structs.replace(report, findings=here), silent


def _code(report: Report, slug: str) -> str:
    return next((code for code, rule in report.rules.items() if rule.slug == slug), "")


def _report(
    config: Config,
    rules: Mapping[str, Rule],
    tree: workspace.Workspace,
    extracted: facts.Extracted,
    linked: program.Program,
) -> Report:
    failures: list[str] = []
    from commlint import checks  # noqa: PLC0415 - as `_linked`

    found = [*_unreadable((*tree.unreadable, *extracted.unreadable)), *_failed(extracted.failed, failures)]
    for check in checks.CHECKS:
        found += _run(check, linked, failures) if check.code in rules else ()
    kept, unused = suppress(found, _suppressions(config, tree, found), load_rules(), rules)

    wanted = (finding for finding in (*kept, *unused) if _is_wanted(finding, rules, config))
    findings = sorted(_strongest(wanted), key=lambda finding: finding.order)
    return Report(
        findings=tuple(findings),
        rules=rules,
        services=tree.services,
        summary=_summary(tree, extracted, linked),
        unresolved=_unresolved(linked),
        failures=tuple(failures),
    )


def map_services(config: Config) -> tuple[ServiceMap, Report]:
    """The services of the tree that a configuration names and the calls between them, and what is reported there.

    Raises:
        CommlintError: As `analyze`.
    """
    tree, extracted, linked = _read(config)
    report = _report(config, _selected(load_rules(), config), tree, extracted, linked)
    return linked.service_map(), _with_sources(config, report)


def what_if(config: Config, down: str) -> Outage:
    """What happens to the paths that a configuration names when a service is down.

    Raises:
        CommlintError: There is no such service, or a library model is wrong.
    """
    from commlint.program import outage  # noqa: PLC0415 - as `_linked`

    _, _, linked = _read(config)
    return outage.outage(linked, down, config.paths)


def find_callers(config: Config, endpoint: str) -> Callers:
    """Who calls an endpoint, or the endpoints of a service, in the paths that a configuration names.

    Raises:
        CommlintError: There is no such endpoint, or a library model is wrong.
    """
    from commlint.program import callers  # noqa: PLC0415 - as `_linked`

    _, _, linked = _read(config)
    return callers.callers(linked, endpoint, config.paths)


def call_graph(config: Config) -> dict[str, list[str]]:
    """What each function of the tree that a configuration names calls, by dotted names.

    Raises:
        CommlintError: A library model is wrong.
    """
    _, _, linked = _read(config)
    return linked.call_graph()


def _libraries(config: Config) -> tuple[Library, ...]:
    name = config.file.name if config.file is not None else ""
    return load_all_libraries(config.models, name, config.library_models)


def _read(config: Config) -> tuple[workspace.Workspace, facts.Extracted, program.Program]:
    with Store(config.cache) as store:
        return _linked(config, _libraries(config), workspace.walk(config.root, config.paths), store)


def _linked(
    config: Config, libraries: Sequence[Library], files: Tree, store: Store
) -> tuple[workspace.Workspace, facts.Extracted, program.Program]:
    from commlint import extract, program  # noqa: PLC0415 - 0.1 s, which a run that knows its result need not spend

    tree = workspace.read(config, libraries, files)
    python = sorted((file.path, file.size) for file in (*tree.files, *tree.generated))
    extracted = extract.extract(config.root, python, config.jobs, store)
    return tree, extracted, program.link(tree, extracted.modules, libraries)


def _selected(rules: Mapping[str, Rule], config: Config) -> dict[str, Rule]:
    names = {name for rule in rules.values() for name in (rule.code, rule.slug)}
    for selector in (*config.select, *config.ignore):
        if selector not in names and not any(code.startswith(selector.upper()) for code in rules):
            raise unknown_rule(selector, rules)
    return {code: rule for code, rule in rules.items() if config.selects(rule.code, rule.slug)}


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


def _suppressions(config: Config, tree: workspace.Workspace, found: Iterable[Finding]) -> list[Suppression]:
    """The ignore comments in the Python code, and in other files where something is found."""
    files = {file.path for file in tree.files} | {finding.location.file for finding in found}
    return [s for path in sorted(files) for s in find_suppressions(path, _bytes(config, path))]


def _is_wanted(finding: Finding, rules: Mapping[str, Rule], config: Config) -> bool:
    within = config.reports_on(finding.location.file)
    return finding.rule in rules and finding.confidence >= config.min_confidence and within


def _strongest(findings: Iterable[Finding]) -> Iterable[Finding]:
    """One finding of a rule for each place: code that is put around many functions is met on the way to each."""
    best: dict[tuple[str, Location], Finding] = {}
    for finding in findings:
        place = (finding.rule, finding.location)
        known = best.get(place)
        if known is None or (finding.severity, finding.confidence) > (known.severity, known.confidence):
            best[place] = finding
    return best.values()


def _unresolved(linked: program.Program) -> tuple[Step, ...]:
    steps = {
        Step(remote.site.location, f"{remote.label}: {remote.why_unresolved}")
        for remote in linked.remote_calls
        if remote.target is None and not remote.known
    }
    return tuple(sorted(steps, key=lambda step: (step.location, step.text)))


def _summary(tree: workspace.Workspace, extracted: facts.Extracted, linked: program.Program) -> Summary:
    # Code that is put around many functions counts once.
    calls = list({remote.site.call: remote for remote in linked.remote_calls}.values())
    resolved = sum(1 for call in calls if call.target is not None)
    external = sum(1 for call in calls if call.target is None and call.known)
    return Summary(
        files=len(tree.files),
        lines=sum(module.lines for module in extracted.modules),
        services=len(tree.services),
        remote_calls=len(calls),
        resolved=resolved,
        external=external,
        unresolved=len(calls) - resolved - external,
    )


def _with_sources(config: Config, report: Report) -> Report:
    files = sorted({finding.location.file for finding in report.findings})
    return msgspec.structs.replace(report, sources={path: _text(config, path) for path in files})


def _text(config: Config, path: str) -> str:
    return _bytes(config, path).decode("utf-8-sig", "replace")


def _bytes(config: Config, path: str) -> bytes:
    try:
        return (config.root / path).read_bytes()
    except OSError:
        return b""
