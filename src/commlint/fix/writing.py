"""Writes a changed file whole or not at all."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path


class LeftAloneError(Exception):
    """A file is left as it is; the text says which and why."""


def read(root: Path, path: str) -> bytes:
    """The bytes of a file that is to be changed.

    Args:
        root: The root of the analysis, absolute and resolved.
        path: The file relative to it.

    Raises:
        LeftAloneError: It may not be changed.
    """
    try:
        return _target(root, path).read_bytes()
    except OSError as error:
        raise LeftAloneError(f"{path}: {error.strerror or error}") from error


def write(root: Path, path: str, before: bytes, after: bytes) -> None:
    """Puts new bytes in a file's place.

    Args:
        root: The root of the analysis, absolute and resolved; nothing outside it is written.
        path: The file relative to it; a link stays one, and what it points to is changed.
        before: The bytes that were read.
        after: The new bytes.

    Raises:
        LeftAloneError: The file may not be changed, has been changed meanwhile, or cannot be written.
    """
    try:
        target = _target(root, path)
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        if target.read_bytes() != before:
            raise LeftAloneError(f"{path}: it has been changed meanwhile")
        try:
            with part.open("xb") as stream:
                stream.write(after)
            shutil.copymode(target, part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise LeftAloneError(f"{path}: {error.strerror or error}") from error


def _target(root: Path, path: str) -> Path:
    """The file itself, where it may be changed."""
    target = Path(os.path.realpath(root / path))
    if not target.is_relative_to(root):
        raise LeftAloneError(f"{path}: a link to a file outside the root")
    if target.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH) == 0 or not os.access(target, os.W_OK):
        # To put another file in its place may be allowed all the same, and is not what "read-only" says.
        raise LeftAloneError(f"{path}: read-only")
    return target
