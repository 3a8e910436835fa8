"""`--admin-token` (API.md §7)."""

import pytest

from mockserver.settings import Settings
from tests.asgi import HOST, Caller
from tests.mockserver.control.desk import ACCOUNTS, Desk, guarded, operations

OPEN = ("/_mock/health", "/_mock/media/ref-image-10x10.png", "/docs", "/openapi.json", "/_mock/docs/page.js")


@pytest.mark.clause("C-ADMIN")
async def test_without_the_token_there_is_nothing() -> None:
    """Every operation of the document but health and media, and what is no route, is 401 with a challenge."""
    made = Desk(guarded())
    closed = [(method, path) for method, path, _ in operations() if path not in ("/_mock/health", "/openapi.json")]
    for method, path in [*closed, ("GET", "/_mock/nowhere"), ("GET", "/_mock/docs"), ("BREW", ACCOUNTS)]:
        if path.startswith("/_mock/media/"):
            continue
        for headers in (
            {},
            {"authorization": "Bearer wrong"},
            {"x-admin-token": ""},
            {"authorization": "Basic s3cret"},
        ):
            reply = await made.call(method, path.replace("{account}", "mv_live_x"), headers=headers)
            assert (reply.status, reply.code) == (401, "admin_unauthorized")
            assert reply.header("www-authenticate") == "Bearer"
            assert "s3cret" not in reply.text
    assert await made.caller.store.accounts() == []


@pytest.mark.clause("C-ADMIN")
@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer s3cret"},
        {"authorization": "bearer  s3cret "},
        {"x-admin-token": "s3cret"},
        {"x-admin-token": "s3cret", "authorization": "Bearer mv_live_x"},
    ],
)
async def test_the_token_opens_everything(headers: dict[str, str]) -> None:
    """In either header, the scheme in any case."""
    made = Desk(guarded())
    assert (await made.call("POST", ACCOUNTS, {}, headers=headers)).status == 201
    assert (await made.call("GET", "/metrics", headers=headers)).status == 200
    reply = await made.call("GET", "/_mock/openapi.json", headers=headers)
    assert reply.json["security"] == [{"adminToken": []}]
    assert (await made.call("GET", "/_mock/docs", headers=headers)).status == 200


@pytest.mark.clause("C-ADMIN")
async def test_what_is_public_stays_public() -> None:
    """Health, media, and what describes the public API; and the API itself goes by its own keys."""
    made = Desk(guarded("Zürich"))
    for path in OPEN:
        assert (await made.call("GET", path)).status == 200
    assert (await made.caller.create()).status == 200
    assert (await made.call("GET", ACCOUNTS, headers={"x-admin-token": "Zurich"})).status == 401
    sent: list[tuple[str, str | bytes]] = [("host", HOST), ("x-admin-token", "Zürich".encode())]
    reply = await made.caller.call(made.caller.exchange("GET", ACCOUNTS, headers=sent))
    assert reply is not None
    assert reply.status == 200


@pytest.mark.clause("C-ADMIN")
async def test_without_a_token_nothing_is_guarded() -> None:
    """Nor does the document ask for one."""
    caller = Caller(Settings())
    reply = await caller.request("GET", "/_mock/openapi.json", key=None)
    assert "security" not in reply.json
