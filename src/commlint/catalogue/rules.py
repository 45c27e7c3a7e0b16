"""The rule pages of `rules/`."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from commlint.catalogue.reading import read_toml
from commlint.catalogue.resources import data_files, rules_folder
from commlint.errors import CommlintError
from commlint.finding import Confidence, Rule, Severity

_PAGE = re.compile(r"\+\+\+\n(?P<matter>.*?\n)\+\+\+\n(?P<page>.*)", re.DOTALL)


class _FrontMatter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The TOML at the top of a page.

    `since` is the version that had the rule first; `fix` says whether `--fix` can make some of its findings go, or does
    so only with `--unsafe-fixes`; `preview` that the rule is off unless it is asked for.
    """

    code: str
    severity: Literal["note", "warning", "error"]
    confidence: Literal["low", "medium", "high"]
    summary: str
    advice: str
    since: str
    fix: Literal["", "safe", "unsafe"] = ""
    preview: bool = False


def load_rules() -> dict[str, Rule]:
    """All rules that commlint brings along, keyed by code and in order of codes.

    Raises:
        CommlintError: A page does not fit the schema, or two pages claim one code.
    """
    rules: dict[str, Rule] = {}
    for file in data_files(rules_folder(), ".md"):
        rule = read_rule(file.read_text("utf-8"), file.name)
        if rule.code in rules:
            raise CommlintError(f"rules/{file.name}: code `{rule.code}` is that of rules/{rules[rule.code].slug}.md")
        rules[rule.code] = rule
    return dict(sorted(rules.items()))


def read_rule(text: str, name: str) -> Rule:
    """One rule from its page.

    Args:
        text: The page: TOML between two lines `+++`, then Markdown.
        name: Name of its file in `rules/`.

    Raises:
        CommlintError: The page does not fit; the text names file, key and what was probably meant.
    """
    file = f"rules/{name}"
    parts = _PAGE.fullmatch(text.replace("\r\n", "\n"))
    if parts is None:
        raise CommlintError(f"{file}: should begin with TOML between two lines `+++`")
    matter = read_toml(parts["matter"], _FrontMatter, file)
    return Rule(
        code=matter.code,
        slug=name.removesuffix(".md"),
        summary=matter.summary,
        severity=Severity[matter.severity.upper()],
        confidence=Confidence[matter.confidence.upper()],
        page=parts["page"].strip() + "\n",
        advice=matter.advice,
        fix=matter.fix,
        preview=matter.preview,
    )
