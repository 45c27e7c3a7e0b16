"""Knows the customers."""

import os

import httpx
from fastapi import FastAPI, HTTPException

app = FastAPI(title="users")

USERS = {
    1: {"name": "Ada", "mail": "ada@example.com", "country": "GB"},
    2: {"name": "Grace", "mail": "grace@example.com", "country": None},
}


@app.get("/users/{user_id}")
def get_user(user_id: int):
    if user_id not in USERS:
        raise HTTPException(status_code=404)
    user = USERS[user_id]
    found = {"id": user_id, "name": user["name"], "mail": user["mail"]}
    if user["country"]:
        found["country"] = user["country"]
    return found


@app.delete("/users/{user_id}", status_code=204)
def delete_user(user_id: int):
    try:
        orders = httpx.get(f"{os.environ['ORDERS_URL']}/orders", params={"user_id": user_id}, timeout=2)
        orders.raise_for_status()
    except httpx.HTTPError as error:
        raise HTTPException(status_code=503, detail="try again later") from error
    if orders.json():
        raise HTTPException(status_code=409, detail="has orders")
    USERS.pop(user_id, None)
