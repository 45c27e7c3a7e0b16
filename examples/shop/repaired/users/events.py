"""How this service tells others what has happened."""

import json
import logging
import os

import pika

log = logging.getLogger(__name__)
BROKER = pika.ConnectionParameters(os.environ["BROKER"], socket_timeout=2, blocked_connection_timeout=2)


def publish(name, event):
    try:
        with pika.BlockingConnection(BROKER) as broker:
            channel = broker.channel()
            channel.exchange_declare("shop", exchange_type="topic")
            channel.basic_publish(exchange="shop", routing_key=name, body=json.dumps(event))
    except pika.exceptions.AMQPError:
        log.exception("%s of %s has to be sent again", name, event)
