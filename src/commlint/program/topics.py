"""Names of topics, routing keys and channels: which messages a subscription gets."""

from __future__ import annotations

import re
from functools import lru_cache

_HOLE = re.compile(r"\{[^{}]*\}")
_LOCATOR = re.compile(
    r"^(?:arn:|https?://|projects/|persistent://|non-persistent://|queue://|topic://|/)", re.IGNORECASE
)


def plain(name: str) -> str:
    """The name of a topic or queue without the address, account or project before it."""
    name = name.strip()
    if not _LOCATOR.match(name):
        return name
    return re.split(r"[/:]", name.rstrip("/"))[-1]


def is_known(name: str) -> bool:
    """Whether something literal of a name is known, or the setting that it stands in."""
    return bool(_HOLE.sub("", name).strip("./:-_*#>+")) or _setting(name) != ""


def is_exact(name: str) -> bool:
    """Whether all of a name is known."""
    return bool(name) and "{" not in name


def is_pattern(name: str, broker: str) -> bool:
    """Whether a name stands for many in the notation of a kind of broker."""
    return any(sign in name for sign in _SIGNS.get(broker, ""))


def fits(subscribed: str, sent: str, broker: str) -> bool:
    """Whether a subscription to a name or pattern gets what is sent under a name.

    What a hole in one of them stands for is taken to be what the other has there, as long as it is not all of it.
    """
    subscribed, sent = plain(subscribed), plain(sent)
    if not is_known(sent) or not (is_known(subscribed) or is_pattern(subscribed, broker)):
        return False
    if subscribed == sent:
        return True
    if _setting(sent) or _setting(subscribed):
        return False
    if _shape(subscribed, broker).fullmatch(_HOLE.sub("0", sent)) is not None:
        return True
    return "{" in sent and not is_pattern(subscribed, broker) and _shape(sent, "").fullmatch(subscribed) is not None


_SIGNS = {"amqp": "*#", "nats": "*>", "mqtt": "+#", "redis": "*?[", "kafka": "^*$|"}


@lru_cache(maxsize=4096)
def _shape(pattern: str, broker: str) -> re.Pattern[str]:
    """A pattern as a regular expression."""
    if is_pattern(pattern, broker) and broker == "kafka":
        # No topic has such signs in its name.
        try:
            return re.compile(pattern)
        except re.error:
            return re.compile(re.escape(pattern))
    signs = _SIGNS.get(broker, "")
    apart = "/" if broker == "mqtt" else "."
    parts = []
    for piece in re.split(r"(\{[^{}]*\}|[*#>+?])", pattern):
        if _HOLE.fullmatch(piece):
            parts.append(".+")
        elif piece and piece in signs and len(piece) == 1:
            parts.append(_sign(piece, broker, apart))
        else:
            parts.append(re.escape(piece))
    text = "".join(parts)
    if broker in ("amqp", "mqtt"):
        # Nothing at all is also many.
        text = text.replace(re.escape(apart) + "(?:.*)", f"(?:{re.escape(apart)}.*)?").replace(
            "(?:.*)" + re.escape(apart), f"(?:.*{re.escape(apart)})?"
        )
    return re.compile(text)


def _sign(sign: str, broker: str, apart: str) -> str:
    if broker == "redis":
        return ".*" if sign == "*" else "."
    if sign in "#>":
        return "(?:.*)" if sign == "#" else ".+"
    return f"[^{re.escape(apart)}]+"


def _setting(name: str) -> str:
    """The setting that a name is, where it is nothing else: `{ORDERS_TOPIC}`."""
    match = _HOLE.fullmatch(name)
    inner = "" if match is None else name[1:-1]
    return inner if inner.isupper() and len(inner) > 3 else ""
