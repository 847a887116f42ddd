from fractions import Fraction

import pytest

from answerable.agents.units import KINDS, UNITS, convert, find_unit
from answerable.core.errors import ToolFailed


@pytest.mark.parametrize(
    ("value", "start", "target", "found"),
    [
        (1, "mile", "km", "1.609344"),
        (1, "lb", "g", "453.59237"),
        (100, "°C", "°F", "212"),
        (0, "kelvin", "celsius", "-273.15"),
        (36, "km/h", "m/s", "10"),
        (1, "GiB", "MB", "1073.741824"),
        (8, "Mbit", "MB", "1"),
        (1, "uk_pint", "ml", "568.26125"),
        (1, "acre", "m2", "4046.8564224"),
        (1, "kWh", "kJ", "3600"),
        (1, "atm", "hPa", "1013.25"),
        (2, "weeks", "hours", "336"),
        (1, "nautical mile", "m", "1852"),
        (1, "Fluid Ounce", "tbsp", "2"),
    ],
)
def test_values_are_exact(value: int, start: str, target: str, found: str) -> None:
    assert convert(Fraction(value), find_unit(start), find_unit(target)) == Fraction(found)


def test_every_unit_goes_to_its_base_and_back() -> None:
    for unit in UNITS.values():
        base = next(one for one in UNITS.values() if one.kind == unit.kind)
        assert convert(convert(Fraction(7), unit, base), base, unit) == 7
    assert {unit.kind for unit in UNITS.values()} == set(KINDS)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("mb", "may be MB or Mbit"),
        ("kilometer per hour", "there is no unit"),
        ("metters", "did you mean meters"),
        ("EUR", "no currencies|did you mean"),
    ],
)
def test_an_unknown_or_ambiguous_unit_is_refused_with_a_hint(name: str, says: str) -> None:
    with pytest.raises(ToolFailed, match=says):
        find_unit(name)


def test_units_of_different_kinds_and_temperatures_below_zero_are_refused() -> None:
    with pytest.raises(ToolFailed, match="ft measures length and kg measures mass"):
        convert(Fraction(1), find_unit("ft"), find_unit("kg"))
    with pytest.raises(ToolFailed, match="absolute zero"):
        convert(Fraction(-300), find_unit("C"), find_unit("K"))
