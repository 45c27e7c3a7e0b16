"""What commlint reports: findings, and the report that holds them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import IntEnum
from functools import lru_cache
from typing import Literal, TypeAlias

import msgspec

# Lines as Python counts them; `str.splitlines` also breaks at form feeds and the like.
_LINE_END = re.compile(r"\r\n|\r|\n")


@lru_cache(maxsize=8)
def _lines(text: str) -> list[str]:
    return _LINE_END.split(text)


class Severity(IntEnum):
    """How much a finding matters; ordered, so that `--fail-on` is a comparison."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> str:
        """The name as users write it: note, warning, error."""
        return self.name.lower()


class Confidence(IntEnum):
    """How sure commlint is: how much of the finding's path was resolved."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def word(self) -> str:
        """The name as users write it: low, medium, high."""
        return self.name.lower()


class Location(msgspec.Struct, frozen=True, order=True):
    """A stretch of one line of a file.

    Attributes:
        file: Path relative to the root of the analysis, with forward slashes.
        line: First line, counted from 1.
        column: First column, counted from 1 in Unicode code points.
        length: Length in code points of the name that is meant; 0 where it is not known.
    """

    file: str
    line: int
    column: int = 1
    length: int = 0


class Step(msgspec.Struct, frozen=True):
    """One hop of the path by which a finding happens, or a place related to it.

    Attributes:
        location: Where it is.
        text: What happens there, in a few words: `POST /invoices`, `UserClient.get_user`, `for line in order.lines`.
    """

    location: Location
    text: str


class Mend(msgspec.Struct, frozen=True):
    """The one change that would clear a finding, and perhaps others with it.

    Findings with an equal mend have one cause and are shown together.

    Attributes:
        location: Where the change would be made.
        text: What to do there, as an imperative: "set a timeout on `BaseClient`".
    """

    location: Location
    text: str


class SetArgument(msgspec.Struct, frozen=True, tag="set-argument"):
    """Gives a call, or the head of a class, an argument: in place of the one that it has, else as a further keyword.

    Attributes:
        location: Where the called name, or the class's name, stands.
        selector: Which argument: `arg:2|kw:timeout`.
        value: What is to stand there, as code.
    """

    location: Location
    selector: str
    value: str


class SetDefault(msgspec.Struct, frozen=True, tag="set-default"):
    """Replaces the default of a parameter.

    Attributes:
        location: Where the function's name stands.
        parameter: The parameter's name.
        value: What is to stand there, as code.
    """

    location: Location
    parameter: str
    value: str


class SetNamed(msgspec.Struct, frozen=True, tag="set-named"):
    """Replaces what is said under a name: by a keyword of a call or class, in a dict display, or by an assignment.

    Attributes:
        location: The call or class, by its name, or the line on which the statement begins.
        name: The keyword, key, variable or attribute.
        value: What is to stand there, as code; of `Extra.forbid` and the like only the last name is replaced.
    """

    location: Location
    name: str
    value: str


class SpreadKnown(msgspec.Struct, frozen=True, tag="spread-known"):
    """Leaves out what a data class has no field for: `Item(**data)`.

    Attributes:
        location: Where the called name stands.
    """

    location: Location


class UseGet(msgspec.Struct, frozen=True, tag="use-get"):
    """Reads `payload["key"]` as `payload.get("key")`.

    Attributes:
        location: Where the key stands.
    """

    location: Location


class Gather(msgspec.Struct, frozen=True, tag="gather"):
    """Awaits what statements in a row await one after the other together, with `asyncio.gather`.

    Attributes:
        location: The line on which the first of them begins.
        statements: How many there are.
    """

    location: Location
    statements: int


class ReadSetting(msgspec.Struct, frozen=True, tag="read-setting"):
    """Reads an address from the environment, with the address as written for a default.

    Attributes:
        location: The call, by its name, or the line of the statement, in which the address stands.
        address: The address, with which a text begins.
        variable: The environment variable, and the constant of the module that holds it.
    """

    location: Location
    address: str
    variable: str


Change: TypeAlias = SetArgument | SetDefault | SetNamed | SpreadKnown | UseGet | Gather | ReadSetting


class Imported(msgspec.Struct, frozen=True):
    """What a change needs: `import module`, or `from module import name`."""

    module: str
    name: str = ""


class Fix(msgspec.Struct, frozen=True):
    """A change of the code that makes a finding go.

    Attributes:
        title: What it does, as an imperative: "pass `timeout=10`".
        safe: It changes nothing that somebody could rely on, and leaves nothing to be decided.
        changes: What is to be changed; all of it or nothing.
        imports: What the changed files have to import, if the new text speaks of it.
    """

    title: str
    safe: bool
    changes: tuple[Change, ...]
    imports: tuple[Imported, ...] = ()


class Edit(msgspec.Struct, frozen=True, order=True):
    """A stretch of a file's text, and what is to stand there instead.

    Attributes:
        file: Path relative to the root of the analysis, with forward slashes.
        line: Where it begins; lines and columns count from 1, columns in code points.
        column: Likewise.
        end_line: Where it ends.
        end_column: The column behind it.
        text: The new text.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str


class Rule(msgspec.Struct, frozen=True):
    """A rule as its page in `rules/` declares it.

    Attributes:
        code: `COMM101`; never changes once released.
        slug: `n-plus-one-call`; the name of page, check and fixtures.
        summary: The defect in half a sentence.
        severity: The usual severity of its findings; one finding may differ.
        confidence: The usual confidence of its findings.
        page: The whole Markdown page below the front matter.
        advice: What to do about a finding, in a sentence or two (the page's `do`).
        fix: Whether `--fix` can make some of its findings go: `safe`, or only with `--unsafe-fixes`; empty for neither.
        preview: It is still being tried on real systems, and off unless it is asked for.
    """

    code: str
    slug: str
    summary: str
    severity: Severity
    confidence: Confidence
    page: str
    advice: str
    fix: Literal["", "safe", "unsafe"] = ""
    preview: bool = False


class Finding(msgspec.Struct, frozen=True):
    """One reported place.

    Attributes:
        rule: The rule's code.
        location: The one place where it stands; an editor underlines it.
        message: What is wrong, in one line without a final full stop.
        severity: How much it matters here.
        confidence: How sure commlint is here.
        why: Why it matters here, one sentence; empty where the rule's page says it all.
        advice: What to do here, one line.
        call: The remote call meant, as `GET http://users/users/{}`; empty where there is none.
        path: From the entry point to the remote call, in order; empty where the place is all there is.
        related: Other places that belong to it.
        mend: The change that clears it and its kin; `None` where each is mended by itself.
        fix: How commlint can make it go by itself; `None` where it cannot.
    """

    rule: str
    location: Location
    message: str
    severity: Severity
    confidence: Confidence
    why: str = ""
    advice: str = ""
    call: str = ""
    path: tuple[Step, ...] = ()
    related: tuple[Step, ...] = ()
    mend: Mend | None = None
    fix: Fix | None = None

    @property
    def order(self) -> tuple[Location, str, str]:
        """Sort key: findings are reported by place, then rule."""
        return (self.location, self.rule, self.message)


class Service(msgspec.Struct, frozen=True):
    """A deployable unit found in the workspace.

    Attributes:
        name: What people call it: the compose name where there is one, else its folder or module.
        root: Its folder (or single file) relative to the root of the analysis; `.` for the whole.
        reasons: Why commlint thinks that it is one, in plain words.
        hosts: Names under which others reach it, as `users` or `localhost:5001`.
        code: What of it is here: Python, code in another language, or nothing: only its address is known, and its
            root is empty.
        system: The copy of the system that it belongs to, as a folder; empty where there is only one.
    """

    name: str
    root: str
    reasons: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    code: Literal["python", "other", "none"] = "python"
    system: str = ""

    @property
    def short_name(self) -> str:
        """Its name without the folders that tell it from others of the same name."""
        return self.name.rpartition("/")[2]


class Summary(msgspec.Struct, frozen=True):
    """What was looked at, counted.

    Attributes:
        files: Python files read.
        lines: Lines in them.
        services: Services found.
        remote_calls: Places in the code that make a remote call.
        resolved: Of these, calls whose target is a service of the workspace.
        external: Of these, calls to a known host outside the workspace.
        unresolved: The rest: the target is not known.
    """

    files: int = 0
    lines: int = 0
    services: int = 0
    remote_calls: int = 0
    resolved: int = 0
    external: int = 0
    unresolved: int = 0


class Unsettled(msgspec.Struct, frozen=True):
    """Where calls go that lead nobody knows where, as the configuration could say it.

    Attributes:
        host: The host that they name, which is in no service of the workspace; empty where it is not known.
        setting: Else the setting or variable that their address begins with; empty where it does with none.
        places: The calls.
    """

    host: str
    setting: str
    places: tuple[Location, ...]


class Report(msgspec.Struct, frozen=True):
    """The result of an analysis, as the reporters get it.

    Attributes:
        findings: Everything to be reported, in the order of `Finding.order`.
        rules: The rules that were on, by code.
        services: The services of the workspace, by root.
        summary: What was looked at.
        unresolved: Remote calls whose target is not known, each with the reason, in order of place.
        sources: Text of every file that a finding's primary location names, by its path.
        failures: Internal errors, one line each; not empty means exit status 2.
        neighbours: The other repositories that were read from summaries, with commit and date.
        remarks: What is wrong with these summaries, one line each.
        unknown: Services that are called and of which nothing is known, by name.
        notices: What the user should know of the run itself, one line each.
        edits: The fixes as text; a fix that is missing could not be worked out, or was not asked for.
    """

    findings: tuple[Finding, ...]
    rules: Mapping[str, Rule]
    services: tuple[Service, ...] = ()
    summary: Summary = Summary()
    unresolved: tuple[Step, ...] = ()
    sources: Mapping[str, str] = {}
    failures: tuple[str, ...] = ()
    neighbours: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    edits: Mapping[Fix, tuple[Edit, ...]] = {}

    def line(self, location: Location) -> str:
        """The text of the line a primary location names, without its line end; empty where it is not known."""
        lines = _lines(self.sources.get(location.file, ""))
        return lines[location.line - 1] if 0 < location.line <= len(lines) else ""
