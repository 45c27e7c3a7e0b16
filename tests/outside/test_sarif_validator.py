"""SARIF as a program sees it that was not written here: Microsoft's validator with GitHub's rules."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.outside

ROOT = Path(__file__).parents[2]
SHOP = ROOT / "examples" / "shop"
SNAPSHOT = ROOT / "tests" / "report" / "snapshots" / "test_sarif" / "test_rich_report" / "report.sarif"


@pytest.fixture(scope="module")
def multitool() -> str:
    tool = os.environ.get("SARIF_MULTITOOL")
    assert tool, "SARIF_MULTITOOL has to hold the path of Sarif.Multitool; .ci/outside installs it"
    return tool


@pytest.fixture(scope="module")
def shop() -> Any:
    """The log of a check of the example shop."""
    done = subprocess.run(
        [sys.executable, "-m", "commlint", "check", str(SHOP), "--format", "sarif"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    log = json.loads(done.stdout)
    assert log["runs"][0]["results"]
    return log


def complaints(multitool: str, log: Any, folder: Path) -> list[str]:
    """Ids of the validator's rules that a log breaks, those for mere notes aside."""
    (folder / "log.sarif").write_text(json.dumps(log), "utf-8")
    config = folder / "config.xml"
    subprocess.run([multitool, "export-validation-config", str(config)], check=True, capture_output=True)
    # This rule asks the network for every address in the log.
    head, rule, tail = config.read_text("utf-8-sig").partition("SARIF2006.UrisShouldBeReachable.Options")
    assert rule
    config.write_text(head + rule + tail.replace('Value="Default"', 'Value="Disabled"', 1), "utf-8")
    verdict = folder / "verdict.sarif"
    # The exit status says nothing: it is 0 with errors too.
    options = ["--config", config.name, "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning", "--quiet", "true"]
    subprocess.run(
        [multitool, "validate", "log.sarif", *options, "--log", "ForceOverwrite", "-o", verdict.name],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    (run,) = json.loads(verdict.read_text("utf-8-sig"))["runs"]
    # A level that is left out is a warning.
    return [result["ruleId"] for result in run["results"] if result.get("level", "warning") in {"error", "warning"}]


def test_the_shop_passes(multitool: str, shop: Any, tmp_path: Path) -> None:
    assert complaints(multitool, shop, tmp_path) == []


def test_a_log_with_everything_passes(multitool: str, tmp_path: Path) -> None:
    assert complaints(multitool, json.loads(SNAPSHOT.read_text("utf-8")), tmp_path) == []


def test_the_validator_would_complain(multitool: str, tmp_path: Path) -> None:
    log = json.loads(SNAPSHOT.read_text("utf-8"))
    del log["runs"][0]["results"][0]["locations"]
    log["runs"][0]["results"][1]["ruleIndex"] = 99
    assert {"GH1015", "SARIF1009"} <= set(complaints(multitool, log, tmp_path))


def test_fingerprints_are_those_that_another_program_computes(multitool: str, shop: Any, tmp_path: Path) -> None:
    results = shop["runs"][0]["results"]
    ours = [result.pop("partialFingerprints") for result in results]
    for result in results:
        place = result["locations"][0]["physicalLocation"]["artifactLocation"]
        place["uri"] = (SHOP / place["uri"]).as_uri()
        del place["uriBaseId"]
    (tmp_path / "bare.sarif").write_text(json.dumps(shop), "utf-8")
    subprocess.run(
        [multitool, "rewrite", "bare.sarif", "--insert", "RollingHashPartialFingerprints", "-o", "full.sarif"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    (run,) = json.loads((tmp_path / "full.sarif").read_text("utf-8-sig"))["runs"]
    theirs = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    assert [print_["primaryLocationLineHash"] for print_ in ours] == theirs
