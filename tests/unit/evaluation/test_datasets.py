"""Reading labelled data: the formats, what counts as unanswerable, and errors that name the file and the line."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from answerable.core.errors import InvalidRequest
from answerable.evaluation.datasets import Question, load_dataset, load_questions, with_foreign

CORPUS: list[dict[str, Any]] = [
    {"id": "d1", "title": "One", "text": "first"},
    {"id": 2, "title": None, "text": "second", "metadata": {"a": 1}},
]
QUERIES: list[Any] = [{"id": "q1", "text": "what is first"}, {"id": "q2", "text": "what is nowhere"}]
QRELS: list[Any] = [{"query_id": "q1", "doc_id": "d1", "relevance": 2}]


def _write(path: Path, rows: list[Any]) -> None:
    data = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def _folder(path: Path, **changed: list[Any]) -> Path:
    rows: dict[str, list[Any]] = {"corpus": CORPUS, "queries": QUERIES, "qrels": QRELS, **changed}
    for stem, found in rows.items():
        _write(path / f"{stem}.jsonl", found)
    return path


def _packed(path: Path) -> Path:
    for stem, rows in (("corpus", CORPUS), ("queries", QUERIES), ("qrels", QRELS)):
        _write(path / f"{stem}.jsonl.gz", rows)
    return path


@pytest.mark.parametrize("written", [_folder, _packed])
def test_plain_and_gzipped_folders_are_read_alike(tmp_path: Path, written: Callable[[Path], Path]) -> None:
    dataset = load_dataset(written(tmp_path))
    assert [(one.id, one.title, one.text) for one in dataset.documents] == [("d1", "One", "first"), ("2", "", "second")]
    assert dict(dataset.documents[1].metadata) == {"a": 1}
    assert dataset.qrels == {"q1": {"d1": 2.0}}
    assert dataset.relevant("q1") == {"d1"}
    assert dataset.relevant("q2") == frozenset()
    assert dataset.warnings == ()


def test_a_question_without_judgements_counts_as_unanswerable(tmp_path: Path) -> None:
    assert [one.answerable for one in load_dataset(_folder(tmp_path)).questions] == [True, False]


@pytest.mark.parametrize("mark", [{"answerable": False}, {"unanswerable": True}, {"is_impossible": True}])
def test_a_question_marked_as_unanswerable_is_so_whatever_was_judged(tmp_path: Path, mark: dict[str, bool]) -> None:
    dataset = load_dataset(_folder(tmp_path, queries=[{"id": "q1", "text": "what is first", **mark}]))
    assert not dataset.questions[0].answerable


def test_a_question_with_an_answer_counts_as_answerable_without_judgements(tmp_path: Path) -> None:
    rows = [QUERIES[0], {"id": "q2", "text": "why", "answer": "because"}]
    assert load_dataset(_folder(tmp_path, queries=rows)).questions[1] == Question("q2", "why", ("because",))


def test_answers_may_be_a_list(tmp_path: Path) -> None:
    dataset = load_dataset(_folder(tmp_path, queries=[{"id": "q1", "text": "why", "answers": ["a", " ", "b"]}]))
    assert dataset.questions[0].answers == ("a", "b")


def test_beir_layout_takes_the_questions_that_its_split_judged(tmp_path: Path) -> None:
    _write(tmp_path / "corpus.jsonl", [{"_id": "d1", "title": "", "text": "first"}])
    _write(tmp_path / "queries.jsonl", [{"_id": "q1", "text": "one"}, {"_id": "q2", "text": "of another split"}])
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\n")
    dataset = load_dataset(tmp_path)
    assert [one.id for one in dataset.questions] == ["q1"]
    assert dataset.qrels == {"q1": {"d1": 1.0}}


def test_judgements_that_cannot_be_used_or_met_are_told(tmp_path: Path) -> None:
    rows = [*QRELS, {"query_id": "q9", "doc_id": "d1"}, {"query_id": "q1", "doc_id": "gone", "relevance": 1}]
    dataset = load_dataset(_folder(tmp_path, qrels=rows))
    assert "1 judged questions" in dataset.warnings[0]
    assert "1 judged documents" in dataset.warnings[1]
    assert dataset.relevant("q1") == {"d1", "gone"}


def test_a_limit_takes_the_first_questions_and_all_documents(tmp_path: Path) -> None:
    dataset = load_dataset(_folder(tmp_path), limit=1)
    assert [one.id for one in dataset.questions] == ["q1"]
    assert len(dataset.documents) == 2


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"corpus": [CORPUS[0], "{broken"]}, "corpus.jsonl, line 2: is not valid JSON"),
        ({"corpus": [CORPUS[0], "[1]"]}, "corpus.jsonl, line 2: is not a JSON object"),
        ({"corpus": [CORPUS[0], CORPUS[0]]}, "corpus.jsonl, line 2: the id 'd1' is there twice"),
        ({"corpus": [{"title": "x", "text": "y"}]}, "corpus.jsonl, line 1: 'id' is missing"),
        ({"corpus": [{"id": "d1", "text": None}]}, "corpus.jsonl, line 1: 'text' is missing"),
        ({"corpus": [{"id": "d1", "text": "x", "metadata": [1]}]}, "line 1: 'metadata' is not an object"),
        ({"corpus": []}, "corpus.jsonl: holds no documents"),
        ({"queries": [QUERIES[0], QUERIES[0]]}, "queries.jsonl, line 2: the id 'q1' is there twice"),
        ({"queries": [{"id": "q1", "text": "  "}]}, "queries.jsonl, line 1: 'text' is empty"),
        ({"queries": [{"id": "q1", "text": "x", "answer": 5}]}, "queries.jsonl, line 1: 'answer' is neither"),
        ({"queries": []}, "queries.jsonl: holds no questions"),
        ({"qrels": [{"query_id": "q1"}]}, "qrels.jsonl, line 1: 'doc_id' is missing"),
        ({"qrels": [{"query_id": "q1", "doc_id": "d1", "relevance": "high"}]}, "line 1: the relevance 'high'"),
        ({"qrels": [{"query_id": "q1", "doc_id": "d1", "relevance": 0}]}, "no question has a relevant document"),
    ],
)
def test_a_mistake_is_told_with_its_file_and_line(tmp_path: Path, changed: dict[str, list[Any]], said: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        load_dataset(_folder(tmp_path, **changed))
    assert said in caught.value.message
    assert caught.value.param == "dataset"


def test_a_missing_folder_or_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="there is no such folder"):
        load_dataset(tmp_path / "nowhere")
    with pytest.raises(InvalidRequest, match=r"no corpus.jsonl or corpus.jsonl.gz"):
        load_dataset(tmp_path)


def test_a_damaged_gzip_file_and_wrong_bytes_are_told(tmp_path: Path) -> None:
    _packed(tmp_path)
    whole = (tmp_path / "corpus.jsonl.gz").read_bytes()
    (tmp_path / "corpus.jsonl.gz").write_bytes(whole[:-12])
    with pytest.raises(InvalidRequest, match="is damaged after line"):
        load_dataset(tmp_path)
    (tmp_path / "bad.jsonl").write_bytes(b'{"id": "a", "text": "caf\xe9"}')
    with pytest.raises(InvalidRequest, match="line 1: is not UTF-8"):
        load_questions(tmp_path / "bad.jsonl")


def test_a_tab_separated_line_of_wrong_shape_is_told(tmp_path: Path) -> None:
    _folder(tmp_path)
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1 d1 1\n")
    with pytest.raises(InvalidRequest, match=r"test.tsv, line 2: does not have the three columns"):
        load_dataset(tmp_path)


def test_foreign_questions_are_unanswerable_and_spread_over_their_set(tmp_path: Path) -> None:
    _write(tmp_path / "other.jsonl", [{"id": n, "text": f"t{n}", "answer": "a"} for n in range(10)])
    dataset = with_foreign(load_dataset(_folder(tmp_path)), load_questions(tmp_path / "other.jsonl"))
    strangers = dataset.questions[2:]
    assert [(one.id, one.answerable, one.answers) for one in strangers] == [
        ("foreign:0", False, ()),
        ("foreign:5", False, ()),
    ]


def test_the_fingerprint_tells_whether_the_documents_changed(tmp_path: Path) -> None:
    before = load_dataset(_folder(tmp_path)).fingerprint
    assert load_dataset(_folder(tmp_path, queries=QUERIES[:1])).fingerprint == before
    assert load_dataset(_folder(tmp_path, corpus=[{**CORPUS[0], "text": "First"}, CORPUS[1]])).fingerprint != before
