"""Research in a real browser: a report on the handbook from the question to the file, and over a killed server."""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import Server, open_page, serving, with_copy
from .test_accessibility import LOOKS, axe, violations
from .test_killed_server import GONE

__all__ = ["axe"]

pytestmark = pytest.mark.e2e
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect

TOPIC = "How does Answerable keep answers true, and what happens when a model fails?"
LONG_MS = 300_000


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, handbook: Path) -> Iterator[Server]:
    """A server as a new user has it: with the handbook."""
    with serving(with_copy(handbook, tmp_path_factory.mktemp("library"))) as found:
        found.wait_until_embedded("handbook")
        yield found


@pytest.fixture
def desk(chromium: Any, library: Server) -> Iterator[Any]:
    """A page of it that outlives the server."""
    yield from open_page(chromium, library, GONE)


@pytest.fixture(params=LOOKS, ids=lambda look: f"{look[0]}-{look[1]}")
def any_desk(request: pytest.FixtureRequest, chromium: Any, library: Server) -> Iterator[Any]:
    """A page in each of the looks."""
    scheme, width = request.param
    yield from open_page(chromium, library, viewport={"width": width, "height": 844}, color_scheme=scheme)


def begin(page: Any, *, outline_first: bool = False) -> str:
    """Begin a run on the handbook by keyboard; its id."""
    page.goto("/research")
    page.get_by_label("Show me the outline first").set_checked(outline_first)
    page.get_by_label("What do you want to know?").fill(TOPIC)
    page.keyboard.press("Enter")
    page.wait_for_url("**/research/res_*")
    run: str = page.url.rpartition("/")[2]
    return run


def finished(page: Any) -> Any:
    """The report, once it is there."""
    page.get_by_role("heading", name="Main findings").wait_for(timeout=LONG_MS)
    return page.get_by_role("article")


@pytest.fixture(scope="module")
def done(library: Server) -> str:
    """A run that is done."""
    return _until(library, "done")


def _until(library: Server, status: str, **more: Any) -> str:
    run = library.call("POST", "/v1/research", {"topic": TOPIC, "collections": ["handbook"], **more})
    while run["status"] == "running":
        time.sleep(0.2)  # the machine is needed for the run
        library.call("GET", f"/v1/research/{run['id']}/events?limit=1")
        run = library.call("GET", f"/v1/research/{run['id']}")
    assert run["status"] == status, run
    id_: str = run["id"]
    return id_


def _status(library: Server, run: str) -> str:
    """How a run stands in the database of a server that may be dead."""
    with contextlib.closing(sqlite3.connect(library.folder / "data" / "answerable.db", timeout=60)) as database:
        (status,) = database.execute("SELECT status FROM research_runs WHERE id = ?", (run,)).fetchone()
    return str(status)


def test_an_outline_is_edited_by_keyboard_and_becomes_a_report_that_is_read_and_taken_along(desk: Any) -> None:
    begin(desk, outline_first=True)
    editor = desk.get_by_role("region", name="The outline waits for you")
    editor.wait_for(timeout=LONG_MS)
    headings = editor.get_by_label("Heading of section")
    planned = [headings.nth(at).input_value() for at in range(headings.count())]
    assert len(planned) >= 3
    editor.get_by_label("Title").fill("Answers that hold")
    headings.first.focus()
    desk.keyboard.press("Alt+ArrowDown")
    expect(headings.nth(1)).to_have_value(planned[0])
    expect(headings.nth(1)).to_be_focused()
    editor.get_by_role("button", name=f"Remove {planned[2]}").click()
    headings.first.fill("What comes first")
    editor.get_by_role("button", name="Add a section").click()
    expect(headings.last).to_be_focused()
    desk.keyboard.type("Limits")
    desk.keyboard.press("Tab")  # over the buttons of the row to its question
    editor.get_by_label("Question of section").fill("Which limits are there for each user?")
    editor.get_by_role("button", name="Write it like this").click()
    report = finished(desk)
    expect(desk.get_by_role("heading", level=1)).to_have_text("Answers that hold")
    written = report.get_by_role("heading", level=2).all_inner_texts()
    order = [planned[1] if one == "What comes first" else one for one in written]
    assert written.index("What comes first") < written.index(planned[0]) < written.index("Limits")
    assert planned[2] not in order

    cite = report.locator("[data-cite]").first
    cite.hover()
    tip = desk.get_by_role("tooltip")
    expect(tip).to_be_visible()  # it is laid out before it is shown, and hidden text is no text
    quote = tip.locator("p").last.inner_text().strip("“”")
    cite.click()
    marked = desk.get_by_role("complementary").locator("mark").first
    marked.wait_for()
    assert " ".join(marked.inner_text().split()).lstrip("• ") in " ".join(quote.split())
    desk.keyboard.press("Escape")
    report.locator("[data-sentence]").first.click(position={"x": 20, "y": 10})
    why = desk.get_by_role("complementary", name="Why this sentence")
    why.get_by_text("found for").first.wait_for()
    expect(why.get_by_role("region", name="Written by")).to_contain_text("extractive")
    desk.reload()  # the address names what was open
    why.get_by_text("found for").first.wait_for()
    desk.keyboard.press("Escape")
    with desk.expect_download() as saved:
        desk.get_by_role("button", name="Download the report").click()
        desk.get_by_role("menuitem", name="PDF").click()
    assert Path(saved.value.path()).read_bytes().startswith(b"%PDF-")
    assert saved.value.suggested_filename == "Answers that hold.pdf"


def test_a_page_goes_on_where_the_server_was_killed_in_the_middle(desk: Any, library: Server) -> None:
    while True:
        run = begin(desk)
        desk.get_by_text("Looked for").first.wait_for(timeout=LONG_MS)
        library.kill()
        if _status(library, run) == "running":
            break
        library.start()  # it was over before a busy browser had shown its beginning
    desk.get_by_text("the connection was lost").wait_for()
    seen = desk.get_by_role("list", name="What happened").get_by_role("listitem").count()
    assert seen > 0
    library.start()
    report = finished(desk)
    assert report.locator("[data-cite]").count() > 0
    expect(desk.get_by_text("the connection was lost")).to_have_count(0)
    desk.get_by_role("button", name="How it was made").click()
    desk.get_by_text("Published “").wait_for()
    once = desk.get_by_role("list", name="What happened").locator("> li").all_inner_texts()
    assert sum("Publishes" in one for one in once) == 1


def test_another_tab_sees_the_decision_and_the_end(desk: Any, library: Server) -> None:
    run = _until(library, "waiting", approve=["outline"])
    desk.goto(f"/research/{run}")
    desk.get_by_role("region", name="The outline waits for you").wait_for()
    library.call("POST", f"/v1/research/{run}/decision", {"decision": "approve"})
    finished(desk)


def test_a_report_is_sent_back_with_a_note_and_approved(desk: Any, library: Server) -> None:
    run = _until(library, "waiting", approve=["report"])
    desk.goto(f"/research/{run}")
    waiting = desk.get_by_role("region", name="The report waits for you")
    waiting.wait_for()
    waiting.get_by_text("Not like this").click()
    waiting.get_by_label("What should be otherwise").fill("Say more about models that fail.")
    waiting.get_by_role("button", name="Ask for a revision").click()
    waiting.wait_for(state="detached")
    waiting.wait_for(timeout=LONG_MS)
    waiting.get_by_role("button", name="Approve it").click()
    expect(desk.get_by_role("status").filter(has_text="Done")).to_be_visible(timeout=LONG_MS)


def test_a_run_is_replayed_stopped_and_deleted(desk: Any, library: Server, done: str) -> None:
    desk.goto(f"/research/{done}")
    before = finished(desk).inner_text()
    desk.get_by_role("button", name="Replay").click()
    desk.get_by_role("link", name="replay of another run").wait_for()
    expect(finished(desk)).to_have_text(before, use_inner_text=True)
    again = desk.url.rpartition("/")[2]
    desk.get_by_role("button", name="Delete").click()
    desk.get_by_role("button", name="Undo").wait_for()
    desk.get_by_role("heading", name="Research", level=1).wait_for()
    expect(desk.locator(f"a[href='/research/{again}']")).to_have_count(0)
    waiting = _until(library, "waiting", approve=["outline"])
    desk.goto(f"/research/{waiting}")
    desk.get_by_role("button", name="End it").click()
    expect(desk.get_by_role("status").filter(has_text="Ended")).to_be_visible()


def test_a_source_opens_from_the_list_and_a_run_is_asked_for_again_with_other_words(desk: Any, done: str) -> None:
    desk.goto(f"/research/{done}")
    finished(desk)
    desk.locator("[data-source] button").first.click()
    desk.get_by_role("complementary").locator("mark").first.wait_for()
    desk.keyboard.press("Escape")
    desk.get_by_role("link", name="Again").click()
    asked = desk.get_by_label("What do you want to know?")
    expect(asked).to_have_value(TOPIC)
    desk.get_by_text("Model, team, budget, approval").click()
    desk.get_by_label("Led by").wait_for()
    desk.get_by_label("Tokens").fill("many")
    desk.get_by_text("A budget is a number").wait_for()
    expect(desk.get_by_role("button", name="Begin")).to_be_disabled()
    desk.get_by_label("Tokens").fill("")
    asked.fill("zzqx blorf wimple")
    asked.press("Enter")
    desk.get_by_text("Too little for a report").wait_for(timeout=LONG_MS)
    desk.get_by_role("link", name="Ask again, changed").click()
    expect(asked).to_have_value("zzqx blorf wimple")


def test_a_report_that_its_budget_cut_short_says_so_first(desk: Any, library: Server) -> None:
    run = _until(library, "done", budget={"tokens": 3_000})
    desk.goto(f"/research/{run}")
    desk.get_by_text("The budget was spent before this was finished.").wait_for()
    desk.get_by_role("link", name="Ask again with another budget").click()
    desk.get_by_text("Model, team, budget, approval").click()
    expect(desk.get_by_label("Tokens")).to_have_value("3000")


def test_what_cannot_be_begun_says_why(chromium: Any, library: Server) -> None:
    for page in open_page(chromium, library, ("status of 400", "status of 404")):
        page.goto("/research")
        page.get_by_label("Addresses you name").wait_for()
        expect(page.get_by_label("Web search")).to_be_disabled()
        page.get_by_label("What do you want to know?").fill("a b c")
        page.route("**/v1/research", lambda route: route.continue_(post_data='{"topic": "  a  "}'))
        page.get_by_role("button", name="Begin").click()
        page.get_by_text("The research was not begun.").wait_for()
        expect(page.get_by_role("alert")).to_contain_text("3 to 2,000 characters")
        page.goto("/research/res_0")
        page.get_by_role("link", name="See all reports").click()
        page.get_by_role("heading", name="Research", level=1).wait_for()


def test_axe_finds_no_violation_and_nothing_is_too_wide(any_desk: Any, library: Server, done: str, axe: str) -> None:
    page = any_desk
    found: dict[str, Any] = {}

    def check(name: str) -> None:
        beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        found[name] = [*violations(page, axe), *([f"{beyond} pixels too wide"] if beyond > 0 else [])]

    page.goto("/research")
    page.get_by_text("Model, team, budget, approval").click()
    page.get_by_label("Addresses you name").check()
    page.get_by_role("list").filter(has_text="Done").first.wait_for()
    check("start")
    waiting = _until(library, "waiting", approve=["outline"])
    page.goto(f"/research/{waiting}")
    page.get_by_role("button", name="Add a section").click()
    page.get_by_text("Not like this").click()
    check("outline")
    page.goto(f"/research/{done}")
    finished(page)
    check("report")
    page.locator("[data-cite]").first.click()
    page.locator("mark").first.wait_for()
    check("passage")
    page.keyboard.press("Escape")
    page.locator("[data-sentence]").first.click(position={"x": 20, "y": 10})
    page.get_by_text("found for").first.wait_for()
    check("why")
    page.goto(f"/research/{done}?view=work")
    page.get_by_text("Published “").wait_for()
    check("work")
    assert {name: lines for name, lines in found.items() if lines} == {}
