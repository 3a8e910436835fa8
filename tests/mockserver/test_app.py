"""Which part of the server answers which path."""

import asyncio
from typing import Any

import pytest

from mockserver.app import App
from mockserver.settings import Settings
from mockserver.store.memory import MemoryStore
from tests.asgi import Caller


@pytest.mark.clause("C-HEALTH")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_health(method: str) -> None:
    """The server is ready as soon as it answers; asking leaves no trace."""
    caller = Caller()
    reply = await caller.request(method, "/_mock/health", key=None)
    assert (reply.status, reply.json) == (200, {"status": "ok"})
    assert await caller.exchanges(None) == []


@pytest.mark.clause("A-ROUTES", "H-NOT-FOUND")
@pytest.mark.parametrize("path", ["/", "/_mockery", "/openapi.json/", "/docs/x", "/metricsx", "/api/v1/_mock/health"])
async def test_everything_else_is_the_public_surface(path: str) -> None:
    """An unknown path is refused there, and journalled."""
    caller = Caller()
    assert (await caller.request("GET", path, key=None)).status == 404
    assert len(await caller.exchanges(None)) == 1


async def test_the_control_plane_is_built_once() -> None:
    """When its first requests come at the same time, they wait for one building of it."""
    caller = Caller()
    replies = await asyncio.gather(*(caller.request("GET", "/_mock/accounts", key=None) for _ in range(3)))
    assert [reply.status for reply in replies] == [200, 200, 200]
    assert (await caller.request("GET", "/_mock/accounts", key=None)).json == {"accounts": []}
    assert await caller.exchanges(None) == []


async def test_the_surface_alone() -> None:
    """As the output listener serves it: no control plane, no health."""
    caller = Caller()
    exchange = caller.exchange("GET", "/_mock/health")
    await caller.app.surface(exchange.scope, exchange.receive, exchange.send)
    reply = exchange.reply()
    assert reply is not None
    assert reply.status == 404


@pytest.mark.parametrize("size", [0, 3])
async def test_the_journal_is_as_long_as_the_settings_say(size: int) -> None:
    """`--journal-size` bounds it, unless a store is given that knows better."""
    caller = Caller(Settings(journal_size=size))
    for _ in range(5):
        await caller.request("GET", "/nowhere", key=None)
    page = await caller.store.exchanges(None, 0)
    assert (len(page.exchanges), page.limit, page.dropped) == (size, size, 5 - size)
    given = MemoryStore(7)
    assert App(Settings(), given).store is given


async def drive(*incoming: dict[str, Any]) -> list[Any]:
    """What the application says to a lifespan or a WebSocket."""
    sent: list[Any] = []
    messages = list(incoming)

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    kind = incoming[0]["type"].partition(".")[0]
    await App(Settings())({"type": kind}, receive, send)
    return sent


async def test_lifespan() -> None:
    """Start-up and shut-down are acknowledged."""
    assert await drive({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}) == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


async def test_websockets_are_refused() -> None:
    """Nothing here speaks over one."""
    assert await drive({"type": "websocket.connect"}) == ["websocket.close"]
