"""Rule pages are read, and a wrong one is answered."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from commlint.catalogue import load_rules, read_rule
from commlint.errors import CommlintError
from commlint.finding import Confidence, Severity

MATTER = """\
code = "COMM999"
severity = "warning"
confidence = "high"
summary = "a thing"
advice = "Mend it."
since = "0.1"
"""


def page(matter: str = MATTER) -> str:
    return f"+++\n{matter}+++\n\n## What it does\n\nReports +++ things.\n"


def test_rules_are_keyed_by_code_in_order() -> None:
    rules = load_rules()
    assert list(rules) == sorted(rules)
    assert all(code == rule.code and re.fullmatch(r"COMM\d{3}", code) for code, rule in rules.items())
    assert len({rule.slug for rule in rules.values()}) == len(rules)


def test_a_page_becomes_a_rule() -> None:
    rule = read_rule(page(), "a-thing.md")
    assert rule.slug == "a-thing"
    assert (rule.severity, rule.confidence) == (Severity.WARNING, Confidence.HIGH)
    assert rule.page == "## What it does\n\nReports +++ things.\n"


def test_line_ends_do_not_matter() -> None:
    assert read_rule(page().replace("\n", "\r\n"), "a-thing.md") == read_rule(page(), "a-thing.md")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("## What it does\n", "should begin with TOML between two lines `+++`", id="no-matter"),
        pytest.param(
            page(MATTER.replace("advice", "advise")), "unknown key `advise`; did you mean `advice`?", id="key"
        ),
        pytest.param(page(MATTER.replace('since = "0.1"\n', "")), "key `since` is missing", id="missing"),
        pytest.param(
            page(MATTER.replace("warning", "warn")),
            "severity: `warn` is none of `note`, `warning`, `error`; did you mean `warning`?",
            id="word",
        ),
        pytest.param(page(MATTER.replace('"0.1"', "0.1")), "since: should be a string, is a number", id="type"),
    ],
)
def test_an_error_says_where_and_what_was_meant(text: str, message: str) -> None:
    with pytest.raises(CommlintError, match=re.escape(f"rules/a-thing.md: {message}")):
        read_rule(text, "a-thing.md")


def test_importing_is_light() -> None:
    code = "import commlint.catalogue, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"libcst", "networkx", "click", "yaml"} & set(done.stdout.split())
