from dataclasses import replace

import pytest
from sqlalchemy import text, update

from answerable.core.errors import Conflict, InvalidRequest, NotFound
from answerable.core.identity import OWNER, Principal
from answerable.core.moments import now_us
from answerable.flows import sharing as flow
from answerable.flows.admin import UserChange, delete_user, update_user
from answerable.storage.conversation_schema import shares
from answerable.storage.conversations import delete_conversation
from answerable.storage.database import Database
from answerable.storage.messages import insert_messages
from tests.support.accounts import CALLER, Office
from tests.support.talks import conversation, dialogue, message, store


@pytest.fixture
def database(office: Office) -> Database:
    return office.a.database


async def shown(database: Database, token: str) -> list[str]:
    return [row.text for row in (await flow.open_share(token, database)).rows]


async def is_gone(database: Database, token: str) -> bool:
    try:
        await flow.open_share(token, database)
    except NotFound as error:
        return error.message.startswith("there is nothing at this address")
    return False


async def test_an_address_shows_the_branch_as_it_was_and_never_what_came_later(database: Database) -> None:
    talk, said = await store(database, conversation(title="Boats"), "q1", "a1", "q2", "a2")
    row, token = await flow.share_conversation(talk.id, OWNER, database, leaf=said[1].id)
    _, whole = await flow.share_conversation(talk.id, OWNER, database)
    later = dialogue(talk.id, ["q3", "a3"], said[3].id)
    await database.write(lambda connection: insert_messages(connection, later))
    assert await shown(database, token) == ["q1", "a1"]
    assert await shown(database, whole) == ["q1", "a1", "q2", "a2"]
    assert (await flow.open_share(token, database)).title == "Boats"
    assert row.expires_at - row.created_at == 7 * 86_400_000_000


async def test_a_long_branch_is_shown_page_by_page(database: Database) -> None:
    talk, _ = await store(database, conversation(), *(f"m{number}" for number in range(5)))
    _, token = await flow.share_conversation(talk.id, OWNER, database)
    seen, start = list[str](), 0
    while True:
        page = await flow.open_share(token, database, start, 2)
        seen += [row.text for row in page.rows]
        if page.following is None:
            break
        start = page.following
    assert seen == ["m0", "m1", "m2", "m3", "m4"]
    assert (await flow.open_share(token, database, 99)).rows == ()


async def test_only_the_hash_of_a_token_is_kept_and_tokens_have_256_bits(database: Database) -> None:
    talk, _ = await store(database, conversation(), "q")
    _, token = await flow.share_conversation(talk.id, OWNER, database)
    assert len(token) == 43
    async with database.read() as connection:
        kept = str((await connection.execute(text("SELECT * FROM shares"))).all())
    assert token not in kept


async def test_what_is_over_withdrawn_erased_or_unknown_is_missing_alike(database: Database) -> None:
    talk, _ = await store(database, conversation(), "q")
    over, open_, last = [await flow.share_conversation(talk.id, OWNER, database) for _ in range(3)]
    past = update(shares).where(shares.c.id == over[0].id).values(expires_at=now_us() - 1)
    await database.write(lambda connection: connection.execute(past))
    await flow.revoke_share(talk.id, open_[0].id, OWNER, database)
    await flow.revoke_share(talk.id, open_[0].id, OWNER, database)
    for token in (over[1], open_[1], "", "x" * 43, "\udc80"):
        assert await is_gone(database, token)
    assert [row.id for row in await flow.list_shares(talk.id, OWNER, database)] == [
        row.id for row, _ in sorted((over, open_, last), key=lambda one: -one[0].created_at)
    ]
    await database.write(lambda connection: delete_conversation(connection, talk.id, OWNER.id))
    assert await is_gone(database, last[1])


async def test_nobody_shares_or_withdraws_what_is_not_theirs(database: Database) -> None:
    ada = Principal("usr_ada")
    talk, said = await store(database, conversation("usr_bob"), "q")
    own, mine = await store(database, conversation("usr_ada"), "q")
    share, _ = await flow.share_conversation(talk.id, Principal("usr_bob"), database)
    for attempt in (
        flow.share_conversation(talk.id, ada, database),
        flow.share_conversation(own.id, ada, database, leaf=said[0].id),
        flow.list_shares(talk.id, ada, database),
        flow.revoke_share(talk.id, share.id, ada, database),
        flow.revoke_share(own.id, share.id, ada, database),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert mine[0].id != said[0].id


async def test_an_answer_that_is_being_given_is_not_shared_nor_is_nothing(database: Database) -> None:
    talk, said = await store(database, conversation(), "q")
    streaming = message(talk.id, said[0].id, "so f", "assistant", status="streaming", updated_at=now_us())
    dead = replace(streaming, id=streaming.id[:-1] + "x", updated_at=now_us() - 11_000_000)
    await database.write(lambda connection: insert_messages(connection, [streaming, dead]))
    with pytest.raises(Conflict, match="being given"):
        await flow.share_conversation(talk.id, OWNER, database, leaf=streaming.id)
    await flow.share_conversation(talk.id, OWNER, database, leaf=dead.id)
    empty, _ = await store(database, conversation())
    with pytest.raises(InvalidRequest, match="nothing in this conversation"):
        await flow.share_conversation(empty.id, OWNER, database)


async def test_what_tools_and_instructions_said_is_not_shown(database: Database) -> None:
    talk, said = await store(database, conversation(), "q")
    tool = message(talk.id, said[0].id, "a secret of a tool", "tool")
    answer = message(talk.id, tool.id, "a", "assistant")
    await database.write(lambda connection: insert_messages(connection, [tool, answer]))
    _, token = await flow.share_conversation(talk.id, OWNER, database, leaf=answer.id)
    assert await shown(database, token) == ["q", "a"]


async def test_an_account_that_is_shut_or_gone_shows_nothing_any_more(office: Office) -> None:
    database = office.a.database
    await office.add("root@example.org", role="admin")
    user = await office.add("ada@example.org")
    ada = Principal(user.id)
    talk, _ = await store(database, conversation(user.id), "q")
    _, token = await flow.share_conversation(talk.id, ada, database)
    await update_user(OWNER, user.id, UserChange(disabled=True), CALLER, office.a)
    assert await is_gone(database, token)
    await update_user(OWNER, user.id, UserChange(disabled=False), CALLER, office.a)
    assert await shown(database, token) == ["q"]
    await delete_user(OWNER, user.id, CALLER, office.a)
    assert await is_gone(database, token)
    async with database.read() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM messages"))).scalar() == 0
