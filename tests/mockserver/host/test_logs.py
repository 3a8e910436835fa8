"""What is logged: lines of text or JSON, and never an API key."""

import asyncio
import json
import logging
import re
from typing import Any

import pytest

from mockserver.host.logs import AccessLog, Format, Formatter, is_news, set_up
from mockserver.http import Receive, Scope, Send

KEY = "mv_live_secret"
HTTP = {"type": "http", "method": "GET", "path": f"/_mock/accounts/{KEY}\n", "query_string": b""}


def record(message: str, error: BaseException | None = None) -> logging.LogRecord:
    """A warning, with an exception if one is given."""
    info = None if error is None else (type(error), error, None)
    return logging.LogRecord("uvicorn.error", logging.WARNING, __file__, 1, message, None, info)


@pytest.mark.clause("H-NO-ECHO")
@pytest.mark.parametrize("form", ["text", "json"])
def test_form(form: Format) -> None:
    """A record is one level and one message in either form; a key is taken out, of an exception too."""
    said = Formatter(form).format(record(f"key {KEY}", ValueError(f"no {KEY}")))
    assert KEY not in said
    if form == "text":
        assert said.startswith("warning: key mv_live_***\nValueError: no mv_live_***")
    else:
        line = json.loads(said)
        assert (line["event"], line["level"]) == ("log", "warning")
        assert line["message"].startswith("key mv_live_***")
        assert "\n" not in said


def test_news() -> None:
    """An answer that was cut off at the stop is no news; everything else is."""
    assert not is_news(record("cut off", asyncio.CancelledError()))
    assert is_news(record("broken", ValueError()))
    assert is_news(record("Invalid HTTP request received."))


def test_set_up(capfd: pytest.CaptureFixture[str]) -> None:
    """Warnings of any logger go to stderr, in the form asked for."""
    root = logging.getLogger()
    before = root.handlers
    try:
        set_up("json")
        logging.getLogger("anything").warning("look")
    finally:
        root.handlers = before
    assert json.loads(capfd.readouterr().err)["message"] == "look"


async def pair(scope: Scope, form: Format, status: int | None) -> None:
    """One request to an app that answers with a status, or fails."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if status is None:
            raise ValueError("broken")
        await send({"type": "http.response.start", "status": status})
        await send({"type": "http.response.body"})

    async def receive() -> dict[str, Any]:
        return {}

    async def send(event: object) -> None:
        return

    await AccessLog(app, form)(scope, receive, send)


@pytest.mark.clause("H-NO-ECHO")
async def test_access_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    """A line of text has time, method, path, status and duration; a line break in a path makes no second line."""
    await pair(HTTP | {"query_string": f"key={KEY}".encode()}, "text", 404)
    line = capsys.readouterr().err
    pattern = r"\S+Z GET /_mock/accounts/mv_live_\*\*\*\\n\?key=mv_live_\*\*\* 404 \d+\.\d ms\n"
    assert re.fullmatch(pattern, line)


async def test_access_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """A line of JSON has the same."""
    await pair(HTTP, "json", 200)
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["method"], line["status"]) == ("request", "GET", 200)
    assert line["target"] == "/_mock/accounts/mv_live_***\n"


async def test_access_without_answer(capsys: pytest.CaptureFixture[str]) -> None:
    """A request that fails is told, too; what is no request is not."""
    with pytest.raises(ValueError, match="broken"):
        await pair(HTTP, "text", None)
    assert "unanswered" in capsys.readouterr().err
    await pair({"type": "lifespan"}, "text", 200)
    assert capsys.readouterr().err == ""
