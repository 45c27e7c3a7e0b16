"""Loops around calls, and what they are for: only one over data is an N+1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum

import msgspec

from commlint import facts
from commlint.finding import Location
from commlint.program.code import last_name, names_in, render, target_names, walk
from commlint.program.constants import argument_for, passed_on, positional
from commlint.program.flow import Linker
from commlint.program.remote import RemoteCall
from commlint.program.sites import Frame, Site
from commlint.program.symbols import Class, Function, Imported, Scope, Symbols
from commlint.program.values import External

# A loop over no more than this many literal elements is a fixed list of things to do.
FEW = 3
# How far a URL is followed to what it begins with.
_DEEPEST = 24
# How far a collection is followed to how many elements it has.
_FARTHEST = 6


class Kind(Enum):
    """What a loop is for."""

    DATA = "over data"
    HOSTS = "over data, with another host or an early exit per element"
    CONSTANT = "over a few literals"
    ATTEMPTS = "again until it works, or elsewhere until one works"
    PAGES = "page by page"
    CHUNKS = "a chunk at a time"
    MESSAGES = "the main loop of a consumer"
    WAITING = "until something is so"


class Bound(msgspec.Struct, frozen=True):
    """How many elements something has at most.

    Attributes:
        most: The number.
        written: They are written out in the code, so that there are not more of them with more data.
    """

    most: int
    written: bool


class Loop(msgspec.Struct, frozen=True):
    """A loop around a call.

    Attributes:
        kind: What it is for.
        text: How a reader would say it: `for line in order.lines`.
        over: What it goes over, as written; empty for `while`.
        location: Where it begins.
        names: The names that stand for the element.
        bound: How many elements there are at most, where the code says so.
        body: Where in the loop's block the call is; `None` for a comprehension, or a call that calls it.
    """

    kind: Kind
    text: str
    over: str
    location: Location
    names: frozenset[str] = frozenset()
    bound: Bound | None = None
    body: Frame | None = None


_WRAPPING = frozenset(
    {
        "enumerate",
        "list",
        "tuple",
        "set",
        "sorted",
        "reversed",
        "iter",
        "zip",
        "tqdm",
        "items",
        "values",
        "keys",
        "as_completed",
    }
)
_CHUNK_MAKERS = frozenset({"batched", "chunked", "ichunked", "chunks", "batches", "sliced", "grouper", "array_split"})
_CHUNKS = frozenset({"chunk", "chunks", "batch", "batches", "window", "slice"})
_PAGES = frozenset({"page", "pages", "offset", "cursor", "page_num", "page_number", "page_no", "skip", "start"})
_MESSAGES = frozenset({"message", "msg", "messages", "delivery", "event", "envelope", "notification_message"})
_CONSUMING = frozenset(
    {"consumer", "subscriber", "subscription", "receiver", "listener", "listen", "consume", "iterator", "queue"}
)
_ATTEMPTS = frozenset({"attempt", "attempts", "retry", "retries", "tries", "try_", "_try", "trial"})
_ADDING = frozenset({"append", "extend", "add", "update", "insert", "setdefault"})
_TAKING = frozenset({"pop", "popleft", "popitem", "get_nowait"})
_BAD_ATTRIBUTES = frozenset({"is_error", "is_client_error", "is_server_error", "error", "errors"})


class Loops:
    """Finds the loops around calls and tells what they are for."""

    def __init__(self, symbols: Symbols, linker: Linker) -> None:
        self._symbols = symbols
        self._linker = linker
        # Collections that are added to somewhere: what they begin with says nothing of their size.
        self._grown: set[tuple[Scope, str]] = set()
        for site in linker.sites:
            func = site.call.func
            if isinstance(func, facts.Attr) and func.name in _ADDING and isinstance(func.value, facts.Name):
                if (owner := site.function.scope.owner_of(func.value.id)) is not None:
                    self._grown.add((owner, func.value.id))

    def around(self, site: Site) -> list[Loop]:
        """The loops that repeat a call within its function, the innermost first."""
        return list(self._around(site))

    def per_element(self, site: Site) -> Loop | None:
        """The loop that a call is by itself: `map(fetch, ids)`."""
        for target, via in site.targets.items():
            if via is not None and via.per_element and via.callable and target.name != "<lambda>":
                return self._of_callback(site)
        if any(via is not None and via.per_element for via in site.targets.values()):
            return None
        for external, _ in site.externals:
            callback = self._linker.models.callback(external.path)
            if callback is not None and callback.per_element and self._maps_a_client(site):
                return self._of_callback(site)
        return None

    def around_body(self, function: Function) -> Loop | None:
        """The loop that calls a lambda once per element, or a hook once per row."""
        for site in function.callers:
            via = site.targets.get(function)
            if via is not None and via.per_element and (function.name == "<lambda>" or not via.callable):
                return self._of_callback(site)
        return None

    def varies(self, site: Site) -> bool:
        """Whether it is another function that a loop calls for each element: `for check in checks: check(order)`."""
        elements = {name for loop in self.around(site) for name in loop.names}
        func = site.call.func
        if isinstance(func, facts.Attr):
            return isinstance(func.value, facts.Name) and func.value.id in elements and len(site.targets) > 1
        if not isinstance(func, facts.Name):
            return isinstance(func, facts.Subscript) and bool(elements & set(names_in(func.index)))
        owner = site.function.scope.owner_of(func.id)
        chosen = None if owner is None else owner.bindings.get(func.id)
        if isinstance(chosen, facts.Call) and last_name(chosen) in ("get", "getattr"):
            return bool(elements & {name for arg in chosen.args for name in names_in(arg)})
        return func.id in elements or (
            isinstance(chosen, facts.Subscript) and bool(elements & set(names_in(chosen.index)))
        )

    def names_host(self, site: Site, below: tuple[Site, ...], remote: RemoteCall) -> bool:
        """Whether a repeated call goes to another host for each element: what its URL begins with is the element's.

        Args:
            site: The call in the loop.
            below: The calls from there down to the remote call, if that is another.
            remote: The remote call.
        """
        elements = {name for loop in self.around(site) for name in loop.names}
        callers = [site, *below[:-1]][::-1] if below else []
        expr = remote.url
        function = remote.site.function
        for _ in range(_DEEPEST):
            if expr is None:
                return False
            match expr:
                case facts.Format():
                    expr = expr.parts[0] if expr.parts else None
                case facts.Binary():
                    # `"%s/health" % host`
                    text = expr.left.value if isinstance(expr.left, facts.Const) else None
                    expr = expr.right if isinstance(text, str) and text.startswith("%s") else expr.left
                case facts.Sequence():
                    expr = expr.items[0] if expr.items else None
                case facts.Subscript() if callers and (position := passed_on(expr, function)) is not None:
                    caller = callers.pop(0)
                    expr = positional(caller, position)
                    function = caller.function
                case facts.Attr() | facts.Subscript() if _is_address_of_record(expr, function):
                    return True
                case facts.Attr() | facts.Subscript() | facts.Await():
                    expr = expr.value
                case facts.Call(func=facts.Attr(value=facts.Const(value=str() as text), name="format")):
                    expr = expr.args[0] if text.startswith("{") and expr.args else None
                case facts.Call(func=facts.Attr() as method) if method.name in ("rstrip", "strip", "get", "format"):
                    expr = method.value
                case facts.Call():
                    expr = expr.args[0] if expr.args else None
                case facts.Name():
                    if function is site.function and expr.id in elements:
                        return True
                    owner = function.scope.owner_of(expr.id)
                    binding = None if owner is None else owner.bindings.get(expr.id)
                    if isinstance(binding, facts.Expr):
                        expr = binding
                    elif (
                        owner is function.scope and callers and any(p.name == expr.id for p in function.fact.parameters)
                    ):
                        caller = callers.pop(0)
                        expr = argument_for(caller, function, expr.id)
                        function = caller.function
                    else:
                        return False
                case _:
                    return False
        return False

    def _maps_a_client(self, site: Site) -> bool:
        return any(
            isinstance(value, External) and bool(self._linker.models.clients(value.path))
            for node, _ in site.arguments[:1]
            for value in (node.values if node is not None else ())
        )

    def _of_callback(self, site: Site) -> Loop:
        # `sorted(items, key=f)` has the elements first, `map(f, items)` second, `executor.map` likewise.
        keyed = any(keyword.name == "key" for keyword in site.call.keywords)
        args = [arg.value if isinstance(arg, facts.Star) else arg for arg in site.call.args]
        over = args[0] if keyed and args else args[1] if len(args) > 1 else facts.Other(())
        bound = self.bound(over, site.function.scope)
        kind = Kind.CONSTANT if bound is not None and bound.most <= FEW else Kind.DATA
        return Loop(kind, f"{site.name}(...)", render(over), site.location, bound=bound)

    def _around(self, site: Site) -> Iterator[Loop]:
        for comprehension in reversed(site.comprehensions):
            clause = comprehension.clauses[-1]
            kind = self._for_kind(clause.target, clause.iterable, None, site)
            text = " ".join(f"for {render(c.target)} in {render(c.iterable)}" for c in comprehension.clauses)
            names = frozenset(name for c in comprehension.clauses for name in target_names(c.target))
            location = Location(site.function.module.path, comprehension.line or site.call.line)
            bound = self._product(comprehension, site.function.scope)
            yield Loop(kind, text, render(clause.iterable), location, names, bound)
        path = site.function.module.path
        for frame in site.frames():
            parent = frame.parent
            if parent is None or frame.role != "body":
                continue
            statement = parent.statement
            if isinstance(statement, facts.For):
                kind = self._for_kind(statement.target, statement.iterable, (statement.body, frame), site)
                text = f"for {render(statement.target)} in {render(statement.iterable)}"
                names = frozenset(target_names(statement.target))
                bound = self.bound(statement.iterable, site.function.scope)
                location = Location(path, statement.line)
                yield Loop(kind, text, render(statement.iterable), location, names, bound, frame)
            elif isinstance(statement, facts.While):
                kind = self._while_kind(statement, frame, site)
                yield Loop(kind, f"while {render(statement.test)}", "", Location(path, statement.line), body=frame)

    # --- for ----------------------------------------------------------------------------------------------------------

    def _for_kind(
        self, target: facts.Expr, iterable: facts.Expr, body: tuple[facts.Block, Frame] | None, site: Site
    ) -> Kind:
        scope = site.function.scope
        names = set(target_names(target))
        bound = self.bound(iterable, scope)
        if (bound is not None and bound.most <= FEW) or _is_for_one(site, names):
            return Kind.CONSTANT
        if self._attempts(iterable, site):
            return Kind.ATTEMPTS
        if names & _CHUNKS or any(
            n.endswith(("_chunk", "_batch")) or n.startswith(("chunk_", "batch_")) for n in names
        ):
            return Kind.CHUNKS
        made_by = last_name(iterable) if isinstance(iterable, facts.Call) else ""
        if made_by in _CHUNK_MAKERS or made_by.endswith(("_batches", "_chunks")):
            return Kind.CHUNKS
        if names & _MESSAGES and (body is None or _consumes(iterable)):
            return Kind.MESSAGES
        if made_by == "range" and isinstance(iterable, facts.Call):
            return self._range_kind(iterable, names, body, site)
        if names & _PAGES or _asks_for_a_page(site, names):
            return Kind.PAGES
        if names & _ATTEMPTS:
            return Kind.ATTEMPTS
        if body is not None and _is_buffer(site, body[0]):
            return Kind.CHUNKS
        if body is not None and _renews(site, iterable):
            return Kind.ATTEMPTS
        if body is not None:
            leaving = _leaves(site, body[1])
            if leaving == "always":
                return Kind.ATTEMPTS
            if leaving == "by answer" or _is_for_one_kind(site, names, body[0]):
                return Kind.HOSTS
        return Kind.DATA

    def _range_kind(
        self, call: facts.Call, names: set[str], body: tuple[facts.Block, Frame] | None, site: Site
    ) -> Kind:
        if len(call.args) == 3:
            return Kind.CHUNKS
        # `for i in range(len(items))` goes over items; over a plain number it counts attempts or pages.
        counted = call.args[-1] if call.args else facts.Other(())
        if isinstance(counted, facts.Call) and last_name(counted) == "len":
            if body is not None and _leaves(site, body[1]) == "always":
                return Kind.ATTEMPTS
            return Kind.DATA
        if body is not None and any(_indexed_by(statement, names) for statement in body[0]):
            return Kind.DATA
        return Kind.PAGES

    def _attempts(self, iterable: facts.Expr, site: Site) -> bool:
        call = self._linker.by_call.get(iterable) if isinstance(iterable, facts.Call) else None
        values = call.callee.values if call is not None and call.callee is not None else ()
        return any(
            isinstance(value, External) and bool(self._linker.models.guard_iterators(value.path)) for value in values
        ) or (isinstance(iterable, facts.Name) and self._iterator_named(iterable, site))

    def _iterator_named(self, iterable: facts.Name, site: Site) -> bool:
        owner = site.function.scope.owner_of(iterable.id)
        node = None if owner is None else owner.variables.get(iterable.id)
        return any(
            isinstance(value, External) and bool(self._linker.models.guard_iterators(value.path))
            for value in (node.values if node is not None else ())
        )

    def bound(self, iterable: facts.Expr, scope: Scope, depth: int = 0) -> Bound | None:
        """How many elements something has at most, where the code says so: a literal, a slice, what is made of them.

        Args:
            iterable: What is gone through.
            scope: Where.
            depth: How far it has been followed.
        """
        if depth > _FARTHEST:
            return None
        match iterable:
            case facts.Sequence() | facts.Mapping():
                starred = any(isinstance(item, facts.Star) for item in iterable.items)
                return None if starred else Bound(len(iterable.items), written=True)
            case facts.Call():
                return self._bound_of_call(iterable, scope, depth)
            case facts.Subscript(index=facts.Slice() as cut):
                return _least(_cut(cut), self.bound(iterable.value, scope, depth + 1))
            case facts.Comprehension():
                return self._product(iterable, scope, depth)
            case facts.Conditional():
                return _greater(self.bound(part, scope, depth + 1) for part in (iterable.body, iterable.orelse))
            case facts.Await():
                return self.bound(iterable.value, scope, depth)
            case facts.Name():
                return self._bound_of_name(iterable, scope, depth)
            case facts.Attr() if (resolved := self._constant_elsewhere(iterable, scope)) is not None:
                return self.bound(resolved[0], resolved[1], depth + 1)
            case _:
                return None

    def _product(self, comprehension: facts.Comprehension, scope: Scope, depth: int = 0) -> Bound | None:
        product: Bound | None = Bound(1, written=True)
        for clause in comprehension.clauses:
            each = self.bound(clause.iterable, scope, depth + 1)
            product = each and product and Bound(product.most * each.most, written=product.written and each.written)
        return product

    def _bound_of_call(self, call: facts.Call, scope: Scope, depth: int) -> Bound | None:
        name, args = last_name(call), call.args
        if isinstance(call.func, facts.Attr) and name in ("items", "values", "keys"):
            return self.bound(call.func.value, scope, depth + 1)
        if name in _WRAPPING:
            bounds = [bound for arg in args if (bound := self.bound(arg, scope, depth + 1)) is not None]
            return min(bounds, key=lambda bound: bound.most, default=None)
        if name == "range" and len(args) == 1 and isinstance(count := _number(args[0]), int):
            return Bound(count, written=True)
        if name in ("islice", "sample") and len(args) == 2 and isinstance(count := _number(args[1]), int):
            return Bound(count, written=False)
        if name in ("most_common", "nlargest", "nsmallest") and args and isinstance(count := _number(args[0]), int):
            return Bound(count, written=False)
        site = self._linker.by_call.get(call)
        if site is None or site.externals or not site.targets or any(via is not None for via in site.targets.values()):
            return None
        return _greater(self._bound_of_result(target, depth + 1) for target in site.targets)

    def _bound_of_result(self, function: Function, depth: int) -> Bound | None:
        """How many elements what a function returns has at most."""
        if function.fact.is_generator or depth > _FARTHEST:
            return None
        returned = [s.value for s in walk(function.fact.body) if isinstance(s, facts.Return) and s.value is not None]
        plain = [v for v in returned if not (isinstance(v, facts.Const) and v.value is None)]
        return _greater(self.bound(value, function.scope, depth) for value in plain)

    def _bound_of_name(self, name: facts.Name, scope: Scope, depth: int) -> Bound | None:
        owner = scope.owner_of(name.id)
        if owner is None or name.id in owner.rebound or (owner, name.id) in self._grown:
            return None
        binding = owner.bindings.get(name.id)
        function = owner.function
        if owner.kind == "function" and any(p.name == name.id for p in function.fact.parameters):
            return _greater(self.passed_bound(caller, function, name.id, depth + 1) for caller in function.callers)
        if isinstance(binding, facts.Sequence | facts.Mapping):
            # One that starts empty is filled later.
            return self.bound(binding, owner, depth + 1) if binding.items else None
        if isinstance(binding, facts.Expr):
            return self.bound(binding, owner, depth + 1)
        resolved = self._constant_elsewhere(name, scope)
        return None if resolved is None else self.bound(resolved[0], resolved[1], depth + 1)

    def passed_bound(self, site: Site, function: Function, name: str, depth: int = 0) -> Bound | None:
        """How many elements what a call passes for a parameter has at most."""
        argument = argument_for(site, function, name)
        return None if argument is None else self.bound(argument, site.function.scope, depth)

    def with_few(self, site: Site) -> frozenset[Site]:
        """The calls of a call's function that pass it only a few elements for the parameter that a loop goes over."""
        function = site.function
        statements = [f.parent.statement for f in site.frames() if f.parent is not None and f.role == "body"]
        over = [clause.iterable for comprehension in site.comprehensions for clause in comprehension.clauses]
        over += [statement.iterable for statement in statements if isinstance(statement, facts.For)]
        names = {expr.id for expr in over if isinstance(expr, facts.Name) and expr.id not in function.scope.rebound}
        asked = [p.name for p in function.fact.parameters if p.name in names]
        return frozenset(
            caller
            for caller in function.callers
            for name in asked
            if (bound := self.passed_bound(caller, function, name)) is not None and bound.most <= FEW
        )

    def _constant_elsewhere(self, expr: facts.Expr, scope: Scope) -> tuple[facts.Expr, Scope] | None:
        """The literal that an imported name or class attribute stands for."""
        if isinstance(expr, facts.Name):
            owner = scope.owner_of(expr.id)
            binding = None if owner is None else owner.bindings.get(expr.id)
            if isinstance(binding, Imported) and binding.statement.is_from:
                module = self._symbols.imports.find(binding.module, binding.statement.module, binding.statement.level)
                value = None if module is None else module.scope.bindings.get(binding.alias.name)
                if module is not None and isinstance(value, facts.Sequence | facts.Mapping) and value.items:
                    return value, module.scope
        if isinstance(expr, facts.Attr) and isinstance(expr.value, facts.Name):
            function = scope.function
            base = self._symbols.resolve(expr.value, scope)
            cls = base if isinstance(base, Class) else None
            if cls is None and function.owner is not None and expr.value.id in ("self", "cls"):
                cls = function.owner
            value = None if cls is None else cls.scope.bindings.get(expr.name)
            if cls is not None and isinstance(value, facts.Sequence | facts.Mapping) and value.items:
                return value, cls.scope
        return None

    # --- while --------------------------------------------------------------------------------------------------------

    def _while_kind(self, statement: facts.While, body: Frame, site: Site) -> Kind:
        """A `while` is over data where each round takes an element out of a collection that it empties."""
        tested = set(names_in(statement.test))
        for inner in walk(statement.body):
            value = inner.value if isinstance(inner, facts.Assign | facts.Annotated) else None
            if isinstance(value, facts.Await):
                value = value.value
            if not isinstance(value, facts.Call) or not isinstance(value.func, facts.Attr):
                continue
            taken_from = value.func.value
            if value.func.name in _TAKING and isinstance(taken_from, facts.Name) and taken_from.id in tested:
                return Kind.ATTEMPTS if _leaves(site, body) == "always" else Kind.DATA
        return Kind.WAITING


def _number(expr: facts.Expr) -> int | None:
    value = expr.value if isinstance(expr, facts.Const) else None
    return value if isinstance(value, int) and value >= 0 else None


def _cut(cut: facts.Slice) -> Bound | None:
    """How many elements a slice leaves at most: `[:20]`."""
    start = 0 if cut.lower is None else _number(cut.lower)
    end = None if cut.upper is None else _number(cut.upper)
    return None if start is None or end is None else Bound(max(end - start, 0), written=False)


def _least(first: Bound | None, second: Bound | None) -> Bound | None:
    known = [bound for bound in (first, second) if bound is not None]
    return min(known, key=lambda bound: bound.most, default=None)


def _greater(bounds: Iterable[Bound | None]) -> Bound | None:
    """The greatest of several bounds; `None` where one is not known, or where there is none."""
    found = list(bounds)
    known = [bound for bound in found if bound is not None]
    if not known or len(known) < len(found):
        return None
    return Bound(max(bound.most for bound in known), written=all(bound.written for bound in known))


def _is_address_of_record(expr: facts.Attr | facts.Subscript, function: Function) -> bool:
    """Whether a URL is read from a piece of data (`feed.url`, `row["link"]`), which has a host of its own."""
    index = expr.name if isinstance(expr, facts.Attr) else getattr(expr.index, "value", None)
    if (
        not isinstance(index, str)
        or index.rpartition("_")[2] not in _ADDRESSES
        or not isinstance(expr.value, facts.Name)
    ):
        return False
    name = expr.value.id
    parameters = function.fact.parameters
    own = function.owner is not None and bool(parameters) and parameters[0].name == name
    return function.scope.owner_of(name) is function.scope and not own and not name.endswith(_CONFIGURATION)


_ADDRESSES = frozenset({"url", "uri", "link", "href"})
_CONFIGURATION = ("config", "settings", "conf", "cfg", "options", "opts", "env")


def _consumes(iterable: facts.Expr) -> bool:
    """Whether the elements come from a broker, by the names of things."""
    return any(word in name.lower() for name in names_in(iterable) for word in _CONSUMING | _MESSAGES)


def _indexed_by(statement: facts.Stmt, names: set[str]) -> bool:
    """Whether a statement has `items[i]` for one of the names."""
    todo: list[object] = [statement]
    while todo:
        current = todo.pop()
        if isinstance(current, facts.Subscript) and isinstance(current.index, facts.Name) and current.index.id in names:
            return True
        if isinstance(current, tuple):
            todo.extend(current)
        elif hasattr(current, "__struct_fields__"):
            todo.extend(getattr(current, field) for field in current.__struct_fields__)
    return False


def _renews(site: Site, iterable: facts.Expr) -> bool:
    """Whether a call replaces what is looked through: `for error in result["errors"]: ... result = fetch()`."""
    statement = site.frame.statement if site.frame is not None else None
    if not isinstance(statement, facts.Assign):
        return False
    renewed = {target.id for target in statement.targets if isinstance(target, facts.Name)}
    return bool(renewed & set(names_in(iterable)))


def _asks_for_a_page(site: Site, names: set[str]) -> bool:
    """Whether a call is given the page or offset of a loop's variable: `list_users(offset=page.offset)`."""
    given = (*site.call.args, *(keyword.value for keyword in site.call.keywords))
    return any(
        isinstance(value, facts.Attr)
        and value.name in _PAGES
        and isinstance(value.value, facts.Name)
        and value.value.id in names
        for value in given
    )


def _leaves(site: Site, body: Frame) -> str:
    """How a loop is left once a call in it has been made: `always`, `by answer` (where that pleases), or not at all.

    Args:
        site: The call.
        body: The frame of the statement of the loop's body that the call is in.
    """
    answers: set[str] = set()
    # From the call's own statement outwards to the loop's body, and what follows in each block.
    for frame in site.frames():
        statement = frame.statement
        if isinstance(statement, facts.Return):
            return "always"
        answers.update(_bound_by(statement))
        if frame is site.frame and isinstance(statement, facts.If) and _is_pleased(statement.test):
            if any(_leaves_by(inner) for inner in statement.body):
                return "by answer"
        following = list(frame.block[frame.index + 1 :])
        if isinstance(statement, facts.Try) and frame is not site.frame:
            following[:0] = statement.orelse
        for later in following:
            if _leaves_by(later):
                return "always"
            if isinstance(later, facts.Jump | facts.Raise):
                return ""
            if isinstance(later, facts.Assign) and answers & set(names_in(later.value)):
                answers.update(_bound_by(later))
            if isinstance(later, facts.If) and answers & set(names_in(later.test)) and _is_pleased(later.test):
                if any(_leaves_by(inner) for inner in later.body):
                    return "by answer"
        if frame is body:
            break
    return ""


def _is_for_one(site: Site, names: set[str]) -> bool:
    """Whether a call in a loop is made only for the element that equals a constant: `if scope == "public" and ...`."""
    for frame in site.frames():
        parent = frame.parent
        tests = [frame.statement.test] if frame is site.frame and isinstance(frame.statement, facts.If) else []
        if parent is not None and isinstance(parent.statement, facts.If) and frame.role == "body":
            tests.append(parent.statement.test)
        for test in tests:
            for part in test.values if isinstance(test, facts.Boolean) and test.op == "and" else (test,):
                if (
                    isinstance(part, facts.Compare)
                    and part.ops == ("==",)
                    and isinstance(part.left, facts.Name)
                    and part.left.id in names
                    and isinstance(part.rights[0], facts.Const)
                ):
                    return True
    return False


def _is_for_one_kind(site: Site, names: set[str], body: facts.Block) -> bool:
    """Whether a loop chooses by its element what to call: `if name == "a": ... elif name == "b": ...`.

    A branch of it is for the elements of one kind, of which there may be just one.
    """
    chosen = set(_chosen_by(site))
    if not chosen:
        return False
    told = set(names)
    for statement in body:
        if isinstance(statement, facts.Assign) and told & set(names_in(statement.value)):
            told.update(name for target in statement.targets for name in target_names(target))
    return bool(chosen & told)


def _chosen_by(site: Site) -> Iterator[str]:
    """The names by whose text one of several branches with a call is chosen."""
    for frame in site.frames():
        parent = frame.parent
        if parent is None or not isinstance(parent.statement, facts.If) or frame.role != "body":
            continue
        test, others = parent.statement.test, parent.statement.orelse
        following = others[0].test if len(others) == 1 and isinstance(others[0], facts.If) else None
        before = parent.parent.statement if parent.role == "orelse" and parent.parent is not None else None
        earlier = before.test if isinstance(before, facts.If) and len(parent.block) == 1 else None
        asked = [_equals(each) for each in (test, following or earlier) if each is not None]
        if len(asked) == 2 and asked[0] and asked[0] == asked[1]:
            yield asked[0]


def _equals(test: facts.Expr) -> str:
    """The name that a test compares with a text; empty where it does something else."""
    plain = isinstance(test, facts.Compare) and test.ops == ("==",) and isinstance(test.rights[0], facts.Const)
    return last_name(test.left) if plain and isinstance(test, facts.Compare) else ""


def _is_buffer(site: Site, body: facts.Block) -> bool:
    """Whether a call in a loop sends what several turns have gathered: a list that is added to, sent, and emptied."""
    passed = {
        arg.id for arg in (*site.call.args, *(k.value for k in site.call.keywords)) if isinstance(arg, facts.Name)
    }
    added, emptied = set(), set()
    for statement in walk(body):
        if isinstance(statement, facts.Evaluate) and isinstance(call := statement.value, facts.Call):
            if isinstance(call.func, facts.Attr) and isinstance(call.func.value, facts.Name):
                if call.func.name in ("append", "add", "extend"):
                    added.add(call.func.value.id)
                elif call.func.name == "clear":
                    emptied.add(call.func.value.id)
        elif isinstance(statement, facts.Assign):
            if isinstance(statement.value, facts.Sequence | facts.Mapping) and not statement.value.items:
                emptied.update(name for target in statement.targets for name in target_names(target))
    return bool(passed & added & emptied)


def _leaves_by(statement: facts.Stmt) -> bool:
    return isinstance(statement, facts.Return) or (isinstance(statement, facts.Jump) and statement.kind == "break")


def _bound_by(statement: facts.Stmt) -> Iterator[str]:
    """The names that a statement itself binds."""
    if isinstance(statement, facts.Assign):
        for target in statement.targets:
            yield from target_names(target)
    elif isinstance(statement, facts.With):
        for item in statement.items:
            if item.target is not None:
                yield from target_names(item.target)


def _is_pleased(test: facts.Expr) -> bool:
    """Whether a test asks for a good answer: `r.ok`, `r.status_code == 200`, `data`; not `r.status_code != 200`."""
    match test:
        case facts.Not():
            return False
        case facts.Compare():
            right = test.rights[0]
            if isinstance(right, facts.Const) and type(right.value) is int:
                good = 200 <= right.value < 400
                return (test.ops[0] in ("==", "<", "<=") and good) or (test.ops[0] == "<" and right.value == 400)
            if isinstance(right, facts.Const) and right.value is None:
                return test.ops[0] == "is not"
            return test.ops[0] in ("==", "in")
        case facts.Boolean():
            return any(_is_pleased(value) for value in test.values)
        case facts.Attr():
            return test.name not in _BAD_ATTRIBUTES
        case _:
            return True
