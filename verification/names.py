"""Look at installed libraries: are the names there that models of them speak of, and do calls take what they say?

usage: python names.py CLAIMS RESULT

CLAIMS is a JSON file with a list of claims; RESULT gets a list of answers, `[outcome, detail]`, in the same order. It
runs inside the environment in which the libraries are, so it needs nothing but Python.
"""

from __future__ import annotations

import abc
import collections.abc
import contextlib
import dis
import functools
import importlib
import importlib.util
import inspect
import json
import os
import re
import sys
import types
import typing
from dataclasses import dataclass, replace
from datetime import timedelta
from inspect import Parameter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Outcome = Literal["held", "contradicted", "cannot be seen", "not installed"]
HELD: Outcome = "held"
CONTRADICTED: Outcome = "contradicted"
UNSEEN: Outcome = "cannot be seen"
NOT_INSTALLED: Outcome = "not installed"

_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
_NAMED = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
# What is awaited or entered stands for what it gives, which the types name first or, of coroutines, last.
_GIVING = {
    collections.abc.Awaitable: 0,
    collections.abc.Coroutine: -1,
    collections.abc.Iterator: 0,
    collections.abc.AsyncIterator: 0,
    collections.abc.Generator: 0,
    collections.abc.AsyncGenerator: 0,
    contextlib.AbstractContextManager: 0,
    contextlib.AbstractAsyncContextManager: 0,
}
_ENTERED = ("__enter__", "__aenter__", "__await__")
# What is only said to be one of these may be anything that behaves so.
_ABSTRACT = {"abc", "collections.abc", "contextlib", "typing", "typing_extensions"}


@dataclass(frozen=True)
class Claim:
    """Something that a table says and that can be looked up.

    Attributes:
        library: The library's file, without `.toml`.
        kind: Kind of the table: `client`.
        index: Its number among those of its kind in the file.
        key: The key that says it.
        form: `path` (it is there), `member` (one of the paths is), `alias` (the paths are of one thing), `argument`
            (calls take it) or `default` (a parameter has it).
        said: What the file says.
        paths: Access paths of what it speaks of.
        needs: What a path must be: `callable` or `exception`.
        surely: The paths are all that may have the member or take the argument.
        positions: Positions of an argument.
        names: Names of an argument, or of the parameter that has a default.
        values: Numbers that a default may be; none where it must be no number of seconds.
    """

    library: str
    kind: str
    index: int
    key: str
    form: Literal["path", "member", "alias", "argument", "default"]
    said: str
    paths: Sequence[str]
    needs: Literal["", "callable", "exception"] = ""
    surely: bool = True
    positions: Sequence[int] = ()
    names: Sequence[str] = ()
    values: Sequence[float] = ()

    @property
    def place(self) -> tuple[str, str, int, str]:
        """Where in which file it is said."""
        return self.library, self.kind, self.index, self.key


class Missing(Exception):  # noqa: N818  (an answer, not a failure)
    """It is not there."""


class Unseen(Exception):  # noqa: N818
    """Whether it is there cannot be told without running the library."""


class NotInstalled(Exception):  # noqa: N818
    """The package is not there."""


@dataclass(frozen=True)
class Thing:
    """Something that is at hand.

    Attributes:
        value: It.
        owner: The class on whose instances it is a method; its first parameter is the instance then.
    """

    value: object
    owner: type | None = None


@dataclass(frozen=True)
class Made:
    """An instance that is not at hand.

    Attributes:
        cls: Its class.
        exact: It is surely of this class; otherwise it may be of a subclass.
    """

    cls: type
    exact: bool


@dataclass(frozen=True)
class Dark:
    """Something that is there, but what it is cannot be told.

    Attributes:
        why: Why not.
    """

    why: str


Found = Thing | Made | Dark


def resolve(path: str) -> Found:
    """What an access path leads to.

    Raises:
        Missing: Nothing.
        Unseen: Something that only running the library would show.
        NotInstalled: Its package is not installed.
    """
    if "*" in path:
        raise Unseen("a shape")
    top, *steps = re.findall(r"[^.()]+|\(\)", path)
    found: Found = Thing(package(top))
    dotted = top
    for step in steps:
        if step == "()":
            found = called(found)
            dotted = ""
        else:
            dotted = dotted and f"{dotted}.{step}"
            found = attribute(found, step, dotted)
    return found


@contextlib.contextmanager
def running(what: str) -> Iterator[None]:
    """Run code of a library; that something is not there comes out as it is."""
    try:
        yield
    except (AttributeError, ModuleNotFoundError):
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001  (libraries raise what they like)
        raise Unseen(f"{what}: {type(error).__name__}: {error}") from None


def package(name: str) -> object:
    """A top-level module."""
    try:
        with running(f"importing {name}"):
            return importlib.import_module(name)
    except (AttributeError, ModuleNotFoundError) as error:
        if isinstance(error, ModuleNotFoundError) and error.name == name:
            raise NotInstalled(name) from None
        raise Unseen(f"importing {name}: {error}") from None


def submodule(dotted: str) -> types.ModuleType | None:
    """A module by its dotted name; none where there is no such module."""
    try:
        with running(f"importing {dotted}"):
            return importlib.import_module(dotted)
    except (AttributeError, ModuleNotFoundError) as error:
        if isinstance(error, ModuleNotFoundError) and f"{dotted}.".startswith(f"{error.name}."):
            return None
        raise Unseen(f"importing {dotted}: {error}") from None


def attribute(found: Found, name: str, dotted: str) -> Found:
    """An attribute of something, or the module below it that has a dotted name."""
    if isinstance(found, Dark):
        raise Unseen(found.why)
    if isinstance(found, Made):
        return member(found.cls, name, exact=found.exact)
    value = found.value
    if isinstance(value, type) and defined(value, name):
        return member(value, name, exact=True)
    try:
        with running(name):
            return Thing(getattr(value, name))
    except (AttributeError, ModuleNotFoundError):
        pass
    if dotted and (module := submodule(dotted)):
        return Thing(module)
    if isinstance(value, type):
        return member(value, name, exact=True)
    if not isinstance(value, types.ModuleType) and makes_up(type(value)):
        raise Unseen(f"{type(value).__name__} makes up its attributes")
    raise Missing(f"{name} is not in {named(value)}")


def defined(cls: type, *names: str) -> bool:
    """Whether a class, or a base of it below `object`, defines one of some names."""
    return any(name in vars(base) for base in cls.__mro__ if base is not object for name in names)


def makes_up(cls: type) -> bool:
    """Whether instances of a class may have attributes that it does not define."""
    return defined(cls, "__getattr__", "__getattribute__")


def member(cls: type, name: str, *, exact: bool) -> Found:
    """An attribute of an instance."""
    for base in cls.__mro__:
        if name in vars(base):
            return held_by(cls, name, vars(base)[name])
    for base in cls.__mro__:
        if name in inspect.get_annotations(base):
            return by_hint(hints(base).get(name), cls)
    if makes_up(cls):
        raise Unseen(f"{cls.__name__} makes up its attributes")
    written = [assigned(base) for base in cls.__mro__]
    if any(name in names for names in written):
        return Dark(f"{name} is set in a method")
    dynamic = type(cls) not in (type, abc.ABCMeta) or gives_another(cls)
    if not exact or dynamic or any("" in names for names in written):
        raise Unseen(f"{cls.__name__} may have {name}")
    raise Missing(f"{name} is not in {cls.__module__}.{cls.__qualname__}")


def gives_another(cls: type) -> bool:
    """Whether something else than the instance may come of awaiting or entering it."""
    for name in _ENTERED:
        if defined(cls, name):
            with contextlib.suppress(OSError, TypeError):
                if inspect.getsource(getattr(cls, name)).rstrip().endswith("return self"):
                    continue
            return True
    return False


def held_by(cls: type, name: str, raw: object) -> Found:
    """An attribute of an instance, by what its class holds under that name."""
    if isinstance(raw, property):
        return returned(raw.fget, cls)
    if isinstance(raw, functools.cached_property):
        return returned(raw.func, cls)
    if isinstance(raw, classmethod | staticmethod):
        return Thing(getattr(cls, name))
    if inspect.isroutine(raw) and not isinstance(raw, types.BuiltinFunctionType):
        return Thing(raw, cls)
    if isinstance(raw, type):
        return Thing(raw)
    if hasattr(type(raw), "__get__"):
        return Dark(f"{name} is a {type(raw).__name__}")
    return Thing(raw)


def hints(owner: Any) -> dict[str, Any]:
    """The annotations of a class or function, as far as they can be evaluated."""
    found: dict[str, Any] = {}
    with contextlib.suppress(Exception):
        return typing.get_type_hints(owner)
    # Some are only meant for type checkers, and the others can be read one by one.
    known = vars(sys.modules.get(getattr(owner, "__module__", None) or "", types))
    for name, text in getattr(owner, "__annotations__", {}).items():
        with contextlib.suppress(Exception):
            single = types.SimpleNamespace(__annotations__={name: text})
            found.update(typing.get_type_hints(single, known, {"Self": typing.Self}))
    return found


@functools.cache
def assigned(cls: type) -> frozenset[str]:
    """The attributes that methods of a class set by name; the empty one where some are set otherwise."""
    names: set[str] = set()
    for value in vars(cls).values():
        code = getattr(inspect.unwrap(value) if callable(value) else None, "__code__", None)
        if isinstance(code, types.CodeType):
            names.update(step.argval for step in dis.get_instructions(code) if step.opname == "STORE_ATTR")
            names.update({""} if {"setattr", "__dict__"} & {*code.co_names} else ())
    return frozenset(names)


def called(found: Found) -> Found:
    """What calling something gives."""
    if isinstance(found, Dark):
        raise Unseen(found.why)
    if isinstance(found, Made):
        return called(member(found.cls, "__call__", exact=found.exact))
    value = found.value
    if isinstance(value, type):
        # What a metaclass or `__new__` makes may be of another class.
        other = type(value).__call__ is not type.__call__ or defined(value, "__new__")
        return Made(value, exact=not other)
    if inspect.isroutine(value):
        return returned(value, found.owner)
    if not callable(value):
        raise Missing(f"{named(value)} cannot be called")
    return returned(type(value).__call__, type(value))


def returned(function: object, owner: type | None) -> Found:
    """What a function says that it returns."""
    return by_hint(hints(function).get("return"), owner)


def by_hint(hint: Any, owner: type | None) -> Found:
    """Something of an annotated type, in a class or not."""
    origin = typing.get_origin(hint)
    arguments = [argument for argument in typing.get_args(hint) if argument is not type(None)]
    if origin in _GIVING and arguments:
        return by_hint(arguments[_GIVING[origin]], owner)
    if origin in (typing.Union, types.UnionType):
        return by_hint(arguments[0], owner) if len(arguments) == 1 else Dark("one of several types")
    if origin is type and isinstance(arguments[0], type):
        return Thing(arguments[0])
    if isinstance(hint, typing.TypeVar):
        return by_hint(hint.__bound__, owner)
    if hint is typing.Self and owner:
        return Made(owner, exact=False)
    cls = origin or hint
    if isinstance(cls, type) and cls.__module__ not in _ABSTRACT and cls not in (object, type(None)):
        return Made(cls, exact=False)
    return Dark("its type is not said")


def named(value: object) -> str:
    """How something is called in a message."""
    module, name = getattr(value, "__module__", ""), getattr(value, "__qualname__", "")
    return f"{module}.{name}" if module and name else str(getattr(value, "__name__", type(value).__name__))


def parameters(found: Found) -> list[Parameter] | None:
    """What a call of something takes, without the instance; none where that cannot be told."""
    if isinstance(found, Made):
        found = member(found.cls, "__call__", exact=found.exact)
    if not isinstance(found, Thing) or not callable(found.value):
        return None
    try:
        taken = list(inspect.signature(found.value).parameters.values())
    except (TypeError, ValueError):
        return None
    # What passes everything on to a method has its signature, with the instance.
    method = found.owner or (taken and taken[0].name == "self")
    return taken[1:] if method and taken and taken[0].kind in _POSITIONAL else taken


class Calls:
    """What the calls take of which a claim speaks."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.seen: dict[str, list[Parameter]] = {}
        self.missing: list[str] = []
        self.unseen: list[str] = []
        for path in paths:
            try:
                taken = parameters(resolve(path))
            except NotInstalled as error:
                self.missing.append(str(error))
            except (Missing, Unseen) as error:
                self.unseen.append(f"{path}: {error}")
            else:
                if taken is None:
                    self.unseen.append(f"{path}: no signature")
                else:
                    self.seen[path] = taken

    def defaults(self, names: Sequence[str]) -> Iterator[tuple[str, Parameter]]:
        """The parameters of some names, with the path of what takes them."""
        return ((path, one) for path, taken in self.seen.items() for one in taken if one.name in names)

    def unknown(self) -> tuple[Outcome, str]:
        """What is answered where none of the calls can be seen."""
        if self.missing and not self.unseen:
            return NOT_INSTALLED, self.missing[0]
        return UNSEEN, self.unseen[0] if self.unseen else ""


def check(claim: Claim) -> tuple[Outcome, str]:
    """Whether a claim holds, and what was seen instead."""
    try:
        return _CHECKS[claim.form](claim)
    except Missing as error:
        return CONTRADICTED, str(error)
    except Unseen as error:
        return UNSEEN, str(error)
    except NotInstalled as error:
        return NOT_INSTALLED, str(error)
    except Exception as error:  # noqa: BLE001  (looking at things runs code of theirs)
        return UNSEEN, f"{type(error).__name__}: {error}"


def check_path(claim: Claim) -> tuple[Outcome, str]:
    """Whether something is there, and is what it has to be."""
    found = resolve(claim.paths[0])
    wrong = ""
    if claim.needs == "callable":
        wrong = "cannot be called" if not can_be_called(found) else ""
    elif claim.needs == "exception":
        wrong = "is no exception" if not can_be_caught(found) else ""
    if not wrong:
        return HELD, ""
    what = f"an instance of {named(found.cls)}" if isinstance(found, Made) else named(getattr(found, "value", found))
    return (UNSEEN if isinstance(found, Made) and not found.exact else CONTRADICTED), f"{what} {wrong}"


def can_be_called(found: Found) -> bool:
    """Whether something can be called, as far as is seen."""
    if isinstance(found, Made):
        return defined(found.cls, "__call__") or makes_up(found.cls)
    return isinstance(found, Dark) or callable(found.value)


def can_be_caught(found: Found) -> bool:
    """Whether something can stand in an `except`, as far as is seen."""
    if isinstance(found, Thing):
        values = found.value if isinstance(found.value, tuple) else (found.value,)
        return all(isinstance(value, type) and issubclass(value, BaseException) for value in values)
    return isinstance(found, Dark)


def check_member(claim: Claim) -> tuple[Outcome, str]:
    """Whether one of several things is there."""
    answers = dict(reversed([check(replace(claim, form="path", paths=[path])) for path in claim.paths]))
    for outcome in (HELD, UNSEEN, NOT_INSTALLED):
        if outcome in answers:
            return outcome, answers[outcome]
    if not claim.surely or not answers:
        return UNSEEN, "something else may have it"
    return CONTRADICTED, answers[CONTRADICTED]


def check_alias(claim: Claim) -> tuple[Outcome, str]:
    """Whether two paths lead to one thing; the first may be of another release."""
    alias, path = claim.paths
    meant = resolve(path)
    try:
        other = resolve(alias)
    except Missing as error:
        raise Unseen(str(error)) from None
    if isinstance(meant, Made) and isinstance(other, Made):
        same = issubclass(meant.cls, other.cls) or issubclass(other.cls, meant.cls)
        return (HELD, "") if same else (UNSEEN, f"an instance of {named(other.cls)}")
    if not isinstance(meant, Thing) or not isinstance(other, Thing):
        return UNSEEN, "not at hand"
    if meant.value is other.value or same_things(other.value, meant.value):
        return HELD, ""
    if related(other, meant) or related(meant, other) or plain_name(path).endswith(plain_name(alias)):
        return UNSEEN, "not the same, but alike"
    return CONTRADICTED, f"{named(other.value)} is not {named(meant.value)}"


def same_things(alias: object, meant: object) -> bool:
    """Whether something that is defined in a module is found in another module under its name."""
    return isinstance(alias, types.ModuleType) and any(
        value is getattr(meant, name, None)
        for name, value in vars(alias).items()
        if getattr(value, "__module__", "") == alias.__name__
    )


def related(one: Thing, other: Thing) -> bool:
    """Whether something is a class, and something else a base of it or a function that makes one."""
    if not isinstance(one.value, type):
        return False
    if isinstance(other.value, type):
        return issubclass(one.value, other.value)
    return inspect.isroutine(other.value) and called(other) == Made(one.value, exact=False)


def plain_name(path: str) -> str:
    """The last name of a path, however it is spelled."""
    return path.rpartition(".")[2].replace("_", "").lower()


def check_argument(claim: Claim) -> tuple[Outcome, str]:
    """Whether calls take an argument: by each of its names, and where the positions say."""
    calls = Calls(claim.paths)
    if not calls.seen:
        return calls.unknown()
    for path, taken in calls.seen.items():
        if wrong := misplaced(claim, taken):
            return CONTRADICTED, f"{path}: {wrong}"
    kinds = {one.kind for taken in calls.seen.values() for one in taken}
    unsure = calls.unseen or calls.missing or not claim.surely
    for name in claim.names:
        if not any(calls.defaults([name])):
            if unsure or Parameter.VAR_KEYWORD in kinds:
                return UNSEEN, f"{name} is not in a signature"
            return CONTRADICTED, f"no parameter {name} in {', '.join(calls.seen)}"
    if not claim.names and not any(reaches(taken, max(claim.positions)) for taken in calls.seen.values()):
        if unsure or Parameter.VAR_POSITIONAL in kinds:
            return UNSEEN, "its position is not in a signature"
        return CONTRADICTED, f"no argument {max(claim.positions)} in {', '.join(calls.seen)}"
    return HELD, ""


def reaches(taken: Sequence[Parameter], position: int) -> bool:
    """Whether a call takes an argument at a position, or any number from there on."""
    places = [one for one in taken if one.kind in _POSITIONAL]
    more = any(one.kind == Parameter.VAR_POSITIONAL for one in taken)
    return position < len(places) or (more and 0 < position == len(places))


def misplaced(claim: Claim, taken: Sequence[Parameter]) -> str:
    """How the positions and names of an argument contradict each other in one call; empty where they do not."""
    places = [one.name if one.kind in _NAMED else "" for one in taken if one.kind in _POSITIONAL]
    if not claim.positions or not any(one.name in claim.names for one in taken):
        return ""
    there = [places[position] for position in claim.positions if position < len(places)]
    for name in there:
        if name and name not in claim.names:
            return f"argument {places.index(name)} is {name}"
    for name in claim.names:
        if name in places and not there:
            return f"{name} is argument {places.index(name)}"
    return ""


def check_default(claim: Claim) -> tuple[Outcome, str]:
    """Whether the defaults of parameters are as said, where they are plain numbers."""
    calls = Calls(claim.paths)
    if not calls.seen:
        return calls.unknown()
    numbers = [(path, one.name, number_of(one)) for path, one in calls.defaults(claim.names)]
    told = [(path, name, number) for path, name, number in numbers if number is not None]
    for path, name, number in told:
        # Of large ones it is taken that they are milliseconds.
        fits = number in claim.values or (number >= 1000 and number / 1000 in claim.values)
        if not fits and (claim.values or number > 0):
            return CONTRADICTED, f"{path} has {name}={number:g}"
    return (HELD, "") if told and claim.values else (UNSEEN, "no number in a signature")


def number_of(parameter: Parameter) -> float | None:
    """The default of a parameter where it is a number or a length of time."""
    default = parameter.default
    if isinstance(default, timedelta):
        return default.total_seconds()
    if isinstance(default, bool) or not isinstance(default, int | float):
        return None
    return default


_CHECKS = {
    "path": check_path,
    "member": check_member,
    "alias": check_alias,
    "argument": check_argument,
    "default": check_default,
}


def prepare() -> None:
    """Set up what can only be imported after that."""
    if importlib.util.find_spec("django"):
        from django.conf import settings  # type: ignore[import-not-found]

        settings.configure(INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"])
        importlib.import_module("django").setup()


def main() -> None:
    """Answer the claims of a file, and end whatever importing their libraries has started."""
    claims, answers = map(Path, sys.argv[1:])
    with contextlib.suppress(Exception):
        prepare()
    asked = [Claim(**claim) for claim in json.loads(claims.read_text("utf-8"))]
    told = [(outcome, " ".join(detail.split())[:300]) for outcome, detail in map(check, asked)]
    answers.write_text(json.dumps(told), "utf-8")
    os._exit(0)


if __name__ == "__main__":
    main()
