"""A service map with everything a format meets, built by hand."""

from __future__ import annotations

from commlint.finding import Confidence, Finding, Location, Report, Rule, Severity
from commlint.servicemap import Chain, Edge, Endpoint, Hop, Node, ServiceMap


def endpoint(method: str, path: str, file: str = "", line: int = 0) -> Endpoint:
    return Endpoint(method, path, Location(file, line, 5) if file else None)


CHECKOUT = endpoint("POST", "/checkout", "gateway/app.py", 18)
CREATE_ORDER = endpoint("POST", "/orders", "orders/app.py", 40)
GET_ORDER = endpoint("GET", "/orders/{}", "orders/app.py", 52)
GET_USER = endpoint("GET", "/users/{}", "users/app.py", 12)
SCORE = endpoint("RPC", "/credit.Scores/Score", "credit/server.py", 9)
ORDERED = endpoint("EVENT", "order.created", "mailer/consumers.py", 7)


def edge(
    source: str,
    target: str | None,
    meant: Endpoint,
    file: str,
    line: int,
    *,
    client: Location | None = None,
    guarded: bool = False,
    why: str = "",
) -> Edge:
    place = Location(file, line, 9)
    return Edge(
        source,
        target,
        "event" if meant.method == "EVENT" else "sync",
        meant.method,
        meant.path,
        place,
        client or place,
        meant.location,
        guarded,
        why,
    )


ORDER = edge("gateway", "orders", CREATE_ORDER, "gateway/app.py", 22)
READ = edge("gateway", "orders", GET_ORDER, "gateway/app.py", 31, guarded=True)
BUYER = edge("orders", "users", GET_USER, "orders/clients.py", 17, client=Location("shared/http.py", 4, 12))
CREDIT = edge("users", "credit", SCORE, "users/credit.py", 9)
BACK = edge("credit", "users", GET_USER, "credit/server.py", 21)
CHARGE = edge("orders", "api.pay.example", endpoint("POST", "/v1/charges"), "orders/pay.py", 12)
TOLD = edge("orders", "mailer", ORDERED, "orders/app.py", 44)
SELF = edge("users", "users", GET_USER, "users/jobs.py", 5)
LOST = edge(
    "orders",
    None,
    endpoint("GET", "/{}/stock"),
    "orders/stock.py",
    8,
    why='the host comes from `STOCK_URL`, which nothing sets; `services.stock.hosts = ["..."]` would settle it',
)

MAP = ServiceMap(
    services=(
        Node("credit", "credit", hosts=("credit:50051",), reasons=("has a Dockerfile",), endpoints=(SCORE,)),
        Node(
            "gateway",
            "gateway",
            hosts=("gateway", "localhost:8000"),
            reasons=("docker-compose.yml builds it", "has a Dockerfile"),
            endpoints=(CHECKOUT,),
        ),
        Node("mailer", "mailer", endpoints=(ORDERED,)),
        Node("orders", "orders", endpoints=(GET_ORDER, CREATE_ORDER, endpoint("*", "/orders/legacy")), complete=False),
        Node("reports", "reports/nightly.py"),
        Node("users", "users", endpoints=(endpoint("DELETE", "/users/{}", "users/app.py", 30), GET_USER)),
        Node("api.pay.example", external=True, hosts=("api.pay.example",)),
    ),
    edges=(BACK, ORDER, READ, TOLD, BUYER, CHARGE, LOST, CREDIT, SELF),
    chains=(
        Chain(
            (
                Hop("POST /checkout", "gateway", ORDER),
                Hop("POST /orders", "orders", BUYER),
                Hop("GET /users/{}", "users", CREDIT),
            )
        ),
        Chain((Hop("POST /orders", "orders", BUYER), Hop("GET /users/{}", "users", CREDIT))),
    ),
    rings=(("credit", "users"),),
)


def rule(code: str, slug: str) -> Rule:
    return Rule(code, slug, "", Severity.WARNING, Confidence.HIGH, "", "")


REPORT = Report(
    findings=(
        Finding("COMM401", BUYER.location, "nothing answers for `users`", Severity.WARNING, Confidence.HIGH),
        Finding("COMM101", CHARGE.location, "one call for each `line`", Severity.ERROR, Confidence.HIGH),
        Finding("COMM402", Location("reports/nightly.py", 3), "no timeout", Severity.NOTE, Confidence.HIGH),
        Finding("COMM402", Location("tools/other.py", 3), "no timeout", Severity.NOTE, Confidence.HIGH),
    ),
    rules={
        made.code: made
        for made in (
            rule("COMM101", "n-plus-one-call"),
            rule("COMM401", "unguarded-call"),
            rule("COMM402", "missing-timeout"),
        )
    },
)

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "<img src=x onerror=alert(1)>",
    "a\u2028b\u2029c",
    "\u202egnp.exe",
    "two\nlines\x00\x1b[31m",
    "caf\udce9",
    "\ufffe",
    "\"'`${alert(1)}`\\N\\",
    'x"] --> y; click x "javascript:alert(1)"',
    "@@script@@",
    "__proto__",
    "&lt;b&gt;]]>",
    "x" * 300,
)


def hostile_map() -> ServiceMap:
    """Every hostile name wherever a map can have one."""
    services = tuple(
        Node(
            name,
            name,
            external=number % 3 == 2,
            hosts=(name,),
            reasons=(name,),
            endpoints=(Endpoint("GET", name, Location(name, 1)), Endpoint(name, "/")),
        )
        for number, name in enumerate(HOSTILE)
    )
    around = (*HOSTILE[1:], HOSTILE[0])
    edges = tuple(
        Edge(
            source,
            target,
            "event" if number % 2 else "sync",
            "GET",
            target,
            Location(source, 2),
            Location("shared.py", 3),
            Location(target, 1),
        )
        for number, (source, target) in enumerate(zip(HOSTILE, around, strict=True))
    )
    lost = tuple(
        Edge(name, None, "sync", name, name, Location(name, 4), Location(name, 4), why=f"`{name}`") for name in HOSTILE
    )
    return ServiceMap(services, (*edges, *lost), (Chain((Hop(HOSTILE[0], HOSTILE[0], edges[0]),)),), (HOSTILE,))
