"""What models send back becomes a value, or a ValueError: nothing else, whatever they send."""

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from answerable.core.research_tasks import (
    Assess,
    Compose,
    Critique,
    Draft,
    Issue,
    Outline,
    Part,
    PlanQuestions,
    ResearchTask,
    Revise,
    WriteSection,
)
from tests.support.sources import library

_DRAFT = Draft("s1", "Lamps", ("One [1].", "Two [2]."))
_PLAN = PlanQuestions("lamps", 2)
_OUTLINE = Outline("lamps", ("What?",), library())
_CRITIQUE = Critique("lamps", ("What?",), (_DRAFT,))
_TASKS: tuple[ResearchTask, ...] = (
    _PLAN,
    _OUTLINE,
    WriteSection("lamps", "Lamps", "What?", library()),
    _CRITIQUE,
    Revise("lamps", _DRAFT, (Issue("s1", 1, "Wrong.", "Mend it."),), library()),
    Compose("lamps", passages=library()),
    Assess("lamps", ("One.", "Two.")),
)

_LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_KEYS = st.sampled_from(
    [
        "title",
        "sections",
        "heading",
        "question",
        "sources",
        "parts",
        "score",
        "issues",
        "section",
        "sentence",
        "problem",
    ]
)
_JSON = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=5), max_leaves=20
)


@given(st.sampled_from(_TASKS), st.text())
@settings(max_examples=200)
def test_any_text_gives_a_value_or_a_value_error(task: ResearchTask, text: str) -> None:
    with contextlib.suppress(ValueError):
        assert task.parse(text)


@given(st.sampled_from(_TASKS), _JSON, st.text(max_size=10), st.text(max_size=10))
@settings(max_examples=400)
def test_any_json_with_words_around_it_gives_a_value_or_a_value_error(
    task: ResearchTask, data: object, before: str, behind: str
) -> None:
    with contextlib.suppress(ValueError):
        assert task.parse(f"{before}{json.dumps(data)}{behind}")


@pytest.mark.parametrize("task", [_PLAN, _OUTLINE, _CRITIQUE])
@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 100_000 + "1" + "}" * 100_000,
        '["\\ud800 half a character"]',
        '{"title": "\\udfff", "sections": [{"heading": "\\ud800"}], "score": 5}',
        "][",
        "}{",
        '{"score": NaN}',
        '{"score": true}',
        '{"sections": {}}',
        "[1, 2]",
    ],
)
def test_hostile_json_is_a_value_error(task: PlanQuestions | Outline | Critique, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        task.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        '["What is tea?", "Who grows it?"]',
        '```json\n["What is tea?", "Who grows it?"]\n```',
        'As [1] and [2, 3] say:\n["What is tea?", "Who grows it?"]\nSee [4]. Anything else?',
        '[not json] ["What is tea?", "Who grows it?"] [99].',
        '[99] {"a": [1]} ["What is tea?", "Who grows it?"]',
    ],
)
def test_json_is_found_between_prose_and_other_brackets(text: str) -> None:
    task = PlanQuestions("tea", 5)
    assert task.parse(text) == ("What is tea?", "Who grows it?")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('["What is tea?", "Who', "no JSON was returned"),
        ('["What is tea?" "Who grows it?"]', "the JSON is broken after 16 characters: Expecting ',' delimiter"),
    ],
)
def test_what_is_wrong_with_json_is_said_to_whoever_wrote_it(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        PlanQuestions("tea", 5).parse(text)


def test_questions_are_cleaned_and_no_more_than_wanted() -> None:
    assert _PLAN.parse('Here: ["What  is it?", "What is it?", 7, "Why?", "Third?"] done') == ("What is it?", "Why?")


def test_a_plan_keeps_only_sources_that_exist() -> None:
    data = {"sections": [{"heading": "# Oil", "sources": [1, 1, 99, "2", True, 3], "parts": [{"heading": "A"}, 5]}, {}]}
    plan = _OUTLINE.parse(json.dumps(data))
    assert plan.title == "lamps"
    assert plan.sections == (Part("Oil", "Oil", (1, 3), (Part("A", "A", ()),)),)


def test_issues_of_what_does_not_exist_are_left_out() -> None:
    issues = [
        {"section": "s1", "sentence": 2, "problem": "Wrong."},
        {"section": "s1", "sentence": 9, "problem": "Wrong."},
        {"section": "s9", "sentence": 1, "problem": "Wrong."},
        {"section": ["s1"], "sentence": 1, "problem": "Wrong."},
        {"section": "s1", "sentence": 1},
        "s1",
    ]
    found = _CRITIQUE.parse(json.dumps({"score": 7, "issues": issues}))
    assert found.score == 7.0
    assert found.issues == (Issue("s1", 2, "Wrong."), Issue("s1", 0, "Wrong."))


def test_an_issue_of_a_line_that_is_not_there_is_of_the_whole() -> None:
    issues = [{"line": line, "problem": "Wrong."} for line in (2, 3, -1, True, "1")] + [{"line": 1}, None]
    found = Assess("lamps", ("One.", "Two.")).parse(json.dumps({"score": 7, "issues": issues}))
    assert [one.sentence for one in found.issues] == [2, 0, 0, 0, 0]
    with pytest.raises(ValueError, match="no score"):
        Assess("lamps").parse('{"score": 0}')


def test_code_stands_in_a_block() -> None:
    task = Compose("lamps", "code")
    assert task.parse("\n```python\nx = 1\n```\n") == "```python\nx = 1\n```"
    for text in ("x = 1", "  "):
        with pytest.raises(ValueError, match=r"no code|empty"):
            task.parse(text)


@pytest.mark.parametrize("task", _TASKS)
def test_the_texts_of_a_task_hold_its_topic(task: ResearchTask) -> None:
    assert "lamps" in task.texts()
