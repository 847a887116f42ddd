"""What may be fetched, what may not, and that the connection goes where the judgement went."""

import asyncio
import contextlib
import gzip
import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest
from aiohttp import web

from answerable.core.errors import Forbidden, InvalidRequest, UnreadableDocument
from answerable.knowledge.fetch import Fetcher, Terms, is_public, sniff
from answerable.knowledge.loaders.base.limits import Limits

Serve = Callable[[Callable[[web.Request], Awaitable[web.StreamResponse]]], Awaitable[int]]
LOOPBACK = ipaddress.ip_address("127.0.0.1")


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    runners: list[web.ServerRunner] = []

    async def start(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> int:
        runner = web.ServerRunner(web.Server(handler))  # type: ignore[arg-type]
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        runners.append(runner)
        return int(runner.addresses[0][1])

    yield start
    for runner in runners:
        await runner.cleanup()


def names(table: dict[str, str]) -> Callable[[str], Awaitable[Sequence[str]]]:
    async def resolve(host: str) -> Sequence[str]:
        return [table[host]]

    return resolve


def local(limits: Limits | None = None) -> Fetcher:
    """A fetcher that may reach this machine, under the name `site.test`."""
    allowed = names({"site.test": "127.0.0.1", "inside.test": "10.0.0.7"})
    return Fetcher(limits, is_allowed=lambda ip: ip == LOOPBACK, resolve=allowed)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "100.100.100.200", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "168.63.129.16", "192.0.0.192", "::1", "::", "fe80::1", "fc00::1",
        "fd00:ec2::254",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::", "ff02::1",
        "::127.0.0.1",
    ],
)  # fmt: skip
def test_address_inside_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_address_outside_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f000001/", "http://[::1]/",
        "http://0177.0.0.1/",
        "http://[::ffff:10.0.0.1]/", "http://169.254.169.254/latest/meta-data/",
        "ftp://example.org/x", "file:///etc/passwd",
        "http://user:secret@example.org/", "http:///nothing", "http://example.org:99999/",
    ],
)  # fmt: skip
async def test_forbidden_url_is_refused_before_connecting(url: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        await Fetcher(resolve=names({})).fetch(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "100.100.100.200", "fd00::1"])
async def test_name_with_a_private_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidRequest, match="not a public address"):
        await Fetcher(resolve=names({"evil.test": address})).fetch("http://evil.test/")


async def test_one_private_address_among_public_ones_condemns_the_name() -> None:
    async def resolve(host: str) -> Sequence[str]:
        return ["8.8.8.8", "127.0.0.1"]

    with pytest.raises(InvalidRequest, match="not a public address"):
        await Fetcher(resolve=resolve).fetch("http://both.test/")


async def test_page_is_fetched_with_its_type_and_final_address(serve: Serve) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/old":
            return web.Response(status=302, headers={"Location": "/new"})
        assert "Authorization" not in request.headers
        return web.Response(body=b"<!doctype html><p>Hello", content_type="text/plain")

    port = await serve(handler)
    page = await local().fetch(f"http://site.test:{port}/old")
    assert page.data == b"<!doctype html><p>Hello"
    assert page.final_url == f"http://site.test:{port}/new"
    assert page.media_type == "text/html"


async def test_name_is_resolved_once_so_that_rebinding_gains_nothing(serve: Serve) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(text="first")

    port = await serve(handler)
    answers = iter(["127.0.0.1", "10.0.0.9"])
    asked: list[str] = []

    async def resolve(host: str) -> Sequence[str]:
        asked.append(host)
        return [next(answers)]

    fetcher = Fetcher(is_allowed=lambda ip: ip == LOOPBACK, resolve=resolve)
    assert (await fetcher.fetch(f"http://site.test:{port}/")).data == b"first"
    assert asked == ["site.test"]
    with pytest.raises(InvalidRequest, match="not a public address"):
        await fetcher.fetch(f"http://site.test:{port}/")


@pytest.mark.parametrize(
    "target", ["http://inside.test/", "http://10.0.0.7/", "http://169.254.169.254/", "file:///etc/passwd"]
)
async def test_redirect_to_the_inside_is_refused(target: str, serve: Serve) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(status=301, headers={"Location": target})

    port = await serve(handler)
    with pytest.raises(InvalidRequest):
        await local().fetch(f"http://site.test:{port}/")


async def test_endless_redirects_end(serve: Serve) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(status=307, headers={"Location": request.path + "x"})

    port = await serve(handler)
    with pytest.raises(UnreadableDocument, match="redirected more than 5 times"):
        await local().fetch(f"http://site.test:{port}/")


async def test_compressed_body_is_unpacked(serve: Serve) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(body=gzip.compress(b"tea" * 100), headers={"Content-Encoding": "gzip"})

    port = await serve(handler)
    assert (await local().fetch(f"http://site.test:{port}/")).data == b"tea" * 100


@pytest.mark.parametrize("packed", [False, True])
async def test_oversized_body_is_refused_whether_packed_or_not(packed: bool, serve: Serve) -> None:
    body = b"\0" * 1_000_000
    headers = {"Content-Encoding": "gzip"} if packed else {}

    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(body=gzip.compress(body) if packed else body, headers=headers)

    port = await serve(handler)
    with pytest.raises(UnreadableDocument) as caught:
        await local(Limits(size_bytes=50_000)).fetch(f"http://site.test:{port}/")
    assert caught.value.reason == "too_large"


async def test_slow_server_is_given_up(serve: Serve) -> None:
    released = asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        await released.wait()
        return web.Response(text="late")

    port = await serve(handler)
    with pytest.raises(UnreadableDocument) as caught:
        await local(Limits(seconds=0.05)).fetch(f"http://site.test:{port}/")
    released.set()
    assert caught.value.reason == "too_slow"


@pytest.mark.parametrize(
    ("status", "body", "headers", "reason"),
    [
        (404, b"no", {}, "not_found"),
        (200, b"", {}, "empty"),
        (200, b"not gzip", {"Content-Encoding": "gzip"}, "corrupt"),
        (200, gzip.compress(b"x" * 999, mtime=0)[:15], {"Content-Encoding": "gzip"}, "corrupt"),
        (200, b"x", {"Content-Encoding": "br"}, "unsupported"),
    ],
)
async def test_bad_answer_is_refused(
    status: int, body: bytes, headers: dict[str, str], reason: str, serve: Serve
) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=body, headers=headers)

    port = await serve(handler)
    with pytest.raises(UnreadableDocument) as caught:
        await local().fetch(f"http://site.test:{port}/")
    assert caught.value.reason == reason


async def test_proxy_of_the_environment_is_not_used(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(text="direct")

    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    port = await serve(handler)
    assert (await local().fetch(f"http://site.test:{port}/")).data == b"direct"


def test_pdf_is_known_by_its_bytes_though_declared_as_html() -> None:
    assert sniff(b"%PDF-1.7 ...", "text/html") == "application/pdf"
    assert sniff(b"plain", "text/markdown") == "text/markdown"


@pytest.mark.parametrize(
    "address",
    [
        "fec0::1", "64:ff9b:1::1", "64:ff9b:1:a00:1::", "3fff::1", "5f00::1", "192.88.99.1", "192.0.0.8",
        "2002:a00:1::", "::ffff:0:10.0.0.1", "2001:db8::1", "fd20:ce::254", "198.18.0.1", "240.0.0.1", "100::1",
    ],
)  # fmt: skip
def test_address_of_no_use_on_the_public_web_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


async def test_page_that_is_as_it_was_comes_without_a_body(serve: Serve) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        if request.headers.get("If-None-Match") == '"v1"' or "If-Modified-Since" in request.headers:
            return web.Response(status=304)
        headers = {"ETag": '"v1"', "Last-Modified": "Mon, 06 May 2024 07:08:09 GMT"}
        return web.Response(body=b"tea", headers=headers, content_type="text/html", charset="koi8-r")

    url = f"http://site.test:{await serve(handler)}/"
    first = await local().fetch(url)
    assert (first.etag, first.modified, first.charset, first.status) == (
        '"v1"', "Mon, 06 May 2024 07:08:09 GMT", "koi8-r", 200,
    )  # fmt: skip
    for terms in (Terms(etag=first.etag), Terms(modified=first.modified)):
        again = await local().fetch(url, terms)
        assert (again.status, again.data) == (304, b"")


async def test_status_of_no_change_that_nobody_asked_for_is_refused(serve: Serve) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(status=304)

    with pytest.raises(UnreadableDocument, match="the server said 304"):
        await local().fetch(f"http://site.test:{await serve(handler)}/")


async def test_each_address_on_the_way_is_asked_about_before_it_is_visited(serve: Serve) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        visited.append(request.path)
        return web.Response(status=302, headers={"Location": "/next"})

    async def before(url: str) -> None:
        asked.append(url)
        if url.endswith("/next"):
            raise Forbidden("robots.txt forbids it")

    visited: list[str] = []
    asked: list[str] = []
    port = await serve(handler)
    with pytest.raises(Forbidden):
        await local().fetch(f"http://site.test:{port}/first", Terms(before))
    assert asked == [f"http://site.test:{port}/first", f"http://site.test:{port}/next"]
    assert visited == ["/first"]


async def test_any_status_is_a_result_and_a_long_body_is_cut_where_that_is_wanted(serve: Serve) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(status=404 if request.path == "/404" else 200, body=b"x" * 90_000)

    port = await serve(handler)
    fetcher = local(Limits(size_bytes=50_000))
    assert (await fetcher.fetch(f"http://site.test:{port}/404", Terms(plainly=True))).status == 404
    assert len((await fetcher.fetch(f"http://site.test:{port}/", Terms(plainly=True))).data) == 50_000


async def test_what_follows_the_end_of_a_packed_body_is_not_waited_for(serve: Serve) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Encoding": "gzip"})
        await response.prepare(request)
        await response.write(gzip.compress(b"tea"))
        with contextlib.suppress(ConnectionError):
            while True:
                await response.write(b"\0" * 10_000)
        return response

    assert (await local(Limits(seconds=5)).fetch(f"http://site.test:{await serve(handler)}/")).data == b"tea"


async def test_packed_body_that_never_gives_anything_is_bounded_by_what_arrives(serve: Serve) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Encoding": "gzip"})
        await response.prepare(request)
        await response.write(b"\x1f\x8b\x08\0\0\0\0\0\0\xff")
        with contextlib.suppress(ConnectionError):
            while True:
                await response.write(b"\0\0\0\xff\xff" * 2_000)  # stored blocks of no bytes
        return response

    with pytest.raises(UnreadableDocument) as caught:
        await local(Limits(size_bytes=50_000, seconds=5)).fetch(f"http://site.test:{await serve(handler)}/")
    assert caught.value.reason == "too_large"
