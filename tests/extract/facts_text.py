"""Facts as short text, so that a table of them can be read."""

from __future__ import annotations

from commlint import facts


def show(fact: object) -> str:
    """Names, attributes and literals as in code; else `Type(field field)`: flags by name where set, places `@1:5`."""
    if isinstance(fact, tuple):
        return f"[{' '.join(show(part) for part in fact)}]"
    if isinstance(fact, facts.Name):
        return fact.id
    if isinstance(fact, facts.Attr):
        return f"{show(fact.value)}.{fact.name}"
    if isinstance(fact, facts.Const):
        return repr(fact.value)
    if not isinstance(fact, facts._Node):
        return "-" if fact is None or fact == "" else str(fact)
    words = []
    for name in fact.__struct_fields__:
        value = getattr(fact, name)
        if name == "line":
            words.append(f"@{value}")
        elif name == "column":
            words[-1] += f":{value}"
        elif isinstance(value, bool):
            words += [name] if value else []
        else:
            words.append(show(value))
    return f"{type(fact).__name__}({' '.join(words)})"
