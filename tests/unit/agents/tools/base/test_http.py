import pytest

from answerable.agents.tools.base.http import USER_AGENT, HttpClient, Request, user_agent
from answerable.core.errors import ToolFailed
from tests.support.upstream import Caller, saying, upstream


async def test_a_body_is_bounded_and_redirects_are_not_followed() -> None:
    async def redirect(caller: Caller) -> None:
        await caller.say(b"", "text/plain", "302 Found", "Location: http://127.0.0.1:9/")

    async with upstream(saying(b"x" * 5_000), redirect) as server:
        client = HttpClient()
        with pytest.raises(ToolFailed, match="more than 1,000 bytes"):
            await client.send(Request(server.url, max_bytes=1_000), "S")
        assert (await client.send(Request(server.url), "S")).status == 302


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [
        ("7", 7, 7),
        ("99999", 3_600, 3_600),
        ("Fri, 01 Jan 2010 00:00:00 GMT", 0, 0),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 3_600, 3_600),
    ],
)
async def test_retry_after_is_a_number_or_a_date_within_an_hour(header: str, low: float, high: float) -> None:
    async def busy(caller: Caller) -> None:
        await caller.say(b"", "text/plain", "503 Service Unavailable", f"Retry-After: {header}")

    async with upstream(busy) as server:
        client = HttpClient()
        response = await client.send(Request(server.url), "S")
    assert response.wait_s is not None
    assert low <= response.wait_s <= high


def test_a_service_can_be_told_how_to_reach_the_operator() -> None:
    assert user_agent("ops@example.org").startswith("Answerable/")
    assert "(self-hosted; ops@example.org)" in user_agent("ops@example.org")
    assert user_agent("") == USER_AGENT


async def test_a_retry_after_that_says_nothing_is_none() -> None:
    async def busy(caller: Caller) -> None:
        await caller.say(b"", "text/plain", "503 Service Unavailable", "Retry-After: soon")

    async with upstream(busy) as server:
        client = HttpClient()
        assert (await client.send(Request(server.url), "S")).wait_s is None
