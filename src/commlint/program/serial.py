"""Remote reads that wait for each other though they need not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from commlint import facts
from commlint.program.code import calls_in, last_name, names_in, target_names, walk
from commlint.program.conduct import ADDING, ALONE, Conduct, Conducts, expressions, lasting, words
from commlint.program.flow import Linker
from commlint.program.loops import Kind, Loops
from commlint.program.remote import RemoteCall
from commlint.program.sites import Site
from commlint.program.symbols import Function

# What is printed in between is meant to be seen in between; what is logged is not.
_LOGGING = frozenset({"critical", "debug", "error", "exception", "info", "log", "trace", "warn", "warning"})
# What measures how long a read takes must be done before and after it.
_CLOCKS = frozenset(
    {
        "default_timer", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time", "time",
        "time_ns",
    }
)  # fmt: skip
_CHECKING = "raise_for_status"
_TIMERS = frozenset({"clock", "elapsed", "measure", "stopwatch", "time", "timed", "timer", "timing"})


class _Step:
    """What a statement, or a block of them, means to those around it.

    Attributes:
        reads: The awaited reads in it, of which none needs another's answer.
        uses: The names that it looks at.
        gives: The names that hold something else after it.
        answers: Those of them that hold what was answered, or would hold something else without it.
        kept: The variables that outlive the function and that it fills.
        checks: It may refuse what it is given.
        stops: What follows may depend on it in a way that is not seen.
    """

    __slots__ = ("answers", "checks", "gives", "kept", "reads", "stops", "uses")

    def __init__(self, *, stops: bool = False) -> None:
        self.reads: list[Site] = []
        self.uses: set[str] = set()
        self.gives: set[str] = set()
        self.answers: set[str] = set()
        self.kept: set[str] = set()
        self.checks = False
        self.stops = stops


class Serial:
    """Finds groups of awaited reads that could run together."""

    def __init__(self, linker: Linker, remote_at: Mapping[Site, RemoteCall], loops: Loops) -> None:
        self._linker = linker
        self._loops = loops
        self._conducts = Conducts(linker, remote_at, loops)

    def groups(self) -> Iterator[tuple[Site, ...]]:
        """Calls in a row, none of which needs what another of them answers; in order of file and place."""
        seen: set[facts.Call] = set()
        for function in self._linker.symbols.functions:
            if function.fact.is_async:
                # The copies of a decorator say the same, and so do blocks inside a block.
                for group in _Row(function, self._conducts, self._loops).groups():
                    if not any(site.call in seen for site in group):
                        seen.update(site.call for site in group)
                        yield group


class _Row:
    """Goes through the statements of one function."""

    def __init__(self, function: Function, conducts: Conducts, loops: Loops) -> None:
        self._function = function
        self._conducts = conducts
        self._loops = loops
        self._sites: dict[facts.Stmt, list[Site]] = defaultdict(list)
        parameters = function.fact.parameters
        self._self = parameters[0].name if function.owner is not None and parameters else ""
        # How many loops that are passed over lie around the statement that is looked at.
        self._depth = 0
        self._looked_at: set[str] = set()

    def groups(self) -> Iterator[tuple[Site, ...]]:
        """The groups of all blocks, the outermost first."""
        if sum(site.awaited and self._conducts.of(site) is Conduct.READS for site in self._function.sites) < 2:
            return
        self._looked_at.update(_looked_at(self._function.fact.body))
        blocks: dict[int, tuple[int, facts.Block]] = {}
        for site in self._function.sites:
            frames = list(site.frames())
            if frames:
                self._sites[frames[0].statement].append(site)
            for depth, frame in enumerate(reversed(frames)):
                blocks.setdefault(id(frame.block), (depth, frame.block))
        for _, block in sorted(blocks.values(), key=lambda entry: entry[0]):
            yield from self._in_block(block)

    def _in_block(self, block: facts.Block) -> Iterator[tuple[Site, ...]]:
        group: list[Site] = []
        answers: set[str] = set()
        kept: set[str] = set()
        changed: set[str] = set()
        for statement in block:
            step = self._step(statement)
            needs = bool(step.uses & answers)
            if step.stops or (step.checks and needs):
                if len(group) > 1:
                    yield tuple(group)
                group, answers, kept, changed = [], set(), set(), set()
            elif step.reads:
                if needs or self._relies(step.reads, kept) or _repeats(step.reads, group, changed):
                    if len(group) > 1:
                        yield tuple(group)
                    group, answers, kept, changed = [], set(), set(), set()
                group += step.reads
                answers |= step.answers
                changed |= step.gives - step.answers
                kept |= step.kept
            else:
                # Something that is worked out of an answer needs it as well.
                if needs:
                    answers |= step.gives
                    kept |= step.kept
                changed |= step.gives
        if len(group) > 1:
            yield tuple(group)

    def _relies(self, reads: Iterable[Site], kept: set[str]) -> bool:
        """Whether a read looks at what only an earlier one has filled: the session of a login."""
        return bool(kept) and any(kept & (self._conducts.used(site) - self._conducts.kept(site)) for site in reads)

    # --- statements ---------------------------------------------------------------------------------------------------

    def _step(self, statement: facts.Stmt) -> _Step:
        match statement:
            case facts.Assign():
                return self._simple(statement, statement.value, statement.targets)
            case facts.Annotated(value=None):
                return _Step()
            case facts.Annotated(value=value):
                return self._simple(statement, value, (statement.target,))
            case facts.Return():
                return self._simple(statement, statement.value, ())
            case facts.Evaluate():
                return self._evaluated(statement)
            case facts.With():
                return self._with(statement)
            case facts.Try():
                return self._try(statement)
            case facts.If():
                return self._harmless(statement, (statement.test,), (), statement.body, statement.orelse)
            case facts.For(is_async=False):
                return self._harmless(
                    statement, (statement.iterable,), (statement.target,), statement.body, statement.orelse
                )
            case facts.Import() | facts.Outer() | facts.Jump():
                return _Step()
            case facts.Function():
                step = _Step()
                step.uses.update(_names(statement))
                step.gives.add(statement.name)
                return step
            case _:
                return _Step(stops=True)

    def _simple(
        self, statement: facts.Stmt, value: facts.Expr | None, targets: tuple[facts.Expr, ...], *parts: facts.Expr
    ) -> _Step:
        """A statement that keeps what it works out.

        Args:
            statement: The statement.
            value: What is worked out.
            targets: Where it is kept.
            *parts: What of the statement is looked at, where that is not all.
        """
        step = _Step()
        looked_at = parts or ((value,) if value is not None else ())
        step.uses.update(name for part in looked_at for name in _names(part))
        for target in targets:
            self._keep(target, step)
        self._ask(statement, looked_at, step)
        if not step.reads:
            step.stops |= any(last_name(call) in _CLOCKS for part in looked_at for call in calls_in(part))
        return step

    def _ask(self, statement: facts.Stmt, parts: tuple[facts.Expr, ...], step: _Step) -> None:
        """What the calls of a statement do."""
        for site in self._sites[statement]:
            conduct = self._conducts.of(site)
            if conduct is Conduct.READS and site.awaited and not self._is_repeated(site):
                step.reads.append(site)
                step.uses.update(name for t in site.targets if t.outer is self._function for name in _names(t.fact))
            elif conduct is not Conduct.QUIET:
                step.stops = True
            elif self._conducts.may_refuse(site):
                step.checks = True
        if not step.reads:
            return
        calls = {site.call for site in step.reads}
        step.stops |= any(calls & set(calls_in(site.call)) - {site.call} for site in step.reads)
        step.stops |= any(_chooses(part, calls) for part in parts)
        # An answer that nobody looks at was asked for because of what asking does: a cookie, a session.
        names = [name for target in _targets(statement) for name in target_names(target)]
        step.stops |= bool(names) and not self._looked_at & set(names)
        step.answers |= step.gives
        step.kept.update(*(self._conducts.kept(site) for site in step.reads))

    def _is_repeated(self, site: Site) -> bool:
        return any(loop.kind is Kind.DATA for loop in self._loops.around(site))

    def _keep(self, target: facts.Expr, step: _Step) -> None:
        """What an assignment to a target changes."""
        step.gives.update(target_names(target))
        for part in target.items if isinstance(target, facts.Sequence) else (target,):
            below = part
            while isinstance(below, facts.Attr | facts.Subscript):
                if isinstance(below, facts.Attr):
                    step.gives.add(f".{below.name}")
                else:
                    step.uses.update(_names(below.index))
                below = below.value
            if isinstance(below, facts.Name) and below.id != self._self:
                step.gives.add(below.id)
            if (key := lasting(part, self._function)) is not None:
                # A function that looks at a global may look at any attribute of it.
                step.kept |= {key, key.partition(".")[0]} - {""}

    def _evaluated(self, statement: facts.Evaluate) -> _Step:
        """A call that is made for what it does: only those that are known to do no harm are passed over."""
        call = statement.value
        if not isinstance(call, facts.Call):
            return _Step(stops=not isinstance(call, facts.Const))
        name = last_name(call)
        arguments = (*call.args, *(keyword.value for keyword in call.keywords))
        if isinstance(call.func, facts.Attr) and name in ADDING:
            return self._simple(statement, None, (facts.Subscript(call.func.value, facts.Const(None)),), *arguments)
        if name in _LOGGING or name == _CHECKING:
            step = self._simple(statement, None, (), call)
            step.stops |= bool(step.reads)
            return step
        return _Step(stops=True)

    def _with(self, statement: facts.With) -> _Step:
        step = _Step(stops=not statement.is_async and _leaves(statement.body))
        contexts = tuple(item.context for item in statement.items)
        if {word for context in contexts for name in _called(context) for word in words(name)} & (_TIMERS | ALONE):
            return _Step(stops=True)
        for item in statement.items:
            step.uses.update(set(_names(item.context)) - step.gives)
            if item.target is not None:
                self._keep(item.target, step)
        self._ask(statement, contexts, step)
        self._join(step, self._together(statement.body))
        return step

    def _try(self, statement: facts.Try) -> _Step:
        step = self._together((*statement.body, *statement.orelse))
        step.stops |= _leaves((*statement.body, *statement.orelse))
        for handler in statement.handlers:
            # To raise another error is to raise one.
            block = handler.body
            if block and isinstance(block[-1], facts.Raise):
                block = block[:-1]
            handling = self._together(block)
            handling.gives.add(handler.name)
            handling.stops |= bool(handling.reads) or _leaves(block)
            self._join(step, handling)
        final = self._together(statement.final)
        final.stops |= bool(final.reads) or _leaves(statement.final)
        self._join(step, final)
        if step.reads:
            # Which of its statements are reached depends on how the reads went.
            step.answers |= step.gives
        return step

    def _harmless(
        self,
        statement: facts.Stmt,
        tests: tuple[facts.Expr, ...],
        targets: tuple[facts.Expr, ...],
        *blocks: facts.Block,
    ) -> _Step:
        """A statement with blocks in it, which asks nothing and goes on in any case."""
        step = self._simple(statement, None, targets, *tests)
        self._depth += isinstance(statement, facts.For)
        for block in blocks:
            step.stops |= _leaves(block, in_loop=bool(self._depth))
            self._join(step, self._together(block))
        self._depth -= isinstance(statement, facts.For)
        step.stops |= bool(step.reads)
        return step

    def _together(self, block: facts.Block) -> _Step:
        """A block as one step, if its reads do not need each other."""
        step = _Step()
        for statement in block:
            self._join(step, self._step(statement))
        return step

    def _join(self, step: _Step, following: _Step) -> None:
        """Adds what follows to a step."""
        needs = bool(following.uses & step.answers)
        if following.reads:
            step.stops |= needs or self._relies(following.reads, step.kept)
            step.stops |= _repeats(following.reads, step.reads, step.gives)
        step.answers |= following.gives if needs else following.answers
        step.uses |= following.uses - step.gives
        step.gives |= following.gives
        if needs or following.reads or not step.reads:
            step.kept |= following.kept
        step.reads += following.reads
        step.stops |= following.stops or (following.checks and needs)
        step.checks |= following.checks


def _looked_at(block: facts.Block) -> Iterator[str]:
    """The names of answers that something is made of, more than to see that there is one."""
    for statement in walk(block):
        if isinstance(statement, facts.Evaluate) and isinstance(statement.value, facts.Call):
            if last_name(statement.value) == _CHECKING:
                continue
        if isinstance(statement, facts.Function | facts.Class):
            yield from _names(statement)
            continue
        for field in statement.__struct_fields__:
            part = getattr(statement, field)
            if field not in ("target", "targets", "body", "orelse", "final", "handlers"):
                yield from _names(part)
            elif field in ("target", "targets"):
                for target in part if isinstance(part, tuple) else (part,):
                    yield from set(_names(target)) - set(target_names(target))


def _targets(statement: facts.Stmt) -> tuple[facts.Expr, ...]:
    if isinstance(statement, facts.Assign):
        return statement.targets
    return (statement.target,) if isinstance(statement, facts.Annotated) else ()


def _names(code: object) -> Iterator[str]:
    """The names that code looks at; those of attributes begin with a dot."""
    for expr in expressions(code):
        if isinstance(expr, facts.Name):
            yield expr.id
        elif isinstance(expr, facts.Attr):
            yield f".{expr.name}"


def _called(context: facts.Expr) -> Iterator[str]:
    """The names of a context manager, without what it is given."""
    return names_in(context.func if isinstance(context, facts.Call) else context)


def _chooses(expr: facts.Expr, calls: set[facts.Call]) -> bool:
    """Whether some of the calls are made depending on what another of them answers: `await a() or await b()`."""
    return any(
        len(calls & set(calls_in(part))) > 1
        for part in expressions(expr)
        if isinstance(part, facts.Boolean | facts.Conditional)
    )


def _repeats(reads: list[Site], earlier: list[Site], changed: set[str]) -> bool:
    """Whether the same is asked for again, which makes sense only when something has happened in between."""
    asked = [*earlier]
    for site in reads:
        if not changed & set(_names(site.call)) and any(_alike(site.call, other.call) for other in asked):
            return True
        asked.append(site)
    return False


def _alike(one: object, other: object) -> bool:
    """Whether two pieces of code say the same."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_alike, one, other))
    if type(one) is type(other) and hasattr(one, "__struct_fields__"):
        fields = [field for field in one.__struct_fields__ if field not in ("line", "column")]
        return all(_alike(getattr(one, field), getattr(other, field)) for field in fields)
    return one == other


def _leaves(block: facts.Block, *, in_loop: bool = False) -> bool:
    """Whether something in a block may keep what stands after it from being reached."""
    for statement in block:
        if isinstance(statement, facts.Return | facts.Raise) or (isinstance(statement, facts.Jump) and not in_loop):
            return True
        if isinstance(statement, facts.Function | facts.Class):
            continue
        inside = in_loop or isinstance(statement, facts.For | facts.While)
        handled = (part.body for name in ("handlers", "cases") for part in getattr(statement, name, ()))
        for inner in (*(getattr(statement, name, ()) for name in ("body", "orelse", "final")), *handled):
            if _leaves(inner, in_loop=inside):
                return True
    return False
