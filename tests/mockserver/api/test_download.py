"""Output files under their URLs (D-OUTPUT, API.md §10)."""

import re
from urllib.parse import urlsplit

import pytest

from mockserver.settings import Settings
from tests.asgi import HOST, OTHER_KEY, Caller, dialect

INSTANT = Settings(timing="instant")
IMAGE = {"model": "wan2-7-image", "input": {"prompt": "a"}}


async def output_url(caller: Caller, body: object = IMAGE) -> str:
    """The first URL of a task that succeeded at once."""
    output = (await caller.create(body)).json["output"]
    url: str = next(iter(output.values()))[0]["url"]
    return url


async def output_path(caller: Caller, body: object = IMAGE) -> str:
    return urlsplit(await output_url(caller, body)).path


@pytest.mark.clause("D-OUTPUT", "M-OUTPUT-URL")
@pytest.mark.parametrize(("body", "media_type", "start"), [(IMAGE, "image/png", b"\x89PNG"), (None, "video/mp4", b"")])
async def test_a_download(body: object, media_type: str, start: bytes) -> None:
    """The URL leads to the file, without a key, the same bytes each time."""
    caller = Caller(INSTANT)
    url = await output_url(caller, body)
    assert url.startswith(f"http://{HOST}/outputs/")
    assert "mv_" not in url
    path = urlsplit(url).path
    first, second = await caller.request("GET", path, key=None), await caller.request("GET", path, key=OTHER_KEY)
    assert (first.status, first.header("content-type")) == (200, media_type)
    assert first.body == second.body
    assert first.body.startswith(start)
    assert first.header("content-length") == str(len(first.body))
    assert first.header("accept-ranges") == "bytes"


@pytest.mark.clause("M-OUTPUT-URL", "H-RANGE")
async def test_parts_and_conditions() -> None:
    """206, 304, 416 with `Content-Range` and a reason; HEAD has the length and no bytes, with a range too."""
    caller = Caller(INSTANT)
    path = await output_path(caller)
    whole = await caller.request("GET", path)
    tag = whole.header("etag") or ""
    part = await caller.request("GET", path, headers={"range": "bytes=2-5"})
    assert (part.status, part.body) == (206, whole.body[2:6])
    assert part.header("content-range") == f"bytes 2-5/{len(whole.body)}"
    beyond = await caller.request("GET", path, headers={"range": f"bytes={len(whole.body)}-"})
    assert (beyond.status, beyond.code) == (416, "range_not_satisfiable")
    assert beyond.header("content-range") == f"bytes */{len(whole.body)}"
    assert beyond.header("content-length") == str(len(beyond.body))
    known = await caller.request("GET", path, headers={"if-none-match": tag})
    assert (known.status, known.body) == (304, b"")
    for headers in ({}, {"range": "bytes=2-5"}):
        head = await caller.request("HEAD", path, headers=headers)
        assert (head.status, head.body, head.header("content-length")) == (200, b"", str(len(whole.body)))
        assert head.header("etag") == tag


@pytest.mark.clause("D-OUTPUT", "H-NOT-FOUND")
@pytest.mark.parametrize(
    ("pattern", "instead"),
    [
        (r"/0\.png", "/1.png"),
        (r"/0\.png", "/00.png"),
        (r"/0\.png", "/0.mp4"),
        (r"/0\.png", "/0.PNG"),
        (r"/0\.png", "/0"),
        (r"/0\.png", "/0.png/"),
        (r"/0\.png", "/0.png%0a"),
        (r"/0\.png", "/99999.png"),
        (r"task_", "task_0"),
        (r"acct_", "acct_0"),
        (r"/acct_[^/]*", ""),
    ],
)
async def test_urls_that_were_never_given_out(pattern: str, instead: str) -> None:
    """404, whatever is changed of a good one."""
    caller = Caller(INSTANT)
    path = re.sub(pattern, instead, await output_path(caller))
    reply = await caller.request("GET", path)
    assert (reply.status, reply.code) == (404, "not_found")


@pytest.mark.clause("D-OUTPUT")
async def test_there_is_no_file_before_the_end() -> None:
    """The URL can be guessed, and leads nowhere until the task has succeeded."""
    caller = Caller()
    task_id = await caller.made()
    path = f"/outputs/{(await caller.account()).account_id}/{task_id}/0.mp4"
    assert (await caller.request("GET", path)).status == 404
    caller.advance(2.5)
    assert (await caller.request("GET", path)).status == 200


@pytest.mark.clause("A-OUTPUT-TTL")
async def test_an_expired_url() -> None:
    """403, in the envelope of the account that owns the task."""
    caller = Caller(Settings(timing="instant", dialect=dialect(output_ttl_s=60)))
    path = await output_path(caller)
    await caller.set_dialect(error_envelope="flat")
    caller.advance(60)
    reply = await caller.request("GET", path, key=None)
    assert (reply.status, reply.json["code"]) == (403, "output_expired")


@pytest.mark.clause("C-JOURNAL", "D-OUTPUT")
async def test_downloads_stand_in_the_journal_of_the_owner() -> None:
    """Whoever comes for them; what was never given out stands where the request belongs."""
    caller = Caller(INSTANT)
    path = await output_path(caller)
    await caller.request("GET", path, key=OTHER_KEY)
    await caller.request("GET", path, key=None, headers={"range": "bytes=0-1"})
    await caller.request("GET", path.replace("0.png", "7.png"), key=None)
    kept = await caller.exchanges()
    assert [(each.operation, each.status, each.why.clause) for each in kept[1:]] == [
        ("download", 200, "D-OUTPUT"),
        ("download", 206, "D-OUTPUT"),
        ("download", 404, "H-NOT-FOUND"),
    ]
    assert kept[1].task_id == kept[0].task_id
    assert await caller.exchanges(OTHER_KEY) == []


@pytest.mark.clause("M-OUTPUT-URL")
@pytest.mark.parametrize(
    ("settings", "host", "base"),
    [
        (Settings(), "localhost", "http://localhost"),
        (Settings(), "mock_server:8000", "http://mock_server:8000"),
        (Settings(), "[::1]:8000", "http://[::1]:8000"),
        (Settings(), "", "http://127.0.0.1:8000"),
        (Settings(), "a b", "http://127.0.0.1:8000"),
        (Settings(), "evil/../..", "http://127.0.0.1:8000"),
        (Settings(), "user@evil", "http://127.0.0.1:8000"),
        (Settings(), "x" * 301, "http://127.0.0.1:8000"),
        (Settings(), "mv_live_secret:80", "http://127.0.0.1:8000"),
        (Settings(public_url="https://mock.example/"), "localhost", "https://mock.example"),
        (Settings(output_port=9000), "localhost", "http://localhost:9000"),
        (Settings(output_port=9000), "localhost:8000", "http://localhost:9000"),
        (Settings(output_port=9000), "[::1]", "http://[::1]:9000"),
        (Settings(output_port=9000), "[::1]:8000", "http://[::1]:9000"),
        (Settings(output_port=9000, public_url="https://mock.example"), "localhost", "https://mock.example"),
    ],
)
async def test_where_output_urls_lead(settings: Settings, host: str, base: str) -> None:
    """To the host the client called, if it is one; to the output listener; or where `--public-url` says."""
    caller = Caller(settings)
    task_id = (await caller.create(headers={"host": host})).json["task_id"]
    caller.advance(3)
    reply = await caller.request("GET", f"/api/v1/tasks/{task_id}", headers={"host": host})
    url = reply.json["output"]["videos"][0]["url"]
    assert url == f"{base}/outputs/{(await caller.account()).account_id}/{task_id}/0.mp4"
