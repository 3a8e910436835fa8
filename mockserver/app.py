"""The composition root: which part of the server answers which path, and when the slow parts are imported.

Health and the public API need no framework, so they are there at once. FastAPI (the control plane), the documents and
the metrics are imported in a thread, when the first request asks for them.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress

from mockserver import clock
from mockserver.api.surface import Surface
from mockserver.faults.injector import Injector
from mockserver.http import Asgi, Receive, Scope, Send, json_answer, write
from mockserver.journal import Recorder
from mockserver.media.workshop import Workshop
from mockserver.outage import Outage
from mockserver.settings import MIB, Settings
from mockserver.store import BadStore, Store, Unavailable
from mockserver.store.memory import MemoryStore
from mockserver.tasks import Service, Traffic

LOG = logging.getLogger("mindvideo-mock")

CLOSE_S = 0.25
"""How long a database may take to say goodbye."""

HEALTH = "/_mock/health"
CONTROL = "/_mock"
PAGES = frozenset({"/openapi.json", "/docs", "/metrics"})


def store_of(settings: Settings) -> Store:
    """What `--store` names; what a database needs is imported only then.

    Raises:
        BadStore: if the packages for it are not installed.
    """
    bounds = {"snapshot_limit": settings.snapshot_limit, "media_bytes": settings.media_limit_mb * MIB}
    if settings.store == "memory":
        return MemoryStore(settings.journal_size, **bounds)
    try:
        from mockserver.store.sql import SqlStore
    except ImportError as error:
        raise BadStore(f"a database needs more packages ({error}): pip install 'mindvideo-mock[sql]'") from error
    return SqlStore(settings.store, settings.journal_size, **bounds)


class App:
    """The ASGI application of one server. `surface` is the public API alone.

    `outputs` is that as the output listener serves it, beside the application. Where time is virtual, all three of its
    readers and sleepers are given: `monotonic_s` measures how long an exchange took, `sleep` is what faults wait by.
    `elsewhere` tells what this server's other workers have counted.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store | None = None,
        wall_ms: Callable[[], int] = clock.wall_ms,
        monotonic_s: Callable[[], float] = clock.monotonic_s,
        sleep: clock.Sleep = clock.sleep,
        elsewhere: Callable[[], Traffic] = Counter,
    ) -> None:
        self.settings = settings
        self.store = store or store_of(settings)
        self.service = Service(self.store, settings, Workshop(), wall_ms, clock.token, elsewhere=elsewhere)
        injector = Injector(Surface(self.service), self.service, sleep)
        self.surface: Asgi = Recorder(injector, self.store, wall_ms, self.service.traffic, monotonic_s)
        self.outputs: Asgi = self.surface
        self._own: Asgi = self._house
        if not isinstance(self.store, MemoryStore):
            outage = Outage(settings.dialect)
            self.outputs, self._own = outage.before(self.surface), outage.before(self._house)
        self._control: Asgi | None = None
        self._loading = asyncio.Lock()

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "http":
            return self._not_http(scope, receive, send)
        path: str = scope["path"]
        if path.startswith("/api/") or not (path in PAGES or path == CONTROL or path.startswith(f"{CONTROL}/")):
            return self.outputs(scope, receive, send)
        return self._own(scope, receive, send)

    async def open(self) -> None:
        """Make the store ready. One that cannot be reached may come later: until then there is 503.

        Raises:
            BadStore: if it never can be made ready.
        """
        try:
            await self.store.open()
        except Unavailable as error:
            LOG.warning("The store does not answer: %s. Requests get 503 until it does.", error)

    async def close(self) -> None:
        """Let go of the store."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                await self.store.close()

    async def _house(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What is this server's and not the platform's: health, the control plane, the documents."""
        if scope["path"] == HEALTH and scope["method"] in ("GET", "HEAD"):
            await self.store.ping()
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
