from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from answerable.agents.tools.base.services import Page, Services
from answerable.core.errors import InvalidRequest, NotFound
from answerable.core.identity import OWNER, Principal
from answerable.flows.ingest import GivenText, Ingest, ingest
from answerable.flows.platform import Platform
from answerable.flows.tool_services import build_services
from tests.support.platform import open_small_platform, visits_of

ANN = Principal("ann")


@pytest.fixture
async def platform(tmp_path: Path) -> AsyncIterator[Platform]:
    async with open_small_platform(tmp_path) as p:
        texts = (
            GivenText("a/one.md", "One", "The power button."),
            GivenText("b/one.md", "Other", "Another power button."),
        )
        await ingest(Ingest("c", texts=texts), p)
        secret = (GivenText("secret.md", "Secret", "The power of secrets."),)
        await ingest(Ingest("c", texts=secret, readers=("boss",)), p)
        yield p


def services(p: Platform) -> Services:
    return build_services(p.database, p.retriever, visits_of(p).page, p.reader, {"K": "v"})


async def test_files_are_listed_by_the_shortest_name_that_is_theirs_alone(platform: Platform) -> None:
    files = services(platform).files
    assert files
    assert [one.name for one in await files.list("c", OWNER)] == ["a/one.md", "b/one.md", "secret.md"]


async def test_what_a_reader_may_not_see_is_not_there(platform: Platform) -> None:
    given = services(platform)
    assert given.files
    assert given.search
    assert [one.name for one in await given.files.list("c", ANN)] == ["a/one.md", "b/one.md"]
    with pytest.raises(NotFound):
        await given.files.read("c", "secret.md", ANN)
    assert (await given.files.read("c", "secret.md", Principal("boss"))).text == "The power of secrets."
    assert "secret.md" not in {one.source for one in await given.search("c", "power", 10, ANN)}
    assert "secret.md" in {one.source for one in await given.search("c", "power", 10, OWNER)}


async def test_a_file_is_read_by_source_and_a_name_of_two_is_refused(platform: Platform) -> None:
    files = services(platform).files
    assert files
    assert (await files.read("c", "a/one.md", ANN)).text == "The power button."
    with pytest.raises(InvalidRequest, match=r"names several files: a/one\.md, b/one\.md"):
        await files.read("c", "one.md", ANN)


@pytest.mark.parametrize("name", ["/etc/passwd", "../../etc/passwd", "%", "", "one_md"])
async def test_no_name_reaches_the_disk(platform: Platform, name: str) -> None:
    files = services(platform).files
    assert files
    with pytest.raises(NotFound):
        await files.read("c", name, OWNER)


async def test_an_unknown_collection_is_not_found(platform: Platform) -> None:
    files = services(platform).files
    assert files
    with pytest.raises(NotFound):
        await files.list("nope", OWNER)


async def test_only_public_addresses_are_fetched(platform: Platform) -> None:
    fetch = services(platform).fetch
    assert fetch
    with pytest.raises(InvalidRequest):
        await fetch("http://169.254.169.254/latest/meta-data")


async def test_fetched_documents_go_through_the_loaders(platform: Platform) -> None:
    read_as = services(platform).read_as
    assert read_as
    assert await read_as(Page(b"# Head\n\nWords.", "https://e.org/a.md?x=1", "text/markdown")) == "Head\n\nWords."


def test_keys_are_not_shown(platform: Platform) -> None:
    assert "'v'" not in repr(services(platform))


@pytest.mark.parametrize(
    ("body", "charset", "text"),
    [
        ("Привет".encode("cp1251"), "windows-1251", "Привет"),
        ("Привет".encode("koi8-r"), "koi8-r", "Привет"),
        ("<meta charset=koi8-r><p>Привет".encode("cp1251"), "windows-1251", "Привет"),
        ("Grüße".encode(), "windows-1251x", "Grüße"),
        ("Grüße".encode(), "utf-16", "Grüße"),
        ("Grüße und Küsse".encode("latin-1"), "utf-8", "Grüße und Küsse"),
        ("<p>Grüße</p>".encode("utf-16-le"), "utf-8", "Grüße"),
        (b"+ADw-b+AD4-", "utf-7", "+ADw-b+AD4-"),
    ],
)
async def test_a_servers_word_on_the_charset_is_believed_where_it_fits(
    platform: Platform, body: bytes, charset: str, text: str
) -> None:
    read_as = services(platform).read_as
    assert read_as
    assert await read_as(Page(body, "https://e.org/a.php", "text/html", charset)) == text


async def test_a_search_can_be_held_to_single_documents(platform: Platform) -> None:
    search = services(platform).search
    assert search
    found = await search("c", "power", 10, OWNER, ["b/one.md"])
    assert {one.source for one in found} == {"b/one.md"}
    files = services(platform).files
    assert files
    assert (await files.read("c", "secret.md", OWNER)).source == "secret.md"
