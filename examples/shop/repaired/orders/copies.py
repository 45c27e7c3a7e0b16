"""What orders holds of others, kept up to date by their events."""

import events

USERS: dict[int, dict] = {}
SOLD_OUT: set[str] = set()


def on_user_changed(user: dict) -> None:
    USERS[user.get("user_id")] = {key: user.get(key) for key in ("name", "mail", "country")}


def on_user_deleted(user: dict) -> None:
    USERS.pop(user.get("user_id"), None)


def on_sold_out(product: dict) -> None:
    SOLD_OUT.add(product.get("product_id"))


events.subscribe("orders-user-changed", "user.changed", on_user_changed)
events.subscribe("orders-user-deleted", "user.deleted", on_user_deleted)
events.subscribe("orders-sold-out", "product.sold_out", on_sold_out)
