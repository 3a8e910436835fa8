"""The least an ASGI application can do: read the body, answer constant bytes. What everything else is measured by."""

from collections.abc import Awaitable, Callable
from typing import Any

BODY = (
    b'{"request_id":"req_44c41db900000001","task_id":"task_4a641b4726659c6b7861be3f",'
    b'"status":"queued","cost_estimate":0.11574}'
)
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))]


async def app(scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
    """Answer every request alike."""
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})
