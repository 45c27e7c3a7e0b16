"""COMM602: a service's address written into code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from commlint.finding import Confidence, Finding, Fix, Imported, ReadSetting, Severity, Step
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
        fix=_fix(written),
    )


def _fix(written: Written) -> Fix | None:
    """Reads the addresses from the environment; the network is the same until somebody sets the variables."""
    if not all(written.settings) or len(set(written.settings)) < len(written.settings):
        return None
    pairs = zip(written.addresses, written.settings, strict=True)
    changes = tuple(ReadSetting(written.location, address, variable) for address, variable in pairs)
    variables = _listed([f"`{variable}`" for variable in written.settings])
    return Fix(f"read {variables} from the environment", safe=False, changes=changes, imports=(Imported("os"),))


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
