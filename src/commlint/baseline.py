"""What is accepted for now: the findings of one day, so that only what is new is reported.

A baseline is a text file with a line for each finding, sorted, so that two branches that change it can be merged:

    COMM402 orders/clients.py 3f0c2b9d81a4 requests.get(f"{USERS}/users/{user_id}")

An entry means a finding by its rule, its file and what its line says, not by its number, its message or its path: it
survives lines that move, another hop on the way and another version of commlint. The same line twice in a file is two
entries, the second with `#2` at the digest. What the line says is there for whoever reads the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote, unquote

import msgspec

from commlint.errors import CommlintError
from commlint.finding import Finding, Report

FILE = "commlint-baseline.txt"
_HEADER = "# Findings that are accepted for now; written by `commlint baseline`.\n"
_DIGITS = 12
_SHOWN = 60
# What a file's name may hold without an escape, so that it stays one word.
_PLAIN = "/!$&'()*+,;=:@~[]{}"


class Entry(msgspec.Struct, frozen=True, order=True):
    """A finding that is accepted.

    Attributes:
        rule: The code of its rule.
        file: Its file.
        line: A digest of its line, and `#2` for the second with the same.
    """

    rule: str
    file: str
    line: str


class Compared(msgspec.Struct, frozen=True):
    """A report beside a baseline.

    Attributes:
        report: What is new in it.
        known: How many findings the baseline has.
        fixed: The entries that nothing is found for any more.
        moved: The files that now have another name, by the one they had.
    """

    report: Report
    known: int
    fixed: tuple[Entry, ...]
    moved: Mapping[str, str]


def write_baseline(report: Report) -> str:
    """A baseline with every finding of a report."""
    lines = (f"{_spelled(entry)} {_shown(report, finding)}".rstrip() for entry, finding in entries_of(report).items())
    return _HEADER + "".join(f"{line}\n" for line in sorted(lines))


def read_baseline(text: str, name: str) -> frozenset[Entry]:
    """The entries of a baseline.

    Args:
        text: The file.
        name: What errors call it.

    Raises:
        CommlintError: A line is no entry.
    """
    entries = set()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.split(" ", 3)
        if len(parts) < len(Entry.__struct_fields__) or not parts[0].startswith("COMM"):
            raise CommlintError(f"{name}:{number}: no entry of a baseline (a merge may have left marks)")
        rule, file, digest = parts[:3]
        entries.add(Entry(rule, unquote(file), digest))
    return frozenset(entries)


def compare(
    report: Report, entries: Collection[Entry], files: Collection[str], before: Collection[str] = ()
) -> Compared:
    """What of a report is not in a baseline.

    Args:
        report: The report.
        entries: The entries of the baseline that the report can have findings for.
        files: The files that there are: one that is gone may have been renamed.
        before: The files that there were, as far as that is known: none of them is a new name.
    """
    found = entries_of(report)
    left = set(entries) - found.keys()
    new = [entry for entry in found if entry not in entries and entry.file not in before]
    moved = _renamed(left, new, files)
    there = {msgspec.structs.replace(entry, file=moved[entry.file]) for entry in left if entry.file in moved}
    fresh = tuple(finding for entry, finding in found.items() if entry not in entries and entry not in there)
    fixed = (e for e in left if msgspec.structs.replace(e, file=moved.get(e.file, e.file)) not in found)
    return Compared(
        msgspec.structs.replace(report, findings=fresh), len(found) - len(fresh), tuple(sorted(fixed)), moved
    )


def still_there(root: Path, entries: Iterable[Entry]) -> frozenset[str]:
    """The files of entries that are still below a root."""
    return frozenset(file for file in {entry.file for entry in entries} if (root / file).exists())


def _renamed(left: Iterable[Entry], new: Iterable[Entry], files: Collection[str]) -> dict[str, str]:
    """For each file that is gone, the one that has most of its findings now."""
    places: dict[tuple[str, str], list[str]] = {}
    for entry in new:
        places.setdefault((entry.rule, entry.line), []).append(entry.file)
    votes: dict[str, Counter[str]] = {}
    for entry in left:
        if entry.file not in files:
            votes.setdefault(entry.file, Counter()).update(places.get((entry.rule, entry.line), ()))
    return {old: min(count, key=lambda file: (-count[file], file)) for old, count in sorted(votes.items()) if count}


def entries_of(report: Report) -> dict[Entry, Finding]:
    """The findings of a report by the entries that they would be in a baseline."""
    met: Counter[Entry] = Counter()
    entries: dict[Entry, Finding] = {}
    for finding in sorted(report.findings, key=lambda finding: finding.order):
        line = " ".join(report.line(finding.location).split())
        digest = sha256(line.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
        entry = Entry(finding.rule, finding.location.file, digest)
        met[entry] += 1
        name = digest if met[entry] == 1 else f"{digest}#{met[entry]}"
        entries[msgspec.structs.replace(entry, line=name)] = finding
    return entries


def _spelled(entry: Entry) -> str:
    return f"{entry.rule} {quote(entry.file, _PLAIN)} {entry.line}"


def _shown(report: Report, finding: Finding) -> str:
    line = " ".join(report.line(finding.location).split())
    shown = line if len(line) <= _SHOWN else f"{line[: _SHOWN - 4]} ..."
    return "".join(sign if sign.isprintable() else "?" for sign in shown)
