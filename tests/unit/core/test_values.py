from dataclasses import replace

from answerable.core.usage import Usage


def test_values_compare_hash_and_change_into_others_by_their_fields() -> None:
    one = Usage(3, 4)
    assert one == Usage(3, 4)
    assert hash(one) == hash(Usage(3, 4))
    assert replace(one, estimated=True) != one


def test_a_value_has_no_place_for_anything_else() -> None:
    assert not hasattr(Usage(), "__dict__")
