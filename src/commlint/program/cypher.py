"""Which nodes a text in Cypher, the query language of graphs, asks for and makes."""

from __future__ import annotations

import re

import msgspec

_LONGEST = 20_000
_LOOKS = re.compile(r"\b(?:MATCH|MERGE|CREATE)\b[^()]{0,40}\(", re.IGNORECASE)
_CLAUSE = re.compile(
    r"\b(OPTIONAL\s+MATCH|MATCH|MERGE|CREATE|WHERE|SET|RETURN|WITH|UNWIND|DELETE|DETACH|REMOVE|ON|CALL|FOREACH|FOR|UNION"
    r"|ORDER|LIMIT|SKIP|YIELD)\b",
    re.IGNORECASE,
)
_TEXT = re.compile(r"'(?:[^'\\\n]|\\.)*'|//[^\n]*")
_NODE = re.compile(r"\(\s*((?:\w|\{\w*\})*)\s*((?::\s*(?:[`\w|&!]|\{\w*\})+)+)")
# A node that is looked for without a label, and that something is asked of.
_ANY_NODE = re.compile(r"\(\s*(\w+)\s*(?=\{|\))")
_LABEL = re.compile(r"[A-Za-z_]\w*")
_HOLE = re.compile(r"\{\w*\}")
# A node that is made without a label: with properties only, or with a label that is put together elsewhere.
_UNLABELLED = re.compile(r"\(\s*\w*\s*\{")
_WRITING = frozenset({"CREATE", "DELETE", "DETACH", "MERGE", "REMOVE", "SET"})
_MAKING = frozenset({"CREATE", "MERGE", "FOR"})


class Nodes(msgspec.Struct, frozen=True):
    """The nodes that a text speaks of.

    Attributes:
        asked: Labels of nodes that it looks for.
        made: Labels of nodes that it makes, or that it lays down rules for.
        makes: It makes nodes, whatever their labels.
        open: It makes nodes of labels that are not all known.
        anything: It looks for nodes of any label, or of labels that are not known.
        writes: It changes what it finds.
    """

    asked: frozenset[str]
    made: frozenset[str]
    makes: bool
    open: bool
    anything: bool
    writes: bool


def looks(text: str) -> bool:
    """Whether a text looks like a query."""
    return len(text) <= _LONGEST and _LOOKS.search(text) is not None


def nodes_in(text: str) -> Nodes:
    """The nodes that a text speaks of."""
    asked: set[str] = set()
    made: set[str] = set()
    bound: set[str] = set()
    makes = is_open = anything = writes = False
    parts = _CLAUSE.split(_TEXT.sub("''", text))
    for clause, body in zip(parts[1::2], parts[2::2], strict=True):
        word = " ".join(clause.upper().split())
        writes = writes or word in _WRITING
        nodes = list(_NODE.finditer(body))
        labels = {label for match in nodes for label in _LABEL.findall(_HOLE.sub("", match[2]))}
        hidden = any(_HOLE.search(match[2]) for match in nodes)
        if word in _MAKING:
            unlabelled = _UNLABELLED.search(body) is not None
            made |= labels
            makes = makes or bool(labels) or hidden or unlabelled
            is_open = is_open or hidden or unlabelled
        elif word in ("MATCH", "OPTIONAL MATCH", "WHERE"):
            asked |= labels
            free = {match[1] for match in _ANY_NODE.finditer(body)} - bound if word != "WHERE" else set()
            anything = anything or (bool(free or (hidden and word != "WHERE")) and not labels)
            bound |= free | {match[1] for match in nodes}
    return Nodes(frozenset(asked), frozenset(made), makes, is_open, anything, writes)
