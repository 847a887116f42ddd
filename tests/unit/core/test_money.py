from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from answerable.core.money import from_nano, to_nano


def test_a_token_at_a_tenth_of_a_cent_per_million_is_one_nano_dollar() -> None:
    assert to_nano(Decimal("0.001") / 1_000_000) == 1
    assert to_nano(Decimal("0.0000000005")) == 0
    assert to_nano(Decimal("0.0000000015")) == 2


@given(st.integers(-(2**53), 2**53))
def test_nano_dollars_come_back_as_they_were(nano: int) -> None:
    assert to_nano(from_nano(nano)) == nano
