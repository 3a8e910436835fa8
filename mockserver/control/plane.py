"""The control plane as one ASGI application (API.md §7)."""

import inspect
from functools import cache
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from mockserver.control import (
    accounts,
    answers,
    clock,
    faults,
    journal,
    media,
    pages,
    shapes,
    snapshots,
    tasks,
    transfer,
)
from mockserver.control.guard import Asgi, Guard
from mockserver.control.intake import Asked, Sent, Uploaded
from mockserver.control.refusal import Refused, on_client_left, on_no_route, on_refused, on_unavailable
from mockserver.control.route import FILE, Route
from mockserver.http import ClientLeft, Receive, Scope, Send
from mockserver.store import Unavailable
from mockserver.tasks import Service

ROUTES: tuple[Route, ...] = (
    *pages.ROUTES,
    *accounts.ROUTES,
    *clock.ROUTES,
    *tasks.ROUTES,
    *faults.ROUTES,
    *journal.ROUTES,
    *media.ROUTES,
    *snapshots.ROUTES,
    *transfer.ROUTES,
)

SILENT: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""Nothing is told to anybody: paths hold API keys."""

REFUSALS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": answers.Error, "description": "Refused: nothing has changed."}
}


def build(service: Service) -> Asgi:
    """The control plane of one server, guarded where there is an admin token."""
    app = application()

    async def plane(scope: Scope, receive: Receive, send: Send) -> None:
        scope["service"] = service
        await app(scope, receive, send)

    token = service.settings.admin_token
    return plane if token is None else Guard(plane, service, token)


@cache
def application() -> FastAPI:
    """The routes alone: every server of this process has the same, and each request brings its server's service."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False, telemetry=SILENT)
    app.state.routes = tuple(route for route in ROUTES if route.is_described)
    app.add_exception_handler(Refused, on_refused)
    app.add_exception_handler(Unavailable, on_unavailable)
    app.add_exception_handler(HTTPException, on_no_route)
    app.add_exception_handler(ClientLeft, on_client_left)
    for route in ROUTES:
        _add(app, route)
    return app


def _add(app: FastAPI, route: Route) -> None:
    """What the handler does not ask for must not be there; and whatever answers GET answers HEAD."""
    asked = {type(dependency) for dependency in route.dependencies}
    dependencies = [] if Asked in asked or route.takes_any_query else [Depends(Asked(shapes.Nothing))]
    if not asked & {Sent, Uploaded} and route.method == "POST":
        dependencies.append(Depends(Sent(shapes.Nothing, is_optional=True)))
    summary = (inspect.getdoc(route.handler) or "").partition("\n")[0]
    responses = dict(REFUSALS)
    model, is_text = route.answers, isinstance(route.answers, str)
    if is_text:
        responses[route.status] = {"content": {route.answers: {}}}
    if model == FILE:
        responses |= {206: {"description": "The range asked for."}, 304: {"description": "The client has it."}}
    app.add_api_route(
        route.path,
        route.handler,
        methods=[route.method],
        dependencies=dependencies,
        status_code=route.status,
        response_model=None if is_text else model,
        response_class=Response if is_text or model is None else JSONResponse,
        response_description="Done.",
        responses=responses,
        summary=summary,
        description=" ",
        operation_id=route.handler.__name__,
        tags=[route.tag],
        include_in_schema=route.is_described,
    )
    if route.method == "GET":
        app.add_api_route(
            route.path, route.handler, methods=["HEAD"], dependencies=dependencies, include_in_schema=False
        )
