"""`mindvideo-mock openapi`: both documents, built without a server."""

import orjson

from mockserver import openapi
from mockserver.app import App
from mockserver.cli.inside import ask
from mockserver.dialect import Dialect
from mockserver.settings import Settings


def public(dialect: Dialect, server_url: str) -> bytes:
    """The public API in this dialect, as `contracts/openapi.json` is written."""
    return openapi.render(openapi.build(dialect, server_url))


async def control() -> bytes:
    """The control plane."""
    document = orjson.loads(await ask(App(Settings()), "GET", "/_mock/openapi.json", b"", {}))
    return openapi.render(document)
