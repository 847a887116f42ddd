"""What a browser fetches for the first page: little, only from here, and what it may keep it keeps."""

import gzip
from typing import Any

import pytest

pytestmark = pytest.mark.e2e
MOST_BYTES = 200_000
"""Compressed; the budget of the design."""


def test_the_first_page_is_small_and_its_parts_are_kept(page: Any) -> None:
    replies: list[Any] = []

    def keep(reply: Any) -> None:
        replies.append(reply)

    page.on("response", keep)
    page.goto("/", wait_until="load")
    page.get_by_role("region", name="Collections").wait_for()
    first = [reply for reply in replies if "/v1/" not in reply.url]
    assert sum(len(gzip.compress(reply.body())) for reply in first) < MOST_BYTES
    kept = {reply.url: reply.headers["cache-control"] for reply in first if "/assets/" in reply.url}
    assert len(kept) >= 3
    assert all("immutable" in rule for rule in kept.values()), kept
    assert first[0].headers["cache-control"] == "no-cache"
