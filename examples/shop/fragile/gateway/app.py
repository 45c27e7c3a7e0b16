"""What the browser talks to."""

import asyncio
import os

import httpx
from fastapi import FastAPI

app = FastAPI(title="gateway")
orders = httpx.AsyncClient(base_url=os.environ["ORDERS_URL"], timeout=5)
catalog = httpx.AsyncClient(base_url=os.environ["CATALOG_URL"], timeout=2)
users = httpx.AsyncClient(base_url=os.environ["USERS_URL"], timeout=2)

RECOMMENDED = {"default": ["tea", "mug", "kettle", "spoon"]}


async def product(sku: str) -> dict:
    response = await catalog.get(f"/products/{sku}")
    response.raise_for_status()
    return response.json()


@app.get("/home/{user_id}")
async def home(user_id: int):
    skus = RECOMMENDED.get(str(user_id), RECOMMENDED["default"])
    try:
        products = await asyncio.gather(*[product(sku) for sku in skus])
    except httpx.HTTPError:
        products = []
    return {"user": user_id, "recommended": products}


@app.get("/account/{user_id}")
async def account(user_id: int):
    try:
        user = await users.get(f"/users/{user_id}")
        mine = await orders.get("/orders", params={"user_id": user_id})
        return {"user": user.json(), "orders": mine.json()}
    except httpx.HTTPError:
        return {"user": None, "orders": []}


@app.post("/orders")
async def place_order(order: dict):
    response = await orders.post("/orders", json=order)
    response.raise_for_status()
    return response.json()


@app.get("/orders/{number}")
async def track(number: int):
    try:
        response = await orders.get(f"/order/{number}")
        return response.json()
    except httpx.HTTPError:
        return {"number": number, "state": "unknown"}


@app.get("/shipping/{user_id}")
async def shipping(user_id: int):
    try:
        async with httpx.AsyncClient(timeout=2) as client:
            return (await client.get(f"http://shipping:8000/quotes/{user_id}")).json()
    except httpx.HTTPError:
        return {"cents": None}
