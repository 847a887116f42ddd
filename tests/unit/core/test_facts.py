"""Facts of two texts compared."""

import pytest

from answerable.core import facts


@pytest.mark.parametrize(
    ("claim", "evidence", "reason"),
    [
        ("It has 1,000 hours.", "It has 1000 hours.", ""),
        ("It has three modes.", "It has 3 modes.", ""),
        ("It has 3 GB.", "It has 3 MB.", "number"),
        ("It is not safe.", "It is safe.", "negation"),
        ("All modes work.", "Modes work.", "quantifier"),
    ],
)
def test_the_first_difference_is_named(claim: str, evidence: str, reason: str) -> None:
    assert facts.mismatch(facts.read(claim), facts.read(evidence)) == reason
