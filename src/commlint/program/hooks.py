"""What libraries call by themselves: hooks of the program's classes, and receivers of signals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from commlint import facts
from commlint.catalogue.models import Callback, Hook
from commlint.program.sites import Site, select
from commlint.program.symbols import Class, Function, Instance
from commlint.program.values import Bound, Container, External, Value

if TYPE_CHECKING:
    from commlint.program.flow import Linker, Node

_FIELD = "{field}"

# A signal: its access path, and its name or the call that made it.
_Key: TypeAlias = tuple[str, Site | str | None]


class Hooks:
    """Adds the calls that nobody writes to the graph."""

    def __init__(self, linker: Linker) -> None:
        self._linker = linker
        self._receivers: dict[_Key, list[tuple[Node | None, Node | None]]] = defaultdict(list)
        self._sent: dict[_Key, list[tuple[Site, Class | None]]] = defaultdict(list)

    def made(self, site: Site, cls: Class) -> None:
        """An object of a class of the program is made."""
        for base in cls.mro:
            for hook in self._linker.models.hooks(base) if isinstance(base, str) else ():
                if hook.of == "class":
                    self._call(site, hook, cls)

    def called(self, site: Site, value: External) -> None:
        """Something of a library is called."""
        models = self._linker.models
        special = self._linker.symbols.special
        for hook in models.hooks(value.path):
            if all(name.startswith("__") and name not in special for name in hook.hooks):
                continue
            self.meant(site, value, hook.of, lambda cls, hook=hook: self._call(site, hook, cls))  # type: ignore[misc]
        for path in models.sent_by(value.path):
            self._send((path, None), site, value.cls)
        path, _, method = value.path.rpartition(".")
        if (signal := models.signal(path)) is not None:
            if method in signal.sending:
                self._send(self._key(path, value), site, None)
            elif method in signal.connecting and (receiver := self._selected(site, signal.receiver)) is not None:
                self._connect(self._key(path, value), receiver, self._selected(site, signal.sender))

    def applied(self, value: External, around: Node) -> None:
        """Something of a library decorates what a node may hold."""
        models, maker = self._linker.models, value.origin
        path, _, method = value.path.removesuffix("()").rpartition(".")
        if (signal := models.signal(path)) is not None and method in signal.connecting:
            # `@order_placed.connect`
            self._connect(self._key(path, value), around, None)
        decorator = models.signal_decorator(value.path.removesuffix("()"))
        if decorator is not None and maker is not None:
            sender = self._selected(maker, decorator.sender)
            self._linker.use(self._selected(maker, decorator.signal), lambda v: self._connect_all(v, around, sender))

    def inherited(self, cls: Class) -> Iterator[str]:
        """The handlers of entry points that a class leaves to a library and that call hooks of its own classes."""
        models = self._linker.models
        written = {name for base in cls.mro if isinstance(base, Class) for name in base.scope.names}
        found: dict[str, None] = {}
        for base in cls.mro:
            for entry in models.entry_base(base) if isinstance(base, str) else ():
                for name in entry.handlers:
                    if name not in written and models.hooks(models.canonical(f"{base}().{name}")):
                        found[name] = None
        yield from found

    def meant(self, site: Site, value: Value, of: str, use: Callable[[Class], None]) -> None:
        """Does something with each class that a call is about.

        Args:
            site: The call.
            value: What it calls.
            of: Place of the class.
            use: What is done.
        """

        def take(held: Value) -> None:
            cls = held.cls if isinstance(held, External | Instance) else held
            if isinstance(cls, Class):
                use(cls)

        linker = self._linker
        for place in of.split("|"):
            if place == "class":
                take(value)
            elif not place.startswith("class."):
                linker.use(self._selected(site, place), take)
            elif isinstance(value, External) and value.cls is not None:
                kind, _, name = place.removeprefix("class.").partition(":")
                held = next((b for b in value.cls.mro if isinstance(b, Class) and name in b.scope.names), None)
                binding = None if held is None else held.scope.bindings.get(name)
                if held is not None and kind == "attr":
                    linker.use(linker.variable(held.scope, name), take)
                elif isinstance(binding, Function):
                    linker.use(linker.returned(binding), take)

    # --- hooks --------------------------------------------------------------------------------------------------------

    def _call(self, site: Site, hook: Hook, cls: Class) -> None:
        if not hook.given or select(site.call, hook.given) is not None:
            self._call_all(site, hook, cls, per_row=_says(hook.rows, site.call), seen=set())

    def _call_all(self, site: Site, hook: Hook, cls: Class, *, per_row: bool, seen: set[Class]) -> None:
        linker = self._linker
        seen.add(cls)
        via = Callback(functions=hook.functions, callable="", per_element=per_row, returns=False)
        for name in _methods(cls, hook.hooks):
            node = linker.member_of(cls.instance, name)
            linker.use(node, lambda v: linker.reach(site, v, via) if isinstance(v, Bound) else None)
        for field in _assigned(cls):
            made = linker.symbols.resolve(field.func, cls.scope)
            if isinstance(made, Class) and made not in seen and hook in self._of(made):
                self._call_all(site, hook, made, per_row=per_row or _says(hook.rows, field), seen=seen)

    def _of(self, cls: Class) -> Iterator[Hook]:
        for base in cls.mro:
            if isinstance(base, str):
                yield from self._linker.models.hooks(base)

    # --- signals ------------------------------------------------------------------------------------------------------

    def _key(self, path: str, value: External) -> _Key:
        signal, maker = self._linker.models.signal(path), value.origin
        name = None if signal is None or maker is None else select(maker.call, signal.name)
        return path, name.value if isinstance(name, facts.Const) and isinstance(name.value, str) else maker

    def _connect_all(self, value: Value, receiver: Node, sender: Node | None) -> None:
        if isinstance(value, External):
            self._connect(self._key(value.path, value), receiver, sender)
        elif isinstance(value, Container):
            self._linker.use(self._linker.every(value), lambda v: self._connect_all(v, receiver, sender))

    def _connect(self, key: _Key, receiver: Node | None, sender: Node | None) -> None:
        self._receivers[key].append((receiver, sender))
        for site, cls in self._sent[key]:
            self._tell(site, cls, receiver, sender)

    def _send(self, key: _Key, site: Site, cls: Class | None) -> None:
        self._sent[key].append((site, cls))
        for receiver, sender in self._receivers[key]:
            self._tell(site, cls, receiver, sender)

    def _tell(self, site: Site, cls: Class | None, receiver: Node | None, sender: Node | None) -> None:
        linker = self._linker
        via = Callback(functions=("",), callable="", returns=False)

        def tell() -> None:
            linker.use(receiver, lambda v: linker.reach(site, v, via))

        if sender is None or cls is None:
            tell()
        else:
            linker.use(sender, lambda v: tell() if v in cls.mro else None)

    def _selected(self, site: Site, selector: str) -> Node | None:
        expr = select(site.call, selector)
        return None if expr is None else self._linker.argument(site, expr)


def _says(selector: str, call: facts.Call) -> bool:
    """Whether what is selected is there and true."""
    if selector == "const:True":
        return True
    expr = select(call, selector)
    return expr is not None and not (isinstance(expr, facts.Const) and not expr.value)


def _methods(cls: Class, hooks: tuple[str, ...]) -> Iterator[str]:
    """The names of the hooks that a class has."""
    own = [base for base in cls.mro if isinstance(base, Class)]
    fields = {name for base in own for name in base.scope.names if not _is_definition(base, name)}
    for name in dict.fromkeys(name for base in own for name in base.scope.bindings if _is_definition(base, name)):
        for hook in hooks:
            prefix = hook.removesuffix(_FIELD)
            if name == hook or (prefix != hook and name.startswith(prefix) and name.removeprefix(prefix) in fields):
                yield name


def _assigned(cls: Class) -> Iterator[facts.Call]:
    """The calls whose results the body of a class assigns to names."""
    for base in cls.mro:
        for binding in base.scope.bindings.values() if isinstance(base, Class) else ():
            if isinstance(binding, facts.Call):
                yield binding


def _is_definition(cls: Class, name: str) -> bool:
    return isinstance(cls.scope.bindings.get(name), Function | Class | Instance)
