import pytest

from answerable.agents.lookups.web_search import SERVICES, WebSearch, ready, search_of
from answerable.agents.tools.base.http import HttpClient

ALL = {"TAVILY_API_KEY": "t", "BRAVE_API_KEY": "b", "SERPER_API_KEY": "s"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_question_is_cut_to_whole_words_within_bounds(name: str) -> None:
    search = WebSearch(HttpClient(), name, "", "", 1.0)
    assert search.fitted("  two   words ") == "two words"
    assert len(search.fitted("a " * 100).split()) == 50
    assert search.fitted("abcd " * 49 + "x" * 400) == ("abcd " * 49).strip()
    assert search.fitted("x" * 1_000) == "x" * 400


def test_services_stand_in_the_order_of_asking() -> None:
    assert ready("auto", "http://searx", ALL) == (["searxng", "tavily", "brave", "serper"], "")
    assert ready("auto", "", ALL) == (["tavily", "brave", "serper"], "")
    assert ready("brave", "", ALL) == (("brave",), "")
    assert ready("searxng", "", ALL)[1].startswith("set base_url")


def test_each_service_is_asked_at_its_own_address_with_its_own_key() -> None:
    search = search_of(HttpClient(), "brave", "", ALL, 1.0)
    assert (search._base_url, search._key) == ("https://api.search.brave.com", "b")
    assert "b" not in {repr(search), str(search)}
