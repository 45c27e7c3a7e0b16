"""COMM301: data of another service is read by a parser that rejects fields which it does not know."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from commlint import facts
from commlint.checks import steps
from commlint.finding import Confidence, Finding, Fix, Imported, SetArgument, SetNamed, Severity, SpreadKnown, Step
from commlint.program import Class, Parse, Parsed, Program, Strict
from commlint.program.code import last_name, names_in


class StrictReader:
    """Looks at what the answers of other services are read into."""

    code = "COMM301"
    slug = "strict-reader"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds parsers that fail as soon as another service adds a field."""
        asked = _asked_with(program)
        for parsed in program.parsed:
            if parsed.parse.strict is not None:
                yield _finding(parsed, parsed.parse.strict, asked)


def _finding(parsed: Parsed, strict: Strict, asked: AbstractSet[str]) -> Finding:
    parse = parsed.parse
    inside = f" inside `{parse.into}` (`{strict.field}`)" if strict.field else ""
    named = f"`{strict.name}`" if strict.name else "the schema"
    advice = "keep only the fields that it knows, or read it with a model that ignores others"
    return Finding(
        rule=StrictReader.code,
        location=parse.location,
        message=f"{named}{inside} rejects fields that it does not know, in {steps.arrival(parsed.payload)}",
        severity=Severity.WARNING,
        confidence=Confidence.HIGH
        if parse.sure and (parsed.payload.remote is None or parsed.payload.remote.sure)
        else Confidence.MEDIUM,
        why=f"the day a field is added there, this fails: {strict.because}",
        advice=f"read what others send with `{strict.instead}`" if strict.instead else advice,
        call=parsed.payload.remote.label if parsed.payload.remote is not None else "",
        path=(steps.arrival_step(parsed.payload), Step(parse.location, parse.into or "the schema")),
        related=(Step(strict.location, f"rejects unknown fields: {strict.said or strict.because}"),),
        fix=_fix(parsed.parse, strict, asked),
    )


def _fix(parse: Parse, strict: Strict, asked: AbstractSet[str]) -> Fix | None:
    name, _, value = strict.instead.partition("=")
    # A word that is no string of its own comes from the library: `unknown=EXCLUDE`.
    imports = (Imported(strict.package, value),) if value.isupper() else ()
    if strict.instead and strict.said:
        safe = strict.name not in asked
        change = SetNamed(strict.location, name, value)
        return Fix(f"say `{strict.instead}`", safe, (change,), imports)
    if strict.instead and strict.call is not None:
        argument = SetArgument(strict.call, f"kw:{name}", value)
        return Fix(f"pass `{strict.instead}`", safe=True, changes=(argument,), imports=imports)
    if not strict.said and not strict.field and _is_data_class(parse):
        return Fix("pass only the fields that it has", safe=False, changes=(SpreadKnown(parse.location),))
    return None


def _asked_with(program: Program) -> set[str]:
    """The names of the classes that endpoints take: who sends them may count on what is refused."""
    return {
        name
        for function in program.entries
        for parameter in function.fact.parameters
        if parameter.annotation is not None
        for name in names_in(parameter.annotation)
    }


def _is_data_class(parse: Parse) -> bool:
    """Whether what is called is a data class, and nothing else."""
    site = parse.site
    if site is None or site.callee is None or not site.name:
        return False
    classes = [value for value in site.callee.values if isinstance(value, Class)]
    if len(classes) != 1:
        return False
    decorators = (d.func if isinstance(d, facts.Call) else d for d in classes[0].fact.decorators)
    return "__init__" not in classes[0].scope.names and any(last_name(one) == "dataclass" for one in decorators)
