"""What happened to a request, as the page tells it: cache, route, fallback, tools, cost. From recorded streams, which
a temporary chat reads from the plain address.
"""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from .conftest import Server, ask, open_page
from .test_accessibility import LOOKS, axe, violations

__all__ = ["axe"]

pytestmark = pytest.mark.e2e
expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
QUESTION = "How many minutes are two hours?"
SETTLED = {
    "type": "settled",
    "model": "small",
    "usage": {"prompt_tokens": 812, "completion_tokens": 96, "total_tokens": 908},
    "cost_usd": "0.000179",
    "request_id": "req_5f0c2ab94d1e",
}
ROUTED = {
    "type": "routed",
    "model": "small",
    "reason": "a plain question",
    "complexity": 2.4,
    "confidence": 0.91,
    "fallbacks": 0,
    "degraded": False,
}


def answer_with(page: Any, events: Sequence[dict[str, Any]], text: str = "120 minutes.") -> None:
    """Answer every chat request with this text after these events, and with the settlement."""
    chunks = [{"choices": [{"index": 0, "delta": {}}], "answerable": event} for event in (*events, SETTLED)]
    chunks.insert(-1, {"choices": [{"index": 0, "delta": {"content": text}}]})
    body = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
    page.route(
        "**/v1/chat/completions",
        lambda route: route.fulfill(status=200, content_type="text/event-stream", body=body),
    )
    page.goto("/?temporary=true")


def why(page: Any, turn: Any) -> Any:
    """The timeline of the request in the why panel."""
    turn.get_by_role("button", name="Why").click()
    timeline = page.get_by_role("region", name="Request", exact=True)
    timeline.wait_for()
    return timeline


def test_route_tokens_and_cost_are_in_the_why_panel_and_the_cost_under_the_answer(page: Any, island: str) -> None:
    answer_with(page, [ROUTED])
    turn = ask(page, island, QUESTION)
    assert "small" in turn.inner_text()
    assert "$0.00018" in turn.inner_text()
    expect(turn.locator("[data-remark]")).to_have_count(0)
    told = why(page, turn).inner_text()
    assert "Sent to small" in told
    assert "a plain question · complexity 2.4 of 10, 91 % sure" in told
    assert "812 tokens in, 96 out" in told
    assert "req_5f0c2ab94d1e" in told
    page.get_by_role("button", name="JSON").click()
    assert '"cost_usd": "0.000179"' in page.get_by_role("complementary").locator("pre").inner_text()


def test_a_cached_answer_says_so_in_one_line(page: Any, island: str) -> None:
    answer_with(page, [{"type": "cache_hit", "kind": "semantic", "similarity": 0.9731, "age_s": 754.0}])
    turn = ask(page, island, QUESTION)
    remark = "From the cache: a question with the same meaning was answered 13 minutes ago."
    assert turn.locator("[data-remark]").inner_text() == remark
    assert "likeness 0.973" in why(page, turn).inner_text()


def test_a_degraded_answer_says_so_and_the_timeline_shows_the_way_there(page: Any, island: str) -> None:
    last = {**ROUTED, "model": "extractive", "reason": "small: provider_timeout", "fallbacks": 1, "degraded": True}
    answer_with(page, [ROUTED, last])
    turn = ask(page, island, QUESTION)
    assert "No language model could answer" in turn.locator("[data-remark]").inner_text()
    steps = why(page, turn).get_by_role("listitem").all_inner_texts()
    assert steps[0].startswith("Sent to small")
    assert steps[1].startswith("Fell back to Extractive")
    assert "provider_timeout" in steps[1]


def test_tools_are_told_as_they_ran_with_what_they_were_asked(page: Any, island: str) -> None:
    ran = {"type": "tool_ran", "name": "calculator", "arguments": '{"expression":"2*60"}', "summary": "120", "ok": True}
    failed = {**ran, "name": "web_search", "summary": "no service is configured", "ok": False}
    answer_with(page, [ROUTED, {**ran, "ms": 0.4}, {**failed, "ms": 12.0}])
    turn = ask(page, island, QUESTION)
    tools = turn.get_by_role("list", name="Tools").get_by_role("listitem")
    expect(tools).to_have_count(2)
    assert "failed: no service is configured" in tools.nth(1).inner_text()
    tools.first.locator("summary").click()
    assert '"expression": "2*60"' in tools.first.locator("pre").inner_text()


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look[0]}-{look[1]}")
def test_axe_finds_no_violation_in_tools_remark_and_timeline(
    chromium: Any, server: Server, island: str, axe: str, look: tuple[str, int]
) -> None:
    scheme, width = look
    ran = {"type": "tool_ran", "name": "calculator", "arguments": "{}", "summary": "120 " * 40, "ok": False, "ms": 1.0}
    last = {**ROUTED, "model": "extractive", "reason": "small: provider_timeout", "fallbacks": 1, "degraded": True}
    for page in open_page(chromium, server, viewport={"width": width, "height": 844}, color_scheme=scheme):
        answer_with(page, [ROUTED, last, ran])
        turn = ask(page, island, QUESTION)
        found = {"answer": violations(page, axe)}
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
        why(page, turn)
        found["why"] = violations(page, axe)
        assert found == {"answer": [], "why": []}
