"""What a client is told while the store cannot be reached: 503 and when to come again, whatever it asked for."""

import logging
from collections.abc import MutableMapping
from functools import partial
from typing import Any

from mockserver.clock import monotonic_s, token
from mockserver.dialect import Dialect
from mockserver.http import Answer, Asgi, Headers, Receive, Scope, Send, write
from mockserver.problems import Problem
from mockserver.store import Unavailable
from mockserver.wire import errors

LOG = logging.getLogger("mindvideo-mock")

UNAVAILABLE = Problem(
    "unavailable",
    "The server's store does not answer now: wait, then send the same again, with the same Idempotency-Key.",
    retry_after_s=1,
)

SILENCE_S = 10
"""Between two lines in the log about one and the same outage."""


def answer(dialect: Dialect, request_id: str) -> Answer:
    """The refusal; in the server's own dialect, for the account's is in the store."""
    status, content_type, body = errors.render(UNAVAILABLE, dialect, request_id)
    headers: Headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
    return Answer(status, body, headers + errors.headers(UNAVAILABLE, status))


class Outage:
    """Stands before applications whose store is not in this process. An answer that has begun just ends."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._silent_until_s = 0.0

    def before(self, app: Asgi) -> Asgi:
        """The application, answering 503 where the store does not."""
        return partial(self._answer, app)

    async def _answer(self, app: Asgi, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def watch(event: MutableMapping[str, Any]) -> None:
            nonlocal has_begun
            has_begun = True
            await send(event)

        try:
            await app(scope, receive, watch)
        except Unavailable as error:
            self._tell(error)
            if not has_begun:
                await write(answer(self._dialect, f"req_{token()}"), send)

    def _tell(self, error: Unavailable) -> None:
        now_s = monotonic_s()
        if now_s >= self._silent_until_s:
            self._silent_until_s = now_s + SILENCE_S
            LOG.warning("The store does not answer: %s. Requests get 503 until it does.", error)
