"""Places of files as an editor counts them: lines from 0, columns in the units that it was agreed upon to count in."""

from __future__ import annotations

import io
from collections.abc import Callable

from lsprotocol import types
from pygls.workspace import PositionCodec

from commlint.finding import Edit, Location


class Places:
    """Turns places of the analysis into those of an editor.

    Args:
        codec: Counts columns as was agreed upon.
        text: What a file says, by its path.
    """

    def __init__(self, codec: PositionCodec, text: Callable[[str], str]) -> None:
        self._codec = codec
        self._text = text
        self._known: dict[str, list[str]] = {}

    def of(self, location: Location) -> types.Range:
        """The stretch of a location; to the end of its line where its length is not known."""
        start = location.column - 1
        end = start + location.length if location.length else len(self._line(location).rstrip())
        return self._range(location.file, (location.line, start), (location.line, max(start, end)))

    def of_edit(self, edit: Edit) -> types.TextEdit:
        """An edit."""
        start, end = (edit.line, edit.column - 1), (edit.end_line, edit.end_column - 1)
        return types.TextEdit(self._range(edit.file, start, end), edit.text)

    def _range(self, file: str, start: tuple[int, int], end: tuple[int, int]) -> types.Range:
        lines = self._lines(file)
        first, last = (
            self._codec.position_to_client_units(lines, types.Position(line - 1, column))
            for line, column in (start, end)
        )
        return types.Range(first, last)

    def _line(self, location: Location) -> str:
        lines = self._lines(location.file)
        return lines[location.line - 1] if location.line <= len(lines) else ""

    def _lines(self, file: str) -> list[str]:
        if file not in self._known:
            # The line ends that Python knows are the ones of the protocol.
            self._known[file] = io.StringIO(self._text(file), newline=None).read().split("\n")
        return self._known[file]
