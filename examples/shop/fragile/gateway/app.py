"""What the browser talks to."""

import asyncio
import os

import httpx
from fastapi import FastAPI

app = FastAPI(title="gateway")
orders = httpx.AsyncClient(base_url=os.environ["ORDERS_URL"], timeout=5)
catalog = httpx.AsyncClient(base_url=os.environ["CATALOG_URL"], timeout=2)

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


@app.get("/orders")
async def list_orders():
    try:
        response = await orders.get("/orders")
        response.raise_for_status()
        return {"orders": response.json(), "complete": True}
    except httpx.HTTPError:
        return {"orders": [], "complete": False}
