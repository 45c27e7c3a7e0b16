"""The notations of library models, and what all models have in common.

Names are *access paths*: dotted import paths, with `()` where something is called on the way, so that
`requests.Session().get` is the method `get` of what calling `requests.Session` returns. `*` stands for any run of
characters within one name, and a path that begins with it may lie below any package: `*_pb2_grpc.*Stub`. What the
language brings along is in the module `builtins`: `builtins.map`, `builtins.OSError`.

Arguments of a call are *selectors*: `arg:N` (positional, from 0), `kw:NAME`, `ctor.arg:N`, `ctor.kw:NAME` (of the call
that made the receiver, or that made what is called: `sync_to_async(f)()`), `name` (the called name itself), `const:X`;
alternatives are joined by `|`, the first that is there holds; an empty selector selects nothing.

*Places* are selectors that reach further: into what is selected (`kw:Entries.each.key:DetailType`), to all positional
arguments (`arg:*`), to the receiver (`recv`), into a class's declaration (`class.kw:extra`,
`class.attr:Meta.attr:unknown`; `class.result:get_model` is what its method returns), to what a class is decorated with
(`decorator.kw:undefined`), and to a key of the dict meant (`key:url`).
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec

_NAME = r"[A-Za-z_*][A-Za-z0-9_*]*"
_WORD = r"[A-Za-z_][A-Za-z0-9_]*"
_SELECTED = rf"(ctor\.)?(arg:[0-9]+|kw:{_WORD})|name|const:[^|]+"
_BASE = rf"arg:([0-9]+|\*)|kw:{_WORD}"
_STEP = rf"\.(arg:[0-9]+|(kw|attr):{_WORD}|key:[^|.]+|each)"
_OF_CLASS = rf"class\.(attr|kw|result):{_WORD}"
_PLACE = rf"(((ctor|decorator)\.)?({_BASE})|{_OF_CLASS}|recv)({_STEP})*|key:[^|.]+|class|name|const:[^|]+"

Name = Annotated[str, msgspec.Meta(pattern=rf"^{_NAME}$")]
AccessPath = Annotated[str, msgspec.Meta(pattern=rf"^{_NAME}(\(\))*(\.{_NAME}(\(\))*)*$")]
Selector = Annotated[str, msgspec.Meta(pattern=rf"^(({_SELECTED})(\|({_SELECTED}))*)?$")]
Place = Annotated[str, msgspec.Meta(pattern=rf"^(({_PLACE})(\|({_PLACE}))*)?$")]
HookName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_]*({field})?$")]
Arguments = Annotated[str, msgspec.Meta(pattern=rf"^((arg|each):[0-9]+|kw:{_WORD})?$")]

Mode = Literal["sync", "async", "future"]
OnUnknown = Literal["ignore", "keep", "reject"]


def shape(path: str) -> re.Pattern[str]:
    """What an access path with `*` matches: any run of characters within one name, and any package before it."""
    prefix = r"(?:[\w.]+\.)?" if path.startswith("*") else ""
    return re.compile(prefix + re.escape(path).replace(r"\*", r"\w*"))


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all models: frozen, and an unknown key is an error."""


class Source(Model, frozen=True):
    """Where claims come from.

    Attributes:
        checked: `run` (behaviour seen), `read` (signature or source of the installed version), `docs` or `memory`.
        version: The version they were checked against; the one that is assumed where a service pins none.
        note: How, in a few words, or a link.
        confidence: `low` where they may be wrong, as all that is only remembered; findings that rest on them are of
            low confidence.
    """

    checked: Literal["run", "read", "docs", "memory"]
    version: str
    note: str = ""
    confidence: Literal["high", "low"] = "high"


class Case(Model, frozen=True):
    """Something that code says at a place.

    Attributes:
        at: The place.
        values: What stands there: a constant as Python prints it (`True`, `forbid`) or the last name of an attribute
            (`Extra.forbid` is `forbid`); `""` is nothing at all. None means that anything but `None` and `False` does.
        but: Constants that do not stand there, where that is what counts; some other does, or nothing.
    """

    at: Place
    values: tuple[str, ...] = ()
    but: tuple[str, ...] = ()


class Claim(Model, frozen=True):
    """What all tables of a library may say of themselves.

    Attributes:
        versions: The releases of the library that it is true of, as in a requirement: `>=3,<5`; empty for all.
        source: Where it comes from, where that is not what the file says of all.
        where: What else must all hold for it to be meant: `boto3.client("lambda")`, not `boto3.client("s3")`.
    """

    versions: str = ""
    source: Source | None = None
    where: tuple[Case, ...] = ()
