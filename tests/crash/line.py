"""A client that does not give up: one connection, made again when it breaks."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from tests.crash.cluster import LOCAL

PATIENCE_S = 30.0
"""Longer than the lease of a create whose process was killed."""


class Lost(Exception):
    """No whole answer came: whether the server did what it was asked to is not known."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Line:
    """A connection to a server, kept as long as it works; after `patience_s` seconds an answer is given up."""

    def __init__(self, port: int, address: str = LOCAL, patience_s: float = PATIENCE_S) -> None:
        self._port = port
        self._address = address
        self._patience_s = patience_s
        self._road: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(
        self, method: str, path: str, key: str | None = None, body: object = None, idempotency_key: str | None = None
    ) -> Answer:
        """One request.

        Raises:
            Lost: if there is no answer to it.
        """
        sent = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._address}:{self._port}", f"Content-Length: {len(sent)}"]
        lines += [f"Authorization: Bearer {key}"] if key else []
        lines += ["Content-Type: application/json"] if sent else []
        lines += [f"Idempotency-Key: {idempotency_key}"] if idempotency_key else []
        try:
            async with asyncio.timeout(self._patience_s):
                return await self._asked("\r\n".join(lines).encode() + b"\r\n\r\n" + sent)
        except (OSError, EOFError, TimeoutError) as error:
            self.close()
            raise Lost from error

    async def _asked(self, request: bytes) -> Answer:
        if self._road is None:
            self._road = await asyncio.open_connection(self._address, self._port)
        reader, writer = self._road
        writer.write(request)
        first, *rest = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection") == "close":
            self.close()
        return Answer(int(first.split()[1]), headers, body)

    def close(self) -> None:
        """Give the connection up."""
        if self._road is not None:
            self._road[1].transport.abort()
        self._road = None
