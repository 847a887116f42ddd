"""Names of groups of passages."""

import pytest

from answerable.core.research_tasks import Outline
from answerable.providers.extraction.research.naming import named
from answerable.providers.extraction.research.view import View
from tests.support.embedding import HashEmbedder
from tests.support.sources import passage

RATES = "A live key is limited to 300 requests in a minute. More of them are answered with status 429."
UPTIME = "Requests were answered 99.9 percent of the time last year, planned work left out of the count."
TOKENS = "A token lasts an hour. Whoever has the key of a project fetches a new token before it ends."


def _names(*headed: tuple[str, str], topic: str = "Tokens and limits of the API", taken: str = "") -> list[str]:
    passages = tuple(passage(text, f"Guide {at}", heading, at=at * 1_000) for at, (heading, text) in enumerate(headed))
    view = View(Outline(topic, (), passages), HashEmbedder())
    used = {frozenset(taken.lower().split())} if taken else set()
    return [one.heading for one in named(view, [list(range(len(headed)))], used, topic)]


def test_a_group_has_the_name_of_a_side_of_the_topic_that_stands_right_above_it() -> None:
    assert _names(("Limits", RATES), ("Where to go from here", UPTIME)) == ["Limits"]


def test_a_document_gives_its_name_only_where_nothing_nearer_has_one() -> None:
    found = _names(("Tokens", TOKENS), ("Tokens", TOKENS.replace("hour", "day")))
    assert found == ["Tokens"]
    assert _names(("Next steps", TOKENS), ("Introduction", TOKENS)) in (["Guide 0"], ["Guide 1"])


@pytest.mark.parametrize("taken", ["limit", "rate limit"])
def test_a_name_that_is_taken_is_not_given_again(taken: str) -> None:
    assert _names(("Limits", RATES), ("Uptime", UPTIME), taken=taken) != ["Limits"]
