"""Fetching foreign media, against a server on the loopback."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from mockserver import clock
from mockserver.media import fetch
from mockserver.media.fetch import Fetched, FetchPolicy, Network

OPEN = FetchPolicy(allow_hosts=("*",), allow_private=True)
GUARDED = FetchPolicy(allow_hosts=("*",))
PEM = Path(__file__).with_name("localhost.pem")

Answer = Callable[[asyncio.StreamWriter], Coroutine[None, None, None]]


@dataclass(frozen=True, slots=True)
class Origin:
    """A server that answers each path with given bytes, and what it was asked."""

    port: int
    answers: dict[str, bytes | Answer]
    requests: list[str] = field(default_factory=list)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


@asynccontextmanager
async def origin(answers: dict[str, bytes | Answer], tls: ssl.SSLContext | None = None) -> AsyncIterator[Origin]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        given = answers[asked[-1].split()[1]]
        with suppress(ConnectionError):
            await (plain(given) if isinstance(given, bytes) else given)(writer)
            writer.close()
            await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answering.append(asyncio.create_task(answer(reader, writer)))

    asked: list[str] = []
    answering: list[asyncio.Task[None]] = []
    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield Origin(server.sockets[0].getsockname()[1], answers, asked)
        await asyncio.gather(*answering)


def plain(given: bytes) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(given)

    return answer


def found(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def moved(to: str) -> bytes:
    return found(b"", f"Location: {to}", status="302 Found")


def hosts(names: Mapping[str, Sequence[str]]) -> fetch.Resolve:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return names[host]

    return resolve


@pytest.mark.clause("M-FETCH")
async def test_bodies() -> None:
    """The body arrives whole in each way HTTP marks its end; the media type comes bare and in lower case."""
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    answers: dict[str, bytes | Answer] = {
        "/length": found(b"abcde", "Content-Type: Video/MP4; codecs=x"),
        "/chunked": chunked,
        "/close": b"HTTP/1.0 200 OK\r\n\r\nabcde",
        "/hints": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + found(b"abcde"),
    }
    async with origin(answers) as server:
        assert await fetch.fetch(server.url("/length"), OPEN, "video") == Fetched(b"abcde", "video/mp4")
        for path in ("/chunked", "/close", "/hints"):
            assert await fetch.fetch(server.url(path), OPEN, "image") == Fetched(b"abcde", ""), path


@pytest.mark.clause("M-FETCH")
async def test_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """The request names host and kind, carries no credentials, is encoded, and passes no proxy of the environment."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    async with origin({"/a%20%E4%BA%BA?q=%E8%88%9E&r=1": found(b"x")}) as server:
        url = server.url("/a%20\u4eba?q=\u821e&r=1#part", "LOCALHOST")
        assert await fetch.fetch(url, OPEN, "image") == Fetched(b"x", "")
    request = server.requests[0].lower()
    assert f"host: localhost:{server.port}\r\n" in request
    assert "accept: image/*" in request
    assert "authorization" not in request
    assert "cookie" not in request


@pytest.mark.clause("M-FETCH")
async def test_redirects() -> None:
    """Redirects are followed, relative ones too, five of them and no more."""
    chain: dict[str, bytes | Answer] = {f"/{number}": moved(f"{number + 1}") for number in range(6)}
    async with origin({**chain, "/6": found(b"x")}) as server:
        assert await fetch.fetch(server.url("/1"), OPEN, "image") == Fetched(b"x", "")
        assert await fetch.fetch(server.url("/0"), OPEN, "image") == "it was redirected more than 5 times"


@pytest.mark.parametrize("to", ["http://evil.example/", "http://inner.example/", "file:///etc/hostname", "//[bad"])
@pytest.mark.clause("M-FETCH")
async def test_redirects_are_checked(to: str) -> None:
    """A redirect to a host that is not allowed, to a guarded address, or to no http URL, is not followed."""
    policy = FetchPolicy(allow_hosts=("first.example", "inner.example"))
    names = {"first.example": ["127.0.0.1"], "inner.example": ["127.0.0.2"]}
    network = Network(hosts(names), is_public=lambda address: address == "127.0.0.1")
    async with origin({"/": moved(to)}) as server:
        answer = await fetch.fetch(server.url("/", "first.example"), policy, "image", network)
    assert isinstance(answer, str)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://2130706433/", "http://0x7f.1/", "http://0/"],
)
@pytest.mark.clause("M-FETCH")
async def test_loopback_is_guarded(url: str) -> None:
    """The loopback is not reached under any of its names; nothing is sent."""
    answer = await fetch.fetch(url, GUARDED, "image")
    assert isinstance(answer, str)
    assert answer.endswith(("an address that is not public", "is not known"))


@pytest.mark.clause("M-FETCH")
async def test_one_guarded_address_is_enough() -> None:
    """A name with a public and a private address is refused."""
    network = Network(hosts({"mixed.example": ["93.184.215.14", "10.0.0.1"]}))
    answer = await fetch.fetch("http://mixed.example/", GUARDED, "image", network)
    assert answer == "the host mixed.example has an address that is not public"


@pytest.mark.clause("M-FETCH")
async def test_resolved_once() -> None:
    """The connection goes to the address that was checked: the name is asked for once, a later answer is not heard."""
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])

    async def resolve(host: str, port: int) -> Sequence[str]:
        return next(answers)

    network = Network(resolve, is_public=lambda address: address == "127.0.0.1")
    async with origin({"/": found(b"x")}) as server:
        answer = await fetch.fetch(server.url("/", "rebinding.example"), GUARDED, "image", network)
    assert answer == Fetched(b"x", "")
    assert next(answers) == ["127.0.0.2"]


@pytest.mark.clause("M-FETCH")
async def test_next_address() -> None:
    """Where one address of a host does not answer, the next is tried."""
    async with origin({"/": found(b"x")}) as server:
        network = Network(hosts({"two.example": ["127.0.0.9", "127.0.0.1"]}))
        assert await fetch.fetch(server.url("/", "two.example"), OPEN, "image", network) == Fetched(b"x", "")
        silent = Network(hosts({"one.example": ["127.0.0.9"]}))
        answer = await fetch.fetch(server.url("/", "one.example"), OPEN, "image", silent)
    assert answer == "the host one.example cannot be reached"


@pytest.mark.parametrize(
    ("patterns", "is_allowed"),
    [
        ((), False),
        (("*",), True),
        (("media.example",), True),
        (("MEDIA.example:8080",), True),
        (("media.example:*",), True),
        (("*.example", "nothing"), True),
        (("media.example:80",), False),
        (("example",), False),
        (("a.media.example",), False),
    ],
)
@pytest.mark.clause("M-FETCH")
async def test_host_patterns(patterns: tuple[str, ...], is_allowed: bool) -> None:
    """Only hosts on the list are asked for; a pattern may name a port and hold a star."""
    policy = replace(OPEN, allow_hosts=patterns)
    answer = await fetch.fetch("http://media.example:8080/", policy, "image", Network(hosts({"media.example": []})))
    assert answer == f"the host media.example is not {'known' if is_allowed else fetch.NOT_LISTED}"


@pytest.mark.parametrize("pattern", ["[::1]", "[::1]:9", "::1"])
@pytest.mark.clause("M-FETCH")
async def test_pattern_of_an_address(pattern: str) -> None:
    """An IPv6 address can be on the list, with brackets or without."""
    policy = FetchPolicy((pattern,), allow_private=True)
    answer = await fetch.fetch("http://[::1]:9/", policy, "image")
    assert answer == "the host ::1 cannot be reached"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.com/a", "no http or https URL"),
        ("http:///a", "no http or https URL"),
        ("http://user@example.com/", "credentials"),
        ("http://:secret@example.com/", "credentials"),
        ("http://example.com/a b", "a space or a control character"),
        ("http://example.com/\r\nHost: x", "a space or a control character"),
        ("http://example.com:99999/", "cannot be read"),
        ("http://[example/", "cannot be read"),
        (f"http://{'a' * 64}.example/", "cannot be read"),
        ("http://unknown.invalid/", "is not known"),
    ],
)
@pytest.mark.clause("M-FETCH")
async def test_refused_urls(url: str, reason: str) -> None:
    """What is no plain http(s) URL of a known host is refused, and the reason does not repeat credentials."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        raise OSError("no such host")

    answer = await fetch.fetch(url, OPEN, "image", Network(resolve))
    assert isinstance(answer, str)
    assert reason in answer
    assert "secret" not in answer


async def drip(writer: asyncio.StreamWriter) -> None:
    """One byte at a time, without an end."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await clock.sleep(0.01)


async def reset(writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.write(found(b"x" * 10)[:-3])
    await writer.drain()
    writer.transport.abort()


BAD_ANSWERS: dict[str, tuple[bytes | Answer, str]] = {
    "not found": (found(b"", status="404 Not Found"), "its host answered 404"),
    "redirect to nowhere": (found(b"", status="302 Found"), "its host answered 302"),
    "no HTTP": (b"SSH-2.0-x\r\n\r\n", "its host did not answer in HTTP"),
    "nothing": (b"", "the connection broke off"),
    "cut off head": (b"HTTP/1.1 200 OK\r\nContent-", "the connection broke off"),
    "cut off body": (found(b"abcde")[:-1], "the connection broke off"),
    "cut off chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "the connection broke off"),
    "reset": (reset, "the connection broke off"),
    "packed": (found(b"x", "Content-Encoding: gzip"), "its host sent it compressed (gzip)"),
    "long head": (b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 20_000, "its host answered with too many headers"),
    "declared too large": (b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", "it has over 1000 bytes"),
    "too large": (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1001, "it has over 1000 bytes"),
    "never ending": (drip, "it could not be fetched within 0.3 s"),
}


@pytest.mark.parametrize(("given", "reason"), BAD_ANSWERS.values(), ids=BAD_ANSWERS.keys())
@pytest.mark.clause("M-FETCH")
async def test_bad_answers(given: bytes | Answer, reason: str) -> None:
    """Answers that are no file, too large, too slow or broken off are refused, each with its reason."""
    policy = replace(OPEN, max_bytes=1000, timeout_s=0.3 if given is drip else 10.0)
    async with origin({"/": given}) as server:
        assert await fetch.fetch(server.url("/"), policy, "image") == reason


@pytest.mark.clause("M-FETCH")
async def test_tls() -> None:
    """Over TLS the certificate must be that of the host and trusted."""
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    served.load_cert_chain(PEM)
    trusting = Network(tls=ssl.create_default_context(cafile=str(PEM)))
    async with origin({"/": found(b"x")}, served) as server:
        url = server.url("/", "localhost").replace("http:", "https:")
        assert await fetch.fetch(url, OPEN, "image", trusting) == Fetched(b"x", "")
        assert await fetch.fetch(url, OPEN, "image") == "the host localhost cannot be reached"
        other = url.replace("localhost", "127.0.0.1")
        assert await fetch.fetch(other, OPEN, "image", trusting) == "the host 127.0.0.1 cannot be reached"
