"""Takes orders and lists them."""

import os
from datetime import UTC, datetime

import psycopg
from fastapi import BackgroundTasks, FastAPI, HTTPException
from pydantic import BaseModel

import copies
import events

app = FastAPI(title="orders")

with psycopg.connect(os.environ["DATABASE_URL"]) as setup:
    setup.execute(
        "CREATE TABLE IF NOT EXISTS customer_orders"
        " (number serial PRIMARY KEY, user_id int, sku text, paid boolean DEFAULT false)"
    )


class Order(BaseModel):
    user_id: int
    sku: str


@app.get("/customers/{user_id}")
def get_customer(user_id: int):
    with psycopg.connect(os.environ["DATABASE_URL"]) as db:
        rows = db.execute("SELECT number, sku FROM customer_orders WHERE user_id = %s", (user_id,)).fetchall()
    return {"user": copies.USERS.get(user_id), "orders": [{"number": number, "sku": sku} for number, sku in rows]}


@app.get("/orders/{number}")
def get_order(number: int):
    with psycopg.connect(os.environ["DATABASE_URL"]) as db:
        row = db.execute("SELECT sku, paid FROM customer_orders WHERE number = %s", (number,)).fetchone()
    if row is None:
        raise HTTPException(status_code=404)
    return {"number": number, "sku": row[0], "state": "paid" if row[1] else "new"}


@app.post("/orders", status_code=201)
def create_order(order: Order, tasks: BackgroundTasks):
    if order.sku in copies.SOLD_OUT:
        raise HTTPException(status_code=409, detail="sold out")
    with psycopg.connect(os.environ["DATABASE_URL"]) as db:
        [number] = db.execute(
            "INSERT INTO customer_orders (user_id, sku) VALUES (%s, %s) RETURNING number",
            (order.user_id, order.sku),
        ).fetchone()
    tasks.add_task(events.publish, "order.created", event(number, order.user_id, order.sku))
    return {"number": number}


@app.post("/orders/{number}/pay", status_code=204)
def pay_order(number: int, tasks: BackgroundTasks):
    with psycopg.connect(os.environ["DATABASE_URL"]) as db:
        row = db.execute(
            "UPDATE customer_orders SET paid = true WHERE number = %s RETURNING user_id, sku", (number,)
        ).fetchone()
    if row is None:
        raise HTTPException(status_code=404)
    tasks.add_task(events.publish, "order.paid", event(number, *row))


def event(number: int, user_id: int, sku: str) -> dict:
    """All that those who listen need, so that none of them has to ask back."""
    user = copies.USERS.get(user_id, {})
    return {
        "order_id": number,
        "sku": sku,
        "mail": user.get("mail"),
        "country": user.get("country"),
        "at": datetime.now(UTC).isoformat(),
    }
