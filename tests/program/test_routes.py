"""What a service serves: final paths, handlers, and which of several routes answers.

The paths of the small programs were read back from the frameworks themselves, as far as these can be installed.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from trees import link, write

from commlint.finding import Service
from commlint.program import Program
from commlint.program.patterns import asked, cut, fit, read

# What each program serves: verbs and path, and who answers; `?` before what is not known as a whole.
SERVED = {
    "flask": (
        """\
from flask import Flask
app = Flask(__name__)
@app.route("/")
def index(): pass
@app.route("/orders", methods=["GET", "POST"])
def orders(): pass
@app.get("/orders/<int:order_id>")
def order(order_id): pass
@app.route("/files/<path:name>")
def file(name): pass
app.add_url_rule("/late", view_func=index, methods=["DELETE"])
""",
        """\
GET / index
GET/POST /orders orders
GET /orders/{order_id} order
GET /files/{name...} file
DELETE /late index
""",
    ),
    "flask blueprints, each with its prefix, replaced where it is registered": (
        """\
--- app.py
from flask import Flask
from users import bp as users
from admin import admin
def create_app():
    app = Flask(__name__)
    app.register_blueprint(users)
    app.register_blueprint(admin, url_prefix="/internal")
    return app
app = create_app()
--- users.py
from flask import Blueprint
bp = Blueprint("users", __name__, url_prefix="/users/<uuid:tenant>")
@bp.get("/<int:user_id>")
def user(tenant, user_id): pass
@bp.get("")
def users(tenant): pass
--- admin.py
from flask import Blueprint
admin = Blueprint("admin", __name__, url_prefix="/admin")
inner = Blueprint("inner", __name__, url_prefix="/inner")
admin.register_blueprint(inner)
@admin.get("/stats")
def stats(): pass
@inner.get("/deep")
def deep(): pass
""",
        """\
GET /users/{tenant}/{user_id} user
GET /users/{tenant} users
GET /internal/inner/deep deep
GET /internal/stats stats
""",
    ),
    "flask blueprints registered by a helper that is told the prefix": (
        """\
--- app.py
from flask import Flask
from views import carts, users
def hang_up(app, blueprint, prefix=None):
    if prefix:
        app.register_blueprint(blueprint, url_prefix=prefix)
    else:
        app.register_blueprint(blueprint)
def create_app():
    app = Flask(__name__)
    hang_up(app, users, "/people")
    hang_up(app, carts)
    return app
app = create_app()
--- views.py
from flask import Blueprint
carts = Blueprint("carts", __name__, url_prefix="/carts")
users = Blueprint("users", __name__)
@users.get("/<user_id>")
def user(user_id): pass
@carts.get("/<cart_id>")
def cart(cart_id): pass
""",
        """\
GET /people/{user_id} user
GET /carts/{cart_id} cart
""",
    ),
    "flask views as classes": (
        """\
from flask import Flask
from flask.views import MethodView, View
app = Flask(__name__)
class Orders(MethodView):
    def get(self): pass
    def post(self): pass
class Report(View):
    methods = ["GET", "PUT"]
    def dispatch_request(self): pass
app.add_url_rule("/orders", view_func=Orders.as_view("orders"))
app.add_url_rule("/orders/only-read", view_func=Orders.as_view("read"), methods=["GET"])
app.add_url_rule("/report", view_func=Report.as_view("report"))
""",
        """\
GET /orders Orders.get
POST /orders Orders.post
GET /orders/only-read Orders.get
GET /report Report.dispatch_request
PUT /report Report.dispatch_request
""",
    ),
    "flask-restful, a resource at several paths": (
        """\
from flask import Flask
from flask_restful import Api, Resource
app = Flask(__name__)
api = Api(app, prefix="/api")
class Order(Resource):
    def get(self, order_id=None): pass
    def delete(self, order_id=None): pass
api.add_resource(Order, "/orders", "/orders/<int:order_id>")
""",
        """\
GET /api/orders Order.get
DELETE /api/orders Order.delete
GET /api/orders/{order_id} Order.get
DELETE /api/orders/{order_id} Order.delete
""",
    ),
    "flask-restx, namespaces by name and by path, below a blueprint": (
        """\
from flask import Flask, Blueprint
from flask_restx import Api, Namespace, Resource
app = Flask(__name__)
blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
api = Api(blueprint)
users = Namespace("users")
orders = Namespace("orders", path="/o")
more = api.namespace("more", path="/more")
api.add_namespace(users)
api.add_namespace(orders, path="/orders")
app.register_blueprint(blueprint)
@users.route("/<int:user_id>", "/by-id/<int:user_id>")
class User(Resource):
    def get(self, user_id): pass
@orders.route("/")
class Orders(Resource):
    def post(self): pass
@more.route("/things")
class Things(Resource):
    def get(self): pass
""",
        """\
GET /api/v1/more/things Things.get
GET /api/v1/users/{user_id} User.get
GET /api/v1/users/by-id/{user_id} User.get
POST /api/v1/orders/ Orders.post
""",
    ),
    "fastapi, routers in routers, prefixes at both ends, a constant in each": (
        """\
--- app/main.py
from fastapi import FastAPI
from app.api import api
from app.config import settings
app = FastAPI(root_path="/proxy")
app.include_router(api, prefix=settings.API_PREFIX)
@app.get("/health")
def health(): pass
--- app/config.py
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    API_PREFIX: str = "/api/v1"
settings = Settings()
--- app/api/__init__.py
from fastapi import APIRouter
from . import orders, users
api = APIRouter()
api.include_router(users.router, prefix="/users")
api.include_router(orders.router)
--- app/api/users.py
from fastapi import APIRouter
router = APIRouter()
@router.get("/{user_id}")
async def user(user_id: int): pass
@router.post("")
async def create(): pass
--- app/api/orders.py
from fastapi import APIRouter
ORDERS = "/orders"
ITEM = f"{ORDERS}/{{order_id}}"
router = APIRouter(prefix="/shop")
@router.get(ITEM)
async def order(order_id: int): pass
@router.api_route(ITEM + "/lines", methods=["PUT", "PATCH"])
async def lines(order_id: int): pass
@router.get("/files/{name:path}")
async def file(name: str): pass
router.add_api_route(ORDERS, order, methods=["GET"])
""",
        """\
GET /api/v1/users/{user_id} user
POST /api/v1/users create
GET /api/v1/shop/orders/{order_id} order
PUT/PATCH /api/v1/shop/orders/{order_id}/lines lines
GET /api/v1/shop/files/{name...} file
GET /api/v1/shop/orders order
GET /health health
""",
    ),
    "fastapi, routers from a list of pairs, a dictionary and a list": (
        """\
from fastapi import APIRouter, FastAPI
users = APIRouter()
orders = APIRouter()
carts = APIRouter()
items = APIRouter(prefix="/items")
app = FastAPI()
for prefix, router in [("/users", users), ("/orders", orders)]:
    app.include_router(router, prefix=prefix)
ROUTERS = {"carts": carts}
for name, router in ROUTERS.items():
    app.include_router(router, prefix=f"/{name}")
for router in (items,):
    app.include_router(router)
@users.get("/a")
def user(): pass
@orders.get("/b")
def order(): pass
@carts.get("/c")
def cart(): pass
@items.get("/d")
def item(): pass
""",
        """\
GET /users/a user
GET /orders/b order
GET /carts/c cart
GET /items/d item
""",
    ),
    "fastapi, applications below an application, and one that is none of the program's": (
        """\
from fastapi import FastAPI
from prometheus_client import make_asgi_app
from starlette.staticfiles import StaticFiles
app = FastAPI()
inner = FastAPI()
app.mount("/inner", inner)
app.mount("/metrics", make_asgi_app())
app.mount("/static", StaticFiles(directory="static"))
@inner.get("/deep")
def deep(): pass
""",
        """\
GET /inner/deep deep
""",
    ),
    "fastapi, a subclass of its router": (
        """\
from fastapi import APIRouter, FastAPI
class Router(APIRouter):
    def __init__(self, name):
        super().__init__(prefix=f"/{name}")
class Plain(APIRouter):
    pass
app = FastAPI()
orders = Router("orders")
users = Plain(prefix="/users")
app.include_router(orders)
app.include_router(users)
@orders.get("/{order_id}")
def order(order_id): pass
@users.get("/{user_id}")
def user(user_id): pass
""",
        """\
GET /orders/{order_id} order
GET /users/{user_id} user
""",
    ),
    "a decorator of the program around that of the framework": (
        """\
from functools import wraps
from fastapi import APIRouter, FastAPI
router = APIRouter(prefix="/api")
def endpoint(path, verb="GET"):
    def decorate(function):
        @wraps(function)
        async def wrapper(*args, **kwargs):
            return await function(*args, **kwargs)
        router.add_api_route(path, wrapper, methods=[verb])
        return wrapper
    return decorate
@endpoint("/users")
async def users(): pass
@endpoint("/orders", verb="POST")
async def orders(): pass
app = FastAPI()
app.include_router(router)
""",
        """\
GET /api/users users
POST /api/orders orders
""",
    ),
    "starlette, all in one list": (
        """\
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.routing import Mount, Route
async def order(request): pass
async def health(request): pass
class Users(HTTPEndpoint):
    async def get(self, request): pass
    async def post(self, request): pass
routes = [
    Mount("/api", routes=[
        Route("/orders/{order_id:int}", order, methods=["GET", "DELETE"]),
        Route("/users", Users),
    ]),
    Route("/health", health),
]
app = Starlette(routes=routes)
""",
        """\
GET/DELETE /api/orders/{order_id} order
GET /api/users Users.get
POST /api/users Users.post
GET /health health
""",
    ),
    "django, included by module string, list, pair and router": (
        """\
--- manage.py
--- shop/settings.py
ROOT_URLCONF = "shop.urls"
--- shop/urls.py
from django.contrib import admin
from django.urls import include, path, re_path
from orders import views
api = [path("ping", views.ping)]
urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/orders/", include("orders.urls")),
    path("api/v1/", include((api, "api"), namespace="v1")),
    re_path(r"^old/(?P<number>\\d+)/$", views.ping),
    path("third/", include("oauth2_provider.urls")),
]
urlpatterns += [path("late/<uuid:key>/", views.ping)]
--- orders/urls.py
from django.urls import include, path
from rest_framework.routers import DefaultRouter
from orders import views
router = DefaultRouter()
router.register(r"items", views.Items, basename="item")
urlpatterns = [
    path("<int:pk>/", views.Order.as_view()),
    path("page/", views.Page.as_view()),
    path("some/", views.some),
    path("", include(router.urls)),
]
--- orders/views.py
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import TemplateView
from rest_framework import generics, viewsets
from rest_framework.decorators import action, api_view
from rest_framework.views import APIView
def ping(request): pass
class Order(APIView):
    def get(self, request, pk): pass
    def delete(self, request, pk): pass
class Page(TemplateView):
    template_name = "page.html"
@api_view(["GET", "POST"])
def some(request): pass
class Items(viewsets.ReadOnlyModelViewSet):
    def retrieve(self, request, pk=None): pass
    @action(detail=True, methods=["post"], url_path="ship-it")
    def ship(self, request, pk=None): pass
    @action(detail=False)
    def recent(self, request): pass
""",
        """\
GET /api/orders/{pk}/ Order.get
DELETE /api/orders/{pk}/ Order.delete
GET /api/orders/page/ -
GET/POST /api/orders/some/ some
GET /api/orders/items/ Items.list
GET /api/orders/items/recent/ Items.recent
GET /api/orders/items/{pk}/ Items.retrieve
POST /api/orders/items/{pk}/ship-it/ Items.ship
* /api/v1/ping ping
* /old/{number}/ ping
* /late/{key}/ ping
""",
    ),
    "django, generic views and view sets that say which method answers what": (
        """\
--- app/settings.py
ROOT_URLCONF = "app.urls"
--- app/urls.py
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from . import views
urlpatterns = [
    path("things/", views.Things.as_view()),
    path("sets/<pk>/", views.Sets.as_view({"get": "retrieve", "post": "touch"})),
    path("hook/", csrf_exempt(views.Hook.as_view())),
]
--- app/views.py
from django.views import View
from rest_framework import generics, viewsets
class Things(generics.ListCreateAPIView):
    def list(self, request): pass
class Sets(viewsets.ModelViewSet):
    def touch(self, request, pk): pass
class Hook(View):
    def post(self, request): pass
""",
        """\
GET /things/ Things.list
POST /things/ Things.create
GET /sets/{pk}/ Sets.retrieve
POST /sets/{pk}/ Sets.touch
POST /hook/ Hook.post
""",
    ),
    "django rest framework, a router without slashes, and nested ones": (
        """\
--- app/settings.py
ROOT_URLCONF = "app.urls"
--- app/urls.py
from django.urls import include, path
from rest_framework.routers import SimpleRouter
from rest_framework_nested.routers import NestedSimpleRouter
from .views import Names
bare = SimpleRouter(trailing_slash=False)
bare.register("domains", Names, basename="domain")
whole = SimpleRouter()
whole.register("domains", Names, basename="domain")
nested = NestedSimpleRouter(whole, "domains", lookup="domain")
nested.register("names", Names, basename="name")
urlpatterns = [path("a/", include(bare.urls)), path("b/", include(nested.urls))]
--- app/views.py
from rest_framework.viewsets import GenericViewSet
class Names(GenericViewSet):
    def list(self, request): pass
    def destroy(self, request, pk): pass
""",
        """\
GET /a/domains Names.list
DELETE /a/domains/{pk} Names.destroy
GET /b/domains/{parent_pk}/names/ Names.list
DELETE /b/domains/{parent_pk}/names/{pk}/ Names.destroy
""",
    ),
    "django ninja": (
        """\
--- app/settings.py
ROOT_URLCONF = "app.urls"
--- app/urls.py
from django.urls import path
from ninja import NinjaAPI, Router
api = NinjaAPI()
orders = Router()
@orders.get("/{int:order_id}")
def order(request, order_id: int): pass
@orders.post("/{int:order_id}")
def change(request, order_id: int): pass
api.add_router("/orders", orders)
@api.get("/ping")
def ping(request): pass
urlpatterns = [path("api/", api.urls)]
""",
        """\
GET /api/orders/{order_id} order
POST /api/orders/{order_id} change
GET /api/ping ping
""",
    ),
    "aiohttp, tables, lists, resources and applications below": (
        """\
from aiohttp import web
routes = web.RouteTableDef()
VERSION = "v0"
@routes.get(f"/{VERSION}/users/{{user_id}}")
async def user(request): pass
@routes.view("/things")
class Things(web.View):
    async def get(self): pass
    async def put(self): pass
async def order(request): pass
async def ping(request): pass
def setup(app: web.Application):
    app.router.add_routes(routes)
    app.add_routes([web.post("/orders", order), web.get(r"/orders/{number:\\d+}", order)])
    resource = app.router.add_resource("/carts/{cart_id}")
    resource.add_route("DELETE", order)
    app.router.add_static("/files", "files")
def make():
    app = web.Application()
    inner = web.Application()
    setup(app)
    inner.router.add_get("/ping", ping)
    app.add_subapp("/inner", inner)
    return app
""",
        """\
GET /v0/users/{user_id} user
GET /things Things.get
PUT /things Things.put
POST /orders order
GET /orders/{number} order
DELETE /carts/{cart_id} order
GET /inner/ping ping
""",
    ),
    "aiohttp, where only the annotation says what the application is": (
        """\
--- app.py
from aiohttp import web
from plugin import PLUGINS
def make():
    app = web.Application()
    for plugin in PLUGINS:
        __import__(plugin).setup(app)
    return app
--- plugin.py
from aiohttp import web
PLUGINS = ["plugin"]
async def order(request): pass
def setup(app: web.Application) -> None:
    app.router.add_get("/orders", order)
""",
        """\
GET /orders order
""",
    ),
    "sanic, blueprints and names before types": (
        """\
from sanic import Blueprint, Sanic
app = Sanic("shop")
bp = Blueprint("orders", url_prefix="/orders")
@bp.get("/<order_id:int>")
async def order(request, order_id): pass
app.blueprint(bp)
async def ping(request): pass
app.add_route(ping, "/ping", methods=["GET", "HEAD"])
""",
        """\
GET /orders/{order_id} order
GET/HEAD /ping ping
""",
    ),
    "falcon": (
        """\
import falcon
class Orders:
    def on_get(self, req, resp): pass
    async def on_post(self, req, resp): pass
    def helper(self): pass
app = falcon.App()
app.add_route("/orders/{order_id:int}", Orders())
""",
        """\
GET /orders/{order_id} Orders.on_get
POST /orders/{order_id} Orders.on_post
""",
    ),
    "tornado, tuples in a list": (
        """\
import tornado.web
from tornado.web import url
class Main(tornado.web.RequestHandler):
    def get(self): pass
class Order(tornado.web.RequestHandler):
    async def get(self, order_id): pass
    async def delete(self, order_id): pass
HANDLERS = [(r"/", Main), (r"/orders/([0-9]+)", Order), url(r"/o/(?P<order_id>\\w+)", Order, name="o")]
def make_app():
    return tornado.web.Application(HANDLERS)
""",
        """\
GET / Main.get
GET /orders/{} Order.get
DELETE /orders/{} Order.delete
GET /o/{order_id} Order.get
DELETE /o/{order_id} Order.delete
""",
    ),
    "quart": (
        """\
from quart import Blueprint, Quart
app = Quart(__name__)
bp = Blueprint("api", __name__, url_prefix="/api")
@bp.route("/orders/<order_id>", methods=["PUT"])
async def order(order_id): pass
app.register_blueprint(bp)
""",
        """\
PUT /api/orders/{order_id} order
""",
    ),
    "bottle, with and without an application": (
        """\
from bottle import Bottle, get, route
app = Bottle()
inner = Bottle()
@app.route("/orders/<order_id:int>", method=["GET", "POST"])
def order(order_id): pass
@inner.get("/deep/<name:path>")
def deep(name): pass
app.mount("/inner", inner)
@get("/global")
def anywhere(): pass
""",
        """\
GET/POST /orders/{order_id} order
GET /inner/deep/{name...} deep
GET /global anywhere
""",
    ),
    "litestar, controllers and routers": (
        """\
from litestar import Controller, Litestar, Router, get, post
class Orders(Controller):
    path = "/orders"
    @get()
    async def all_orders(self) -> None: pass
    @post("/{order_id:int}")
    async def change(self, order_id: int) -> None: pass
@get("/ping")
async def ping() -> None: pass
api = Router("/api", route_handlers=[Orders])
app = Litestar([api, ping])
""",
        """\
GET /api/orders Orders.all_orders
POST /api/orders/{order_id} Orders.change
GET /ping ping
""",
    ),
    "pyramid, views by the names of routes, and cornice": (
        """\
from cornice import Service
from pyramid.config import Configurator
from pyramid.view import view_config
orders = Service(name="orders", path="/orders/{number}")
@orders.get()
def get_order(request): pass
@orders.put()
def put_order(request): pass
@view_config(route_name="home", request_method="GET")
def home(request): pass
def listing(request): pass
def main():
    config = Configurator()
    config.include("cornice")
    config.add_route("home", "/")
    config.add_route("list", "/list/*rest")
    config.add_view(listing, route_name="list")
    config.scan()
    return config.make_wsgi_app()
""",
        """\
GET /orders/{number} get_order
PUT /orders/{number} put_order
GET / home
* /list/{rest...} listing
""",
    ),
    "chalice": (
        """\
from chalice import Blueprint, Chalice
app = Chalice(app_name="shop")
extra = Blueprint(__name__)
@app.route("/orders/{order_id}", methods=["GET", "PUT"])
def order(order_id): pass
@extra.route("/more")
def more(): pass
app.register_blueprint(extra, url_prefix="/extra")
""",
        """\
GET/PUT /orders/{order_id} order
GET /extra/more more
""",
    ),
    "powertools": (
        """\
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.router import Router
app = APIGatewayRestResolver()
router = Router()
@app.get("/orders/<order_id>")
def order(order_id): pass
@router.route("/ping", method=["GET", "POST"])
def ping(): pass
app.include_router(router, prefix="/api")
""",
        """\
GET /orders/{order_id} order
GET/POST /api/ping ping
""",
    ),
    "robyn": (
        """\
from robyn import Robyn, SubRouter
app = Robyn(__file__)
sub = SubRouter(__name__, prefix="/api")
@app.get("/orders/:order_id")
def order(request): pass
@sub.post("/ping")
def ping(request): pass
app.include_router(sub)
""",
        """\
GET /orders/{order_id} order
POST /api/ping ping
""",
    ),
    "nameko, with the name of the service": (
        """\
from nameko.rpc import rpc
from nameko.web.handlers import HttpRequestHandler, http
class Entrypoint(HttpRequestHandler):
    pass
own = Entrypoint.decorator
class Orders:
    name = "orders"
    @rpc
    def get_order(self, order_id): pass
    @http("GET", "/orders/<int:order_id>")
    def serve(self, request, order_id): pass
    @own("POST", "/orders")
    def create(self, request): pass
""",
        """\
RPC orders.get_order Orders.get_order
GET /orders/{order_id} Orders.serve
POST /orders Orders.create
""",
    ),
    "functions and objects by name": (
        """\
from xmlrpc.server import SimpleXMLRPCServer
class Orders:
    def get_order(self, order_id): pass
    def _hidden(self): pass
def add(a, b): pass
server = SimpleXMLRPCServer(("", 8000))
server.register_function(add, "sum")
server.register_instance(Orders())
""",
        """\
RPC sum add
RPC get_order Orders.get_order
""",
    ),
    "a server of the language itself": (
        """\
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self): pass
    def do_POST(self): pass
HTTPServer(("", 8080), Handler).serve_forever()
""",
        """\
GET /{...} Handler.do_GET
POST /{...} Handler.do_POST
""",
    ),
    "an application of which nothing is known": (
        """\
from house_framework import App
app = App()
@app.get("/users/{user_id}")
def user(user_id): pass
""",
        """\
? GET /users/{user_id} user
""",
    ),
    "a router that nobody hangs up is not served, where all that is hung up is known": (
        """\
from fastapi import APIRouter, FastAPI
app = FastAPI()
dead = APIRouter()
@app.get("/a")
def alive(): pass
@dead.get("/b")
def forgotten(): pass
""",
        """\
GET /a alive
""",
    ),
    "a router that may be hung up somewhere is served somewhere": (
        """\
import importlib
from fastapi import APIRouter, FastAPI
app = FastAPI()
router = APIRouter()
app.include_router(importlib.import_module("plugins").router, prefix="/plugins")
@router.get("/users/{user_id}")
def user(user_id): pass
""",
        """\
? GET /{}/users/{user_id} user
""",
    ),
    "a prefix that is not known": (
        """\
from fastapi import APIRouter, FastAPI
from elsewhere import prefix
app = FastAPI()
router = APIRouter()
app.include_router(router, prefix=f"/{prefix}")
@router.get("/users/{user_id}")
def user(user_id): pass
""",
        """\
? GET /{prefix}/users/{user_id} user
""",
    ),
    "a name that is an import and an application": (
        """\
--- app/__init__.py
--- app/tools.py
--- app/main.py
from fastapi import FastAPI
import app.tools
app = FastAPI()
@app.get("/a")
def a(): pass
""",
        """\
GET /a a
""",
    ),
}


@pytest.mark.parametrize("name", SERVED)
def test_routes(name: str, tmp_path: Path) -> None:
    tree, expected = SERVED[name]
    write(tmp_path, tree)
    program = link(tmp_path)
    assert "".join(f"{line}\n" for line in served(program)) == expected


# Questions to a service: what is asked, and who answers; nobody where nothing fits.
ANSWERED = {
    "as flask does: the most specific route, a missing slash added, HEAD with GET": (
        """\
from flask import Flask
app = Flask(__name__)
@app.get("/users/<user_id>")
def user(user_id): pass
@app.get("/users/me")
def me(): pass
@app.route("/orders/", methods=["GET", "POST"])
def orders(): pass
@app.get("/carts/<int:cart_id>")
def cart(cart_id): pass
@app.get("/files/<path:name>")
def file(name): pass
""",
        {
            "GET /users/me": "me",
            "GET /users/{}": "user",
            "GET /users/{user.id}?fields=name": "user",
            "GET /users/someone": "user",
            "GET /users/{}/": "",
            "GET /orders": "orders",
            "POST /orders": "orders",
            "PUT /orders/": "",
            "HEAD /users/me": "me",
            "GET /carts/{}": "cart",
            "GET /carts/17": "cart",
            "GET /carts/recent": "",
            "GET /files/a/b/{}": "file",
            "GET /{}/me": "me",
            "GET /elsewhere": "",
            " /orders/": "orders",
        },
    ),
    "as flask does where it is told not to be strict about slashes": (
        """\
from flask import Flask
app = Flask(__name__)
app.url_map.strict_slashes = False
@app.get("/users")
def users(): pass
""",
        {"GET /users": "users", "GET /users/": "users"},
    ),
    "as fastapi does: the first that fits, slashes either way, no HEAD with GET": (
        """\
from fastapi import FastAPI
app = FastAPI()
@app.get("/users/{user_id}")
def user(user_id): pass
@app.get("/users/me")
def shadowed(): pass
@app.post("/users/me")
def change(): pass
@app.get("/v{version}/things.{ending}")
def things(version, ending): pass
@app.get("/orders/")
def orders(): pass
""",
        {
            "GET /users/me": "user",
            "POST /users/me": "change",
            "HEAD /users/me": "",
            "GET /orders": "orders",
            "GET /users/{}/": "user",
            "GET /v1/things.json": "things",
            "GET /v{}/things.{}": "things",
            "GET /w1/things.json": "",
            "GET /{}": "",
            "GET /{}/{}": "",
        },
    ),
    "as django does: the first whose path fits, and GET alone gets its slash": (
        """\
--- app/settings.py
ROOT_URLCONF = "app.urls"
--- app/urls.py
from django.urls import include, path, re_path
from . import views
urlpatterns = [
    path("orders/", views.listing),
    path("orders/", views.create),
    path("orders/<int:pk>/", views.Order.as_view()),
    re_path(r"^open/", views.listing),
]
--- app/views.py
from django.views import View
from django.views.decorators.http import require_GET, require_POST
@require_GET
def listing(request): pass
@require_POST
def create(request): pass
class Order(View):
    def get(self, request, pk): pass
    def put(self, request, pk): pass
""",
        {
            "GET /orders/": "listing",
            "GET /orders": "listing",
            "POST /orders/": "",
            "PUT /orders/{}/": "Order.put",
            "PUT /orders/{}": "",
            "GET /orders/{}": "Order.get",
            "GET /orders/last/": "",
            "GET /open/and/more": "listing",
        },
    ),
    "what fits only with a prefix that is not known comes last": (
        """\
import importlib
from fastapi import APIRouter, FastAPI
app = FastAPI()
router = APIRouter()
app.include_router(importlib.import_module("plugins").router)
@router.get("/users/{user_id}")
def somewhere(user_id): pass
@router.get("/orders/{order_id}")
def order(order_id): pass
@app.get("/api/users/{user_id}")
def user(user_id): pass
""",
        {"GET /api/users/{}": "user", "GET /api/v1/orders/{}": "order", "GET /orders/{}": "order"},
    ),
    "by name: with the service, or without where one side does not say it": (
        """\
from nameko.rpc import rpc
class Orders:
    name = "orders"
    @rpc
    def get_order(self, order_id): pass
""",
        {
            "rpc orders.get_order": "Orders.get_order",
            "rpc get_order": "Orders.get_order",
            "rpc orders.drop_order": "",
            "rpc users.get_order": "",
        },
    ),
}


@pytest.mark.parametrize("name", ANSWERED)
def test_who_answers(name: str, tmp_path: Path) -> None:
    tree, questions = ANSWERED[name]
    write(tmp_path, tree)
    program = link(tmp_path)
    assert {question: answer(program, question) for question in questions} == questions


def answer(program: Program, question: str) -> str:
    verb, _, path = question.partition(" ")
    kind = verb if verb in ("rpc", "grpc") else "http"
    route = program.routes.serving(only(program), kind, "RPC" if kind != "http" else verb, path)
    return route.function.label if route is not None and route.function is not None else ""


# Whether all routes are known, and of some requests whether they may be answered.
COMPLETE = {
    "all routes are known, those of the framework among them": (
        """\
from fastapi import FastAPI
app = FastAPI()
@app.get("/users/{user_id}")
def user(user_id): pass
""",
        True,
        {"GET /users/{}": True, "GET /openapi.json": True, "GET /orders": False, "POST /users/{}": False},
    ),
    "a library answers below a path": (
        """\
from fastapi import FastAPI
from prometheus_client import make_asgi_app
app = FastAPI()
app.mount("/metrics", make_asgi_app())
@app.get("/users/{user_id}")
def user(user_id): pass
""",
        True,
        {"GET /metrics": True, "GET /metrics/deep": True, "GET /orders": False},
    ),
    "a route catches all": (
        """\
from fastapi import FastAPI
app = FastAPI()
@app.get("/users")
def users(): pass
@app.api_route("/{path:path}", methods=["GET", "POST"])
def proxy(path): pass
""",
        False,
        {"GET /orders": True, "DELETE /orders": True},
    ),
    "what is hung up is not known": (
        """\
import importlib
from fastapi import FastAPI
app = FastAPI()
app.include_router(importlib.import_module("plugins").router, prefix="/plugins")
@app.get("/users")
def users(): pass
""",
        False,
        {"GET /orders": True},
    ),
    "a path is not known": (
        """\
import os
from flask import Flask
app = Flask(__name__)
@app.get(os.environ["PATH_OF_USERS"])
def users(): pass
""",
        False,
        {"GET /orders": True},
    ),
    "an application without a route is not understood": (
        """\
from flask import Flask
app = Flask(__name__)
""",
        False,
        {"GET /orders": True},
    ),
    "the pages of the administration are where they are": (
        """\
--- app/settings.py
ROOT_URLCONF = "app.urls"
--- app/urls.py
from django.contrib import admin
from django.urls import path
def ping(request): pass
urlpatterns = [path("admin/", admin.site.urls), path("ping/", ping)]
""",
        True,
        {"GET /admin/users/": True, "GET /pong/": False, "GET /ping/": True},
    ),
    "the settings name a module that is not there": (
        """\
--- app/settings.py
ROOT_URLCONF = "elsewhere.urls"
--- app/views.py
def ping(request): pass
""",
        False,
        {"GET /ping/": True},
    ),
}


@pytest.mark.parametrize("name", COMPLETE)
def test_what_is_known_as_a_whole(name: str, tmp_path: Path) -> None:
    tree, complete, requests = COMPLETE[name]
    write(tmp_path, tree)
    program = link(tmp_path)
    service = only(program)
    assert program.routes.complete(service) == complete
    asked_for = (request.split(" ") for request in requests)
    assert [program.routes.may_serve(service, "http", *pair) for pair in asked_for] == list(requests.values())


def test_the_nearest_route(tmp_path: Path) -> None:
    write(
        tmp_path,
        """\
from flask import Flask
app = Flask(__name__)
@app.get("/api/users/<user_id>")
def user(user_id): pass
@app.post("/api/users")
def create(): pass
@app.get("/health")
def health(): pass
""",
    )
    program = link(tmp_path)

    def nearest(verb: str, path: str) -> str | None:
        route = program.routes.nearest(only(program), verb, path)
        return None if route is None else route.label

    assert nearest("GET", "/api/user/{}") == "GET /api/users/{user_id}"
    assert nearest("PUT", "/api/users") == "POST /api/users"
    assert nearest("GET", "/completely/different/{}") is None


# --- what documents say -----------------------------------------------------------------------------------------------


def test_connexion_serves_what_its_file_says(tmp_path: Path) -> None:
    write(
        tmp_path,
        """\
--- app/main.py
import connexion
app = connexion.App(__name__, specification_dir="spec/")
app.add_api("shop.yaml", base_path="/v2")
--- app/orders.py
def get_order(order_id): pass
class Users:
    def search(): pass
--- app/spec/shop.yaml
openapi: 3.0.0
servers:
  - url: /v1
paths:
  /orders/{order_id}:
    get:
      operationId: app.orders.get_order
    parameters: []
  /users:
    x-openapi-router-controller: app.orders
    get:
      operationId: Users.search
    post:
      operationId: nowhere.create
""",
    )
    program = link(tmp_path)
    assert [f"{line} {place(program, line)}" for line in served(program)] == [
        "GET /v2/orders/{order_id} get_order app/orders.py:1",
        "GET /v2/users Users.search app/orders.py:3",
        "POST /v2/users - app/spec/shop.yaml:13",
    ]
    assert program.routes.complete(only(program))


def place(program: Program, line: str) -> str:
    route = next(r for r in program.routes.of(only(program)) if line.startswith(r.label))
    return f"{route.location.file}:{route.location.line}"


def test_documents_speak_for_services_whose_code_does_not(tmp_path: Path) -> None:
    write(
        tmp_path,
        """\
--- compose.yaml
services:
  ledger:
    build: ledger
  users:
    build: users
--- ledger/Dockerfile
FROM node
--- ledger/report.py
print("nothing is served here")
--- ledger/docs/openapi.json
{"openapi": "3.1.0", "servers": [{"url": "https://ledger.example/api"}],
 "paths": {"/entries/{id}": {"get": {"responses": {}}, "summary": "one"}}}
--- ledger/clients/users/openapi.yaml
openapi: 3.0.0
paths:
  /users: {get: {}}
--- users/Dockerfile
FROM python
--- users/main.py
from flask import Flask
app = Flask(__name__)
@app.get("/users")
def users(): pass
--- users/openapi.yaml
openapi: 3.0.0
paths:
  /stale: {get: {}}
""",
    )
    assert served(link(tmp_path)) == ["GET /api/entries/{id} -", "GET /users users"]


def test_a_document_settles_paths_that_the_code_does_not_show(tmp_path: Path) -> None:
    write(
        tmp_path,
        """\
--- app.py
from elsewhere import VERSION
from fastapi import APIRouter, FastAPI
app = FastAPI()
router = APIRouter(prefix=f"/{VERSION}")
@router.get("/users/{user_id}")
def user(user_id): pass
@router.get("/users/me")
def me(): pass
app.include_router(router)
--- openapi.yaml
openapi: 3.0.0
paths:
  /v7/users/me: {get: {}}
  /v7/users/{id}: {get: {}}
""",
    )
    assert served(link(tmp_path)) == ["GET /v7/users/{id} user", "GET /v7/users/me me"]


def test_templates_of_functions(tmp_path: Path) -> None:
    write(
        tmp_path,
        """\
--- orders/template.yaml
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Handler: main.handler
Resources:
  Get:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/get/
      Events:
        Backend:
          Type: Api
          Properties:
            Path: /orders/{orderId}
            Method: GET
  Change:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/change
      Handler: app.change
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      DefinitionBody:
        Fn::Transform:
          Name: AWS::Include
          Parameters:
            Location: ./resources/interface.yaml
--- orders/resources/interface.yaml
openapi: 3.0.2
paths:
  /orders/{orderId}:
    put:
      x-amazon-apigateway-integration:
        uri:
          Fn::Sub: "arn:aws:apigateway:${AWS::Region}:lambda:path/functions/${Change.Arn}/invocations"
    delete:
      x-amazon-apigateway-integration: {type: mock}
--- orders/src/get/main.py
def handler(event, context): pass
--- orders/src/change/app.py
def change(event, context): pass
--- users/serverless.yml
service: users
functions:
  users:
    handler: src/users.serve
    events:
      - http: GET users/{id}
      - httpApi: {method: any, path: /all}
      - schedule: rate(1 hour)
--- users/src/users.py
def serve(event, context): pass
""",
    )
    program = link(tmp_path)
    assert served(program) == [
        "GET /orders/{orderId} handler",
        "PUT /orders/{orderId} change",
        "DELETE /orders/{orderId} -",
        "GET /users/{id} serve",
        "* /all serve",
    ]


def test_grpc_by_declaration_and_registration(tmp_path: Path) -> None:
    write(
        tmp_path,
        """\
--- protos/shop.proto
syntax = "proto3";
package shop.v1; // all of it
service Users {
  rpc GetUser(GetUserRequest) returns (User);
  // rpc Gone(Empty) returns (Empty);
}
service Idle { rpc Wait(Empty) returns (Empty) {} }
--- users/server.py
import grpc
import shop_pb2_grpc
from concurrent import futures
class Base(shop_pb2_grpc.UsersServicer):
    def GetUser(self, request, context): pass
    def helper(self): pass
class Users(Base):
    pass
class Unused(shop_pb2_grpc.UsersServicer):
    def GetUser(self, request, context): pass
class Idle(shop_pb2_grpc.IdleServicer):
    def Wait(self, request, context): pass
def serve():
    server = grpc.server(futures.ThreadPoolExecutor())
    shop_pb2_grpc.add_UsersServicer_to_server(Users(), server)
""",
    )
    program = link(tmp_path)
    assert served(program) == ["RPC /shop.v1.Users/GetUser Base.GetUser", "RPC /shop.v1.Idle/Wait Idle.Wait"]
    assert answer(program, "grpc /Users/GetUser") == "Base.GetUser"
    assert answer(program, "grpc /shop.v1.Users/DropUser") == ""


# --- whose routes -----------------------------------------------------------------------------------------------------


def test_services_that_share_what_makes_their_application(tmp_path: Path) -> None:
    write(
        tmp_path,
        """\
--- compose.yaml
services:
  users: {build: users}
  orders: {build: orders}
--- users/Dockerfile
--- users/main.py
from common.web import make_app, serve
app = make_app()
@app.get("/users")
def users(): pass
--- orders/Dockerfile
--- orders/main.py
from common.web import make_app, serve
from common.pages import router
app = make_app()
app.include_router(router, prefix="/pages")
@serve("/orders")
def orders(): pass
--- common/__init__.py
--- common/web.py
from fastapi import FastAPI
def make_app():
    app = FastAPI()
    @app.get("/health")
    def health(): pass
    return app
def serve(path):
    def decorate(function):
        make_app().add_api_route(path, function)
        return function
    return decorate
--- common/pages.py
from fastapi import APIRouter
router = APIRouter()
@router.get("/first")
def first(): pass
""",
    )
    program = link(tmp_path)
    routes = {service.name: {r.label for r in program.routes.of(service)} for service in program.workspace.services}
    assert routes == {
        "users": {"GET /health", "GET /users"},
        "orders": {"GET /health", "GET /orders", "GET /pages/first"},
    }


def test_routes_know_their_handlers(tmp_path: Path) -> None:
    write(
        tmp_path,
        """\
--- app.py
from fastapi import APIRouter, FastAPI
app = FastAPI()
router = APIRouter()
@router.get("/users/{user_id}")
def user(user_id): pass
app.include_router(router, prefix="/api")
""",
    )
    program = link(tmp_path)
    assert [entry.label for entry in program.entries.values()] == ["GET /api/users/{user_id}"]
    (route,) = program.routes.of(only(program))
    assert (route.location.file, route.location.line) == ("app.py", 5)


# --- paths ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "style", "expected"),
    [
        ("/users/{id}", "braces", ["/users/{id}"]),
        ("/users/{id:int}/{rest:path}", "braces", ["/users/{id}/{rest...}"]),
        ("/events/{int:year}", "braces", ["/events/{year}"]),
        (r"/orders/{number:\d{4}}", "braces", ["/orders/{number}"]),
        ("/{proxy+}", "braces", ["/{proxy...}"]),
        ("/docs/*rest", "braces", ["/docs/{rest...}"]),
        ("/users/<int:id>", "angles", ["/users/{id}"]),
        ("/users/<string(length=2):code>", "angles", ["/users/{code}"]),
        ("/users/<any(a, b):kind>", "angles", ["/users/{kind}"]),
        ("/files/<path:name>", "angles", ["/files/{name...}"]),
        ("/users/<own:id>", "angles", ["/users/{id}"]),
        ("/users/<id:own>", "named", ["/users/{id}"]),
        ("/users/<id:int>", "named", ["/users/{id}"]),
        ("/users/<name:re:[a-z]+>", "named", ["/users/{name}"]),
        ("/files/<name:path>", "named", ["/files/{name...}"]),
        ("/users/:id/cart", "colons", ["/users/{id}/cart"]),
        (r"^users/(?P<pk>\d+)/$", "regex", ["/users/{pk}/"]),
        (r"^users/(?P<pk>[^/.]+)/?$", "regex", ["/users/{pk}/", "/users/{pk}"]),
        (r"^(?:api/)?ping$", "regex", ["/api/ping", "/ping"]),
        (r"/files/(.*)", "regex", ["/files/{...}"]),
        (r"^files/(?P<name>.+)/raw$", "regex", ["/files/{name...}/raw"]),
        (r"^robots\.txt$", "regex", ["/robots.txt"]),
        (r"^.well-known/x$", "regex", ["/.well-known/x"]),
        (r"/a/\d{4}/[a-z]+", "regex", ["/a/{}/{}"]),
        ("(" * 200, "regex", ["/{}"]),
        ("[", "regex", ["/{}"]),
        ("", "", ["/"]),
    ],
)
def test_paths_as_frameworks_write_them(text: str, style: str, expected: list[str]) -> None:
    assert [str(cut(path)) for path in read(text, style)] == expected


def test_a_guess_needs_all_that_is_known_to_be_literal() -> None:
    def guesses(route: str, call: str) -> int | None:
        return fit(cut(read(route)[0]), asked(call))

    assert guesses("/{kind}/search", "/orders/{}") is None
    assert guesses("/orders/search", "/orders/{}") == 1
    assert guesses("/{kind}/{id}", "/orders/{}") == 0


# --- help -------------------------------------------------------------------------------------------------------------


def served(program: Program) -> list[str]:
    return [
        f"{'' if route.sure else '? '}{'/'.join(route.verbs) or '*'} {route.path} "
        f"{route.function.stands_for.label if route.function is not None else '-'}"
        for service in program.workspace.services
        for route in program.routes.of(service)
    ]


def only(program: Program) -> Service:
    (service,) = program.workspace.services
    return service
