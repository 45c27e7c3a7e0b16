"""The fixtures of rules that can be fixed, fixed: what was reported has gone, nothing else has come."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from commlint import api
from commlint.config import Config, settle
from commlint.finding import Finding
from commlint.fix import writing
from expectations import RULES

FIXTURES = Path(__file__).parent / "fixtures"
CASES = sorted(
    case
    for rule in RULES.values()
    if rule.fix
    for case in (FIXTURES / rule.slug).iterdir()
    if case.is_dir() and not case.name.startswith("silent-")
)


def found(findings: tuple[Finding, ...]) -> Counter[tuple[str, str]]:
    return Counter((finding.rule, finding.location.file) for finding in findings)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.relative_to(FIXTURES).as_posix())
def test_fixes_take_findings_away_and_bring_none(case: Path, tmp_path: Path) -> None:
    folder = tmp_path.resolve() / case.name
    shutil.copytree(case, folder)
    configured = (folder / "commlint.toml").is_file()
    config = settle([str(folder)], preview=True, jobs=1) if configured else Config(folder, preview=True, jobs=1)
    before = api.analyze(config)
    fixable = [finding for finding in before.findings if finding.fix is not None]

    done = api.repair(config, unsafe=True)

    assert done.refused == {}
    assert Counter(done.mended) == Counter(fixable)
    assert found(done.report.findings) <= found(before.findings) - found(done.mended)

    for file, data in done.after.items():
        writing.write(folder, file, done.before[file], data)
    again = api.repair(config, unsafe=True)
    assert again.after == {}
    assert again.report == done.report


def test_each_rule_that_says_so_has_a_case_that_can_be_fixed() -> None:
    fixed = set()
    for case in CASES:
        slug = case.parent.name
        if slug not in fixed:
            report = api.analyze(Config(root=case.resolve(), preview=True, jobs=1))
            fixed |= {report.rules[finding.rule].slug for finding in report.findings if finding.fix is not None}
    assert {rule.slug for rule in RULES.values() if rule.fix} == fixed
