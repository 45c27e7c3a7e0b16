"""Fixes made one lot after the other, the program being judged anew after each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from commlint.finding import Finding, Fix, Report
from commlint.fix import apply, files_of
from commlint.fix.writing import LeftAloneError

# A fix that brings about the next one would be a fault; this ends it.
_MOST = 20


class Repair(msgspec.Struct, frozen=True):
    """What came of making all fixes.

    Attributes:
        report: What is reported about the changed program.
        before: The bytes of the files that are changed, as they were.
        after: The same files as they would be.
        mended: The findings that have gone.
        refused: The fixes that were not made, and why.
    """

    report: Report
    before: Mapping[str, bytes]
    after: Mapping[str, bytes]
    mended: tuple[Finding, ...]
    refused: Mapping[Fix, str]


def repair(analyze: Callable[[Mapping[str, bytes]], Report], read: Callable[[str], bytes], *, unsafe: bool) -> Repair:
    """Makes fixes until there are none left to be made.

    Args:
        analyze: Judges the program with some of its files as given.
        read: Gives the bytes of a file that may be changed; raises `LeftAloneError` for one that may not.
        unsafe: Whether to make fixes that are not safe as well.
    """
    before: dict[str, bytes] = {}
    after: dict[str, bytes] = {}
    made: list[Finding] = []
    refused: dict[Fix, str] = {}
    report = analyze({})
    for _ in range(_MOST):
        wanted = [f for f in report.findings if f.fix is not None and (f.fix.safe or unsafe) and f.fix not in refused]
        fixes: list[Fix] = []
        for fix in dict.fromkeys(finding.fix for finding in wanted if finding.fix is not None):
            try:
                before |= {file: read(file) for file in files_of([fix]) - set(before)}
            except LeftAloneError as error:
                refused[fix] = str(error)
            else:
                fixes.append(fix)
        fixed = apply(before | after, fixes)
        refused |= fixed.refused
        if not fixed.made:
            break
        after |= fixed.files
        done = set(fixed.made)
        made += [finding for finding in wanted if finding.fix in done]
        report = analyze(after)
    left = {finding.fix for finding in report.findings}
    return Repair(
        report=report,
        before={file: before[file] for file in sorted(after)},
        after={file: after[file] for file in sorted(after)},
        mended=tuple(finding for finding in made if finding.fix not in left),
        refused=refused,
    )
