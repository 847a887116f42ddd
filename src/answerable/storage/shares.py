"""The SQL of shares: an address that shows one branch of a conversation until it expires or is withdrawn."""

import secrets
from dataclasses import dataclass

from sqlalchemy import and_, insert, or_, select, update

from answerable.core.identity import OWNER
from answerable.storage.conversation_schema import shares
from answerable.storage.database import Connection
from answerable.storage.schema import conversations, users


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A row of `shares`. Times are microseconds since 1970 UTC; `hash` is SHA-256 of the token, which is not kept."""

    id: str
    hash: str
    conversation: str
    leaf: str
    created_at: int
    expires_at: int
    revoked_at: int | None = None


def new_share_id() -> str:
    """A name for the owner; it opens nothing."""
    return f"shr_{secrets.token_hex(8)}"


async def insert_share(connection: Connection, row: ShareRow) -> None:
    """Store a new one."""
    await connection.execute(insert(shares).values(**{name: getattr(row, name) for name in ShareRow.__slots__}))


async def list_shares(connection: Connection, conversation: str) -> list[ShareRow]:
    """The shares of a conversation, newest first; those that are over too."""
    query = select(shares).where(shares.c.conversation == conversation)
    rows = await connection.execute(query.order_by(shares.c.created_at.desc(), shares.c.id))
    return [ShareRow(*row) for row in rows]


async def revoke_share(connection: Connection, conversation: str, id_: str, now_us: int) -> bool:
    """Withdraw one; whether it was there. One that is withdrawn already stays as it is."""
    mine = and_(shares.c.conversation == conversation, shares.c.id == id_)
    open_ = mine & shares.c.revoked_at.is_(None)
    done = await connection.execute(update(shares).where(open_).values(revoked_at=now_us))
    return done.rowcount > 0 or (await connection.execute(select(shares.c.id).where(mine))).first() is not None


async def find_open_share(connection: Connection, hash_: str, now_us: int) -> tuple[ShareRow, str] | None:
    """The share of a token and the title that it shows. None for one that is not there, over or withdrawn, and where
    its owner's account is gone or shut.
    """
    query = select(shares, conversations.c.title).select_from(
        shares.join(conversations).outerjoin(users, users.c.id == conversations.c.owner)
    )
    good = and_(shares.c.hash == hash_, shares.c.revoked_at.is_(None), shares.c.expires_at > now_us)
    there = or_(conversations.c.owner == OWNER.id, users.c.disabled.is_(False))
    row = (await connection.execute(query.where(good, there))).first()
    return None if row is None else (ShareRow(*row[:-1]), row[-1])
