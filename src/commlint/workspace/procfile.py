"""The processes that Procfiles run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from commlint.workspace import commands, layout
from commlint.workspace.running import Run
from commlint.workspace.sources import Sources

_FILE = re.compile(r"(?:.*/)?Procfile(?:\.\w+)?")
_PROCESS = re.compile(r"([A-Za-z][\w-]*):[ \t]+(\S.*)")


def read(sources: Sources) -> Iterator[Run]:
    """The processes of Python programs that the Procfiles of a tree run."""
    for path in sources.paths:
        if not _FILE.fullmatch(path):
            continue
        for number, line in enumerate(sources.text(path).splitlines(), 1):
            process = _PROCESS.fullmatch(line.strip())
            if process is None or process[1] == "release":
                continue
            program = commands.read(process[2])
            if program is not None or commands.scripts(process[2]):
                port = program.port if program is not None else 0
                yield Run(
                    file=path,
                    name=process[1],
                    line=number,
                    kind="process",
                    ports=((port, port),) if port else (),
                    command=process[2],
                    home=layout.parent(path),
                    wired=False,
                    on_host=True,
                )
