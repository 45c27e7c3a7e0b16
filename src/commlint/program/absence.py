"""What becomes of a read whose field is missing: whether somebody catches the error and goes on."""

from __future__ import annotations

from collections.abc import Mapping

from commlint import facts
from commlint.program.code import last_name
from commlint.program.entries import EntryPoint
from commlint.program.failure import Failure, Failures, Returns, is_error
from commlint.program.following import Read
from commlint.program.sites import Frame
from commlint.program.symbols import Function

# How many calls outwards a handler is looked for, and among how many callers.
_DEEPEST, _CALLERS = 4, 20
_NAMES = frozenset({"KeyError", "LookupError"})
_MISSING = Failure("raised", frozenset({"builtins.KeyError", "builtins.LookupError"}))


class Absence:
    """Answers for reads.

    Args:
        failures: Follows errors through functions.
        entries: The entry points, from which nobody is to catch anything.
    """

    def __init__(self, failures: Failures, entries: Mapping[Function, EntryPoint]) -> None:
        self._failures = failures
        self._entries = entries
        self._caught: dict[Function, bool] = {}

    def is_caught(self, read: Read) -> bool:
        """Whether the code goes on without the field, or was written with its absence in mind."""
        if self._catches(read.function, read.frame):
            return True
        return any(site.frame is not None and self._catches(site.function, site.frame) for site in read.trail)

    def is_caught_outside(self, read: Read) -> bool:
        """Whether all who call the function that got the data catch the error, and what it was to do is left undone."""
        return self._is_called_safely(read.trail[0].function if read.trail else read.function, _DEEPEST)

    def _catches(self, function: Function, frame: Frame) -> bool:
        if any(_is_meant(outer) for outer in frame.outward()):
            return True
        end = self._failures.thrown(function, frame, _MISSING, {})
        return isinstance(end, Returns) and not is_error(end.value)

    def _is_called_safely(self, function: Function, depth: int) -> bool:
        """Whether whoever calls a function catches the error."""
        if function in self._caught:
            return self._caught[function]
        self._caught[function] = False
        callers = function.callers
        if function in self._entries or not callers or not depth or len(callers) > _CALLERS:
            return False
        self._caught[function] = all(
            site.frame is not None
            and (self._catches(site.function, site.frame) or self._is_called_safely(site.function, depth - 1))
            for site in callers
        )
        return self._caught[function]


def _is_meant(frame: Frame) -> bool:
    """Whether a statement is in the body of a `try` that speaks of missing keys."""
    statement = frame.parent.statement if frame.parent is not None else None
    if not isinstance(statement, facts.Try) or frame.role != "body":
        return False
    for handler in statement.handlers:
        errors = handler.error.items if isinstance(handler.error, facts.Sequence) else (handler.error,)
        if any(error is not None and last_name(error) in _NAMES for error in errors):
            return True
    return False
