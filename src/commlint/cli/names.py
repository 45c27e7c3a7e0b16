"""Rules as users name them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from commlint.errors import CommlintError
from commlint.finding import Rule


def find_rule(name: str, rules: Mapping[str, Rule]) -> Rule:
    """The rule with a code or slug.

    Raises:
        CommlintError: There is none.
    """
    for rule in rules.values():
        if name in {rule.code, rule.slug}:
            return rule
    raise _unknown(name, rules)


def check_selector(name: str, rules: Mapping[str, Rule]) -> None:
    """Make sure that a code, a slug or the beginning of a code selects something.

    Raises:
        CommlintError: It selects nothing.
    """
    if not any(rule.code.startswith(name) or rule.slug == name for rule in rules.values()):
        raise _unknown(name, rules)


def _unknown(name: str, rules: Mapping[str, Rule]) -> CommlintError:
    known = {word.lower(): word for rule in rules.values() for word in (rule.code, rule.slug)}
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.7)
    hint = f"did you mean `{known[near[0]]}`?" if near else "`commlint rules` lists them"
    return CommlintError(f"no rule is called `{name}`; {hint}")
