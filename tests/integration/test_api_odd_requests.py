"""Odd requests are answered with a status below 500 and, where refused, in OpenAI's shape."""

import json
from typing import Any

import aiohttp
import pytest
from yarl import URL

from tests.integration.conftest import Service
from tests.support.server import QUESTION

ODD: list[Any] = [
    None,
    True,
    -1,
    10**30,
    float("nan"),
    "",
    "\0",
    "\ud800",
    "x" * 50_000,
    [],
    {},
    [[]],
    "💥",
    "../..",
    "'--",
]
CHAT = {"messages": [{"role": "user", "content": QUESTION}], "collection": "tv"}
BODIES: dict[str, tuple[dict[str, Any], str]] = {
    "/v1/chat/completions": (
        CHAT,
        "messages model stream stream_options temperature max_tokens stop seed n tools collection as_of filter explain",
    ),
    "/v1/embeddings": ({"input": "tv"}, "input model encoding_format dimensions"),
    "/v1/collections": ({}, "name"),
    "/v1/collections/tv/search": ({"query": "tv"}, "query k mode filter as_of explain"),
    "/v1/collections/tv/ask": ({"question": "tv"}, "question model filter as_of explain"),
    "/v1/collections/odd/documents": ({"text": "tv"}, "url title text source metadata readers"),
}
RAW = [b"", b"null", b"1", b"[", b"\xff\xfe", b"[" * 20_000, b'{"a":' * 20_000, b'{"text": 1' + b"0" * 5_000 + b"}"]
NAMES = ["%00", "..", "%2e%2e", "a%2fb", "%ff", "%ed%a0%80", "x" * 3_000, "%0a", "*", "%25"]
PLACES = ["/v1/collections/{}", "/v1/collections/tv/documents/{}", "/v1/collections/{}/documents", "/v1/models/{}"]
PAGES = ["/{}", "/assets/{}"]
UPLOADS = [
    b"a\0b.txt",
    b"",
    b"n" * 400 + b".txt",
    b"..",
    b"\xff\xfe.txt",
    b"a/../../b.txt",
    b"x." + b"y" * 90,
    b"a\0b/c.txt",
    b"d/" * 200 + b"c.txt",
]


async def check(http: aiohttp.ClientSession, method: str, url: str | URL, **more: Any) -> None:
    async with http.request(method, url, **more) as response:
        assert response.status < 500, (method, url, more, await response.text())
        if response.status >= 400:
            assert (await response.json()).keys() == {"error"}


@pytest.mark.parametrize("path", BODIES)
async def test_odd_values_in_every_field(http: aiohttp.ClientSession, path: str) -> None:
    body, fields = BODIES[path]
    for field in fields.split():
        for value in ODD:
            data = json.dumps(body | {field: value})
            await check(http, "POST", path, data=data, headers={"content-type": "application/json"})


@pytest.mark.parametrize("path", BODIES)
async def test_odd_bodies(http: aiohttp.ClientSession, path: str) -> None:
    for data in RAW:
        await check(http, "POST", path, data=data, headers={"content-type": "application/json"})


@pytest.mark.parametrize("place", [*PLACES, *PAGES])
async def test_odd_addresses(http: aiohttp.ClientSession, service: Service, place: str) -> None:
    for name in NAMES:
        url = URL(service.url + place.format(name), encoded=True)
        for method in ("GET", "DELETE"):
            await check(http, method, url)


@pytest.mark.parametrize("name", UPLOADS)
async def test_odd_names_of_uploads(http: aiohttp.ClientSession, name: bytes) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="' + name + b'"\r\n\r\n'
    headers = {"content-type": "multipart/form-data; boundary=x"}
    data = head + b"some words\r\n--x--\r\n"
    await check(http, "POST", "/v1/collections/odd/documents", data=data, headers=headers)


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "after=%00", "q=%ff", "q=%25", "version=9" + "9" * 30])
async def test_odd_queries(http: aiohttp.ClientSession, service: Service, query: str) -> None:
    for path in ("/documents", "/documents/manual.md/text", "/documents/manual.md/chunks"):
        await check(http, "GET", URL(f"{service.url}/v1/collections/tv{path}?{query}", encoded=True))
