"""How often commlint is right about labelled systems, as a Markdown table.

usage: python benchmarks/accuracy.py LABELS_DIR SCORE_PY SYSTEMS_DIR [--together NAME=REPO,REPO,...]

LABELS_DIR holds a file `owner__name.json` for each labelled repository, SYSTEMS_DIR a folder `owner__name`; with
`--together` a folder NAME that holds the repositories of one system side by side, each in a folder `name`. SCORE_PY
compares labels with a SARIF log: `SCORE_PY LABELS SARIF --json [--prefix FOLDER/]`.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from commlint.checks import CHECKS

Z = 1.959964  # of the 95 % interval
SLUGS = [check.slug for check in CHECKS]


def main() -> int:
    """Score and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path, metavar="LABELS_DIR")
    parser.add_argument("score", type=Path, metavar="SCORE_PY")
    parser.add_argument("systems", type=Path, metavar="SYSTEMS_DIR")
    parser.add_argument("--together", action="append", default=[], metavar="NAME=REPO,REPO,...")
    arguments = parser.parse_args()
    together = {}
    for given in arguments.together:
        folder, _, repositories = given.partition("=")
        together.update(dict.fromkeys(repositories.split(","), folder))

    print("| system | rule | tp | fn | fp | recall | at least | precision | at least |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|")
    pooled: dict[str, Counter[str]] = {slug: Counter() for slug in SLUGS}
    with tempfile.TemporaryDirectory() as scratch:
        for labels in sorted(arguments.labels.glob("*.json")):
            name = labels.stem.rpartition("__")[2]
            folder = together.get(name, labels.stem)
            prefix = ["--prefix", f"{name}/"] if name in together else []
            sarif = Path(scratch, f"{folder}.sarif")
            if not sarif.exists():
                check(arguments.systems / folder, sarif)
            scored = run([sys.executable, str(arguments.score), str(labels), str(sarif), "--json", *prefix])
            rules = json.loads(scored)["rules"]
            for slug in SLUGS:
                if slug in rules:
                    print(row(labels.stem, slug, counts := Counter(rules[slug])))
                    pooled[slug] += counts
    for slug in SLUGS:
        print(row("**all**", slug, pooled[slug]))
    return 0


def check(system: Path, sarif: Path) -> None:
    """Let commlint check a system."""
    command = [sys.executable, "-m", "commlint", "check", ".", "--exit-zero", "--format", "sarif"]
    run([*command, "--output", str(sarif)], system)


def run(command: list[str], folder: Path | None = None) -> str:
    """What a command prints; it ends the program where it fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} in {folder}: {done.stderr[-2000:]}")
    return done.stdout


def row(system: str, slug: str, counts: Counter[str]) -> str:
    """A line of the table; precision counts only in the part of a system that is labelled in full."""
    found, missed, wrong, sure = (counts[key] for key in ("tp", "fn", "fp", "tp_in_scope"))
    rates = f"{share(found, missed)} | {share(sure, wrong)}"
    return f"| {system} | {slug} | {found} | {missed} | {wrong} | {rates} |"


def share(good: int, bad: int) -> str:
    """A share and the lower bound of its 95 % Wilson interval."""
    if not (total := good + bad):
        return "- | -"
    rate = good / total
    spread = Z * math.sqrt(rate * (1 - rate) / total + Z * Z / (4 * total * total))
    return f"{rate:.2f} | {(rate + Z * Z / (2 * total) - spread) / (1 + Z * Z / total):.2f}"


if __name__ == "__main__":
    sys.exit(main())
