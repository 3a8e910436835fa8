"""A server inside a test process: its own thread, its own event loop, a free port."""

import asyncio
import threading
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from mockserver.app import App
from mockserver.client import Account, AsyncControlClient, ControlClient
from mockserver.dialect import Dialect, parse
from mockserver.host.listen import Host, new_loop
from mockserver.host.ports import Bound, close, take
from mockserver.settings import Settings


class Server:
    """A context manager; `with Server(timing="instant") as server:` serves at `server.base_url`.

    Options are those of `mockserver.settings.Settings`; `dialect` may be a mapping of settings, as in a TOML file.

    Raises:
        ValueError: naming a setting of the dialect that is none.
        OSError: when it starts, if the port cannot be had.
    """

    def __init__(self, *, port: int = 0, dialect: Dialect | dict[str, object] | None = None, **options: Any) -> None:
        settings = Settings(port=port, **options)
        if isinstance(dialect, dict):
            parsed = parse(dialect)
            if not isinstance(parsed, Dialect):
                raise ValueError(f"dialect {parsed[0].param.removeprefix('/')}: {parsed[0].message}")
            dialect = parsed
        self._settings = settings if dialect is None else replace(settings, dialect=dialect)
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._bound: Bound | None = None
        self._app: App | None = None

    def start(self) -> Self:
        """Serve from here on; does nothing if it does already."""
        if self._thread is not None:
            return self
        self._bound = take(self._settings)
        ready = threading.Event()
        failure: list[BaseException] = []
        self._thread = threading.Thread(
            target=self._run, args=(self._bound, ready, failure), name="mindvideo-mock", daemon=True
        )
        self._thread.start()
        ready.wait()
        if failure:
            self._thread.join()
            self._thread = None
            raise failure[0]
        return self

    def _run(self, bound: Bound, ready: threading.Event, failure: list[BaseException]) -> None:
        loop = new_loop(bound.settings)
        try:
            loop.run_until_complete(self._serve(bound, ready))
        except BaseException as error:
            failure.append(error)
            close(bound.main + bound.output)
        finally:
            ready.set()
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    async def _serve(self, bound: Bound, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        host = Host(bound)
        await host.start()
        self._app = host.app
        ready.set()
        await self._stop.wait()
        await host.stop()

    def stop(self) -> None:
        """Stop within a second; does nothing if it does not serve."""
        if self._thread is None or self._loop is None or self._stop is None:
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        """Where the API is, such as `http://127.0.0.1:40123`; known once it has started."""
        if self._bound is None:
            raise RuntimeError("the server has not started: use it as a context manager, or call start()")
        return self._bound.base_url

    @property
    def output_url(self) -> str | None:
        """Where output files are, if they have a port of their own."""
        return None if self._bound is None else self._bound.output_url

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"{self.base_url}/{path.lstrip('/')}"

    @property
    def control(self) -> ControlClient:
        """The control plane, for synchronous code."""
        return ControlClient(self.base_url, self._settings.admin_token)

    @property
    def async_control(self) -> AsyncControlClient:
        """The control plane, for asynchronous code."""
        return AsyncControlClient(self.base_url, self._settings.admin_token)

    def new_account(self, **settings: Any) -> Account:
        """A fresh, isolated account: `balance`, `seed`, `dialect`, `clock`, `plan`."""
        return self.control.new_account(**settings)
