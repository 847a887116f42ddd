"""Conversations on the real server: reloads in the middle of an answer, versions, two models, marks, folders, search,
shares, what an older version left in the browser, and who may see what.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import answer_of, open_page, pick
from .talker import SLOWLY, Talker, talker
from .test_accessibility import LOOKS, axe, violations
from .town import Town, sign_in, town_with_models

__all__ = ["axe", "talker", "town_with_models"]

pytestmark = pytest.mark.e2e
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
NOT_THERE = ("status of 404",)


@pytest.fixture
def street(chromium: Any, town: Town, talker: Talker) -> Iterator[Any]:
    """A page where Bo is signed in."""
    talker.hold()
    for page in open_page(chromium, town.server, NOT_THERE):
        sign_in(page, town.bo)
        yield page
    talker.go_on()


def begin(page: Any, question: str, model: str = "small") -> Any:
    """Ask in a new chat without documents; its turn."""
    page.goto("/")
    page.get_by_label("Who answers").select_option(model)
    page.get_by_label("Collection to search").select_option("")
    return say(page, question)


def say(page: Any, question: str) -> Any:
    """Ask on in the open chat; its turn."""
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    return page.get_by_role("article", name=question)


def test_an_answer_outlives_a_reload_and_is_neither_doubled_nor_cut(street: Any, talker: Talker) -> None:
    question = f"How many minutes are two hours, {SLOWLY}?"
    turn = begin(street, question)
    turn.get_by_text("Answer").wait_for()
    street.reload()
    turn.get_by_text("Answer").wait_for()
    street.get_by_role("button", name="Stop the answer").wait_for()
    street.goto("/knowledge")
    street.go_back()
    turn.get_by_text("Answer").wait_for()
    talker.go_on()
    text = answer_of(street, question).inner_text()
    assert text.count("two hours are 120 minutes.") == 1
    assert text.count("Answer ") == 1
    street.reload()
    assert answer_of(street, question).inner_text().count("two hours are 120 minutes.") == 1


def test_a_second_tab_follows_the_same_answer(street: Any, talker: Talker) -> None:
    question = f"How long is a day, {SLOWLY}?"
    begin(street, question).get_by_text("Answer").wait_for()
    other = street.context.new_page()
    other.goto(street.url)
    other.get_by_role("article", name=question).get_by_text("Answer").wait_for()
    talker.go_on()
    assert "120 minutes." in answer_of(other, question).inner_text()
    assert "120 minutes." in answer_of(street, question).inner_text()


def test_a_lost_connection_is_told_and_the_answer_goes_on_by_itself(street: Any, talker: Talker) -> None:
    question = f"How long is a week, {SLOWLY}?"
    turn = begin(street, question)
    turn.get_by_text("Answer").wait_for()
    street.context.set_offline(True)
    street.context.set_offline(False)
    talker.go_on()
    text = answer_of(street, question).inner_text()
    assert text.count("two hours are 120 minutes.") == 1


def test_a_stopped_answer_stays_stopped_and_is_answered_again(street: Any, talker: Talker) -> None:
    question = f"How long is a month, {SLOWLY}?"
    turn = begin(street, question)
    turn.get_by_text("Answer").wait_for()
    street.get_by_role("button", name="Stop the answer").click()
    turn.get_by_text("Stopped here.").wait_for()
    street.reload()
    turn.get_by_text("Stopped here.").wait_for()
    assert "120 minutes." not in turn.inner_text()
    talker.go_on()
    turn.get_by_role("button", name="Answer again").click()
    turn.get_by_text("120 minutes.").wait_for()
    turn.get_by_text("2 of 2").wait_for()


def test_a_question_that_is_reworded_is_a_branch_and_both_can_be_seen(street: Any) -> None:
    answer_of(street, begin(street, "How long is a minute?").get_attribute("aria-label"))
    say(street, "And an hour?")
    answer_of(street, "And an hour?")
    first = street.get_by_role("article", name="How long is a minute?")
    first.get_by_role("button", name="Edit", exact=True).click()
    street.get_by_label("Edit the question").fill("How long is a second?")
    street.get_by_role("button", name="Ask", exact=True).first.click()
    turn = answer_of(street, "How long is a second?")
    expect(street.get_by_role("article")).to_have_count(1)
    turn.get_by_role("button", name="Previous version of the question").click()
    answer_of(street, "And an hour?")
    street.reload()
    answer_of(street, "And an hour?")
    first.get_by_role("button", name="Next version of the question").click()
    answer_of(street, "How long is a second?")
    expect(street.get_by_role("article")).to_have_count(1)


def test_two_models_answer_side_by_side_and_one_goes_on(street: Any, talker: Talker) -> None:
    street.goto("/")
    street.get_by_label("Who answers").select_option("small")
    street.get_by_label("Collection to search").select_option("")
    street.get_by_role("button", name="Compare", exact=True).click()
    street.get_by_role("menuitemradio", name="priceless").click()
    question = f"How long is a year, {SLOWLY}?"
    turn = say(street, question)
    small = street.get_by_role("region", name="Answer 1, of small")
    priceless = street.get_by_role("region", name="Answer 2, of priceless")
    small.get_by_text("answering…").wait_for()
    priceless.get_by_text("answering…").wait_for()
    small.get_by_text("Answer").nth(0).wait_for()
    street.reload()
    small.get_by_text("answering…").wait_for()
    priceless.get_by_text("answering…").wait_for()
    talker.go_on()
    small.get_by_text("$0.0014").wait_for()
    priceless.get_by_text("cost not known").wait_for()
    street.reload()
    small.get_by_role("button", name="Go on with this one").click()
    turn.get_by_text("1 of 2").wait_for()
    assert "of small:" in turn.inner_text()
    assert "of priceless:" not in turn.inner_text()
    say(street, "And two years?")
    answer_of(street, "And two years?")
    expect(street.get_by_role("article")).to_have_count(2)


def test_marks_are_kept_changed_and_seen_by_a_reviewer(street: Any, town: Town, chromium: Any) -> None:
    question = "How long is a decade?"
    begin(street, question)
    turn = answer_of(street, question)
    turn.get_by_role("button", name="Poor answer").click()
    turn.get_by_label("What was good or poor about it").fill("It says minutes.")
    with street.expect_response("**/feedback"):
        turn.get_by_role("button", name="Send").click()
    turn.get_by_text("It says minutes.").wait_for()
    street.reload()
    turn.get_by_text("It says minutes.").wait_for()
    expect(turn.get_by_role("button", name="Poor answer")).to_have_attribute("aria-pressed", "true")
    for page in open_page(chromium, town.server):
        sign_in(page, town.ann)
        page.get_by_title("Review").click()
        page.get_by_text(question).click()
        item = page.get_by_role("listitem").filter(has_text=question)
        item.get_by_text("It says minutes.").wait_for()
        item.get_by_label("Note").fill("A decade is ten years.")
        item.get_by_role("button", name="Settle").click()
        page.get_by_text("Nothing to look at").wait_for()
        page.get_by_role("button", name="Settled").click()
        page.get_by_text(question).wait_for()
    turn.get_by_role("button", name="Poor answer").click()
    turn.get_by_text("It says minutes.").wait_for(state="detached")


def test_what_was_said_is_found_and_opened_at_its_place(street: Any) -> None:
    answer_of(street, begin(street, "Where do marmots sleep?").get_attribute("aria-label"))
    for number in range(3):
        say(street, f"And question {number}?")
        answer_of(street, f"And question {number}?")
    street.goto("/")
    expect(street.get_by_label("Your question")).to_be_focused()  # the page listens
    street.keyboard.press("Escape")
    street.keyboard.press("Control+k")
    expect(street.get_by_role("dialog", name="Find").get_by_role("combobox")).to_be_focused()
    street.keyboard.type("marmo")
    hit = street.get_by_role("option").filter(has=street.locator("mark"))
    hit.first.wait_for()
    expect(hit.first.locator("mark")).to_have_text("marmots")
    hit.first.click()
    found = street.locator("article[data-found]")
    found.wait_for()
    assert found.get_attribute("aria-label") == "Where do marmots sleep?"


def test_folders_tags_and_the_archive_sort_the_list(street: Any) -> None:
    answer_of(street, begin(street, "How tall is a tree?").get_attribute("aria-label"))
    title = "How tall is a tree?"
    rail = street.get_by_role("navigation")
    pick(street, title, "Move to folder")
    street.get_by_label("Folder of the conversation").fill("nature/trees")
    street.keyboard.press("Enter")
    rail.get_by_role("button", name="nature").click()
    rail.get_by_role("button", name="trees").click()
    rail.get_by_role("link", name=title).wait_for()
    pick(street, title, "Tags")
    street.get_by_label("Tags of the conversation").fill("tall, green")
    street.keyboard.press("Enter")
    rail.get_by_role("button", name="green", exact=True).click()
    rail.get_by_role("link", name=title).wait_for()
    expect(rail.locator("a[href^='/c/']")).to_have_count(1)
    rail.get_by_role("button", name="green", exact=True).click()
    pick(street, title, "Archive")
    rail.get_by_role("link", name=title).wait_for(state="detached")
    rail.get_by_role("button", name="Archived").click()
    rail.get_by_role("link", name=title).wait_for()
    with street.expect_download() as saved:
        pick(street, title, "Export as Markdown")
    assert saved.value.suggested_filename == "How tall is a tree.md"


def test_a_shared_link_opens_for_anybody_until_it_is_withdrawn(street: Any, town: Town, chromium: Any) -> None:
    question = "How long is a century?"
    answer_of(street, begin(street, question).get_attribute("aria-label"))
    street.get_by_role("button", name="Share").click()
    street.get_by_label("Good for").select_option("1 day")
    street.get_by_role("button", name="Make a link").click()
    link = street.get_by_label("Link to this conversation").input_value()
    say(street, "And a secret afterwards?")
    answer_of(street, "And a secret afterwards?")
    for page in open_page(chromium, town.server, NOT_THERE):
        page.goto(link)
        page.get_by_role("heading", name=question).first.wait_for()
        text = page.locator("body").inner_text()
        assert "120 minutes." in text
        assert "secret" not in text
        assert town.bo.email not in page.content()
        street.get_by_role("button", name="Withdraw the link").click()
        street.get_by_role("button", name="Withdraw it").click()
        street.get_by_role("button", name="Withdraw the link").wait_for(state="detached")
        page.reload()
        page.get_by_text("Nothing is shared at this address").wait_for()


def test_nobody_sees_what_belongs_to_somebody_else(street: Any, town: Town, chromium: Any) -> None:
    question = "How long is my secret?"
    answer_of(street, begin(street, question).get_attribute("aria-label"))
    for page in open_page(chromium, town.server, NOT_THERE):
        sign_in(page, town.ann, street.url.removeprefix(town.server.url))
        page.get_by_text("There is no such conversation of yours.").wait_for()
        assert "secret" not in page.content()
        expect(page.get_by_role("link", name=question)).to_have_count(0)


def test_a_temporary_chat_leaves_nothing_behind(street: Any, town: Town) -> None:
    street.goto("/")
    street.get_by_role("button", name="Temporary chat").click()
    street.get_by_text("nothing of it is stored").wait_for()
    street.get_by_label("Who answers").select_option("small")
    street.get_by_label("Collection to search").select_option("")
    say(street, "How long is a blink?")
    assert "120 minutes." in answer_of(street, "How long is a blink?").inner_text()
    street.get_by_text("not stored").wait_for()
    expect(street.get_by_role("link", name="How long is a blink?")).to_have_count(0)
    street.reload()
    street.get_by_role("heading", name="What would you like to know?").wait_for()


def test_conversations_of_an_older_version_move_to_the_server_once(street: Any, town: Town) -> None:
    turn = {
        "id": "t1",
        "question": "When does it leave?",
        "model": "extractive",
        "status": "done",
        "asked_at": "2026-11-20T10:00:00.000Z",
        "ms": 100,
        "plain": "At 9:15.",
        "sentences": [],
        "passages": [],
        "confidence": None,
        "abstention": None,
        "events": [],
    }
    old = {"id": "c1", "title": "The old ferry", "updated_at": "2026-11-20T10:00:00.000Z", "turns": [turn]}
    me = street.evaluate("fetch('/v1/me').then(reply => reply.json())")["user"]["id"]
    put = "([key, value]) => localStorage.setItem(key, value)"
    street.evaluate(put, [f"answerable.conversations.{me}", json.dumps([old])])
    street.reload()
    street.get_by_text("1 conversation is only in this browser.").wait_for()
    street.get_by_role("button", name="Keep on the server").click()
    street.get_by_role("link", name="The old ferry").click()
    assert "At 9:15." in answer_of(street, "When does it leave?").inner_text()
    street.reload()
    answer_of(street, "When does it leave?")
    expect(street.get_by_text("only in this browser")).to_have_count(0)


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look[0]}-{look[1]}")
def test_axe_finds_no_violation_in_conversations(
    chromium: Any, town: Town, axe: str, look: tuple[str, int], talker: Talker
) -> None:
    scheme, width = look
    found: dict[str, Any] = {}
    talker.go_on()
    for page in open_page(chromium, town.server, viewport={"width": width, "height": 844}, color_scheme=scheme):

        def check(name: str, page: Any = page) -> None:
            beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            found[name] = (violations(page, axe), beyond)

        sign_in(page, town.ann)
        question = f"How long is an hour at {width}?"
        begin(page, question)
        turn = answer_of(page, question)
        turn.get_by_role("button", name="Poor answer").click()
        check("marked")
        turn.get_by_role("button", name="Again", exact=True).click()
        turn.get_by_text("2 of 2").wait_for()
        check("versions")
        page.goto(page.url + "?versus=" + page.evaluate(_QUESTION_ID))
        page.get_by_role("button", name="Go on with this one").first.wait_for()
        check("pair")
        page.goto(page.url.partition("?")[0] + "?share=true")
        page.get_by_role("button", name="Make a link").click()
        link = page.get_by_label("Link to this conversation").input_value()
        check("share")
        page.goto("/review")
        page.get_by_role("main").get_by_text(question).first.click()
        page.get_by_label("Note").first.wait_for()
        check("review")
        page.goto(link)
        page.get_by_role("heading", name=question).first.wait_for()
        check("shared")
        page.goto("/?temporary=true")
        page.get_by_text("nothing of it is stored").wait_for()
        page.get_by_role("button", name="Open menu" if width < 768 else "Find").click()
        if width < 768:
            page.get_by_role("button", name=f"More for “{question}”").click()
        check("menu")
    assert found == {name: ([], 0) for name in found}


_QUESTION_ID = """
fetch(location.pathname.replace('/c/', '/v1/conversations/') + '/messages').then(reply => reply.json())
    .then(page => page.data.findLast(message => message.role === 'user').id)
"""
