"""Knows the products and how many there are."""

from flask import Flask, abort, jsonify, request

app = Flask(__name__)

PRODUCTS = {
    "tea": {"sku": "tea", "title": "Assam", "free": 40},
    "mug": {"sku": "mug", "title": "Blue mug", "free": 3},
    "kettle": {"sku": "kettle", "title": "Kettle", "free": 0},
    "spoon": {"sku": "spoon", "title": "Spoon", "free": 112},
}


@app.get("/products")
def list_products():
    return jsonify([PRODUCTS[sku] for sku in request.args["skus"].split(",") if sku in PRODUCTS])


@app.get("/products/<sku>")
def get_product(sku):
    if sku not in PRODUCTS:
        abort(404)
    return jsonify(PRODUCTS[sku])


@app.get("/products/<sku>/stock")
def get_stock(sku):
    if sku not in PRODUCTS:
        abort(404)
    return jsonify({"free": PRODUCTS[sku]["free"]})
