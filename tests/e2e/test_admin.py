"""The administration in a real browser: accounts, the topic switch, models, the workspace's usage, and who sees it."""

import time
import urllib.error
from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import Server, answer_of, open_page, put
from .test_accessibility import LOOKS, axe, violations
from .town import Person, Town, sign_in, town, wait_for_usage

__all__ = ["axe", "town"]

pytestmark = pytest.mark.e2e
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
QUESTION = "What is the salary of the harbour master?"
NOTICE = "Ask the personnel office."


@pytest.fixture
def street(chromium: Any, town: Town) -> Iterator[Any]:
    """A page of that server, where nobody is signed in."""
    yield from open_page(chromium, town.server)


def ask_program(server: Server, question: str) -> str:
    """What the handbook answers a program."""
    asked = {"model": "extractive", "collection": "handbook", "messages": [{"role": "user", "content": question}]}
    reply: str = server.call("POST", "/v1/chat/completions", asked)["choices"][0]["message"]["content"]
    return reply


def wait_for_notice(server: Server) -> None:
    """Return when the server knows the new topic: within seconds."""
    deadline = time.monotonic() + 60
    while NOTICE not in ask_program(server, QUESTION):
        assert time.monotonic() < deadline, "the topic is not known"
        time.sleep(0.2)


def test_an_account_is_added_with_a_password_shown_once_promoted_and_locked_out(
    street: Any, town: Town, chromium: Any
) -> None:
    sign_in(street, town.ann)
    street.get_by_title("Administration").click()
    street.get_by_label("E-mail of the new account").fill("cy@example.org")
    street.get_by_label("Name").fill("Cy Oh")
    street.get_by_role("button", name="Add", exact=True).click()
    password = street.get_by_label("Password of Cy Oh").input_value()
    tier = street.get_by_label("Tier of Cy Oh")
    with street.expect_response(lambda reply: reply.request.method == "PATCH"):
        tier.select_option("pro")
    street.get_by_role("button", name="Done").click()
    street.reload()
    tier.wait_for()
    expect(tier).to_have_value("pro")
    assert password not in street.content()
    for other in open_page(chromium, town.server):
        sign_in(other, Person("cy@example.org", password))
    row = street.get_by_role("listitem").filter(has_text="Cy Oh")
    row.get_by_role("button", name="Disable Cy Oh").click()
    row.get_by_role("button", name="Lock out").click()
    row.get_by_role("button", name="Enable Cy Oh").wait_for()
    expect(row).to_contain_text("locked out")
    own = street.get_by_role("listitem").filter(has_text=town.ann.email)
    expect(own.get_by_role("button")).to_have_text(["Limits"])


def test_a_topic_gets_a_notice_until_it_is_removed(street: Any, town: Town) -> None:
    sign_in(street, town.ann, "/admin?tab=topics")
    street.goto("/admin?tab=topics")
    street.get_by_role("button", name="Add a topic").click()
    form = street.get_by_role("form", name="New topic")
    form.get_by_label("Topic", exact=True).fill("salaries")
    form.get_by_label("Words").fill("salary, bonus")
    form.get_by_label("gets a notice").check()
    expect(form.get_by_role("button", name="Save")).to_be_disabled()
    form.get_by_label("What the reader is told").fill(NOTICE)
    form.get_by_role("button", name="Save").click()
    row = street.get_by_role("listitem").filter(has_text="salaries")
    row.wait_for()
    expect(row).to_contain_text("Words: salary, bonus")
    wait_for_notice(town.server)
    street.goto("/")
    put(street, "handbook", QUESTION)
    assert NOTICE in answer_of(street, QUESTION).inner_text()
    street.goto("/admin?tab=topics")
    street.get_by_role("button", name="Remove salaries").click()
    street.get_by_role("button", name="Remove", exact=True).click()
    street.get_by_text("No topics").wait_for()


def test_usage_of_the_workspace_is_told_by_user(street: Any, town: Town) -> None:
    bo = Server(town.server.url)
    bo.key = bo.call("POST", "/v1/auth/sign-in", town.bo._asdict())["access_token"]
    assert ask_program(bo, "How do I add documents?")
    wait_for_usage(town.server, "/v1/admin/usage?by=user", town.bo.email)
    sign_in(street, town.ann)
    street.goto("/admin?tab=usage")
    row = street.get_by_role("region", name="Usage by user").get_by_role("row", name=town.bo.email)
    row.wait_for()
    street.get_by_role("button", name="By model").click()
    street.get_by_role("region", name="Usage by model").get_by_role("row", name="extractive").wait_for()


def test_limits_and_budgets_of_an_account_are_set_and_a_key_is_ended(street: Any, town: Town) -> None:
    bo = Server(town.server.url)
    bo.key = bo.call("POST", "/v1/auth/sign-in", town.bo._asdict())["access_token"]
    program = Server(town.server.url, bo.call("POST", "/v1/me/keys", {"name": "nightly"})["key"])
    assert program.call("GET", "/v1/models")["data"]
    sign_in(street, town.ann)
    street.goto("/admin")
    street.get_by_role("button", name="Limits of Bo Ek").click()
    form = street.get_by_role("form", name="Limits of Bo Ek")
    form.get_by_label("Requests an hour").fill("many")
    expect(form.get_by_role("button", name="Save")).to_be_disabled()
    form.get_by_label("Requests an hour").fill("none")
    form.get_by_label("US dollars a month").fill("2.50")
    form.get_by_role("button", name="Save").click()
    row = street.get_by_role("listitem").filter(has_text="Bo Ek")
    row.get_by_text("$2.50 a month").wait_for()
    (account,) = [one for one in town.server.call("GET", "/v1/admin/users")["data"] if one["email"] == town.bo.email]
    assert account["limits"] == {"requests_per_hour": None, "usd_per_month": 2.5}
    street.goto("/admin?tab=keys")
    street.get_by_role("button", name="Revoke nightly of Bo Ek").click()
    street.get_by_role("button", name="Revoke for good").click()
    street.get_by_text("nightly").wait_for(state="detached")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        program.call("GET", "/v1/models")


def test_guards_are_shown_as_they_are_in_force(street: Any, town: Town) -> None:
    sign_in(street, town.ann)
    street.goto("/admin?tab=guards")
    kinds = street.get_by_role("region", name="Kinds of personal data and secrets")
    assert kinds.get_by_role("row", name="card number").inner_text().split("\t")[1:3] == ["masked", "masked"]
    expect(kinds.get_by_role("row", name="E-mail address").get_by_text("passes")).to_have_count(2)


def test_a_member_sees_no_administration(street: Any, town: Town) -> None:
    sign_in(street, town.bo)
    expect(street.get_by_title("Administration")).to_have_count(0)
    street.goto("/admin")
    street.get_by_role("heading", name="There is no page at this address").wait_for()
    expect(street.get_by_role("tab")).to_have_count(0)


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look[0]}-{look[1]}")
def test_axe_finds_no_violation_in_the_administration(
    chromium: Any, town: Town, axe: str, look: tuple[str, int]
) -> None:
    scheme, width = look
    for page in open_page(chromium, town.server, viewport={"width": width, "height": 844}, color_scheme=scheme):
        town.server.call("POST", "/v1/me/keys", {"name": f"robot {width}"})
        sign_in(page, town.ann)
        found: dict[str, tuple[list[str], int]] = {}
        page.goto("/admin")
        page.get_by_role("list", name="Accounts").wait_for()
        page.get_by_role("button", name="Disable Bo Ek").click()
        assert page.get_by_role("tablist").evaluate("row => row.scrollWidth - row.clientWidth") == 0
        for name in page.get_by_role("tab").all_inner_texts():
            page.get_by_role("tab", name=name).click()
            page.get_by_role("tabpanel", name=name).locator("ul, table, button").first.wait_for()
            if name == "Topics":
                page.get_by_role("button", name="Add a topic").click()
            beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            found[name] = (violations(page, axe), beyond)
        assert found == {name: ([], 0) for name in found}
