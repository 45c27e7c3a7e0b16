"""Knows the customers."""

from typing import Annotated

from fastapi import FastAPI, HTTPException, Query

app = FastAPI(title="users")

USERS = {
    1: {"id": 1, "name": "Ada", "country": "GB"},
    2: {"id": 2, "name": "Grace", "country": "US"},
}


@app.get("/users")
def list_users(ids: Annotated[list[int], Query()]):
    return [USERS[i] for i in ids if i in USERS]


@app.get("/users/{user_id}")
def get_user(user_id: int):
    if user_id not in USERS:
        raise HTTPException(status_code=404)
    return USERS[user_id]
