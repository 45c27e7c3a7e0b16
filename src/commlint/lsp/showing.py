"""What an editor shows of what is known: diagnostics, hovers and lenses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from lsprotocol import types

from commlint.finding import Finding, Location, Report, Rule, Severity, Step
from commlint.lsp.places import Places
from commlint.report.sarif import build_rule
from commlint.servicemap import Edge, Load
from commlint.suppress import CODE as UNUSED

SOURCE = "commlint"
_LEVELS = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.NOTE: types.DiagnosticSeverity.Information,
}

# Gives the address of a file by its path; `None` for one of another repository, which is not here.
Address = Callable[[str], str | None]


def diagnostics(report: Report, places: Places, address: Address) -> dict[str, list[types.Diagnostic]]:
    """What is to be shown in each file."""
    found: dict[str, list[types.Diagnostic]] = defaultdict(list)
    for finding in report.findings:
        rule = report.rules[finding.rule]
        found[finding.location.file].append(
            types.Diagnostic(
                range=places.of(finding.location),
                message=_message(finding, rule),
                severity=_LEVELS[finding.severity],
                code=rule.code,
                code_description=types.CodeDescription(_page(rule)),
                source=SOURCE,
                tags=[types.DiagnosticTag.Unnecessary] if rule.code == UNUSED else None,
                related_information=list(_related(finding, places, address)) or None,
            )
        )
    return found


def hover(findings: Iterable[Finding], report: Report, places: Places) -> types.Hover | None:
    """What there is to know of findings at one place."""
    texts, stretch = [], None
    for finding in findings:
        rule = report.rules[finding.rule]
        parts = [f"**{finding.message}**", finding.why, f"*To do:* {finding.advice or rule.advice}"]
        parts.append(f"[{rule.code} {rule.slug}]({_page(rule)}): {rule.summary}")
        texts.append("\n\n".join(filter(None, parts)))
        stretch = stretch or places.of(finding.location)
    if stretch is None:
        return None
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, "\n\n---\n\n".join(texts)), stretch)


def lenses(loads: Iterable[Load], file: str, places: Places) -> list[types.CodeLens]:
    """What the endpoints of a file ask of others."""
    return [
        types.CodeLens(places.of(load.location), types.Command(_load(load), ""))
        for load in loads
        if load.location.file == file
    ]


def targets(
    edges: Iterable[Edge], file: str, position: types.Position, places: Places, address: Address
) -> list[types.Location]:
    """The handlers of other services that answer the calls at a position, else those on its line."""
    here = [
        (places.of(place), edge.handler)
        for edge in edges
        if edge.handler is not None
        for place in dict.fromkeys((edge.location, edge.client))
        if place.file == file and place.line == position.line + 1
    ]
    exact = [handler for stretch, handler in here if stretch.start <= position <= stretch.end]
    handlers = dict.fromkeys(exact or [handler for _, handler in here])
    placed = [(address(handler.file), handler) for handler in handlers]
    return [types.Location(place, places.of(handler)) for place, handler in placed if place is not None]


def _message(finding: Finding, rule: Rule) -> str:
    return "\n".join(filter(None, (finding.message, finding.why, finding.advice or rule.advice)))


def _page(rule: Rule) -> str:
    return str(build_rule(rule)["helpUri"])


def _related(finding: Finding, places: Places, address: Address) -> Iterator[types.DiagnosticRelatedInformation]:
    """The way to the finding and the places that belong to it, each once."""
    mends = [Step(finding.mend.location, finding.mend.text)] if finding.mend else []
    seen: set[tuple[Location, str]] = set()
    for step in (*finding.path, *finding.related, *mends):
        key = (step.location, step.text)
        if key not in seen and (place := address(step.location.file)) is not None:
            seen.add(key)
            yield types.DiagnosticRelatedInformation(types.Location(place, places.of(step.location)), step.text)


def _load(load: Load) -> str:
    calls = "1 call" if load.calls == 1 else f"{load.calls} calls"
    return f"{load.endpoint}: {calls} per request, {load.depth} deep"
