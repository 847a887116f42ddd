"""Who is at the other end of a connection: the peer, or what proxies that are trusted say of it. Nobody is trusted
unless a setting says so, and of the two headers that tell it only one is read: the other could be the client's own.
"""

import ipaddress
from dataclasses import dataclass
from typing import Final, Literal

from starlette.types import Scope

from answerable.core.errors import SetupError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Networks = tuple[Network, ...]
Header = Literal["x-forwarded-for", "forwarded"]

_FORWARDED_PROTO: Final = b"x-forwarded-proto"
_MOST_HOPS = 20


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies before this server, and the header in which they append the address of whom they serve."""

    trusted: Networks = ()
    header: Header = "x-forwarded-for"


def parse_networks(text: str) -> Networks:
    """Addresses and networks, separated by commas. Raises SetupError for what is neither."""
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise SetupError(f"trusted proxies are addresses or networks such as 10.0.0.0/8: {error}") from error


def client_address(scope: Scope, proxies: Proxies) -> str:
    """The client's address, "" when it is not known. Read from the right while the hops are trusted: what stands to the
    left of the first stranger is the stranger's own claim.
    """
    peer = scope.get("client")
    address = str(peer[0]) if peer else ""
    if not proxies.trusted or not _is_trusted(_parse(address), proxies.trusted):
        return address
    for hop in reversed(_hops(scope, proxies.header)[-_MOST_HOPS:]):
        found = _parse(hop)
        if found is None:
            return address
        address = str(found)
        if not _is_trusted(found, proxies.trusted):
            return address
    return address


def is_https(scope: Scope, proxies: Proxies) -> bool:
    """Whether the client speaks TLS: to this server, or to a trusted proxy that says so."""
    if scope["scheme"] == "https":
        return True
    peer = scope.get("client")
    if not peer or not _is_trusted(_parse(str(peer[0])), proxies.trusted):
        return False
    told = [value for name, value in scope["headers"] if name == _FORWARDED_PROTO]
    return bool(told) and told[-1].rpartition(b",")[2].strip().lower() == b"https"


def _hops(scope: Scope, header: Header) -> list[str]:
    wanted = header.encode()
    parts = [
        part.strip()
        for name, value in scope["headers"]
        if name == wanted
        for part in value.decode("latin-1").split(",")
    ]
    if header == "x-forwarded-for":
        return parts
    return [_for(part) for part in parts]


def _for(element: str) -> str:
    """The `for` of one element of RFC 7239's header."""
    for pair in element.split(";"):
        name, _, value = pair.partition("=")
        if name.strip().lower() == "for":
            return value.strip().strip('"')
    return ""


def _parse(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address, also as `1.2.3.4:80`, `[::1]` and `[::1]:80`; an IPv4 address inside an IPv6 one is the IPv4 one."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def _is_trusted(address: ipaddress.IPv4Address | ipaddress.IPv6Address | None, trusted: Networks) -> bool:
    return address is not None and any(address in network for network in trusted)
