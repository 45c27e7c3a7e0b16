"""What experiments with routes share: calls as the selectors of a table say, and requests to what they registered."""

from __future__ import annotations

import asyncio
import importlib
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

OTHERS = ("GET", "POST", "PUT", "DELETE")
PATHS = {"braces": "/x/{id}", "angles": "/x/<id>", "colons": "/x/:id", "regex": "/x/(?P<id>[0-9]+)"}
MISSING = {404, 405, 501}


@dataclass
class Framework:
    """How to try out routes of a framework.

    Attributes:
        make: Makes what routes can be registered with, by access path: `flask.Flask()`.
        ask: The status of the answer of all these to a request.
        handler: A handler that answers with 200, with the parameter `id`, or none where that is empty.
        path: A path with that parameter, where it is not simply written as the table says.
        verbs: How methods of HTTP are given.
    """

    make: Callable[[], dict[str, Any]]
    ask: Callable[[dict[str, Any], str, str], int]
    handler: Callable[[str], Any]
    path: str = ""
    verbs: Callable[[str], Any] = lambda verb: [verb]


def ways(model: dict[str, Any], given: Mapping[str, Any]) -> Iterator[tuple[list[Any], dict[str, Any], set[str]]]:
    """All ways to give a call some values: each where an alternative of the selector under its key says.

    Those that would leave a position empty are left out.
    """
    options = [[(part, value) for part in model[key].split("|")] for key, value in given.items()]
    for choice in itertools.product(*options):
        positions = {int(part.rpartition(":")[2]): value for part, value in choice if "arg:" in part}
        if sorted(positions) == list(range(len(positions))):
            named = {part.rpartition(":")[2]: value for part, value in choice if "kw:" in part}
            yield [positions[number] for number in sorted(positions)], named, {part for part, _ in choice}


def each_way(
    model: dict[str, Any], given: Mapping[str, Any], make: Callable[[], Callable[..., Any]]
) -> Iterator[tuple[Any, set[str]]]:
    """What a fresh function gives when it is called in each of the ways that it takes; there is at least one."""
    taken = 0
    for positional, named, parts in ways(model, given):
        try:
            result = make()(*positional, **named)
        except TypeError:
            continue
        taken += 1
        yield result, parts
    assert taken, f"takes none of the ways to give {list(given)}"


def resolve(dotted: str, objects: Mapping[str, Any]) -> Any:
    """What an access path leads to, from the objects at hand or from modules."""
    for owner in sorted(objects, key=len, reverse=True):
        if dotted.startswith(f"{owner}."):
            found = objects[owner]
            for name in dotted[len(owner) + 1 :].split("."):
                found = getattr(found, name)
            return found
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(module), name)


def is_given(selector: str) -> bool:
    """Whether a selector selects an argument."""
    return bool(re.match(r"(ctor\.)?(arg|kw):", selector))


def verb_of(model: dict[str, Any], dotted: str, chosen: str) -> str:
    """The method of HTTP that a table says that a route has."""
    selector = model.get("verb", "")
    if selector == "name":
        return dotted.rpartition(".")[2].upper()
    if selector.startswith("const:"):
        return selector.removeprefix("const:")
    return chosen or model.get("default_verb", "")


def verb_of_method(model: dict[str, Any], name: str) -> str:
    """The method of HTTP that a method of a class answers, as its table says."""
    assert name in model["handlers"]
    return verb_of(model, name, "")


def try_entry(model: dict[str, Any], framework: Framework) -> None:
    """Register a route with each function of a table, in each way, and ask for it."""
    path = framework.path or PATHS[model.get("parameters", "braces")]
    seen: set[str] = set()
    for dotted in (*model.get("decorators", ()), *model.get("registrars", ())):
        given: dict[str, Any] = {"path": path}
        if dotted in model.get("registrars", ()):
            given["handler"] = framework.handler("id")
        calls = [(given, "")]
        if is_given(model.get("verb", "")):
            calls.append(({**given, "verb": framework.verbs("PUT")}, "PUT"))
            if not model.get("default_verb"):
                del calls[0]
        for values, chosen in calls:
            seen |= _registered(model, framework, dotted, values, verb_of(model, dotted, chosen))
    said = {part for key in ("path", "handler", "verb") for part in model.get(key, "").split("|") if is_given(part)}
    assert {part for part in said if part.startswith("kw:")} <= seen, f"nothing takes {said - seen}"


def _registered(
    model: dict[str, Any], framework: Framework, dotted: str, given: Mapping[str, Any], verb: str
) -> set[str]:
    """Register a route in each way; its method is the only one that it answers. Gives the ways that there are."""
    seen: set[str] = set()
    objects: dict[str, Any] = {}

    def fresh() -> Callable[..., Any]:
        objects.clear()
        objects.update(framework.make())
        return resolve(dotted, objects)  # type: ignore[no-any-return]

    for result, parts in each_way(model, given, fresh):
        if "handler" not in given:
            result(framework.handler("id"))
        status = framework.ask(objects, verb or "DELETE", "/x/7")
        assert status == 200, f"{dotted}: {verb} gets {status}"
        for other in OTHERS if verb else ():
            if other != verb:
                status = framework.ask(objects, other, "/x/7")
                assert status in MISSING, f"{dotted}: {other} gets {status}"
        seen |= parts
    return seen


def try_default_path(model: dict[str, Any], framework: Framework, name: str = "shown") -> None:
    """Register a handler with each decorator of a table without a path, and ask for where it should be."""
    for dotted in model["decorators"]:
        objects = framework.make()
        handler = framework.handler("")
        handler.__name__ = name
        keywords = {}
        if is_given(model["verb"]) and not model.get("default_verb"):
            keywords[model["verb"].rpartition(":")[2]] = framework.verbs("PUT")
        resolve(dotted, objects)(**keywords)(handler)
        path = model["default_path"].replace("{name}", name)
        status = framework.ask(objects, verb_of(model, dotted, "PUT" if keywords else ""), path)
        assert status == 200, f"{dotted}: {path} gets {status}"


def try_mount(
    model: dict[str, Any],
    make: Callable[[str], tuple[Callable[..., Any], Any]],
    ask: Callable[[str], int],
    own: str = "/own",
) -> None:
    """Hang up something that serves `/x`, with each function of a table and in each way, and ask for that.

    Args:
        model: The table.
        make: Gives a fresh function for an access path, and what it shall hang up.
        ask: The status of the answer to a request for a path.
        own: The prefix of what is hung up; empty where it has none.
    """
    for dotted in model["functions"]:
        for prefix in ("/new", "") if _may_be_missing(model.get("prefix", "")) else ("/new",):
            given = {"mounted": _MOUNTED, **({"prefix": prefix} if prefix and model.get("prefix") else {})}
            expected = f"{given.get('prefix', '')}{'' if prefix and model.get('replaces') else own}/x"
            taken = 0
            for positional, named, _ in ways(model, given):
                function, mounted = make(dotted)
                try:
                    function(
                        *(mounted if value is _MOUNTED else value for value in positional),
                        **{key: mounted if value is _MOUNTED else value for key, value in named.items()},
                    )
                except TypeError:
                    continue
                taken += 1
                for path in {"/x", "/new/x", f"{own}/x", f"/new{own}/x", f"{own}/new/x"}:
                    status = ask(path)
                    assert (status == 200) == (path == expected), f"{dotted}: {path} gets {status}, not {expected} only"
            assert taken, f"{dotted} takes none of the ways to give {list(given)}"


_MOUNTED = object()


def _may_be_missing(selector: str) -> bool:
    """Whether a call may go without what a selector selects: it is not what comes first."""
    return not selector.startswith("arg:0")


# --- applications ----------------------------------------------------------------------------------------------------


def requested(app: Any, verb: str, path: str) -> int:
    """The status of the answer of an ASGI application to a request."""
    import httpx

    async def ask() -> int:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://tried") as client:
            return (await client.request(verb, path)).status_code

    return asyncio.run(ask())


def aiohttp_status(app: Any, verb: str, path: str) -> int:
    """The status of the answer of an application of aiohttp to a request."""
    from aiohttp.test_utils import TestClient, TestServer

    async def ask() -> int:
        async with TestClient(TestServer(app())) as client:
            return (await client.request(verb, path)).status

    return asyncio.run(ask())


_NAMES = itertools.count()


def sanic_app() -> Any:
    """An application of Sanic with a name of its own."""
    from sanic import Sanic

    return Sanic(f"tried{next(_NAMES)}")
