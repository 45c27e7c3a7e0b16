"""Programs whose ways multiply are analysed in a bounded number of steps, counted as calls of functions."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest
from trees import write

from commlint import api
from commlint.config import Config
from commlint.finding import Confidence

MOST = 3_000_000


@contextmanager
def counted(most: int) -> Iterator[None]:
    """Fails once more functions have been called than that; the clock of the machine has no say in it."""
    steps = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal steps
        steps += event == "call"
        if steps > most:
            sys.setprofile(None)
            pytest.fail(f"no end after {most} steps")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(before)


def layers(deep: int, wide: int, passed: str) -> str:
    """Wrappers around a call in layers, each function of which calls all functions of the one below."""
    code = ["import requests", "def w0_0(url):", "    return requests.get(url)"]
    for layer in range(1, deep + 1):
        below = [f"w{layer - 1}_{index}" for index in range(wide if layer > 1 else 1)]
        for index in range(wide):
            code.append(f"def w{layer}_{index}(url):")
            code += [f"    {name}({passed})" for name in below]
    code += [f"w{deep}_{index}('http://users/users')" for index in range(wide)]
    return "\n".join(code)


def meshed(methods: int) -> str:
    """Methods of an object that all call each other, one of them another service in a loop."""
    code = ["import requests", "class Mesh:", "    def m0(self):", "        requests.get('http://users/users')"]
    for index in range(1, methods):
        code.append(f"    def m{index}(self):")
        code += [f"        self.m{other}()" for other in range(methods) if other != index]
    code += ["    def all(self, items):", "        for item in items:", "            self.m0()", "        self.m1()"]
    code += ["def run(mesh: Mesh):", "    mesh.m1()", "    mesh.all([1])"]
    code += [f"    mesh.m{index}()" for index in range(methods)]
    return "\n".join(code)


PROGRAMS = {
    "callers that all pass the same": layers(8, 8, "url"),
    "callers that add something": layers(8, 8, "url + '/more'"),
    "many callers of many callers": layers(4, 30, "url + '/more'"),
    "methods that all call each other": meshed(16),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_ways_that_multiply_are_bounded(name: str, tmp_path: Path) -> None:
    compose = "services:\n  app: {build: app}\n  users: {build: users}\n"
    files = {"docker-compose.yml": compose, "app/Dockerfile": "", "users/Dockerfile": "", "users/app.py": "pass\n"}
    files["app/app.py"] = PROGRAMS[name]
    write(tmp_path, "".join(f"--- {path}\n{text}\n" for path, text in files.items()))
    with counted(MOST):
        report = api.analyze(Config(root=tmp_path, min_confidence=Confidence.LOW, jobs=1, cache=None))
    assert report.failures == ()
    assert report.summary.remote_calls == 1
