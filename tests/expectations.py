"""Compares what commlint reports about a small system with what the `# expect: slug` comments in it ask for."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from typing import TYPE_CHECKING

from commlint import api
from commlint.catalogue.rules import load_rules
from commlint.config import Config, settle

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from commlint.finding import Finding

RULES = load_rules()
SLUGS = {rule.slug for rule in RULES.values()}

_EXPECTATION = re.compile(r"#\s*expect:(?P<slugs>.*)$")

Place = tuple[str, int, str]


def check(folder: Path) -> None:
    """Analyses a folder; fails unless exactly the expected findings are reported, each where it is expected.

    Two findings of one rule on one line need two expectations: a finding reported twice is a fault.
    """
    configured = (folder / "commlint.toml").is_file()
    config = (
        settle([str(folder)], preview=True, jobs=1) if configured else Config(folder.resolve(), preview=True, jobs=1)
    )
    report = api.analyze(config)
    assert report.failures == ()
    found = Counter((finding.location.file, finding.location.line, _slug(finding)) for finding in report.findings)
    expected = Counter(expectations(folder))
    assert found == expected, _explained(folder, found, expected, report.findings)


def expectations(folder: Path) -> list[Place]:
    """All that the comments in a folder's files ask for, as (file, line, slug)."""
    places = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"):
        file = path.relative_to(folder).as_posix()
        for number, line in enumerate(path.read_text("utf-8").split("\n"), start=1):
            if match := _EXPECTATION.search(line):
                places += [(file, number, slug.strip()) for slug in match["slugs"].split(",")]
    unknown = [place for place in places if place[2] not in SLUGS]
    assert not unknown, f"no rule has this slug: {unknown}"
    return places


def _slug(finding: Finding) -> str:
    return RULES[finding.rule].slug


def _explained(folder: Path, found: Counter[Place], expected: Counter[Place], findings: Iterable[Finding]) -> str:
    """The difference as a diff of listings, and what unexpected findings have to say for themselves."""
    listing = list(
        difflib.unified_diff(_lines(folder, expected), _lines(folder, found), "expected", "found", lineterm="")
    )
    unexpected = found - expected
    for finding in findings:
        if (finding.location.file, finding.location.line, _slug(finding)) in unexpected:
            listing += ["", f"unexpected: {finding.message}"]
            listing += [f"  {step.location.file}:{step.location.line} {step.text}" for step in finding.path]
    return "\n".join(["", *listing])


def _lines(folder: Path, places: Counter[Place]) -> list[str]:
    """One line for each place, with the source as far as the comment."""
    lines = []
    for file, number, slug in sorted(places.elements()):
        source = (folder / file).read_text("utf-8").split("\n") if (folder / file).is_file() else []
        text = source[number - 1].split("#")[0].strip() if 0 < number <= len(source) else ""
        lines.append(f"{file}:{number} {slug}  {text}")
    return lines
