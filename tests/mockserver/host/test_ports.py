"""Ports are taken before anything else happens, or an error says why not."""

import errno
import socket

import pytest

from mockserver.host import ports
from mockserver.settings import Settings


def loopbacks() -> int:
    """How many addresses `localhost` has that this machine can listen on."""
    return len({address[4][0] for address in socket.getaddrinfo("localhost", 0, type=socket.SOCK_STREAM)})


def test_free_port() -> None:
    """Port 0 becomes a free one, in the settings too; a client that comes at once waits instead of being refused."""
    bound = ports.take(Settings(port=0, output_port=0))
    try:
        main, output = bound.settings.port, bound.settings.output_port
        assert len({0, main, output}) == 3
        assert bound.base_url == f"http://127.0.0.1:{main}"
        assert bound.output_url == f"http://127.0.0.1:{output}"
        assert bound.is_local
        socket.create_connection(("127.0.0.1", main)).close()
    finally:
        bound.close()


def test_every_address_of_a_name() -> None:
    """A name stands for all its addresses, which share one port."""
    bound = ports.bind("localhost", 0)
    try:
        assert {each.getsockname()[1] for each in bound} == {ports.port_of(bound)}
        assert 1 <= len(bound) <= loopbacks()
    finally:
        ports.close(bound)


def on_ipv6(host: str) -> ports.Bound | None:
    """The ports, or None on a machine without IPv6."""
    try:
        return ports.take(Settings(host=host, port=0))
    except OSError as error:
        if error.errno not in ports.ABSENT:
            raise
        return None


def test_ipv6() -> None:
    """An IPv6 address is listened on where the machine has any, and its URL has brackets; `::` is not loopback."""
    for host, is_local in (("::1", True), ("::", False)):
        bound = on_ipv6(host)
        if bound is not None:
            assert bound.base_url == f"http://[::1]:{bound.settings.port}"
            assert bound.is_local is is_local
            bound.close()


@pytest.mark.parametrize("host", ["0.0.0.0", ""])
def test_wildcard(host: str) -> None:
    """A wildcard is not loopback, and has no listener for output files unless one is asked for."""
    bound = ports.take(Settings(host=host, port=0))
    try:
        assert not bound.is_local
        assert bound.output_url is None
    finally:
        bound.close()


def test_port_in_use() -> None:
    """A taken port is an error, and leaves nothing taken, whichever of the two it is."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        for settings in (Settings(port=taken), Settings(port=0, output_port=taken)):
            with pytest.raises(OSError, match="in use") as refused:
                ports.take(settings)
            assert refused.value.errno == errno.EADDRINUSE


def test_absent_addresses() -> None:
    """A host none of whose addresses is this machine's is an error."""
    with pytest.raises(OSError, match="assign requested address"):
        ports.bind("203.0.113.1", 0)


def test_unknown_host() -> None:
    """So is a host that has no address at all."""
    with pytest.raises(OSError, match=r"not known|resolution|No address"):
        ports.bind("no host", 0)
    with pytest.raises(OSError, match="no host name"):
        ports.bind(f"{'a' * 70}.example", 0)
