"""Contracts, kept or broken, as text for a terminal and as JSON.

The shape of the JSON is stable: `version` grows when a key changes its meaning or goes, not when one is added.

- `version`: 1.
- `contracts`: in the order of the configuration; `name`, `kind`, `kept`, `looked` (how many of `unit` it was held
  against: `edge`, `endpoint`, `use`), `breaches` (`file`, `line`, `text`), `idle`, what it names that is nowhere in the
  system, and `has_effect`, false where that is all of something that it is about.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from commlint.report.closing import counted
from commlint.report.edges import place
from commlint.report.palette import Palette, plain
from commlint.servicemap import Held

VERSION = 1


def to_json(held: Sequence[Held]) -> str:
    """The contracts as a JSON object."""
    return json.dumps({"version": VERSION, "contracts": [_contract(one) for one in held]}, indent=2) + "\n"


def _contract(one: Held) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": one.kind,
        "kept": not one.breaches,
        "looked": one.looked,
        "unit": one.unit,
        "breaches": [
            {"file": step.location.file, "line": step.location.line, "text": step.text} for step in one.breaches
        ],
        "idle": one.idle,
        "has_effect": one.has_effect,
    }


def to_text(held: Sequence[Held], *, color: bool = False) -> str:
    """The contracts as text: a line for each, what breaks it below, and a closing line."""
    palette = Palette(on=color)
    lines = [line for one in held for line in _lines(one, palette)]
    return "".join(f"{line}\n" for line in [*lines, *[""][: len(lines)], _closing(held)])


def _lines(one: Held, palette: Palette) -> Iterator[str]:
    state = palette.paint("broken", "red") if one.breaches else palette.paint("kept", "green") + "  "
    looked = counted(one.looked, one.unit) + ("" if one.has_effect else ": it has no effect")
    broken = f", broken by {len(one.breaches)}" if one.breaches else ""
    yield f"{state}  {palette.paint(plain(one.name), 'bold')}  {one.kind}, {looked}{broken}"
    for step in one.breaches:
        yield f"        {palette.paint(place(step.location), 'dim')}  {plain(step.text)}"
    for name in one.idle:
        yield f"        `{plain(name)}` is nowhere in this system"


def _closing(held: Sequence[Held]) -> str:
    if not held:
        return "No contracts; a table [[contracts]] of commlint.toml makes one"
    broken = sum(bool(one.breaches) for one in held)
    return f"{counted(len(held), 'contract')}: {len(held) - broken} kept, {broken} broken"
