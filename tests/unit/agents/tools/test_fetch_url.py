import json

import pytest

from answerable.agents.tools import fetch_url
from answerable.agents.tools.base.services import Caller, Page
from answerable.core.errors import ToolFailed
from tests.data.tool_samples import services


async def ask(page: Page, read: str | None = None, **arguments: object) -> str:
    async def fetch(url: str) -> Page:
        assert url == "https://e.org/x"
        return page

    async def read_as(given: Page) -> str:
        return f"{read} {given.media_type}"

    given = services(fetch=fetch, read_as=read_as if read else None)
    tool = fetch_url.build(fetch_url.Config(), given)
    return await tool.run(json.dumps({"url": " https://e.org/x ", **arguments}), Caller())


def page(data: bytes, kind: str) -> Page:
    return Page(data, "https://e.org/final", kind)


async def test_texts_are_given_as_they_are_with_the_address_after_redirects() -> None:
    assert await ask(page(b"plain", "text/plain")) == "https://e.org/final\n\nplain"
    assert (await ask(page(b'{"a": 1}', "application/json"))).endswith('{"a": 1}')


async def test_documents_go_to_the_loaders_where_there_are_some() -> None:
    assert (await ask(page(b"%PDF-", "application/pdf"), "read as")).endswith("read as application/pdf")
    with pytest.raises(ToolFailed, match="holds application/pdf, which cannot be read"):
        await ask(page(b"%PDF-", "application/pdf"))


async def test_long_pages_come_in_parts_and_a_phrase_is_found() -> None:
    data = ("One line of text.\n" * 2_000 + "The needle.\n").encode()
    assert ", part 1 of 4\n" in await ask(page(data, "text/plain"))
    found = await ask(page(data, "text/plain"), find="NEEDLE")
    assert ", part 4 of 4\n" in found
    assert "The needle." in found


def test_it_is_sensitive() -> None:
    assert fetch_url.build(fetch_url.Config(), services()).traits.sensitive
