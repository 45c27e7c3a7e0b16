"""The library models of `rules/libraries/`."""

from __future__ import annotations

from commlint.catalogue.models import Library
from commlint.catalogue.reading import read_toml
from commlint.catalogue.resources import data_files, rules_folder


def load_libraries() -> tuple[Library, ...]:
    """All library models that commlint brings along, in order of their files' names.

    Raises:
        CommlintError: A file does not fit the schema.
    """
    folder = rules_folder() / "libraries"
    return tuple(read_library(file.read_text("utf-8"), file.name) for file in data_files(folder, ".toml"))


def read_library(text: str, name: str) -> Library:
    """One library model from its TOML.

    Args:
        text: The TOML.
        name: Name of its file in `rules/libraries/`.

    Raises:
        CommlintError: It does not fit the schema; the text names file, key path and what was probably meant.
    """
    return read_toml(text, Library, f"rules/libraries/{name}")
