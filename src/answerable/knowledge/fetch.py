"""Fetches one public web address, and nothing else: no private networks, no metadata services, no endless bodies.

A name is resolved once, each address is judged, and the connection goes to exactly the address that was judged, so
that a name cannot change its mind in between. Every redirect is judged again.
"""

import asyncio
import ipaddress
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
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
# Cloud metadata services; 100.100.100.200 and 192.0.0.192 are not "private" by the registries' word.
_METADATA: Final = frozenset(
    map(ipaddress.ip_address, ("169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16",
                               "fd00:ec2::254", "fd20:ce::254"))
)  # fmt: skip
_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A body, decompressed; where it was found after redirects; and what it is (by its bytes, else as declared)."""

    data: bytes
    final_url: str
    media_type: str


def is_public(address: IpAddress) -> bool:
    """Whether an address may be fetched from: globally reachable, no metadata service, also inside IPv6 wrappings."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _unwrapped(address)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast and address not in _METADATA


def _unwrapped(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside a mapped, NAT64, 6to4 or Teredo one."""
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if any(address in network for network in _NAT64) or int(address) >> 32 == 0:
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

    async def fetch(self, url: str) -> Fetched:
        """The body of `url`.

        Raises InvalidRequest for an address that may not be fetched, UnreadableDocument (not_found, too_large,
        too_slow, empty, corrupt) for one that cannot be.
        """
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await self._follow(url)
        except TimeoutError as error:
            raise UnreadableDocument(url, "too_slow", f"did not arrive within {self._limits.seconds:g} s") from error
        except (ConnectionFailed, ValueError) as error:
            raise UnreadableDocument(
                url, "not_found", "cannot be fetched: the server did not answer properly"
            ) from error

    async def _follow(self, url: str) -> Fetched:
        current = url
        for _ in range(_MAX_REDIRECTS + 1):
            _check_form(current)
            client = Client(current, self._headers, await self._judge(urlsplit(current).hostname or ""))
            try:
                reply = await client.get(self._limits.seconds)
                if reply.status in (301, 302, 303, 307, 308) and "location" in reply.headers:
                    current = urljoin(current, reply.headers["location"])
                    continue
                if reply.status != 200:
                    raise UnreadableDocument(url, "not_found", f"cannot be fetched: the server said {reply.status}")
                data = await self._body(reply, url)
            finally:
                client.close()
            if not data:
                raise UnreadableDocument(url, "empty", "is empty (0 bytes)")
            return Fetched(data, current, sniff(data, reply.content_type))
        raise UnreadableDocument(url, "not_found", f"was redirected more than {_MAX_REDIRECTS} times")

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

    async def _body(self, reply: Reply, url: str) -> bytes:
        """The body, decompressed piece by piece, so that a bomb never unfolds."""
        coding = reply.headers.get("content-encoding", "identity").strip().lower()
        if coding not in ("identity", "", *_WINDOWS):
            raise UnreadableDocument(url, "unsupported", f"comes in an unknown encoding ('{coding}')")
        unpack = zlib.decompressobj(_WINDOWS[coding]) if coding in _WINDOWS else None
        limit = self._limits.size_bytes
        body = bytearray()
        while piece := await reply.readany():
            if unpack is None:
                body += piece
            else:
                try:
                    body += unpack.decompress(piece, limit + 1 - len(body))
                except zlib.error as error:
                    raise UnreadableDocument(url, "corrupt", "arrived damaged (bad compression)") from error
            if len(body) > limit:
                raise UnreadableDocument(url, "too_large", f"is larger than {limit:,} bytes")
        if unpack is not None and body and not unpack.eof:
            raise UnreadableDocument(url, "corrupt", "arrived incomplete")
        return bytes(body)


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
