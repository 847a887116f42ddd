"""Contradictions between sources, on hand-written pairs and on small sets."""

import json
import time
from pathlib import Path

import pytest

from answerable.agents.conflicts import Config, Found, find_conflicts
from answerable.core.ports import Embedder
from answerable.knowledge.embedders import minilm
from tests.support.claims import passages

PAIRS = Path(__file__).parents[2] / "data" / "conflict_pairs.jsonl"


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return minilm.build(minilm.Config())


def found(embedder: Embedder, *texts: tuple[str, str]) -> tuple[Found, ...]:
    return find_conflicts(passages(texts), embedder)


def test_hand_written_contradictions_are_found_and_look_alikes_are_not(embedder: Embedder) -> None:
    rows = [json.loads(line) for line in PAIRS.read_text("utf-8").splitlines()]
    reported = [bool(found(embedder, tuple(row["a"]), tuple(row["b"]))) for row in rows]
    missed = [row["b"][1] for row, seen in zip(rows, reported, strict=True) if row["conflict"] and not seen]
    false = [row["b"][1] for row, seen in zip(rows, reported, strict=True) if not row["conflict"] and seen]
    assert len(rows) >= 130
    assert not false, false
    assert len(missed) <= 4, missed


def test_it_is_the_same_whoever_is_read_first(embedder: Embedder) -> None:
    rows = [json.loads(line) for line in PAIRS.read_text("utf-8").splitlines()]
    sides = [(tuple(row["a"]), tuple(row["b"])) for row in rows]
    apart = [b for a, b in sides if bool(found(embedder, a, b)) != bool(found(embedder, b, a))]
    assert not apart, apart


def test_each_side_is_quoted_from_its_place(embedder: Embedder) -> None:
    filler = "Ferries leave from the old harbour."
    texts = [
        ("Prices", f"{filler}\n\nThe Harbour ferry ticket costs $14 for adults. {filler}"),
        ("Guide", f"{filler} For adults, a ticket for the Harbour ferry costs $18."),
    ]
    one = found(embedder, *texts)[0]
    assert one.kind == "$"
    assert [side.value for side in one.sides] == ["$14", "$18"]
    assert [side.passage for side in one.sides] == [0, 1]
    assert all(texts[side.passage][1][side.start : side.end] == side.quote for side in one.sides)
    assert "ferry" in one.subject


def test_three_sources_are_one_conflict(embedder: Embedder) -> None:
    texts = [(f"Source {n}", f"The Vessel Bridge has {n} arches.") for n in (14, 17, 21)]
    conflicts = found(embedder, *texts)
    assert len(conflicts) == 1
    assert [side.value for side in conflicts[0].sides] == ["14", "17", "21"]


def test_a_document_does_not_contradict_itself(embedder: Embedder) -> None:
    text = "The Vessel Bridge has 14 arches.\n\nThe Vessel Bridge has 17 arches."
    assert not found(embedder, ("Bridge", text))


def test_what_a_document_says_both_ways_is_no_conflict_with_another(embedder: Embedder) -> None:
    both = "The Avena player supports FLAC files. The Avena player does not support FLAC files."
    assert not found(embedder, ("Modes", both), ("Mode", "The Avena player supports FLAC files."))


def test_the_same_passages_give_the_same_conflicts_in_the_same_order(embedder: Embedder) -> None:
    rows = [json.loads(line) for line in PAIRS.read_text("utf-8").splitlines()]
    texts = passages([tuple(row[side]) for row in rows for side in ("a", "b")])
    first = find_conflicts(texts, embedder)
    assert first == find_conflicts(texts, embedder)
    assert [one.score for one in first] == sorted((one.score for one in first), reverse=True)


def test_no_more_than_asked_for_are_reported(embedder: Embedder) -> None:
    texts = [(f"S{n}", f"The {name} Bridge has {n} arches.") for name in ("Vessel", "Harrow") for n in (14, 17)]
    assert len(find_conflicts(passages(texts), embedder)) == 2
    assert len(find_conflicts(passages(texts), embedder, Config(most=1))) == 1


def test_nothing_gives_nothing(embedder: Embedder) -> None:
    assert find_conflicts([], embedder) == ()


def test_two_hundred_passages_take_little_processor_time(embedder: Embedder) -> None:
    """Measured: about 1.2 s; the bound leaves room for a busy machine."""
    rows = [json.loads(line) for line in PAIRS.read_text("utf-8").splitlines()]
    texts = [(f"{row['a'][0]} {n}", f"{row['a'][1]} {row['b'][1]}\n\nNothing else {n}.") for n, row in enumerate(rows)]
    began = time.process_time()
    find_conflicts(passages((texts * 3)[:200]), embedder)
    assert time.process_time() - began < 8


def test_a_longer_text_is_contradicted_by_a_short_one_about_it_unless_it_says_so_elsewhere(embedder: Embedder) -> None:
    title = "Kindlin in the platelets of mice: the Orlen study"
    said = "After surgery we found severe bleeding in 31 (10.4%) of 298 mice (p < 0.01), and in none of the others."
    note = ("A note on: " + title, "Severe bleeding was found in 22.4% of 298 mice.")
    assert [one.kind for one in found(embedder, (title, said), note)] == ["%"]
    also = said + " Severe bleeding was seen in 22.4% of the 298 mice when small wounds were counted."
    assert not found(embedder, (title, also), note)
