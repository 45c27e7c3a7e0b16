"""Knows the products and how many there are."""

import os

import psycopg
from flask import Flask, abort, jsonify

app = Flask(__name__)

PRODUCTS = {
    "tea": {"sku": "tea", "title": "Assam", "free": 40},
    "mug": {"sku": "mug", "title": "Blue mug", "free": 3},
    "kettle": {"sku": "kettle", "title": "Kettle", "free": 0},
    "spoon": {"sku": "spoon", "title": "Spoon", "free": 112},
}


@app.get("/products/<sku>")
def get_product(sku):
    if sku not in PRODUCTS:
        abort(404)
    return jsonify(PRODUCTS[sku])


@app.get("/bestsellers")
def list_bestsellers():
    with psycopg.connect(os.environ["DATABASE_URL"]) as db:
        rows = db.execute("SELECT sku, count(*) FROM customer_orders GROUP BY sku ORDER BY 2 DESC LIMIT 3")
        return jsonify([PRODUCTS[sku] for sku, _ in rows if sku in PRODUCTS])
