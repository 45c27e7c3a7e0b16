"""What endpoints answer: the fields that an answer always has, may have or cannot have.

An answer is what its framework makes of a declared model, else what the code of the handler returns on all paths that
are no errors. Whatever is not seen as a whole is unknown: nothing is said of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from commlint import facts
from commlint.finding import Location
from commlint.program.code import last_name
from commlint.program.failure import ERROR, Failures, Raises, Returns, is_error_status
from commlint.program.reply_models import ReplyModels
from commlint.program.routes import Route
from commlint.program.shapes import OTHER, STATUS, UNKNOWN, Field, Shape, join, loosened, opened
from commlint.program.symbols import Class, Function, Symbols
from commlint.program.values import External

_DEEPEST = 5
# What makes an answer of what it is given, and what only looks at it.
_MAKING = frozenset(
    {"JSONResponse", "JsonResponse", "ORJSONResponse", "Response", "UJSONResponse", "dumps", "json", "json_response"}
    | {"jsonable_encoder", "jsonify", "loads", "make_response", "copy", "deepcopy", "dict", "OrderedDict"}
)
_LOOKING = frozenset({"bool", "debug", "error", "exception", "info", "len", "log", "print", "repr", "str", "warning"})
_LISTS = frozenset({"list", "sorted", "reversed", "tuple"})
_DUMPING = frozenset({"dict", "model_dump", "asdict", "to_dict", "dump", "json", "model_dump_json"})
_LOOSE = frozenset({"exclude_none", "exclude_unset", "exclude_defaults"})
# Words in names of decorators that make something else of what is returned.
_REMAKING = ("json", "marshal", "respon", "serial", "wrap", "envelope", "format", "render", "paginat", "expose")


class Replies:
    """Works out answers.

    Args:
        symbols: What is defined where.
        failures: Tells errors from answers.
    """

    def __init__(self, symbols: Symbols, failures: Failures) -> None:
        self.symbols = symbols
        self.failures = failures
        self.models = ReplyModels(symbols)
        self._returned: dict[Function, Shape] = {}

    def of(self, route: Route) -> Shape:
        """What a route answers with."""
        function = route.function
        if function is None or function.fact.is_generator:
            return UNKNOWN
        declared = self._declared(function)
        if declared is not None:
            return declared
        if any(self._remakes(expr) for expr in function.fact.decorators):
            return UNKNOWN
        shape = self.returned(function, 0)
        # A function in a cloud returns what its gateway makes an answer of.
        if "statusCode" in shape.fields:
            return shape.fields["body"].shape if "body" in shape.fields else UNKNOWN
        return shape

    def _declared(self, function: Function) -> Shape | None:
        """What a decorator, or an annotation that its framework holds to, says."""
        for expr, node, _ in function.decorators:
            paths = [value.path for value in node.values if isinstance(value, External)] if node is not None else []
            if not isinstance(expr, facts.Call) or not any(path.startswith("fastapi.") for path in paths):
                continue
            said = {keyword.name: keyword.value for keyword in expr.keywords}
            model = said.get("response_model", function.fact.returns)
            if model is None or (isinstance(model, facts.Const) and model.value is None):
                return None
            if last_name(model).endswith("Response"):
                return None
            if said.keys() & {"response_model_include", "response_model_exclude", "response_model_by_alias", ""}:
                return UNKNOWN
            shape = self.models.of_annotation(model, function.module.scope)
            loose = any(name.startswith("response_model_exclude_") for name in said)
            return loosened(shape) if loose else shape
        return None

    def _remakes(self, expr: facts.Expr) -> bool:
        name = last_name(expr).lower()
        return any(word in name for word in _REMAKING)

    def returned(self, function: Function, depth: int) -> Shape:
        """What a function returns, errors aside."""
        if function not in self._returned:
            self._returned[function] = UNKNOWN
            if depth < _DEEPEST and not function.fact.is_generator:
                self._returned[function] = _Reading(self, function, depth).shape()
        return self._returned[function]


class _NotWhole(Exception):  # noqa: N818 - control flow: what follows cannot be told
    """Something was changed by another name, or in a way that is not seen."""


class _Reading:
    """Goes through the code of one function."""

    def __init__(self, replies: Replies, function: Function, depth: int) -> None:
        self._replies = replies
        self._function = function
        self._depth = depth
        self._sites = {site.call: site for site in function.sites}
        self._env: dict[str, Shape] = {}
        self._made: dict[str, Class] = {}
        self._shared: set[str] = set()
        self._found: list[Shape] = []
        self._failed: list[Shape] = []
        self._line = function.line

    def shape(self) -> Shape:
        """What it returns."""
        try:
            self._block(self._function.fact.body)
        except _NotWhole:
            return UNKNOWN
        found = [shape for shape in self._found if not _is_status(shape)]
        if not found:
            return UNKNOWN
        whole = found[0]
        for shape in found[1:]:
            whole = join(whole, shape)
        for shape in (*self._failed, *filter(_is_status, self._found)):
            whole = _with_errors(whole, shape)
        return whole

    # --- statements ---------------------------------------------------------------------------------------------------

    def _block(self, block: facts.Block) -> bool:
        """Goes through a block; whether its end is never reached."""
        for statement in block:
            self._line = getattr(statement, "line", self._line)
            if self._statement(statement):
                return True
        return False

    def _statement(self, statement: facts.Stmt) -> bool:
        match statement:
            case facts.Return():
                self._return(statement.value)
                return True
            case facts.Raise() | facts.Jump():
                return True
            case facts.Evaluate():
                self._evaluate(statement.value)
                if isinstance(statement.value, facts.Call):
                    end = self._replies.failures.call_end(statement.value, self._function.scope)
                    return isinstance(end, Raises)
            case facts.Assign():
                shape = self._of(statement.value)
                for target in statement.targets:
                    self._assign(target, opened(shape) if statement.op else shape, statement.value)
            case facts.Annotated() if statement.value is not None:
                self._assign(statement.target, self._of(statement.value), statement.value)
            case facts.If():
                return self._either(statement.body, statement.orelse)
            case facts.For() | facts.While():
                for _ in range(2):
                    if isinstance(statement, facts.For):
                        self._assign(statement.target, self._item(self._of(statement.iterable)), None)
                    self._either(statement.body, ())
                return self._block(statement.orelse)
            case facts.Try():
                before = dict(self._env)
                left = self._block(statement.body)
                left = self._block(statement.orelse) or left
                done, ends = self._env, [left]
                for handler in statement.handlers:
                    self._env = _joined([before, done])
                    ends.append(self._block(handler.body))
                    done = done if ends[-1] else _joined([done, self._env])
                self._env = done
                return self._block(statement.final) or all(ends)
            case facts.With():
                for item in statement.items:
                    if item.target is not None:
                        self._assign(item.target, UNKNOWN, None)
                return self._block(statement.body)
            case facts.Match():
                bodies = [case.body for case in statement.cases]
                whole = any(case.catch_all for case in statement.cases)
                return self._either(*bodies, *(() if whole else ((),)))
            case facts.Delete():
                for target in statement.targets:
                    if isinstance(target, facts.Subscript):
                        self._change(target.value, lambda _: UNKNOWN)
            case _:
                pass
        return False

    def _either(self, *blocks: facts.Block) -> bool:
        before, ends = self._env, []
        envs = []
        for block in blocks:
            self._env = dict(before)
            ends.append(self._block(block))
            if not ends[-1]:
                envs.append(self._env)
        self._env = _joined(envs) if envs else before
        return all(ends)

    def _return(self, value: facts.Expr | None) -> None:
        if value is None:
            return
        if isinstance(value, facts.Sequence) and value.kind == "tuple" and len(value.items) > 1:
            if any(is_error_status(item) for item in value.items[1:]):
                self._failed.append(self._of(value.items[0]))
                return
            value = value.items[0]
        elif isinstance(value, facts.Conditional):
            for side in (value.body, value.orelse):
                self._return(side)
            return
        if isinstance(value, facts.Call):
            end = self._replies.failures.call_end(value, self._function.scope)
            if isinstance(end, Raises) or (isinstance(end, Returns) and end.value == ERROR):
                self._failed.append(self._of(value))
                return
        self._found.append(self._of(value))

    def _assign(self, target: facts.Expr, shape: Shape, value: facts.Expr | None) -> None:
        match target:
            case facts.Name():
                self._env[target.id] = shape
                self._shared.discard(target.id)
                if isinstance(value, facts.Name):
                    self._shared |= {target.id, value.id}
            case facts.Sequence():
                for item in target.items:
                    self._assign(item, UNKNOWN, None)
            case facts.Subscript():
                key = target.index.value if isinstance(target.index, facts.Const) else None
                self._change(target.value, lambda held: self._with(held, key, shape))
                self._share(value)
            case facts.Attr():
                self._share(value)
            case _:
                pass

    def _with(self, held: Shape, key: object, shape: Shape) -> Shape:
        if held.kind != "object" or not isinstance(key, str):
            return UNKNOWN
        field = Field(shape, always=True, where=self._here())
        return msgspec.structs.replace(held, fields={**held.fields, key: field}, declared=False)

    def _change(self, holder: facts.Expr, change: Callable[[Shape], Shape]) -> None:
        """Something is put into what a name holds."""
        if isinstance(holder, facts.Name):
            if holder.id in self._shared:
                raise _NotWhole
            held = self._env.get(holder.id, UNKNOWN)
            self._env[holder.id] = change(held)
        else:
            # What is further inside is not followed.
            root: facts.Expr = holder
            while isinstance(root, facts.Subscript | facts.Attr):
                root = root.value
            if isinstance(root, facts.Name) and root.id in self._env:
                self._env[root.id] = UNKNOWN

    def _share(self, expr: facts.Expr | None) -> None:
        """What a name holds is part of something else from here on."""
        if isinstance(expr, facts.Name):
            self._shared.add(expr.id)

    def _here(self) -> Location:
        return Location(self._function.module.path, self._line, 1)

    # --- expressions --------------------------------------------------------------------------------------------------

    def _evaluate(self, expr: facts.Expr) -> None:
        value = expr.value if isinstance(expr, facts.Await) else expr
        if not isinstance(value, facts.Call):
            return
        func = value.func
        if isinstance(func, facts.Attr) and isinstance(func.value, facts.Name) and func.value.id in self._env:
            self._method_of_name(func.value, func.name, value)
            return
        self._of(value)

    def _method_of_name(self, holder: facts.Name, name: str, call: facts.Call) -> None:
        """A method that changes what a name holds."""
        args = call.args
        if name in ("append", "insert") and args:
            shape = self._of(args[-1])
            self._share(args[-1])

            def add(held: Shape) -> Shape:
                if held.kind != "list":
                    return UNKNOWN
                return Shape("list", item=shape if held.item is None else join(held.item, shape))

            self._change(holder, add)
        elif name == "update":
            self._change(holder, lambda held: self._updated(held, call))
        elif name in ("extend", "pop", "popitem", "clear", "setdefault", "remove"):
            self._change(holder, opened)
        elif name not in ("sort", "get", "keys", "values", "items", "copy"):
            self._of(call)

    def _updated(self, held: Shape, call: facts.Call) -> Shape:
        parts = [self._of(arg) for arg in call.args]
        if held.kind != "object" or any(part.kind != "object" or not part.closed for part in parts):
            return UNKNOWN
        if any(not keyword.name for keyword in call.keywords):
            return UNKNOWN
        fields = dict(held.fields)
        for part in parts:
            for name, field in part.fields.items():
                known = fields.get(name)
                fields[name] = field if field.always or known is None else Field(UNKNOWN, always=known.always)
        for keyword in call.keywords:
            fields[keyword.name] = Field(self._of(keyword.value), always=True, where=self._here())
        return msgspec.structs.replace(held, fields=fields, declared=False)

    def _of(self, expr: facts.Expr) -> Shape:
        """What an expression is made of."""
        match expr:
            case facts.Name():
                return self._env.get(expr.id, UNKNOWN)
            case facts.Const() | facts.Format() | facts.Compare() | facts.Not():
                return OTHER
            case facts.Await():
                return self._of(expr.value)
            case facts.Mapping():
                return self._display(expr.items)
            case facts.Sequence():
                return self._list(expr.items) if expr.kind != "tuple" else UNKNOWN
            case facts.Comprehension():
                return self._comprehension(expr)
            case facts.Conditional():
                return join(self._of(expr.body), self._of(expr.orelse))
            case facts.Attr():
                # `.data` of a serializer, or of what a schema has made.
                return self._of(expr.value) if expr.name in ("data", "json") else UNKNOWN
            case facts.Call():
                return self._call(expr)
            case _:
                return UNKNOWN

    def _display(self, items: Iterable[facts.Item]) -> Shape:
        fields: dict[str, Field] = {}
        closed = True
        for item in items:
            if item.key is None:
                spread = self._of(item.value)
                if spread.kind != "object":
                    return UNKNOWN
                fields.update(spread.fields)
                closed = closed and spread.closed
                continue
            key = item.key.value if isinstance(item.key, facts.Const) else None
            if not isinstance(key, str):
                return UNKNOWN
            self._share(item.value)
            fields[key] = Field(self._of(item.value), always=True, where=self._here())
        return Shape("object", fields, closed=closed, where=self._here())

    def _list(self, items: Iterable[facts.Expr]) -> Shape:
        item: Shape | None = None
        for one in items:
            self._share(one)
            shape = UNKNOWN if isinstance(one, facts.Star) else self._of(one)
            item = shape if item is None else join(item, shape)
        return Shape("list", item=item)

    def _comprehension(self, expr: facts.Comprehension) -> Shape:
        if expr.kind == "dict":
            return UNKNOWN
        around = dict(self._env)
        for clause in expr.clauses:
            self._assign(clause.target, self._item(self._of(clause.iterable)), None)
        item = self._of(expr.elements[0])
        self._env = around
        return Shape("list", item=item)

    def _item(self, shape: Shape) -> Shape:
        return shape.item if shape.kind == "list" and shape.item is not None else UNKNOWN

    def _call(self, call: facts.Call) -> Shape:
        name = last_name(call)
        site = self._sites.get(call)
        made = self._replies.symbols.resolve(call.func, self._function.scope)
        if isinstance(made, Class):
            return self._object(made, call)
        if isinstance(call.func, facts.Attr) and name in _DUMPING:
            shape = self._dumped(call.func.value, call)
            if shape is not None:
                return shape
        targets = list(site.targets) if site is not None else []
        if targets:
            for arg in (*call.args, *(keyword.value for keyword in call.keywords)):
                self._spoil(arg)
            shapes = [self._replies.returned(target, self._depth + 1) for target in targets]
            whole = shapes[0]
            for shape in shapes[1:]:
                whole = join(whole, shape)
            return whole if site is not None and not any(site.targets.values()) else UNKNOWN
        if name in _MAKING:
            return self._making(call, name)
        if name in _LISTS and call.args:
            shape = self._of(call.args[0])
            return shape if shape.kind == "list" else UNKNOWN
        if name not in _LOOKING:
            for arg in (*call.args, *(keyword.value for keyword in call.keywords)):
                self._spoil(arg)
        return UNKNOWN

    def _spoil(self, expr: facts.Expr) -> None:
        """Somebody else may change what a name holds."""
        if isinstance(expr, facts.Name) and expr.id in self._env:
            self._env[expr.id] = opened(self._env[expr.id])

    def _making(self, call: facts.Call, name: str) -> Shape:
        """What an answer, a text or a copy is made of."""
        named = {keyword.name: keyword.value for keyword in call.keywords}
        if name in ("jsonify", "dict", "OrderedDict") and call.keywords and not call.args:
            if "" in named:
                return UNKNOWN
            fields = {n: Field(self._of(v), always=True, where=self._here()) for n, v in named.items()}
            return Shape("object", fields, closed=True, where=self._here())
        if name == "dict" and not call.args:
            return Shape("object", closed=True, where=self._here())
        content = call.args[0] if call.args else None
        for key in ("content", "data", "response", "body", "text"):
            content = content or named.get(key)
        if content is None or (name in ("dict", "jsonify") and call.keywords):
            return UNKNOWN
        if len(call.args) > 1 and name == "jsonify":
            return UNKNOWN
        return self._of(content)

    def _object(self, cls: Class, call: facts.Call) -> Shape:
        """What an object of a class, or what it makes of its argument, is sent as."""
        kind = self._replies.models.kind(cls)
        shape = self._replies.models.of_class(cls)
        said = {keyword.name: keyword.value for keyword in call.keywords}
        if kind == "schema" and said.keys() & {"only", "exclude", ""}:
            return UNKNOWN
        if kind == "serializer" and said.keys() - {"many", "context", "instance", "data", "partial", "read_only"}:
            return UNKNOWN
        many = said.get("many")
        if isinstance(many, facts.Const) and many.value is True:
            return Shape("list", item=shape)
        return shape if many is None else UNKNOWN

    def _dumped(self, receiver: facts.Expr, call: facts.Call) -> Shape | None:
        """What `model.dict()` or `schema.dump(object)` gives; `None` where the receiver is none of these."""
        shape = self._of(receiver)
        if shape.kind == "unknown" and isinstance(receiver, facts.Name):
            shape = self._of_module(receiver)
        if shape.kind == "unknown" or not (shape.declared or shape.kind == "list"):
            return None
        names = {keyword.name for keyword in call.keywords}
        if names & {"include", "exclude", "by_alias", ""}:
            return UNKNOWN
        if "many" in names:
            return Shape("list", item=shape)
        return loosened(shape) if names & _LOOSE else shape

    def _of_module(self, name: facts.Name) -> Shape:
        """What a schema is that a module makes for all."""
        owner = self._function.scope.owner_of(name.id)
        binding = owner.bindings.get(name.id) if owner is not None and name.id not in owner.rebound else None
        if owner is None or owner.kind != "module" or not isinstance(binding, facts.Call):
            return UNKNOWN
        made = self._replies.symbols.resolve(binding.func, owner)
        is_schema = isinstance(made, Class) and self._replies.models.kind(made) == "schema"
        return self._object(made, binding) if is_schema and isinstance(made, Class) else UNKNOWN


def _joined(envs: list[dict[str, Shape]]) -> dict[str, Shape]:
    """What names hold after one of several ways."""
    found = dict(envs[0])
    for env in envs[1:]:
        for name in found.keys() | env.keys():
            one, other = found.get(name), env.get(name)
            found[name] = one if one is other and one is not None else join(one or UNKNOWN, other or UNKNOWN)
    return found


def _is_status(shape: Shape) -> bool:
    """Whether an answer only says how it went."""
    return shape.kind == "object" and bool(shape.fields) and shape.fields.keys() <= STATUS


def _with_errors(shape: Shape, error: Shape) -> Shape:
    """An answer that may be an error instead, whose fields are read to find out."""
    if shape.kind != "object" or error.kind == "other":
        return shape
    if error.kind != "object":
        return msgspec.structs.replace(shape, closed=False)
    more = {name: Field(UNKNOWN, always=None) for name in error.fields if name not in shape.fields}
    return msgspec.structs.replace(shape, fields={**shape.fields, **more}, closed=shape.closed and error.closed)
