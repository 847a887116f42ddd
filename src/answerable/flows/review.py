"""The review queue: stored answers that abstained, answers with a low mark, and what a team of agents handed over, for
reviewers of the same workspace.

What a reviewer sees of a user's text is the item: the question, the answer and the comment, never the conversation.
"""

from dataclasses import dataclass

from answerable.agents.services import Escalation
from answerable.core.errors import NotFound
from answerable.core.identity import Principal
from answerable.core.moments import now_us
from answerable.storage import review
from answerable.storage.database import Connection, Database
from answerable.storage.review import Kind, ReviewRow, ReviewStatus

_LONGEST = 20_000
"""Characters of question and answer that are copied."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """An answer to look at. `message`, `question` and `answer` only where the conversation is stored."""

    request_id: str
    message: str | None = None
    question: str = ""
    answer: str = ""
    collection: str | None = None
    comment: str = ""


async def queue_for_review(connection: Connection, who: Principal, kind: Kind, answer: Reviewed) -> None:
    """Put an answer into the queue of the asker's workspace. The same answer comes once for each kind."""
    await review.put_item(connection, review_item(who.workspace, kind, answer))


async def escalate(asked: Escalation, who: Principal, database: Database) -> None:
    """Put what a team hands to a person into the queue of the asker's workspace: once a run, whatever crashes between.
    Raises StorageDown.
    """
    answer = Reviewed(asked.run, question=asked.question, answer=asked.draft, comment=asked.reason)
    row = review_item(who.workspace, "escalated", answer)
    await database.write(lambda connection: review.put_item_once(connection, row))


def review_item(workspace: str, kind: Kind, answer: Reviewed) -> ReviewRow:
    """An open item of the queue."""
    now = now_us()
    return ReviewRow(
        id=review.new_review_id(),
        workspace=workspace,
        kind=kind,
        message=answer.message,
        request_id=answer.request_id,
        status="open",
        collection=answer.collection or None,
        created_at=now,
        updated_at=now,
        question=answer.question[:_LONGEST],
        answer=answer.answer[:_LONGEST],
        comment=answer.comment,
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """A page of the queue; `after` is the place at which the page before ended."""

    status: ReviewStatus | None = "open"
    kind: Kind | None = None
    limit: int = 50
    after: tuple[int, str] | None = None


async def list_items(asked: Asked, who: Principal, database: Database) -> list[ReviewRow]:
    """Items of the reviewer's workspace, newest first."""
    async with database.read() as connection:
        return await review.list_items(connection, who.workspace, asked.status, asked.kind, asked.limit, asked.after)


async def settle_item(
    id_: str, status: ReviewStatus | None, note: str | None, who: Principal, database: Database
) -> ReviewRow:
    """Close an item or open it again, and say something of it; None leaves a thing as it is. Raises NotFound, also for
    an item of another workspace.
    """
    given: dict[str, object | None] = {"status": status, "note": note}
    values = {name: value for name, value in given.items() if value is not None}
    values |= {"updated_at": now_us(), "settled_by": who.id}
    found = await database.write(lambda connection: review.change_item(connection, who.workspace, id_, **values))
    if found is None:
        raise NotFound(f"there is nothing to review with the id '{id_[:60]}'", param="id")
    return found
