"""Which repository a folder belongs to, and what of it is checked out."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from commlint.errors import CommlintError
from commlint.neighbours.summary import NAME, Origin

_REMOTE = re.compile(r'^\[remote "origin"\]\s*$(?:\n(?!\[).*)*?\n\s*url\s*=\s*(\S+)', re.MULTILINE)
_COMMITTER = re.compile(rb"^committer .* (\d+) [+-]\d{4}$", re.MULTILINE)
_NO_NAME = re.compile(r"[^A-Za-z0-9_.-]+")
_SECONDS = 10


def origin_of(root: Path, name: str = "") -> Origin:
    """What a folder is a checkout of.

    Args:
        root: The folder; absolute and resolved.
        name: What the repository is called; as its remote, else its folder is called where this is empty.

    Raises:
        CommlintError: It cannot be called so.
    """
    if name and not NAME.fullmatch(name):
        raise CommlintError(f"`{name}` cannot be the name of a repository: letters, digits, `.`, `_` and `-` can")
    top = next((parent for parent in (root, *root.parents) if (parent / ".git").exists()), root)
    commit, date = _head(top) if (top / ".git").exists() else ("", 0)
    return Origin(name or _name(top), root.relative_to(top).as_posix(), commit, date)


def _name(top: Path) -> str:
    """What a checkout is called: as the repository that it was cloned from, else as its folder."""
    config = top / ".git" / "config"
    try:
        # A pipe would be waited for.
        remote = _REMOTE.search(config.read_text("utf-8", errors="replace")) if config.is_file() else None
    except OSError:
        remote = None
    cloned = remote[1].rstrip("/").removesuffix(".git").rpartition("/")[2].rpartition(":")[2] if remote else ""
    return _NO_NAME.sub("-", cloned or top.name).strip("-.") or "repository"


def _head(top: Path) -> tuple[str, int]:
    """Commit and date of what is checked out; nothing where git is not there or says no."""
    # Asks for one object of the checkout, for which git runs nothing that the checkout's configuration names.
    environment = {**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    try:
        asked = subprocess.run(  # noqa: S603 - the arguments are ours
            ["git", "-C", str(top), "cat-file", "--batch"],  # noqa: S607 - whichever git the user has
            input=b"HEAD^{commit}\n",
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env=environment,
        )
    except (OSError, subprocess.SubprocessError):
        return "", 0
    head, _, body = asked.stdout.partition(b"\n")
    words = head.split()
    if asked.returncode or len(words) != 3 or words[1] != b"commit":
        return "", 0
    committed = _COMMITTER.search(body)
    return words[0].decode("ascii", "replace"), int(committed[1]) if committed else 0
