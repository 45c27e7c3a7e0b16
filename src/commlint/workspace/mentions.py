"""The words of the files that are no Python: what calls code by name from there."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_WORD = re.compile(r"[A-Za-z_]\w+")
# Configuration and scripts run code by its name; prose and data only speak of it.
_SUFFIXES = frozenset({".yaml", ".yml", ".toml", ".cfg", ".ini", ".conf", ".sh", ".html", ".xml", ".properties"})
_NAMES = frozenset({"Dockerfile", "Procfile", "Makefile", "crontab"})
LARGEST = 1_000_000


def is_read(path: str) -> bool:
    """Whether a file is configuration or a script."""
    pure = PurePosixPath(path)
    return pure.suffix in _SUFFIXES or pure.name in _NAMES


def words(data: bytes) -> frozenset[str]:
    """Every word of a file; none where it is larger than anything written by hand."""
    return frozenset(_WORD.findall(data.decode("utf-8", "replace")) if len(data) <= LARGEST else ())
