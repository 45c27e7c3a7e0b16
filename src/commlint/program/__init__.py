"""The program: all facts linked, and the questions that checks ask of it.

`link` builds it in the order in which the parts depend on each other: what is defined where, what may hold what, where
work starts, which calls are remote, and what lies around them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from commlint import facts
from commlint.building import building
from commlint.catalogue.models import Library
from commlint.finding import Service
from commlint.program.absence import Absence
from commlint.program.addresses import Addresses
from commlint.program.batch import Batches, Instead
from commlint.program.callgraph import call_graph
from commlint.program.constants import Texts
from commlint.program.contract_keeping import Breach, Keeping, Verdict
from commlint.program.contracts import Contracts
from commlint.program.counts import Counts
from commlint.program.crossings import Crossing, Crossings
from commlint.program.cures import Cure, Cures
from commlint.program.databases import Database, Databases
from commlint.program.dependents import Dependence, find_dependences
from commlint.program.drawing import draw
from commlint.program.encoded import Encoded
from commlint.program.entries import EntryPoint, find_entries
from commlint.program.event_flaws import Flaw as EventFlaw
from commlint.program.event_flaws import find_flaws
from commlint.program.event_manifests import find_listeners
from commlint.program.event_map import EventMap, Joint
from commlint.program.events import Consumer, Messages, Publish
from commlint.program.expectations import Expectations, Expected
from commlint.program.failure import Failures
from commlint.program.flow import Linker
from commlint.program.generated import GeneratedClients
from commlint.program.guards import Guards
from commlint.program.limits import Limits
from commlint.program.literals import Literals
from commlint.program.loads import find_loads
from commlint.program.loops import Kind, Loop, Loops
from commlint.program.model_imports import ModelImport, find_model_imports
from commlint.program.models import Models
from commlint.program.notifications import Notification, find_notifications
from commlint.program.orphans import Orphan, Orphans
from commlint.program.ownership import Foreign, Ownership
from commlint.program.parsed import Parsed, find_parsed
from commlint.program.parsers import Parse, Parsers
from commlint.program.paths import Path, Paths, Reach
from commlint.program.payloads import Payload, Payloads
from commlint.program.publishing import FragilePublish, Publishing
from commlint.program.queries import Access, Queries
from commlint.program.readers import Strict
from commlint.program.remote import RemoteCall, find_remote_calls
from commlint.program.replies import Replies
from commlint.program.routes import Routes
from commlint.program.serial import Serial
from commlint.program.service_map import Chain, Hop, ServiceGraph
from commlint.program.silence import Silence, silences
from commlint.program.sites import Site
from commlint.program.store_models import StoreModels
from commlint.program.symbols import Class, Function, Symbols
from commlint.program.tables import Declaration, Tables
from commlint.program.trails import Trail, Trails
from commlint.program.transactions import Transactions
from commlint.program.uses import Uses
from commlint.program.waiting import is_coroutine
from commlint.program.walk import link as link_code
from commlint.program.written import Written, find_written
from commlint.servicemap import Load, ServiceMap
from commlint.workspace import Workspace

__all__ = [
    "Access",
    "Breach",
    "Chain",
    "Class",
    "Consumer",
    "Crossing",
    "Cure",
    "Database",
    "Declaration",
    "Dependence",
    "EntryPoint",
    "EventFlaw",
    "Expected",
    "Foreign",
    "FragilePublish",
    "Function",
    "Hop",
    "Instead",
    "Joint",
    "Kind",
    "Loop",
    "ModelImport",
    "Notification",
    "Orphan",
    "Parse",
    "Parsed",
    "Path",
    "Payload",
    "Program",
    "Publish",
    "RemoteCall",
    "Silence",
    "Site",
    "Strict",
    "Trail",
    "Verdict",
    "Written",
    "link",
]


class Program:
    """The linked program.

    Attributes:
        workspace: What it was read from.
        sites: Every call in it, in order of file and place.
        remote_calls: Those that wait for another process.
        remote_at: The same by their call.
        addresses: Questions about where remote calls go.
        entries: Its entry points, by handler.
        loops: Questions about loops.
        trails: Questions about which calls belong together, and who waits for them.
        paths: Questions about ways in.
        reach: Questions about what calls lead to.
        batches: Questions about batch calls.
        serial: Questions about calls in a row.
        counts: Questions about how many calls a request makes.
        routes: Questions about what services answer to.
        guards: Questions about protection.
        limits: Questions about time limits.
        databases: Questions about the databases that services are configured on.
        tables: Questions about what declares tables.
        queries: Questions about access to stored data.
        ownership: Questions about whose data that is.
        cures: Where a time limit would be set.
        parsers: Questions about what calls read data into.
    """

    def __init__(self, workspace: Workspace, modules: Sequence[facts.Module], libraries: Sequence[Library]) -> None:
        models = Models(libraries)
        notices = {file.path for file in workspace.generated}
        unfollowed = [module for module in modules if module.path in notices]
        modules = [module for module in modules if module.path not in notices]
        generated = GeneratedClients(modules, unfollowed, models)
        symbols = Symbols(modules, models.roots)
        linker = Linker(symbols, models)
        link_code(linker)
        self._guarded: dict[RemoteCall, bool] = {}
        self.workspace = workspace
        self._linker = linker
        encoded = Encoded()
        self._literals = Literals(symbols, encoded)
        self._symbols = symbols
        self._models = models
        self._payloads = Payloads(symbols, models)
        self.sites = linker.sites
        texts = Texts(symbols, models, linker.by_call)
        self._contracts = [contract for library in libraries for contract in library.contract]
        self.routes = Routes(symbols, linker, models, libraries, workspace, texts)
        self.entries = find_entries(symbols, linker, models, self.routes)
        self.remote_calls = find_remote_calls(linker, models, workspace, generated)
        self.addresses = Addresses(texts, generated, workspace)
        for remote in self.remote_calls:
            self.addresses.settle(remote)
        self.remote_at = {remote.site: remote for remote in self.remote_calls}
        self.loops = Loops(symbols, linker)
        self.trails = Trails(linker, workspace)
        self.paths = Paths(linker, self.entries, workspace, self.trails)
        self.reach = Reach(self.remote_calls, self.loops, self.trails)
        self.batches = Batches(self.reach, self.entries, symbols, workspace)
        self.serial = Serial(linker, self.remote_at, self.loops)
        self.counts = Counts(self.remote_at, self.loops, self.trails, models)
        self.limits = Limits(linker, models, workspace)
        self._stores = StoreModels(libraries, models.canonical)
        self.databases = Databases(symbols, linker, self._stores, workspace, texts, encoded)
        self.tables = Tables(symbols, linker, models, self._stores, workspace, texts, encoded)
        self.queries = Queries(symbols, linker, self._stores, workspace, texts, self.tables, encoded)
        self.ownership = Ownership(self.tables, self.queries, self.databases, workspace)
        self.cures = Cures(linker)
        self.parsers = Parsers(symbols, linker, models, workspace)
        self.guards = Guards(symbols, linker, models, self.entries, self.paths, self.trails, self.limits)

    @cached_property
    def services(self) -> ServiceGraph:
        """The calls from service to service, joined to the endpoints that make and answer them."""
        crossings = Crossings(self.addresses, self.routes, self.workspace, self._literals)
        found = (crossing for remote in self.remote_calls for crossing in crossings.of(remote))
        return ServiceGraph(found, self.entries, self.hands_over)

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """What became of the contracts of the configuration, in its order."""
        return tuple(map(self._keeping.verdict, self.workspace.contracts))

    def unknown_names(self) -> Iterator[str]:
        """Names of services in contracts that none has, as a sentence for each."""
        for contract in self.workspace.contracts:
            yield from self._keeping.unknown(contract)

    @cached_property
    def _keeping(self) -> Keeping:
        return Keeping(self)

    @cached_property
    def parsed(self) -> tuple[Parsed, ...]:
        """Data of other services that is read into classes and schemas."""
        return tuple(find_parsed(self.payloads, self.parsers, self._linker.symbols))

    @cached_property
    def notifications(self) -> tuple[Notification, ...]:
        """Calls that change something in another service while a request waits, and whose answer nobody uses."""
        return tuple(find_notifications(self.services, self._uses))

    @cached_property
    def dependences(self) -> tuple[Dependence, ...]:
        """Calls without whose answer a consumer of events cannot do its work."""
        crossings = self.services.crossings
        return tuple(find_dependences(crossings, self.entries, self.events, self.guards, self._uses, self.hands_over))

    @cached_property
    def _uses(self) -> Uses:
        return Uses(self._linker, Failures(self._symbols, self._linker, self._models), self.entries)

    @cached_property
    def events(self) -> EventMap:
        """What is published and what listens to it, joined."""
        messages = Messages(self._symbols, self._linker, self._models, self.addresses.texts, self.workspace)
        listening = find_listeners(Contracts(self._contracts, self.workspace, self._symbols), self.workspace)
        return EventMap(messages, listening, self.workspace)

    @cached_property
    def fragile_publishes(self) -> tuple[FragilePublish, ...]:
        """Publishes with which a request fails, or that come before the commit of what they tell."""
        transactions = Transactions(self._linker, self._models)
        return tuple(Publishing(self.events, self.entries, self.trails, self.guards, transactions).fragile())

    @cached_property
    def event_flaws(self) -> tuple[EventFlaw, ...]:
        """What published events lack."""
        return tuple(find_flaws(self.events))

    @cached_property
    def orphans(self) -> tuple[Orphan, ...]:
        """Events that are published and nowhere consumed, or the other way round."""
        return tuple(Orphans(self.events, self.workspace).found())

    @cached_property
    def written(self) -> tuple[Written, ...]:
        """Addresses of services that are written into code, in systems that have others in their configuration."""
        return tuple(find_written(self._literals, self.workspace, self.services.crossings))

    @cached_property
    def model_imports(self) -> tuple[ModelImport, ...]:
        """The models that services import from each other, or from a package that they share."""
        linker = self._linker
        return find_model_imports(linker.symbols, linker, self._stores, self.tables, self.workspace)

    @cached_property
    def payloads(self) -> tuple[Payload, ...]:
        """All remote data that arrives, with what becomes of it."""
        crossings = self.services.crossings
        crossed = {crossing.remote for crossing in crossings}
        found = [self.payload_of(crossing) for crossing in crossings]
        found += [self._payloads.of_call(remote) for remote in self.remote_calls if remote not in crossed]
        found += [self._payloads.of_message(entry) for entry in self.entries.values() if entry.kind == "consumer"]
        return tuple(found)

    def payload_of(self, crossing: Crossing) -> Payload:
        """The answer of a call from service to service, with what becomes of it."""
        return self._payloads.of_crossing(crossing)

    @cached_property
    def expected(self) -> tuple[tuple[Expected, ...], ...]:
        """The fields of remote data that are read, by function and payload."""
        failures = Failures(self._symbols, self._linker, self._models)
        replies = Replies(self._symbols, failures)
        return tuple(Expectations(self.payloads, replies, Absence(failures, self.entries)).groups())

    def is_guarded(self, remote: RemoteCall) -> bool:
        """Whether a breaker or fallback protects a call on every way to it."""
        if (known := self._guarded.get(remote)) is None:
            known = self._guarded[remote] = self.guards.bare_path(remote) is None
        return known

    def call_graph(self) -> dict[str, list[str]]:
        """What each function calls, by dotted names."""
        return call_graph(self._linker)

    def service_map(self) -> ServiceMap:
        """Who calls whom, as plain values."""
        return draw(self)

    def loads(self) -> tuple[Load, ...]:
        """What endpoints ask of others, as plain values."""
        return tuple(find_loads(self))

    def silences(self, file: str, line: int) -> Iterator[Silence]:
        """What keeps rules silent about the remote calls at a line."""
        return silences(self, file, line)

    def service_of(self, function: Function) -> Service | None:
        """The service that a function belongs to."""
        return self.workspace.service_of(function.module.path)

    def gathering(self, site: Site, target: Function | None) -> Site | None:
        """The call that waits for a call of a function, or a remote one, together with others."""
        remote = self.remote_at.get(site) if target is None else None
        return self.trails.waiting.gathering(site, target, is_async=remote is not None and is_coroutine(remote))

    def runs_together(self, trail: Trail, remote: RemoteCall, loop: Loop) -> str:
        """How the calls of a loop run at the same time, in words; empty where each waits for the one before it.

        Args:
            trail: The calls from the one in the loop down to the remote one.
            remote: The remote call.
            loop: The loop.
        """
        site = trail.sites[0]
        target = trail.sites[1].function if len(trail.sites) > 1 else None
        waiting = self.trails.waiting
        if not waiting.together(site, target, loop.body, is_async=target is None and is_coroutine(remote)):
            return ""
        some = waiting.is_limited(site, target) or self.guards.is_held_back(trail.sites)
        some = some or any(around.kind is Kind.CHUNKS for around in self.loops.around(site))
        return "several at a time" if some else "all at once"

    def hands_over(self, site: Site, target: Function) -> bool:
        """Whether nobody waits for what a call of a function starts."""
        return self.trails.waiting.hands_over(site, target, is_async=False)

    def is_kept_up(self, path: Path, remote: RemoteCall) -> bool:
        """Whether a path leads through a loop without end, so that it is one long piece of work."""
        endless = (Kind.WAITING, Kind.MESSAGES)
        return any(loop.kind in endless for site in (*path.sites, remote.site) for loop in self.loops.around(site))

    def is_tool(self, path: Path) -> bool:
        """Whether a path is walked by hand only: it begins in a script or command beside the services."""
        by_hand = path.start.is_module if path.entry is None else path.entry.kind == "command"
        return by_hand and self.service_of(path.start) is None


def link(workspace: Workspace, modules: Sequence[facts.Module], libraries: Sequence[Library]) -> Program:
    """Links the facts of a workspace into a program."""
    with building():
        return Program(workspace, modules, libraries)
