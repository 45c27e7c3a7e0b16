"""Options that several commands have."""

from __future__ import annotations

import click

with_summaries = click.option(
    "--with",
    "neighbours",
    multiple=True,
    metavar="FILE",
    help="Read the summary of another repository too (see `commlint summarize`). Repeatable.",
)
