"""Words for what is read of remote data."""

from __future__ import annotations

from commlint.program import Expected


def sent_by(expected: Expected) -> str:
    """What the data is: `GET users /users/{}`, `the message of handle_order`."""
    payload = expected.payload
    if payload.entry is not None:
        return f"the message of `{payload.entry.function.name}`"
    if payload.crossing is not None and payload.crossing.target_name:
        return payload.crossing.label
    assert payload.remote is not None  # noqa: S101 - it is one or the other
    return f"the answer of {payload.remote.label}"


def shown(expected: Expected) -> str:
    """A further read."""
    return f"reads `{expected.name}`"
