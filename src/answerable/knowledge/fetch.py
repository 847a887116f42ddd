"""Fetches one public web address, and nothing else: no private networks, no metadata services, no endless bodies.

A name is resolved once, each address is judged, and the connection goes to exactly the address that was judged, so
that a name cannot change its mind in between. Every redirect is judged again.
"""

import asyncio
import ipaddress
import re
import socket
import zlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

from answerable.core.errors import InvalidRequest, UnreadableDocument
from answerable.knowledge.loaders.base.limits import Limits
from answerable.wire.http import Client, ConnectionFailed, Reply

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str], Awaitable[Sequence[str]]]

_MAX_REDIRECTS = 5
# IPv6 that carries an IPv4 address in its last 32 bits: NAT64 (RFC 6052), and the translations of RFC 2765 and 4291.
_CARRIERS: Final = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "::ffff:0:0:0/96", "::/96")))
# Global by the word of the standard library, and of nobody else: site-local, local NAT64, documentation, segment
# routing, relays of 6to4, and what IETF protocols use among themselves.
_RESERVED: Final = tuple(
    map(
        ipaddress.ip_network,
        ("fec0::/10", "64:ff9b:1::/48", "3fff::/20", "5f00::/16", "192.88.99.0/24", "192.0.0.0/24"),
    )
)
# Cloud metadata services; 100.100.100.200 and 192.0.0.192 are not "private" by the registries' word.
_METADATA: Final = frozenset(
    map(ipaddress.ip_address, ("169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16",
                               "fd00:ec2::254", "fd20:ce::254"))
)  # fmt: skip
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)
_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A body, decompressed; where it was found after redirects; and what it is (by its bytes, else as declared).

    `charset` is the server's word, `etag` and `modified` name this state of the page for asking again. `status` is 200,
    304 for a page that is as it was (no body), or anything where every status is wanted.
    """

    data: bytes
    final_url: str
    media_type: str
    charset: str = ""
    etag: str = ""
    modified: str = ""
    status: int = 200


async def anywhere(url: str) -> None:
    """Every public address may be visited."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How one address is fetched. `before` is asked for each address on the way, redirects too; what it raises ends it.

    `etag` and `modified` are of a copy that is there already. With `plainly` each status is a result, and a body that
    is too long is cut: robots.txt says something even then.
    """

    before: Callable[[str], Awaitable[None]] = anywhere
    etag: str = ""
    modified: str = ""
    plainly: bool = False


USUAL: Final = Terms()


def is_public(address: IpAddress) -> bool:
    """Whether an address may be fetched from: globally reachable, no metadata service, also inside IPv6 wrappings."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _unwrapped(address)
        if inner is not None:
            return is_public(inner)
    if any(address in network for network in _RESERVED) or address in _METADATA:
        return False
    return address.is_global and not address.is_multicast


def _unwrapped(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside a mapped, NAT64, 6to4 or Teredo one."""
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if any(address in network for network in _CARRIERS):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


async def resolve_by_system(host: str) -> Sequence[str]:
    """Addresses of a name, as the operating system gives them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Fetcher:
    """Fetches addresses under `limits`. `is_allowed` and `resolve` are there for tests and closed networks."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        is_allowed: Callable[[IpAddress], bool] = is_public,
        resolve: Resolve = resolve_by_system,
        user_agent: str = "Answerable/0.1 (document loader)",
    ) -> None:
        self._limits = limits or Limits()
        self._is_allowed = is_allowed
        self._resolve = resolve
        self._headers = {"User-Agent": user_agent, "Accept-Encoding": "gzip, deflate", "Accept": "*/*"}

    async def fetch(self, url: str, terms: Terms = USUAL) -> Fetched:
        """The body of `url`.

        Raises InvalidRequest for an address that may not be fetched, UnreadableDocument (not_found, too_large,
        too_slow, empty, corrupt) for one that cannot be, and what `terms.before` raises.
        """
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await self._follow(url, terms)
        except TimeoutError as error:
            raise UnreadableDocument(url, "too_slow", f"did not arrive within {self._limits.seconds:g} s") from error
        except (ConnectionFailed, ValueError) as error:
            raise UnreadableDocument(
                url, "not_found", "cannot be fetched: the server did not answer properly"
            ) from error

    async def _follow(self, url: str, terms: Terms) -> Fetched:
        current = url
        for _ in range(_MAX_REDIRECTS + 1):
            _check_form(current)
            await terms.before(current)
            addresses = await self._judge(urlsplit(current).hostname or "")
            client = Client(current, self._headers | _conditions(terms), addresses)
            try:
                reply = await client.get(self._limits.seconds)
                if reply.status in (301, 302, 303, 307, 308) and "location" in reply.headers:
                    current = urljoin(current, reply.headers["location"])
                    continue
                return await self._taken(reply, url, current, terms)
            finally:
                client.close()
        raise UnreadableDocument(url, "not_found", f"was redirected more than {_MAX_REDIRECTS} times")

    async def _taken(self, reply: Reply, url: str, current: str, terms: Terms) -> Fetched:
        """The reply at the end of the redirects."""
        is_same = reply.status == 304 and bool(terms.etag or terms.modified)
        if reply.status != 200 and not is_same and not terms.plainly:
            raise UnreadableDocument(url, "not_found", f"cannot be fetched: the server said {reply.status}")
        data = b"" if is_same else await self._body(reply, url, cut=terms.plainly)
        if not data and not is_same and not terms.plainly:
            raise UnreadableDocument(url, "empty", "is empty (0 bytes)")
        found = _CHARSET.search(reply.headers.get("content-type", ""))
        return Fetched(
            data,
            current,
            sniff(data, reply.content_type),
            found[1].lower() if found else "",
            reply.headers.get("etag", "")[:300],
            reply.headers.get("last-modified", "")[:300],
            reply.status,
        )

    async def _judge(self, host: str) -> list[str]:
        """Addresses of `host`, the only ones a connection may go to. One forbidden among them condemns the name."""
        if (literal := _literal(host)) is not None:
            self._check(literal, host)
            return [str(literal)]
        try:
            addresses = list(await self._resolve(host))
        except (OSError, UnicodeError) as error:
            raise UnreadableDocument(host, "not_found", "has no address; check the name") from error
        for address in addresses:
            self._check(ipaddress.ip_address(address.split("%")[0]), host)
        return addresses

    def _check(self, address: IpAddress, host: str) -> None:
        if not self._is_allowed(address):
            raise InvalidRequest(f"'{host}' is not a public address; only public pages can be added", param="source")

    async def _body(self, reply: Reply, url: str, *, cut: bool) -> bytes:
        """The body, decompressed piece by piece, so that a bomb never unfolds; what arrives is bounded too."""
        coding = reply.headers.get("content-encoding", "identity").strip().lower()
        if coding not in ("identity", "", *_WINDOWS):
            raise UnreadableDocument(url, "unsupported", f"comes in an unknown encoding ('{coding[:40]}')")
        unpack = zlib.decompressobj(_WINDOWS[coding]) if coding in _WINDOWS else None
        limit = self._limits.size_bytes
        body, arrived = bytearray(), 0
        while piece := await reply.readany():
            arrived += len(piece)
            if unpack is None:
                body += piece
            else:
                try:
                    body += unpack.decompress(piece, limit + 1 - len(body))
                except zlib.error as error:
                    raise UnreadableDocument(url, "corrupt", "arrived damaged (bad compression)") from error
            if max(len(body), arrived) > limit:
                if cut:
                    return bytes(body[:limit])
                raise UnreadableDocument(url, "too_large", f"is larger than {limit:,} bytes")
            if unpack is not None and unpack.eof:
                return bytes(body)  # what follows belongs to nothing
        if unpack is not None and body and not unpack.eof:
            raise UnreadableDocument(url, "corrupt", "arrived incomplete")
        return bytes(body)


def _conditions(terms: Terms) -> dict[str, str]:
    found = {"If-None-Match": terms.etag, "If-Modified-Since": terms.modified}
    return {name: value for name, value in found.items() if value}


def _check_form(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidRequest(f"'{url[:200]}' is not a web address", param="source") from error
    if parts.scheme not in ("http", "https"):
        raise InvalidRequest(f"'{parts.scheme}' addresses cannot be fetched, only http and https", param="source")
    if parts.username is not None or parts.password is not None:
        raise InvalidRequest("an address with a user name or password in it cannot be fetched", param="source")
    if not host:
        raise InvalidRequest(f"'{url[:200]}' names no host", param="source")


def _literal(host: str) -> IpAddress | None:
    """The address a host is written as, also in the old spellings (`127.1`, `0x7f000001`) that connect all the same."""
    try:
        return ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        pass
    if not host or not all(part and part[0].isdigit() for part in host.rstrip(".").split(".")):
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host.rstrip(".")))
    except OSError:
        return None


def sniff(data: bytes, declared: str) -> str:
    """The media type by magic bytes where they are plain, else as declared (servers often mislabel PDF files)."""
    head = data[:1024].lstrip()
    if b"%PDF-" in data[:1024]:
        return "application/pdf"
    if head[:15].lower().startswith((b"<!doctype html", b"<html")):
        return "text/html"
    if head.startswith(b"{\\rtf"):
        return "application/rtf"
    return declared or "application/octet-stream"


async def fetch(url: str, limits: Limits | None = None) -> Fetched:
    """The body of a public address; see Fetcher."""
    return await Fetcher(limits).fetch(url)
