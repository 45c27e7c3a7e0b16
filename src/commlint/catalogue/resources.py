"""Where the data of `rules/` is found."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def rules_folder() -> Traversable:
    """The folder of rule pages and library models, in an installed package or in a checkout."""
    bundled = resources.files("commlint") / "rules"
    # An editable install reads the package from `src/`, which does not hold the data.
    return bundled if bundled.is_dir() else Path(__file__).parents[3] / "rules"


def data_files(folder: Traversable, suffix: str) -> list[Traversable]:
    """The files of a folder with a suffix, sorted by name; the README explains the folder and is no data."""
    files = (file for file in folder.iterdir() if file.name.endswith(suffix) and file.name != "README.md")
    return sorted(files, key=lambda file: file.name)
