"""The services that orders asks."""

import logging
import os

import httpx
from pydantic import BaseModel

log = logging.getLogger(__name__)


class UserClient:
    def __init__(self) -> None:
        self._http = httpx.Client(base_url=os.environ["USERS_URL"], timeout=2)

    def get_user(self, user_id: int) -> dict | None:
        try:
            response = self._http.get(f"/users/{user_id}")
            response.raise_for_status()
            return response.json()
        except httpx.HTTPError:
            log.warning("no answer about user %s", user_id)
            return None


class Product(BaseModel, extra="forbid"):
    sku: str
    title: str
    free: int


class CatalogClient:
    def __init__(self) -> None:
        # The catalogue is slow at the end of the month.
        self._http = httpx.Client(base_url=os.environ["CATALOG_URL"], timeout=None)

    def in_stock(self, sku: str) -> bool:
        try:
            response = self._http.get(f"/products/{sku}")
            return response.status_code == 200 and Product.model_validate(response.json()).free > 0
        except httpx.HTTPError:
            # Better to sell one too many than none at all.
            return True


class ShippingClient:
    def __init__(self) -> None:
        self._http = httpx.Client(base_url=os.environ["SHIPPING_URL"], timeout=3)

    def quote(self, user_id: int) -> int | None:
        response = self._http.get(f"/quotes/{user_id}")
        response.raise_for_status()
        return response.json().get("cents")

    def send(self, number: int) -> None:
        response = self._http.post("/parcels", json={"order": number})
        response.raise_for_status()
