"""Where a server listens: sockets that listen from the start, so that a client who comes early waits its turn."""

import errno
import socket
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Any, Literal

from mockserver.loopback import origin
from mockserver.settings import Settings

BACKLOG = 1024
ABSENT = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})


Use = Literal["alone", "shared", "kept"]
"""A port is one listener's, or shared by processes of which each gets a part of the connections (on Linux an even one);
or kept for those, and nobody listens."""


def bind(host: str, port: int, use: Use = "alone") -> list[socket.socket]:
    """One socket for each address of the host, all on one port; for port 0 on a free one.

    Raises:
        OSError: if the host is unknown, or the port taken or forbidden.
    """
    bound: list[socket.socket] = []
    missing: OSError | None = None
    for family, kind, protocol, _, address in _addresses(host, port):
        try:
            bound.append(_bound(family, kind, protocol, (address[0], port, *address[2:]), use))
        except OSError as error:
            if error.errno not in ABSENT:
                close(bound)
                raise
            missing = error
            continue
        port = port_of(bound)
    if not bound:
        assert missing is not None
        raise missing
    return bound


def _addresses(host: str, port: int) -> list[Any]:
    """What the name stands for, each address once."""
    try:
        found: list[Any] = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except UnicodeError as error:  # a label that is empty or too long
        raise OSError(errno.EINVAL, "this is no host name") from error
    return list(dict.fromkeys(found))


def _bound(family: int, kind: int, protocol: int, address: Any, use: Use) -> socket.socket:
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if use != "alone":
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
        if use != "kept":
            made.listen(BACKLOG)
    except OSError:
        made.close()
        raise
    return made


def port_of(bound: list[socket.socket]) -> int:
    """The port they share."""
    port: int = bound[0].getsockname()[1]
    return port


def close(bound: list[socket.socket]) -> None:
    """Let go of all of them."""
    for each in bound:
        each.close()


@dataclass(frozen=True, slots=True)
class Bound:
    """Ports that are taken, and the settings with their numbers. `more` are origins beside the main one (the public API
    alone answers there)."""

    settings: Settings
    main: list[socket.socket]
    output: list[socket.socket]
    more: tuple[list[socket.socket], ...] = ()
    use: Use = "alone"

    @property
    def base_url(self) -> str:
        return origin(self.settings.host, self.settings.port)

    @property
    def output_url(self) -> str | None:
        port = self.settings.output_port
        return None if port is None else origin(self.settings.host, port)

    @property
    def is_local(self) -> bool:
        """Whether nobody outside this machine can connect."""
        return all(ip_address(each.getsockname()[0].partition("%")[0]).is_loopback for each in self.main)

    def close(self) -> None:
        """Let go of the ports."""
        for listening in (self.main, self.output, *self.more):
            close(listening)


def take(settings: Settings, use: Use = "alone") -> Bound:
    """Take the ports; 0 becomes a free one.

    Raises:
        OSError: if one cannot be had; none is taken then.
    """
    main = bind(settings.host, settings.port, use)
    settings = replace(settings, port=port_of(main))
    if settings.output_port is None:
        return Bound(settings, main, [], use=use)
    try:
        output = bind(settings.host, settings.output_port, use)
    except OSError:
        close(main)
        raise
    return Bound(replace(settings, output_port=port_of(output)), main, output, use=use)
