"""What library models say about stored data, by access path: declarations, queries, databases."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from commlint.catalogue.models import Database, Library, Query, Sql, Table


class StoreModels:
    """The models of tables, queries, texts and databases.

    Attributes:
        tables: All declarations of tables.
        databases: All that opens databases.
        variables: Names of settings that hold the URL of a database.
        run_names: Names of functions and methods that are given a text in a query language: for objects of which
            nothing else is known.
        query_names: Names of methods that ask a collection, and that nothing else has: likewise.
        making_names: Names of methods that make a collection or its indexes, and the place of its name: likewise.

    Args:
        libraries: The models.
        canonical: Gives the path under which models know what another path also leads to.
    """

    def __init__(self, libraries: Iterable[Library], canonical: Callable[[str], str]) -> None:
        self.tables: list[Table] = []
        self.databases: list[Database] = []
        self.variables: set[str] = set()
        self.run_names: dict[str, list[Sql]] = {}
        self.query_names: dict[str, Query] = {}
        self.making_names: dict[str, str] = {}
        self._bases: dict[str, list[Table]] = {}
        self._decorators: dict[str, list[Table]] = {}
        self._calls: dict[str, list[Table]] = {}
        self._queries: dict[str, Query] = {}
        self._managers: dict[str, list[Query]] = {}
        self._texts: dict[str, list[Sql]] = {}
        self._opening: dict[str, Database] = {}
        for library in libraries:
            self._file_tables(library, canonical)
            self._file_queries(library, canonical)
            for text in library.sql:
                for path in (*text.functions, *_methods(text)):
                    self._texts.setdefault(canonical(path), []).append(text)
                for name in text.methods:
                    self.run_names.setdefault(name, []).append(text)
            for database in library.database:
                self.databases.append(database)
                self.variables.update(database.variables)
                for path in database.functions:
                    self._opening.setdefault(canonical(path), database)

    def _file_tables(self, library: Library, canonical: Callable[[str], str]) -> None:
        for table in library.table:
            self.tables.append(table)
            for base in table.bases:
                self._bases.setdefault(canonical(base), []).append(table)
            for path in table.decorators:
                self._decorators.setdefault(canonical(path), []).append(table)
            if table.kind == "collection" and not table.unowned:
                self.making_names.update((path.rpartition(".")[2], table.name) for path in table.calls)
            for path in table.calls:
                self._calls.setdefault(canonical(path), []).append(table)

    def _file_queries(self, library: Library, canonical: Callable[[str], str]) -> None:
        for query in library.query:
            for path in (*query.functions, *_methods(query)):
                self._queries.setdefault(canonical(path), query)
            for base in query.bases:
                self._managers.setdefault(canonical(base), []).append(query)
            if query.table == "recv" and any(t.kind == "collection" for t in library.table):
                for name in query.methods:
                    if "_" in name.strip("_"):
                        self.query_names.setdefault(name, query)

    def of_base(self, path: str) -> list[Table]:
        """What a class with a base declares."""
        return self._bases.get(path, [])

    def of_decorator(self, path: str) -> list[Table]:
        """What a class with a decorator declares."""
        return self._decorators.get(path, [])

    def of_call(self, path: str) -> list[Table]:
        """What a call declares."""
        return self._calls.get(path, [])

    def query(self, path: str) -> Query | None:
        """What a function or method asks for."""
        return self._queries.get(path)

    def asked_of(self, base: str) -> list[Query]:
        """What can be asked of classes with a base."""
        return self._managers.get(base, [])

    def texts(self, path: str) -> list[Sql]:
        """What a function or method takes for a text in a query language."""
        return self._texts.get(path, [])

    def opening(self, path: str) -> Database | None:
        """What a call opens."""
        return self._opening.get(path)


def _methods(model: Query | Sql) -> Iterable[str]:
    return (f"{path}().{name}" for path in model.classes for name in model.methods)
