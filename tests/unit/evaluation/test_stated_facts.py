"""Invented facts, each said in several ways."""

import random

from answerable.evaluation.stated_facts import ATTRIBUTES, subjects, tell


def test_a_contradiction_says_two_values_of_one_subject() -> None:
    told = [one for one in tell("dev", 3, random.Random(1)) if one.conflict]
    assert len(told) == 3 * len(ATTRIBUTES)
    for one in told:
        assert sum(name in one.one and name in one.other for name in subjects("dev")) == 1
        assert one.one != one.other


def test_a_subject_has_one_value_of_an_attribute_but_for_its_contradiction() -> None:
    """Else a report would count as false that is none."""
    told = [one for one in tell("held", 12, random.Random(1)) if not one.conflict and one.kind != "another subject"]
    assert all(any(name in one.one and name in one.other for name in subjects("held")) for one in told)
    contradicted = [one.one for one in tell("held", 12, random.Random(1)) if one.conflict]
    assert not {one.one for one in told} & set(contradicted)


def test_rounds_end_where_subjects_do() -> None:
    assert tell("dev", 99, random.Random(1)) == tell("dev", len(subjects("dev")) // 4, random.Random(1))


def test_parts_share_neither_subjects_nor_wordings() -> None:
    assert not set(subjects("dev")) & set(subjects("held"))
    assert all(not set(one.dev) & set(one.held) for one in ATTRIBUTES)
