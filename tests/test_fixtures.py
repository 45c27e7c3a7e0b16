"""Each folder `fixtures/<slug>/<case>/` is a small system in which the lines that should be reported say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from commlint.checks import CHECKS
from expectations import SLUGS, check, expectations

FIXTURES = Path(__file__).parent / "fixtures"
CASES = sorted(case for case in FIXTURES.glob("*/*") if case.is_dir())

# What is reported by the reading of files and comments, not by a check.
WITHOUT_CHECK = {"unreadable-file", "unused-suppression", "internal-error"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.relative_to(FIXTURES).as_posix())
def test_reports_exactly_what_is_expected(case: Path) -> None:
    check(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.relative_to(FIXTURES).as_posix())
def test_a_case_is_about_its_rule_or_silent_about_it(case: Path) -> None:
    slugs = {slug for _, _, slug in expectations(case)}
    assert case.name.startswith("silent-") == (case.parent.name not in slugs)


def test_pages_checks_and_fixtures_are_about_the_same_rules() -> None:
    checks = [check.slug for check in CHECKS]
    assert len(checks) == len(set(checks))
    assert set(checks) | WITHOUT_CHECK == SLUGS
    assert set(checks) == {folder.name for folder in FIXTURES.iterdir() if folder.is_dir()}
