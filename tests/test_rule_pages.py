"""A rule's page is its documentation and its first test: Bad is reported as its comments say, Good is clean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from commlint import api
from commlint.config import Config
from expectations import RULES, check, expectations

if TYPE_CHECKING:
    from pathlib import Path

    from commlint.finding import Rule

HEADINGS = ["What it does", "Why is this bad", "Bad", "Good", "Limits"]
# Of rules that `--fix` knows; between Good and Limits.
FIXED = "Fixed"

_HEADING = re.compile(r"^## (.+)\n", re.MULTILINE)
_FENCE = re.compile(
    r'^```(?:python|sql|toml|yaml) title="(?P<file>[^"\n]+)"\n(?P<code>.*?)^```$', re.MULTILINE | re.DOTALL
)

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


def fences(rule: Rule, heading: str) -> dict[str, str]:
    """The fences below one heading: code by the file that its title names."""
    text = sections(rule)[heading]
    found = list(_FENCE.finditer(text))
    python = [fence for fence in found if fence["file"].endswith(".py")]
    assert text.count("```python") == len(python), "a Python fence without a title"
    assert len({fence["file"] for fence in found}) == len(found), f"{heading} has a file twice"
    return {fence["file"]: fence["code"] for fence in found}


def write_project(rule: Rule, heading: str, folder: Path) -> None:
    """Writes the fences below one heading as the files that their titles name."""
    for name, code in fences(rule, heading).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code, "utf-8")


@every_rule
def test_has_every_heading_in_order(rule: Rule) -> None:
    expected = [*HEADINGS[:-1], *([FIXED] if rule.fix else []), HEADINGS[-1]]
    assert list(sections(rule)) == expected
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


@pytest.mark.parametrize("rule", [rule for rule in RULES.values() if rule.fix], ids=by_slug)
def test_fixed_is_what_the_fixes_make_of_bad(rule: Rule, tmp_path: Path) -> None:
    write_project(rule, "Bad", tmp_path)
    for file in tmp_path.rglob("*.py"):
        # What is expected of Bad is not said of what comes of it.
        file.write_text(re.sub(r"  # expect:.*", "", file.read_text("utf-8")), "utf-8")
    config = Config(root=tmp_path.resolve(), select=(rule.code,), jobs=1)
    done = api.repair(config, unsafe=rule.fix == "unsafe")
    assert {file: data.decode() for file, data in done.after.items()} == fences(rule, FIXED)
    assert done.refused == {}
