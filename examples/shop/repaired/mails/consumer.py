"""Tells customers that their order has come in."""

import json
import os
import smtplib

import pika


def on_order(channel, method, properties, body):
    order = json.loads(body)
    if not order.get("mail"):
        return
    with smtplib.SMTP("post", timeout=5) as post:
        post.sendmail("shop@example.com", order["mail"], f"Your order {order.get('order_id')} has come in.")


channel = pika.BlockingConnection(pika.ConnectionParameters(os.environ["BROKER"])).channel()
channel.exchange_declare("shop", exchange_type="topic")
channel.queue_declare("mails", durable=True)
channel.queue_bind(queue="mails", exchange="shop", routing_key="order.created")
channel.basic_consume(queue="mails", on_message_callback=on_order, auto_ack=True)
channel.start_consuming()
