"""A culprit: this server with one hole. A read by the stranger is answered as if the owner had asked."""

from mockserver.app import App
from mockserver.http import Receive, Scope, Send
from mockserver.settings import Settings
from tests.schemathesis.run import identities

innocent = App(Settings(timing="instant"))


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application: `uvicorn tests.schemathesis.leaky:app`."""
    if scope["type"] == "http" and scope["method"] == "GET":
        known = {name: header.encode() for name, header in identities().items()}
        headers = [(name, known["owner"] if value == known["stranger"] else value) for name, value in scope["headers"]]
        scope = {**scope, "headers": headers}
    await innocent(scope, receive, send)
