"""A folder of topics, the shipped one, and what is said of a malformed one."""

import json
from pathlib import Path
from typing import Any

import pytest

from answerable.core.errors import InvalidRequest
from answerable.core.sentences import split
from answerable.evaluation.topics import SHIPPED, Fact, load_topics
from answerable.evaluation.wording import holds, is_taken_from, tokens

CORPUS = [{"id": "a", "title": "Lamps", "text": "A lamp burns for\n1,000 hours."}]
FACT = {"id": "f", "text": "It burns 1,000 hours.", "all": [["1000 hours"]], "document": "a"}
SEED = {"id": "s", "document": "a", "said": "burns for 1,000 hours", "counter": "A lamp burns for 500 hours."}

KINDS = (
    ("handbook/", "pages of this handbook"),
    ("scifact/", "abstracts of SciFact"),
    ("vba/", "pages about VBA"),
    ("counter/", "documents that contradict another"),
)


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
    assert len(found.topics) <= 45, "each topic takes seconds of every run"
    assert len(answerable) >= 30
    assert len(found.topics) - len(answerable) >= 6
    assert all(4 <= len(topic.facts) <= 8 for topic in answerable)
    assert sum(bool(topic.conflicts) for topic in answerable) >= len(answerable) // 3
    assert (SHIPPED / "corpus.jsonl").stat().st_size < 1_500_000


def test_what_is_held_out_of_the_shipped_set_is_large_enough_and_comes_last() -> None:
    topics = load_topics(SHIPPED).topics
    held = [topic for topic in topics if topic.split == "held_out"]
    assert len([topic for topic in held if topic.answerable]) >= 12
    assert len([topic for topic in held if not topic.answerable]) >= 6
    assert sum(len(topic.conflicts) for topic in held) >= 12
    assert list(topics[-len(held) :]) == held, "--limit must take what may be tuned on first"


def test_the_page_about_it_counts_the_shipped_set_right() -> None:
    found = load_topics(SHIPPED)
    own = [topic for topic in found.topics if topic.answerable]
    held = [topic for topic in found.topics if topic.split == "held_out"]
    page = " ".join((Path(__file__).parents[3] / "docs" / "how-to" / "evaluate.md").read_text("utf-8").split())
    for said in (
        *(f"{sum(one.id.startswith(of) for one in found.documents)} {name}" for of, name in KINDS),
        f"{len(own)} topics with {sum(len(topic.facts) for topic in own)} gold facts",
        f"{len(found.topics) - len(own)} topics that nothing in it is about",
        f"The {len(held)} topics that are held out",
        f"`--limit {len(found.topics) - len(held)}`",
    ):
        assert said in page, said


def test_documents_of_the_shipped_set_have_a_licence_unless_they_are_the_programs_own() -> None:
    licences = {"scifact": "ODC-By 1.0", "vba": "CC BY 4.0", "handbook": None, "counter": None}
    for document in load_topics(SHIPPED).documents:
        assert document.metadata.get("licence") == licences[document.id.partition("/")[0]], document.id


def test_what_contradicts_in_the_shipped_set_is_not_what_the_document_says_and_states_no_fact() -> None:
    found = load_topics(SHIPPED)
    texts = {one.id: one.text for one in found.documents}
    for topic in found.topics:
        for seed in topic.conflicts:
            assert not is_taken_from(seed.counter, texts[seed.document]), seed.id
            said = [tokens(seed.counter[start:end]) for start, end in split(seed.counter)]
            stated = [fact.id for fact in topic.facts if any(_says(one, fact) for one in said)]
            assert not stated, f"{seed.id} states {stated}"


def test_every_fact_of_the_shipped_set_is_said_by_a_sentence_of_its_document() -> None:
    found = load_topics(SHIPPED)
    sentences = {one.id: [tokens(one.text[start:end]) for start, end in split(one.text)] for one in found.documents}
    facts = {fact.id: fact for topic in found.topics for fact in topic.facts}
    for line in (SHIPPED / "topics.jsonl").read_text("utf-8").splitlines():
        for row in json.loads(line)["facts"]:
            fact = facts[row["id"]]
            assert any(_says(one, fact) for one in sentences[row["document"]]), f"{fact.id}: {fact.text}"


def _says(sentence: list[str], fact: Fact) -> bool:
    return all(any(holds(sentence, phrase) for phrase in alternatives) for alternatives in fact.all)
