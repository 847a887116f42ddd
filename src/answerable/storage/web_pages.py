"""Pages of the web as they were read last: found by the hash of their address, the oldest forgotten first."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, func, select

from answerable.storage.database import Connection
from answerable.storage.engines import insert_into
from answerable.storage.research_schema import web_pages


@dataclass(frozen=True, slots=True)
class WebPageRow:
    """A row of `web_pages`. `size` is in characters, `checked_at` in microseconds, `body` the text as it was read."""

    address: str
    etag: str
    modified: str
    checked_at: int
    size: int
    body: Mapping[str, Any]


async def find_page(connection: Connection, address: str) -> WebPageRow | None:
    """The page, however old."""
    columns = [web_pages.c[name] for name in WebPageRow.__slots__]
    row = (await connection.execute(select(*columns).where(web_pages.c.id == _id(address)))).first()
    return None if row is None else WebPageRow(*row)


async def put_page(connection: Connection, row: WebPageRow) -> None:
    """Keep it, in place of an earlier state; one that was looked at later stays."""
    values = {"id": _id(row.address), **asdict(row)}
    statement = insert_into(connection.dialect, web_pages)
    new = {name: statement.excluded[name] for name in values if name != "id"}
    newer = statement.excluded.checked_at >= web_pages.c.checked_at
    await connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=new, where=newer), values)


async def forget_pages(connection: Connection, before: int, most_characters: int) -> int:
    """Remove those that nobody looked at since `before` (microseconds), then the oldest beyond `most_characters`; how
    many went.
    """
    c = web_pages.c
    gone = (await connection.execute(delete(web_pages).where(c.checked_at < before))).rowcount
    kept = await connection.scalar(select(func.sum(c.size))) or 0
    if kept <= most_characters:
        return gone
    oldest = await connection.execute(select(c.id, c.size).order_by(c.checked_at, c.id))
    going: list[str] = []
    for id_, size in oldest:
        if kept <= most_characters:
            break
        going.append(id_)
        kept -= size
    return gone + (await connection.execute(delete(web_pages).where(c.id.in_(going)))).rowcount


def _id(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()
