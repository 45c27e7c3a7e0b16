"""The page of a map as its reader meets it: in a browser, without a network."""

from __future__ import annotations

import importlib
import os
import random
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from commlint.finding import Confidence, Finding, Location, Report, Rule, Severity
from commlint.report.maps import Options, write
from commlint.servicemap import Chain, Edge, Endpoint, Hop, Node, ServiceMap

pytestmark = pytest.mark.outside

Open = Callable[..., Any]

# Without these it looks for updates and the like.
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    chromium, playwright = os.environ.get("CHROMIUM"), os.environ.get("PLAYWRIGHT")
    if not chromium:
        pytest.skip("no browser: CHROMIUM holds the path of one, which .ci/outside finds or installs where it can")
    assert playwright, "PLAYWRIGHT has to hold the folder of the package; .ci/outside installs it"
    sys.path.append(playwright)
    with importlib.import_module("playwright.sync_api").sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=chromium, args=QUIET)
        yield opened
        opened.close()
    sys.path.remove(playwright)


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """Opens the page of a map. Nothing may go wrong on it, and it may ask for nothing."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    seen: list[str] = []
    address = (tmp_path / "map.html").as_uri()

    def request(asked: Any) -> None:
        if asked.url != address and not asked.url.startswith("data:"):
            seen.append(f"request: {asked.url}")

    def opened(service_map: ServiceMap, **media: str) -> Any:
        # A file name that is no Unicode cannot stand in a page as it is.
        (tmp_path / "map.html").write_text(write(service_map, "html", Options(report=REPORT)), "utf-8")
        page = context.new_page()
        page.on("console", lambda message: seen.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: seen.append(f"error: {error}"))
        page.on("dialog", lambda dialog: seen.append(f"dialog: {dialog.message}"))
        page.on("request", request)
        page.emulate_media(**media)
        page.goto(address)
        return page

    yield opened
    context.close()
    assert seen == []


def call(source: str, target: str | None, endpoint: Endpoint, line: int, kind: Any = "sync", why: str = "") -> Edge:
    place = Location(f"{source}/clients.py", line, 5)
    return Edge(source, target, kind, endpoint.method, endpoint.path, place, place, endpoint.location, why=why)


CHECKOUT = Endpoint("POST", "/checkout", Location("gateway/app.py", 18))
ORDER = Endpoint("POST", "/orders", Location("orders/app.py", 40))
USER = Endpoint("GET", "/users/{}", Location("users/app.py", 12))
SENT = Endpoint("EVENT", "order.created", Location("mailer/consumers.py", 7))
FIRST, SECOND, BACK = (
    call("gateway", "orders", ORDER, 22),
    call("orders", "users", USER, 17),
    call("users", "orders", ORDER, 5),
)

SHOP = ServiceMap(
    (
        Node("gateway", "gateway", endpoints=(CHECKOUT,)),
        Node("mailer", "mailer", endpoints=(SENT,)),
        Node("orders", "orders", hosts=("orders:8000",), reasons=("has a Dockerfile",), endpoints=(ORDER,)),
        Node("users", "users", endpoints=(USER,)),
        Node("pay.example", external=True),
    ),
    (
        FIRST,
        call("orders", "pay.example", Endpoint("POST", "/v1/charges"), 9),
        SECOND,
        call("orders", None, Endpoint("GET", "/stock"), 30, why="nothing sets `STOCK_URL`"),
        call("orders", "mailer", SENT, 44, "event"),
        BACK,
    ),
    (Chain((Hop("POST /checkout", "gateway", FIRST), Hop("POST /orders", "orders", SECOND))),),
    (("orders", "users"),),
)
RULE = Rule("COMM402", "missing-timeout", "", Severity.WARNING, Confidence.HIGH, "", "")
REPORT = Report(
    (Finding("COMM402", SECOND.location, "`requests.get` has no timeout", Severity.WARNING, Confidence.HIGH),),
    {"COMM402": RULE},
)


def crowd(services: int, edges: int) -> ServiceMap:
    """A large system in which everybody calls anybody further on."""
    chance = random.Random(1)  # noqa: S311
    names = [f"service-{number:02}" for number in range(services)]
    nodes = tuple(
        Node(
            name,
            name,
            endpoints=tuple(Endpoint("GET", f"/things/{n}", Location(f"{name}/app.py", n)) for n in range(20)),
        )
        for name in names
    )
    calls = []
    for number in range(edges):
        first, second = sorted(chance.sample(range(services), 2))
        kind = "event" if number % 9 == 0 else "sync"
        calls.append(call(names[first], names[second], nodes[second].endpoints[number % 20], number, kind))
    return ServiceMap(nodes, tuple(calls))


def panel(page: Any) -> str:
    return str(page.inner_text("#panel"))


def click_link(page: Any, source: str, target: str) -> None:
    """Clicks on the arrow between two services, in its middle, as a hand would."""
    page.mouse.click(
        *page.evaluate(
            """([source, target]) => {
              const named = (at) => services[at].name;
              const at = links.findIndex((link) => named(link.source) === source && named(link.target) === target);
              const line = lineOf[at].firstChild;
              const middle = line.getPointAtLength(line.getTotalLength() / 2).matrixTransform(line.getScreenCTM());
              return [middle.x, middle.y];
            }""",
            [source, target],
        )
    )


def test_every_service_and_link_is_drawn(show: Open) -> None:
    page = show(SHOP)
    boxes = {node.inner_text().split("\n")[0]: node.bounding_box() for node in page.query_selector_all(".node")}
    assert set(boxes) == {node.name for node in SHOP.services}
    assert boxes["gateway"]["x"] < boxes["orders"]["x"] < boxes["users"]["x"]
    assert all(box["width"] > 50 and 0 < box["x"] < 1400 and 0 < box["y"] < 900 for box in boxes.values())
    assert page.locator(".link").count() == 5
    assert page.locator(".link.ring").count() == 2
    solid, dashed = (
        page.evaluate(f"getComputedStyle(document.querySelector('.link.{kind} .line')).strokeDasharray")
        for kind in ("sync", "event")
    )
    assert (solid, dashed == "none") == ("none", False)
    assert page.locator(".node.external").inner_text().startswith("pay.example")


def test_a_click_on_a_service_shows_endpoints_and_call_sites(show: Open) -> None:
    page = show(SHOP)
    page.locator(".node", has_text="orders").click()
    said = panel(page)
    for part in ("orders:8000", "/orders", "orders/app.py:40", "orders/clients.py:17", "→ users/app.py:12"):
        assert part in said.replace("\xa0", " ")
    assert "COMM402 missing-timeout" in said
    assert "nothing sets STOCK_URL" in said
    assert page.locator(".node.chosen").count() == 1
    page.locator("#panel summary.what", has_text="/orders").click()
    assert "gateway/clients.py:22" in panel(page)


def test_a_click_on_a_link_shows_its_calls(show: Open) -> None:
    page = show(SHOP)
    click_link(page, "gateway", "orders")
    assert page.inner_text("#panel h2") == "gateway → orders"
    assert "gateway/clients.py:22" in panel(page)
    assert "orders/clients.py" not in panel(page)


def test_what_is_above_and_below_a_service_lights_up(show: Open) -> None:
    page = show(SHOP)
    page.locator(".node", has_text="orders").hover()
    assert page.locator(".node.up .title").all_inner_texts() == ["gateway", "users"]
    assert sorted(page.locator(".node.down .title").all_inner_texts()) == ["mailer", "pay.example", "users"]
    page.mouse.move(700, 890)
    assert page.locator(".node.up").count() == 0


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("users", "4 found"),  # the service, its endpoint, the call of it, and a call that it makes
        ("GET /users/", "2 found"),  # the endpoint, and the call
        ("order.created", "2 found"),
        ("clients.py:30", "1 found"),
        ("nowhere at all", "Nothing found"),
    ],
)
def test_search(show: Open, words: str, found: str) -> None:
    page = show(SHOP)
    page.fill("#search", words)
    assert page.inner_text("#panel .kind") == found
    assert page.locator("#panel .row").count() == int(re.sub(r"\D", "", found) or 0)


def test_what_the_search_found_can_be_opened(show: Open) -> None:
    page = show(SHOP)
    page.keyboard.press("/")
    page.keyboard.type("get users app.py")
    page.keyboard.press("Enter")
    assert page.inner_text("#panel h2") == "users"
    assert "users/app.py:12" in page.inner_text("#panel .marked")


def test_chains_and_rings_can_be_followed(show: Open) -> None:
    page = show(SHOP)
    page.locator("#panel .row", has_text="POST /checkout").click()
    assert "Waits for 2 calls" in panel(page)
    assert page.locator(".link.lit").count() == 2
    page.keyboard.press("Escape")
    page.locator("#panel .row", has_text="orders → users → orders").click()
    assert page.locator(".link.lit.ring").count() == 2


def test_it_can_be_used_without_a_mouse(show: Open) -> None:
    page = show(SHOP)
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('node')"):
            break
    focused = "document.activeElement.querySelector('.title')?.textContent"
    assert page.evaluate(focused) == "gateway"
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == "orders"
    page.keyboard.press("Enter")
    assert page.inner_text("#panel h2") == "orders"
    page.keyboard.press("Escape")
    assert page.locator("#panel h2").count() == 0


def test_kinds_can_be_hidden(show: Open) -> None:
    page = show(SHOP)
    page.locator("label.event").click()
    assert not page.locator(".link.event").first.is_visible()
    page.locator("label.outside").click()
    assert not page.locator(".node.external").is_visible()
    assert page.locator(".link:not(.hidden)").count() == 3


def test_pan_and_zoom(show: Open) -> None:
    page = show(SHOP)
    node = page.locator(".node", has_text="orders")
    before = node.bounding_box()
    page.mouse.move(300, 880)
    page.mouse.down()
    page.mouse.move(400, 800, steps=4)
    page.mouse.up()
    moved = node.bounding_box()
    assert (round(moved["x"] - before["x"]), round(moved["y"] - before["y"])) == (100, -80)
    page.mouse.wheel(0, 300)
    page.wait_for_function("view.scale < 0.9")
    assert node.bounding_box()["width"] < before["width"]
    page.locator("#fit").click()
    assert node.bounding_box() == before


def test_light_and_dark(show: Open) -> None:
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light, dark = (show(SHOP, color_scheme=scheme).evaluate(ground) for scheme in ("light", "dark"))
    assert light != dark
    page = show(SHOP, color_scheme="light")
    page.locator("#theme").click()
    assert page.evaluate(ground) == dark
    page.locator("#theme").click()
    assert page.evaluate(ground) == light


def test_names_are_shown_as_they_are_and_do_nothing(show: Open) -> None:
    names = (
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "<img src=x onerror=alert(1)>",
        "a\u2028b",
        "__proto__",
        "@@script@@",
        "x" * 300,
    )
    place = Location("</style><b>.py", 1)
    endpoints = tuple(Endpoint(name, name, place) for name in names)
    nodes = tuple(Node(name, name, hosts=(name,), reasons=(name,), endpoints=endpoints) for name in names)
    edges = tuple(
        Edge(source, target, "sync", source, source, place, Location(source, 2), place, why=source)
        for source, target in zip(names, (*names[1:], None), strict=True)
    )
    page = show(ServiceMap(nodes, edges, (Chain((Hop(names[0], names[0], edges[0]),)),), (names[:2],)))
    shown = [name.replace("\u2028", "\ufffd") for name in names]
    assert sorted(page.locator(".title").all_text_contents()) == sorted(shown)
    for name in shown:
        page.evaluate("name => nodeOf[services.findIndex((it) => it.name === name)].click()", name)
        assert page.text_content("#panel h2") == name
    page.fill("#search", "<")
    assert page.locator("#panel .row").count() > 0
    assert page.locator("img, #panel script, #panel b").count() == 0


def test_a_large_system(show: Open) -> None:
    page = show(crowd(80, 1000))
    assert page.locator(".node").count() == 80
    for node in page.query_selector_all(".node"):
        box = node.bounding_box()
        assert 0 < box["x"] < 1400
        assert 0 < box["y"] < 900
    page.fill("#search", "service-41")
    page.keyboard.press("Enter")
    assert page.inner_text("#panel h2") == "service-41"
    assert "service-41/app.py:0" in panel(page)


def test_an_empty_map(show: Open) -> None:
    page = show(ServiceMap((), ()))
    assert page.inner_text(".nothing") == "No services were found."
