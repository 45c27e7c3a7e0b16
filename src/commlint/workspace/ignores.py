"""What version control and convention keep out of a source tree."""

from __future__ import annotations

import os
import re
from collections.abc import Container
from pathlib import Path

import msgspec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

# Ruff's default excludes, and the caches and editors' folders it meets less often.
_FOLDERS = frozenset(
    {
        ".bzr",
        ".commlint_cache",
        ".direnv",
        ".eggs",
        ".git",
        ".git-rewrite",
        ".hg",
        ".hypothesis",
        ".idea",
        ".ipynb_checkpoints",
        ".mypy_cache",
        ".nox",
        ".pants.d",
        ".pyenv",
        ".pytest_cache",
        ".pytype",
        ".ruff_cache",
        ".svn",
        ".tox",
        ".venv",
        ".vscode",
        "__pycache__",
        "__pypackages__",
        "_build",
        "buck-out",
        "build",
        "dist",
        "node_modules",
        "site-packages",
        "venv",
    }
)
_GITIGNORE = ".gitignore"
# Any signs within a name, as pathspec writes them.
_ANY = "[^/]*"
# More of them in one pattern than this are matched without going back: it can take time to no end.
_MANY = 3


def excluded_by_default(folder: str) -> bool:
    """Whether a folder of this name never holds source: environments, caches, build output."""
    return folder in _FOLDERS or folder.endswith(".egg-info")


class _Layer(msgspec.Struct, frozen=True):
    """The patterns of one ignore file, and how a path below the root is spelled from that file's folder."""

    patterns: tuple[GitIgnoreSpecPattern, ...]
    strip: int = 0
    outer: str = ""

    def verdict(self, path: str) -> bool | None:
        """Whether a path (a folder ends in a slash) is ignored or taken back; `None` where no pattern is about it."""
        spelled = self.outer + path[self.strip :]
        for pattern in reversed(self.patterns):
            match = None if pattern.regex is None else pattern.regex.match(spelled)
            if match is not None and _meant(match, spelled):
                return pattern.include
        return None


def _meant(match: re.Match[str], path: str) -> bool:
    """Whether a pattern is about a path itself: it also matches all that lies in a folder that it is about."""
    if "ps_d" in match.re.groupindex:
        return match["ps_d"] is None or match.end("ps_d") == len(path)
    # `folder/**` is about what is in the folder.
    return not (path.endswith("/") and match.end() == len(path))


class Rules(msgspec.Struct, frozen=True):
    """The ignore rules in force in one folder, the nearest first."""

    layers: tuple[_Layer, ...] = ()

    def ignores(self, path: str, *, folder: bool) -> bool:
        """Whether a path relative to the root is ignored; the nearest rule that says anything has the last word."""
        spelled = f"{path}/" if folder else path
        for layer in self.layers:
            verdict = layer.verdict(spelled)
            if verdict is not None:
                return verdict
        return False

    def within(self, folder: Path, path: str, names: Container[str]) -> Rules:
        """The rules for the content of a folder, given its path below the root (empty for it) and the names in it.

        A folder with a `.git` is a checkout of its own: rules from further up do not reach into it.
        """
        checkout = ".git" in names and path != ""
        if not checkout and _GITIGNORE not in names and (path or ".git" not in names):
            return self
        strip = len(path) + 1 if path else 0
        return Rules((*_layers(folder, strip=strip), *(() if checkout else self.layers)))


def above(root: Path) -> Rules:
    """The rules that the folders above a root, up to the top of its checkout, impose on its content.

    There are none where they ignore the root itself: who asks for an ignored folder wants it read.
    """
    if (root / ".git").exists():
        return Rules()
    layers: tuple[_Layer, ...] = ()
    for parent in root.parents:
        inner = f"{root.relative_to(parent).as_posix()}/"
        layers = (*layers, *_layers(parent, outer=inner))
        if (parent / ".git").exists():
            rules = Rules(layers)
            return Rules() if rules.ignores("", folder=False) else rules
    return Rules()


def _layers(folder: Path, *, strip: int = 0, outer: str = "") -> tuple[_Layer, ...]:
    """The rules that the ignore files of one folder hold, the stronger first."""
    found = (_patterns(folder / _GITIGNORE), _patterns(folder / ".git" / "info" / "exclude"))
    return tuple(_Layer(patterns, strip, outer) for patterns in found if patterns)


def _patterns(file: Path) -> tuple[GitIgnoreSpecPattern, ...]:
    """The patterns of one ignore file; none where it cannot be read."""
    try:
        # A pipe would be waited for.
        if not file.is_file():
            return ()
        lines = file.read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines()
    except OSError:
        return ()
    patterns = []
    for line in map(os.fsdecode, lines):
        try:
            pattern = GitIgnoreSpecPattern(line)
        except ValueError:
            # Git skips a pattern that it cannot read, and so do we.
            continue
        if pattern.include is not None and pattern.regex is not None:
            pattern.regex = _bounded(pattern.regex)
            patterns.append(pattern)
    return tuple(patterns)


def _bounded(regex: re.Pattern[str]) -> re.Pattern[str]:
    """A pattern that matches the same and takes no time to speak of.

    Between two stars of one name, the first place that fits what stands there is as good as any later one.
    """
    first, *parts = regex.pattern.split(_ANY)
    if len(parts) <= _MANY:
        return regex
    written = first
    for number, part in enumerate(parts):
        plain = part.replace("[^/]", "")
        if number == len(parts) - 1 or not part or set("/()") & set(plain):
            written += _ANY + part
        else:
            written += f"(?=(?P<any_{number}>{_ANY}?{part}))(?P=any_{number})"
    return re.compile(written, regex.flags & ~re.UNICODE)
