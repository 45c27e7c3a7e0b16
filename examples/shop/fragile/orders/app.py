"""Takes orders and lists them."""

import json
import os
from datetime import UTC, datetime

import httpx
import pika
import psycopg
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from clients import CatalogClient, ShippingClient, UserClient

app = FastAPI(title="orders")
users = UserClient()
catalog = CatalogClient()
shipping = ShippingClient()

with psycopg.connect(os.environ["DATABASE_URL"]) as setup:
    setup.execute(
        "CREATE TABLE IF NOT EXISTS customer_orders"
        " (number serial PRIMARY KEY, user_id int, sku text, shipping_cents int, paid boolean DEFAULT false)"
    )


class Order(BaseModel):
    user_id: int
    sku: str


@app.get("/orders")
def list_orders(user_id: int | None = None):
    with psycopg.connect(os.environ["DATABASE_URL"]) as db:
        orders = db.execute(
            "SELECT number, user_id, sku FROM customer_orders WHERE user_id = coalesce(%s, user_id)", (user_id,)
        ).fetchall()
    rows = []
    for number, buyer_id, sku in orders:
        buyer = users.get_user(buyer_id)
        rows.append({"number": number, "sku": sku, "buyer": buyer["name"] if buyer else "unknown"})
    return rows


@app.get("/orders/{number}")
def get_order(number: int):
    with psycopg.connect(os.environ["DATABASE_URL"]) as db:
        row = db.execute("SELECT sku, paid FROM customer_orders WHERE number = %s", (number,)).fetchone()
    if row is None:
        raise HTTPException(status_code=404)
    return {"number": number, "sku": row[0], "state": "paid" if row[1] else "new"}


@app.post("/orders", status_code=201)
def create_order(order: Order):
    if not catalog.in_stock(order.sku):
        raise HTTPException(status_code=409, detail="sold out")
    try:
        cents = shipping.quote(order.user_id)
    except httpx.HTTPError as error:
        raise HTTPException(status_code=503, detail="shipping is down") from error
    with psycopg.connect(os.environ["DATABASE_URL"]) as db:
        [number] = db.execute(
            "INSERT INTO customer_orders (user_id, sku, shipping_cents) VALUES (%s, %s, %s) RETURNING number",
            (order.user_id, order.sku, cents),
        ).fetchone()
        event = {"order_id": number, "user_id": order.user_id, "created_at": datetime.now(UTC).isoformat()}
        with pika.BlockingConnection(pika.ConnectionParameters(os.environ["BROKER"])) as broker:
            broker.channel().basic_publish(exchange="shop", routing_key="order.create", body=json.dumps(event))
    return {"number": number, "shipping_cents": cents}


@app.post("/orders/{number}/pay", status_code=204)
def pay_order(number: int):
    with psycopg.connect(os.environ["DATABASE_URL"]) as db:
        db.execute("UPDATE customer_orders SET paid = true WHERE number = %s", (number,))
    shipping.send(number)
