"""What the browser talks to."""

import os

import httpx
from fastapi import FastAPI

app = FastAPI(title="gateway")
orders = httpx.AsyncClient(base_url=os.environ["ORDERS_URL"], timeout=5)
catalog = httpx.AsyncClient(base_url=os.environ["CATALOG_URL"], timeout=2)

RECOMMENDED = {"default": ["tea", "mug", "kettle", "spoon"]}


async def products(skus: list[str]) -> list[dict]:
    response = await catalog.get("/products", params={"skus": ",".join(skus)})
    response.raise_for_status()
    return response.json()


@app.get("/home/{user_id}")
async def home(user_id: int):
    skus = RECOMMENDED.get(str(user_id), RECOMMENDED["default"])
    try:
        recommended = await products(skus)
    except httpx.HTTPError:
        recommended = []
    return {"user": user_id, "recommended": recommended}


@app.get("/orders")
async def list_orders():
    try:
        response = await orders.get("/orders")
        response.raise_for_status()
        return {"orders": response.json(), "complete": True}
    except httpx.HTTPError:
        return {"orders": [], "complete": False}
