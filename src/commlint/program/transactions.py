"""Changes of stored data and when they are committed: what comes before a call, and what after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

import msgspec

from commlint import facts
from commlint.catalogue.models import Callback
from commlint.finding import Location
from commlint.program.code import last_name, names_in, render
from commlint.program.constants import words
from commlint.program.flow import Linker, Node
from commlint.program.models import Effect, Models
from commlint.program.sites import Frame, Site
from commlint.program.symbols import Function, Instance
from commlint.program.values import External

_DEEPEST = 5
# What connections and sessions of databases are called, where nothing else is known of them.
_SESSIONS = frozenset({"conn", "connection", "database", "db", "session", "transaction", "uow"})
_CHANGING = frozenset({"delete", "insert", "merge", "update", "upsert"})
# What a row says of itself that has been sent: what sends such rows is the relay of an outbox.
_SENT = frozenset({"delivered", "dispatched", "enqueued", "outbox", "processed", "published", "relay", "sent"})

# What has come of changes: they wait for a commit, or there are none left.
State: TypeAlias = Literal["pending", "clean"]


class Commit(msgspec.Struct, frozen=True, eq=False):
    """What commits changes after a call.

    Attributes:
        location: Where that is said.
        text: What it says.
        encloses: It begins before the call, and commits at its end: a context manager, a decorator, a dependency.
        context: The context manager, where it is one.
    """

    location: Location
    text: str
    encloses: bool = False
    context: facts.Expr | None = None


class Transactions:
    """Answers questions about the order of changes and commits."""

    def __init__(self, linker: Linker, models: Models) -> None:
        self._linker = linker
        self._models = models
        self._effects: dict[Function, tuple[str, ...]] = {}
        self._statements: dict[Function, Mapping[int, list[Site]]] = {}

    # --- around a call ------------------------------------------------------------------------------------------------

    def commit_after(self, site: Site) -> Commit | None:
        """What commits, after a call, what its function has changed before it."""
        function = site.function
        reached = tuple(self._reached(site))
        for frame in site.frames():
            for later in self._following(function, frame) if frame in reached else ():
                if "commit" in self._of_site(later, pivot=site):
                    return Commit(later.location, f"{render(later.call.func)}()")
            parent = frame.parent
            if frame.role == "body" and parent is not None and isinstance(parent.statement, facts.With):
                if (context := self._committing(parent.statement)) is not None:
                    at = (
                        function.location
                        if not isinstance(context, facts.Call)
                        else self._linker.by_call[context].location
                    )
                    return Commit(at, f"with {render(context)}", encloses=True, context=context)
        if (decorator := self._committing_decorator(function)) is not None:
            return Commit(function.location, f"@{render(decorator)}", encloses=True)
        if (given := self._committing_dependency(function)) is not None:
            return Commit(given.location, render(given.call), encloses=True)
        return None

    def before(self, site: Site, commit: Commit) -> State | None:
        """What has come of changes before a call in its function; `None` where there are none.

        Args:
            site: The call.
            commit: What commits them.
        """
        for frame in site.frames():
            for statement in reversed(frame.block[: frame.index]):
                for earlier in reversed(self._sites(site.function).get(id(statement), [])):
                    effects = [
                        effect for effect in self._of_site(earlier, pivot=site) if commit.encloses or effect != "single"
                    ]
                    if effects:
                        return "clean" if effects[-1] == "commit" else "pending"
                if _sets_field(statement):
                    return "pending"
            parent = frame.parent
            if parent is not None and isinstance(parent.statement, facts.With):
                if any(item.context is commit.context for item in parent.statement.items):
                    return None
        return None

    def makes_after(self, site: Site, commit: Commit) -> bool:
        """Whether a call is followed by a change in its function, before that is committed."""
        for frame in self._reached(site):
            for later in self._following(site.function, frame):
                effects = [
                    effect for effect in self._of_site(later, pivot=site) if commit.encloses or effect != "single"
                ]
                if effects:
                    return effects[0] != "commit"
            parent = frame.parent
            if parent is not None and isinstance(parent.statement, facts.With):
                if any(item.context is commit.context for item in parent.statement.items):
                    return False
        return False

    def marks_sent(self, site: Site) -> bool:
        """Whether the function with a call notes afterwards what has been sent, or works on an outbox."""
        function = site.function
        named = [function.name, function.module.path, function.owner.name if function.owner is not None else ""]
        if any({"outbox", "relay"} & set(words(name)) for name in named):
            return True
        for frame in site.frames():
            parent = frame.parent
            if parent is not None and isinstance(parent.statement, facts.For):
                if {"outbox"} & set(_words(parent.statement.iterable)):
                    return True
            for statement in frame.block[frame.index + 1 :]:
                for target in statement.targets if isinstance(statement, facts.Assign) else ():
                    if isinstance(target, facts.Attr) and _SENT & set(words(target.name)):
                        return True
            for one in self._following(function, frame):
                if _SENT & set(_words(one.call)):
                    return True
        return False

    def is_changing(self, function: Function) -> bool:
        """Whether a function changes stored data, by itself or by what it calls."""
        return bool(self.effects(function))

    def runs_after(self, via: Callback | None) -> bool:
        """Whether what is handed over in a way runs only after the commit."""
        return via is not None and any(self._models.effect(path) == "after" for path in via.functions)

    # --- what calls do ------------------------------------------------------------------------------------------------

    def effects(self, function: Function, depth: int = 0) -> tuple[str, ...]:
        """The changes and commits of a function in their order, those of what it calls included."""
        if (known := self._effects.get(function)) is not None:
            return known
        if depth > _DEEPEST:
            return ()
        self._effects[function] = ()
        found: list[str] = []
        for site in function.sites:
            if not any(frame.role == "handler" for frame in site.frames()):
                found += self._of_site(site, depth + 1)
        if found and self._committing_decorator(function) is not None:
            found.append("commit")
        # Of a run of equal effects one tells as much.
        short = tuple(effect for index, effect in enumerate(found) if index == 0 or effect != found[index - 1])
        self._effects[function] = short
        return short

    def _committing(self, statement: facts.With) -> facts.Expr | None:
        """The context manager of a statement that commits at its end."""
        return next((item.context for item in statement.items if self._is_committing(item.context)), None)

    def _of_site(self, site: Site, depth: int = 0, pivot: Site | None = None) -> tuple[str, ...]:
        """The changes and commits of a call; what commits both it and another one afterwards is not one of them."""
        effect = self._effect(site)
        effects: tuple[str, ...] = ()
        if effect == "commit":
            return ("commit",)
        if effect in ("change", "single"):
            effects = (effect,)
        elif effect in ("statement", "single statement"):
            if _CHANGING & set(_words(site.call)):
                effects = ("change" if effect == "statement" else "single",)
        elif not site.externals:
            for target, via in site.targets.items():
                if via is None and (effects := self.effects(target, depth)):
                    break
        return (*effects, "commit") if effects and self._is_committed(site, pivot) else effects

    def _is_committed(self, site: Site, pivot: Site | None) -> bool:
        """Whether a call stands in a `with` that commits, and another one does not."""
        around = {id(frame.statement) for frame in pivot.frames()} if pivot is not None else ()
        return any(
            frame.role == "body"
            and frame.parent is not None
            and isinstance(frame.parent.statement, facts.With)
            and id(frame.parent.statement) not in around
            and self._committing(frame.parent.statement) is not None
            for frame in site.frames()
        )

    def _effect(self, site: Site) -> Effect | None:
        for external, _ in site.externals:
            if (effect := self._models.effect(external.path)) is not None:
                return effect
        if site.externals or site.targets or not isinstance(site.call.func, facts.Attr):
            return None
        effect = self._models.effects.get(site.name)
        if effect in ("change", "single") and "_" in site.name:
            # `insert_one`: nothing else has such methods.
            return effect
        if not _SESSIONS & set(words(last_name(site.call.func.value))):
            return None
        return None if effect in ("context", "after") or (effect == "commit" and site.call.args) else effect

    def _is_committing(self, context: facts.Expr) -> bool:
        call = context.value if isinstance(context, facts.Await) else context
        site = self._linker.by_call.get(call) if isinstance(call, facts.Call) else None
        if site is not None:
            if any(self._models.effect(external.path) == "context" for external, _ in site.externals):
                return True
            for target in site.targets:
                if target.fact.is_generator and "commit" in self.effects(target):
                    return True
        return self._is_committing_object(self._linker.contexts.get(context))

    def _is_committing_object(self, node: Node | None) -> bool:
        for value in node.values if node is not None else ():
            if isinstance(value, External) and self._models.effect(value.path) == "context":
                return True
            if isinstance(value, Instance):
                for name in ("__exit__", "__aexit__"):
                    leave = value.cls.scope.bindings.get(name)
                    if isinstance(leave, Function) and "commit" in self.effects(leave):
                        return True
        return False

    def _committing_decorator(self, function: Function) -> facts.Expr | None:
        for expr, node, _ in function.decorators:
            for value in node.values if node is not None else ():
                if isinstance(value, External) and self._models.effect(value.path.removesuffix("()")) == "context":
                    return expr
        return None

    def _committing_dependency(self, function: Function) -> Site | None:
        """What an endpoint is given by a function that commits when it is done: `db = Depends(get_db)`."""
        for site in function.sites:
            if site.frame is None and any(
                via is not None and target.fact.is_generator and "commit" in self.effects(target)
                for target, via in site.targets.items()
            ):
                return site
        return None

    # --- order --------------------------------------------------------------------------------------------------------

    def _sites(self, function: Function) -> Mapping[int, list[Site]]:
        """The calls of a function by the statements that they are in, those around included."""
        if (known := self._statements.get(function)) is None:
            found: dict[int, list[Site]] = {}
            for site in function.sites:
                for frame in site.frames():
                    found.setdefault(id(frame.statement), []).append(site)
            known = self._statements[function] = found
        return known

    def _reached(self, site: Site) -> Iterator[Frame]:
        """The frames around a call after whose statement the function goes on."""
        is_left = False
        for frame in site.frames():
            if not is_left:
                yield frame
            for statement in frame.block[frame.index :]:
                if isinstance(statement, facts.Return | facts.Raise):
                    return
                is_left = is_left or isinstance(statement, facts.Jump)
            if frame.parent is not None and isinstance(frame.parent.statement, facts.For | facts.While):
                is_left = False

    def _following(self, function: Function, frame: Frame) -> Iterator[Site]:
        """The calls after a statement in its block, and in what follows that block in a `try`; failures aside."""
        rest = list(frame.block[frame.index + 1 :])
        parent = frame.parent
        if parent is not None and isinstance(parent.statement, facts.Try):
            rest += parent.statement.orelse if frame.role == "body" else ()
            rest += parent.statement.final if frame.role in ("body", "orelse") else ()
        handled = {id(inner.block) for inner in frame.outward() if inner.role == "handler"}
        for statement in rest:
            for site in self._sites(function).get(id(statement), ()):
                if not any(inner.role == "handler" and id(inner.block) not in handled for inner in site.frames()):
                    yield site


def _sets_field(statement: facts.Stmt) -> bool:
    """`order.status = "paid"`."""
    return isinstance(statement, facts.Assign) and any(
        isinstance(target, facts.Attr)
        and isinstance(target.value, facts.Name)
        and target.value.id not in ("self", "cls")
        and not _SESSIONS & set(words(target.value.id))
        for target in statement.targets
    )


def _words(expr: facts.Expr) -> Iterator[str]:
    for name in names_in(expr):
        yield from words(name)
