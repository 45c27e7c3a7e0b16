"""However a tree is taken apart into summaries, the findings are those of the whole."""

from __future__ import annotations

import shutil
from pathlib import Path

import partitions
import pytest

FIXTURES = Path(__file__).parents[1] / "fixtures"
# A file beside the folders of a system is nobody's: what it says of them is lost with it.
SYSTEMS = [case for rule in sorted(FIXTURES.iterdir()) for case in sorted(rule.iterdir()) if case.is_dir()]
SPLITTABLE = [case for case in SYSTEMS if len(partitions.parts_of(case)) > 1]


@pytest.mark.parametrize("case", SPLITTABLE, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_the_parts_of_a_system_find_what_the_whole_does(case: Path, tmp_path: Path) -> None:
    tree = shutil.copytree(case, tmp_path / "whole")
    checkouts = partitions.take_apart(tree, tmp_path)

    assert partitions.united(checkouts, tmp_path) == partitions.whole(tree)
