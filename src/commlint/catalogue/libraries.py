"""Where library models come from: `rules/libraries/`, packages beside commlint, and the user's own files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from commlint.catalogue.models import Library, Tables
from commlint.catalogue.notation import Source
from commlint.catalogue.reading import read_toml
from commlint.catalogue.resources import data_files, rules_folder
from commlint.errors import CommlintError

# The entry point under which a package offers models: `acme = "acme_models"`, a package with TOML files in it.
ENTRY_POINTS = "commlint.libraries"


def load_libraries() -> tuple[Library, ...]:
    """All library models that commlint brings along, in order of their files' names.

    Raises:
        CommlintError: A file does not fit the schema.
    """
    folder = rules_folder() / "libraries"
    return tuple(
        read_library(file.read_text("utf-8"), f"rules/libraries/{file.name}") for file in data_files(folder, ".toml")
    )


def load_all_libraries(own: Tables, name: str, paths: Iterable[Path]) -> tuple[Library, ...]:
    """All library models that an analysis works with; of two that speak of the same path the first one counts.

    Args:
        own: What the user's configuration says itself.
        name: What to call that.
        paths: Folders and files of further models that it names.

    Raises:
        CommlintError: A file cannot be read or does not fit the schema.
    """
    first = []
    if own != Tables():
        said = {table: getattr(own, table) for table in Tables.__struct_fields__}
        first.append(Library(library=name, source=Source(checked="docs", version=""), **said))
    return (*first, *_from_paths(paths), *_from_packages(), *load_libraries())


def read_library(text: str, name: str) -> Library:
    """One library model from its TOML.

    Args:
        text: The TOML.
        name: What errors call it.

    Raises:
        CommlintError: It does not fit the schema; the text names file, key path and what was probably meant.
    """
    return read_toml(text, Library, name)


def _from_paths(paths: Iterable[Path]) -> Iterator[Library]:
    for path in paths:
        if not path.exists():
            raise CommlintError(f"library-models: {path}: no such file or folder")
        for file in sorted(path.glob("*.toml")) if path.is_dir() else [path]:
            try:
                yield read_library(file.read_text("utf-8"), str(file))
            except UnicodeDecodeError:
                raise CommlintError(f"{file}: not UTF-8") from None
            except OSError as error:
                raise CommlintError(f"{file}: {error.strerror or error}") from None


def _from_packages() -> Iterator[Library]:
    """The models of installed packages, whose code is not run to find them."""
    from importlib import metadata, util  # noqa: PLC0415 - as long to load as all the rest that most commands need

    for entry in sorted(metadata.entry_points(group=ENTRY_POINTS), key=lambda entry: (entry.name, entry.value)):
        spec = util.find_spec(entry.module.partition(".")[0])
        folders = spec.submodule_search_locations if spec is not None else None
        inner = entry.module.split(".")[1:]
        found = [Path(folder, *inner) for folder in folders or () if Path(folder, *inner).is_dir()]
        if not found:
            raise CommlintError(f"entry point `{entry.name}` of `{ENTRY_POINTS}`: `{entry.module}` is no package")
        yield from _from_paths(found)
