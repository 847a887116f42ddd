"""Marks in the database."""

from typing import Any

from sqlalchemy import event, text

from answerable.storage.database import Database
from answerable.storage.feedback import is_in_conversation
from answerable.storage.messages import insert_messages
from tests.support.talks import conversation, message, store


async def test_an_answer_is_found_by_its_request_through_an_index(database: Database) -> None:
    asked: list[tuple[str, Any]] = []
    talk, (question,) = await store(database, conversation("ada"), "Why?")
    answer = message(talk.id, question.id, "Because.", "assistant", request_id="req_1")
    await database.write(lambda connection: insert_messages(connection, [answer]))
    async with database.read() as connection:
        engine, postgres = connection.sync_engine, connection.dialect.name == "postgresql"

        @event.listens_for(engine, "before_cursor_execute")
        def note(_connection: object, _cursor: object, statement: str, given: Any, *_rest: object) -> None:
            asked.append((statement, given))

        assert await is_in_conversation(connection, "req_1", "ada")
        assert not await is_in_conversation(connection, "req_1", "bob")
        assert not await is_in_conversation(connection, "", "ada")
        event.remove(engine, "before_cursor_execute", note)
        statement, given = next(one for one in asked if "request_id" in one[0])
        if postgres:  # a table of two rows is scanned, unless that is forbidden
            await connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "EXPLAIN " if postgres else "EXPLAIN QUERY PLAN "
        found = (await connection.exec_driver_sql(plan + statement, given)).all()
    assert "messages_by_request" in str(found)
