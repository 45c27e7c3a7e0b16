"""What classes promise of the data that is made of their objects: models, data classes, serializers, schemas."""

from __future__ import annotations

import re
from collections.abc import Iterator

from commlint import facts
from commlint.finding import Location
from commlint.program.code import last_name
from commlint.program.shapes import OTHER, UNKNOWN, Field, Shape
from commlint.program.symbols import Class, Scope, Symbols

_DEEPEST = 6
_LISTS = frozenset({"list", "List", "Sequence", "Iterable", "tuple", "Tuple", "set", "Set", "Page", "conlist"})
_SCALARS = frozenset({"str", "int", "float", "bool", "datetime", "date", "Decimal", "UUID", "None", "EmailStr"})
_OPEN = frozenset({"Any", "dict", "Dict", "Mapping", "object"})
_MODELS = re.compile(r"pydantic\.(main\.)?BaseModel|sqlmodel\.SQLModel")
_TYPED = re.compile(r"(typing|typing_extensions)\.TypedDict")
_SERIALIZERS = re.compile(r"rest_framework\.serializers\.(Model|HyperlinkedModel)?Serializer")
_SCHEMAS = re.compile(r"(marshmallow|flask_marshmallow)\.(schema\.)?Schema|.*\.(ma|marshmallow)\.Schema")
_PLAIN = re.compile(r"builtins\.object|abc\.ABC|typing\.Generic|typing\.Protocol")
# Methods by which a class decides itself what its objects are sent as.
_OWN = frozenset({"to_representation", "model_dump", "dict", "serialize", "alias_generator"})
_OWN_MARKS = frozenset({"model_serializer", "post_dump", "pre_dump"})


class ReplyModels:
    """Reads them.

    Args:
        symbols: What is defined where.
    """

    def __init__(self, symbols: Symbols) -> None:
        self._symbols = symbols
        self._shapes: dict[tuple[Class, str], Shape] = {}

    def of_annotation(self, expr: facts.Expr, scope: Scope, depth: int = 0) -> Shape:
        """What a value with an annotation is made of, as it is sent."""
        if depth > _DEEPEST:
            return UNKNOWN
        if isinstance(expr, facts.Const):
            return OTHER if expr.value is None else UNKNOWN
        if isinstance(expr, facts.Binary) and expr.op == "|":
            sides = [side for side in (expr.left, expr.right) if not _is_none(side)]
            return self.of_annotation(sides[0], scope, depth + 1) if len(sides) == 1 else UNKNOWN
        if isinstance(expr, facts.Subscript):
            return self._subscript(expr, scope, depth)
        name = last_name(expr)
        if name in _SCALARS:
            return OTHER
        resolved = self._symbols.resolve(expr, scope)
        return self.of_class(resolved, depth + 1) if isinstance(resolved, Class) else UNKNOWN

    def _subscript(self, expr: facts.Subscript, scope: Scope, depth: int) -> Shape:
        name = last_name(expr.value)
        inner = expr.index.items if isinstance(expr.index, facts.Sequence) else (expr.index,)
        if name in ("Optional", "Annotated", "Required", "NotRequired"):
            return self.of_annotation(inner[0], scope, depth + 1)
        if name == "Union":
            sides = [side for side in inner if not _is_none(side)]
            return self.of_annotation(sides[0], scope, depth + 1) if len(sides) == 1 else UNKNOWN
        if name in _LISTS and name not in ("tuple", "Tuple", "Page"):
            return Shape("list", item=self.of_annotation(inner[0], scope, depth + 1))
        return UNKNOWN

    def kind(self, cls: Class) -> str:
        """What a class is: `model`, `typed` dict, `data` class, `serializer` or `schema`; empty where it is none."""
        if any(last_name(decorator) == "dataclass" for decorator in cls.fact.decorators):
            return "data"
        for base in cls.mro:
            if isinstance(base, str):
                for kind, pattern in (
                    ("model", _MODELS),
                    ("typed", _TYPED),
                    ("serializer", _SERIALIZERS),
                    ("schema", _SCHEMAS),
                ):
                    if pattern.fullmatch(base):
                        return kind
        return ""

    def of_class(self, cls: Class, depth: int = 0) -> Shape:
        """What an object of a class is sent as."""
        kind = self.kind(cls)
        if (cls, kind) not in self._shapes:
            self._shapes[cls, kind] = UNKNOWN
            self._shapes[cls, kind] = self._shape(cls, kind, depth) if kind else UNKNOWN
        return self._shapes[cls, kind]

    def _shape(self, cls: Class, kind: str, depth: int) -> Shape:
        fields: dict[str, Field] = {}
        closed = True
        for base in reversed(cls.mro):
            if isinstance(base, str):
                known = any(p.fullmatch(base) for p in (_MODELS, _TYPED, _SERIALIZERS, _SCHEMAS, _PLAIN))
                closed = closed and known
                continue
            if _speaks_for_itself(base):
                return UNKNOWN
            for name, field in self._declared(base, kind, depth):
                if field is None:
                    fields.pop(name, None)
                else:
                    fields[name] = field
        if kind in ("serializer", "schema"):
            meta = _meta(cls)
            named = meta.get("fields")
            if isinstance(named, facts.Sequence) and not meta.keys() & {"exclude", "additional"}:
                names = [item.value for item in named.items if isinstance(item, facts.Const)]
                if len(names) != len(named.items):
                    return UNKNOWN
                where = _where(cls)
                always = True if kind == "serializer" else None
                listed = {str(n): Field(UNKNOWN, always=always, where=where) for n in names if n not in fields}
                hidden = self._hidden(cls)
                fields = {n: f for n, f in ({**fields, **listed}).items() if n not in hidden}
            elif "model" in meta or meta.keys() & {"exclude", "additional", "fields"}:
                closed = False
        return Shape("object", fields, closed=closed and bool(fields), where=_where(cls), declared=True)

    def _hidden(self, cls: Class) -> set[str]:
        return {
            name
            for base in cls.mro
            if isinstance(base, Class)
            for name, f in self._declared(base, "serializer", 1)
            if f is None
        }

    def _declared(self, cls: Class, kind: str, depth: int) -> Iterator[tuple[str, Field | None]]:
        """The fields that the body of a class declares; `None` for one that is not sent."""
        total = not any(k.name == "total" and _is_false(k.value) for k in cls.fact.keywords)
        for statement in cls.fact.body:
            if isinstance(statement, facts.Annotated) and kind in ("model", "typed", "data"):
                if isinstance(statement.target, facts.Name) and not statement.target.id.startswith("_"):
                    name, value = statement.target.id, statement.value
                    if last_name(statement.annotation) == "ClassVar" or _named(statement.annotation) == "ClassVar":
                        continue
                    yield from self._annotated(cls, statement, name, value, depth, total=total or kind != "typed")
            elif isinstance(statement, facts.Assign) and kind in ("serializer", "schema"):
                target = statement.targets[0]
                if isinstance(target, facts.Name) and isinstance(statement.value, facts.Call):
                    yield self._called(cls, target.id, statement.value, statement.line, kind, depth)
            elif isinstance(statement, facts.Function) and kind == "model":
                if any(last_name(decorator) == "computed_field" for decorator in statement.decorators):
                    where = Location(cls.module.path, statement.line, statement.column, len(statement.name))
                    yield statement.name, Field(UNKNOWN, always=True, where=where)

    def _annotated(
        self, cls: Class, statement: facts.Annotated, name: str, value: facts.Expr | None, depth: int, *, total: bool
    ) -> Iterator[tuple[str, Field | None]]:
        where = Location(cls.module.path, statement.line, 1)
        shape = self.of_annotation(statement.annotation, cls.scope, depth + 1)
        always = total or _named(statement.annotation) == "Required"
        always = always and _named(statement.annotation) != "NotRequired"
        for call in (value, *_metadata(statement.annotation)):
            if isinstance(call, facts.Call) and last_name(call) == "Field":
                said = {keyword.name: keyword.value for keyword in call.keywords}
                if "exclude" in said:
                    yield name, None
                    return
                alias = said.get("serialization_alias") or said.get("alias")
                if isinstance(alias, facts.Const) and isinstance(alias.value, str):
                    # By which of the two it is sent depends on settings that may stand anywhere.
                    yield alias.value, Field(UNKNOWN, always=False, where=where)
                    always = False
        yield name, Field(shape, always=always, where=where)

    def _called(
        self, cls: Class, name: str, call: facts.Call, line: int, kind: str, depth: int
    ) -> tuple[str, Field | None]:
        said = {keyword.name: keyword.value for keyword in call.keywords}
        if any(_is_true(said.get(hidden)) for hidden in ("write_only", "load_only")):
            return name, None
        for other in ("data_key", "dump_to"):
            renamed = said.get(other)
            if isinstance(renamed, facts.Const) and isinstance(renamed.value, str):
                name = renamed.value
        shape = UNKNOWN
        made = self._symbols.resolve(call.func, cls.scope)
        if last_name(call) in ("Nested", "List") and call.args and kind == "schema":
            argument = call.args[0]
            inner = self._symbols.resolve(argument, cls.scope)
            made = inner if last_name(call) == "Nested" else None
        if isinstance(made, Class) and depth < _DEEPEST:
            shape = self.of_class(made, depth + 1)
            if _is_true(said.get("many")):
                shape = Shape("list", item=shape)
        # A schema leaves out what the object that it is given does not have.
        always = True if kind == "serializer" else None
        return name, Field(shape, always=always, where=Location(cls.module.path, line, 1))


def _speaks_for_itself(cls: Class) -> bool:
    """Whether a class decides in code what its objects are sent as."""
    for statement in cls.fact.body:
        if isinstance(statement, facts.Function):
            marks = {last_name(decorator) for decorator in statement.decorators}
            if statement.name in _OWN or marks & _OWN_MARKS or statement.name == "get_fields":
                return True
        settings = statement.value if isinstance(statement, facts.Assign) else None
        if isinstance(settings, facts.Call) and any(_changes(keyword) for keyword in settings.keywords):
            return True
        if isinstance(settings, facts.Mapping) and any(
            isinstance(item.key, facts.Const) and item.key.value in ("alias_generator", "extra")
            for item in settings.items
        ):
            return True
        if isinstance(statement, facts.Class) and statement.name == "Config":
            targets = [t for s in statement.body if isinstance(s, facts.Assign) for t in s.targets]
            names = {target.id for target in targets if isinstance(target, facts.Name)}
            if names & {"alias_generator", "extra", "fields"}:
                return True
    return False


def _changes(keyword: facts.Keyword) -> bool:
    if keyword.name == "extra":
        return isinstance(keyword.value, facts.Const) and keyword.value.value == "allow"
    return keyword.name == "alias_generator"


def _meta(cls: Class) -> dict[str, facts.Expr]:
    """What the `Meta` of a class says, that of its nearest base where it has none."""
    for base in cls.mro:
        for statement in base.fact.body if isinstance(base, Class) else ():
            if isinstance(statement, facts.Class) and statement.name == "Meta":
                found: dict[str, facts.Expr] = {}
                for inner in statement.body:
                    if isinstance(inner, facts.Assign) and isinstance(target := inner.targets[0], facts.Name):
                        found[target.id] = inner.value
                if statement.bases:
                    found["additional"] = facts.Const(None)
                return found
    return {}


def _where(cls: Class) -> Location:
    return Location(cls.module.path, cls.fact.line, cls.fact.column, len(cls.name))


def _named(annotation: facts.Expr) -> str:
    return last_name(annotation.value) if isinstance(annotation, facts.Subscript) else ""


def _metadata(annotation: facts.Expr) -> tuple[facts.Expr, ...]:
    if _named(annotation) != "Annotated" or not isinstance(annotation, facts.Subscript):
        return ()
    return annotation.index.items[1:] if isinstance(annotation.index, facts.Sequence) else ()


def _is_none(expr: facts.Expr) -> bool:
    return isinstance(expr, facts.Const) and expr.value is None


def _is_true(expr: facts.Expr | None) -> bool:
    return isinstance(expr, facts.Const) and expr.value is True


def _is_false(expr: facts.Expr | None) -> bool:
    return isinstance(expr, facts.Const) and expr.value is False
