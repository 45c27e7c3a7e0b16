"""Subscriptions that manifests make instead of code: templates of functions in a cloud, documents of Dapr and Knative.

Topics and queues of a template have several names: that of the resource, the one it is given, and the settings in which
functions of the template get it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from commlint.finding import Location, Service
from commlint.program.contracts import Contracts
from commlint.program.event_map import ANY
from commlint.program.events import Consumer
from commlint.program.symbols import Function
from commlint.program.topics import plain
from commlint.workspace import Workspace
from commlint.workspace.documents import Broken, line_of, load, mapping, scalar, sequence, split

_FUNCTIONS = frozenset({"AWS::Serverless::Function", "AWS::Lambda::Function"})
_NAMES = ("TopicName", "QueueName", "Name")
_REFERENCE = re.compile(r"\$\{(?:self:|opt:|AWS::)?([^{}]*)\}")
_CLUSTER = re.compile(r"^apiVersion:\s*[\"']?(?:dapr\.io|eventing\.knative\.dev|messaging\.knative\.dev)", re.MULTILINE)
# Where an event of a function says what it is an event of.
_SAID = {
    "SNS": ("Topic",),
    "SQS": ("Queue",),
    "Kinesis": ("Stream",),
    "MSK": ("Topics",),
    "SelfManagedKafka": ("Topics",),
    "MQ": ("Queues",),
    "sns": ("arn", "topicName"),
    "sqs": ("arn",),
    "stream": ("arn",),
    "kafka": ("topic",),
    "msk": ("topic",),
    "rabbitmq": ("queue",),
    "activemq": ("queue",),
}
# Brokers that are not the cloud's own.
_FOREIGN = frozenset({"MSK", "SelfManagedKafka", "MQ", "kafka", "msk", "rabbitmq", "activemq"})
_BUSES = frozenset({"EventBridgeRule", "CloudWatchEvent", "eventBridge", "cloudwatchEvent"})


def find_listeners(contracts: Contracts, workspace: Workspace) -> Iterator[Consumer]:
    """The subscriptions of all manifests.

    Args:
        contracts: The files that say what is served.
        workspace: All files, and the services that they belong to.
    """
    for file, kind in contracts.find("sam", "serverless"):
        service = workspace.service_of(file)
        if service is not None:
            template = _Template(file, contracts.load(file), service, contracts)
            yield from template.sam() if kind == "sam" else template.serverless()
    for file in workspace.others:
        if file.endswith((".yaml", ".yml")):
            yield from _cluster(file, workspace)


class _Template:
    """One template of functions."""

    def __init__(self, file: str, body: Mapping[str, Any], service: Service, contracts: Contracts) -> None:
        self._file = file
        self._body = body
        self._service = service
        self._contracts = contracts
        self._resources = {
            **mapping(body.get("Resources")),
            **mapping(mapping(body.get("resources")).get("Resources")),
        }

    def sam(self) -> Iterator[Consumer]:
        """What the functions of a template of CloudFormation subscribe to."""
        common = mapping(mapping(self._body.get("Globals")).get("Function"))
        for item in map(mapping, self._resources.values()):
            if item.get("Type") in _FUNCTIONS:
                said = {**common, **mapping(item.get("Properties"))}
                folder = posixpath.join(posixpath.dirname(self._file), scalar(said.get("CodeUri")))
                function = self._contracts.handler(folder, scalar(said.get("Handler")))
                for event in map(mapping, mapping(said.get("Events")).values()):
                    kind = scalar(event.get("Type"))
                    yield from self._event(kind, mapping(event.get("Properties")), line_of(event.get("Type")), function)
            elif item.get("Type") == "AWS::Events::Rule":
                said = mapping(item.get("Properties"))
                rule = {"Pattern": said.get("EventPattern"), "EventBusName": said.get("EventBusName")}
                yield from self._event("EventBridgeRule", rule, line_of(item.get("Type")), None)
            elif item.get("Type") == "AWS::SNS::Subscription":
                topic = {"Topic": mapping(item.get("Properties")).get("TopicArn")}
                yield from self._event("SNS", topic, line_of(item.get("Type")), None)

    def serverless(self) -> Iterator[Consumer]:
        """What the functions of a template of the Serverless Framework subscribe to."""
        for item in mapping(self._body.get("functions")).values():
            function = self._contracts.handler(posixpath.dirname(self._file), scalar(mapping(item).get("handler")))
            for event in sequence(mapping(item).get("events")):
                for kind, said in mapping(event).items():
                    given = mapping(said) or dict.fromkeys(_SAID.get(kind, ())[:1], said)
                    yield from self._event(kind, given, line_of(kind), function)

    def _event(self, kind: str, said: Mapping[str, Any], line: int, function: Function | None) -> Iterator[Consumer]:
        named = kind in _BUSES
        if named:
            pattern = mapping(said.get("Pattern") or said.get("pattern") or said.get("event"))
            topics = tuple(_patterns(pattern.get("detail-type")))
        else:
            values = [said.get(key) for key in _SAID.get(kind, ())]
            items = [item for value in values for item in (sequence(value) or [value]) if item]
            topics = tuple(dict.fromkeys(name for item in items for name in self._names(item)))
        if topics:
            broker = "aws" if kind not in _FOREIGN else ANY
            place = Location(self._file, line)
            yield Consumer("manifest", place, self._service, broker, "", topics, handler=function, named=named)

    def _names(self, expression: object) -> Iterator[str]:
        """The names of what a template refers to."""
        text = _referred(expression)
        logical = text.removeprefix("${").removesuffix("}").partition(".")[0]
        resource = mapping(self._resources.get(logical))
        if not resource:
            yield plain(_REFERENCE.sub(lambda match: f"{{{match[1]}}}", text))
            return
        yield logical
        properties = mapping(resource.get("Properties"))
        for key in _NAMES:
            if isinstance(name := properties.get(key), str):
                yield _REFERENCE.sub("{}", name)
        for variable, value in self._environment():
            if _referred(value).removeprefix("${").removesuffix("}").partition(".")[0] == logical:
                yield f"{{{variable}}}"

    def _environment(self) -> Iterator[tuple[str, object]]:
        parts = [mapping(mapping(self._body.get("Globals")).get("Function")), mapping(self._body.get("provider"))]
        parts += [mapping(mapping(item).get("Properties")) for item in self._resources.values()]
        parts += [mapping(item) for item in mapping(self._body.get("functions")).values()]
        for part in parts:
            given = part.get("Environment") or part.get("environment")
            yield from (mapping(mapping(given).get("Variables")) or mapping(given)).items()


def _referred(expression: object) -> str:
    """What an expression of a template refers to: `Topic` of `!Ref Topic` and `!GetAtt Topic.Arn`."""
    if isinstance(expression, str):
        return expression
    for key in ("Ref", "Fn::GetAtt", "Fn::Sub", "Fn::ImportValue"):
        inner = mapping(expression).get(key)
        first = sequence(inner)[0] if sequence(inner) else inner
        if first is not None:
            return _referred(first)
    return ""


def _patterns(said: object) -> Iterator[str]:
    """The texts that a pattern of events asks for."""
    for item in sequence(said) or [said]:
        if isinstance(item, str):
            yield item
        elif isinstance(prefix := mapping(item).get("prefix"), str):
            yield f"{prefix}{{}}"


def _cluster(file: str, workspace: Workspace) -> Iterator[Consumer]:
    """What documents of a cluster subscribe to."""
    try:
        text = (workspace.root / file).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return
    if _CLUSTER.search(text) is None:
        return
    for above, part in split(text):
        try:
            body = mapping(load(part, above=above))
        except Broken:
            continue
        spec, kind = mapping(body.get("spec")), body.get("kind")
        line = line_of(body.get("kind"))
        if kind == "Subscription" and "topic" in spec:
            for name in sequence(body.get("scopes")):
                yield from _named(workspace, file, line, scalar(name), scalar(spec["topic"]), "dapr")
        elif kind == "Trigger":
            subscriber = mapping(mapping(mapping(spec.get("subscriber")).get("ref")))
            event = scalar(mapping(mapping(spec.get("filter")).get("attributes")).get("type"))
            yield from _named(workspace, file, line, scalar(subscriber.get("name")), event, ANY)


def _named(workspace: Workspace, file: str, line: int, name: str, topic: str, broker: str) -> Iterator[Consumer]:
    """The subscription of the service with a name."""
    for service in workspace.services:
        if topic and name in (service.name, service.short_name, *service.hosts):
            yield Consumer("manifest", Location(file, line), service, broker, "", (topic,))
            return
