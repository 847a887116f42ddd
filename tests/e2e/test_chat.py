"""Asking in a real browser: an answer whose sources open, an honest refusal, a deleted document, the keyboard."""

import re
from typing import Any

import pytest

from .conftest import BAKERY, FERRY, Server, answer_of, ask, pick, put

pytestmark = pytest.mark.e2e
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
QUESTION = "When does the passenger ferry to Lismore leave Port Appin?"


def test_the_handbook_answers_its_example_questions_and_says_what_it_cannot_know(page: Any) -> None:
    page.goto("/")
    page.get_by_role("button", name="handbook").click()
    examples = page.get_by_role("main").get_by_role("listitem").get_by_role("button", name="?")
    expect(examples).to_have_count(3)
    questions = examples.all_inner_texts()
    examples.first.click()
    turn = answer_of(page, questions[0])
    numbers = turn.locator("[data-sentence] [data-cite]").evaluate_all("all => all.map(one => +one.dataset.cite)")
    assert numbers[0] == 1
    assert sorted(set(numbers)) == list(range(1, max(numbers) + 1))
    for question in questions[1:]:
        assert ask(page, "handbook", question).locator("[data-cite]").count() > 0
    refused = ask(page, "handbook", "What is the capital of Peru?")
    expect(refused.locator("[data-abstained]").get_by_text("Searched handbook")).to_be_visible()


def test_each_sentence_opens_its_source_at_the_marked_passage(page: Any, island: str) -> None:
    page.goto("/")
    turn = ask(page, island, QUESTION)
    assert "9:15" in turn.inner_text()
    sentences = turn.locator("[data-sentence]")
    cited = turn.locator("[data-sentence]:has([data-cite])")
    assert sentences.count() == cited.count() > 0
    turn.locator("[data-sentence]", has_text="9:15").locator("[data-cite]").first.click()
    panel = page.get_by_role("complementary", name="ferry")
    panel.locator("mark").wait_for()
    expect(panel.locator("mark")).to_contain_text("9:15")
    expect(panel).to_contain_text("version 1")
    page.reload()
    page.get_by_role("complementary", name="ferry").locator("mark").wait_for()
    page.go_back()
    panel.wait_for(state="detached")
    assert "9:15" in answer_of(page, QUESTION).inner_text()


def test_one_step_back_closes_the_panel_however_many_sources_were_opened(page: Any, island: str) -> None:
    page.goto("/")
    turn = ask(page, island, QUESTION)
    address = page.url
    turn.locator("[data-cite]").first.click()
    panel = page.get_by_role("complementary")
    panel.wait_for()
    turn.get_by_role("button", name="Why").click()
    panel.get_by_role("region", name="Steps").wait_for()
    turn.get_by_role("region", name="Sources").get_by_role("button").last.click()
    panel.locator("mark").first.wait_for()
    page.go_back()
    panel.wait_for(state="detached")
    assert page.url == address
    turn.locator("[data-cite]").first.click()
    panel.locator("mark").first.wait_for()
    page.keyboard.press("Escape")
    panel.wait_for(state="detached")
    assert page.url == address


def test_hovering_a_sentence_lights_its_source(page: Any, island: str) -> None:
    page.goto("/")
    sentence = ask(page, island, QUESTION).locator("[data-sentence]").first
    number = sentence.locator("[data-cite]").first.get_attribute("data-cite")
    source = page.locator(f"[data-source='{number}']")
    sentence.hover()
    marked = "getComputedStyle(document.documentElement).getPropertyValue('--mark') !== ''"
    assert page.evaluate(marked)
    expect(source).to_have_class(re.compile(r"(^| )bg-mark( |$)"))


def test_the_why_panel_shows_the_steps_and_the_same_json(page: Any, island: str) -> None:
    page.goto("/")
    ask(page, island, QUESTION).get_by_role("button", name="Why").click()
    panel = page.get_by_role("complementary", name="Why this answer")
    panel.get_by_role("region", name="Steps").locator("li").first.wait_for()
    panel.get_by_role("region", name="Two rankings become one").wait_for()
    panel.get_by_role("button", name="JSON").click()
    expect(panel.locator("pre")).to_contain_text(f'"question": "{QUESTION}"')


def test_a_question_without_an_answer_is_refused_without_references(page: Any, island: str) -> None:
    page.goto("/")
    question = "Which composer wrote the opera about the volcanoes of Jupiter?"
    turn = ask(page, island, question)
    refusal = turn.locator("[data-abstained]")
    assert "I don't have enough information to answer this" in refusal.inner_text()
    expect(refusal.get_by_role("link", name=island)).to_be_visible()
    expect(turn.locator("[data-cite]")).to_have_count(0)
    expect(turn.get_by_role("region", name="Sources")).to_have_count(0)


def test_keyword_search_stands_beside_the_answer(page: Any, island: str) -> None:
    page.goto("/")
    page.get_by_role("button", name="Compare", exact=True).click()
    page.get_by_role("menuitemradio", name="Plain keyword search").click()
    ask(page, island, QUESTION)  # the answer is there: nothing moves any more
    hits = page.get_by_role("region", name="Plain keyword search").get_by_role("button")
    hits.first.click()
    page.locator("aside mark").first.wait_for()
    expect(page.locator("aside")).to_contain_text("ferry", ignore_case=True)


def test_a_deleted_document_no_longer_answers(page: Any, server: Server) -> None:
    server.collection("islet", ferry=FERRY, bakery=BAKERY)
    page.goto("/")
    assert "9:15" in ask(page, "islet", QUESTION).inner_text()
    page.goto("/knowledge/islet")
    page.get_by_role("button", name="Delete ferry").click()
    page.get_by_role("row", name="ferry").wait_for(state="detached")
    page.get_by_role("link", name="New chat").first.click()
    again = QUESTION.replace("does", "will")
    turn = ask(page, "islet", again)
    assert "9:15" not in turn.inner_text()
    expect(turn.locator("[data-abstained]")).to_be_visible()


def test_a_deletion_can_be_undone(page: Any, server: Server) -> None:
    server.collection("islet", ferry=FERRY)
    page.goto("/knowledge/islet")
    page.get_by_role("button", name="Delete ferry").click()
    page.get_by_role("row", name="ferry").wait_for(state="detached")
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("row", name="ferry").wait_for()
    assert len(server.call("GET", "/v1/collections/islet/documents")["data"]) == 1


def test_everything_is_reached_by_keyboard(page: Any, island: str) -> None:
    page.goto("/")
    page.get_by_label("Collection to search").select_option(island)
    page.locator("h1").click()
    page.keyboard.press("/")
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    turn = answer_of(page, QUESTION)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    first = turn.locator("[data-cite]").first
    expect(first).to_be_focused()
    page.keyboard.press("o")
    panel = page.get_by_role("complementary")
    panel.locator("mark").wait_for()
    page.keyboard.press("Escape")
    panel.wait_for(state="detached")
    expect(first).to_be_focused()
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keyboard").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Find").get_by_role("combobox")).to_be_focused()
    page.keyboard.type(island)
    page.get_by_role("option", name="island Collection").wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=island, level=1).wait_for()


def test_an_answer_is_stopped_by_a_key(page: Any, island: str) -> None:
    page.goto("/")
    page.route("**/messages", lambda route: None)  # an answer that never begins
    put(page, island, QUESTION)
    page.get_by_role("button", name="Stop the answer").wait_for()
    page.keyboard.press(".")
    page.get_by_text("Stopped here.").wait_for()
    page.unroute("**/messages")
    page.get_by_role("button", name="Answer again").click()
    expect(answer_of(page, QUESTION)).to_contain_text("9:15")


def test_conversations_are_kept_renamed_and_deleted(page: Any, island: str) -> None:
    page.goto("/")
    ask(page, island, QUESTION)
    page.reload()
    title = page.locator("nav a[aria-current=page]").inner_text()
    pick(page, title, "Rename")
    expect(page.get_by_label("Name of the conversation")).to_be_focused()
    page.keyboard.type("Ferry times")
    page.keyboard.press("Enter")
    renamed = page.get_by_role("link", name="Ferry times")
    renamed.wait_for()
    pick(page, "Ferry times", "Delete")
    renamed.wait_for(state="detached")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()


def test_a_source_is_a_drawer_on_a_phone(phone: Any, island: str) -> None:
    phone.goto("/")
    ask(phone, island, QUESTION).locator("[data-cite]").first.tap()
    drawer = phone.get_by_role("dialog", name="ferry")
    drawer.locator("mark").wait_for()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    drawer.get_by_role("button", name="Close panel").tap()
    drawer.wait_for(state="detached")


def test_a_lost_server_is_said_and_found_again(page: Any, island: str) -> None:
    page.goto("/", wait_until="load")
    page.get_by_role("region", name="Collections").wait_for()
    page.context.set_offline(True)
    turn = ask(page, island, QUESTION)
    assert "server cannot be reached" in turn.get_by_role("alert").inner_text()
    lost = page.get_by_text("Trying again every few seconds")
    lost.wait_for()
    page.context.set_offline(False)
    lost.wait_for(state="detached")
    turn.get_by_role("button", name="Answer again").click()
    turn.locator("[data-cite]").first.wait_for()
    assert "9:15" in turn.inner_text()


def test_a_question_about_what_was_said_before_is_understood(page: Any, island: str) -> None:
    page.goto("/")
    ask(page, island, "How much is a return ticket for the ferry?")
    turn = ask(page, island, "And from where does it leave?")
    turn.get_by_text("Searched as").wait_for()
    assert "Port Appin" in turn.inner_text()
