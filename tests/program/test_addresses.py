"""Where calls go: each small program says on the lines of its calls which service, method and path they reach.

`client.get(path)  # -> GET users /users/{}`: this call settles where it goes; `# nothing`: no call is settled here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
from trees import link, write

COMPOSE = """\
--- docker-compose.yml
services:
  shop: {build: shop, environment: {STOCK_URL: "http://stock:8000/api"}}
  users: {build: users, ports: ["8001:8000"]}
  orders: {build: orders}
  stock: {build: stock}
--- users/Dockerfile
--- users/app.py
users = 1
--- orders/Dockerfile
--- orders/app.py
orders = 1
--- stock/Dockerfile
--- stock/app.py
stock = 1
--- shop/Dockerfile
"""

CASES = {
    "what is plain": """\
--- shop/app.py
import requests
BASE = "http://users:8000"
requests.get("http://users/users")  # -> GET users /users
requests.post(f"{BASE}/users", json={})  # -> POST users /users
requests.get(BASE + "/users/" + str(1))  # -> GET users /users/1
requests.get("%s/users/%s" % (BASE, key))  # -> GET users /users/{}
requests.get("{}/users/{}?full=1".format(BASE, key))  # -> GET users /users/{}
requests.request("DELETE", "/".join([BASE, "users", key]))  # -> DELETE users /users/{}
requests.get("http://localhost:8001/users")  # -> GET users /users
requests.get("https://api.example.com/v1/rates")  # -> GET api.example.com /v1/rates
""",
    "a manifest's value beats the default of code": """\
--- shop/app.py
import os
import requests
STOCK = os.getenv("STOCK_URL", "http://orders")
requests.get(f"{STOCK}/items")  # -> GET stock /api/items
requests.get(os.environ["STOCK_URL"] + "/items")  # -> GET stock /api/items
requests.get(os.environ.get("OTHER_URL", "http://orders") + "/orders")  # -> GET orders /orders
""",
    "arguments that are passed on as a whole": """\
--- shop/app.py
import httpx

class Breaker:
    def call(self, function, *args, **kwargs):
        return function(*args, **kwargs)

class Client:
    def __init__(self, url):
        self.client = httpx.Client(base_url=url)
        self.breaker = Breaker()

    def get(self, path, **kwargs):
        return self.breaker.call(self.client.get, path, **kwargs)

users = Client("http://users:8000")
users.get("/users")  # -> GET users /users
users.get(f"/users/{key}", params={})  # -> GET users /users/{}
""",
    "the name of a setting": """\
--- shop/app.py
import os
import requests
requests.get(os.environ["USERS_SERVICE_URL"] + "/users")  # -> GET users /users
requests.get(os.environ["ORDER_API_BASE_URL"] + "/orders")  # -> GET orders /orders
requests.get(os.environ["PAYMENTS_API_URL"] + "/payments")  # -> GET payments-api /payments
requests.get(os.environ["BASE_URL"] + "/payments")  # -> GET /payments
""",
    "settings objects": """\
--- shop/settings.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    users_url: str = "http://users"
    orders_url: str = "http://orders"
    @property
    def orders_api(self):
        return f"{self.orders_url}/api"
settings = Settings()
--- shop/app.py
import requests
from flask import Flask
from settings import settings
app = Flask(__name__)
app.config["STOCK"] = "http://stock/v1"
requests.get(f"{settings.users_url}/users")  # -> GET users /users
requests.get(f"{settings.orders_api}/orders")  # -> GET orders /api/orders
requests.get(app.config["STOCK"] + "/items")  # -> GET stock /v1/items
requests.get(app.config.get("STOCK") + "/items")  # -> GET stock /v1/items
""",
    "a wrapper that is told where to go": """\
--- shop/app.py
import requests
SERVICES = {"users": "http://users", "orders": "http://orders"}
def forward(service, path, method, body=None):
    url = f"{SERVICES[service]}/{path}"
    if method == "GET":
        return requests.get(url)
    if method == "POST":
        return requests.post(url, json=body)
def users():
    return forward("users", "users", "GET")  # -> GET users /users
def user(key):
    return forward("users", f"users/{key}", "GET")  # -> GET users /users/{}
def order(body):
    return forward("orders", "orders", "POST", body)  # -> POST orders /orders
""",
    "a wrapper of a wrapper, with the verb": """\
--- shop/app.py
import requests
def ask(method, path, base="http://users"):
    return requests.request(method, f"{base}{path}")
def users(path):
    return ask("GET", path)
def orders():
    return ask("GET", "/orders", base="http://orders")  # -> GET orders /orders
def start():
    users("/users")  # -> GET users /users
    users("/groups")  # -> GET users /groups
""",
    "values of parameters do not settle anything": """\
--- shop/app.py
import requests
def user(key):
    return requests.get(f"http://users/users/{key}")  # -> GET users /users/{}
user(1)
user(2)
""",
    "a client class with its own address": """\
--- shop/app.py
import httpx
class Client:
    def __init__(self, base_url, prefix="/api"):
        self.base_url = base_url
        self.prefix = prefix
        self.http = httpx.Client(base_url=base_url)
    def get(self, path):
        return self.http.get(f"{self.prefix}{path}")
users = Client("http://users")
orders = Client(base_url="http://orders", prefix="/v2")
users.get("/users")  # -> GET users /api/users
orders.get("/orders")  # -> GET orders /v2/orders
class Shop:
    def __init__(self):
        self.stock = Client("http://stock")
    def items(self):
        return self.stock.get("/items")  # -> GET stock /api/items
""",
    "subclasses with their addresses": """\
--- shop/app.py
import httpx
from clients import Orders, Users
Users().find(1)
Orders().list()
--- shop/base.py
import httpx
class Base:
    PREFIX = ""
    def __init__(self, base_url):
        self.base_url = base_url
        self.client = None
    def connect(self):
        self.client = httpx.Client(base_url=self.base_url)
        return self.client
    def ask(self, method, path):
        return self.connect().request(method, self.PREFIX + path)
--- shop/clients.py
from base import Base
class Users(Base):
    PREFIX = "/u"
    def __init__(self):
        super().__init__("http://users")
    def find(self, key):
        return self.ask("GET", f"/users/{key}")  # -> GET users /u/users/{}
class Orders(Base):
    def __init__(self):
        super().__init__(base_url="http://orders")
    def list(self):
        return self.ask("GET", "/orders")  # -> GET orders /orders
""",
    "an entry of a dictionary": """\
--- shop/app.py
import requests
def details(kind, key):
    urls = {"user": f"http://users/users/{key}", "order": f"http://orders/orders/{key}"}
    return requests.get(urls[kind])  # -> GET users /users/{}, GET orders /orders/{}
""",
    "a URL in steps": """\
--- shop/app.py
import requests
def ask(kind, key, suffix=None):
    url = f"http://users/{kind}/{key}"
    if suffix:
        url = f"{url}/{suffix}"
    return requests.get(url)
def start(key):
    ask("users", key)  # -> GET users /users/{}
    ask("users", key, "groups")  # -> GET users /users/{}/groups
""",
    "an object that carries a request": """\
--- shop/app.py
import requests
class Request:
    def __init__(self, url, timeout):
        self.url = url
        self.timeout = timeout
class Call:
    def __init__(self, name, request):
        self.name = name
        self.request = request
    def make(self):
        return requests.get(self.request.url, timeout=2)  # -> GET users /users/{}, GET orders /orders/{}
def start(key):
    calls = [
        Call("user", Request(f"http://users/users/{key}", 2)),
        Call("order", Request(url=f"http://orders/orders/{key}", timeout=2)),
    ]
    return [call.make() for call in calls]
""",
    "a local address with the name of a service": """\
--- shop/app.py
import requests
STOCK_SERVICE_URL = "http://localhost:9003"
URLS = {"orders": "http://127.0.0.1:9004"}
requests.get(f"{STOCK_SERVICE_URL}/items")  # -> GET stock /items
requests.get(URLS["orders"] + "/orders")  # -> GET orders /orders
requests.get("http://localhost:9003/items")  # -> GET stock /items
requests.get("http://localhost:9005/items")  # -> GET localhost /items
""",
    "URL objects": """\
--- shop/app.py
import requests
from yarl import URL
base = URL("http://users") / "api"
requests.get(base / "users")  # -> GET users /api/users
requests.get(URL.build(scheme="http", host="orders", port=8000, path="/orders"))  # -> GET orders /orders
requests.get(base.with_path("/users").with_query(full=1))  # -> GET users /users
""",
}


@pytest.mark.parametrize("name", CASES)
def test_calls_go(tmp_path: Path, name: str) -> None:
    files = write(tmp_path, COMPOSE + CASES[name])
    wanted: dict[str, set[str]] = defaultdict(set)
    for path, text in files.items():
        for number, line in enumerate(text.splitlines(), 1):
            if (match := re.search(r"# -> (.*)", line)) is not None:
                wanted[f"{path}:{number}"] = set(match[1].split(", "))
    found: dict[str, set[str]] = defaultdict(set)
    for crossing in link(tmp_path).services.crossings:
        found[f"{crossing.location.file}:{crossing.location.line}"].add(crossing.label)
    assert found == wanted
