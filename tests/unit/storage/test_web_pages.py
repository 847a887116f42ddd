from answerable.storage.database import Database
from answerable.storage.web_pages import WebPageRow, find_page, forget_pages, put_page


def row(address: str, at: int, size: int = 10, **more: str) -> WebPageRow:
    return WebPageRow(address, more.get("etag", ""), "", at, size, {"text": more.get("text", address)})


async def put(database: Database, *rows: WebPageRow) -> None:
    async def work(connection: object) -> None:
        for one in rows:
            await put_page(connection, one)  # type: ignore[arg-type]

    await database.write(work)


async def there(database: Database, *addresses: str) -> list[str]:
    async with database.read() as connection:
        found = [await find_page(connection, one) for one in addresses]
    return [one.address for one in found if one]


async def test_a_page_is_kept_in_place_of_what_it_was_and_never_of_what_it_is(database: Database) -> None:
    new = row("https://e.org/a", 20, etag="v2", text="new")
    await put(database, row("https://e.org/a", 10, etag="v1"), new, row("https://e.org/a", 15, etag="late"))
    async with database.read() as connection:
        assert await find_page(connection, "https://e.org/a") == new
        assert await find_page(connection, "https://e.org/b") is None


async def test_the_old_are_forgotten_and_then_the_oldest_beyond_the_size(database: Database) -> None:
    names = [f"https://e.org/{at}" for at in range(5)]
    await put(database, *(row(name, at) for at, name in enumerate(names)))
    assert await database.write(lambda connection: forget_pages(connection, 1, 1_000)) == 1
    assert await there(database, *names) == names[1:]
    assert await database.write(lambda connection: forget_pages(connection, 1, 25)) == 2
    assert await there(database, *names) == names[3:]
    assert await database.write(lambda connection: forget_pages(connection, 1, 25)) == 0
