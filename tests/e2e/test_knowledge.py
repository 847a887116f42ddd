"""Documents in a real browser: upload and ask, versions and chunks, a collection from birth to deletion."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from .conftest import BAKERY, FERRY, Server

pytestmark = pytest.mark.e2e
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect


def upload(page: Any, name: str, text: str) -> Any:
    """Choose a file on the page of a collection; the row that tells what became of it."""
    content = {"name": name, "mimeType": "text/markdown", "buffer": text.encode()}
    page.set_input_files("input[type=file]", [content])
    return page.get_by_role("region", name="Uploads").get_by_role("listitem").filter(has_text=name).last


def test_an_uploaded_file_can_be_asked_about(page: Any, server: Server) -> None:
    server.collection("village")
    page.goto("/knowledge/village")
    page.get_by_text("No documents yet").wait_for()
    upload(page, "bakery.md", BAKERY).get_by_text("Added").wait_for()
    page.locator("tr[data-document]").filter(has_text="bakery.md").get_by_text("Embedded").wait_for(timeout=30_000)
    page.get_by_role("link", name="New chat").first.click()
    page.get_by_label("Collection to search").select_option("village")
    page.get_by_label("Your question").fill("On which days is rye bread baked at the bakery?")
    page.keyboard.press("Enter")
    page.locator("[data-cite]").first.wait_for()
    assert "Tuesdays and Fridays" in page.get_by_role("article").inner_text()


def test_a_file_that_cannot_be_read_says_why_and_the_next_one_carries_on(page: Any, server: Server) -> None:
    server.collection("village")
    page.goto("/knowledge/village")
    refused = upload(page, "empty.md", "")
    refused.get_by_text("Not added").wait_for()
    assert "empty" in refused.locator("p").inner_text().lower()
    upload(page, "ferry.md", FERRY).get_by_text("Added").wait_for()
    assert len(server.call("GET", "/v1/collections/village/documents")["data"]) == 1


def test_a_changed_file_is_a_new_version_whose_changes_are_shown(page: Any, server: Server) -> None:
    server.collection("village")
    page.goto("/knowledge/village")
    upload(page, "bakery.md", BAKERY).get_by_text("Added").wait_for()
    changed = BAKERY.replace("closes at noon", "closes at two")
    upload(page, "bakery.md", changed).get_by_text("Updated").wait_for()
    page.locator("tr[data-document]").get_by_role("link").click()
    page.get_by_role("tab", name="Versions").click()
    page.get_by_role("region", name="What changed").locator("ins").first.wait_for()
    assert "closes at two" in page.locator("ins").first.inner_text()
    assert "closes at noon" in page.locator("del").first.inner_text()
    page.get_by_role("link", name="Version 1").click()
    page.get_by_text("This is version 1").wait_for()
    assert "closes at noon" in page.get_by_role("tabpanel").inner_text()


def test_a_chunk_shows_what_is_indexed(page: Any, server: Server) -> None:
    server.collection("village", bakery=BAKERY)
    page.goto("/knowledge/village")
    page.locator("tr[data-document]").get_by_role("link").click()
    page.get_by_role("button", name="Chunk").first.click()
    panel = page.get_by_role("complementary")
    panel.get_by_text("tokens").wait_for()
    assert "bakery" in panel.inner_text().lower()
    assert page.locator("mark").first.is_visible()


def test_a_passage_deep_in_a_long_document_is_shown_where_it_stands(page: Any, server: Server) -> None:
    paragraphs = [f"Valve {number} is opened by the crew of hall {number % 17} 😀." for number in range(1, 1500)]
    text = "\n\n".join(paragraphs)
    server.collection("plant", valves=text)
    (document,) = server.call("GET", "/v1/collections/plant/documents")["data"]
    stored = server.call("GET", f"/v1/collections/plant/documents/{document['id']}/text")["text"]
    start = stored.index("Valve 1234 ")
    source = {"c": "plant", "d": document["id"], "s": start, "e": start + len("Valve 1234")}
    page.goto(f"/?source={quote(json.dumps(source))}")
    mark = page.locator("mark")
    mark.wait_for()
    assert mark.inner_text() == "Valve 1234"
    expect(mark).to_be_in_viewport()
    page.goto(f"/knowledge/plant/{document['id']}?chunk={document['chunks'] - 2}")
    expect(page.locator("mark").first).to_be_in_viewport()


def test_a_document_cannot_run_anything(page: Any, server: Server) -> None:
    attack = "document.title='taken'"
    text = f'The code of the gate is 4711. <img src=x onerror="{attack}"><script>{attack}</script>'
    server.collection("village", gate=text)
    page.goto("/knowledge/village")
    page.locator("tr[data-document]").get_by_role("link").click()
    page.get_by_text("The code of the gate").first.wait_for()
    assert page.title() != "taken"
    assert page.locator("main img").count() == 0


def test_a_collection_is_made_and_deleted_by_its_name(page: Any, server: Server) -> None:
    page.goto("/knowledge")
    page.get_by_label("New collection").fill("short-lived")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="short-lived", level=1).wait_for()
    page.get_by_role("button", name="Delete this collection").click()
    delete = page.get_by_role("button", name="Delete", exact=True)
    assert delete.is_disabled()
    page.get_by_role("textbox", name="Type").fill("short-lived")
    delete.click()
    page.get_by_role("heading", name="Knowledge", level=1).wait_for()
    names = [collection["name"] for collection in server.call("GET", "/v1/collections")["data"]]
    assert "short-lived" not in names
