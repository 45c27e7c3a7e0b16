"""The analysis from beginning to end, on one screen."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from commlint import checks, extract, facts, program, workspace
from commlint.catalogue import load_all_libraries, load_rules, unknown_rule
from commlint.config import Config
from commlint.errors import CommlintError
from commlint.finding import Confidence, Finding, Location, Report, Rule, Severity, Step, Summary
from commlint.neighbours.gathering import gather
from commlint.neighbours.joining import Given, Neighbours, described, join
from commlint.neighbours.provenance import origin_of
from commlint.neighbours.spelling import Spelling
from commlint.neighbours.summary import FOLDER, SUFFIX, encode, load
from commlint.program import callers, outage
from commlint.servicemap import Callers, Outage, ServiceMap


def analyze(config: Config) -> Report:
    """Reads the tree that a configuration names and reports what is fragile in it.

    Raises:
        CommlintError: The configuration names a rule that does not exist, or a library model is wrong.
    """
    return _report(config, _linked(config))


def explain_place(config: Config, line: int) -> tuple[Report, tuple[program.Silence, ...]]:
    """What is reported at a line of the one file that a configuration names, and what keeps other rules silent there.

    Raises:
        CommlintError: As `analyze`.
    """
    analysis = _linked(config)
    report = _report(config, analysis)
    here = tuple(finding for finding in report.findings if finding.location.line == line)
    said = {finding.rule for finding in here}
    file = analysis.spelling.inner(config.paths[0])
    silent = tuple(s for s in analysis.linked.silences(file, line) if _code(report, s.rule) not in said)
    return msgspec.structs.replace(report, findings=here), analysis.spelling.of(silent)


def _code(report: Report, slug: str) -> str:
    return next((code for code, rule in report.rules.items() if rule.slug == slug), "")


def _report(config: Config, analysis: _Analysis) -> Report:
    tree, spelling = analysis.tree, analysis.spelling
    rules = _selected(load_rules(), config)
    failures: list[str] = []
    unreadable = (*tree.unreadable, *analysis.extracted.unreadable)
    found = [*_unreadable(unreadable), *_failed(analysis.extracted.failed, failures)]
    for check in checks.CHECKS:
        found += _run(check, analysis.linked, failures) if check.code in rules else ()
    found = [finding for finding in map(spelling.of, found) if spelling.is_own(finding.location.file)]
    found += _unreadable(analysis.broken)

    findings = sorted(_strongest(f for f in found if _is_wanted(f, rules, config)), key=lambda finding: finding.order)
    return Report(
        findings=tuple(findings),
        rules=rules,
        services=spelling.of(tree.services),
        summary=_summary(analysis),
        unresolved=_unresolved(analysis),
        sources={path: _text(config, path) for path in sorted({f.location.file for f in findings})},
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
    analysis = _linked(config)
    return analysis.spelling.of(analysis.linked.service_map()), _report(config, analysis)


def what_if(config: Config, down: str) -> Outage:
    """What happens to the paths that a configuration names when a service is down.

    Raises:
        CommlintError: There is no such service, or a library model is wrong.
    """
    analysis = _linked(config)
    return analysis.spelling.of(outage.outage(analysis.linked, down, analysis.paths(config)))


def find_callers(config: Config, endpoint: str) -> Callers:
    """Who calls an endpoint, or the endpoints of a service, in the paths that a configuration names.

    Raises:
        CommlintError: There is no such endpoint, or a library model is wrong.
    """
    analysis = _linked(config)
    return analysis.spelling.of(callers.callers(analysis.linked, endpoint, analysis.paths(config)))


def call_graph(config: Config) -> dict[str, list[str]]:
    """What each function of the tree that a configuration names calls, by dotted names.

    Raises:
        CommlintError: A library model is wrong.
    """
    return _link(config, Neighbours()).linked.call_graph()


def summarize(config: Config, name: str = "") -> tuple[str, bytes]:
    """What others have to know of the tree that a configuration names, as a file to give them, and its name.

    Args:
        config: The configuration.
        name: What the repository is called; empty for what its checkout says.

    Raises:
        CommlintError: As `analyze`.
    """
    origin = origin_of(config.root, name)
    analysis = _link(config, Neighbours())
    # Documents are read when they are first asked for.
    analysis.linked.service_map()
    knows = [one.summary.origin for one in _kept(config.root)[0] if one.summary.origin.place != origin.place]
    summary = gather(origin, analysis.tree, analysis.extracted.modules, knows)
    return f"{origin.place.replace('/', '-')}{SUFFIX}", encode(summary)


class _Analysis(msgspec.Struct, frozen=True):
    """Everything that is known of a tree and its neighbours.

    Attributes:
        tree: The workspace; its paths are as `spelling` takes them.
        extracted: What extraction has read of the tree itself.
        linked: The program.
        neighbours: What lies beside the tree.
        spelling: How paths are written.
        broken: Summaries kept in the tree that cannot be read.
    """

    tree: workspace.Workspace
    extracted: facts.Extracted
    linked: program.Program
    neighbours: Neighbours
    spelling: Spelling
    broken: tuple[facts.Unreadable, ...] = ()

    def paths(self, config: Config) -> tuple[str, ...]:
        """The paths that a configuration names, as they are in the workspace."""
        return tuple(map(self.spelling.inner, config.paths))


def _linked(config: Config) -> _Analysis:
    given, broken = _kept(config.root)
    given += (Given(os.path.relpath(file, config.root).replace(os.sep, "/"), load(file)) for file in config.neighbours)
    beside = join(origin_of(config.root), given) if given else Neighbours()
    return msgspec.structs.replace(_link(config, beside), broken=tuple(broken))


def _kept(root: Path) -> tuple[list[Given], list[facts.Unreadable]]:
    """The summaries that a tree keeps of its neighbours, and those of them that cannot be read."""
    given, broken = [], []
    for file in sorted((root / FOLDER).glob(f"*{SUFFIX}")):
        path = file.relative_to(root).as_posix()
        try:
            given.append(Given(path, load(file)))
        except CommlintError as error:
            broken.append(facts.Unreadable(path, 1, 1, str(error).partition(": ")[2]))
    return given, broken


def _link(config: Config, beside: Neighbours) -> _Analysis:
    name = config.file.name if config.file is not None else ""
    libraries = load_all_libraries(config.models, name, config.library_models)
    tree = workspace.read(config, libraries, beside.shelves, beside.own)
    spelling = Spelling(beside, [*(file.path for file in (*tree.files, *tree.generated)), *tree.others])
    own = "" if beside.own == "." else f"{beside.own}/"
    files = sorted(
        (file.path.removeprefix(own), file.size)
        for file in (*tree.files, *tree.generated)
        if spelling.is_own(spelling.path(file.path))
    )
    extracted = extract.extract(config.root, files, config.jobs)
    if own:
        extracted = _moved(extracted, own)
    modules = sorted((*extracted.modules, *beside.modules), key=lambda module: module.path)
    return _Analysis(tree, extracted, program.link(tree, modules, libraries), beside, spelling)


def _moved(extracted: facts.Extracted, folder: str) -> facts.Extracted:
    """What was read of a tree, as it lies in a folder beside others."""
    parts = (
        tuple(msgspec.structs.replace(one, path=folder + one.path) for one in part)
        for part in (extracted.modules, extracted.unreadable, extracted.failed)
    )
    return facts.Extracted(*parts)  # type: ignore[arg-type]


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
    within = any(
        path in (".", finding.location.file) or finding.location.file.startswith(f"{path}/") for path in config.paths
    )
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


def _unresolved(analysis: _Analysis) -> tuple[Step, ...]:
    steps = {
        Step(remote.site.location, f"{remote.label}: {remote.why_unresolved}")
        for remote in analysis.linked.remote_calls
        if remote.target is None and not remote.known
    }
    return _own(analysis, sorted(steps, key=lambda step: (step.location, step.text)))


def _unknown(analysis: _Analysis) -> tuple[str, ...]:
    """The services that the tree calls and nobody tells of."""
    spelling = analysis.spelling
    return tuple(
        sorted(
            {
                crossing.outside
                for crossing in analysis.linked.services.crossings
                if spelling.is_own(spelling.path(crossing.client.file)) and crossing.is_unknown
            }
        )
    )


def _own(analysis: _Analysis, steps: Iterable[Step]) -> tuple[Step, ...]:
    """Those of some places that are in the tree itself, as readers know them."""
    return tuple(s for s in map(analysis.spelling.of, steps) if analysis.spelling.is_own(s.location.file))


def _summary(analysis: _Analysis) -> Summary:
    # Code that is put around many functions counts once.
    spelling = analysis.spelling
    all_calls = {remote.site.call: remote for remote in analysis.linked.remote_calls}.values()
    calls = [remote for remote in all_calls if spelling.is_own(spelling.path(remote.site.location.file))]
    resolved = sum(1 for call in calls if call.target is not None)
    external = sum(1 for call in calls if call.target is None and call.known)
    return Summary(
        files=sum(spelling.is_own(spelling.path(file.path)) for file in analysis.tree.files),
        lines=sum(module.lines for module in analysis.extracted.modules),
        services=sum(spelling.is_own(spelling.path(service.root)) for service in analysis.tree.services),
        remote_calls=len(calls),
        resolved=resolved,
        external=external,
        unresolved=len(calls) - resolved - external,
    )


def _text(config: Config, path: str) -> str:
    try:
        return (config.root / path).read_text("utf-8-sig", errors="replace")
    except OSError:
        return ""
