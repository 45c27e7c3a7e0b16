"""The services that orders asks."""

import logging
import os

import httpx

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


class StockClient:
    def __init__(self) -> None:
        # Stock is slow at the end of the month.
        self._http = httpx.Client(base_url=os.environ["CATALOG_URL"], timeout=None)

    def in_stock(self, sku: str) -> bool:
        try:
            response = self._http.get(f"/products/{sku}/stock")
            return response.status_code == 200 and response.json()["free"] > 0
        except httpx.HTTPError:
            # Better to sell one too many than none at all.
            return True


class ShippingClient:
    def __init__(self) -> None:
        self._http = httpx.Client(base_url=os.environ["SHIPPING_URL"], timeout=3)

    def quote(self, user_id: int) -> int:
        response = self._http.get(f"/quotes/{user_id}")
        response.raise_for_status()
        return response.json()["cents"]
