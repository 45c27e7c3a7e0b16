"""Knows the products, how many there are, and which sell."""

from collections import Counter
from datetime import UTC, datetime

from flask import Flask, abort, jsonify, request

import events

app = Flask(__name__)

PRODUCTS = {
    "tea": {"sku": "tea", "title": "Assam", "free": 40},
    "mug": {"sku": "mug", "title": "Blue mug", "free": 3},
    "kettle": {"sku": "kettle", "title": "Kettle", "free": 0},
    "spoon": {"sku": "spoon", "title": "Spoon", "free": 112},
}
SOLD = Counter()


@app.get("/products")
def list_products():
    return jsonify([PRODUCTS[sku] for sku in request.args["skus"].split(",") if sku in PRODUCTS])


@app.get("/bestsellers")
def list_bestsellers():
    return jsonify([PRODUCTS[sku] for sku, _ in SOLD.most_common(3) if sku in PRODUCTS])


def on_order(order):
    sku = order.get("sku")
    if sku not in PRODUCTS:
        return
    SOLD[sku] += 1
    PRODUCTS[sku]["free"] -= 1
    if PRODUCTS[sku]["free"] <= 0:
        events.publish("product.sold_out", {"product_id": sku, "sold_out_at": datetime.now(UTC).isoformat()})


events.subscribe("catalog", "order.created", on_order)
