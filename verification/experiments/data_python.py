"""Stored data: what the language itself has."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Any

from experiment import exercise

LOT = "python"
Model = dict[str, Any]


@exercise("python", "sql", 0)
def texts_of_sqlite(model: Model) -> None:
    """Connections and cursors take SQL, only by position."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE orders (number INTEGER)")
    text = "INSERT INTO orders VALUES (1)"
    further = {"executemany": [[()]]}
    for owner in (connection, connection.cursor()):
        for name in model["methods"]:
            getattr(owner, name)(text, *further.get(name, []))
            assert connection.execute("DELETE FROM orders").rowcount == 1, name
            try:
                getattr(owner, name)(sql=text)
            except TypeError:
                continue
            raise AssertionError(f"{name} takes it by name")


@exercise("python", "database", 0)
def opening_of_sqlite(model: Model) -> None:
    """Opening does not wait for the lock that another connection holds; the first argument is the file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "shop.db")
        holder = sqlite3.connect(file, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        started = time.monotonic()
        sqlite3.connect(database=file).close()
        assert time.monotonic() - started < 1
        assert "timeout" not in model
        holder.close()
