"""Text for people: what to mend, where, and how it comes about.

A finding is a place, a rule and a path; a reader meets causes. So there is one block per place, whatever the number of
rules it breaks, and places that one change would mend stand together under that change.
"""

from __future__ import annotations

import textwrap
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

import msgspec

from commlint.finding import Finding, Location, Mend, Report, Severity, Step
from commlint.report import Options
from commlint.report.closing import closing, counted
from commlint.report.palette import Palette, plain, width

BLOCKS = 10
ALSO = 5
WIDTH = 110
_LABEL = 9
_TAB = "    "


class _Cause(msgspec.Struct, frozen=True):
    """Places shown together: those that one change mends, or those of one rule that are each mended by themselves.

    Attributes:
        name: The change, or the rule and a severity.
        findings: The findings it would clear, or that the rule makes.
        places: The findings of each place shown under it, whatever their cause.
    """

    name: Mend | tuple[str, Severity]
    findings: Sequence[Finding]
    places: Sequence[Sequence[Finding]]


def render(report: Report, options: Options) -> str:
    """The report as text, the worst first, and the closing line."""
    return _Writer(report, options).text()


def _causes(findings: Iterable[Finding]) -> list[_Cause]:
    """The causes of findings: errors first, then what clears most; each place under the first cause that it has."""
    kin: dict[Mend | None, list[Finding]] = defaultdict(list)
    for finding in findings:
        kin[finding.mend].append(finding)
    together: dict[Mend | tuple[str, Severity], list[Finding]] = defaultdict(list)
    for mend, members in kin.items():
        # A change that clears one finding is advice on that finding, not a cause.
        for finding in members:
            together[mend if mend and len(members) > 1 else (finding.rule, finding.severity)].append(finding)

    def rank(name: Mend | tuple[str, Severity]) -> tuple[int, int, tuple[Location, str, str]]:
        members = together[name]
        clears = len(members) if isinstance(name, Mend) else 0
        return (-max(member.severity for member in members), -clears, min(member.order for member in members))

    ranked = sorted(together, key=rank)
    first: dict[Location, Mend | tuple[str, Severity]] = {}
    for name in ranked:
        for finding in together[name]:
            first.setdefault(_place(finding), name)
    shown: dict[Mend | tuple[str, Severity], list[Finding]] = defaultdict(list)
    for members in together.values():
        for finding in members:
            shown[first[_place(finding)]].append(finding)
    return [_Cause(name, together[name], _by_place(shown[name])) for name in ranked if name in shown]


def _place(finding: Finding) -> Location:
    """Where a finding stands, whatever the length of the name that it means."""
    return msgspec.structs.replace(finding.location, length=0)


def _by_place(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Findings by place, the places with the worst first."""
    ordered = sorted(findings, key=lambda finding: (_place(finding), -finding.severity, finding.order))
    places = [list(members) for _, members in groupby(ordered, key=_place)]
    return sorted(places, key=lambda place: -place[0].severity)


class _Writer:
    """Lays out one report."""

    def __init__(self, report: Report, options: Options) -> None:
        self._report = report
        self._options = options
        self._palette = Palette(on=options.color)

    def text(self) -> str:
        visible = [f for f in self._report.findings if self._options.notes or f.severity > Severity.NOTE]
        paragraphs: list[str] = []
        # The rules that are shown without a common change have ten blocks each, whatever their severities.
        used: Counter[Mend | str] = Counter()
        cut = False
        for cause in _causes(visible):
            mend, key = (cause.name, cause.name) if isinstance(cause.name, Mend) else (None, cause.name[0])
            shown = cause.places[: BLOCKS - used[key]]
            used[key] += len(shown)
            cut = cut or len(shown) < len(cause.places)
            paragraphs += self._cause(cause, mend, shown)
        if cut:
            paragraphs.append(f"At most {BLOCKS} places are shown for each cause; --format concise lists all of them.")
        return "".join(f"{paragraph}\n\n" for paragraph in paragraphs) + closing(self._report, self._options)

    def _cause(self, cause: _Cause, mend: Mend | None, shown: Sequence[Sequence[Finding]]) -> Iterator[str]:
        shared: set[str] = set()
        indent = ""
        if mend:
            indent = "  "
            shared = {mend.text} | self._shared(cause)
            yield self._head(mend, cause, shared)
        for place in shown:
            yield textwrap.indent("\n".join(self._block(place, mend, shared)), indent)
        rest = cause.places[len(shown) :]
        if rest:
            numbers = Counter(finding.rule for place in rest for finding in place)
            more = ", ".join(f"{number} more of {rule}" for rule, number in sorted(numbers.items()))
            yield self._palette.paint(f"{indent}+{more}", "bold")

    def _shared(self, cause: _Cause) -> set[str]:
        """What all findings of a cause say, so that it need be said but once."""
        said = [{finding.why, self._advice(finding), _fix(finding)} for finding in cause.findings]
        return set.intersection(*said) - {""}

    def _head(self, mend: Mend, cause: _Cause, shared: set[str]) -> str:
        paint = self._palette.paint
        change = mend.text
        if change.partition(" ")[0].isalpha():
            change = change[0].upper() + change[1:]
        clears = paint(f"clears {counted(len(cause.findings), 'finding')}", "green")
        lines = [f"{paint(plain(change), 'bold')} ({plain(_spot(mend.location))}): {clears}"]
        sample = cause.findings[0]
        for label, text in (("why", sample.why), ("do", self._advice(sample)), ("fix", _fix(sample))):
            if text in shared and text != mend.text:
                lines += self._labelled(label, text)
        return "\n".join(lines)

    def _block(self, place: Sequence[Finding], mend: Mend | None, shared: set[str]) -> Iterator[str]:
        location = place[0].location
        where = f"{plain(location.file)}:{location.line}:{location.column}"
        grade = max(len(finding.severity.word) for finding in place)
        for number, finding in enumerate(place):
            # The place is written once; the other rules stand below the first.
            start = " " * width(where) if number else self._palette.paint(where, "bold")
            word = finding.severity.word
            rule = self._palette.paint(self._report.rules[finding.rule].slug, "bold")
            severity = self._palette.grade(word, finding.severity) + " " * (grade - len(word))
            yield f"{start} {severity} {finding.rule} {rule}  {plain(finding.message)}"
        yield from self._excerpt(place)
        yield from self._details("path", place, lambda finding: [_route(finding.path)])
        yield from self._details("also", place, lambda finding: [_also(finding.related)])
        yield from self._details("why", place, lambda finding: [finding.why], shared)
        yield from self._details("do", place, lambda finding: self._remedy(finding, mend), shared)
        yield from self._details("fix", place, lambda finding: [_fix(finding)], shared)

    def _excerpt(self, place: Sequence[Finding]) -> Iterator[str]:
        """The line with the call marked, and what is called."""
        location = place[0].location
        line = self._report.line(location)
        if not line.strip():
            return
        # What is known by its line only is shown from where the line's text begins.
        start = len(line) - len(line.lstrip()) if (location.column, location.length) == (1, 0) else 0
        column = min(location.column + start, len(line) + 1)
        before = plain(line[: column - 1].replace("\t", _TAB))
        after = plain(line[column - 1 :].replace("\t", _TAB))
        length = max(finding.location.length for finding in place)
        named = plain(line[column - 1 : column - 1 + length].replace("\t", _TAB))
        if width(before) > WIDTH // 2:
            before = "…" + before[-WIDTH // 2 :].lstrip()
        room = max(WIDTH - len(before), len(named))
        if len(after) > room:
            after = after[:room] + "…"
        gutter = f"{location.line:>5} |"
        carets = self._palette.grade("^" * max(width(named), 1), place[0].severity)
        calls = ", ".join(dict.fromkeys(plain(finding.call) for finding in place if finding.call))
        yield f"{self._palette.paint(gutter, 'dim')} {before}{after}".rstrip()
        bar = self._palette.paint(" " * (len(gutter) - 1) + "|", "dim")
        yield f"{bar} {' ' * width(before)}{carets} {self._palette.paint(calls, 'cyan')}".rstrip()

    def _details(
        self,
        label: str,
        place: Sequence[Finding],
        read: Callable[[Finding], Iterable[str]],
        shared: Iterable[str] = (),
    ) -> Iterator[str]:
        """A detail of the findings of a place: once where they agree, else with the rule that it belongs to."""
        owners: dict[str, list[str]] = {}
        for finding in place:
            for text in read(finding):
                if text and text not in shared:
                    owners.setdefault(text, []).append(finding.rule)
        for text, rules in owners.items():
            of = "" if len(rules) == len(place) else f"{', '.join(rules)}: "
            yield from self._labelled(label, of + text)
            label = ""

    def _labelled(self, label: str, text: str) -> Iterator[str]:
        lines = _wrap(plain(text), WIDTH - _LABEL)
        for number, line in enumerate(lines):
            start = f"   {label:<{_LABEL - 3}}" if number == 0 else " " * _LABEL
            yield f"{self._palette.paint(start, 'dim')}{line}"

    def _remedy(self, finding: Finding, head: Mend | None) -> Iterator[str]:
        """What to do about a finding, apart from the change that its cause is headed by."""
        mend = finding.mend
        if mend and mend != head:
            yield f"{mend.text} ({_spot(mend.location)})"
        if self._advice(finding) not in {"", mend.text if mend else ""}:
            yield self._advice(finding)

    def _advice(self, finding: Finding) -> str:
        """The advice on a finding; where it has neither advice nor a mend, the general one of its rule."""
        return finding.advice or ("" if finding.mend else self._report.rules[finding.rule].advice)


def _fix(finding: Finding) -> str:
    """What `--fix` would do about a finding; empty where it can do nothing."""
    if finding.fix is None:
        return ""
    return f"{finding.fix.title} ({'--fix' if finding.fix.safe else '--fix --unsafe-fixes'})"


def _spot(location: Location) -> str:
    return f"{location.file}:{location.line}"


def _route(steps: Sequence[Step]) -> str:
    """A path in one line; steps on the same line name their place once."""
    hops = []
    previous = ""
    for step in steps:
        spot = _spot(step.location)
        hops.append(step.text if spot == previous else f"{spot} {step.text}")
        previous = spot
    return " > ".join(hops)


def _also(steps: Sequence[Step]) -> str:
    """Places that belong to a finding, the first few."""
    places = [f"{_spot(step.location)} {step.text}" for step in steps[:ALSO]]
    if len(steps) > ALSO:
        places.append(f"{len(steps) - ALSO} more")
    return ", ".join(places)


def _wrap(text: str, columns: int) -> list[str]:
    """The text in lines, broken before the `>` of a path where there is one, else between words."""
    if " > " not in text:
        return textwrap.wrap(text, columns, break_long_words=False, break_on_hyphens=False)
    lines: list[str] = []
    for number, hop in enumerate(text.split(" > ")):
        piece = f"> {hop}" if number else hop
        if number and len(lines[-1]) + len(piece) < columns:
            lines[-1] += f" {piece}"
        else:
            lines.append(piece)
    return lines
