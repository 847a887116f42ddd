"""One's own conversations: make, list, read page by page, change, sort by folders and tags, erase.

Whatever somebody else owns is as missing as what is not there. Saying something in one is `flows/runs.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from answerable.chats.branches import Tree
from answerable.chats.titles import UNTITLED
from answerable.core.errors import InvalidRequest, NotFound
from answerable.core.filters import parse_filter
from answerable.core.identity import Principal
from answerable.core.moments import now_us, parse_moment
from answerable.flows.collections import get_collection
from answerable.flows.models import check_offered
from answerable.flows.platform import Platform
from answerable.storage import conversations, feedback, labels, messages
from answerable.storage.conversations import ConversationRow, Place, Shelf
from answerable.storage.database import Connection, Database
from answerable.storage.feedback import MarkRow
from answerable.storage.messages import MessageRow

_LONGEST_NAME, _LONGEST_TAG, _MOST_TAGS = 200, 50, 20


@dataclass(frozen=True, slots=True)
class NewConversation:
    """A conversation to be made. Without a title it gets one from its first question."""

    title: str | None = None
    folder: str = ""
    tags: tuple[str, ...] = ()
    settings: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What is to change; None leaves a thing as it is. `settings` are given whole; `leaf` is any message of the branch
    that is to be shown.
    """

    title: str | None = None
    folder: str | None = None
    tags: tuple[str, ...] | None = None
    archived: bool | None = None
    settings: Mapping[str, Any] | None = None
    leaf: str | None = None


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Messages of a branch in reading order. `versions` has the ids of each message's siblings, itself among them;
    `marks` one's own; `before` asks for the page that comes before this one, None where it is the first.
    """

    rows: tuple[MessageRow, ...]
    versions: Mapping[str, list[str]]
    marks: Mapping[str, MarkRow]
    before: str | None
    leaf: str | None


async def create_conversation(new: NewConversation, who: Principal, p: Platform) -> ConversationRow:
    """An empty conversation. Raises InvalidRequest, NotFound for a model or collection that is not there."""
    await _check_settings(new.settings or {}, who, p)
    now = now_us()
    row = ConversationRow(
        id=conversations.new_conversation_id(),
        owner=who.id,
        workspace=who.workspace,
        title=UNTITLED if new.title is None else checked_title(new.title),
        created_at=now,
        updated_at=now,
        named=new.title is not None,
        folder=checked_folder(new.folder),
        tags=checked_tags(new.tags),
        settings=dict(new.settings or {}),
    )
    await p.database.write(lambda connection: conversations.insert_conversation(connection, row))
    return row


async def list_conversations(
    shelf: Shelf, database: Database, limit: int = 50, after: Place | None = None
) -> tuple[list[ConversationRow], Place | None]:
    """A page, the one where something was said last first, and the place that asks for the next one."""
    async with database.read() as connection:
        rows = await conversations.list_conversations(connection, shelf, limit + 1, after)
    last = rows[limit - 1] if len(rows) > limit else None
    return rows[:limit], None if last is None else (last.updated_at, last.id)


async def get_conversation(id_: str, who: Principal, database: Database) -> ConversationRow:
    """One of one's own. Raises NotFound."""
    async with database.read() as connection:
        return await get_own(connection, id_, who)


async def read_messages(
    id_: str, who: Principal, database: Database, *, leaf: str | None = None, limit: int = 50, before: str | None = None
) -> MessagePage:
    """A page of the branch that ends in `leaf` (else the one that is shown), the newest page first; `before` is a
    message of the branch: what comes before it. Raises NotFound.
    """
    async with database.read() as connection:
        row = await get_own(connection, id_, who)
        tree = Tree(await messages.list_tree(connection, id_))
        end = row.leaf if leaf is None else leaf
        branch = [] if end is None else tree.branch(end)
        stop = len(branch) if before is None else _place(branch, before)
        wanted = branch[max(0, stop - limit) : stop]
        found = {one.id: one for one in await messages.find_messages(connection, id_, wanted)}
        marks = await feedback.list_marks(connection, who.id, wanted)
    following = wanted[0] if stop > limit else None
    versions = {one: tree.versions(one) for one in wanted}
    return MessagePage(tuple(found[one] for one in wanted), versions, marks, following, end)


async def change_conversation(id_: str, change: Change, who: Principal, p: Platform) -> ConversationRow:
    """Change what is given. To choose a branch shows it to its newest end. Raises NotFound, InvalidRequest."""
    values: dict[str, object] = {}
    if change.title is not None:
        values |= {"title": checked_title(change.title), "named": True}
    if change.folder is not None:
        values["folder"] = checked_folder(change.folder)
    if change.tags is not None:
        values["tags"] = list(checked_tags(change.tags))
    if change.archived is not None:
        values["archived"] = change.archived
    if change.settings is not None:
        await _check_settings(change.settings, who, p)
        values["settings"] = dict(change.settings)

    async def work(connection: Connection) -> ConversationRow:
        await get_own(connection, id_, who)
        if change.leaf is not None:
            tree = Tree(await messages.list_tree(connection, id_))
            tree.check_holds(change.leaf)
            values["leaf"] = tree.newest_leaf(change.leaf)
        if values:
            await conversations.change_conversation(connection, id_, who.id, **values)
        return await get_own(connection, id_, who)

    return await p.database.write(work)


async def delete_conversation(id_: str, who: Principal, database: Database) -> None:
    """Erase it with its messages, shares, marks and items of the review. Raises NotFound."""
    if not await database.write(lambda connection: conversations.delete_conversation(connection, id_, who.id)):
        raise _missing(id_)


@dataclass(frozen=True, slots=True)
class Labels:
    """Folders and tags with how many conversations have each."""

    folders: Mapping[str, int]
    tags: Mapping[str, int]


async def list_labels(who: Principal, database: Database) -> Labels:
    """One's own."""
    async with database.read() as connection:
        folders = await labels.count_folders(connection, who.id)
        return Labels(folders, await labels.count_tags(connection, who.id))


async def rename_label(kind: Literal["folder", "tag"], name: str, to: str, who: Principal, database: Database) -> int:
    """Rename a folder (with those below it) or a tag in all of one's own conversations, "" takes it away; how many
    changed. Raises NotFound where none has it, InvalidRequest for a name that cannot be one.
    """
    old, new = (checked_folder(name), checked_folder(to)) if kind == "folder" else (_tag(name), _tag(to))
    if not old:
        raise InvalidRequest(f"name the {kind} that is to be renamed", param="name")

    async def work(connection: Connection) -> int:
        if kind == "tag":
            return await labels.rename_tag(connection, who.id, old, new)
        longest = await labels.find_longest_folder(connection, who.id, old)
        if longest - len(old) + len(new) > _LONGEST_NAME:
            raise InvalidRequest(f"a folder below it would have more than {_LONGEST_NAME} characters", param="to")
        return await labels.rename_folder(connection, who.id, old, new)

    number = await database.write(work)
    if not number:
        raise NotFound(f"no conversation has the {kind} '{name[:_LONGEST_NAME]}'", param="name")
    return number


async def get_own(connection: Connection, id_: str, who: Principal) -> ConversationRow:
    """One of one's own. Raises NotFound, also for somebody else's."""
    row = await conversations.find_conversation(connection, id_, who.id)
    if row is None:
        raise _missing(id_)
    return row


def checked_title(title: str) -> str:
    """One line. Raises InvalidRequest for a title without words."""
    found = " ".join(title.split())[:_LONGEST_NAME]
    if not found:
        raise InvalidRequest("a title has at least one letter; leave it out", param="title")
    return found


def checked_folder(folder: str) -> str:
    """A path such as `work/boats`; empty for none. Raises InvalidRequest for one that is too long."""
    parts = (" ".join(part.split()) for part in folder.split("/"))
    found = "/".join(part for part in parts if part)
    if len(found) > _LONGEST_NAME:
        raise InvalidRequest(f"a folder has at most {_LONGEST_NAME} characters", param="folder")
    return found


def checked_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Each tag once, without empty ones. Raises InvalidRequest for too many or too long ones."""
    found = tuple(dict.fromkeys(tag for given in tags if (tag := " ".join(given.split()))))
    if len(found) > _MOST_TAGS or any(len(tag) > _LONGEST_TAG for tag in found):
        raise InvalidRequest(f"there are at most {_MOST_TAGS} tags of {_LONGEST_TAG} characters each", param="tags")
    return found


async def _check_settings(settings: Mapping[str, Any], who: Principal, p: Platform) -> None:
    """What a conversation asks of its answers has to be there and allowed now; answers check it again."""
    if settings.get("model"):
        check_offered(settings["model"], who, p)
    if settings.get("collection"):
        await get_collection(settings["collection"], p, who)
    if settings.get("as_of"):
        parse_moment(settings["as_of"])
    parse_filter(settings.get("filter"))


def _tag(name: str) -> str:
    return next(iter(checked_tags((name,))), "")


def _place(branch: list[str], id_: str) -> int:
    try:
        return branch.index(id_)
    except ValueError:
        raise NotFound(f"the branch has no message '{id_[:60]}'", param="before") from None


def _missing(id_: str) -> NotFound:
    return NotFound(f"there is no conversation '{id_[:60]}'", param="conversation")
