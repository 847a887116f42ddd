from decimal import Decimal

from answerable.core.identity import Principal
from answerable.core.usage import Attempt, Usage
from answerable.gateway.ledger_entry import Entry, Opening, attempt_rows, request_row

ANN = Principal("ann", workspace="acme", key_id="k")


class Notes:
    def __init__(self) -> None:
        self.closed: list[Entry] = []
        self.seen: list[Attempt] = []

    def done(self, entry: Entry) -> None:
        entry.total_ms = 12.5
        self.closed.append(entry)

    def observe(self, attempt: Attempt) -> None:
        self.seen.append(attempt)


def entry(notes: Notes | None = None, opening: Opening | None = None) -> Entry:
    opening = opening or Opening("POST /v1/chat/completions", "auto", streamed=True)
    return Entry("req_1", 1_700_000_000.25, 3.0, ANN, opening, notes or Notes())


def tried(cost: str | None, tokens: int = 10, outcome: str = "answered") -> Attempt:
    usage = Usage(tokens, tokens, estimated=outcome == "cancelled")
    return Attempt("m", "Chat", outcome, usage, None if cost is None else Decimal(cost), 5.0)  # type: ignore[arg-type]


def test_tokens_and_cost_are_those_of_all_attempts() -> None:
    one = entry()
    one.attempt(tried("0.000000002", outcome="failed"))
    one.attempt(tried("0.01", outcome="cancelled"))
    assert one.usage == Usage(20, 20, estimated=True)
    assert one.cost_usd == Decimal("0.010000002")
    assert request_row(one, "w").cost_nano == 10_000_002
    assert [row.cost_nano for row in attempt_rows(one)] == [2, 10_000_000]


def test_an_unknown_price_is_no_number_and_a_flag() -> None:
    one = entry()
    one.attempt(tried(None))
    assert (one.cost_usd, one.unpriced) == (None, True)
    row = request_row(one, "w")
    assert (row.cost_nano, row.unpriced) == (None, True)
    one.attempt(tried("0.5"))
    row = request_row(one, "w")
    assert (one.cost_usd, row.cost_nano, row.unpriced) == (None, 500_000_000, True)


def test_a_request_that_used_nothing_cost_nothing() -> None:
    one = entry()
    assert (one.cost_usd, one.usage, one.unpriced) == (Decimal(0), Usage(), False)
    one.attempt(tried(None, tokens=0, outcome="failed"))
    assert (one.cost_usd, one.unpriced) == (Decimal(0), False)
    assert request_row(one, "w").cost_nano == 0


def test_only_the_first_end_counts_and_what_comes_later_changes_nothing() -> None:
    notes = Notes()
    one = entry(notes)
    one.attempt(tried("1"))
    one.close("stopped", "client")
    one.close("failed")
    one.attempt(tried("1"))
    assert (one.outcome, one.reason, notes.closed, len(notes.seen)) == ("stopped", "client", [one], 1)
    assert one.cost_usd == 1


def test_the_row_says_who_asked_what_and_what_became_of_it() -> None:
    one = entry()
    one.model, one.cache, one.fallbacks, one.first_token_ms = "gpt", "exact", 1, 3.5
    one.close("answered")
    row = request_row(one, "w1")
    assert row.started_at == 1_700_000_000_250_000
    assert {row.principal, row.key_id, row.workspace} == {"ann", "k", "acme"}
    assert (row.model_asked, row.model, row.cache, row.fallbacks) == ("auto", "gpt", "exact", 1)
    assert (row.total_ms, row.first_token_ms, row.streamed, row.worker) == (12.5, 3.5, True, "w1")


def test_whatever_a_caller_sends_fits_into_its_column() -> None:
    one = entry(opening=Opening("POST /v1/chat/completions", "\ud800\x00\n" + "m" * 500))
    one.attempt(Attempt("é", "Chat", "answered", Usage(2**70, 0), Decimal(1), 1.0))
    row = request_row(one, "w")
    assert row.model_asked == "\ufffd\ufffd\ufffd" + "m" * 197
    assert row.prompt_tokens < 2**63
    assert next(attempt_rows(one)).model == "é"
