"""`--admin-token`: without it, nothing of the control plane is to be had but what is public anyway (API.md §7)."""

from collections.abc import Awaitable, Callable
from hmac import compare_digest

from mockserver.control.refusal import new_request_id, render
from mockserver.docs import ASSETS
from mockserver.http import Receive, Scope, Send, write
from mockserver.problems import Problem
from mockserver.tasks import Service
from mockserver.tasks.references import NAMED_PATH

Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

DENIED = Problem("admin_unauthorized", "The admin token is missing or wrong: send 'Authorization: Bearer <token>'.")

OPEN = frozenset({"/docs", "/openapi.json", "/_mock/health"})
"""What describes the public API, and what a health check asks."""


class Guard:
    """Lets those through who show the token."""

    def __init__(self, app: Asgi, service: Service, token: str) -> None:
        self._app = app
        self._service = service
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        is_open = path in OPEN or path.startswith((NAMED_PATH, ASSETS))
        if is_open or self._is_admin(dict(scope["headers"])):
            await self._app(scope, receive, send)
        else:
            await write(render(DENIED, new_request_id(self._service)), send)

    def _is_admin(self, headers: dict[bytes, bytes]) -> bool:
        scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
        shown = token.strip(b" ") if scheme.lower() == b"bearer" else b""
        plain = headers.get(b"x-admin-token", b"")
        return compare_digest(shown, self._token) | compare_digest(plain, self._token)
