"""One request to an app in this process, without a socket: for commands that need no server."""

from collections.abc import Mapping, MutableMapping
from typing import Any

from mockserver.app import App


async def ask(app: App, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """The body of the answer."""
    scope = {
        "type": "http",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "server": (app.settings.host, app.settings.port),
    }
    sent: list[bytes] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(event: MutableMapping[str, Any]) -> None:
        sent.append(event.get("body", b""))

    await app(scope, receive, send)
    return b"".join(sent)
