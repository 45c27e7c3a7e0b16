"""What the browser talks to."""

import os

import httpx
from fastapi import FastAPI

app = FastAPI(title="gateway")
orders = httpx.AsyncClient(base_url=os.environ["ORDERS_URL"], timeout=5)
catalog = httpx.AsyncClient(base_url=os.environ["CATALOG_URL"], timeout=2)
shipping = httpx.AsyncClient(base_url=os.environ["SHIPPING_URL"], timeout=2)

RECOMMENDED = {"default": ["tea", "mug", "kettle", "spoon"]}


@app.get("/home/{user_id}")
async def home(user_id: int):
    skus = RECOMMENDED.get(str(user_id), RECOMMENDED["default"])
    try:
        response = await catalog.get("/products", params={"skus": ",".join(skus)})
        response.raise_for_status()
        return {"user": user_id, "recommended": response.json()}
    except httpx.HTTPError:
        return {"user": user_id, "recommended": []}


@app.get("/account/{user_id}")
async def account(user_id: int):
    try:
        response = await orders.get(f"/customers/{user_id}")
        response.raise_for_status()
        return response.json()
    except httpx.HTTPError:
        return {"user": None, "orders": []}


@app.post("/orders")
async def place_order(order: dict):
    try:
        response = await orders.post("/orders", json=order)
        response.raise_for_status()
        return response.json()
    except httpx.HTTPError:
        return {"number": None, "state": "not taken, try again later"}


@app.get("/orders/{number}")
async def track(number: int):
    try:
        response = await orders.get(f"/orders/{number}")
        return response.json()
    except httpx.HTTPError:
        return {"number": number, "state": "unknown"}


@app.get("/shipping/{country}")
async def quote(country: str):
    try:
        return (await shipping.get(f"/quotes/{country}")).json()
    except httpx.HTTPError:
        return {"cents": None}
