"""Foreign media really fetched (`--media fetch`), from allowed hosts and public addresses only.

A name is resolved once and the connection goes to the very address that was checked, so a second answer of the DNS
cannot lead elsewhere; a redirect is a new URL and passes every check again. Proxies of the environment, cookies and
credentials play no part.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from urllib.parse import quote, urljoin, urlsplit

from mockserver.media import addresses
from mockserver.media.response import Response, read_response
from mockserver.records import Kind

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of (host, port); raises `OSError` where there are none."""

MAX_ADDRESSES = 4
NOT_LISTED = "on the list of hosts that may be fetched from"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_URL_SAFE = "%/:=&?~+!$,;'@()*[]"


@dataclass(frozen=True, slots=True)
class FetchPolicy:
    """What may be fetched. A host pattern is `host[:port]`; `*` in it stands for anything, no port for any port."""

    allow_hosts: tuple[str, ...] = ()
    allow_private: bool = False
    timeout_s: float = 10.0
    max_bytes: int = 100 * 1024 * 1024
    max_redirects: int = 5


@dataclass(frozen=True, slots=True)
class Fetched:
    """The body of a 200 answer and its media type, in lower case, without parameters."""

    data: bytes
    content_type: str


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses the system knows for the host."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


@dataclass(frozen=True, slots=True)
class Network:
    """How names become addresses, which of them are open to all, and whom to trust: the system's, unless handed in."""

    resolve: Resolve = resolve
    is_public: Callable[[str], bool] = addresses.is_public
    tls: ssl.SSLContext | None = None


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class _Target:
    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


async def fetch(
    url: str,
    policy: FetchPolicy,
    kind: Kind,
    network: Network | None = None,
) -> Fetched | str:
    """The body behind `url`, or a short reason why there is none; `policy.timeout_s` covers everything."""
    try:
        async with asyncio.timeout(policy.timeout_s):
            return await _follow(url, policy, kind, network or Network())
    except TimeoutError:
        return f"it could not be fetched within {policy.timeout_s:g} s"


async def _follow(url: str, policy: FetchPolicy, kind: Kind, network: Network) -> Fetched | str:
    for _ in range(policy.max_redirects + 1):
        target = _target(url, policy)
        if isinstance(target, str):
            return target
        checked = await _addresses(target, policy, network)
        if isinstance(checked, str):
            return checked
        response = await _get(target, checked, policy, kind, network)
        if isinstance(response, str):
            return response
        if response.status in _REDIRECTS and response.location:
            try:
                url = urljoin(url, response.location)
            except ValueError:
                return "its host redirects to a URL that cannot be read"
            continue
        if response.status != 200:
            return f"its host answered {response.status}"
        return Fetched(response.body, response.content_type)
    return f"it was redirected more than {policy.max_redirects} times"


def _target(url: str, policy: FetchPolicy) -> _Target | str:
    """Where the URL leads, if the policy allows its host."""
    if any(character <= " " or character == "\x7f" for character in url):
        return "the URL holds a space or a control character"
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode() if ":" not in (parts.hostname or "") else parts.hostname
    except ValueError:
        return "the URL cannot be read"
    if parts.scheme not in _DEFAULT_PORTS or not host:
        return "it is no http or https URL"
    if parts.username is not None or parts.password is not None:
        return "the URL holds credentials"
    target = _Target(parts.scheme, host, port or _DEFAULT_PORTS[parts.scheme], _path(parts.path, parts.query))
    if not any(_matches(target, pattern) for pattern in policy.allow_hosts):
        return f"the host {target.host} is not {NOT_LISTED}"
    return target


def _path(path: str, query: str) -> str:
    return quote(path or "/", safe=_URL_SAFE) + (f"?{quote(query, safe=_URL_SAFE)}" if query else "")


def _matches(target: _Target, pattern: str) -> bool:
    host, colon, port = pattern.lower().rpartition(":")
    if not (colon and (port.isdigit() or port == "*")) or (":" in host and not host.endswith("]")):
        host, port = pattern.lower(), "*"
    return fnmatchcase(target.host, host.strip("[]")) and port in ("*", str(target.port))


async def _addresses(target: _Target, policy: FetchPolicy, network: Network) -> Sequence[str] | str:
    """Every address of the host, if all may be connected to: one that may not speaks against the name as a whole."""
    try:
        found = await network.resolve(target.host, target.port)
    except (OSError, UnicodeError):
        return f"the host {target.host} is not known"
    if not policy.allow_private and not all(map(network.is_public, found)):
        return f"the host {target.host} has an address that is not public"
    return found[:MAX_ADDRESSES] or f"the host {target.host} is not known"


async def _get(
    target: _Target, checked: Sequence[str], policy: FetchPolicy, kind: Kind, network: Network
) -> Response | str:
    secure = (network.tls or _tls()) if target.scheme == "https" else None
    for address in checked:
        try:
            async with asyncio.timeout(policy.timeout_s / len(checked)):
                reader, writer = await asyncio.open_connection(
                    address, target.port, ssl=secure, server_hostname=target.host if secure else None
                )
        except OSError:
            continue
        try:
            writer.write(
                f"GET {target.path} HTTP/1.1\r\nHost: {target.authority}\r\nAccept: {kind}/*, */*;q=0.1\r\n"
                "Accept-Encoding: identity\r\nUser-Agent: mindvideo-mock\r\nConnection: close\r\n\r\n".encode()
            )
            return await read_response(reader, policy.max_bytes)
        except OSError:
            return "the connection broke off"
        finally:
            writer.transport.abort()
    return f"the host {target.host} cannot be reached"
