"""Which fields of an answer are seen to be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from trees import link, write

HEAD = """\
import asyncio
import json
import httpx
import requests
from flask import Flask
app = Flask(__name__)
URL = "http://users/users/1"
"""

# What each program reads of the answer to its one call, by its title.
READ = {
    "a key": ('name = requests.get(URL).json()["name"]', "name"),
    "keys inside of each other": ('street = requests.get(URL).json()["address"].get("street", "")', "address.street"),
    "through variables": (
        """
        response = requests.get(URL)
        response.raise_for_status()
        user = response.json()
        print(user["name"], user.get("age"))
        """,
        "age name",
    ),
    "a variable that holds something else later": (
        """
        user = requests.get(URL).json()
        print(user["name"])
        user = {"other": 1}
        print(user["other"])
        """,
        "name",
    ),
    "on branches, in tests and handlers": (
        """
        try:
            user = requests.get(URL).json()
        except requests.RequestException:
            user = {"fallback": True}
        if user["active"] and not user.get("locked"):
            print(f"{user['name']} {user.get('fallback')}")
        """,
        "active fallback locked name",
    ),
    "elements": (
        """
        for number, line in enumerate(requests.get(URL).json()["lines"]):
            print(number, line["sku"])
        """,
        "lines[].sku",
    ),
    "a list of them": (
        'names = [user["name"] for user in requests.get(URL).json() if user["active"]]',
        "[].active [].name",
    ),
    "the first of a list": ('name = requests.get(URL).json()[0]["name"]', "[].name"),
    "under any key": (
        """
        for key, user in requests.get(URL).json()["users"].items():
            print(key, user["name"])
        """,
        "users[].name",
    ),
    "parsed by hand": ('name = json.loads(requests.get(URL).text)["name"]', "name"),
    "what is kept in a list": (
        """
        users = []
        users.append(requests.get(URL).json())
        for user in users:
            print(user["name"])
        """,
        "name",
    ),
    "what is put into a dict and a tuple": (
        """
        pair = {"user": requests.get(URL).json(), "other": 1}, 200
        body, status = pair
        print(body["user"]["name"], body["other"])
        """,
        "name",
    ),
    "what the program has put there is no field": (
        """
        user = requests.get(URL).json()
        user["label"] = user["name"].upper()
        print(user["label"])
        """,
        "name",
    ),
    "nor what is added to it": (
        """
        user = {**requests.get(URL).json(), "source": "crm"}
        print(user["source"], user["name"])
        """,
        "name",
    ),
    "headers and status are none": (
        """
        response = requests.get(URL)
        print(response.headers["ETag"], response.status_code)
        """,
        "",
    ),
    "a key that is not written there": (
        """
        def read(field):
            return requests.get(URL).json()[field]
        """,
        "",
    ),
    "by the caller of a helper": (
        """
        def get_user():
            return requests.get(URL).json()
        print(get_user()["name"])
        """,
        "name",
    ),
    "by the caller of a helper that returns the response": (
        """
        def ask():
            return requests.get(URL)
        def get_user():
            response = ask()
            return response.json()["data"], response.status_code
        def show():
            user, _ = get_user()
            print(user["name"])
        """,
        "data.name",
    ),
    "by callers that each read something else": (
        """
        class Users:
            def get(self):
                return requests.get(URL).json()
        def one():
            user = Users().get()
            user["age"] = 3
            return user["age"]
        def other():
            return Users().get()["age"]
        """,
        "age",
    ),
    "by what it is passed to": (
        """
        def parsed(response):
            return response.json()
        def shown(user, *, suffix):
            return user["name"] + suffix
        text = shown(user=parsed(requests.get(URL)), suffix="!")
        """,
        "name",
    ),
    "by a function that calls itself": (
        """
        def walk(node):
            print(node["name"])
            for child in node["children"]:
                walk(child)
        walk(requests.get(URL).json())
        """,
        "children name",
    ),
    "awaited": (
        """
        async def get_user():
            async with httpx.AsyncClient() as client:
                response = await client.get(URL)
                return response.json()
        async def show():
            user, _ = await asyncio.gather(get_user(), asyncio.sleep(1))
            return user["name"]
        async def all_of_them():
            users = await asyncio.gather(*[get_user() for _ in range(3)])
            return [user["age"] for user in users]
        """,
        "age name",
    ),
    "in a thread": (
        """
        def get_user():
            return requests.get(URL).json()
        async def show():
            user = await asyncio.to_thread(get_user)
            return user["name"]
        """,
        "name",
    ),
}


@pytest.mark.parametrize("title", READ)
def test_fields(title: str, tmp_path: Path) -> None:
    code, read = READ[title]
    lines = code.split("\n") if code.startswith("\n") else [code]
    write(tmp_path, HEAD + "\n".join(line.removeprefix("        ") for line in lines))
    (payload,) = link(tmp_path).payloads
    assert " ".join(payload.fields) == read


def test_fields_of_messages_are_attributes(tmp_path: Path) -> None:
    write(
        tmp_path,
        """\
--- shop.proto
syntax = "proto3";
package shop;
service Cart { rpc GetCart (Id) returns (Content); }
message Id { string id = 1; }
message Content { string user = 1; }
--- app.py
import grpc
import shop_pb2
import shop_pb2_grpc
from flask import Flask
app = Flask(__name__)
stub = shop_pb2_grpc.CartStub(grpc.insecure_channel("cart:7070"))
def show():
    cart = stub.GetCart(shop_pb2.Id(id="1"))
    for item in cart.items:
        print(item.product.id, cart.HasField("user"))
""",
    )
    (payload,) = link(tmp_path).payloads
    assert payload.fields == ("items[].product.id",)


def test_a_call_of_a_wrapper_has_what_is_read_there(tmp_path: Path) -> None:
    write(
        tmp_path,
        HEAD
        + """
def get(path):
    return requests.get(f"http://users{path}").json()
def name():
    return get("/users/1")["name"]
def count():
    return get("/counts")["total"]
""",
    )
    program = link(tmp_path)
    found = {crossing.path: program.payload_of(crossing).fields for crossing in program.services.crossings}
    assert found == {"/users/1": ("name",), "/counts": ("total",)}
