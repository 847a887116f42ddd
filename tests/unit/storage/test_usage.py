from typing import Any

from answerable.storage.database import Database
from answerable.storage.ledger import AttemptRow, RequestRow, append, first_id_at
from answerable.storage.usage import By, Span, Sums, sum_total, sum_usage

DAY_US = 86_400_000_000
NOW = 20_000 * DAY_US + 5_000_000
EVER = Span(0, NOW + DAY_US)


class Book:
    """Rows that are easy to write down."""

    def __init__(self) -> None:
        self.rows: list[RequestRow] = []
        self.tries: list[AttemptRow] = []

    def add(
        self, *calls: tuple[str, int, int | None], at: int = NOW, who: str = "ann", key: str | None = None, **more: Any
    ) -> None:
        """A request with calls of (model, tokens, nano-USD)."""
        id_ = f"{first_id_at(at)}{len(self.rows):010x}"
        tokens = sum(used for _, used, _ in calls)
        costs = [cost for _, _, cost in calls if cost is not None]
        unpriced = any(cost is None and used for _, used, cost in calls)
        cost = None if unpriced and not costs else sum(costs)
        row = (id_, at, 1.0, None, "chat", who, key, more.get("workspace", "w"), "m", "m", None, False)
        outcome = more.get("outcome", "answered")
        rest = (outcome, "", 0, "", tokens, 1, 0, 0, False, cost, unpriced, "worker")
        self.rows.append(RequestRow(*row, *rest))
        for n, (model, used, nano) in enumerate(calls):
            state = "failed" if n < len(calls) - 1 else "answered"
            self.tries.append(AttemptRow(id_, n, model, "Chat", state, "", used, used, 0, 0, False, nano, 1.0, None))

    async def summed(self, database: Database, by: By, span: Span = EVER) -> dict[str, Sums]:
        await append(database, self.rows, self.tries, [])
        self.rows, self.tries = [], []
        async with database.read() as connection:
            return {one.label: one for one in await sum_usage(connection, span, by)}


async def test_days_are_those_of_utc_and_come_in_order(database: Database) -> None:
    book = Book()
    book.add(("m", 10, 5), at=20_001 * DAY_US)
    book.add(("m", 10, 5), at=20_000 * DAY_US)
    book.add(("m", 10, 5), at=20_000 * DAY_US - 1)
    found = await book.summed(database, "day", Span(0, 20_002 * DAY_US))
    assert [(day, one.requests) for day, one in found.items()] == [("19999", 1), ("20000", 1), ("20001", 1)]


async def test_a_span_holds_its_beginning_and_not_its_end(database: Database) -> None:
    book = Book()
    for at in (NOW - 1, NOW, NOW + 9, NOW + 10):
        book.add(at=at)
    found = await book.summed(database, "outcome", Span(NOW, NOW + 10))
    assert found["answered"].requests == 2


async def test_what_has_no_price_is_counted_beside_the_sum(database: Database) -> None:
    book = Book()
    book.add(("priced", 10, 7))
    book.add(("priced", 10, 7), ("unpriced", 20, None))
    book.add(("unpriced", 20, None))
    by_user = (await book.summed(database, "user"))["ann"]
    assert (by_user.cost_nano, by_user.unpriced, by_user.requests) == (14, 2, 3)
    by_model = await book.summed(database, "model")
    assert (by_model["priced"].cost_nano, by_model["priced"].unpriced, by_model["priced"].requests) == (14, 0, 2)
    assert (by_model["unpriced"].cost_nano, by_model["unpriced"].unpriced) == (None, 2)
    assert (by_model["unpriced"].prompt_tokens, by_model["priced"].unsuccessful) == (40, 1)


async def test_what_called_no_model_cost_nothing(database: Database) -> None:
    book = Book()
    book.add(outcome="cached")
    book.add(outcome="refused")
    book.add(("down", 0, None), outcome="failed")
    by_model = await book.summed(database, "model")
    assert (by_model[""].requests, by_model[""].cached, by_model[""].cost_nano) == (2, 1, 0)
    assert (by_model["down"].cost_nano, by_model["down"].unpriced) == (0, 0)


async def test_only_what_was_asked_for_is_summed(database: Database) -> None:
    book = Book()
    book.add(("m", 1, 1), who="ann", key="k1")
    book.add(("m", 1, 1), who="ben")
    book.add(("m", 1, 1), who="ann", workspace="other")
    assert set(await book.summed(database, "user", Span(0, NOW + 1, workspace="w"))) == {"ann", "ben"}
    keys = await book.summed(database, "key", Span(0, NOW + 1, principal="ann"))
    assert {key: one.requests for key, one in keys.items()} == {"k1": 1, "": 1}
    assert set(await book.summed(database, "model", Span(0, NOW + 1, principal="nobody"))) == set()


async def test_the_total_is_that_of_all_requests(database: Database) -> None:
    book = Book()
    book.add(("a", 5, 3), ("b", 6, 4))
    book.add(outcome="blocked")
    await book.summed(database, "day")
    async with database.read() as connection:
        total = await sum_total(connection, EVER)
        nothing = await sum_total(connection, Span(0, 1))
    assert (total.requests, total.unsuccessful, total.prompt_tokens, total.cost_nano) == (2, 1, 11, 7)
    assert nothing == Sums("", "", 0, 0, 0, 0, 0, None, 0)
