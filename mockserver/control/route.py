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
from mockserver.control.refusal import granted, response, service_of
from mockserver.http import Answer, json_answer
from mockserver.tasks import Service
from mockserver.tasks.tenants import account_named

ACCOUNT = "/_mock/accounts/{account}"

JSON_LINES = "application/x-ndjson"

FILE = "*/*"
"""What a file answers with: its own media type, in whole or in part."""


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
            marks = getattr(parameter.annotation, "__metadata__", ())
            yield from (mark.dependency for mark in marks if isinstance(mark, Dependency))


async def account_of(request: Request, account: str) -> Account:
    """The account that the path names, by its id or by any living key of it."""
    return granted(await account_named(service_of(request), account))


async def _serving(request: Request) -> Service:
    return service_of(request)


Serving = Annotated[Service, Depends(_serving)]
Named = Annotated[Account, Depends(account_of)]


def shown(document: object, status: int = 200) -> Response:
    """A good answer."""
    return response(json_answer(status, orjson.dumps(document)))


def done() -> Response:
    """A good answer that has nothing to say."""
    return response(Answer(204, b"", []))
