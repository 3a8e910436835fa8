"""HTTP as bytes on a real socket, for what no client library would send."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

PATIENCE_S = 10.0


@contextmanager
def connected(base_url: str) -> Iterator[socket.socket]:
    """A connection to the server; reads fail after `PATIENCE_S`."""
    parts = urlsplit(base_url)
    assert parts.hostname is not None
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=PATIENCE_S) as connection:
        yield connection


def until(connection: socket.socket, end: bytes) -> bytes:
    """What comes, up to and with `end`; an error if the connection ends before."""
    got = b""
    while end not in got:
        part = connection.recv(65536)
        assert part, got
        got += part
    return got


def rest(connection: socket.socket) -> bytes:
    """Everything that comes until the server closes the connection."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def head(method: str, path: str, *headers: str) -> bytes:
    """The head of a request."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: test", *headers, "", ""]).encode("latin-1")


def status(answer: bytes) -> int:
    """The status of the first answer."""
    return int(answer.split(b" ", 2)[1])
