from pathlib import Path

import pytest

from answerable.core.errors import InvalidRequest, NotFound
from answerable.flows.topics import PEOPLE, list_topics, put_topic, remove_topic
from tests.support.platform import open_small_platform


async def test_a_topic_is_put_changed_listed_and_removed(tmp_path: Path) -> None:
    async with open_small_platform(tmp_path) as p:
        await put_topic(p, " refunds ", keywords=("refund", "refund", " "))
        row = await put_topic(p, "refunds", keywords=("refund",), action="notice", message="See the desk.")
        assert await list_topics(p) == [row]
        await remove_topic(p, "refunds")
        assert await list_topics(p) == []
        with pytest.raises(NotFound, match="no topic 'refunds'"):
            await remove_topic(p, "refunds")


async def test_a_topic_for_people_has_words_of_its_own(tmp_path: Path) -> None:
    async with open_small_platform(tmp_path) as p:
        assert (await put_topic(p, "refunds", examples=("I want my money back",))).message == PEOPLE


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"name": " "}, "needs a name"),
        ({"name": "x", "keywords": ("  ",)}, "needs keywords or examples"),
        ({"name": "x", "keywords": ("a",), "action": "notice"}, "needs a text"),
        ({"name": "x", "keywords": ("a" * 501,)}, "at most 200 keywords"),
        ({"name": "x", "keywords": ("a",), "message": "m" * 4_001}, "at most 4000"),
    ],
)
async def test_a_topic_that_could_not_work_is_refused(tmp_path: Path, wrong: dict[str, str], why: str) -> None:
    async with open_small_platform(tmp_path) as p:
        with pytest.raises(InvalidRequest, match=why):
            await put_topic(p, **wrong)  # type: ignore[arg-type]
