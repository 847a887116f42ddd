from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from answerable.core.errors import InvalidRequest, ModelNotFound, ProviderDown
from answerable.core.messages import Admitted, Collected, Finished
from answerable.flows.embeddings import ENDPOINT, Embeddings, embed_texts
from answerable.flows.platform import Platform
from answerable.storage.schema import attempts, requests
from tests.support.embedding import HashEmbedder
from tests.support.platform import open_small_platform


class Down(HashEmbedder):
    """An endpoint that is out of reach."""

    def embed(self, texts: Any) -> Any:
        raise ProviderDown("nobody answers")


async def rows_of(p: Platform) -> list[Any]:
    await p.ledger.close()
    columns = requests.c.endpoint, requests.c.outcome, requests.c.reason, requests.c.prompt_tokens, requests.c.cost_nano
    async with p.database.read() as connection:
        return [tuple(row) for row in await connection.execute(select(*columns).order_by(requests.c.id))]


async def test_vectors_are_one_row_with_its_tokens_at_no_cost(tmp_path: Path) -> None:
    async with open_small_platform(tmp_path) as p:
        events = Collected()
        vectors = await embed_texts(Embeddings(("a red light", "two years")), events, p)
        assert vectors.shape == (2, p.embedder.dimensions)
        admitted, *_, finished = events.events
        assert isinstance(admitted, Admitted)
        assert isinstance(finished, Finished)
        assert (finished.usage.prompt_tokens, finished.request_id) == (5, admitted.request_id)
        assert finished.cost_usd == 0
        assert await rows_of(p) == [(ENDPOINT, "answered", "", 5, 0)]
        async with p.database.read() as connection:
            (attempt,) = await connection.execute(select(attempts.c.model, attempts.c.task, attempts.c.outcome))
        assert tuple(attempt) == ("hash-words", "Embed", "answered")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (Embeddings(("a",), model="other"), ModelNotFound),
        (Embeddings(("a",), dimensions=3), InvalidRequest),
        (Embeddings(()), InvalidRequest),
        (Embeddings(("a", " ")), InvalidRequest),
        (Embeddings(("a",) * 2_049), InvalidRequest),
    ],
)
async def test_what_cannot_be_done_is_a_refused_row(tmp_path: Path, wrong: Embeddings, error: type[Exception]) -> None:
    async with open_small_platform(tmp_path) as p:
        with pytest.raises(error):
            await embed_texts(wrong, Collected(), p)
        ((_, outcome, reason, tokens, _),) = await rows_of(p)
        assert (outcome, reason, tokens) == ("refused", error.code, 0)  # type: ignore[attr-defined]


async def test_an_endpoint_that_fails_is_a_failed_row_that_costs_nothing(tmp_path: Path) -> None:
    async with open_small_platform(tmp_path) as p:
        with pytest.raises(ProviderDown):
            await embed_texts(Embeddings(("a",)), Collected(), replace(p, embedder=Down()))
        assert await rows_of(p) == [(ENDPOINT, "failed", "provider_down", 0, 0)]
