"""Who answers at a route: the functions and the methods of view classes that a registration names, with their verbs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

import msgspec

from commlint import facts
from commlint.catalogue.models import Entry
from commlint.finding import Location
from commlint.program.code import last_name
from commlint.program.models import Models
from commlint.program.places import holds
from commlint.program.sites import Site, select
from commlint.program.symbols import Class, Function, Instance
from commlint.program.values import Bound, External, Partial, Value
from commlint.program.views import View, Views

# A table of handlers whose keys are not followed gives each registration all of them.
_MANY = 4
VERBS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"})


class Answer(msgspec.Struct, frozen=True, eq=False):
    """A function that answers.

    Attributes:
        verbs: The methods that it answers; none for any; `None` where the registration says it.
        function: The function; `None` where it is not in the program.
        location: Where it is defined; its class where it is inherited.
        extra: What it adds to the path of its class: `{pk}/`.
        cls: The class that is registered, where all its methods are.
    """

    verbs: tuple[str, ...] | None
    function: Function | None
    location: Location
    extra: str = ""
    cls: Class | None = None


class Answers:
    """Finds them."""

    def __init__(self, models: Models, views: Views) -> None:
        self._models = models
        self._views = views

    def of(self, values: Iterable[Value], entry: Entry) -> list[Answer]:
        """The functions that answer where values are registered as handlers; none where any of many may be meant.

        Args:
            values: What is registered.
            entry: How.
        """
        found = list(dict.fromkeys(values))
        if sum(isinstance(value, Function | Bound) for value in found) > _MANY:
            return []
        return [answer for value in found for answer in self._of(value, entry)]

    def _of(self, value: Value, entry: Entry) -> Iterator[Answer]:
        match value:
            case Function():
                yield Answer(self.limits(value), value, value.stands_for.location)
            case Bound():
                yield Answer(self.limits(value.function), value.function, value.function.stands_for.location)
            case Partial():
                yield from self._of(value.target, entry)
            case Class():
                yield from self.of_class(value, entry, None)
            case Instance():
                yield from self.of_class(value.cls, entry, None)
            case External() if value.cls is not None:
                yield from self.of_class(value.cls, entry, value.origin)
            case _:
                pass

    def limits(self, function: Function) -> tuple[str, ...] | None:
        """The methods to which decorators limit a function, whatever route it has."""
        for expr, node, _ in function.stands_for.decorators:
            call = expr if isinstance(expr, facts.Call) else None
            for value in node.values if node is not None else ():
                entry = self._models.entry_decorator(value.path) if isinstance(value, External) else None
                if entry is None or entry.kind != "http" or entry.path or entry.default_path:
                    continue
                if holds(entry, call, function.module.scope, ()):
                    view = self._views.plain(function.outer or function)
                    verbs = self.verbs(entry, call, view, last_name(expr))
                    return (entry.default_verb,) if verbs is None and entry.default_verb else verbs
        return None

    def verbs(self, entry: Entry, call: facts.Call | None, view: View, name: str) -> tuple[str, ...] | None:
        """The methods that a registration says, none where these are any; `None` where it says nothing of them.

        Args:
            entry: How it is registered.
            call: The call, or the decorator.
            view: Where that is seen.
            name: The name of the decorator or handler.
        """
        if entry.verb == "name":
            return (name.upper(),)
        if entry.verb.startswith("const:"):
            return (entry.verb.removeprefix("const:"),)
        expr = select(call, entry.verb) if call is not None else None
        if expr is None or view.text(expr) is None:
            return None
        elements = view.elements(expr)
        said = [(expr, view)] if elements is None else elements
        found = [_verb(seen.text(one) or last_name(one)) for one, seen in said]
        # A method that is not known may be any.
        return tuple(found) if all(found) else ()

    # --- classes ------------------------------------------------------------------------------------------------------

    def of_class(self, cls: Class, entry: Entry, made: Site | None) -> Iterator[Answer]:
        """The methods of a view class that answer.

        Args:
            cls: The class.
            entry: How it is registered.
            made: The call that makes a view of it: `as_view({"get": "list"})`.
        """
        named = [item for arg in made.call.args if isinstance(arg, facts.Mapping) for item in arg.items] if made else []
        if named:
            for item in named:
                if isinstance(item.key, facts.Const) and isinstance(item.value, facts.Const):
                    yield self._method(cls, str(item.value.value), (str(item.key.value).upper(),))
        elif entry.actions:
            for name, action in _acting(cls, entry):
                yield self._method(cls, name, (action,))
        else:
            yield from self._by_bases(cls)

    def _method(
        self, cls: Class, name: str, verbs: tuple[str, ...], extra: str = "", whole: Class | None = None
    ) -> Answer:
        function = method(cls, name)
        # What a class leaves to a library is written out for it, on its own line.
        owner = None if function is None else function.owner
        written = function is not None and (owner is None or function.line != owner.fact.line)
        return Answer(verbs, function, function.location if function and written else place(cls), extra, whole)

    def _by_bases(self, cls: Class) -> Iterator[Answer]:
        """What the bases of a view class call; of several for one method, what the class itself has."""
        found: dict[tuple[str, str], tuple[int, Answer]] = {}
        entries = [e for base in cls.mro if isinstance(base, str) for e in self._models.entry_base(base)]
        for entry in entries:
            for name in _answering(cls, entry):
                verb, _, extra = entry.actions.get(name, "").partition(" ")
                for one in (verb,) if verb else self._class_verbs(cls, entry, name):
                    answer = self._method(cls, name, (one,) if one else (), extra, cls)
                    order = 2 if answer.function is None else entry.verb != "name"
                    if (known := found.get((one, extra))) is None or order < known[0]:
                        found[one, extra] = (order, answer)
        if not found:
            for name in sorted(verb.lower() for verb in VERBS):
                if method(cls, name) is not None:
                    found[name, ""] = (0, self._method(cls, name, (name.upper(),), whole=cls))
        yield from (answer for _, answer in found.values())
        if not found:
            yield Answer((), None, place(cls), cls=cls)

    def _class_verbs(self, cls: Class, entry: Entry, name: str) -> tuple[str, ...]:
        if entry.verb.startswith("class.attr:"):
            view = self._views.plain(cls.module.body, cls.scope)
            elements = view.elements(facts.Name(entry.verb.removeprefix("class.attr:")))
            if elements is not None:
                return tuple(_verb(seen.text(one) or "") for one, seen in elements)
            return (entry.default_verb,)
        verbs = self.verbs(entry, None, self._views.plain(cls.module.body), name)
        return verbs or (entry.default_verb,)


def place(cls: Class) -> Location:
    """Where a class is defined."""
    return Location(cls.module.path, cls.fact.line, cls.fact.column, len(cls.name))


def method(cls: Class, name: str) -> Function | None:
    """The method of a class by a name, its own or inherited."""
    for base in cls.mro:
        if isinstance(base, Class) and isinstance(found := base.scope.bindings.get(name), Function):
            return found
    return None


def methods(cls: Class) -> Iterator[Function]:
    """The methods of a class, inherited ones included, each name once."""
    seen: set[str] = set()
    for base in cls.mro:
        for name, binding in base.scope.bindings.items() if isinstance(base, Class) else ():
            if isinstance(binding, Function) and name not in seen:
                seen.add(name)
                yield binding


def _acting(cls: Class, entry: Entry) -> Iterator[tuple[str, str]]:
    """The methods of a class that a registration calls by their names, and what these say."""
    for function in methods(cls):
        action = entry.actions.get(function.name)
        if action is None and not function.name.startswith("_"):
            action = entry.actions.get("*")
        if action is not None:
            yield function.name, action


def _answering(cls: Class, entry: Entry) -> Iterator[str]:
    """The names of the methods that answer: those of the class, and those that the base provides."""
    own = [function.name for function in methods(cls)]
    for handler in entry.handlers:
        matching = [name for name in own if name not in entry.hooks and fnmatchcase(name, handler)]
        yield from (name for name in matching if not name.startswith("_"))
        if not matching and handler in entry.provides:
            yield handler


def _verb(text: str) -> str:
    verb = text.upper().strip()
    return verb if verb.isalpha() else ""
