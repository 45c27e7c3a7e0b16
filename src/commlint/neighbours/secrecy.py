"""Keeps credentials out of summaries, which are given to others.

What a name says is a secret loses its value, unless that is an address; what looks like a token or key loses it
wherever it stands. Nothing that is looked for in a summary is of this kind: addresses, names, topics.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Any

import msgspec

from commlint import facts

REDACTED = "REDACTED"

_WORD = (
    r"(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|credentials?|salt|pepper|dsn|bearer|authorization"
    r"|(?:api|app|access|account|auth|client|encryption|master|private|secret|service|session|shared|signing|storage)"
    r"[_.-]?key(?:[_.-]?id)?|connection[_.-]?string)"
)
# A name that ends in such a word: a path, a host or a lifetime of a token is none.
_CALLED = rf"[\w.-]*{_WORD}s?(?:[_.-]?(?:key|value|hash|base64|b64|old|new|default|\d+))?"
_IS_SECRET = re.compile(_CALLED, re.IGNORECASE)
_PAIR = re.compile(
    r"(?P<key>(?:^|(?<=[\s\"'{,;(\[-]))"
    rf"(?:{_CALLED}[ \t]*=[ \t]*|[\"']{_CALLED}[\"'][ \t]*[:=][ \t]*|{_CALLED}[ \t]*:[ \t]+))"
    r"(?P<value>\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|[^\s\"'{\[|>][^\n]*?(?=[\"']?[,}\]]*(?:\s+[\w.-]+=|\s+#|\s*$)))",
    re.IGNORECASE | re.MULTILINE,
)
# `- name: PASSWORD` with its value on the next line, as Kubernetes has it.
_NAMED = re.compile(
    rf"(?P<key>\bname:[ \t]*[\"']?{_CALLED}[\"']?[ \t]*\n[ \t]*value:[ \t]*)(?P<value>\S[^\n]*)", re.IGNORECASE
)
# A text over several lines under such a name.
_BLOCK = re.compile(
    rf"^(?P<indent>[ \t]*)(?P<key>(?:- )?[\"']?{_CALLED}[\"']?:[ \t]*)[|>][+-]?\d?[ \t]*\n"
    r"(?:(?P=indent)[ \t]+\S[^\n]*\n?|[ \t]*\n)+",
    re.IGNORECASE | re.MULTILINE,
)
_KIND_SECRET = re.compile(r"^kind:[ \t]*(?:Sealed)?Secret[ \t]*$", re.MULTILINE)
_DATA = re.compile(
    r"^(?:data|stringData|encryptedData|binaryData):[ \t]*\n((?:[ \t]+[^\n]*\n?|[ \t]*\n)+)", re.MULTILINE
)
_ENTRY = re.compile(r"^(?P<key>[ \t]+[\"']?[\w.-]+[\"']?:[ \t]+)(?P<value>\S[^\n]*)", re.MULTILINE)
_USER = re.compile(r"(?<=://)[^/@\s\"'{}$<>]*:[^/@\s\"'{}$<>]*@")
_TOKENS = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bgl(?:pat|dt|ft)-[\w-]{16,}"
    r"|\bxox[abeprs]-[\w-]{10,}|\b(?:sk|pk|rk)[-_](?:live|test|proj|ant)?[-_]?[A-Za-z0-9_-]{16,}|\bAIza[\w-]{30,}"
    r"|\beyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]*)?|\bSG\.[\w-]{16,}\.[\w-]{16,}|\bhttps://hooks\.slack\.com/services/\S+"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)|\bnpm_[A-Za-z0-9]{30,}"
    r"|\b(?!sha256:)[0-9a-f]{32,}\b",
    re.DOTALL,
)
_DENSE = re.compile(r"(?<![\w/+=-])[A-Za-z0-9+/_-]{32,}={0,2}(?![\w/+=-])")
# Bits a character: what is random has more than words.
_RANDOM = 4.3
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^@\s]*|/[\w./{}:-]*|[\w.-]+:\d{2,5}(?:/\S*)?", re.IGNORECASE)
_OPEN = re.compile(r"\$\{?\w+\}?|\$\{[^{}]*\}|\{\{[^{}]*\}\}|<[^<>]*>|true|false|null|none|\d{1,3}", re.IGNORECASE)


def redact(text: str) -> str:
    """The text of a manifest or configuration file without what nobody else is to know."""
    if _KIND_SECRET.search(text):
        text = "\n---".join(_secret(part) if _KIND_SECRET.search(part) else part for part in text.split("\n---"))
    text = _BLOCK.sub(lambda m: f"{m['indent']}{m['key']}{REDACTED}\n", text)
    text = _NAMED.sub(_blank, text)
    return redact_value(_PAIR.sub(_blank, text))


def redact_value(text: str) -> str:
    """A text without passwords in addresses, tokens and keys."""
    text = _USER.sub(f"{REDACTED}@", text)
    text = _TOKENS.sub(REDACTED, text)
    return _DENSE.sub(lambda match: REDACTED if _is_random(match[0]) else match[0], text)


def redact_module(module: facts.Module) -> facts.Module:
    """The facts of a file without credentials that are written into it."""
    cleaned: facts.Module = _clean(module)
    return cleaned


def _secret(text: str) -> str:
    """A manifest of Kubernetes that holds a secret."""
    return _DATA.sub(lambda match: match[0].replace(match[1], _ENTRY.sub(_blank, match[1])), text)


def _blank(match: re.Match[str]) -> str:
    value = match["value"]
    quote = value[0] if value[0] in "\"'" else ""
    inner = value[1:-1] if quote and value.endswith(quote) and len(value) > 1 else value
    return match[0] if _is_harmless(inner.strip()) else f"{match['key']}{quote}{REDACTED}{quote}"


def _is_harmless(value: str) -> bool:
    """Whether what a secret's name stands before is an address, or says nothing by itself."""
    return not value or _OPEN.fullmatch(value) is not None or _ADDRESS.fullmatch(value) is not None


def _is_random(text: str) -> bool:
    kinds = (str.isdigit, str.isupper, str.islower)
    if not all(any(map(kind, text)) for kind in kinds):
        return False
    size = len(text)
    return -sum(n / size * math.log2(n / size) for n in Counter(text).values()) >= _RANDOM


def _clean(node: Any, *, secret: bool = False) -> Any:
    """A fact, or several, without credentials; the same object where there are none.

    Args:
        node: The fact, a tuple of them, or a plain value.
        secret: What it is given to is called as secrets are.
    """
    if isinstance(node, facts.Const):
        return _constant(node, secret=secret)
    if isinstance(node, tuple):
        parts = tuple(_clean(part, secret=secret) for part in node)
        return parts if any(new is not old for new, old in zip(parts, node, strict=True)) else node
    if not isinstance(node, msgspec.Struct):
        return node
    named = _named(node)
    changes = {}
    for field in node.__struct_fields__:
        old = getattr(node, field)
        if isinstance(node, facts.Call) and field == "args" and len(old) > 1 and _says(old[0]):
            # `getenv("API_TOKEN", "...")`
            new = (old[0], *_clean(old[1:], secret=True))
        else:
            passed = secret and isinstance(node, facts.Boolean | facts.Conditional | facts.Format)
            new = _clean(old, secret=passed or (named and field in ("value", "default")))
        if new is not old:
            changes[field] = new
    return msgspec.structs.replace(node, **changes) if changes else node


def _constant(node: facts.Const, *, secret: bool) -> facts.Const:
    text = node.value
    if not isinstance(text, str):
        return node
    kept = REDACTED if secret and not _is_harmless(text) else redact_value(text)
    return node if kept == text else facts.Const(kept)


def _named(node: object) -> bool:
    """Whether what a fact gives a value to is called as secrets are."""
    if isinstance(node, facts.Assign):
        return any(map(_says, node.targets))
    if isinstance(node, facts.Annotated):
        return _says(node.target)
    if isinstance(node, facts.Item):
        return node.key is not None and _says(node.key)
    return isinstance(node, facts.Keyword | facts.Parameter) and _IS_SECRET.fullmatch(node.name) is not None


def _says(node: object) -> bool:
    """Whether an expression is a name, or a text, as secrets have them."""
    if isinstance(node, facts.Subscript):
        node = node.index
    text: object = None
    if isinstance(node, facts.Name):
        text = node.id
    elif isinstance(node, facts.Attr):
        text = node.name
    elif isinstance(node, facts.Const):
        text = node.value
    return isinstance(text, str) and _IS_SECRET.fullmatch(text) is not None
