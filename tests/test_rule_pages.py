"""A rule's page is its documentation and its first test: Bad is reported as its comments say, Good is clean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from expectations import RULES, check, expectations

if TYPE_CHECKING:
    from pathlib import Path

    from commlint.finding import Rule

HEADINGS = ["What it does", "Why is this bad", "Bad", "Good", "Limits"]

_HEADING = re.compile(r"^## (.+)\n", re.MULTILINE)
_FENCE = re.compile(r'^```(?:python|yaml|sql) title="(?P<file>[^"\n]+)"\n(?P<code>.*?)^```$', re.MULTILINE | re.DOTALL)

# No code of a user's is at fault.
WITHOUT_EXAMPLE = {"internal-error"}


def by_slug(rule: Rule) -> str:
    return rule.slug


every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=by_slug)
every_example = pytest.mark.parametrize(
    "rule", [rule for rule in RULES.values() if rule.slug not in WITHOUT_EXAMPLE], ids=by_slug
)


def sections(rule: Rule) -> dict[str, str]:
    """The text below each heading of a rule's page."""
    before, *parts = _HEADING.split(rule.page)
    assert before.strip() == ""
    return dict(zip(parts[::2], parts[1::2], strict=True))


def write_project(rule: Rule, heading: str, folder: Path) -> None:
    """Writes the fences below one heading as the files that their titles name."""
    text = sections(rule)[heading]
    named = [fence for fence in _FENCE.finditer(text) if fence["file"].endswith(".py")]
    assert text.count("```python") == len(named), "a Python fence without a title"
    for fence in _FENCE.finditer(text):
        file = folder / fence["file"]
        assert not file.exists(), f"{heading} has {fence['file']} twice"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(fence["code"], "utf-8")


@every_rule
def test_has_every_heading_in_order(rule: Rule) -> None:
    assert list(sections(rule)) == HEADINGS
    assert all(text.strip() for text in sections(rule).values())


@every_example
def test_bad_is_reported_where_it_says(rule: Rule, tmp_path: Path) -> None:
    write_project(rule, "Bad", tmp_path)
    assert rule.slug in {slug for _, _, slug in expectations(tmp_path)}
    check(tmp_path)


@every_example
def test_good_is_clean(rule: Rule, tmp_path: Path) -> None:
    write_project(rule, "Good", tmp_path)
    assert any(tmp_path.iterdir())
    assert expectations(tmp_path) == []
    check(tmp_path)
