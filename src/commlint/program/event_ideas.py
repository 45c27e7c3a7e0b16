"""What an event could be called that tells of what a request does: `order.shipped` of `POST /orders/{}/ship`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from commlint.program.constants import words

_RESULTS = {"POST": "created", "PUT": "updated", "PATCH": "updated", "DELETE": "deleted"}
# What is done to something, and what has then happened to it.
_DONE = {
    "accept": "accepted", "activate": "activated", "approve": "approved", "archive": "archived",
    "assign": "assigned", "book": "booked", "cancel": "cancelled", "capture": "captured", "charge": "charged",
    "close": "closed", "complete": "completed", "confirm": "confirmed", "create": "created",
    "deactivate": "deactivated", "decline": "declined", "delete": "deleted", "deliver": "delivered",
    "disable": "disabled", "dispatch": "dispatched", "enable": "enabled", "expire": "expired", "finish": "finished",
    "lock": "locked", "open": "opened", "pay": "paid", "place": "placed", "publish": "published",
    "refund": "refunded", "register": "registered", "reject": "rejected", "release": "released",
    "remove": "removed", "rename": "renamed", "reopen": "reopened", "reserve": "reserved", "resolve": "resolved",
    "restore": "restored", "return": "returned", "schedule": "scheduled", "ship": "shipped", "start": "started",
    "stop": "stopped", "submit": "submitted", "suspend": "suspended", "unlock": "unlocked", "update": "updated",
    "upgrade": "upgraded",
}  # fmt: skip
_HOLE = re.compile(r"\{[^{}]*\}")
_RELEASE = re.compile(r"v\d+(?:[._]\d+)*")
_FRONT = frozenset({"api", "rest", "internal", "public", "rpc"})


def event_name(method: str, path: str) -> str:
    """The event that tells of a request, as `entity.past-tense`; empty where none reads well.

    Args:
        method: `POST`, `RPC`.
        path: The path as a template; for RPC `service.method` or `/package.Service/Method`.
    """
    if method == "RPC":
        return _of_procedure(words(re.split(r"[./]", path)[-1]))
    parts = [part for part in _HOLE.sub("{}", path).strip("/").split("/") if part]
    literal = [part for part in parts if part != "{}" and part not in _FRONT and not _RELEASE.fullmatch(part)]
    if not literal or any("{" in part for part in literal) or not parts:
        return ""
    *before, last = literal
    if (done := _DONE.get(last.lower())) is not None and parts[-1] == last:
        noun = _singular(before[-1]) if before else ""
        return f"{noun}.{done}" if noun and method != "DELETE" else ""
    noun, item = _singular(last), parts[-1] == "{}"
    fits = (method == "POST" and not item) or (method in ("PUT", "PATCH", "DELETE") and item)
    return f"{noun}.{_RESULTS[method]}" if noun and fits else ""


def _of_procedure(said: Sequence[str]) -> str:
    """`order.created` of `create_order`."""
    if len(said) < 2 or said[0] not in _DONE:
        return ""
    return f"{'_'.join(said[1:])}.{_DONE[said[0]]}"


def _singular(name: str) -> str:
    """One of what a collection is named for; empty for what is not named like one."""
    said = words(name)
    if not said or len(said[-1]) < 3 or not said[-1].endswith("s") or said[-1].endswith(("ss", "us", "is", "news")):
        return ""
    last = said[-1]
    if last.endswith("ies"):
        last = f"{last[:-3]}y"
    elif last.endswith(("sses", "shes", "ches", "xes", "zes")):
        last = last[:-2]
    else:
        last = last[:-1]
    return "_".join((*said[:-1], last))
