"""An `App` under uvicorn, started and stopped in order.

uvicorn brings the HTTP implementations; when they start and stop is decided here, for its own way of stopping waits
for every open stream and poll, and takes the process's signals.
"""

import asyncio
import logging
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any

import uvicorn
import uvloop
from uvicorn.importer import import_from_string

from mockserver.app import App
from mockserver.clock import Sleep, monotonic_s, sleep
from mockserver.connection import with_connection
from mockserver.host.gather import gathered
from mockserver.host.guard import guarded
from mockserver.host.logs import AccessLog, Asgi, is_news
from mockserver.host.ports import BACKLOG, Bound, bind

GRACE_S = 0.25
"""How long answers that are under way may take after the stop."""

ABORT_S = 0.1
"""How long what was cut off may take to notice."""

KEEP_ALIVE_S = 120
"""Longer than clients keep idle connections: else a client would write into one that is just being closed."""

PROTOCOLS = {"httptools": "httptools_impl:HttpToolsProtocol", "h11": "h11_impl:H11Protocol"}
MAX_HEAD_BYTES_H11 = 64 * 1024


def run(bound: Bound, work: Coroutine[None, None, None]) -> None:
    """Run to the end on a loop of its own, then leave nothing behind: no task, no loop, no port.

    Threads that are busy (media, a resolver) are left to themselves: `asyncio.run` would wait for them.
    """
    loop = asyncio.new_event_loop() if bound.settings.loop == "asyncio" else uvloop.new_event_loop()
    try:
        loop.run_until_complete(work)
    finally:
        loop.run_until_complete(_cancel_the_rest())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
        bound.close()


async def _cancel_the_rest() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class Host:
    """One server on its ports: made, started and stopped on one event loop."""

    def __init__(
        self,
        bound: Bound,
        app: App | None = None,
        *,
        wrap: Callable[[Asgi], Asgi] | None = None,
        nap: Sleep = sleep,
        is_dated: bool = True,
    ) -> None:
        """`wrap` puts something around every listener's app, `nap` is how long `refuse` lasts; `is_dated`: the `Date`
        header is uvicorn's, by the wall."""
        self.bound = bound
        self.app = app or App(bound.settings)
        self._wrap = wrap
        self._nap = nap
        self._is_dated = is_dated
        self._listeners: list[Any] = []
        self._ticker: asyncio.Task[None] | None = None
        self._aways: set[asyncio.Task[None]] = set()
        self._naps: set[asyncio.Future[None]] = set()

    async def start(self) -> None:
        """Answer requests from here on."""
        logging.getLogger("uvicorn.error").addFilter(is_news)
        await self.app.open()
        await self._listen(self.app, self.bound.main)
        for listening in filter(None, (self.bound.output, *self.bound.more)):
            await self._listen(self.app.outputs, listening)
        self._ticker = asyncio.create_task(self._tick())

    async def _listen(self, app: Asgi, listening: list[socket.socket]) -> None:
        settings = self.bound.settings
        if settings.access_log:
            app = AccessLog(app, settings.log_format)
        if self._wrap is not None:
            app = self._wrap(app)
        implementation = import_from_string(f"uvicorn.protocols.http.{PROTOCOLS[settings.http]}")
        protocol: Any = guarded(gathered(with_connection(implementation, self.refuse)), settings.body_timeout_s)
        config = uvicorn.Config(
            app,
            interface="asgi3",
            http=protocol,
            ws="none",
            lifespan="on" if listening is self.bound.main else "off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=self._is_dated,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_S,
            h11_max_incomplete_event_size=MAX_HEAD_BYTES_H11,
        )
        config.load()
        listener = uvicorn.Server(config)
        listener.lifespan = config.lifespan_class(config)
        await listener.on_tick(0)
        await listener.startup(sockets=listening)
        self._listeners.append(listener)

    def refuse(self, port: int, seconds: float) -> None:
        """Have nobody listen on a port for so long; connections that are there stay (the fault `refuse`)."""
        for listener in self._listeners:
            if any(each.getsockname()[1] == port for server in listener.servers for each in server.sockets):
                away = asyncio.create_task(self._away(listener, port, seconds))
                self._aways.add(away)
                away.add_done_callback(self._aways.discard)

    async def _away(self, listener: Any, port: int, seconds: float) -> None:
        for server in listener.servers:
            server.close()
        nap = asyncio.ensure_future(self._nap(seconds))
        self._naps.add(nap)
        try:
            await asyncio.wait({nap})
        finally:
            self._naps.discard(nap)
            nap.cancel()
        loop = asyncio.get_running_loop()
        factory = partial(
            listener.config.http_protocol_class,
            config=listener.config,
            server_state=listener.server_state,
            app_state=listener.lifespan.state,
        )
        listening = bind(self.bound.settings.host, port, self.bound.use)
        listener.servers[:] = [await loop.create_server(factory, sock=each) for each in listening]

    async def listen_again(self) -> None:
        """Return once every port is listened on, whatever is left of the time for which it was not to be."""
        for nap in self._naps:
            nap.cancel()
        await asyncio.gather(*self._aways)

    async def _tick(self) -> None:
        """Keep the `Date` header true; uvicorn's own loop would wake up ten times a second."""
        while True:
            await sleep(1)
            for listener in self._listeners:
                await listener.on_tick(0)

    @property
    def connections(self) -> list[Any]:
        """What is open: uvicorn's protocols, each with its `transport`."""
        return [each for listener in self._listeners for each in listener.server_state.connections]

    @property
    def _tasks(self) -> list[asyncio.Task[None]]:
        return [task for listener in self._listeners for task in listener.server_state.tasks]

    async def stop(self) -> None:
        """Take no more connections, let answers that are under way end in `GRACE_S`, cut off the rest."""
        for task in [*self._aways, *([self._ticker] if self._ticker else [])]:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        for listener in self._listeners:
            for server in listener.servers:
                server.close()
        for connection in self.connections:
            connection.shutdown()
        await self._quiet(GRACE_S)
        for connection in self.connections:
            connection.transport.abort()
        for task in self._tasks:
            task.cancel()
        await self._quiet(ABORT_S)
        for listener in self._listeners:
            await listener.lifespan.shutdown()
        await self.app.close()

    async def _quiet(self, patience_s: float) -> None:
        """Return once nothing is under way, or after `patience_s` seconds."""
        until_s = monotonic_s() + patience_s
        while (self.connections or self._tasks) and monotonic_s() < until_s:
            await sleep(0.005)
