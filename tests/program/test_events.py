"""What is published reaches what listens to it: one small system for each broker, directly and through a wrapper."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commlint import api
from commlint.config import Config
from commlint.program.topics import fits

FIXTURES = Path(__file__).parents[1] / "fixtures" / "orphan-event"
# Those in which the one service publishes three events, and the other listens to two of them.
BROKERS = sorted(
    folder
    for folder in FIXTURES.iterdir()
    if re.search(r"order.?(lost|LOST|Lost)|OrderLost", (folder / "orders" / "app.py").read_text("utf-8"))
)


@pytest.mark.parametrize("folder", BROKERS, ids=lambda folder: folder.name)
def test_events_reach_their_handlers(folder: Path) -> None:
    lines = (folder / "orders" / "app.py").read_text("utf-8").splitlines()
    events = [edge for edge in api.map_services(Config(root=folder, jobs=1))[0].edges if edge.kind == "event"]
    assert {(edge.source, edge.target) for edge in events} == {("orders", "mails")}
    sent = {word for edge in events for word in ("created", "paid") if word in edge.path.lower()}
    assert sent == {"created", "paid"}
    for edge in events:
        assert edge.method == "EVENT"
        assert edge.location.file == "orders/app.py"
        assert edge.handler is not None
        assert edge.handler.file.startswith("mails/")
        if "paid" in edge.path.lower():
            # At the caller that names the event, not in the wrapper.
            assert "paid" in lines[edge.location.line - 1].lower()
            assert edge.client.line != edge.location.line


@pytest.mark.parametrize(
    ("subscribed", "sent", "broker"),
    [
        ("order.created", "order.created", "kafka"),
        ("order.*", "order.created", "amqp"),
        ("order.#", "order", "amqp"),
        ("order.#", "order.line.added", "amqp"),
        ("#", "order.line.added", "amqp"),
        ("*.created", "order.created", "nats"),
        ("order.>", "order.line.added", "nats"),
        ("orders/+/created", "orders/7/created", "mqtt"),
        ("orders/#", "orders", "mqtt"),
        ("order.*", "order.line.added", "redis"),
        ("^order\\..*", "order.line.added", "kafka"),
        ("order.{}.added", "order.{id}.added", "kafka"),
        ("order.line.added", "order.{kind}.added", "kafka"),
        ("order-created", "arn:aws:sns:eu-west-1:1:order-created", "aws"),
        ("{ORDERS_TOPIC}", "{ORDERS_TOPIC}", "kafka"),
    ],
)
def test_a_subscription_gets_what_fits(subscribed: str, sent: str, broker: str) -> None:
    assert fits(subscribed, sent, broker)


@pytest.mark.parametrize(
    ("subscribed", "sent", "broker"),
    [
        ("order.*", "order.line.added", "amqp"),
        ("order.*", "order", "amqp"),
        ("order.>", "order", "nats"),
        ("orders/+", "orders/7/created", "mqtt"),
        ("{topic}", "{topic}", "kafka"),
        ("{ORDERS_TOPIC}", "order.created", "kafka"),
        ("order.created", "{topic}", "kafka"),
    ],
)
def test_a_subscription_gets_nothing_else(subscribed: str, sent: str, broker: str) -> None:
    assert not fits(subscribed, sent, broker)
