"""`commlint explain` and `commlint rules`."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator

import click
import msgspec

from commlint.catalogue import find_rule, load_rules
from commlint.cli.terminal import colored, emit
from commlint.finding import Rule
from commlint.report.palette import Palette

_WIDTH = 120
_TITLE = re.compile(r'title="(?P<title>[^"]+)"')
_LINK = re.compile(r"\[(?P<text>[^\]]+)\]\((?P<target>[^)]+)\)")


@click.command()
@click.argument("rule")
def explain(rule: str) -> int:
    """Explain a RULE: what it reports, why, and what to do.

    RULE is a code as COMM402 or a slug as missing-timeout.
    """
    found = find_rule(rule, load_rules())
    palette = Palette(on=colored())
    name = palette.paint(f"{found.code} {found.slug}", "bold")
    title = f"{name} ({palette.grade(found.severity.word, found.severity)}): {found.summary}"
    tried = ["In preview: off unless it is asked for by its whole name or with --preview."] if found.preview else []
    lines = [title, *textwrap.wrap(found.advice, _WIDTH), *tried, "", *_readable(found.page, palette)]
    emit("".join(f"{line}\n" for line in lines))
    return 0


@click.command()
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True)
def rules(style: str) -> int:
    """List all rules."""
    known = load_rules().values()
    if style == "json":
        emit(json.dumps([_entry(rule) for rule in known], indent=2) + "\n")
        return 0
    palette = Palette(on=colored())
    slugs = max(len(rule.slug) for rule in known)
    lines = []
    for rule in known:
        severity = palette.grade(f"{rule.severity.word:<7}", rule.severity)
        fix = f" ({rule.fix} fix)" if rule.fix else ""
        tried = " (preview)" if rule.preview else ""
        lines.append(
            f"{rule.code}  {palette.paint(f'{rule.slug:<{slugs}}', 'bold')}  {severity}  {rule.summary}{fix}{tried}\n"
        )
    emit("".join(lines))
    return 0


def _entry(rule: Rule) -> dict[str, object]:
    return {**msgspec.structs.asdict(rule), "severity": rule.severity.word, "confidence": rule.confidence.word}


def _readable(page: str, palette: Palette) -> Iterator[str]:
    """The lines of a Markdown page as a terminal shows them best: plain headings, code indented, links spelled out."""
    code = False
    for line in page.splitlines():
        if line.startswith("```"):
            code = not code
            title = _TITLE.search(line)
            if title:
                yield f"{title['title']}:"
        elif code:
            yield palette.paint(f"    {line}", "cyan") if line else ""
        elif line.startswith("#"):
            yield palette.paint(line.lstrip("# ").upper(), "bold")
        else:
            yield _LINK.sub(r"\g<text> (\g<target>)", line)
