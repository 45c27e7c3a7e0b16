"""`commlint contracts`, and what is wrong with contracts in a configuration."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commlint.cli import main

APP = """\
import requests
from flask import Flask

app = Flask(__name__)


@app.get("/cart")
def cart():
    return requests.get("http://users/users/1", timeout=2).json()


@app.get("/users/<number>")
def user(number):
    return {}
"""


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """A shop that calls users."""
    compose = "services:\n  shop: {build: ./shop}\n  users: {build: ./users}\n"
    (tmp_path / "docker-compose.yml").write_text(compose, "utf-8")
    for name in ("shop", "users"):
        (tmp_path / name).mkdir()
    (tmp_path / "shop" / "app.py").write_text(APP, "utf-8")
    (tmp_path / "users" / "app.py").write_text(APP.replace("requests.get", "dict"), "utf-8")
    return tmp_path


def run(system: Path, contracts: str, *arguments: str) -> Result:
    """Runs a command on the system with a configuration."""
    (system / "commlint.toml").write_text(contracts, "utf-8")
    return CliRunner().invoke(main, [*(arguments or ("contracts",)), str(system)])


def contract(name: str, rest: str) -> str:
    return f'[[contracts]]\nname = "{name}"\n{rest}\n'


def test_says_which_are_kept_and_which_are_broken(system: Path) -> None:
    kept = contract("users ask nobody", 'kind = "allow"\nfrom = ["users"]\nto = []')
    broken = contract("the shop leaves users alone", 'kind = "forbid"\nfrom = ["shop"]\nto = ["users"]')
    result = run(system, kept + broken)
    assert result.exit_code == 1
    assert result.output == (
        "kept    users ask nobody  allow, 0 edges\n"
        "broken  the shop leaves users alone  forbid, 1 edge, broken by 1\n"
        "        shop/app.py:9  `shop` calls `GET users /users/{}`\n"
        "\n"
        "2 contracts: 1 kept, 1 broken\n"
    )


def test_status_is_zero_where_all_are_kept(system: Path) -> None:
    result = run(system, contract("users ask nobody", 'kind = "allow"\nfrom = ["users"]\nto = []'))
    assert result.exit_code == 0


def test_says_that_there_are_none(system: Path) -> None:
    result = run(system, "")
    assert result.exit_code == 0
    assert result.output == "No contracts; a table [[contracts]] of commlint.toml makes one\n"


@pytest.mark.parametrize(
    ("rest", "name"),
    [
        ('kind = "forbid"\nfrom = ["gift-*"]\nto = ["users"]', "gift-*"),
        ('kind = "private"\nfrom = ["shop"]\nto = ["DELETE users /users/{}"]', "DELETE users /users/{}"),
        ('kind = "private"\nfrom = ["shop"]\nto = ["api.cards.example"]', "api.cards.example"),
        ('kind = "owners"\nowners = ["shop"]\ntables = ["gifts"]', "gifts"),
        ('kind = "owners"\nowners = ["shop"]\ntopics = ["gift.*"]', "gift.*"),
    ],
)
def test_says_what_is_without_effect(system: Path, rest: str, name: str) -> None:
    result = run(system, contract("in vain", rest))
    assert result.exit_code == 0
    assert ": it has no effect\n" in result.output
    assert f"        `{name}` is nowhere in this system\n" in result.output


def test_a_name_among_others_is_said_and_the_contract_has_effect(system: Path) -> None:
    result = run(system, contract("apart", 'kind = "independence"\nservices = ["shop", "users", "gift-*"]'))
    assert "it has no effect" not in result.output
    assert "`gift-*` is nowhere in this system" in result.output


def test_json_has_all_of_it(system: Path) -> None:
    rest = 'kind = "forbid"\nfrom = ["shop"]\nto = ["users", "gift-*"]'
    result = run(system, contract("alone", rest), "contracts", "--format", "json")
    assert json.loads(result.output) == {
        "version": 1,
        "contracts": [
            {
                "name": "alone",
                "kind": "forbid",
                "kept": False,
                "looked": 1,
                "unit": "edge",
                "breaches": [{"file": "shop/app.py", "line": 9, "text": "`shop` calls `GET users /users/{}`"}],
                "idle": ["gift-*"],
                "has_effect": True,
            }
        ],
    }


@pytest.mark.parametrize("command", ["contracts", "check", "map"])
def test_a_service_that_there_is_not_is_an_error(system: Path, command: str) -> None:
    result = run(system, contract("alone", 'kind = "forbid"\nfrom = ["shop"]\nto = ["user"]'), command)
    assert result.exit_code == 2
    assert result.stderr == (
        "commlint: error: commlint.toml: contract `alone`: no service is called `user`; did you mean `users`?\n"
    )


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ('kind = "forbit"\nfrom = ["shop"]\nto = []', "did you mean `forbid`?"),
        ('kind = "forbid"\nfrom = ["shop"]', "contracts[0]: `alone`: a contract of kind `forbid` needs the key `to`"),
        ('kind = "layers"\nlayers = ["shop"]\nto = []', "`alone`: a contract of kind `layers` has no key `to`"),
        ('kind = "owners"\nowners = ["shop"]', "`alone`: says neither `tables` nor `topics` that somebody owns"),
        ('kind = "max-depth"\nmax = 0', "contracts[0].max: "),
        ('kind = "forbid"\nfrom = "shop"\nto = []', "contracts[0].from: should be a list, is a string"),
        ('kind = "forbid"\nform = ["shop"]\nto = []', "unknown key `form`; did you mean `from`?"),
        ('kind = "layers"\nlayers = ["shop", 3]', "contracts[0].layers[1]: should be a string or a list"),
    ],
)
def test_a_contract_that_is_none_is_an_error(system: Path, rest: str, said: str) -> None:
    result = run(system, contract("alone", rest))
    assert result.exit_code == 2
    assert said in result.stderr


def test_what_breaks_two_contracts_names_both(system: Path) -> None:
    first = contract("leaves users alone", 'kind = "forbid"\nfrom = ["shop"]\nto = ["users"]')
    second = contract("private users", 'kind = "private"\nfrom = []\nto = ["GET users /users/{id}"]')
    result = run(system, first + second, "check", "--select", "COMM701", "--format", "concise")
    assert (
        "`shop` calls `GET users /users/{}`: contract `leaves users alone` forbids it and contract `private users` lets"
        " nobody do so\n"
    ) in result.output


def test_the_path_leads_from_the_endpoint_to_the_one_that_answers(system: Path) -> None:
    rest = 'kind = "forbid"\nfrom = ["shop"]\nto = ["users"]'
    result = run(system, contract("alone", rest), "check", "--select", "COMM701", "--format", "json")
    (finding,) = json.loads(result.output)["findings"]
    assert [(step["file"], step["line"]) for step in finding["path"]] == [
        ("shop/app.py", 8),
        ("shop/app.py", 9),
        ("users/app.py", 13),
    ]


def test_other_paths_of_the_system_keep_their_contracts(system: Path) -> None:
    """What is named on the command line limits what is reported, not what contracts may name."""
    (system / "commlint.toml").write_text(
        contract("alone", 'kind = "forbid"\nfrom = ["shop"]\nto = ["users"]'), "utf-8"
    )
    here = CliRunner().invoke(main, ["check", "--select", "COMM701", str(system / "users")])
    there = CliRunner().invoke(main, ["check", "--select", "COMM701", str(system / "shop")])
    assert (here.exit_code, there.exit_code) == (0, 1)


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")
def test_a_commit_need_not_have_the_services_of_today(system: Path) -> None:
    def git(*command: str) -> None:
        who = {f"GIT_{role}_{what}": "a@b.example" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        subprocess.run(["git", "-C", str(system), *command], check=True, capture_output=True, env={**os.environ, **who})

    users = (system / "users" / "app.py").read_text("utf-8")
    shutil.rmtree(system / "users")
    (system / "docker-compose.yml").write_text("services:\n  shop: {build: ./shop}\n", "utf-8")
    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    (system / "users").mkdir()
    (system / "users" / "app.py").write_text(users, "utf-8")
    (system / "docker-compose.yml").write_text(
        "services:\n  shop: {build: ./shop}\n  users: {build: ./users}\n", "utf-8"
    )
    rest = 'kind = "allow"\nfrom = ["users"]\nto = ["shop"]'
    result = run(system, contract("users ask the shop", rest), "check", "--since", "HEAD", "--select", "COMM701")
    assert (result.exit_code, result.stderr) == (0, "")
