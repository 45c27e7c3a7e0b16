"""TOML to frozen values, with errors that say where and which word was meant; and single values to TOML."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_type_hints

import msgspec
import tomli

from commlint.catalogue.notation import AccessPath, Arguments, Name, Place, Selector
from commlint.errors import CommlintError

if TYPE_CHECKING:
    from collections.abc import Iterable

S = TypeVar("S", bound=msgspec.Struct)

_PLACES = ("arg", "kw", "ctor.arg", "ctor.kw", "name", "const", "each")

# What msgspec's words are for somebody who writes TOML.
_WORDS = {
    "array": "a list",
    "object": "a table",
    "str": "a string",
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
}

_GRAMMAR = {
    Name.__metadata__[0].pattern: "a plain name (`*` stands for any characters)",  # type: ignore[attr-defined]
    AccessPath.__metadata__[0].pattern: "an access path such as `requests.Session().get`",  # type: ignore[attr-defined]
    Selector.__metadata__[0].pattern: "a selector such as `arg:0|kw:url`",  # type: ignore[attr-defined]
    Arguments.__metadata__[0].pattern: "`arg:N`, `each:N` or `kw:NAME`",  # type: ignore[attr-defined]
    Place.__metadata__[0].pattern: "a place such as `kw:topic` or `class.attr:Meta.attr:table`",  # type: ignore[attr-defined]
}


def read_toml(text: str, model: type[S], file: str) -> S:
    """The value that a TOML text describes.

    Args:
        text: The TOML.
        model: What it should describe.
        file: What errors call the file.

    Raises:
        CommlintError: The text is no TOML, or does not fit the model.
    """
    try:
        data = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise CommlintError(f"{file}: not TOML: {error}") from None
    return as_model(data, model, file)


def as_model(data: object, model: type[S], file: str) -> S:
    """The value that parsed TOML describes; as `read_toml`.

    Raises:
        CommlintError: It does not fit the model.
    """
    try:
        return msgspec.convert(data, model)
    except msgspec.ValidationError as error:
        raise CommlintError(f"{file}: {_explained(str(error), data, model)}") from None


def nearest(word: str, words: Iterable[str]) -> str:
    """A question for the word that was probably meant; empty where there is none."""
    close = difflib.get_close_matches(word, words, n=1)
    return f"; did you mean `{close[0]}`?" if close else ""


def toml_key(name: str) -> str:
    """A key as TOML spells it: in quotes where it is more than letters, digits, `-` and `_`."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else toml_value(name)


def toml_value(value: object) -> str:
    """A string, number, truth value or list of them as TOML, which writes them as JSON does."""
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")


def _explained(message: str, data: Any, model: type[msgspec.Struct]) -> str:
    """A message of msgspec in the words of the person who wrote the file."""
    problem, _, where = message.partition(" - at ")
    label, value, kind = _place(data, model, where)
    return (f"{label}: " if label else "") + _problem(problem, value, kind)


def _place(data: Any, kind: Any, where: str) -> tuple[str, Any, Any]:
    """The key path that msgspec means by `$.client[0].variants[...].verb`, what stands there, and its type."""
    label = ""
    of_key = where.startswith("`key` in ")
    for step in re.findall(r"[\w-]+|\[\.\.\.\]", where.removeprefix("`key` in ")) + ["[...]"] * of_key:
        if step.isdigit():
            label, data, kind = f"{label}[{step}]", data[int(step)], get_args(kind)[0]
        elif step == "[...]":
            # msgspec does not say which key it was: the first that fails alone.
            key = next(key for key in data if not _fits({key: data[key]}, kind))
            label, data, kind = f"{label}.{key}", data[key], get_args(kind)[not of_key]
            data = key if of_key else data
        else:
            label, data = f"{label}.{step}", data[step]
            kind = _given(get_type_hints(kind, include_extras=True)[_field(kind, step)])
    return label.removeprefix("."), data, kind


def _field(kind: Any, key: str) -> str:
    """The field that a key of a table stands for."""
    return next(field.name for field in msgspec.structs.fields(kind) if field.encode_name == key)


def _given(kind: Any) -> Any:
    """The type of what is there, of one that may be left out."""
    parts = [part for part in get_args(kind) if part is not type(None)]
    return parts[0] if len(parts) == 1 and type(None) in get_args(kind) else kind


def _fits(data: Any, kind: Any) -> bool:
    """Whether data converts to a type."""
    try:
        msgspec.convert(data, kind)
    except msgspec.ValidationError:
        return False
    return True


def _problem(problem: str, value: Any, kind: Any) -> str:
    """What is wrong with a value that should be of a type."""
    if found := re.fullmatch(r"Object contains unknown field `(.*)`", problem):
        return f"unknown key `{found[1]}`{nearest(found[1], kind.__struct_encode_fields__)}"
    if found := re.fullmatch(r"Object missing required field `(.*)`", problem):
        return f"key `{found[1]}` is missing"
    if found := re.fullmatch(r"Invalid enum value '(.*)'", problem):
        words = [word for word in _literals(kind) if isinstance(word, str)]
        listed = ", ".join(f"`{word}`" for word in words)
        return f"`{found[1]}` is none of {listed}{nearest(found[1], words)}"
    if found := re.fullmatch(r"Expected `str` matching regex (['\"].*['\"])", problem):
        return f"`{value}` is not {_grammar(found[1])}{_respelled(value)}"
    if found := re.fullmatch(r"Expected `(.*)`, got `(.*)`", problem):
        return f"should be {_word(found[1])}, is {_word(found[2])}"
    return problem


def _word(names: str) -> str:
    """Types as msgspec names them, `str | null`, in words."""
    return " or ".join(_WORDS.get(name, name) for name in names.split(" | ") if name != "null")


def _grammar(quoted: str) -> str:
    """What a pattern asks for, in words."""
    return next((words for pattern, words in _GRAMMAR.items() if repr(pattern) == quoted), f"like {quoted}")


def _respelled(value: str) -> str:
    """A question for the selector that was probably meant: `argument:0` for `arg:0`."""
    if not re.search(r"[:|]", value):
        return ""
    parts = []
    for part in value.split("|"):
        place, colon, rest = part.strip().partition(":")
        close = difflib.get_close_matches(place, _PLACES, n=1, cutoff=0.5)
        parts.append((close[0] if close else place) + colon + rest)
    meant = "|".join(parts)
    return f"; did you mean `{meant}`?" if meant != value else ""


def _literals(kind: Any) -> tuple[Any, ...]:
    """The values of a literal, also of an optional one."""
    return tuple(value for part in get_args(kind) for value in (get_args(part) or (part,)))
