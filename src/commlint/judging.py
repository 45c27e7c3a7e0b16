"""From what is known of a tree to what is reported about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from commlint import facts
from commlint.analysis import Analysis, content
from commlint.catalogue import known_selector, load_rules, unknown_rule
from commlint.catalogue.reading import toml_key
from commlint.config import Config
from commlint.errors import CommlintError
from commlint.finding import Confidence, Finding, Location, Report, Rule, Severity, Step, Summary, Unsettled
from commlint.neighbours.joining import described
from commlint.suppress import Suppression, find_suppressions, suppress

if TYPE_CHECKING:
    from commlint import checks, program


def rules_of(config: Config) -> dict[str, Rule]:
    """The rules that are on, by code, as severe as the user has them.

    Raises:
        CommlintError: The configuration names a rule that does not exist.
    """
    rules = load_rules()
    for selector in (*config.select, *config.extend_select, *config.ignore):
        if not known_selector(selector, rules):
            raise unknown_rule(selector, rules)
    return {
        code: msgspec.structs.replace(rule, severity=config.severity(code, rule.slug) or rule.severity)
        for code, rule in rules.items()
        if config.selects(code, rule.slug, preview=rule.preview)
    }


def judge(
    config: Config,
    rules: Mapping[str, Rule],
    analysis: Analysis,
    edited: Mapping[str, bytes] = MappingProxyType({}),
) -> Report:
    """What is fragile in a tree; the report is without the sources.

    Args:
        config: What to report.
        rules: The rules that are on, by code.
        analysis: What is known of the tree.
        edited: The files that say something else than on disk.

    Raises:
        CommlintError: A contract names a service that there is not.
    """
    from commlint import checks  # noqa: PLC0415 - 0.1 s, which a run that knows its result need not spend

    tree, extracted, linked, spelling = analysis.tree, analysis.extracted, analysis.linked, analysis.spelling
    check_names(config, linked)
    failures: list[str] = []
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


def with_sources(config: Config, report: Report, edited: Mapping[str, bytes] = MappingProxyType({})) -> Report:
    """A report with the text of the files that its findings stand in."""
    files = sorted({finding.location.file for finding in report.findings})
    return msgspec.structs.replace(
        report, sources={path: content(config, path, edited).decode("utf-8-sig", "replace") for path in files}
    )


def check_names(config: Config, linked: program.Program) -> None:
    """Sees to it that every service that a contract names is there; a tree of old need not have all of them.

    Raises:
        CommlintError: One is not there.
    """
    unknown = next(linked.unknown_names(), None) if config.contracts and config.checkout is None else None
    if unknown is not None:
        raise CommlintError(f"{config.file.name}: {unknown}" if config.file is not None else unknown)


def unsettled(analysis: Analysis) -> tuple[Unsettled, ...]:
    """The calls that lead nobody knows where, by the host or setting that they name."""
    places: dict[tuple[str, str], set[Location]] = {}
    for remote, host in _open(analysis):
        setting = "" if host else remote.unknown_setting
        if host or setting:
            places.setdefault((host, setting), set()).add(remote.site.location)
    for crossing in _unknown_ones(analysis):
        places.setdefault((crossing.outside, ""), set()).add(crossing.client)
    found = [Unsettled(host, setting, tuple(sorted(calls))) for (host, setting), calls in sorted(places.items())]
    return analysis.spelling.of(tuple(found))


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
    config: Config, analysis: Analysis, found: Iterable[Finding], edited: Mapping[str, bytes]
) -> list[Suppression]:
    """The ignore comments in the Python code, and in other files where something is found."""
    files = {*analysis.files} | {finding.location.file for finding in found}
    return [s for path in sorted(files) for s in find_suppressions(path, content(config, path, edited))]


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


def _unresolved(analysis: Analysis) -> tuple[Step, ...]:
    steps = {
        Step(remote.site.location, f"{remote.label}: {remote.why_unresolved}{_settled_by(remote, host)}")
        for remote, host in _open(analysis)
    }
    return analysis.spelling.of(tuple(sorted(steps, key=lambda step: (step.location, step.text))))


def _open(analysis: Analysis) -> Iterator[tuple[program.RemoteCall, str]]:
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


def _unknown(analysis: Analysis) -> tuple[str, ...]:
    """The services that the tree calls by name and nobody tells of."""
    return tuple(sorted({crossing.outside for crossing in _unknown_ones(analysis)}))


def _unknown_ones(analysis: Analysis) -> Iterator[program.Crossing]:
    """The calls of services that nobody tells of."""
    return (c for c in analysis.linked.services.crossings if c.is_unknown and analysis.is_own(c.client.file))


def _summary(analysis: Analysis) -> Summary:
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
