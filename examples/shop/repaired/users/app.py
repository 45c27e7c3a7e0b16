"""Knows the customers, and tells of each change."""

from datetime import UTC, datetime

from fastapi import BackgroundTasks, FastAPI, HTTPException
from pydantic import BaseModel

import events

app = FastAPI(title="users")


class User(BaseModel):
    name: str
    mail: str
    country: str | None = None


USERS: dict[int, User] = {}


@app.get("/users/{user_id}")
def get_user(user_id: int):
    if user_id not in USERS:
        raise HTTPException(status_code=404)
    return USERS[user_id]


@app.put("/users/{user_id}")
def put_user(user_id: int, user: User, tasks: BackgroundTasks):
    USERS[user_id] = user
    event = {"user_id": user_id, "changed_at": datetime.now(UTC).isoformat(), **user.model_dump()}
    tasks.add_task(events.publish, "user.changed", event)
    return user


@app.delete("/users/{user_id}", status_code=204)
def delete_user(user_id: int, tasks: BackgroundTasks):
    USERS.pop(user_id, None)
    event = {"user_id": user_id, "deleted_at": datetime.now(UTC).isoformat()}
    tasks.add_task(events.publish, "user.deleted", event)
