"""A server inside this process, for tests: in a thread, on a free port, stopped within a second."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

from mockserver import dialect as dialects
from mockserver.client import Account, AsyncControlClient, ControlClient
from mockserver.dialect import Dialect
from mockserver.host.listen import Host, run
from mockserver.host.ports import Bound, take
from mockserver.settings import Settings


class Server:
    """`with Server(timing="instant") as server: …`, or `start()` and `stop()`, each of them as often as one likes.

    Takes every member of `Settings`; `port` is 0 if it is not said, and `dialect` may be a mapping of settings.
    Several servers run side by side, and nothing is shared between them.
    """

    def __init__(
        self, *, port: int = 0, dialect: Dialect | Mapping[str, object] | None = None, **settings: Any
    ) -> None:
        self._settings = Settings(port=port, dialect=_dialect(dialect), **settings)
        if self._settings.workers != 1:
            raise ValueError("a server in a thread is one process: workers are for mindvideo-mock serve")
        self._bound: Bound | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._error: BaseException | None = None

    def start(self) -> Self:
        """Return once the server answers.

        Raises:
            OSError: if the port cannot be had.
        """
        if self._thread is not None:
            return self
        self._bound, self._error = take(self._settings), None
        ready = threading.Event()
        name = f"mindvideo-mock {self.base_url}"
        self._thread = threading.Thread(target=self._run, args=(self._bound, ready), name=name, daemon=True)
        self._thread.start()
        ready.wait()
        if self._error is not None:
            self._thread.join()
            self._thread = self._bound = None
            raise self._error
        return self

    def stop(self) -> None:
        """Return once the server is gone, its port free again; at most a second from now."""
        if self._thread is None:
            return
        assert self._loop is not None
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._thread = self._bound = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        """The origin of the server, once it is started."""
        return self._taken.base_url

    @property
    def output_url(self) -> str | None:
        """The origin of the listener of output files, where there is one."""
        return self._taken.output_url

    def url(self, path: str) -> str:
        """The URL of a path such as `/api/v1/tasks`."""
        return self.control.url(path)

    @property
    def control(self) -> ControlClient:
        """The control plane."""
        return ControlClient(self.base_url, self._settings.admin_token)

    @property
    def async_control(self) -> AsyncControlClient:
        """The control plane, to be awaited."""
        return AsyncControlClient(self.base_url, self._settings.admin_token)

    def new_account(
        self,
        *,
        balance: float | Decimal | None = None,
        seed: int | None = None,
        dialect: Mapping[str, object] | None = None,
        clock: Mapping[str, object] | None = None,
        plan: Mapping[str, object] | None = None,
        faults: Sequence[Mapping[str, object]] | None = None,
    ) -> Account:
        """A fresh isolated account; what is left out is as the server's settings say."""
        return self.control.new_account(
            balance=balance, seed=seed, dialect=dialect, clock=clock, plan=plan, faults=faults
        )

    @property
    def _taken(self) -> Bound:
        if self._bound is None:
            raise RuntimeError("the server is not running: call start(), or use it in a with statement")
        return self._bound

    def _run(self, bound: Bound, ready: threading.Event) -> None:
        try:
            run(bound, self._serve(bound, ready))
        except BaseException as error:  # Whatever it is, it belongs to the caller.
            self._error = error
        finally:
            ready.set()

    async def _serve(self, bound: Bound, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        host = Host(bound)
        await host.start()
        ready.set()
        await self._stop.wait()
        await host.stop()


def _dialect(given: Dialect | Mapping[str, object] | None) -> Dialect:
    if isinstance(given, Dialect):
        return given
    parsed = dialects.parse(given or {})
    if isinstance(parsed, Dialect):
        return parsed
    raise ValueError(" ".join(violation.message for violation in parsed))
