"""Our retrieval metrics equal those of ranx on the same run: random ones, and BM25 over a real set if it is there."""

import os
import random
from pathlib import Path

import pytest

from answerable.evaluation.datasets import load_dataset
from answerable.evaluation.metrics import DEPTH, RETRIEVAL, PerQuery, measure
from answerable.knowledge.indexes import tantivy
from answerable.knowledge.terms import keywords

os.environ["NUMBA_DISABLE_JIT"] = "1"  # the same functions, not compiled: that would take four minutes
ranx = pytest.importorskip("ranx", reason="install the development packages: make dev")

DATA = Path(__file__).parents[3] / "shared" / "data" / "samsung_tv_support"

Scores = dict[str, dict[str, float]]


def _ranx(run: Scores, qrels: dict[str, dict[str, int]]) -> dict[str, PerQuery]:
    theirs = ranx.Run({query: found or {"nothing": 0.0} for query, found in run.items()})
    ranx.evaluate(ranx.Qrels(qrels), theirs, list(RETRIEVAL), make_comparable=True)
    return {name: {query: float(value) for query, value in theirs.scores[name].items()} for name in RETRIEVAL}


def _check_equal(run: Scores, qrels: dict[str, dict[str, int]]) -> None:
    ours = measure(run, {query: {doc: float(rel) for doc, rel in found.items()} for query, found in qrels.items()})
    theirs = _ranx(run, qrels)
    for name, values in ours.items():
        assert values == pytest.approx({query: theirs[name][query] for query in values}, abs=1e-9), name


@pytest.mark.filterwarnings("ignore")
def test_random_runs_with_graded_judgements_and_short_lists_score_as_in_ranx() -> None:
    chance = random.Random(3)
    documents = [f"d{n}" for n in range(200)]
    qrels, run = {}, {}
    for n in range(120):
        qrels[f"q{n}"] = {doc: chance.choice([1, 1, 2, 3]) for doc in chance.sample(documents, chance.randint(1, 25))}
        found = chance.sample(documents, chance.choice([0, 1, 4, 40, 150]))
        run[f"q{n}"] = {doc: chance.random() for doc in found}
    _check_equal(run, qrels)


@pytest.mark.filterwarnings("ignore")
def test_a_real_run_scores_as_in_ranx(tmp_path: Path) -> None:
    if not DATA.is_dir():
        pytest.skip("the development data is not beside this clone")
    dataset = load_dataset(DATA)
    index = tantivy.build(tantivy.Config(), tmp_path)
    index.add(range(len(dataset.documents)), [f"{one.title}\n{one.text}" for one in dataset.documents])
    index.commit(1)
    run: Scores = {}
    for question in dataset.questions:
        ids, _ = index.search(keywords(question.text), DEPTH)
        run[question.id] = {dataset.documents[at].id: -float(rank) for rank, at in enumerate(ids.tolist())}
    index.close()
    _check_equal(run, {query: {doc: int(rel) for doc, rel in found.items()} for query, found in dataset.qrels.items()})
