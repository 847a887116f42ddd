"""Documents over HTTP, from upload to deletion, as a program would do it."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.server import QUESTION

KETTLE = "# Kettle\n\nDescale the kettle every month with two spoons of citric acid.\n"
BETTER = "# Kettle\n\nDescale the kettle every week with three spoons of citric acid.\n"


async def call(http: aiohttp.ClientSession, method: str, path: str, status: int = 200, **more: Any) -> Any:
    async with http.request(method, f"/v1/collections{path}", **more) as response:
        assert response.status == status, await response.text()
        return await response.json() if response.content_type == "application/json" else None


def form(**files: str | bytes) -> aiohttp.FormData:
    found = aiohttp.FormData()
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        found.add_field("files", data, filename=name.replace("_", "."))
    return found


@pytest.fixture
async def shelf(http: aiohttp.ClientSession, request: pytest.FixtureRequest) -> str:
    """An empty collection of the test's own."""
    name = f"shelf-{abs(hash(request.node.name)):x}"[:60]
    await call(http, "POST", "", 201, json={"name": name})
    return f"/{name}"


async def test_an_upload_is_found_at_once_and_read_back(http: aiohttp.ClientSession, shelf: str) -> None:
    added = await call(http, "POST", f"{shelf}/documents", data=form(kettle_md=KETTLE))
    (row,) = added["data"]
    assert row["status"] == "added"
    document = row["document"]
    assert document["title"] == "Kettle"
    assert document["version"] == 1
    body = {"query": "descale kettle", "mode": "keyword"}
    (hit,) = (await call(http, "POST", f"{shelf}/search", json=body))["data"]
    assert hit["document_id"] == document["id"]
    text = await call(http, "GET", f"{shelf}/documents/{document['id']}/text")
    assert text["text"][hit["start"] : hit["end"]] == hit["text"]
    (chunk,) = (await call(http, "GET", f"{shelf}/documents/{document['id']}/chunks"))["data"]
    assert chunk["tokens"] > 0
    assert chunk["heading_path"] == ["Kettle"]
    assert (await call(http, "GET", f"{shelf}/documents/kettle.md"))["id"] == document["id"]
    assert (await call(http, "GET", shelf))["documents"] == 1
    assert (await call(http, "GET", ""))["default"] == "tv"
    assert (await call(http, "GET", f"{shelf}/progress"))["pending"] in (0, 1)


async def test_a_changed_document_is_a_new_version_and_the_old_one_stays_readable(
    http: aiohttp.ClientSession, shelf: str
) -> None:
    for text, status in ((KETTLE, "added"), (KETTLE, "unchanged"), (BETTER, "updated")):
        (row,) = (await call(http, "POST", f"{shelf}/documents", data=form(kettle_md=text)))["data"]
        assert row["status"] == status
    versions = (await call(http, "GET", f"{shelf}/documents/kettle.md/versions"))["data"]
    assert [version["number"] for version in versions] == [2, 1]
    assert versions[0]["valid_to"] is None
    assert versions[1]["valid_to"] == versions[0]["valid_from"]
    old = await call(http, "GET", f"{shelf}/documents/kettle.md/text?version=1")
    assert "every month" in old["text"]
    body = {"query": "descale month", "mode": "keyword", "as_of": versions[1]["valid_from"]}
    (hit,) = (await call(http, "POST", f"{shelf}/search", json=body))["data"]
    assert hit["version"] == 1


async def test_one_bad_file_stops_no_other(http: aiohttp.ClientSession, shelf: str) -> None:
    files = form(good_md=KETTLE, bad_pdf=b"%PDF-1.7 broken", empty_txt=b"")
    rows = (await call(http, "POST", f"{shelf}/documents", data=files))["data"]
    found = {row["source"]: row for row in rows}
    assert found["good.md"]["status"] == "added"
    for name in ("bad.pdf", "empty.txt"):
        assert found[name]["status"] == "failed"
        assert found[name]["error"]["code"] == "unreadable_document"
        assert found[name]["error"]["message"].startswith(name)
    assert (await call(http, "GET", shelf))["documents"] == 1


async def test_a_text_is_added_with_its_metadata_and_found_by_it(http: aiohttp.ClientSession, shelf: str) -> None:
    body = {"title": "Note", "text": "The meeting is on Friday.", "source": "note-1", "metadata": {"team": "red"}}
    await call(http, "POST", f"{shelf}/documents", json=body)
    for team, count in (("red", 1), ("blue", 0)):
        wanted = {"query": "meeting", "mode": "keyword", "filter": {"team": team}}
        assert len((await call(http, "POST", f"{shelf}/search", json=wanted))["data"]) == count


@pytest.mark.parametrize(
    "more",
    [
        {"json": {"text": " "}},
        {"json": {"url": "file:///etc/passwd"}},
        {"data": aiohttp.FormData({"other": "x"}, default_to_multipart=True)},
        {"data": b"x", "headers": {"content-type": "text/plain"}},
    ],
)
async def test_an_addition_of_nothing_is_refused(http: aiohttp.ClientSession, shelf: str, more: Any) -> None:
    error = (await call(http, "POST", f"{shelf}/documents", 400, **more))["error"]
    assert error["param"]


async def test_the_name_of_an_upload_is_never_a_path(http: aiohttp.ClientSession, shelf: str, tmp_path: Path) -> None:
    data = aiohttp.FormData(quote_fields=False)
    data.add_field("files", KETTLE.encode(), filename="../../../escape.md")
    (row,) = (await call(http, "POST", f"{shelf}/documents", data=data))["data"]
    assert row["source"] == "escape.md"


async def test_an_upload_keeps_its_path_inside_a_folder(http: aiohttp.ClientSession, shelf: str) -> None:
    data = aiohttp.FormData(quote_fields=False)
    for name in ("manuals/north/kettle.md", "manuals\\south\\kettle.md"):
        data.add_field("files", f"{KETTLE}\n{name}\n".encode(), filename=name)
    rows = (await call(http, "POST", f"{shelf}/documents", data=data))["data"]
    assert {row["source"] for row in rows} == {"manuals/north/kettle.md", "manuals/south/kettle.md"}


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "-x", "a" * 65, "ä"])
async def test_a_collection_cannot_have_a_name_that_is_no_folder(http: aiohttp.ClientSession, name: str) -> None:
    await call(http, "POST", "", 400, json={"name": name})


async def test_documents_come_in_pages(http: aiohttp.ClientSession, shelf: str) -> None:
    files = form(**{f"n{number}_md": f"# Note {number}\n\nText {number}.\n" for number in range(5)})
    await call(http, "POST", f"{shelf}/documents", data=files)
    seen: list[str] = []
    after, more = "", True
    while more:
        page = await call(http, "GET", f"{shelf}/documents", params={"limit": 2, "after": after})
        seen += [row["source"] for row in page["data"]]
        after, more = page["next"] or "", page["has_more"]
    assert seen == [f"n{number}.md" for number in range(5)]
    found = await call(http, "GET", f"{shelf}/documents", params={"q": "n3"})
    assert [row["source"] for row in found["data"]] == ["n3.md"]


async def test_an_answer_in_one_object(http: aiohttp.ClientSession) -> None:
    answer = await call(http, "POST", "/tv/ask", json={"question": QUESTION, "explain": True})
    assert "ten seconds" in answer["answer"]
    assert answer["sentences"][0]["citations"][0]["source"] == "manual.md"
    assert answer["abstained"] is False
    assert answer["trace"]["question"] == QUESTION
    asked = {"question": QUESTION, "model": "refused"}
    assert (await call(http, "POST", "/tv/ask", 502, json=asked))["error"]["code"] == "provider_refused"


async def test_a_removed_document_is_unreachable_and_its_history_stays_until_it_is_erased(
    http: aiohttp.ClientSession, shelf: str
) -> None:
    (row,) = (await call(http, "POST", f"{shelf}/documents", data=form(kettle_md=KETTLE)))["data"]
    document = row["document"]
    await call(http, "DELETE", f"{shelf}/documents/{document['id']}", 204)
    body = {"query": "descale kettle", "mode": "keyword"}
    assert (await call(http, "POST", f"{shelf}/search", json=body))["data"] == []
    then = body | {"as_of": document["updated_at"]}
    assert len((await call(http, "POST", f"{shelf}/search", json=then))["data"]) == 1
    await call(http, "GET", f"{shelf}/documents/{document['id']}", 404)
    await call(http, "POST", f"{shelf}/documents", data=form(kettle_md=KETTLE))
    await call(http, "DELETE", f"{shelf}/documents/kettle.md?purge=true", 204)
    assert (await call(http, "POST", f"{shelf}/search", json=then))["data"] == []


async def test_a_collection_is_made_once_and_erased(http: aiohttp.ClientSession, shelf: str) -> None:
    await call(http, "POST", "", 201, json={"name": shelf[1:]})
    await call(http, "POST", f"{shelf}/documents", data=form(kettle_md=KETTLE))
    assert shelf[1:] in [row["name"] for row in (await call(http, "GET", ""))["data"]]
    await call(http, "DELETE", shelf, 204)
    await call(http, "GET", shelf, 404)
    await call(http, "POST", f"{shelf}/search", 404, json={"query": "kettle"})
