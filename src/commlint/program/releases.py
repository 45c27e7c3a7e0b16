"""Releases of libraries: which claims of a library model hold for a service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

_NAMED = re.compile(r"(?P<sign>[<>=!~]=?=?)\s*(?P<version>[\w.]+)")


@lru_cache(maxsize=4096)
def admits(claimed: str, asked: str, newest: str) -> bool:
    """Whether a claim about some releases holds for what a service asks for.

    A service that asks for a range gets the newest release in it; one that asks for nothing gets the newest that the
    model was checked against.

    Args:
        claimed: The releases of which the claim is true, as a version specifier; empty for all.
        asked: What the service asks for, likewise; empty for nothing.
        newest: The release that the model was checked against.
    """
    if not claimed:
        return True
    try:
        version = _installed(SpecifierSet(asked), asked, newest)
        return version is None or SpecifierSet(claimed).contains(version, prereleases=True)
    except InvalidSpecifier:
        return True


def _installed(specifiers: SpecifierSet, asked: str, newest: str) -> Version | None:
    """The release that a service most likely has; `None` where nothing tells."""
    known = [version for version in _candidates(asked, newest) if specifiers.contains(version, prereleases=True)]
    return max(known, default=None)


def _candidates(asked: str, newest: str) -> Iterator[Version]:
    for text in newest.replace(",", " ").split():
        yield from _version(text)
    for match in _NAMED.finditer(asked):
        for version in _version(match["version"].rstrip(".*")):
            yield version
            if match["sign"] == "<" and any(version.release):
                # `<5` has no release that could be named: some 4.
                parts = list(version.release)
                while not parts[-1]:
                    parts.pop()
                yield Version(".".join(map(str, [*parts[:-1], parts[-1] - 1, 9999])))


def _version(text: str) -> Iterator[Version]:
    try:
        yield Version(text)
    except InvalidVersion:
        return
