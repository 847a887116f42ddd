from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from answerable.core.errors import CallerError, InvalidRequest, ModelNotFound, NotFound
from answerable.core.identity import OWNER, Principal
from answerable.flows import conversations as flow
from answerable.flows.conversations import Change, NewConversation
from answerable.flows.platform import Platform
from answerable.storage.conversations import Shelf, insert_conversation
from answerable.storage.database import Connection
from answerable.storage.messages import insert_messages
from tests.support.accounts import Office
from tests.support.platform import open_small_platform
from tests.support.talks import conversation, dialogue, message, store

ADA = Principal("usr_ada")


@pytest.fixture
async def p(tmp_path: Path) -> AsyncIterator[Platform]:
    async with open_small_platform(tmp_path) as opened:
        yield opened


async def test_one_is_made_looked_at_changed_and_erased(p: Platform) -> None:
    made = await flow.create_conversation(NewConversation(folder=" work // boats/ ", tags=("a", " a ", "b")), ADA, p)
    assert (made.title, made.named, made.folder, made.tags) == ("New conversation", False, "work/boats", ("a", "b"))
    assert await flow.get_conversation(made.id, ADA, p.database) == made
    change = Change("  Boats\nand more ", tags=(), archived=True, settings={"model": "scripted", "collection": "c"})
    changed = await flow.change_conversation(made.id, change, ADA, p)
    assert (changed.title, changed.named, changed.tags, changed.archived) == ("Boats and more", True, (), True)
    assert (changed.folder, changed.settings) == ("work/boats", {"model": "scripted", "collection": "c"})
    assert changed.updated_at == made.updated_at
    await flow.delete_conversation(made.id, ADA, p.database)
    with pytest.raises(NotFound):
        await flow.get_conversation(made.id, ADA, p.database)


async def test_what_is_somebody_elses_is_as_missing_as_nothing(p: Platform) -> None:
    talk, said = await store(p.database, conversation("usr_bob"), "mine")
    for id_ in (talk.id, "conv_0"):
        for attempt in (
            flow.get_conversation(id_, ADA, p.database),
            flow.change_conversation(id_, Change("x"), ADA, p),
            flow.change_conversation(id_, Change(leaf=said[0].id), ADA, p),
            flow.delete_conversation(id_, ADA, p.database),
            flow.read_messages(id_, ADA, p.database),
        ):
            with pytest.raises(NotFound, match=f"there is no conversation '{id_}'"):
                await attempt
    own, _ = await store(p.database, conversation(ADA.id), "hers")
    with pytest.raises(NotFound, match="no message"):
        await flow.read_messages(own.id, ADA, p.database, leaf=said[0].id)
    with pytest.raises(NotFound, match="no message"):
        await flow.change_conversation(own.id, Change(leaf=said[0].id), ADA, p)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"model": "gpt-9"}, ModelNotFound),
        ({"collection": "elsewhere"}, NotFound),
        ({"as_of": "last week"}, InvalidRequest),
        ({"filter": "???"}, InvalidRequest),
    ],
)
async def test_settings_that_cannot_work_are_refused(
    p: Platform, settings: dict[str, str], why: type[CallerError]
) -> None:
    with pytest.raises(why):
        await flow.create_conversation(NewConversation(settings=settings), OWNER, p)
    talk, _ = await store(p.database, conversation())
    with pytest.raises(why):
        await flow.change_conversation(talk.id, Change(settings=settings), OWNER, p)


@pytest.mark.parametrize(
    "change",
    [Change(" \n "), Change(folder="x" * 201), Change(tags=("x" * 51,)), Change(tags=tuple("abcdefghijklmnopqrstu"))],
)
async def test_names_have_bounds(p: Platform, change: Change) -> None:
    talk, _ = await store(p.database, conversation())
    with pytest.raises(InvalidRequest):
        await flow.change_conversation(talk.id, change, OWNER, p)


async def test_lists_come_in_pages_by_the_last_message_and_narrow(office: Office) -> None:
    rows = [conversation(title=f"t{n}", updated_at=100 + n // 2, folder="a/b" if n == 3 else "") for n in range(7)]
    rows[5] = replace(rows[5], archived=True, tags=("x",))
    for row in (*rows, conversation("usr_bob")):
        await store(office.a.database, row)
    seen, place = [], None
    while True:
        page, place = await flow.list_conversations(Shelf("owner"), office.a.database, 2, place)
        seen += page
        if place is None:
            break
    wanted = sorted((row for row in rows if not row.archived), key=lambda row: (row.updated_at, row.id), reverse=True)
    assert [row.id for row in seen] == [row.id for row in wanted]
    for shelf, number in (
        (Shelf("owner", folder="a"), 3),
        (Shelf("owner", True), 5),
        (Shelf("owner", None, tag="x"), 5),
    ):
        page, _ = await flow.list_conversations(shelf, office.a.database)
        assert [row.title for row in page] == [f"t{number}"]


async def test_a_branch_is_read_page_by_page_with_the_versions_of_each_message(p: Platform) -> None:
    talk, said = await store(p.database, conversation(), "q1", "a1", "q2", "a2", "q3", "a3")
    other = message(talk.id, said[1].id, "q2, put otherwise")
    below = dialogue(talk.id, ["and more"], other.id)
    await p.database.write(lambda connection: insert_messages(connection, [other, *below]))
    page = await flow.read_messages(talk.id, OWNER, p.database, limit=4)
    assert [row.text for row in page.rows] == ["q2", "a2", "q3", "a3"]
    assert page.versions[said[2].id] == [said[2].id, other.id]
    assert page.before == said[2].id
    rest = await flow.read_messages(talk.id, OWNER, p.database, limit=4, before=page.before)
    assert ([row.text for row in rest.rows], rest.before) == (["q1", "a1"], None)
    branch = await flow.read_messages(talk.id, OWNER, p.database, leaf=other.id)
    assert [row.text for row in branch.rows] == ["q1", "a1", "q2, put otherwise"]
    changed = await flow.change_conversation(talk.id, Change(leaf=other.id), OWNER, p)
    assert changed.leaf == below[0].id
    with pytest.raises(NotFound, match="the branch has no message"):
        await flow.read_messages(talk.id, OWNER, p.database, before=said[2].id)


async def test_an_empty_conversation_has_an_empty_page(p: Platform) -> None:
    talk, _ = await store(p.database, conversation())
    page = await flow.read_messages(talk.id, OWNER, p.database)
    assert (page.rows, page.before, page.leaf) == ((), None, None)


async def test_labels_are_counted_and_renamed_over_all_conversations(office: Office) -> None:
    database = office.a.database

    async def work(connection: Connection) -> None:
        for folder, tags in (("a", ("x",)), ("a/b", ("x", "y")), ("ab", ("y",)), ("A/b", ())):
            await insert_conversation(connection, conversation(ADA.id, folder=folder, tags=tags))
        await insert_conversation(connection, conversation("usr_bob", folder="a", tags=("x",)))

    await database.write(work)
    assert await flow.list_labels(ADA, database) == flow.Labels({"A/b": 1, "a": 1, "a/b": 1, "ab": 1}, {"x": 2, "y": 2})
    for kind in ("folder", "tag"):  # those without one are not moved along
        with pytest.raises(InvalidRequest, match="to be renamed"):
            await flow.rename_label(kind, " ", "x", ADA, database)
    assert await flow.rename_label("folder", "/a/", "work/c", ADA, database) == 2
    assert await flow.rename_label("tag", "x", "y", ADA, database) == 2
    assert await flow.list_labels(ADA, database) == flow.Labels(
        {"A/b": 1, "ab": 1, "work/c": 1, "work/c/b": 1}, {"y": 3}
    )
    assert await flow.rename_label("folder", "work", "", ADA, database) == 2
    assert await flow.rename_label("tag", "y", " ", ADA, database) == 3
    assert await flow.list_labels(ADA, database) == flow.Labels({"A/b": 1, "ab": 1, "c": 1, "c/b": 1}, {})
    assert (await flow.list_labels(Principal("usr_bob"), database)).tags == {"x": 1}
    with pytest.raises(InvalidRequest, match="more than 200"):
        await flow.rename_label("folder", "c", "x" * 199, ADA, database)
    with pytest.raises(NotFound, match="no conversation has the tag 'z'"):
        await flow.rename_label("tag", "z", "a", ADA, database)
