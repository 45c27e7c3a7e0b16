"""Says what sending a parcel costs, and sends it."""

import os

import requests
from flask import Flask, jsonify, request

app = Flask(__name__)
app.config["USERS_URL"] = os.environ["USERS_URL"]

CENTS = {"GB": 490, "US": 1890}
ELSEWHERE = 2490
PARCELS = []


@app.get("/quotes/<int:user_id>")
def quote(user_id):
    response = requests.get(f"{app.config['USERS_URL']}/users/{user_id}")
    response.raise_for_status()
    return jsonify({"cents": CENTS.get(response.json()["country"], ELSEWHERE)})


@app.post("/parcels")
def create_parcel():
    PARCELS.append(request.json["order"])
    return jsonify({"number": len(PARCELS)}), 201
