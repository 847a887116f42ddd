"""A team's text by quoting: written, mended, judged by numbers; code is refused."""

import pytest

from answerable.core.errors import ModelNeeded
from answerable.core.research_tasks import Assess, Compose, Issue
from answerable.core.sentences import split
from answerable.knowledge.embedders.base.remembering import Remembering
from answerable.providers.extraction.research.composing import assess, compose
from tests.support.embedding import HashEmbedder
from tests.support.sources import TOPIC, library

EMBEDDER = Remembering(HashEmbedder())


def test_a_text_is_quoted_from_the_passages_with_their_numbers() -> None:
    text = compose(Compose(TOPIC, passages=library()), EMBEDDER)
    assert text.count("[") >= 3
    assert compose(Compose(TOPIC, passages=library()), EMBEDDER) == text


def test_only_what_an_issue_names_is_changed() -> None:
    before = compose(Compose(TOPIC, passages=library()), EMBEDDER)
    lines = [before[start:end] for start, end in split(before)]
    issue = Issue("", 2, "It repeats the first one.", "Leave it out.")
    after = compose(Compose(TOPIC, passages=library(), before=before, issues=(issue,)), EMBEDDER)
    assert [after[start:end] for start, end in split(after)] == [lines[0], *lines[2:]]


@pytest.mark.parametrize("task", [Compose("sort a list", "code", passages=library()), Compose("a poem")])
def test_what_cannot_be_quoted_needs_a_model(task: Compose) -> None:
    with pytest.raises(ModelNeeded, match="language model"):
        compose(task, EMBEDDER)


def test_code_is_not_judged_by_numbers() -> None:
    with pytest.raises(ModelNeeded, match="judging code"):
        assess(Assess("sort a list", ("x = 1",), "code"), EMBEDDER)


def test_a_score_follows_what_was_measured_and_issues_name_lines() -> None:
    lines = ("A lighthouse warns ships [1].", "A lighthouse warns ships [1].")
    task = Assess(TOPIC, lines, measured=(("support", 1.0), ("coverage", 1.0)))
    good = task.parse(assess(task, EMBEDDER))
    assert any(issue.sentence == 2 and "again" in issue.problem for issue in good.issues)
    worse = Assess(TOPIC, lines, measured=(("support", 0.2), ("coverage", 0.2)))
    assert worse.parse(assess(worse, EMBEDDER)).score < 4 < good.score


def test_a_request_alone_has_nothing_against_it() -> None:
    task = Assess(TOPIC)
    assert task.parse(assess(task, EMBEDDER)).score == 10.0
