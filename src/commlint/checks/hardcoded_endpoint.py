"""COMM602: a service's address written into code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from commlint.finding import Confidence, Finding, Severity, Step
from commlint.program import Program, Written


class HardcodedEndpoint:
    """Looks for addresses that are literals where the system has a place for them."""

    code = "COMM602"
    slug = "hardcoded-endpoint"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds addresses of services in code, where others of the same system stand in its configuration."""
        for written in program.written:
            yield _finding(written)


def _finding(written: Written) -> Finding:
    names = list(dict.fromkeys(target.short_name for target in written.targets))
    shown = _listed([f"`{name}`" for name in names])
    addresses = ", ".join(written.addresses)
    place = written.configured.location
    return Finding(
        rule=HardcodedEndpoint.code,
        location=written.location,
        message=f"the address of {shown} is written into the code: {addresses}",
        severity=Severity.NOTE,
        confidence=Confidence.HIGH,
        why="it is another one in another environment, and whoever moves the service has to find all such places",
        advice=f"read it from the configuration, as is done for `{written.configured.target_name}` "
        f"({place.file}:{place.line})",
        related=(Step(place, f"{written.configured.label}: the configuration says where"),),
    )


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
