"""The analysis from beginning to end, on one screen."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from commlint import checks, extract, facts, program, workspace
from commlint.catalogue import load_all_libraries, load_rules, unknown_rule
from commlint.catalogue.models import Library
from commlint.config import Config
from commlint.finding import Confidence, Finding, Location, Report, Rule, Severity, Step, Summary
from commlint.program import callers, outage
from commlint.servicemap import Callers, Outage, ServiceMap

if TYPE_CHECKING:
    from commlint.fix.rounds import Repair


def analyze(config: Config) -> Report:
    """Reads the tree that a configuration names and reports what is fragile in it.

    Raises:
        CommlintError: The configuration names a rule that does not exist, or a library model is wrong.
    """
    return _report(config, *_linked(config))


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

    tree, extracted, linked = _linked(config)
    generated = {file.path for file in tree.generated}
    names: dict[str, str] = {}

    def analyze(edited: Mapping[str, bytes]) -> Report:
        nonlocal extracted, linked
        if edited:
            read = {path: extract.extract_one(path, data) for path, data in edited.items()}
            modules = tuple(new if isinstance(new := read.get(m.path), facts.Module) else m for m in extracted.modules)
            extracted = msgspec.structs.replace(extracted, modules=modules)
            linked = program.link(tree, modules, _libraries(config))
        return _report(config, tree, extracted, linked, edited)

    def read(path: str) -> bytes:
        if not _is_within(path, config):
            raise writing.LeftAloneError(f"{path}: not among the paths that were named")
        if path in generated:
            raise writing.LeftAloneError(f"{path}: generated")
        if (other := names.setdefault(os.path.realpath(config.root / path), path)) != path:
            raise writing.LeftAloneError(f"{path}: the same file as {other}, which is changed")
        return writing.read(config.root, path)

    return rounds.repair(analyze, read, unsafe=unsafe)


def explain_place(config: Config, line: int) -> tuple[Report, tuple[program.Silence, ...]]:
    """What is reported at a line of the one file that a configuration names, and what keeps other rules silent there.

    Raises:
        CommlintError: As `analyze`.
    """
    tree, extracted, linked = _linked(config)
    report = _report(config, tree, extracted, linked)
    here = tuple(finding for finding in report.findings if finding.location.line == line)
    said = {finding.rule for finding in here}
    silent = tuple(s for s in linked.silences(config.paths[0], line) if _code(report, s.rule) not in said)
    return msgspec.structs.replace(report, findings=here), silent


def _code(report: Report, slug: str) -> str:
    return next((code for code, rule in report.rules.items() if rule.slug == slug), "")


def _report(
    config: Config,
    tree: workspace.Workspace,
    extracted: facts.Extracted,
    linked: program.Program,
    edited: Mapping[str, bytes] = MappingProxyType({}),
) -> Report:
    rules = _selected(load_rules(), config)
    failures: list[str] = []
    found = [*_unreadable((*tree.unreadable, *extracted.unreadable)), *_failed(extracted.failed, failures)]
    for check in checks.CHECKS:
        found += _run(check, linked, failures) if check.code in rules else ()

    findings = sorted(_strongest(f for f in found if _is_wanted(f, rules, config)), key=lambda finding: finding.order)
    return Report(
        findings=tuple(findings),
        rules=rules,
        services=tree.services,
        summary=_summary(tree, extracted, linked),
        unresolved=_unresolved(linked),
        sources={
            path: _text(edited.get(path, _bytes(config, path))) for path in sorted({f.location.file for f in findings})
        },
        failures=tuple(failures),
    )


def map_services(config: Config) -> tuple[ServiceMap, Report]:
    """The services of the tree that a configuration names and the calls between them, and what is reported there.

    Raises:
        CommlintError: As `analyze`.
    """
    tree, extracted, linked = _linked(config)
    return linked.service_map(), _report(config, tree, extracted, linked)


def what_if(config: Config, down: str) -> Outage:
    """What happens to the paths that a configuration names when a service is down.

    Raises:
        CommlintError: There is no such service, or a library model is wrong.
    """
    _, _, linked = _linked(config)
    return outage.outage(linked, down, config.paths)


def find_callers(config: Config, endpoint: str) -> Callers:
    """Who calls an endpoint, or the endpoints of a service, in the paths that a configuration names.

    Raises:
        CommlintError: There is no such endpoint, or a library model is wrong.
    """
    _, _, linked = _linked(config)
    return callers.callers(linked, endpoint, config.paths)


def call_graph(config: Config) -> dict[str, list[str]]:
    """What each function of the tree that a configuration names calls, by dotted names.

    Raises:
        CommlintError: A library model is wrong.
    """
    _, _, linked = _linked(config)
    return linked.call_graph()


def _linked(config: Config) -> tuple[workspace.Workspace, facts.Extracted, program.Program]:
    libraries = _libraries(config)
    tree = workspace.read(config, libraries)
    files = sorted((file.path, file.size) for file in (*tree.files, *tree.generated))
    extracted = extract.extract(config.root, files, config.jobs)
    return tree, extracted, program.link(tree, extracted.modules, libraries)


def _libraries(config: Config) -> tuple[Library, ...]:
    name = config.file.name if config.file is not None else ""
    return load_all_libraries(config.models, name, config.library_models)


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


def _is_wanted(finding: Finding, rules: Mapping[str, Rule], config: Config) -> bool:
    within = _is_within(finding.location.file, config)
    return finding.rule in rules and finding.confidence >= config.min_confidence and within


def _is_within(file: str, config: Config) -> bool:
    """Whether a file is among those that a configuration's paths name."""
    return any(path in (".", file) or file.startswith(f"{path}/") for path in config.paths)


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


def _bytes(config: Config, path: str) -> bytes:
    try:
        return (config.root / path).read_bytes()
    except OSError:
        return b""


def _text(data: bytes) -> str:
    # With line ends as Python reads them.
    return io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", errors="replace").read()
