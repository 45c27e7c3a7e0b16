"""Which claims about releases hold for what a service asks for."""

from __future__ import annotations

import pytest

from commlint.program.releases import admits


@pytest.mark.parametrize(
    ("claimed", "asked", "holds"),
    [
        ("", "==1", True),
        (">=8", "", True),
        ("<8", "", False),
        ("<8", "==5.3.1", True),
        (">=8", "==5.3.1", False),
        # The newest release in a range: the checked one if that is in it, else what the range names.
        (">=8", ">=5", True),
        ("<8", ">=5,<6", True),
        (">=8", ">=5,<6", False),
        ("<8", "<8", True),
        (">=8", "<8", False),
        ("<3", "~=2.1", True),
        ("<3", "==2.*", True),
        (">=8", "!=8.0", True),
        (">=9", "==9.0rc1", False),
        (">=8", "==9.0rc1", True),
        # What cannot be read decides nothing.
        (">=8", "nonsense", True),
        ("nonsense", "==1", True),
    ],
)
def test_admits(claimed: str, asked: str, *, holds: bool) -> None:
    assert admits(claimed, asked, "8.1.0") == holds


def test_without_a_known_release_every_claim_may_hold() -> None:
    assert admits(">=8", "", "")
    assert admits("<8", "", "unknown")
