"""Says what sending a parcel costs, and sends what is paid."""

from flask import Flask, jsonify

import events

app = Flask(__name__)

CENTS = {"GB": 490, "US": 1890}
ELSEWHERE = 2490
PARCELS = []


@app.get("/quotes/<country>")
def quote(country):
    return jsonify({"cents": CENTS.get(country, ELSEWHERE)})


def on_paid(order):
    PARCELS.append({"order": order.get("order_id"), "country": order.get("country")})


events.subscribe("shipping", "order.paid", on_paid)
