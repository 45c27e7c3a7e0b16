"""What nameko sends to a small server of AMQP, where its tables say the words stand."""

from __future__ import annotations

import inspect
import json
from typing import Any
from unittest import mock

from experiment import exercise
from messaging_peers import Model, amqp, messages, until, ways

LOT = "messaging-2"

# Dependencies only refer to these weakly.
KEPT: list[Any] = []


def container(url: str) -> Any:
    """What a dependency asks of the container of its service."""
    settings = {"AMQP_URI": url}
    try:
        from nameko import config

        config.update(settings)
    except ImportError:
        pass
    KEPT.append(mock.Mock(service_name="shop", config=settings, serializer="json"))
    return KEPT[-1]


def worker() -> Any:
    """What a dependency asks of a worker."""
    return mock.Mock(context_data={}, call_id_stack=[], data={}, context={})


@exercise("nameko", "publisher", 0)
def dispatches(model: Model) -> None:
    """An event goes to the exchange of the service, with its type as the routing key."""
    from nameko.events import EventDispatcher

    url, noted = amqp()
    assert model["exchange"] == "class.attr:name"
    provider = EventDispatcher().bind(container(url), "dispatch")
    provider.setup()
    dispatch = provider.get_dependency(worker())
    said = ways(model, topic="order_paid", payload={"id": 7})
    for words in said:
        dispatch(*words.args, **words.kwargs)
    assert until(lambda: len(messages(noted)) == len(said))
    assert {one[:2] for one in messages(noted)} == {("shop.events", "order_paid")}
    assert {json.loads(one[2])["id"] for one in messages(noted)} == {7}


@exercise("nameko", "publisher", 1)
def dispatches_for_a_service(model: Model) -> None:
    """Outside of a service, the service is said."""
    from nameko.standalone.events import event_dispatcher

    url, noted = amqp()
    settings = container(url).config
    old = "nameko_config" in inspect.signature(event_dispatcher).parameters
    dispatch = event_dispatcher(settings) if old else event_dispatcher()
    said = ways(model, topic="order_paid", exchange="shop", payload={"id": 7})
    for words in said:
        dispatch(*words.args, **words.kwargs)
    assert until(lambda: len(messages(noted)) == len(said))
    assert {one[:2] for one in messages(noted)} == {("shop.events", "order_paid")}


@exercise("nameko", "publisher", 2)
def publishes(model: Model) -> None:
    """Exchange and routing key are where the table says."""
    from kombu import Exchange
    from nameko.messaging import Publisher

    url, noted = amqp()
    table = model | {"topic": "kw:routing_key"}
    said = ways(table, topic="paid", exchange=Exchange("shop"), payload={"id": 7})
    for words in said:
        provider = Publisher(*words.made, **words.named).bind(container(url), "publish")
        provider.setup()
        provider.get_dependency(worker())(*words.args, **words.kwargs)
    assert until(lambda: len(messages(noted)) == len(said))
    assert {one[:2] for one in messages(noted)} == {("shop", "paid")}


@exercise("nameko", "entry", 2)
def handles(model: Model) -> None:
    """A handler says whose events, and which, it gets."""
    from nameko.events import event_handler

    for words in ways(model, path="order_paid", publisher="shop"):
        decorated = event_handler(*words.args, **words.kwargs)(print_nothing)
        [entrypoint] = decorated.nameko_entrypoints
        assert (entrypoint.source_service, entrypoint.event_type) == ("shop", "order_paid")
        decorated.nameko_entrypoints.clear()


@exercise("nameko", "entry", 3)
def consumes(model: Model) -> None:
    """A consumer says its queue."""
    from nameko.messaging import consume

    for words in ways(model, path="orders"):
        decorated = consume(*words.args, **words.kwargs)(print_nothing)
        [entrypoint] = decorated.nameko_entrypoints
        assert entrypoint.queue == "orders"
        decorated.nameko_entrypoints.clear()


def print_nothing(*_: Any) -> None:
    """Does nothing."""
