"""How this service learns what has happened elsewhere."""

import json
import logging
import os
import threading
import time

import pika

log = logging.getLogger(__name__)
BROKER = pika.ConnectionParameters(os.environ["BROKER"], socket_timeout=2, blocked_connection_timeout=2)


def subscribe(queue, name, handle):
    def work():
        channel = pika.BlockingConnection(BROKER).channel()
        channel.exchange_declare("shop", exchange_type="topic")
        channel.queue_declare(queue, durable=True)
        channel.queue_bind(queue=queue, exchange="shop", routing_key=name)
        channel.basic_consume(queue, lambda channel, method, properties, body: handle(json.loads(body)), auto_ack=True)
        channel.start_consuming()

    def work_on():
        while True:
            try:
                work()
            except pika.exceptions.AMQPError:
                log.exception("%s is listened to again in five seconds", name)
                time.sleep(5)

    threading.Thread(target=work_on, daemon=True).start()
