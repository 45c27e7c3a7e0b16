"""How many findings there are of each rule in each service, as a table."""

from __future__ import annotations

from collections import Counter

from commlint.finding import Report
from commlint.report import Options
from commlint.report.closing import closing
from commlint.report.palette import Palette, plain, width
from commlint.workspace.services import by_root, service_of

_ELSEWHERE = "(no service)"


def render(report: Report, options: Options) -> str:
    """Each rule that has findings, the most frequent first, with the services they are in, and the closing line."""
    services = by_root(report.services)

    def service_name(file: str) -> str:
        service = service_of(services, file)
        return _ELSEWHERE if service is None else service.name

    counts: dict[str, Counter[str]] = {}
    for finding in report.findings:
        counts.setdefault(finding.rule, Counter())[service_name(finding.location.file)] += 1
    palette = Palette(on=options.color)
    lines = []
    wide = max((width(plain(name)) for found in counts.values() for name in found), default=0)
    for rule, found in sorted(counts.items(), key=lambda item: (-item[1].total(), item[0])):
        known = report.rules[rule]
        head = f"{found.total():5}  {palette.grade(rule, known.severity)} {palette.paint(known.slug, 'bold')}"
        lines.append(f"{head}\n")
        for name, number in sorted(found.items(), key=lambda item: (-item[1], item[0])):
            shown = plain(name)
            lines.append(f"       {shown}{' ' * (wide - width(shown))}  {number:5}\n")
    # Notes are counted with the others here, and not hidden.
    shown_options = Options(options.color, notes=True, unresolved=options.unresolved)
    return "".join([*lines, *(["\n"] if lines else []), closing(report, shown_options)])
