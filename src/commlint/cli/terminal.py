"""What the commands share about streams and files."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import click

from commlint.errors import CommlintError


def colored(mode: str = "auto") -> bool:
    """Whether standard output is to have colours.

    Args:
        mode: `always`, `never`, or `auto`: as `NO_COLOR`, then `FORCE_COLOR` say, else on a terminal.
    """
    if mode != "auto":
        return mode == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if any(os.environ.get(name, "0") not in {"", "0"} for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def emit(text: str) -> None:
    """Write text to standard output as it is; a reader that has gone, as `head` does, is no error."""
    try:
        click.echo(text, nl=False, color=True)
    except BrokenPipeError:
        # Python would complain of the same pipe again when it closes the stream at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write(file: str, content: str | bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        CommlintError: It cannot be written.
    """
    # Resolved, so that what a link points to is replaced and not the link.
    target = Path(os.path.realpath(file))
    data = content.encode() if isinstance(content, str) else content
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        if target.exists() and not stat.S_ISREG(target.stat().st_mode):
            # A pipe or device is written to; a file put in its place would not reach the reader.
            target.write_bytes(data)
            return
        try:
            with part.open("xb") as stream:
                stream.write(data)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise CommlintError(f"cannot write {file}: {error.strerror}") from error
