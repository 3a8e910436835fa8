"""What a client of the platform sees: three routes and the output files; everything else is 404 (API.md §2)."""

from collections.abc import Awaitable, Callable

from mockserver.api.create import create
from mockserver.api.download import download
from mockserver.api.read import events, read
from mockserver.api.request import Request, refuse_at_home
from mockserver.http import Answer, ClientLeft, Draft, Receive, Scope, unread_body
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
    """What answers a request to the public API; the draft says already where it goes, and whose it is."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, draft: Draft) -> Answer | None:
        """The answer; None if the client has left."""
        request = Request(self._service, scope, receive, draft)
        try:
            answer = await self._answer(request)
            if not request.is_read and (b"content-length" in draft.headers or b"transfer-encoding" in draft.headers):
                limits = self._service.settings
                draft.request_body = await unread_body(
                    receive, draft.headers, limits.body_limit_bytes, limits.body_timeout_s
                )
        except ClientLeft:
            return None
        return answer

    def _answer(self, request: Request) -> Awaitable[Answer]:
        place, method = request.draft.place, request.scope["method"]
        if place is None:
            return self._stray(request, NOT_FOUND)
        request.draft.operation = place.operation
        methods, handler = ROUTES[place.operation]
        if method in methods:
            return handler(request)
        allowed = ", ".join(methods)
        text = f"The method {method[:16]} is not allowed here: use {allowed}."
        return self._stray(request, Problem("method_not_allowed", text, allow=allowed))

    async def _stray(self, request: Request, problem: Problem) -> Answer:
        """A request that no route takes still belongs to the account of its key, and speaks its dialect."""
        await enter(self._service, request.draft.api_key, request.draft.looked)
        return await refuse_at_home(request, problem)
