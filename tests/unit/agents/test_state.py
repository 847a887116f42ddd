"""What a run is asked for survives being stored, and says what is out of range."""

from decimal import Decimal

import pytest
from langgraph.graph import START, StateGraph

from answerable.agents.state import Budget, Settings, State, by_key, merged, part_of, read_settings
from answerable.core.errors import InvalidRequest


def test_settings_read_back_as_they_were_written() -> None:
    settings = Settings(
        sources=("collections", "web"), collections=("a",), model="m", budget=Budget(10, Decimal("0.25"), 5.0),
        approve=("outline",), questions=3,
    )  # fmt: skip
    assert read_settings(settings.to_json()) == settings
    assert read_settings({}) == Settings()


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"questions": 0}, "questions"),
        ({"sections": 9}, "sections"),
        ({"max_revisions": 6}, "max_revisions"),
        ({"sources": []}, "sources"),
        ({"budget": {"tokens": 0}}, "budget_tokens"),
        ({"budget": {"usd": "-1"}}, "budget_usd"),
        ({"budget": {"usd": "much"}}, "budget_usd"),
        ({"budget": {"seconds": 0}}, "budget_seconds"),
    ],
)
def test_what_is_out_of_range_is_named(wrong: dict[str, object], param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_settings(wrong)
    assert refused.value.param == param


def test_a_worker_that_runs_again_fills_its_own_slot_once_more() -> None:
    assert by_key({"a": 1, "b": 2}, {"b": 3}) == {"a": 1, "b": 3}
    assert by_key(None, {"b": 3}) == {"b": 3}


def test_a_team_has_rounds_for_two_revisions() -> None:
    assert Settings(orchestrator="team", max_revisions=2).max_revisions == 2
    with pytest.raises(InvalidRequest, match="12 rounds"):
        Settings(orchestrator="team", max_revisions=3)


def test_changes_are_merged_as_the_graph_merges_them() -> None:
    first: State = {
        "topic": "t", "questions": ["q"], "found": {"0": ["e1"]}, "sections": {"s1": "d1"}, "tried": [{"score": 1.0}],
        "spent": "", "mend": ["s1"],
    }  # fmt: skip
    second: State = {
        "questions": [], "found": {"1": ["e2"]}, "sections": {"s1": "d2", "end": "d3"}, "tried": [{"score": 2.0}],
        "spent": "tokens", "mend": [],
    }  # fmt: skip
    third: State = {"spent": "seconds", "report": "r"}
    steps = iter((second, third))
    graph = StateGraph(State)
    graph.add_node("second", lambda _state: next(steps))
    graph.add_node("third", lambda _state: next(steps))
    graph.add_sequence([("first", lambda _state: {})])
    graph.add_edge(START, "first")
    graph.add_edge("first", "second")
    graph.add_edge("second", "third")
    found = graph.compile().invoke(first)
    assert merged(merged(merged(State(), first), second), third) == found
    assert found["spent"] == "tokens"
    assert found["tried"] == [{"score": 1.0}, {"score": 2.0}]
    assert found["found"] == {"0": ["e1"], "1": ["e2"]}
    assert first["sections"] == {"s1": "d1"}


def test_a_worker_is_given_only_what_it_reads() -> None:
    state: State = {"topic": "t", "outline": "o", "evidence": ["e"]}
    assert part_of(state, "topic", "outline", "critique") == {"topic": "t", "outline": "o"}
