"""What a variable may hold: the abstract values of the assignment graph.

Functions, classes, instances and modules of the program are in `symbols.py`. What comes from outside is known by its
*access path* (`requests.Session().get`), as in the library models. Values are compared by identity; `Values` makes one
of a kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from commlint.program.symbols import Class, Function, Instance, Module

if TYPE_CHECKING:
    from commlint import facts
    from commlint.program.flow import Node
    from commlint.program.sites import Site

# Access paths longer than this say nothing that a model could.
_LONGEST = 8


class External:
    """Something from outside the program.

    Attributes:
        path: Its access path.
        origin: The call that made the object it belongs to, as `requests.Session()`, the last one of several; `None`
            where there was none.
        cls: The class of the program through which it was reached: `View` of `View.as_view`.
        receiver: It was looked up on an instance of `cls` (or on the class itself).
    """

    __slots__ = ("cls", "origin", "path", "steps")

    def __init__(self, path: str, origin: Site | None, cls: Class | None, steps: int) -> None:
        self.path = path
        self.origin = origin
        self.cls = cls
        self.steps = steps

    def makers(self) -> Iterator[Site]:
        """The calls that made the object it belongs to, the last first: `.client("s3")`, then `boto3.Session()`."""
        seen: set[Site] = set()
        origin = self.origin
        while origin is not None and origin not in seen:
            yield origin
            seen.add(origin)
            origin = next((external.origin for external, _ in origin.externals if external.origin is not None), None)


class Bound:
    """A method together with the object it was taken from."""

    __slots__ = ("function", "receiver")

    def __init__(self, function: Function, receiver: Value) -> None:
        self.function = function
        self.receiver = receiver


class Container:
    """A list, tuple, set, dict, generator or future: something that holds other things.

    Attributes:
        elements: What it may hold at no known key.
        keys: What it may hold at constant keys and positions.
        every: What it may hold at all.
        is_data: It holds texts, numbers and the like only.
    """

    __slots__ = ("elements", "every", "is_data", "keys")

    def __init__(self) -> None:
        self.elements: Node | None = None
        self.keys: dict[str | int, Node] = {}
        self.every: Node | None = None
        self.is_data = False


class Method:
    """A method of a container: `items.append`."""

    __slots__ = ("container", "name")

    def __init__(self, container: Container, name: str) -> None:
        self.container = container
        self.name = name


class Partial:
    """`functools.partial(target, ...)`: a callable with some arguments given."""

    __slots__ = ("site", "target")

    def __init__(self, target: Value, site: Site) -> None:
        self.target = target
        self.site = site


class Super:
    """`super()`: the receiver, looked at from above a class."""

    __slots__ = ("cls", "receiver")

    def __init__(self, cls: Class, receiver: Class | Instance) -> None:
        self.cls = cls
        self.receiver = receiver


class Package:
    """A folder of the program that is imported though it has no `__init__.py`, or one with a path below it."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path


Value: TypeAlias = (
    Function | Class | Instance | Module | External | Bound | Container | Method | Partial | Super | Package
)


class Values:
    """Makes values, each only once."""

    def __init__(self) -> None:
        self._externals: dict[tuple[str, Site | None, Class | None], External] = {}
        self._bound: dict[tuple[Function, Value], Bound] = {}
        self._containers: dict[object, Container] = {}
        self._methods: dict[tuple[Container, str], Method] = {}
        self._partials: dict[tuple[Value, Site], Partial] = {}
        self._supers: dict[tuple[Class, Class | Instance], Super] = {}
        self._packages: dict[str, Package] = {}

    def external(
        self, path: str, origin: Site | None = None, cls: Class | None = None, steps: int = 1
    ) -> External | None:
        """The thing at an access path; `None` where the path has become too long to mean anything."""
        if steps > _LONGEST:
            return None
        key = (path, origin, cls)
        value = self._externals.get(key)
        if value is None:
            value = self._externals[key] = External(path, origin, cls, steps)
        return value

    def bound(self, function: Function, receiver: Value) -> Bound:
        """A method taken from an object."""
        key = (function, receiver)
        if (value := self._bound.get(key)) is None:
            value = self._bound[key] = Bound(function, receiver)
        return value

    def container(self, maker: facts.Expr | tuple[object, str]) -> Container:
        """What a display, comprehension or call makes; the same for the same maker."""
        if (value := self._containers.get(maker)) is None:
            value = self._containers[maker] = Container()
        return value

    def method(self, container: Container, name: str) -> Method:
        """A container's method."""
        key = (container, name)
        if (value := self._methods.get(key)) is None:
            value = self._methods[key] = Method(container, name)
        return value

    def partial(self, target: Value, site: Site) -> Partial:
        """A callable with the arguments of a call of `functools.partial`."""
        key = (target, site)
        if (value := self._partials.get(key)) is None:
            value = self._partials[key] = Partial(target, site)
        return value

    def super(self, cls: Class, receiver: Class | Instance) -> Super:
        """`super()` in a method of `cls`."""
        key = (cls, receiver)
        if (value := self._supers.get(key)) is None:
            value = self._supers[key] = Super(cls, receiver)
        return value

    def package(self, path: str) -> Package:
        """A folder as a package."""
        if (value := self._packages.get(path)) is None:
            value = self._packages[path] = Package(path)
        return value
