"""Shares: an address of 256 random bits shows one branch of a conversation as it was, until it expires or is withdrawn.

Only the hash of the token is kept. Who opens the address learns nothing of the owner and no id of anything.
"""

import hashlib
import secrets
from dataclasses import dataclass

from answerable.chats.branches import Tree
from answerable.chats.liveness import status_now
from answerable.core.errors import Conflict, InvalidRequest, NotFound
from answerable.core.identity import Principal
from answerable.core.moments import now_us
from answerable.flows.conversations import get_own
from answerable.storage import messages, shares
from answerable.storage.database import Connection, Database
from answerable.storage.messages import MessageRow
from answerable.storage.shares import ShareRow

DAYS, MOST_DAYS = 7, 365
_DAY_US = 86_400_000_000
_SHOWN = ("user", "assistant")
"""What a reader sees: no instructions and nothing that tools said."""


@dataclass(frozen=True, slots=True)
class SharedBranch:
    """A page of what an address shows; `following` is the place of the next one, None after the last."""

    share: ShareRow
    title: str
    rows: tuple[MessageRow, ...]
    following: int | None


async def share_conversation(
    id_: str, who: Principal, database: Database, *, days: int = DAYS, leaf: str | None = None
) -> tuple[ShareRow, str]:
    """Share the branch that ends in `leaf`, else the one that is shown; the token is known to nobody afterwards.

    Raises NotFound, InvalidRequest where there is nothing to share, Conflict while the last answer is being given.
    """
    token, now = secrets.token_urlsafe(32), now_us()

    async def work(connection: Connection) -> ShareRow:
        row = await get_own(connection, id_, who)
        end = row.leaf if leaf is None else leaf
        if end is None:
            raise InvalidRequest("there is nothing in this conversation yet", param="conversation")
        found = await messages.find_messages(connection, id_, [end])
        if not found:
            raise NotFound(f"this conversation has no message '{end[:60]}'", param="leaf")
        if status_now(found[0], now) == "streaming":
            raise Conflict("the answer is being given: share it when it is finished, or stop it", retry_after_s=5)
        share = ShareRow(shares.new_share_id(), _hash(token), id_, end, now, now + days * _DAY_US)
        await shares.insert_share(connection, share)
        return share

    return await database.write(work), token


async def list_shares(id_: str, who: Principal, database: Database) -> list[ShareRow]:
    """The shares of one's own conversation, newest first. Raises NotFound."""
    async with database.read() as connection:
        await get_own(connection, id_, who)
        return await shares.list_shares(connection, id_)


async def revoke_share(id_: str, share: str, who: Principal, database: Database) -> None:
    """Withdraw a share at once. Raises NotFound."""

    async def work(connection: Connection) -> None:
        await get_own(connection, id_, who)
        if not await shares.revoke_share(connection, id_, share, now_us()):
            raise NotFound(f"this conversation has no share '{share[:60]}'", param="share")

    await database.write(work)


async def open_share(token: str, database: Database, start: int = 0, limit: int = 200) -> SharedBranch:
    """What an address shows, from the message at place `start` on. Raises NotFound, the same for one that never was, is
    over or was withdrawn.
    """
    async with database.read() as connection:
        found = await shares.find_open_share(connection, _hash(token), now_us())
        if found is None:
            raise NotFound("there is nothing at this address: it was never there, has expired or was withdrawn")
        share, title = found
        tree = Tree(await messages.list_tree(connection, share.conversation))
        branch = tree.branch(share.leaf)
        page = branch[start : start + limit]
        rows = {row.id: row for row in await messages.find_messages(connection, share.conversation, page)}
    shown = tuple(rows[one] for one in page if rows[one].role in _SHOWN)
    return SharedBranch(share, title, shown, start + limit if start + limit < len(branch) else None)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
