"""A report with everything a formatter meets, built by hand."""

from __future__ import annotations

from typing import Protocol

from commlint.finding import (
    Confidence,
    Edit,
    Finding,
    Fix,
    Imported,
    Location,
    Mend,
    ReadSetting,
    Report,
    Rule,
    Service,
    SetArgument,
    Severity,
    Step,
    Summary,
)


class Snapshot(Protocol):
    """The fixture of pytest-snapshot, which comes without types."""

    def assert_match(self, value: str, snapshot_name: str) -> None: ...


APP = '''\
"""Orders."""
from orders.clients import UserClient, stock_levels

users = UserClient()


@app.post("/invoices")
def invoices(order):
    lines = []
    for line in order.lines:
        buyer = users.get_user(line.user_id)
        lines.append((line, buyer))
    return lines


@app.get("/stock/{sku}")
def stock(sku):
\treturn {"größe": "大", "level": stock_levels(sku)[sku]}
'''

CLIENTS = """\
import requests


class UserClient:
    def get_user(self, user_id):
        return requests.get(f"{USERS}/users/{user_id}").json()
""" + "".join(
    f"""

def stock_level_{number}(sku):
    return requests.get(f"{{STOCK}}/levels/{number}/{{sku}}").json()
"""
    for number in range(12)
)

BASE = "API = 'http://users'\n"


def rule(code: str, slug: str, severity: Severity, summary: str, advice: str) -> Rule:
    page = f"# {slug} ({code})\n\n## What it does\n\nReports {summary}.\n\n```python\nbad()\n```\n"
    return Rule(code, slug, summary, severity, Confidence.HIGH, page, advice)


RULES = {
    made.code: made
    for made in (
        rule(
            "COMM001", "unreadable-file", Severity.WARNING, "a file that cannot be parsed", "mend or exclude the file"
        ),
        rule(
            "COMM101",
            "n-plus-one-call",
            Severity.WARNING,
            "a remote call made once per element of a loop",
            "ask once for all elements",
        ),
        rule(
            "COMM401",
            "unguarded-call",
            Severity.WARNING,
            "a remote call with neither circuit breaker nor fallback",
            "catch the failure and answer with less",
        ),
        rule(
            "COMM402",
            "missing-timeout",
            Severity.WARNING,
            "a remote call that can wait for ever",
            "pass a timeout with every call",
        ),
        rule("COMM602", "hardcoded-endpoint", Severity.NOTE, "an address in code", "read it from the configuration"),
    )
}

SESSION = Mend(Location("orders/clients.py", 1, 8, 8), "send the calls through one session that sets a timeout")
WRAPPER = Mend(Location("orders/clients.py", 4, 7, 10), "give `UserClient` a circuit breaker")


def step(file: str, line: int, text: str, column: int = 1, length: int = 0) -> Step:
    return Step(Location(file, line, column, length), text)


INVOICES = step("orders/app.py", 8, "POST /invoices", 5, 8)
GET_USER = Location("orders/clients.py", 6, 25, 3)
CALL = "GET http://users/users/{user_id}"
LIMIT = Fix("pass `timeout=10`", safe=False, changes=(SetArgument(GET_USER, "kw:timeout", "10"),))
SETTING = Fix(
    "read `API` from the environment",
    safe=True,
    changes=(ReadSetting(Location("orders/base.py", 1), "http://users", "API"),),
    imports=(Imported("os"),),
)


def timeout(
    location: Location, severity: Severity, call: str, path: tuple[Step, ...] = (), fix: Fix | None = None
) -> Finding:
    return Finding(
        "COMM402",
        location,
        "`requests.get` has no timeout",
        severity,
        Confidence.HIGH,
        why="requests waits for ever by default",
        advice="pass `timeout=(3.05, 10)`",
        call=call,
        path=path,
        mend=SESSION,
        fix=fix,
    )


FINDINGS = (
    Finding(
        "COMM001",
        Location("broken [1] file.py", 1),
        "cannot be parsed: unexpected `)`",
        Severity.WARNING,
        Confidence.HIGH,
    ),
    Finding(
        "COMM602",
        Location("orders/base.py", 1, 7, 14),
        "the address of `users` is written into code",
        Severity.NOTE,
        Confidence.MEDIUM,
        mend=None,
        fix=SETTING,
    ),
    Finding(
        "COMM101",
        Location("orders/app.py", 11, 23, 8),
        "one call to `users` for each element of `order.lines`",
        Severity.ERROR,
        Confidence.HIGH,
        why="an order of fifty lines asks `users` fifty times, one after the other",
        advice="ask once: `users` serves GET /users?ids= and `UserClient` has `get_users`",
        call=CALL,
        path=(
            INVOICES,
            step("orders/app.py", 10, "for line in order.lines", 5),
            step("orders/app.py", 11, "users.get_user", 23, 8),
            step("orders/clients.py", 6, "UserClient.get_user", 25, 3),
            step("orders/clients.py", 6, "requests.get", 25, 3),
        ),
        related=(
            step("users/app.py", 30, "GET /users?ids=", 5),
            step("orders/clients.py", 25, "UserClient.get_users(ids: list[int])", 9),
        ),
    ),
    Finding(
        "COMM401",
        Location("orders/app.py", 18, 32, 12),
        "nothing answers for `stock` when it is down",
        Severity.WARNING,
        Confidence.MEDIUM,
    ),
    timeout(
        GET_USER, Severity.ERROR, CALL, (INVOICES, step("orders/clients.py", 6, "UserClient.get_user", 25, 3)), LIMIT
    ),
    Finding(
        "COMM401",
        GET_USER,
        "nothing answers for `users` when it is down",
        Severity.WARNING,
        Confidence.MEDIUM,
        call=CALL,
        path=(INVOICES, step("orders/clients.py", 6, "UserClient.get_user", 25, 3)),
        mend=WRAPPER,
    ),
    *(
        timeout(
            Location("orders/clients.py", 10 + 4 * number, 21, 3),
            Severity.WARNING,
            f"GET http://stock/levels/{number}/{{sku}}",
        )
        for number in range(12)
    ),
)

REPORT = Report(
    findings=tuple(sorted(FINDINGS, key=lambda finding: finding.order)),
    rules=RULES,
    services=(
        Service("orders", "orders", ("docker-compose.yml builds it", "has a Dockerfile"), ("orders", "localhost:5001")),
        Service("users", "users", ("has a Dockerfile",), ("users",)),
    ),
    summary=Summary(files=5, lines=180, services=2, remote_calls=16, resolved=2, external=1, unresolved=13),
    edits={
        LIMIT: (Edit("orders/clients.py", 6, 55, 6, 55, ", timeout=10"),),
        SETTING: (
            Edit("orders/base.py", 1, 1, 1, 1, "import os\n\n"),
            Edit("orders/base.py", 1, 7, 1, 21, "os.environ.get(\"API\", 'http://users')"),
        ),
    },
    sources={
        "broken [1] file.py": "def f(:\n    pass )\n",
        "orders/app.py": APP,
        "orders/base.py": BASE,
        "orders/clients.py": CLIENTS,
    },
)
