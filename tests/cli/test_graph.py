"""`commlint graph`."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from commlint.cli import main

CODE = """\
from shop.users import Users


def logged(f):
    def wrapper(*args):
        print(args)
        return f(*args)

    return wrapper


@logged
def names(ids):
    users = Users()
    return [users.name(i) for i in ids]


class Report:
    def __init__(self):
        self.lines = sorted(names([1]), key=lambda name: name.lower())


Report()
"""
USERS = """\
import requests


class Users:
    def name(self, i):
        return requests.get(f"http://users/{i}").json()["name"]
"""


def test_names_what_each_function_calls(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    (tmp_path / "shop" / "users.py").write_text(USERS, encoding="utf-8")
    (tmp_path / "main.py").write_text(CODE, encoding="utf-8")
    result = CliRunner().invoke(main, ["graph", str(tmp_path), "--level", "function", "--format", "json"])
    assert result.exit_code == 0
    assert {caller: callees for caller, callees in json.loads(result.stdout).items() if callees} == {
        "main": ["main.Report.__init__", "main.logged"],
        "main.Report.__init__": ["<builtin>.sorted", "main.Report.__init__.<lambda1>", "main.logged.wrapper"],
        "main.logged.wrapper": ["<builtin>.print", "main.names"],
        "main.names": ["shop.users.Users.name"],
        "shop.users.Users.name": ["requests.get", "requests.get.json"],
    }
