"""What clients of Kafka send to a mock of a broker and read from it, where their tables say the words stand."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from experiment import exercise
from messaging_peers import Kafka, Model, Words, closed_port, ways

LOT = "messaging-1"

# What the mock understands of this library's protocol.
OLD = {"api_version": (2, 0)}


def partition(library: str) -> dict[str, Any]:
    """What makes the partitions that `assign` is given, by the place that reaches into one."""
    if library == "confluent_kafka":
        from confluent_kafka import TopicPartition
    elif library == "kafka":
        from kafka import TopicPartition
    else:
        from aiokafka import TopicPartition

    def made(said: dict[str, Any]) -> Any:
        return TopicPartition(said.get("arg:0") or said.get("kw:topic"), 0)

    return {"arg:0.each": made, "kw:partitions.each": made, "kw:topics.each": made}


def sent(kafka: Kafka, said: list[Words], values: list[bytes]) -> None:
    """Everything that was said arrived on the topic."""
    assert len(said) == len(values)
    assert kafka.held("orders", len(said)) == sorted(values)


@exercise("kafka-python", "publisher", 0)
def kafka_python_sends(model: Model) -> None:
    """Messages arrive on the topic; sending gives a future."""
    from kafka import KafkaProducer

    kafka = Kafka()
    said = ways(model, topic="orders", payload=b"paid")
    producer = KafkaProducer(bootstrap_servers=kafka.address, **OLD)
    for words in said:
        future = producer.send(*words.args, **words.kwargs)
        assert all(hasattr(future if name == "get" else producer, name) for name in model["waits"])
        future.get(timeout=5)
    sent(kafka, said, [b"paid"] * len(said))


@exercise("kafka-python", "publisher", 0)
def kafka_python_gives_up(model: Model) -> None:
    """Without metadata of the topic, sending fails after `max_block_ms`, whose default is said."""
    from kafka import KafkaProducer
    from kafka.errors import KafkaTimeoutError

    kafka = Kafka()
    producer = KafkaProducer(bootstrap_servers=kafka.address, max_block_ms=1000, **OLD)
    kafka.end()
    started = time.monotonic()
    try:
        producer.send("nowhere", b"x")
    except KafkaTimeoutError:
        assert 0.9 < time.monotonic() - started < 3
    else:
        raise AssertionError("sent")
    assert KafkaProducer.DEFAULT_CONFIG["max_block_ms"] == model["default_timeout"] * 1000


@exercise("confluent-kafka", "publisher", 0, 1)
def confluent_kafka_sends(model: Model) -> None:
    """Messages arrive on the topic once they are flushed; producing does not wait for a broker."""
    import confluent_kafka

    kafka = Kafka()
    name = model["classes"][0].rpartition(".")[2]
    said = ways(model, topic="orders", payload=b"paid")
    producer = getattr(confluent_kafka, name)({"bootstrap.servers": kafka.address})
    for words in said:
        producer.produce(*words.args, **words.kwargs)
    assert all(hasattr(producer, wait) for wait in model["waits"])
    producer.flush(5)
    sent(kafka, said, [b"paid"] * len(said))
    alone = getattr(confluent_kafka, name)({"bootstrap.servers": f"127.0.0.1:{closed_port()}", "log_level": 0})
    alone.produce("orders", value=b"x")
    assert alone.flush(0.2) == 1


@exercise("confluent-kafka", "publisher", 2)
async def confluent_kafka_sends_async(model: Model) -> None:
    """Messages arrive on the topic."""
    from confluent_kafka.aio import AIOProducer

    kafka = Kafka()
    said = ways(model, topic="orders", payload=b"paid")
    producer = AIOProducer({"bootstrap.servers": kafka.address})
    futures = [await producer.produce(*words.args, **words.kwargs) for words in said]
    await producer.flush()
    await asyncio.gather(*futures)
    await producer.close()
    sent(kafka, said, [b"paid"] * len(said))


@exercise("confluent-kafka", "subscription", 0, 1)
def confluent_kafka_reads(model: Model) -> None:
    """A consumer gets what is on the topics that it subscribes to, or is assigned a partition of."""
    import confluent_kafka

    kafka = Kafka()
    kafka.hold("orders", b"1")
    [name] = model["methods"]
    value = ["orders"] if name == "subscribe" else "orders"
    settings = {"bootstrap.servers": kafka.address, "auto.offset.reset": "earliest", "log_level": 0}
    for number, words in enumerate(ways(model, partition("confluent_kafka"), topic=value)):
        consumer = confluent_kafka.Consumer({**settings, "group.id": f"group-{number}"})
        getattr(consumer, name)(*words.args, **words.kwargs)
        message = consumer.poll(10)
        assert message.topic() == "orders"
        consumer.close()


@exercise("confluent-kafka", "subscription", 2)
def confluent_kafka_polls(model: Model) -> None:
    """`poll` and `consume` give messages."""
    import confluent_kafka

    kafka = Kafka()
    kafka.hold("orders", b"1")
    kafka.hold("orders", b"2")
    settings = {"bootstrap.servers": kafka.address, "auto.offset.reset": "earliest", "log_level": 0, "group.id": "g"}
    consumer = confluent_kafka.Consumer(settings)
    consumer.subscribe(["orders"])
    assert model["methods"] == ["poll", "consume"]
    found = [consumer.poll(10), *consumer.consume(1, 10)]
    assert sorted(message.value() for message in found) == [b"1", b"2"]
    consumer.close()


@exercise("kafka-python", "subscription", 0, 1, 2, 3)
def kafka_python_reads(model: Model) -> None:
    """A consumer gets what is on the topics that its table says; the group is where it says."""
    from kafka import KafkaConsumer

    kafka = Kafka()
    kafka.hold("orders", b"1")
    settings = {"bootstrap_servers": kafka.address, "auto_offset_reset": "earliest", "consumer_timeout_ms": 9000, **OLD}
    # It may have asked before there was a partition.
    settings["metadata_max_age_ms"] = 500
    name = (model.get("methods") or [""])[0]
    topic = ["orders"] if name == "subscribe" else "orders"
    for words in ways(model, partition("kafka"), topic=topic, group="shop"):
        if "pattern" in words.kwargs:
            words.kwargs["pattern"] = "ord.*"
        made, named = (words.made, words.named) if name else (words.args, words.kwargs)
        consumer = KafkaConsumer(*made, **named, **settings)
        assert consumer.config["group_id"] == "shop"
        consumer.close()
        # Without a group there is nothing to wait for.
        consumer = KafkaConsumer(*made, **(named | {"group_id": None}), **settings)
        if name in {"subscribe", "assign"}:
            getattr(consumer, name)(*words.args, **words.kwargs)
        if name == "poll":
            found: list[Any] = []
            while not found:
                found = [one for some in consumer.poll(1000).values() for one in some]
        else:
            found = [next(consumer)]
        assert found[0].topic == "orders"
        consumer.close()


@exercise("aiokafka", "publisher", 0, 1)
async def aiokafka_sends(model: Model) -> None:
    """Messages arrive on the topic."""
    from aiokafka import AIOKafkaProducer

    kafka = Kafka()
    producer = AIOKafkaProducer(bootstrap_servers=kafka.address)
    await producer.start()
    values = []
    for name in model["methods"]:
        payload: Any = name.encode()
        if name == "send_batch":
            payload = producer.create_batch()
            payload.append(key=None, value=name.encode(), timestamp=None)
        for words in ways(model, topic="orders", payload=payload):
            more = {"partition": 0} if name == "send_batch" else {}
            given = await getattr(producer, name)(*words.args, **words.kwargs, **more)
            if name != "send_and_wait":
                await given
            values.append(name.encode())
            if name == "send_batch":
                break
    await producer.flush()
    await producer.stop()
    assert await asyncio.to_thread(kafka.held, "orders", len(values)) == sorted(values)


@exercise("aiokafka", "subscription", 0, 1, 2, 3)
async def aiokafka_reads(model: Model) -> None:
    """A consumer gets what is on the topics that its table says."""
    from aiokafka import AIOKafkaConsumer

    kafka = Kafka()
    kafka.hold("orders", b"1")
    name = (model.get("methods") or [""])[0]
    topic = ["orders"] if name == "subscribe" else "orders"
    for number, words in enumerate(ways(model, partition("aiokafka"), topic=topic, group="group")):
        names = words.named if name else words.kwargs
        names["group_id"] += str(number)
        if "pattern" in words.kwargs:
            words.kwargs["pattern"] = "ord.*"
        made, named = (words.args, words.kwargs) if not name else (words.made, words.named)
        consumer = AIOKafkaConsumer(*made, **named, bootstrap_servers=kafka.address, auto_offset_reset="earliest")
        if name in {"subscribe", "assign"}:
            getattr(consumer, name)(*words.args, **words.kwargs)
        await consumer.start()
        message = await asyncio.wait_for(consumer.getone(), 10)
        assert message.topic == "orders"
        await consumer.stop()
