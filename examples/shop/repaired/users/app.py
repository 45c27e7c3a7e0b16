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


USERS = {
    1: User(name="Ada", mail="ada@example.com", country="GB"),
    2: User(name="Grace", mail="grace@example.com"),
}


@app.get("/users/{user_id}")
def get_user(user_id: int):
    if user_id not in USERS:
        raise HTTPException(status_code=404)
    return USERS[user_id]


@app.put("/users/{user_id}")
def put_user(user_id: int, user: User, tasks: BackgroundTasks):
    USERS[user_id] = user
    tasks.add_task(tell, user_id)
    return user


@app.delete("/users/{user_id}", status_code=204)
def delete_user(user_id: int, tasks: BackgroundTasks):
    USERS.pop(user_id, None)
    event = {"user_id": user_id, "deleted_at": datetime.now(UTC).isoformat()}
    tasks.add_task(events.publish, "user.deleted", event)


def tell(user_id: int):
    event = {"user_id": user_id, "changed_at": datetime.now(UTC).isoformat(), **USERS[user_id].model_dump()}
    events.publish("user.changed", event)


for known in USERS:
    tell(known)
