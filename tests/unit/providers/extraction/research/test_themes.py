"""Clusters of what is alike."""

import numpy as np
import pytest

from answerable.providers.extraction.research.themes import groups


def _rows(*places: float) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    return np.array([[place, 0.0] for place in places], np.float32)


def test_what_is_near_is_together() -> None:
    assert groups(_rows(0.0, 9.0, 0.1, 9.1, 5.0), 3) == [[0, 2], [1, 3], [4]]


def test_of_equal_distances_the_first_pair_is_taken() -> None:
    assert groups(_rows(0.0, 1.0, 2.0, 3.0), 3) == [[0, 1], [2], [3]]


@pytest.mark.parametrize("count", [0, 1, 4, 9])
def test_every_row_is_in_one_group(count: int) -> None:
    rows = np.random.default_rng(5).standard_normal((7, 4)).astype(np.float32)
    found = groups(rows, count)
    assert sorted(at for group in found for at in group) == list(range(7))
    assert len(found) == min(7, max(1, count))


def test_equal_rows_are_no_trouble() -> None:
    assert groups(_rows(1.0, 1.0, 1.0), 2) == [[0, 1], [2]]


def test_nothing_has_no_groups() -> None:
    assert groups(np.zeros((0, 3), np.float32), 3) == []
