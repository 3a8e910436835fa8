"""What a server says while it runs: warnings, errors and, on request, a line for each request. No key is in any."""

import json
import logging
import sys
from asyncio import CancelledError
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Literal

from mockserver.clock import monotonic_s, wall_ms
from mockserver.http import Receive, Scope, Send
from mockserver.wire import redact
from mockserver.wire.values import iso

Format = Literal["text", "json"]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


def is_news(record: logging.LogRecord) -> bool:
    """False for what is no fault: an answer that was cut off at the stop."""
    return not (record.exc_info and isinstance(record.exc_info[1], CancelledError))


class Formatter(logging.Formatter):
    """A record as one line of text or JSON, traceback and all, with every API key taken out."""

    def __init__(self, form: Format) -> None:
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        message = redact.text(super().format(record))
        level = record.levelname.lower()
        if self._form == "text":
            return f"{level}: {message}"
        return json.dumps({"event": "log", "at": iso(wall_ms()), "level": level, "message": message})


def set_up(form: Format) -> None:
    """Warnings and worse of everything go to stderr. Once per process: for `serve`, not for servers in threads."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Formatter(form))
    logging.getLogger().handlers = [handler]


class AccessLog:
    """A pure ASGI middleware: one line on stderr for each request, control plane and all."""

    def __init__(self, app: Asgi, form: Format) -> None:
        self._app = app
        self._form = form

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_s, status = monotonic_s(), None

        async def watch(event: MutableMapping[str, Any]) -> None:
            nonlocal status
            status = event.get("status", status)
            await send(event)

        try:
            await self._app(scope, receive, watch)
        finally:
            print(self._line(scope, status, (monotonic_s() - started_s) * 1000), file=sys.stderr, flush=True)

    def _line(self, scope: Scope, status: int | None, duration_ms: float) -> str:
        query = scope["query_string"].decode("latin-1")
        target = redact.text(f"{scope['path']}?{query}" if query else scope["path"])
        at, method = iso(wall_ms()), redact.text(scope["method"])
        if self._form == "text":
            printable = target.encode("unicode_escape").decode()
            return f"{at} {method} {printable} {status or 'unanswered'} {duration_ms:.1f} ms"
        line = {"event": "request", "at": at, "method": method, "target": target, "status": status}
        return json.dumps(line | {"duration_ms": round(duration_ms, 3)})
