"""How the control plane refuses: a `Problem`, raised, and rendered in one place in the nested envelope."""

from typing import TypeVar

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match, Route

from mockserver.dialect import DEFAULT
from mockserver.http import Answer, ClientLeft, Headers
from mockserver.outage import UNAVAILABLE
from mockserver.problems import Problem
from mockserver.tasks import Service
from mockserver.wire import errors

Value = TypeVar("Value")

ACCOUNT_NOT_FOUND = Problem("account_not_found", "There is no such account: name it by its id, or by a key of it.")
NOT_FOUND = Problem("not_found", "The control plane has no such route: see /_mock/openapi.json.")


class Refused(Exception):
    """A dependency of FastAPI can refuse in no other way."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def granted(value: Value | Problem | None, missing: Problem = ACCOUNT_NOT_FOUND) -> Value:
    """What a use case gave.

    Raises:
        Refused: if it gave a problem, or nothing.
    """
    if value is None:
        raise Refused(missing)
    if isinstance(value, Problem):
        raise Refused(value)
    return value


def render(problem: Problem, request_id: str, more: Headers | None = None) -> Answer:
    """The refusal, in the default dialect: the control plane speaks no other."""
    status, content_type, body = errors.render(problem, DEFAULT, request_id)
    length = (b"content-length", b"%d" % len(body))
    return Answer(
        status, body, [(b"content-type", content_type), length, *errors.headers(problem, status), *(more or [])]
    )


def response(answer: Answer) -> Response:
    """The answer as Starlette wants it, header for header."""
    made = Response(answer.body, answer.status)
    made.raw_headers = answer.headers
    return made


def service_of(request: Request) -> Service:
    """The service of the server that the request came to."""
    service: Service = request.scope["service"]
    return service


def new_request_id(service: Service) -> str:
    return f"req_{service.token()}"


async def on_refused(request: Request, error: Exception) -> Response:
    """Whatever raised `Refused`."""
    assert isinstance(error, Refused)
    return response(render(error.problem, new_request_id(service_of(request))))


async def on_unavailable(request: Request, error: Exception) -> Response:
    """The store cannot be reached."""
    return response(render(UNAVAILABLE, new_request_id(service_of(request))))


async def on_no_route(request: Request, error: Exception) -> Response:
    """404, or 405 with every method the path has: the router knows only those of the first route that fits."""
    assert isinstance(error, HTTPException)
    problem = NOT_FOUND
    if error.status_code == 405:
        fitting = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
        methods = {method for route in fitting if isinstance(route, Route) for method in route.methods or ()}
        allowed = ", ".join(sorted(methods))
        text = f"The method {request.method[:16]} is not allowed here: use {allowed}."
        problem = Problem("method_not_allowed", text, allow=allowed)
    return response(render(problem, new_request_id(service_of(request))))


async def on_client_left(request: Request, error: Exception) -> Response:
    """There is nobody to answer."""
    assert isinstance(error, ClientLeft)
    return Response(status_code=400)
