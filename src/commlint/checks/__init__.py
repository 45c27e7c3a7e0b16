"""The checks: one file a rule, named like its page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from commlint.checks.chatty_request import ChattyRequest
from commlint.checks.closed_enum import ClosedEnum
from commlint.checks.dependent_consumer import DependentConsumer
from commlint.checks.event_format import EventFormat
from commlint.checks.floating_call import FloatingCall
from commlint.checks.foreign_model_import import ForeignModelImport
from commlint.checks.foreign_table_access import ForeignTableAccess
from commlint.checks.fragile_publish import FragilePublishing
from commlint.checks.hardcoded_endpoint import HardcodedEndpoint
from commlint.checks.missing_timeout import MissingTimeout
from commlint.checks.n_plus_one_call import NPlusOneCall
from commlint.checks.orphan_event import OrphanEvent
from commlint.checks.required_read import RequiredRead
from commlint.checks.response_drift import ResponseDrift
from commlint.checks.serialized_calls import SerializedCalls
from commlint.checks.shared_database import SharedDatabase
from commlint.checks.strict_reader import StrictReader
from commlint.checks.sync_chain import SyncChain
from commlint.checks.sync_cycle import SyncCycle
from commlint.checks.sync_notification import SyncNotification
from commlint.checks.unguarded_call import UnguardedCall
from commlint.finding import Finding
from commlint.program import Program


class Check(Protocol):
    """What looks for one kind of defect.

    Attributes:
        code: The rule's code.
        slug: The rule's slug.
    """

    code: str
    slug: str

    def check(self, program: Program) -> Iterator[Finding]:
        """Finds every place with the defect."""
        ...


# In order of their codes.
CHECKS: tuple[Check, ...] = (
    NPlusOneCall(),
    ChattyRequest(),
    SerializedCalls(),
    ForeignTableAccess(),
    ForeignModelImport(),
    SharedDatabase(),
    StrictReader(),
    RequiredRead(),
    ClosedEnum(),
    UnguardedCall(),
    MissingTimeout(),
    SyncChain(),
    SyncCycle(),
    SyncNotification(),
    FragilePublishing(),
    DependentConsumer(),
    EventFormat(),
    OrphanEvent(),
    FloatingCall(),
    HardcodedEndpoint(),
    ResponseDrift(),
)
