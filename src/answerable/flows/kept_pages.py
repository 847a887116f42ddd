"""Pages of the web that were read, in the database: all workers and runs share them, and a restart loses none."""

from dataclasses import asdict
from typing import Any, Final

from answerable.agents.sources.base.reach import Kept
from answerable.agents.sources.base.source import Text
from answerable.core.documents import Block
from answerable.storage import web_pages
from answerable.storage.database import Database
from answerable.storage.web_pages import WebPageRow

_DAYS: Final = 30
_MOST_CHARACTERS: Final = 200_000_000
_DAY_US: Final = 86_400_000_000
_LOOK_EVERY: Final = 50
"""Pages between two looks for what is to be forgotten."""


class KeptPages:
    """Within 200 million characters, and for 30 days after somebody last looked; see `Pages`."""

    def __init__(self, database: Database, most_characters: int = _MOST_CHARACTERS) -> None:
        self._database = database
        self._most = most_characters
        self._since = 0

    async def find(self, address: str) -> Kept | None:
        """The page, however old. Raises StorageDown."""
        async with self._database.read() as connection:
            row = await web_pages.find_page(connection, address)
        return None if row is None else Kept(_read(row.body), row.etag, row.modified, row.checked_at / 1e6)

    async def keep(self, address: str, kept: Kept) -> None:
        """Keep it, in place of an earlier state. Raises StorageDown."""
        checked_us = int(kept.checked_at * 1e6)
        size = len(kept.text.text)
        row = WebPageRow(address, kept.etag, kept.modified, checked_us, size, asdict(kept.text))
        self._since = (self._since + 1) % _LOOK_EVERY
        looks = self._since == 1

        async def work(connection: Any) -> None:
            await web_pages.put_page(connection, row)
            if looks:
                await web_pages.forget_pages(connection, checked_us - _DAYS * _DAY_US, self._most)

        await self._database.write(work)


def _read(body: Any) -> Text:
    """What `keep` wrote."""
    blocks = tuple(Block(**{**one, "heading_path": tuple(one["heading_path"])}) for one in body["blocks"])
    return Text(**{**body, "blocks": blocks})
