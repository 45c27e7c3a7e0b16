"""The README names what there is: rules, commands, options, files."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from commlint.catalogue import load_rules
from commlint.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
# What the commands of others have, in the examples of their use.
_OF_OTHERS = {"venv"}


def options(command: click.Command) -> set[str]:
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}


def commands(group: click.Group) -> dict[str, click.Command]:
    """All commands, those of groups as `neighbours update`."""
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        found[name] = command
        if isinstance(command, click.Group):
            found.update({f"{name} {inner}": one for inner, one in commands(command).items()})
    return found


def test_its_table_has_every_rule_once_in_order() -> None:
    rows = re.findall(r"^\| (COMM\d+) \| \[([a-z-]+)\]\(rules/([a-z-]+)\.md\) \|", README, re.MULTILINE)
    assert {code: slug for code, slug, _ in rows} == {code: rule.slug for code, rule in load_rules().items()}
    assert all(slug == page for _, slug, page in rows)
    # Those that speak of commlint itself come last.
    codes = [code for code, _, _ in rows]
    assert codes == sorted(codes, key=lambda code: (code.startswith("COMM00"), code))


def test_every_command_is_listed_and_exists() -> None:
    listed = re.findall(r"^commlint ((?:[a-z][a-z-]* )+)", README, re.MULTILINE)
    assert listed
    there = commands(main)
    for name in listed:
        assert name.strip() in there
    assert {name.split()[0] for name in listed} == set(main.commands)


def test_every_option_exists() -> None:
    table = README.partition("| option | |\n")[2].partition("\n\n")[0]
    check = options(main.commands["check"])
    rows = re.findall(r"^\| (`--.*?) \|", table, re.MULTILINE)
    assert len(rows) > 10
    for name in re.findall(r"--[a-z][a-z-]*", " ".join(rows)):
        assert name in check
    everywhere = set().union(*(options(command) for command in commands(main).values()))
    for name in re.findall(r"(?<![\w-])--[a-z][a-z-]*", README):
        assert name in everywhere | _OF_OTHERS


@pytest.mark.parametrize("document", ["README.md", "docs/tutorial.md", "examples/shop/README.md"])
def test_every_link_leads_somewhere(document: str) -> None:
    file = ROOT / document
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", file.read_text("utf-8"))
    assert targets
    for target in targets:
        assert target.startswith("https://") or (file.parent / target).exists(), target
