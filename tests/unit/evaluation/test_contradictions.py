"""Seeded contradictions: where they stand, that they are the same every time, how a detector is scored."""

from answerable.evaluation.contradictions import Score, Source, is_found, part_of, score, seed

SENTENCES = (
    "The battery of the model {n} lamp lasts 12 hours after a full charge.",
    "The pump of station {n} increases the pressure in every pipe of the town.",
    "A copy of ledger {n} is kept in the archive of the harbour office.",
)
SOURCES = [
    Source(f"doc_{n}", f"Page {n}", "\n\n".join(one.format(n=chr(65 + n % 26) * 3) for one in SENTENCES))
    for n in range(40)
]


def test_the_seeds_are_the_same_every_time_and_stand_where_they_are_said_to() -> None:
    made, seeded = seed(SOURCES, 5, "dev")
    assert (made, seeded) == seed(SOURCES, 5, "dev")
    assert {"negation", "opposite", "time", "stated name"} <= {one.kind for one in seeded if one.conflict}
    for one in seeded:
        first, second = (made[at].text[start:end] for at, start, end in (one.one, one.other))
        assert first != second
        assert first.endswith(".")
        assert second.endswith(".")
        assert one.one[0] != one.other[0]


def test_negatives_are_beside_them() -> None:
    seeded = seed(SOURCES, 5, "held")[1]
    assert {"converted", "repeated"} <= {one.kind for one in seeded if not one.conflict}


def test_parts_share_no_source() -> None:
    dev, held = (seed(SOURCES, 2, part)[0] for part in ("dev", "held"))
    assert {one.id for one in dev} | {one.id for one in held} == {one.id for one in SOURCES}
    assert not {one.id for one in dev} & {one.id for one in held}
    assert all(part_of(one) == "dev" for one in dev)


def test_a_report_counts_where_it_has_both_places_and_only_then() -> None:
    _, seeded = seed(SOURCES, 3, "dev")
    conflicts = [one for one in seeded if one.conflict]
    right = [[one.one, one.other] for one in conflicts]
    assert score(right, seeded) == Score(len(conflicts), len(conflicts), len(conflicts), 0)
    wrong = [[conflicts[0].one, conflicts[1].other]]
    assert not is_found(wrong, conflicts[0])
    result = score([*right[:1], *wrong], seeded)
    assert (result.found, result.reported, result.false) == (1, 2, 1)
    assert result.recall == 1 / len(conflicts)
    assert result.false_share == 0.5


def test_nothing_reported_is_nothing_false() -> None:
    assert Score(0, 0, 0, 0).false_share == 0.0
    assert Score(0, 0, 0, 0).recall == 1.0
