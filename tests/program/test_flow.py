"""Which function a call reaches, or which access path of a library.

Comments `# -> name, name` say what the calls of their lines reach.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from trees import expected, link, reached, write

IMPORTS = {
    "of a module": """\
--- app.py
import clients
import clients as c
from clients import fetch, fetch as get
import requests
import requests as r
from requests import get as http_get
import os.path
import urllib.request as u
clients.fetch()  # -> clients.fetch
c.fetch()  # -> clients.fetch
fetch()  # -> clients.fetch
get()  # -> clients.fetch
requests.get()  # -> requests.get
r.get()  # -> requests.get
http_get()  # -> requests.get
os.path.join()  # -> os.path.join
u.urlopen()  # -> urllib.request.urlopen
clients.missing()  # -> nothing
--- clients.py
def fetch(): pass
""",
    "relative": """\
--- service/app/main.py
from . import clients
from .clients import fetch
from .clients.users import fetch as users_fetch
from ..common import fetch as common_fetch
from .. import common
clients.users.fetch()  # -> service.app.clients.users.fetch
fetch()  # -> service.app.clients.fetch
users_fetch()  # -> service.app.clients.users.fetch
common_fetch()  # -> service.common.fetch
common.fetch()  # -> service.common.fetch
--- service/app/__init__.py
--- service/app/clients/__init__.py
def fetch(): pass
--- service/app/clients/users.py
def fetch(): pass
--- service/common.py
def fetch(): pass
""",
    "star": """\
--- app.py
from clients import *
from requests import *
fetch()  # -> clients.fetch
_hidden()  # -> requests._hidden
--- clients.py
def fetch(): pass
def _hidden(): pass
""",
    "star of a star": """\
--- a.py
from b import *
fetch()  # -> c.fetch
--- b.py
from c import *
--- c.py
def fetch(): pass
""",
    "star of a star the other way round": """\
--- c.py
from b import *
fetch()  # -> a.fetch
--- b.py
from a import *
--- a.py
def fetch(): pass
""",
    "re-exported": """\
--- app.py
import clients
from clients import Users, fetch, session
from clients import renamed
Users().get()  # -> clients.users.Users.get
clients.Users().get()  # -> clients.users.Users.get
fetch()  # -> clients.users.fetch
renamed()  # -> clients.users.fetch
session.get()  # -> requests.Session().get
--- clients/__init__.py
from .users import Users, fetch
from .users import fetch as renamed
from .users import *
--- clients/users.py
import requests
class Users:
    def get(self): pass
def fetch(): pass
session = requests.Session()
""",
    "conditional": """\
--- app.py
try:
    import httpx as http
except ImportError:
    import requests as http
if DEBUG:
    from real import fetch
else:
    from fake import fetch
http.get()  # -> httpx.get, requests.get
fetch()  # -> real.fetch, fake.fetch
def late():
    from real import fetch
    fetch()  # -> real.fetch
--- real.py
def fetch(): pass
--- fake.py
def fetch(): pass
""",
    "of equal packages in two services": """\
--- orders/app/main.py
from app.clients import fetch
import app.clients
fetch()  # -> orders.app.clients.fetch
app.clients.fetch()  # -> orders.app.clients.fetch
--- orders/app/__init__.py
--- orders/app/clients.py
def fetch(): pass
--- users/app/main.py
from app.clients import fetch
import app.clients
fetch()  # -> users.app.clients.fetch
app.clients.fetch()  # -> users.app.clients.fetch
--- users/app/__init__.py
--- users/app/clients.py
def fetch(): pass
--- common/lib/__init__.py
def shared(): pass
--- users/app/other.py
from lib import shared
shared()  # -> common.lib.shared
""",
    "in a ring": """\
--- a.py
import b
from b import g
def f(): pass
g()  # -> b.g
b.f()  # -> a.f
--- b.py
import a
from a import f
def g(): pass
f()  # -> a.f
a.g()  # -> b.g
""",
    "of a package below src and of a folder that is none": """\
--- src/shop/__init__.py
--- src/shop/clients.py
def fetch(): pass
--- src/shop/app.py
from shop.clients import fetch
from shop import clients
fetch()  # -> src.shop.clients.fetch
clients.fetch()  # -> src.shop.clients.fetch
--- tools/helpers/http.py
def fetch(): pass
--- tools/run.py
import helpers.http
from helpers import http
helpers.http.fetch()  # -> tools.helpers.http.fetch
http.fetch()  # -> tools.helpers.http.fetch
""",
    "under the name of its package": """\
--- app/__init__.py
def fetch(): pass
--- app/app.py
def fetch(): pass
--- main.py
import app.app as app
app.fetch()  # -> app.app.fetch
""",
}

CLASSES = {
    "order of bases": """\
class A:
    def f(self): pass
    def g(self): pass
class B(A):
    def f(self): pass
class C(A):
    def f(self): pass
    def g(self): pass
class D(B, C): pass
D().f()  # -> app.B.f
D().g()  # -> app.C.g
d = D()
d.f()  # -> app.B.f
D.g(d)  # -> app.C.g
""",
    "super": """\
import requests
class A:
    def f(self):
        return 1
class B(A):
    def f(self):
        super().f()  # -> app.A.f, builtins.super, app.C.f
class C(A):
    def f(self):
        super(C, self).f()  # -> app.A.f, builtins.super
class D(B, C):
    def __init__(self):
        super().__init__()  # -> builtins.super
class S(requests.Session):
    def request(self):
        return super().request()  # -> requests.Session().request, builtins.super
D().f()  # -> app.D.__init__, app.B.f
S().get()  # -> app.S.request
""",
    "super of a method that does nothing": """\
class A:
    def f(self): pass
class B(A):
    def f(self):
        super().f()  # -> app.A.f, builtins.super
""",
    "self is what it is": """\
class Base:
    def run(self):
        self.step()  # -> app.Base.step, app.Left.step, app.Right.step
    def step(self):
        raise NotImplementedError
class Left(Base):
    def step(self): pass
class Right(Base):
    def step(self): pass
Left().run()  # -> app.Base.run
Right().run()  # -> app.Base.run
""",
    "attributes set in any method": """\
import httpx
class Client:
    shared = httpx.Client()
    def __init__(self, other):
        self.other = other
    def connect(self):
        self.http = httpx.Client()
    def get(self):
        self.http.get()  # -> httpx.Client().get
        self.shared.get()  # -> httpx.Client().get
        self.other.get()  # -> app.Other.get
        self.late.get()  # -> app.Other.get
        self.nothing.get()  # -> nothing
class Other:
    def get(self): pass
client = Client(Other())
client.late = Other()
""",
    "tests of classes": """\
class A:
    def a(self): return 1
class B:
    def a(self): return 1
class C(A):
    def a(self): return 1
def one(x):
    if isinstance(x, A):
        x.a()  # -> app.A.a, app.C.a
    else:
        x.a()  # -> app.B.a
    if not isinstance(x, (C, B)):
        x.a()  # -> app.A.a
    return x.a() if isinstance(x, C) else x.a  # -> app.C.a, builtins.isinstance
def two(x):
    if isinstance(x, A):
        return
    x.a()  # -> app.B.a
    if x:
        x = A()  # -> nothing
    x.a()  # -> app.A.a, app.B.a, app.C.a
def three(x):
    assert isinstance(x, B)
    while x:
        x.a()  # -> app.A.a, app.B.a, app.C.a
        x = A()  # -> nothing
def four(x: A):
    if isinstance(x, C):
        x.a()  # -> app.C.a
for made in (A(), B(), C()):
    one(made)  # -> app.one
    two(made)  # -> app.two
    three(made)  # -> app.three
four(A())  # -> app.four
""",
    "what operators call": """\
class A:
    def __getitem__(self, key): return B()  # -> nothing
    def __setitem__(self, key, value): pass
    def __contains__(self, key): pass
    def __len__(self): pass
    def __add__(self, other): return B()  # -> nothing
    def __repr__(self): pass
class B:
    def b(self): pass
a = A()  # -> nothing
a["key"].b()  # -> app.A.__getitem__, app.B.b
a["key"] = 1  # -> app.A.__setitem__
"key" in a  # -> app.A.__contains__
(a + a).b()  # -> app.A.__add__, app.B.b
f"{a}"  # -> app.A.__repr__
len(a)  # -> app.A.__len__, builtins.len
if a:  # -> app.A.__len__
    pass
""",
    "kinds of methods": """\
class A:
    @classmethod
    def make(cls):
        return cls()  # -> app.A.__init__
    @staticmethod
    def fetch(): pass
    @property
    def other(self):
        return B()
    def __init__(self): pass
    def __call__(self): pass
    def __enter__(self):
        return B()
class B:
    def get(self): pass
A.make().fetch()  # -> app.A.make, app.A.fetch
A.fetch()  # -> app.A.fetch
A().other.get()  # -> app.A.__init__, app.A.other, app.B.get
A.make()()  # -> app.A.make, app.A.__call__
with A() as b:
    b.get()  # -> app.B.get
""",
    "data": """\
from dataclasses import dataclass
from typing import Optional
import httpx
class Users:
    def get(self): pass
@dataclass
class Deps:
    users: Users
    http: Optional[httpx.Client] = None
def f(deps: Deps, many: list[Users], either: "Users | None"):
    deps.users.get()  # -> app.Users.get
    deps.http.get()  # -> httpx.Client().get
    many[0].get()  # -> app.Users.get
    either.get()  # -> app.Users.get
    for one in many:
        one.get()  # -> app.Users.get
""",
    "in rings": """\
class A(B):
    def f(self): pass
class B(A):
    def g(self): pass
class C(C):
    def h(self): pass
A().g()  # -> app.B.g
C().h()  # -> app.C.h
""",
}

FUNCTIONS = {
    "closures": """\
import requests
def make(f):
    g = f
    def inner():
        nonlocal g
        g()  # -> app.one, app.two
        f()  # -> app.one, app.two
    return inner
def one(): pass
def two(): pass
make(one)()  # -> app.make, app.inner
make(f=two)()  # -> app.make, app.inner
def sets():
    global client
    client = requests.Session()
def uses():
    client.get()  # -> requests.Session().get
""",
    "lambdas": """\
import requests
def fetch(): pass
f = lambda: fetch()  # -> app.fetch
g = lambda x=fetch: x()  # -> app.fetch
f()  # -> app.<lambda>
(lambda h: h())(fetch)  # -> app.<lambda>, app.fetch
{"a": lambda: requests.get()}["a"]()  # -> app.<lambda>, requests.get
""",
    "partial": """\
import functools
from functools import partial
import requests
def fetch(first, second):
    first()  # -> app.one
    second()  # -> app.two
def one(): pass
def two(): pass
p = partial(fetch, one)
p(two)  # -> app.fetch
get = functools.partial(requests.get, timeout=1)
get()  # -> requests.get
partial(partial(fetch, one), two)()  # -> functools.partial, app.fetch
""",
    "containers": """\
import requests
def one(): pass
def two(): pass
pair = [one, two]
pair[0]()  # -> app.one
pair[i]()  # -> app.one, app.two
table = {"a": one, "b": two}
table["a"]()  # -> app.one
table.get(x)()  # -> app.one, app.two
for f in pair:
    f()  # -> app.one, app.two
for key, g in table.items():
    g()  # -> app.one, app.two
for h in table.values():
    h()  # -> app.one, app.two
first, second = one, two
first()  # -> app.one
second()  # -> app.two
many = []
many.append(one)
many[0]()  # -> app.one
[f() for f in pair]  # -> app.one, app.two
nested = {"a": {"b": two}}
nested["a"]["b"]()  # -> app.two
(one or two)()  # -> app.one, app.two
(one if x else two)()  # -> app.one, app.two
(w := one)()  # -> app.one
w()  # -> app.one
""",
    "the rest of a list": """\
def one(): pass
def two(): pass
def three(): pass
first, *rest = [one, two, three]
first()  # -> app.one
rest[i]()  # -> app.two, app.three
""",
    "a registry that is filled after it is used": """\
--- a.py
from registry import HANDLERS
def run(name):
    HANDLERS[name]()  # -> b.fetch
    HANDLERS.get(name)()  # -> b.fetch
    for handler in HANDLERS.values():
        handler()  # -> b.fetch
--- b.py
from registry import HANDLERS
def fetch(): pass
HANDLERS["fetch"] = fetch
--- registry.py
HANDLERS = {}
""",
    "a registry that is filled further down": """\
HANDLERS = {}
def run(name):
    HANDLERS[name]()  # -> app.fetch
    for name, handler in HANDLERS.items():
        handler()  # -> app.fetch
def fetch(): pass
HANDLERS["fetch"] = fetch
""",
    "arguments": """\
def call(f, *more, key=None, **named):
    f()  # -> app.one
    more[0]()  # -> app.two
    key()  # -> app.three
    named["x"]()  # -> app.four
def one(): pass
def two(): pass
def three(): pass
def four(): pass
call(one, two, key=three, x=four)  # -> app.call
def spread(a, b):
    a()  # -> app.one
    b()  # -> app.two
spread(*[one, two])  # -> app.spread
def spread_named(a, b):
    a()  # -> app.one
    b()  # -> app.two
spread_named(**{"a": one, "b": two})  # -> app.spread_named
def through(*args, **kwargs):
    spread_named(*args, **kwargs)  # -> app.spread_named
through(a=one, b=two)  # -> app.through
""",
    "generators": """\
def one(): pass
def two(): pass
def each():
    yield one
    yield from others()  # -> app.others
def others():
    yield two
for f in each():  # -> app.each
    f()  # -> app.one, app.two
next(f() for f in each())  # -> builtins.next, app.each, app.one, app.two
""",
    "with": """\
import httpx
from contextlib import contextmanager, asynccontextmanager
class Session:
    def __enter__(self):
        return self
    def get(self): pass
class Plain:
    def get(self): pass
@contextmanager
def opened():
    yield Plain()
with Session() as s, opened() as p:  # -> app.opened, app.Session.__enter__
    s.get()  # -> app.Session.get
    p.get()  # -> app.Plain.get
with httpx.Client() as c:  # -> httpx.Client
    c.get()  # -> httpx.Client().get
@asynccontextmanager
async def client():
    async with httpx.AsyncClient() as c:  # -> httpx.AsyncClient
        yield c
async def main():
    async with client() as c:  # -> app.client
        await c.get()  # -> httpx.AsyncClient().get
""",
    "decorators": """\
from functools import wraps
def retried(f):
    @wraps(f)
    def wrapper(*args):
        return f(*args)
    return wrapper
def limited(n):
    def decorate(f):
        def wrapper():
            return f()
        return wrapper
    return decorate
@retried
def one(): pass
@limited(3)
def two(): pass
@retried
@limited(3)
def three(): pass
@retried
def four():
    one()  # -> app.wrapper
one()  # -> app.wrapper
two()  # -> app.wrapper
three()  # -> app.wrapper
""",
    "callbacks": """\
import asyncio
from concurrent.futures import ThreadPoolExecutor
def fetch(user):
    user.get()  # -> app.User.get
class User:
    def get(self): pass
users = [User()]
list(map(fetch, users))  # -> builtins.list, builtins.map, app.fetch
pool = ThreadPoolExecutor()
pool.submit(fetch, users[0])  # -> concurrent.futures.ThreadPoolExecutor().submit, app.fetch
pool.map(fetch, users)  # -> concurrent.futures.ThreadPoolExecutor().map, app.fetch
sorted(users, key=lambda u: u.get())  # -> builtins.sorted, app.<lambda>, app.User.get
async def main():
    await asyncio.gather(*[work(u) for u in users])  # -> asyncio.gather, app.work
    await asyncio.to_thread(fetch, users[0])  # -> asyncio.to_thread, app.fetch
async def work(u):
    u.get()  # -> app.User.get
""",
    "what comes back": """\
import requests
def make():
    return requests.Session()
def pick(x):
    if x:
        return make()
    return None
session = pick(1)
session.get()  # -> requests.Session().get
getattr(session, "post")()  # -> builtins.getattr, requests.Session().post
def same(x): return x
same(session).put()  # -> app.same, requests.Session().put
""",
    "what nobody knows": """\
def f(x):
    x()  # -> nothing
    x.get()  # -> nothing
    unknown()  # -> builtins.unknown
    "a".join(x)  # -> nothing
""",
    "in del": """\
def two(): pass
del x[two()]  # -> app.two
""",
    "in statements of all kinds": """\
def one(): pass
def two(): pass
match x:
    case 1:
        f = one
    case _:
        f = two
while f():  # -> app.one, app.two
    f = two
else:
    one()  # -> app.one
try:
    one()  # -> app.one
except two() as e:  # -> app.two
    one()  # -> app.one
finally:
    two()  # -> app.two
assert one()  # -> app.one
raise one()  # -> app.one
""",
}

CASES = {
    f"{kind} {name}": tree
    for kind, cases in (("imports", IMPORTS), ("classes", CLASSES), ("functions", FUNCTIONS))
    for name, tree in cases.items()
}


@pytest.mark.parametrize("name", CASES)
def test_calls_reach(tmp_path: Path, name: str) -> None:
    files = write(tmp_path, CASES[name])
    wanted = expected(files)
    assert wanted
    found = reached(link(tmp_path), files)
    assert {place: found.get(place, set()) for place in wanted} == wanted
