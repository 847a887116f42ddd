"""axe finds nothing on any page, light on a desk and dark on a phone; no page is wider than a phone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import ROOT, Server, ask, open_page

pytestmark = pytest.mark.e2e
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [("light", 1280), ("dark", 390)]
"""Colours depend on the theme and structure on the width: two looks see all of both."""


@pytest.fixture(scope="session")
def axe() -> str:
    """The checker's source."""
    if not Path(AXE).is_file():
        pytest.skip("axe-core is not installed: npm ci in web/")
    return AXE.read_text("utf-8")


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look[0]}-{look[1]}")
def any_page(request: pytest.FixtureRequest, chromium: Any, server: Server) -> Iterator[Any]:
    """A page in each of the looks."""
    scheme, width = request.param
    yield from open_page(chromium, server, viewport={"width": width, "height": 844}, color_scheme=scheme)


def violations(page: Any, axe: str) -> list[str]:
    """What axe objects to, one line each."""
    if page.evaluate("typeof window.axe") == "undefined":
        page.evaluate(axe)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def test_axe_finds_no_violation(any_page: Any, server: Server, island: str, axe: str) -> None:
    page = any_page
    (document, *_) = server.call("GET", "/v1/collections/island/documents")["data"]
    found: dict[str, list[str]] = {}

    def check(name: str) -> None:
        found[name] = violations(page, axe)

    page.goto("/")
    page.get_by_role("region", name="Collections").wait_for()
    check("welcome")
    ask(page, island, "When does the passenger ferry to Lismore leave Port Appin?")
    page.get_by_role("region", name="Sources").wait_for()
    check("answer")
    page.locator("[data-cite]").first.click()
    page.locator("mark").first.wait_for()
    check("source")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Why").click()
    page.get_by_role("region", name="Steps").wait_for()
    check("why")
    page.goto("/")
    ask(page, island, "Which composer wrote the opera about the volcanoes of Jupiter?")
    page.locator("[data-abstained]").wait_for()
    check("refusal")
    page.keyboard.press("Control+k")
    page.get_by_role("dialog", name="Find").wait_for()
    check("finder")
    page.goto("/knowledge")
    page.get_by_role("link", name=island).first.wait_for()
    check("knowledge")
    page.goto("/knowledge/island")
    page.locator("tr[data-document]").first.wait_for()
    check("collection")
    page.goto(f"/knowledge/island/{document['id']}")
    page.get_by_role("button", name="Chunk").first.click()
    page.get_by_text("Header, indexed with the text").wait_for()
    check("chunk")
    page.goto(f"/knowledge/island/{document['id']}?tab=versions")
    page.get_by_role("link", name="Version 1").wait_for()
    check("versions")
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_no_page_is_wider_than_a_phone_and_none_scrolls_its_frame(phone: Any, server: Server) -> None:
    word = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    wide = "| " + " | ".join(f"column {number}" for number in range(20)) + " |"
    text = f"# {word} {word}\n\nThe {word} meets at {word}.\n\n{wide}\n|{'---|' * 20}\n{wide}\n\n    {word * 4}\n"
    server.collection("wide-words", **{f"{word}-{word}": text})
    (document,) = server.call("GET", "/v1/collections/wide-words/documents")["data"]
    beyond = "[document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]"
    found = {}
    for address in ("/", "/knowledge", "/knowledge/wide-words", f"/knowledge/wide-words/{document['id']}"):
        phone.goto(address)
        phone.locator("h1").first.wait_for()
        found[address] = phone.evaluate(beyond)
    phone.goto("/")
    for question in (f"Where does the {word} meet?", "Which composer wrote the opera about the volcanoes of Jupiter?"):
        ask(phone, "wide-words", question)
        found[question] = phone.evaluate(beyond)
    assert {name: sizes for name, sizes in found.items() if sizes != [0, 0]} == {}


NATURAL = """
picker => {
  const wide = Object.assign(picker.cloneNode(true), {value: picker.value});
  wide.style.position = "absolute";
  picker.parentElement.append(wide);
  const width = wide.offsetWidth;
  wide.remove();
  return width - picker.offsetWidth;
}
"""
"""By how much a picker is narrower than what it says."""


def test_on_a_phone_no_choice_is_cut_and_the_thumbs_stay_together(phone: Any, island: str) -> None:
    phone.goto("/?in=handbook")
    phone.get_by_role("button", name="Temporary chat").wait_for()
    for label in ("Collection to search", "Who answers"):
        picker = phone.get_by_label(label).element_handle()
        phone.wait_for_function(f"picker => ({NATURAL})(picker) <= 1", arg=picker)  # once the choices are there
    turn = ask(phone, island, "When does the passenger ferry to Lismore leave Port Appin?")
    up, down = (turn.get_by_role("button", name=f"{mark} answer", exact=True) for mark in ("Good", "Poor"))
    assert up.bounding_box()["y"] == down.bounding_box()["y"]
