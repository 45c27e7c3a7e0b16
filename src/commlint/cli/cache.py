"""`commlint cache`."""

from __future__ import annotations

import click

from commlint.config import settle
from commlint.errors import CommlintError
from commlint.store import LIMIT, Store


@click.group(short_help="Show or drop what earlier runs keep.")
def cache() -> None:
    """Show or drop what commlint keeps from run to run, so that what did not change is not read again.

    It lies in `.commlint_cache` at the root of what is analysed, or where COMMLINT_CACHE_DIR says. It may be copied to
    another machine, and dropped at any time.
    """


@cache.command()
@click.argument("path", required=False)
def info(path: str | None) -> int:
    """Show where the cache of a tree is (default: of the current folder), and how much is in it."""
    with _store(path) as store:
        count, size = store.size()
        click.echo(f"{store.file}: {count} entries, {size / 1e6:.1f} MB of at most {LIMIT / 1e6:.0f} MB")
    return 0


@cache.command()
@click.argument("path", required=False)
def clean(path: str | None) -> int:
    """Drop the cache of a tree (default: of the current folder)."""
    with _store(path) as store:
        file = store.file
    try:
        if file is not None:
            file.unlink(missing_ok=True)
    except OSError as error:
        raise CommlintError(f"{file}: {error.strerror}") from None
    return 0


def _store(path: str | None) -> Store:
    return Store(settle((path,) if path is not None else ()).cache)
