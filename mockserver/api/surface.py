"""What a client of the platform sees: three routes and the output files; everything else is 404 (API.md §2)."""

from collections.abc import Awaitable, Callable

from mockserver.api.create import create
from mockserver.api.download import download
from mockserver.api.read import events, read
from mockserver.api.request import Request, refuse_at_home
from mockserver.http import Answer, ClientLeft, Draft, Receive, Scope, Send, unread_body, write
from mockserver.paths import Place
from mockserver.problems import Problem
from mockserver.tasks import Service
from mockserver.tasks.read import enter

Handler = Callable[[Request], Awaitable[Answer]]

NOT_FOUND = Problem(
    "not_found", "There is no such route: the API is POST /api/v1/tasks and GET /api/v1/tasks/{task_id}[/events]."
)


ROUTES: dict[str, tuple[tuple[str, ...], Handler]] = {
    "create": (("POST",), create),
    "read": (("GET",), read),
    "events": (("GET",), events),
    "download": (("GET", "HEAD"), download),
}


class Surface:
    """The ASGI app of the public API."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        draft: Draft = scope["draft"]
        request = Request.of(self._service, scope, receive, draft)
        place: Place | None = scope["place"]
        try:
            if place is None:
                answer = await self._stray(request, NOT_FOUND)
            else:
                draft.operation, request.place = place.operation, place
                methods, handler = ROUTES[place.operation]
                if scope["method"] in methods:
                    answer = await handler(request)
                else:
                    allowed = ", ".join(methods)
                    text = f"The method {scope['method'][:16]} is not allowed here: use {allowed}."
                    answer = await self._stray(request, Problem("method_not_allowed", text, allow=allowed))
            if not request.is_read:
                limits = self._service.settings
                draft.request_body = await unread_body(
                    receive, request.headers, limits.body_limit_bytes, limits.body_timeout_s
                )
        except ClientLeft:
            return
        await write(answer, send)

    async def _stray(self, request: Request, problem: Problem) -> Answer:
        """A request that no route takes still belongs to the account of its key, and speaks its dialect."""
        await enter(self._service, request.api_key, request.draft.looked)
        return await refuse_at_home(request, problem)
