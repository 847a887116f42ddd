"""Documents in a real browser: upload and ask, versions and chunks, a collection from birth to deletion."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.paper import pdf

from .conftest import BAKERY, FERRY, Server, ask

pytestmark = pytest.mark.e2e
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect


FILES = "input[type=file]:not([webkitdirectory])"


def upload(page: Any, name: str, content: str | bytes) -> Any:
    """Choose a file on the page of a collection; the row that tells what became of it."""
    data = content if isinstance(content, bytes) else content.encode()
    page.set_input_files(FILES, [{"name": name, "mimeType": "application/octet-stream", "buffer": data}])
    return page.get_by_role("region", name="Uploads").get_by_role("listitem").filter(has_text=name).last


def test_an_uploaded_file_can_be_asked_about(page: Any, server: Server) -> None:
    server.collection("village")
    page.goto("/knowledge/village")
    page.get_by_text("No documents yet").wait_for()
    upload(page, "bakery.md", BAKERY).get_by_text("Added").wait_for()
    page.locator("tr[data-document]").filter(has_text="bakery.md").get_by_text("Embedded").wait_for()
    page.get_by_role("link", name="Ask", exact=True).click()
    question = "On which days is rye bread baked at the bakery?"
    assert "Tuesdays and Fridays" in ask(page, "village", question).inner_text()
    page.goto("/knowledge/village")
    page.get_by_role("button", name="Delete The village bakery").click()
    page.get_by_role("link", name="New chat").first.click()
    ask(page, "village", question).locator("[data-abstained]").wait_for()


def test_the_passage_of_a_pdf_is_shown_on_its_page(page: Any, server: Server) -> None:
    server.collection("plant")
    page.goto("/knowledge/plant")
    first = "The pump of hall 1 is green.\nIt was built in 1970."
    second = "The alarm code of the pump is 4711.\nCall the night shift when it rings."
    upload(page, "pump.pdf", pdf(first, second)).get_by_text("Added").wait_for()
    server.wait_until_embedded("plant")
    page.get_by_role("link", name="Ask", exact=True).click()
    turn = ask(page, "plant", "What is the alarm code of the pump?")
    turn.locator("[data-sentence]", has_text="4711").locator("[data-cite]").first.click()
    panel = page.get_by_role("complementary", name="pump")
    expect(panel.locator("mark").first).to_contain_text("4711")
    expect(panel).to_contain_text("page 2")


def test_a_pdf_with_a_password_says_so(page: Any, server: Server) -> None:
    server.collection("plant")
    page.goto("/knowledge/plant")
    refused = upload(page, "locked.pdf", pdf("Nobody reads this.", locked=True))
    refused.get_by_text("Not added").wait_for()
    expect(refused.locator("p")).to_contain_text("encrypted", ignore_case=True)


def test_a_folder_keeps_its_paths(page: Any, server: Server, tmp_path: Path) -> None:
    for name in ("north/read-me.md", "south/read-me.md", "south/.hidden/x.md"):
        file = tmp_path / "halls" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"# Hall {name}\n\nThe hall of {name} has its own pump.\n", "utf-8")
    server.collection("plant")
    page.goto("/knowledge/plant")
    page.set_input_files("input[webkitdirectory]", tmp_path / "halls")
    page.get_by_text("2 of 2 done").wait_for()
    rows = server.call("GET", "/v1/collections/plant/documents")["data"]
    assert [row["source"] for row in rows] == ["halls/north/read-me.md", "halls/south/read-me.md"]


def test_many_documents_are_filtered_and_loaded_page_by_page(page: Any, server: Server) -> None:
    server.collection("plant")
    page.goto("/knowledge/plant")
    files = [
        (f"pump-{number:03}.md", f"# Pump {number:03}\n\nPump {number} runs at {number} bar.") for number in range(130)
    ]
    contents = [{"name": name, "mimeType": "text/markdown", "buffer": text.encode()} for name, text in files]
    page.set_input_files(FILES, contents)
    page.get_by_text("130 of 130 done").wait_for(timeout=240_000)
    rows = page.locator("tr[data-document]")
    expect(rows).to_have_count(100)
    page.get_by_role("button", name="Show more").click()
    expect(rows).to_have_count(130)
    page.get_by_label("Filter documents").fill("pump-12")
    expect(rows).to_have_count(10)
    page.get_by_label("Filter documents").fill("compressor")
    page.get_by_text("No document is named like").wait_for()


def test_a_file_that_cannot_be_read_says_why_and_the_next_one_carries_on(page: Any, server: Server) -> None:
    server.collection("village")
    page.goto("/knowledge/village")
    refused = upload(page, "empty.md", "")
    refused.get_by_text("Not added").wait_for()
    expect(refused.locator("p")).to_contain_text("empty", ignore_case=True)
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
    expect(page.locator("ins").first).to_contain_text("closes at two")
    expect(page.locator("del").first).to_contain_text("closes at noon")
    page.get_by_role("link", name="Version 1").click()
    page.get_by_text("This is version 1").wait_for()
    expect(page.get_by_role("tabpanel")).to_contain_text("closes at noon")


def test_a_chunk_shows_what_is_indexed(page: Any, server: Server) -> None:
    server.collection("village", bakery=BAKERY)
    page.goto("/knowledge/village")
    page.locator("tr[data-document]").get_by_role("link").click()
    page.get_by_role("button", name="Chunk").first.click()
    panel = page.get_by_role("complementary")
    panel.get_by_text("tokens").wait_for()
    expect(panel).to_contain_text("bakery", ignore_case=True)
    expect(page.locator("mark").first).to_be_visible()


def test_a_passage_deep_in_a_long_document_is_shown_where_it_stands(page: Any, server: Server) -> None:
    paragraphs = [f"Valve {number} is opened by the crew of hall {number % 17} 😀." for number in range(1, 600)]
    text = "\n\n".join(paragraphs)
    server.collection("plant", valves=text)
    (document,) = server.call("GET", "/v1/collections/plant/documents")["data"]
    stored = server.call("GET", f"/v1/collections/plant/documents/{document['id']}/text")["text"]
    start = stored.index("Valve 543 ")
    source = {"c": "plant", "d": document["id"], "s": start, "e": start + len("Valve 543")}
    page.goto(f"/?source={quote(json.dumps(source))}")
    mark = page.locator("mark")
    mark.wait_for()
    expect(mark).to_have_text("Valve 543")
    expect(mark).to_be_in_viewport()
    page.goto(f"/knowledge/plant/{document['id']}?chunk={document['chunks'] - 2}")
    expect(page.locator("mark").first).to_be_in_viewport()


def test_text_runs_in_its_own_direction(page: Any, server: Server) -> None:
    hebrew, chinese = "\u05d4\u05de\u05e9\u05d0\u05d1\u05d4", "\u6c34\u6cf5"
    server.collection("letters", letter=f"{hebrew} {hebrew}.\n\n{chinese}\u662f\u7eff\u8272\u7684\u3002")
    page.goto("/knowledge/letters")
    page.locator("tr[data-document]").get_by_role("link").click()
    direction = "element => getComputedStyle(element).direction"
    assert page.get_by_text(f"{hebrew}.").evaluate(direction) == "rtl"
    assert page.get_by_text(chinese).evaluate(direction) == "ltr"


def test_a_table_of_a_document_is_a_table(page: Any, server: Server) -> None:
    server.collection("plant")
    page.goto("/knowledge/plant")
    upload(page, "pumps.md", "# Pumps\n\n| pump | bar |\n|---|---|\n| north | 7 |\n").get_by_text("Added").wait_for()
    page.locator("tr[data-document]").get_by_role("link").click()
    cells = page.get_by_role("tabpanel").get_by_role("cell")
    expect(cells).to_have_text(["pump", "bar", "north", "7"])


def test_a_document_cannot_run_anything(page: Any, server: Server) -> None:
    attack = "document.title='taken'"
    text = f'The code of the gate is 4711. <img src=x onerror="{attack}"><script>{attack}</script>'
    server.collection("village", gate=text)
    page.goto("/knowledge/village")
    page.locator("tr[data-document]").get_by_role("link").click()
    page.get_by_text("The code of the gate").first.wait_for()
    assert page.title() != "taken"
    expect(page.locator("main img")).to_have_count(0)


def test_a_collection_is_made_and_deleted_by_its_name(page: Any, server: Server) -> None:
    page.goto("/knowledge")
    page.get_by_label("New collection").fill("short-lived")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="short-lived", level=1).wait_for()
    page.reload()  # what was just made is there
    page.get_by_role("button", name="Delete this collection").click()
    delete = page.get_by_role("button", name="Delete", exact=True)
    expect(delete).to_be_disabled()
    page.get_by_role("textbox", name="Type").fill("short-lived")
    delete.click()
    page.get_by_role("heading", name="Knowledge", level=1).wait_for()
    names = [collection["name"] for collection in server.call("GET", "/v1/collections")["data"]]
    assert "short-lived" not in names
