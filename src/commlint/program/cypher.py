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
_NODE = re.compile(r"\(\s*(\w*)\s*((?::\s*[`\w|&!{}]+)+)")
# A node that is looked for without a label, and that something is asked of.
_ANY_NODE = re.compile(r"\(\s*(\w+)\s*(?=\{|\))")
_LABEL = re.compile(r"[A-Za-z_]\w*")
_MAKING = frozenset({"CREATE", "MERGE", "FOR"})


class Nodes(msgspec.Struct, frozen=True):
    """The nodes that a text speaks of.

    Attributes:
        asked: Labels of nodes that it looks for.
        made: Labels of nodes that it makes, or that it lays down rules for.
        makes: It makes nodes, whatever their labels.
        anything: It looks for nodes of any label.
        writes: It changes what it finds.
    """

    asked: frozenset[str]
    made: frozenset[str]
    makes: bool
    anything: bool
    writes: bool


def looks(text: str) -> bool:
    """Whether a text looks like a query."""
    return len(text) <= _LONGEST and _LOOKS.search(text) is not None


def nodes_in(text: str) -> Nodes:
    """The nodes that a text speaks of."""
    asked: set[str] = set()
    made: set[str] = set()
    makes = anything = writes = False
    parts = _CLAUSE.split(_TEXT.sub("''", text))
    bound: set[str] = set()
    for clause, body in zip(parts[1::2], parts[2::2], strict=True):
        word = " ".join(clause.upper().split())
        writes = writes or word in ("SET", "DELETE", "DETACH", "REMOVE", "CREATE", "MERGE")
        labelled: set[str] = set()
        hidden = False
        for match in _NODE.finditer(body):
            names = [n for n in _LABEL.findall(re.sub(r"\{[^{}]*\}", "", match[2]))]
            labelled.update(names)
            hidden = hidden or not names
        if word in _MAKING:
            made |= labelled
            makes = makes or bool(labelled) or hidden or "({" in body or bool(re.search(r"\(\s*\w*\{\w+\}", body))
        elif word in ("MATCH", "OPTIONAL MATCH"):
            asked |= labelled
            open_nodes = {match[1] for match in _ANY_NODE.finditer(body)} - bound
            anything = anything or (bool(open_nodes) and not labelled and not hidden)
            bound |= open_nodes | {match[1] for match in _NODE.finditer(body)}
        elif word == "WHERE":
            asked |= labelled
    return Nodes(frozenset(asked), frozenset(made), makes, anything, writes)
