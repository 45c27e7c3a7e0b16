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
        if name == rule.slug or name.upper() == rule.code:
            return rule
    raise unknown_rule(name, rules)


def unknown_rule(name: str, rules: Mapping[str, Rule]) -> CommlintError:
    """What to say of a name that no rule has: the nearest that one has."""
    known = {word.lower(): word for rule in rules.values() for word in (rule.code, rule.slug)}
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.7)
    hint = f"did you mean `{known[near[0]]}`?" if near else "`commlint rules` lists them"
    return CommlintError(f"no rule is called `{name}`; {hint}")


def known_selector(selector: str, rules: Mapping[str, Rule]) -> bool:
    """Whether a code, a slug or the beginning of a code means any rule."""
    beginning = selector.upper()
    return selector != "" and any(rule.slug == selector or code.startswith(beginning) for code, rule in rules.items())
