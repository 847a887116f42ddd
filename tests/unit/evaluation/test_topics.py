"""A folder of topics, the shipped one, and what is said of a malformed one."""

import json
from pathlib import Path
from typing import Any

import pytest

from answerable.core.errors import InvalidRequest
from answerable.evaluation.topics import SHIPPED, load_topics

CORPUS = [{"id": "a", "title": "Lamps", "text": "A lamp burns for\n1,000 hours."}]
FACT = {"id": "f", "text": "It burns 1,000 hours.", "all": [["1000 hours"]], "document": "a"}
SEED = {"id": "s", "document": "a", "said": "burns for 1,000 hours", "counter": "A lamp burns for 500 hours."}


def write(folder: Path, *topics: Any) -> Path:
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in CORPUS), "utf-8")
    (folder / "topics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in topics), "utf-8")
    return folder


def test_a_topic_brings_its_facts_and_the_document_that_contradicts(tmp_path: Path) -> None:
    row = {"id": "t", "topic": "Lamps", "facts": [FACT], "conflicts": [SEED], "split": "held_out"}
    found = load_topics(write(tmp_path, row, {"id": "none", "topic": "Bread", "answerable": False}))
    assert [one.id for one in found.topics] == ["t", "none"]
    assert found.topics[0].facts[0].all == (("1000 hours",),)
    assert found.topics[0].split == "held_out"
    assert [(one.id, one.text) for one in found.documents[1:]] == [("counter/s", "A lamp burns for 500 hours.")]
    only = load_topics(tmp_path, limit=1)
    assert len(only.topics) == 1
    assert only.fingerprint == found.fingerprint


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"topic": "Lamps", "facts": [FACT]}, "'id' is missing"),
        ({"id": "t", "facts": [FACT]}, "'topic' is missing"),
        ({"id": "t", "topic": "Lamps"}, "needs 'facts'"),
        ({"id": "t", "topic": "Lamps", "answerable": "no"}, "neither true nor false"),
        ({"id": "t", "topic": "Lamps", "answerable": False, "facts": [FACT]}, "has no 'facts'"),
        ({"id": "t", "topic": "Lamps", "facts": "many"}, "'facts' is not a list"),
        ({"id": "t", "topic": "Lamps", "facts": [FACT], "split": "train"}, "'split' is one of dev, held_out"),
        ({"id": "t", "topic": "Lamps", "facts": [{**FACT, "all": []}]}, "'all' is a list of lists"),
        ({"id": "t", "topic": "Lamps", "facts": [{**FACT, "all": [["--"]]}]}, "not a word or number"),
        ({"id": "t", "topic": "Lamps", "facts": [{**FACT, "document": "b"}]}, "no document 'b'"),
        ({"id": "t", "topic": "Lamps", "facts": [FACT, FACT]}, "there twice"),
        ({"id": "t", "topic": "Lamps", "facts": [FACT], "conflicts": [{**SEED, "document": "b"}]}, "no document 'b'"),
        ({"id": "t", "topic": "Lamps", "facts": [FACT], "conflicts": [{**SEED, "said": "x"}]}, "does not say 'x'"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_what_is_wrong(tmp_path: Path, row: Any, said: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        load_topics(write(tmp_path, {"id": "first", "topic": "Lamps", "facts": [FACT]}, row))
    assert "topics.jsonl, line 2" in caught.value.message
    assert said in caught.value.message


def test_a_topic_is_there_once_and_a_file_of_none_is_refused(tmp_path: Path) -> None:
    row = {"id": "t", "topic": "Lamps", "facts": [FACT]}
    with pytest.raises(InvalidRequest, match="line 2: the id 't' is there twice"):
        load_topics(write(tmp_path, row, row))
    with pytest.raises(InvalidRequest, match="holds no topics"):
        load_topics(write(tmp_path))
    (tmp_path / "topics.jsonl").unlink()
    with pytest.raises(InvalidRequest, match=r"no topics\.jsonl"):
        load_topics(tmp_path)


def test_the_shipped_set_is_whole() -> None:
    found = load_topics(SHIPPED)
    answerable = [topic for topic in found.topics if topic.answerable]
    assert len(answerable) >= 30
    assert len(found.topics) - len(answerable) >= 6
    assert all(4 <= len(topic.facts) <= 8 for topic in answerable)
    assert sum(bool(topic.conflicts) for topic in answerable) >= len(answerable) // 3
    assert {topic.split for topic in answerable} == {"dev", "held_out"}
    assert (SHIPPED / "corpus.jsonl").stat().st_size < 1_500_000


def test_every_fact_of_the_shipped_set_is_said_by_a_sentence_of_its_document() -> None:
    from answerable.core.sentences import split
    from answerable.evaluation.wording import holds, tokens

    texts = {one.id: one.text for one in load_topics(SHIPPED).documents}
    sentences = {id_: [tokens(text[start:end]) for start, end in split(text)] for id_, text in texts.items()}
    for line in (SHIPPED / "topics.jsonl").read_text("utf-8").splitlines():
        for fact in json.loads(line)["facts"]:
            said = [
                sentence
                for sentence in sentences[fact["document"]]
                if all(any(holds(sentence, phrase) for phrase in alternatives) for alternatives in fact["all"])
            ]
            assert said, f"{fact['id']}: {fact['text']}"
