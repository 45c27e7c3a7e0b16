"""The formats a report can take: one module each, a pure function from a `Report` to text.

A formatter never prints, reads a file or looks at the clock, so the same report is the same text everywhere.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import cast

import msgspec

from commlint.finding import Report


class Options(msgspec.Struct, frozen=True):
    """What a reader may choose about the formats for people; the formats for programs hold everything, plainly.

    Attributes:
        color: Whether to use ANSI colours.
        notes: Whether to list notes, which are otherwise only counted.
        unresolved: Whether to list the remote calls whose target is not known, likewise.
    """

    color: bool = False
    notes: bool = False
    unresolved: bool = False


# Modules by name, imported when asked for: a run that prints text never loads the code for SARIF.
_MODULES = {
    "text": "commlint.report.text",
    "concise": "commlint.report.concise",
    "json": "commlint.report.json_",
    "sarif": "commlint.report.sarif",
    "github": "commlint.report.github",
    "gitlab": "commlint.report.gitlab",
    "junit": "commlint.report.junit",
    "markdown": "commlint.report.markdown",
    "sonar": "commlint.report.sonar",
}

FORMATS = tuple(_MODULES)


def formatter(name: str) -> Callable[[Report, Options], str]:
    """The function that turns a report into a format.

    Args:
        name: One of `FORMATS`.
    """
    module = importlib.import_module(_MODULES[name])
    return cast("Callable[[Report, Options], str]", module.render)
