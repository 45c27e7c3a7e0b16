"""Messages: what is published and what is listened to, as values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from commlint import facts
from commlint.catalogue.models import Entry, Publisher, Subscription
from commlint.finding import Location, Service
from commlint.program.behind import Behind, Held
from commlint.program.code import calls_in, last_name
from commlint.program.constants import Texts, is_hole, words
from commlint.program.payloads import Fields, fields
from commlint.program.places import holds
from commlint.program.sites import Site, select
from commlint.program.symbols import Class, Function, Symbols
from commlint.program.topics import is_known, plain
from commlint.program.values import External
from commlint.program.ways import Told, Ways, chained, settings_of

if TYPE_CHECKING:
    from commlint.program.constants import Reading
    from commlint.program.flow import Linker
    from commlint.program.models import Models
    from commlint.workspace import Workspace

_CONSUMING = frozenset({"consumer", "task"})
# Words for what has a name at a broker.
_NAMED = frozenset({"channel", "exchange", "queue", "stream", "subject", "subscription", "topic"})
# Where a message says what its answer goes to.
_ANSWERS = frozenset({"reply", "reply_to", "replyTo", "ReplyTo", "response_topic"})
# How many messages one call may be about.
_MOST = 24

# Stands for the service of code that belongs to none.
_NOBODY = Service("", "")
Kind = Literal["bind", "handler", "fetch", "task", "manifest"]


class Publish(msgspec.Struct, frozen=True, eq=False):
    """A message that is sent, on one way.

    Attributes:
        site: The call that sends it, of the broker's own API.
        stack: The calls of wrappers around it, the innermost first.
        settled: The one of these calls that says which event it is.
        source: The service that sends it.
        model: What is known of the API.
        broker: The kind of broker that it goes through.
        exchange: The exchange or bus, as a template; empty where there is none or it is not said.
        topic: The topic, queue, routing key or channel, likewise.
        event: The name of the event or task, where that is not the topic.
        payload: What is sent, where it is written.
        fields: Its fields.
        is_answered: It says where to send an answer.
    """

    site: Site
    stack: tuple[Site, ...]
    settled: Site
    source: Service
    model: Publisher
    broker: str
    exchange: str
    topic: str
    event: str
    payload: tuple[Held, ...]
    fields: Fields
    is_answered: bool

    @property
    def delivery(self) -> str:
        """`event` (all who listen get it), `task` (one worker does it) or `stream`."""
        return self.model.delivery

    @property
    def name(self) -> str:
        """What it is about, as brokers see it: the topic, else the event, else the exchange."""
        return self.topic or self.event or self.exchange

    @property
    def names(self) -> tuple[str, ...]:
        """The names under which it can be listened to."""
        return tuple(filter(None, (self.topic, self.event)))

    @property
    def is_by_name(self) -> bool:
        """Whether what gets it is given as a text, and not as a function of the program."""
        return not self.model.tasks

    @property
    def location(self) -> Location:
        """Where it is said which event it is."""
        return self.settled.location

    @property
    def calls(self) -> tuple[Site, ...]:
        """The calls that lead to it, the broker's own first."""
        return chained(self.site, self.stack)


class Consumer(msgspec.Struct, frozen=True, eq=False):
    """Something that gets messages.

    Attributes:
        kind: How: a queue that is bound to an exchange, a function that is called with each message, a call that
            fetches them, a task, a manifest that says so.
        location: Where it is said.
        target: The service that gets them.
        broker: The kind of broker.
        exchange: The exchange, bus, or service that publishes them, as a template.
        topics: Topics, queues, patterns or names, as templates; none where they are not known.
        group: The queue or group that shares the work.
        handler: What works on them, where that is known.
        named: `topics` are names of events rather than of topics.
    """

    kind: Kind
    location: Location
    target: Service
    broker: str
    exchange: str
    topics: tuple[str, ...]
    group: str = ""
    handler: Function | None = None
    named: bool = False

    def exchange_differs(self, publish: Publish) -> bool:
        """Whether a message goes to another exchange than it is listened to at; what is not known may be the same."""
        sent, heard = publish.exchange, self.exchange
        if not (is_known(sent) and is_known(heard)) or ("{" in sent) != ("{" in heard):
            return False
        return plain(sent) != plain(heard)


class _Message(msgspec.Struct, frozen=True):
    exchange: str
    topic: str
    event: str
    payload: tuple[Held, ...]
    fields: Fields


class _Heard(msgspec.Struct, frozen=True):
    exchange: str
    topics: tuple[str, ...]
    group: str
    handlers: tuple[Function, ...]
    is_silent: bool = False


class _Found(msgspec.Struct, frozen=True):
    """A consumer, and which queue it is about: the call that declared it, or its name.

    Attributes:
        consumer: The consumer.
        queue: Its queue.
        stack: The calls through which that is reached.
        is_silent: The call does not say what it gets.
    """

    consumer: Consumer
    queue: object
    stack: tuple[Site, ...]
    is_silent: bool = False


class Messages:
    """Finds them.

    Attributes:
        publishes: What is sent.
        consumers: What gets it.
        exchanges: How exchanges choose who gets a message, by name: `fanout`, `topic`, `direct`.
    """

    def __init__(self, symbols: Symbols, linker: Linker, models: Models, texts: Texts, workspace: Workspace) -> None:
        self._symbols = symbols
        self._linker = linker
        self._models = models
        self._texts = texts
        self._workspace = workspace
        self.publishes = tuple(self._publishes())
        self.consumers = tuple(_joined(list(self._consumers())))
        self.exchanges = dict(self._exchanges())

    # --- publishing ---------------------------------------------------------------------------------------------------

    def _publishes(self) -> Iterator[Publish]:
        for site in self._linker.sites:
            for external, model in self._sending(site):
                yield from self._sent(site, external, model, None)
            if not site.externals and isinstance(site.call.func, facts.Attr):
                yield from self._tasked(site, site.call.func)
        for function in self._symbols.functions:
            for expr, node, _ in function.decorators:
                for value in node.values if node is not None else ():
                    publishing = self._models.publishing(value.path) if isinstance(value, External) else None
                    call = self._linker.by_call.get(expr) if isinstance(expr, facts.Call) else None
                    if isinstance(value, External) and publishing is not None and call is not None:
                        yield from self._sent(call, value, publishing, None)
                        break

    def _sending(self, site: Site) -> Iterator[tuple[External, Publisher]]:
        """What a call sends: of several APIs that it may be of, the one whose object is known to have been made."""
        for external, _ in _ranked(site):
            for model in self._models.publishers(external.path):
                if holds(model, site.call, site.function.scope, tuple(external.makers())):
                    yield external, model
                    return

    def _tasked(self, site: Site, func: facts.Attr) -> Iterator[Publish]:
        """A task that is sent: `send_mail.delay()`."""
        task = self._symbols.resolve(func.value, site.function.scope)
        if not isinstance(task, Function):
            return
        for _, node, _ in task.decorators:
            for value in node.values if node is not None else ():
                model = self._models.tasks(value.path) if isinstance(value, External) else None
                if isinstance(value, External) and model is not None and func.name in model.methods:
                    yield from self._sent(site, value, model, task)
                    return

    def _sent(self, site: Site, external: External, model: Publisher, task: Function | None) -> Iterator[Publish]:
        broker = self._models.broker(external.path)

        def read(reading: Reading) -> tuple[_Message, ...]:
            found = tuple(self._messages(site, external, model, reading))
            if task is None:
                return found
            # What a decorator says of a task's name is said to the tasks' side too.
            name = task_names(task, _named_by(task))[0]
            return tuple(msgspec.structs.replace(message, event=name) for message in found)

        inner: dict[tuple[Site, ...], tuple[_Message, ...]] = {}

        def is_settled(told: Told[tuple[_Message, ...]]) -> bool:
            inner[told.stack] = told.said
            return not told.is_open and self._source(site, told.stack) is not None

        seen: set[tuple[object, ...]] = set()
        for told in Ways(site, self._texts, self._workspace, read, is_settled).found():
            source = self._source(site, told.stack) or _NOBODY
            for message in told.said:
                settled = self._settling(site, told.stack, message, inner)
                key = (settled, source.root, message.exchange, message.topic, message.event)
                if key in seen:
                    continue
                seen.add(key)
                yield Publish(
                    *(site, told.stack, settled, source, model, broker),
                    *(message.exchange, message.topic, message.event, message.payload, message.fields),
                    _is_answered(site),
                )

    def _source(self, site: Site, stack: tuple[Site, ...]) -> Service | None:
        """The service that a call is made for: that of the code nearest to it which belongs to one."""
        calls = chained(site, stack)
        for one in (*reversed(calls), *reversed(stack)):
            if (service := self._workspace.service_of(one.function.module.path)) is not None:
                return service
        return None

    def _settling(
        self,
        site: Site,
        stack: tuple[Site, ...],
        message: _Message,
        inner: dict[tuple[Site, ...], tuple[_Message, ...]],
    ) -> Site:
        """The innermost call at which it is known which event is sent."""
        meant = (message.topic, message.event)
        for length in range(len(stack) + 1):
            said = inner.get(stack[:length], ())
            if any((other.topic, other.event) == meant for other in said):
                found = chained(site, stack[:length])[-1]
                if self._workspace.service_of(found.function.module.path) is not None:
                    return found
        return chained(site, stack)[-1]

    def _messages(self, site: Site, external: External, model: Publisher, reading: Reading) -> Iterator[_Message]:
        stack = reading.stack
        behind = self._behind(reading, site)
        select_at = _Selector(behind, site, external, stack)
        exchange = _first(select_at.texts(model.exchange))
        topics = select_at.texts(model.topic)
        events = select_at.texts(model.event)
        payload = tuple(select_at.at(model.payload))
        said = Fields()
        for index, held in enumerate(payload):
            one = fields(held, behind, self._symbols)
            said = one if index == 0 else said.joined(one)
        said = said.joined(self._beside(site, behind, payload, stack)) if said.names or said.whole else said
        names: list[tuple[str, str]] = [(t, e) for t in topics or [""] for e in events or said.types or [""]]
        for topic, event in names[:_MOST]:
            yield _Message(exchange, topic, event, payload, said)

    def _beside(self, site: Site, behind: Behind, payload: tuple[Held, ...], stack: tuple[Site, ...]) -> Fields:
        """What is sent beside the payload: headers, and a key."""
        found = Fields(whole=True)
        for keyword in site.call.keywords:
            held = Held(keyword.value, site.function, stack)
            if held in payload:
                continue
            if keyword.name in ("headers", "properties", "attributes", "MessageAttributes", "metadata"):
                found = found.joined(fields(held, behind, self._symbols))
            elif keyword.name == "key":
                found = found.joined(Fields(frozenset({"key"}), whole=True))
        return Fields(found.names, found.types, "", whole=True)

    def _exchanges(self) -> Iterator[tuple[str, str]]:
        for site in self._linker.sites:
            for external, _ in site.externals:
                model = self._models.exchange(external.path)
                for stack in ((), *((caller,) for caller in site.function.callers)) if model is not None else ():
                    reading = self._texts.reading(settings_of(site, self._workspace), stack)
                    at = _Selector(self._behind(reading, site), site, external, reading.stack)
                    assert model is not None  # noqa: S101 - asked before
                    name, kind = _first(at.texts(model.name)), _first(at.texts(model.type)).lower()
                    if is_known(name):
                        yield name, re.sub(r"[{}]", "", kind) or model.default

    # --- listening ----------------------------------------------------------------------------------------------------

    def _consumers(self) -> Iterator[_Found]:
        for site in self._linker.sites:
            yield from self._listening(site)
        for function in self._symbols.functions:
            yield from self._decorated(function)

    def _listening(self, site: Site) -> Iterator[_Found]:
        """What a call subscribes to: of several APIs that it may be of, the one whose object is known to be made."""
        for external, _ in _ranked(site):
            makers = tuple(external.makers())
            models = self._models.subscriptions(external.path)
            found = [model for model in models if holds(model, site.call, site.function.scope, makers)]
            entry = self._models.registrar(external.path)
            if entry is not None and entry.kind in _CONSUMING and holds(entry, site.call, site.function.scope, makers):
                handled = list(self._heard(site, external, None, entry))
                # A method may take a handler, and may also just fetch.
                if handled and (not found or any(one.consumer.handler is not None for one in handled)):
                    yield from handled
                    return
            if found:
                yield from self._heard(site, external, found[0], None)
                return

    def _heard(
        self, site: Site, external: External, model: Subscription | None, entry: Entry | None
    ) -> Iterator[_Found]:
        broker = self._models.broker(external.path)
        kind: Kind = "handler" if model is None else "bind" if model.binds else "fetch"
        if entry is not None and entry.kind == "task":
            kind = "task"

        def read(reading: Reading) -> _Heard:
            behind = self._behind(reading, site)
            at = _Selector(behind, site, external, reading.stack)
            if model is not None:
                exchange, group = (_first(at.texts(place)) for place in (model.exchange, model.group))
                topics = tuple(at.texts(model.topic))
                is_silent = kind == "fetch" and not (at.at(model.topic) if model.topic else group)
                group = group or (_first(topics) if kind == "fetch" else "")
                return _Heard(exchange, topics, group, (), is_silent)
            assert entry is not None  # noqa: S101 - one of the two is given
            handlers = tuple(self._handlers(at.at(entry.handler), behind))
            topics = tuple(at.texts(entry.path))
            return _Heard("", topics, _first(at.texts(entry.group)) or _first(topics), handlers)

        def is_settled(told: Told[_Heard]) -> bool:
            return not told.is_open and self._source(site, told.stack) is not None

        for told in Ways(site, self._texts, self._workspace, read, is_settled).found():
            target = self._source(site, told.stack) or _NOBODY
            heard = told.said
            settled = chained(site, told.stack)[-1]
            handlers: tuple[Function | None, ...] = heard.handlers or (None,)
            if kind == "fetch":
                handlers = (site.function,)
            for handler in handlers:
                topics = heard.topics
                if kind == "task" and handler is not None:
                    topics = task_names(handler, _first(topics))
                place = settled.location
                consumer = Consumer(
                    kind, place, target, broker, heard.exchange, topics, heard.group, handler, named=kind == "task"
                )
                queue = external.origin if broker == "amqp" else None
                yield _Found(consumer, queue or heard.group, told.stack, heard.is_silent)

    def _handlers(self, handlers: Sequence[Held], behind: Behind) -> Iterator[Function]:
        """The functions that are called with each message; of a partial, one that is handed on to it."""
        for held in handlers:
            found = behind.named(held)
            for value in behind.values(held):
                if isinstance(value.expr, facts.Call):
                    inner = (*value.expr.args[1:], *(k.value for k in value.expr.keywords), *value.expr.args[:1])
                    for argument in inner:
                        found += behind.named(Held(argument, value.function, value.stack))[: 0 if found else 1]
                elif isinstance(value.expr, facts.Lambda):
                    found += [value.function]
            yield from found

    def _decorated(self, function: Function) -> Iterator[_Found]:
        target = self._workspace.service_of(function.module.path) or _NOBODY
        for expr, node, _ in function.decorators:
            for value in node.values if node is not None else ():
                entry = self._models.entry_decorator(value.path) if isinstance(value, External) else None
                if not isinstance(value, External) or entry is None or entry.kind not in _CONSUMING:
                    continue
                call = expr if isinstance(expr, facts.Call) else None
                if not holds(entry, call, function.module.scope, ()):
                    continue
                yield _Found(self._marked(function, value, entry, call, target), None, ())
                break

    def _marked(
        self, function: Function, value: External, entry: Entry, call: facts.Call | None, target: Service
    ) -> Consumer:
        site = None if call is None else self._linker.by_call.get(call)
        topics: tuple[str, ...] = ()
        exchange, location = "", function.location
        if site is not None:
            settings = settings_of(site, self._workspace)
            reading = self._texts.reading(settings, ())
            at = _Selector(self._behind(reading, site), site, value, ())
            topics = tuple(at.texts(entry.path))
            exchange = _first(at.texts(entry.publisher))
            location = site.location
        is_task = entry.kind == "task"
        if is_task:
            topics = task_names(function, _first(topics))
        return Consumer(
            *("task" if is_task else "handler", location, target, self._models.broker(value.path), exchange, topics),
            *("", function, is_task),
        )

    def _behind(self, reading: Reading, site: Site) -> Behind:
        settings = settings_of(site, self._workspace)
        return Behind(self._symbols, self._texts, self._linker.by_call, reading, settings)


class _Selector:
    """What stands at places of a call that sends or fetches messages."""

    def __init__(self, behind: Behind, site: Site, external: External, stack: tuple[Site, ...]) -> None:
        self._behind = behind
        self._site = site
        self._external = external
        self._stack = stack

    def texts(self, place: str) -> list[str]:
        """The texts that stand at a place, as templates."""
        found: dict[str, None] = {}
        for held in self.at(place):
            for text in self._behind.texts(held):
                found[self._of_object(held, text)] = None
        return list(found)[:_MOST]

    def _of_object(self, held: Held, text: str) -> str:
        """The name that an object was made for: `RabbitQueue("orders")`."""
        if not is_hole(text):
            return text
        for value in self._behind.values(held):
            if isinstance(value.expr, facts.Call) and _makes_named(last_name(value.expr)):
                name = select(value.expr, "kw:name|arg:0")
                if last_name(value.expr).endswith("_path") and value.expr.args:
                    # `topic_path(project, topic)`.
                    name = value.expr.args[-1]
                known = [] if name is None else self._behind.texts(Held(name, value.function, value.stack))
                if known and is_known(known[0]):
                    return known[0]
        return text

    def at(self, place: str) -> list[Held]:
        """What stands at a place, its first alternative that is there."""
        for alternative in place.split("|"):
            found = self._one(alternative)
            if found:
                return found
        return []

    def _one(self, place: str) -> list[Held]:
        site, front = self._site, place
        if place.startswith("const:"):
            return [Held(facts.Const(place.removeprefix("const:")), site.function, self._stack)]
        if place.startswith("class."):
            return self._of_class(place.partition(":")[2])
        if front.startswith("ctor."):
            if self._external.origin is None:
                return []
            site, front = self._external.origin, front.removeprefix("ctor.")
        elif front.startswith("decorator."):
            return []
        base, *steps = front.split(".")
        found = self._base(site, base)
        for step in steps:
            found = [inner for held in found for inner in self._behind.at(held, step)]
        return found

    def _base(self, site: Site, base: str) -> list[Held]:
        if base == "arg:*":
            return [Held(argument, site.function, self._stack) for argument in site.call.args]
        if base == "recv":
            func = site.call.func
            return [Held(func.value, site.function, self._stack)] if isinstance(func, facts.Attr) else []
        if (expr := select(site.call, base)) is not None:
            return [Held(expr, site.function, self._stack)]
        if base.startswith("kw:"):
            spread = [k.value for k in site.call.keywords if not k.name]
            return [
                inner
                for value in spread
                for inner in self._behind.at(Held(value, site.function, self._stack), f"key:{base[3:]}")
            ]
        return []

    def _of_class(self, name: str) -> list[Held]:
        owner = self._site.function.owner
        for base in owner.mro if owner is not None else ():
            if isinstance(base, Class) and isinstance(value := base.scope.bindings.get(name), facts.Expr):
                return [Held(value, base.scope.function, self._stack)]
        return []


def task_names(function: Function, said: str) -> tuple[str, ...]:
    """What a task is called: as its decorator says, else by its module and name, as the module may be imported."""
    if said:
        return (said,)
    parts = [*function.module.path.removesuffix(".py").removesuffix("/__init__").split("/"), function.name]
    return tuple(".".join(parts[start:]) for start in range(len(parts)))


def _is_answered(site: Site) -> bool:
    """Whether a call that sends a message, or what it sends, names where the answer goes."""
    given = (*site.call.args, *(keyword.value for keyword in site.call.keywords))
    bound = (site.function.scope.bindings.get(expr.id) for expr in given if isinstance(expr, facts.Name))
    calls = [call for part in (site.call, *bound) if isinstance(part, facts.Call) for call in calls_in(part)]
    return any(keyword.name in _ANSWERS for call in calls for keyword in call.keywords)


def _makes_named(name: str) -> bool:
    """Whether a function or class of some name makes an object that has one: `RabbitQueue`, `declare_exchange`."""
    return name[:1].isupper() or not _NAMED.isdisjoint(words(name))


def _first(texts: Sequence[str]) -> str:
    return texts[0] if texts else ""


def _named_by(task: Function) -> str:
    """The name that a decorator gives a task."""
    for expr, _, _ in task.decorators:
        name = select(expr, "kw:name|kw:task_name|kw:actor_name") if isinstance(expr, facts.Call) else None
        if isinstance(name, facts.Const) and isinstance(name.value, str):
            return name.value
    return ""


def _joined(found: Sequence[_Found]) -> Iterator[Consumer]:
    """Consumers, with queues that are bound to exchanges put together with what works on them."""
    binds: dict[object, list[_Found]] = {}
    for one in found:
        if one.consumer.kind == "bind":
            binds.setdefault((one.consumer.target.root, one.queue), []).append(one)
    worked: set[int] = set()
    for one in found:
        if one.consumer.kind == "bind":
            continue
        bound = (
            binds.get((one.consumer.target.root, one.queue), []) if one.queue and one.consumer.kind != "task" else []
        )
        bound = [bind for bind in bound if bind.stack == one.stack or not bind.stack or not one.stack]
        for bind in bound if one.consumer.kind != "task" else ():
            worked.add(id(bind))
            yield msgspec.structs.replace(bind.consumer, handler=one.consumer.handler)
        if one.consumer.kind == "task" or (not bound and not one.is_silent):
            yield one.consumer
    yield from (bind.consumer for bound in binds.values() for bind in bound if id(bind) not in worked)


def _ranked(site: Site) -> list[tuple[External, Site | None]]:
    """What a call may be of outside the program, what is only annotated last."""
    return sorted(site.externals, key=lambda found: found[0].origin is None)
