"""Any program is analysed in the end, and quickly: values that could grow without end do not."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from textwrap import indent
from types import FrameType
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from trees import write

from commlint import api
from commlint.config import Config
from commlint.finding import Confidence

SECONDS = 5


@contextmanager
def deadline() -> Iterator[None]:
    def late(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def analyze(root: Path) -> None:
    report = None
    with suppress(TimeoutError), deadline():
        report = api.analyze(Config(root=root, min_confidence=Confidence.LOW))
    assert report is not None, f"no end after {SECONDS} seconds"
    assert report.failures == ()
    assert all(finding.rule.startswith(("COMM1", "COMM4")) for finding in report.findings)


GROWING = {
    "a list in itself": "x = []\nx.append(x)\nx[0] = x\nfor y in x:\n    x = y\n    y.append([x])\n",
    "a dict in itself": "d = {}\nd['a'] = d\nd['b'] = {'c': d}\nwhile d:\n    d = d['a']['b']['c']\n",
    "items of items": "x = {'a': 1}\nwhile x:\n    x = x.items()\n    x = {y: z for y, z in x}\n",
    "values of values": "x = {'a': f}\nwhile x:\n    x = x.values()\n    x = list(x)\n    x = [x, *x]\n",
    "nested display": "x = ()\nwhile x:\n    x = (x, [x], {'x': x})\n",
    "attributes of attributes": "import requests\nx = requests\nwhile x:\n    x = x.get\n    x = x()\n"
    "    x = x.json()\n",
    "recursive generator": "def f(x):\n    yield f(x)\n    yield from f([x])\n    for y in f(f(x)):\n"
    "        yield y()\nf(f)\n",
    "recursive function": "def f(x):\n    return f([f, x])\nf(f)(f)\n",
    "function that returns itself": "def f():\n    return f\nf()()()()\ng = f\nwhile g:\n    g = g()\n",
    "decorators of each other": "@b\ndef a(f):\n    @b\n    def w():\n        return f()\n    return w\n"
    "@a\ndef b(f):\n    @a\n    def w():\n        return f()\n    return w\n@a\n@b\ndef c():\n    return c()\nc()\n",
    "a decorator of itself": "def a(f):\n    @a\n    def w(*args):\n        return f(*args)\n    return w\n@a\n"
    "def c(): c()\n",
    "partial of itself": "from functools import partial\ndef g(*a): pass\nfor x in y:\n    g = partial(g, x)\ng()\n",
    "partial of a partial": "from functools import partial\ndef f(h):\n    h = partial(h, 1)\n    return f(h)\n"
    "f(f)()\n",
    "partial of partial": "from functools import partial\np = partial(partial, partial)\nwhile p:\n    p = p(p)\n",
    "lambda of itself": "f = lambda x: f(lambda: x(f))\nf(f)\nwhile f:\n    f = lambda g=f: g(f)\n",
    "class in a ring": "class A(B): pass\nclass B(C): pass\nclass C(A):\n    def f(self):\n"
    "        super().f().f()\nA().f()\n",
    "an instance that calls itself": "class A:\n    def __call__(self, x):\n        self.a = self\n"
    "        return self.a(x)(self)\nA()(A())\n",
    "properties of each other": "class A:\n    @property\n    def a(self): return self.b\n"
    "    @property\n    def b(self): return self.a\nA().a.b.a()\n",
    "context of itself": "class A:\n    def __enter__(self):\n        with self as x:\n            return x\n"
    "with A() as a:\n    a()\n",
    "aliases in a ring": "a = b\nb = c\nc = a\na()\nA = B\nclass C(A): pass\nB = A\nx: A = C()\n",
    "types in a ring": "from typing import Union\nJ = Union[dict[str, J], list[J], str]\nK = Union[J, K, L]\n"
    "L = Union[K, L]\n"
    "def f(j: J, k: K) -> L:\n    return f(j, k)\nf(1, 2).get().get()\n",
    "constants in a ring": "import requests\nA = B + 'x'\nB = A + 'y'\nA = A + B\ndef f(u):\n"
    "    requests.get(A + u + '/')\n    f(u + '/' + u)\nf(B)\n",
    "recursion with a remote call": "import requests\nfrom flask import Flask\napp = Flask(__name__)\n@app.get('/')\n"
    "def a():\n    try:\n"
    "        b()\n    except requests.RequestException:\n        return a()\ndef b():\n"
    "    for x in y:\n        a()\n        requests.get('http://u/' + x)\n        c()\n"
    "def c():\n    try:\n        b()\n    except Exception:\n        c()\n        raise\n",
    "names that are rebound": "def f():\n    return f\nf = f()\nclass f(f): pass\nimport f\nfrom f import f\n"
    "[f for f in f]\n",
    "a name that stars pass around": (
        "--- app.py\nfrom other import *\nclass A(b): pass\n--- other.py\nfrom app import b\n"
    ),
    "star of itself": "from app import *\nfrom app import x\nx()\nclass A(B): pass\n",
}


@pytest.mark.parametrize("name", GROWING)
def test_what_grows_in_rings(tmp_path: Path, name: str) -> None:
    write(tmp_path, GROWING[name])
    analyze(tmp_path)


RING = "".join(
    f"--- p/m{index}.py\n"
    + "".join(f"from p.m{other} import *\n" for other in range(6) if other != index)
    + f"class X{index}(Unknown): pass\nunknown{index}.get()\n"
    for index in range(6)
)
LARGE = {
    "modules that import all of each other": RING,
    "diamonds": "class A0: pass\nclass B0: pass\n"
    + "".join(f"class A{i}(A{i - 1}, B{i - 1}): pass\nclass B{i}(A{i - 1}, B{i - 1}): pass\n" for i in range(1, 25)),
    "400 generations": "class A0: pass\n" + "".join(f"class A{i}(A{i - 1}): pass\n" for i in range(1, 400)),
    "150 chained calls": "import requests\ndef f(x):\n    return x" + ".get(1)" * 150 + "\nf(requests)\n",
    "300 elifs": "if a == 0:\n    pass\n" + "".join(f"elif a == {i}:\n    f({i})\n" for i in range(1, 300)),
    "300 terms": "import requests\nX = " + " + ".join("'a'" for _ in range(300)) + "\nrequests.get(X)\n",
    "300 conditionals": "x = " + "a if b else " * 300 + "c\nx()\n",
    "1,500 functions in a row": "import requests\nfrom flask import Flask\napp = Flask(__name__)\n@app.get('/')\n"
    "def h():\n    f0()\n"
    + "".join(f"def f{i}():\n    f{i + 1}()\n" for i in range(1_500))
    + "def f1500():\n    requests.get('http://users/')\n",
    "1,000 callers of one function": "import requests\ndef f(): requests.get('http://users/')\n"
    + "".join(f"def g{i}():\n    for x in y:\n        f()\n" for i in range(1_000)),
    "40 nested loops and tries": "import requests\n"
    + "".join(f"{'  ' * i}for x{i} in y:\n" if i % 2 else f"{'  ' * i}if x{i}:\n" for i in range(40))
    + "  " * 40
    + "requests.get('http://users/')\n",
    "60 functions that all call each other": "import requests\n"
    + "".join(f"def f{i}():\n" + "".join(f"    f{j}()\n" for j in range(60)) for i in range(60))
    + "def f60(): requests.get('http://users/')\nf0 = f60\n",
    "branches without end": "import requests\ndef f():\n"
    + "".join(
        f"    try:\n        requests.get('http://u/{i}')\n    except E{i}:\n        return None\n" for i in range(60)
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_what_is_large(tmp_path: Path, name: str) -> None:
    write(tmp_path, LARGE[name])
    analyze(tmp_path)


# --- random programs --------------------------------------------------------------------------------------------------

# In all of these {n} and {m} are names, {e} and {d} expressions.
EXPRESSIONS = (
    "{n}.{m}", "{n}()", "{e}({d})", "{e}(*{d}, **{n})", "{e}({n}={d})", "{e}.get({d})", "[{e}, *{d}]", "({e}, {d})",
    "{{'k': {e}, **{d}}}", "{e}['k']", "{e}[0]", "{e}[{d}]", "[{e} for {n} in {d}]",
    "{{{n}: {m} for {n}, {m} in {e}.items()}}",
    "list({e}() for {n} in {d} if {m}())", "(lambda {n}: {e}({m}))", "({e} or {d})", "({e} if {n} else {d})",
    "partial({e}, {d})", "map({e}, {d})", "super().{n}", "getattr({e}, '{n}')", "({n} := {e})", "requests.get({e})",
    "httpx.Client(base_url={e})", "f'{{{n}}}/{{{m}}}'", "({e} + '/' + {d})", "sorted({e}, key={d})",
    "list({e}.values())",
    "{e}.append({d})", "(not {e})", "{e}.items()", "asyncio.gather(*[{e}({n}) for {n} in {d}])", "({e} in {d} < {n})",
    "'x'", "None", "(5)", "{e}.json()[{d}]", "requests.Session()", "(yield {e})", "(await {e})",
)  # fmt: skip
STATEMENTS = (
    "{n} = {e}", "{n}.{m} = {e}", "{n}['k'] = {e}", "{n}, *{m} = {e}", "{n} += {e}", "{n}: {m} = {e}", "self.{n} = {e}",
    "{n}: 'list[{m}] | None'", "{e}()", "return {e}", "raise {n}", "raise", "yield {e}", "{n} = yield from {e}",
    "del {n}", "global {n}", "nonlocal {n}", "assert {e}", "import {n}", "from app import {n}", "from other import *",
    "break", "continue", "pass", "{n}.append({n})", "{n} = {n}({n})", "requests.get({e})",
    "self.{n}({e})", "return self", "return None",
)  # fmt: skip
HEADS = (
    "def {n}({m}, {n}={e}, *args, **kwargs):", "@{m}\ndef {n}({m}):", "@app.get('/{n}')\ndef {n}({m}: {n}):", "if {e}:",
    "class {n}({m}):", "class {n}(requests.Session, {m}):", "for {n} in {e}:", "while {e}:", "with {e} as {n}:",
    "try:\n    {e}()\nexcept {n} as {m}:", "try:\n    {e}()\nexcept Exception:\n    raise\nelse:", "def {n}(self):",
    "@property\ndef {n}(self):", "@contextmanager\ndef {n}(self):", "async def {n}(self):",
    "match {e}:\n  case {n}({m}):",
    "try:\n    {e}()\nfinally:",
)  # fmt: skip
START = (
    "import asyncio, requests, httpx\nfrom functools import partial\nfrom contextlib import contextmanager\n"
    "from flask import Flask\napp = Flask(__name__)\n"
)

names = st.sampled_from(("a", "b", "f", "g"))


def filled(shapes: tuple[str, ...], inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda shape, n, m, e, d: shape.format(n=n, m=m, e=e, d=d), st.sampled_from(shapes), names, names, inner, inner
    )


expressions = st.recursive(names, lambda inner: filled(EXPRESSIONS, inner), max_leaves=4)
statements = filled(STATEMENTS, expressions).map(lambda code: f"{code}\n")


def blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, min_size=1, max_size=4).map(lambda parts: indent("".join(parts), "    "))
    return st.builds(lambda head, code: f"{head}\n{code}", filled(HEADS, expressions), body)


code = st.lists(st.recursive(statements, blocks, max_leaves=8), min_size=2, max_size=8).map("".join)


@settings(
    suppress_health_check=[HealthCheck.too_slow],
    deadline=None,
    max_examples=150,
    derandomize=True,
    # What takes long takes too long to be made smaller.
    phases=[Phase.explicit, Phase.generate],
)
@given(code, code)
def test_random_programs(tmp_path_factory: pytest.TempPathFactory, one: str, other: str) -> None:
    root = tmp_path_factory.mktemp("random")
    write(root, f"--- app.py\n{START}{one}--- other.py\n{START}{other}")
    analyze(root)
