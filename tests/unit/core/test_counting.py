import pytest

from answerable.core import counting
from answerable.core.documents import ChunkId, CollectionName, DocumentId, Passage, VersionId
from answerable.core.messages import Image, Message, Text, Tool, ToolCall
from answerable.core.research_tasks import PlanQuestions
from answerable.core.tasks import Answer, Chat, Judge, RewriteQuery, Task
from answerable.core.usage import Usage

ASKED = Message("user", (Text("x" * 40),))
CALLED = Message("assistant", (), (ToolCall("1", "find", "y" * 16),))


@pytest.mark.parametrize(
    ("task", "tokens"),
    [
        (Chat((ASKED,)), 10),
        (Chat((ASKED, CALLED)), 15),
        (Chat((ASKED,), tools=(Tool("find", "z" * 34),)), 20),
        (Chat((Message("user", (Image("https://x", "low"), Image("https://y"))),)), 850),
        (Answer("q" * 8, (), (ASKED,), "i" * 4), 13),
        (RewriteQuery("q" * 8, (ASKED,)), 12),
        (Judge("c" * 3, "e" * 2), 2),
        (PlanQuestions("t" * 8, 3, role="r" * 4), 3),
        (Chat(()), 0),
    ],
)
def test_a_token_is_four_characters_of_whatever_is_sent(task: Task, tokens: int) -> None:
    assert counting.prompt_tokens(task) == tokens


def test_passages_are_part_of_the_prompt(passage: Passage) -> None:
    assert counting.prompt_tokens(Answer("", (passage,))) == -(-len(passage.text) // 4)


def test_what_was_counted_says_so() -> None:
    assert counting.usage(Chat((ASKED,)), 5) == Usage(10, 2, estimated=True)


@pytest.fixture
def passage() -> Passage:
    ids = ChunkId(1), DocumentId("1"), VersionId(1), CollectionName("c")
    return Passage(*ids, "source", "title", "a text of thirty characters...", 0, 30)


def test_a_prompt_that_is_known_is_counted_as_it_is() -> None:
    assert counting.estimated(9, 4) == Usage(3, 1, estimated=True)
