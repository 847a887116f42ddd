"""Accounts in a real browser: signing in and out, two people who share it, keys, a session that ends elsewhere."""

import re
import urllib.error
from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import Server, ask, open_page
from .test_accessibility import LOOKS, axe, violations
from .town import Town, sign_in, town, wait_for_usage

__all__ = ["axe", "town"]

pytestmark = pytest.mark.e2e
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
QUESTION = "How do I add documents?"


@pytest.fixture
def street(chromium: Any, town: Town) -> Iterator[Any]:
    """A page of that server, where nobody is signed in."""
    yield from open_page(chromium, town.server)


def sign_out(page: Any) -> None:
    """Sign out on the account page."""
    page.goto("/account")
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("heading", name="Sign in to Answerable").wait_for()


def test_who_is_not_signed_in_is_led_to_the_door_and_then_on(street: Any, town: Town) -> None:
    street.goto("/knowledge/handbook")
    street.get_by_label("E-mail").fill(town.ann.email)
    street.get_by_label("Password").fill("not the password")
    street.keyboard.press("Enter")
    expect(street.get_by_role("alert")).to_contain_text("password is wrong")
    street.get_by_label("Password").fill(town.ann.password)
    street.keyboard.press("Enter")
    street.get_by_role("heading", name="handbook", level=1).wait_for()
    sign_out(street)
    street.go_back()
    street.get_by_role("heading", name="Sign in to Answerable").wait_for()


def test_people_who_share_a_browser_do_not_see_each_others_conversations(street: Any, town: Town) -> None:
    def listed() -> int:
        found: int = street.get_by_role("link", name=QUESTION).count()
        return found

    sign_in(street, town.ann)
    ask(street, "handbook", QUESTION)
    street.get_by_role("link", name=QUESTION).wait_for()
    sign_out(street)
    sign_in(street, town.bo)
    street.get_by_text("Your conversations will be listed here.").wait_for()
    assert listed() == 0
    sign_out(street)
    sign_in(street, town.ann)
    street.get_by_role("link", name=QUESTION).wait_for()


def test_a_key_is_shown_once_works_and_is_revoked(street: Any, town: Town) -> None:
    sign_in(street, town.bo, "/account")
    street.get_by_label("New key").fill("my script")
    street.get_by_text("It may do").click()
    street.get_by_label("knowledge.write").uncheck()
    street.get_by_role("button", name="Make key").click()
    key = street.get_by_label("Key my script").input_value()
    program = Server(town.server.url, key)
    assert program.call("GET", "/v1/models")["data"]
    assert "knowledge.write" not in program.call("GET", "/v1/me")["scopes"]
    street.reload()
    street.get_by_role("button", name="Revoke my script").wait_for()
    assert key not in street.content()
    street.get_by_role("button", name="Revoke my script").click()
    street.get_by_role("button", name="Revoke for good").click()
    street.get_by_text("No keys yet").wait_for()
    with pytest.raises(urllib.error.HTTPError, match="401"):
        program.call("GET", "/v1/models")


def test_usage_is_told_by_day_and_by_model_with_what_is_left(street: Any, town: Town) -> None:
    sign_in(street, town.bo)
    ask(street, "handbook", QUESTION)
    bo = Server(town.server.url)
    bo.key = bo.call("POST", "/v1/auth/sign-in", town.bo._asdict())["access_token"]
    wait_for_usage(bo, "/v1/usage?by=model&since=1d", "extractive")
    street.get_by_title("Account").click()
    usage = street.get_by_role("region", name="Usage", exact=True)
    models = usage.get_by_role("region", name="Usage by model")
    models.get_by_role("row", name="extractive").wait_for()
    assert "$0.00" in models.get_by_role("row", name="extractive").inner_text()
    assert re.search(r"In the last 30 days: \d+ requests?", usage.inner_text())
    usage.get_by_text("The days as a table").click()
    expect(usage.get_by_role("region", name="Usage by day").get_by_role("row")).to_have_count(2)
    usage.get_by_role("button", name="Tokens").click()
    assert usage.get_by_role("img").get_attribute("aria-label")
    limits = usage.get_by_role("region", name="Limits").inner_text()
    assert re.search(r"as of your last question, (just now|\d minutes? ago)", limits)
    assert "of 100" in limits


def test_a_session_is_renewed_without_a_word(street: Any, town: Town) -> None:
    sign_in(street, town.bo)
    street.context.clear_cookies(name="answerable")  # as when it has expired
    street.goto("/knowledge")
    street.get_by_role("heading", name="Knowledge").wait_for()
    street.get_by_role("link", name="handbook").wait_for()


def test_a_session_that_ends_elsewhere_leads_back_to_the_door(street: Any, town: Town) -> None:
    sign_in(street, town.bo)
    elsewhere = Server(town.server.url)
    elsewhere.key = elsewhere.call("POST", "/v1/auth/sign-in", town.bo._asdict())["access_token"]
    elsewhere.call("POST", "/v1/auth/sign-out", {"everywhere": True})
    street.goto("/knowledge")
    street.get_by_role("heading", name="Sign in to Answerable").wait_for()
    assert street.url.endswith("/sign-in?to=%2Fknowledge")


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look[0]}-{look[1]}")
def test_axe_finds_no_violation_on_the_pages_of_an_account(
    chromium: Any, town: Town, axe: str, look: tuple[str, int]
) -> None:
    scheme, width = look
    for page in open_page(chromium, town.server, viewport={"width": width, "height": 844}, color_scheme=scheme):
        page.goto("/sign-in")
        page.get_by_label("E-mail").wait_for()
        found = {"sign-in": violations(page, axe)}
        page.get_by_label("E-mail").fill(town.ann.email)
        page.get_by_label("Password").fill(town.ann.password)
        page.keyboard.press("Enter")
        page.get_by_label("Your question").wait_for()
        page.goto("/account")
        page.get_by_role("button", name="Make key").wait_for()
        page.get_by_text("It may do").click()
        found["account"] = violations(page, axe)
        beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert (found, beyond) == ({"sign-in": [], "account": []}, 0)
