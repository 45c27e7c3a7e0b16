"""COMM202: the models of another service, or of a package that several share."""

from __future__ import annotations

from collections.abc import Iterator

from commlint.finding import Confidence, Finding, Severity, Step
from commlint.program import ModelImport, Program

_SHOWN = 4


class ForeignModelImport:
    """Looks for services that use each other's persistence code."""

    code = "COMM202"
    slug = "foreign-model-import"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds a service's first import of each package of models that is not its own."""
        for found in program.model_imports:
            yield _finding(found)


def _finding(found: ModelImport) -> Finding:
    user = found.service.short_name
    shown = ", ".join(f"`{name}`" for name in found.models[:_SHOWN])
    shown += f" and {len(found.models) - _SHOWN} more" if len(found.models) > _SHOWN else ""
    plural = "s" if len(found.models) > 1 else ""
    place = f"{found.declared.file}:{found.declared.line}"
    if found.owner is not None:
        done = "loads" if found.by_name else "imports"
        message = f"{user} {done} the model{plural} {shown} of {found.owner.short_name} ({place})"
        why = f"{user} can only be built and deployed together with the tables of {found.owner.short_name}"
        advice = f"ask {found.owner.short_name} for its data, or keep what is needed of it in a model of {user}"
    else:
        names = sorted({service.short_name for service, _ in found.others})
        others = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
        message = f"{user} shares the model{plural} {shown} of `{found.package}` ({place}) with {others}"
        why = "a change of a table for one service is a release of all"
        advice = "give each model to the service that owns its table, and let the others ask it"
    return Finding(
        rule=ForeignModelImport.code,
        location=found.location,
        message=message,
        severity=Severity.WARNING,
        confidence=Confidence.HIGH,
        why=why,
        advice=advice,
        related=(
            Step(found.declared, "the first of them is defined here"),
            *(Step(location, f"{service.short_name} imports from there too") for service, location in found.others),
        ),
    )
