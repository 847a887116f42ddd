"""Pages are visited politely, and not twice where once is enough."""

import asyncio
import contextlib
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from answerable.agents.sources.base.reach import MemoryPages, Reach, Read
from answerable.agents.sources.base.visits import Manners, Visits, plain_address
from answerable.core.errors import Forbidden, SourceFailed
from answerable.storage.shared_store import MemoryStore
from tests.support.small_web import PAGE, SmallWeb


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def visits(net: SmallWeb, read: Read, clock: Clock | None = None, **manners: Any) -> Visits:
    clock, store = clock or Clock(), MemoryStore()
    reach = net.means(read).visits._reach
    return Visits(replace(reach, pages=MemoryPages()), store, Manners(**manners), clock)


def changing(net: SmallWeb, path: str) -> Counter[str]:
    """A page that names its state and says when it is as it was."""
    said: Counter[str] = Counter()

    def answer(request: web.Request) -> web.Response:
        if request.headers.get("If-None-Match") == '"v1"':
            said["same"] += 1
            return web.Response(status=304)
        said["whole"] += 1
        return web.Response(text=PAGE, content_type="text/html", headers={"ETag": '"v1"'})

    net.pages[path] = answer
    return said


async def test_a_page_is_asked_for_again_only_whether_it_changed(net: SmallWeb, read: Read) -> None:
    clock, said = Clock(), changing(net, "/tea")
    visiting = visits(net, read, clock, fresh_s=60)
    first = await visiting.text(net.page("/tea"), "web")
    assert await visiting.text(net.page("/tea"), "web") == first
    assert said == {"whole": 1}
    for _ in range(3):
        clock.now += 61
        assert await visiting.text(net.page("/tea"), "pages") == replace(first, kind="pages")
    assert said == {"whole": 1, "same": 3}


async def test_a_page_whose_server_is_down_is_what_it_was(net: SmallWeb, read: Read) -> None:
    clock = Clock()
    visiting = visits(net, read, clock)
    first = await visiting.text(net.page("/green"), "web")
    net.pages["/green"] = 503
    clock.now += 10_000
    assert await visiting.text(net.page("/green"), "web") == first


async def test_a_page_that_failed_is_left_alone_for_a_while(net: SmallWeb, read: Read) -> None:
    visiting = visits(net, read)
    for _ in range(5):
        with pytest.raises(SourceFailed, match="the server said 404"):
            await visiting.text(net.page("/gone"), "web")
    assert net.hits["/gone"] == 1


@pytest.mark.parametrize(
    ("robots", "read_by_program", "read_by_person"),
    [
        (None, True, True),
        ("User-agent: *\nDisallow: /green", False, False),
        ("User-agent: answerable\nAllow: /\n\nUser-agent: *\nDisallow: /", True, True),
        (403, True, True),
        (410, True, True),
        (429, False, True),
        (500, False, True),
        (503, False, True),
        ("x" * 2_000_000 + "\nUser-agent: *\nDisallow: /", True, True),
    ],
)
async def test_robots_txt_is_honoured(
    robots: str | int | None, read_by_program: bool, read_by_person: bool, net: SmallWeb, read: Read
) -> None:
    if robots is not None:
        net.pages["/robots.txt"] = robots
    for is_named, allowed in ((False, read_by_program), (True, read_by_person)):
        with contextlib.nullcontext() if allowed else pytest.raises(SourceFailed, match=r"robots\.txt"):
            await visits(net, read).text(net.page("/green"), "web", is_named=is_named)


async def test_policy_may_let_a_person_pass_and_never_a_program(net: SmallWeb, read: Read) -> None:
    net.pages["/robots.txt"] = "User-agent: *\nDisallow: /"
    visiting = visits(net, read, robots="unless_named")
    assert await visiting.text(net.page("/green"), "pages", is_named=True)
    with pytest.raises(SourceFailed, match="forbids"):
        await visiting.text(net.page("/black"), "web")


async def test_a_tool_gets_a_page_as_it_is_by_the_same_rules(net: SmallWeb, read: Read) -> None:
    visiting = visits(net, read, robots="unless_named")
    assert (await visiting.page(net.page("/green#top"))).data == PAGE.encode()
    net.pages["/robots.txt"] = "User-agent: *\nDisallow: /black"
    visiting = visits(net, read, robots="unless_named")
    with pytest.raises(Forbidden, match=r"robots\.txt forbids it"):
        await visiting.page(net.page("/black"))
    assert (await visiting.page(net.page("/green"))).final_url == net.page("/green")
    assert net.hits["/black"] == 0


async def test_robots_txt_of_the_host_that_a_page_moved_to_counts(net: SmallWeb, read: Read) -> None:
    def moved(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": net.page("/green", "other.test")})

    def rules(request: web.Request) -> web.Response:
        return web.Response(text="User-agent: *\nDisallow: /" if "other" in request.host else "")

    net.pages |= {"/moved": moved, "/robots.txt": rules}
    with pytest.raises(SourceFailed, match="forbids"):
        await visits(net, read).text(net.page("/moved"), "web")
    assert net.hits["/green"] == 0


async def test_robots_txt_that_moved_is_followed(net: SmallWeb, read: Read) -> None:
    net.pages["/robots.txt"] = lambda _: web.Response(status=302, headers={"Location": "/rules"})
    net.pages["/rules"] = "User-agent: *\nDisallow: /green"
    with pytest.raises(SourceFailed, match="forbids"):
        await visits(net, read).text(net.page("/green"), "web")


async def test_robots_txt_is_asked_for_once_a_host(net: SmallWeb, read: Read) -> None:
    visiting = visits(net, read)
    await asyncio.gather(
        *(visiting.text(net.page(path), "web") for path in ("/green", "/black", "/green?1", "/black?2"))
    )
    assert net.hits["/robots.txt"] == 1


async def test_a_host_is_asked_twice_at_a_time_at_most(net: SmallWeb, read: Read) -> None:
    running: Counter[str] = Counter()
    most: Counter[str] = Counter()

    async def slow(request: web.Request) -> web.Response:
        running[request.host] += 1
        most[request.host] = max(most[request.host], running[request.host])
        await asyncio.sleep(0.02)
        running[request.host] -= 1
        return web.Response(text=PAGE, content_type="text/html")

    net.pages |= {f"/p{number}": slow for number in range(6)}
    visiting = visits(net, read)
    addresses = [net.page(f"/p{number}", host) for host in ("a.test", "b.test") for number in range(6)]
    await asyncio.gather(*(visiting.text(one, "web") for one in addresses))
    assert set(most.values()) == {2}


async def test_a_program_that_cannot_fetch_says_so() -> None:
    visiting = Visits(Reach(), MemoryStore())
    assert visiting.missing
    with pytest.raises(SourceFailed, match="cannot fetch"):
        await visiting.text("http://site.test/", "web")


@pytest.mark.parametrize(
    ("address", "plain"),
    [
        ("HTTP://Site.TEST", "http://site.test/"),
        ("http://site.test/A?b=1&utm_source=x&fbclid=y&c#frag", "http://site.test/A?b=1&c"),
        ("https://site.test/?UTM_medium=x", "https://site.test/"),
    ],
)
def test_an_address_has_one_spelling(address: str, plain: str) -> None:
    assert plain_address(address) == plain
