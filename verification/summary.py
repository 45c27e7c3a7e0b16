"""What verification found out, as statuses of tables and of the entries that they carry over, and as Markdown."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import experiment
import names
from claims import claims_of, tables_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from lot import Found

    from commlint.catalogue.models import Library

# From the least that is known to the most.
STATUSES = ("contradicted", "not run", "not seen", "memory", "documented", "checked", "exercised")
IDIOM = "no library"


@dataclass
class Row:
    """What is known of a table.

    Attributes:
        library: The library's file, without `.toml`.
        kind: Kind of the table.
        index: Its number among those of its kind.
        source: How the file says that it was checked.
        version: Against which version.
        importable: It names something that can be imported.
        ran: It was looked up.
        outcomes: How often what was what came out of looking things up.
        seen: How many of the names that the library itself brings are there.
        results: The same of experiments.
    """

    library: str
    kind: str
    index: int
    source: str
    version: str
    importable: bool = False
    ran: bool = False
    outcomes: Counter[str] = field(default_factory=Counter)
    seen: int = 0
    results: Counter[str] = field(default_factory=Counter)

    @property
    def status(self) -> str:
        """The most that is known of it, unless something is contradicted."""
        if self.outcomes[names.CONTRADICTED] or self.results[experiment.CONTRADICTED]:
            return "contradicted"
        if self.results[experiment.HELD]:
            return "exercised"
        if self.seen:
            return "checked"
        if self.source == "memory":
            return "memory"
        if not self.importable:
            return "documented"
        return "not seen" if self.ran else "not run"


@dataclass(frozen=True)
class Contradiction:
    """Something that a file says and that is not so.

    Attributes:
        where: File, table and key.
        claimed: What the file says.
        seen: What is so.
    """

    where: str
    claimed: str
    seen: str


def reconciled(found: Sequence[Found]) -> list[Found]:
    """What was found out, where a name that one release has and another has not counts as the former."""
    named = ("path", "member", "alias")
    held = {claim.place for each in found for claim, outcome, _ in each.answers if outcome == names.HELD}
    return [
        replace(
            each,
            answers=[
                (claim, names.UNSEEN, "not in this release")
                if outcome == names.CONTRADICTED and claim.form in named and claim.place in held
                else (claim, outcome, detail)
                for claim, outcome, detail in each.answers
            ],
        )
        for each in found
    ]


def rows_of(libraries: Iterable[Library], found: Sequence[Found]) -> list[Row]:
    """What is known of all tables of some libraries."""
    rows = {
        (library.library, kind, index): Row(
            library.library,
            kind,
            index,
            (table.source or library.source).checked,
            (table.source or library.source).version,
        )
        for library in libraries
        for kind, index, table in tables_of(library)
    }
    for library in libraries:
        for claim in claims_of(library):
            if row := rows.get((claim.library, claim.kind, claim.index)):
                row.importable = row.importable or claim.form == "path"
    for each in found:
        _add(rows, each)
    return list(rows.values())


def _add(rows: Mapping[tuple[str, str, int], Row], found: Found) -> None:
    """Add to what is known of tables what was found out in a lot."""
    for table in found.tables & rows.keys():
        if not rows[table].ran:
            rows[table].version = found.versions[table[0]]
        rows[table].ran = True
    for claim, outcome, _ in found.answers:
        if row := rows.get((claim.library, claim.kind, claim.index)):
            row.outcomes[outcome] += 1
            own = claim.library == "python" or not all(path.startswith("builtins.") for path in claim.paths)
            row.seen += own and outcome == names.HELD
    for result in found.results:
        if row := rows.get((result.library, result.kind, result.index)):
            row.results[result.outcome] += 1


def contradictions(found: Iterable[Found]) -> list[Contradiction]:
    """All that is not as the files say."""
    listed = []
    for each in found:
        for claim, outcome, detail in each.answers:
            if outcome == names.CONTRADICTED:
                where = f"rules/libraries/{claim.library}.toml {claim.kind}[{claim.index}] {claim.key}"
                seen = f"{detail} ({claim.library} {each.versions[claim.library]})"
                listed.append(Contradiction(where, claim.said, seen))
        for result in each.results:
            if result.outcome == experiment.CONTRADICTED:
                where = f"rules/libraries/{result.library}.toml {result.kind}[{result.index}], experiment {result.name}"
                listed.append(Contradiction(where, result.claim, result.detail))
    # Several lots may say the same.
    return list(dict.fromkeys(listed))


def by_kind(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Tables by library and kind: `requests:client`."""
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(f"{row.library}:{row.kind}", []).append(row)
    return grouped


def best(rows: Iterable[Row]) -> str:
    """The best status of several tables, unless one of them is contradicted."""
    statuses = [row.status for row in rows]
    return STATUSES[0] if STATUSES[0] in statuses else max(statuses, key=STATUSES.index)


@dataclass(frozen=True)
class Entry:
    """An entry of the first list, and what became of it.

    Attributes:
        group: The list that it is in: `client`.
        name: Its name there.
        carried: The tables that carry it, `requests:client`; or why none does.
        status: The least that is known of one of them.
    """

    group: str
    name: str
    carried: tuple[str, ...] | str
    status: str


def read_ledger(folder: Path, grouped: Mapping[str, Sequence[Row]]) -> tuple[list[Entry], list[str]]:
    """The entries of the first list, and what is wrong with the files that say where they went."""
    carried: dict[tuple[str, str], tuple[str, ...] | str] = {}
    problems = []
    for file in sorted(folder.glob("*.toml")):
        for group, entries in tomllib.loads(file.read_text("utf-8")).items():
            for name, where in entries.items():
                label = f"{file.name}: {group}.{name}"
                if (group, name) in carried:
                    problems.append(f"{label} is there twice")
                if not where:
                    problems.append(f"{label} says nothing")
                if isinstance(where, list):
                    problems += [f"{label}: there is no {one}" for one in where if one not in grouped]
                carried[group, name] = where if isinstance(where, str) else tuple(where)
    entries = [Entry(*key, where, _lowest(where, grouped)) for key, where in carried.items()]
    return sorted(entries, key=lambda entry: (entry.group, entry.name.lower())), problems


def _lowest(where: tuple[str, ...] | str, grouped: Mapping[str, Sequence[Row]]) -> str:
    """The least that is known of the tables that carry an entry."""
    if isinstance(where, str):
        return IDIOM
    statuses = [best(grouped[one]) if one in grouped else "not run" for one in where]
    return min(statuses, key=STATUSES.index, default="not run")


def closing(entries: Sequence[Entry], wrong: Sequence[Contradiction]) -> str:
    """The sum of it all."""
    counts = Counter(entry.status for entry in entries)
    always = ("exercised", "checked", "documented", "memory")
    words = [status for status in (*reversed(STATUSES), IDIOM) if counts[status] or status in always]
    counted = ", ".join(f"{counts[word]} {word}" for word in words)
    return f"{len(entries)} entries of the first list: {counted}; contradictions: {len(wrong)}"


def tables_markdown(grouped: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    """What is known of tables, a line for each library and kind."""
    yield "| library | kind | status | version | tables | exercised | claims held | not seen | experiments held |"
    yield "|---|---|---|---|--:|--:|--:|--:|--:|"
    for rows in grouped.values():
        outcomes = sum((row.outcomes for row in rows), Counter[str]())
        versions = ", ".join(dict.fromkeys(row.version for row in rows))
        unseen = outcomes[names.UNSEEN] + outcomes[names.NOT_INSTALLED]
        exercised = sum(row.status == "exercised" for row in rows)
        held = sum(row.results[experiment.HELD] for row in rows)
        status = best(rows)
        # Nothing was looked at: what is known is what the file says of itself.
        said = f" ({rows[0].source})" if status == "not run" else ""
        yield (
            f"| {rows[0].library} | {rows[0].kind} | {status}{said} | {versions} | {len(rows)} | {exercised} "
            f"| {outcomes[names.HELD]} | {unseen} | {held} |"
        )


def ledger_markdown(entries: Iterable[Entry]) -> Iterator[str]:
    """What became of the entries of the first list, a line for each."""
    yield "| list | entry | status | where |"
    yield "|---|---|---|---|"
    for entry in entries:
        where = entry.carried if isinstance(entry.carried, str) else ", ".join(entry.carried)
        yield f"| {entry.group} | {entry.name} | {entry.status} | {where.replace('|', chr(92) + '|')} |"


def contradictions_markdown(wrong: Iterable[Contradiction]) -> Iterator[str]:
    """What is not as the files say, a line for each."""
    for each in wrong:
        yield f"- {each.where}: `{each.claimed}`; seen: {each.seen}"


def page(
    today: str,
    python: str,
    grouped: Mapping[str, Sequence[Row]],
    entries: Sequence[Entry],
    wrong: Sequence[Contradiction],
    failed: Iterable[str],
) -> str:
    """The page of the documentation that says what was found out."""
    lines = [
        "# What was seen of the libraries",
        "",
        "Written by `python verification/run.py --write`; what the words mean is said in",
        f"[verification/README.md](../verification/README.md). Last run on {today} with Python {python}.",
        "",
        f"{closing(entries, wrong)}.",
        "",
    ]
    if listed := ", ".join(sorted(failed)):
        lines += [f"Could not be installed: {listed}.", ""]
    lines += ["## Contradictions", "", *(list(contradictions_markdown(wrong)) or ["None."]), ""]
    lines += ["## By library", "", *tables_markdown(grouped), ""]
    lines += ["## By entry of the first list", "", *ledger_markdown(entries)]
    return "\n".join(lines) + "\n"
