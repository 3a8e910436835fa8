"""The guard on addresses."""

import pytest

from mockserver.media import addresses

GUARDED = [
    "127.0.0.1",
    "10.0.0.1",
    "172.16.5.4",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "198.18.0.1",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::10.0.0.1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "fe80::1%lo",
    "fec0::1",
    "fc00::1",
    "ff02::1",
    "2001:db8::1",
]


@pytest.mark.parametrize("address", GUARDED)
@pytest.mark.clause("M-FETCH")
def test_guarded(address: str) -> None:
    """Loopback, private, link-local, shared, reserved, multicast and unspecified addresses, however wrapped."""
    assert not addresses.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:2800:21f:cb07::1", "64:ff9b::8.8.8.8"])
@pytest.mark.clause("M-FETCH")
def test_public(address: str) -> None:
    """Addresses that everybody can reach are open."""
    assert addresses.is_public(address)
