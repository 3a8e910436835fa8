"""Which addresses a fetch may connect to: public ones, however an inner one is wrapped."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")


def is_public(text: str) -> bool:
    """Whether the address, and any IPv4 address it carries inside, is reachable by everybody on the internet.

    Mapped IPv4 addresses (`::ffff:…`) never are: nobody publishes them.
    """
    address = ip_address(text)
    return all(map(_is_open, (address, *_carried(address))))


def _is_open(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and (address.is_site_local or address.ipv4_mapped is not None):
        return False
    return address.is_global and not address.is_multicast


def _carried(address: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses inside an IPv6 one: compatible, translated (NAT64), 6to4, Teredo."""
    if isinstance(address, IPv4Address):
        return []
    carried = [address.sixtofour, *(address.teredo or ())]
    if address in _NAT64 or address in _COMPATIBLE:
        carried.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [each for each in carried if each is not None]
