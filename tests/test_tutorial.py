"""What the tutorial and the README quote is what the commands print and what the example holds."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from commlint.cli import main

ROOT = Path(__file__).parents[1]
SHOP = ROOT / "examples" / "shop"
_CONSOLE = re.compile(r"^```console\n\$ commlint (?P<command>.+)\n(?P<output>(?:.*\n)*?)```$", re.MULTILINE)
_QUOTED = re.compile(r'^```python title="(?P<file>[^"\n]+)"\n(?P<code>(?:.*\n)*?)```$', re.MULTILINE)


def runs(document: str) -> dict[str, str]:
    """What a document says is printed, by command."""
    return {run["command"]: run["output"] for run in _CONSOLE.finditer((ROOT / document).read_text("utf-8"))}


def printed(run: re.Match[str]) -> str:
    """A quoted run as it should be."""
    result = CliRunner().invoke(main, shlex.split(run["command"]))
    assert result.exit_code in {0, 1}, result.stderr
    return f"```console\n$ commlint {run['command']}\n{result.stdout}```"


@pytest.mark.parametrize(("document", "folder"), [("docs/tutorial.md", "examples/shop"), ("README.md", ".")])
def test_what_is_quoted_is_what_is_printed(
    document: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    shutil.copytree(
        SHOP, tmp_path / "examples" / "shop", ignore=shutil.ignore_patterns("__pycache__", ".commlint_cache")
    )
    monkeypatch.chdir(tmp_path / folder)
    text = (ROOT / document).read_text("utf-8")
    assert runs(document)
    right = _CONSOLE.sub(printed, text)
    if request.config.getoption("--snapshot-update"):
        (ROOT / document).write_text(right, "utf-8")
    else:
        assert text == right


def test_the_tutorial_quotes_the_repaired_shop() -> None:
    quoted = list(_QUOTED.finditer((ROOT / "docs" / "tutorial.md").read_text("utf-8")))
    assert quoted
    for quote in quoted:
        assert quote["code"] in (SHOP / quote["file"]).read_text("utf-8"), quote["file"]


def test_the_tutorial_names_every_rule_that_the_fragile_shop_breaks() -> None:
    text = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
    overview = runs("docs/tutorial.md")["check fragile --format concise --notes"]
    for slug in set(re.findall(r"COMM\d+ ([a-z-]+)", overview)):
        assert text.count(slug) > overview.count(slug), slug
