"""The composition root: which part of the server answers which path, and when the slow parts are imported.

Health and the public API need no framework, so they are there at once. FastAPI (the control plane), the documents and
the metrics are imported in a thread, when the first request asks for them.
"""

import asyncio
from collections.abc import Awaitable, Callable

from mockserver import clock
from mockserver.api.surface import Surface
from mockserver.faults.injector import Injector
from mockserver.http import Receive, Scope, Send, json_answer, write
from mockserver.journal import Recorder
from mockserver.media.workshop import Workshop
from mockserver.settings import Settings
from mockserver.store import Store
from mockserver.store.memory import MemoryStore
from mockserver.tasks import Service

Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

HEALTH = "/_mock/health"
CONTROL = "/_mock"
PAGES = frozenset({"/openapi.json", "/docs", "/metrics"})


class App:
    """The ASGI application of one server. `surface` is the public API alone, as the output listener serves it.

    Where time is virtual, all three of its readers and sleepers are given: `monotonic_s` measures how long an exchange
    took, `sleep` is what faults wait by.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store | None = None,
        wall_ms: Callable[[], int] = clock.wall_ms,
        monotonic_s: Callable[[], float] = clock.monotonic_s,
        sleep: clock.Sleep = clock.sleep,
    ) -> None:
        self.settings = settings
        self.store = store or MemoryStore(settings.journal_size)
        self.service = Service(self.store, settings, Workshop(), wall_ms, clock.token)
        injector = Injector(Surface(self.service), self.service, sleep)
        self.surface = Recorder(injector, self.store, wall_ms, self.service.traffic, monotonic_s)
        self._control: Asgi | None = None
        self._loading = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._not_http(scope, receive, send)
            return
        path: str = scope["path"]
        if path.startswith("/api/") or not (path in PAGES or path == CONTROL or path.startswith(f"{CONTROL}/")):
            await self.surface(scope, receive, send)
        elif path == HEALTH and scope["method"] in ("GET", "HEAD"):
            await write(json_answer(200, b'{"status":"ok"}'), send)
        else:
            control = self._control or await self._load()
            await control(scope, receive, send)

    async def _load(self) -> Asgi:
        """Import and build the control plane, once."""
        async with self._loading:
            self._control = self._control or await asyncio.to_thread(self._build)
            assert self._control is not None
            return self._control

    def _build(self) -> Asgi:
        from mockserver.control.plane import build

        return build(self.service)

    async def _not_http(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Start-up and shut-down need nothing; a WebSocket is refused."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
            return
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
