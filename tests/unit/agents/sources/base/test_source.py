import pytest

from answerable.agents.sources.base.source import Wanted


def test_a_question_holds_only_what_can_be_sent() -> None:
    assert Wanted("green \ud800tea 🍵", 3).query == "green tea 🍵"


def test_at_least_one_result_is_wanted() -> None:
    with pytest.raises(ValueError, match="k is 1 or more"):
        Wanted("tea", 0)
