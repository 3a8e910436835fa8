"""Bodies within bounds, files in ranges (API.md §4, RFC 9110)."""

import asyncio
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.http import (
    JSON_HEADER,
    Answer,
    ClientLeft,
    File,
    Receive,
    file_answer,
    json_answer,
    read_body,
    unread_body,
    write,
)
from mockserver.problems import Problem

LIMIT_BYTES = 100
CONTENT = bytes(range(100))
FILE = File(CONTENT, "video/mp4")
TAG = b'"%b"' % sha256(CONTENT).hexdigest()[:32].encode()


def sender(*chunks: bytes, end: str = "whole") -> Receive:
    """A client that sends these chunks, and then: is done, closes the connection, or sends nothing any more."""
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    if end == "whole":
        messages[-1]["more_body"] = False
    if end == "leaves":
        messages.append({"type": "http.disconnect"})

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else await asyncio.Future[dict[str, Any]]()

    return receive


async def body_of(receive: Receive, headers: dict[bytes, bytes] | None = None, timeout_s: float = 5) -> bytes | str:
    """The body, or the code of the refusal."""
    body = await read_body(receive, headers or {}, LIMIT_BYTES, timeout_s)
    return body.code if isinstance(body, Problem) else body


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=5))
async def test_a_body_is_read_whole(chunks: list[bytes]) -> None:
    """However it is cut up; one byte more than the limit is too much."""
    whole = b"".join(chunks)
    expected = whole if len(whole) <= LIMIT_BYTES else "body_too_large"
    assert await body_of(sender(*chunks)) == expected


@pytest.mark.clause("H-SIZE")
@pytest.mark.parametrize("length", [b"101", b"9" * 19, b"9" * 5000])
async def test_an_announced_body_over_the_limit_is_not_read(length: bytes) -> None:
    """Nothing is received before the refusal, whatever number the client makes up."""
    assert await body_of(sender(end="hangs"), {b"content-length": length}) == "body_too_large"


@pytest.mark.clause("H-SIZE")
@pytest.mark.parametrize("length", [b"100", b"x", b"-1", b""])
async def test_a_body_that_announces_less_is_measured(length: bytes) -> None:
    """What the header says is not believed where it matters."""
    assert await body_of(sender(bytes(60), bytes(60)), {b"content-length": length}) == "body_too_large"
    assert await body_of(sender(bytes(60), bytes(40)), {b"content-length": length}) == bytes(100)


@pytest.mark.clause("H-SIZE")
async def test_a_slow_body_is_given_up() -> None:
    """A client that stops in the middle is refused once its time is over."""
    assert await body_of(sender(b"{", end="hangs"), timeout_s=0.01) == "body_timeout"


async def test_a_server_that_stops_waits_for_no_body() -> None:
    """A cancellation from outside stays one, though the client's time has long been over by then."""
    reading = asyncio.ensure_future(body_of(sender(b"{", end="hangs")))
    await asyncio.wait([reading], timeout=0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading


async def test_a_client_that_leaves_is_answered_by_nobody() -> None:
    """It closed the connection in the middle of its body."""
    with pytest.raises(ClientLeft):
        await body_of(sender(b"{", end="leaves"))


@pytest.mark.clause("C-JOURNAL")
@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({b"content-length": b"3"}, b"abc"),
        ({b"transfer-encoding": b"chunked"}, b"abc"),
        ({}, b""),
        ({b"content-length": b"0"}, b""),
        ({b"content-length": b"101"}, b""),
        ({b"content-length": b"3", b"expect": b"100-continue"}, b""),
    ],
)
async def test_a_body_that_no_handler_wants(headers: dict[bytes, bytes], found: bytes) -> None:
    """It is read for the journal where one is coming, unless it is too large or the client waits for a word first."""
    assert await unread_body(sender(b"abc"), headers, LIMIT_BYTES, 5) == found


async def test_writing_an_answer() -> None:
    """A start, and one body; a stream piece by piece, and an end."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def pieces() -> Any:
        for piece in (b"a", b"b"):
            yield piece

    await write(json_answer(201, b"{}", (b"x-more", b"1")), send)
    headers = [JSON_HEADER, (b"content-length", b"2"), (b"x-more", b"1")]
    assert sent == [
        {"type": "http.response.start", "status": 201, "headers": headers},
        {"type": "http.response.body", "body": b"{}"},
    ]
    sent.clear()
    await write(Answer(200, b"", [], stream=pieces()), send)
    assert sent[1:] == [
        {"type": "http.response.body", "body": b"a", "more_body": True},
        {"type": "http.response.body", "body": b"b", "more_body": True},
        {"type": "http.response.body", "body": b""},
    ]


def served(**headers: bytes) -> tuple[int, bytes, dict[bytes, bytes]]:
    answer = file_answer(FILE, {name.replace("_", "-").encode(): value for name, value in headers.items()})
    return answer.status, answer.body, dict(answer.headers)


@pytest.mark.clause("M-OUTPUT-URL")
def test_a_whole_file() -> None:
    """200 with type, length, a strong tag and the promise of ranges."""
    assert served() == (
        200,
        CONTENT,
        {
            b"content-type": b"video/mp4",
            b"etag": TAG,
            b"accept-ranges": b"bytes",
            b"content-length": b"100",
        },
    )


@pytest.mark.clause("M-OUTPUT-URL", "H-RANGE")
@given(st.integers(0, 120), st.none() | st.integers(0, 120))
def test_a_range(first: int, last: int | None) -> None:
    """206 with just those bytes and `Content-Range`; 416 where it begins after the end; the whole for nonsense."""
    status, body, headers = served(range=b"bytes=%d-%b" % (first, b"" if last is None else b"%d" % last))
    if last is not None and last < first:
        assert (status, body) == (200, CONTENT)
    elif first >= 100:
        assert (status, body, headers[b"content-range"]) == (416, b"", b"bytes */100")
    else:
        end = 99 if last is None else min(last, 99)
        assert (status, body) == (206, CONTENT[first : end + 1])
        assert headers[b"content-range"] == b"bytes %d-%d/100" % (first, end)
        assert headers[b"content-length"] == b"%d" % len(body)


@pytest.mark.clause("M-OUTPUT-URL", "H-RANGE")
@pytest.mark.parametrize(
    ("spec", "status", "body"),
    [
        (b"bytes=-5", 206, CONTENT[-5:]),
        (b"bytes=-500", 206, CONTENT),
        (b"bytes=-0", 416, b""),
        (b" Bytes = 0 - 4 ", 206, CONTENT[:5]),
        (b"bytes=0-4,10-14", 200, CONTENT),
        (b"bytes=-", 200, CONTENT),
        (b"bytes=5", 200, CONTENT),
        (b"bytes=a-b", 200, CONTENT),
        (b"bytes=" + b"9" * 5000 + b"-", 200, CONTENT),
        (b"items=0-4", 200, CONTENT),
        (b"", 200, CONTENT),
    ],
)
def test_ranges_as_they_may_be_written(spec: bytes, status: int, body: bytes) -> None:
    """A suffix, spaces; what is no single range of bytes is answered with the whole file."""
    assert served(range=spec)[:2] == (status, body)


@pytest.mark.clause("M-OUTPUT-URL")
@pytest.mark.parametrize(
    ("given_tags", "status"),
    [
        (TAG, 304),
        (b"*", 304),
        (b' "other" , ' + TAG, 304),
        (b"W/" + TAG, 304),
        (b'"other"', 200),
        (b"", 200),
    ],
)
def test_if_none_match(given_tags: bytes, status: int) -> None:
    """304 without a body for a client that has the file already."""
    found = served(if_none_match=given_tags)
    assert found[0] == status
    assert found[2][b"etag"] == TAG
    assert found[1] == (b"" if status == 304 else CONTENT)


@pytest.mark.clause("M-OUTPUT-URL")
def test_if_range() -> None:
    """A range of a file that is another one by now is answered with the whole."""
    assert served(range=b"bytes=0-4", if_range=TAG)[:2] == (206, CONTENT[:5])
    assert served(range=b"bytes=0-4", if_range=b'"other"')[:2] == (200, CONTENT)


@pytest.mark.clause("M-OUTPUT-URL")
def test_head() -> None:
    """200 with the whole length and no bytes; a range means nothing to HEAD."""
    answer = file_answer(FILE, {b"range": b"bytes=0-4"}, is_head=True)
    assert (answer.status, answer.body, dict(answer.headers)[b"content-length"]) == (200, b"", b"100")
