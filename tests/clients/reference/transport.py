"""HTTP for the blocking reference client: one connection, and a timeout that covers a whole exchange."""

import io
import select
import socket
import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from tests.clients.reference.answers import Answer


class _Bounded(io.RawIOBase):
    """A socket that `HTTPResponse` reads from; before each read it is asked how long that may take."""

    def __init__(self, connection: socket.socket, patience_s: Callable[[int], float | None]) -> None:
        self._connection = connection
        self._raw = connection.makefile("rb", buffering=0)
        self._patience_s = patience_s
        self._reads = 0

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left_s = self._patience_s(self._reads)
        if left_s is not None and left_s <= 0:
            raise TimeoutError("the answer took too long")
        self._connection.settimeout(left_s)
        self._reads += 1
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class Http:
    """Requests to one origin, one after the other."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port)
        self._connection.response_class = self._response  # type: ignore[assignment]
        self._began_s = 0.0
        self._timeout_s = 0.0

    def patience_s(self, reads: int) -> float | None:
        """How long the next read of an answer may take, after so many."""
        return self._began_s + self._timeout_s - time.monotonic()

    def send(
        self, method: str, target: str, body: bytes | None, headers: Mapping[str, str], timeout_s: float
    ) -> Answer:
        """One exchange; whatever goes wrong with it is an answer without a status."""
        self._began_s, self._timeout_s = time.monotonic(), timeout_s
        try:
            self._renew(timeout_s)
            self._connection.request(method, target, body, headers)
            response = self._connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        except (OSError, HTTPException) as error:
            self.close()
            return Answer(None, error=str(error) or type(error).__name__)

    def close(self) -> None:
        """Leave no connection behind."""
        self._connection.close()

    def _renew(self, timeout_s: float) -> None:
        """Drop a connection that the server has closed meanwhile."""
        kept: socket.socket | None = self._connection.sock
        self._connection.timeout = timeout_s
        if kept is not None:
            kept.settimeout(timeout_s)
            watch = select.poll()
            watch.register(kept, select.POLLIN)
            if watch.poll(0):
                self.close()

    def _response(self, connection: socket.socket, method: str) -> HTTPResponse:
        return HTTPResponse(_Bounded(connection, self.patience_s), method=method)  # type: ignore[arg-type]
