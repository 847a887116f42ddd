from pathlib import Path
from typing import Any

import pytest

from answerable.core.errors import InvalidRequest, NotFound
from answerable.core.identity import OWNER
from answerable.flows.admin import HERE, list_audit
from answerable.flows.topics import PEOPLE, Topic, list_topics, put_topic, remove_topic
from tests.support.accounts import open_office


async def test_a_topic_is_put_changed_listed_and_removed_and_each_leaves_an_event(
    tmp_path: Path, database_url: str
) -> None:
    async with open_office(tmp_path, database_url) as office:
        await put_topic(OWNER, Topic(" refunds ", keywords=("refund", "refund", " ")), HERE, office.a)
        changed = Topic("refunds", keywords=("refund",), action="notice", message="See the desk.")
        row = await put_topic(OWNER, changed, HERE, office.a)
        assert await list_topics(office.a) == [row]
        await remove_topic(OWNER, "refunds", HERE, office.a)
        assert await list_topics(office.a) == []
        with pytest.raises(NotFound, match="no topic 'refunds'"):
            await remove_topic(OWNER, "refunds", HERE, office.a)
        events = [(event.action, event.target) for event in await list_audit(OWNER, office.a)]
        assert events == [("topics.removed", "refunds"), ("topics.put", "refunds"), ("topics.put", "refunds")]


async def test_a_topic_for_people_has_words_of_its_own(tmp_path: Path, database_url: str) -> None:
    async with open_office(tmp_path, database_url) as office:
        topic = Topic("refunds", examples=("I want my money back",))
        assert (await put_topic(OWNER, topic, HERE, office.a)).message == PEOPLE


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
async def test_a_topic_that_could_not_work_is_refused(
    tmp_path: Path, database_url: str, wrong: dict[str, Any], why: str
) -> None:
    async with open_office(tmp_path, database_url) as office:
        with pytest.raises(InvalidRequest, match=why):
            await put_topic(OWNER, Topic(**wrong), HERE, office.a)
