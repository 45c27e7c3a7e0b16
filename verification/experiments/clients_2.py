"""Clients that need libraries of their own: httpx with a cache, niquests, GraphQL."""

from __future__ import annotations

import asyncio
import inspect
import time
from functools import partial
from typing import Any

from clients_peers import (
    Model,
    Peer,
    Trial,
    Words,
    begun,
    fails_as_said,
    failure,
    gone,
    inside_loop,
    plain,
    resolve,
    routes,
    silent,
    trials,
    witness,
)
from experiment import exercise

LOT = "clients-2"

trials(
    {
        ("hishel", 0): Trial(plain()),
        ("hishel", 1): Trial(inside_loop(plain())),
        ("niquests", 0): Trial(plain()),
        ("niquests", 1): Trial(plain()),
        ("niquests", 2): Trial(inside_loop(plain(method="aget"))),
        ("niquests", 3): Trial(inside_loop(plain())),
        ("niquests", 4): Trial(plain(method="send", prepared=True)),
        ("niquests", 5): Trial(inside_loop(plain(method="send", prepared=True))),
    }
)

routes("hishel", 0, 1, base="url")
routes("niquests", 0, 2)
routes("niquests", 1, 3, base="url")


@exercise("niquests", "client", 0, 2)
def default_is_as_said(model: Model) -> None:
    """Each function has the default that is said; `None` is that of the method."""
    for path in model["functions"]:
        said = (
            model.get("variants", {}).get(path.rpartition(".")[2], {}).get("default_timeout", model["default_timeout"])
        )
        assert inspect.signature(resolve(path)).parameters["timeout"].default == said


@exercise("niquests", "client", 1)
def default_holds_for_none(model: Model) -> None:
    """A session has the default that is said, also where the limit is `None`."""
    niquests = resolve("niquests")
    seen: list[float] = []

    class Session(niquests.Session):  # type: ignore[misc, name-defined]
        """Notes limits."""

        def send(self, _request: Any, **words: Any) -> Any:
            """Send nothing."""
            seen.append(words["timeout"])
            raise ZeroDivisionError

    for method in model["methods"]:
        if method == "request":
            continue
        try:
            getattr(Session(timeout=None), method)("http://127.0.0.1", timeout=None)
        except ZeroDivisionError:
            said = model["variants"].get(method, {}).get("default_timeout", model["default_timeout"])
            assert seen.pop() == said, method
    assert model["none_keeps_default"]


# --- GraphQL ----------------------------------------------------------------------------------------------------------


def gql_client(transport: str, peer: Peer, made: Words, **words: Any) -> Any:
    """A client with a transport."""
    return resolve("gql.Client")(transport=resolve(transport)(url=f"{peer.url}/graphql", **words), **made)


def query() -> Any:
    """A query."""
    return resolve("gql").gql("{ a }")


@exercise("gql", "client", 0)
def transport_decides_how_long(model: Model) -> None:
    """Over requests only the limit of the transport ends a call; what has no limit there has one elsewhere."""
    waiting, requests = silent(), model["timeout_types"][0]["name"]
    call = resolve("gql.Client").execute
    unlimited = begun(partial(call, gql_client(requests, waiting, {}), query()))
    useless = begun(partial(call, gql_client(requests, waiting, {"execute_timeout": 1}), query()))
    other = begun(partial(call, gql_client("gql.transport.httpx.HTTPXTransport", waiting, {}), query()))
    late = [failure(begun(partial(call, gql_client(requests, waiting, {}, timeout=1), query())), 5)]
    refused = [failure(begun(partial(call, gql_client(requests, gone(), {}), query())), 5)]
    assert failure(other, 8)
    assert not unlimited.done()
    assert not useless.done()
    fails_as_said(model, refused, late)


@exercise("gql", "client", 0)
def query_is_posted_to_the_transport(model: Model) -> None:
    """A query goes to the URL of the transport, by the verb that is said."""
    for carrier in model["carriers"]:
        peer = witness(b'{"data": {"a": 1}}')
        gql_client(carrier["name"], peer, {}).execute(query())
        assert peer.asked == [(model["verb"].removeprefix("const:"), "/graphql")]


@exercise("gql", "client", 1)
def limit_of_the_client_ends_an_awaited_call(model: Model) -> None:
    """An awaited call ends after the default, or the limit of the client, and fails as said."""
    transport = "gql.transport.aiohttp.AIOHTTPTransport"

    def run(peer: Peer, **made: Any) -> object:
        return asyncio.run(gql_client(transport, peer, made).execute_async(query()))

    waiting, started = silent(), time.monotonic()
    unlimited = begun(partial(run, waiting))
    refused = failure(begun(partial(run, gone())), 5)
    late = failure(begun(partial(run, waiting, execute_timeout=1)), 4)
    error = failure(unlimited, model["default_timeout"] + 3)
    assert time.monotonic() - started > model["default_timeout"] - 1
    fails_as_said(model, [refused], [late, error])


@exercise("gql", "client", 2)
def limit_of_the_client_ends_a_call_of_a_session(model: Model) -> None:
    """A session has the limit of its client, and fails as said."""
    transport = "gql.transport.aiohttp.AIOHTTPTransport"

    async def main(peer: Peer, **made: Any) -> object:
        client = gql_client(transport, peer, made)
        if made:
            async with client as session:
                return await session.execute(query())
        return await (await client.connect_async()).execute(query())

    refused = failure(begun(lambda: asyncio.run(main(gone()))), 5)
    late = failure(begun(lambda: asyncio.run(main(silent(), execute_timeout=1))), 5)
    assert inspect.signature(resolve("gql.Client")).parameters["execute_timeout"].default == model["default_timeout"]
    fails_as_said(model, [refused], [late])
