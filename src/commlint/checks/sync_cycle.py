"""COMM404: services that call each other in a ring."""

from __future__ import annotations

from collections.abc import Iterator

from commlint.finding import Confidence, Finding, Location, Severity, Step
from commlint.program import Program


class SyncCycle:
    """Looks for rings in the service map."""

    code = "COMM404"
    slug = "sync-cycle"

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds rings of services without a shorter one inside them; each once, at its first call that has no other."""
        taken: set[Location] = set()
        for ring in program.services.rings():
            first = min(ring, key=lambda crossing: (crossing.location in taken, crossing.location))
            taken.add(first.location)
            names = [crossing.source.short_name for crossing in ring]
            yield Finding(
                rule=self.code,
                location=first.location,
                message=f"{' > '.join((*names, names[0]))}: these services call each other in a ring",
                severity=Severity.ERROR,
                confidence=Confidence.HIGH if all(c.remote.sure for c in ring) else Confidence.LOW,
                why="none of them can be started, released or understood alone, and one that is slow makes all of them "
                "slow",
                advice="turn one of the calls into an event, or move what both sides need into one of them",
                call=first.label,
                related=tuple(Step(crossing.location, crossing.label) for crossing in ring if crossing is not first),
            )
