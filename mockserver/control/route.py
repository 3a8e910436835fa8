"""One route of the control plane, and the dependencies that most handlers share."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import Depends, Request
from fastapi.params import Depends as Dependency
from pydantic import BaseModel
from starlette.responses import Response

from mockserver.accounts import Account
from mockserver.control.refusal import granted, response
from mockserver.http import Answer, json_answer
from mockserver.tasks import Service
from mockserver.tasks.tenants import account_named

ACCOUNT = "/_mock/accounts/{account}"


@dataclass(frozen=True, slots=True)
class Route:
    """`answers` is the shape of a good answer (None: no body), or the media type of one that has no shape here.

    `is_described`: whether the OpenAPI document names it. `takes_any_query`: whether unknown queries are let be.
    """

    method: str
    path: str
    handler: Callable[..., Any]
    answers: type[BaseModel] | str | None
    status: int = 200
    is_described: bool = True
    takes_any_query: bool = False

    @property
    def tag(self) -> str:
        """The module it stands in: what it is about."""
        return self.handler.__module__.rpartition(".")[2].capitalize()

    @property
    def dependencies(self) -> Iterator[object]:
        """What FastAPI calls for the handler's arguments."""
        for parameter in inspect.signature(self.handler).parameters.values():
            for mark in getattr(parameter.annotation, "__metadata__", ()):
                if isinstance(mark, Dependency):
                    yield mark.dependency


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


async def service_of(request: Request) -> Service:
    return _service(request)


async def account_of(request: Request, account: str) -> Account:
    """The account that the path names, by its id or by any living key of it."""
    return granted(await account_named(_service(request), account))


Serving = Annotated[Service, Depends(service_of)]
Named = Annotated[Account, Depends(account_of)]


def shown(document: object, status: int = 200) -> Response:
    """A good answer."""
    return response(json_answer(status, orjson.dumps(document)))


def done() -> Response:
    """A good answer that has nothing to say."""
    return response(Answer(204, b"", []))
