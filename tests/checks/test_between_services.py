"""What the findings between services say besides where they stand: chains, rings, calls that float, addresses."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from commlint import api
from commlint.config import Config, settle
from commlint.finding import Confidence, Finding, Severity

BARE = "return requests.{verb}({url}, timeout=2).json()"
GUARDED = """try:
        return requests.{verb}({url}, timeout=2).json()
    except requests.RequestException:
        return {{}}"""


def app(*handlers: tuple[str, str]) -> str:
    """A Flask program with handlers: what each is decorated with, and its body."""
    parts = ["import os\nimport requests\nfrom flask import Flask\napp = Flask(__name__)\n"]
    for number, (route, body) in enumerate(handlers):
        parts.append(f"@app.{route}\ndef handler{number}(**given):\n    {body}\n")
    return "".join(parts)


def ask(verb: str, url: str, *, guarded: bool = False) -> str:
    return (GUARDED if guarded else BARE).format(verb=verb, url=url)


def check(root: Path, rule: str, services: dict[str, str], compose: str = "") -> list[Finding]:
    names = "".join(f"  {name}:\n    build: {name}\n" for name in services)
    (root / "docker-compose.yml").write_text(compose or f"services:\n{names}", "utf-8")
    for name, code in services.items():
        (root / name).mkdir()
        (root / name / "app.py").write_text(code, "utf-8")
    report = api.analyze(Config(root=root, select=(rule,), min_confidence=Confidence.LOW))
    assert report.failures == ()
    return list(report.findings)


def chain(*, first: bool, second: bool) -> dict[str, str]:
    """Three services, one behind the other; whether the calls have a fallback."""
    return {
        "gateway": app(
            ('post("/checkout")', ask("post", '"http://orders/orders"', guarded=first)),
            ('post("/again")', "return handler0()"),
        ),
        "orders": app(('post("/orders")', ask("get", '"http://users/users/1"', guarded=second))),
        "users": app(('get("/users/<int:number>")', "return {}")),
    }


def configured(root: Path, text: str, rule: str, services: dict[str, str]) -> list[Finding]:
    """What is found with a configuration."""
    root.mkdir()
    (root / "commlint.toml").write_text(text, "utf-8")
    for name, code in services.items():
        (root / name).mkdir()
        (root / name / "Dockerfile").write_text("FROM python", "utf-8")
        (root / name / "app.py").write_text(code, "utf-8")
    config = settle([str(root)], select=(rule,), min_confidence=Confidence.LOW, cache=False)
    return list(api.analyze(config).findings)


def test_the_configuration_says_how_deep_a_chain_may_be(tmp_path: Path) -> None:
    services = chain(first=False, second=False)
    assert len(configured(tmp_path / "a", "max-sync-depth = 1", "COMM403", services)) == 1
    assert configured(tmp_path / "b", "max-sync-depth = 2", "COMM403", services) == []


def test_the_configuration_says_how_many_calls_a_request_may_make(tmp_path: Path) -> None:
    body = ask("get", '"http://users/users/1"').replace("return ", "a = ") + "\n    a = requests.get('http://u/x')"
    services = {"gateway": app(('get("/")', body))}
    assert len(configured(tmp_path / "a", "", "COMM102", services)) == 1
    assert configured(tmp_path / "b", "max-calls-per-request = 2", "COMM102", services) == []


def test_the_configuration_says_what_each_service_is_worth(tmp_path: Path) -> None:
    text = "[services.users]\navailability = 98\nlatency = 40\n[services.orders]\nlatency = 25.5\n"
    [finding] = configured(tmp_path / "a", text, "COMM403", chain(first=False, second=False))
    assert finding.why.endswith(
        "at 99.9 % each (`users` 98 %) the user sees 97.8 %, one deep it would be 99.8 %; the chain takes 65.5 ms"
    )


@pytest.mark.parametrize(
    ("first", "second", "severity", "seen"),
    [
        (False, False, Severity.ERROR, "the user sees 99.7 %, one deep it would be 99.8 %"),
        (True, False, Severity.ERROR, "though `gateway` can do without the answer"),
        (False, True, Severity.ERROR, "though `orders` can do without the answer"),
        (True, True, Severity.NOTE, "though `gateway`, `orders` can do without the answer"),
    ],
)
def test_a_chain_is_an_error_unless_each_hop_is_guarded(
    tmp_path: Path, *, first: bool, second: bool, severity: Severity, seen: str
) -> None:
    [finding] = check(tmp_path, "sync-chain", chain(first=first, second=second))
    assert finding.severity == severity
    assert finding.why.endswith(seen)


def test_a_chain_names_its_heads_and_shows_each_hop(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "sync-chain", chain(first=False, second=False))
    assert finding.message == "POST /checkout, POST /again wait for 2 calls of services, one inside the other"
    assert finding.call == "POST orders /orders"
    assert finding.confidence is Confidence.HIGH
    assert [(step.location.file, step.location.line, step.text) for step in finding.path] == [
        ("gateway/app.py", 6, "gateway: POST /checkout"),
        ("gateway/app.py", 7, "POST orders /orders"),
        ("orders/app.py", 6, "orders: POST /orders"),
        ("orders/app.py", 7, "GET users /users/{}"),
    ]
    assert [(step.location.line, step.text) for step in finding.related] == [(6, "POST /checkout"), (9, "POST /again")]
    assert "let `orders` hold what it asks `users` for" in finding.advice


def test_a_chain_whose_last_address_is_not_known(tmp_path: Path) -> None:
    services = {
        "gateway": app(('get("/")', ask("get", '"http://orders/orders"'))),
        "orders": app(('get("/orders")', ask("get", "given['url']"))),
    }
    [finding] = check(tmp_path, "sync-chain", services)
    assert "let `orders` hold what it asks others for" in finding.advice


def test_a_long_row_of_services_is_worked_out_once(tmp_path: Path) -> None:
    # Each calls the next one four times: 4 ** 20 ways through.
    calls = [
        (f'get("/{n}")', "\n    ".join(f'requests.get("http://s{{next}}/{m}", timeout=1)' for m in range(4)))
        for n in range(4)
    ]
    services = {
        f"s{n}": app(*[(route, body.replace("{next}", str(n + 1))) for route, body in calls]) for n in range(10)
    }
    services["s10"] = app(*[(f'get("/{n}")', "return {}") for n in range(4)])
    findings = check(tmp_path, "sync-chain", services)
    assert len(findings) == 9 * 16
    assert "waits for 10 calls" in findings[0].message


def test_a_ring_names_its_services_and_shows_each_call(tmp_path: Path) -> None:
    services = {
        "orders": app(('get("/orders")', ask("get", '"http://stock/stock"'))),
        "stock": app(('get("/stock")', ask("get", '"http://users/users"'))),
        "users": app(('get("/users")', "return {}"), ('get("/all")', ask("get", '"http://orders/orders"'))),
    }
    [finding] = check(tmp_path, "sync-cycle", services)
    assert finding.message == "orders > stock > users > orders: these services call each other in a ring"
    assert finding.severity is Severity.ERROR
    assert [step.text for step in finding.related] == ["GET users /users", "GET orders /orders"]


@pytest.mark.parametrize(
    ("asked", "message", "advice"),
    [
        ('get("http://users/user/1")', "`users` serves no GET /user/1", "is GET /users/{number} (users/app.py:6)"),
        ('put("http://users/users/1")', "`users` serves no PUT /users/1", "is GET /users/{number} (users/app.py:6)"),
        ('get("http://users/zzz")', "`users` serves no GET /zzz", "ask for a route that exists, or add this one"),
    ],
)
def test_a_call_that_floats_says_what_is_nearest(tmp_path: Path, asked: str, message: str, advice: str) -> None:
    services = {
        "shop": app(('get("/")', f"return requests.{asked}.json()")),
        "users": app(('get("/users/<int:number>")', "return {}")),
    }
    [finding] = check(tmp_path, "floating-call", services)
    assert (finding.message, finding.severity, finding.confidence) == (message, Severity.ERROR, Confidence.HIGH)
    assert finding.advice.endswith(advice)


def test_a_call_that_floats_says_who_gives_it_its_address(tmp_path: Path) -> None:
    services = {
        "shop": app(
            ('get("/")', 'return ask("http://users")'),
            ('get("/all")', 'return ask("http://stock")'),
        )
        + 'def ask(base):\n    return requests.get(f"{base}/users/1", timeout=1).json()\n',
        "users": app(('get("/users/<int:number>")', "return {}")),
        "stock": app(('get("/levels")', "return {}")),
    }
    [finding] = check(tmp_path, "floating-call", services)
    assert (finding.location.line, finding.message) == (10, "`stock` serves no GET /users/1")
    assert [(step.location.line, step.text) for step in finding.path] == [(10, "ask"), (12, "GET stock /users/1")]


def test_an_address_in_code_says_how_others_are_read(tmp_path: Path) -> None:
    compose = """\
        services:
          shop:
            build: shop
            environment: {USERS_URL: "http://users"}
          orders: {build: orders}
          users: {build: users}
        """
    services = {
        "shop": app(
            ('get("/orders")', ask("get", '"http://orders/orders"')),
            ('get("/users")', ask("get", 'os.environ["USERS_URL"] + "/users"')),
        ),
        "orders": app(('get("/orders")', "return {}")),
        "users": app(('get("/users")', "return {}")),
    }
    [finding] = check(tmp_path, "hardcoded-endpoint", services, dedent(compose))
    assert finding.message == "the address of `orders` is written into the code: http://orders"
    assert finding.severity is Severity.NOTE
    assert finding.location.line == 7
    assert finding.advice == "read it from the configuration, as is done for `users` (shop/app.py:10)"
