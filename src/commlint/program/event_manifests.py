"""Subscriptions that manifests make instead of code: templates of functions, Dapr, AsyncAPI documents."""

from __future__ import annotations

from collections.abc import Iterator

from commlint.program.contracts import Contracts
from commlint.program.events import Consumer
from commlint.workspace import Workspace


def find_listeners(contracts: Contracts, workspace: Workspace) -> Iterator[Consumer]:
    """The subscriptions of all manifests."""
    return iter(())
