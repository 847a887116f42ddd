import pytest

from answerable.core.errors import InvalidRequest
from answerable.core.filters import And, Compare, Not, Or, parse_filter, to_json


@pytest.mark.parametrize(
    ("written", "parsed"),
    [
        (None, None),
        ({}, None),
        ("lang=de", Compare("lang", "eq", "de")),
        ("year>=2020", Compare("year", "gte", 2020)),
        ("ratio < 0.5", Compare("ratio", "lt", 0.5)),
        ("lang!=de", Compare("lang", "ne", "de")),
        ("lang=de|en", Compare("lang", "in", ("de", "en"))),
        ("draft=true", Compare("draft", "eq", True)),
        ({"lang": "de"}, Compare("lang", "eq", "de")),
        ({"lang": ["de", "en"]}, Compare("lang", "in", ("de", "en"))),
        ({"y": {"gte": 1, "lt": 3}}, And((Compare("y", "gte", 1), Compare("y", "lt", 3)))),
        ({"a": 1, "b": 2}, And((Compare("a", "eq", 1), Compare("b", "eq", 2)))),
        ({"or": [{"a": 1}, {"not": {"b": 2}}]}, Or((Compare("a", "eq", 1), Not(Compare("b", "eq", 2))))),
        ('{"a": "x"}', Compare("a", "eq", "x")),
        (["a=1", "b=2"], And((Compare("a", "eq", 1), Compare("b", "eq", 2)))),
    ],
)
def test_both_written_forms_are_understood(written: object, parsed: object) -> None:
    assert parse_filter(written) == parsed


@pytest.mark.parametrize(
    "wrong", ["no operator", '{"a": ', {"a": {"like": "x"}}, {"and": "x"}, {"a": {"in": "x"}}, {"a": {"b": None}}, 5]
)
def test_a_filter_that_is_none_is_an_error(wrong: object) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_filter(wrong)
    assert caught.value.param == "filter"


def test_the_json_form_comes_back_unchanged() -> None:
    where = parse_filter({"and": [{"a": {"eq": 1}}, {"or": [{"b": {"in": ["x", "y"]}}]}, {"not": {"c": {"lt": 2}}}]})
    assert parse_filter(to_json(where)) == where
