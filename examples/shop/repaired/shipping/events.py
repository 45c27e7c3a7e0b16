"""How this service learns what has happened elsewhere."""

import json
import os
import threading

import pika

BROKER = pika.ConnectionParameters(os.environ["BROKER"], socket_timeout=2, blocked_connection_timeout=2)


def subscribe(queue, name, handle):
    def work():
        channel = pika.BlockingConnection(BROKER).channel()
        channel.exchange_declare("shop", exchange_type="topic")
        channel.queue_declare(queue, durable=True)
        channel.queue_bind(queue=queue, exchange="shop", routing_key=name)
        channel.basic_consume(queue, lambda channel, method, properties, body: handle(json.loads(body)), auto_ack=True)
        channel.start_consuming()

    threading.Thread(target=work, daemon=True).start()
