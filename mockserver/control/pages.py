"""What describes the server: both OpenAPI documents, their pages, the metrics, and whether it is well."""

import asyncio
from functools import cache

from fastapi import Request
from starlette.responses import Response

from mockserver import docs, metrics, openapi
from mockserver.control import answers
from mockserver.control.document import describe
from mockserver.control.refusal import NOT_FOUND, granted, response
from mockserver.control.route import FILE, Route, Serving, shown
from mockserver.dialect import Dialect
from mockserver.http import Answer, File, file_answer
from mockserver.openapi import Json
from mockserver.origin import server_url


async def read_health(service: Serving) -> Response:
    """Whether the server is ready."""
    await service.store.ping()
    return shown({"status": "ok"})


async def read_document(request: Request, service: Serving) -> Response:
    """The public API as an OpenAPI document: what this server's own dialect answers."""
    document = await asyncio.to_thread(_public, service.settings.dialect)
    url = server_url(request.scope, dict(request.scope["headers"]).get(b"host", b""), service.settings)
    return shown(document | {"servers": [{"url": url}]})


@cache
def _public(dialect: Dialect) -> Json:
    return openapi.build(dialect, "/")


async def read_own_document(request: Request, service: Serving) -> Response:
    """The control plane as an OpenAPI document."""
    is_guarded = service.settings.admin_token is not None
    return shown(await asyncio.to_thread(describe, request.app, is_guarded=is_guarded))


async def read_page(request: Request) -> Response:
    """A page to read and try an API in; it needs no network."""
    answer = _file(request, docs.page(request.scope["path"]))
    answer.headers += docs.POLICY
    return response(answer)


async def read_asset(request: Request, name: str) -> Response:
    """One of the files the pages are made of."""
    file = await asyncio.to_thread(docs.asset, name)
    return response(_file(request, granted(file, NOT_FOUND)))


def _file(request: Request, file: File) -> Answer:
    return file_answer(file, dict(request.scope["headers"]), is_head=request.method == "HEAD")


async def read_metrics(service: Serving) -> Response:
    """Counts for Prometheus."""
    measured = await metrics.measure(service)
    content_type, body = await asyncio.to_thread(metrics.render, measured)
    headers = [(b"content-type", content_type.encode()), (b"content-length", b"%d" % len(body))]
    return response(Answer(200, body, headers))


ROUTES = (
    Route("GET", "/_mock/health", read_health, answers.Health),
    Route("GET", "/openapi.json", read_document, "application/json", takes_any_query=True),
    Route("GET", "/_mock/openapi.json", read_own_document, "application/json", takes_any_query=True),
    Route("GET", "/docs", read_page, "text/html", is_described=False, takes_any_query=True),
    Route("GET", "/_mock/docs", read_page, "text/html", is_described=False, takes_any_query=True),
    Route("GET", "/_mock/docs/{name}", read_asset, FILE, is_described=False, takes_any_query=True),
    Route("GET", "/metrics", read_metrics, "text/plain", takes_any_query=True),
)
