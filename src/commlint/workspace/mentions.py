"""The words of the files that are no Python: what calls code by name from there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

_WORD = re.compile(r"[A-Za-z_]\w+")
# Configuration and scripts run code by its name; prose and data only speak of it.
_SUFFIXES = frozenset({".yaml", ".yml", ".toml", ".cfg", ".ini", ".conf", ".sh", ".html", ".xml", ".properties"})
_NAMES = frozenset({"Dockerfile", "Procfile", "Makefile", "crontab"})
_LARGEST = 1_000_000


def words(root: Path, files: Iterable[str]) -> frozenset[str]:
    """Every word in the configuration files and scripts among the files given."""
    found: set[str] = set()
    for file in files:
        path = root / file
        if path.suffix not in _SUFFIXES and path.name not in _NAMES:
            continue
        try:
            if path.stat().st_size <= _LARGEST:
                found.update(_WORD.findall(path.read_text("utf-8", errors="replace")))
        except OSError:
            continue
    return frozenset(found)
