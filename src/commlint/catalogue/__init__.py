"""What commlint knows as data: its rules and the libraries it has models of."""

from __future__ import annotations

from commlint.catalogue.libraries import load_all_libraries, load_libraries, read_library
from commlint.catalogue.names import find_rule, known_selector, unknown_rule
from commlint.catalogue.rules import load_rules, read_rule

__all__ = [
    "find_rule",
    "known_selector",
    "load_all_libraries",
    "load_libraries",
    "load_rules",
    "read_library",
    "read_rule",
    "unknown_rule",
]
