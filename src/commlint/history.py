"""A tree as it was at a commit, from git's own objects: nothing is checked out and no filter or hook is run."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

import msgspec

from commlint.errors import CommlintError

# Files above this many bytes are pictures, archives and data.
_LARGE = 8_000_000
_PLAIN = frozenset({b"100644", b"100755"})


class _Blob(msgspec.Struct, frozen=True):
    """A file of a commit: its object, and its path below the root."""

    name: bytes
    path: PurePosixPath


def export(root: Path, revision: str, target: Path) -> None:
    """Writes the files that a folder had at a commit into another folder.

    Links and submodules are left out.

    Args:
        root: The folder, somewhere in a git checkout.
        revision: The commit, as git names them.
        target: Where to write; made where it is not there.

    Raises:
        CommlintError: There is no git, no checkout, or no such commit.
    """
    commit = _resolve(root, revision)
    blobs = list(_blobs(_git(root, "ls-tree", "-r", "-l", "-z", f"{commit}:./")))
    target.mkdir(parents=True, exist_ok=True)
    asked = b"".join(blob.name + b"\n" for blob in blobs)
    for blob, data in zip(blobs, _contents(_git(root, "cat-file", "--batch", given=asked)), strict=True):
        file = target / blob.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def _resolve(root: Path, revision: str) -> str:
    try:
        return (
            _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
            .decode()
            .strip()
        )
    except CommlintError:
        _git(root, "rev-parse", "--git-dir")
        shallow = _git(root, "rev-parse", "--is-shallow-repository").strip() == b"true"
        cure = (
            "the clone is shallow: fetch the whole history (`git fetch --unshallow`; `fetch-depth: 0` in GitHub "
            "Actions, `GIT_DEPTH: 0` in GitLab)"
            if shallow
            else "fetch it first, or name another"
        )
        raise CommlintError(f"there is no commit {revision} here; {cure}") from None


def _blobs(listing: bytes) -> Iterator[_Blob]:
    """The files in what `ls-tree -r -l -z` says."""
    for line in filter(None, listing.split(b"\0")):
        said, _, raw = line.partition(b"\t")
        mode, _, name, size = said.split()
        path = PurePosixPath(raw.decode("utf-8", "surrogateescape"))
        # git refuses such paths itself when it writes files; a tree made by hand may hold them.
        leads_out = path.is_absolute() or ".." in path.parts or ".git" in (part.lower() for part in path.parts)
        if mode in _PLAIN and int(size) <= _LARGE and not leads_out:
            yield _Blob(name, path)


def _contents(batch: bytes) -> Iterator[bytes]:
    """The objects in what `cat-file --batch` says."""
    start = 0
    while start < len(batch):
        end = batch.index(b"\n", start)
        size = int(batch[start:end].split()[2])
        yield batch[end + 1 : end + 1 + size]
        start = end + 1 + size + 1


def _git(root: Path, *command: str, given: bytes = b"") -> bytes:
    line: Sequence[str] = ("git", "--no-optional-locks", "-C", str(root), *command)
    try:
        done = subprocess.run(line, input=given, capture_output=True, check=False)  # noqa: S603 - git itself
    except OSError as error:
        raise CommlintError(f"git cannot be run: {error.strerror}") from None
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise CommlintError(said.removeprefix("fatal: ") or f"git {command[0]} failed")
    return done.stdout
