"""What of a library's file can be looked up in the installed library, as claims for `names.py`."""

from __future__ import annotations

import functools
import math
import re
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from names import Claim

from commlint.catalogue.models import Client, Database, Guard, Library, Publisher
from commlint.catalogue.notation import AccessPath, Arguments, Model, Place, Selector
from commlint.catalogue.notation import Claim as Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Maker = Callable[..., Claim]

KINDS = tuple(name for name in Library.__struct_fields__ if name not in {"library", "source", "aliases"})

# Keys that name what is called; `functions` stands for methods of classes as well.
_CALLED = ("functions", "decorators", "contexts", "calls", "iterators", "parts", "registrars", "makers", "markers")
# Selectors that speak of others than all of these.
_CALLED_BY = {
    "base_url": ("classes",),
    "client_timeout": ("classes",),
    "prefix": ("functions", "classes"),
    "retry": ("functions", "decorators", "classes"),
    "callable": ("functions", "calls", "markers"),
    "handler": ("registrars",),
    "reader": ("functions",),
    "data": ("functions",),
    "selector": ("status",),
}
_CALLABLE = (
    "functions",
    "decorators",
    "calls",
    "registrars",
    "makers",
    "markers",
    "status",
    "classes",
    "tasks",
    "name",
)
_RAISED = ("both", "connection", "timeout", "errors")

# Keys that name attributes, and whether they must be those of the table's own classes.
_MEMBERS = {
    "methods": True,
    "limit_setters": True,
    "passive": False,
    "hooks": False,
    "waits": False,
    "answers": False,
    "inline": False,
    "builds": False,
    "returning": False,
}
# Keys that give objects with a table's methods in other ways.
_OBJECTS = ("tasks", "decorators", "makers", "managers")

# What speaks of code that does not belong to the library.
_ELSEWHERE = ("source", "where", "generated")

_SELECTED = re.compile(r"(ctor\.|decorator\.)?(arg|each|kw):(\w+)")


def claims_of(library: Library) -> Iterator[Claim]:
    """All that a file says and that can be looked up."""
    for number, (alias, path) in enumerate(library.aliases.items()):
        yield Claim(library.library, "aliases", number, alias, "alias", path, [alias, path])
    for kind, index, table in tables_of(library):
        claim = functools.partial(Claim, library.library, kind, index)
        for claims in (_names, _members, _arguments, _timeouts, _attempts):
            yield from claims(table, claim)


def tables_of(library: Library) -> Iterator[tuple[str, int, Table]]:
    """The tables of a file, with their kinds and their numbers among those of their kind."""
    return ((kind, index, table) for kind in KINDS for index, table in enumerate(getattr(library, kind)))


def _names(table: Table, claim: Maker) -> Iterator[Claim]:
    """That access paths lead to something."""
    for key, path in _written(table, AccessPath):
        field = _field(key)
        needs = "exception" if field in _RAISED else "callable" if field in _CALLABLE else ""
        yield claim(key, "path", path, [path], needs=needs)


def _members(table: Table, claim: Maker) -> Iterator[Claim]:
    """That classes have attributes."""
    owners = _owners(table)
    known = _known(table)
    for key, own in _MEMBERS.items():
        named = getattr(table, key, ())
        # Of a query, `builds` says something else.
        for number, name in enumerate(named if isinstance(named, tuple) else ()):
            if "*" not in name:
                paths = [f"{owner}().{name}" for owner in owners]
                yield claim(f"{key}[{number}]", "member", name, paths, surely=own and known)


def _arguments(table: Table, claim: Maker) -> Iterator[Claim]:
    """That calls take what selectors and places select."""
    decorators: tuple[str, ...] = getattr(table, "decorators", ())
    for key, selector in _written(table, Selector, Place, Arguments):
        paths = _spoken_of(table, key)
        for owner, called in (("", paths), ("ctor.", _made_by(table, paths)), ("decorator.", decorators)):
            positions, names = _selected(selector, owner)
            if called and (positions or names):
                yield claim(key, "argument", selector, called, positions=positions, names=names, surely=_known(table))


def _timeouts(table: Table, claim: Maker) -> Iterator[Claim]:
    """That parameters for a time limit have the default that is said."""
    if not isinstance(table, Client | Database | Publisher):
        return
    for key in ("timeout", "client_timeout"):
        paths = _spoken_of(table, key)
        for said in {_default(table, path) for path in paths}:
            alike = [path for path in paths if _default(table, path) == said]
            selectors = {_variant(table, path, key) or getattr(table, key, "") for path in alike}
            names = [name for selector in sorted(selectors) for name in _selected(selector, "")[1]]
            values = [] if said is None else [said]
            # A publisher of which nothing is said may have any.
            if names and (values or not isinstance(table, Publisher)):
                text = "for ever" if said is None else f"{said:g}"
                yield claim("default_timeout", "default", text, alike, names=names, values=values)


def _default(table: Client | Database | Publisher, path: str) -> float | None:
    """The seconds after which a call of something gives up where nothing is said."""
    own: float | None = _variant(table, path, "default_timeout")
    return table.default_timeout if own is None else own


def _attempts(table: Table, claim: Maker) -> Iterator[Claim]:
    """That parameters for a number of attempts, or of repetitions, have the default that is said."""
    if isinstance(table, Client):
        key, said, place, values = "retries", float(table.retries), "retry", [table.retries, table.retries + 1.0]
    elif isinstance(table, Guard):
        key, said, place, values = "tries", table.tries, "attempts", [table.tries, table.tries - 1]
    else:
        return
    if said == math.inf:
        # Parameters say it in these ways.
        values = [-1, 0, math.inf]
    _, names = _selected(getattr(table, place), "")
    if names and (paths := _spoken_of(table, place)):
        yield claim(key, "default", f"{said:g}", paths, names=names, values=values)


def _owners(table: Table) -> list[str]:
    """The access paths of what has a table's methods when it is called."""
    return [path for key in ("classes", "bases", "makers") for path in getattr(table, key, ())]


def _known(table: Table) -> bool:
    """Whether these are all that have them."""
    return not getattr(table, "nested", False) and not any(getattr(table, key, ()) for key in _OBJECTS)


def _spoken_of(table: Table, key: str) -> list[str]:
    """The access paths of what is called with what the selector under a key selects."""
    head, _, rest = key.partition(".")
    name = _field(head)
    if name in {"carriers", "timeout_types"}:
        return [getattr(table, name)[int(re.sub(r"\D", "", head))].name]
    field = _field(key)
    paths = [path for called in _CALLED_BY.get(field, _CALLED) for path in _called(table, called)]
    if name == "variants":
        return [path for path in paths if _last(path) == rest.partition(".")[0]]
    return [path for path in paths if _variant(table, path, field) is None]


def _called(table: Table, key: str) -> Iterator[str]:
    """The access paths of what is called and stands under a key."""
    yield from getattr(table, key, ())
    if key == "functions" and not getattr(table, "nested", False) and not getattr(table, "managers", ()):
        for owner in _owners(table):
            yield from (f"{owner}().{name}" for name in getattr(table, "methods", ()) if "*" not in name)


def _variant(table: Table, path: str, field: str) -> Any:
    """What a variant says in a field for a function or method instead of its table; nothing where it says nothing."""
    return getattr(getattr(table, "variants", {}).get(_last(path)), field, None)


def _made_by(table: Table, paths: Iterable[str]) -> list[str]:
    """The access paths of the calls that make the objects whose methods are called."""
    made = {path for key in ("classes", "bases", "makers", "tasks") for path in getattr(table, key, ())}
    return sorted(made | {path[: path.rindex("()")] for path in paths if "()" in path and path not in made})


def _selected(selector: str, owner: str) -> tuple[list[int], list[str]]:
    """The positions and names of the arguments that a selector or place selects in the call of an owner."""
    found = [_SELECTED.match(part) for part in selector.split("|")]
    own = [match for match in found if match and (match[1] or "") == owner]
    return [int(match[3]) for match in own if match[2] != "kw"], [match[3] for match in own if match[2] == "kw"]


def _written(value: Any, *wanted: Any, hint: Any = None, key: str = "") -> Iterator[tuple[str, str]]:
    """The strings of some kinds in a table, with their keys: `errors.both[0]`."""
    if isinstance(value, Model):
        for name, kind in _hints(type(value)).items():
            if name not in _ELSEWHERE:
                yield from _written(getattr(value, name), *wanted, hint=kind, key=f"{key}.{name}".lstrip("."))
    elif isinstance(value, tuple):
        for number, one in enumerate(value):
            yield from _written(one, *wanted, hint=get_args(hint)[0], key=f"{key}[{number}]")
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _written(one, *wanted, hint=get_args(hint)[1], key=f"{key}.{name}")
    elif value and any(kind in wanted for kind in (hint, *get_args(hint))):
        yield key, value


@functools.cache
def _hints(model: type[Model]) -> dict[str, Any]:
    """The types of a model's fields, with what they are annotated with."""
    return get_type_hints(model, include_extras=True)


def _field(key: str) -> str:
    """The last name of a key: `both` of `errors.both[0]`."""
    return key.rpartition(".")[2].partition("[")[0]


def _last(path: str) -> str:
    """The last name of an access path."""
    return path.rpartition(".")[2]
