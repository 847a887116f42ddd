from dataclasses import replace

import pytest

from answerable.core.errors import NotFound
from answerable.core.identity import OWNER
from answerable.flows import review as flow
from answerable.flows.review import Asked, Reviewed
from answerable.storage.conversations import delete_conversation
from answerable.storage.database import Database
from answerable.storage.review import Kind
from tests.support.accounts import Office
from tests.support.talks import conversation, store

OTHER = replace(OWNER, workspace="other")


async def queued(database: Database, request: str, kind: Kind = "abstained", **more: str) -> None:
    answer = Reviewed(request, **more)
    await database.write(lambda connection: flow.queue_for_review(connection, OWNER, kind, answer))


async def test_an_answer_is_queued_once_a_kind_and_pages_come_newest_first(office: Office) -> None:
    database = office.a.database
    for request in ("req_1", "req_2", "req_2", "req_3"):
        await queued(database, request)
    await queued(database, "req_1", "low_mark")
    items = await flow.list_items(Asked(), OWNER, database)
    assert [(item.request_id, item.kind) for item in items] == [
        ("req_1", "low_mark"),
        ("req_3", "abstained"),
        ("req_2", "abstained"),
        ("req_1", "abstained"),
    ]
    place = (items[1].created_at, items[1].id)
    assert await flow.list_items(Asked(limit=1, after=place), OWNER, database) == items[2:3]
    assert await flow.list_items(Asked(kind="low_mark"), OWNER, database) == items[:1]


async def test_an_item_is_settled_with_a_note_and_opened_again_by_a_new_mark(office: Office) -> None:
    database = office.a.database
    await queued(database, "req_1", "low_mark", comment="bad")
    (item,) = await flow.list_items(Asked(), OWNER, database)
    noted = await flow.settle_item(item.id, None, "looked at", OWNER, database)
    assert (noted.status, noted.note) == ("open", "looked at")
    done = await flow.settle_item(item.id, "done", None, OWNER, database)
    assert (done.status, done.note, done.settled_by) == ("done", "looked at", OWNER.id)
    assert await flow.list_items(Asked(), OWNER, database) == []
    await queued(database, "req_1", "low_mark", comment="still bad")
    assert [one.comment for one in await flow.list_items(Asked(), OWNER, database)] == ["still bad"]


async def test_another_workspace_sees_and_settles_nothing(office: Office) -> None:
    database = office.a.database
    await queued(database, "req_1")
    (item,) = await flow.list_items(Asked(), OWNER, database)
    assert await flow.list_items(Asked(), OTHER, database) == []
    for id_ in (item.id, "rev_0"):
        with pytest.raises(NotFound, match=f"nothing to review with the id '{id_}'"):
            await flow.settle_item(id_, "done", None, OTHER, database)
    assert len(await flow.list_items(Asked(), OWNER, database)) == 1


async def test_what_is_copied_is_bounded_and_erased_with_the_conversation(office: Office) -> None:
    database = office.a.database
    talk, said = await store(database, conversation(), "Why?", "x" * 50_000)
    await queued(database, "req_1", message=said[1].id, question=said[0].text, answer=said[1].text)
    (item,) = await flow.list_items(Asked(), OWNER, database)
    assert (item.question, len(item.answer)) == ("Why?", 20_000)
    await database.write(lambda connection: delete_conversation(connection, talk.id, OWNER.id))
    assert await flow.list_items(Asked(), OWNER, database) == []
