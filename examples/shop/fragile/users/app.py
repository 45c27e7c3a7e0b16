"""Knows the customers."""

from fastapi import FastAPI, HTTPException

app = FastAPI(title="users")

USERS = {
    1: {"id": 1, "name": "Ada", "country": "GB"},
    2: {"id": 2, "name": "Grace", "country": "US"},
}


@app.get("/users/{user_id}")
def get_user(user_id: int):
    if user_id not in USERS:
        raise HTTPException(status_code=404)
    return USERS[user_id]
