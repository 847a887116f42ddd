from dataclasses import replace

import pytest
from aiohttp import web

from answerable.agents.sources import pages
from answerable.agents.sources.base.reach import Read
from answerable.agents.sources.base.source import Found, Wanted
from answerable.agents.tools.base.services import Caller
from tests.data.tool_samples import PASSAGE, services
from tests.support.paper import pdf
from tests.support.small_web import SmallWeb


async def find(net: SmallWeb, read: Read, *addresses: str) -> Found:
    means = net.means(read)
    means = replace(means, services=services(http=means.services.http))
    source = pages.build(pages.Config(), means)
    return await source.find(Wanted("how to reset", 3, Caller(collection="c"), addresses=addresses))


async def test_addresses_are_read_and_documents_searched(net: SmallWeb, read: Read) -> None:
    found = await find(net, read, net.page("/green#top"), "manual.md", f" {net.page('/green#top')} ")
    assert [(one.kind, one.address) for one in found.texts] == [("pages", net.page("/green"))]
    assert list(found.passages) == [PASSAGE, PASSAGE]
    assert not found.failed


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://10.0.0.7/admin", "'10.0.0.7' is not a public address; only public pages can be added"),
        ("http://169.254.169.254/latest", "'169.254.169.254' is not a public address; only public pages can be added"),
        ("http://user:secret@site.test/", "an address with a user name or password in it cannot be fetched"),
        ("http://[", "is no web address"),
        ("/etc/passwd", "there is no document of that name in the collections of this run"),
        ("../../secret.md", "there is no document of that name in the collections of this run"),
    ],
)
async def test_what_cannot_be_read_is_told_and_the_rest_is_read(
    address: str, why: str, net: SmallWeb, read: Read
) -> None:
    found = await find(net, read, address, net.page("/green"))
    assert found.failed == [f"{address}: {why}"]
    assert len(found.texts) == 1


async def test_a_paper_is_read_by_its_bytes_whatever_it_is_called(net: SmallWeb, read: Read) -> None:
    body = pdf("Green tea holds catechins.\nThey are bitter.")
    net.pages["/paper.php"] = lambda _: web.Response(body=body, content_type="text/html")
    found = await find(net, read, net.page("/paper.php"))
    assert "catechins" in found.texts[0].text
    assert {one.page for one in found.texts[0].blocks} == {1}


async def test_only_so_many_addresses_are_read_at_once(net: SmallWeb, read: Read) -> None:
    found = await find(net, read, *(net.page(f"/gone{number}") for number in range(52)))
    assert len(found.failed) == 52
    assert len([one for one in found.failed if "only 50 addresses" in one]) == 2
