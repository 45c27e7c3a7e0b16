"""What text for a terminal has to mind: colours, and characters that a terminal would obey."""

from __future__ import annotations

import unicodedata

from commlint.finding import Severity

_CODES = {"bold": "1", "dim": "2", "red": "1;31", "yellow": "1;33", "blue": "1;34", "green": "1;32", "cyan": "36"}
_BY_SEVERITY = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}


class Palette:
    """Colours text with ANSI codes, or leaves it alone.

    Args:
        on: Whether to colour.
    """

    def __init__(self, *, on: bool) -> None:
        self._on = on

    def paint(self, text: str, color: str) -> str:
        """The text in a colour."""
        return f"\033[{_CODES[color]}m{text}\033[0m" if self._on and text else text

    def grade(self, text: str, severity: Severity) -> str:
        """The text in the colour of a severity."""
        return self.paint(text, _BY_SEVERITY[severity])


def plain(text: str) -> str:
    """The text with control and formatting characters made visible.

    Sources and file names come from strangers; what they hold must not move the cursor or reorder a line.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else sign
        for sign in text
    )


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in {"W", "F"} else 1
        for sign in text
    )
