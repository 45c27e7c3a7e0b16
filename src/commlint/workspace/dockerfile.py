"""What a Dockerfile says: what it copies, which variables and ports it sets, and what it runs."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping

import msgspec

from commlint.workspace import commands
from commlint.workspace.running import Environment, Value
from commlint.workspace.variables import interpolate

_INSTRUCTION = re.compile(r"\s*([A-Za-z]+)\s+(.*)", re.DOTALL)
_HEREDOC = re.compile(r"<<-?[\"']?(\w+)[\"']?")
_OPTION = re.compile(r"(?<!\S)--[\w-]+(?:=\S*)?\s+")
_PORT = re.compile(r"(\d{2,5})(?:/tcp)?")
_STAGE = re.compile(r"(\S+)(?:\s+AS\s+(\S+))?\s*", re.IGNORECASE)
# Stages beside the one that is shipped.
_ASIDE = re.compile(
    r"(?:^|[-_.])(tests?|testing|lint|linter|dev|devel|debug|debugger|ci|docs|builder|build)(?:$|[-_.])"
)
_PYTHON = re.compile(
    r"python|\bpip3?\b|poetry|\buv\b|pipenv|conda|gunicorn|uvicorn|uwsgi|celery|\.py\b|pyproject|requirements\S*\.txt",
    re.IGNORECASE,
)
_FOREIGN = re.compile(
    r"(?:\S*/)?(?:node|npm|npx|yarn|pnpm|bun|deno|java|dotnet|php|ruby|bundle|nginx|caddy|traefik|envoy|httpd|apache2"
    r"|postgres|mysqld|redis-server|squid|cargo|mix|elixir)(?:\s|$)"
)


class Image(msgspec.Struct, frozen=True):
    """What one stage of a Dockerfile becomes.

    Attributes:
        base: The image that it starts from at last.
        copies: What is copied from the context into any stage, as written.
        environment: The variables that it sets.
        ports: The ports that it exposes.
        command: What it runs by itself.
        python: Something in the file speaks of Python.
        empty: The file has no instructions.
    """

    base: str = ""
    copies: tuple[str, ...] = ()
    environment: Environment = {}
    ports: tuple[int, ...] = ()
    command: str = ""
    python: bool = False
    empty: bool = False

    @property
    def foreign(self) -> bool:
        """Whether it is made to run something else than Python."""
        return not self.empty and (not self.python or _FOREIGN.match(self.command) is not None)

    @property
    def tests(self) -> bool:
        """Whether what it runs are tests."""
        program = commands.read(self.command)
        return program is not None and program.purpose == "test"


class _Stage:
    """A stage while it is read."""

    def __init__(self, name: str, base: str, under: _Stage | None) -> None:
        self.name = name
        self.base: str = base if under is None else under.base
        self.environment: dict[str, Value] = {} if under is None else dict(under.environment)
        self.ports: dict[int, None] = {} if under is None else dict(under.ports)
        self.command: str = "" if under is None else under.command
        self.entry: str = "" if under is None else under.entry

    @property
    def runs(self) -> str:
        """Entry point and command together."""
        return f"{self.entry} {self.command}".strip()


def read(text: str, path: str, target: str = "") -> Image:
    """Reads a Dockerfile.

    Args:
        text: Its text.
        path: Its path, for where values come from.
        target: The stage that is meant; empty for the one that is most likely shipped.
    """
    known: dict[str, str] = {}
    stages: list[_Stage] = []
    copies: dict[str, None] = {}
    for line, name, rest in _instructions(text):
        if name == "FROM":
            match = _STAGE.match(_OPTION.sub("", rest))
            base = _settled(match[1], known) if match else ""
            label = match[2] or "" if match else ""
            stages.append(_Stage(label, base, next((s for s in stages if s.name and s.name == base), None)))
        elif name == "ARG":
            key, equals, value = rest.strip().partition("=")
            if equals:
                known.setdefault(key.strip(), _settled(value.strip().strip("\"'"), known))
        elif stages:
            _note(stages[-1], copies, known, line, name, rest, path)
    if not stages:
        return Image(empty=not copies)
    stage = _chosen(stages, target)
    return Image(
        base=stage.base,
        copies=tuple(copies),
        environment=stage.environment,
        ports=tuple(stage.ports),
        command=stage.runs,
        python=_PYTHON.search(text) is not None,
    )


def _note(
    stage: _Stage, copies: dict[str, None], known: dict[str, str], line: int, name: str, rest: str, path: str
) -> None:
    match name:
        case "COPY" | "ADD":
            copies.update((source, None) for source in _sources(rest, known))
        case "ENV":
            for key, value in _pairs(rest):
                settled = interpolate(value, known)
                if settled is not None:
                    known[key] = settled
                    stage.environment[key] = Value(settled, path, line)
        case "EXPOSE":
            for word in _settled(rest, known).split():
                if (port := _PORT.fullmatch(word)) is not None:
                    stage.ports[int(port[1])] = None
        case "CMD":
            stage.command = _line(rest, known)
        case "ENTRYPOINT":
            stage.entry = _line(rest, known)
            stage.command = ""
        case _:
            pass


def _chosen(stages: list[_Stage], target: str) -> _Stage:
    """The stage that is meant, else the last that is not there for tests or building."""
    for stage in stages:
        if target and stage.name.lower() == target.lower():
            return stage
    shipped = [stage for stage in stages if not _ASIDE.search(stage.name.lower())]
    return next((stage for stage in reversed(shipped) if stage.runs), stages[-1])


def _instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, name and rest of each instruction; continued lines are joined, comments and here-documents left out."""
    joined, first, end = "", 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        if end:
            end = "" if line.strip() == end else end
            continue
        if line.lstrip().startswith("#") or (joined and not line.strip()):
            continue
        first = first if joined else number
        if line.rstrip().endswith("\\"):
            joined += line.rstrip()[:-1] + " "
            continue
        match = _INSTRUCTION.fullmatch(joined + line)
        joined = ""
        if match is not None:
            here = _HEREDOC.search(match[2]) if match[1].upper() in ("RUN", "COPY") else None
            end = here[1] if here else ""
            yield first, match[1].upper(), match[2].strip()


def _sources(rest: str, known: Mapping[str, str]) -> Iterator[str]:
    """What a COPY or ADD takes from the context."""
    if re.search(r"--from=", rest):
        return
    rest = _OPTION.sub("", rest)
    listed = _list(rest)
    words = listed if listed is not None else rest.split()
    for word in words[:-1]:
        source = _settled(word, known)
        if source and "://" not in source and not source.startswith("<<"):
            yield source.lstrip("/").removeprefix("./") or "."


def _pairs(rest: str) -> Iterator[tuple[str, str]]:
    """Names and values of an ENV, in the form with `=` or the old one without."""
    first, _, value = rest.partition(" ")
    if "=" not in first:
        yield first, value.strip()
        return
    try:
        words = shlex.split(rest)
    except ValueError:
        words = rest.split()
    for word in words:
        key, equals, given = word.partition("=")
        if equals and key:
            yield key, given


def _line(rest: str, known: Mapping[str, str]) -> str:
    """A command as one line, whether written as a list or as text."""
    listed = _list(rest)
    return _settled(rest if listed is None else shlex.join(listed), known)


def _list(rest: str) -> list[str] | None:
    if not rest.startswith("["):
        return None
    try:
        listed = json.loads(rest)
    except ValueError:
        return None
    return [str(word) for word in listed] if isinstance(listed, list) else None


def _settled(text: str, known: Mapping[str, str]) -> str:
    """A text with the references replaced that are known, and the others left as they are."""
    whole = interpolate(text, known)
    if whole is not None:
        return whole
    return re.sub(r"\$\{?(\w+)\}?", lambda match: known.get(match[1], match[0]), text)
